// The trace: events as they happen, and the call flow that runs.
import { $, icon, make } from '/dom.js';
import { page } from '/page.js';
import { noted, pretty, t, timeOfDay, told } from '/texts.js';

const shownAtMost = 300;
let entries = [];
let live = 'connecting';
let flow = null;

export function showLive() {
  const pill = $('#live');
  pill.dataset.state = live;
  $('span', pill).textContent = t(live);
}

/** Follows the trace. `told` hears of each entry when it has been shown. */
export function listen(told) {
  const stream = new EventSource('/trace');
  stream.onopen = () => { live = 'live'; showLive(); };
  stream.onerror = () => { live = 'stale'; showLive(); };
  stream.onmessage = ({ data }) => {
    const entry = JSON.parse(data);
    follow(entry);
    list(entry);
    told(entry);
  };
}

const finished = ['completed', 'busy', 'cancelled', 'failed', 'rejected', 'timeout', 'unanswered', 'machine-hangup'];

function follow(entry) {
  if (entry.kind === 'ncco') {
    flow = { leg: entry.leg, conversation: entry.conversation, actions: entry.actions, states: entry.actions.map(() => ({ state: 'waiting' })), over: false };
  } else if (entry.kind === 'action' && flow && entry.leg === flow.leg && flow.states[entry.index]) {
    flow.states[entry.index] = { state: entry.state, note: entry.note };
    // An action that runs means that those before it are over, whether or not that was said.
    if (entry.state === 'running') flow.states.slice(0, entry.index).forEach((step) => { if (step.state === 'running') step.state = 'done'; });
  } else if (entry.kind === 'leg' && flow && entry.leg === flow.leg && finished.includes(entry.status)) {
    flow.over = true;
    for (const step of flow.states) {
      if (step.state === 'running') step.state = 'done';
      if (step.state === 'waiting') step.state = 'skipped';
    }
  } else return;
  showFlow();
}

function endpointText(endpoint) {
  const one = Array.isArray(endpoint) ? endpoint[0] : endpoint;
  return one ? `${one.type ?? ''} ${pretty(one.number) || one.user || one.uri || one.extension || ''}`.trim() : '';
}

function summary(action) {
  switch (action.action) {
    case 'talk': return `“${action.text ?? ''}”`;
    case 'stream': return [].concat(action.streamUrl ?? []).join(', ');
    case 'connect': return `${endpointText(action.endpoint)}${action.from ? ` ← ${pretty(String(action.from))}` : ''}`;
    case 'conversation': return action.name ?? '';
    case 'input': return [].concat(action.type ?? []).join(', ');
    case 'transfer': return action.conversation_id ?? '';
    case 'wait': return action.timeout ? `${action.timeout} s` : '';
    case 'notify': return JSON.stringify(action.payload ?? {});
    default: return '';
  }
}

export function showFlow() {
  const body = $('#flow-body');
  const chip = $('#flow-state');
  if (!flow) {
    chip.hidden = true;
    $('#flow-call').textContent = '';
    body.replaceChildren(make('div', { class: 'empty' }, make('p', {}, t('flow_empty')), make('p', {}, t('hint_open')), make('a', { class: 'button', href: page.app_url || '/', target: '_blank', rel: 'noopener' }, t('support_page'), icon('out'))));
    return;
  }
  const over = flow.over || flow.states.every((step) => ['done', 'failed', 'skipped'].includes(step.state));
  chip.hidden = false;
  chip.textContent = t(over ? 'flow_done' : 'flow_running');
  chip.className = `chip ${over ? '' : 'info'}`;
  $('#flow-call').textContent = flow.conversation ? `${flow.conversation.slice(0, 12)}…` : '';
  $('#flow-call').title = flow.conversation ?? '';
  const open = $('details', body)?.open;
  const steps = flow.actions.map((action, index) => {
    const { state, note } = flow.states[index];
    const mark = { running: icon('play'), done: icon('check'), failed: icon('cross') }[state] ?? String(index + 1);
    return make('li', { class: 'step', 'data-state': state, 'aria-current': state === 'running' ? 'step' : null },
      make('span', { class: 'bullet' }, mark),
      make('div', {}, make('strong', {}, String(action?.action ?? '?')), make('p', {}, summary(action ?? {})), note ? make('p', { class: 'why' }, note) : null),
      make('span', { class: 'word' }, t(`step_${state}`)));
  });
  body.replaceChildren(make('ol', { class: 'steps' }, ...steps), make('details', { open: Boolean(open) }, make('summary', {}, t('flow_source')), make('pre', { tabindex: '0' }, JSON.stringify(flow.actions, null, 2))));
}

function chip(kind, text, name) {
  return make('span', { class: `chip ${kind}` }, name ? icon(name) : null, text);
}

function webhookChips(entry) {
  const chips = [];
  if (entry.attempt > 1) chips.push(chip('warn', t('retried')));
  for (const fault of (entry.faults ?? []).filter((name) => name !== 'drop')) chips.push(chip('warn', t('by_fault', { f: t(fault).toLowerCase() }), 'bolt'));
  if (entry.outcome === 'dropped') chips.push(chip('bad', t(entry.faults?.length ? 'dropped_by_fault' : 'dropped'), 'bolt'));
  else chips.push(entry.signed ? chip('ok', t('signed'), 'lock') : chip('warn', t('unsigned'), 'unlock'));
  if (entry.outcome === 'unusable') chips.push(chip('bad', t('not_json')));
  if (entry.status) chips.push(chip(entry.status < 300 ? 'ok' : 'bad', `${entry.status} · ${entry.duration_ms} ms`));
  else if (entry.outcome === 'timed_out') chips.push(chip('bad', `${t('timed_out')} · ${entry.duration_ms} ms`));
  else if (entry.outcome === 'unreachable') chips.push(chip('bad', t('unreachable')));
  return chips;
}

const pathOf = (url) => { try { return new URL(url).pathname; } catch { return url; } };

/** A row of the log: group, title, the rest of the line, chips, and what opens. */
function describe(entry) {
  switch (entry.kind) {
    case 'webhook': return {
      group: 'webhook', what: told(entry.label), rest: `${entry.method} ${pathOf(entry.url)}`, chips: webhookChips(entry),
      detail: [[`${t('sent')} · ${entry.url}`, entry.body], entry.reply === undefined ? null : [t('answered_with'), entry.reply]],
    };
    case 'leg': return { group: 'call', what: told(entry.status), rest: `${pretty(entry.from) || t('unknown')} → ${pretty(entry.to)}` };
    case 'ncco': return { group: 'call', what: t('flow'), rest: entry.actions.map((action) => action?.action).join(' → '), detail: [[t('new_flow', { n: entry.actions.length }), entry.actions]] };
    case 'action': return entry.state === 'failed' ? { group: 'call', what: t('step_failed'), rest: entry.note ?? '', chips: [chip('bad', t('step_failed'))] } : null;
    case 'said': return { group: 'call', what: t('said'), rest: `“${entry.text}”` };
    case 'note': return { group: 'call', what: '', rest: noted(entry.text) };
    case 'session': return { group: 'api', what: t('session'), rest: `${entry.user} ${told(entry.change)}`.trim() };
    case 'request': return { group: 'api', what: entry.method, rest: entry.path, chips: [chip(entry.status < 400 ? 'ok' : 'bad', String(entry.status))] };
    default: return null;
  }
}

function row(entry) {
  const seen = describe(entry);
  if (!seen) return null;
  const parts = [make('time', { datetime: new Date(entry.at).toISOString() }, timeOfDay(entry.at)), seen.what ? make('span', { class: 'what' }, seen.what) : null, make('span', { class: 'rest' }, seen.rest), seen.chips?.length ? make('span', { class: 'chips' }, ...seen.chips) : null];
  const item = make('li', { 'data-group': seen.group });
  const detail = seen.detail?.filter(Boolean);
  if (!detail?.length) { item.append(make('div', { class: 'event' }, ...parts)); return item; }
  const button = make('button', { type: 'button', class: 'event', 'aria-expanded': 'false' }, ...parts);
  button.addEventListener('click', () => {
    const open = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!open));
    $('.detail', item)?.remove();
    if (open) return;
    const blocks = detail.flatMap(([title, value]) => [make('h3', {}, title), make('pre', { tabindex: '0' }, value === undefined || value === null ? t('no_body') : JSON.stringify(value, null, 2))]);
    item.append(make('div', { class: 'detail' }, ...blocks));
  });
  item.append(button);
  return item;
}

function list(entry) {
  const item = row(entry);
  if (!item) return;
  entries.push(entry);
  if (entries.length > shownAtMost) entries = entries.slice(-shownAtMost);
  const log = $('#events');
  log.prepend(item);
  while (log.childElementCount > shownAtMost) log.lastElementChild.remove();
}

export function relist() {
  $('#events').replaceChildren(...entries.map(row).filter(Boolean).reverse());
}

/** Forgets what was listed. */
export function clear() {
  entries = [];
  relist();
}
