// A business of its own in a few minutes, only by clicking: the sandbox's demo data is wiped, then "Bluebird Bikes" gets its
// profile, hours in Berlin, two queues, a menu in three languages and a number; a caller presses 2 and reaches the workshop, a
// visitor reaches sales; and nothing of the demo is left in any response.

import type { BrowserContext, Page } from '@playwright/test';
import { expectTone } from '../support/audio';
import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { House } from '../support/house';
import { sure } from '../support/operator';
import { places } from '../support/places';
import { microphone } from '../support/run';
import { Sandbox } from '../support/sandbox';
import { Widget } from '../support/widget';
import { en, pattern } from '../support/words';

const caller = '447700900577';
const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const inEnglish = (label: string) => en.admin_in_language.replace('{label}', label).replace('{language}', 'English');

let house: House;
test.beforeAll(async () => { house = await House.start('bluebird', {}); });
test.afterAll(() => house.stop());
test.setTimeout(180_000);

async function profileAndHours(page: Page) {
  await page.goto('/admin/business');
  await field(page, en.business_name).fill('Bluebird Bikes');
  await field(page, en.business_short_name).fill('Bluebird');
  await page.locator('[name=colour]').first().fill('#00695c');
  await field(page, en.business_zone).fill('Europe/Berlin');
  await field(page, inEnglish(en.business_headline)).fill('Talk to a mechanic');
  await field(page, inEnglish(en.business_greeting)).fill('Welcome to Bluebird Bikes.');
  await button(page, en.business_save).click();
  await expect(page.getByText(en.business_saved)).toBeVisible();
  await page.goto('/admin/hours');
  for (let day = 0; day < 7; day++) {
    await page.locator(`[name="${day}-0-from"]`).fill('0:00');
    await page.locator(`[name="${day}-0-until"]`).fill('24:00');
  }
  await button(page, en.hours_save).first().click();
  await expect(page.getByText(en.hours_done_saved)).toBeVisible();
  await expect(page.locator('main')).toContainText('Europe/Berlin');
}

async function queue(page: Page, name: string, agent: string) {
  await page.goto('/admin/queues/new');
  await field(page, en.queues_name).fill(name);
  await page.locator(`[name="member_${agent}"]`).check();
  await button(page, en.queues_make).click();
  await expect(page.getByText(en.queues_done_saved.replace('{name}', name))).toBeVisible();
}

/** German first, which the interface does not speak; 1 is sales, 2 the workshop. */
async function menuInThreeLanguages(page: Page) {
  await page.goto('/admin/menus/new');
  await field(page, en.menus_name).fill('Front desk');
  await page.locator('#prompt_en').fill('For sales, press 1. For the workshop, press 2.');
  await page.locator('#prompt_zh').fill('购车请按1，维修请按2。');
  const more = page.locator('details:has(#other_text_0):not([open]) > summary');
  if (await more.count()) await more.click();
  await page.locator('#other_text_0').fill('Für den Verkauf drücken Sie die 1, für die Werkstatt die 2.');
  await page.locator('#other_language_0').selectOption('de-DE');
  await page.locator('input[name=others_first]').check();
  for (const [key, name] of [['1', 'Sales'], ['2', 'Workshop']]) {
    const select = page.locator(`#do_${key}`);
    await select.selectOption(await select.locator('option', { hasText: name }).getAttribute('value'));
  }
  await button(page, en.menus_make).click();
  await expect(page.getByText(pattern(en.menus_done_saved))).toBeVisible();
}

/** Rents a number and leads it to the menu. The number, in digits. */
async function numberOfTheMenu(page: Page): Promise<string> {
  await page.goto('/admin/numbers?country=GB&features=VOICE');
  const offer = page.locator('details:has(#rent) .scroll tbody tr').first();
  const shown = (await offer.locator('.digits').textContent())!;
  await offer.getByRole('button', { name: en.numbers_do_rent, exact: true }).click();
  await sure(page, en.numbers_do_rent);
  const digits = shown.replaceAll(/\D/g, '');
  const select = page.locator(`#line-${digits}`);
  await select.selectOption(await select.locator('option', { hasText: 'Front desk' }).getAttribute('value'));
  await select.locator('xpath=ancestor::form').getByRole('button').click();
  await expect(page.getByText(en.numbers_done_led.replace('{number}', shown))).toBeVisible();
  return digits;
}

/** The demo's name, or its opening time, in a response. What a field shows how to write is not data. */
const ofTheDemo = (text: string) => text.replaceAll(/placeholder="[^"]*"/g, '').match(/.{0,40}(acme|(?<![\d:])9:00(?!\d)).{0,40}/i)?.[0] ?? null;

/** Every page, as the operator and as a visitor: nothing of the demo is in any response. */
async function nothingOfTheDemoIsLeft(page: Page, visitor: BrowserContext) {
  const seen = new Set<string>();
  const open = [...places.map(([, , path]) => path), '/', '/login', '/api', '/api/openapi.json', '/console'];
  for (let path = open.pop(); path !== undefined && seen.size < 150; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const answer = await page.request.get(path, { headers: { accept: 'text/html' } });
    const text = await answer.text();
    expect(ofTheDemo(text), path).toBeNull();
    for (const [, link] of text.matchAll(/href="(\/[^"#]*)"/g)) {
      if (/^\/(admin|login|console|\?|$)/.test(link)) open.push(link.replaceAll('&amp;', '&'));
    }
  }
  expect(seen.size).toBeGreaterThan(places.length);
  for (const language of ['en-GB', 'zh-CN']) {
    const text = await (await visitor.request.get('/', { headers: { 'accept-language': language } })).text();
    expect(text).toContain('Bluebird');
    expect(ofTheDemo(text)).toBeNull();
  }
}

test('Bluebird Bikes opens for business', async ({ browser, quiet }) => {
  const open = async () => {
    const context = await browser.newContext({ baseURL: house.app, locale: 'en-GB', timezoneId: 'UTC' });
    quiet.watch(context);
    return context.newPage();
  };
  const phone = new Sandbox(house.sandbox).phone(caller);
  const page = await open();
  await page.goto('/login');
  await page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Olivia')) }).click();
  await page.waitForURL(/\/admin$/);

  await test.step('the demo is wiped', async () => {
    await page.goto('/admin/setup');
    await button(page, en.setup_wipe).click();
    await sure(page, en.setup_wipe);
    await expect(page.getByText(en.setup_done_wiped)).toBeVisible();
  });
  await profileAndHours(page);
  await queue(page, 'Sales', 'Jane');
  await queue(page, 'Workshop', 'Joe');
  await menuInThreeLanguages(page);
  const ours = await numberOfTheMenu(page);
  await test.step('the support line leads to sales', async () => {
    await page.goto('/admin/queues');
    const support = page.locator('#rules [name=support]');
    await support.selectOption(await support.locator('option', { hasText: 'Sales' }).getAttribute('value'));
    await button(page, en.queues_rules_save).click();
    await expect(page.getByText(en.queues_done_rules)).toBeVisible();
  });

  const jane = await Console.open(browser, 'Jane', quiet.watch, house.app);
  const joe = await Console.open(browser, 'Joe', quiet.watch, house.app);
  const visit = await open();
  try {
    await jane.ready();
    await joe.ready();
    await test.step('a caller hears German, presses 2 and reaches the workshop', async () => {
      await phone.dial(ours);
      await expect.poll(async () => (await phone.view()).said.some((said) => said.text.includes('Werkstatt'))).toBe(true);
      await phone.dtmf('2');
      await joe.shows('offer');
      await jane.shows('idle');
      await expect(joe.panel).toContainText('Workshop');
      await joe.page.keyboard.press('Enter');
      await joe.talks();
      await phone.voice({ tone: 1000 });
      await expectTone(joe.page, 1000);
      await phone.hears(microphone.hz, 1900);
      await phone.hangup();
      await joe.ready();
    });
    await test.step('a visitor of the support page reaches sales', async () => {
      const widget = new Widget(visit);
      await visit.context().grantPermissions(['microphone']);
      await widget.open();
      await expect(visit.getByRole('heading', { level: 1 })).toHaveText('Talk to a mechanic');
      await widget.callNow();
      await jane.shows('offer');
      await expect(jane.panel).toContainText('Sales');
      await jane.page.keyboard.press('Enter');
      await widget.is('talking');
      await expectTone(jane.page, microphone.hz);
      await widget.hangUp();
      await jane.ready();
    });
    await nothingOfTheDemoIsLeft(page, visit.context());
  } finally {
    await jane.close();
    await joe.close();
    await visit.context().close();
    await page.context().close();
  }
});
