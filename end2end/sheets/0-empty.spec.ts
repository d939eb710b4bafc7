// Before anything happened: what an operator finds on the first day.

import { Camera, empty } from '../support/camera';
import { test } from '../support/fixtures';
import { olivia } from '../support/olivia';
import { languages } from '../support/words';

test('nothing happened yet', async ({ browser, quiet }) => {
  empty();
  await Promise.all(languages.map(async (language) => {
    const { page, context } = await olivia(browser, quiet, language);
    const camera = new Camera(language);
    for (const [name, path] of [
      ['calls', '/admin/calls'], ['private calls', '/admin/private-calls'], ['tracking', '/admin/tracking'],
      ['tracked calls', '/admin/tracking/calls'], ['webhooks', '/admin/tracking/webhooks'], ['campaigns', '/admin/campaigns'],
      ['flows', '/admin/flows'], ['events', '/admin/events?text=nothing-has-this-in-it'], ['sdk', '/admin/sdk'],
    ]) {
      await page.goto(path);
      await camera.shot(page, 'empty', name);
    }
    await context.close();
  }));
});
