//! A webhook that passed the edge, what makes two deliveries the same one, and what is stored of it.

use sha2::{Digest as _, Sha256};

use super::Webhooks;
use super::decision::Decision;
use crate::domain::call::{Event, Fact};
use crate::domain::line::Line;
use crate::store::Append;
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
    pub(in crate::service) fn name(self) -> &'static str {
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

impl Webhooks {
    /// What is stored of a webhook, with what was decided about it.
    pub(super) fn append_of(&self, received: Received, dedupe: String, decision: Option<&Decision>) -> Append {
        let Received { kind, method, raw, line: _, verified, parsed } = received;
        let signed = verified.is_some();
        let unreadable = parsed.as_ref().err().map(|unreadable| unreadable.reason.clone());
        let (conversation, leg, event) = match parsed {
            Ok(Webhook::Answer(answer)) => {
                let region = answer.region_url.as_deref().and_then(|told| self.core.vonage.region_of(told));
                if region.is_none() && answer.region_url.is_some() {
                    tracing::warn!("a webhook names a region that is no address of the platform's; it is not used");
                }
                asked(answer, decision, region)
            }
            Ok(Webhook::Event(event)) => (Some(event.conversation.clone()), event.leg.clone(), Some(event)),
            Err(_) => (None, None, None),
        };
        Append {
            id: self.core.random.id(),
            dedupe,
            signed_at: verified.as_ref().map(|verified| verified.iat.saturating_mul(1000)),
            // The time is signed too. Before the id it keeps the keys of the replay cache in the order of their coming,
            // and with that on few pages.
            jti: verified.map(|verified| short(format!("{:010}-{}", verified.iat, verified.jti))),
            kind: kind.name().to_owned(),
            method: method.name().to_owned(),
            received_at: self.core.clock.now_ms(),
            signed,
            conversation,
            leg,
            // PostgreSQL takes no NUL; its picture is the only thing that is not kept as it came.
            raw: if raw.contains('\0') { raw.replace('\0', "\u{2400}") } else { raw },
            decision: decision.map(|decision| decision.line.to_owned()),
            problem: decision.and_then(|decision| decision.problem.clone()).or(unreadable),
            ncco: decision.map(|decision| decision.ncco.to_json()),
            event,
            track: decision.and_then(|decision| decision.track.clone()),
            spooled: false,
        }
    }
}

/// What makes two deliveries the same webhook. The platform signs a retry with a new token, so it is what the webhook says; and the
/// question what to do with a leg is the same question even when something around it, such as the region, changed.
pub(in crate::service) fn key_of(received: &Received) -> String {
    let kind = received.kind.name();
    match &received.parsed {
        Ok(Webhook::Answer(Answer { conversation_uuid: Some(conversation), uuid: Some(leg), .. })) => {
            digest(&[kind, conversation, leg])
        }
        _ => digest(&[kind, received.method.name(), &received.raw]),
    }
}

/// What an answer webhook says about the call, once it is decided.
fn asked(
    answer: Answer,
    decision: Option<&Decision>,
    region: Option<String>,
) -> (Option<String>, Option<String>, Option<Event>) {
    let (conversation, leg) = (answer.conversation_uuid, answer.uuid);
    let event = match (&conversation, decision) {
        (Some(conversation), Some(decision)) => Some(Event {
            conversation: conversation.clone(),
            leg: leg.clone(),
            from: answer.from,
            to: answer.to,
            direction: None,
            at: None,
            fact: Fact::Asked { line: decision.line.to_owned(), user: answer.from_user, region },
        }),
        _ => None,
    };
    (conversation, leg, event)
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
fn short(id: String) -> String {
    if id.len() <= 128 && !id.contains('\0') { id } else { digest(&[&id]) }
}
