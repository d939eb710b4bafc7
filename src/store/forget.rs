//! Forgetting a person, what is too old, and the demo's data: over every table of the index ([`super::personal`]).
//!
//! A number is looked for in whatever spelling people and platforms write it ([`crate::domain::spelling`]), with the digits
//! that carriers add or drop: a person who is forgotten by one form of their number is forgotten by the other. The
//! database narrows the rows down by the number's last digits, with every separator taken out; what is found is read
//! here. Rows go in small transactions, so that nobody who calls waits; to ask again finishes what was interrupted.

mod age;
mod demo;
pub(super) mod found;
mod replace;
mod scrub;
#[cfg(test)]
mod tests;
mod traces;

pub use demo::Wiped;
pub use found::{Files, Forgotten};
pub use traces::Traces;
