//! Telephone numbers: parse, don't validate.
//!
//! A number that got past [`E164::parse`] is digits with a country code and no `+`, the form that every Vonage API and
//! webhook uses. What a person typed into a field is read by
//! [`crate::domain::numbering::read`], which knows every country's plan and the business's own country: that is for the
//! server, and this module is what the browser carries too.

mod spellings;
mod written;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use written::Written;

/// A telephone number in E.164 without the leading `+`: 7 to 15 digits, the first not zero.
///
/// `Debug` prints the masked form and there is no `Display`, so that a full number reaches a log line or a screen only
/// where somebody wrote [`E164::digits`], [`E164::international`] or [`E164::grouped`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct E164(String);

/// Why a text is not a telephone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum PhoneError {
    #[error("the number is empty")]
    Empty,
    #[error("a number may hold digits, spaces, dots, dashes, brackets and a leading +, not {0:?}")]
    Character(char),
    #[error("a number needs its country code: write it like +44 7700 900000")]
    NoCountryCode,
    #[error("a number with its country code has 7 to 15 digits, this has {0}")]
    Length(usize),
    /// Its digits.
    #[error("the number has an extension ({0}), which cannot be dialled: write the number without it")]
    Extension(String),
    #[error("the (0) is not dialled behind a country code: leave it out")]
    TrunkZero,
    /// Two letters of the country.
    #[error("this is not a complete number of {0}, or it has digits too many")]
    Incomplete(String),
    #[error("no country has this country code")]
    NoCountry,
    /// What it may be, written with the country code.
    #[error("do you mean {}? Write the number with + and its country code", .0.join(" or "))]
    Doubt(Vec<String>),
}

impl E164 {
    /// Reads a number that has its country code: what platforms send (`447700900000`), and what people write,
    /// `+44 (7700) 900-000` and `0044 7700 900000`, with the decoration that [`Written::read`] knows.
    ///
    /// A blank in front (`" 44…"`) is what an unencoded `+` becomes in a query string, and is accepted. Whether a zero
    /// behind the country code belongs to the number only the numbering plans know: one in brackets is refused here.
    ///
    /// # Errors
    /// Says which rule the text breaks, in words for the person who typed it.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        // Nearly always: from a webhook or the database.
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::of_digits(text);
        }
        let written = Written::read(text)?;
        if written.bracketed_zero.is_some_and(|at| at > 0) {
            return Err(PhoneError::TrunkZero);
        }
        Self::of_digits(&written.digits)
    }

    fn of_digits(digits: &str) -> Result<Self, PhoneError> {
        let digits = digits.strip_prefix("00").unwrap_or(digits);
        if digits.starts_with('0') {
            return Err(PhoneError::NoCountryCode);
        }
        if !(7..=15).contains(&digits.len()) {
            return Err(PhoneError::Length(digits.len()));
        }
        Ok(Self(digits.to_owned()))
    }

    /// The digits as the platform wants them: `447700900000`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// For a `tel:` link, a form's value and machines: `+447700900000`.
    #[must_use]
    pub fn international(&self) -> String {
        format!("+{}", self.0)
    }

    /// For people: `+44 7700 900000`, grouped as its country does. [`E164::parse`] reads it back.
    ///
    /// Only the server knows the groups of every country: in the browser this is [`E164::international`], and whatever
    /// an island shows must come to it as text.
    #[must_use]
    pub fn grouped(&self) -> String {
        let plain = self.international();
        #[cfg(not(target_arch = "wasm32"))]
        if let Ok(number) = phonenumber::parse(None, &plain) {
            let shown = number.format().mode(phonenumber::Mode::International).to_string();
            // What does not fit its country's plan is cut or lengthened by that; here it is shown as it is.
            if shown.bytes().filter(u8::is_ascii_digit).eq(self.0.bytes()) {
                return shown;
            }
        }
        plain
    }

    /// For screens and logs of those who may not see the number: `+44•••••0000`.
    #[must_use]
    pub fn masked(&self) -> String {
        mask(&self.0)
    }
}

/// Digits, with or without a `+`, as [`E164::grouped`] writes them; what is no number stays as it is.
#[must_use]
pub fn grouped(text: &str) -> String {
    E164::parse(text).map_or_else(|_| text.to_owned(), |number| number.grouped())
}

/// Masks whatever stands in a webhook's `from` or `to`: numbers keep two digits in front and four behind,
/// short ones only the last two; a text without digits (a user's name, "anonymous") stays as it is.
#[must_use]
pub fn mask(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 5 || text.chars().any(char::is_alphabetic) {
        return text.to_owned();
    }
    let (front, behind) = if digits.len() < 7 { (0, 2) } else { (2, 4) };
    let mut out = String::from("+");
    out.extend(&digits[..front]);
    out.extend(std::iter::repeat_n('•', digits.len() - front - behind));
    out.extend(&digits[digits.len() - behind..]);
    out
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({})", self.masked())
    }
}

impl std::str::FromStr for E164 {
    type Err = PhoneError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for E164 {
    type Error = PhoneError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<E164> for String {
    fn from(number: E164) -> Self {
        number.0
    }
}

/// The digits of a part of a number, as people write one; none of an empty text.
///
/// # Errors
/// [`PhoneError::Character`] when something in it has no place in a number.
pub fn digits_within(text: &str) -> Result<String, PhoneError> {
    match Written::read(text) {
        Ok(written) => Ok(written.digits),
        Err(PhoneError::Empty) => Ok(String::new()),
        Err(wrong) => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_people_write() {
        for text in ["447700900000", "+447700900000", " 447700900000", "+44 (7700) 900-000", "0044 7700.900 000"] {
            assert_eq!(E164::parse(text).map(|n| n.digits().to_owned()), Ok("447700900000".to_owned()), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_number_has_digits_and_their_decoration() {
        assert_eq!(digits_within("+44 (20)-7"), Ok("44207".into()));
        assert_eq!(digits_within("  "), Ok(String::new()));
        assert_eq!(digits_within("20x"), Err(PhoneError::Character('x')));
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(E164::parse("  "), Err(PhoneError::Empty));
        assert_eq!(E164::parse("07700900000"), Err(PhoneError::NoCountryCode));
        assert_eq!(E164::parse("44"), Err(PhoneError::Length(2)));
        assert_eq!(E164::parse("4477009000000000"), Err(PhoneError::Length(16)));
        assert_eq!(E164::parse("44x7700900000"), Err(PhoneError::Character('x')));
        assert_eq!(E164::parse("44+7700900000"), Err(PhoneError::Character('+')));
        assert_eq!(E164::parse("+44 (0)7700 900000"), Err(PhoneError::TrunkZero));
    }

    #[test]
    fn masks_in_debug_and_on_screens() {
        let number = E164::parse("447700900123").unwrap();
        assert_eq!(number.masked(), "+44••••••0123");
        assert_eq!(format!("{number:?}"), "E164(+44••••••0123)");
        assert_eq!(mask("visitor-7"), "visitor-7");
        assert_eq!(mask("12345"), "+•••45");
        assert_eq!(mask("anonymous"), "anonymous");
    }

    #[test]
    fn groups_numbers_as_their_country_does() {
        assert_eq!(E164::parse("442079460000").unwrap().grouped(), "+44 20 7946 0000");
        // Of ranges that are kept for fiction, and of no country at all.
        assert_eq!(grouped("447700900555"), "+44 7700 900555");
        assert_eq!(grouped("+12025550100"), "+1 202-555-0100");
        assert_eq!(grouped("8613800000000"), "+86 138 0000 0000");
        assert_eq!(grouped("9999999999999"), "+9999999999999");
        assert_eq!(grouped("Jane"), "Jane");
    }

    proptest! {
        #[test]
        fn a_grouped_number_is_read_back(digits in "[1-9][0-9]{6,14}") {
            let number = E164::parse(&digits).unwrap();
            prop_assert_eq!(E164::parse(&number.grouped()), Ok(number));
        }

        #[test]
        fn never_panics_and_never_grows(text in "\\PC{0,40}") {
            if let Ok(number) = E164::parse(&text) {
                prop_assert!((7..=15).contains(&number.digits().len()));
                prop_assert_eq!(E164::parse(&number.international()), Ok(number.clone()));
                prop_assert!(!number.masked().contains(number.digits()));
            }
        }
    }
}
