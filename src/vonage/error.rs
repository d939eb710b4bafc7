//! What can go wrong between us and the platform's REST APIs.

use std::time::Duration;

use crate::domain::lost::Lost;
use crate::domain::trouble::Trouble;

/// Why a REST call did not do what was asked.
///
/// The variants are what a caller decides by: wait, tell the operator, or reconcile. No variant carries a URL, a token
/// or a number.
#[derive(Debug, thiserror::Error)]
pub enum VonageError {
    /// Status 429, and waiting did not help (or the call must not be repeated).
    #[error("the platform limits our rate, try again in {}", .retry_after.map_or("a while".to_owned(), |wait| format!("{} s", wait.as_secs())))]
    RateLimited { retry_after: Option<Duration> },
    /// The platform could not be reached or answered 5xx, and nothing was done.
    #[error("the platform is not available: {reason}")]
    Unavailable { reason: Lost },
    /// The platform refused: our credentials, our request, or something that does not exist.
    #[error("the platform refused with {status}{}: {detail}", if code.is_empty() { String::new() } else { format!(" ({code})") })]
    Refused {
        status: u16,
        /// The machine-readable code or type of the error, empty when there is none.
        code: String,
        /// What the platform says about it, for the operator.
        detail: String,
    },
    /// It is not known whether the request took effect: it was sent, and no answer came. Never repeat it blindly.
    #[error("it is not known whether the platform did it: {reason}")]
    Ambiguous { reason: Lost },
    /// A 2xx answer that does not say what it must.
    #[error("the platform's answer cannot be read: {what}")]
    Unreadable { what: String },
    /// No application key is configured, or it cannot sign.
    #[error("cannot sign a token: {0}")]
    Key(#[from] super::jwt::KeyError),
}

impl From<VonageError> for Trouble {
    fn from(error: VonageError) -> Self {
        match error {
            VonageError::RateLimited { retry_after } => {
                Self::PlatformBusy { retry_after: retry_after.map(|wait| wait.as_secs()) }
            }
            VonageError::Unavailable { reason } => Self::PlatformAway(reason),
            VonageError::Refused { status, code, detail } => {
                Self::PlatformRefused { status, detail: if detail.is_empty() { code } else { detail } }
            }
            VonageError::Ambiguous { reason } => Self::PlatformUnclear(reason),
            VonageError::Unreadable { what } => Self::PlatformUnreadable(what),
            VonageError::Key(error) => Self::Key(error.to_string()),
        }
    }
}

impl VonageError {
    /// The platform says that the thing does not exist (or lives in another region).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// Worth trying again later, as it is.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }
}
