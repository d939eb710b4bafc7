//! The operator's screens.

pub mod call;
pub mod call_tracking;
pub mod calls;
mod cells;
mod gate;
