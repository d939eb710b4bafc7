//! Who called, or was called, for those who may see it.

use serde::{Deserialize, Serialize};

use super::line::VISITOR_PREFIX;
use super::phone::E164;

/// Who called, or was called. Operators and agents see numbers in full; everybody else gets them masked from here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Party {
    /// As people write it: `+44 7700 900000`.
    Number(String),
    /// A visitor of the support page, by the last characters of the visit's id.
    Visitor(String),
    /// A Client SDK user, a URI, or whatever the platform said.
    Name(String),
    /// A telephone that hides its number.
    Withheld,
    Unknown,
}

/// What carriers put in the place of a number that is hidden or not known: words, in whatever case and with a plus or as
/// the user of a SIP address.
const HIDDEN: [&str; 20] = [
    "anonymous",
    "asserted",
    "blocked",
    "callerid unavailable",
    "hidden",
    "id unavailable",
    "invalid",
    "n/a",
    "no caller id",
    "none",
    "not available",
    "null",
    "number withheld",
    "private",
    "private number",
    "restricted",
    "unavailable",
    "undefined",
    "unknown",
    "withheld",
];

/// The same words spelt on a telephone's keypad, which American carriers send as digits: anonymous, restricted, blocked,
/// unknown, unavailable, private, withheld. As numbers they would be of Lesotho, Russia, Uganda, China and Sri Lanka, and
/// none of them is long enough to be one there.
const SPELT: [&str; 7] = ["266696687", "7378742833", "2562533", "8656696", "86282452253", "7748283", "94844353"];

/// Whether what stands for a caller says that there is no number.
#[must_use]
pub fn is_hidden(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("sips:").or_else(|| text.strip_prefix("sip:")).unwrap_or(&text);
    // `anonymous@anonymous.invalid`
    let text = text.split('@').next().unwrap_or(text);
    let plain: String = text.trim_matches(['+', '"', '<', '>', ' ']).replace(['-', '_', '.'], " ");
    let plain = plain.trim();
    // Nothing, or nothing but zeros.
    plain.bytes().all(|byte| byte == b'0') || HIDDEN.contains(&plain) || SPELT.contains(&plain)
}

/// The number of a caller, as a webhook tells it; `None` when it is hidden or no number.
#[must_use]
pub fn caller_number(text: Option<&str>) -> Option<E164> {
    text.filter(|text| !is_hidden(text)).and_then(|text| E164::parse(text).ok())
}

impl Party {
    /// From what a webhook says.
    #[must_use]
    pub fn of(text: Option<&str>) -> Self {
        let Some(text) = text.map(str::trim) else { return Self::Unknown };
        if let Some(visit) = text.strip_prefix(VISITOR_PREFIX) {
            let characters: Vec<char> = visit.chars().collect();
            return Self::Visitor(characters[characters.len().saturating_sub(6)..].iter().collect());
        }
        if is_hidden(text) {
            return Self::Withheld;
        }
        match E164::parse(text) {
            Ok(number) => Self::Number(number.grouped()),
            Err(_) => Self::Name(text.to_owned()),
        }
    }

    /// As plain text; empty when it is not known.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Number(text) | Self::Visitor(text) | Self::Name(text) => text.clone(),
            Self::Withheld | Self::Unknown => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_19_callers_without_a_number_are_withheld_in_every_spelling() {
        for text in [
            "266696687",
            "+7378742833",
            "2562533",
            "+8656696",
            "86282452253",
            "+86282452253",
            "7748283",
            "Anonymous",
            "+anonymous",
            "RESTRICTED",
            "unavailable",
            "Unknown",
            "private",
            "Withheld",
            "blocked",
            "sip:anonymous@anonymous.invalid",
            "No Caller ID",
            "no-caller-id",
            "\"Anonymous\"",
            "",
            "  ",
            "0",
            "+0",
            "0000000000",
            "+",
        ] {
            assert_eq!(Party::of(Some(text)), Party::Withheld, "{text:?}");
            assert_eq!(caller_number(Some(text)), None, "{text:?}");
        }
        assert_eq!(Party::of(None), Party::Unknown);
        assert_eq!(Party::of(Some("Jane")), Party::Name("Jane".into()));
        assert_eq!(Party::of(Some("447700900123")), Party::Number("+44 7700 900123".into()));
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn case_19_no_number_that_can_be_called_is_taken_for_a_hidden_one() {
        for text in SPELT {
            assert_eq!(crate::domain::numbering::kind_of(&E164::parse(text).unwrap()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn case_19_ordinary_numbers_are_not_hidden(digits in "44[1-9][0-9]{9}") {
            prop_assert!(!is_hidden(&digits));
            prop_assert!(caller_number(Some(&digits)).is_some());
        }
    }
}
