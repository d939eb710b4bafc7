// The sandbox's operator, by one click, in a language.

import type { Browser, BrowserContext, Page } from '@playwright/test';
import { run } from './run';
import { pattern, wordsIn, type Language } from './words';

type Quiet = { watch(context: BrowserContext): void };

/** How a browser of this language introduces itself. */
export const locale = (language: Language) => (language === 'en' ? 'en-GB' : language);

export async function somebody(browser: Browser, quiet: Quiet, language: Language, options: object = {}): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ baseURL: run.app, locale: locale(language), timezoneId: 'UTC', ...options });
  quiet.watch(context);
  return { context, page: await context.newPage() };
}

export async function olivia(browser: Browser, quiet: Quiet, language: Language) {
  const { context, page } = await somebody(browser, quiet, language);
  await page.goto('/login');
  await page.getByRole('button', { name: pattern(wordsIn[language].login_sandbox_as.replace('{name}', 'Olivia')) }).click();
  await page.waitForURL(/\/admin/);
  return { context, page };
}
