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

/// A webhook as it was kept, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadWebhook {
    pub row: WebhookRow,
    /// [`TimelineEntry::summary`].
    pub summary: String,
    /// Who called whom, as the webhook writes it.
    pub from: Option<String>,
    pub to: Option<String>,
}

impl From<WebhookRow> for ReadWebhook {
    fn from(row: WebhookRow) -> Self {
        let (summary, from, to) = match (read(&row), webhook::answer(raw(&row))) {
            (Some(event), _) => (summary(&event), event.from, event.to),
            (None, Ok(answer)) => (String::new(), answer.from.or(answer.from_user), answer.to),
            (None, Err(_)) => Default::default(),
        };
        Self { row, summary, from, to }
    }
}

fn raw(webhook: &WebhookRow) -> Raw<'_> {
    if webhook.method == "get" { Raw::Query(&webhook.raw) } else { Raw::Body(webhook.raw.as_bytes()) }
}

/// The event again, from what was kept: the inbox is the truth, and reading it may have become better since.
fn read(webhook: &WebhookRow) -> Option<Event> {
    let is_event = !matches!(webhook.kind.as_str(), "answer" | "fallback");
    is_event.then(|| webhook::event(raw(webhook)).ok())?
}

/// The longest summary, in characters. An unsigned webhook can come from anyone and contain a text of any length.
const LONGEST_SUMMARY: usize = 80;

fn summary(event: &Event) -> String {
    let text: String = match &event.fact {
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
        // Read again from what was kept, it is noted.
        Fact::Left(_) => "left".into(),
        Fact::Noted { kind } => kind.clone(),
    };
    text.chars().take(LONGEST_SUMMARY).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn webhook(kind: &str, method: &str, raw: String) -> WebhookRow {
        WebhookRow {
            id: "1".into(),
            kind: kind.into(),
            method: method.into(),
            received_at: 0,
            signed: true,
            conversation: None,
            leg: None,
            raw,
            decision: None,
            problem: None,
            ncco: None,
        }
    }

    #[test]
    fn a_webhook_says_what_it_is_and_who_called_whom() {
        let both = (Some("447700900001".to_owned()), Some("442079460000".to_owned()));
        let parties = |mut body: serde_json::Value| {
            body["conversation_uuid"] = json!("CON-1");
            (body["from"], body["to"]) = (json!("447700900001"), json!("442079460000"));
            body.to_string()
        };
        for (kind, body, summary) in [
            ("event", json!({ "status": "ringing" }), "ringing"),
            ("event", json!({ "status": "failed", "detail": "cannot_route" }), "failed (cannot_route)"),
            ("event", json!({ "status": "Levitating" }), "unknown (Levitating)"),
            ("event", json!({ "conversation_uuid_to": "CON-2" }), "transfer"),
            ("dtmf", json!({ "dtmf": { "digits": "1" } }), "input"),
            ("event", json!({ "reason": "no such action" }), "error"),
            ("recording", json!({ "recording_url": "https://api.nexmo.com/v1/files/1" }), "record"),
            ("answer", json!({ "uuid": "leg" }), ""),
        ] {
            let read = ReadWebhook::from(webhook(kind, "post", parties(body)));
            assert_eq!((read.summary.as_str(), (read.from, read.to)), (summary, both.clone()));
        }
    }

    #[test]
    fn a_query_is_read_and_what_cannot_be_read_says_nothing() {
        let read = ReadWebhook::from(webhook("answer", "get", "from=447700900001&to=442079460000&uuid=leg".into()));
        assert_eq!((read.from.as_deref(), read.to.as_deref()), (Some("447700900001"), Some("442079460000")));
        let read = ReadWebhook::from(webhook("answer", "post", json!({ "from_user": "visitor-1" }).to_string()));
        assert_eq!((read.from.as_deref(), read.to), (Some("visitor-1"), None));
        let read = ReadWebhook::from(webhook("event", "post", "no json".into()));
        assert_eq!((read.summary, read.from, read.to), (String::new(), None, None));
        let long = json!({ "conversation_uuid": "CON-1", "status": "x".repeat(1_000) }).to_string();
        assert_eq!(ReadWebhook::from(webhook("event", "post", long)).summary.len(), LONGEST_SUMMARY);
    }
}
