// The support page as it comes from the server: whole without JavaScript, and light before anybody wants to call.

import { expect, test } from '../../support/fixtures';
import { run } from '../../support/run';
import { en } from '../../support/words';

test('the page says what it is and gives the number to dial', async ({ page }) => {
  await page.goto('/');
  await expect(page).toHaveTitle('Acme support');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByText('Talk to a person.')).toBeVisible();
  await expect(page.locator('a[href^="tel:+"]').first()).toBeVisible();
  await expect(page.getByText('supportuser')).toHaveCount(0);
});

test('the page names its user, as the sample does, to those who ask for it', async ({ page }) => {
  await page.goto('/?user');
  await expect(page.getByText(en.support_logged_in.replace('{user}', 'supportuser'))).toBeVisible();
});

test('the page says that it is a sandbox and leads to the handsets', async ({ page }) => {
  await page.goto('/');
  const link = page.getByRole('link', { name: en.sandbox_link });
  await expect(link).toHaveAttribute('href', new RegExp(`^${run.sandbox}/?`));
});

test('an unknown address is a page, and a 404', async ({ page, quiet }) => {
  quiet.allow(/404/);
  const response = await page.goto('/no-such-page');
  expect(response?.status()).toBe(404);
  await expect(page.getByRole('heading', { name: en.not_found_title })).toBeVisible();
});

test('no page may be framed, sniffed or run foreign script', async ({ page }) => {
  const headers = (await page.goto('/'))!.headers();
  expect(headers['content-security-policy']).toMatch(/script-src[^;]*'nonce-/);
  expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*'unsafe-(inline|eval)'/);
  expect(headers['content-security-policy']).toMatch(/frame-ancestors '(none|self)'/);
  expect(headers['x-content-type-options']).toBe('nosniff');
});
