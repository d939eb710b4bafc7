//! What the browser's Client SDK speaks.

mod conversations;
pub mod events;
mod greeting;
pub mod http;
mod legacy;
pub mod socket;
