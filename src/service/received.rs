//! A webhook that passed the edge: what it is, what makes two deliveries the same one, and why one is not taken.
//!
//! A value that every job reads; it depends on no other service.

use sha2::{Digest as _, Sha256};

use crate::domain::language::Language;
use crate::domain::line::{Caller, Line};
use crate::domain::phone::E164;
use crate::vonage::webhook::Raw;
use crate::vonage::{Answer, Unreadable, Verified, Webhook};

/// Which of our URLs was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookKind {
    Answer,
    /// An answer, asked for where the tracking sample has its URL: the call is a campaign's, whatever it dialled.
    TrackCall,
    Event,
    /// The answer URL failed; the caller is still there.
    Fallback,
    Dtmf,
    Recording,
}

impl WebhookKind {
    /// The word for it in SQL and in timelines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer | Self::TrackCall => "answer",
            Self::Event => "event",
            Self::Fallback => "fallback",
            Self::Dtmf => "dtmf",
            Self::Recording => "recording",
        }
    }
}

/// How it came, and so what [`Received::raw`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A query string.
    Get,
    /// A body.
    Post,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

/// A webhook that passed the edge: its signature is good, or signatures are not asked for.
#[derive(Debug, Clone)]
pub struct Received {
    pub kind: WebhookKind,
    pub method: Method,
    /// The body, or the query string as it was encoded. Bytes are made into text so that nothing is lost.
    pub raw: String,
    /// The line that the URL stands for, whatever was dialled: the answer URLs of the older samples.
    pub line: Option<Line>,
    /// `None` where webhooks are taken unsigned.
    pub verified: Option<Verified>,
    /// What could be read of it; for [`WebhookKind::Answer`] and [`WebhookKind::Fallback`] an [`Answer`], else an event.
    pub parsed: Result<Webhook, Unreadable>,
}

impl Received {
    /// As the platform sent it.
    pub(super) fn as_raw(&self) -> Raw<'_> {
        match self.method {
            Method::Get => Raw::Query(&self.raw),
            Method::Post => Raw::Body(self.raw.as_bytes()),
        }
    }
}

/// A caller who waits for an answer; what each job's `answer_…` decides by.
#[derive(Debug)]
pub struct Ask<'a> {
    pub caller: Caller,
    /// What was dialled, when it is a number.
    pub dialled: Option<E164>,
    /// In which the caller is spoken to.
    pub language: Language,
    /// All that the platform said.
    pub answer: &'a Answer,
}

/// The signature was used before: this is not the platform. Not to be answered with a 2xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature was used before")]
pub struct Replayed;

/// An event must not be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStored {
    /// The platform should send it again: 503.
    #[error("the webhook could not be stored: {0}")]
    Unavailable(String),
    #[error(transparent)]
    Replayed(#[from] Replayed),
}

/// What makes two deliveries the same webhook. The platform signs a retry with a new token, so it is what the webhook says; and the
/// question what to do with a leg is the same question even when something around it, such as the region, changed.
pub(super) fn key_of(received: &Received) -> String {
    let kind = received.kind.name();
    match &received.parsed {
        Ok(Webhook::Answer(Answer { conversation_uuid: Some(conversation), uuid: Some(leg), .. })) => {
            digest(&[kind, conversation, leg])
        }
        _ => digest(&[kind, received.method.name(), &received.raw]),
    }
}

/// SHA-256 of the parts, each with its length, as hex.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Ids of signatures are short; one that is not is told apart by its hash.
pub(super) fn short(id: String) -> String {
    if id.len() <= 128 && !id.contains('\0') { id } else { digest(&[&id]) }
}
