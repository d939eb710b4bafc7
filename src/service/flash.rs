//! Flash messages: what somebody is shown once, on the page after the request: a key, a link. Kept in memory only, so that
//! no secret reaches the disk or an address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::core::Core;

/// How long an unread message is kept, ms.
const MINUTES_MS: i64 = 10 * 60 * 1000;
/// Upper bound on pending messages.
const MOST: usize = 1_000;

/// By account and kind: the text, and until when.
type Messages = Mutex<HashMap<(String, String), (String, i64)>>;

/// Messages that are shown once.
#[derive(Clone)]
pub struct Flash {
    core: Arc<Core>,
    messages: Arc<Messages>,
}

impl Flash {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, messages: Arc::default() }
    }

    /// Leaves a message for an account. An unread one of the same kind is replaced.
    pub fn leave_flash(&self, account: &str, kind: &str, text: String) {
        let now = self.core.clock.now_ms();
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.retain(|_, (_, until)| *until > now);
        if messages.len() < MOST {
            messages.insert((account.to_owned(), kind.to_owned()), (text, now + MINUTES_MS));
        }
    }

    /// Reads the message and keeps it.
    #[must_use]
    pub fn read_flash(&self, account: &str, kind: &str) -> Option<String> {
        let now = self.core.clock.now_ms();
        let messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages
            .get(&(account.to_owned(), kind.to_owned()))
            .filter(|(_, until)| *until > now)
            .map(|(text, _)| text.clone())
    }

    /// Reads the message and removes it.
    #[must_use]
    pub fn take_flash(&self, account: &str, kind: &str) -> Option<String> {
        let now = self.core.clock.now_ms();
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        messages.remove(&(account.to_owned(), kind.to_owned())).filter(|(_, until)| *until > now).map(|(text, _)| text)
    }
}
