//! Telephone numbers in texts, however they are written there: `447700900501`, `+44 (0)7700 900-501`, `00 44 7700…`,
//! `%2B44+7700+900501` in a query, `\u002b44…` in JSON. What masks numbers and what forgets people both read texts here,
//! so that neither knows a spelling that the other does not.
//!
//! This is not the reader of what people type into a field: it looks for numbers *inside* texts, and prefers to find one
//! too many.

use super::phone::E164;

/// The digits of the longest number, and of the shortest that is looked for.
const LONGEST: usize = 15;
const SHORTEST: usize = 7;
/// How many separators may stand between two digits of one number: `+44 (0) – 7700`.
const APART: usize = 5;
/// How many pieces a number may be written in.
const PIECES: usize = 15;
/// The last digits, which all forms of a number have in common.
const END: usize = 6;

/// A way in which a part of a text can be read as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelled<'a> {
    /// The digits: with the country code, or, when it is [`Self::national`], without the zero in front.
    pub digits: &'a str,
    /// It was written with one zero in front, so its country code is not there.
    pub national: bool,
    /// It can hardly be anything else: digits that stand by themselves, or behind a plus sign or `00`. A date, a price or
    /// a part of an id is a reading too, but not a plain one.
    pub plain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digit(u8),
    Plus,
    Between,
    Other,
}

/// What stands at a place of the text, and where it ends.
struct Mark {
    kind: Kind,
    start: usize,
    end: usize,
}

/// Digits without anything between them: places in the list of marks.
struct Piece {
    first: usize,
    /// Behind the last.
    end: usize,
}

/// Every way to read a number in a text, international ones only: what a database can be asked for.
#[must_use]
pub fn numbers_in(text: &str) -> Vec<String> {
    let mut found = std::collections::BTreeSet::new();
    // Nothing is replaced, so every window is looked at.
    let _ = replace_numbers(text, |number| {
        if !number.national {
            found.insert(number.digits.to_owned());
        }
        None
    });
    found.into_iter().collect()
}

/// The text with another text in the place of every number for which `replace` has one. Of the ways to read a place, the
/// longest that is replaced counts.
pub fn replace_numbers(text: &str, mut replace: impl FnMut(Spelled<'_>) -> Option<String>) -> String {
    let marks = marks(text);
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for pieces in runs(&marks) {
        let mut at = 0;
        while at < pieces.len() {
            let mut next = at + 1;
            for last in (at..pieces.len().min(at + PIECES)).rev() {
                let Some((number, start)) = window(text, &marks, &pieces[at..=last], &mut replace) else { continue };
                out.push_str(&text[copied..start]);
                out.push_str(&number);
                copied = marks[pieces[last].end - 1].end;
                next = last + 1;
                break;
            }
            at = next;
        }
    }
    out.push_str(&text[copied..]);
    out
}

/// Whether a reading is this number: with its country code or without it, and also in the other form that carriers know
/// the same telephone by ([`E164::spellings`]).
#[must_use]
pub fn is_number(spelled: Spelled<'_>, number: &str) -> bool {
    if is_written(spelled, number) {
        return true;
    }
    // Nearly every reading is somebody else's: whatever carriers add or drop, the end stays.
    let end = spelled.digits.len().checked_sub(END).and_then(|from| spelled.digits.get(from..));
    if !end.is_some_and(|end| number.ends_with(end)) {
        return false;
    }
    let other = E164::parse(number).map(|number| number.spellings()).unwrap_or_default();
    other.iter().any(|other| is_written(spelled, other.digits()))
}

/// Whether a reading is exactly this number.
fn is_written(spelled: Spelled<'_>, number: &str) -> bool {
    match spelled.national {
        false => spelled.digits == number,
        true => {
            let code = number.len().saturating_sub(spelled.digits.len());
            (1..=3).contains(&code) && number.ends_with(spelled.digits)
        }
    }
}

/// What the pieces are replaced by, and where the number begins with its plus sign or bracket.
fn window(
    text: &str,
    marks: &[Mark],
    pieces: &[Piece],
    replace: &mut impl FnMut(Spelled<'_>) -> Option<String>,
) -> Option<(String, usize)> {
    let (first, last) = (pieces.first()?, pieces.last()?);
    let digits_of = |piece: &Piece| -> String {
        let digits = marks[piece.first..piece.end].iter();
        digits
            .filter_map(|mark| if let Kind::Digit(digit) = mark.kind { Some(char::from(digit)) } else { None })
            .collect()
    };
    let parts: Vec<String> = pieces.iter().map(digits_of).collect();
    let length: usize = parts.iter().map(String::len).sum();
    // `011`, a zero of the trunk and the number itself.
    if !(SHORTEST..=LONGEST + 4).contains(&length) {
        return None;
    }
    let plus = first.first.checked_sub(1).filter(|at| marks[*at].kind == Kind::Plus);
    // `+ 44`, and `+(44)`, have something between.
    let plus = plus.or_else(|| {
        let near = first.first.checked_sub(2)?;
        (marks[near].kind == Kind::Plus && marks[near + 1].kind == Kind::Between).then_some(near)
    });
    let start = marks[plus.unwrap_or(first.first)].start;
    let whole: String = parts.concat();
    // A number that was written at a stretch, with nothing beside it that makes it a part of something else.
    let beside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let before = text[..marks[first.first].start].chars().next_back();
    let behind = text[marks[last.end - 1].end..].chars().next();
    let fraction = before == Some('.') && text[..marks[first.first].start - 1].ends_with(|c: char| c.is_ascii_digit());
    let alone = pieces.len() == 1 && !beside(before) && !beside(behind) && !fraction;
    let abroad = parts[0].starts_with("00") && !whole.starts_with("000") && !beside(before);
    let plain = (alone || plus.is_some() || abroad) && !behind.is_some_and(char::is_alphabetic);

    let mut readings: Vec<(String, bool)> = Vec::new();
    let mut international = |digits: String| {
        if (SHORTEST..=LONGEST).contains(&digits.len()) && !digits.starts_with('0') {
            readings.push((digits, false));
        }
    };
    for prefix in ["", "00", "011"] {
        let Some(rest) = whole.strip_prefix(prefix) else { continue };
        international(rest.to_owned());
        // The zero that people write behind the country code: `(0)7700`, `07700`.
        let skipped = whole.len() - rest.len();
        let mut seen = 0;
        for part in &parts {
            let at = seen;
            seen += part.len();
            if part.starts_with('0') && (1..=3).contains(&at.saturating_sub(skipped)) && at > skipped {
                international(format!("{}{}", &whole[skipped..at], &whole[at + 1..]));
            }
        }
    }
    if let Some(rest) = whole.strip_prefix('0')
        && !rest.starts_with('0')
        && (SHORTEST - 1..LONGEST).contains(&rest.len())
    {
        readings.push((rest.to_owned(), true));
    }
    let replaced = readings.iter().find_map(|(digits, national)| {
        replace(Spelled { digits, national: *national, plain: plain && !(*national && plus.is_some()) })
    });
    replaced.map(|number| (number, start))
}

/// The pieces of digits that may belong together, in groups.
fn runs(marks: &[Mark]) -> Vec<Vec<Piece>> {
    let mut runs: Vec<Vec<Piece>> = Vec::new();
    let mut apart = usize::MAX;
    let mut at = 0;
    while at < marks.len() {
        match marks[at].kind {
            Kind::Digit(_) => {
                let first = at;
                while at < marks.len() && matches!(marks[at].kind, Kind::Digit(_)) {
                    at += 1;
                }
                let piece = Piece { first, end: at };
                match runs.last_mut() {
                    Some(run) if apart <= APART => run.push(piece),
                    _ => runs.push(vec![piece]),
                }
                apart = 0;
                continue;
            }
            Kind::Plus | Kind::Between => apart = apart.saturating_add(1),
            Kind::Other => apart = usize::MAX,
        }
        at += 1;
    }
    runs
}

fn marks(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (c, length) = escaped(&text[at..]).unwrap_or((c, c.len_utf8()));
        marks.push(Mark { kind: kind(c), start: at, end: at + length });
        at += length;
    }
    marks
}

/// A character that is written as `%XX`, or as JSON's `\uXXXX`, and how long it is so.
fn escaped(text: &str) -> Option<(char, usize)> {
    let hex = |from: usize, digits: usize| {
        let hex = text.get(from..from + digits).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(hex, 16).ok()
    };
    if text.starts_with("\\u") {
        return Some((char::from_u32(hex(2, 4)?)?, 6));
    }
    if !text.starts_with('%') {
        return None;
    }
    let first = u8::try_from(hex(1, 2)?).ok()?;
    let length: usize = match first {
        0..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => return None,
    };
    let mut bytes = [first, 0, 0];
    for (nth, byte) in bytes.iter_mut().enumerate().take(length).skip(1) {
        if text.as_bytes().get(3 * nth) != Some(&b'%') {
            return None;
        }
        *byte = u8::try_from(hex(3 * nth + 1, 2)?).ok()?;
    }
    let c = std::str::from_utf8(&bytes[..length]).ok()?.chars().next()?;
    Some((c, 3 * length))
}

fn kind(c: char) -> Kind {
    // The digits of the scripts in which numbers are written, each ten in a row.
    const ZEROS: [char; 5] = ['0', '\u{660}', '\u{6f0}', '\u{966}', '\u{ff10}'];
    for zero in ZEROS {
        if let Some(digit) = u32::from(c).checked_sub(u32::from(zero)).filter(|digit| *digit < 10) {
            // Below ten.
            return Kind::Digit(b'0' + u8::try_from(digit).unwrap_or(0));
        }
    }
    match c {
        '+' | '\u{ff0b}' => Kind::Plus,
        ' ' | '\t' | '-' | '.' | '(' | ')' | '/' => Kind::Between,
        // Blanks, dashes, brackets and marks that nobody sees.
        '\u{a0}'
        | '\u{ad}'
        | '\u{2000}'..='\u{2015}'
        | '\u{2028}'..='\u{202f}'
        | '\u{205f}'..='\u{206f}'
        | '\u{2212}'
        | '\u{3000}'
        | '\u{feff}'
        | '\u{ff08}'
        | '\u{ff09}'
        | '\u{ff0d}'
        | '\u{ff0e}'
        | '\u{ff0f}' => Kind::Between,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NUMBER: &str = "447700900501";

    fn hidden(text: &str) -> String {
        replace_numbers(text, |spelled| is_number(spelled, NUMBER).then(|| "X".to_owned()))
    }

    #[test]
    fn f12_every_spelling_of_a_number_is_found() {
        for text in [
            "447700900501",
            "+447700900501",
            "+44 7700 900501",
            "+44 (0)7700 900501",
            "+44 (0) 7700-900-501",
            "+44 07700 900501",
            "00447700900501",
            "0044 7700 900 501",
            "00 44 7700 900501",
            "011 44 7700 900501",
            "07700 900501",
            "(07700) 900501",
            "+44.7700.900.501",
            "+44/7700/900501",
            "%2B447700900501",
            "%2b44+7700+900501",
            "%2B44%207700%20900501",
            "%34%347700900501",
            "+44%C2%A07700%C2%A0900501",
            "\\u002b447700900501",
            "\\u0034\\u00347700900501",
            "+44\u{202f}7700\u{2011}900501",
            "\u{202a}+44 7700 900501\u{202c}",
            "＋４４７７００９００５０１",
            "tel:+44-7700-900501",
        ] {
            let shown = hidden(&format!("from {text}, \"to\":442079460001"));
            assert!(shown.contains('X') && shown.ends_with(", \"to\":442079460001"), "{text}: {shown}");
            assert!(!shown.contains("900501") && !shown.contains("7700"), "{text}: {shown}");
        }
    }

    #[test]
    fn f12_two_numbers_beside_each_other_are_two() {
        assert_eq!(hidden("447700900501 442079460001"), "X 442079460001");
        assert_eq!(hidden("442079460001 447700900501"), "442079460001 X");
        assert_eq!(hidden("447700900501+447700900501"), "XX");
        assert_eq!(hidden("from=447700900501&to=447700900501"), "from=X&to=X");
        assert_eq!(hidden(r#"{"number":447700900501,"n":"44 7700 900502"}"#), r#"{"number":X,"n":"44 7700 900502"}"#);
    }

    #[test]
    fn a_date_a_price_and_a_part_of_an_id_are_no_plain_number() {
        let plain = |text: &str| replace_numbers(text, |spelled| spelled.plain.then(|| "X".to_owned()));
        for text in [
            "2026-11-21T10:00:00.000Z",
            "2026-11-21 10:00:00 +0000",
            "aaaa1234567890bbbb-1234567-0",
            "CON-12345678-0000-4000-8000-000000000001",
            "0.02000000",
            "0.12345678",
            "95 s",
            "d8c75dcc00004000",
        ] {
            assert_eq!(plain(text), text);
        }
        assert_eq!(plain("call 447700900501 or +1 (202) 555-0123."), "call X or X.");
        assert_eq!(plain("sip:0044 7700 900501@x"), "sip:X@x");
    }

    #[test]
    fn case_25_a_number_is_found_in_its_other_form_too() {
        let one = "5213312345678";
        let hidden = |text: &str| replace_numbers(text, |spelled| is_number(spelled, one).then(|| "X".to_owned()));
        for text in
            ["523312345678", "+52 33 1234 5678", "+52 1 33 1234 5678", "0052 33 1234 5678", "%2B52+33+1234+5678"]
        {
            assert_eq!(hidden(&format!("from {text}.")), "from X.", "{text}");
        }
        for text in ["523312345679", "+1 33 1234 5678", "5223312345678"] {
            assert_eq!(hidden(&format!("from {text}.")), format!("from {text}."));
        }
        // An Argentinian at home writes neither the country nor its 9.
        let national = replace_numbers("03514567890", |it| is_number(it, "5493514567890").then(|| "X".to_owned()));
        assert_eq!(national, "X");
    }

    proptest! {
        #[test]
        fn f12_nothing_but_the_number_is_replaced(before in "[a-z ,;:\"]{0,8}", behind in "[a-z ,;:\"]{0,8}") {
            let text = format!("{before}|+44 7700 900501|{behind}");
            prop_assert_eq!(hidden(&text), format!("{before}|X|{behind}"));
        }

        #[test]
        fn any_text_is_read_and_comes_back_when_nothing_is_replaced(text in "\\PC{0,60}", odd in "[%\\\\u0-9a-f+ ]{0,40}") {
            let text = format!("{text}{odd}");
            prop_assert_eq!(replace_numbers(&text, |_| None), text.clone());
            let _ = numbers_in(&text);
        }

        #[test]
        fn a_number_in_pieces_is_one_number(
            cuts in proptest::collection::vec(proptest::sample::select(vec!["", " ", "-", ".", "%20", "+", "\u{a0}", "/", " - "]), 11),
            plus in proptest::sample::select(vec!["", "+", "00", "%2B", "\\u002b", "011 ", "00 "]),
        ) {
            let mut text = String::from(plus);
            for (at, digit) in NUMBER.chars().enumerate() {
                text.push(digit);
                text.push_str(cuts.get(at).copied().unwrap_or_default());
            }
            prop_assert_eq!(hidden(&format!("a {text} b")), "a X b");
        }
    }
}
