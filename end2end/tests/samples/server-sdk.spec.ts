// The server library of today, `@vonage/server-sdk`, unmodified, with the sandbox as its hosts.

import { expect, test } from '../../support/fixtures';
import { account, run } from '../../support/run';
import { library } from '../../support/sample';

const PHONE = '447700900261';

test('the server library makes an application, rents a number, calls, speaks, transfers, hangs up and texts', async ({ sandbox }) => {
  await sandbox.reset(PHONE);
  const { Vonage } = library('@vonage/server-sdk');
  const hosts = { restHost: run.sandbox, apiHost: run.sandbox };
  const credentials = { apiKey: account.key, apiSecret: account.secret };
  const owner = new Vonage(credentials, hosts);
  expect((await owner.accounts.getBalance()).value).toBeGreaterThan(0);
  const application = await owner.applications.createApplication({
    name: 'Server library',
    capabilities: { voice: { webhooks: { answerUrl: { address: 'http://127.0.0.1:9/answer', httpMethod: 'GET' }, eventUrl: { address: 'http://127.0.0.1:9/event', httpMethod: 'POST' } } }, rtc: {} },
  });
  expect(application.keys.privateKey).toContain('PRIVATE KEY');

  const { numbers } = await owner.numbers.getAvailableNumbers({ country: 'SE', features: ['VOICE'] });
  const { msisdn } = numbers[0];
  await owner.numbers.buyNumber({ country: 'SE', msisdn });
  await owner.numbers.updateNumber({ country: 'SE', msisdn, appId: application.id });
  const owned = await owner.numbers.getOwnedNumbers({ applicationId: application.id });
  expect(owned.numbers.map((number: any) => number.msisdn)).toEqual([msisdn]);
  const insight = await owner.numberInsights.basicLookup(PHONE);
  expect(insight).toMatchObject({ status: 0, country_code: 'GB' });

  const vonage = new Vonage({ ...credentials, applicationId: application.id, privateKey: application.keys.privateKey }, hosts);
  const user = await vonage.users.createUser({ name: 'ola', displayName: 'Ola' });
  expect(user.id).toMatch(/^USR-/);
  const { uuid } = await vonage.voice.createOutboundCall({
    to: [{ type: 'phone', number: PHONE }], from: { type: 'phone', number: msisdn }, ncco: [{ action: 'talk', text: 'One moment.', loop: 0 }],
  });
  const phone = sandbox.phone(PHONE);
  await phone.is('ringing');
  await phone.answer();
  await expect.poll(async () => (await vonage.voice.getCall(uuid)).status).toBe('answered');
  await vonage.voice.transferCallWithNCCO(uuid, [{ action: 'talk', text: 'Another flow.', loop: 0 }]);
  await expect.poll(async () => JSON.stringify((await phone.view()).said)).toContain('Another flow.');
  await vonage.voice.playTTS(uuid, { text: 'Spoken in between.' });
  await expect.poll(async () => JSON.stringify((await phone.view()).said)).toContain('Spoken in between.');
  await vonage.voice.hangupCall(uuid);
  await phone.is('idle');

  const sent = await vonage.sms.send({ to: PHONE, from: msisdn, text: 'By the older API' });
  expect(sent.messages[0].status).toBe('0');
  const message = await vonage.messages.send({ messageType: 'text', channel: 'sms', to: PHONE, from: msisdn, text: 'By the newer one' });
  expect(message.messageUUID).toMatch(/^[0-9a-f-]{36}$/);
  expect((await phone.view()).sms).toMatchObject([{ text: 'By the older API' }, { text: 'By the newer one' }]);
  await owner.numbers.cancelNumber({ country: 'SE', msisdn });
  await owner.applications.deleteApplication(application.id);
});
