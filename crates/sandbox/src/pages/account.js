// The account that the sandbox plays: its key and its secret, to be typed into Switchboard's setup.
import { $, all, announce } from '/dom.js';
import { page } from '/page.js';
import { t } from '/texts.js';

/** Shows what the page was told. */
export function showAccount() {
  $('#api-key').textContent = page.api_key ?? '';
  $('#api-secret').textContent = page.api_secret ?? '';
  const hidden = !page.api_secret;
  for (const part of ['#api-secret', '[data-copies="api-secret"]', '#account-lasts']) $(part).hidden = hidden;
  $('#api-secret-hidden').hidden = !hidden;
  if (page.app_url) $('#account-setup').href = `${page.app_url}/admin/setup#api_key`;
  for (const button of all('[data-copies]')) button.addEventListener('click', () => copy($(`#${button.dataset.copies}`)));
}

/** Copies a text; where the browser does not let us, it is selected, for Ctrl+C. */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    announce(t('copied'));
  } catch {
    getSelection().selectAllChildren(element);
  }
}
