// What can be written at a place of a call flow: actions, their fields, what may stand in those, and placeholders. The server
// gives the language (`src/ui/admin/flow/help.rs`).

import { snippet } from '@codemirror/autocomplete';
import { scan } from './scan.js';

const named = (entries, name) => entries?.find((entry) => entry.name === name);

/** What the innermost object at a place is: the word that chooses its kind, the kinds, and the fields that it can have. */
function objectAt(frames, help) {
  let object;
  let list;
  frames.forEach((frame, depth) => {
    if (frame.kind === 'list') {
      list = named(object?.fields, frame.field);
      return;
    }
    const inside = list ?? named(object?.fields, frame.field);
    list = undefined;
    if (depth === 1) object = { chooser: 'action', kinds: help.actions };
    else if (inside?.holds === 'endpoint') object = { chooser: 'type', kinds: help.endpoints };
    else object = { fields: inside?.fields ?? [] };
    object.fields ??= named(object.kinds, frame.chosen[object.chooser])?.fields ?? [];
  });
  return object;
}

const least = (field) => /-?[\d.]+/.exec(field.detail)?.[0] ?? '0';

/** What stands in a field until somebody writes it, as a snippet. */
function blank(field, help) {
  switch (field.holds) {
    case 'flag': return '${true}';
    case 'whole': return `\${${least(field)}}`;
    case 'word': return `"\${${field.words[0]}}"`;
    case 'words': return `["\${${field.words[0]}}"]`;
    case 'urls': return field.name === 'eventUrl' ? '["${DTMF_URL}"]' : '["${https://}"]';
    case 'url': return '"${https://}"';
    case 'list': return '["${}"]';
    case 'endpoint': return `[\n\t${whole(help.endpoints[1], 'type', help).replaceAll('\n', '\n\t')}\n]`;
    case 'object': return '{ ${} }';
    default: return field.name === 'from' ? '"${YOUR_NEXMO_NUMBER}"' : '"${}"';
  }
}

const needed = (entry, help) => entry.fields.filter((field) => field.needed).map((field) => `"${field.name}": ${blank(field, help)}`);

/** An object with what it cannot be without. */
function whole(entry, chooser, help) {
  const lines = [`"${chooser}": "${entry.name}"`, ...needed(entry, help)];
  return `{\n${lines.map((line) => `\t${line.replaceAll('\n', '\n\t')}`).join(',\n')}\n}`;
}

/** Writes a snippet in the place of the word that is being written, quotes included. */
const write = (template) => (view, completion) => {
  const { from, to } = scan(view.state.doc.toString(), view.state.selection.main.head);
  snippet(template)(view, completion, from, to);
};

function names(at, object, help) {
  const frame = at.frames.at(-1);
  const all = object.chooser ? [{ name: object.chooser, needed: true, holds: 'word', words: [object.kinds[0].name], detail: '' }, ...object.fields] : object.fields;
  return all.filter((field) => !frame.names.has(field.name)).map((field) => ({
    label: field.name,
    type: 'property',
    detail: [field.detail, field.needed && help.needed].filter(Boolean).join(' · '),
    boost: field.needed ? 1 : 0,
    apply: (view, completion) => {
      const { to } = scan(view.state.doc.toString(), view.state.selection.main.head);
      const colon = /^\s*:/.test(view.state.sliceDoc(to, to + 40));
      write(colon ? `"${field.name}"` : `"${field.name}": ${blank(field, help)}`)(view, completion);
    },
  }));
}

/** The kinds of an action or an endpoint. Alone in its object, the rest that it needs comes with it. */
function kinds(at, object, help) {
  const alone = at.frames.at(-1).names.size <= 1;
  return object.kinds.map((entry, n) => ({
    label: entry.name,
    type: 'class',
    info: entry.about,
    boost: -n,
    apply: write([`"${entry.name}"`, ...(alone ? needed(entry, help) : [])].join(',\n')),
  }));
}

/** In the language's order, not the alphabet's. */
const objects = (entries, chooser, help) => entries.map((entry, n) => ({
  label: entry.name,
  type: 'class',
  detail: '{ … }',
  info: entry.about,
  boost: -n,
  apply: write(whole(entry, chooser, help)),
}));

const quoted = (words, type) => words.map((word) => ({ label: word, type, apply: write(`"${word}"`) }));

function placeholders(help, only) {
  const fit = help.placeholders.filter(({ name }) => !only || only.includes(name));
  return fit.map(({ name, about }) => ({ label: name, type: 'constant', info: about, apply: write(`"${name}"`) }));
}

/** What may stand in a field; in a list, what may stand in that. */
function values(field, help, inList) {
  switch (field?.holds) {
    case 'flag': return ['true', 'false'].map((word) => ({ label: word, type: 'keyword', apply: write(word) }));
    case 'word': return quoted(field.words, 'enum');
    case 'words': return inList ? quoted(field.words, 'enum') : [];
    case 'urls': return inList ? placeholders(help, ['DTMF_URL']) : [];
    case 'url': return placeholders(help, ['DTMF_URL']);
    case 'number': return placeholders(help, ['YOUR_NEXMO_NUMBER', 'PARAMS_TO']);
    case 'endpoint': return inList ? objects(help.endpoints, 'type', help) : [];
    case 'text': return placeholders(help);
    default: return [];
  }
}

function options(at, help) {
  const frame = at.frames.at(-1);
  // An empty text: the list comes with its first action.
  if (!frame) return objects(help.actions, 'action', help).map((option, n) => ({ ...option, apply: write(`[\n\t${whole(help.actions[n], 'action', help).replaceAll('\n', '\n\t')}\n]`) }));
  const object = objectAt(at.frames, help);
  if (frame.kind === 'list') {
    if (at.expects !== 'value') return [];
    if (at.frames.length === 1) return at.quoted ? [] : objects(help.actions, 'action', help);
    return values(named(object?.fields, frame.field), help, true);
  }
  if (!object) return [];
  if (at.expects === 'name') return names(at, object, help);
  if (at.expects !== 'value') return [];
  return at.name === object.chooser ? kinds(at, object, help) : values(named(object.fields, at.name), help, false);
}

/** The completion source for CodeMirror. */
export const complete = (help) => (context) => {
  const at = scan(context.state.doc.toString(), context.pos);
  // Between words only when asked for.
  if (at.from === at.to && !context.explicit) return null;
  const found = options(at, help);
  if (!found.length) return null;
  return { from: at.from + (at.quoted ? 1 : 0), options: found, validFor: /^[\w-]*$/ };
};
