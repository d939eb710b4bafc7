// English and Simplified Chinese: by the browser's wish, and by the visitor's choice.

import { expect, test } from '../../support/fixtures';
import { en, zh } from '../../support/words';

test.describe('a browser that asks for Chinese', () => {
  test.use({ locale: 'zh-CN' });
  test('gets Chinese', async ({ page }) => {
    await page.goto('/');
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
    await expect(page).toHaveTitle('Acme 客服中心');
  });
});

test('the visitor switches the language, and it stays', async ({ page }) => {
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.getByText('中文', { exact: false }).first().click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page).toHaveTitle('Acme 客服中心');
  await page.goto('/login');
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await page.getByText('English').first().click();
  await expect(page.getByRole('heading', { name: en.login_title })).toBeVisible();
});
