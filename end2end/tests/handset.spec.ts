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
  await other.locator('.key[data-key="5"]').click();

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

test('the handset page: what is no number of a phone is refused at its field, with the reason', async ({ page, sandbox, quiet }) => {
  // A number that is the account's is asked about.
  quiet.allow(/422/);
  await page.goto(sandbox.url);
  await expect(page.locator('#live')).toHaveAttribute('data-state', 'live');
  const add = page.locator('#add');
  const phones = await page.locator('.phone').count();
  for (const [typed, why] of [['123', 'too short'], ['+07 700 900 555', 'country code'], [`+${numbers.support}`, 'your account'], ['+44 7700 9oo', '“o”'], ['', 'first']]) {
    await add.locator('input').fill(typed);
    await add.getByRole('button').click();
    await expect(add.getByRole('alert'), typed).toContainText(why);
    await expect(add.locator('input')).toHaveAttribute('aria-invalid', 'true');
  }
  await add.locator('input').fill('+44 7700 900777');
  await expect(add.getByRole('alert'), 'what is typed now was not wrong').toBeHidden();
  const phone = page.locator('.phone').nth(1);
  await phone.locator('.dial input').fill('+44 7700 900778');
  await phone.locator('.act.go').click();
  await expect(phone.locator('.dial').getByRole('alert')).toContainText('numbers of your account');
  await expect(page.locator('#lost'), 'the sandbox does answer').toBeHidden();
  await expect(page.locator('.phone')).toHaveCount(phones);
});

for (const width of [1280, 390]) {
  test(`the handset page: a number stands in one line, ${width} px`, async ({ page, sandbox }) => {
    await page.setViewportSize({ width, height: 900 });
    await sandbox.reset(customer);
    await page.goto(sandbox.url);
    const phone = page.locator('.phone').nth(1);
    await phone.locator('.dial input').fill(numbers.support);
    await phone.locator('.act.go').click();
    await expect(page.locator('.phone').nth(0)).toHaveAttribute('data-state', 'ringing');
    await page.locator('.phone').nth(0).locator('.act.go').click();
    await expect(phone).toHaveAttribute('data-state', 'talking');
    const lines = await page.locator('.phone :is(.digits, .line2)').evaluateAll((found) => found.filter((one) => one.textContent).map((one) => {
      const range = document.createRange();
      range.selectNodeContents(one);
      const tops = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
      return [one.textContent, tops.size, one.scrollWidth <= one.parentElement!.clientWidth];
    }));
    for (const line of lines) expect(line).toEqual([line[0], 1, true]);
    expect(lines.length).toBeGreaterThan(2);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await phone.locator('.act.end').click();
    await expect(phone).toHaveAttribute('data-state', 'idle');
  });
}
