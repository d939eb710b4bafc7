// How long agents wait for what happens: `make bench ARGS=console`. The real program, the real voice SDK, two browsers on
// the machine that serves them. All clocks are this machine's.
//
//   card       from the moment the platform sends the answer webhook to the frame in which the card is on the screen
//   presence   from the click on a state to the frame in which a colleague's page has it

import { Console } from '../support/console';
import { test } from '../support/fixtures';
import { en } from '../support/words';

const jane_number = '442079460101';
const customer_number = '447700900555';
const CALLS = 20;
const CHANGES = 20;

function report(name: string, times: number[], bar: number) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  console.log(`  ${times.length} times: p50 ${at(0.5)} ms, worst ${at(1)} ms`);
  console.log(`${name} ms=${at(1)} bar=${bar} ${at(1) <= bar ? 'ok' : 'short'}`);
}

test.setTimeout(300_000);

test('card and presence', async ({ browser, quiet, sandbox }) => {
  const jane = await Console.open(browser, 'Jane', quiet.watch);
  const joe = await Console.open(browser, 'Joe', quiet.watch);
  await jane.ready();
  await joe.ready();
  const customer = sandbox.phone(customer_number);

  const cards: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    // Looked at once a frame.
    const shown = jane.page.waitForFunction(() => document.querySelector<HTMLElement>('.console')?.dataset.panel === 'offer' && Date.now());
    const before = Math.max(0, ...(await sandbox.trace()).map((entry) => entry.seq));
    await customer.dial(jane_number);
    const at = Number(await (await shown).jsonValue());
    const asked = async () => (await sandbox.trace()).find((entry) => entry.seq > before && entry.kind === 'webhook' && entry.webhook === 'answer');
    let answer = await asked();
    while (!answer) answer = await asked();
    cards.push(at - (answer.at - answer.duration_ms));
    await customer.hangup();
    await customer.is('idle');
    await jane.is('ready');
  }
  report('console/card', cards, 300);

  const changes: number[] = [];
  for (let change = 0; change < CHANGES; change++) {
    const away = change % 2 === 0;
    const shown = joe.page.waitForFunction(([word, away]) =>
      document.querySelector('.floor-pane')?.textContent?.includes(word) === away && Date.now(), ['Lunch', away] as const);
    await jane.page.locator('.pill').click();
    const choice = jane.page.locator('#states').getByRole('button', { name: away ? 'Lunch' : en.console_state_ready, exact: true });
    const clicked = await choice.evaluate((button: HTMLElement) => { const at = Date.now(); button.click(); return at; });
    changes.push(Number(await (await shown).jsonValue()) - clicked);
    await jane.is(away ? 'away' : 'ready');
  }
  report('console/presence', changes, 1_000);
  await jane.close();
  await joe.close();
});
