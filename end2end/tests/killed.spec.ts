// The server is killed while Jane talks. The call is the platform's, so both go on hearing each other; and when the server
// is back, the console is as if nothing had been.

import { expectTone } from '../support/audio';
import { Beside } from '../support/beside';
import { Console } from '../support/console';
import { test } from '../support/fixtures';
import { microphone } from '../support/run';
import { en } from '../support/words';

const jane_number = '442079460731';
const customer_number = '447700900731';

test('a2 killed three times in a call: both go on talking, and afterwards Jane takes the next one', async ({ browser, sandbox, quiet }) => {
  test.setTimeout(180_000);
  // While the server is away, the console's requests and its stream fail.
  quiet.allow(/ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_INCOMPLETE_CHUNKED_ENCODING/);
  await sandbox.reset(customer_number);
  const customer = sandbox.phone(customer_number);
  const beside = await Beside.start('killed', { Jane: jane_number });
  try {
    const jane = await Console.openAt(beside, browser, 'Jane', quiet.watch);
    await jane.ready();
    await customer.dial(jane_number);
    await jane.shows('offer');
    await jane.page.keyboard.press('Enter');
    await jane.talks();
    await customer.voice({ tone: 1000 });
    await expectTone(jane.page, 1000);

    for (const [nth, hz] of [1000, 1300, 1600].entries()) {
      await test.step(`kill ${nth + 1}`, async () => {
        await beside.kill();
        // A voice that was not there before: what is heard is said now.
        await customer.voice({ tone: hz });
        await expectTone(jane.page, hz);
        await customer.hears(microphone.hz, 1900);
        await beside.begin();
        await jane.is('talking', 15_000);
        await jane.shows('call');
        await jane.tool(en.console_hold).click();
        await jane.is('hold');
        await jane.tool(en.console_resume).click();
        await jane.is('talking');
        await expectTone(jane.page, hz);
        await customer.hears(microphone.hz, 1900);
      });
    }

    await jane.tool(en.call_hang_up).click();
    await customer.is('idle');
    await jane.shows('wrap-up');
    await jane.ready();
    await test.step('the next call', async () => {
      await customer.dial(jane_number);
      await jane.shows('offer');
      await jane.page.keyboard.press('Enter');
      await jane.talks();
      await customer.hangup();
      await jane.shows('wrap-up');
      await jane.ready();
    });
    await jane.close();
  } finally {
    await beside.kill();
    await sandbox.reset(customer_number);
  }
});
