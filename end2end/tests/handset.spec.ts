// The sandbox's handset page: its modules work together, in both languages.

import { expect, test } from '../support/fixtures';
import { numbers } from '../support/run';

const customer = '447700900001';

test('the handset page: a customer calls, the business answers, and the trace tells of it', async ({ page, sandbox, desk }) => {
  await sandbox.reset(customer);
  await page.goto(sandbox.url);
  const [business, other] = [page.locator('.phone').nth(0), page.locator('.phone').nth(1)];
  await expect(page.locator('.phone')).toHaveCount(2);
  await expect(page.locator('#live')).toHaveAttribute('data-state', 'live');

  await other.locator('.dial input').fill(numbers.support);
  await other.locator('.act.go').click();
  await desk.is('ringing');
  await expect(business).toHaveAttribute('data-state', 'ringing');
  await business.locator('.act.go').click();
  await expect(business).toHaveAttribute('data-state', 'talking');
  await expect(other).toHaveAttribute('data-state', 'talking');
  await other.locator('.key[aria-label="5"]').click();

  await expect(page.locator('#flow-body .step').last()).toContainText('connect');
  await page.locator('#filters [data-filter="webhook"]').click();
  const answered = page.locator('#events li', { has: page.locator('.what', { hasText: /^answered$/ }) }).first();
  await answered.locator('button.event').click();
  await expect(answered.locator('.detail pre').first()).toContainText('conversation_uuid');

  await page.locator('#language').click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.locator('#language').click();
  await business.locator('.act.end').click();
  await expect(business).toHaveAttribute('data-state', 'idle');
  await expect(other).toHaveAttribute('data-state', 'idle');
});

test('the handset page: faults are set, shown and taken back', async ({ page, sandbox }) => {
  await page.goto(sandbox.url);
  await page.locator('#faults summary').click();
  await page.locator('#faults-form select[name="drop"]').selectOption('1');
  await expect(page.locator('#faults-active')).toBeVisible();
  await page.locator('#faults-reset').click();
  await expect(page.locator('#faults-active')).toBeHidden();
});
