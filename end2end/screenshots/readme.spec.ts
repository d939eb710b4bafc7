// The pictures of the README: the product as it is, in a call.

import type { Page } from '@playwright/test';
import { comesFrom, expect, test } from '../support/fixtures';
import { signIn } from '../support/operator';
import { picture } from '../support/pictures';
import { numbers, run } from '../support/run';
import { Widget } from '../support/widget';
import { en } from '../support/words';

const shot = (page: Page, name: string) => page.screenshot({ path: picture(name), animations: 'disabled' });

test.use({ viewport: { width: 1100, height: 760 } });

test('pictures', async ({ page, browser, quiet, desk, sandbox }) => {
  test.setTimeout(120_000);
  quiet.allow(/./);
  const fresh = async (options: object = {}) => {
    const context = await browser.newContext({ baseURL: run.app, locale: 'en-GB', viewport: { width: 1100, height: 760 }, ...options });
    await comesFrom(context);
    return context.newPage();
  };

  const widget = new Widget(page);
  await widget.open();
  await shot(page, 'support');

  // The handset page as a person sees it, open before the call so that it shows all of it.
  const handsets = await fresh({ viewport: { width: 1280, height: 900 } });
  await handsets.goto(sandbox.url);

  await widget.callNow();
  await desk.is('ringing');
  await desk.answer({ tone: 440 });
  await widget.is('talking');
  await expect(page.getByRole('timer')).toHaveText(/0:1[2-9]/, { timeout: 30_000 });
  await shot(page, 'support-talking');
  await shot(handsets, 'handsets');
  await widget.hangUp();
  await widget.is('ended');

  const missed = new Widget(await fresh());
  await missed.open();
  await missed.callNow();
  await desk.is('ringing');
  await desk.reject('busy');
  await missed.is('busy');

  const operator = await fresh();
  await signIn(operator);
  await shot(operator, 'call-log');
  await operator.getByRole('table').getByRole('row').nth(2).getByRole('link').first().click();
  await operator.getByText(en.call_timeline).waitFor();
  await shot(operator, 'call-timeline');

  const chinese = new Widget(await fresh({ locale: 'zh-CN', colorScheme: 'dark' }));
  await chinese.open();
  await shot(chinese.page, 'support-zh-dark');
  await sandbox.reset(numbers.destination);
});
