// The keyboard's way through a page: Tab, until it comes back to where it began.

import type { Page } from '@playwright/test';

/** More stops than any page has: the focus goes round in a part of it. */
const TRAPPED = 400;

/** What is wrong on the way: a stop that cannot be seen, has no ring, is covered, or is before the one before it. */
export async function walk(page: Page): Promise<string[]> {
  const wrong: string[] = [];
  await page.evaluate(() => {
    (document.activeElement as HTMLElement | null)?.blur();
    getSelection()?.removeAllRanges();
    scrollTo(0, 0);
    delete (window as any).__before;
  });
  for (let stops = 0; ; stops += 1) {
    if (stops === TRAPPED) return [...wrong, 'the focus does not come out'];
    // In the editor Tab indents, as the page says; Escape before it leaves.
    if (await page.evaluate(() => !!document.activeElement?.closest('.cm-editor'))) await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    // It draws its ring a moment later.
    await page.locator('.cm-editor:focus-within:not(.cm-focused)').waitFor({ state: 'detached' });
    const stop = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      if (!element || element === document.body || element === document.documentElement) return 'out';
      const before = (window as any).__before as HTMLElement | undefined;
      const text = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 30);
      const name = `${element.localName}${element.id && `#${element.id}`}${[...element.classList].map((one) => `.${one}`).join('')} “${text}”`;
      const first = ((window as any).__first ??= element) as HTMLElement;
      if (before && element === first) {
        delete (window as any).__first;
        return 'out';
      }
      (window as any).__before = element;
      // The parts of a date are stops of their own, and drawn by the browser.
      if (before === element) return [];
      const said: string[] = [];
      // The ring of a box or a dot may be drawn by what stands around it; that of a bar in a chart is the outline of its area.
      const drawn = [element, element.closest('label'), element.closest('.cm-editor'), element.nextElementSibling].filter((one): one is HTMLElement => !!one);
      const ring = drawn.some((one) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
        return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1) || boxShadow !== 'none';
      });
      const area = element.querySelector(':scope > rect.hit');
      const outlined = !!area && getComputedStyle(area).stroke !== 'none';
      if (!ring && !outlined) said.push(`has no ring: ${name}`);
      const box = element.getBoundingClientRect();
      const middle: [number, number] = [(Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2, (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2];
      const above = document.elementFromPoint(...middle);
      if (box.width < 1 || box.bottom <= 0 || box.top >= innerHeight) said.push(`cannot be seen: ${name}`);
      else if (above && !element.contains(above) && !above.contains(element) && !above.closest('label')?.contains(element)) {
        said.push(`is covered by ${above.localName}.${above.className}: ${name}`);
      }
      if (before && !(before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)) said.push(`comes late: ${name}`);
      return said;
    });
    if (stop === 'out') {
      if (stops === 0) wrong.push('nothing takes the focus');
      await page.evaluate(() => { delete (window as any).__first; });
      return wrong;
    }
    wrong.push(...stop);
  }
}
