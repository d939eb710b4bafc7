//! What people write and paste where a number is wanted, reduced to digits: the first half of the reader.
//!
//! Needs no numbering plan, so it runs in the browser too. What the digits mean in the business's country is
//! [`crate::domain::numbering`]'s question, on the server.

use super::PhoneError;

/// The zero of every script whose digits are decimal digits (Unicode's general category `Nd`), in order; the other nine
/// follow each. `std` does not know the value of any but ASCII's.
const ZEROS: [u32; 77] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0,
    0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066, 0x110F0, 0x11136,
    0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0,
    0x11C50, 0x11D50, 0x11DA0, 0x11DE0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE,
    0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// What stands before the digits of an extension, longer words first.
const EXTENSION: [&str; 24] = [
    "nebenstelle",
    "extension",
    "durchwahl",
    "interno",
    "anexo",
    "poste",
    "extn",
    "分机号",
    "доб",
    "ext",
    "int",
    "分机",
    "内线",
    "вн",
    "dw",
    "转",
    "х",
    "x",
    "#",
    "*",
    ",",
    ";",
    "p",
    "w",
];

/// Schemes and labels in front of a number.
const SCHEMES: [&str; 5] = ["callto:", "phone:", "tel.:", "tel:", "tel."];

/// A number as it was written, without its decoration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// It begins with a plus, or a `tel:` link's context says its country.
    pub plus: bool,
    /// ASCII digits, in order; not empty.
    pub digits: String,
    /// Where in the digits a zero stands that was in brackets by itself: `+44 (0)20 …`.
    pub bracketed_zero: Option<usize>,
}

impl Written {
    /// Takes the decoration off: blanks, dashes, dots, slashes and brackets of every kind, characters that cannot be seen,
    /// the `tel:` and `%20` of links. Digits of every script are read.
    ///
    /// # Errors
    /// When a character has no place in a number, when there is an extension, when there is no digit.
    pub fn read(text: &str) -> Result<Self, PhoneError> {
        let text = decoded(text);
        let text = text.trim_matches(|c| is_unseen(c) || c.is_whitespace());
        let body = without_scheme(text);
        let (body, context) = without_parameters(body)?;
        let mut written = Self { plus: false, digits: String::with_capacity(16), bracketed_zero: None };
        let mut open = None;
        for (at, c) in body.char_indices() {
            match c {
                c if let Some(digit) = digit(c) => written.digits.push(digit),
                '+' | '＋' | '﹢' | '⁺' if written.digits.is_empty() && !written.plus => written.plus = true,
                '(' | '（' | '[' | '［' => open = Some(written.digits.len()),
                ')' | '）' | ']' | '］' => {
                    let alone = |from: &usize| written.digits.get(*from..) == Some("0");
                    written.bracketed_zero = open.take().filter(alone).or(written.bracketed_zero);
                }
                c if is_decoration(c) => {}
                odd => match extension(&body[at..]).filter(|_| written.digits.len() > 4) {
                    Some(extension) => return Err(PhoneError::Extension(extension)),
                    None => return Err(PhoneError::Character(odd)),
                },
            }
        }
        if let Some(context) = context {
            written.bracketed_zero = None;
            written.digits.insert_str(0, &context);
            written.plus = true;
        }
        if written.digits.is_empty() { Err(PhoneError::Empty) } else { Ok(written) }
    }
}

/// The decimal digit that a character is, in whatever script.
fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= c as u32)].last()?;
    char::from_digit((c as u32 - zero).min(10), 10)
}

/// Characters that take no room: they come along when a number is copied from a contact or a page.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{20e3}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// What may stand between digits.
fn is_decoration(c: char) -> bool {
    c.is_whitespace()
        || is_unseen(c)
        || matches!(
            c,
            '-' | '.' | '/' | '~' | '·' | '˗' | '\u{2010}'
                ..='\u{2015}'
                    | '⁃'
                    | '⁄'
                    | '∕'
                    | '−'
                    | '․'
                    | '・'
                    | 'ー'
                    | '﹘'
                    | '﹣'
                    | '－'
                    | '．'
                    | '／'
                    | '～'
        )
}

/// The text with `%20` and the like read.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = text.get(at + 1..at + 3).filter(|hex| *byte == b'%' && hex.bytes().all(|b| b.is_ascii_hexdigit()));
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(read) => {
                out.push(read);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn without_scheme(text: &str) -> &str {
    for scheme in SCHEMES {
        if let Some(head) = text.get(..scheme.len())
            && head.eq_ignore_ascii_case(scheme)
        {
            let body = text[scheme.len()..].trim_start_matches('/');
            return body.split('?').next().unwrap_or(body);
        }
    }
    text
}

/// Reads what RFC 3966 puts behind a number, and returns the digits that `phone-context` puts in front of it.
fn without_parameters(body: &str) -> Result<(&str, Option<String>), PhoneError> {
    let Some((number, parameters)) = body.split_once(';').filter(|(_, behind)| behind.contains('=')) else {
        return Ok((body, None));
    };
    let mut context = None;
    for parameter in parameters.split(';') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let digits: String = value.chars().filter_map(digit).collect();
        match name.trim().to_ascii_lowercase().as_str() {
            "ext" | "isub" if !digits.is_empty() => return Err(PhoneError::Extension(digits)),
            "phone-context" if value.trim_start().starts_with('+') && !digits.is_empty() => context = Some(digits),
            _ => {}
        }
    }
    Ok((number, context))
}

/// The digits of an extension, if that is what follows.
fn extension(rest: &str) -> Option<String> {
    let rest = rest.to_lowercase();
    let behind = EXTENSION.iter().find_map(|word| rest.strip_prefix(word))?;
    let behind = behind.trim_start_matches(|c: char| is_decoration(c) || ".:：#=".contains(c));
    let digits: String = behind.chars().filter_map(digit).collect();
    let clean = behind.chars().all(|c| digit(c).is_some() || is_decoration(c) || ")）,;#*pw".contains(c));
    (clean && !digits.is_empty()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn digits(text: &str) -> Result<(bool, String), PhoneError> {
        Written::read(text).map(|written| (written.plus, written.digits))
    }

    #[test]
    fn case_22_what_cannot_be_seen_and_what_only_decorates_is_left_out() {
        for text in [
            "\u{202a}+49 30 901820\u{202c}",
            "\u{2068}+4930901820\u{2069}",
            "+49\u{202f}30\u{2009}901820",
            "+49\u{2011}30\u{2013}901820",
            "+49 (30) 9018–20",
            "\u{feff}+49·30·90·18·20",
            "＋４９　３０　９０１８２０",
            "+٤٩ ٣٠ ٩٠١٨٢٠",
            "+४९ ३० ९०१८२०",
            "tel:+4930901820",
            "TEL:+49-30-901820",
            "tel:+49%2030%20901820",
            "tel:%2B4930901820",
            "callto://+4930901820",
            "Tel.: +49 30 901820",
            "tel:30-901820;phone-context=+49",
            "+4️⃣9️⃣30901820",
        ] {
            assert_eq!(digits(text), Ok((true, "4930901820".into())), "{text:?}");
        }
    }

    #[test]
    fn case_22_an_extension_is_told_as_one() {
        for text in [
            "+49 30 901820 ext. 17",
            "+49 30 901820 x17",
            "+49 30 901820 (Ext 17)",
            "+49 30 901820,17",
            "+49 30 901820;17",
            "+4930901820p17",
            "tel:+4930901820;ext=17",
            "+49 30 901820 #17",
            "+49 30 901820 分机17",
            "+49 30 901820 доб. 17",
            "+49 30 901820 Durchwahl: 17",
        ] {
            assert_eq!(digits(text), Err(PhoneError::Extension("17".into())), "{text:?}");
        }
        // Not one: nothing follows, or a word does.
        assert_eq!(digits("+49 30 901820 x"), Err(PhoneError::Character('x')));
        assert_eq!(digits("+49 30 901820 x1y"), Err(PhoneError::Character('x')));
        assert_eq!(digits("x17"), Err(PhoneError::Character('x')));
        assert_eq!(digits("+49••••1820"), Err(PhoneError::Character('•')));
        assert_eq!(digits("100%"), Err(PhoneError::Character('%')));
        assert_eq!(digits(" \u{200e} "), Err(PhoneError::Empty));
    }

    #[test]
    fn a_zero_alone_in_brackets_is_remembered() {
        let zero = |text| Written::read(text).unwrap().bracketed_zero;
        assert_eq!(zero("+44 (0)20 7946 0000"), Some(2));
        assert_eq!(zero("+44 ( 0 ) 20 7946 0000"), Some(2));
        assert_eq!(zero("0044（０）20 7946 0000"), Some(4));
        assert_eq!(zero("+44 (020) 7946 0000"), None);
        assert_eq!(zero("(0)20 7946 0000"), Some(0));
    }

    proptest! {
        #[test]
        fn case_22_digits_of_every_script_are_read(text in "\\p{Nd}{3,15}") {
            let written = Written::read(&text).unwrap();
            prop_assert_eq!(written.digits.len(), text.chars().count());
        }

        // Without the unassigned: the generator's tables may know an older Unicode than `ZEROS`.
        #[test]
        fn case_22_nothing_but_digits_is_a_digit(c in "[\\P{Nd}--\\p{Cn}]") {
            prop_assert!(c.chars().all(|c| digit(c).is_none()), "{:?}", c);
        }

        #[test]
        fn never_panics(text in "\\PC{0,30}|[+0-9(); =%ext:a-f]{0,30}") {
            if let Ok(written) = Written::read(&text) {
                prop_assert!(!written.digits.is_empty() && written.digits.bytes().all(|b| b.is_ascii_digit()));
            }
        }
    }
}
