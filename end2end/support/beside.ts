// A server of a test's own beside the one that the runner started: its platform is that one's sandbox, so it can be killed
// and started again while calls go on.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, type BrowserContext } from '@playwright/test';
import { account, numbers, run } from './run';
import { linkNumber } from './sample';

const password = 'correct-horse-battery-staple-9';

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

export class Beside {
  private process?: ChildProcess;
  private constructor(readonly url: string, private readonly folder: string, private readonly env: Record<string, string>) {}

  /** With `agents`, each of whom has the number beside their name. */
  static async start(name: string, agents: Record<string, string>): Promise<Beside> {
    const folder = path.join(run.folder, name);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const hook = (address: string) => ({ address: `${url}/webhooks/${address}`, http_method: 'POST' });
    const made = await dashboard('/v2/applications', {
      name: `Beside ${name}`, capabilities: { voice: { webhooks: { answer_url: hook('answer'), event_url: hook('event') } }, rtc: {} },
    });
    const key = path.join(folder, 'private.pem');
    fs.writeFileSync(key, made.keys.private_key);
    const beside = new Beside(url, folder, {
      PORT: String(port),
      DATA_DIR: path.join(folder, 'data'),
      DATABASE_URL: `sqlite:${path.join(folder, 'data/switchboard.db')}`,
      VONAGE_API_KEY: account.key,
      VONAGE_API_SECRET: account.secret,
      VONAGE_SIGNATURE_SECRET: account.signature,
      VONAGE_APPLICATION_ID: made.id,
      VONAGE_PRIVATE_KEY_FILE: key,
      VONAGE_API_URL: run.sandbox,
      VONAGE_REST_URL: run.sandbox,
      VONAGE_CLIENT_API_URL: run.sandbox,
      VONAGE_CLIENT_WS_URL: run.sandbox.replace('http', 'ws'),
      SUPPORT_PHONE_NUMBER: numbers.support,
      DESTINATION_PHONE_NUMBER: numbers.destination,
      LOG: 'info',
      LOG_FORMAT: 'pretty',
    });
    await beside.begin();
    for (const [agent, number] of Object.entries(agents)) {
      await linkNumber('GB', number, made.id);
      fs.writeFileSync(beside.invitation(agent), beside.command('user', 'add', '--name', agent));
      beside.command('numbers', 'line', number, `agent:${agent}`);
    }
    // What commands write is read when the server starts.
    await beside.kill();
    await beside.begin();
    return beside;
  }

  private invitation = (agent: string) => path.join(this.folder, `${agent}.txt`);

  private command(...words: string[]): string {
    return execFileSync(run.program, words, { cwd: this.folder, env: { ...process.env, ...this.env }, encoding: 'utf8' });
  }

  /** Starts the server, and waits until it answers. */
  async begin() {
    const log = fs.openSync(path.join(this.folder, 'server.log'), 'a');
    this.process = spawn(run.program, ['serve'], { cwd: this.folder, env: { ...process.env, SANDBOX: undefined, ...this.env }, stdio: ['ignore', log, log] });
    fs.closeSync(log);
    await expect.poll(async () => (await fetch(`${this.url}/readyz`).catch(() => undefined))?.status, { message: 'the server is ready', timeout: 30_000 }).toBe(200);
  }

  /** `kill -9`. */
  async kill() {
    const gone = once(this.process!, 'exit');
    this.process!.kill('SIGKILL');
    await gone;
  }

  /** Signs an agent in by their invitation, which is good once. */
  async signIn(context: BrowserContext, agent: string) {
    const link = /https?:\S+/.exec(fs.readFileSync(this.invitation(agent), 'utf8'))![0];
    const token = link.split(/[/=]/).at(-1)!;
    const form = { token, new: password, repeated: password };
    const answer = await context.request.post(`${this.url}/api/accept-invitation`, { form, headers: { accept: 'text/html' }, maxRedirects: 0 });
    expect(answer.status(), await answer.text()).toBe(302);
  }
}

/** The platform's dashboard, with key and secret. */
async function dashboard(where: string, body: unknown): Promise<any> {
  const authorization = `Basic ${Buffer.from(`${account.key}:${account.secret}`).toString('base64')}`;
  const response = await fetch(run.sandbox + where, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
  return response.json();
}
