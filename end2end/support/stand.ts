// A small application of the tests' own, for the sandbox alone: its page loads the unmodified voice SDK, its answer
// webhook returns what a test wants. Nothing of Switchboard's application is involved.

import { createPrivateKey, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { keepPeers } from './audio';
import { account, run } from './run';

const sdk = path.join(run.root, 'end2end/node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.js');
const page = `<!doctype html><html lang="en"><head><title>SDK</title><link rel="icon" href="data:,"><script src="/sdk.js"></script></head><body></body></html>`;
/** What the SDK may do, as the platform's guide lists it. */
const acl = { paths: Object.fromEntries(['users', 'conversations', 'sessions', 'devices', 'image', 'media', 'applications', 'push', 'knocking', 'legs']
  .map((path) => [`/*/${path}/**`, {}])) };

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

export class Stand {
  /** The NCCO that the answer webhook returns. */
  ncco: unknown[] = [];
  readonly events: any[] = [];
  id = '';
  private constructor(private readonly server: http.Server, private readonly key: KeyObject, readonly url: string) {}

  static async start(): Promise<Stand> {
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const server = http.createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const stand = new Stand(server, createPrivateKey(pair.privateKey), `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => stand.serve(request, response));
    const webhook = (name: string) => ({ address: `${stand.url}/${name}`, http_method: 'POST' });
    const application = await stand.ask('POST', '/v2/applications', stand.basic, {
      name: 'SDK stand',
      keys: { public_key: pair.publicKey },
      capabilities: { voice: { webhooks: { answer_url: webhook('answer'), event_url: webhook('event') } }, rtc: { webhooks: { event_url: webhook('rtc') } } },
    });
    stand.id = application.id;
    return stand;
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const send = (type: string, body: string | Buffer) => response.writeHead(200, { 'content-type': type }).end(body);
    switch (new URL(request.url!, this.url).pathname) {
      case '/': return send('text/html', page);
      case '/sdk.js': return send('text/javascript', fs.readFileSync(sdk));
      case '/answer': return send('application/json', JSON.stringify(this.ncco));
      case '/event': this.events.push(JSON.parse(Buffer.concat(chunks).toString())); return response.writeHead(204).end();
      default: return response.writeHead(204).end();
    }
  }

  stop = () => new Promise((done) => { this.server.closeAllConnections(); this.server.close(done); });

  private get basic() { return `Basic ${Buffer.from(`${account.key}:${account.secret}`).toString('base64')}`; }

  private async ask(method: string, path: string, authorization: string, body?: unknown): Promise<any> {
    const form = body instanceof URLSearchParams;
    const response = await fetch(run.sandbox + path, {
      method,
      headers: { authorization, 'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json' },
      body: form ? body : body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
  }

  private token(claims: Record<string, unknown>): string {
    const now = Math.floor(Date.now() / 1000);
    const signed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url({ application_id: this.id, iat: now, exp: now + 900, jti: randomUUID(), ...claims })}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), this.key).toString('base64url')}`;
  }

  /** The voice and users APIs, as the application. */
  api = (method: string, path: string, body?: unknown) => this.ask(method, path, `Bearer ${this.token({})}`, body);

  /** A new user of the application and a token for it. */
  async user(claims: Record<string, unknown> = {}): Promise<{ name: string; token: string }> {
    const name = `user-${randomUUID().slice(0, 8)}`;
    await this.api('POST', '/v1/users', { name });
    return { name, token: this.token({ sub: name, acl, ...claims }) };
  }

  /** Rents a number, unless an earlier test has, and links it to the application. */
  async number(msisdn: string) {
    const fields = { country: 'GB', msisdn };
    const owned = await this.ask('GET', `/account/numbers?pattern=${msisdn}&search_pattern=0`, this.basic);
    if (!owned.count) await this.ask('POST', '/number/buy', this.basic, new URLSearchParams(fields));
    await this.ask('POST', '/number/update', this.basic, new URLSearchParams({ ...fields, app_id: this.id }));
  }

  /** Opens the page with an SDK client as `window.client`, its events in `window.events`, and a session.
   *  Returns the session's id, or the type and code of the SDK's error. */
  async open(page: Page, token: string): Promise<string> {
    await keepPeers(page);
    await page.goto(this.url);
    return page.evaluate(async ([apiUrl, token]) => {
      const w = window as any;
      w.events = [];
      w.client = new w.vonageClientSDK.VonageClient({ loggingLevel: 'Error' });
      w.client.setConfig({ apiUrl, websocketUrl: apiUrl, websocketPath: '/v2/rtc', rtcStatsTelemetry: false, autoReconnectMedia: true });
      for (const name of ['callHangup', 'callInvite', 'callInviteCancel', 'legStatusUpdate', 'mute', 'dtmf', 'callMediaReconnection', 'sessionError']) {
        w.client.on(name, (...args: unknown[]) => w.events.push([name, ...args.map((arg: any) => arg?.name ?? arg)]));
      }
      // The SDK's errors are objects of its own, which would not survive the way out of the page.
      return w.client.createSession(token).catch((error: any) => `${error.type} ${error.code}`);
    }, [run.sandbox, token] as const);
  }
}
