// The operator's pages by axe in both themes, by keyboard in the system's own colours, and enlarged.

import { violations } from '../support/axe';
import { faults } from '../support/camera';
import { expect, test } from '../support/fixtures';
import { olivia } from '../support/olivia';
import { places } from '../support/places';
import { walk } from '../support/walk';

test('the operator’s pages: axe, the keyboard’s way, 200 %, 320 px and forced colours', async ({ browser, quiet }) => {
  test.setTimeout(240_000);
  quiet.allow(/404 \(Not Found\)/);
  const { page, context } = await olivia(browser, quiet, 'en');
  for (const [area, name, path] of places) {
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    // The whole page is in sight: what a bar that stays at the edge of the screen half covers counts as too small.
    await page.setViewportSize({ width: 1280, height: 3_000 });
    await page.goto(path);
    const wrong = (await violations(page)).map((one) => `light: ${one}`);
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    wrong.push(...(await violations(page, true)).map((one) => `dark: ${one}`));
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active', reducedMotion: 'reduce' });
    // Shadows are not drawn then: a ring that is seen here is seen everywhere.
    wrong.push(...(await walk(page)).map((one) => `by keyboard, forced colours: ${one}`));
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' });
    // 1280 px at 200 %, and 400 %.
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 600 });
      wrong.push(...(await faults(page, 'en')).map((one) => `${width} px: ${one}`));
    }
    expect.soft(wrong, `${area}: ${name}`).toEqual([]);
  }
  await context.close();
});
