// The texts of the pages, as the program has them: tests ask for roles and names, as a screen reader would.

import fs from 'node:fs';
import path from 'node:path';
import { run } from './run';

const read = (language: string): Record<string, string> => JSON.parse(fs.readFileSync(path.join(run.root, `locales/${language}.json`), 'utf8'));
export const en = read('en');
export const zh = read('zh-CN');

/** As `html lang` has it, and as a browser asks for it. */
export type Language = 'en' | 'zh-CN';
export const languages = ['en', 'zh-CN'] as const;
export const wordsIn: Record<Language, Record<string, string>> = { en, 'zh-CN': zh };

/** What a new server offers for a break, as its settings have it. */
export const away = {
  en: { break: 'Break', lunch: 'Lunch', meeting: 'Meeting' },
  'zh-CN': { break: '小休', lunch: '就餐', meeting: '会议中' },
} as const;

/** A text with `{placeholders}` as a pattern that matches it filled in. */
export function pattern(text: string): RegExp {
  const parts = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(parts.join('.+'));
}
