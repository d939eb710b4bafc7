//! Where in a text a problem is marked, as an editor in a browser counts.

use super::{FieldLines, Problem};
use crate::domain::ncco::Reason;

/// What is underlined: from and to, in UTF-16 units from the beginning of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    pub from: usize,
    pub to: usize,
}

/// Where a problem of this text is marked. It may be empty, as in a text that is empty.
#[must_use]
pub fn mark(text: &str, lines: &FieldLines, problem: &Problem) -> Mark {
    let units = |bytes: usize| text.get(..bytes).unwrap_or(text).encode_utf16().count();
    let range = match &problem.reason {
        Reason::NotJson { column, .. } => {
            let line = text.split_inclusive('\n').take(problem.line.saturating_sub(1)).map(str::len).sum::<usize>();
            let rest = text.get(line..).unwrap_or_default().lines().next().unwrap_or_default();
            // The character at fault, or the last one where the text ends too early.
            let at = rest.char_indices().nth(column.saturating_sub(1)).or_else(|| rest.char_indices().last());
            let (at, width) = at.map_or((0, 0), |(at, c)| (at, c.len_utf8()));
            line + at..line + at + width
        }
        reason => lines.range_of(&problem.field, matches!(reason, Reason::Unknown | Reason::Ignored)),
    };
    Mark { from: units(range.start), to: units(range.end) }
}

/// What makes one text of another: what stands from here to there is replaced, in UTF-16 units.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Change {
    #[serde(flatten)]
    pub at: Mark,
    pub insert: String,
}

/// The shortest change that makes `new` of `old`; `None` where they are the same.
#[must_use]
pub fn change(old: &str, new: &str) -> Option<Change> {
    if old == new {
        return None;
    }
    let bytes = |pairs: &mut dyn Iterator<Item = (char, char)>| {
        pairs.take_while(|(one, other)| one == other).map(|(one, _)| one.len_utf8()).sum::<usize>()
    };
    let before = bytes(&mut old.chars().zip(new.chars()));
    let (old_rest, new_rest) = (old.get(before..).unwrap_or_default(), new.get(before..).unwrap_or_default());
    let after = bytes(&mut old_rest.chars().rev().zip(new_rest.chars().rev()));
    let gone = old_rest.get(..old_rest.len() - after).unwrap_or_default();
    let insert = new_rest.get(..new_rest.len() - after).unwrap_or_default().to_owned();
    let from = old.get(..before).unwrap_or_default().encode_utf16().count();
    Some(Change { at: Mark { from, to: from + gone.encode_utf16().count() }, insert })
}

/// A column as people count, from 1, of one that serde counted in bytes.
pub(super) fn column(text: &str, line: usize, bytes: usize) -> usize {
    let written = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    written.char_indices().take_while(|(at, _)| *at < bytes).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call_flows::problems;

    fn marked(text: &str) -> String {
        let problem = &problems(text, |_| true)[0];
        let Mark { from, to } = mark(text, &FieldLines::of(text), problem);
        let units: Vec<u16> = text.encode_utf16().collect();
        String::from_utf16(&units[from..to]).unwrap()
    }

    #[test]
    fn a_problem_is_marked_where_it_is() {
        assert_eq!(marked("[\n{\"action\": \"talk\", \"text\": \"\u{1f600}\"},\n{\"action\": \"tälk\"}]"), "\"tälk\"");
        assert_eq!(marked("[{\"action\": \"talk\", \"text\": \"a\", \"colour\": 7}]"), "\"colour\"");
        assert_eq!(marked("[\n  {\"action\": \"talk\"}]"), "{");
    }

    #[test]
    fn a_change_is_as_short_as_it_can_be() {
        let of = |old: &str, new: &str| change(old, new).map(|change| (change.at.from, change.at.to, change.insert));
        assert_eq!(of("abc", "abc"), None);
        assert_eq!(of("\u{1f600}abc", "\u{1f600}axc"), Some((3, 4, "x".into())));
        assert_eq!(of("aa", "aaa"), Some((2, 2, "a".into())));
        assert_eq!(of("a\u{1f600}b", "ab"), Some((1, 3, String::new())));
        assert_eq!(of("", "x"), Some((0, 0, "x".into())));
    }

    #[test]
    fn a_text_that_is_no_json_is_marked_at_its_column() {
        assert_eq!(marked("[\n{\"action\": \"\u{4f60}\u{597d}\" x}]"), "x");
        let problem = &problems("[\n{\"action\": \"\u{4f60}\u{597d}\" x}]", |_| true)[0];
        assert!(matches!(problem.reason, Reason::NotJson { column: 17, .. }), "{problem}");
        assert_eq!(marked("[\n{\"action\": 1"), "1");
        assert_eq!(marked(""), "");
        assert_eq!(marked("[1,\n"), "");
    }
}
