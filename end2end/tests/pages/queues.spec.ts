// Queues are the operator's, with and without JavaScript.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { signIn, sure } from '../../support/operator';
import { en, pattern } from '../../support/words';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });

test('a queue is refused at its fields, made, offered to numbers and menus, and deleted', async ({ page, javaScriptEnabled }) => {
  const name = `Sales ${javaScriptEnabled} ${Date.now() % 100_000}`;
  await signIn(page);
  await page.goto('/admin/queues/new');
  if (javaScriptEnabled) {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')}`)).toEqual([]);
  }
  await field(page, en.queues_name).fill(name);
  await field(page, en.queues_max_wait).fill('5');
  await button(page, en.queues_make).click();
  await expect(page.locator('#why-everybody')).toHaveText(en.why_no_members);
  await expect(page.locator('#why-max_wait_s')).toBeVisible();
  await expect(field(page, en.queues_name)).toHaveValue(name);
  await field(page, en.queues_max_wait).fill('60');
  await page.locator('[name="member_Jane"]').check();
  await field(page, en.queues_skill_of.replace('{agent}', 'Jane')).selectOption('5');
  await field(page, en.queues_strategy).selectOption('most-skilled');
  await field(page, en.queues_overflow).selectOption('call-back');
  await button(page, en.queues_make).click();
  await expect(page.getByText(pattern(en.queues_done_saved))).toBeVisible();

  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('Jane');
  await expect(row).toContainText(en.queues_most_skilled);
  await page.goto('/admin/numbers');
  await expect(page.locator('select[name=line]').first().locator('option', { hasText: name })).toHaveCount(1);
  await page.goto('/admin/menus/new');
  await expect(page.locator('select[name=do_1] option', { hasText: name })).toHaveCount(1);
  await page.goto('/admin/queues');
  await row.getByRole('link', { name }).click();
  await expect(field(page, en.queues_skill_of.replace('{agent}', 'Jane'))).toHaveValue('5');
  await expect(page.locator('[name="member_Joe"]')).not.toBeChecked();
  await page.goto('/admin/queues');
  await row.getByRole('button', { name: en.admin_delete, exact: true }).click();
  await sure(page, en.admin_delete);
  await expect(page.getByText(en.queues_done_deleted)).toBeVisible();
  await expect(row).toHaveCount(0);
});

test('a number that is none is named, and what was typed stays', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/queues');
  await field(page, en.queues_first).fill('+44 7700 900123\nnobody');
  await button(page, en.queues_rules_save).click();
  await expect(page.locator('#why-first')).toContainText('nobody');
  await expect(field(page, en.queues_first)).toHaveValue('+44 7700 900123\nnobody');
});
