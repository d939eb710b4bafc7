// Makes the pictures of the README, docs/images, from the running program: `node end2end/screenshots.mjs`, after `make run`
// or `cargo build` and `node tools/site.mjs`.

import { spawnSync } from 'node:child_process';

const { status } = spawnSync('npx', ['--no-install', 'playwright', 'test', '--project=screenshots', '--retries=0'], {
  cwd: import.meta.dirname, stdio: 'inherit', env: { ...process.env, SCREENSHOTS: '1' },
});
process.exit(status ?? 1);
