// The operator's pages, full of what happened in the calls before, and as they refuse and ask.

import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { Camera } from '../support/camera';
import { expect, test } from '../support/fixtures';
import { FlowText } from '../support/flow';
import { olivia } from '../support/olivia';
import { places } from '../support/places';
import { run } from '../support/run';
import { languages, pattern, wordsIn, type Language } from '../support/words';

test.setTimeout(240_000);

let key: string;
async function api(path: string, body: unknown) {
  const response = await fetch(run.app + path, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

test.beforeAll(async () => {
  const env = { ...process.env, DATABASE_URL: run.env.DATABASE_URL, DATA_DIR: run.env.DATA_DIR };
  const said = execFileSync(run.program, ['api-key', 'create', '--name', 'sheets'], { encoding: 'utf8', env, cwd: run.folder });
  key = said.trim().split(/\s+/).pop()!;
});

test('campaigns and conversations', async ({ sandbox }) => {
  const campaigns = [
    { name: 'Spring Ads', source: 'google', medium: 'cpc', destination: '+447700900000', whisper: 'Call from Spring Ads', country: 'GB' },
    { name: '春季推广', source: 'baidu', medium: 'cpc', destination: '+447700900000', country: 'GB' },
    { name: 'Poster at the station', source: 'poster', medium: 'print', destination: '+447700900000', country: 'GB' },
  ];
  const made = [];
  for (const campaign of campaigns) made.push(await api('/api/campaigns', campaign));
  const desk = sandbox.phone('447700900000');
  for (const [number, from, answers] of [
    [made[0].numbers[0], '447700900123', true], [made[0].numbers[0], '447700900124', false], [made[1].numbers[0], '447700900125', true],
  ] as const) {
    const caller = sandbox.phone(from);
    await caller.dial(number);
    await desk.is('ringing');
    if (answers) {
      await desk.answer({ tone: 440 });
      await caller.is('talking');
      // What is shorter than three seconds is taken for no call.
      const began = Date.now();
      await expect.poll(() => Date.now() - began, { intervals: [250] }).toBeGreaterThan(3_500);
      await caller.hangup();
    } else await desk.reject('busy');
    await caller.is('idle');
    await desk.is('idle');
  }
  for (const [one, other, reference] of [['Ada', 'Ben', 'Order 1071'], ['王芳', '李强', '订单 1072']]) {
    const person = (name: string, n: number) => ({ number: `4477009005${n}`, name });
    const n = reference.endsWith('1') ? 1 : 3;
    await api('/api/private-conversations', { participants: [person(one, 10 + n), person(other, 11 + n)], reference, notify: false });
  }
});

/** The first row of a list that is so, opened. */
async function opened(page: Page, address: string, text = '') {
  await page.goto(address);
  await page.locator('tbody tr', { hasText: text }).first().getByRole('link').first().click();
  await page.waitForURL(/\/admin\/\w[\w-]*\/[^?]+$/);
}

async function office(page: Page, language: Language) {
  const words = wordsIn[language];
  const camera = new Camera(language);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  for (const [area, name, path] of places) {
    await page.goto(path);
    await camera.shot(page, area, name);
  }

  await opened(page, '/admin/calls?show=answered');
  await camera.shot(page, 'call', 'answered');
  await opened(page, '/admin/calls?show=missed');
  await camera.shot(page, 'call', 'missed');
  await opened(page, '/admin/calls', words.line_audio_socket);
  await camera.shot(page, 'call', 'with a recording');
  await page.goto('/admin/calls/none');
  await camera.shot(page, 'call', 'gone');
  await opened(page, '/admin/private-calls');
  await camera.shot(page, 'private calls', 'one');

  await page.goto('/admin/campaigns');
  await page.getByRole('link', { name: 'Spring Ads', exact: true }).click();
  await camera.shot(page, 'tracking', 'campaign');
  await page.goto('/admin/campaigns/new');
  await page.locator('[name=name]').fill('Radio');
  await page.getByLabel(words.tracking_rings_number, { exact: true }).fill('12');
  await press(words.tracking_save);
  await expect(page.locator('#why-destination')).toBeVisible();
  await camera.shot(page, 'tracking', 'campaign, refused');

  await page.goto('/admin/flows/new?preset=ivr');
  await page.locator('#name').fill(language === 'en' ? 'Main menu' : '总机菜单');
  const text = new FlowText(page, true, words);
  const good = await text.value();
  await text.fill(good.replace('"timeOut": 10', '"timeOut": 45'));
  await press(words.flows_save);
  await expect(page.getByText(words.flows_not_saved)).toBeVisible();
  await camera.shot(page, 'flows', 'with a problem');
  await page.locator('#draw-open-2').click();
  await expect(page.locator('[id="set-type"]')).toBeFocused();
  await camera.shot(page, 'flows', 'a box of the drawing is open');
  await page.locator('#draw-place-1').click();
  await expect(page.locator('#draw-add-1-talk')).toBeFocused();
  await camera.shot(page, 'flows', 'an action is added to the drawing');
  await text.fill(good);
  await press(words.flows_save);
  await page.locator('#keys').fill('2');
  await expect(page.locator('.steps')).toContainText(words.step_leads.replace('{agent}', 'Joe'));
  await camera.shot(page, 'flows', 'saved, walked');
  await page.goto('/admin/flows');
  await camera.shot(page, 'flows', 'list');

  await page.goto('/admin/numbers?country=GB&features=VOICE');
  await page.getByRole('button', { name: words.numbers_do_rent, exact: true }).first().click();
  await page.getByRole('alertdialog').waitFor();
  await camera.shot(page, 'numbers', 'asks before renting');
  await page.goto('/admin/users');
  const row = page.locator('tbody tr').first();
  await row.getByRole('button', { name: pattern(words.admin_actions_for) }).click();
  await camera.shot(page, 'users', 'menu of a row');
  await row.getByRole('button', { name: words.admin_delete, exact: true }).click();
  await page.getByRole('alertdialog').waitFor();
  await camera.shot(page, 'users', 'asks before deleting');
  await page.goto('/admin/events');
  await page.locator('.events details > summary').first().click();
  await camera.shot(page, 'events', 'opened');
  await page.goto('/admin/calls');
  await page.locator('details.me > summary').click();
  await camera.shot(page, 'calls', 'own menu');

  await page.goto('/admin/private-calls?new=1');
  for (const [label, text] of [[words.private_first, '12'], [words.private_second, '+44 7700 900502']]) {
    await page.getByLabel(label, { exact: true }).fill(text);
  }
  await press(words.private_submit);
  await camera.shot(page, 'private calls', 'new, refused');
  await page.goto('/admin/console-settings/rules');
  for (const label of [words.settings_wrap_up, words.settings_misses]) await page.getByLabel(label, { exact: true }).fill('0x');
  await press(words.settings_save);
  await expect(page.locator('#why-misses')).toBeVisible();
  await camera.shot(page, 'console settings', 'rules, refused');
  await page.goto('/admin/business');
  await page.getByLabel(words.business_zone, { exact: true }).fill('Atlantis');
  await page.getByLabel(words.business_numbers, { exact: true }).fill('12');
  await press(words.business_save);
  await expect(page.locator('#why-numbers')).toBeVisible();
  await camera.shot(page, 'business', 'refused');
  await page.goto('/admin/setup');
  await page.getByLabel(words.setup_test_number, { exact: true }).fill('07700 90000');
  await press(words.setup_do_call);
  await expect(page.getByRole('alert')).toBeVisible();
  await camera.shot(page, 'setup', 'test call refused');
}

test('the operator’s pages', async ({ browser, quiet }) => {
  quiet.allow(/404 \(Not Found\)/);
  await Promise.all(languages.map(async (language) => {
    const { page, context } = await olivia(browser, quiet, language);
    await office(page, language);
    await context.close();
  }));
});

test('keys that are shown once', async ({ browser, quiet }) => {
  for (const language of languages) {
    const { page, context } = await olivia(browser, quiet, language);
    await page.goto('/admin/sdk');
    const words = wordsIn[language];
    const rotate = page.getByRole('button', { name: words.sdk_rotate, exact: true });
    if (await rotate.count()) {
      await rotate.click();
      await page.getByRole('alertdialog').getByRole('button', { name: words.sdk_rotate_sure, exact: true }).click();
    } else await page.getByRole('button', { name: words.sdk_make_key, exact: true }).click();
    await expect(page.locator('code.key')).toBeVisible();
    await new Camera(language).shot(page, 'sdk', 'a new key');
    await context.close();
  }
});
