// What is being written at a place of a text that is nearly JSON: in which objects and lists, as a name or as a value. A text
// that is being typed is broken most of the time, so this reads what can be understood, and a syntax tree is of no help.

const BARE = /[^\s"{}[\]:,]+/y;

/** The end of a string that begins at `start`; one that is not closed ends with its line. */
function endOfString(text, start) {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
    else if (text[at] === '\n') return at;
  }
  return text.length;
}

const plain = (token) => token.replace(/^"|"$/g, '');

/**
 * `frames`: what is open there, outermost first; each with its `kind` (`object`, `list`), the `field` of the object around
 * it that it stands in, the `names` of its fields, and what its `action` and `type` are `chosen` as.
 * `expects`: `name`, `value`, or something else, such as a comma. `name`: the field whose value is written.
 * `from`, `to`: the word that is being written, with its quotes if it has any (`quoted`).
 */
export function scan(text, pos) {
  const stack = [];
  let found;
  const top = () => stack.at(-1);
  const capture = (from, to, quoted) => {
    const frame = top();
    found = { frames: [...stack], expects: frame?.expects ?? 'value', name: frame?.name, from, to, quoted };
  };
  const open = (kind) => {
    stack.push({ kind, field: top()?.name ?? top()?.field, names: new Set(), chosen: {}, expects: kind === 'object' ? 'name' : 'value' });
  };
  const close = () => {
    stack.pop();
    if (top()) top().expects = 'comma';
  };
  const word = (token, at, end) => {
    const frame = top();
    if (!frame) return;
    const colon = /^\s*:/.test(text.slice(end, end + 40));
    // A comma is forgotten easily; a word with a colon behind it is a name wherever it stands.
    if (frame.kind === 'object' && (colon || frame.expects === 'comma')) frame.expects = 'name';
    const here = !found && at < pos && (pos < end || (pos === end && !(token.length > 1 && token.startsWith('"') && token.endsWith('"'))));
    if (here) capture(at, end, token.startsWith('"'));
    if (frame.kind === 'list') frame.expects = 'comma';
    else if (frame.expects === 'name') {
      frame.name = plain(token);
      if (!here) frame.names.add(frame.name);
      frame.expects = 'colon';
    } else {
      if (!here && ['action', 'type'].includes(frame.name)) frame.chosen[frame.name] = plain(token);
      frame.expects = 'comma';
    }
  };
  for (let at = 0; at < text.length;) {
    const char = text[at];
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    if (!found && pos <= at) capture(pos, pos, false);
    if (char === '"') {
      const end = endOfString(text, at);
      word(text.slice(at, end), at, end);
      at = end;
    } else if ('{[}]:,'.includes(char)) {
      if (char === '{') open('object');
      else if (char === '[') open('list');
      else if (char === '}' || char === ']') close();
      else if (char === ':' && top()) top().expects = 'value';
      else if (top()) {
        top().name = undefined;
        top().expects = top().kind === 'object' ? 'name' : 'value';
      }
      at++;
    } else {
      BARE.lastIndex = at;
      const token = BARE.exec(text)[0];
      word(token, at, at + token.length);
      at += token.length;
    }
  }
  if (!found) capture(pos, pos, false);
  return found;
}
