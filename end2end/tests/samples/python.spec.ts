// The Python library, `vonage` from PyPI, unmodified. It speaks HTTPS only, so a front with a certificate of its own stands
// before the sandbox.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { expect, test } from '../../support/fixtures';
import { account, run } from '../../support/run';
import { folder } from '../../support/sample';

const PHONE = '447700900271';
const python = path.join(folder, 'python/bin/python');
const source = (name: string) => path.join(run.root, 'end2end/samples', name);

function havePython(): boolean {
  try {
    execFileSync('python3', ['--version']);
    return true;
  } catch {
    return false;
  }
}

test('s7 the Python library makes an application, and rents a number with forms that it calls JSON', async ({ sandbox }) => {
  test.skip(!havePython(), 'python3 is missing');
  expect(fs.existsSync(python), `tools/samples has not installed ${python}`).toBe(true);
  await sandbox.reset(PHONE);
  const [certificate, key] = ['certificate.pem', 'key.pem'].map((name) => path.join(run.folder, name));
  execFileSync(python, [source('certificate.py'), certificate, key]);
  const front = https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) }, (request, response) => {
    const { method, headers, url } = request;
    const there = http.request(run.sandbox + url, { method, headers: { ...headers, host: new URL(run.sandbox).host } }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    there.on('error', () => response.destroy());
    request.pipe(there);
  });
  await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
  const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;

  const child = spawn(python, [source('client.py'), host, account.key, account.secret, PHONE], {
    env: { ...process.env, REQUESTS_CA_BUNDLE: certificate },
  });
  let errors = '';
  child.stderr.on('data', (chunk) => { errors += chunk; });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the Python program has ended: ${errors}`);
    return JSON.parse(value);
  };

  const rented = await said();
  expect(rented).toEqual({
    bought: '200', linked: '200', owned: [rented.number], number: expect.stringMatching(/^353/), country: 'GB', balance: expect.any(Number),
  });
  expect(await said()).toEqual({ user: expect.stringMatching(/^USR-/), call: expect.stringMatching(/^[0-9a-f-]{32,36}$/) });
  const phone = sandbox.phone(PHONE);
  await phone.is('ringing');
  await phone.answer();
  await expect.poll(async () => JSON.stringify((await phone.view()).said)).toContain('Spoken by Python.');
  child.stdin.write('\n');
  expect(await said()).toEqual({ status: 'answered', sms: '0', message: expect.stringMatching(/^[0-9a-f-]{36}$/), canceled: '200' });
  await phone.is('idle');
  expect((await phone.view()).sms).toMatchObject([{ text: 'The older way' }, { text: 'The newer way' }]);
  front.closeAllConnections();
  front.close();
});
