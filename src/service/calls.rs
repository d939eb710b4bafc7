//! The call log, and one call's timeline: webhooks, decisions, answers.

use super::{ServiceError, Services};
use crate::domain::call::{Call, Event, Fact};
use crate::store::{CallQuery, WebhookRow};
use crate::vonage::webhook::{self, Raw};

pub use crate::store::CallRow;

/// Which calls to show. Everything empty shows the newest of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// A [`crate::domain::call::Phase::name`] (`talking`, `busy`, …), or `open` or `ended`.
    pub phase: Option<String>,
    /// A [`crate::domain::line::Line::name`].
    pub line: Option<String>,
    /// Part of a number (however written) or name, of the caller or of whom they reached.
    pub text: Option<String>,
    /// [`CallPage::next`] of the page before.
    pub before: Option<String>,
    /// At most this many, 1 to 200; 0 means 50.
    pub limit: u32,
}

/// A page of the call log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPage {
    pub calls: Vec<CallRow>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
}

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

const PAGE: u32 = 50;
const GREATEST_PAGE: u32 = 200;

impl Services {
    /// A page of the call log, newest first.
    pub async fn calls(&self, filter: CallFilter) -> Result<CallPage, ServiceError> {
        let limit = if filter.limit == 0 { PAGE } else { filter.limit.min(GREATEST_PAGE) };
        let CallFilter { phase, line, text, before, .. } = filter;
        let given = |field: Option<String>| field.filter(|value| !value.trim().is_empty());
        let number = text.as_deref().and_then(|text| self.search_number(text));
        // One more than asked for tells whether there is another page.
        let query = CallQuery {
            phase: given(phase),
            line: given(line),
            number,
            text: given(text),
            before: given(before),
            limit: limit + 1,
        };
        let mut calls = self.inner.store.calls().list(&query).await?;
        let more = calls.len() > limit as usize;
        calls.truncate(limit as usize);
        self.mask_rows(&mut calls).await?;
        let next = calls.last().filter(|_| more).map(|call| call.id.clone());
        Ok(CallPage { calls, next })
    }

    /// One call with its timeline, by its id, its conversation's, or that of a record or conversation that went into it;
    /// `None` when there is none.
    pub async fn call(&self, id: &str) -> Result<Option<CallDetail>, ServiceError> {
        let store = &self.inner.store;
        let found = match store.calls().find(id).await? {
            Some(found) => Some(found),
            None => store.calls().of(id).await?,
        };
        let Some((row, record)) = found else { return Ok(None) };
        let webhooks = self.inner.store.webhooks().of(&row.conversation).await?;
        let timeline = webhooks.into_iter().flat_map(entries).collect();
        let mut detail = CallDetail { row, record, timeline };
        self.mask_call(&mut detail).await?;
        Ok(Some(detail))
    }
}

/// What came, and after it what we returned.
fn entries(webhook: WebhookRow) -> Vec<TimelineEntry> {
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
