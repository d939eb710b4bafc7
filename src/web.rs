//! The HTTP face: routes, webhooks, sessions, security headers, live events, the embedded site.
//!
//! [`router()`] is the table of contents. What a route does is one call of a service; this module knows HTTP and nothing
//! of the telephone. Depends on `service`, `vonage` (signatures and webhook shapes), `app` and `api` (what is rendered).

mod api_key;
mod arguments;
mod assets;
mod audio_socket;
mod auth;
mod business;
mod call_flows;
mod call_recordings;
mod call_tracking;
mod connections;
mod contact_center;
mod guard;
mod health;
mod hold_music;
mod hours;
mod jwt;
mod live;
mod observe;
mod openapi;
mod pages;
mod peer;
mod private_calls;
mod problem;
mod refill;
mod resume;
mod router;
mod seats;
mod security;
mod sessions;
mod sound;
mod sse;
mod state;
mod upload;
mod watch;
mod webhooks;

#[cfg(test)]
mod tests;

pub use connections::{ConnectionLimits, serve};
pub use router::{router, watchers};
pub use state::{Parts, Streams, Web, WebhookTrust};
