// What can go wrong on the way to a call, and what the page says then.

import { chromium } from '@playwright/test';
import { launchDenying } from '../../support/chromium';
import { comesFrom, expect, newAddress, test } from '../../support/fixtures';
import { run } from '../../support/run';
import { en } from '../../support/words';
import { Widget } from '../../support/widget';

test('the microphone is blocked: the page says how to allow it', async ({ quiet, desk }) => {
  const browser = await chromium.launch(launchDenying);
  const context = await browser.newContext({ baseURL: run.app, locale: 'en-GB' });
  await comesFrom(context);
  quiet.watch(context);
  const widget = new Widget(await context.newPage());
  await widget.open();
  await widget.callNow();
  await widget.is('denied');
  await expect(widget.page.getByText(en.denied_blocked)).toBeVisible();
  await expect(widget.page.getByText(en.steps_chrome_1)).toBeVisible();
  expect((await desk.view()).state).toBe('idle');
  await browser.close();
});

test('too many calls from one address: the page says when to try again', async ({ context, page, widget, desk, quiet }) => {
  quiet.allow(/429/);
  const address = newAddress();
  await comesFrom(context, address);
  for (let visit = 0; visit < 6; visit++) {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
    await fetch(`${run.app}/api/visits`, { method: 'POST', headers, body: '{}' });
  }
  await widget.open();
  await widget.callNow();
  await widget.is('failed');
  await expect(page.getByText(/try again/i).first()).toBeVisible();
  await expect(page.locator('a[href^="tel:+"]:visible').first()).toBeVisible();
  expect((await desk.view()).state).toBe('idle');
});

test('the platform is down: the page says so and gives the number to dial', async ({ page, widget, sandbox, quiet }) => {
  quiet.allow(/50\d/);
  await sandbox.faults({ rest: { status: 503, times: 1000 } });
  await widget.open();
  await widget.callNow();
  await widget.is('failed');
  await expect(page.locator('a[href^="tel:+"]:visible').first()).toBeVisible();
  await sandbox.clearFaults();
  await widget.button(en.call_try_again).or(widget.button(en.call_again)).click();
  await widget.is('ringing');
  await widget.button(en.call_hang_up).or(widget.button(en.call_cancel)).click();
});
