//! The operator's screens.

pub mod audio_socket;
pub mod call;
mod call_audio;
pub mod call_tracking;
pub mod calls;
mod cells;
mod gate;
