//! What a call *is*: numbers, call flows, the call record and the decisions of each job.
//!
//! Pure: no I/O, no clock, no randomness, no framework. Depends on nothing of ours, and compiles for the browser too.
//! Everything here is decided from arguments, so everything here is tested without a database or a web server.

pub mod account;
pub mod audio_socket;
pub mod business;
pub mod call;
pub mod call_flows;
pub mod call_tracking;
pub mod checklist;
pub mod click_to_call;
pub mod clock;
pub mod config_file;
pub mod contact_center;
pub mod deployment;
pub mod dial_policy;
pub mod form;
pub mod hours;
pub mod language;
pub mod line;
pub mod lost;
pub mod menu;
pub mod ncco;
#[cfg(not(target_arch = "wasm32"))]
pub mod numbering;
pub mod outgoing;
pub mod party;
pub mod phone;
pub mod private_calls;
pub mod queue;
pub mod region;
pub mod rent;
pub mod silent_calls;
pub mod spelling;
pub mod spoken;
pub mod spreadsheet;
pub mod trouble;
