// The session of an agent ends in a call, or they end it: the call is not cut off by that.

import AxeBuilder from '@axe-core/playwright';
import { expectTone } from '../support/audio';
import { Console } from '../support/console';
import { expect, test as base } from '../support/fixtures';
import { disableAgent, inviteAgent, signIn } from '../support/operator';
import { microphone } from '../support/run';
import type { Phone } from '../support/sandbox';
import { en, pattern } from '../support/words';

const jane_number = '442079460101';
const customer_number = '447700900557';

const test = base.extend<{ jane: Console; customer: Phone }>({
  jane: async ({ browser, quiet }, use) => {
    // What is asked without a session is answered so.
    quiet.allow(/401 \(Unauthorized\)/);
    const jane = await Console.open(browser, 'Jane', quiet.watch);
    await jane.ready();
    await use(jane);
    await jane.close();
  },
  customer: async ({ sandbox }, use) => {
    await sandbox.reset(customer_number);
    await use(sandbox.phone(customer_number));
    await sandbox.reset(customer_number);
  },
});

test.setTimeout(120_000);

async function connected(jane: Console, customer: Phone) {
  await customer.dial(jane_number);
  await jane.shows('offer');
  await jane.page.keyboard.press('Enter');
  await jane.talks();
  await customer.voice({ tone: 1000 });
  await expectTone(jane.page, 1000);
}

const panelOf = (agent: Console) => agent.page.locator('#session');

/** The cookie goes, and the next key that is typed into the notes finds it out. */
async function signedOut(agent: Console) {
  await agent.context.clearCookies();
  await agent.notes.press('End');
  await agent.page.keyboard.type('!');
  await expect(panelOf(agent)).toBeVisible({ timeout: 3_000 });
  await expect(agent.page).toHaveURL(/\/console$/);
}

test('a5 a call goes on without its session, and signing in goes on where it was', async ({ page, browser, customer, quiet }) => {
  quiet.allow(/401 \(Unauthorized\)/);
  const name = `Max-${Date.now()}`;
  const password = 'a password of many letters';
  await signIn(page);
  const agent = await Console.invited(browser, name, await inviteAgent(page, name), password, quiet.watch);
  const panel = panelOf(agent);
  const field = panel.getByLabel(en.login_password, { exact: true });
  await test.step('they talk', async () => {
    await agent.ready();
    await agent.dial(`+${customer_number}`);
    await customer.is('ringing');
    await customer.answer({ tone: 1000 });
    await agent.talks();
    await expectTone(agent.page, 1000);
    await customer.hears(microphone.hz, 1900);
    await agent.notes.fill('Wants twenty seats');
    await expect(agent.page.locator('.saved')).toHaveAttribute('data-saved', 'true');
  });
  await test.step('the panel comes, and the call goes on until the server has missed her', async () => {
    let refused = 0;
    agent.page.on('response', (response) => {
      const beat = response.request().postData()?.startsWith('{"heartbeat"');
      if (beat && response.url().endsWith('/api/console') && response.status() === 401) refused += 1;
    });
    await signedOut(agent);
    await expect(panel.getByRole('heading')).toHaveText(en.console_session_title);
    await expect(panel.getByRole('status')).toHaveText(en.console_session_call);
    await expect(panel.getByLabel(en.login_name, { exact: true })).toHaveValue(name);
    await expect(field).toBeFocused();
    await expect.poll(() => refused, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
    await customer.is('talking');
    await customer.hears(microphone.hz, 1900);
    await expectTone(agent.page, 1000);
  });
  await test.step('it can be used by keyboard, and Escape does not lose it', async () => {
    const { violations } = await new AxeBuilder({ page: agent.page }).include('#session').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);
    await agent.page.keyboard.press('Escape');
    await agent.page.keyboard.press('Escape');
    await expect(panel).toBeVisible();
    for (let presses = 0; presses < 8; presses += 1) {
      await agent.page.keyboard.press('Tab');
      const behind = await agent.page.evaluate(() => !!document.activeElement?.closest('.console main, .console header'));
      expect(behind, 'the focus stays in the panel').toBe(false);
    }
  });
  await test.step('muting works without the server', async () => {
    await panel.getByRole('button', { name: en.call_mute, exact: true }).click();
    await customer.hearsSilence();
    await panel.getByRole('button', { name: en.call_unmute, exact: true }).click();
    await customer.hears(microphone.hz, 1900);
  });
  await test.step('a wrong password is said in place', async () => {
    await field.fill('not my password at all');
    await field.press('Enter');
    await expect(panel.getByRole('alert')).toHaveText(en.console_session_wrong);
    await expect(field).toBeFocused();
    await expect(field).toHaveValue('');
    await customer.is('talking');
  });
  await test.step('signed in, everything is where it was', async () => {
    await field.fill(password);
    await field.press('Enter');
    await expect(panel).toBeHidden();
    await agent.is('talking');
    await agent.shows('call');
    await expect(agent.notes).toHaveValue('Wants twenty seats!');
    await expect(agent.page.locator('.saved')).toHaveAttribute('data-saved', 'true');
    await expectTone(agent.page, 1000);
    await customer.hears(microphone.hz, 1900);
  });
  await agent.tool(en.call_hang_up).click();
  await agent.shows('wrap-up');
  await customer.is('idle');
  await expect(agent.notes).toHaveValue('Wants twenty seats!');
  await agent.ready();
  await agent.close();
  await disableAgent(page, name);
});

test('a5 hanging up works while nobody is signed in, and the notes come after the sign-in', async ({ jane, customer }) => {
  await connected(jane, customer);
  await signedOut(jane);
  const panel = panelOf(jane);
  await panel.getByRole('button', { name: en.call_hang_up, exact: true }).click();
  await customer.is('idle');
  await expect(panel.getByRole('status')).toHaveText(en.console_session_ended);
  await panel.getByRole('button', { name: pattern(en.login_sandbox_as.replace('{name}', 'Jane')) }).click();
  await expect(panel).toBeHidden();
  await jane.shows('wrap-up');
  await expect(jane.notes).toHaveValue('!');
  await expect(jane.page.locator('.saved')).toHaveAttribute('data-saved', 'true');
  await jane.ready();
});

test('b11 signing out in a call asks what becomes of it', async ({ jane, customer, quiet }) => {
  // The server and the SDK both hang up, and the one that is later finds nothing any more.
  quiet.allow(/404/, /not-found/);
  await connected(jane, customer);
  const dialog = jane.page.locator('#leaving');
  const ask = async (label: string) => {
    await jane.page.locator('details.me').evaluate((menu: HTMLDetailsElement) => { menu.open = true; });
    await jane.page.locator('details.me').getByRole('button', { name: label, exact: true }).click();
    await expect(dialog).toBeVisible();
  };
  await ask(en.nav_sign_out);
  await dialog.getByRole('button', { name: en.leaving_stay, exact: true }).click();
  await expect(dialog).toBeHidden();
  await ask(en.nav_sign_out_everywhere);
  const kept = jane.page.waitForResponse((response) => response.url().endsWith('/api/sign-out-everywhere'));
  await dialog.getByRole('button', { name: en.leaving_keep_everywhere, exact: true }).click();
  expect((await kept).status()).toBe(200);
  await expect(jane.page.locator('[aria-live=polite]').first()).toHaveText(en.console_said_others_out);
  await jane.is('talking');
  await customer.is('talking');
  await expect(panelOf(jane), 'this browser is still signed in').toBeHidden();
  await ask(en.nav_sign_out);
  await dialog.getByRole('button', { name: en.leaving_end, exact: true }).click();
  await expect(jane.page).toHaveURL(/\/login\?signed-out/);
  await customer.is('idle');
});
