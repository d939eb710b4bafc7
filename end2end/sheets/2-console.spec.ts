// The agents' console in each of its states, with real calls.

import type { Page } from '@playwright/test';
import { Camera } from '../support/camera';
import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { olivia } from '../support/olivia';
import type { Phone } from '../support/sandbox';
import { away, languages, pattern, wordsIn } from '../support/words';

const jane_number = '442079460101';
const [customer_number, other_number, quiet_number] = ['447700900555', '447700900556', '447700900558'];

test.setTimeout(180_000);

const said = async (phone: Phone) => (await phone.view()).said.map((said) => said.text).join();

/** Somebody who finds nobody there chooses to leave a message; whoever calls this awaits that it is long enough. */
async function speaks(phone: Phone): Promise<() => Promise<void>> {
  await phone.dial(jane_number);
  await expect.poll(() => said(phone), { timeout: 30_000 }).toContain('All our agents are busy');
  await phone.dtmf('1');
  await expect.poll(() => said(phone), { timeout: 30_000 }).toContain('leave your message');
  await phone.voice({ tone: 700 });
  const began = Date.now();
  return async () => {
    // It is recorded in real time: the sentence, the tone, and some seconds.
    await expect.poll(() => Date.now() - began, { timeout: 15_000, intervals: [500] }).toBeGreaterThan(9_000);
    await phone.hangup();
    await phone.is('idle');
  };
}

for (const language of languages) {
  const words = wordsIn[language];
  const camera = new Camera(language);
  const open = async (page: Page, pane: string) => page.locator('.rail').getByRole('button', { name: pane }).click();

  test(`the console, ${language}`, async ({ browser, quiet, sandbox }) => {
    // The SDK asks after the conversation that its leg was in a moment ago.
    quiet.allow(/404/, /conversation:error:not-found/);
    const [customer, other, quietOne] = [customer_number, other_number, quiet_number].map((number) => sandbox.phone(number));
    const [jane, joe, office] = await Promise.all([
      Console.open(browser, 'Jane', quiet.watch, undefined, language),
      Console.open(browser, 'Joe', quiet.watch, undefined, language),
      olivia(browser, quiet, language),
    ]);
    const { page } = jane;
    const shot = (name: string) => camera.shot(page, 'console', name);

    await test.step('nobody is there', async () => {
      await joe.choose(away[language].lunch);
      await joe.is('away');
      await jane.ready();
      await jane.choose(away[language].meeting);
      await jane.is('away');
      await customer.dial(jane_number);
      await expect(page.locator('.floor-pane .floor').first()).toContainText('+44', { timeout: 20_000 });
      await shot('away, somebody waits');
      await customer.hangup();
      await customer.is('idle');
      const recorded = await speaks(quietOne);
      await page.locator('.pill').click();
      await shot('states');
      await page.keyboard.press('Escape');
      await open(page, words.console_sound);
      await shot('sound and keys');
      await recorded();
      await open(page, words.console_voicemail);
      await expect(page.locator('.call-row.message').first()).toBeVisible({ timeout: 30_000 });
      await shot('voicemail');
      await open(page, words.calls_title);
      await page.locator('[data-pane=calls]').getByRole('button', { name: pattern(words.console_calls_missed) }).click();
      await expect(page.locator('.call-row').first()).toHaveAttribute('data-result', /abandoned|voicemail/);
      await shot('missed calls');
    });

    await test.step('idle', async () => {
      await joe.ready();
      await jane.ready();
      await page.locator('[data-pane=calls] .chips button').first().click();
      await shot('idle');
      await page.locator('#number').fill('123');
      await expect(page.locator('#number-check')).toHaveAttribute('data-good', 'false');
      await shot('a number that is none');
      await page.locator('#number').fill('');
    });

    await test.step('a call', async () => {
      await customer.dial(jane_number);
      await jane.shows('offer');
      await shot('incoming');
      await page.locator('#accept').click();
      await jane.talks();
      await customer.voice({ tone: 440 });
      await jane.notes.fill(language === 'en' ? 'Wants twenty seats. Send an offer.' : '需要二十个席位，请发送报价。');
      await expect(page.locator('.saved')).toHaveAttribute('data-saved', 'true');
      await shot('talking');
      await office.page.goto('/admin/calls?show=running');
      await camera.shot(office.page, 'calls', 'running');
      await office.page.locator('tbody tr a').first().click();
      await expect(office.page.getByText(words.call_timeline)).toBeVisible();
      await camera.shot(office.page, 'call', 'running');
      await jane.tool(words.call_keypad).click();
      await shot('keypad');
      await jane.tool(words.console_add).click();
      await page.locator('#other').fill('12');
      await shot('adds somebody');
      await jane.tool(words.console_add).first().click();
      await jane.tool(words.console_hold).click();
      await jane.is('hold');
      await shot('on hold');
      await jane.tool(words.console_resume).click();
      await jane.is('talking');
    });

    await test.step('a consultation', async () => {
      await jane.tool(words.console_transfer).click();
      await shot('transfer');
      await jane.tool(`${words.console_ask_first} Joe`).click();
      await joe.shows('offer');
      await camera.shot(joe.page, 'console', 'asked by a colleague');
      await joe.page.locator('#accept').click();
      await joe.talks();
      await jane.panel.locator('.consult .primary').waitFor();
      await shot('consulting');
      await camera.shot(joe.page, 'console', 'consulted');
      await jane.tool(words.console_join).click();
      await expect(jane.panel).toContainText(words.console_consult_joined.replace('{name}', 'Joe'));
      await shot('conference');
      await jane.tool(words.call_hang_up).click();
      await page.locator('#ending-question').waitFor();
      await shot('how to end');
      await jane.tool(words.console_end_all).click();
    });

    await test.step('after it', async () => {
      await jane.shows('wrap-up');
      await shot('wrap-up');
      await jane.ready();
      await joe.ready();
      await page.locator('#number').fill(`+${other_number}`);
      await jane.panel.getByRole('button', { name: words.console_dial, exact: true }).click();
      await other.is('ringing');
      await jane.shows('call');
      await shot('calls somebody');
      await other.answer({ tone: 1300 });
      await jane.talks();
      await other.hangup();
      await jane.shows('wrap-up');
      await jane.ready();
      await open(page, words.calls_title);
      await page.locator('[data-pane=calls] .chips button').nth(1).click();
      await expect(page.locator('.call-row').nth(2)).toBeVisible();
      await shot('all calls');
      await page.setViewportSize({ width: 390, height: 844 });
      for (const [name, pane] of [['dial pad, telephone', 'phone'], ['team, telephone', 'team']]) {
        await page.locator(`[data-to=${pane}]`).click();
        await shot(name);
        await page.setViewportSize({ width: 390, height: 844 });
      }
    });
    for (const agent of [jane, joe]) await agent.close();
    await office.context.close();
    await sandbox.reset(customer_number, other_number, quiet_number);
  });
}
