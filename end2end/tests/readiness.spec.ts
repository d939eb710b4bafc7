// An agent's console says within seconds when no call can be taken there, is offered none meanwhile, and comes back by
// itself; and what an agent needs in a call stays where it is.

import { Console } from '../support/console';
import { expect, test as base } from '../support/fixtures';
import { arrives, controlled, Gate, microphone } from '../support/readiness';
import type { Phone } from '../support/sandbox';
import { en, pattern } from '../support/words';

/** Jane's own number, which `serve` gives her in the sandbox. */
const jane_number = '442079460101';
const customer_number = '447700900565';
const other_number = '447700900566';
/** What is wrong is said within three seconds; a busy machine may paint a little later. */
const soon = { timeout: 4_000 };

type Fixtures = { jane: Console; joe: Console; gate: Gate; customer: Phone; other: Phone };

const test = base.extend<Fixtures & { held: { gate?: Gate } }>({
  held: async ({}, use) => use({}),
  jane: async ({ browser, quiet, held }, use) => {
    const jane = await Console.open(browser, 'Jane', async (context) => {
      quiet.watch(context);
      await controlled(context);
      held.gate = await Gate.before(context);
    });
    await jane.ready();
    await use(jane);
    await jane.close();
  },
  gate: async ({ jane, held }, use) => {
    expect(jane).toBeDefined();
    await use(held.gate!);
  },
  joe: async ({ browser, quiet }, use) => {
    const joe = await Console.open(browser, 'Joe', quiet.watch);
    await joe.ready();
    await use(joe);
    await joe.close();
  },
  customer: async ({ sandbox }, use) => {
    await sandbox.reset(customer_number);
    await use(sandbox.phone(customer_number));
    await sandbox.reset(customer_number);
  },
  other: async ({ sandbox }, use) => {
    await sandbox.reset(other_number);
    await use(sandbox.phone(other_number));
    await sandbox.reset(other_number);
  },
});

test.setTimeout(120_000);

async function connected(jane: Console, customer: Phone) {
  await customer.dial(jane_number);
  await jane.shows('offer');
  await jane.page.keyboard.press('Enter');
  await jane.talks();
}

/** Jane cannot take calls, and says so: on her page, and on her colleague's. */
async function unable(jane: Console, word: string, banner: string) {
  await jane.is('unable', soon.timeout);
  await expect(jane.page.locator('.pill')).toContainText(word);
  await expect(jane.page.locator('.pill')).not.toContainText(en.console_state_ready);
  await expect(jane.page.locator('.banners')).toContainText(banner);
}

/** A caller of Jane's reaches Joe; nothing rings at her. */
async function reaches_joe(jane: Console, joe: Console, customer: Phone) {
  await customer.dial(jane_number);
  await joe.shows('offer');
  await expect(jane.root).toHaveAttribute('data-panel', 'idle');
  await joe.page.locator('#accept').click();
  await joe.talks();
  await customer.hangup();
  await joe.shows('wrap-up');
  await joe.ready();
}

test.describe('a6 the microphone', () => {
  test('blocked: said, no call is offered, and ready by itself when it is allowed', async ({ jane, joe, customer }) => {
    await microphone.permit(jane.page, 'denied');
    await unable(jane, en.console_unable_microphone_blocked, en.console_mic_blocked);
    await expect(joe.page.locator('.floor-pane')).toContainText(en.console_unable_microphone_blocked, soon);
    await reaches_joe(jane, joe, customer);
    await microphone.permit(jane.page, 'granted');
    await jane.is('ready', soon.timeout);
    await expect(jane.page.locator('[data-about=microphone]')).toHaveCount(0);
    await connected(jane, customer);
    await customer.hangup();
    await jane.shows('wrap-up');
    await jane.ready();
  });

  test('unplugged, and plugged in again', async ({ jane }) => {
    await microphone.plug(jane.page, false);
    await unable(jane, en.console_unable_no_microphone, en.console_mic_missing);
    await microphone.plug(jane.page, true);
    await jane.is('ready', soon.timeout);
  });

  test('the browser will ask: she is ready, and told to allow it now', async ({ jane, customer }) => {
    await microphone.permit(jane.page, 'prompt');
    await expect(jane.page.locator('[data-about=microphone]')).toContainText(en.console_mic_ask, soon);
    await jane.is('ready');
    await customer.dial(jane_number);
    await jane.shows('offer');
    await customer.hangup();
    await jane.ready();
  });

  test('accepting that cannot work says why, and the caller goes on at once', async ({ jane, joe, customer, quiet }) => {
    // The SDK complains that it got no microphone, and asks after a conversation that its leg was in a moment ago.
    quiet.allow(/made by this test|NotAllowedError|media|answer|offer/i, /404/, /conversation:error:not-found/);
    await microphone.fail(jane.page, 'NotAllowedError');
    await customer.dial(jane_number);
    await jane.shows('offer');
    await jane.page.keyboard.press('Enter');
    await expect(jane.panel.getByRole('alert')).toContainText(en.console_mic_blocked, soon);
    // Not after the twenty seconds that it would ring.
    await joe.shows('offer', 8_000);
    await unable(jane, en.console_unable_microphone_blocked, en.console_mic_blocked);
    await expect(jane.root).toHaveAttribute('data-panel', 'idle');
    await joe.page.locator('#accept').click();
    await joe.talks();
    await customer.hangup();
    await joe.ready();
    // It works again: she is ready without touching anything.
    await microphone.fail(jane.page, '');
    await jane.is('ready', 15_000);
  });

  test('calling out says the same words', async ({ jane, customer }) => {
    await microphone.permit(jane.page, 'denied');
    await jane.is('unable', soon.timeout);
    await jane.dial(`+${customer_number}`);
    await expect(jane.panel.getByRole('alert')).toContainText(en.console_mic_blocked);
    await customer.is('idle');
    await microphone.permit(jane.page, 'granted');
    await jane.is('ready', soon.timeout);
  });
});

test.describe('a7 the platform and the server', () => {
  test('the platform is out of reach: said, no call is offered, and ready by itself', async ({ jane, joe, customer, gate, quiet }) => {
    quiet.allow(/websocket|transport|reconnect|session/i);
    await gate.shut();
    await unable(jane, en.console_unable_no_platform, en.console_lost_platform);
    await reaches_joe(jane, joe, customer);
    await jane.page.locator('#number').fill(`+${customer_number}`);
    await expect(jane.panel.getByRole('button', { name: en.console_dial, exact: true })).toBeDisabled();
    await jane.page.locator('#number').fill('');
    gate.reopen();
    // The SDK tries again after up to nine seconds.
    await jane.up();
    await jane.is('ready', soon.timeout);
    await connected(jane, customer);
    await customer.hangup();
    await jane.shows('wrap-up');
    await jane.ready();
  });

  test('it goes while a call rings: the caller goes on and does not ring twenty seconds', async ({ jane, joe, customer, gate, quiet }) => {
    quiet.allow(/websocket|transport|reconnect|session/i, /404/, /conversation:error:not-found/);
    await customer.dial(jane_number);
    await jane.shows('offer');
    await gate.shut();
    await joe.shows('offer', 10_000);
    await jane.is('unable', soon.timeout);
    await joe.page.locator('#accept').click();
    await joe.talks();
    await customer.hangup();
    await joe.ready();
    gate.reopen();
    await jane.up();
    await jane.is('ready', soon.timeout);
  });

  test('the SDK could not be loaded: said, and it is loaded when it can be', async ({ jane, quiet }) => {
    quiet.allow(/ERR_FAILED/);
    let there = false;
    await jane.context.route('**/vendor/vonage-client-sdk.js', (route) => there ? route.continue() : route.abort());
    await jane.page.reload();
    await unable(jane, en.console_unable_no_platform, en.console_lost_platform);
    there = true;
    await jane.up();
    await jane.is('ready', soon.timeout);
  });

  test('no server: never shown as ready, and ready again by itself', async ({ jane, quiet }) => {
    quiet.allow(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|Failed to fetch/, /websocket|transport|reconnect|session/i);
    await jane.context.setOffline(true);
    await unable(jane, en.console_unable_no_server, en.console_lost_server);
    await jane.context.setOffline(false);
    await jane.up();
    await jane.is('ready', 20_000);
    await expect(jane.page.getByText(en.console_lost_server)).toBeHidden();
  });
});

test('no server in a call: muting works, and what is written is kept and sent', async ({ jane, customer, quiet }) => {
  quiet.allow(/ERR_FAILED|Failed to fetch/);
  const saved = jane.page.locator('.saved');
  await connected(jane, customer);
  await jane.context.route('**/api/**', (route) => route.abort());
  await jane.notes.fill('Wants a quote');
  await expect(saved).toHaveText(en.console_notes_kept);
  await jane.tool(en.call_mute).click();
  await expect(jane.page.locator('.status')).toHaveText(en.state_muted);
  await customer.hearsSilence();
  await expect(jane.page.getByText(en.console_lost_server_call)).toBeVisible({ timeout: 30_000 });
  await test.step('the call ends, and the next page has the note still', async () => {
    await jane.tool(en.call_hang_up).click();
    await customer.is('idle');
    await jane.shows('wrap-up');
    await expect(saved).toHaveText(en.console_notes_kept);
  });
  await test.step('the server is back', async () => {
    await jane.context.unroute('**/api/**');
    await expect(saved).toHaveAttribute('data-saved', 'true', { timeout: 15_000 });
    await expect(jane.panel.locator('[role=alert]')).toHaveCount(0);
    await jane.page.reload();
    await expect(jane.notes).toHaveValue('Wants a quote');
  });
  await jane.ready();
});

test('where the buttons are fixed, they open what they are for from every view', async ({ jane, customer }) => {
  await jane.page.setViewportSize({ width: 390, height: 844 });
  await connected(jane, customer);
  for (const [button, opens] of [[en.call_keypad, '.keypad'], [en.console_transfer, '.pick'], [en.console_notes, '#notes']]) {
    await jane.page.locator('button[data-to=calls]').click();
    await expect(jane.root).toHaveAttribute('data-view', 'calls');
    await jane.tool(button).click();
    await expect(jane.page.locator(opens)).toBeInViewport();
  }
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('nothing arrives in a call: said in the card, and silence that arrives is no such thing', async ({ jane, customer }) => {
  const { page } = jane;
  await connected(jane, customer);
  await customer.voice('silence');
  const deaf = jane.panel.getByText(en.console_deaf);
  // Five seconds of silence, sent and received.
  await expect(page.locator('article.talking .timer')).toHaveText(/0:(0[5-9]|[1-5]\d)/, { timeout: 15_000 });
  await expect(deaf).toBeHidden();
  await arrives(page, false);
  await expect(deaf).toBeVisible(soon);
  await expect(page.locator('.quality')).toHaveAttribute('data-quality', 'poor');
  await arrives(page, true);
  await expect(deaf).toBeHidden(soon);
  await test.step('on hold nothing need arrive', async () => {
    await page.keyboard.press('Alt+H');
    await jane.is('hold');
    await arrives(page, false);
    await expect(page.locator('.status')).toContainText(/0:0[5-9]/, { timeout: 15_000 });
    await expect(deaf).toBeHidden();
    await arrives(page, true);
    await page.keyboard.press('Alt+H');
    await jane.is('talking');
  });
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('accepted, and the platform does not confirm it: said, not nothing', async ({ jane, customer, sandbox }) => {
  await customer.dial(jane_number);
  await jane.shows('offer');
  await sandbox.faults({ webhooks: { drop: true, only: ['answer', 'event', 'fallback'] } });
  await jane.page.keyboard.press('Enter');
  await expect(jane.panel.getByText(en.console_unconfirmed)).toBeVisible(soon);
  await expect(jane.page.locator('#accept')).toHaveAttribute('aria-busy', 'true');
  await sandbox.clearFaults();
  // The server asks the platform by itself.
  await jane.talks(45_000);
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('b8 the tab says what is going on', async ({ jane, customer, other }) => {
  const { page } = jane;
  const icon = page.locator('link[rel=icon]');
  const own = await page.title();
  await expect(icon).toHaveAttribute('href', '/favicon.svg');
  await page.evaluate(() => {
    const seen: [number, string][] = [];
    (window as any).__titles = seen;
    new MutationObserver(() => seen.push([Date.now(), document.title])).observe(document.querySelector('title')!, { childList: true });
  });
  await customer.dial(jane_number);
  await expect(page).toHaveTitle(pattern(en.console_tab_ringing));
  await expect(page).toHaveTitle(/\+44/);
  await expect(icon).toHaveAttribute('href', '/icon-ringing.svg');
  await jane.shows('offer');
  await page.keyboard.press('Enter');
  await jane.talks();
  await expect(page).toHaveTitle(/^● 0:0[3-9]/);
  await expect(icon).toHaveAttribute('href', '/icon-talking.svg');
  const talking = (await page.evaluate(() => (window as any).__titles as [number, string][])).filter(([, title]) => title.startsWith('●'));
  expect(talking.length).toBeGreaterThan(1);
  for (const [at, [when, title]] of talking.entries()) {
    if (at > 0) expect(when - talking[at - 1][0], `no flicker: ${title}`).toBeGreaterThan(900);
  }
  await test.step('somebody waits', async () => {
    await other.dial(jane_number);
    await expect(page).toHaveTitle(/^\(1\) ● /, { timeout: 20_000 });
    await other.hangup();
    await expect(page).toHaveTitle(/^● /);
  });
  await page.keyboard.press('Alt+H');
  await expect(page).toHaveTitle(pattern(en.console_tab_hold));
  await expect(icon).toHaveAttribute('href', '/icon-hold.svg');
  for (const file of ['ringing', 'talking', 'hold']) {
    expect((await page.request.get(`/icon-${file}.svg`)).headers()['content-type']).toContain('image/svg+xml');
  }
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await expect(page).toHaveTitle(own);
  await expect(icon).toHaveAttribute('href', '/favicon.svg');
  await jane.ready();
});

for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
  test(`b7 b9 Hang up and Mute stay where they are, ${viewport.width} px`, async ({ jane, customer }) => {
    const { page } = jane;
    const narrow = viewport.width < 768;
    await page.setViewportSize(viewport);
    await connected(jane, customer);
    const buttons = [jane.tool(en.call_hang_up), jane.tool(en.call_mute)];
    const where = () => Promise.all(buttons.map(async (button) => (await button.boundingBox())!));
    const in_sight = async () => {
      for (const button of buttons) await expect(button).toBeInViewport({ ratio: 1 });
    };
    // What is known about the caller has come; from here on nothing moves.
    await in_sight();
    const before = await where();
    await test.step('whatever is opened', async () => {
      for (const key of ['Alt+K', 'Alt+T', 'Alt+P']) {
        await page.keyboard.press(key);
        await expect(page.locator('#drawer > *').first()).toBeVisible();
        expect(await where(), key).toEqual(before);
        await page.keyboard.press('Escape');
        await expect(page.locator('#drawer > *')).toHaveCount(0);
      }
    });
    await test.step('below a long list, and the notes', async () => {
      // As long as a day makes it.
      await page.evaluate(() => {
        const list = document.querySelector('.work')!;
        for (let n = 0; n < 90; n++) list.append(Object.assign(document.createElement('p'), { textContent: 'One more call' }));
      });
      await page.mouse.move(narrow ? 200 : 700, 600);
      await page.mouse.wheel(0, 4_000);
      await in_sight();
      await jane.notes.scrollIntoViewIfNeeded();
      await in_sight();
      if (narrow) {
        await page.locator('.rail').getByRole('button', { name: en.calls_title }).click();
        await expect(page.locator('.work > p').last()).toBeVisible();
        await page.mouse.wheel(0, 8_000);
        await expect(page.locator('.work > p').last()).toBeInViewport();
        await in_sight();
        await page.locator('.rail').getByRole('button', { name: en.console_phone }).click();
      }
    });
    await test.step('the rail marks what is looked at, after the call too', async () => {
      await jane.tool(en.call_hang_up).click();
      await jane.shows('wrap-up');
      await jane.ready();
      await expect(page.locator('.rail [aria-current=true]:visible')).toHaveCount(1);
    });
  });
}

test('b9 the open keypad has the keys of the keyboard', async ({ jane, customer }) => {
  const { page } = jane;
  await connected(jane, customer);
  const keys = jane.panel.getByLabel(en.call_keys);
  await page.keyboard.press('Alt+K');
  await expect(keys).toBeVisible();
  await page.evaluate(() => {
    const lit: string[] = [];
    (window as any).__lit = lit;
    new MutationObserver((changes) => {
      for (const { target } of changes) if ((target as Element).hasAttribute('data-pressed')) lit.push(target.textContent!);
    }).observe(document.querySelector('#keypad')!, { subtree: true, attributes: true, attributeFilter: ['data-pressed'] });
  });
  for (const key of ['5', '#', '*', '0']) {
    await page.keyboard.press(key);
    await expect.poll(() => page.evaluate(() => (window as any).__lit.at(-1)), { message: `${key} looks pressed` }).toBe(key);
  }
  await expect(keys).toHaveText('5#*0');
  await test.step('with the focus on one of its keys, once', async () => {
    await jane.panel.getByRole('button', { name: '1', exact: true }).focus();
    await page.keyboard.press('7');
    await expect(keys).toHaveText('5#*07');
  });
  await test.step('who writes a note writes', async () => {
    await jane.notes.fill('');
    await jane.notes.pressSequentially('12 seats');
    await expect(jane.notes).toHaveValue('12 seats');
    await expect(keys).toHaveText('5#*07');
  });
  await page.keyboard.press('Escape');
  await expect(keys).toHaveCount(0);
  await jane.is('talking');
  await expect(jane.panel.getByRole('alert')).toHaveCount(0);
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('no hints of keys on a telephone', async ({ jane, customer }) => {
  await jane.page.setViewportSize({ width: 390, height: 844 });
  await customer.dial(jane_number);
  await jane.shows('offer');
  await expect(jane.page.locator('#accept')).toBeVisible();
  await expect(jane.page.locator('#accept kbd')).toBeHidden();
  await expect(jane.page.getByText(en.console_offer_keys)).toBeHidden();
  await customer.hangup();
  await jane.ready();
});

test('where the program has stopped, nobody is called ready', async ({ jane, quiet }) => {
  quiet.allow(/made by this test/);
  await jane.page.evaluate(() => {
    dispatchEvent(new ErrorEvent('error', { error: new WebAssembly.RuntimeError('made by this test') }));
  });
  await expect(jane.page.getByText(en.stopped_text)).toBeVisible();
  await expect(jane.page.locator('.pill .word')).toBeHidden();
  await expect(jane.page.locator('.pill')).toContainText(en.console_state_halted);
  await expect(jane.page.locator('.halted')).toBeVisible();
  await jane.page.reload();
  await jane.up();
  await jane.ready();
});
