//! What a caller whom nobody took left for the agents.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Outcome;

/// What a caller left for the agents. Joined like everything in a record: nothing that was told is ever unsaid, so a message
/// that turns out to be empty is told as such.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Left {
    /// They asked to be called back, and were promised it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub call_back: bool,
    /// Their messages, by the id of the recording: true for one in which nothing is said after all.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub messages: BTreeMap<String, bool>,
}

impl Left {
    /// That they are to be called back.
    #[must_use]
    pub fn call_back() -> Self {
        Self { call_back: true, ..Self::default() }
    }

    /// A message, or that nothing is said in it.
    #[must_use]
    pub fn message(id: &str, empty: bool) -> Self {
        Self { messages: BTreeMap::from([(id.to_owned(), empty)]), ..Self::default() }
    }

    /// Nothing was told.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// How a call ended that no person took, if by this.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        if self.messages.values().any(|empty| !empty) {
            return Some(Outcome::LeftMessage);
        }
        self.call_back.then_some(Outcome::CallBack)
    }

    /// Adds what another record of the same call knows.
    pub fn join(&mut self, other: &Self) {
        self.call_back |= other.call_back;
        for (id, empty) in &other.messages {
            *self.messages.entry(id.clone()).or_default() |= empty;
        }
    }
}
