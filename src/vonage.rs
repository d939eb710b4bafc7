//! Everything that knows Vonage's wire format, as its client: tokens we mint, webhooks we verify and read, REST calls we
//! make.
//!
//! Depends on [`crate::domain`] only. Time and ids are arguments everywhere; the HTTP client is injected. What stands in
//! for the platform (`sandbox`) shares no type with this module: it is a second reading of the same documents, and the
//! two meet over HTTP.

pub mod client;
mod error;
pub mod jwt;
pub mod signature;
pub mod webhook;

pub use client::{Client, Credentials, Urls};
pub use error::VonageError;
pub use jwt::ApplicationKey;
pub use signature::{SignatureError, Verified, Verifier};
pub use webhook::{Answer, Unreadable, Webhook};
