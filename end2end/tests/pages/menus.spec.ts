// Menus are the operator's, with and without JavaScript.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { signIn, sure } from '../../support/operator';
import { en, pattern } from '../../support/words';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const does = (page: Page, key: string) => page.getByLabel(en.menus_does.replace('{key}', key), { exact: true });
const beside = (page: Page, key: string) => page.getByLabel(en.menus_beside_of.replace('{key}', key), { exact: true });
/** Shows the keys that are not in use. */
const more = (page: Page) => page.getByText(en.menus_more_keys, { exact: true }).click();

test('a menu is refused at its fields, made, offered to numbers, changed and deleted', async ({ page, javaScriptEnabled }) => {
  const name = `Sales ${javaScriptEnabled} ${Date.now() % 100_000}`;
  await signIn(page);
  await page.goto('/admin/menus/new');
  if (javaScriptEnabled) {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')}`)).toEqual([]);
  }
  await page.getByLabel(en.menus_name, { exact: true }).fill(name);
  await does(page, '1').selectOption('number');
  await beside(page, '1').fill('12');
  await more(page);
  await does(page, '*').selectOption('message');
  await button(page, en.menus_make).click();
  await expect(page.locator('#why-with_1')).toBeVisible();
  await expect(beside(page, '1')).toHaveValue('12');
  await expect(does(page, '*')).toHaveValue('message');
  await beside(page, '1').fill('+44 7700 900456');
  await button(page, en.menus_make).click();
  await expect(page.getByText(pattern(en.menus_done_saved))).toBeVisible();

  await page.goto('/admin/numbers');
  await expect(page.locator('select[name=line]').first().locator('option', { hasText: name })).toHaveCount(1);
  await page.goto('/admin/menus');
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByRole('link', { name }).click();
  await expect(beside(page, '1')).toHaveValue('+44 7700 900456');
  await more(page);
  await does(page, '2').selectOption('say');
  await beside(page, '2').fill('We are in London.');
  await button(page, en.menus_save).click();
  await expect(row.locator('.number')).toHaveText('3');
  await row.getByRole('button', { name: en.admin_delete, exact: true }).click();
  await sure(page, en.admin_delete);
  await expect(page.getByText(en.menus_done_deleted)).toBeVisible();
  await expect(row).toHaveCount(0);
});

test('the menu of the first start gives Jane and Joe their keys', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/menus/main');
  await expect(does(page, '1')).toHaveValue('agent:Jane');
  await expect(does(page, '2')).toHaveValue('agent:Joe');
  await expect(page.locator('#help-prompt_en')).toContainText('To talk to Jane, please press 1, or, to talk to Joe, press 2.');
});
