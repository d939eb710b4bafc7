//! The command line. `serve` reads top to bottom as what happens at start.
//!
//! Depends on everything that runs on the server; nothing depends on it.

mod api_key;
mod choice;
mod command;
mod config_file;
mod demo;
mod doctor;
mod edge;
mod keys;
mod lock;
mod numbers;
mod offline;
mod platform;
mod serve;
mod user;

#[cfg(test)]
mod tests;

pub use command::main;
pub use serve::{Server, start};
