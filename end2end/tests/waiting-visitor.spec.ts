// A visitor whose call the agents take, while none of them is free: what the page shows, and what it offers.

import AxeBuilder from '@axe-core/playwright';
import type { Browser } from '@playwright/test';
import { expectTone, listen } from '../support/audio';
import { Console } from '../support/console';
import { comesFrom, expect, test as base } from '../support/fixtures';
import { House } from '../support/house';
import { microphone } from '../support/run';
import { Widget } from '../support/widget';
import { en, pattern } from '../support/words';

const test = base.extend<{ visitor: () => Promise<Widget> }, { house: House }>({
  house: [async ({}, use) => {
    const house = await House.start('waiting-visitor', { SUPPORT_AGENTS: 'true' });
    await use(house);
    await house.stop();
  }, { scope: 'worker' }],

  /** A new visitor, in a browser of their own. */
  visitor: async ({ browser, house, quiet }, use) => {
    const contexts: Awaited<ReturnType<Browser['newContext']>>[] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL: house.app, locale: 'en-GB', permissions: ['microphone'] });
      contexts.push(context);
      await comesFrom(context);
      quiet.watch(context);
      const widget = new Widget(await context.newPage());
      await widget.open();
      return widget;
    });
    for (const context of contexts) await context.close();
  },
});

test.setTimeout(120_000);

const place = (number: number) => en.state_waiting_text.replace('{place}', String(number));

test('a visitor sees their place, and talks as soon as an agent is ready', async ({ browser, house, quiet, visitor }) => {
  const [first, second] = [await visitor(), await visitor()];
  await test.step('nobody is there: each has their own place', async () => {
    await first.callNow();
    await first.is('waiting');
    await expect(first.box.getByRole('status').first()).toContainText(place(1));
    await expect(first.box.getByRole('status').first()).toContainText(en.state_waiting);
    await second.callNow();
    await second.is('waiting');
    await expect(second.box.getByRole('status').first()).toContainText(place(2));
    await expect(second.box.getByRole('link', { name: pattern(en.call_dial_instead) })).toBeVisible();
  });
  await test.step('who leaves makes room', async () => {
    await first.hangUp();
    await first.is('ended');
    await expect(second.box.getByRole('status').first()).toContainText(place(1));
  });
  const jane = await Console.open(browser, 'Jane', quiet.watch, house.app);
  await test.step('an agent becomes ready, takes the call, and they hear each other', async () => {
    await jane.shows('offer');
    await jane.page.keyboard.press('Enter');
    await jane.talks();
    await second.is('talking');
    await expectTone(second.page, microphone.hz);
    await expectTone(jane.page, microphone.hz);
  });
  await test.step('on hold is said, with music', async () => {
    await jane.page.keyboard.press('Alt+H');
    await second.is('on-hold');
    await expect(second.box.getByRole('status').first()).toContainText(en.state_on_hold);
    await expect.poll(async () => (await listen(second.page)).rms, { message: 'music', timeout: 10_000 }).toBeGreaterThan(0.002);
    await jane.page.keyboard.press('Alt+H');
    await second.is('talking');
  });
  await second.hangUp();
  await second.is('ended');
  // The others of this file find nobody free.
  await jane.ready();
  await jane.choose('Meeting');
  await jane.is('away');
  await jane.close();
});

test('a visitor who does not want to wait is called back, and stands in the list of the agents', async ({ browser, house, quiet, visitor }) => {
  const waits = await visitor();
  await waits.callNow();
  await waits.is('waiting');
  await waits.button(en.wait_call_back).click();
  const number = waits.box.getByLabel(en.wait_number);
  await test.step('what is no number is explained, and nothing is lost', async () => {
    await number.fill('12');
    await waits.button(en.wait_call_me_back).click();
    await expect(waits.box.getByRole('alert')).toHaveText(en.wait_bad_number);
    await expect(number).toHaveValue('12');
    await waits.is('waiting');
  });
  await test.step('the card can be used by everybody', async () => {
    const { violations } = await new AxeBuilder({ page: waits.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
  });
  await number.fill('07700 900777');
  await number.press('Enter');
  await waits.is('call-back');
  await expect(waits.box.getByRole('status').first()).toContainText(en.state_call_back);
  await expect(waits.button(en.call_hang_up)).toHaveCount(0);
  await test.step('the call ends by itself, and the promise stays on the page', async () => {
    await expect(waits.button(en.call_again)).toBeVisible({ timeout: 30_000 });
    await waits.is('call-back');
  });
  const jane = await Console.open(browser, 'Jane', quiet.watch, house.app);
  await jane.page.getByRole('button', { name: en.console_calls_callbacks }).click();
  const asked = jane.page.locator('.call-row').first();
  await expect(asked).toContainText('+44 7700 900777');
  await expect(asked).toContainText(en.console_result_callback);
  await expect(asked).toContainText(house.app);
  await jane.close();
});

test('a visitor who does not want to wait leaves a message', async ({ visitor }) => {
  const waits = await visitor();
  await waits.callNow();
  await waits.is('waiting');
  await waits.button(en.wait_message).click();
  await waits.is('message');
  await expect(waits.box.getByRole('status').first()).toContainText(en.state_message_text);
  await waits.hangUp();
  await waits.is('ended');
});
