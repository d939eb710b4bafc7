// The faults that are asked for: webhooks that are lost, late or doubled, and an API that refuses.
import { $, all, make } from '/dom.js';
import { ask } from '/page.js';
import { t } from '/texts.js';

const noFaults = { webhooks: { drop: false, delay_ms: 0, duplicate: false, reorder: false, only: [] }, rest: { status: 0, times: false } };
let faults = noFaults;
const form = $('#faults-form');

function choose(select, value, label) {
  const text = String(value);
  if (![...select.options].some((option) => option.value === text)) select.append(make('option', { value: text, class: 'extra' }, label ?? text));
  for (const option of all('.extra', select)) if (option.value !== text) option.remove();
  select.value = text;
}

export function showFaults() {
  for (const name of ['drop', 'duplicate', 'reorder']) {
    const select = form.elements[name];
    select.replaceChildren(...[['false', 'never'], ['1', 'next_one'], ['3', 'next_three'], ['true', 'until_reset']].map(([value, word]) => make('option', { value }, t(word))));
    const value = faults.webhooks[name];
    choose(select, value, t('left', { n: value }));
    select.classList.toggle('on', value !== false);
  }
  const { delay_ms: delay, only } = faults.webhooks;
  choose(form.elements.delay_ms, delay, `${delay / 1000} s`);
  form.elements.delay_ms.classList.toggle('on', delay > 0);
  choose(form.elements.only, only.join(','));
  const refusing = faults.rest.status !== 0 && faults.rest.times !== false;
  choose(form.elements.status, refusing ? faults.rest.status : 0);
  form.elements.status.classList.toggle('on', refusing);
  if (refusing) choose(form.elements.times, faults.rest.times, t('left', { n: faults.rest.times }));
  const count = [faults.webhooks.drop, faults.webhooks.duplicate, faults.webhooks.reorder].filter((on) => on !== false).length + (delay > 0) + refusing;
  const badge = $('#faults-active');
  badge.hidden = !count;
  badge.className = 'chip warn';
  badge.textContent = t('faults_on', { n: count });
}

export async function readFaults() {
  try {
    const read = await ask('GET', '/faults');
    faults = { webhooks: { ...noFaults.webhooks, ...read.webhooks }, rest: { ...noFaults.rest, ...read.rest } };
    if (!form.contains(document.activeElement) || document.activeElement.tagName !== 'SELECT') showFaults();
  } catch { /* the banner of the phones says it */ }
}

function often(text) { return text === 'true' ? true : text === 'false' ? false : Number(text); }

async function setFaults() {
  const value = (name) => form.elements[name].value;
  const status = Number(value('status'));
  const said = $('#faults-said');
  try {
    faults = await ask('POST', '/faults', {
      webhooks: { drop: often(value('drop')), duplicate: often(value('duplicate')), reorder: often(value('reorder')), delay_ms: Number(value('delay_ms')), only: value('only').split(',').filter(Boolean) },
      rest: { status, times: status ? often(value('times')) : false },
    });
    said.textContent = t('faults_set');
  } catch (error) { said.textContent = t('refused', { why: error.message }); }
  showFaults();
}

async function resetFaults() {
  try { faults = await ask('DELETE', '/faults'); $('#faults-said').textContent = t('faults_cleared'); } catch (error) { $('#faults-said').textContent = t('refused', { why: error.message }); }
  showFaults();
}

/** The form works from now on, and shows what is left of each fault. */
export function watchFaults() {
  form.addEventListener('change', setFaults);
  form.addEventListener('submit', (event) => event.preventDefault());
  $('#faults-reset').addEventListener('click', resetFaults);
  readFaults();
  setInterval(() => { if ($('#faults').open || faults !== noFaults) readFaults(); }, 3000);
}
