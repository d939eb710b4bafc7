// Light or dark: as the system is set, or as somebody chose; without JavaScript.

import type { Page } from '@playwright/test';

import { expect, test } from '../../support/fixtures';
import { signIn } from '../../support/operator';
import { en } from '../../support/words';

/** How bright the page's ground is, 0 to 255. */
async function brightness(page: Page) {
  const colour = await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
  const [red, green, blue] = (colour.match(/\d+/g) ?? []).map(Number);
  return ((red ?? 0) + (green ?? 0) + (blue ?? 0)) / 3;
}

function button(page: Page, now: string, next: string) {
  return page.getByRole('button', { name: en.theme_change.replace('{now}', now).replace('{next}', next), exact: true });
}

test('a visitor chooses light, dark, and the system again', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('/');
  expect(await brightness(page)).toBeLessThan(64);
  await button(page, en.theme_system, en.theme_light).click();
  expect(await brightness(page)).toBeGreaterThan(192);
  await page.emulateMedia({ colorScheme: 'light' });
  await button(page, en.theme_light, en.theme_dark).click();
  expect(await brightness(page)).toBeLessThan(64);
  await button(page, en.theme_dark, en.theme_system).click();
  expect(await brightness(page)).toBeGreaterThan(192);
});

test('the choice stays on the operator’s pages', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await signIn(page);
  for (const [now, next] of [[en.theme_system, en.theme_light], [en.theme_light, en.theme_dark]] as const) {
    await page.locator('details.me > summary').click();
    await button(page, now, next).click();
  }
  await expect(page).toHaveURL(/\/admin\/calls/);
  await page.goto('/admin/events');
  expect(await brightness(page)).toBeLessThan(64);
});
