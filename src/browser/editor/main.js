// The editor of call flows: CodeMirror in the place of the form's text field, which stays what is sent. It underlines what the
// server finds while one types, and shows the problems and the dry run that the server makes of the text, and its drawing. What is done at the drawing the server does to the text.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab, redo, undo } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, indentOnInput, indentUnit } from '@codemirror/language';
import { forEachDiagnostic, lintGutter, nextDiagnostic, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState } from '@codemirror/state';
import {
  EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from '@codemirror/view';
import { children } from '/live.js';
import { complete } from './complete.js';
import { format } from './format.js';
import { theme } from './theme.js';

/** Nobody is asked while somebody types, ms. */
const PAUSE = 350;

const field = document.getElementById('text');
const form = field.form;
const verdict = document.getElementById('verdict');
const problems = document.getElementById('problems');
const steps = document.getElementById('steps');
const boxes = document.getElementById('boxes');
const act = (name) => document.querySelector(`button[name=act][value=${name}]:not(.unseen)`);
const help = JSON.parse(field.dataset.help);
const kept = field.value;
let asked;
let timer;

function changed(update) {
  if (!update.docChanged) return;
  field.value = update.state.doc.toString();
  soon();
}

function soon() {
  stale(true);
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
}

/** Whether the server said what it thinks of the text, after a button of the drawing where one was pressed. What is overtaken by
 *  typing is not shown; then it is neither. */
async function check(act) {
  clearTimeout(timer);
  asked?.abort();
  asked = new AbortController();
  const text = view.state.doc.toString();
  const body = JSON.stringify({
    ...Object.fromEntries(new FormData(form)),
    text,
    act,
    unsaved: text !== kept || field.dataset.unsaved !== undefined,
  });
  try {
    const answer = await fetch(field.dataset.check, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal: asked.signal });
    // A session that is over shows when the form is sent; until then what is shown stays.
    if (!answer.ok) return false;
    const said = await answer.json();
    if (text !== view.state.doc.toString()) return undefined;
    if (said.change) view.dispatch({ changes: said.change, userEvent: 'input.draw' });
    clearTimeout(timer);
    underline(said.marks);
    draw(said);
    show(verdict, said.verdict);
    show(problems, said.problems);
    show(steps, said.steps);
    stale(false);
    return true;
  } catch ({ name }) {
    // Not reached, or asked again meanwhile.
    return name === 'AbortError' ? undefined : false;
  }
}

/** The dry run is of an earlier text, until the server has said what it makes of this one. */
function stale(is) {
  document.getElementById('walk-stale').hidden = !is;
  steps.setAttribute('aria-busy', String(is));
}

function underline(marks) {
  const end = view.state.doc.length;
  const diagnostics = marks.map(({ from, to, severity, message }) => ({ from: Math.min(from, end), to: Math.min(to, end), severity, message }));
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

/** Nothing is replaced, and so nothing read out, when it says the same as before; its places may have moved. */
function show(place, html) {
  const made = document.createElement('template');
  made.innerHTML = html;
  if (made.content.textContent.trim() !== place.textContent.trim()) {
    place.replaceChildren(made.content);
    return;
  }
  const fresh = made.content.querySelectorAll('a');
  place.querySelectorAll('a').forEach((link, n) => Object.assign(link.dataset, fresh[n]?.dataset));
}

/** Boxes that are the same stay, with the focus. A text that cannot be drawn leaves the last drawing, of which nothing can be done. */
function draw({ drawing, drawn, focus }) {
  const made = document.createElement('template');
  boxes.inert = drawing === null;
  document.getElementById('undrawn').hidden = !boxes.inert;
  show(document.getElementById('drawn'), drawn);
  if (boxes.inert) return;
  made.innerHTML = drawing;
  children(boxes, made.content);
  // What was typed is in the text now; only who still types keeps it in the field.
  for (const field of boxes.querySelectorAll('[id^=set-]')) {
    if (field === document.activeElement) continue;
    for (const option of field.options ?? []) option.selected = option.defaultSelected;
    if (!field.options) field.value = field.defaultValue;
  }
  if (focus) document.getElementById(focus)?.focus();
}

function jump(from, to) {
  const end = view.state.doc.length;
  const [anchor, head] = [Math.min(from, end), Math.min(to, end)];
  view.dispatch({ selection: { anchor, head }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
  view.focus();
}

function tidy() {
  const text = format(view.state.doc.toString());
  if (text === undefined) {
    view.dispatch({ effects: EditorView.announce.of(help.cannot_format) });
    problems.querySelector('a')?.focus();
  } else if (text !== view.state.doc.toString()) {
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, userEvent: 'input.format' });
  }
}

function save() {
  form.requestSubmit(act('save'));
  return true;
}

/** What is typed over a selection is put there by the editor and not by the browser: Chromium would keep the colours of the text
 *  that goes, as styles of its own, which the page's policy refuses. */
const typedOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main, ranges } = view.state.selection;
    if (event.inputType !== 'insertText' || !event.data || event.isComposing || main.empty || ranges.length > 1) return false;
    const plain = () => view.state.update({ ...view.state.replaceSelection(event.data), userEvent: 'input.type', scrollIntoView: true });
    // Brackets and quotes go around it.
    const taken = view.state.facet(EditorView.inputHandler).some((takes) => takes(view, main.from, main.to, event.data, plain));
    if (!taken) view.dispatch(plain());
    return true;
  },
});

function invalid(view) {
  let wrong = false;
  forEachDiagnostic(view.state, (diagnostic) => void (wrong ||= diagnostic.severity === 'error'));
  return wrong ? { 'aria-invalid': 'true' } : {};
}

const view = new EditorView({
  doc: field.value,
  extensions: [
    // The page's policy takes no style without it.
    EditorView.cspNonce.of(document.querySelector('script[nonce]')?.nonce ?? ''),
    EditorState.phrases.of(Object.fromEntries(help.phrases)),
    // It can be focused without one; what judges pages by their attributes does not know that.
    EditorView.contentAttributes.of({ tabindex: '0', 'aria-labelledby': 'text-label', 'aria-describedby': 'editor-keys problems' }),
    EditorView.contentAttributes.of(invalid),
    typedOver,
    EditorState.tabSize.of(2),
    indentUnit.of('  '),
    lineNumbers(),
    lintGutter(),
    highlightSpecialChars(),
    EditorView.lineWrapping,
    history(),
    drawSelection(),
    json(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    autocompletion({ override: [complete(help)], icons: false }),
    keymap.of([
      { key: 'Mod-s', run: save },
      { key: 'F8', run: nextDiagnostic, shift: previousDiagnostic },
      { key: 'Tab', run: acceptCompletion },
      ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap,
      // Escape, then Tab, leaves: CodeMirror sees to it, and the hint below says so.
      indentWithTab,
    ]),
    EditorView.updateListener.of(changed),
    theme,
  ],
});

const label = document.getElementById('text-label');
label.removeAttribute('for');
label.addEventListener('click', () => view.focus());
field.hidden = true;
field.after(view.dom);
document.getElementById('editor-keys').hidden = false;

const tidying = document.querySelector('[data-format]');
tidying.hidden = false;
tidying.addEventListener('click', tidy);
// The dry run follows what is typed.
act('walk').hidden = true;
for (const input of [form.elements.keys, form.elements.outcome]) input.addEventListener('input', soon);

let busy = false;
boxes.addEventListener('click', async (event) => {
  const button = event.target.closest('button');
  if (!button || !event.isTrusted) return;
  event.preventDefault();
  // A second press would mean the box that has taken the place of the first one's.
  if (busy) return;
  busy = true;
  const done = await check(button.value);
  busy = false;
  // As with the check: the form is sent as usual.
  if (done === false) button.click();
});
boxes.addEventListener('change', () => check('draw-set'));
boxes.addEventListener('keydown', (event) => {
  const { target, key } = event;
  const undoes = (event.ctrlKey || event.metaKey) && { z: event.shiftKey ? redo : undo, y: redo }[key.toLowerCase()];
  if (target.type === 'text' ? key === 'Enter' : target.matches('button') && undoes && undoes(view)) {
    event.preventDefault();
    if (key === 'Enter') check('draw-set');
  }
});

problems.tabIndex = -1;
act('check').addEventListener('click', async (event) => {
  if (!event.isTrusted) return;
  event.preventDefault();
  if (await check()) (problems.querySelector('a') ?? problems).focus();
  // Without an answer the form is sent as usual. If the session is over, the server asks to sign in and keeps the text.
  else event.target.click();
});
document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[data-from], a[data-line]');
  if (!link) return;
  event.preventDefault();
  if (link.dataset.from !== undefined) return jump(Number(link.dataset.from), Number(link.dataset.to));
  const line = view.state.doc.line(Math.min(Number(link.dataset.line), view.state.doc.lines));
  jump(line.from, line.to);
});

// Asks before unsaved text is lost. A form that is sent keeps it, except the one that changes the language.
let sent = false;
document.addEventListener('submit', (event) => { sent = !event.target.closest('.languages'); });
addEventListener('beforeunload', (event) => {
  const { name } = form.elements;
  const typed = field.value !== kept || name.value !== name.defaultValue;
  if (typed && !sent && navigator.userActivation?.hasBeenActive) event.preventDefault();
});

if (kept.trim()) check();
