// How the editor looks: the colours of style/tokens.css, light and dark by themselves. Here and not in a style sheet because
// CodeMirror's own styles come after those, and would win.

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const tint = (colour, percent) => `color-mix(in srgb, var(--${colour}) ${percent}%, transparent)`;
const underline = (colour) => ({
  backgroundImage: 'none',
  paddingBottom: '0',
  textDecoration: `underline wavy var(--${colour}) 1px`,
  textUnderlineOffset: '4px',
});
const marker = (colour) => ({ content: '""', width: '8px', height: '8px', borderRadius: colour === 'danger' ? '4px' : '0', background: `var(--${colour})` });

const look = EditorView.theme({
  '&': { color: 'var(--text)', background: 'var(--surface)', border: '1px solid var(--control)', borderRadius: '6px', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '1px' },
  // The frame says it, and not the text in it.
  '&:has(> .cm-scroller > [aria-invalid])': { borderColor: 'var(--danger)' },
  '.cm-content[aria-invalid]': { border: '0', outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '20px', minHeight: '280px', maxHeight: 'max(320px, 100dvh - 420px)', overflow: 'auto', borderRadius: '6px' },
  '.cm-content': { padding: '10px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 12px 0 6px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { background: 'var(--bg)', color: 'var(--text-3)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { background: tint('text', 4) },
  '.cm-activeLineGutter': { background: tint('text', 6), color: 'var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: tint('accent', 22) },
  '&.cm-focused .cm-matchingBracket': { background: tint('accent', 18), outline: '1px solid var(--accent)' },
  '&.cm-focused .cm-nonmatchingBracket': { background: 'var(--danger-tint)', outline: '1px solid var(--danger)' },
  '.cm-searchMatch': { background: 'var(--warn-tint)', outline: '1px solid var(--warn)' },
  '.cm-searchMatch-selected': { background: tint('accent', 30) },
  '.cm-selectionMatch': { background: tint('accent', 12) },
  '.cm-snippetField': { background: tint('accent', 10) },
  '.cm-lintRange-error': underline('danger'),
  '.cm-lintRange-warning': underline('warn'),
  '.cm-lintPoint-error::after': { borderBottomColor: 'var(--danger)' },
  '.cm-lintPoint-warning::after': { borderBottomColor: 'var(--warn)' },
  '.cm-gutter-lint': { width: '14px' },
  '.cm-gutter-lint .cm-gutterElement': { display: 'grid', placeItems: 'center', padding: '0' },
  '.cm-lint-marker': { width: '8px', height: '8px' },
  '.cm-lint-marker-error': marker('danger'),
  '.cm-lint-marker-warning': marker('warn'),
  '.cm-tooltip': { background: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)', borderRadius: '8px', boxShadow: 'var(--shadow)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '16em', borderRadius: '7px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '4px 10px', lineHeight: '20px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-completionIcon': { display: 'none' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { marginLeft: '12px', fontStyle: 'normal', fontFamily: 'var(--font)', opacity: '.85' },
  '.cm-tooltip.cm-completionInfo': { padding: '8px 12px', maxWidth: '280px', fontFamily: 'var(--font)', lineHeight: '20px' },
  '.cm-diagnostic': { padding: '6px 12px', fontFamily: 'var(--font)', lineHeight: '20px', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic-error': { borderLeft: '4px solid var(--danger)' },
  '.cm-diagnostic-warning': { borderLeft: '4px solid var(--warn)' },
  '.cm-panels': { background: 'var(--bg)', color: 'var(--text)', borderRadius: '0 0 6px 6px' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '6px 8px', padding: '10px 36px 10px 10px', fontFamily: 'var(--font)' },
  '.cm-panel.cm-search br': { display: 'none' },
  '.cm-panel.cm-search label': { display: 'inline-flex', alignItems: 'center', gap: '4px', fontSize: '13px' },
  '.cm-panel.cm-search [name=close]': { top: '8px', right: '8px', width: '28px', height: '28px', color: 'var(--text)', fontSize: '18px' },
  '.cm-textfield': { minHeight: '32px', margin: '0', padding: '0 8px', background: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--control)', borderRadius: '6px', fontSize: '13px' },
  '.cm-button': { minHeight: '32px', margin: '0', padding: '0 10px', background: 'var(--surface)', color: 'var(--text)', border: '1px solid var(--control)', borderRadius: '6px', fontSize: '13px' },
});

const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--ok)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--info)' },
  { tag: [tags.separator, tags.brace, tags.squareBracket], color: 'var(--text-2)' },
]);

export const theme = [look, syntaxHighlighting(colours)];
