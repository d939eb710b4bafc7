// The pictures of the agents' console: each state, wide and narrow, light and dark.

import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { picture } from '../support/pictures';
import { en } from '../support/words';

test('the console', async ({ browser, quiet, sandbox }) => {
  test.setTimeout(240_000);
  quiet.allow(/./);
  const jane = await Console.open(browser, 'Jane');
  const joe = await Console.open(browser, 'Joe');
  const { page } = jane;
  const shot = async (name: string) => {
    for (const [suffix, width, height, colorScheme] of [['', 1280, 860, 'light'], ['-dark', 1280, 860, 'dark'], ['-narrow', 390, 844, 'light']] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: picture(`console-${name}${suffix}`), animations: 'disabled' });
    }
  };
  const customer = sandbox.phone('447700900555');
  await customer.voice({ tone: 440 });
  await jane.ready();
  await shot('idle');
  await customer.dial('442079460101');
  await jane.shows('offer');
  await shot('offer');
  await page.locator('#accept').click();
  await jane.talks();
  await jane.notes.fill('Wants twenty seats. Send an offer.');
  await expect(jane.panel.getByRole('timer')).toHaveText(/0:(0[6-9]|[1-5]\d)/, { timeout: 20_000 });
  await shot('talking');
  await jane.tool(en.console_transfer).click();
  await shot('transfer');
  await jane.tool(`${en.console_ask_first} Joe`).click();
  await joe.shows('offer');
  await joe.page.screenshot({ path: picture('console-consult-offer'), animations: 'disabled' });
  await joe.page.locator('#accept').click();
  await jane.panel.locator('.consult .primary').waitFor();
  await shot('consult');
  await joe.page.screenshot({ path: picture('console-consulted'), animations: 'disabled' });
  await jane.tool(en.console_back).click();
  await jane.talks();
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await shot('wrap-up');
  await jane.ready();
  await shot('after');
  await page.locator('[data-to=sound]').click();
  await shot('sound');
  await sandbox.reset('447700900555');
});
