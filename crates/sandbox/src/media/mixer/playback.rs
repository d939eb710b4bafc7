//! What is played into a conversation, to whom, and how it ended.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

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
    /// By [`super::Mixer::stop`], or because the conversation or its only listener went away.
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
