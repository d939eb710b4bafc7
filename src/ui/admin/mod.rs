//! The operator's screens.

pub mod audio_socket;
pub mod call;
pub mod call_tracking;
mod call_audio;
pub mod calls;
mod cells;
mod gate;
