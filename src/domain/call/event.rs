//! One webhook, as far as it says something of a call.

use serde::{Deserialize, Serialize};

use super::{Left, Price};

/// One webhook, reduced to what changes a record. The server's `vonage::webhook` makes these from raw bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `conversation_uuid`: which call.
    pub conversation: String,
    /// `uuid` (or `call_uuid`): which leg of it. Events of the call as a whole have none.
    pub leg: Option<String>,
    /// As the webhook says: digits, a user's name, a WebSocket's URI, or "anonymous".
    pub from: Option<String>,
    pub to: Option<String>,
    pub direction: Option<Direction>,
    /// The payload's `timestamp`, ms UTC. Shown to people; orders nothing.
    pub at: Option<i64>,
    pub fact: Fact,
}

impl Event {
    /// A recording of the call is finished, or should be.
    #[must_use]
    pub fn is_of_recording(&self) -> bool {
        matches!(&self.fact, Fact::Noted { kind } if kind == "record")
    }
}

/// What a webhook says happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// The answer webhook: the platform asked what to do with this caller, and we decided.
    Asked {
        /// [`crate::domain::line::Line::name`] of the line that took the call.
        line: String,
        /// The Client SDK user that called, if it was one.
        user: Option<String>,
        /// The platform's address for requests about the call, when it is the platform's.
        #[serde(default)]
        region: Option<String>,
    },
    /// A leg changed.
    Status(Change),
    /// A leg moved to another conversation.
    Moved { to: String },
    /// The platform reports something wrong with the call, such as an NCCO it refuses.
    Problem { reason: String },
    /// The caller left something for the agents: told by the contact centre, never by the platform.
    Left(Left),
    /// Kept raw, shown in the timeline, without effect on the record: input, record, notify, and whatever is new.
    Noted { kind: String },
}

/// A leg's status event.
///
/// Source: <https://developer.vonage.com/en/voice/voice-api/webhook-reference>.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Change {
    pub status: Status,
    pub detail: Option<String>,
    /// ms UTC.
    pub start_time: Option<i64>,
    /// ms UTC.
    pub end_time: Option<i64>,
    pub duration_seconds: Option<u32>,
    pub price: Option<Price>,
    pub network: Option<String>,
    pub disconnected_by: Option<String>,
    pub sip_code: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Inbound,
    Outbound,
}

/// What a status event can say. A status that the platform invents tomorrow is [`Status::Unknown`] and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Started,
    Ringing,
    Answered,
    Human,
    Machine,
    Busy,
    Cancelled,
    Unanswered,
    Rejected,
    Failed,
    Timeout,
    Completed,
    Disconnected,
    #[default]
    Unknown,
}

impl Status {
    /// The platform's word for it; anything else is [`Status::Unknown`].
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "started" => Self::Started,
            "ringing" => Self::Ringing,
            "answered" => Self::Answered,
            "human" => Self::Human,
            "machine" => Self::Machine,
            "busy" => Self::Busy,
            "cancelled" => Self::Cancelled,
            "unanswered" => Self::Unanswered,
            "rejected" => Self::Rejected,
            "failed" => Self::Failed,
            "timeout" => Self::Timeout,
            "completed" => Self::Completed,
            "disconnected" => Self::Disconnected,
            _ => Self::Unknown,
        }
    }
}
