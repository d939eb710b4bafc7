//! What somebody is shown once, on the page after the one where they asked for it: a key, a link. Kept in memory only, so
//! that no secret reaches the disk or an address.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Services;

/// A note that nobody read is gone after this, ms.
const MINUTES_MS: i64 = 10 * 60 * 1000;
/// More than this at once is nobody's doing.
const MOST: usize = 1_000;

/// By account and kind: the text, and until when.
pub(super) type Notes = Mutex<HashMap<(String, &'static str), (String, i64)>>;

impl Services {
    /// Leaves a note for an account; one of the same kind that was not read is replaced.
    pub fn leave_note(&self, account: &str, kind: &'static str, text: String) {
        let now = self.inner.clock.now_ms();
        let mut notes = self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.retain(|_, (_, until)| *until > now);
        if notes.len() < MOST {
            notes.insert((account.to_owned(), kind), (text, now + MINUTES_MS));
        }
    }

    /// The note, which stays.
    #[must_use]
    pub fn read_note(&self, account: &str, kind: &'static str) -> Option<String> {
        let now = self.inner.clock.now_ms();
        let notes = self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.get(&(account.to_owned(), kind)).filter(|(_, until)| *until > now).map(|(text, _)| text.clone())
    }

    /// The note, which is gone afterwards.
    #[must_use]
    pub fn take_note(&self, account: &str, kind: &'static str) -> Option<String> {
        let now = self.inner.clock.now_ms();
        let mut notes = self.inner.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.remove(&(account.to_owned(), kind)).filter(|(_, until)| *until > now).map(|(text, _)| text)
    }
}
