//! What was written about calls, and is not at the server yet. The browser keeps it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::contact_center::Disposition;
use crate::browser::page;

/// What was written about a call, and the server has not confirmed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    pub call: String,
    pub text: String,
    pub disposition: Option<Disposition>,
}

/// The drafts of this browser, one for each call. They outlive the panel, the call and the page: each is sent until the
/// server has answered.
#[derive(Clone, Copy)]
pub struct Drafts {
    /// Under which the browser keeps them: another agent's are not ours to send.
    key: StoredValue<String>,
    unsaved: RwSignal<Vec<Draft>>,
    pub(super) sending: StoredValue<bool>,
    /// The server did not answer the last try.
    pub(super) away: RwSignal<bool>,
}

impl Drafts {
    #[must_use]
    pub fn of_agent(name: &str) -> Self {
        let key = StoredValue::new(format!("switchboard.drafts.{name}"));
        Self { key, unsaved: RwSignal::new(Vec::new()), sending: StoredValue::new(false), away: RwSignal::new(false) }
    }

    /// Takes up what the last page, or another tab, left.
    pub fn restore(self) {
        let kept = page::kept(&self.key.get_value()).and_then(|kept| serde_json::from_str::<Vec<Draft>>(&kept).ok());
        for draft in kept.unwrap_or_default() {
            if self.of(&draft.call).is_none() {
                self.unsaved.update(|all| all.push(draft));
            }
        }
    }

    pub(super) fn of(self, call: &str) -> Option<Draft> {
        self.unsaved.with_untracked(|all| all.iter().find(|draft| draft.call == call).cloned())
    }

    pub(super) fn has(self, call: &str) -> bool {
        self.unsaved.with(|all| all.iter().any(|draft| draft.call == call))
    }

    pub(super) fn put(self, draft: Draft) {
        self.unsaved.update(|all| {
            all.retain(|other| other.call != draft.call);
            all.push(draft);
        });
        self.keep();
    }

    /// The next one to be sent.
    pub(super) fn first(self) -> Option<Draft> {
        self.unsaved.with_untracked(|all| all.first().cloned())
    }

    /// It is at the server. What was typed meanwhile is not.
    pub(super) fn saved(self, draft: &Draft) {
        self.unsaved.update(|all| all.retain(|other| other != draft));
        self.keep();
    }

    fn keep(self) {
        let key = self.key.get_value();
        match self.unsaved.with_untracked(|all| (!all.is_empty()).then(|| serde_json::to_string(all))) {
            Some(Ok(all)) => page::keep(&key, &all),
            _ => page::unkeep(&key),
        }
    }
}
