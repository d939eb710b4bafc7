// What strangers see: the support page through a call, the sound test, signing in, and what is not there.

import { chromium } from '@playwright/test';
import { Camera } from '../support/camera';
import { launchDenying } from '../support/chromium';
import { Console } from '../support/console';
import { comesFrom, expect, test } from '../support/fixtures';
import { House } from '../support/house';
import { locale, olivia, somebody } from '../support/olivia';
import { Widget } from '../support/widget';
import { languages, wordsIn } from '../support/words';

test.setTimeout(120_000);

test('what visitors say to the echo line is recorded', async ({ browser, quiet }) => {
  const { page, context } = await olivia(browser, quiet, 'en');
  await page.goto('/admin/audio-socket');
  const line = page.getByRole('form', { name: '+44 20 7946 0007' });
  await line.getByLabel(wordsIn.en.audio_record).check();
  await line.getByRole('button', { name: wordsIn.en.audio_save }).click();
  await expect(page.getByRole('status').filter({ hasText: wordsIn.en.audio_saved })).toBeVisible();
  await context.close();
});

for (const language of languages) {
  const words = wordsIn[language];
  const camera = new Camera(language);

  test(`a visitor calls, ${language}`, async ({ browser, quiet, desk, sandbox }) => {
    quiet.allow(/ScriptProcessorNode is deprecated/, /503/);
    const visitor = async () => {
      const { context, page } = await somebody(browser, quiet, language);
      await comesFrom(context);
      return new Widget(page, words);
    };
    const widget = await visitor();
    const { page } = widget;
    const shot = (name: string) => camera.shot(page, 'support', name);
    const handsets = await somebody(browser, quiet, language);
    await handsets.page.goto(sandbox.url);
    await widget.open();
    await shot('idle');
    await widget.callNow();
    await desk.is('ringing');
    await widget.is('ringing');
    await shot('ringing');
    await desk.answer({ tone: 440 });
    await widget.is('talking');
    await shot('talking');
    await widget.button(words.call_mute).click();
    await widget.button(words.call_keypad).click();
    await expect(widget.button(words.call_unmute)).toBeVisible();
    await shot('muted, keypad');
    await camera.shot(handsets.page, 'sandbox', 'handsets in a call');
    await widget.hangUp();
    await widget.is('ended');
    await shot('ended');
    await widget.button(words.call_again).click();
    await desk.is('ringing');
    await desk.reject('busy');
    await widget.is('busy');
    await shot('busy');
    await sandbox.faults({ rest: { status: 503, times: 1000 } });
    const unlucky = await visitor();
    await unlucky.open();
    await unlucky.callNow();
    await unlucky.is('failed');
    await sandbox.clearFaults();
    await camera.shot(unlucky.page, 'support', 'failed');
    const echo = await visitor();
    await echo.open('/?line=echo');
    await camera.shot(echo.page, 'support', 'sound test');
    await echo.startTest();
    await echo.is('talking', 40_000);
    await camera.shot(echo.page, 'support', 'sound test, talking');
    // The call log shows its recording, which is to have a length.
    await expect(echo.page.getByRole('timer').or(echo.page.locator('.timer')).first()).toHaveText(/0:0[4-9]|0:[1-5]\d/, { timeout: 15_000 });
    await echo.hangUp();
    await echo.is('ended');
    for (const one of [widget, unlucky, echo]) await one.page.context().close();
    await handsets.context.close();
  });

  test(`a visitor’s microphone is blocked, ${language}`, async ({ quiet }) => {
    const browser = await chromium.launch(launchDenying);
    const { context, page } = await somebody(browser, quiet, language);
    await comesFrom(context);
    const widget = new Widget(page, words);
    await widget.open();
    await widget.callNow();
    await widget.is('denied');
    await camera.shot(page, 'support', 'microphone blocked');
    await browser.close();
  });

  test(`the doors, ${language}`, async ({ browser, quiet, sandbox }) => {
    quiet.allow(/40[34] \((Forbidden|Not Found)\)/);
    const { page, context } = await somebody(browser, quiet, language);
    const shot = (name: string) => camera.shot(page, 'doors', name);
    for (const [name, path] of [
      ['login', '/login'], ['login, needed', '/login?next=%2Fadmin%2Fcalls'], ['login, signed out', '/login?signed-out'],
      ['invitation, gone', '/login/invitation?token=none'], ['404', '/no-such-page'],
    ]) {
      await page.goto(path);
      await shot(name);
    }
    await page.goto('/api');
    await shot('the interface');
    await page.goto('/login');
    await page.getByLabel(words.login_name, { exact: true }).fill('nobody');
    await page.getByLabel(words.login_password, { exact: true }).fill('wrong-password');
    await page.getByRole('button', { name: words.login_submit, exact: true }).click();
    await expect(page.getByText(words.login_wrong)).toBeVisible();
    await shot('login, wrong');
    await page.goto(sandbox.url);
    await camera.shot(page, 'sandbox', 'handsets');
    await page.locator('#faults summary').click();
    await camera.shot(page, 'sandbox', 'handsets, faults');
    await context.close();

    const office = await olivia(browser, quiet, language);
    for (const [name, path] of [
      ['password', '/login/password'], ['password, differs', '/login/password?problem=differs'], ['leaving', '/login/leaving'],
      ['leaving everywhere', '/login/leaving?everywhere'], ['others have left', '/login/leaving?others'], ['403', '/console'],
    ]) {
      await office.page.goto(path);
      await camera.shot(office.page, 'doors', name);
    }
    await office.page.goto('/admin/users');
    await office.page.getByLabel(words.users_name, { exact: true }).fill(`Kim-${language}`);
    await office.page.getByRole('button', { name: words.users_do_add, exact: true }).click();
    const link = (await office.page.locator('.secret pre').textContent())!.trim();
    await camera.shot(office.page, 'users', 'a link');
    await office.context.close();
    const invited = await somebody(browser, quiet, language);
    await invited.page.goto(link);
    await camera.shot(invited.page, 'doors', 'invitation');
    await invited.context.close();
  });
}

test('visitors whom agents answer, in both languages', async ({ browser, quiet }) => {
  const house = await House.start('sheets', { SUPPORT_AGENTS: 'true' });
  for (const language of languages) {
    const words = wordsIn[language];
    const camera = new Camera(language);
    const context = await browser.newContext({ baseURL: house.app, locale: locale(language), permissions: ['microphone'] });
    quiet.watch(context);
    await comesFrom(context);
    const widget = new Widget(await context.newPage(), words);
    const shot = (name: string) => camera.shot(widget.page, 'support', name);
    await widget.open();
    await widget.callNow();
    await widget.is('waiting');
    await shot('waiting');
    await widget.button(words.wait_call_back).click();
    const number = widget.box.getByLabel(words.wait_number);
    await number.fill('12');
    await widget.button(words.wait_call_me_back).click();
    await expect(widget.box.getByRole('alert')).toHaveText(words.wait_bad_number);
    await shot('waiting, call back refused');
    await number.fill('07700 900777');
    await number.press('Enter');
    await widget.is('call-back');
    await shot('will be called back');
    await expect(widget.button(words.call_again)).toBeVisible({ timeout: 30_000 });
    await widget.button(words.call_again).click();
    await widget.is('waiting');
    const jane = await Console.open(browser, 'Jane', quiet.watch, house.app);
    await jane.choose(wordsIn.en.console_state_ready);
    await jane.shows('offer');
    await jane.page.locator('#accept').click();
    await jane.talks();
    await jane.tool(wordsIn.en.console_hold).click();
    await widget.is('on-hold');
    await shot('on hold');
    await widget.hangUp();
    await widget.is('ended');
    await jane.ready();
    await jane.choose(wordsIn.en.console_state_offline);
    await jane.is('offline');
    await jane.close();
    await widget.button(words.call_again).click();
    await widget.is('waiting');
    await widget.button(words.wait_message).click();
    await widget.is('message');
    await shot('leaves a message');
    await widget.hangUp();
    await widget.is('ended');
    await context.close();
  }
  await house.stop();
});

