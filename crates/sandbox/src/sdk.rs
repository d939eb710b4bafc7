//! What the browser's Client SDK speaks.

pub mod events;
mod greeting;
pub mod http;
pub mod socket;
