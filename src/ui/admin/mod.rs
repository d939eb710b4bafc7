//! The operator's screens.

pub mod audio_socket;
pub mod call;
mod call_audio;
pub mod calls;
mod cells;
mod gate;
pub mod private_calls;
