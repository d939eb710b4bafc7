// What the tests of sample applications share: a small web server as each of them has, the platform's libraries as they
// come from the registries, and the one setting that differs from a real installation: which host stands for the platform.

import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { account, run } from './run';

/** Where `tools/samples` puts the libraries. */
export const folder = path.join(run.root, 'target/samples');
export const library = createRequire(path.join(folder, 'package.json'));
export const file = (name: string) => path.join(folder, 'node_modules', name);

const { hostname, port } = new URL(run.sandbox);

/**
 * The `https` option of `nexmo` 1 and 2: their hosts (api.nexmo.com, rest.nexmo.com) are fixed, so they are told here.
 * Version 1.2.1 takes a response's `close` for an error. Node.js has emitted it after every response since 16; here it is as
 * it was with the Node.js of that library.
 */
export const toSandbox = {
  request: (options: http.RequestOptions) => {
    const request = http.request({ ...options, hostname, host: hostname, port });
    request.once('response', (response) => {
      const on = response.on.bind(response);
      response.on = ((name: string, listener: any) => (name === 'close' ? response : on(name, listener))) as typeof response.on;
    });
    return request;
  },
};

/** A method of the older libraries, which answer by a callback. */
export const called = <T = any>(method: (done: (error: unknown, answer: T) => void) => void): Promise<T> =>
  new Promise((resolve, reject) => method((error, answer) => (error ? reject(new Error(JSON.stringify(error))) : resolve(answer))));

/** The account, as one asks with key and secret. */
export const ask = async (method: string, path: string, fields?: Record<string, string>): Promise<any> => {
  const authorization = `Basic ${Buffer.from(`${account.key}:${account.secret}`).toString('base64')}`;
  const body = fields && new URLSearchParams(fields);
  const response = await fetch(run.sandbox + path, { method, headers: { authorization }, body });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
};

export type Request = { query: URLSearchParams; body: any; method: string };
type Route = (request: Request) => unknown;

/** A server with a route for each `METHOD /path`. A string is answered as HTML, everything else as JSON. */
export class Server {
  /** What it was asked, in order: method and path. */
  readonly seen: string[] = [];
  readonly events: any[] = [];
  private constructor(private readonly server: http.Server, readonly url: string) {}

  static async start(routes: (url: string) => Record<string, Route>): Promise<Server> {
    const server = http.createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sample = new Server(server, url);
    const table = routes(url);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const { pathname, searchParams } = new URL(request.url!, url);
        const key = `${request.method} ${pathname}`;
        sample.seen.push(key);
        const text = Buffer.concat(chunks).toString();
        const body = text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
        if (pathname.includes('event')) sample.events.push(body);
        const route = table[key];
        if (!route) return void response.writeHead(pathname.includes('event') ? 204 : 404).end();
        try {
          const answer = await route({ query: searchParams, body, method: request.method! });
          const script = answer instanceof Buffer;
          const html = typeof answer === 'string';
          response.writeHead(200, { 'content-type': script ? 'text/javascript' : html ? 'text/html' : 'application/json' })
            .end(script || html ? answer : JSON.stringify(answer ?? null));
        } catch (error) {
          response.writeHead(500).end(String(error));
        }
      });
    });
    return sample;
  }

  stop = () => new Promise((done) => { this.server.closeAllConnections(); this.server.close(done); });
}

/** A page of a sample: a script from a registry, unmodified, and nothing else. */
export const pageWith = (script: string) =>
  `<!doctype html><html lang="en"><head><title>Sample</title><link rel="icon" href="data:,"><script src="${script}"></script></head><body></body></html>`;
export const script = (name: string) => fs.readFileSync(name);

/** An application for a sample: its number's calls are asked for at `answer`, and told at `event`. */
export async function makeApplication(name: string, answer: string, event: string): Promise<{ id: string; privateKey: string }> {
  const authorization = `Basic ${Buffer.from(`${account.key}:${account.secret}`).toString('base64')}`;
  const webhooks = { answer_url: { address: answer, http_method: 'GET' }, event_url: { address: event, http_method: 'POST' } };
  const response = await fetch(`${run.sandbox}/v2/applications`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ name, capabilities: { voice: { webhooks }, rtc: {} } }),
  });
  if (response.status !== 201) throw new Error(`no application: ${response.status} ${await response.text()}`);
  const made: any = await response.json();
  return { id: made.id, privateKey: made.keys.private_key };
}

/** Rents a number, unless it is rented, and links it to an application. */
export async function linkNumber(country: string, msisdn: string, app_id: string) {
  const owned = await ask('GET', `/account/numbers?pattern=${msisdn}&search_pattern=0`);
  if (!owned.count) await ask('POST', '/number/buy', { country, msisdn });
  await ask('POST', '/number/update', { country, msisdn, app_id });
}

/** What the platform's guide allows a user of the Client SDK. */
export const acl = { paths: Object.fromEntries(['users', 'conversations', 'sessions', 'devices', 'image', 'media', 'applications', 'push', 'knocking', 'legs']
  .map((path) => [`/*/${path}/**`, {}])) };
