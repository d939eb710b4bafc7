//! Switchboard: one binary that answers a business's telephone on the Vonage voice platform.
//!
//! # The map
//!
//! Three zones, by *where code may run*. They are declared here once; inside a zone there is no further `cfg`.
//!
//! | zone    | modules                                  | runs on            |
//! |---------|------------------------------------------|--------------------|
//! | pure    | [`domain`]                               | server and browser |
//! | screens | [`app`], [`api`], [`ui`], [`browser`]    | server and browser |
//! | server  | everything else                          | server only        |
//!
//! The compilation *target* chooses the half, never a cargo feature, so plain `cargo run` and `cargo test` work.
//! Who may import whom is written in `ARCHITECTURE.md` and checked by `tests/architecture.rs`.

// `view!` nests deeply typed tuples.
#![recursion_limit = "256"]

// ---- pure: what a call is
pub mod domain;

// ---- screens: rendered on the server, alive in the browser
pub mod api;
pub mod app;
pub mod browser;
pub mod ui;

// ---- server
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod config;
#[cfg(not(target_arch = "wasm32"))]
pub mod service;
#[cfg(not(target_arch = "wasm32"))]
pub mod store;
#[cfg(not(target_arch = "wasm32"))]
pub mod telemetry;
#[cfg(not(target_arch = "wasm32"))]
pub mod vonage;
#[cfg(not(target_arch = "wasm32"))]
pub mod web;

/// The browser's entry: makes ready for the islands of the page that the server rendered. The script that loads this
/// program (`public/intent.js` or `public/islands.js`) then wakes them one by one.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
