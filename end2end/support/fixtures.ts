// What every test gets. Any console warning, console error or exception in any page of a test fails it, unless the
// test says beforehand that it expects it.

import { test as base, expect, type BrowserContext } from '@playwright/test';
import { numbers } from './run';
import { Sandbox, type Phone } from './sandbox';
import { Widget } from './widget';

let visitors = 0;
/** An address that nobody had before (TEST-NET-3 and its neighbours are for documentation): limits are per address. */
export function newAddress(): string {
  visitors += 1;
  return `198.51.${100 + (process.pid % 100)}.${visitors % 250}`;
}

/** The calls of this context come from an address of their own. Only the request that counts them says so: a header on
 *  every request would make the SDK's requests to the platform fail their CORS check. */
export async function comesFrom(context: BrowserContext, address = newAddress()) {
  await context.route('**/api/visits', (route) => route.continue({ headers: { ...route.request().headers(), 'x-forwarded-for': address } }));
}

type Fixtures = {
  sandbox: Sandbox;
  /** The phone that the support line rings. */
  desk: Phone;
  widget: Widget;
  /** Collects what a context's pages complain about; `allow` names what this test expects. */
  quiet: { watch(context: BrowserContext): void; allow(...patterns: RegExp[]): void };
};

export const test = base.extend<Fixtures>({
  context: async ({ context }, use) => {
    await comesFrom(context);
    await use(context);
  },

  quiet: [async ({ context }, use) => {
    const complaints: string[] = [];
    // Chromium's advice on a machine too slow to start the program within seconds of its arrival; nothing is wrong.
    const allowed: RegExp[] = [/was preloaded using link preload but not used within a few seconds/];
    const watch = (context: BrowserContext) => {
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => complaints.push(`exception: ${error.error().stack ?? error.error()}`));
    };
    watch(context);
    await use({ watch, allow: (...patterns) => allowed.push(...patterns) });
    expect(complaints.filter((complaint) => !allowed.some((pattern) => pattern.test(complaint))), 'the console is quiet').toEqual([]);
  }, { auto: true }],

  sandbox: async ({}, use) => {
    const sandbox = new Sandbox();
    await sandbox.reset(numbers.destination);
    await use(sandbox);
    await sandbox.reset(numbers.destination);
  },

  desk: async ({ sandbox }, use) => use(sandbox.phone(numbers.destination)),
  widget: async ({ page }, use) => use(new Widget(page)),
});

export { expect };
