// Browser tests of the running program, as a person and as a real voice SDK would use it.
//
//   npx playwright test                      all of them (`make test` builds the program first)
//   npx playwright test --project=ssr        pages without JavaScript
//   npx playwright test --project=silent     pages with JavaScript, where no audio is measured
//   npx playwright test --project=audible    calls with real audio: the pages', and the unmodified SDKs' against the sandbox
//
// `make test` runs the first two at the same time, each as a run of its own (GROUP) with a server of its own.
//
// Playwright starts the program itself, on free ports with an empty data folder, and awaits /healthz.

import { defineConfig } from '@playwright/test';
import { run } from './support/run';
import { launch } from './support/chromium';

/** Where no audio is measured. */
const silent = ['pages/*.spec.ts', 'accessibility.spec.ts', 'changed-page.spec.ts', 'first-run.spec.ts', 'handset.spec.ts', 'insertion.spec.ts'];

export default defineConfig({
  testDir: 'tests',
  outputDir: `test-results/${process.env.GROUP ?? 'all'}`,
  // Calls are in real time and audio is measured: on two cores more workers would measure each other.
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env.CI,
  retries: process.env.CI ? 1 : 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./support/summary.ts']],
  use: {
    baseURL: run.app,
    launchOptions: launch,
    locale: 'en-GB',
    timezoneId: 'UTC',
    permissions: [],
    actionTimeout: 10_000,
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'ssr', testDir: 'tests/pages', use: { javaScriptEnabled: false } },
    { name: 'silent', testDir: 'tests', testMatch: silent },
    { name: 'audible', testDir: 'tests', testIgnore: silent },
    // Only by `make bench`: it prints figures.
    ...(process.env.BENCH ? [{ name: 'bench', testDir: 'bench' }] : []),
    // Only when asked for (`node screenshots.mjs`): one rewrites docs/images, the other photographs every page.
    ...(process.env.SCREENSHOTS ? [{ name: 'screenshots', testDir: 'screenshots' }, { name: 'sheets', testDir: 'sheets', use: { trace: 'off' as const } }] : []),
  ],
  webServer: {
    command: `${JSON.stringify(run.program)} serve > ${JSON.stringify(run.log)} 2>&1`,
    url: `${run.app}/healthz`,
    cwd: run.folder,
    env: run.env,
    timeout: 30_000,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
});
