//! Campaigns: in [`list`] all of them, in [`one`] one with its form and its numbers.

mod form;
pub mod list;
mod numbers;
pub mod one;
