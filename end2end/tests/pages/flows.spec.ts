// Call flows: the list, and the editor with and without JavaScript.

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../../support/fixtures';
import { FlowText } from '../../support/flow';
import { menu, signIn, sure } from '../../support/operator';
import { en, pattern, zh } from '../../support/words';

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const talk = (action: string) => `[\n  {\n    "action": "${action}",\n    "text": "Hello"\n  }\n]`;
const mark = (page: Page) => page.locator('.cm-lint-marker-error');

async function check(page: Page) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)).toEqual([]);
}

test('a call flow is refused by line and field, then kept, walked, led to and deleted', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/flows/new?preset=ivr');
  const name = `Menu ${javaScriptEnabled} ${Date.now()}`;
  const text = new FlowText(page, javaScriptEnabled);
  await text.ready();
  await page.getByLabel(en.flows_name, { exact: true }).fill(name);
  const good = await text.value();
  await text.fill(good.replace('"timeOut": 10', '"timeOut": 45'));
  await button(page, en.flows_save).click();
  await expect(page.getByText(en.flows_not_saved)).toBeVisible();
  await expect(page.locator('#problems')).toContainText('[2].dtmf.timeOut');
  expect(await text.value()).toContain('45');
  await text.fill(good);
  await button(page, en.flows_save).click();
  await expect(page.getByText(pattern(en.flows_done_saved))).toBeVisible();
  await page.getByLabel(en.flows_keys, { exact: true }).fill('#');
  if (!javaScriptEnabled) await button(page, en.flows_do_walk).click();
  // The keys are sent to our own menu, and that is what is said: it does not end the call.
  await expect(page.locator('.steps')).toContainText(pattern(en.step_asks_again));
  await expect(page.locator('.branches [aria-current]')).toContainText(en.step_other_keys);
  await expect(page.locator('.steps')).not.toContainText(en.step_ends);
  await page.goto('/admin/flows');
  const row = page.getByRole('row', { name });
  await row.getByRole('link').click();
  await expect(page.getByRole('heading', { name })).toBeVisible();
  await button(page, en.admin_delete).click();
  const question = page.getByRole('alertdialog');
  await expect(question).toContainText(name);
  await button(page, en.admin_cancel).click();
  await expect(question).toBeHidden();
  await page.goto('/admin/flows');
  await menu(row, en.admin_delete);
  await sure(page, en.admin_delete);
  await expect(page.getByText(en.flows_done_deleted)).toBeVisible();
  await expect(row).toHaveCount(0);
});

test('b12 a flow to somebody who does not exist warns', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/flows/new?preset=inbound');
  const text = new FlowText(page, javaScriptEnabled);
  await text.ready();
  await text.fill((await text.value()).replace('"Jane"', '"Nobody"'));
  await button(page, en.flows_check).click();
  await expect(page.locator('#problems')).toContainText(en.why_flow_no_user.replace('{name}', 'Nobody'));
  await expect(page.locator('#problems .badge')).toHaveText(en.flows_warning);
});

test('what was refused can be discarded, and a new flow then begins empty', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/flows/new?preset=custom');
  const text = new FlowText(page, javaScriptEnabled);
  await page.getByLabel(en.flows_name, { exact: true }).fill('Refused');
  await text.fill(talk('tolk'));
  await button(page, en.flows_save).click();
  await expect(page.getByText(en.flows_not_saved)).toBeVisible();
  await page.goto('/admin/flows/new');
  expect(await text.value()).toBe(talk('tolk'));
  await button(page, en.flows_discard).click();
  await expect(page).toHaveURL(/\/admin\/flows$/);
  await page.goto('/admin/flows/new');
  expect(await text.value()).toBe('');
  await expect(page.locator('#problems')).toHaveText(en.flows_begin);
  await expect(page.locator('.chip[aria-current]')).toHaveCount(0);
});

const step = (text: string, step: number, title = '') => text.replace('{step}', String(step)).replace('{title}', title);
const drawing = (page: Page) => page.locator('#drawing');
const boxes = (page: Page) => page.locator('.boxes .box');
const adds = (page: Page, at: number) => drawing(page).getByRole('button', { name: step(en.flows_draw_add, at), exact: true });
const kind = (page: Page, name: string) => drawing(page).locator('.kinds').getByRole('button', { name, exact: true });

test('the drawing and the JSON change the same flow, by keyboard', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/flows/new?preset=custom');
  const text = new FlowText(page, javaScriptEnabled);
  await text.ready();
  const name = `Drawn ${javaScriptEnabled} ${Date.now()}`;
  await page.getByLabel(en.flows_name, { exact: true }).fill(name);
  await text.fill('[\n  { "action": "talk", "text": "Hello", "colour": 1e0 }\n]');
  if (!javaScriptEnabled) await button(page, en.flows_check).click();
  await expect(boxes(page)).toHaveCount(1);
  await expect(boxes(page)).toContainText('Hello');
  await adds(page, 2).focus();
  await page.keyboard.press('Enter');
  await expect(kind(page, en.flows_draw_talk)).toBeFocused();
  await page.keyboard.press('Enter');
  const says = page.getByLabel(en.flows_draw_text, { exact: true });
  await expect(says).toBeFocused();
  await expect(page.locator('#drawn')).toContainText(pattern(en.flows_draw_added));
  // What the check finds stands at the box.
  await expect(boxes(page).nth(1)).toContainText(en.why_flow_empty);
  await page.keyboard.insertText('Goodbye');
  if (javaScriptEnabled) await page.keyboard.press('Tab');
  else await button(page, en.flows_draw_apply).press('Enter');
  await expect.poll(() => text.value()).toContain('"text": "Goodbye"');
  await expect(boxes(page).nth(1)).toContainText('Goodbye');
  // The other way round.
  await text.fill((await text.value()).replace('Goodbye', 'Farewell'));
  if (!javaScriptEnabled) await button(page, en.flows_check).click();
  await expect(boxes(page).nth(1)).toContainText('Farewell');
  await expect(says).toHaveValue('Farewell');
  await drawing(page).getByRole('button', { name: step(en.flows_draw_up, 2, en.flows_draw_talk) }).press('Enter');
  await expect(page.locator('#drawn')).toContainText(pattern(en.flows_draw_moved));
  await expect(boxes(page).first()).toContainText('Farewell');
  await expect(drawing(page).getByRole('button', { name: step(en.flows_draw_down, 1, en.flows_draw_talk) })).toBeFocused();
  const flow = await text.value();
  expect(JSON.parse(flow)).toEqual([{ action: 'talk', text: 'Farewell' }, { action: 'talk', text: 'Hello', colour: 1 }]);
  expect(flow).toContain('{ "action": "talk", "text": "Hello", "colour": 1e0 }');
  // What is typed at a box is saved, whatever button is pressed.
  await says.fill('Until soon');
  await button(page, en.flows_save).click();
  await expect(page.getByText(pattern(en.flows_done_saved))).toBeVisible();
  expect(await text.value()).toContain('Until soon');
  await drawing(page).getByRole('button', { name: step(en.flows_draw_remove, 1, en.flows_draw_talk) }).press('Enter');
  await expect(boxes(page)).toHaveCount(1);
  await expect.poll(() => text.value()).not.toContain('Until soon');
});

test('whom a flow rings is chosen, and what is no number is said at its field', async ({ page, javaScriptEnabled }) => {
  await signIn(page);
  await page.goto('/admin/flows/new?preset=inbound');
  const text = new FlowText(page, javaScriptEnabled);
  await text.ready();
  const apply = () => (javaScriptEnabled ? page.keyboard.press('Tab') : button(page, en.flows_draw_apply).click());
  await page.locator('#draw-open-1').press('Enter');
  const whom = page.getByLabel(en.flows_draw_whom, { exact: true });
  await expect(whom).toBeFocused();
  await expect(whom).toHaveValue('app:Jane');
  await whom.selectOption('phone');
  await apply();
  const number = page.getByLabel(en.flows_draw_number, { exact: true });
  await number.fill('+44 7700 900123');
  await apply();
  await expect.poll(() => text.value()).toContain('"number": "+44 7700 900123"');
  expect(await text.value()).not.toContain('"user"');
  const seconds = page.getByLabel(en.flows_draw_rings_for, { exact: true });
  await seconds.fill('soon');
  await apply();
  await expect(page.locator('[id="why-set-timeout"]')).toHaveText(en.flows_draw_no_number.replace('{is}', 'soon'));
  await expect(seconds).toHaveValue('soon');
  await seconds.fill('25');
  await apply();
  await expect.poll(() => text.value()).toContain('"timeout": 25');
  await expect(boxes(page).nth(1)).toContainText('25');
});

test.describe('the editor', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'it is a script');

  test('marks a wrong action at its line while it is typed, and leads there', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new?preset=custom');
    const text = new FlowText(page, true);
    await text.fill(talk('talk'));
    await expect(page.locator('#problems')).toHaveText(en.flows_good_unsaved);
    await text.fill(talk('tolk'));
    await expect(mark(page)).toHaveCount(1);
    await expect(page.locator('.cm-lintRange-error')).toHaveText('"tolk"');
    const [row, line] = [await mark(page).boundingBox(), await page.locator('.cm-line', { hasText: 'tolk' }).boundingBox()];
    expect(Math.abs(row!.y + row!.height / 2 - (line!.y + line!.height / 2))).toBeLessThan(4);
    await expect(text.place).toHaveAttribute('aria-invalid', 'true');
    await page.locator('#problems').getByRole('link', { name: en.flows_line.replace('{number}', '3') }).click();
    await expect(text.place).toBeFocused();
    await page.keyboard.insertText('"talk"');
    await expect(mark(page)).toHaveCount(0);
    expect(await text.value()).toBe(talk('talk'));
    // A text that is no JSON is marked where it breaks.
    await text.fill('[\n  { "action": "talk" "text": "a" }\n]');
    await expect(mark(page)).toHaveCount(1);
    await expect(page.locator('#problems')).toContainText(pattern(en.why_flow_not_json));
  });

  // What the page's policy refuses is an error in the console, which fails every test.
  test('what is typed over coloured text brings no styles of the browser', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new?preset=custom');
    const text = new FlowText(page, true);
    await text.fill(talk('talk'));
    await text.place.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.type('x');
    expect(await text.value()).toBe('x');
    await page.keyboard.press('Control+z');
    expect(await text.value()).toBe(talk('talk'));
    await expect(text.place.locator('[style]')).toHaveCount(0);
  });

  test('the dry run says that it is of an earlier text, and a name that is taken is said at the name', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new?preset=custom');
    const text = new FlowText(page, true);
    await text.ready();
    // Held back, so that the state in between is seen.
    let answer = () => {};
    const held = new Promise<void>((resolve) => { answer = resolve; });
    await page.route('**/api/call-flow-check', async (route) => { await held; await route.continue(); });
    await text.fill(talk('talk'));
    await expect(page.getByText(en.flows_walk_stale)).toBeVisible();
    await expect(page.locator('#steps')).toHaveAttribute('aria-busy', 'true');
    answer();
    await expect(page.getByText(en.flows_walk_stale)).toBeHidden();
    const name = `Taken ${Date.now()}`;
    for (const saved of [true, false]) {
      await page.goto('/admin/flows/new?preset=custom');
      await page.getByLabel(en.flows_name, { exact: true }).fill(name);
      await button(page, en.flows_save).click();
      if (saved) await expect(page.getByText(pattern(en.flows_done_saved))).toBeVisible();
    }
    await expect(page.locator('#why-name')).toHaveText(en.why_flow_taken);
    await expect(page.getByLabel(en.flows_name, { exact: true })).toHaveAttribute('aria-invalid', 'true');
    // A draft would be what the next new flow begins with.
    await page.getByLabel(en.flows_name, { exact: true }).fill(`${name} twice`);
    await button(page, en.flows_save).click();
    await expect(page.getByText(pattern(en.flows_done_saved))).toBeVisible();
  });

  test('completes actions, fields and values, and the dry run follows', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new');
    const text = new FlowText(page, true);
    await text.ready();
    await text.place.click();
    await page.keyboard.press('Control+Space');
    const offered = page.getByRole('listbox').getByRole('option');
    await expect(offered).toHaveCount(9);
    await expect(offered.first()).toContainText('talk');
    await expect(page.getByText(en.flows_about_talk)).toBeVisible();
    await offered.first().click();
    await page.keyboard.insertText('Good morning');
    await expect(page.locator('.steps')).toContainText('Good morning');
    await page.keyboard.press('End');
    await page.keyboard.type(',');
    await page.keyboard.press('Enter');
    await page.keyboard.type('"barg');
    await expect(offered).toHaveCount(1);
    await offered.click();
    expect(JSON.parse(await text.value())).toEqual([{ action: 'talk', text: 'Good morning', bargeIn: true }]);
    // One field is no other's: nothing is offered twice.
    await text.fill('[{ "action": "record",  }]');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.type('"form');
    await expect(offered).toHaveCount(1);
    await offered.click();
    expect(JSON.parse(await text.value())).toEqual([{ action: 'record', format: 'mp3' }]);
  });

  test('indents, formats, undoes, searches, and lets the keyboard out', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new?preset=ivr');
    const text = new FlowText(page, true);
    await text.fill('[{"action":"input","type":["dtmf"],"dtmf":{"timeOut":1e0}}]');
    await button(page, en.flows_format).click();
    const formatted = '[\n  {\n    "action": "input",\n    "type": ["dtmf"],\n    "dtmf": { "timeOut": 1e0 }\n  }\n]\n';
    expect(await text.value()).toBe(formatted);
    await text.place.click();
    await page.keyboard.press('Control+z');
    expect(await text.value()).toContain('[{"action"');
    await page.keyboard.press('Control+f');
    await expect(page.getByRole('textbox', { name: en.flows_editor_phrases.split('|')[0].split('=')[1] })).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(text.place).toBeFocused();
    await page.keyboard.press('Control+Home');
    await page.keyboard.press('Tab');
    expect(await text.value()).toMatch(/^ {2}\[/);
    await expect(page.getByText(en.flows_editor_keys)).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await expect(text.place).not.toBeFocused();
    await page.keyboard.press('Shift+Tab');
    await expect(text.place).toBeFocused();
  });

  test('an edit of the drawing is undone as one step, and a broken text keeps the last drawing', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new?preset=ivr');
    const text = new FlowText(page, true);
    await text.ready();
    const kept = await text.value();
    await expect(page.locator('#boxes .ways').first()).toBeVisible();
    await page.locator('#draw-remove-1').press('Enter');
    await expect.poll(() => text.value()).not.toBe(kept);
    await expect(page.locator('#draw-open-1')).toBeFocused();
    await page.keyboard.press('Control+z');
    await expect.poll(() => text.value()).toBe(kept);
    await expect(boxes(page)).toHaveCount(3);
    await text.fill('[\n  { "action": "talk", ');
    await expect(page.locator('#undrawn')).toBeVisible();
    await expect(boxes(page)).toHaveCount(3);
    expect(await page.locator('#boxes').evaluate((place: HTMLElement) => place.inert)).toBe(true);
    await text.fill(talk('talk'));
    await expect(page.locator('#undrawn')).toBeHidden();
    await expect(boxes(page)).toHaveCount(1);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has no violation, in ${colorScheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await signIn(page);
      await page.goto('/admin/flows/new?preset=ivr');
      const text = new FlowText(page, true);
      await text.ready();
      await check(page);
      // A box with its fields, then what can be added.
      for (const opens of ['#draw-open-2', '#draw-place-1']) {
        await page.locator(opens).click();
        await expect(page.locator(opens)).toHaveAttribute('aria-expanded', 'true');
        await check(page);
      }
      await text.fill('[\n  { "action": "tolk", "level": true, "x": null },\n  { "action": "wait", "timeout": 1, "colour": 1 }\n]');
      await expect(mark(page)).toHaveCount(1);
      await check(page);
      await page.goto('/admin/flows');
      await check(page);
    });
  }

  test('asks before a text that is not saved is lost, and not when it is saved', async ({ page }) => {
    await signIn(page);
    await page.goto('/admin/flows/new?preset=custom');
    const text = new FlowText(page, true);
    await text.fill(talk('talk'));
    const leave = () => page.getByRole('link', { name: en.nav_users, exact: true }).click({ noWaitAfter: true });
    const asked = page.waitForEvent('dialog');
    const left = leave();
    const question = await asked;
    expect(question.type()).toBe('beforeunload');
    await question.dismiss();
    await left;
    expect(await text.value()).toBe(talk('talk'));
    await page.locator('#name').fill('Not lost');
    await page.getByRole('button', { name: en.flows_save, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Not lost' })).toBeVisible();
    await leave();
    await page.waitForURL(/\/admin\/users/);
  });

  test('speaks Chinese', async ({ page, context }) => {
    await signIn(page);
    await context.addCookies([{ name: 'language', value: 'zh-CN', url: new URL('/', page.url()).href }]);
    await page.goto('/admin/flows/new?preset=custom');
    await expect(page.locator('.cm-content')).toBeVisible();
    await page.locator('.cm-content').click();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.keyboard.press('Control+Space');
    await expect(page.getByText(zh.flows_about_talk)).toBeVisible();
    await page.keyboard.press('Escape');
    await page.keyboard.insertText('[7]');
    await expect(page.locator('#problems')).toContainText(zh.why_flow_not_object);
    await page.keyboard.press('Control+f');
    await expect(page.getByRole('textbox', { name: '查找', exact: true })).toBeFocused();
  });
});
