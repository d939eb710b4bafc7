// A text of JSON, indented by two, with what is short on one line. Every word stays as it was written: numbers and escapes
// are not read and printed, but taken over.

import { jsonLanguage } from '@codemirror/lang-json';

const WIDTH = 72;
const SCALARS = new Set(['String', 'Number', 'True', 'False', 'Null']);

/** The text, or nothing when it is no JSON. */
export function format(text) {
  const tree = jsonLanguage.parser.parse(text);
  let broken = false;
  tree.iterate({ enter: (node) => void (broken ||= node.type.isError) });
  const value = tree.topNode.firstChild;
  return broken || !value ? undefined : `${print(value, text, 0)}\n`;
}

function children(node) {
  const found = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name === 'Property' || child.name === 'Array' || child.name === 'Object' || SCALARS.has(child.name)) found.push(child);
  }
  return found;
}

function print(node, text, depth) {
  if (node.name === 'Property') {
    const name = node.firstChild;
    const value = node.lastChild;
    return `${text.slice(name.from, name.to)}: ${print(value, text, depth)}`;
  }
  if (SCALARS.has(node.name)) return text.slice(node.from, node.to);
  const [left, right] = node.name === 'Array' ? '[]' : '{}';
  const parts = children(node);
  if (!parts.length) return left + right;
  // An action has its fields below each other, however few they are.
  const flat = parts.every((part) => SCALARS.has(part.name) || (part.name === 'Property' && SCALARS.has(part.lastChild.name)));
  if (flat && depth > 1) {
    const gap = node.name === 'Array' ? '' : ' ';
    const line = `${left}${gap}${parts.map((part) => print(part, text, depth)).join(', ')}${gap}${right}`;
    if (line.length <= WIDTH) return line;
  }
  const pad = '  '.repeat(depth + 1);
  return `${left}\n${parts.map((part) => pad + print(part, text, depth + 1)).join(',\n')}\n${'  '.repeat(depth)}${right}`;
}
