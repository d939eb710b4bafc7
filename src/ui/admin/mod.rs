//! The operator's screens.

pub mod call;
pub mod calls;
mod cells;
mod gate;
pub mod private_calls;
