//! What a handler is, and what it may do to the call.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use serde_json::Value;

use super::outbox::Outbox;
use crate::domain::audio_socket::PLAYOUT_LIMIT;
use crate::domain::audio_socket::message::{self, Told};
use crate::domain::audio_socket::playout::Playout;

/// Works on one call's audio. Nothing here may wait: a call's frames are all handled by the task of that call.
pub(super) trait Handler: Send {
    /// 20 ms of the caller's.
    fn heard(&mut self, _frame: &[u8], _call: &mut ToCall) {}

    /// 20 ms that go to the caller.
    fn said(&mut self, _frame: &[u8]) {}

    /// What was said and not yet heard will not be heard.
    fn cleared(&mut self) {}

    /// A text message of the platform's, and what it means.
    fn told(&mut self, _told: &Told, _text: &str) {}

    /// Something of the handler's own: what an engine says. `Ready` ends the socket.
    fn poll(&mut self, _cx: &mut Context<'_>, _call: &mut ToCall) -> Poll<End> {
        Poll::Pending
    }

    /// The socket is closed. Runs to its end, also while the server stops.
    fn end(self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::ready(()))
    }
}

/// The way to the caller.
#[derive(Debug, Default)]
pub(super) struct ToCall {
    pub(super) outbox: Outbox,
    pub(super) playout: Playout,
    /// Messages at the end of the outbox that the handlers were not told of.
    fresh: usize,
    pub(super) cleared: bool,
    pub(super) frames: u64,
}

impl ToCall {
    /// 20 ms for the caller.
    pub(super) fn say(&mut self, frame: &[u8]) {
        self.playout.sent();
        self.frames += 1;
        self.outbox.audio(frame);
        self.fresh += 1;
    }

    /// Stops what is being said, here and at the platform.
    pub(super) fn clear(&mut self) {
        self.outbox.drop_audio();
        self.outbox.text(message::clear());
        self.fresh = 0;
        self.playout.cleared();
        self.cleared = true;
    }

    /// The platform is to say when everything before this was heard.
    pub(super) fn notify(&mut self, payload: &Value) {
        self.outbox.text(&message::notify(payload));
        self.fresh += 1;
    }

    /// What was said since the handlers were told.
    pub(super) fn fresh(&self) -> impl Iterator<Item = &[u8]> {
        self.outbox.last_audio(self.fresh)
    }

    /// The handlers were told.
    pub(super) fn told(&mut self) {
        self.fresh = 0;
    }

    /// How many more frames can be said without one being lost.
    pub(super) fn room(&self) -> usize {
        self.playout.room().min(PLAYOUT_LIMIT.saturating_sub(self.outbox.len()))
    }

    /// The platform does not take what is sent, and more does not fit.
    pub(super) fn is_full(&self) -> bool {
        self.outbox.len() > PLAYOUT_LIMIT
    }
}

/// Why a socket ended; the word is kept with the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The platform closed it: the call is over.
    Closed,
    /// The connection broke.
    Lost,
    /// The platform stopped sending.
    Silent,
    /// It was the longest that a call may be.
    Limit,
    /// The platform did not read, and the buffer was full.
    Slow,
    /// The server stops.
    Stopped,
    /// What came is not of the protocol, or not the call that the token was for.
    Stranger,
    /// The relay's engine ended it.
    EngineDone,
    /// The relay's engine could not be reached, again and again.
    EngineLost,
    /// The relay's engine did not read, and the buffer was full.
    EngineSlow,
}

impl End {
    /// **Stable**: kept in the database.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Lost => "lost",
            Self::Silent => "silent",
            Self::Limit => "limit",
            Self::Slow => "slow",
            Self::Stopped => "stopped",
            Self::Stranger => "stranger",
            Self::EngineDone => "engine-done",
            Self::EngineLost => "engine-lost",
            Self::EngineSlow => "engine-slow",
        }
    }

    /// The close code that says so to the platform (RFC 6455, 7.4.1).
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Closed | Self::Lost | Self::Limit | Self::EngineDone => 1000,
            Self::Stopped => 1001,
            Self::Silent | Self::Slow | Self::Stranger => 1008,
            Self::EngineLost | Self::EngineSlow => 1011,
        }
    }
}
