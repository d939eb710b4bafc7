//! Components, by screen. Depends on `api`, `domain` and `browser`.
//!
//! A `#[component]` is rendered on the server and stays as it is. What comes alive in the browser is an `#[island]`, and
//! only islands and what they use are in the browser's program: hydrating whole pages made it twice as large.
//!
//! A component is set-up code that runs once; what it decides is a pure function somewhere else, with a test.

pub mod admin;
pub mod console;
pub mod language;
pub mod login;
pub mod parts;
pub mod softphone;
pub mod support;
pub mod theme;
