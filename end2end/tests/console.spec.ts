// The agents' console: Jane and Joe, each in a browser of their own with the unmodified voice SDK, and simulated
// telephones. Audio is measured at both ends.

import AxeBuilder from '@axe-core/playwright';
import { expectTone, listen } from '../support/audio';
import { Console } from '../support/console';
import { expect, test as base } from '../support/fixtures';
import { signIn } from '../support/operator';
import { microphone } from '../support/run';
import type { Phone, Sandbox } from '../support/sandbox';
import { en, pattern } from '../support/words';

/** Jane's own number, which `serve` gives her in the sandbox. */
const jane_number = '442079460101';
const customer_number = '447700900555';
const other_number = '447700900556';

type Fixtures = { jane: Console; joe: Console; customer: Phone; other: Phone };

const test = base.extend<Fixtures>({
  jane: async ({ browser, quiet }, use) => {
    const jane = await Console.open(browser, 'Jane', quiet.watch);
    await jane.ready();
    await use(jane);
    await jane.close();
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

/** The customer calls Jane, who accepts by keyboard. */
async function connected(jane: Console, customer: Phone, hz = 1000) {
  await customer.dial(jane_number);
  await jane.shows('offer');
  await jane.page.keyboard.press('Enter');
  await jane.talks();
  await customer.voice({ tone: hz });
}

test('a call from ring to note, by keyboard', async ({ jane, customer }) => {
  const { page } = jane;
  await test.step('the card says who calls, and it can be accepted with Enter', async () => {
    await customer.dial(jane_number);
    await jane.shows('offer');
    await jane.is('ringing');
    await expect(jane.panel.getByRole('heading')).toContainText('+44');
    await expect(jane.panel).toContainText(pattern(en.console_rings));
    await expect(page.locator('[aria-live=assertive]')).toContainText(pattern(en.console_said_incoming));
    await expect(page.locator('#accept')).toBeFocused();
    await page.keyboard.press('Enter');
    await jane.talks();
    await jane.is('talking');
    await customer.is('talking');
  });
  await test.step('each hears the other', async () => {
    await customer.voice({ tone: 1000 });
    await expectTone(page, 1000);
    await customer.hears(microphone.hz, 1900);
  });
  await test.step('mute', async () => {
    await page.keyboard.press('Alt+M');
    await expect(jane.tool(en.call_unmute)).toHaveAttribute('aria-pressed', 'true');
    await expect(jane.panel).toContainText(en.state_muted);
    await customer.hearsSilence();
    await page.keyboard.press('Alt+M');
    await expect(jane.tool(en.call_mute)).toHaveAttribute('aria-pressed', 'false');
    await customer.hears(microphone.hz, 1900);
  });
  await test.step('hold: the customer hears music, and nobody hears the other', async () => {
    const places = () => Promise.all([en.call_keypad, en.console_transfer, en.console_add].map((label) => jane.tool(label).boundingBox()));
    const before = await places();
    await page.keyboard.press('Alt+H');
    await jane.is('hold');
    expect(await places(), 'each button stays where it is').toEqual(before);
    for (const label of [en.call_keypad, en.console_add]) await expect(jane.tool(label)).toBeDisabled();
    await jane.is('hold');
    await expect(page.locator('[aria-live=polite]').first()).toContainText(en.console_said_held);
    await expect.poll(async () => {
      const { rms, tones } = await customer.heard(microphone.hz);
      return rms > 0.005 && tones[microphone.hz] < rms / 2;
    }, { message: 'music, and not the agent', timeout: 10_000, intervals: [500] }).toBe(true);
    await expect.poll(async () => (await listen(page)).rms, { message: 'the agent hears nothing', timeout: 10_000 }).toBeLessThan(0.002);
    await page.keyboard.press('Alt+H');
    await jane.is('talking');
    await expectTone(page, 1000);
    await customer.hears(microphone.hz, 1900);
  });
  await test.step('keys', async () => {
    await page.keyboard.press('Alt+K');
    await jane.panel.getByRole('button', { name: '5', exact: true }).click();
    await expect(jane.panel.getByLabel(en.call_keys)).toHaveText('5');
    await expect(jane.panel.getByRole('alert')).toHaveCount(0);
    await page.keyboard.press('Escape');
  });
  await test.step('notes are saved by themselves', async () => {
    await page.keyboard.press('Alt+N');
    await page.keyboard.type('Wants twenty seats.');
    await expect(page.locator('.saved')).toHaveText(pattern(en.console_notes_saved));
  });
  await test.step('hanging up leads to wrap-up, and that to ready', async () => {
    await page.keyboard.press('Alt+X');
    await jane.shows('wrap-up');
    await customer.is('idle');
    await expect(jane.notes).toHaveValue('Wants twenty seats.');
    const before = await jane.panel.getByRole('timer').textContent();
    await jane.tool(en.console_wrap_up_more.replace('{seconds}', '30')).click();
    await expect.poll(async () => await jane.panel.getByRole('timer').textContent()).not.toBe(before);
    await page.locator('.notes .chip').first().click();
    await expect(page.locator('.saved')).toHaveAttribute('data-saved', 'true');
    await page.keyboard.press('Control+Enter');
    await jane.is('ready');
  });
  await test.step('and it is in the list, with its note', async () => {
    const newest = page.locator('.call-row').first();
    await expect(newest).toContainText(en.console_result_answered);
    await expect(newest).toContainText('Wants twenty seats.');
    await expect(newest).toContainText('Resolved');
  });
});

test('a disposition that is required is asked for at its field', async ({ jane, customer, page }) => {
  const require = async (required: boolean) => {
    await page.goto('/admin/console-settings/rules');
    await page.getByLabel(en.settings_required).setChecked(required);
    await page.getByRole('button', { name: en.settings_save, exact: true }).click();
    await expect(page.getByText(en.settings_saved)).toBeVisible();
  };
  await signIn(page);
  await require(true);
  try {
    await connected(jane, customer);
    await jane.tool(en.call_hang_up).click();
    await jane.shows('wrap-up');
    await expect(jane.panel).toContainText(en.console_wrap_up_required);
    await jane.tool(en.console_wrap_up_done).click();
    await expect(jane.page.locator('.notes').getByRole('alert')).toHaveText(en.console_refused_no_disposition);
    await jane.is('wrap-up');
    // What was chosen a moment before goes first.
    await jane.page.locator('.notes .chip').first().click();
    await jane.tool(en.console_wrap_up_done).click();
    await jane.is('ready');
  } finally {
    await require(false);
  }
});

test('a reload during a call: audio, clock and notes are back within five seconds', async ({ jane, customer }) => {
  const { page } = jane;
  await connected(jane, customer);
  await expectTone(page, 1000);
  await jane.notes.fill('Half a sentence');
  page.on('dialog', (dialog) => dialog.accept());
  await page.reload();
  await jane.talks(5_000);
  await expectTone(page, 1000);
  await customer.hears(microphone.hz, 1900);
  await expect(jane.notes).toHaveValue('Half a sentence');
  await expect(page.locator('article.talking .timer')).not.toHaveText('0:00');
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await customer.is('idle');
  await jane.ready();
});

test('two tabs are one telephone', async ({ jane, customer }) => {
  const second = await jane.context.newPage();
  await second.goto('/console');
  const follower = second.locator('.console');
  await expect(follower).toHaveAttribute('data-leads', 'false');
  await expect(second.getByText(en.console_follows)).toBeVisible();
  await customer.dial(jane_number);
  await expect(follower).toHaveAttribute('data-panel', 'offer');
  await test.step('accepted in one, heard in the other', async () => {
    await second.locator('#accept').click();
    await jane.talks();
    await expect(follower).toHaveAttribute('data-panel', 'call');
    await customer.voice({ tone: 1000 });
    await expectTone(jane.page, 1000);
  });
  await test.step('the first is closed: the second goes on with the call', async () => {
    await jane.page.close({ runBeforeUnload: false });
    await expect(follower).toHaveAttribute('data-leads', 'true');
    await expect(follower).toHaveAttribute('data-phone', 'up', { timeout: 15_000 });
    await customer.hears(microphone.hz, 1900);
  });
  await second.locator('#panel').getByRole('button', { name: en.call_hang_up, exact: true }).click();
  await expect(follower).toHaveAttribute('data-panel', 'wrap-up');
  await second.keyboard.press('Control+Enter');
  await expect(follower).toHaveAttribute('data-state', 'ready');
});

test('declined with Escape, Joe takes it', async ({ jane, joe, customer }) => {
  await customer.dial(jane_number);
  await jane.shows('offer');
  await jane.page.keyboard.press('Escape');
  await joe.shows('offer');
  await expect(jane.root).not.toHaveAttribute('data-panel', 'offer');
  await joe.page.locator('#accept').click();
  await joe.talks();
  await customer.hears(microphone.hz, 1900);
  await customer.hangup();
  await joe.shows('wrap-up');
  await joe.ready();
  await jane.ready();
});

test('Jane is away: Joe takes the call', async ({ jane, joe, customer }) => {
  await jane.choose('Lunch');
  await jane.is('away');
  await expect(joe.page.locator('.floor-pane')).toContainText('Lunch');
  await customer.dial(jane_number);
  await joe.shows('offer');
  await joe.page.locator('#accept').click();
  await joe.talks();
  await customer.hears(microphone.hz, 1900);
  await joe.tool(en.call_hang_up).click();
  await joe.shows('wrap-up');
  await joe.ready();
  await jane.ready();
});

test('a change asked for during a call waits for its end', async ({ jane, customer }) => {
  await connected(jane, customer);
  await jane.choose('Break');
  await expect(jane.page.locator('.pending')).toContainText('Break');
  await jane.is('talking');
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.page.keyboard.press('Control+Enter');
  await jane.is('away');
  await jane.ready();
});

test('Jane calls a telephone', async ({ jane, customer }) => {
  await jane.page.locator('#number').fill('+44 7700 900555');
  await expect(jane.page.locator('#number-check')).toHaveAttribute('data-good', 'true');
  await expect(jane.page.locator('#number-check')).toContainText('GB');
  await jane.panel.getByRole('button', { name: en.console_dial, exact: true }).click();
  await customer.is('ringing');
  await jane.shows('call');
  await customer.answer({ tone: 1300 });
  await jane.talks();
  await expectTone(jane.page, 1300);
  await customer.hears(microphone.hz, 1900);
  await customer.hangup();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('a number that is none is refused before it is called', async ({ jane }) => {
  await jane.page.locator('#number').fill('123');
  await expect(jane.page.locator('#number-check')).toHaveAttribute('data-good', 'false');
});

test('warm transfer: the caller hears music until Joe has them', async ({ jane, joe, customer, quiet }) => {
  // The SDK asks after the conversation that its leg was in a moment ago.
  quiet.allow(/404/, /conversation:error:not-found/);
  await connected(jane, customer);
  await jane.tool(en.console_transfer).click();
  await jane.tool(`${en.console_ask_first} Joe`).click();
  await joe.shows('offer');
  await expect(joe.panel).toContainText('Jane');
  await joe.page.locator('#accept').click();
  await expect(joe.tool(en.call_mute)).toBeVisible();
  for (const of_the_call of [en.console_hold, en.console_resume, en.console_transfer, en.console_add]) {
    await expect(joe.tool(of_the_call), 'it is not Joe’s call').toHaveCount(0);
  }
  await expect(jane.panel).toContainText(en.console_consult_talking.replace('{name}', 'Joe'), { timeout: 20_000 });
  await expectTone(joe.page, microphone.hz);
  await expect.poll(async () => {
    const { rms, tones } = await customer.heard(microphone.hz);
    return rms > 0.005 && tones[microphone.hz] < rms / 2;
  }, { message: 'the caller hears music and nothing of the two', timeout: 10_000, intervals: [500] }).toBe(true);
  await test.step('back to the caller', async () => {
    await jane.tool(en.console_back).click();
    await jane.talks();
    await expectTone(jane.page, 1000);
    await customer.hears(microphone.hz, 1900);
    await expect(joe.root).not.toHaveAttribute('data-panel', 'call', { timeout: 20_000 });
    await joe.ready();
  });
  await test.step('handed over', async () => {
    await jane.tool(en.console_transfer).click();
    await jane.tool(`${en.console_ask_first} Joe`).click();
    await joe.shows('offer');
    await joe.page.locator('#accept').click();
    await jane.panel.locator('.consult').getByRole('button', { name: en.console_complete, exact: true }).click();
    await jane.shows('wrap-up');
    await joe.talks();
    await expectTone(joe.page, 1000);
    await customer.hears(microphone.hz, 1900);
  });
  await joe.tool(en.call_hang_up).click();
  await customer.is('idle');
  await joe.ready();
  await jane.ready();
});

test('blind transfer to Joe', async ({ jane, joe, customer, quiet }) => {
  quiet.allow(/404/, /conversation:error:not-found/);
  await connected(jane, customer);
  await jane.tool(en.console_transfer).click();
  await jane.tool(`${en.console_hand_over} Joe`).click();
  await jane.shows('wrap-up');
  await joe.shows('offer');
  await joe.page.locator('#accept').click();
  await joe.talks();
  await expectTone(joe.page, 1000);
  await customer.hears(microphone.hz, 1900);
  await customer.hangup();
  await joe.shows('wrap-up');
  await joe.ready();
  await jane.ready();
});

test.describe('p1 calls that live in another region than the API host', () => {
  test.beforeEach(({ sandbox }) => sandbox.settle('eu-east'));
  test.afterEach(async ({ sandbox }) => {
    await sandbox.clearFaults();
    await sandbox.settle(undefined);
  });

  /** Where the platform said that the newest call from `number` lives. */
  async function region(sandbox: Sandbox, number: string): Promise<string> {
    const asked = (await sandbox.trace()).filter(({ kind, webhook, body }) => kind === 'webhook' && webhook === 'answer' && body?.from === number);
    return asked.at(-1)!.body.region_url;
  }

  test('p1 mute, hold, keys, transfer and hanging up reach them', async ({ jane, joe, customer, sandbox, quiet }) => {
    // The SDK asks after the conversation that its leg was in a moment ago.
    quiet.allow(/404/, /conversation:error:not-found/);
    await connected(jane, customer);
    expect(await region(sandbox, customer_number)).toBe(`${sandbox.url}/regions/eu-east`);
    await jane.tool(en.call_mute).click();
    await customer.hearsSilence();
    await jane.tool(en.call_unmute).click();
    await customer.hears(microphone.hz, 1900);
    await jane.tool(en.console_hold).click();
    await jane.is('hold');
    await expect.poll(async () => {
      const { rms, tones } = await customer.heard(microphone.hz);
      return rms > 0.005 && tones[microphone.hz] < rms / 2;
    }, { message: 'music, and not the agent', timeout: 10_000, intervals: [500] }).toBe(true);
    await jane.tool(en.console_resume).click();
    await jane.is('talking');
    await customer.hears(microphone.hz, 1900);
    await jane.tool(en.console_transfer).click();
    await jane.tool(`${en.console_hand_over} Joe`).click();
    await jane.shows('wrap-up');
    await joe.shows('offer');
    await joe.page.locator('#accept').click();
    await joe.talks();
    await expectTone(joe.page, 1000);
    await customer.hears(microphone.hz, 1900);
    await joe.tool(en.call_hang_up).click();
    await joe.shows('wrap-up');
    await customer.is('idle');
    await joe.ready();
    await jane.ready();
  });

  test('p1 where the platform knows of no call, the console says so and the call goes on', async ({ jane, customer, sandbox }) => {
    await connected(jane, customer);
    await sandbox.faults({ rest: { status: 404, times: true } });
    for (const button of [en.console_hold, en.call_mute]) {
      await jane.tool(button).click();
      await expect(jane.panel).toContainText(en.console_refused_unreached);
      await expect(jane.tool(button), 'nothing was done').toHaveAttribute('aria-pressed', 'false');
      await jane.is('talking');
    }
    await expectTone(jane.page, 1000);
    await customer.hears(microphone.hz, 1900);
    // The agent's own end is hung up by the SDK, and the call ends with it.
    await jane.tool(en.call_hang_up).click();
    await jane.shows('wrap-up');
    await customer.is('idle');
    await sandbox.clearFaults();
    await jane.ready();
  });
});

for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 860 }]) {
  test(`an idle console is no higher than a window of ${viewport.width} px`, async ({ jane }) => {
    await jane.page.setViewportSize(viewport);
    // The list of calls is as long as other tests made it.
    await jane.page.locator('.rail').getByRole('button', { name: en.console_voicemail }).click();
    await expect(jane.root).toHaveAttribute('data-view', 'voicemail');
    await expect(jane.page.locator('.sandbox-strip')).toBeVisible();
    const height = await jane.page.evaluate(() => document.documentElement.scrollHeight);
    expect(height).toBeLessThanOrEqual(viewport.height);
    // And no lower, so that what belongs at the bottom is there.
    const bottom = await jane.root.evaluate((element) => element.getBoundingClientRect().bottom);
    expect(bottom).toBe(viewport.height);
  });
}

test('a third party joins', async ({ jane, customer, other }) => {
  await connected(jane, customer);
  await jane.tool(en.console_add).click();
  await jane.page.locator('#other').fill(`+${other_number}`);
  await jane.panel.locator('.other').getByRole('button', { name: en.console_add_number, exact: true }).click();
  await other.is('ringing');
  await other.answer({ tone: 1600 });
  await customer.hears(1600, 1900);
  await other.hears(1000, 1900);
  await expect(jane.panel.locator('.party')).toHaveCount(2);
  await other.hangup();
  await expect(jane.panel.locator('.party')).toHaveCount(0);
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('a frozen page is found out, and nobody is offered to it', async ({ jane, joe, customer }) => {
  // Nothing of the page runs, as in a tab that sleeps; its sockets and its worker live on.
  const asleep = jane.page.evaluate(() => { for (const end = Date.now() + 50_000; Date.now() < end;); });
  await expect(joe.page.locator('.floor-pane')).toContainText(en.console_state_asleep, { timeout: 25_000 });
  await customer.dial(jane_number);
  await joe.shows('offer');
  await joe.page.locator('#accept').click();
  await joe.talks();
  await customer.hangup();
  await joe.ready();
  await asleep;
  await jane.is('ready', 30_000);
});

test('a missed call is called back', async ({ jane, customer }) => {
  await jane.choose('Meeting');
  await jane.is('away');
  await customer.dial(jane_number);
  await expect(jane.page.locator('.floor-pane .floor').first()).toContainText('+44', { timeout: 20_000 });
  await customer.hangup();
  await jane.page.getByRole('button', { name: en.console_calls_missed }).click();
  const missed = jane.page.locator('.call-row').first();
  await expect(missed).toContainText(en.console_result_abandoned);
  await jane.ready();
  await missed.getByRole('button', { name: pattern(en.console_call_back_to) }).click();
  await customer.is('ringing');
  await customer.answer({ tone: 1000 });
  await jane.talks();
  await expectTone(jane.page, 1000);
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await jane.ready();
});

test('the microphone test plays back what was said', async ({ jane }) => {
  await jane.button(en.console_sound).click();
  await jane.button(en.console_test_start).click();
  await expect(jane.page.getByText(en.console_test_speak)).toBeVisible();
  await expect.poll(async () => Number(await jane.page.locator('[data-pane=sound] .levels .bar').getAttribute('width'))).toBeGreaterThan(10);
  await expect(jane.page.getByText(en.console_test_done)).toBeVisible({ timeout: 15_000 });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${colorScheme}`, async ({ jane, customer }) => {
    const { page } = jane;
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const check = async (state: string) => {
      const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
      expect(violations.map(({ id, nodes }) => `${state} ${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
    };
    await check('idle');
    await customer.dial(jane_number);
    await jane.shows('offer');
    await check('offer');
    await page.keyboard.press('Enter');
    await jane.talks();
    await jane.tool(en.console_transfer).click();
    await check('call');
    await jane.tool(en.call_hang_up).click();
    await jane.shows('wrap-up');
    await check('wrap-up');
    await jane.ready();
  });
}
