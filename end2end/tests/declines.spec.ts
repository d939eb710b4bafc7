// Thirty calls that Jane declines, by key and by click in turn. None of the callers is cut off: each is offered to Joe, and
// where he declines too, waits.

import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import type { Phone } from '../support/sandbox';
import { en } from '../support/words';

const jane_number = '442079460101';
const customer_number = '447700900566';
const CALLS = 30;

/** Waits until the caller was told something since they dialled. A caller who is told something is on the line. */
async function told(customer: Phone, text: string) {
  await expect.poll(async () => {
    const { state, said } = await customer.view();
    if (state === 'idle') throw new Error('the caller was cut off');
    return said.some((said) => said.text.includes(text));
  }, { message: `the caller is told "${text}"`, timeout: 10_000, intervals: [100] }).toBe(true);
}

test(`a3 ${CALLS} calls declined, and no caller is cut off`, async ({ browser, sandbox, quiet }) => {
  test.setTimeout(150_000);
  // The SDK asks after the conversation that its leg was in a moment ago.
  quiet.allow(/404/, /conversation:error:not-found/);
  await sandbox.reset(customer_number);
  const customer = sandbox.phone(customer_number);
  const jane = await Console.open(browser, 'Jane', quiet.watch);
  const joe = await Console.open(browser, 'Joe', quiet.watch);
  await jane.ready();
  await joe.ready();

  async function declines(agent: Console, byKey: boolean) {
    await agent.shows('offer');
    if (byKey) await agent.page.keyboard.press('Escape');
    else await agent.tool(en.console_decline).click();
  }

  for (let call = 0; call < CALLS; call++) {
    await test.step(`call ${call + 1}`, async () => {
      await customer.dial(jane_number);
      // Every third call has rung for a moment; the others are declined as soon as the card is there.
      if (call % 3 === 2) await told(customer, 'Thank you for calling Jane');
      await declines(jane, call % 2 === 0);
      await joe.shows('offer');
      await expect(jane.root).not.toHaveAttribute('data-panel', 'offer');
      await told(customer, 'Please wait while we connect you to Joe');
      if (call % 5 === 4) {
        await declines(joe, call % 2 === 1);
        await told(customer, 'You are number 1 in the queue');
      }
      await customer.is('talking');
      await customer.hangup();
      await jane.is('ready');
      await joe.is('ready');
    });
  }
  await jane.close();
  await joe.close();
  await sandbox.reset(customer_number);
});
