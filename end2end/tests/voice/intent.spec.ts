// Nothing heavy is fetched before somebody wants to call; then one press is enough.

import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { keepPeers } from '../../support/audio';
import { en } from '../../support/words';

function record(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  return asked;
}
const heavy = (asked: string[]) => asked.filter((path) => /\.wasm$|^\/pkg\/.*\.js$|^\/vendor\/|^\/api\//.test(path));

test('before intent there is no WASM, no SDK and no token', async ({ page }) => {
  const asked = record(page);
  await page.goto('/', { waitUntil: 'networkidle' });
  expect(heavy(asked)).toEqual([]);
});

test('hovering fetches WASM and SDK, and places no call', async ({ page, desk }) => {
  const asked = record(page);
  await page.goto('/', { waitUntil: 'networkidle' });
  await page.getByRole('button', { name: en.call_now }).hover();
  await expect.poll(() => heavy(asked).some((path) => path.endsWith('.wasm')), { message: 'WASM' }).toBe(true);
  await expect.poll(() => heavy(asked).some((path) => path.startsWith('/vendor/')), { message: 'SDK' }).toBe(true);
  expect((await desk.view()).state).toBe('idle');
});

test('one early press places the call', async ({ page, desk, widget }) => {
  await keepPeers(page);
  // A slow line: the press comes long before the program that handles it.
  await page.route(/\.wasm$/, async (route) => {
    await new Promise((done) => setTimeout(done, 1_500));
    await route.continue();
  });
  await page.goto('/');
  await page.getByRole('button', { name: en.call_now }).click();
  await desk.is('ringing', 25_000);
  await desk.answer();
  await widget.is('talking');
  await widget.hangUp();
  await widget.is('ended');
});
