// The page's texts in the language that was chosen, and numbers and times for people.
import { all } from '/dom.js';
import { remembered } from '/page.js';
import { words } from '/words.js';

export let language = remembered.get('language', navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
if (!words[language]) language = 'en';

export function t(key, values = {}) {
  const text = words[language][key] ?? words.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
}

/** A word of the platform's, such as a leg's status, in the page's language; one that is not known as it is. */
export const told = (word) => (words.en[`is_${word}`] ? t(`is_${word}`) : word);

/** Notes as the sandbox writes them, and the text of the page for each. What the platform or the application said stays as it
 *  is. */
const notes = [
  [/^Keys \(dtmf\): (?<a>.*)$/s, 'note_keys'],
  [/^A text from (?<a>\S+) to (?<b>\S+): (?<c>.*)$/s, 'note_text'],
  [/^No NCCO: (?<a>.*)$/s, 'note_no_flow'],
  [/^The call ends: (?<a>.*)$/s, 'note_ends'],
  [/^A browser's leg ends: no audio came for 20 s\.$/, 'note_no_audio'],
  [/^(?<a>\S+) is not in the reference of call flows: it is ignored\.$/, 'note_ignored'],
  [/^No application is linked to the number that was written to\.$/, 'note_no_application'],
];

export function noted(text) {
  for (const [pattern, key] of notes) {
    const found = pattern.exec(text);
    if (found) return t(key, found.groups);
  }
  return text;
}

export function translate(root = document) {
  const apply = (attribute, set) => {
    const name = `data-t${attribute}`;
    for (const element of all(`[${name}]`, root)) set(element, t(element.getAttribute(name)));
  };
  apply('', (element, text) => { element.textContent = text; });
  apply('-label', (element, text) => { element.setAttribute('aria-label', text); if (element.tagName === 'BUTTON') element.title = text; });
  apply('-title', (element, text) => { element.title = text; });
  apply('-placeholder', (element, text) => { element.placeholder = text; });
}

/** Chooses the language; who shows something has to show it again. */
export function choose(lang) {
  language = lang;
  remembered.set('language', lang);
}

export const digitsOf = (text) => text.replace(/[^\d]/g, '');

/** Why a text is no number with its country code, in words; nothing when it is one. */
export function numberProblem(text) {
  const written = text.trim();
  if (!written) return t('number_missing');
  const odd = /[^\d\s+().\u2010-\u2013-]/u.exec(written) ?? /(?<=.)\+/.exec(written);
  if (odd) return t('number_odd', { c: odd[0] });
  const digits = digitsOf(written);
  if (digits.startsWith('0')) return t('number_zero');
  if (digits.length < 7) return t('number_short');
  return digits.length > 15 ? t('number_long') : '';
}

/** An E.164 number for people, which no line breaks in two. What is no number (a user's name) stays as it is. */
export function pretty(number) {
  if (!/^\d{7,15}$/.test(number ?? '')) return number || '';
  return grouped(number).replaceAll(' ', '\u00a0');
}

function grouped(number) {
  if (/^1\d{10}$/.test(number)) return `+1 ${number.slice(1, 4)} ${number.slice(4, 7)} ${number.slice(7)}`;
  if (/^4420\d{8}$/.test(number)) return `+44 20 ${number.slice(4, 8)} ${number.slice(8)}`;
  if (/^44\d{10}$/.test(number)) return `+44 ${number.slice(2, 6)} ${number.slice(6)}`;
  if (/^861\d{10}$/.test(number)) return `+86 ${number.slice(2, 5)} ${number.slice(5, 9)} ${number.slice(9)}`;
  return `+${number.slice(0, 2)} ${number.slice(2).replace(/(\d{3,4})(?=(\d{3})+$)/g, '$1 ').trim()}`;
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const minutes = String(Math.floor(whole / 60) % 60).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  return `${hours ? `${hours}:` : ''}${minutes}:${String(whole % 60).padStart(2, '0')}`;
}

export const timeOfDay = (at) => {
  const date = new Date(at);
  const two = (n) => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0').slice(0, 2)}`;
};
