// Private calls, as the use case tells it: numbers are rented, two people are told which number to dial, each calls and
// texts the other through it, and neither sees the other's number. The telephones are the sandbox's, the audio is real
// and measured.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from '../support/fixtures';
import { signIn, sure } from '../support/operator';
import { run } from '../support/run';
import type { Sandbox } from '../support/sandbox';
import { en } from '../support/words';

const ada = '447700900501';
const ben = '447700900502';
const stranger = '447700900503';

type Sms = { from: string; to: string; text: string };

async function texts(sandbox: Sandbox, number: string): Promise<Sms[]> {
  return ((await sandbox.phone(number).view()).sms ?? []) as Sms[];
}

async function write(number: string, to: string, text: string) {
  const response = await fetch(`${run.sandbox}/phones/${number}/sms`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ to, text }),
  });
  expect(response.status, await response.clone().text()).toBe(200);
}

const digits = (text: string | null) => (text ?? '').replace(/\D/g, '');

test('two people call and text through masking numbers, until the conversation is closed', async ({ page, sandbox }) => {
  test.setTimeout(180_000);
  await sandbox.reset(ada, ben, stranger);
  await signIn(page);

  await test.step('the operator rents numbers', async () => {
    await page.goto('/admin/private-calls/numbers');
    await page.getByLabel(en.private_country, { exact: true }).selectOption('GB');
    await page.getByLabel(en.private_count, { exact: true }).fill('2');
    await page.getByRole('button', { name: en.private_rent_price, exact: true }).click();
    await expect(page.getByRole('status')).toContainText('€');
    await page.getByRole('button', { name: en.private_rent_submit, exact: true }).click();
    await expect(page.getByRole('status')).toContainText('+44');
    expect(await page.getByRole('row').count()).toBeGreaterThanOrEqual(3);
  });

  const dials: string[] = [];
  let conversation = '';
  await test.step('and opens a conversation', async () => {
    await page.goto('/admin/private-calls');
    await page.locator('details.new > summary').click();
    await page.getByLabel(en.private_first, { exact: true }).fill('+44 7700 900501');
    await page.getByLabel(en.private_first_name, { exact: true }).fill('Ada');
    await page.getByLabel(en.private_second, { exact: true }).fill(ben);
    await page.getByLabel(en.private_second_name, { exact: true }).fill('Ben');
    await page.getByRole('button', { name: en.private_submit, exact: true }).click();
    await expect(page.getByText(en.private_said_opened)).toBeVisible();
    conversation = page.url();
    for (const text of await page.locator('.dials').allTextContents()) dials.push(digits(text));
    expect(dials).toHaveLength(2);
    expect(dials[0]).not.toBe(dials[1]);
    const shown = await page.locator('main').innerText();
    for (const number of [ada, ben]) expect(digits(shown), 'numbers are masked').not.toContain(number);
  });
  const [adaDials, benDials] = dials;

  await test.step('both are told by text which number to dial', async () => {
    for (const [phone, number, other] of [[ada, adaDials, 'Ben'], [ben, benDials, 'Ada']] as const) {
      await expect.poll(async () => texts(sandbox, phone)).toHaveLength(1);
      const [sms] = await texts(sandbox, phone);
      expect(sms.from).toBe(number);
      expect(sms.text).toContain(other);
    }
  });

  for (const [caller, called, dialled, shown] of [[ada, ben, adaDials, benDials], [ben, ada, benDials, adaDials]] as const) {
    await test.step(`${caller} calls`, async () => {
      const [from, to] = [sandbox.phone(caller), sandbox.phone(called)];
      await from.dial(dialled);
      await to.is('ringing');
      expect((await to.view()).caller, 'who is called sees the mask').toBe(shown);
      expect((await from.view()).said.map((said) => said.text)).toContain('Please wait whilst we connect your call');
      await to.answer({ tone: 1300 });
      await from.is('talking');
      await from.voice({ tone: 700 });
      await to.hears(700, 1900);
      await from.hears(1300, 1900);
      await from.hangup();
      await to.is('idle');
      await from.is('idle');
    });
  }

  await test.step('they text each other', async () => {
    await write(ada, adaDials, 'I am at the red door');
    await expect.poll(async () => (await texts(sandbox, ben)).at(-1)).toMatchObject({ from: benDials, text: 'I am at the red door' });
    await write(ben, benDials, '我马上到');
    await expect.poll(async () => (await texts(sandbox, ada)).at(-1)).toMatchObject({ from: adaDials, text: '我马上到' });
  });

  await test.step('a stranger and a hidden number hear why not', async () => {
    const phone = sandbox.phone(stranger);
    await phone.dial(adaDials);
    await expect.poll(async () => (await phone.view()).said.map((said) => said.text).join()).toContain('do not know');
    await phone.is('idle');
    await fetch(`${run.sandbox}/phones/${ada}/dial`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ to: adaDials, withheld: true }),
    });
    await expect.poll(async () => (await sandbox.phone(ada).view()).said.map((said) => said.text).join()).toContain('hidden');
    await sandbox.phone(ada).is('idle');
    for (const number of [ada, ben]) expect((await sandbox.phone(number).view()).state).toBe('idle');
  });

  await test.step('the operator sees every attempt and closes the conversation', async () => {
    await page.goto(conversation);
    await expect(page.getByRole('cell', { name: en.private_outcome_connected })).toHaveCount(2);
    await expect(page.getByRole('cell', { name: en.private_outcome_relayed })).toHaveCount(2);
    const shown = digits(await page.locator('main').innerText());
    for (const number of [ada, ben]) expect(shown, 'numbers are masked').not.toContain(number);
    await page.getByRole('button', { name: en.private_close, exact: true }).click();
    await sure(page, en.private_close);
    await expect(page.getByText(en.private_said_closed)).toBeVisible();
    await expect(page.locator('.page-head')).toContainText(en.private_is_closed);
  });

  await test.step('its numbers reach nobody any more, and say so', async () => {
    const phone = sandbox.phone(ada);
    await phone.dial(adaDials);
    await expect.poll(async () => (await phone.view()).said.map((said) => said.text).join()).toContain('over');
    await phone.is('idle');
    expect((await sandbox.phone(ben).view()).state).toBe('idle');
    const before = (await texts(sandbox, ben)).length;
    await write(ada, adaDials, 'Still there?');
    await expect.poll(async () => (await texts(sandbox, ada)).at(-1)?.text).toContain('not delivered');
    expect(await texts(sandbox, ben)).toHaveLength(before);
  });

  await test.step('no line of the log says who they are', async () => {
    const log = fs.readFileSync(run.log, 'utf8');
    for (const number of [ada, ben]) expect(log).not.toContain(number);
    const [call] = await page.goto('/admin/calls').then(() => page.locator('tbody tr a').all());
    await call.click();
    const shown = digits(await page.locator('main').innerText());
    for (const number of [ada, ben]) expect(shown, 'the call log masks them, too').not.toContain(number);
  });
});

test('the JSON interface opens, shows and closes; a pool that is too small says for whom', async ({ request }) => {
  const made = execFileSync(run.program, ['api-key', 'create', '--name', 'browser tests'], { env: { ...process.env, ...run.env }, encoding: 'utf8' });
  const authorization = `Bearer ${made.trim().split(/\s+/).at(-1)}`;
  const url = `${run.app}/api/private-conversations`;
  expect((await request.post(url, { data: {} })).status()).toBe(401);
  const person = (n: number) => ({ number: `4477009006${String(n).padStart(2, '0')}` });
  const open = (one: number, other: number) =>
    request.post(url, { headers: { authorization }, data: { participants: [person(one), person(other)], notify: false, expires_in: 600 } });
  const first = await open(1, 2);
  expect(first.status(), await first.text()).toBe(201);
  const { id, participants, state } = await first.json();
  expect(state).toBe('open');
  expect(participants[0].number).toBe(person(1).number);
  expect(participants[0].dials).toMatch(/^\d{7,15}$/);
  const shown = await (await request.get(`${url}/${id}`, { headers: { authorization } })).json();
  expect(JSON.stringify(shown), 'masked').not.toContain(person(1).number);
  let last = first;
  for (let n = 3; last.ok() && n < 99; n += 1) last = await open(1, n);
  expect(last.status()).toBe(409);
  const refused = await last.json();
  expect(refused.code).toBe('pool_too_small');
  expect(refused.shortages).toEqual([expect.objectContaining({ participant: 0, missing: 1, country: 'GB' })]);
  for (let times = 0; times < 2; times += 1) {
    const closed = await request.delete(`${url}/${id}`, { headers: { authorization } });
    expect((await closed.json()).state).toBe('closed');
  }
  const document = await (await request.get(`${run.app}/api/openapi.json`)).json();
  expect(Object.keys(document.paths)).toContain('/api/private-conversations/{id}');
  fs.writeFileSync(path.join(run.folder, 'openapi.json'), JSON.stringify(document, null, 2));
});
