//! A conversation: who hears whom.
//!
//! A [`Mixer`] is a handle to one conversation's audio. A task of its own beats fifty times a second; at every beat each
//! leg is given the clipped sum of what it may hear: the other legs and the playbacks addressed to it. The task ends
//! with [`Mixer::close`] or with the last handle.
//!
//! Calls on the handle take effect at the next beat and never wait: state is shared under a lock that is held for
//! microseconds. Sending commands to the task was rejected: a leg that moves to another conversation would be in
//! neither for as long as the command waits.

mod hearing;
mod mix;
mod playback;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::pace::Pacer;
use super::recording::{Recording, Tracks};
use super::{FRAME_TIME, Port, lock};
pub use hearing::{Ears, Reach};
use mix::Mix;
pub use playback::{Audience, Done, Finish, Playback, PlaybackId, Playing, gain_of_level};

/// One conversation's audio. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Mixer {
    mix: Arc<Mutex<Mix>>,
    stop: CancellationToken,
}

impl Mixer {
    /// An empty conversation that beats from now on. Needs a tokio runtime.
    #[must_use]
    pub fn start() -> Self {
        let mix = Arc::new(Mutex::new(Mix::default()));
        let stop = CancellationToken::new();
        tokio::spawn(beat(Arc::downgrade(&mix), stop.clone()));
        Self { mix, stop }
    }

    /// Puts a leg in. One of the same name is replaced and its port dropped; so is the port if the mixer is closed.
    pub fn join(&self, leg: impl Into<String>, port: Port) {
        if !self.stop.is_cancelled() {
            lock(&self.mix).join(leg.into(), port);
        }
    }

    /// Takes a leg out, with its voice, its [`Ears`] and [`Reach`] and the playbacks that only it hears.
    /// `None` when it is not here.
    pub fn leave(&self, leg: &str) -> Option<Port> {
        lock(&self.mix).leave(leg)
    }

    /// False when the leg is not here.
    pub fn set(&self, leg: &str, ears: Ears) -> bool {
        lock(&self.mix).set(leg, ears)
    }

    /// False when the leg is not here.
    pub fn reach(&self, leg: &str, reach: Reach) -> bool {
        lock(&self.mix).reach(leg, reach)
    }

    /// The legs in the conversation, sorted.
    #[must_use]
    pub fn legs(&self) -> Vec<String> {
        lock(&self.mix).legs()
    }

    /// Starts a playback; several sound at once. At most 64: one more is over at once, `Stopped`.
    pub fn play(&self, playback: Playback) -> Playing {
        let (id, done) = lock(&self.mix).play(playback, !self.stop.is_cancelled());
        Playing { id, done: Done(done) }
    }

    /// Ends a playback. Nothing happens if it is over.
    pub fn stop(&self, id: PlaybackId) {
        lock(&self.mix).stop(id);
    }

    /// Records from now on, until the [`Recording`] is stopped or dropped or the conversation closes.
    #[must_use]
    pub fn record(&self, tracks: Tracks) -> Recording {
        let recording = Recording::new(tracks);
        lock(&self.mix).record(&recording);
        recording
    }

    /// For how long nothing was heard from this leg, because it is quiet, muted or delivers nothing.
    /// Zero when it is not here.
    #[must_use]
    pub fn hears_silence_for(&self, leg: &str) -> Duration {
        FRAME_TIME.saturating_mul(u32::try_from(lock(&self.mix).quiet_beats(leg)).unwrap_or(u32::MAX))
    }

    /// Ends the conversation: drops the ports, ends the playbacks. Recordings keep what they have.
    pub fn close(&self) {
        self.stop.cancel();
        *lock(&self.mix) = Mix::default();
    }
}

async fn beat(mix: Weak<Mutex<Mix>>, stop: CancellationToken) {
    let mut pacer = Pacer::new();
    loop {
        let beat = tokio::select! {
            () = stop.cancelled() => return,
            beat = pacer.beat() => beat,
        };
        let Some(mix) = mix.upgrade() else { return };
        let mut mix = lock(&mix);
        mix.lose(beat.lost);
        for _ in 0..beat.due {
            mix.beat();
        }
    }
}
