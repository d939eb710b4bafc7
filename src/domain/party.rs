//! Who called, or was called, for those who may see it.

use serde::{Deserialize, Serialize};

use super::line::VISITOR_PREFIX;
use super::phone::E164;

/// Who called, or was called. Operators and agents see numbers in full; whoever may not gets them masked from here.
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

/// What suppliers put in the place of a number that is hidden.
const WITHHELD: [&str; 5] = ["anonymous", "restricted", "private", "withheld", "unavailable"];

impl Party {
    /// From what a webhook says.
    #[must_use]
    pub fn of(text: Option<&str>) -> Self {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Self::Unknown };
        if let Some(visit) = text.strip_prefix(VISITOR_PREFIX) {
            let characters: Vec<char> = visit.chars().collect();
            return Self::Visitor(characters[characters.len().saturating_sub(6)..].iter().collect());
        }
        if WITHHELD.iter().any(|word| text.eq_ignore_ascii_case(word)) {
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
