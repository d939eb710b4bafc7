//! A leg: one party's way into a call, and its states.
//!
//! State only. What a change of state sets off (webhooks, socket events, audio) is in [`super::exchange`].

mod ending;
mod endpoint;
mod status;
#[cfg(test)]
mod tests;
mod voice_api;

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{Notify, oneshot, watch};

use super::account::Hook;
use super::media::Port;
use super::media::mixer::{Ears, PlaybackId};
use super::media::rtc::RtcLeg;
use super::media::socket::SocketLeg;
use super::webhook::EventReply;
pub use ending::{By, Ending};
pub use endpoint::{Direction, Endpoint};
pub use status::Status;

/// Keys that may wait for an `input` action; more are lost, the oldest first.
const MOST_DIGITS: usize = 64;

/// Who sits at the leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Party {
    /// A simulated phone.
    Phone { number: String },
    /// A user of the Client SDK.
    App { user_id: String },
    /// A WebSocket of the application's.
    Socket,
    /// An endpoint that the sandbox does not reach.
    Nobody,
}

/// What others wait for on a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub status: Status,
    pub conversation: String,
}

/// A leg.
pub struct Leg {
    pub id: String,
    /// 1, 2, 3 …: the order in which legs were made.
    pub number: u64,
    pub application: String,
    pub conversation: String,
    /// Where it lives: requests about it that come to another region find nothing. Empty: at the API host.
    pub region: String,
    pub member: String,
    pub party: Party,
    pub direction: Direction,
    pub from: Endpoint,
    pub to: Endpoint,
    pub status: Status,
    pub history: Vec<(Status, i64)>,
    pub created_ms: i64,
    pub answered_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub ending: Option<Ending>,
    /// Where its status events go instead of the application's event URL.
    pub hook: Option<Hook>,
    pub ears: Ears,
    /// The browser's transport.
    pub rtc: Option<RtcLeg>,
    /// The application's WebSocket.
    pub socket: Option<SocketLeg>,
    /// The audio, while the leg is in no mixer.
    pub port: Option<Port>,
    /// The offer of an invitation, for sessions that come later.
    pub offer: Option<String>,
    /// `member:joined` was sent; before that no `rtc:hangup` may be.
    pub joined: bool,
    /// Socket events for its user that wait until the SDK has loaded the conversation: `type` and the whole object.
    pub held: Option<Vec<(String, Value)>>,
    /// The Client SDK knocked with this leg.
    pub knock: Option<Knock>,
    /// Answered legs wait outside the conversation while a whisper runs.
    pub whisper: bool,
    pub digits: String,
    pub pressed: Arc<Notify>,
    /// Set by an asynchronous `input`: each key is an event, to this hook.
    pub keys_to: Option<Option<Hook>>,
    /// Who waits for the application's answer to a failure event (`eventType: synchronous`).
    pub failure: Option<oneshot::Sender<EventReply>>,
    /// Who waits for the application's answer to the event that its WebSocket was closed.
    pub closing: Option<oneshot::Sender<EventReply>>,
    /// Started by REST `talk` and `stream`.
    pub talk: Option<PlaybackId>,
    pub stream: Option<PlaybackId>,
    /// Ends the flow that this leg leads.
    pub flow: Option<tokio_util::sync::CancellationToken>,
    pub seen: watch::Sender<Seen>,
}

/// What the Client SDK said when it knocked.
#[derive(Debug, Clone)]
pub struct Knock {
    pub id: String,
    pub custom_data: Value,
    /// What the SDK before version 7 knows its call by.
    pub client_ref: Option<String>,
}

impl Leg {
    /// Goes to the next state; false when it may not.
    pub fn advance(&mut self, next: Status, now_ms: i64) -> bool {
        if !self.status.may_become(next) {
            return false;
        }
        self.status = next;
        self.history.push((next, now_ms));
        if next == Status::Answered {
            self.answered_ms = Some(now_ms);
        }
        if next.is_over() {
            self.ended_ms = Some(now_ms);
        }
        self.tell();
        true
    }

    /// What its member is in the conversation.
    pub fn member_state(&self) -> &'static str {
        match self.status {
            status if status.is_over() => "LEFT",
            _ if self.direction == Direction::Outbound && self.answered_ms.is_none() => "INVITED",
            _ => "JOINED",
        }
    }

    /// Tells those who wait.
    pub fn tell(&self) {
        let seen = Seen { status: self.status, conversation: self.conversation.clone() };
        self.seen.send_replace(seen);
    }

    pub fn user_id(&self) -> Option<&str> {
        match &self.party {
            Party::App { user_id } => Some(user_id),
            _ => None,
        }
    }

    pub fn phone(&self) -> Option<&str> {
        match &self.party {
            Party::Phone { number } => Some(number),
            _ => None,
        }
    }

    /// Keys that were pressed: kept for an `input` action.
    pub fn press(&mut self, keys: &str) {
        self.digits.push_str(keys);
        let excess = self.digits.chars().count().saturating_sub(MOST_DIGITS);
        self.digits = self.digits.chars().skip(excess).collect();
        self.pressed.notify_one();
    }

    /// Time talked, in begun seconds.
    pub fn duration_s(&self) -> u64 {
        match (self.answered_ms, self.ended_ms) {
            (Some(answered), Some(ended)) => u64::try_from(ended - answered).unwrap_or(0).div_ceil(1000),
            _ => 0,
        }
    }
}
