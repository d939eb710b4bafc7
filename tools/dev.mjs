// `make dev`: builds the quick variant, serves it, and does both again whenever a source file is saved.
// A build that fails leaves the last good server running.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

process.chdir(path.resolve(import.meta.dirname, '..'));
const watched = ['src', 'style', 'public', 'locales', 'Cargo.toml', 'build.rs'].filter((entry) => fs.existsSync(entry));
const args = process.argv.slice(2);
let server;
let building = false;
let again = false;

const step = (command, args) => spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;

async function stop() {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((done) => server.once('exit', done));
  server.kill('SIGTERM');
  await gone;
}

async function build() {
  if (building) { again = true; return; }
  building = true;
  do {
    again = false;
    const since = Date.now();
    if (step(process.execPath, ['tools/site.mjs', '--dev']) && step('cargo', ['build', '--quiet', '--locked'])) {
      await stop();
      console.log(`dev: built in ${((Date.now() - since) / 1000).toFixed(1)} s`);
      server = spawn('target/debug/switchboard', args, { stdio: 'inherit' });
    }
    // Saves during a build are seen here, because the build blocked the watchers.
    await new Promise((done) => setTimeout(done, 100));
  } while (again);
  building = false;
}

let due;
for (const entry of watched) {
  fs.watch(entry, { recursive: fs.statSync(entry).isDirectory() }, () => {
    clearTimeout(due);
    due = setTimeout(build, 200);
  });
}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, async () => {
    await stop();
    process.exit(0);
  });
}
await build();
