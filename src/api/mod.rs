//! Server functions, and what the screens show.
//!
//! Every function here is a public endpoint, `POST /api/<noun>`: the caller may be anybody. Each one checks the session
//! itself, asks one service, and answers with a value of its own; an expected refusal is a value too, only our own fault
//! is an error. Depends on `domain`; the bodies, which exist on the server only, on `service`.
//!
//! What `web` must give by Leptos' context: [`crate::service::Services`], `tower_sessions::Session` and
//! the client's `IpAddr`, [`SameMachine`], and in the sandbox [`Sandboxed`].

pub mod account;
pub mod admin;
pub mod audio_socket;
pub mod call_flows;
pub mod call_tracking;
pub mod calls;
pub mod click_to_call;
pub mod contact_center;
pub mod events;
pub mod language;
pub mod numbers;
pub mod private_calls;
pub mod sdk;
pub mod setup;
pub mod users;
// The only module of this zone with a half: it names the services and the session.
#[cfg(not(target_arch = "wasm32"))]
mod context;

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
