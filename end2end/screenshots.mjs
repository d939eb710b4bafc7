// Pictures of the running program, after `make run` or `cargo build` and `node tools/site.mjs`:
//
//   node end2end/screenshots.mjs            both of these
//   node end2end/screenshots.mjs readme     those of the README: docs/images
//   node end2end/screenshots.mjs sheets     every page in every state, light and dark, wide and narrow, in both languages;
//                                           on contact sheets in target/contact-sheets (or $CONTACT_SHEETS): index.html
//   node end2end/screenshots.mjs half       the same, light where wide and dark where narrow
//   node end2end/screenshots.mjs axe        as sheets, and each of them judged by axe, which takes a few minutes more
//
// What must be true of each picture (nothing cut, no sideways scrolling, nothing said in the console) is checked as it is taken.

import { spawnSync } from 'node:child_process';

const runs = { readme: ['screenshots', {}], sheets: ['sheets', {}], half: ['sheets', { SHEETS: 'half' }], axe: ['sheets', { SHEETS: 'axe' }] };
const asked = process.argv[2];
if (asked && !runs[asked]) {
  console.error(`${asked}: readme, sheets, half or axe?`);
  process.exit(2);
}

let failed = false;
for (const name of asked ? [asked] : ['readme', 'sheets']) {
  const [project, env] = runs[name];
  const began = Date.now();
  const { status } = spawnSync('npx', ['--no-install', 'playwright', 'test', `--project=${project}`, '--retries=0'], {
    cwd: import.meta.dirname, stdio: 'inherit', env: { ...process.env, SCREENSHOTS: '1', GROUP: process.env.GROUP ?? project, ...env },
  });
  console.log(`${name}: ${Math.round((Date.now() - began) / 1_000)} s`);
  failed ||= status !== 0;
}
process.exit(failed ? 1 : 0);
