// Opening hours, set by hand without JavaScript: the support page and a telephone are told.

import { expect, test } from '../../support/fixtures';
import { signIn } from '../../support/operator';
import { numbers } from '../../support/run';
import { en } from '../../support/words';

const customer = '447700900001';

// The other tests call this house too.
test.afterEach(async ({ page }) => {
  await page.goto('/admin/hours');
  const open = page.getByRole('button', { name: en.hours_open_again, exact: true });
  if (await open.count()) await open.click();
  await page.locator('[name="outcome"][value="hang-up"]').check();
  await page.locator('#when-closed').getByRole('button', { name: en.hours_save, exact: true }).click();
  for (let day = 0; day < 7; day++) {
    for (const end of ['from', 'until']) await page.locator(`[name="${day}-0-${end}"]`).fill('');
  }
  await page.getByRole('button', { name: en.hours_save, exact: true }).first().click();
  await expect(page.getByText(en.hours_now_unset)).toBeVisible();
});

test('hours are set, it is closed by hand, and a caller and a visitor are told', async ({ page, sandbox, quiet }) => {
  // A number that cannot be read is answered with it.
  quiet.allow(/422/);
  await sandbox.reset(customer);
  await signIn(page);
  await page.goto('/admin/hours');
  await expect(page.getByText(en.hours_now_unset)).toBeVisible();

  await test.step('what is wrong is said at its field, and what was typed stays', async () => {
    await page.locator('[name="0-0-from"]').fill('9:00');
    await page.locator('[name="0-0-until"]').fill('8:00');
    await page.getByRole('button', { name: en.hours_save, exact: true }).first().click();
    await expect(page.getByText(en.hours_wrong_reversed)).toBeVisible();
    await expect(page.locator('[name="0-0-from"]')).toHaveValue('9:00');
  });

  await test.step('a dry run says what callers of a menu will hear on a Monday and on a Sunday', async () => {
    await page.locator('[name="0-0-from"]').fill('9:00');
    await page.locator('[name="0-0-until"]').fill('17:00');
    await page.getByRole('button', { name: en.hours_save, exact: true }).first().click();
    await page.goto('/admin/numbers');
    // In the menu of a row, which is closed.
    await expect(page.locator('.row-menu a[href^="/admin/numbers/dry-run?line="]').first()).toHaveText(en.dry_run_title);
    await page.goto('/admin/numbers/dry-run');
    await page.locator('[name="line"]').selectOption('ivr:main');
    await page.locator('[name="at"]').fill('2035-01-01T10:00');
    await page.locator('[name="keys"]').fill('1');
    await page.getByRole('button', { name: en.dry_run_do, exact: true }).click();
    await expect(page.locator('[name="at"]')).toHaveValue('2035-01-01T10:00');
    await expect(page.locator('.steps')).toContainText('Jane');
    await page.locator('[name="at"]').fill('2035-01-07T10:00');
    await page.getByRole('button', { name: en.dry_run_do, exact: true }).click();
    await expect(page.getByText(en.hours_now_closed)).toBeVisible();
    await expect(page.locator('.steps')).not.toContainText('Jane');
    await page.goto('/admin/numbers/dry-run?at=soon&line=ivr:none');
    await expect(page.getByText(en.dry_run_no_moment)).toBeVisible();
    await page.goto('/admin/hours');
  });

  await test.step('every day, all day', async () => {
    for (let day = 0; day < 7; day++) {
      await page.locator(`[name="${day}-0-from"]`).fill('0:00');
      await page.locator(`[name="${day}-0-until"]`).fill('24:00');
    }
    await page.getByRole('button', { name: en.hours_save, exact: true }).first().click();
    await expect(page.getByText(en.hours_done_saved)).toBeVisible();
    await page.goto('/');
    await expect(page.getByText(en.support_open, { exact: true })).toBeVisible();
  });

  await test.step('closed by hand, with a call back', async () => {
    await page.goto('/admin/hours');
    await page.locator('[name="outcome"][value="call-back"]').check();
    await page.locator('#when-closed').getByRole('button', { name: en.hours_save, exact: true }).click();
    await expect(page.getByText(en.hours_done_saved)).toBeVisible();
    await page.locator('[name="reason_en"]').fill('The line is being repaired');
    await page.locator('#close').getByRole('button').click();
    await expect(page.getByText(en.hours_done_closed, { exact: true })).toBeVisible();
    await expect(page.getByText(en.hours_closed_open_end)).toBeVisible();
  });

  await test.step('a telephone hears it', async () => {
    const phone = sandbox.phone(customer);
    await phone.dial(numbers.support);
    await expect.poll(async () => (await phone.view()).said.map(({ text }) => text).join(' '), { timeout: 20_000 })
      .toContain('The line is being repaired');
    await phone.hangup();
  });

  await test.step('a visitor reads it and leaves a number', async () => {
    await page.goto('/');
    await expect(page.getByText('The line is being repaired')).toBeVisible();
    await expect(page.locator('.widget')).toBeHidden();
    await page.getByLabel(en.wait_number, { exact: true }).fill('12');
    await page.getByRole('button', { name: en.wait_call_me_back, exact: true }).click();
    await expect(page.getByRole('alert')).toContainText(en.wait_bad_number);
    await expect(page.getByLabel(en.wait_number, { exact: true })).toHaveValue('12');
    await page.getByLabel(en.wait_number, { exact: true }).fill('+44 7700 900001');
    await page.getByRole('button', { name: en.wait_call_me_back, exact: true }).click();
    await expect(page.getByText(en.support_call_back_noted)).toBeVisible();
  });
});
