// The unmodified voice SDK against the sandbox alone: sessions, calls out and in, audio, hang-up from either side.

import type { Page } from '@playwright/test';
import { expectTone } from '../../support/audio';
import { expect, test as base } from '../../support/fixtures';
import { microphone } from '../../support/run';
import { Stand } from '../../support/stand';

const PHONE = '447700900123';
const OWN = '442079460123';

const test = base.extend<{ cleanUp: void }, { stand: Stand }>({
  stand: [async ({}, use) => {
    const stand = await Stand.start();
    await stand.number(OWN);
    await use(stand);
    await stand.stop();
  }, { scope: 'worker' }],
  cleanUp: [async ({ sandbox }, use) => {
    await sandbox.reset(PHONE);
    await use();
    await sandbox.reset(PHONE);
  }, { auto: true }],
});

const sdk = <T>(page: Page, call: string, ...args: unknown[]): Promise<T> =>
  page.evaluate(([call, args]) => (window as any).client[call](...args), [call, args] as const);

/** Waits for the SDK's event `name` and returns its arguments. */
async function event(page: Page, name: string, timeout = 10_000): Promise<any[]> {
  const handle = await page.waitForFunction((name) => {
    const events: any[] = (window as any).events;
    const at = events.findIndex(([event]) => event === name);
    return at < 0 ? undefined : events.splice(at, 1)[0].slice(1);
  }, name, { timeout, polling: 50 });
  return handle.jsonValue();
}

const connect = (number: string) => [{ action: 'connect', from: OWN, endpoint: [{ type: 'phone', number }] }];

test('a session, and who the user is', async ({ page, stand }) => {
  const { name, token } = await stand.user();
  expect(await stand.open(page, token)).toMatch(/^[0-9a-f-]{36}$/);
  expect((await sdk<any>(page, 'getMe').catch(() => sdk<any>(page, 'getUser', 'me'))).name).toBe(name);
  await sdk(page, 'deleteSession');
});

test('tokens that are expired, forged or for nobody are refused by name', async ({ page, stand, quiet }) => {
  quiet.allow(/./);
  const now = Math.floor(Date.now() / 1000);
  const expired = await stand.user({ iat: now - 960, exp: now - 60 });
  expect(await stand.open(page, expired.token)).toBe('SESSION_ERROR session:error:expired-token');
  const { token } = await stand.user();
  expect(await stand.open(page, token.slice(0, -20) + 'AAAAAAAAAAAAAAAAAAAA')).toBe('SESSION_ERROR session:error:invalid-token');
  const nobody = await stand.user({ sub: 'nobody-of-that-name' });
  expect(await stand.open(page, nobody.token)).toMatch(/^SESSION_ERROR /);
});

test('a call out: audio both ways, keys, mute, local hang-up', async ({ page, stand, sandbox }) => {
  stand.ncco = connect(PHONE);
  const { token } = await stand.user();
  await stand.open(page, token);
  const id = await sdk<string>(page, 'serverCall', { to: OWN });
  const phone = sandbox.phone(PHONE);
  await phone.is('ringing');
  await phone.answer({ tone: 1000 });
  await expectTone(page, 1000);
  await phone.hears(microphone.hz, 1900);
  expect((await event(page, 'legStatusUpdate')).at(-1)).toMatch(/ringing/i);

  await sdk(page, 'sendDTMF', id, '12#');
  expect(await event(page, 'dtmf')).toContain('12#');
  await sdk(page, 'mute', id);
  expect((await event(page, 'mute')).at(-1)).toBe(true);
  await phone.hearsSilence();
  await sdk(page, 'unmute', id);
  await phone.hears(microphone.hz, 1900);

  await sdk(page, 'hangup', id);
  expect((await event(page, 'callHangup')).at(-1)).toBe('LOCAL_HANGUP');
  await phone.is('idle');
  await sdk(page, 'deleteSession');
});

test('a call out: remote hang-up', async ({ page, stand, sandbox }) => {
  stand.ncco = connect(PHONE);
  const { token } = await stand.user();
  await stand.open(page, token);
  await sdk<string>(page, 'serverCall', { to: OWN });
  const phone = sandbox.phone(PHONE);
  await phone.is('ringing');
  await phone.answer();
  await phone.is('talking');
  await phone.hangup();
  expect((await event(page, 'callHangup')).at(-1)).toBe('REMOTE_HANGUP');
});

test('a call in: invite, answer, audio both ways, remote hang-up', async ({ page, stand, sandbox }) => {
  const { name, token } = await stand.user();
  await stand.open(page, token);
  stand.ncco = [{ action: 'connect', endpoint: [{ type: 'app', user: name }] }];
  const phone = sandbox.phone(PHONE);
  await phone.dial(OWN);
  const [id, from, type] = await event(page, 'callInvite');
  expect([from, type]).toEqual([PHONE, 'phone']);
  await sdk(page, 'answer', id);
  await phone.is('talking');
  await phone.voice({ tone: 1000 });
  await expectTone(page, 1000);
  await phone.hears(microphone.hz, 1900);
  await phone.hangup();
  expect((await event(page, 'callHangup')).at(-1)).toBe('REMOTE_HANGUP');
});

test('a call in: reject', async ({ page, stand, sandbox }) => {
  const { name, token } = await stand.user();
  await stand.open(page, token);
  stand.ncco = [{ action: 'connect', endpoint: [{ type: 'app', user: name }] }];
  const phone = sandbox.phone(PHONE);
  await phone.dial(OWN);
  const [id] = await event(page, 'callInvite');
  await sdk(page, 'reject', id);
  await phone.is('idle');
});

test('a call in: the caller gives up', async ({ page, stand, sandbox }) => {
  const { name, token } = await stand.user();
  await stand.open(page, token);
  stand.ncco = [{ action: 'connect', endpoint: [{ type: 'app', user: name }] }];
  const phone = sandbox.phone(PHONE);
  await phone.dial(OWN);
  await event(page, 'callInvite');
  await phone.hangup();
  expect((await event(page, 'callInviteCancel')).at(-1)).toBe('RemoteCancel');
});
