// One run of the program under test: where it is, its ports, its folder, its configuration.
// The runner and its workers each read this module; the first one decides and tells the others by the environment.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

function decide(): { app: number; sandbox: number; folder: string } {
  const script = `const net = require('net'); const servers = [net.createServer(), net.createServer()]; let open = 0;
    for (const server of servers) server.listen(0, '127.0.0.1', () => { if (++open === 2) {
      console.log(servers.map((server) => server.address().port).join(' ')); for (const server of servers) server.close(); } });`;
  const [app, sandbox] = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }).trim().split(' ').map(Number);
  const folder = path.join(root, 'target/end2end', process.env.GROUP ?? 'all');
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  return { app, sandbox, folder };
}

process.env.SWITCHBOARD_RUN ??= JSON.stringify(decide());
const { app, sandbox, folder } = JSON.parse(process.env.SWITCHBOARD_RUN);

export const account = { key: 'e2e12345', secret: 'not-a-secret-end2end', signature: 'not-a-secret-either-end2end-signature' };

export const run = {
  root,
  folder,
  app: `http://127.0.0.1:${app}`,
  sandbox: `http://127.0.0.1:${sandbox}`,
  program: process.env.SWITCHBOARD ? path.resolve(process.env.SWITCHBOARD) : path.join(root, 'target/debug/switchboard'),
  log: path.join(folder, 'server.log'),
  env: {
    PORT: String(app),
    SANDBOX: 'true',
    SANDBOX_ADDR: `127.0.0.1:${sandbox}`,
    DATA_DIR: path.join(folder, 'data'),
    DATABASE_URL: `sqlite:${path.join(folder, 'data/switchboard.db')}`,
    VONAGE_API_KEY: account.key,
    VONAGE_API_SECRET: account.secret,
    VONAGE_SIGNATURE_SECRET: account.signature,
    // Visits are limited per address; the tests come from one, so each says whom it plays.
    TRUSTED_PROXIES: '127.0.0.1',
    LOG: process.env.LOG ?? 'info',
    LOG_FORMAT: 'pretty',
  },
};

/** The numbers that `serve` takes when none are configured. */
export const numbers = { support: '442079460000', destination: '447700900000' };

/** What the microphone of every test page says: a steady tone. */
export const microphone = { hz: 700, file: path.join(folder, 'microphone.wav') };
