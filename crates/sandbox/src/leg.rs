//! A leg: one party's way into a call, and its states.
//!
//! State only. What a change of state sets off (webhooks, socket events, audio) is in [`super::exchange`].

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::{Notify, oneshot, watch};

use super::account::Hook;
use super::effects::timestamp;
use super::media::Port;
use super::media::mixer::{Ears, PlaybackId};
use super::media::rtc::RtcLeg;
use super::media::socket::SocketLeg;
use super::webhook::EventReply;

/// Keys that may wait for an `input` action; more are lost, the oldest first.
const MOST_DIGITS: usize = 64;

/// The status words of the Voice API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Started,
    Ringing,
    Answered,
    Completed,
    Busy,
    Rejected,
    Timeout,
    Unanswered,
    Cancelled,
    Failed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Started => "started",
            Status::Ringing => "ringing",
            Status::Answered => "answered",
            Status::Completed => "completed",
            Status::Busy => "busy",
            Status::Rejected => "rejected",
            Status::Timeout => "timeout",
            Status::Unanswered => "unanswered",
            Status::Cancelled => "cancelled",
            Status::Failed => "failed",
        }
    }

    /// Nothing follows any more.
    pub fn is_over(self) -> bool {
        !matches!(self, Status::Started | Status::Ringing | Status::Answered)
    }

    /// May `next` follow? States only ever go forward, so a late answer of a leg that is over changes nothing.
    pub fn may_become(self, next: Status) -> bool {
        match (self, next) {
            (Status::Started, _) => next != Status::Started,
            (Status::Ringing, _) => !matches!(next, Status::Started | Status::Ringing),
            (Status::Answered, _) => next == Status::Completed,
            _ => false,
        }
    }
}

/// Which way the call goes, seen from the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }
    }
}

/// One end of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// E.164 without `+`, or `unknown`.
    Phone(String),
    /// A user's name.
    App(String),
    /// `sip`, `websocket`, `vbc`: read and refused, as the application gave it.
    Other(Value),
}

impl Endpoint {
    pub fn kind(&self) -> &str {
        match self {
            Endpoint::Phone(_) => "phone",
            Endpoint::App(_) => "app",
            Endpoint::Other(value) => value["type"].as_str().unwrap_or("unknown"),
        }
    }

    /// As the Voice API and the Client SDK write it.
    pub fn to_json(&self) -> Value {
        match self {
            Endpoint::Phone(number) => json!({ "type": "phone", "number": number }),
            Endpoint::App(user) => json!({ "type": "app", "user": user }),
            Endpoint::Other(value) => value.clone(),
        }
    }

    /// As webhooks write it.
    pub fn text(&self) -> String {
        match self {
            Endpoint::Phone(text) | Endpoint::App(text) => text.clone(),
            Endpoint::Other(value) => {
                ["uri", "extension"].iter().find_map(|key| value[*key].as_str()).unwrap_or_default().to_owned()
            }
        }
    }
}

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

/// Who ended a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    User,
    Platform,
}

/// How a leg ended.
#[derive(Debug, Clone)]
pub struct Ending {
    pub status: Status,
    pub by: By,
    /// The `detail` of the webhook.
    pub detail: Option<&'static str>,
    pub sip_code: u16,
    /// `reason.code` and `reason.text` of the Client SDK's `rtc:hangup`.
    pub code: &'static str,
    pub text: String,
    /// `reason` of the leg's own `member:left`; the Client SDK derives its reason from the code.
    pub left: Option<(String, String)>,
    /// The application closed its WebSocket: it is told so by an event of its own, whose answer may be a call flow.
    pub disconnected: bool,
}

impl Ending {
    fn new(status: Status, by: By, sip_code: u16, code: &'static str, text: &str) -> Ending {
        Ending { status, by, detail: None, sip_code, code, text: text.to_owned(), left: None, disconnected: false }
    }

    fn left(mut self, code: &str, text: &str) -> Ending {
        self.left = Some((code.to_owned(), text.to_owned()));
        self
    }

    /// The leg's own party hung up.
    pub fn own_hangup() -> Ending {
        Ending::new(Status::Completed, By::User, 200, "LOCAL_HANGUP", "Normal call clearing")
    }

    /// The Client SDK hung up, with the reason that it gave.
    pub fn sdk_hangup(code: Option<String>, text: Option<String>) -> Ending {
        let mut ending = Ending::own_hangup();
        if let Some(text) = &text {
            ending.text.clone_from(text);
        }
        ending.left = code.map(|code| (code, text.unwrap_or_default()));
        ending
    }

    /// The other side, the flow or the REST API ended it.
    pub fn remote_hangup() -> Ending {
        Ending::new(Status::Completed, By::Platform, 200, "REMOTE_HANGUP", "Normal call clearing")
    }

    /// The call flow is over because nobody could be reached.
    pub fn after_failed_connect(failed: Status) -> Ending {
        match failed {
            Status::Rejected => Ending::new(Status::Completed, By::Platform, 200, "REMOTE_REJECTED", "rejected")
                .left("remote_rejected", "The callee rejected the call."),
            Status::Busy => Ending::new(Status::Completed, By::Platform, 200, "REMOTE_BUSY", "busy")
                .left("remote_busy", "The callee is busy."),
            Status::Timeout | Status::Unanswered => {
                Ending::new(Status::Completed, By::Platform, 200, "REMOTE_NO_ANSWER", "no answer")
                    .left("ring_timer", "The callee did not answer.")
            }
            _ => Ending::new(Status::Completed, By::Platform, 200, "REMOTE_FAILURE", "failed"),
        }
    }

    /// `limit` or `length_timer` ran out.
    pub fn length_timer() -> Ending {
        Ending::new(Status::Completed, By::Platform, 200, "LENGTH_TIMER", "The call reached its longest duration.")
    }

    /// No audio came for too long.
    pub fn media_lost() -> Ending {
        Ending::new(Status::Completed, By::Platform, 408, "REMOTE_FAILURE", "Media timeout")
    }

    /// Rang too long.
    pub fn ring_timer() -> Ending {
        Ending::new(Status::Timeout, By::Platform, 487, "RING_TIMER", "The ring timer ran out.")
    }

    /// The caller gave up.
    pub fn cancelled() -> Ending {
        // 200, not SIP's 487: the Client SDK takes 487 for a time-out.
        Ending::new(Status::Cancelled, By::User, 200, "REMOTE_CANCEL", "The caller cancelled.")
    }

    pub fn busy() -> Ending {
        Ending::new(Status::Busy, By::User, 486, "REMOTE_BUSY", "Busy here")
    }

    pub fn declined() -> Ending {
        let ending = Ending::new(Status::Rejected, By::User, 603, "REMOTE_REJECTED", "Declined");
        Ending { detail: Some("declined"), ..ending }.left("REMOTE_REJECT", "call-rejected-by-callee")
    }

    /// Nothing at the other end: `cannot_route`.
    pub fn cannot_route() -> Ending {
        let ending = Ending::new(Status::Failed, By::Platform, 404, "REMOTE_NOT_FOUND", "Cannot route");
        Ending { detail: Some("cannot_route"), ..ending }
    }

    /// The application closed its WebSocket.
    pub fn disconnected() -> Ending {
        Ending { disconnected: true, ..Ending::own_hangup() }
    }

    /// The application's WebSocket could not be opened.
    pub fn no_socket() -> Ending {
        let ending = Ending::new(Status::Failed, By::Platform, 502, "REMOTE_FAILURE", "Destination out of order");
        Ending { detail: Some("unavailable"), ..ending }
    }

    /// The application did not answer the WebSocket handshake.
    pub fn unanswered() -> Ending {
        Ending::new(Status::Unanswered, By::Platform, 480, "REMOTE_NO_ANSWER", "No answer")
    }

    /// The sandbox itself could not: `internal_error`.
    pub fn internal_error() -> Ending {
        let ending = Ending::new(Status::Failed, By::Platform, 500, "REMOTE_FAILURE", "Internal error");
        Ending { detail: Some("internal_error"), ..ending }
    }
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

    /// EUR per minute: the sandbox's own price list.
    fn rate(&self) -> f64 {
        match self.party {
            Party::Phone { .. } => 0.0072,
            _ => 0.001,
        }
    }

    /// What is known once the leg is over: texts, as the platform has them.
    fn bill(&self) -> Map<String, Value> {
        let rate = self.rate();
        let price = rate / 60.0 * Duration::from_secs(self.duration_s()).as_secs_f64();
        let mut bill = Map::new();
        bill.insert("start_time".into(), self.answered_ms.map(timestamp).into());
        bill.insert("end_time".into(), self.ended_ms.map(timestamp).into());
        bill.insert("duration".into(), self.duration_s().to_string().into());
        bill.insert("rate".into(), format!("{rate:.8}").into());
        bill.insert("price".into(), format!("{price:.8}").into());
        bill.insert("network".into(), self.phone().map(|_| "SANDBOX").into());
        bill
    }

    /// The body of a status event ("Voice API: webhook reference").
    pub fn event(&self, status: Status, at: &str) -> Value {
        let mut body = Map::new();
        body.insert("headers".into(), self.headers());
        body.insert("from".into(), self.from.text().into());
        body.insert("to".into(), self.to.text().into());
        body.insert("uuid".into(), self.id.clone().into());
        body.insert("conversation_uuid".into(), self.conversation.clone().into());
        body.insert("status".into(), status.as_str().into());
        body.insert("direction".into(), self.direction.as_str().into());
        body.insert("timestamp".into(), at.into());
        match status {
            Status::Answered => {
                for field in ["start_time", "rate", "network"] {
                    body.insert(field.into(), Value::Null);
                }
            }
            Status::Completed => {
                body.extend(self.bill());
                if let Some(ending) = &self.ending {
                    let by = if ending.by == By::User { "user" } else { "platform" };
                    body.insert("disconnected_by".into(), by.into());
                    body.insert("sip_code".into(), ending.sip_code.into());
                }
            }
            Status::Busy | Status::Unanswered | Status::Rejected | Status::Failed => {
                if let Some(ending) = &self.ending {
                    if let Some(detail) = ending.detail {
                        body.insert("detail".into(), detail.into());
                    }
                    body.insert("sip_code".into(), ending.sip_code.into());
                }
            }
            _ => {}
        }
        Value::Object(body)
    }

    /// What the call flow gave the callee along.
    fn headers(&self) -> Value {
        match &self.to {
            Endpoint::Other(endpoint) if endpoint["headers"].is_object() => endpoint["headers"].clone(),
            _ => json!({}),
        }
    }

    /// The event that the application closed its WebSocket: it has no direction.
    pub fn disconnected_event(&self, at: &str) -> Value {
        json!({
            "from": self.from.text(), "to": self.to.text(), "uuid": self.id, "conversation_uuid": self.conversation,
            "status": "disconnected", "timestamp": at, "headers": self.headers(),
        })
    }

    /// As `GET /v1/calls/{uuid}` shows it.
    pub fn to_json(&self) -> Value {
        let mut call = Map::new();
        call.insert("uuid".into(), self.id.clone().into());
        call.insert("status".into(), self.status.as_str().into());
        call.insert("direction".into(), self.direction.as_str().into());
        call.insert("conversation_uuid".into(), self.conversation.clone().into());
        call.insert("from".into(), self.from.to_json());
        call.insert("to".into(), self.to.to_json());
        if self.status == Status::Completed {
            call.extend(self.bill());
        }
        let link = format!("/v1/calls/{}", self.id);
        call.insert("_links".into(), json!({ "self": { "href": link } }));
        Value::Object(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 10] = [
        Status::Started,
        Status::Ringing,
        Status::Answered,
        Status::Completed,
        Status::Busy,
        Status::Rejected,
        Status::Timeout,
        Status::Unanswered,
        Status::Cancelled,
        Status::Failed,
    ];

    #[test]
    fn states_only_go_forward() {
        for from in ALL {
            assert!(!from.may_become(from));
            assert!(!from.may_become(Status::Started));
            for to in ALL {
                assert!(!(from.may_become(to) && to.may_become(from)), "{from:?} and {to:?} go both ways");
                assert!(!(from.is_over() && from.may_become(to)), "{from:?} is over");
            }
        }
        assert!(Status::Answered.may_become(Status::Completed) && !Status::Answered.may_become(Status::Busy));
    }
}
