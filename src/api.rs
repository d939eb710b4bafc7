//! Server functions, and what the screens show.
//!
//! Every function here is a public endpoint, `POST /api/<noun>`: the caller may be anybody. Each one checks the session
//! itself, asks one service, and answers with a value of its own; an expected refusal is a value too ([`Access`]), only our
//! own fault is an error ([`ApiError`]). Depends on `domain`; the bodies, which exist on the server only, on `service`.
//! A body that is for some accounts only stands in `context::guarded`, and asks who it is with `context::operator().await?`.
//!
//! What `web` must give by Leptos' context: [`crate::service::Services`], `tower_sessions::Session` and
//! the client's `IpAddr`, [`SameMachine`], and in the sandbox [`Sandboxed`].

pub mod access;
pub mod account;
pub mod admin;
pub mod appearance;
pub mod audio_socket;
pub mod business;
pub mod call_flows;
pub mod call_tracking;
pub mod calls;
pub mod click_to_call;
pub mod closed_lines;
pub mod console_settings;
pub mod contact_center;
pub mod dry_run;
pub mod error;
pub mod events;
pub mod flash;
pub mod hours;
pub mod menus;
pub mod numbers;
pub mod overview;
pub mod paths;
pub mod private_calls;
pub mod queues;
pub mod sdk;
pub mod setup;
pub mod speech;
pub mod users;
// The only module of this zone with a half: it names the services and the session.
#[cfg(not(target_arch = "wasm32"))]
mod context;

pub use access::{Access, SameMachine, Sandboxed};
pub use error::ApiError;

/// Makes the page that is being rendered answer with status 404. In a browser it does nothing.
pub fn not_found() {
    #[cfg(not(target_arch = "wasm32"))]
    context::not_found();
}
