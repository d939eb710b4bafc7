//! Every webhook as it came, newest first, for finding out what went wrong.

use super::calls::CallLog;
use super::core::ServiceError;
use super::timeline::ReadWebhook;
use crate::store::WebhookQuery;

/// Which webhooks to show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventFilter {
    /// `answer`, `event`, `fallback`, `dtmf`, `recording`; all when it is none of these.
    pub kind: Option<String>,
    /// Part of the body, the conversation's or the leg's id.
    pub text: Option<String>,
    /// Only those with a problem.
    pub problems: bool,
    /// [`EventPage::older`] of the page before.
    pub before: Option<String>,
}

/// A page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    pub events: Vec<ReadWebhook>,
    /// Where the next page begins.
    pub older: Option<String>,
}

/// How many are on a page.
const PAGE: usize = 50;

impl CallLog {
    /// A page of the inbox.
    pub async fn events(&self, filter: EventFilter) -> Result<EventPage, ServiceError> {
        let kinds = ["answer", "event", "fallback", "dtmf", "recording"];
        let query = WebhookQuery {
            kind: filter.kind.filter(|kind| kinds.contains(&kind.as_str())),
            text: filter.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
            problems: filter.problems,
            before: filter.before,
            limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
        };
        let mut events = self.core.store.webhooks().list(&query).await?;
        let more = events.len() > PAGE;
        events.truncate(PAGE);
        let older = if more { events.last().map(|event| event.id.clone()) } else { None };
        self.masking.mask_webhooks(&mut events).await?;
        Ok(EventPage { events: events.into_iter().map(ReadWebhook::from).collect(), older })
    }
}
