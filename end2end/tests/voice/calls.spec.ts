// A visitor talks to a phone: the unmodified voice SDK in the page, real audio both ways, measured at both ends.

import { expectTone, listen } from '../../support/audio';
import { comesFrom, expect, test } from '../../support/fixtures';
import { microphone, numbers } from '../../support/run';
import { signIn } from '../../support/operator';
import { en } from '../../support/words';

test('a call: each side hears the other, and either key, mute and hang-up work', async ({ page, widget, desk, sandbox }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await widget.is('ringing');
  expect((await desk.view()).caller).toContain(numbers.support);
  await desk.answer({ tone: 1000 });
  await widget.is('talking');

  await test.step('both directions', async () => {
    await expectTone(page, 1000);
    await desk.hears(microphone.hz, 1900);
    await desk.voice({ tone: 1600 });
    await expectTone(page, 1600);
  });

  await test.step('mute', async () => {
    await widget.button(en.call_mute).click();
    await desk.hearsSilence();
    await expectTone(page, 1600);
    await widget.button(en.call_unmute).click();
    await desk.hears(microphone.hz, 1900);
  });

  await test.step('keypad', async () => {
    const before = (await sandbox.trace()).at(-1)?.seq ?? 0;
    await widget.button(en.call_keypad).click();
    for (const key of ['4', '2', '#']) await page.getByRole('button', { name: key, exact: true }).click();
    await expect.poll(async () => {
      const requests = (await sandbox.trace()).filter((entry) => entry.seq > before);
      return requests.filter((entry) => JSON.stringify(entry).includes('dtmf')).length;
    }, { message: 'the platform got the keys' }).toBeGreaterThan(0);
  });

  await test.step('the visitor hangs up', async () => {
    await widget.hangUp();
    await widget.is('ended');
    await desk.is('idle');
  });

  await test.step('and calls again', async () => {
    await widget.button(en.call_again).click();
    await desk.is('ringing');
    await desk.answer();
    await widget.is('talking');
    await widget.hangUp();
    await desk.is('idle');
  });
});

test('the caller hears the greeting before the phone rings', async ({ page, widget, desk, sandbox }) => {
  const before = (await sandbox.trace()).at(-1)?.seq ?? 0;
  await widget.open();
  await widget.callNow();
  await expect.poll(async () => (await listen(page)).rms, { message: 'the greeting', timeout: 15_000, intervals: [100] }).toBeGreaterThan(0.003);
  await desk.is('ringing');
  const said = (await sandbox.trace()).filter((entry) => entry.seq > before && entry.kind === 'said').map((entry) => entry.text);
  expect(said).toContain('Thank you for calling Acme support. Transferring you now.');
  await widget.button(en.call_hang_up).or(widget.button(en.call_cancel)).click();
  await desk.is('idle');
});

test('the phone hangs up: the page returns to idle', async ({ widget, desk }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await desk.answer();
  await widget.is('talking');
  await desk.hangup();
  await widget.is('ended');
  await expect(widget.button(en.call_again)).toBeVisible();
});

test('the visitor gives up while it rings: the phone stops', async ({ widget, desk }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await widget.is('ringing');
  await widget.button(en.call_hang_up).or(widget.button(en.call_cancel)).click();
  await desk.is('idle');
  await expect(widget.box).toHaveAttribute('data-state', /idle|ended/);
});

test('the phone declines', async ({ widget, desk }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await desk.reject('declined');
  await expect(widget.box).toHaveAttribute('data-state', /busy|no-answer|ended|failed/, { timeout: 15_000 });
});

test('the phone is busy', async ({ widget, desk }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await desk.reject('busy');
  await widget.is('busy');
});

test('nobody answers', async ({ widget, desk }) => {
  test.setTimeout(120_000);
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await widget.is('no-answer', 90_000);
  await desk.is('idle');
});

test('a reload during the call brings the audio back within five seconds', async ({ page, widget, desk }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await desk.answer({ tone: 1000 });
  await widget.is('talking');
  await expectTone(page, 1000);
  await page.reload();
  await widget.is('talking', 5_000);
  await expectTone(page, 1000);
  await desk.hears(microphone.hz, 1900);
  await widget.hangUp();
  await widget.is('ended');
  await desk.is('idle');
});

test('the call is in the log with its timeline', async ({ page, widget, desk }) => {
  await widget.open();
  await widget.callNow();
  await desk.is('ringing');
  await desk.answer();
  await widget.is('talking');
  await widget.hangUp();
  await widget.is('ended');

  await signIn(page);
  const newest = page.getByRole('table').getByRole('row').nth(1);
  await expect(newest).toContainText(en.line_support);
  await expect(newest).toContainText(en.phase_answered);
  await newest.getByRole('link').first().click();
  await expect(page.getByText(en.call_timeline)).toBeVisible();
  await expect(page.getByText('connect', { exact: false }).first()).toBeAttached();
  await expect(page.getByText('completed', { exact: false }).first()).toBeAttached();
});

test('the call log follows a call without a reload', async ({ page, browser, widget, desk }) => {
  await signIn(page);
  const visitor = await browser.newContext();
  await comesFrom(visitor);
  const caller = new (widget.constructor as any)(await visitor.newPage());
  await caller.open();
  await caller.callNow();
  await desk.is('ringing');
  const newest = page.getByRole('table').getByRole('row').nth(1);
  await expect(newest).toContainText(en.phase_ringing);
  await desk.answer();
  await expect(newest).toContainText(en.phase_talking);
  await desk.hangup();
  await expect(newest).toContainText(en.phase_answered);
  await visitor.close();
});
