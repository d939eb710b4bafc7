// The four kinds of call flow of the contact-centre guide (Inbound Call, Outbound Call, IVR, Custom), each made on the page,
// led to from a number and called from a telephone: Jane's console rings, Enter accepts, and each hears the other. Jane's own
// call runs the outbound flow as it was changed.

import type { Browser, Page } from '@playwright/test';
import { expectTone } from '../support/audio';
import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { FlowText } from '../support/flow';
import { menu, signIn, sure } from '../support/operator';
import { microphone, run } from '../support/run';
import type { Phone, Sandbox } from '../support/sandbox';
import { en, pattern } from '../support/words';

/** Led back to the menu afterwards. */
const ours = '442079460102';
const customer_number = '447700900577';

async function operator(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ baseURL: run.app, locale: 'en-GB', timezoneId: 'UTC' });
  const page = await context.newPage();
  await signIn(page);
  return page;
}

/** Leads the number to the first line whose name has this in it. */
async function lead(page: Page, line: string | RegExp) {
  await page.goto('/admin/numbers');
  const select = page.locator(`#line-${ours}`);
  const option = await select.locator('option').filter({ hasText: line }).first().getAttribute('value');
  await select.selectOption(option);
  await select.locator('xpath=ancestor::form').getByRole('button').click();
  await expect(page.locator(`#line-${ours}`)).toHaveValue(option!);
}

async function flow(page: Page, preset: string, name: string, change: (text: string) => string = (text) => text) {
  await page.goto(`/admin/flows/new?preset=${preset}`);
  const text = new FlowText(page, true);
  await text.ready();
  await page.getByLabel(en.flows_name, { exact: true }).fill(name);
  await text.fill(change(await text.value()));
  await page.getByRole('button', { name: en.flows_save, exact: true }).click();
  await expect(page.getByText(pattern(en.flows_done_saved))).toBeVisible();
}

async function talkAndEnd(jane: Console, customer: Phone) {
  await jane.shows('offer');
  await jane.page.keyboard.press('Enter');
  await jane.talks();
  await customer.voice({ tone: 1000 });
  await expectTone(jane.page, 1000);
  await customer.hears(microphone.hz, 1900);
  await customer.hangup();
  await jane.ready();
}

test.setTimeout(150_000);

test('each of the four buttons works in a real call', async ({ browser, sandbox, quiet }: { browser: Browser; sandbox: Sandbox; quiet: any }) => {
  const mark = String(Date.now() % 100_000);
  await sandbox.reset(customer_number);
  const customer = sandbox.phone(customer_number);
  const page = await operator(browser);
  const jane = await Console.open(browser, 'Jane', quiet.watch);
  await jane.ready();
  try {
    await test.step('Inbound Call', async () => {
      await flow(page, 'inbound', `Inbound ${mark}`);
      await lead(page, `Inbound ${mark}`);
      await customer.dial(ours);
      await talkAndEnd(jane, customer);
    });
    await test.step('IVR', async () => {
      await flow(page, 'ivr', `IVR ${mark}`);
      await lead(page, `IVR ${mark}`);
      await customer.dial(ours);
      await expect.poll(async () => (await customer.view()).said.some((said) => said.text.includes('press 1'))).toBe(true);
      await customer.dtmf('1');
      await talkAndEnd(jane, customer);
    });
    await test.step('Custom, to a queue', async () => {
      const connect = '[{"action": "talk", "text": "Welcome."},\n {"action": "connect", "endpoint": [{"type": "app", "user": "queue:Agents"}]}]';
      await flow(page, 'custom', `Custom ${mark}`, () => connect);
      await lead(page, `Custom ${mark}`);
      await customer.dial(ours);
      await talkAndEnd(jane, customer);
    });
    await test.step('Outbound Call, changed, is what Jane\'s own call runs', async () => {
      await flow(page, 'outbound', `Outbound ${mark}`, (text) => text.replace('Please wait while we connect you.', `Bluebird ${mark} calls.`));
      await page.goto('/admin/flows');
      await menu(page.getByRole('row', { name: `Outbound ${mark}` }), en.flows_for_agents);
      await expect(page.getByText(en.flows_done_for_agents)).toBeVisible();
      await jane.dial(`+${customer_number}`);
      await customer.is('ringing');
      await customer.answer({ tone: 1000 });
      await jane.talks();
      await expectTone(jane.page, 1000);
      await customer.hears(microphone.hz, 1900);
      await customer.hangup();
      await jane.ready();
      // What the platform was told to do with the call.
      await page.goto('/admin/calls');
      await page.locator('tbody tr').first().getByRole('link').first().click();
      await page.getByText(en.call_webhooks_show, { exact: true }).click();
      await expect(page.locator('body')).toContainText(`Bluebird ${mark} calls.`);
    });
  } finally {
    await lead(page, /^Menu/);
    await page.goto('/admin/flows');
    const outbound = page.getByRole('row', { name: `Outbound ${mark}` });
    const used = outbound.getByRole('button', { name: en.flows_not_for_agents, exact: true, includeHidden: true });
    if (await used.count()) await menu(outbound, en.flows_not_for_agents);
    for (const name of ['Inbound', 'IVR', 'Custom', 'Outbound']) {
      await page.goto('/admin/flows');
      const row = page.getByRole('row', { name: `${name} ${mark}` });
      if (!(await row.count())) continue;
      await menu(row, en.admin_delete);
      await sure(page, en.admin_delete);
    }
    await page.context().close();
    await jane.close();
    await sandbox.reset(customer_number);
  }
});
