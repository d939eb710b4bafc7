// The first run of an operator in the sandbox: the guide on the setup page, the application made with the key and secret on
// the sandbox's page, and the demo data wiped.

import type { Page } from '@playwright/test';
import { violations } from '../support/axe';
import { expect, test } from '../support/fixtures';
import { House } from '../support/house';
import { en, pattern } from '../support/words';

let house: House;

test.beforeAll(async () => {
  // With an account of the sandbox's own making.
  house = await House.start('first-run', { VONAGE_API_KEY: '', VONAGE_API_SECRET: '', VONAGE_SIGNATURE_SECRET: '' });
});
test.afterAll(() => house.stop());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const step = (page: Page, name: string) => page.locator(`#step-${name}`);

async function setup(page: Page) {
  await page.goto(`${house.app}/login`);
  await page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Olivia')) }).click();
  await page.waitForURL(/\/admin/);
  await page.goto(`${house.app}/admin/setup`);
  await expect(page.getByRole('heading', { name: en.nav_setup, exact: true })).toBeVisible();
}

test('key, secret and name create an application in the sandbox', async ({ page, context, quiet }) => {
  await setup(page);
  await page.getByText(en.setup_create_other, { exact: true }).click();
  const [sandbox] = await Promise.all([context.waitForEvent('page'), page.getByRole('link', { name: en.setup_sandbox_account, exact: true }).click()]);
  quiet.watch(context);
  await expect(sandbox.locator('#api-secret')).toHaveText(/^[0-9a-f]{16}$/);
  expect(await violations(sandbox)).toEqual([]);
  const [key, secret] = [await sandbox.locator('#api-key').textContent(), await sandbox.locator('#api-secret').textContent()];
  await sandbox.locator('#language').click();
  await expect(sandbox.locator('#account-title')).toHaveText(/账户|Account/);
  const back = sandbox.locator('#account-setup');
  await expect(back).toHaveAttribute('href', `${house.app}/admin/setup#api_key`);
  await sandbox.close();

  const fill = async (typedKey: string, typedSecret: string) => {
    await page.getByLabel(en.setup_api_key, { exact: true }).fill(typedKey);
    await page.getByLabel(en.setup_api_secret, { exact: true }).fill(typedSecret);
    await page.getByLabel(en.setup_name, { exact: true }).fill('Contact centre');
    await button(page, en.setup_do_create).click();
  };
  await fill(key!, 'not-the-secret');
  await expect(page.getByText(en.setup_bad_credentials)).toBeVisible();
  await fill(key!, secret!);
  await expect(page.getByText(pattern(en.setup_done_created))).toBeVisible();
  for (const name of ['account', 'number', 'people']) await expect(step(page, name)).toHaveClass(/done/);
  await expect(step(page, 'account').getByText('Contact centre')).toBeAttached();
});

test('the guide says what is left, leads there, and a step can be skipped', async ({ page }) => {
  await setup(page);
  await expect(page.locator('.guide > li')).toHaveCount(7);
  await expect(step(page, 'business')).toHaveClass(/done/);
  await expect(step(page, 'business')).toContainText('Acme');
  const hours = step(page, 'hours');
  await expect(hours).toHaveClass(/left/);
  await hours.getByRole('link').click();
  await expect(page).toHaveURL(/\/admin\/hours/);
  await page.goBack();
  await button(page, `${en.setup_skip}: ${en.nav_hours}`).click();
  await expect(hours).toHaveClass(/skipped/);
  await expect(page.getByText(en.setup_done_skipped)).toBeVisible();
  // The overview does not ask for it any more.
  await page.goto(`${house.app}/admin`);
  await expect(page.getByText(en.overview_next)).toBeVisible();
  await expect(page.getByText(en.setup_fix_test_call)).toBeVisible();
  await expect(page.getByText(en.setup_fix_hours)).toHaveCount(0);
  await page.goto(`${house.app}/admin/setup`);
  expect(await violations(page)).toEqual([]);
  await button(page, `${en.setup_unskip}: ${en.nav_hours}`).click();
  await expect(hours).toHaveClass(/left/);
});

test('the demo data is wiped after a question, and the accounts stay', async ({ page }) => {
  await setup(page);
  await button(page, en.setup_wipe).click();
  await page.getByRole('alertdialog').getByRole('button', { name: en.admin_cancel, exact: true }).click();
  await expect(step(page, 'business')).toHaveClass(/done/);
  await button(page, en.setup_wipe).click();
  await expect(page.getByRole('alertdialog').getByRole('button', { name: en.admin_cancel, exact: true })).toBeFocused();
  await page.getByRole('alertdialog').getByRole('button', { name: en.setup_wipe, exact: true }).click();
  await expect(page.getByText(en.setup_done_wiped)).toBeVisible();
  await expect(step(page, 'business')).toHaveClass(/left/);
  await step(page, 'business').getByRole('link').click();
  await expect(page.getByLabel(en.business_name, { exact: true })).toHaveValue('');
  for (const path of ['/', '/admin/numbers', '/admin/menus', '/admin/calls']) {
    await page.goto(`${house.app}${path}`);
    await expect(page.locator('body')).not.toContainText('Acme');
  }
  await page.goto(`${house.app}/admin/numbers`);
  await expect(page.locator('main')).not.toContainText('+44 20 7946 0101');
  await page.goto(`${house.app}/login`);
  for (const name of ['Jane', 'Joe', 'Olivia']) {
    await expect(page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', name)) })).toBeVisible();
  }
});
