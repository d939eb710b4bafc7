// WCAG 2.2 A and AA as far as axe can judge, on every page, light and dark; the keyboard's way through the operator's pages,
// enlarged, narrow and in the system's own colours; and the call by keyboard alone. The states that only calls bring are
// judged by `node screenshots.mjs sheets`.

import type { Page } from '@playwright/test';
import { violations } from '../support/axe';
import { faults } from '../support/camera';
import { expect, test } from '../support/fixtures';
import { signIn } from '../support/operator';
import { places } from '../support/places';
import { walk } from '../support/walk';
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

test('the operator’s pages: axe, the keyboard’s way, 200 %, 320 px and forced colours', async ({ page, quiet }) => {
  test.setTimeout(240_000);
  quiet.allow(/404 \(Not Found\)/);
  await signIn(page);
  for (const [area, name, path] of places) {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.goto(path);
    const wrong = (await violations(page)).map((one) => `light: ${one}`);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    wrong.push(...(await violations(page, true)).map((one) => `dark: ${one}`));
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
    // Shadows are not drawn then: a ring that is seen here is seen everywhere.
    wrong.push(...(await walk(page)).map((one) => `by keyboard, forced colours: ${one}`));
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
    // 1280 px at 200 %, and 400 %.
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 600 });
      wrong.push(...(await faults(page, 'en')).map((one) => `${width} px: ${one}`));
    }
    await page.setViewportSize({ width: 1280, height: 720 });
    expect.soft(wrong, `${area}: ${name}`).toEqual([]);
  }
});
