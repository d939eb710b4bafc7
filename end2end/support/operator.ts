// The operator's account: its one-time password is printed when the program starts for the first time.

import fs from 'node:fs';
import path from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { run } from './run';
import { en, pattern } from './words';

/** Tests run in any order and workers come and go: the password chosen by the first is kept beside the server's log. */
const file = path.join(run.folder, 'operator.txt');
const chosen = 'correct-horse-battery-staple-9';

function oneTimePassword(): string {
  const log = fs.readFileSync(run.log, 'utf8').replace(/\x1b\[[0-9;]*m/g, '');
  const found = /with the password\s+(\S+)/.exec(log);
  if (!found) throw new Error(`no one-time password in ${run.log}`);
  return found[1];
}

async function submit(page: Page, name: string, password: string) {
  await page.getByLabel(en.login_name, { exact: true }).fill(name);
  await page.getByLabel(en.login_password, { exact: true }).fill(password);
  await page.getByRole('button', { name: en.login_submit, exact: true }).click();
}

/** Signs in again on the login page that is shown; not the first time. */
export const signInAgain = (page: Page) => submit(page, 'operator', fs.readFileSync(file, 'utf8'));

/** Adds somebody who takes calls and returns the link with which they choose their password. */
export async function inviteAgent(page: Page, name: string): Promise<string> {
  await addAgent(page, name);
  return (await page.locator('.secret pre').textContent())!.trim();
}

/** Signs in; the first time with the one-time password, choosing another as it must be. */
export async function signIn(page: Page) {
  await page.goto('/login');
  const first = !fs.existsSync(file);
  const current = first ? oneTimePassword() : fs.readFileSync(file, 'utf8');
  await submit(page, 'operator', current);
  if (first) {
    await expect(page.getByRole('heading', { name: en.password_title })).toBeVisible();
    await page.getByLabel(en.password_current, { exact: true }).fill(current);
    await page.getByLabel(en.password_new, { exact: true }).fill(chosen);
    await page.getByLabel(en.password_repeat, { exact: true }).fill(chosen);
    await page.getByRole('button', { name: en.password_submit, exact: true }).click();
    await expect(page.getByRole('heading', { name: en.password_title })).toBeHidden();
    fs.writeFileSync(file, chosen);
  }
  await page.goto('/admin/calls');
  await expect(page.getByRole('heading', { name: en.calls_title, exact: true })).toBeVisible();
}

/**
 * Adds an agent. Clients of the samples sign in as one of their own: whoever has a token is rung without a console, so
 * that Jane and Joe would never fall asleep any more.
 */
export async function addAgent(page: Page, name: string) {
  await page.goto('/admin/users');
  await page.getByLabel(en.users_name, { exact: true }).fill(name);
  await page.getByRole('button', { name: en.users_do_add, exact: true }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).toBeVisible();
}

/** Ends an agent's work, so that no call of another test is offered to them. */
export async function disableAgent(page: Page, name: string) {
  await page.goto('/admin/users');
  const row = page.getByRole('row').filter({ hasText: name });
  await menu(row, en.users_disable);
  await sure(page, en.users_disable);
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText(en.users_disabled);
}

/** Opens the menu of a row and chooses from it. */
export async function menu(row: Locator, what: string) {
  // At the edge of the window the open menu would change its side when it is scrolled into view, under the pointer.
  await row.evaluate((element) => element.scrollIntoView({ block: 'center', behavior: 'instant' }));
  await row.getByRole('button', { name: pattern(en.admin_actions_for) }).click();
  await row.locator('.row-menu').evaluate((opened) => Promise.all(opened.getAnimations().map(({ finished }) => finished)));
  await row.getByRole('button', { name: what, exact: true }).click();
}

/** Says yes to the question that is asked. */
export async function sure(page: Page, answer: string) {
  await page.getByRole('alertdialog').getByRole('button', { name: answer, exact: true }).click();
}

/** Makes a new `mobile_api_key` and returns it. Signed in as the operator. */
export async function makeKey(page: Page): Promise<string> {
  await page.goto('/admin/sdk');
  const rotate = page.getByRole('button', { name: en.sdk_rotate, exact: true });
  if (await rotate.count()) {
    await rotate.click();
    await sure(page, en.sdk_rotate_sure);
  } else {
    await page.getByRole('button', { name: en.sdk_make_key, exact: true }).click();
  }
  return (await page.locator('code.key').textContent())!;
}
