// A queue that rings all: both consoles ring for one caller, and the first who accepts has the call.

import type { Page } from '@playwright/test';
import { expectTone } from '../support/audio';
import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { House } from '../support/house';
import { microphone, numbers } from '../support/run';
import { Sandbox } from '../support/sandbox';
import { en, pattern } from '../support/words';

const caller = '447700900588';
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

let house: House;
test.beforeAll(async () => { house = await House.start('ring-all', { SUPPORT_AGENTS: 'true' }); });
test.afterAll(() => house.stop());
test.setTimeout(120_000);

test('both ring, Joe accepts, and Jane has missed nothing', async ({ browser, quiet }) => {
  // The SDK asks after the conversation that its leg was in a moment ago.
  quiet.allow(/404/, /conversation:error:not-found/);
  const context = await browser.newContext({ baseURL: house.app, locale: 'en-GB', timezoneId: 'UTC' });
  quiet.watch(context);
  const page = await context.newPage();
  await page.goto('/login?next=/admin/queues/agents');
  await page.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Olivia')) }).click();
  await page.locator('[name=strategy]').selectOption('ring-all');
  await button(page, en.queues_save).click();
  await expect(page.getByText(pattern(en.queues_done_saved))).toBeVisible();

  const phone = new Sandbox(house.sandbox).phone(caller);
  const jane = await Console.open(browser, 'Jane', quiet.watch, house.app);
  const joe = await Console.open(browser, 'Joe', quiet.watch, house.app);
  const kind = pattern(en.console_offer_all.replace('{count}', '1'));
  try {
    await jane.ready();
    await joe.ready();
    await test.step('the first who accepts has the call, and both hear each other', async () => {
      await phone.dial(numbers.support);
      for (const agent of [jane, joe]) {
        await agent.shows('offer');
        await expect(agent.panel).toContainText(kind);
      }
      await joe.page.keyboard.press('Enter');
      await joe.talks();
      await jane.shows('idle');
      await jane.is('ready');
      await phone.voice({ tone: 1000 });
      await expectTone(joe.page, 1000);
      await phone.hears(microphone.hz, 1900);
      await phone.hangup();
      await joe.ready();
      await expect(jane.root).toHaveAttribute('data-state', 'ready');
    });
    await test.step('one declines: the other rings alone, and takes the call', async () => {
      await phone.dial(numbers.support);
      for (const agent of [jane, joe]) await expect(agent.panel).toContainText(kind);
      await joe.page.keyboard.press('Escape');
      await joe.shows('idle');
      await expect(jane.panel).not.toContainText(kind);
      await jane.shows('offer');
      await jane.page.keyboard.press('Enter');
      await jane.talks();
      await phone.hangup();
      await jane.ready();
    });
    await test.step('both press at the same moment: one talks, the other is told who was faster', async () => {
      await phone.dial(numbers.support);
      for (const agent of [jane, joe]) await expect(agent.panel).toContainText(kind);
      await Promise.all([jane.tool(en.console_accept).click(), joe.tool(en.console_accept).click()]);
      await expect.poll(async () => {
        const shown = await Promise.all([jane, joe].map((agent) => agent.root.getAttribute('data-panel')));
        return shown.sort().join();
      }, { timeout: 20_000 }).toBe('call,idle');
      const won = await jane.root.getAttribute('data-panel') === 'call' ? jane : joe;
      const lost = won === jane ? joe : jane;
      await won.talks();
      await lost.is('ready');
      await expect(lost.page.getByText(en.console_refused_taken_by.replace('{name}', won.name)).first()).toBeVisible();
      await phone.hangup();
      await won.ready();
    });
  } finally {
    await jane.close();
    await joe.close();
    await context.close();
  }
});
