// Pages that somebody changed between the server and the program: browsers of telephones make links of telephone numbers,
// extensions do the same, translators wrap words. The program finds what the server sent all the same, and what cannot
// come alive says so.

import type { Page } from '@playwright/test';
import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { signIn } from '../support/operator';
import { numbers } from '../support/run';
import type { Phone, Sandbox } from '../support/sandbox';
import { en, pattern } from '../support/words';

const number = /\+?\d[\d ().-]{6,}\d/g;
const caller = '447700900557';
const shown = '+44 7700 900557';

type Change = {
  /** What a telephone number is wrapped in. */
  tag: 'a' | 'b';
  /** While the page is read, as extensions do; or when it has been, as Safari does on telephones. */
  when: 'while it is read' | 'after it was read';
};

/** Wraps telephone numbers on the pages that are opened next, before the program is there. */
const change = (page: Page, change: Change) => page.addInitScript(({ tag, when, source }) => {
  if (localStorage.getItem('as it is')) return;
  let changed = 0;
  const wrap = (root: Node) => {
    const texts: Text[] = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
      if (node instanceof Text && node.parentElement && !node.parentElement.closest('head, a, script, option, textarea, [data-wrapped]')) texts.push(node);
    }
    for (const text of texts) {
      for (const found of [...text.data.matchAll(new RegExp(source, 'g'))].reverse()) {
        const number = text.splitText(found.index);
        number.splitText(found[0].length);
        const around = document.createElement(tag);
        around.dataset.wrapped = '';
        if (around instanceof HTMLAnchorElement) around.href = `tel:${found[0].replace(/[^+\d]/g, '')}`;
        number.replaceWith(around);
        around.append(number);
        if (around.closest('leptos-island')) changed += 1;
      }
    }
    document.documentElement.dataset.changed = String(changed);
  };
  const observer = new MutationObserver((records) => records.forEach(({ addedNodes }) => addedNodes.forEach(wrap)));
  if (when === 'while it is read') observer.observe(document, { childList: true, subtree: true });
  addEventListener('DOMContentLoaded', () => {
    observer.disconnect();
    if (when === 'after it was read') wrap(document.body);
  });
}, { ...change, source: number.source });

/** Something was wrapped, and is no more. */
async function putBack(page: Page) {
  await expect(page.locator('html')).toHaveAttribute('data-changed', /^[1-9]/);
  await expect(page.locator('leptos-island [data-wrapped]')).toHaveCount(0);
}

/** A call that nobody takes, so that its number is in every list. */
async function missed(sandbox: Sandbox, desk: Phone) {
  const phone = sandbox.phone(caller);
  await phone.dial(numbers.support);
  await desk.is('ringing');
  await desk.reject();
  await phone.is('idle');
}

test.beforeEach(({ sandbox }) => sandbox.reset(caller));

test('case_36 every page asks browsers to leave its telephone numbers alone', async ({ page, browser, quiet, sandbox }) => {
  const meta = '<meta name="format-detection" content="telephone=no">';
  await signIn(page);
  for (const path of ['/', '/login', '/login/password', '/login/invitation', '/no-such-page', '/console', '/admin/calls', '/admin/flows',
    '/admin/numbers', '/admin/console-settings', '/admin/users', '/admin/events', '/admin/setup', '/admin/sdk', '/admin/private-calls', '/admin/private-calls/numbers',
    '/admin/private-calls/proof', '/admin/audio-socket', '/admin/tracking', '/admin/tracking/calls', '/admin/tracking/webhooks', '/admin/campaigns']) {
    const answer = await page.request.get(path, { headers: { accept: 'text/html' } });
    expect(await answer.text(), path).toContain(meta);
  }
  const jane = await Console.open(browser, 'Jane', quiet.watch);
  expect(await (await jane.page.request.get('/console')).text()).toContain(meta);
  await jane.close();
  // A link there would call a real telephone.
  expect(await (await page.request.get(sandbox.url)).text()).toContain(meta);
});

for (const when of ['while it is read', 'after it was read'] as const) {
  test(`case_36 numbers became links ${when}: the support page calls`, async ({ page, widget, desk }) => {
    await change(page, { tag: 'a', when });
    await widget.open();
    await widget.callNow();
    await desk.is('ringing');
    await desk.answer();
    await widget.is('talking');
    await widget.hangUp();
    await widget.is('ended');
  });

  test(`case_36 numbers became links ${when}: the lists of calls and events are live`, async ({ page, sandbox, desk }) => {
    await missed(sandbox, desk);
    await signIn(page);
    await change(page, { tag: 'a', when });
    for (const path of ['/admin/calls', '/admin/events']) {
      const open = page.waitForResponse(/\/live\//);
      await page.goto(path);
      await open;
      await expect(page.locator('main [data-wrapped]').first()).toBeAttached();
      await expect(page.getByText(shown).first()).toBeVisible();
      const newest = page.locator('main :is(tbody tr, .events > li)').first();
      const before = await newest.innerText();
      await missed(sandbox, desk);
      await expect.poll(() => newest.innerText(), { timeout: 15_000 }).not.toBe(before);
      await expect(page.locator('.stopped')).toBeHidden();
    }
  });

  test(`case_36 numbers became links ${when}: the console is a telephone`, async ({ browser, quiet, sandbox }) => {
    test.setTimeout(90_000);
    const jane = await Console.open(browser, 'Jane', quiet.watch);
    await jane.ready();
    await change(jane.page, { tag: 'a', when });
    await jane.page.reload();
    await jane.up();
    await putBack(jane.page);
    await jane.ready();
    const phone = sandbox.phone(caller);
    await phone.dial('442079460101');
    await jane.shows('offer');
    await jane.page.keyboard.press('Enter');
    await jane.talks();
    await jane.tool(en.call_hang_up).click();
    await phone.is('idle');
    await expect(jane.page.locator('.stopped')).toBeHidden();
    await jane.ready();
    await jane.close();
  });
}

/** As a translator does: every text in an element of its own, as soon as the page was read. */
const translate = (page: Page) => page.addInitScript(() => addEventListener('DOMContentLoaded', () => {
  const texts: Text[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!walker.currentNode.parentElement!.closest('script, option, textarea')) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const around = document.createElement('font');
    around.dataset.wrapped = '';
    around.textContent = text.data;
    text.replaceWith(around);
  }
  document.documentElement.dataset.changed = String(texts.length);
}));

test('case_36 a list that a translator changed is live', async ({ page, sandbox, desk }) => {
  await missed(sandbox, desk);
  await signIn(page);
  await translate(page);
  const open = page.waitForResponse('**/live/calls');
  await page.goto('/admin/calls');
  await open;
  await expect(page.locator('main [data-wrapped]').first()).toBeAttached();
  const newest = page.locator('tbody tr').first();
  const before = await newest.innerText();
  await missed(sandbox, desk);
  await expect.poll(() => newest.innerText(), { timeout: 15_000 }).not.toBe(before);
  await expect(page.getByText(shown).first()).toBeVisible();
});

test('case_36 what a translator changed is put back: the support page calls', async ({ page, widget, desk }) => {
  await translate(page);
  await widget.open();
  await expect(page.locator('leptos-island [data-wrapped]').first()).toBeVisible();
  await page.getByRole('button', { name: en.call_now }).click();
  await desk.is('ringing');
  await putBack(page);
  await desk.answer();
  await widget.is('talking');
  await widget.hangUp();
  await widget.is('ended');
});

test('case_36 what cannot come alive says so, and stays to be read', async ({ browser, quiet }) => {
  quiet.allow(/panicked at/, /unreachable/, /RuntimeError/);
  const { page, up, close } = await Console.open(browser, 'Jane', quiet.watch);
  await change(page, { tag: 'b', when: 'while it is read' });
  await page.reload();
  await expect(page.getByRole('alert').filter({ hasText: en.stopped_text })).toBeVisible();
  await expect(page.locator('leptos-island [data-wrapped]').first()).toBeVisible();
  await page.evaluate(() => localStorage.setItem('as it is', 'yes'));
  await page.getByRole('link', { name: en.stopped_reload, exact: true }).click();
  await expect(page.locator('.stopped')).toBeHidden();
  await up();
  await close();
});

test('a console whose program cannot be loaded says so', async ({ browser, quiet }) => {
  quiet.allow(/Failed to load resource|Failed to fetch|dynamically imported module|ERR_FAILED/);
  const jane = await Console.open(browser, 'Jane', quiet.watch);
  await jane.page.route(/\.wasm$/, (route) => route.abort());
  await jane.page.reload();
  await expect(jane.page.getByRole('alert').filter({ hasText: pattern(en.stopped_text) })).toBeVisible();
  await jane.page.unrouteAll();
  await jane.page.getByRole('link', { name: en.stopped_reload, exact: true }).click();
  await jane.up();
  await expect(jane.page.locator('.stopped')).toBeHidden();
  await jane.close();
});
