// The operator's pages, with and without JavaScript: accounts, numbers, users, events, setup, clients.

import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { FlowText } from '../../support/flow';
import { addAgent, disableAgent, makeKey, menu, signIn, signInAgain, sure } from '../../support/operator';
import { numbers, run } from '../../support/run';
import { en, pattern } from '../../support/words';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test('the sandbox offers its accounts, and each goes where it works', async ({ page, quiet }) => {
  // What a role may not open is answered so.
  quiet.allow(/403 \(Forbidden\) .*\/(admin\/calls|console)/);
  await page.goto('/login');
  await expect(page.getByRole('heading', { name: en.sandbox_title })).toBeVisible();
  await page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Jane')) }).click();
  await expect(page).toHaveURL(/\/console/);
  await page.goto('/admin/calls');
  await expect(page.getByRole('heading', { name: en.forbidden_title })).toBeVisible();
  await page.goto('/login');
  await page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Olivia')) }).click();
  await expect(page).toHaveURL(/\/admin$/);
  // Who takes no calls is led from the console to where they do work.
  await page.goto('/console');
  await expect(page.getByRole('heading', { name: en.forbidden_title })).toBeVisible();
  await page.getByRole('link', { name: en.nav_overview, exact: true }).click();
  await expect(page.getByRole('heading', { name: en.nav_overview, exact: true })).toBeVisible();
});

test('somebody is invited by a link that is good once', async ({ page, browser, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/users');
  const name = `Kim-${javaScriptEnabled}-${Date.now()}`;
  await page.getByLabel(en.users_name, { exact: true }).fill(name);
  await page.getByLabel(en.users_role, { exact: true }).selectOption('supervisor');
  await button(page, en.users_do_add).click();
  const link = (await page.locator('.secret pre').textContent())!.trim();
  await page.reload();
  await expect(page.locator('.secret pre')).toHaveCount(0);
  const context = await browser.newContext();
  const stranger = await context.newPage();
  await stranger.goto(link);
  for (const label of [en.password_new, en.password_repeat]) await stranger.getByLabel(label, { exact: true }).fill('kims own long password');
  await button(stranger, en.invitation_submit).click();
  await expect(stranger).toHaveURL(/\/admin/);
  await stranger.goto(link);
  await expect(stranger.getByText(en.invitation_gone)).toBeVisible();
  await context.close();
});

test('a5 a form whose session ended comes back filled in, and is not sent by itself', async ({ page, context, javaScriptEnabled, quiet }) => {
  // The editor asks as one types, and is told that nobody is signed in.
  quiet.allow(/401 \(Unauthorized\) .*\/api\/call-flow-check/);
  await signIn(page);
  await page.goto('/admin/flows/new?preset=custom');
  const name = `Night ${javaScriptEnabled} ${Date.now()}`;
  const text = '[\n  { "action": "talk", "text": "Nobody is here." }\n]';
  await page.getByLabel(en.flows_name, { exact: true }).fill(name);
  const field = new FlowText(page, javaScriptEnabled);
  await field.fill(text);
  await context.clearCookies();
  await button(page, en.flows_save).click();
  await expect(page.getByText(en.login_unsent)).toBeVisible();
  await signInAgain(page);
  await expect(page).toHaveURL(/\/admin\/flows\/new\?preset=custom#unsent$/);
  await expect(page.getByText(en.form_unsent)).toBeVisible();
  await expect(page.getByLabel(en.flows_name, { exact: true })).toHaveValue(name);
  await field.ready();
  expect(await field.value()).toBe(text);
  await page.goto('/admin/flows');
  await expect(page.getByRole('link', { name })).toHaveCount(0);
});

test('a number is searched, rented after a confirmation, led and released', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/numbers?country=GB&features=VOICE%2CSMS');
  const offer = page.locator('details:has(#rent) .scroll tbody tr').first();
  const number = (await offer.locator('.digits').textContent())!;
  await offer.getByRole('button', { name: en.numbers_do_rent, exact: true }).click();
  await sure(page, en.numbers_do_rent);
  await expect(page.getByText(en.numbers_done_rented.replace('{number}', number))).toBeVisible();
  const row = page.getByRole('row', { name: new RegExp(number.replace('+', '\\+')) });
  await row.locator('[name=line]').selectOption('agent:Joe');
  await row.locator('form:has([name=line])').getByRole('button', { name: en.numbers_set_line, exact: true }).click();
  await expect(page.getByText(en.numbers_done_led.replace('{number}', number))).toBeVisible();
  await expect(row.locator('[name=line]')).toHaveValue('agent:Joe');
  await menu(row, en.numbers_release);
  await page.getByRole('alertdialog').getByRole('button', { name: en.admin_cancel, exact: true }).click();
  await expect(page.getByRole('alertdialog')).toHaveCount(0);
  await expect(row).toBeVisible();
  // With a script the menu is closed too, and the focus is where it began.
  if (javaScriptEnabled) await expect(row.getByRole('button', { name: pattern(en.admin_actions_for) })).toBeFocused();
  if (javaScriptEnabled) await menu(row, en.numbers_release);
  else await row.getByRole('button', { name: en.numbers_release, exact: true }).click();
  await sure(page, en.numbers_release);
  await expect(page.getByText(en.numbers_done_released.replace('{number}', number))).toBeVisible();
});

test('the guide has nothing wrong in the sandbox: hours and the call are to be done', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/setup');
  await expect(page.locator('.guide > li')).toHaveCount(7);
  await expect(page.locator('.checks li.bad')).toHaveCount(0);
  for (const step of ['business', 'account', 'number', 'queue']) await expect(page.locator(`#step-${step}`)).toHaveClass(/done/);
});

test('a step is skipped and taken back', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/setup');
  await button(page, `${en.setup_skip}: ${en.nav_hours}`).click();
  await expect(page.locator('#step-hours')).toHaveClass(/skipped/);
  await button(page, `${en.setup_unskip}: ${en.nav_hours}`).click();
  await expect(page.locator('#step-hours')).toHaveClass(/left/);
});

test('a test call rings, says that calls work, and is in the guide', async ({ page, sandbox }) => {
  const phone = sandbox.phone(numbers.destination);
  await sandbox.reset(numbers.destination);
  await signIn(page);
  await page.goto('/admin/setup');
  const field = page.getByLabel(en.setup_test_number, { exact: true });
  await field.fill('07700 90000');
  await page.getByRole('button', { name: en.setup_do_call, exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('number');
  await expect(field).toHaveValue('07700 90000');
  await field.fill(`+${numbers.destination}`);
  await page.getByRole('button', { name: en.setup_do_call, exact: true }).click();
  await expect(page.getByText(pattern(en.setup_done_rings))).toBeVisible();
  await phone.is('ringing');
  await phone.answer();
  await expect.poll(async () => JSON.stringify((await phone.view()).said)).toContain('calls work');
  await phone.is('idle');
  await expect(async () => {
    await page.goto('/admin/setup');
    await expect(page.locator('#step-test-call')).toHaveClass(/done/, { timeout: 1_000 });
  }).toPass();
});

test('a client of the samples gets a token with the key that was shown once', async ({ page, request, javaScriptEnabled }) => {
  await signIn(page);
  const name = `Robin-${javaScriptEnabled}-${Date.now()}`;
  await addAgent(page, name);
  const key = await makeKey(page);
  await page.reload();
  await expect(page.locator('code.key')).toHaveCount(0);
  const ask = (data: object) => request.post(`${run.app}/api/jwt`, { data });
  const token = await ask({ mobile_api_key: key, user_name: name });
  expect(token.status()).toBe(200);
  expect(Object.keys(await token.json()).sort()).toEqual(['expires_at', 'jwt', 'user_id', 'user_name']);
  expect((await ask({ mobile_api_key: key, user_name: 'Nobody' })).status()).toBe(404);
  expect((await ask({ mobile_api_key: 'wrong', user_name: name })).status()).toBe(401);
  await disableAgent(page, name);
  expect((await ask({ mobile_api_key: key, user_name: name })).status()).toBe(404);
});

test('campaigns are under tracking, and a search that finds nothing can be left', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/campaigns/new');
  await expect(page.locator('.side [aria-current=page]')).toHaveText(en.nav_call_tracking);
  await page.goto('/admin/events?text=nothing-has-this-in-it');
  await expect(page.getByRole('heading', { name: en.events_none })).toBeVisible();
  await page.getByRole('link', { name: en.events_none_action }).click();
  await expect(page).toHaveURL(/\/admin\/events$/);
});

test('on a phone a number can be rented without scrolling sideways', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await signIn(page);
  await page.goto('/admin/numbers?country=GB&features=VOICE#rent');
  const offer = page.locator('details:has(#rent) .scroll tbody tr').first();
  const box = (await offer.getByRole('button', { name: en.numbers_do_rent, exact: true }).boundingBox())!;
  expect(box.x + box.width).toBeLessThanOrEqual(390);
  const table = page.locator('.scroll').first();
  expect(await table.evaluate((element) => element.scrollWidth - element.clientWidth)).toBeLessThanOrEqual(0);
});

for (const path of ['calls', 'numbers', 'flows', 'flows/new?preset=inbound', 'users', 'events', 'setup', 'sdk']) {
  test(`/admin/${path} fits a phone`, async ({ page }) => {
    await page.setViewportSize({ width: 390, height: 844 });
    await signIn(page);
    await page.goto(`/admin/${path}`);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth).catch(() => 0);
    expect(overflow).toBeLessThanOrEqual(0);
    await page.locator('details.menu > summary').click();
    await expect(page.locator('details.menu nav').getByRole('link', { name: en.nav_setup })).toBeVisible();
  });
}
