// The call widget of the support page, as a visitor uses it.

import { expect, type Page } from '@playwright/test';
import { keepPeers } from './audio';
import { en } from './words';

export type State = 'idle' | 'microphone' | 'denied' | 'connecting' | 'ringing' | 'talking' | 'reconnecting' | 'ended' | 'busy'
  | 'no-answer' | 'failed' | 'waiting' | 'message' | 'on-hold' | 'call-back';

export class Widget {
  constructor(readonly page: Page, private readonly words = en) {}

  get box() { return this.page.locator('[data-state]').first(); }
  button(name: string) { return this.page.getByRole('button', { name, exact: true }); }

  /** Opens the support page, ready to measure audio. */
  async open(path = '/') {
    await keepPeers(this.page);
    await this.page.goto(path);
    await this.is('idle');
  }

  /** Waits for a state. */
  async is(state: State, timeout = 20_000) {
    await expect(this.box).toHaveAttribute('data-state', state, { timeout });
  }

  callNow = () => this.button(this.words.call_now).click();
  startTest = () => this.button(this.words.audio_test_start).click();
  hangUp = () => this.button(this.words.call_hang_up).click();
}
