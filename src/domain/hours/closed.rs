//! What a caller gets while the business is closed.

use serde::{Deserialize, Serialize};

use super::{Wrong, WrongField};
use crate::domain::language::{Language, Texts};
use crate::domain::ncco::{Action, Ncco};

/// The longest text that is said, in characters: with when it opens and what follows it stays below what the platform says
/// in one go.
pub const LONGEST_TEXT: usize = 600;

/// What happens to a caller, after it was said that the business is closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The call ends.
    #[default]
    HangUp,
    /// They leave a message.
    Message,
    /// They are called back, if they press a key; visitors leave their number on the page.
    CallBack,
    /// They are connected to a telephone: its digits with the country code.
    Number(String),
    /// They get another call flow, by id. Nothing is said before it.
    Flow(String),
}

impl Outcome {
    /// The word for it in SQL and in forms.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::HangUp => "hang-up",
            Self::Message => "message",
            Self::CallBack => "call-back",
            Self::Number(_) => "number",
            Self::Flow(_) => "flow",
        }
    }

    /// Which number, which flow.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Number(target) | Self::Flow(target) => Some(target),
            Self::HangUp | Self::Message | Self::CallBack => None,
        }
    }

    /// [`Self::name`] and [`Self::target`].
    #[must_use]
    pub fn of(name: &str, target: &str) -> Option<Self> {
        match name {
            "hang-up" => Some(Self::HangUp),
            "message" => Some(Self::Message),
            "call-back" => Some(Self::CallBack),
            "number" if !target.is_empty() => Some(Self::Number(target.to_owned())),
            "flow" if !target.is_empty() => Some(Self::Flow(target.to_owned())),
            _ => None,
        }
    }
}

/// What is said while the business is closed, and what happens then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct WhenClosed {
    pub outcome: Outcome,
    /// Said instead of the usual words for “we are closed”. When it opens is said after it. Empty: the usual words.
    pub text: Texts,
}

impl WhenClosed {
    /// Checks what was entered.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn checked(self) -> Result<Self, WrongField> {
        for language in Language::EVERY {
            let (text, field) = (self.text.only(language), format!("text_{}", language.suffix()));
            if text.chars().count() > LONGEST_TEXT {
                return Err(WrongField::new(field, Wrong::TooLong(LONGEST_TEXT)));
            }
            if !text.is_empty() && !Ncco(vec![Action::talk(text)]).check().is_empty() {
                return Err(WrongField::new(field, Wrong::Unspeakable));
            }
        }
        Ok(self)
    }
}
