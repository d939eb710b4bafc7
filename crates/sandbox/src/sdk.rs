//! What the browser's Client SDK speaks.

pub mod events;
pub mod http;
pub mod socket;
