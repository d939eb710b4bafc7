// Keeps a page true while things go on: when the server tells of a change, the page is read again, and what differs in its
// live parts (`data-live`) is changed in place. What is typed, opened, played, focused or scrolled there stays. Without
// this script the page is as it was when it was loaded.

/** Changes that come closer together than this are shown together, ms. */
const TOGETHER = 250;

const mark = document.querySelector('.live[data-stream]');
let timer;
let reading = false;
let again = false;

function soon() {
  timer ??= setTimeout(() => {
    timer = undefined;
    read();
  }, TOGETHER);
}

/** One at a time; what changes meanwhile is read afterwards. */
async function read() {
  if (reading || document.hidden || document.body.hasAttribute('data-paused')) {
    again = true;
    return;
  }
  reading = true;
  again = false;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html', 'x-read-again': '1' } });
    // A session that is over shows on the next click; until then what is shown stays.
    if (answer.ok && !answer.redirected) await show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  } catch {
    // Not reached: the stream notices too, and the page is read again when it is back.
  } finally {
    reading = false;
    if (again && !document.hidden) soon();
  }
}

async function show(page) {
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = page.querySelector(`[data-live="${CSS.escape(part.dataset.live)}"]`);
    if (now) children(part, now);
  }
  document.dispatchEvent(new Event('shown'));
  const fresh = document.querySelectorAll('[data-live] leptos-island[data-fresh]');
  if (!fresh.length) return;
  await import('/islands.js');
  const program = await import('/pkg/switchboard.js');
  for (const island of fresh) {
    delete island.dataset.fresh;
    await program[island.dataset.component](island);
  }
}

const element = (node) => node.nodeType === Node.ELEMENT_NODE;
const key = (node) => (element(node) ? node.id || node.dataset.key || node.dataset.component : undefined);
const alike = (one, other) => one.nodeName === other.nodeName && key(one) === key(other);

/** Makes the children of `now` those of `wanted`, keeping the ones that are the same. The editor of call flows does so, too. */
export function children(now, wanted) {
  const nodes = [...wanted.childNodes];
  let at = now.firstChild;
  nodes.forEach((node, index) => {
    let same = at;
    while (same && !alike(same, node)) same = same.nextSibling;
    // What stands in between goes, unless it is wanted further down: then `node` is new.
    let between = [];
    for (let one = at; same && one !== same; one = one.nextSibling) between.push(one);
    const later = nodes.slice(index + 1);
    if (!same || between.some((one) => later.some((other) => alike(one, other)))) {
      now.insertBefore(made(node), at);
      return;
    }
    for (const one of between) one.remove();
    at = same.nextSibling;
    change(same, node);
  });
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function made(node) {
  const copy = document.importNode(node, true);
  if (element(copy)) {
    const islands = copy.matches('leptos-island') ? [copy] : copy.querySelectorAll('leptos-island');
    for (const island of islands) island.dataset.fresh = '';
  }
  return copy;
}

function change(now, wanted) {
  if (!element(now)) {
    if (now.data !== wanted.data) now.data = wanted.data;
    return;
  }
  // Islands and players keep themselves true, and what is in `noscript` is text here and elements there.
  if (now.matches('leptos-island, noscript, .player')) return;
  for (const { name, value } of wanted.attributes) {
    if (!own(now, name) && now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
  for (const { name } of [...now.attributes]) {
    if (!own(now, name) && !wanted.hasAttribute(name)) now.removeAttribute(name);
  }
  children(now, wanted);
}

/** What the reader decides, or another script: whether details are open, whether a button to copy is there. */
const own = (node, name) => (name === 'open' && node.matches('details')) || (name === 'hidden' && node.matches('[data-copy]'));

function say(open) {
  mark.dataset.open = open;
  const text = open ? mark.dataset.on : mark.dataset.off;
  if (mark.textContent !== text) mark.textContent = text;
}

if (mark) {
  const source = new EventSource(mark.dataset.stream);
  source.addEventListener('open', () => {
    say(true);
    // What happened before anybody listened.
    soon();
  });
  source.addEventListener('error', () => say(false));
  for (const told of ['call', 'webhook', 'changed', 'stale']) source.addEventListener(told, soon);
  document.addEventListener('visibilitychange', () => again && !document.hidden && soon());
  // The page was paused (public/admin.js).
  document.addEventListener('resumed', () => again && soon());
}
