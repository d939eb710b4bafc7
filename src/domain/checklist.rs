//! What the setup's checklist finds. As text it is English, for the terminal; pages have words of their own.

use serde::{Deserialize, Serialize};

use super::trouble::Trouble;

/// What was found of one thing that must be right before a call can come in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Found {
    #[error("")]
    Nothing,
    /// The platform was not asked, or did not say: something that stands above in the list must be right first.
    #[error("to be checked when what stands above is right")]
    Unasked,
    /// Addresses, ids, names: the same in every language. May have several lines.
    #[error("{0}")]
    Text(String),
    /// The application names no region: calls live where the platform puts them.
    #[error("the platform's choice")]
    AnyRegion,
    /// Numbers that are linked to our application and have a line, of all.
    #[error("{good} of {all} linked")]
    Numbers { good: usize, all: usize },
    /// Those who take calls and have a user at the platform, of all who take calls.
    #[error("{have} of {all} at the platform")]
    Users { have: usize, all: usize },
    /// Whether a secret is set; never the secret.
    #[error("{}", if *.0 { "set" } else { "not set" })]
    Secret(bool),
    /// The newest answered call: its id in the log, the platform's id, when it came, ms UTC.
    #[error("{conversation}")]
    Call { id: String, conversation: String, at: i64 },
    /// Seconds that our clock is behind the platform's; negative when it is ahead.
    #[error("{} s {} the platform's", .behind.abs(), if *.behind < 0 { "ahead of" } else { "behind" })]
    Clock { behind: i64 },
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Found {
    /// The platform did not answer, or was busy: what was to be found is not known.
    #[must_use]
    pub fn is_platform_away(&self) -> bool {
        matches!(self, Self::Trouble(trouble) if trouble.is_platform_away())
    }
}
