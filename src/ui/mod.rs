//! Components, by screen. Depends on `api`, `domain` and `browser`.
//!
//! A component is set-up code that runs once; what it decides is a pure function somewhere else, with a test.

pub mod admin;
pub mod language;
pub mod login;
pub mod parts;
pub mod support;
