// Consultations and conferences at two consoles: each sentence on them is held against what every party hears.

import AxeBuilder from '@axe-core/playwright';
import { expectTones } from '../support/audio';
import { Console } from '../support/console';
import { expect, test as base } from '../support/fixtures';
import { signIn } from '../support/operator';
import { microphone, run } from '../support/run';
import type { Phone } from '../support/sandbox';
import { en } from '../support/words';

const jane_number = '442079460101';
const customer_number = '447700900557';
const customer_hz = 1000;
/** Nobody says that. */
const nothing_hz = 1900;

type Fixtures = { jane: Console; joe: Console; customer: Phone };

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
});

test.setTimeout(180_000);

test.beforeEach(({ quiet }) => {
  // The SDK asks after the conversation that its leg was in a moment ago.
  quiet.allow(/404/, /conversation:error:not-found/);
});

const named = (text: string, name: string) => text.replace('{name}', name);
const status = (console: Console) => console.page.locator('article.talking .status');
const hearing = (console: Console) => console.panel.locator('.hearing');

/** The customer talks to Jane, who asks Joe. */
async function consulting(jane: Console, joe: Console, customer: Phone) {
  await customer.dial(jane_number);
  await jane.shows('offer');
  await jane.page.keyboard.press('Enter');
  await jane.talks();
  await customer.voice({ tone: customer_hz });
  await jane.tool(en.console_transfer).click();
  await jane.tool(`${en.console_ask_first} Joe`).click();
  await joe.shows('offer');
  await joe.page.locator('#accept').click();
  await joe.talks();
}

/** Music, and neither of the agents. */
async function hearsMusicOnly(customer: Phone) {
  await expect.poll(async () => {
    const { rms, tones } = await customer.heard(microphone.hz);
    return rms > 0.005 && tones[microphone.hz] < rms / 2;
  }, { message: 'the customer hears music only', timeout: 10_000, intervals: [500] }).toBe(true);
}

/** What both consoles say of a consultation, and what is so. */
async function theTwoTalk(jane: Console, joe: Console, customer: Phone) {
  await expect(jane.panel).toContainText(named(en.console_consult_talking, 'Joe'));
  await expect(joe.panel).toContainText(named(en.console_consult_asked, 'Jane'));
  for (const [console, other] of [[jane, 'Joe'], [joe, 'Jane']] as const) {
    await expect(console.panel).not.toContainText(named(en.console_consult_joined, other));
    await expect(status(console)).toHaveText(named(en.console_talking_to, other));
    await console.is('talking');
    await expect(console.page.locator('.pill')).toContainText(en.console_state_talking);
    await expect(console.page.locator('.floor-pane li[data-state=talking]')).toContainText(other);
    // Only the customer is on hold.
    await expect(console.panel.locator('.party[data-held=true]')).toHaveCount(1);
    await expect(console.panel.locator('.party[data-held=true]')).toContainText('+44');
    await expect(hearing(console).locator('li', { hasText: en.console_hearing_each_other })).toContainText(`${en.call_you} ⇄ ${other}`);
    await expect(hearing(console).locator('li', { hasText: en.console_hearing_music })).toContainText('+44');
  }
  await hearsMusicOnly(customer);
  await expectTones(jane.page, [microphone.hz], [customer_hz]);
  await expectTones(joe.page, [microphone.hz], [customer_hz]);
}

/** What both consoles say of a conference, and what is so. */
async function allTalk(jane: Console, joe: Console, customer: Phone) {
  for (const [console, other] of [[jane, 'Joe'], [joe, 'Jane']] as const) {
    await expect(console.panel).toContainText(named(en.console_consult_joined, other));
    await expect(console.panel).not.toContainText(named(en.console_consult_asked, other));
    await expect(status(console)).toHaveText(en.console_talking);
    await expect(hearing(console).locator('li')).toHaveCount(1);
    await expect(hearing(console)).toContainText(en.console_hearing_each_other);
    await expect(console.panel.locator('.party[data-held=true]')).toHaveCount(0);
  }
  await customer.hears(microphone.hz, nothing_hz);
  await expectTones(jane.page, [microphone.hz, customer_hz]);
  await expectTones(joe.page, [microphone.hz, customer_hz]);
}

test('a8 b10 both consoles say who hears whom, and it is so', async ({ jane, joe, customer }) => {
  await consulting(jane, joe, customer);
  await theTwoTalk(jane, joe, customer);
  await test.step('nothing else can be done there, by button or key', async () => {
    for (const console of [jane, joe]) {
      for (const absent of [en.console_hold, en.console_resume, en.console_transfer, en.console_add, en.call_keypad]) {
        await expect(console.tool(absent), absent).toHaveCount(0);
      }
      for (const key of ['Alt+H', 'Alt+T', 'Alt+P', 'Alt+K']) await console.page.keyboard.press(key);
      await expect(console.panel.locator('.drawer > *')).toHaveCount(0);
      await expect(console.panel.locator('[role=alert]')).toHaveCount(0);
    }
    await theTwoTalk(jane, joe, customer);
  });
  await test.step('all together', async () => {
    await jane.tool(en.console_join).click();
    await allTalk(jane, joe, customer);
    await expect(joe.tool(en.console_hold)).toHaveCount(0);
  });
  await test.step('hold is what it was', async () => {
    await jane.tool(en.console_hold).click();
    await theTwoTalk(jane, joe, customer);
    await jane.tool(en.console_join).click();
    await allTalk(jane, joe, customer);
  });
  await test.step('Joe mutes himself', async () => {
    await joe.tool(en.call_mute).click();
    await expect(status(joe)).toHaveText(en.state_muted);
    await expect(hearing(jane).locator('li', { hasText: en.console_hearing_muted })).toContainText('Joe');
    await expectTones(jane.page, [customer_hz], [microphone.hz]);
    await customer.hears(microphone.hz, nothing_hz);
  });
  await test.step('the one who was asked hangs up: Jane and the customer go on', async () => {
    await joe.tool(en.call_hang_up).click();
    await joe.shows('wrap-up');
    await expect(joe.page.locator('.call-row').first()).toContainText(en.console_result_running);
    await jane.talks();
    await expect(jane.panel.locator('.party')).toHaveCount(0);
    await customer.hears(microphone.hz, nothing_hz);
    await expectTones(jane.page, [customer_hz]);
  });
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await customer.is('idle');
  await jane.ready();
  await joe.ready();
});

test('a9 hanging up asks what it means, and leaving leaves the others together', async ({ jane, joe, customer }) => {
  await consulting(jane, joe, customer);
  const { page } = jane;
  const hangUp = page.locator('#hang-up');
  await test.step('the question is above the button, and the keyboard can answer or leave it', async () => {
    await expect(hangUp).toHaveAttribute('aria-expanded', 'false');
    const place = async () => {
      const box = (await hangUp.boundingBox())!;
      return [box.x, box.y, box.width, box.height].map(Math.round);
    };
    const before = await place();
    await hangUp.click();
    await expect(page.locator('#leave')).toBeFocused();
    await expect(jane.panel).toContainText(named(en.console_leave_text, 'Joe'));
    expect(await place(), 'the button stays where it is').toEqual(before);
    await expect(hangUp, 'and takes the question back').toHaveText(en.call_cancel);
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect(page.locator('#leave')).toHaveCount(0);
    await expect(hangUp).toBeFocused();
    await customer.is('talking');
  });
  await test.step('it fits a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(page.locator('.console'), 'the call is in sight').toHaveAttribute('data-view', 'phone');
    await page.keyboard.press('Alt+X');
    await expect(page.locator('#leave')).toBeFocused();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.setViewportSize({ width: 1280, height: 860 });
  });
  await test.step('Jane leaves: the call is Joe’s', async () => {
    await page.keyboard.press('Enter');
    await jane.shows('wrap-up');
    await expect(joe.panel.locator('.consult button, .notice')).toHaveCount(0);
    await joe.talks();
    await joe.is('talking');
    await expect(joe.tool(en.console_hold)).toBeVisible();
    await customer.hears(microphone.hz, nothing_hz);
    await expectTones(joe.page, [customer_hz]);
    for (const console of [jane, joe]) {
      await expect(console.page.locator('.call-row').first()).toContainText(en.console_result_running);
    }
  });
  await test.step('with two in the call one press ends it', async () => {
    await expect(joe.tool(en.call_hang_up)).not.toHaveAttribute('aria-expanded');
    await joe.tool(en.call_hang_up).click();
    await joe.shows('wrap-up');
    await customer.is('idle');
  });
  await jane.ready();
  await joe.ready();
  for (const console of [jane, joe]) {
    await expect(console.page.locator('.call-row').first()).toContainText(en.console_result_answered);
  }
});

test('a9 a conference is ended for all', async ({ jane, joe, customer }) => {
  await consulting(jane, joe, customer);
  await jane.tool(en.console_join).click();
  await allTalk(jane, joe, customer);
  await jane.tool(en.call_hang_up).click();
  await jane.tool(en.console_end_all).click();
  for (const console of [jane, joe]) await console.shows('wrap-up');
  await customer.is('idle');
  await jane.ready();
  await joe.ready();
});

test('a colleague declines: Jane is told so, is back with the caller, and the log has one call', async ({ jane, joe, customer, browser }) => {
  const { page } = jane;
  await customer.dial(jane_number);
  await jane.shows('offer');
  await page.keyboard.press('Enter');
  await jane.talks();
  await customer.voice({ tone: customer_hz });
  const where = () => jane.tool(en.call_hang_up).boundingBox();
  const before = await where();
  await jane.tool(en.console_transfer).click();
  expect(await where(), 'nothing that is opened moves Hang up').toEqual(before);
  await jane.tool(`${en.console_ask_first} Joe`).click();
  await joe.shows('offer');
  await expect(status(jane)).toHaveText(en.state_ringing);
  await expect(jane.panel.locator('.party')).toHaveCount(2);
  await expect(jane.tool(en.console_back)).toBeVisible();
  await expect(jane.tool(en.console_complete)).toHaveCount(0);
  expect(await where(), 'nor does a consultation').toEqual(before);
  await joe.tool(en.console_decline).click();
  await joe.shows('idle');
  const told = named(en.console_declined, 'Joe');
  await expect(jane.panel.getByRole('alert')).toHaveText(`${told} ${en.console_said_back}`);
  await expect(page.locator('.console > [role=alert]')).toContainText(en.console_said_back);
  await expect(status(jane)).toHaveText(en.console_talking);
  await expect(jane.panel.locator('.party')).toHaveCount(0);
  await expectTones(page, [customer_hz]);
  await jane.tool(en.call_hang_up).click();
  await jane.shows('wrap-up');
  await customer.is('idle');
  for (const console of [jane, joe]) await console.ready();
  await expect(page.locator('.call-row').first()).toContainText(en.console_result_answered);
  await test.step('the log', async () => {
    const operator = await browser.newContext({ baseURL: run.app, locale: 'en-GB' });
    const log = await operator.newPage();
    await signIn(log);
    const newest = log.locator('tbody tr');
    await expect(newest.nth(0)).toContainText(en.phase_answered);
    for (const row of [0, 1]) await expect(newest.nth(row)).not.toContainText('Joe');
    await operator.close();
  });
});
