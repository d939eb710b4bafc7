// Builds the site into target/site: the browser half as WASM, the styles, the editor of call flows, the files of public/,
// the voice SDK, and a brotli and a gzip twin of everything that shrinks. Nothing is redone whose input did not change.
//
//   node tools/site.mjs           what is shipped: optimised and precompressed
//   node tools/site.mjs --dev     quick to build: no optimiser, no twins
//
// `[package.metadata.leptos]` describes the same layout for those who use cargo-leptos instead.

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const root = path.resolve(import.meta.dirname, '..');
process.chdir(root);

const dev = process.argv.includes('--dev');
const profile = dev ? 'dev' : 'wasm-release';
const site = 'target/site';
const work = 'target/site-work';
const name = 'switchboard';
const modules = 'end2end/node_modules';
/** What wasm-opt must accept: the features that rustc's wasm32-unknown-unknown target uses. */
const features = ['bulk-memory', 'bulk-memory-opt', 'call-indirect-overlong', 'multivalue', 'mutable-globals',
  'nontrapping-float-to-int', 'reference-types', 'sign-ext'].map((feature) => `--enable-${feature}`);
const incompressible = /\.(png|jpe?g|webp|avif|gif|ico|woff2?|mp3|ogg|opus|br|gz)$/;

fs.mkdirSync(`${site}/pkg`, { recursive: true });
fs.mkdirSync(work, { recursive: true });

/** What the last run made of what: `{step: hash of its inputs}`. */
const stampsFile = `${work}/stamps.json`;
const stamps = fs.existsSync(stampsFile) ? JSON.parse(fs.readFileSync(stampsFile, 'utf8')) : {};
const kept = new Set();
let changed = false;

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

function filesUnder(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function hashOf(files, ...also) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(fs.readFileSync(file));
  return hash.update(also.join('\0')).digest('hex');
}

/** Runs `make` unless its inputs are those of the last run and all its outputs are there. */
async function step(key, inputs, also, outputs, make) {
  const hash = hashOf(inputs, ...also);
  kept.add(key);
  if (stamps[key] === hash && outputs.every((file) => fs.existsSync(file))) return;
  await make();
  stamps[key] = hash;
  changed = true;
}

function write(file, bytes) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, bytes);
}

// ---------------------------------------------------------------- the browser half

run('cargo', ['build', '--quiet', '--locked', '--lib', '--target', 'wasm32-unknown-unknown', '--profile', profile]);
// Where cargo builds is the developer's to choose; where the site is, is not: build.rs embeds it from there.
const built = `${process.env.CARGO_TARGET_DIR ?? 'target'}/wasm32-unknown-unknown/${dev ? 'debug' : profile}/${name}.wasm`;
const wasm = `${site}/pkg/${name}.wasm`;
const script = `${site}/pkg/${name}.js`;
const snippets = `${site}/pkg/snippets`;
await step('wasm', [built, 'target/tools/bindgen.stamp', import.meta.filename], [dev, ...features], [wasm, script], () => {
  const out = `${work}/bindgen`;
  fs.rmSync(out, { recursive: true, force: true });
  run('target/tools/release/bindgen', [built, out, name]);
  if (dev) fs.copyFileSync(`${out}/${name}_bg.wasm`, wasm);
  // -O1 makes the largest file and the smallest download: what -Oz folds together, brotli finds by itself, and better.
  // Functions that are the same, and arguments that are never read, go first: that makes both files smaller.
  else run(`${modules}/binaryen/bin/wasm-opt`,
    ['--duplicate-function-elimination', '--dae-optimizing', '-O1', ...features, `${out}/${name}_bg.wasm`, '-o', wasm]);
  // The name that Leptos asks for when LEPTOS_OUTPUT_NAME is set at compile time.
  write(script, fs.readFileSync(`${out}/${name}.js`, 'utf8').replaceAll(`${name}_bg.wasm`, `${name}.wasm`));
  fs.rmSync(snippets, { recursive: true, force: true });
  if (fs.existsSync(`${out}/snippets`)) fs.cpSync(`${out}/snippets`, snippets, { recursive: true });
});

// ---------------------------------------------------------------- the styles

const own = `${modules}/lightningcss-cli/lightningcss`;
const lightningcss = fs.existsSync(own) ? own // put there by an install script, which npm may be told not to run
  : path.join(modules, `lightningcss-cli-${process.platform}-${process.arch}-gnu`, 'lightningcss');
const entries = { 'style/main.css': `${site}/pkg/${name}.css`, 'style/support.css': `${site}/pkg/support.css`, 'style/console.css': `${site}/pkg/console.css` };
for (const [entry, output] of Object.entries(entries)) {
  if (!fs.existsSync(entry)) continue;
  await step(entry, filesUnder('style'), [], [output], () => run(lightningcss, ['--bundle', '--minify', entry, '-o', output]));
}

// ---------------------------------------------------------------- the font

/** Inter for the letters of Western and Central Europe, in the weights that are used. Chinese is the system's. */
const font = `${site}/fonts/inter.woff2`;
const inter = `${modules}/@fontsource-variable/inter`;
const whole = `${inter}/files/inter-latin-wght-normal.woff2`;
await step('font', [whole, import.meta.filename], [], [font], async () => {
  const { default: subset } = await import(path.resolve(modules, 'subset-font/index.js'));
  const range = (from, to) => String.fromCodePoint(...Array.from({ length: to - from }, (_, at) => from + at));
  const letters = `${range(0x20, 0x7f)}${range(0xa0, 0x180)}–—‘’“”•…‹›€−×→←↑↓↕·≤≥™\u2009\u202f`;
  const variationAxes = { wght: { min: 400, max: 700 } };
  write(font, await subset(fs.readFileSync(whole), letters, { targetFormat: 'woff2', variationAxes }));
});

// ---------------------------------------------------------------- the editor of call flows

const editor = `${site}/pkg/editor.js`;
const sources = filesUnder('src/browser/editor');
// What CodeMirror's licence asks for.
const banner = '/* With CodeMirror 6, (c) Marijn Haverbeke and others, MIT: https://codemirror.net */';
await step('editor', [...sources, 'end2end/package-lock.json', import.meta.filename], [dev], [editor], () => {
  // The sources are beside the program's, the packages are not.
  process.env.NODE_PATH = path.resolve(modules);
  run(`${modules}/esbuild/bin/esbuild`, ['src/browser/editor/main.js', '--bundle', '--format=esm', '--target=es2022', '--external:/live.js',
    '--log-level=warning', `--banner:js=${banner}`, `--outfile=${editor}`, ...(dev ? [] : ['--minify'])]);
});

// ---------------------------------------------------------------- public files and the voice SDK

const copies = Object.fromEntries(filesUnder('public').map((file) => [file, path.join(site, path.relative('public', file))]));
copies[`${inter}/LICENSE`] = `${site}/fonts/LICENSE.txt`;
copies[`${modules}/@vonage/client-sdk/dist/vonageClientSDK.min.js`] = `${site}/vendor/vonage-client-sdk.js`;
for (const [from, to] of Object.entries(copies)) {
  await step(from, [from], [], [to], () => write(to, fs.readFileSync(from)));
}

// ---------------------------------------------------------------- what is no longer made goes; the twins

const made = new Set([wasm, script, font, editor, ...Object.values(entries), ...Object.values(copies), ...filesUnder(snippets)]
  .filter((file) => fs.existsSync(file) && !/\.(br|gz)$/.test(file)));
const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);
const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;
const twins = new Set();
for (const file of dev ? [] : made) {
  const bytes = fs.readFileSync(file);
  if (incompressible.test(file) || bytes.length < 128) continue;
  twins.add(`${file}.br`).add(`${file}.gz`);
  await step(`${file}.br`, [file], [], [`${file}.br`, `${file}.gz`], async () => {
    const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 22, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
    const [br, gz] = await Promise.all([brotli(bytes, { params }), gzip(bytes, { level: 9 })]);
    write(`${file}.br`, br);
    write(`${file}.gz`, gz);
  });
}
for (const file of filesUnder(site)) {
  if (made.has(file) || twins.has(file)) continue;
  fs.rmSync(file);
  changed = true;
}

for (const key of Object.keys(stamps)) if (!kept.has(key)) delete stamps[key];
if (changed) {
  fs.writeFileSync(stampsFile, JSON.stringify(stamps, null, 1));
  // Read by build.rs: a release build embeds the site, so a new site is a new build.
  fs.writeFileSync('target/site.stamp', hashOf(filesUnder(site)));
}
