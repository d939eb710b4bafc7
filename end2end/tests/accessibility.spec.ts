// WCAG 2.2 A and AA as far as axe can judge, on every page, light and dark; and the call by keyboard alone. The operator's
// pages and the states that only calls bring are judged by `node screenshots.mjs axe`.

import type { Page } from '@playwright/test';
import { violations } from '../support/axe';
import { expect, test } from '../support/fixtures';
import { signIn } from '../support/operator';
import { en } from '../support/words';

const check = async (page: Page) => expect(await violations(page)).toEqual([]);

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    for (const path of ['/', '/login', '/no-such-page']) {
      test(`${path} has no violation`, async ({ page, quiet }) => {
        quiet.allow(/404/);
        await page.goto(path);
        await check(page);
      });
    }

    test('the call log has no violation', async ({ page }) => {
      await signIn(page);
      await check(page);
    });

    test('a call in progress has no violation', async ({ page, widget, desk }) => {
      await widget.open();
      await widget.callNow();
      await desk.is('ringing');
      await widget.is('ringing');
      await check(page);
      await desk.answer();
      await widget.is('talking');
      await check(page);
      await widget.hangUp();
      await widget.is('ended');
      await check(page);
    });
  });
}

test('a call needs no mouse', async ({ page, widget, desk }) => {
  await widget.open();
  await widget.button(en.call_now).focus();
  await page.keyboard.press('Enter');
  await desk.is('ringing');
  await desk.answer();
  await widget.is('talking');
  await widget.button(en.call_hang_up).focus();
  await page.keyboard.press('Space');
  await widget.is('ended');
});
