// Pages that stay true while they are open: what happens shows without a reload, and what the reader typed, opened or has
// in focus stays. Also here: numbers as people write them in a call, and messages with and without a voice.

import { execFileSync } from 'node:child_process';
import type { Page } from '@playwright/test';
import { Console } from '../support/console';
import { expect, test } from '../support/fixtures';
import { signIn, sure } from '../support/operator';
import { numbers, run } from '../support/run';
import type { Phone } from '../support/sandbox';
import { en, pattern } from '../support/words';

const caller = '447700900561';
const shown = '+44 7700 900561';
const other = '447700900562';
/** Jane's own number, which `serve` gives her in the sandbox. */
const jane_number = '442079460101';

/** The document is the same from now on: a page that is loaded again has another one. */
async function stays(page: Page) {
  await page.evaluate(() => { document.documentElement.dataset.same = 'yes'; });
  return () => expect(page.locator('html')).toHaveAttribute('data-same', 'yes');
}

const live = (page: Page) => expect(page.locator('.live')).toHaveText(en.calls_live);
const said = async (phone: Phone) => (await phone.view()).said.map(({ text }) => text).join(' ');

let key: string;
async function api(path: string, body: unknown) {
  const response = await fetch(run.app + path, {
    method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: JSON.stringify(body),
  });
  expect(response.ok, await response.clone().text()).toBe(true);
  return response.json();
}

test.beforeAll(() => {
  const made = execFileSync(run.program, ['api-key', 'create', '--name', 'live pages'], { env: { ...process.env, ...run.env }, encoding: 'utf8' });
  key = made.trim().split(/\s+/).at(-1)!;
});

test.beforeEach(({ sandbox }) => sandbox.reset(caller, other));
test.afterEach(({ sandbox }) => sandbox.reset(caller, other));

test.describe('b3 pages about one thing are live', () => {
  test('a call: its state, its end and its events, with what was opened open', async ({ page, sandbox, desk }) => {
    await signIn(page);
    const phone = sandbox.phone(caller);
    await phone.dial(numbers.support);
    await desk.is('ringing');
    await page.goto('/admin/calls');
    await page.locator('tbody tr').filter({ hasText: shown }).first().getByRole('link').first().click();
    await live(page);
    const same = await stays(page);
    const first = page.getByRole('link', { name: en.call_webhooks_show, exact: true });
    await first.focus();
    const before = await page.locator('.timeline > li').count();
    const state = page.locator('.page-head .state');
    await desk.answer();
    await expect(state).toHaveText(en.phase_talking);
    await expect.poll(() => page.locator('.timeline > li').count()).toBeGreaterThan(before);
    await phone.hangup();
    await expect(state).toHaveText(en.phase_answered);
    const ended = page.locator('.facts > div').filter({ has: page.locator('dt', { hasText: pattern(en.call_ended) }) });
    await expect(ended.first().locator('time')).toBeVisible();
    await expect(page.locator('.timeline')).toContainText(en.event_completed);
    await expect(first).toBeFocused();
    await same();
  });

  test('the list of calls: a new call is on top, and the search that is being typed stays', async ({ page, sandbox, desk }) => {
    await signIn(page);
    await live(page);
    const same = await stays(page);
    const search = page.getByRole('searchbox');
    await search.pressSequentially('+44 77');
    const phone = sandbox.phone(caller);
    await phone.dial(numbers.support);
    await desk.is('ringing');
    await expect(page.locator('tbody tr').first()).toContainText(shown);
    await expect(page.locator('tbody tr').first()).toContainText(en.phase_ringing);
    await phone.hangup();
    await desk.is('idle');
    await expect(page.locator('tbody tr').first()).not.toContainText(en.phase_ringing);
    await expect(search).toHaveValue('+44 77');
    await expect(search).toBeFocused();
    await same();
  });

  test('a private conversation: each attempt, and its end', async ({ page, sandbox }) => {
    await signIn(page);
    const { id, participants } = await api('/api/private-conversations', {
      participants: [{ number: caller }, { number: other }], notify: false, expires_in: 600,
    });
    await page.goto(`/admin/private-calls/${id}`);
    await live(page);
    const same = await stays(page);
    await expect(page.getByText(en.private_tried_nothing)).toBeVisible();
    const [one, two] = [sandbox.phone(caller), sandbox.phone(other)];
    await one.dial(participants[0].dials);
    await two.is('ringing');
    await expect(page.getByRole('cell', { name: en.private_outcome_connected })).toBeVisible();
    await one.hangup();
    await two.is('idle');
    const closed = await fetch(`${run.app}/api/private-conversations/${id}`, { method: 'DELETE', headers: { authorization: `Bearer ${key}` } });
    expect(closed.ok).toBe(true);
    await expect(page.locator('.page-head')).toContainText(en.private_is_closed);
    await same();
  });

  test('a campaign: its numbers, with what is typed into its form', async ({ page }) => {
    await signIn(page);
    const campaign = await api('/api/campaigns', {
      name: 'Live pages', source: 'live', medium: 'test', destination: '07700 900000', country: 'GB',
    });
    await page.goto(`/admin/campaigns/${campaign.id}`);
    await live(page);
    const same = await stays(page);
    const whisper = page.locator('input[name=whisper]');
    await whisper.fill('Half a sen');
    const row = page.locator('section:has(#numbers) [data-live] tbody tr').first();
    await expect(row.locator('time')).toHaveCount(1);
    // Somebody else takes the number away.
    const second = await page.context().newPage();
    await second.goto(`/admin/campaigns/${campaign.id}`);
    await second.getByRole('button', { name: en.tracking_take, exact: true }).click();
    await sure(second, en.tracking_take);
    await expect(second.getByRole('button', { name: en.tracking_take, exact: true })).toHaveCount(0);
    await expect(row.locator('time')).toHaveCount(2);
    await expect(whisper).toHaveValue('Half a sen');
    await expect(whisper).toBeFocused();
    await same();
  });
});

/** Jane, ready, in a browser of her own. */
async function withJane(use: (jane: Console) => Promise<void>, open: Promise<Console>) {
  const jane = await open;
  await jane.ready();
  await use(jane);
  await jane.close();
}

test.describe('b5 a number in a call, as people write it', () => {
  test('one that cannot be stays where it was typed, with the reason; one in national form is called', async ({ browser, quiet, sandbox }) => {
    test.setTimeout(120_000);
    await withJane(async (jane) => {
      const customer = sandbox.phone(caller);
      await customer.dial(jane_number);
      await jane.shows('offer');
      await jane.page.keyboard.press('Enter');
      await jane.talks();
      await jane.tool(en.console_transfer).click();
      const field = jane.page.locator('#other');
      const handOver = jane.panel.locator('.other').getByRole('button', { name: en.console_hand_over, exact: true });
      await field.fill('07700 9005');
      const why = pattern(en.console_refused_incomplete);
      await expect(jane.page.getByText(why)).toHaveCount(1);
      await expect(jane.page.locator('#why-other')).toHaveText(why);
      await expect(field).toHaveValue('07700 9005');
      await expect(handOver).toBeDisabled();
      await expect(field).toHaveAttribute('aria-describedby', 'why-other');
      await field.fill('07700 900562');
      await expect(jane.page.locator('#why-other')).toHaveCount(0);
      await handOver.click();
      const third = sandbox.phone(other);
      await third.is('ringing');
      await expect(field).toHaveCount(0);
      await third.answer({ tone: 1600 });
      await customer.hears(1600, 1900);
      await customer.hangup();
      await third.is('idle');
      await jane.ready();
    }, Console.open(browser, 'Jane', quiet.watch));
  });
});

test.describe('b15 messages', () => {
  /** The caller is told that nobody is there, and chooses to leave a message. */
  async function leavesMessage(phone: Phone, voice: boolean) {
    await phone.dial(jane_number);
    await expect.poll(() => said(phone), { timeout: 30_000 }).toContain('All our agents are busy');
    await phone.dtmf('1');
    await expect.poll(() => said(phone), { timeout: 30_000 }).toContain('leave your message');
    if (voice) await phone.voice({ tone: 700 });
    // What is recorded is recorded in real time: the sentence, the tone, and some seconds.
    await phone.view();
    const began = Date.now();
    await expect.poll(() => Date.now() - began, { timeout: 15_000, intervals: [500] }).toBeGreaterThan(9_000);
    // The platform ends a recording of silence by itself.
    if (voice) await phone.hangup();
    await phone.is('idle');
  }

  test('one with a voice is played, marked and deleted; a silent one is a missed call', async ({ browser, quiet, sandbox }) => {
    test.setTimeout(180_000);
    await withJane(async (jane) => {
      await jane.choose(en.console_state_offline);
      await jane.is('offline');
      await jane.page.locator('.rail').getByRole('button', { name: en.console_voicemail }).click();
      const rows = jane.page.locator('.call-row.message').filter({ hasText: shown });
      const before = await rows.count();
      const phone = sandbox.phone(caller);

      await test.step('a message is listed and counted', async () => {
        await leavesMessage(phone, true);
        await expect(rows).toHaveCount(before + 1, { timeout: 30_000 });
        await expect(rows.first()).toHaveAttribute('data-unseen', 'true');
      });

      await test.step('it is played by its own button, and is heard then', async () => {
        const player = rows.first().locator('.player');
        await player.getByRole('button', { name: pattern(en.player_play) }).click();
        await expect(player).toHaveAttribute('data-playing', 'true');
        await expect(rows.first()).toHaveAttribute('data-unseen', 'false');
        await expect(player.getByRole('slider')).not.toHaveValue('0');
        await player.getByRole('button', { name: pattern(en.player_pause) }).click();
        await expect(player).toHaveAttribute('data-playing', 'false');
      });

      await test.step('it has a picture, can be jumped in by the keyboard, and is heard faster from then on', async () => {
        const player = rows.first().locator('.player');
        const slider = player.getByRole('slider');
        // What the caller says is a tone, so all bars are as high; those of an unknown sound are flat, 1.06.
        const tallest = () => player.locator('.wave path').evaluateAll((paths) =>
          Math.max(...paths.flatMap((path) => [...path.getAttribute('d')!.matchAll(/V([\d.]+)/g)].map(([, end]) => Number(end)))));
        await expect.poll(tallest, { message: 'bars that are not flat' }).toBeGreaterThan(1.1);
        await slider.focus();
        await jane.page.keyboard.press('Home');
        await jane.page.keyboard.press('ArrowRight');
        await expect(slider).not.toHaveValue('0');
        const speed = player.getByRole('button', { name: en.player_speed.replace('{rate}', '1×'), exact: true });
        await speed.click();
        await expect(player.getByRole('button', { name: en.player_speed.replace('{rate}', '1.25×'), exact: true })).toBeVisible();
        expect(await jane.page.evaluate(() => localStorage.getItem('switchboard.speed'))).toBe('1.25');
        await expect(rows.first()).toContainText(en.console_voicemail_was_heard);
      });

      await test.step('it is deleted after a question, which can be taken back', async () => {
        await rows.first().locator('.doings summary').click();
        await rows.first().getByRole('button', { name: en.call_cancel, exact: true }).click();
        await expect(rows.first().locator('.doings details')).not.toHaveAttribute('open');
        await rows.first().locator('.doings summary').click();
        await rows.first().getByRole('button', { name: en.console_voicemail_delete_submit, exact: true }).click();
        await expect(rows).toHaveCount(before);
      });

      await test.step('where nothing was said there is no message, and a missed call', async () => {
        // What it was told is forgotten.
        await sandbox.reset(caller);
        await leavesMessage(phone, false);
        await jane.page.locator('.rail').getByRole('button', { name: en.calls_title }).click();
        const pane = jane.page.locator('[data-pane=calls]');
        await pane.getByRole('button', { name: pattern(en.console_calls_missed) }).click();
        const newest = pane.locator('.call-row').first();
        await expect(newest).toContainText(shown, { timeout: 30_000 });
        await expect(newest).toHaveAttribute('data-result', 'abandoned', { timeout: 30_000 });
        await expect(rows).toHaveCount(before);
      });
      await jane.ready();
    }, Console.open(browser, 'Jane', quiet.watch));
  });
});
