// Browser tests of the running program, as a person and as a real voice SDK would use it.
//
//   npx playwright test                      all of them (`make test` builds the program first)
//   npx playwright test --project=ssr        pages without JavaScript
//   npx playwright test --project=hydrate    pages and calls with JavaScript
//   npx playwright test --project=sdk        the unmodified voice SDK against the sandbox alone
//
// Playwright starts the program itself, on free ports with an empty data folder, and awaits /healthz.

import { defineConfig } from '@playwright/test';
import { run } from './support/run';
import { launch } from './support/chromium';

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
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
    { name: 'hydrate', testDir: 'tests', testIgnore: 'sdk/**' },
    { name: 'sdk', testDir: 'tests/sdk' },
    // Only by `make bench`: it prints figures.
    ...(process.env.BENCH ? [{ name: 'bench', testDir: 'bench' }] : []),
    // Only when asked for (`node screenshots.mjs`): it rewrites docs/images.
    ...(process.env.SCREENSHOTS ? [{ name: 'screenshots', testDir: 'screenshots' }] : []),
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
