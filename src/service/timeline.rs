//! One call's timeline: webhooks, decisions, answers.

use crate::domain::call::{Call, Event, Fact};
use crate::store::{CallRow, WebhookRow};
use crate::vonage::webhook::{self, Raw};

/// One call, with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct CallDetail {
    pub row: CallRow,
    pub record: Call,
    /// In the order of arrival.
    pub timeline: Vec<TimelineEntry>,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the platform to us.
    In,
    /// From us to the platform: the call flow that an answer webhook got.
    Out,
}

/// A line of a call's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// Of the webhook.
    pub id: String,
    /// When we got or sent it, ms UTC.
    pub at: i64,
    /// `answer`, `event`, `fallback`, `dtmf`, `recording`; of what we sent: `ncco`.
    pub kind: String,
    pub direction: Direction,
    /// What it says in one or two words of the platform: `ringing`, `completed`, `input`; of an answer webhook empty.
    pub summary: String,
    /// The leg it is about.
    pub leg: Option<String>,
    /// As it came: a JSON body, or a query string; of what we sent, empty.
    pub raw: String,
    pub signed: bool,
    /// The name of the line that took the call.
    pub decision: Option<String>,
    /// Why it could not be read, or what it complains about.
    pub problem: Option<String>,
    /// The call flow as JSON.
    pub ncco: Option<String>,
}

/// What came, and after it what we returned.
pub(super) fn entries(webhook: WebhookRow) -> Vec<TimelineEntry> {
    let event = read(&webhook);
    let complaint = match event.as_ref().map(|event| &event.fact) {
        Some(Fact::Problem { reason }) => Some(reason.clone()),
        _ => None,
    };
    let came = TimelineEntry {
        id: webhook.id.clone(),
        at: webhook.received_at,
        summary: event.as_ref().map(summary).unwrap_or_default(),
        kind: webhook.kind,
        direction: Direction::In,
        leg: webhook.leg.clone(),
        raw: webhook.raw,
        signed: webhook.signed,
        decision: None,
        problem: webhook.problem.or(complaint),
        ncco: None,
    };
    let Some(ncco) = webhook.ncco else { return vec![came] };
    let returned = TimelineEntry {
        id: webhook.id,
        at: webhook.received_at,
        kind: "ncco".into(),
        direction: Direction::Out,
        summary: String::new(),
        leg: webhook.leg,
        raw: String::new(),
        signed: false,
        decision: webhook.decision,
        problem: None,
        ncco: Some(ncco),
    };
    vec![came, returned]
}

/// The event again, from what was kept: the inbox is the truth, and reading it may have become better since.
fn read(webhook: &WebhookRow) -> Option<Event> {
    if matches!(webhook.kind.as_str(), "answer" | "fallback") {
        return None;
    }
    let raw = if webhook.method == "get" { Raw::Query(&webhook.raw) } else { Raw::Body(webhook.raw.as_bytes()) };
    webhook::event(raw).ok()
}

fn summary(event: &Event) -> String {
    match &event.fact {
        Fact::Asked { .. } => String::new(),
        Fact::Status(change) => {
            let word = serde_json::to_value(change.status).ok();
            let word = word.as_ref().and_then(|word| word.as_str()).unwrap_or_default().to_owned();
            match &change.detail {
                Some(detail) => format!("{word} ({detail})"),
                None => word,
            }
        }
        Fact::Moved { .. } => "transfer".into(),
        Fact::Problem { .. } => "error".into(),
        Fact::Noted { kind } => kind.clone(),
    }
}
