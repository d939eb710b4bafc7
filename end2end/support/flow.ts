// The text of a call flow: a text field where no script runs, an editor in its place where one does.

import { expect, type Locator, type Page } from '@playwright/test';
import { en } from './words';

export class FlowText {
  /** What somebody writes in, by its label. */
  readonly place: Locator;

  constructor(private readonly page: Page, private readonly script: boolean | undefined, words = en) {
    this.place = page.getByLabel(words.flows_text, { exact: true });
  }

  /** The editor is there; without a script there is nothing to wait for. */
  async ready() {
    if (this.script) await expect(this.page.locator('.cm-content')).toBeVisible();
  }

  /** What would be sent. */
  value() {
    return this.page.locator('#text').inputValue();
  }

  /** As somebody pastes it. Filling an editable element makes Chromium write styles into it, which the page's policy refuses. */
  async fill(text: string) {
    await this.ready();
    if (!this.script) return this.place.fill(text);
    await this.place.click();
    await this.page.keyboard.press('Control+a');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
    await expect.poll(() => this.value()).toBe(text);
  }
}
