//! Which number of ours is shown to those whom we call.
//!
//! When an agent calls out, the first of these that there is:
//!
//! 1. the number that the agent chose for this call, in the dial pad;
//! 2. the number that the operator set for the agent;
//! 3. the agent's own line;
//! 4. a number of the callee's country, where the operator wants that;
//! 5. the number of the queue whose caller is called back;
//! 6. the support line's number.
//!
//! The agent comes before the country: agents have a number of their own so that calls back reach them, and a rule for
//! everybody does not take it away. The country comes before the queue, because people take calls from their own country;
//! of several numbers of that country the queue's is the first choice, so the two rules agree where they can.
//!
//! A call that is *handed on* (a transfer, a colleague outside, a menu or a queue that leads to a telephone) is the caller's
//! and no agent's: the queue's number is shown, else the one that the caller dialled, and only then an agent's as above.
//!
//! A number that is no longer ours, or takes no calls, counts as if it had not been set. Masking numbers are never shown:
//! they belong to private conversations.

// It knows the numbering plan, which the browser does without.
#[cfg(not(target_arch = "wasm32"))]
mod choice;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::phone::E164;

#[cfg(not(target_arch = "wasm32"))]
pub use choice::{Call, choosable, is_ours, of_agent, of_caller};

/// What the operator set for calls of agents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShownNumbers {
    /// Those who are called see a number of their country, if there is one.
    pub by_country: bool,
    /// By the agent's name.
    pub agents: BTreeMap<String, E164>,
}

/// A number that can be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OurNumber {
    /// Digits with the country code.
    pub digits: String,
    /// As people write it.
    pub shown: String,
    /// ISO 3166, two letters.
    pub country: Option<String>,
}

impl OurNumber {
    /// The number with its country, for lists.
    #[must_use]
    pub fn named(&self) -> String {
        let parts = [Some(self.shown.as_str()), self.country.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests;
