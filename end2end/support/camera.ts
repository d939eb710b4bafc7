// Photographs pages in both themes and two sizes, and looks for what a picture of them must not have: sideways scrolling,
// cut texts, the wrong language. `node screenshots.mjs` lays the pictures on contact sheets (end2end/sheets/4-sheets.spec.ts).

import fs from 'node:fs';
import path from 'node:path';
import { expect, type Page } from '@playwright/test';
import { violations } from './axe';
import { run } from './run';
import type { Language } from './words';

type Theme = 'light' | 'dark';
type Width = 1280 | 390;
export type Shot = { area: string; name: string; language: Language; theme: Theme; width: Width; file: string };

/** Where pictures and sheets go. */
export const folder = path.resolve(process.env.CONTACT_SHEETS ?? path.join(run.root, 'target/contact-sheets'));
const list = path.join(folder, 'shots.jsonl');

/** Nobody looks at more of a page that is a list; px. */
const longest = 5_000;
const heights: Record<number, number> = { 1280: 860, 390: 844, 320: 640 };
/** Half of them has each size and each theme. */
const half = process.env.SHEETS === 'half';
/** By axe, which takes longer than everything else here. */
const judged = process.env.SHEETS === 'axe';
const variants: readonly (readonly [Theme, Width])[] = half
  ? [['light', 1280], ['dark', 390]]
  : [['light', 1280], ['dark', 1280], ['light', 390], ['dark', 390]];

/** Pictures of an earlier run would lie about this one. */
export function empty() {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
}

export const shots = (): Shot[] => fs.readFileSync(list, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

/** What is wrong with a page as it is laid out now, in words that lead to the place. */
export async function faults(page: Page, language: Language): Promise<string[]> {
  return page.evaluate((language) => {
    const found: string[] = [];
    const root = document.documentElement;
    if (root.lang !== language) found.push(`its language is ${root.lang}`);
    const where = (element: Element) => {
      const text = (element.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
      return `${element.localName}${element.id && `#${element.id}`}${[...element.classList].map((one) => `.${one}`).join('')} “${text}”`;
    };
    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1);
      found.push(`it scrolls sideways: ${root.scrollWidth} of ${root.clientWidth} px, ${wide.slice(-1).map(where)}`);
    }
    const labels = 'button, summary, a.button, .badge, .chip, .tag, .tab';
    for (const element of document.querySelectorAll('body *')) {
      const over = element.scrollWidth - element.clientWidth;
      // Nothing is cut of what is 0 or 1 px wide: it is there for screen readers only.
      if (over <= 1 || element.clientWidth <= 1 || !element.textContent?.trim()) continue;
      const style = getComputedStyle(element);
      // Clipped away: for screen readers only, too.
      if (style.clip !== 'auto' || style.clipPath !== 'none') continue;
      const hides = /hidden|clip/.test(style.overflowX);
      // What ends in an ellipsis can be read in full where it has a title.
      const told = style.textOverflow === 'ellipsis' && element.closest('[title]');
      if (hides && !told) found.push(`cut by ${over} px: ${where(element)}`);
      else if (!hides && style.overflowX === 'visible' && style.display !== 'inline' && element.matches(labels)) {
        found.push(`${over} px too long for its place: ${where(element)}`);
      }
    }
    return found;
  }, language);
}

/** What stays in sight while a page scrolls would lie across the middle of a picture of the whole page. */
async function stick(page: Page, again: boolean) {
  await page.evaluate((again) => {
    for (const element of document.querySelectorAll<HTMLElement>('.framed .side, .top, .form-end, .flow-bar')) {
      if (again) element.style.removeProperty('position');
      else if (getComputedStyle(element).position === 'sticky') element.style.setProperty('position', 'relative');
      for (const edge of ['top', 'bottom']) {
        if (again) element.style.removeProperty(edge);
        else if (element.style.position === 'relative') element.style.setProperty(edge, 'auto');
      }
    }
  }, again);
}

export class Camera {
  constructor(private readonly language: Language) {}

  /** Photographs a page as it is, in every theme and size, and holds what is wrong with it against the test. `spoken`: the
   *  page's language, where it has but one. */
  async shot(page: Page, area: string, name: string, spoken = this.language) {
    const wrong: string[] = [];
    const look = async (width: number) => {
      for (const fault of await faults(page, spoken)) wrong.push(`${area}/${name} ${this.language} ${width} px: ${fault}`);
    };
    for (const [theme, width] of variants) {
      await page.setViewportSize({ width, height: heights[width] });
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
      await look(width);
      const file = path.join(`${this.language}-${theme}-${width}`, `${area}-${name}.png`.replace(/[^\w.-]+/g, '-'));
      await stick(page, false);
      const height = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), longest);
      await page.screenshot({ path: path.join(folder, file), fullPage: true, clip: { x: 0, y: 0, width, height }, animations: 'disabled' });
      await stick(page, true);
      const shot: Shot = { area, name, language: this.language, theme, width, file };
      fs.appendFileSync(list, `${JSON.stringify(shot)}\n`);
      // The words make no difference to it.
      if (judged && this.language === 'en') wrong.push(...(await violations(page, theme === 'dark')).map((one) => `${area}/${name} ${theme} ${width} px: ${one}`));
    }
    // The narrowest that the guidelines ask for (WCAG 2.2, 1.4.10).
    await page.setViewportSize({ width: 320, height: heights[320] });
    await look(320);
    const [, width] = variants[0];
    await page.setViewportSize({ width, height: heights[width] });
    expect.soft([...new Set(wrong)], `${area}/${name}`).toEqual([]);
  }
}
