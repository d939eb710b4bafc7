// The echo line: a visitor says something and hears it back, through the real voice SDK, the platform, a WebSocket and
// our echo. What is said is unlike anything else, so that hearing it is no accident; how much later is measured.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { launch } from '../support/chromium';
import { expect, test } from '../support/fixtures';
import { babble, both, likeness, rate } from '../support/likeness';
import { microphone, run } from '../support/run';
import { signIn } from '../support/operator';
import { en, zh } from '../support/words';

const voice = path.join(run.folder, 'babble.wav');
if (!fs.existsSync(voice)) fs.writeFileSync(voice, babble(12));

test.use({ launchOptions: { ...launch, args: launch.args!.map((arg) => arg.replace(microphone.file, voice)) } });

const deprecated = /ScriptProcessorNode is deprecated/;

test('a visitor hears what they said, a moment later', async ({ page, widget, sandbox, quiet }) => {
  test.setTimeout(120_000);
  quiet.allow(deprecated);
  const before = (await sandbox.trace()).at(-1)?.seq ?? 0;
  await widget.open('/');
  await page.getByRole('link', { name: en.audio_test }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(en.audio_test_title);
  await widget.startTest();
  await widget.is('talking', 40_000);
  const said = (await sandbox.trace()).filter((entry) => entry.seq > before && entry.kind === 'said').map((entry) => entry.text);
  expect(said).toContain('Please wait while we connect you to the echo server');
  // The greeting may still be in somebody's buffer.
  await page.waitForTimeout(1_500);
  const heard = await both(page, 4);
  const { delayMs, alike } = likeness(heard.said, heard.heard);
  console.log(`echo: ${delayMs.toFixed(0)} ms later, correlation ${alike.toFixed(3)}`);
  test.info().annotations.push({ type: 'echo', description: `${delayMs.toFixed(0)} ms later, correlation ${alike.toFixed(3)}` });
  expect(alike, 'it is what was said').toBeGreaterThan(0.7);
  // Other words of the same language, as an ear would measure them: what is found by chance.
  const others = Array.from(new Int16Array(babble(4, 54_321, rate).buffer.slice(44)));
  expect(likeness(others, heard.heard).alike, 'and nothing else is').toBeLessThan(0.4);
  expect(delayMs, 'it is an echo, not a leak').toBeGreaterThan(20);
  expect(delayMs, 'it is this echo').toBeLessThan(2_000);
  await widget.hangUp();
  await widget.is('ended');
});

test('the echo test is a page that works in both languages, and leads back', async ({ page }) => {
  await page.goto('/?line=echo');
  await expect(page.getByRole('link', { name: en.audio_test_back })).toBeVisible();
  await page.getByRole('button', { name: '中文' }).or(page.getByRole('button', { name: '简体中文' })).first().click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(zh.audio_test_title);
});

test('a call is metered live, recorded, played, and another program can read the recording', async ({ page, widget, browser, quiet }) => {
  test.setTimeout(180_000);
  quiet.allow(deprecated);
  const office = await browser.newContext();
  quiet.watch(office);
  const desk = await office.newPage();
  await signIn(desk);

  await test.step('the operator has the echo line recorded', async () => {
    await desk.goto('/admin/audio-socket');
    const line = desk.getByRole('form', { name: '+44 20 7946 0007' });
    await line.getByLabel(en.audio_record).check();
    await line.getByRole('button', { name: en.audio_save }).click();
    await expect(desk.getByRole('status').filter({ hasText: en.audio_saved })).toBeVisible();
    await expect(desk.getByRole('form', { name: '+44 20 7946 0007' }).getByLabel(en.audio_record)).toBeChecked();
  });

  await widget.open('/?line=echo');
  await widget.startTest();
  await widget.is('talking', 40_000);

  await test.step('both sides are alive in the call’s page', async () => {
    await desk.goto('/admin/calls');
    await desk.getByRole('table').getByRole('row').nth(1).getByRole('link').first().click();
    const levels = desk.locator('[data-level]');
    await expect(desk.locator('[data-hearing=live]')).toBeVisible({ timeout: 20_000 });
    for (const side of [0, 1]) {
      await expect.poll(async () => Number(await levels.nth(side).getAttribute('data-level')), { timeout: 20_000 }).toBeGreaterThan(0.02);
    }
    await expect(desk.getByRole('img', { name: en.audio_waveform })).toBeVisible();
  });

  await page.waitForTimeout(3_000);
  await widget.hangUp();
  await widget.is('ended');

  await test.step('the recording can be played and saved', async () => {
    await expect.poll(async () => {
      await desk.reload();
      return desk.locator('audio').count();
    }, { timeout: 20_000 }).toBe(1);
    const seconds = await desk.locator('audio').evaluate(async (audio: HTMLAudioElement) => {
      audio.muted = true;
      await audio.play();
      return audio.duration;
    });
    expect(seconds).toBeGreaterThan(3);
    const [saved] = await Promise.all([desk.waitForEvent('download'), desk.getByRole('link', { name: en.audio_download }).click()]);
    const file = path.join(run.folder, 'recording.wav');
    await saved.saveAs(file);
    const kept = await desk.locator('.hash code').textContent();
    const { createHash } = await import('node:crypto');
    expect(createHash('sha256').update(fs.readFileSync(file)).digest('hex')).toBe(kept);

    let sox = true;
    try { execFileSync('sox', ['--version']); } catch { sox = false; }
    if (!sox) {
      test.info().annotations.push({ type: 'skipped', description: 'no sox on this machine (apt-get install sox)' });
      return;
    }
    const info = (flag: string) => execFileSync('soxi', [flag, file], { encoding: 'utf8' }).trim();
    expect([info('-r'), info('-c'), info('-b')]).toEqual(['16000', '2', '16']);
    expect(Math.abs(Number(info('-D')) - seconds)).toBeLessThan(0.05);
    for (const channel of ['1', '2']) {
      // stat writes to the error stream.
      const stat = execFileSync('sh', ['-c', `sox "${file}" -n remix ${channel} stat 2>&1`], { encoding: 'utf8' });
      const rms = Number(/RMS\s+amplitude:\s+([\d.]+)/.exec(stat)![1]);
      expect(rms, `channel ${channel} holds a voice`).toBeGreaterThan(0.02);
    }
  });
  await office.close();
});
