//! The operator's screens.

pub mod call;
pub mod calls;
mod cells;
pub mod gate;
