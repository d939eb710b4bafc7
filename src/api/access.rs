//! Who asks, and what they get when they may not.

use serde::{Deserialize, Serialize};

/// Whether a person at this machine made the request. By Leptos' context, from `web`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameMachine(pub bool);

/// The platform is the sandbox. Given by `web` through Leptos' context; absent in the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandboxed {
    /// The page with the simulated handsets.
    pub handsets: String,
}

/// What somebody who may not be signed in gets from a function of the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access<T> {
    Granted(T),
    /// No session, or its account is gone.
    SignIn,
    /// The password was for one use: nothing but changing it is allowed.
    ChangePassword,
    /// Signed in, but with a role that may not.
    Forbidden,
}

impl<T> Access<T> {
    /// What was granted, or the refusal as an answer of another kind.
    ///
    /// # Errors
    /// The refusal.
    pub fn granted<U>(self) -> Result<T, Access<U>> {
        match self {
            Self::Granted(content) => Ok(content),
            Self::SignIn => Err(Access::SignIn),
            Self::ChangePassword => Err(Access::ChangePassword),
            Self::Forbidden => Err(Access::Forbidden),
        }
    }
}
