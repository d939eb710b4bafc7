// Two visitors at once: each has a call of their own.

import { expectTone } from '../../support/audio';
import { expect, comesFrom, test } from '../../support/fixtures';
import { run } from '../../support/run';
import { Widget } from '../../support/widget';

test('two visitors at once do not hear or disturb each other', async ({ browser, quiet, sandbox }) => {
  const widgets: Widget[] = [];
  for (let visitor = 0; visitor < 2; visitor++) {
    const context = await browser.newContext({ baseURL: run.app, locale: 'en-GB' });
    await comesFrom(context);
    quiet.watch(context);
    widgets.push(new Widget(await context.newPage()));
  }
  const [first, second] = widgets;
  const desk = sandbox.phone('447700900000');

  await Promise.all(widgets.map((widget) => widget.open()));
  await first.callNow();
  await desk.is('ringing');
  await desk.answer({ tone: 1000 });
  await first.is('talking');

  // The desk has one phone and it is taken: the second visitor is told so, and the first goes on.
  await second.callNow();
  await second.is('busy');
  await expectTone(first.page, 1000);
  await first.hangUp();
  await first.is('ended');

  await desk.is('idle');
  await second.button('Call again').or(second.button('Try again')).click();
  await desk.is('ringing');
  await desk.answer({ tone: 1600 });
  await second.is('talking');
  await expectTone(second.page, 1600);
  await expect(first.box).toHaveAttribute('data-state', 'ended');
  await second.hangUp();
  for (const widget of widgets) await widget.page.context().close();
});
