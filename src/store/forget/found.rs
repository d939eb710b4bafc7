//! What a look for a person finds, and what became of it.

use serde::{Deserialize, Serialize};

use crate::domain::spelling::{is_number, replace_numbers};

/// Rows that are changed in one transaction.
pub(super) const AT_ONCE: usize = 100;
/// A row with somebody in it: its key and the columns as they are to be.
pub(in crate::store) struct Found {
    pub(super) key: String,
    /// In the order of the index; `None` stays.
    pub(super) texts: Vec<Option<String>>,
    /// One of the columns is the number and nothing else.
    pub(super) is_it: bool,
}

impl Found {
    pub(super) fn take(&mut self, text: &str, number: &str, token: &str) {
        let replaced = replace_numbers(text, |spelled| is_number(spelled, number).then(|| token.to_owned()));
        self.is_it |= !text.is_empty() && replaced == token;
        self.texts.push((replaced != text).then_some(replaced));
    }
}

/// Files that are to be deleted, by the ids in their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    pub recordings: Vec<String>,
    pub voicemails: Vec<String>,
}

/// What was found and made nameless, in rows. What was not counted in an older report is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forgotten {
    pub conversations: u64,
    pub closed: u64,
    pub attempts: u64,
    pub texts: u64,
    pub calls: u64,
    pub webhooks: u64,
    /// Calls of the contact centre, and what agents dialled.
    pub desk: u64,
    /// Notes of agents.
    pub notes: u64,
    /// Recordings and voicemails, with their files.
    pub recordings: u64,
    /// Tracked calls, and visitors of the web site.
    pub tracked: u64,
    /// The block list and what else there was.
    pub other: u64,
    /// Places in what the operator set up where the number still stands.
    pub stays: u64,
}

impl Forgotten {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            conversations: self.conversations + other.conversations,
            closed: self.closed + other.closed,
            attempts: self.attempts + other.attempts,
            texts: self.texts + other.texts,
            calls: self.calls + other.calls,
            webhooks: self.webhooks + other.webhooks,
            desk: self.desk + other.desk,
            notes: self.notes + other.notes,
            recordings: self.recordings + other.recordings,
            tracked: self.tracked + other.tracked,
            other: self.other + other.other,
            stays: self.stays + other.stays,
        }
    }
}
