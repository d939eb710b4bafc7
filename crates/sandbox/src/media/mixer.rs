//! A conversation: who hears whom.
//!
//! A [`Mixer`] is a handle to one conversation's audio. A task of its own beats fifty times a second; at every beat each
//! leg is given the clipped sum of what it may hear: the other legs and the playbacks addressed to it. The task ends
//! with [`Mixer::close`] or with the last handle.
//!
//! Calls on the handle take effect at the next beat and never wait: state is shared under a lock that is held for
//! microseconds. Sending commands to the task was rejected: a leg that moves to another conversation would be in
//! neither for as long as the command waits.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::mix::Mix;
use super::pace::Pacer;
use super::recording::{Recording, Tracks};
use super::{FRAME_TIME, Port, lock};

/// Whether a leg speaks and hears at all. Default: both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ears {
    /// Nobody hears this leg.
    pub muted: bool,
    /// This leg hears nobody and nothing, playbacks included; it is sent silence.
    pub earmuffed: bool,
}

/// Which legs a leg may speak to and hear, as the NCCO action `conversation` has it (`canSpeak`, `canHear`).
/// `None` is everybody, an empty list nobody. A hears B when B may speak to A and A may hear B. Playbacks are not
/// subject to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    pub can_speak: Option<Vec<String>>,
    pub can_hear: Option<Vec<String>>,
}

/// Who hears a playback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    All,
    /// One leg. The playback ends when the leg leaves.
    Leg(String),
    /// Everybody but this leg.
    Others(String),
}

/// Audio that is played into a conversation: `talk`, `stream`, ringback, hold music.
#[derive(Debug, Clone)]
pub struct Playback {
    /// 8 kHz mono samples.
    pub audio: Arc<[i16]>,
    /// How many times it is played; `None` until it is stopped.
    pub times: Option<u32>,
    /// Linear factor, 1 is as it is. See [`gain_of_level`].
    pub gain: f32,
    pub to: Audience,
}

impl Playback {
    /// Once, at its own level, to everybody.
    #[must_use]
    pub fn once(audio: impl Into<Arc<[i16]>>) -> Self {
        Self { audio: audio.into(), times: Some(1), gain: 1.0, to: Audience::All }
    }
}

/// The factor for the `level` of NCCO `talk` and `stream`: -1 is silence, 0 as it is, 1 twice as loud.
#[must_use]
pub fn gain_of_level(level: f64) -> f32 {
    (1.0 + level.clamp(-1.0, 1.0)) as f32
}

/// Names a playback within its mixer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlaybackId(pub(super) u64);

/// How a playback ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// Its last sample was sent.
    Complete,
    /// By [`Mixer::stop`], or because the conversation or its only listener went away.
    Stopped,
}

/// A playback under way.
#[derive(Debug)]
pub struct Playing {
    pub id: PlaybackId,
    /// Resolves when it is over. Dropping it does not stop the playback.
    pub done: Done,
}

/// Resolves to how a playback ended.
#[derive(Debug)]
pub struct Done(pub(super) oneshot::Receiver<Finish>);

impl Future for Done {
    type Output = Finish;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Finish> {
        Pin::new(&mut self.0).poll(cx).map(|finish| finish.unwrap_or(Finish::Stopped))
    }
}

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

#[cfg(test)]
mod tests {
    use super::super::handset::{Handset, Voice};
    use super::super::{measure, tone, until, wav};
    use super::*;

    fn level(handset: &Handset, hz: f64) -> f64 {
        handset.heard(&[hz]).tones[0].1
    }

    #[tokio::test]
    async fn two_handsets_talk_and_playbacks_reach_only_their_audience() {
        let mixer = Mixer::start();
        let (a, port_a) = Handset::new();
        let (b, port_b) = Handset::new();
        mixer.join("a", port_a);
        mixer.join("b", port_b);
        a.speak(Voice::Tone { hz: 440.0, level: 0.3 });
        b.speak(Voice::Tone { hz: 1000.0, level: 0.2 });
        let only_a = Audience::Leg("a".to_owned());
        let playing = mixer.play(Playback { times: None, to: only_a, ..Playback::once(tone::sine(2000.0, 0.1, 8000)) });
        until("a hears b", || level(&a, 1000.0) > 0.15).await;
        until("b hears a", || level(&b, 440.0) > 0.25).await;
        until("a hears the playback", || level(&a, 2000.0) > 0.08).await;
        let stray = [level(&a, 440.0), level(&b, 1000.0), level(&b, 2000.0)];
        assert!(stray.iter().all(|level| *level < 0.02), "{stray:?}");
        mixer.stop(playing.id);
        assert_eq!(playing.done.await, Finish::Stopped);
    }

    #[tokio::test]
    async fn a_playback_is_over_when_all_of_it_was_heard() {
        let mixer = Mixer::start();
        let (port, mut end) = Port::pair();
        mixer.join("a", port);
        let playing = mixer.play(Playback { times: Some(3), ..Playback::once([7; 400]) });
        let listening = tokio::spawn(async move {
            let mut heard = 0;
            while let Some(frame) = end.from_mixer.recv().await {
                heard += frame.iter().filter(|s| **s == 7).count();
            }
            heard
        });
        assert_eq!(playing.done.await, Finish::Complete);
        mixer.close();
        assert_eq!(listening.await.unwrap(), 1200);
    }

    #[tokio::test]
    async fn closing_ends_everything_but_the_recording() {
        let mixer = Mixer::start();
        let (handset, port) = Handset::new();
        mixer.join("a", port);
        handset.speak(Voice::Tone { hz: 440.0, level: 0.3 });
        let recording = mixer.record(super::super::recording::Tracks::PerLeg);
        let playing = mixer.play(Playback { times: None, ..Playback::once([1; 160]) });
        until("a second is recorded", || recording.duration() >= Duration::from_secs(1)).await;
        assert!(mixer.hears_silence_for("a") < Duration::from_secs(1));
        mixer.close();
        assert_eq!(playing.done.await, Finish::Stopped);
        assert!(mixer.legs().is_empty() && mixer.leave("a").is_none());
        let (port, end) = Port::pair();
        mixer.join("late", port);
        assert!(end.to_mixer.is_closed());
        let audio = recording.stop();
        assert!(audio.duration() >= Duration::from_secs(1));
        let read = wav::read(&audio.wav()).unwrap();
        assert!(measure::tone(&read, 440.0) > 0.2);
    }

    #[tokio::test]
    async fn a_mixer_that_nobody_holds_ends() {
        let mixer = Mixer::start();
        let (port, end) = Port::pair();
        mixer.join("a", port);
        drop(mixer);
        until("the port is dropped", || end.to_mixer.is_closed()).await;
    }

    #[test]
    fn levels_are_the_platforms() {
        assert_eq!([-1.0, -0.5, 0.0, 1.0, 9.0].map(gain_of_level), [0.0, 0.5, 1.0, 2.0, 2.0]);
    }
}
