// The business profile, with and without JavaScript, in a program of the test's own: the name is on every page.

import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { House } from '../../support/house';
import { en, pattern } from '../../support/words';

const logo = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="#0a7"/></svg>';
const hostile = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';

let house: House;
test.beforeEach(async ({ page }, info) => {
  house = await House.start(`business-${info.project.name}-${info.testId}`, {});
  await page.goto(`${house.app}/login`);
  await page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Olivia')) }).click();
  await expect(page).toHaveURL(/\/admin$/);
  await page.goto(`${house.app}/admin/business`);
});
test.afterEach(() => house.stop());

const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
const inEnglish = (label: string) => en.admin_in_language.replace('{label}', label).replace('{language}', 'English');
const inChinese = (label: string) => en.admin_in_language.replace('{label}', label).replace('{language}', '中文');
const save = (page: Page) => page.getByRole('button', { name: en.business_save, exact: true }).click();

test('the business is the operator\'s: its name is everywhere, the example\'s nowhere', async ({ page, javaScriptEnabled }) => {
  await expect(field(page, en.business_name)).toHaveValue('Acme');
  await field(page, en.business_name).fill('Bluebird Bikes');
  await field(page, en.business_short_name).fill('Bluebird');
  await field(page, en.business_zone).fill('Europe/Berlin');
  await field(page, inEnglish(en.business_headline)).fill('Talk to a mechanic');
  await field(page, inChinese(en.business_headline)).fill('联系技师');
  await field(page, inEnglish(en.business_greeting)).fill('Welcome to Bluebird Bikes.');
  await field(page, inEnglish(en.business_notice)).fill('We keep calls for a month.');
  if (javaScriptEnabled) {
    // Before anything is saved.
    await expect(page.locator('#preview .preview-title').first()).toHaveText('Talk to a mechanic');
  }
  await save(page);
  await expect(page.getByText(en.business_saved)).toBeVisible();
  await page.goto(`${house.app}/`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Talk to a mechanic');
  await expect(page.getByText('We keep calls for a month.')).toBeVisible();
  await expect(page).toHaveTitle('Talk to a mechanic');
  await expect(page.getByRole('link', { name: 'Bluebird', exact: true })).toBeVisible();

  // Every page that the operator can reach by a link.
  const seen = new Set<string>();
  const open = ['/', '/login', '/admin', '/api'];
  for (let path = open.pop(); path !== undefined && seen.size < 80; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const answer = await page.request.get(`${house.app}${path}`, { headers: { accept: 'text/html' } });
    const text = await answer.text();
    expect(text, path).not.toMatch(/acme/i);
    for (const [, link] of text.matchAll(/href="(\/[^"#]*)"/g)) {
      if (/^\/(admin|login|console|api$|\?|$)/.test(link)) open.push(link.replaceAll('&amp;', '&'));
    }
  }
  expect(seen.size).toBeGreaterThan(15);
});

test('what cannot be used is said at its field, and what was typed stays', async ({ page }) => {
  await field(page, en.business_name).fill('Bluebird Bikes');
  await field(page, en.business_zone).fill('Atlantis');
  await field(page, en.business_numbers).fill('12');
  await save(page);
  await expect(page.getByText(en.admin_form_refused)).toBeVisible();
  await expect(field(page, en.business_zone)).toHaveAttribute('aria-invalid', 'true');
  await expect(field(page, en.business_zone)).toHaveValue('Atlantis');
  await expect(page.locator('#why-time_zone')).toContainText('Atlantis');
  await expect(field(page, en.business_numbers)).toHaveAttribute('aria-invalid', 'true');
  await expect(field(page, en.business_name)).toHaveValue('Bluebird Bikes');
  await page.goto(`${house.app}/`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Acme support');
});

test('a logo is shown, and a picture that could run something is refused', async ({ page, javaScriptEnabled }) => {
  const upload = async (text: string) => {
    await field(page, en.business_logo_file).setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(text) });
    await page.getByRole('button', { name: en.business_logo_upload, exact: true }).click();
  };
  await upload(hostile);
  await expect(page.getByText('<script>')).toBeVisible();
  await upload(logo);
  await expect(page.getByText(en.business_logo_saved)).toBeVisible();
  await page.goto(`${house.app}/`);
  const shown = page.locator('header .logo');
  await expect(shown).toBeVisible();
  if (javaScriptEnabled) expect(await shown.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
});
