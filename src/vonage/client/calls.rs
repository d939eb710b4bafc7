//! Voice API v1: calls that we place, look up and control.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Client;
use super::send::{Auth, Request};
use crate::domain::lost::Lost;
use crate::domain::outgoing::{Cleared, Diallable};
use crate::domain::phone::E164;
use crate::vonage::error::VonageError;

/// Bytes of the longest recording that is fetched: half an hour of a telephone's sound.
const LONGEST_RECORDING: usize = 32 << 20;

/// Whom a new call reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Callee {
    Phone(Diallable),
    /// A Client SDK user, by name.
    App(String),
}

/// A call to place.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCall {
    pub to: Callee,
    /// Shown to the callee: one of our own numbers.
    pub from: E164,
    /// What happens when the callee answers.
    pub ncco: Cleared,
    /// Ring at most this long, 1 to 120 s; the platform's default is 60.
    pub ringing_seconds: Option<u32>,
    /// End the call after this, 1 to 86,400 s; the platform's default is two hours.
    pub limit_seconds: Option<u32>,
}

impl NewCall {
    fn to_json(&self) -> Value {
        let to = match &self.to {
            Callee::Phone(number) => json!({ "type": "phone", "number": number.digits() }),
            Callee::App(user) => json!({ "type": "app", "user": user }),
        };
        let mut body = json!({
            "to": [to],
            "from": { "type": "phone", "number": self.from.digits() },
            "ncco": self.ncco,
        });
        if let Some(seconds) = self.ringing_seconds {
            body["ringing_timer"] = seconds.into();
        }
        if let Some(seconds) = self.limit_seconds {
            body["length_timer"] = seconds.into();
        }
        body
    }
}

/// The platform took the call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Created {
    /// The leg.
    pub uuid: String,
    pub conversation_uuid: String,
    #[serde(default)]
    pub status: String,
}

/// A leg as the platform knows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct CallResource {
    pub uuid: String,
    #[serde(default)]
    pub conversation_uuid: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub direction: String,
    #[serde(default)]
    pub from: Value,
    #[serde(default)]
    pub to: Value,
    /// ISO 8601; like the following, only once the leg is completed.
    #[serde(default)]
    pub start_time: Option<String>,
    #[serde(default)]
    pub end_time: Option<String>,
    /// Seconds, as text.
    #[serde(default)]
    pub duration: Option<String>,
    /// EUR, as text.
    #[serde(default)]
    pub price: Option<String>,
    #[serde(default)]
    pub network: Option<String>,
}

impl CallResource {
    /// Nothing more will happen on it (Voice API: the statuses of a call).
    #[must_use]
    pub fn is_over(&self) -> bool {
        let over = ["completed", "busy", "cancelled", "failed", "rejected", "timeout", "unanswered"];
        over.contains(&self.status.as_str())
    }
}

/// Which legs to list. Everything is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallFilter {
    pub status: Option<String>,
    pub conversation_uuid: Option<String>,
    /// ISO 8601.
    pub date_start: Option<String>,
    /// ISO 8601.
    pub date_end: Option<String>,
    /// How many to leave out from the start.
    pub record_index: Option<u32>,
}

#[derive(Deserialize)]
struct Page {
    #[serde(default, rename = "_embedded")]
    embedded: Embedded,
}

#[derive(Default, Deserialize)]
struct Embedded {
    #[serde(default)]
    calls: Vec<CallResource>,
}

impl Client {
    /// Places a call. Sent once, whatever happens: the platform has no idempotency keys, and a second dial is a second
    /// ringing telephone.
    ///
    /// # Errors
    /// [`VonageError::Ambiguous`] when it is not known whether the telephone rings; reconcile by the events or by
    /// [`Client::list_calls`]. Any other: it does not.
    pub async fn create_call(&self, call: &NewCall) -> Result<Created, VonageError> {
        let url = format!("{}/v1/calls", self.voice());
        match self.json(Request::new(Method::POST, url, Auth::Bearer).json(call.to_json())).await {
            // It was a 2xx: a telephone rings, though we do not know which leg it is.
            Err(VonageError::Unreadable { what }) => Err(VonageError::Ambiguous { reason: Lost::Other(what) }),
            other => other,
        }
    }

    /// One leg; `None` when it does not exist, is forgotten, or lives in another region.
    ///
    /// # Errors
    /// Any other [`VonageError`].
    pub async fn get_call(&self, uuid: &str) -> Result<Option<CallResource>, VonageError> {
        match self.json(Request::new(Method::GET, self.call_url(uuid, ""), Auth::Bearer)).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Up to 100 legs, newest first.
    pub async fn list_calls(&self, filter: &CallFilter) -> Result<Vec<CallResource>, VonageError> {
        let mut query = vec![("page_size", "100".to_owned()), ("order", "desc".to_owned())];
        query.extend(filter.status.clone().map(|value| ("status", value)));
        query.extend(filter.conversation_uuid.clone().map(|value| ("conversation_uuid", value)));
        query.extend(filter.date_start.clone().map(|value| ("date_start", value)));
        query.extend(filter.date_end.clone().map(|value| ("date_end", value)));
        query.extend(filter.record_index.map(|value| ("record_index", value.to_string())));
        let url = format!("{}/v1/calls", self.voice());
        let page: Page = self.json(Request::new(Method::GET, url, Auth::Bearer).query(query)).await?;
        Ok(page.embedded.calls)
    }

    /// Ends a leg. One that has ended already is a success; one that the platform does not know is not, for it may live
    /// in another region and go on.
    pub async fn hang_up(&self, uuid: &str) -> Result<(), VonageError> {
        match self.modify(uuid, json!({ "action": "hangup" })).await {
            Err(error) if error.is_not_found() && self.has_ended(uuid).await => Ok(()),
            other => other,
        }
    }

    /// Whether the platform says that a leg has ended. It answers 404 to a change of an ended leg as well as to one of a
    /// leg that lives elsewhere; only the leg itself tells which. False when it is not known there, or nothing answers.
    pub async fn has_ended(&self, uuid: &str) -> bool {
        matches!(self.get_call(uuid).await, Ok(Some(leg)) if leg.is_over())
    }

    /// Takes a leg out of its conversation and gives it a new call flow.
    pub async fn transfer(&self, uuid: &str, ncco: &Cleared) -> Result<(), VonageError> {
        let destination = json!({ "type": "ncco", "ncco": ncco });
        self.modify(uuid, json!({ "action": "transfer", "destination": destination })).await
    }

    /// Others cannot hear the leg, or can again.
    pub async fn mute(&self, uuid: &str, muted: bool) -> Result<(), VonageError> {
        self.modify(uuid, json!({ "action": if muted { "mute" } else { "unmute" } })).await
    }

    /// The leg cannot hear others, or can again.
    pub async fn earmuff(&self, uuid: &str, earmuffed: bool) -> Result<(), VonageError> {
        self.modify(uuid, json!({ "action": if earmuffed { "earmuff" } else { "unearmuff" } })).await
    }

    /// Sends tones to a leg: `0-9*#p`, where `p` is a pause. Sent once.
    pub async fn send_dtmf(&self, uuid: &str, digits: &str) -> Result<(), VonageError> {
        let mut request = Request::new(Method::PUT, self.call_url(uuid, "/dtmf"), Auth::Bearer);
        request.repeat = super::send::Repeat::Never;
        self.send(request.json(json!({ "digits": digits }))).await.map(drop)
    }

    /// Speaks into a leg, in place of what was being spoken.
    pub async fn start_talk(&self, uuid: &str, text: &str) -> Result<(), VonageError> {
        let request = Request::new(Method::PUT, self.call_url(uuid, "/talk"), Auth::Bearer);
        self.send(request.json(json!({ "text": text }))).await.map(drop)
    }

    /// Stops what [`Client::start_talk`] started.
    pub async fn stop_talk(&self, uuid: &str) -> Result<(), VonageError> {
        self.send(Request::new(Method::DELETE, self.call_url(uuid, "/talk"), Auth::Bearer)).await.map(drop)
    }

    /// Plays a sound file (MP3, or 16-bit WAV) into a leg; `times` 0 is without end.
    pub async fn start_stream(&self, uuid: &str, url: &str, times: u32) -> Result<(), VonageError> {
        let request = Request::new(Method::PUT, self.call_url(uuid, "/stream"), Auth::Bearer);
        self.send(request.json(json!({ "stream_url": [url], "loop": times }))).await.map(drop)
    }

    /// Stops what [`Client::start_stream`] started.
    pub async fn stop_stream(&self, uuid: &str) -> Result<(), VonageError> {
        self.send(Request::new(Method::DELETE, self.call_url(uuid, "/stream"), Auth::Bearer)).await.map(drop)
    }

    /// Fetches a recording by the URL that a webhook named. Our token goes to the platform and to nobody else: the URL's
    /// host must be the platform's (over https), our configured API's, or one of `origins`.
    ///
    /// # Errors
    /// [`VonageError::Refused`] with status 0 for any other URL; any other [`VonageError`].
    pub async fn recording(&self, url: &str, origins: &[&str]) -> Result<Vec<u8>, VonageError> {
        if !self.is_platform(url, origins) {
            let detail = "the recording is not at the platform".to_owned();
            return Err(VonageError::Refused { status: 0, code: String::new(), detail });
        }
        let request = Request::new(Method::GET, url.to_owned(), Auth::Bearer);
        self.send(Request { most: LONGEST_RECORDING, ..request }).await
    }

    async fn modify(&self, uuid: &str, body: Value) -> Result<(), VonageError> {
        let request = Request::new(Method::PUT, self.call_url(uuid, ""), Auth::Bearer);
        self.send(request.json(body)).await.map(drop)
    }

    fn call_url(&self, uuid: &str, rest: &str) -> String {
        format!("{}/v1/calls/{}{rest}", self.voice(), super::segment(uuid))
    }
}
