// Call tracking as it is used: a page of a shop, a visitor whom an advertisement brought, a telephone, and the chart.

import { execFileSync } from 'node:child_process';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '../support/fixtures';
import { menu, signIn } from '../support/operator';
import { run } from '../support/run';
import { en, pattern } from '../support/words';

const desk = '447700900000';
const customer = '447700900123';

/** A shop's page with the script on it, on an origin of its own. */
async function shop(number: string): Promise<{ url: string; close: () => void }> {
  const page = `<!DOCTYPE html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body>
    <p id="call">Call us: <a id="link" href="tel:+442079460000">+44 20 7946 0000</a></p>
    <p id="national">or <b>020 7946 0000</b> from here</p>
    <p data-noswap id="kept">Our office: <a href="tel:+442079460000">+44 20 7946 0000</a></p>
    <p id="other">Fax: +44 20 7946 00001 and order 2079460000123</p>
    <div id="view"></div>
    <script async src="${run.app}/track.js" data-number="${number}"></script></body></html>`;
  const server = http.createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => { server.closeAllConnections(); server.close(); } };
}

let key: string;
let campaign: { id: string; numbers: string[] };

async function api(path: string, body?: unknown) {
  const response = await fetch(run.app + path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}` },
    body: body ? JSON.stringify(body) : undefined,
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

test.beforeAll(async () => {
  const env = { ...process.env, DATABASE_URL: run.env.DATABASE_URL, DATA_DIR: run.env.DATA_DIR };
  const said = execFileSync(run.program, ['api-key', 'create', '--name', 'end2end'], { encoding: 'utf8', env, cwd: run.folder });
  key = said.trim().split(/\s+/).pop()!;
  campaign = await api('/api/campaigns', {
    name: 'Spring Ads', source: 'spring', medium: 'email', destination: desk, whisper: 'Call from Spring Ads', country: 'GB',
  });
});

test('a visitor whom a campaign brought sees its number, calls it, and is in the chart', async ({ page, sandbox }) => {
  const site = await shop('+44 20 7946 0000');
  const [number] = campaign.numbers;
  await page.goto(`${site.url}/?utm_source=spring&utm_medium=email`);
  await expect(page.locator('#link')).toHaveAttribute('href', `tel:+${number}`);
  const shown = (await page.locator('#link').textContent())!;
  expect(shown.replace(/\D/g, '')).toBe(number);
  await expect(page.locator('#kept')).toContainText('+44 20 7946 0000');
  await expect(page.locator('#kept a')).toHaveAttribute('href', 'tel:+442079460000');
  await expect(page.locator('#other')).toHaveText('Fax: +44 20 7946 00001 and order 2079460000123');
  expect((await page.locator('#national').textContent())!.replace(/\D/g, '')).toMatch(new RegExp(`(0${number.slice(2)}|${number})$`));

  // What the page shows later is swapped too, and it stays for the visit.
  await page.evaluate(() => {
    history.pushState({}, '', '/contact');
    document.getElementById('view')!.innerHTML = '<a id="late" href="tel:+442079460000">+44 (0)20 7946 0000 / +44 20 7946 0000</a>';
  });
  await expect(page.locator('#late')).toHaveAttribute('href', `tel:+${number}`);
  await page.goto(`${site.url}/about`);
  await expect(page.locator('#link')).toHaveAttribute('href', `tel:+${number}`);
  site.close();

  // The customer dials what is on the screen; who answers hears the whisper first.
  const caller = sandbox.phone(customer);
  const answering = sandbox.phone(desk);
  await caller.dial(number);
  await answering.is('ringing');
  expect((await answering.view()).caller).toBe(number);
  await answering.answer();
  await expect.poll(async () => (await answering.view()).said.map((said) => said.text), { timeout: 15_000 }).toContain('Call from Spring Ads');
  await caller.is('talking');
  await new Promise((done) => setTimeout(done, 3_500)); // shorter calls are taken for no calls
  await caller.hangup();
  await answering.is('idle');
  await expect.poll(async () => (await api('/api/calls')).calls.map((call: any) => call.outcome)).toEqual(['answered']);

  await signIn(page);
  await page.goto('/admin/tracking');
  await expect(page.getByRole('heading', { name: en.tracking_title, level: 1 })).toBeVisible();
  const bar = page.getByRole('link', { name: /1 calls, 1 answered, 0 not/ }).first();
  await bar.focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/admin\/tracking\/calls\?/);
  await expect(page.getByRole('cell', { name: '+44 7700 900123' }).first()).toBeVisible();
  await expect(page.getByRole('cell', { name: /Spring Ads/ })).toBeVisible();

  // Out of the chart as spam, and back.
  await menu(page.locator('tbody tr').first(), en.tracking_is_spam);
  await expect(page.getByRole('heading', { name: en.tracking_quiet })).toBeVisible();
  await page.goto('/admin/tracking/calls?spam=only');
  await menu(page.locator('tbody tr').first(), en.tracking_no_spam);
  await page.goto('/admin/tracking/calls');
  await expect(page.getByRole('cell', { name: '+44 7700 900123' }).first()).toBeVisible();
});

test('nothing on the page moves, and nobody who asks not to be tracked is', async ({ page, browser }) => {
  const site = await shop('+44 20 7946 0000');
  await page.addInitScript(() => {
    (window as any).shifts = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) (window as any).shifts += (entry as any).value; })
      .observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${site.url}/?utm_source=spring&utm_medium=email`);
  await expect(page.locator('#link')).toHaveAttribute('href', `tel:+${campaign.numbers[0]}`);
  await page.waitForTimeout(500);
  expect(await page.evaluate(() => (window as any).shifts)).toBe(0);

  const context = await browser.newContext();
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' }));
  const private_ = await context.newPage();
  const asked: string[] = [];
  private_.on('request', (request) => asked.push(request.url()));
  await private_.goto(`${site.url}/?utm_source=spring&utm_medium=email`);
  await private_.waitForTimeout(1_000);
  await expect(private_.locator('#link')).toHaveAttribute('href', 'tel:+442079460000');
  expect(asked.filter((url) => url.endsWith('/track'))).toEqual([]);
  await context.close();
  site.close();
});

test('a campaign is made, changed and refused by a form', async ({ page }) => {
  await signIn(page);
  await page.goto('/admin/campaigns/new');
  await page.getByLabel(en.tracking_name, { exact: true }).fill('Radio');
  await page.getByLabel(en.tracking_rings_number, { exact: true }).fill('12');
  await page.getByRole('button', { name: en.tracking_save, exact: true }).click();
  await expect(page.locator('#why-destination')).toBeVisible();
  await expect(page.getByLabel(en.tracking_name, { exact: true })).toHaveValue('Radio');
  await page.getByLabel(en.tracking_rings_number, { exact: true }).fill('+44 7700 900777');
  await page.getByRole('button', { name: en.tracking_save, exact: true }).click();
  await expect(page.getByRole('status').filter({ hasText: en.tracking_saved })).toBeVisible();
  await page.goto('/admin/campaigns');
  await expect(page.getByRole('link', { name: 'Radio', exact: true })).toBeVisible();
});
