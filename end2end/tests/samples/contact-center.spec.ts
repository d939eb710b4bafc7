// The contact-centre server and its React client, by their documented behaviour, with the libraries that they have locked:
// `nexmo` 2.4.3 (Application API v1, beta Users) on the server, `nexmo-client` 6.2.1 (engine.io 3) in the browser.

import type { Page } from '@playwright/test';
import { expectTone, keepPeers } from '../../support/audio';
import { expect, test } from '../../support/fixtures';
import { account, microphone, run } from '../../support/run';
import { Server, acl, called, file, library, pageWith, script, toSandbox } from '../../support/sample';

const CALLER = '447700900251';
const CALLEE = '447700900252';
const MOBILE_API_KEY = 'not-a-secret-mobile-key';

type Center = { server: Server; number: string; outbound: boolean };

/** Everything that an operator of the sample clicks: log in, create, buy, link, add users. */
async function start(): Promise<Center> {
  const Nexmo = library('nexmo-2');
  const options = { https: toSandbox };
  const center = { number: '', outbound: false };
  let application = { id: '', key: '' };
  const jane = [
    { action: 'talk', text: 'Please wait while we connect you to Jane' },
    { action: 'connect', endpoint: [{ type: 'app', user: 'Jane' }] },
  ];
  const server = await Server.start((url) => ({
    'GET /': () => pageWith('/client.js'),
    'GET /client.js': () => script(file('nexmo-client-6/dist/nexmoClient.min.js')),
    'GET /webhooks/answer': ({ query }) => center.outbound
      ? [{ action: 'talk', text: 'Please wait while we connect you.' },
         { action: 'connect', timeout: 20, from: center.number, endpoint: [{ type: 'phone', number: query.get('to') }] }]
      : [{ action: 'talk', text: 'Welcome.', voiceName: 'Amy', bargeIn: false },
         { action: 'talk', text: 'Press 1 for Jane, or 2 for Joe, followed by the hash key.', voiceName: 'Amy', bargeIn: true },
         { action: 'input', eventUrl: [`${url}/webhooks/dtmf`], timeout: '10', submitOnHash: true }],
    'POST /webhooks/dtmf': ({ body }) => (body.dtmf === '1' ? jane : []),
    'POST /api/jwt': ({ body }) => {
      if (body.mobile_api_key !== MOBILE_API_KEY) return { error: 'invalid mobile api key' };
      const jwt = Nexmo.generateJwt(Buffer.from(application.key), {
        application_id: application.id, sub: body.user_name, exp: Math.round(Date.now() / 1000) + 86_400, acl,
      });
      return { user_name: body.user_name, jwt };
    },
  }));
  const nexmo = new Nexmo({ apiKey: account.key, apiSecret: account.secret }, options);
  const balance = await called((done) => nexmo.account.checkBalance(done));
  expect(balance.value).toBeGreaterThan(0);
  const made = await called((done) => nexmo.app.create('Contact center', 'voice', `${server.url}/webhooks/answer`, `${server.url}/webhooks/event`, {}, done));
  application = { id: made.id, key: made.keys.private_key };
  const shown = await called((done) => nexmo.app.get(made.id, done));
  expect(shown.voice.webhooks.map((hook: any) => hook.endpoint)).toEqual([`${server.url}/webhooks/answer`, `${server.url}/webhooks/event`]);

  const found = await called((done) => nexmo.number.search('FR', { features: 'VOICE' }, done));
  center.number = found.numbers[0].msisdn;
  await called((done) => nexmo.number.buy('FR', center.number, done));
  const link = { voiceCallbackType: 'app', voiceCallbackValue: made.id };
  await called((done) => nexmo.number.update('FR', center.number, link, done));

  const signed = new Nexmo({ apiKey: account.key, apiSecret: account.secret, applicationId: made.id, privateKey: Buffer.from(application.key) }, options);
  for (const name of ['Jane', 'Joe']) {
    const user = await called((done) => signed.users.create({ name }, done));
    expect(user).toMatchObject({ id: expect.stringMatching(/^USR-/), href: expect.stringContaining(user.id) });
  }
  const users = await called((done) => signed.users.get({}, done));
  expect(users.map((user: any) => user.name)).toEqual(['Jane', 'Joe']);
  return Object.assign(center, { server });
}

/** What the React client does when somebody presses "Jane". */
async function logIn(page: Page, { server }: Center) {
  await keepPeers(page);
  await page.goto(server.url);
  return page.evaluate(async ([sandbox, mobile_api_key]) => {
    const w = window as any;
    const body = JSON.stringify({ mobile_api_key, user_name: 'Jane' });
    const { jwt } = await (await fetch('/api/jwt', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
    const client = new w.NexmoClient({ nexmo_api_url: sandbox, url: sandbox, iceServers: [] });
    w.app = await client.login(jwt);
    w.calls = [];
    w.statuses = [];
    w.app.on('member:call', (_member: unknown, call: unknown) => w.calls.push(call));
    w.app.on('call:status:changed', (call: any) => w.statuses.push(call.status));
    return w.app.me.name;
  }, [run.sandbox, MOBILE_API_KEY] as const);
}

test.beforeEach(async ({ sandbox }) => sandbox.reset(CALLER, CALLEE));

test('s8 s9 s10 a caller chooses Jane in the menu, and Jane answers in the browser', async ({ page, sandbox }) => {
  const center = await start();
  expect(await logIn(page, center)).toBe('Jane');
  const phone = sandbox.phone(CALLER);
  await phone.dial(center.number);
  await expect.poll(async () => JSON.stringify((await phone.view()).said)).toContain('Press 1 for Jane');
  await phone.dtmf('1#');
  await expect.poll(() => page.evaluate(() => (window as any).calls.length)).toBe(1);
  const answered = await page.evaluate(() => (window as any).calls[0].answer().then(() => 'answered', (error: any) => `${error.type ?? error}`));
  expect(answered).toBe('answered');
  await phone.is('talking');
  await phone.voice({ tone: 1000 });
  await phone.hears(microphone.hz, 1900);
  await expectTone(page, 1000);
  await phone.hangup();
  await phone.is('idle');
  await expect.poll(() => page.evaluate(() => (window as any).statuses.at(-1))).toBe('completed');
  await center.server.stop();
});

test('s8 s12 Jane calls a telephone from the browser', async ({ page, sandbox }) => {
  const center = await start();
  center.outbound = true;
  await logIn(page, center);
  await page.evaluate((number) => (window as any).app.callServer(number).then(() => undefined), CALLEE);
  await expect.poll(() => page.evaluate(() => (window as any).calls.length)).toBe(1);
  const phone = sandbox.phone(CALLEE);
  await phone.is('ringing');
  expect((await phone.view()).caller).toBe(center.number);
  await phone.answer({ tone: 1000 });
  await expect.poll(() => page.evaluate(() => (window as any).statuses)).toContain('answered');
  await phone.hears(microphone.hz, 1900);
  await expectTone(page, 1000);
  await page.evaluate(() => (window as any).calls[0].hangUp().then(() => undefined));
  await phone.is('idle');
  await center.server.stop();
});
