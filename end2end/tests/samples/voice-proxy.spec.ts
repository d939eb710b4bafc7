// The voice proxy sample, by its documented behaviour, with the library of its time: `nexmo` 1.2.1, which sends key, secret
// and everything else in the query, and links numbers by voiceCallbackType.

import { expect, test } from '../../support/fixtures';
import { account } from '../../support/run';
import { Server, called, library, linkNumber, makeApplication, toSandbox } from '../../support/sample';

const A = '447700900231';
const B = '447700900232';

test('s1 s2 s3 two people talk through two rented numbers, each shown the other only as a number of the proxy', async ({ sandbox }) => {
  await sandbox.reset(A, B);
  const rented: { country: string; msisdn: string }[] = [];
  const conversation: { real: string; virtual: string }[] = [];
  const server = await Server.start(() => ({
    'GET /proxy-call': ({ query }) => {
      const [caller, other] = query.get('from') === conversation[0].real ? conversation : [...conversation].reverse();
      return [
        { action: 'talk', text: 'Please wait whilst we connect your call' },
        { action: 'connect', from: caller.virtual, endpoint: [{ type: 'phone', number: other.real }] },
      ];
    },
  }));
  const { id } = await makeApplication('Voice proxy', `${server.url}/proxy-call`, `${server.url}/event`);
  const Nexmo = library('nexmo-1');
  const nexmo = new Nexmo({ apiKey: account.key, apiSecret: account.secret }, { https: toSandbox });

  const found = await called((done) => nexmo.number.search('GB', { features: 'VOICE' }, done));
  for (const { country, msisdn } of found.numbers.slice(0, 2)) {
    const bought = await called((done) => nexmo.number.buy(country, msisdn, done));
    expect(bought['error-code']).toBe('200');
    const linked = await called((done) => nexmo.number.update(country, msisdn, { voiceCallbackType: 'app', voiceCallbackValue: id }, done));
    expect(linked['error-code-label']).toBe('success');
    rented.push({ country, msisdn });
  }
  const listed = await called((done) => nexmo.number.get({ pattern: rented[0].msisdn, search_pattern: 0 }, done));
  expect(listed.numbers[0]).toMatchObject({ voiceCallbackType: 'app', voiceCallbackValue: id });

  for (const [index, number] of [A, B].entries()) {
    const insight = await called((done) => nexmo.numberInsight.get({ level: 'basic', number }, done));
    expect(insight).toMatchObject({ status: 0, international_format_number: number, country_code: 'GB' });
    conversation.push({ real: insight.international_format_number, virtual: rented[index].msisdn });
  }
  const [a, b] = conversation;
  const texted = await called((done) => nexmo.message.sendSms(b.virtual, a.real, 'Call this number to talk to UserB', done));
  expect(texted.messages[0].status).toBe('0');
  expect((await sandbox.phone(A).view()).sms).toMatchObject([{ from: b.virtual, text: 'Call this number to talk to UserB' }]);

  for (const [caller, other] of [[a, b], [b, a]]) {
    const [calling, called] = [sandbox.phone(caller.real), sandbox.phone(other.real)];
    await calling.dial(other.virtual);
    await called.is('ringing');
    expect((await called.view()).caller).toBe(caller.virtual);
    await called.answer({ tone: 440 });
    await calling.hears(440, 1500);
    await calling.hangup();
    await called.is('idle');
  }
  expect(server.events.some((event) => event.status === 'completed')).toBe(true);
  for (const { country, msisdn } of rented) await called((done) => nexmo.number.cancel(country, msisdn, done));
  const left = await called((done) => nexmo.number.get({ pattern: rented[0].msisdn, search_pattern: 0 }, done));
  expect(left.count ?? 0).toBe(0);
  await server.stop();
});

test('the call tracker sample tracks a call and connects it', async ({ sandbox }) => {
  const [caller, tracked, desk] = ['447700900233', '442079460733', '447700900234'];
  await sandbox.reset(caller, desk);
  const calls: Record<string, { from: string; timestamp: number }[]> = {};
  const server = await Server.start(() => ({
    'GET /track-call': ({ query }) => {
      const [from, to] = [query.get('from')!, query.get('to')!];
      (calls[to] ??= []).push({ from, timestamp: Date.now() });
      return [{ action: 'connect', from: to, endpoint: [{ type: 'phone', number: desk }] }];
    },
    'POST /event': () => 'OK',
  }));
  const { id } = await makeApplication('Call tracker', `${server.url}/track-call`, `${server.url}/event`);
  await linkNumber('GB', tracked, id);
  await sandbox.phone(caller).dial(tracked);
  await sandbox.phone(desk).is('ringing');
  expect((await sandbox.phone(desk).view()).caller).toBe(tracked);
  await sandbox.phone(desk).answer({ tone: 1000 });
  await sandbox.phone(caller).hears(1000, 440);
  await sandbox.phone(desk).hangup();
  await sandbox.phone(caller).is('idle');
  expect(calls[tracked]).toMatchObject([{ from: caller }]);
  await expect.poll(() => server.events.filter((event) => event.status === 'completed').length).toBe(2);
  await server.stop();
});
