// Signing in, and what is behind it.

import { expect, test } from '../../support/fixtures';
import { signIn } from '../../support/operator';
import { en } from '../../support/words';

test('the call log asks who is there', async ({ page }) => {
  await page.goto('/admin/calls');
  await expect(page).toHaveURL(/\/login/);
  await expect(page.getByRole('heading', { name: en.login_title })).toBeVisible();
});

test('a wrong password is refused in words', async ({ page }) => {
  await page.goto('/login');
  await page.getByLabel(en.login_name, { exact: true }).fill('nobody');
  await page.getByLabel(en.login_password, { exact: true }).fill('wrong-password');
  await page.getByRole('button', { name: en.login_submit, exact: true }).click();
  await expect(page.getByText(en.login_wrong)).toBeVisible();
  await expect(page.getByLabel(en.login_name, { exact: true })).toHaveValue('nobody');
  expect(page.url(), 'no name in an address').not.toContain('nobody');
});

test('signing in opens the call log, signing out closes it', async ({ page }) => {
  await signIn(page);
  await page.locator('details.me > summary').click();
  await page.getByRole('button', { name: en.nav_sign_out, exact: true }).click();
  await page.goto('/admin/calls');
  await expect(page).toHaveURL(/\/login/);
});
