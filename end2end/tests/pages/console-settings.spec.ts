// What agents choose from is the operator's, with and without JavaScript.

import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { menu, signIn, sure } from '../../support/operator';
import { en } from '../../support/words';

const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test('a disposition is added, refused twice, changed, moved, archived and deleted', async ({ page, javaScriptEnabled }) => {
  const name = `Refund ${javaScriptEnabled} ${Date.now() % 100_000}`;
  await signIn(page);
  await page.goto('/admin/console-settings');
  const english = page.getByLabel(en.settings_english, { exact: true });
  await english.fill(name);
  await page.getByLabel(en.settings_category, { exact: true }).fill('Money');
  await button(page, en.settings_add).click();
  await expect(page.getByText(en.settings_saved)).toBeVisible();
  await expect(row(page, name)).toContainText('Money');
  // The same name again is refused where it was typed.
  await english.fill(name.toUpperCase());
  await button(page, en.settings_add).click();
  await expect(page.locator('#why-english')).toBeVisible();
  await expect(english).toHaveValue(name.toUpperCase());
  await page.goto('/admin/console-settings');
  await row(page, name).getByRole('button').first().click();
  await row(page, name).getByRole('link', { name: en.settings_edit, exact: true }).click();
  await expect(english).toHaveValue(name);
  await page.getByLabel(en.settings_chinese, { exact: true }).fill(`退款 ${javaScriptEnabled}`);
  await button(page, en.settings_save).click();
  await expect(row(page, name)).toContainText('退款');
  await menu(row(page, name), en.settings_up);
  await expect(page.locator('tbody tr').nth(-2)).toContainText(name);
  await menu(row(page, name), en.settings_archive);
  await expect(row(page, name)).toContainText(en.settings_archived);
  await menu(row(page, name), en.admin_delete);
  await sure(page, en.admin_delete);
  await expect(row(page, name)).toHaveCount(0);
});

test('rules that cannot be are refused at their field', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/console-settings/rules');
  const misses = page.getByLabel(en.settings_misses, { exact: true });
  await misses.fill('99');
  await button(page, en.settings_save).click();
  await expect(page.locator('#why-misses')).toBeVisible();
  await expect(misses).toHaveValue('99');
});
