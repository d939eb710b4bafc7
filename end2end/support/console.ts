// An agent's console, as an agent uses it, in a browser of its own.

import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { keepPeers } from './audio';
import type { Beside } from './beside';
import { run } from './run';
import { en, pattern, wordsIn, type Language } from './words';

export type Panel = 'idle' | 'offer' | 'call' | 'wrap-up';

export class Console {
  private constructor(readonly context: BrowserContext, readonly page: Page, readonly name: string, readonly words = en) {}

  /** Signs in with the sandbox's one click, in a new browser context. */
  static async open(browser: Browser, name: 'Jane' | 'Joe', watch: (context: BrowserContext) => void | Promise<void> = () => {}, app = run.app, language: Language = 'en'): Promise<Console> {
    const context = await browser.newContext({ baseURL: app, locale: language === 'en' ? 'en-GB' : language, timezoneId: 'UTC' });
    await watch(context);
    const page = await context.newPage();
    await keepPeers(page);
    await page.goto('/login?next=/console');
    await page.getByRole('button', { name: pattern(wordsIn[language].login_sandbox_as.replace('{name}', name)) }).click();
    const console = new Console(context, page, name, wordsIn[language]);
    await console.up();
    return console;
  }

  /** At a server of the test's own, whose agents have passwords. */
  static async openAt(beside: Beside, browser: Browser, name: string, watch: (context: BrowserContext) => void): Promise<Console> {
    const context = await browser.newContext({ baseURL: beside.url, locale: 'en-GB', timezoneId: 'UTC' });
    watch(context);
    await beside.signIn(context, name);
    const page = await context.newPage();
    await keepPeers(page);
    await page.goto('/console');
    const console = new Console(context, page, name);
    await console.up();
    return console;
  }

  /** Takes an invitation, in a new browser context. */
  static async invited(browser: Browser, name: string, link: string, password: string, watch: (context: BrowserContext) => void): Promise<Console> {
    const context = await browser.newContext({ baseURL: run.app, locale: 'en-GB', timezoneId: 'UTC' });
    watch(context);
    const page = await context.newPage();
    await keepPeers(page);
    await page.goto(link);
    for (const label of [en.password_new, en.password_repeat]) await page.getByLabel(label, { exact: true }).fill(password);
    await page.getByRole('button', { name: en.invitation_submit, exact: true }).click();
    const console = new Console(context, page, name);
    await console.up();
    return console;
  }

  get root() { return this.page.locator('.console'); }
  get panel() { return this.page.locator('#panel'); }
  get notes() { return this.page.locator('#notes'); }
  button(name: string) { return this.page.getByRole('button', { name, exact: true }); }
  /** A button of the call's panel. */
  tool(name: string) { return this.panel.getByRole('button', { name, exact: true }); }

  /** Waits until the softphone has its session. */
  up = (timeout = 30_000) => expect(this.root).toHaveAttribute('data-phone', 'up', { timeout });
  /** Waits for the agent's state. */
  is = (state: string, timeout = 20_000) => expect(this.root).toHaveAttribute('data-state', state, { timeout });
  shows = (panel: Panel, timeout = 20_000) => expect(this.root).toHaveAttribute('data-panel', panel, { timeout });
  /** Waits until both sides of a call can talk. */
  async talks(timeout = 20_000) {
    await this.shows('call', timeout);
    await expect(this.page.locator('article.talking')).toHaveAttribute('data-stage', 'talking', { timeout });
    await expect(this.page.getByText(this.words.console_no_audio)).toBeHidden({ timeout });
  }

  /** Whatever a test left behind, the agent ends ready. */
  async ready() {
    const hangUp = this.button(this.words.call_hang_up);
    // The other side may be faster.
    if (await hangUp.isVisible()) {
      await hangUp.click({ timeout: 2_000 }).catch(() => undefined);
      // With others in the call it asks.
      await this.button(this.words.console_end_all).click({ timeout: 500 }).catch(() => undefined);
    }
    await expect(async () => {
      if (await this.root.getAttribute('data-panel') === 'wrap-up') await this.panel.getByRole('button', { name: pattern(this.words.console_wrap_up_done) }).click();
      if (await this.root.getAttribute('data-state') !== 'ready') {
        await this.page.locator('.pill').click();
        await this.page.locator('#states').getByRole('button', { name: this.words.console_state_ready, exact: true }).click();
      }
      await this.is('ready', 1_000);
    }).toPass({ timeout: 20_000 });
  }

  /** Chooses a state. */
  async choose(state: string) {
    await this.page.locator('.pill').click();
    await this.page.locator('#states').getByRole('button', { name: state, exact: true }).click();
  }

  dial = async (number: string) => {
    await this.page.locator('#number').fill(number);
    await this.panel.getByRole('button', { name: this.words.console_dial, exact: true }).click();
  };

  close = () => this.context.close();
}
