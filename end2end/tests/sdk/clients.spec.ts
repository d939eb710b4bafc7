// Clients as the contact-centre samples have them: they ask `POST /api/jwt` for a token, and log in with the SDK of their
// time. Both SDKs are unmodified.

import path from 'node:path';
import type { Page } from '@playwright/test';
import { expectTone, keepPeers } from '../../support/audio';
import { expect, test } from '../../support/fixtures';
import { addAgent, disableAgent, makeKey, signIn } from '../../support/operator';
import { microphone, run } from '../../support/run';

const PHONE = '447700900123';
const module = (file: string) => path.join(run.root, 'end2end/node_modules', file);

// The client is put into a page of ours, whose policy would not have it.
test.use({ bypassCSP: true });

/** Makes an agent and a `mobile_api_key` as the operator, and asks for a token as the samples' clients do. */
async function token(page: Page, name: string): Promise<string> {
  await signIn(page);
  await addAgent(page, name);
  agents.push(name);
  const key = await makeKey(page);
  const answer = await page.evaluate(async ([mobile_api_key, user_name]) => {
    const body = JSON.stringify({ mobile_api_key, user_name });
    return (await fetch('/api/jwt', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
  }, [key, name] as const);
  expect(answer.user_name).toBe(name);
  return answer.jwt;
}

const agents: string[] = [];
test.beforeEach(async ({ sandbox }) => sandbox.reset(PHONE));
test.afterEach(async ({ page }) => {
  for (const name of agents.splice(0)) await disableAgent(page, name);
});

test('a client with the voice SDK logs in', async ({ page }) => {
  const name = `Ann-${Date.now()}`;
  const jwt = await token(page, name);
  await page.addScriptTag({ path: module('@vonage/client-sdk/dist/vonageClientSDK.min.js') });
  const session = await page.evaluate(async ([jwt, sandbox]) => {
    const client = new (window as any).vonageClientSDK.VonageClient({ loggingLevel: 'Error' });
    client.setConfig({ apiUrl: sandbox, websocketUrl: sandbox, websocketPath: '/v2/rtc', rtcStatsTelemetry: false });
    const id = await client.createSession(jwt);
    const me = await (client.getMe ? client.getMe() : client.getUser('me'));
    await client.deleteSession();
    return { id, name: me.name };
  }, [jwt, run.sandbox] as const);
  expect(session).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/), name });
});

// Its default, and what the product's own pages would set.
for (const [how, configuration] of [['in its default configuration', {}], ['with enableInboundOffer', { enableInboundOffer: true }]] as const) {
test(`a client with nexmo-client 9.5.1 ${how} logs in, calls a telephone and hangs up`, async ({ page, sandbox }) => {
  await keepPeers(page);
  const name = `Bob-${Date.now()}`;
  const jwt = await token(page, name);
  await page.addScriptTag({ path: module('nexmo-client/dist/nexmoClient.min.js') });
  const loggedIn = await page.evaluate(async ([jwt, sandbox, configuration]) => {
    const client = new (window as any).NexmoClient({
      nexmo_api_url: sandbox, ips_url: `${sandbox}/v1/image`, url: sandbox, path: '/v2/rtc',
      rtcstats: { remote_collection: false }, ...configuration,
    });
    const application = await (client.createSession ?? client.login).call(client, jwt);
    Object.assign(window, { client, application });
    return application.me.name;
  }, [jwt, run.sandbox, configuration] as const);
  expect(loggedIn).toBe(name);
  await page.evaluate(async (number) => {
    const { application } = window as any;
    (window as any).call = await application.callServer(number);
  }, PHONE);
  const phone = sandbox.phone(PHONE);
  await phone.is('ringing');
  await phone.answer({ tone: 1000 });
  await phone.hears(microphone.hz, 1900);
  await expectTone(page, 1000);
  await page.evaluate(() => (window as any).call.hangUp());
  await phone.is('idle');
});
}
