// The texts of the pages, as the program has them: tests ask for roles and names, as a screen reader would.

import fs from 'node:fs';
import path from 'node:path';
import { run } from './run';

const read = (language: string): Record<string, string> => JSON.parse(fs.readFileSync(path.join(run.root, `locales/${language}.json`), 'utf8'));
export const en = read('en');
export const zh = read('zh-CN');

/** A text with `{placeholders}` as a pattern that matches it filled in. */
export function pattern(text: string): RegExp {
  const parts = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.+'));
}
