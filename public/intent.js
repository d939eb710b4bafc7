// Hydration on intent. Nothing heavy is fetched until somebody points at, focuses, touches or presses the call button;
// then the program (WASM), the voice SDK and the visitor's token are fetched in parallel. A press that comes before
// they are there is acknowledged at once and kept; the program asks for it with takeOver().
// A page that was reloaded during a call loads everything at once and brings the call back.
import { remember } from './sent.js';

const widget = document.querySelector('[data-state]');
const button = widget.querySelector('[data-call]');
const title = widget.querySelector('[data-title]');
const island = widget.closest('leptos-island');
const putBack = remember([island]);
let pressed = false;
let live = false;
let loading;

function show(state, text) {
  putBack();
  widget.dataset.state = state;
  title.firstChild.data = text;
}

const intent = window.switchboard = {
  /** Promise of the JSON text of a visit, or of undefined. */
  visit: undefined,
  /** Promise of the SDK's script. */
  sdk: undefined,
  /** The button is alive from now on. Whether it was pressed before. */
  takeOver() {
    live = true;
    delete button.dataset.pressed;
    return pressed;
  },
};

function script(src) {
  return new Promise((done, failed) => {
    const element = document.createElement('script');
    element.src = src;
    element.onload = done;
    element.onerror = failed;
    document.head.append(element);
  });
}

function token() {
  const headers = { 'content-type': 'application/json' };
  return fetch('/api/visits', { method: 'POST', headers, body: JSON.stringify({ referrer: document.referrer, language: document.documentElement.lang }) }).then((answer) => (answer.ok ? answer.text() : undefined)).catch(() => undefined);
}

function load(wantsToken) {
  if (loading) return;
  if (wantsToken) intent.visit ??= token();
  intent.sdk = script('/vendor/vonage-client-sdk.js');
  const wasm = fetch('/pkg/switchboard.wasm');
  loading = Promise.all([import('/pkg/switchboard.js'), intent.sdk])
    .then(async ([program]) => {
      await program.default({ module_or_path: wasm });
      putBack();
      program.hydrate();
      // As islands.js does for all islands of a page; here is one.
      await program[island.dataset.component](island);
    })
    .catch(() => {
      loading = undefined;
      pressed = false;
      delete button.dataset.pressed;
      show('failed', widget.dataset.notLoaded);
    });
}

for (const event of ['pointerenter', 'focus', 'touchstart']) button.addEventListener(event, () => load(true), { passive: true });
button.addEventListener('click', () => {
  if (live) return;
  pressed = true;
  button.dataset.pressed = '';
  show('connecting', widget.dataset.starting);
  load(true);
});

try {
  if (sessionStorage.getItem('switchboard.call')) load(false);
} catch {
  // No storage, no reload recovery.
}
