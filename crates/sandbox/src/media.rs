//! The sandbox's audio: what the platform's media servers do, for the stand-in.
//!
//! Everything inside is 8 kHz mono, 16-bit linear, cut into [`Frame`]s of 20 ms. A leg of any kind (a browser over
//! WebRTC, a simulated phone, a WebSocket) has a [`LegEnd`]; the conversation it is in holds the other end, its
//! [`Port`]. A leg moves to another conversation by taking its port out of one [`mixer::Mixer`] and putting it into
//! another; neither the leg nor its transport notices.
//!
//! | module      | job                                                                     |
//! |-------------|-------------------------------------------------------------------------|
//! | [`mixer`]   | one conversation: who hears whom, playbacks, recordings                  |
//! | [`recording`] | what a mixer keeps                                                    |
//! | [`rtc`]     | a browser's leg: WebRTC, PCMU                                            |
//! | [`socket`]    | a WebSocket leg; [`convert`] between its rate and ours                   |
//! | [`handset`] | a simulated phone's voice and ear, and a person's microphone and speaker |
//! | [`voice`]   | text to speech                                                           |
//! | [`tone`]    | ringback, hold music, DTMF                                               |
//! | [`wav`]     | WAV files in and out, resampling                                         |
//! | [`measure`] | level and tone of what was heard in the last second                      |
//! | [`g711`]    | µ-law                                                                    |
//!
//! Every queue is bounded and drops what is too much: late audio is worth nothing, and a stuck leg must not hold up
//! the others. This module depends on nothing else of the sandbox.

pub mod convert;
pub mod g711;
pub mod handset;
mod jitter;
pub mod measure;
pub mod mixer;
pub mod pace;
pub mod recording;
pub mod rtc;
pub mod socket;
pub mod tone;
pub mod voice;
pub mod wav;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

/// Samples per second, everywhere inside the sandbox: telephone quality.
pub const RATE: u32 = 8_000;
/// Samples in a frame.
pub const FRAME: usize = 160;
/// How long a frame lasts.
pub const FRAME_TIME: Duration = Duration::from_millis(20);
/// 20 ms of 8 kHz mono audio.
pub type Frame = [i16; FRAME];
/// A frame in which nothing is heard.
pub const SILENCE: Frame = [0; FRAME];

/// Frames that may wait in one direction between a leg and its mixer: 200 ms, more than any network here delays.
const DEPTH: usize = 10;

/// A leg's two ends as the mixer sees them. Nobody waits on either: the mixer takes what is there at its tick, and a
/// frame that does not fit is dropped by its sender (`try_send`).
#[derive(Debug)]
pub struct Port {
    pub from_leg: mpsc::Receiver<Frame>,
    pub to_leg: mpsc::Sender<Frame>,
}

/// The same two channels as the leg sees them.
#[derive(Debug)]
pub struct LegEnd {
    pub to_mixer: mpsc::Sender<Frame>,
    pub from_mixer: mpsc::Receiver<Frame>,
}

impl Port {
    /// A new leg's port and its other end.
    #[must_use]
    pub fn pair() -> (Port, LegEnd) {
        let (to_mixer, from_leg) = mpsc::channel(DEPTH);
        let (to_leg, from_mixer) = mpsc::channel(DEPTH);
        (Port { from_leg, to_leg }, LegEnd { to_mixer, from_mixer })
    }
}

/// Locks a mutex whose holder may have panicked: audio state is replaced every 20 ms and never left half written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Adds audio sample by sample at full precision, so that the sum can be clipped once, at the end.
fn add(sum: &mut [i32; FRAME], frame: &Frame) {
    for (s, &f) in sum.iter_mut().zip(frame) {
        *s += i32::from(f);
    }
}

/// Brings a sum back into 16 bits. Clipping, not scaling: one loud leg must not turn the others down.
fn clip(sum: &[i32; FRAME]) -> Frame {
    sum.map(|s| s.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16)
}

/// How many samples last `time`.
fn samples(time: Duration) -> usize {
    usize::try_from(time.as_millis() * u128::from(RATE) / 1000).unwrap_or(usize::MAX)
}

/// Waits in real time until something is so; the bound is only there to end a test that fails.
#[cfg(test)]
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(FRAME_TIME).await;
    }
    panic!("it never came to this: {what}");
}
