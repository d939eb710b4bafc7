// The click-to-call sample, by its documented behaviour: a page with `nexmo-client` 9.5.1 in its default configuration, but
// for the hosts and the telemetry to hosts outside.

import type { Page } from '@playwright/test';
import { expectTone, keepPeers } from '../../support/audio';
import { expect, test } from '../../support/fixtures';
import { microphone, run } from '../../support/run';
import { Server, acl, library, linkNumber, makeApplication, pageWith, script } from '../../support/sample';

const SUPPORT = '447700900241';
const CALLER = '447700900242';
const NUMBER = '442079460741';
const client = `${run.root}/end2end/node_modules/nexmo-client/dist/nexmoClient.min.js`;

type Sample = { server: Server; ncco: unknown[]; token: string };

async function start(): Promise<Sample> {
  const sample = { ncco: [{ action: 'connect', from: NUMBER, endpoint: [{ type: 'phone', number: SUPPORT }] }] as unknown[], token: '' };
  const server = await Server.start(() => ({
    'GET /': () => pageWith('/client.js'),
    'GET /client.js': () => script(client),
    'GET /auth/supportuser': () => sample,
    'GET /webhooks/answer': () => sample.ncco,
  }));
  const { id, privateKey } = await makeApplication('Click to call', `${server.url}/webhooks/answer`, `${server.url}/webhooks/event`);
  await linkNumber('GB', NUMBER, id);
  const { tokenGenerate } = library('@vonage/jwt');
  const users = await fetch(`${run.sandbox}/v1/users`, {
    method: 'POST', body: JSON.stringify({ name: 'supportuser' }),
    headers: { authorization: `Bearer ${tokenGenerate(id, privateKey)}`, 'content-type': 'application/json' },
  });
  expect(users.status).toBe(201);
  sample.token = tokenGenerate(id, privateKey, { sub: 'supportuser', acl });
  return Object.assign(sample, { server });
}

/** Logs in as the sample's page does. What happens to calls is kept in `window.calls` and `window.statuses`. */
async function logIn(page: Page, sample: Sample) {
  await keepPeers(page);
  await page.goto(sample.server.url);
  return page.evaluate(async (sandbox) => {
    const w = window as any;
    const { token } = await (await fetch('/auth/supportuser')).json();
    const client = new w.NexmoClient({ nexmo_api_url: sandbox, url: sandbox, rtcstats: { remote_collection: false } });
    w.app = await client.createSession(token);
    w.calls = [];
    w.statuses = [];
    w.app.on('member:call', (_member: unknown, call: unknown) => w.calls.push(call));
    w.app.on('call:status:changed', (call: any) => w.statuses.push(call.status));
    return w.app.me.name;
  }, run.sandbox);
}

const calls = (page: Page) => page.evaluate(() => (window as any).calls.length);
const statuses = (page: Page) => page.evaluate(() => (window as any).statuses);

test.beforeEach(async ({ sandbox }) => sandbox.reset(SUPPORT, CALLER));

test('s5 s12 eight calls of eight are known to the page as calls, ring, are answered and complete', async ({ page, sandbox }) => {
  test.slow();
  const sample = await start();
  expect(await logIn(page, sample)).toBe('supportuser');
  const phone = sandbox.phone(SUPPORT);
  for (let call = 1; call <= 8; call++) {
    await page.evaluate(() => { (window as any).statuses = []; });
    await page.evaluate((name) => (window as any).app.callServer(name).then(() => undefined), 'supportuser');
    await expect.poll(() => calls(page), { message: `member:call of call ${call}`, timeout: 5_000 }).toBe(call);
    await phone.is('ringing');
    await expect.poll(() => statuses(page)).toEqual(['started', 'ringing']);
    await phone.answer({ tone: 1000 });
    await expect.poll(() => statuses(page)).toEqual(['started', 'ringing', 'answered']);
    if (call === 1) {
      await phone.hears(microphone.hz, 1900);
      await expectTone(page, 1000);
    }
    // The page hangs up, and the phone does, in turn.
    if (call % 2) await page.evaluate(() => (window as any).calls.at(-1).hangUp().then(() => undefined));
    else await phone.hangup();
    await phone.is('idle');
    await expect.poll(() => statuses(page)).toEqual(['started', 'ringing', 'answered', 'completed']);
  }
  await sample.server.stop();
});

test('a call that is not taken is busy to the page', async ({ page, sandbox }) => {
  const sample = await start();
  await logIn(page, sample);
  await page.evaluate(() => (window as any).app.callServer('supportuser').then(() => undefined));
  await sandbox.phone(SUPPORT).is('ringing');
  await expect.poll(() => statuses(page)).toEqual(['started', 'ringing']);
  await sandbox.phone(SUPPORT).reject('busy');
  await expect.poll(() => statuses(page)).toEqual(['started', 'ringing', 'busy']);
  await sample.server.stop();
});

test('s4 a call to the page is answered, with the default configuration, and both hear each other', async ({ page, sandbox }) => {
  const sample = await start();
  sample.ncco = [{ action: 'connect', endpoint: [{ type: 'app', user: 'supportuser' }] }];
  await logIn(page, sample);
  const phone = sandbox.phone(CALLER);
  await phone.dial(NUMBER);
  await expect.poll(() => calls(page)).toBe(1);
  // It settles: an answer that never does is what this is about.
  const answered = await page.evaluate(() => (window as any).calls[0].answer().then(() => 'answered', (error: any) => `${error.type ?? error}`));
  expect(answered).toBe('answered');
  await phone.is('talking');
  await phone.voice({ tone: 1000 });
  await phone.hears(microphone.hz, 1900);
  await expectTone(page, 1000);
  await expect.poll(() => statuses(page)).toContain('answered');
  await page.evaluate(() => (window as any).calls[0].hangUp().then(() => undefined));
  await phone.is('idle');
  await sample.server.stop();
});
