// Number insertion on pages as they are: how numbers are written and linked, what visitors do, how the script is loaded.
// The server's answer is the test's own where a certain number is needed; where a campaign is needed it is the server's.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/fixtures';
import { run } from '../support/run';

const open: http.Server[] = [];

/** A site of its own origin that serves the same page everywhere. */
async function site(body: string): Promise<string> {
  const page = `<!DOCTYPE html><html lang="en"><head><title>Shop</title><link rel="icon" href="data:,"></head><body>${body}</body></html>`;
  const server = http.createServer((_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page));
  open.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.afterAll(() => open.forEach((server) => { server.closeAllConnections(); server.close(); }));

const tag = (number: string, more = '') => `<script async src="${run.app}/track.js" data-number="${number}" ${more}></script>`;

/** Answers what the page asks with a certain number, and tells what was asked. */
async function answering(page: Page, number: string, written: string) {
  const asked: any[] = [];
  await page.route('**/track', async (route) => {
    asked.push({ url: route.request().url(), ...JSON.parse(route.request().postData() ?? '{}') });
    await route.fulfill({
      headers: { 'access-control-allow-origin': '*' },
      json: { visitor: 'v', number, written, until: null, replaces: [] },
    });
  });
  return asked;
}

const done = (page: Page, number: string) => page.waitForFunction((wanted) => (window as any).switchboardTrack?.number === wanted, number);

// What stands on the page for the number of the tag, the campaign's number, and what the visitor must see.
const written: [string, string, string, string, string][] = [
  ['+44 20 7946 0111', '020 7946 0111', '12025550199', '+1 202 555 0199', '+1 202 555 0199'],
  ['+44 20 7946 0111', '+44 (0)20 7946 0111', '12025550199', '+1 202 555 0199', '+1 202 555 0199'],
  ['+39 02 1234 5678', '02 12345678', '3902123457', '+39 02 123457', '+39 02 123457'],
  ['+49 30 123456', '+49 (0) 30 / 123456', '49301234568', '+49 30 1234568', '+49 30 1234568'],
  ['+49 30 123456', '030/123 456', '49301234568', '+49 30 1234568', '+49 30 1234568'],
  ['+44 20 7946 0111', '+44 (0)20 7946 0111', '442079460222', '+44 20 7946 0222', '+44 (0)20 7946 0222'],
  ['+44 20 7946 0111', '0044 20 7946 0111', '442079460222', '+44 20 7946 0222', '0044 20 7946 0222'],
  ['+44 20 7946 0111', '020–7946–0111', '442079460222', '+44 20 7946 0222', '020–7946–0222'],
  ['+44 20 7946 0111', '\u202a+44\u202f20\u20117946\u00a00111\u202c', '442079460222', '+44 20 7946 0222', '\u202a+44\u202f20\u20117946\u00a00222\u202c'],
  ['+1 202 555 0111', '(202) 555-0111', '12125550199', '+1 212 555 0199', '(212) 555-0199'],
  ['+33 1 99 00 11 22', '01.99.00.11.22', '33199003344', '+33 1 99 00 33 44', '01.99.00.33.44'],
];

test('case 3: the number on the page is one that can be dialled, whatever it replaces', async ({ page }) => {
  for (const [old, text, number, said, wanted] of written) {
    const url = await site(`<p id="number">${text}</p>${tag(old)}`);
    await page.unroute('**/track');
    await answering(page, number, said);
    await page.goto(url);
    await done(page, number);
    expect(await page.locator('#number').textContent(), `${text} became`).toBe(wanted);
  }
});

test('case 4: every link that dials the old number dials the new one, and its name says what is shown', async ({ page }) => {
  const links = ['tel:+44(0)2079460111', 'tel:00442079460111', 'tel:+44%2020%207946%200111', 'tel:02079460111', 'TEL:+442079460111',
    'callto:+442079460111', 'tel:+442079460111,12', 'tel:+442079460111p12', 'tel:+44-20-7946-0111;ext=7', 'tel://+442079460111'];
  const wanted = ['tel:+442079460222', 'tel:+442079460222', 'tel:+442079460222', 'tel:+442079460222', 'tel:+442079460222',
    'callto:+442079460222', 'tel:+442079460222,12', 'tel:+442079460222p12', 'tel:+442079460222;ext=7', 'tel:+442079460222'];
  const url = await site(`${links.map((href) => `<a class="call" href="${href}" aria-label="Call 020 7946 0111" title="+44 20 7946 0111">020 7946 0111</a>`).join(' ')}
    <a id="fax" href="tel:+442079460119">Fax</a> <a id="mail" href="mailto:02079460111@example.com">Mail</a>${tag('+44 20 7946 0111')}`);
  await answering(page, '442079460222', '+44 20 7946 0222');
  await page.goto(url);
  await done(page, '442079460222');
  const calls = page.locator('a.call');
  expect(await calls.evaluateAll((all) => all.map((one) => one.getAttribute('href')))).toEqual(wanted);
  for (const name of ['aria-label', 'title']) {
    const said = await calls.evaluateAll((all, name) => all.map((one) => one.getAttribute(name)), name);
    expect(new Set(said)).toEqual(new Set([name === 'title' ? '+44 20 7946 0222' : 'Call 020 7946 0222']));
  }
  await expect(page.locator('#fax')).toHaveAttribute('href', 'tel:+442079460119');
  await expect(page.locator('#mail')).toHaveAttribute('href', 'mailto:02079460111@example.com');
});

test.describe('with campaigns', () => {
  let winter: string;
  let autumn: string;

  test.beforeAll(async () => {
    const env = { ...process.env, DATABASE_URL: run.env.DATABASE_URL, DATA_DIR: run.env.DATA_DIR };
    const said = execFileSync(run.program, ['api-key', 'create', '--name', 'insertion'], { encoding: 'utf8', env, cwd: run.folder });
    const key = said.trim().split(/\s+/).pop()!;
    const make = async (source: string) => {
      const response = await fetch(`${run.app}/api/campaigns`, {
        method: 'POST', headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ name: `Insertion ${source}`, source, medium: 'banner', destination: '447700900000', country: 'GB' }),
      });
      expect(response.status, await response.clone().text()).toBe(201);
      return (await response.json()).numbers[0] as string;
    };
    winter = await make('winter');
    autumn = await make('late-autumn');
  });

  test('case 5: an advertisement begins a visit of its own, also for a visitor who was here before', async ({ page }) => {
    const url = await site(`<a id="link" href="tel:+442079460111">+44 20 7946 0111</a>${tag('+44 20 7946 0111')}`);
    const link = page.locator('#link');
    const asked = page.waitForResponse('**/track');
    await page.goto(url);
    await asked;
    await expect(link).toHaveAttribute('href', 'tel:+442079460111');
    await page.goto(`${url}/?utm_source=winter&utm_medium=banner`);
    await expect(link).toHaveAttribute('href', `tel:+${winter}`);
    await page.goto(`${url}/about`);
    await expect(link).toHaveAttribute('href', `tel:+${winter}`);
    await page.goto(`${url}/?utm_source=late-autumn&utm_medium=banner`);
    await expect(link).toHaveAttribute('href', `tel:+${autumn}`);
    // The same address again is the same visit, and asks nobody.
    let again = 0;
    page.on('request', (request) => { if (request.url().endsWith('/track')) again += 1; });
    await page.goto(`${url}/?utm_source=late-autumn&utm_medium=banner`);
    await expect(link).toHaveAttribute('href', `tel:+${autumn}`);
    expect(again).toBe(0);
  });

  test('case 6: the number is the same in a new tab', async ({ page, context }) => {
    const url = await site(`<a id="link" href="tel:+442079460111">+44 20 7946 0111</a> <a id="more" target="_blank" href="/contact">Contact</a>${tag('+44 20 7946 0111')}`);
    await page.goto(`${url}/?utm_source=winter&utm_medium=banner`);
    await expect(page.locator('#link')).toHaveAttribute('href', `tel:+${winter}`);
    const [tab] = await Promise.all([context.waitForEvent('page'), page.locator('#more').click()]);
    await expect(tab.locator('#link')).toHaveAttribute('href', `tel:+${winter}`);
    await tab.close();
  });

  test('case 6: a visit is over after half an hour', async ({ page }) => {
    const url = await site(`<a id="link" href="tel:+442079460111">+44 20 7946 0111</a>${tag('+44 20 7946 0111')}`);
    await page.goto(`${url}/?utm_source=winter&utm_medium=banner`);
    await expect(page.locator('#link')).toHaveAttribute('href', `tel:+${winter}`);
    await page.evaluate(() => {
      const kept = JSON.parse(localStorage.getItem('switchboard.track')!);
      localStorage.setItem('switchboard.track', JSON.stringify({ ...kept, seen: Date.now() - 31 * 60_000 }));
    });
    const asked = page.waitForRequest('**/track');
    await page.goto(`${url}/about`);
    expect(JSON.parse((await asked).postData()!).visitor, 'a visitor without a past').toBeUndefined();
    await expect(page.locator('#link')).toHaveAttribute('href', 'tel:+442079460111');
  });
});

test('case 7: as a module, moved by a loader or inlined, the script asks its own server, or nobody', async ({ page }) => {
  const script = fs.readFileSync(path.join(run.root, 'public/track.js'), 'utf8');
  const number = '<a id="link" href="tel:+442079460111">+44 20 7946 0111</a>';
  const ways = {
    module: `<script type="module" src="${run.app}/track.js" data-number="+44 20 7946 0111"></script>`,
    loader: `<script type="text/later" src="${run.app}/track.js" data-number="+44 20 7946 0111"></script>
      <script>addEventListener('load', () => { const later = document.createElement('script'); later.textContent = ${JSON.stringify(script).replaceAll('</', '<\\/')}; document.body.append(later); });</script>`,
    inlined: `<script data-number="+44 20 7946 0111" data-server="${run.app}">${script}</script>`,
    bundled: `<script data-number="+44 20 7946 0111" data-server="${run.app}"></script><script>${script}</script>`,
  };
  for (const [way, tags] of Object.entries(ways)) {
    const url = await site(number + tags);
    await page.unroute('**/track');
    const asked = await answering(page, '442079460222', '+44 20 7946 0222');
    await page.goto(url);
    await expect(page.locator('#link'), way).toHaveAttribute('href', 'tel:+442079460222');
    expect(asked.map((one) => one.url), way).toEqual([`${run.app}/track`]);
  }
});

test('case 7: without a tag that says where the server is, nothing is sent anywhere and the console says so', async ({ browser }) => {
  const script = fs.readFileSync(path.join(run.root, 'public/track.js'), 'utf8');
  const url = await site(`<a id="link" href="tel:+442079460111">+44 20 7946 0111</a><script>${script}</script>`);
  // A context of its own: a warning in the console is what is wanted here.
  const context = await browser.newContext();
  const page = await context.newPage();
  const sent: string[] = [];
  page.on('request', (request) => sent.push(`${request.method()} ${new URL(request.url()).pathname}`));
  const warned = page.waitForEvent('console', (message) => message.type() === 'warning' && message.text().includes('data-server'));
  await page.goto(`${url}/`);
  await warned;
  expect(sent.filter((one) => one.includes('/track'))).toEqual([]);
  await context.close();
});

test('case 38: a page that a framework brings to life is swapped after that, and again when it writes the number again', async ({ page }) => {
  // What React does on hydration: text that is not what the server sent throws the whole tree away.
  const url = await site(`<div id="__next"><p id="number" style="letter-spacing: 1px">020 7946 0111</p></div>
    ${tag('+44 20 7946 0111')}
    <script>
      window.redrawn = 0;
      addEventListener('load', () => {
        const root = document.getElementById('__next');
        if (document.getElementById('number').textContent !== '020 7946 0111') { window.redrawn += 1; root.innerHTML = root.innerHTML; }
        window.alive = true;
      });
    </script>`);
  await answering(page, '442079460222', '+44 20 7946 0222');
  await page.goto(url);
  const number = page.locator('#number');
  await expect(number).toHaveText('020 7946 0222');
  expect(await page.evaluate(() => [(window as any).alive, (window as any).redrawn])).toEqual([true, 0]);
  // The framework writes its own number again, five times, and then something else.
  for (let turn = 0; turn < 5; turn += 1) {
    await page.evaluate(() => { document.getElementById('number')!.firstChild!.nodeValue = '020 7946 0111'; });
    await expect(number).toHaveText('020 7946 0222');
  }
  await page.evaluate(() => { document.getElementById('number')!.firstChild!.nodeValue = 'We are closed'; });
  await expect(number).toHaveText('We are closed');
  await expect(number).toHaveCSS('letter-spacing', '1px');
});
