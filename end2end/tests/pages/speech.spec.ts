// Spoken texts are the operator's: refused at their fields, said in the next call, taken back; and callers are spoken to in
// their language.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { signIn, sure } from '../../support/operator';
import { en, pattern } from '../../support/words';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const part = (page: Page, name: string) => page.locator('details', { has: page.getByRole('heading', { name, exact: true }) });
const field = (page: Page, name: string, language: string) =>
  page.getByRole('group', { name, exact: true }).getByLabel(language, { exact: true });

/** Opens the texts of a place. An address that leads to them has done it already. */
async function opened(page: Page, name: string) {
  const texts = part(page, name);
  if ((await texts.getAttribute('open')) === null) await texts.locator('summary').click();
  await expect(texts.getByRole('button', { name: en.speech_save, exact: true })).toBeVisible();
  return texts;
}

// Other tests call too: everything is as it was.
test.afterEach(async ({ page }) => {
  for (;;) {
    await page.goto('/admin/speech');
    const back = (await opened(page, en.speech_place_queue)).getByRole('button', { name: pattern(en.speech_usual_of) });
    if ((await back.count()) === 0) break;
    await back.first().click();
    await expect(page.getByText(en.speech_saved)).toBeVisible();
  }
  await page.locator('#language_en').selectOption('');
  await page.locator('#style_en').fill('');
  await page.locator('#voices').getByRole('button', { name: en.speech_save, exact: true }).click();
  await expect(page.getByText(en.speech_saved)).toBeVisible();
});

test('a text is refused at its field, saved in both languages, and goes back to the default', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/speech');
  const queue = await opened(page, en.speech_place_queue);
  if (javaScriptEnabled) {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(' ')}`)).toEqual([]);
  }
  const english = field(page, en.speech_text_position, 'English');
  await expect(english).toHaveValue('You are number {position} in the queue.');
  await english.fill('Please hold.');
  await field(page, en.speech_text_all_busy, '中文').fill('请稍候。');
  await queue.getByRole('button', { name: en.speech_save, exact: true }).click();
  await expect(page.locator('#why-position_en')).toContainText('{position}');
  await expect(english).toHaveValue('Please hold.');
  await english.fill('Only {position} before you.');
  await queue.getByRole('button', { name: en.speech_save, exact: true }).click();
  await expect(page.getByText(en.speech_saved)).toBeVisible();
  await expect(queue.locator('summary')).toContainText(en.speech_changed.replace('{count}', '2'));
  await opened(page, en.speech_place_queue);
  await expect(english).toHaveValue('Only {position} before you.');
  await button(page, en.speech_usual_of.replace('{name}', en.speech_text_position)).click();
  await expect(page.getByText(en.speech_saved)).toBeVisible();
  await opened(page, en.speech_place_queue);
  await expect(english).toHaveValue('You are number {position} in the queue.');
  await expect(field(page, en.speech_text_all_busy, '中文')).toHaveValue('请稍候。');
});

test('a voice is chosen, and a style that is none is refused', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/speech');
  const voices = page.locator('#voices');
  const save = voices.getByRole('button', { name: en.speech_save, exact: true });
  await page.locator('#language_en').selectOption('en-AU');
  await page.locator('#style_en').fill('x');
  await save.click();
  await expect(page.locator('#why-style_en')).toBeVisible();
  await expect(page.locator('#language_en')).toHaveValue('en-AU');
  await page.locator('#style_en').fill('2');
  await save.click();
  await expect(page.getByText(en.speech_saved)).toBeVisible();
  await expect(page.locator('#language_en')).toHaveValue('en-AU');
  await expect(page.locator('#style_en')).toHaveValue('2');
});

test('a menu speaks German beside English and Chinese, and a key chooses Chinese', async ({ page }) => {
  const name = `Languages ${Date.now() % 100_000}`;
  await signIn(page);
  await page.goto('/admin/menus/new');
  await page.getByLabel(en.menus_name, { exact: true }).fill(name);
  await page.locator('#prompt_en').fill('For English, press 2.');
  await page.locator('#prompt_zh').fill('中文请按3。');
  await page.getByText(en.menus_more_languages, { exact: true }).click();
  await page.locator('#other_text_0').fill('Für Deutsch drücken Sie die 1.');
  await page.locator('#do_3').selectOption('language:zh-CN');
  await page.locator('#do_1').selectOption('any-agent');
  await button(page, en.menus_make).click();
  await expect(page.locator('#why-other_language_0')).toBeVisible();
  await page.locator('#other_language_0').selectOption('de-DE');
  await page.locator('input[name=others_first]').check();
  await button(page, en.menus_make).click();
  await expect(page.getByText(pattern(en.menus_done_saved))).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: name });
  await row.getByRole('link', { name }).click();
  await expect(page.locator('#other_language_0')).toHaveValue('de-DE');
  await expect(page.locator('#do_3')).toHaveValue('language:zh-CN');
  await expect(page.locator('input[name=others_first]')).toBeChecked();
  await page.goto('/admin/menus');
  await row.getByRole('button', { name: en.admin_delete, exact: true }).click();
  await sure(page, en.admin_delete);
  await expect(row).toHaveCount(0);
});
