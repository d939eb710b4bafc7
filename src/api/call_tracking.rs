//! Call tracking for the operator's pages: charts, calls, campaigns, webhooks out.

pub mod content;
pub mod forms;
#[cfg(not(target_arch = "wasm32"))]
mod left;
pub mod pages;

pub use content::*;
pub use pages::{read_calls, read_campaigns, read_hooks, read_report};
