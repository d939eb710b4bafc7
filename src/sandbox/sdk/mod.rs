//! What the browser's Client SDK speaks.

pub mod socket;
