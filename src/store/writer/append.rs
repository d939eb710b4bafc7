//! What goes into the writer, and what comes out of it.

use serde::{Deserialize, Serialize};

use crate::domain::call::merge::Told;
use crate::domain::call::{Event, Phase};
use crate::domain::call_tracking::track::Track;

/// A webhook on its way into the inbox. Serialisable, for the spool keeps the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Append {
    /// A new id. Of the same id a second append is known.
    pub id: String,
    /// Equal for deliveries of the same thing; at most 200 characters.
    pub dedupe: String,
    /// The signature's id, which must never come twice; at most 200 characters.
    pub jti: Option<String>,
    pub kind: String,
    pub method: String,
    /// Our clock, ms UTC.
    pub received_at: i64,
    /// The time that the signature carries, ms UTC: while our clock is behind, it is kept by this one.
    #[serde(default)]
    pub signed_at: Option<i64>,
    pub signed: bool,
    /// At most 200 characters each.
    pub conversation: Option<String>,
    pub leg: Option<String>,
    /// The body or the query, as it came.
    pub raw: String,
    pub decision: Option<String>,
    pub problem: Option<String>,
    /// The call flow that is returned, as JSON.
    pub ncco: Option<String>,
    /// What changes the call record.
    pub event: Option<Event>,
    /// Of an answer: which campaign the call is to be counted for, if any.
    #[serde(default)]
    pub track: Option<Track>,
    /// Comes from the spool: the signature's id may have been seen when it was first tried.
    #[serde(default)]
    pub spooled: bool,
}

impl Append {
    /// What it says of a call, if it says anything.
    pub(super) fn told(&self) -> Option<Told<'_>> {
        let event = self.event.as_ref()?;
        Some(Told { id: &self.id, received_at: self.received_at, event, track: self.track.as_ref() })
    }
}

/// The outcome of an append. It is durable in every case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    New,
    /// The same thing was stored before, with this call flow. The record is unchanged.
    Known {
        ncco: Option<String>,
    },
    /// The signature was used before. Nothing was stored now.
    Replayed,
}

/// A call changed, and the change is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Counts the events of this process, without gaps.
    pub seq: u64,
    pub call_id: String,
    pub conversation: String,
    /// The visit whose user called.
    pub visit: Option<String>,
    pub line: Option<String>,
    pub phase: Phase,
    /// When two people were first connected, ms UTC, by the platform's clock.
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub talk_seconds: Option<u32>,
    /// Grows with every change of this call.
    pub version: i64,
    /// When we heard of it, ms UTC.
    pub at: i64,
}
