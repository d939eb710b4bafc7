//! Texts that somebody else chose, in a file that is opened by a spreadsheet.
//!
//! Spreadsheets take a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula, and which character
//! ends a cell depends on the country that the computer is set to: in half of Europe it is the semicolon. So a formula may
//! begin wherever any of them would begin a cell (OWASP: CSV Injection).

use std::borrow::Cow;

/// What begins a formula, also as East Asian keyboards write it.
const TRIGGERS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
/// What may end a cell.
const ENDS: [char; 6] = [';', ',', '|', '\t', '\r', '\n'];

/// The text with an apostrophe before everything that would begin a formula. What needs none comes back as it is.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    let mut begins = true;
    let mut out: Option<String> = None;
    for (at, c) in text.char_indices() {
        let trigger = begins && TRIGGERS.contains(&c);
        if trigger && out.is_none() {
            out = Some(text[..at].to_owned());
        }
        if let Some(out) = &mut out {
            if trigger {
                out.push('\'');
            }
            out.push(c);
        }
        // Blanks and quotation marks before a formula are skipped.
        begins = ENDS.contains(&c) || (begins && !trigger && (c == '"' || c.is_whitespace()));
    }
    out.map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_26_a_formula_is_defused_wherever_a_cell_may_begin() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("x;=1+2", "x;'=1+2"),
            ("x,@SUM(A1)", "x,'@SUM(A1)"),
            ("x; \"-1", "x; \"'-1"),
            ("a\n+1", "a\n'+1"),
            ("\t=1", "'\t'=1"),
            ("＝1;＠x", "'＝1;'＠x"),
            ("red shoes a=b c-d, e", "red shoes a=b c-d, e"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), safe, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn case_26_no_piece_begins_with_a_trigger(text in "[=+@\\-\t\r\n;,|\"' a＝＋－＠]{0,20}") {
            let safe = harmless(&text);
            for piece in safe.split([';', ',', '|']) {
                let first = piece.trim_start_matches([' ', '"']).chars().next();
                prop_assert!(!first.is_some_and(|c| ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'].contains(&c)), "{safe:?}");
            }
            prop_assert_eq!(safe.replace('\'', ""), text.replace('\'', ""));
        }
    }
}
