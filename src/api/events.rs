//! Every webhook as it came, for operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
use crate::domain::party::Party;

/// The query of the events' page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventQuery {
    /// `answer`, `event`, `fallback`, `dtmf`, `recording`; empty for all.
    pub kind: String,
    /// Part of the body, or an id.
    pub text: String,
    pub problems: bool,
    /// [`Events::older`] of the page before.
    pub before: Option<String>,
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventEntry {
    pub id: String,
    /// ms UTC
    pub at: i64,
    pub kind: String,
    pub method: String,
    /// Who called whom, as far as the webhook says.
    pub from: Party,
    pub to: Party,
    /// The conversation that it is about.
    pub call: Option<String>,
    pub signed: bool,
    /// `status` or `type` of an event.
    pub word: Option<String>,
    pub decision: Option<String>,
    pub problem: Option<String>,
    /// Indented when it is JSON, otherwise as it came.
    pub raw: String,
    /// The call flow that we answered, indented.
    pub ncco: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Events {
    pub events: Vec<EventEntry>,
    pub older: Option<String>,
}

/// A page of the inbox.
#[server(prefix = "/api", endpoint = "events", input = Json)]
pub async fn events_page(query: EventQuery) -> Result<Access<Page<Events>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    use crate::service::EventFilter;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let filter = EventFilter {
            kind: Some(query.kind),
            text: Some(query.text.chars().take(200).collect()),
            problems: query.problems,
            before: query.before,
        };
        let found = services.log.events(filter).await?;
        let pretty = |text: &str| {
            serde_json::from_str::<serde_json::Value>(text)
                .ok()
                .and_then(|value| serde_json::to_string_pretty(&value).ok())
                .unwrap_or_else(|| text.to_owned())
        };
        let word = |text: &str| {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            let word = value.get("status").or_else(|| value.get("type"))?.as_str()?.to_owned();
            Some(word.chars().take(40).collect())
        };
        // A body, or the query string of a webhook that came by GET.
        let field = |raw: &str, name: &str| {
            let text = match serde_json::from_str::<serde_json::Value>(raw) {
                Ok(body) => body.get(name).and_then(|text| text.as_str()).map(str::to_owned),
                Err(_) => {
                    let mut pairs = url::form_urlencoded::parse(raw.as_bytes());
                    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
                }
            };
            Party::of(text.as_deref())
        };
        let events = found.events.into_iter().map(|row| EventEntry {
            word: word(&row.raw),
            from: field(&row.raw, "from"),
            to: field(&row.raw, "to"),
            raw: pretty(&row.raw),
            ncco: row.ncco.as_deref().map(pretty),
            call: row.conversation,
            id: row.id,
            at: row.received_at,
            kind: row.kind,
            method: row.method,
            signed: row.signed,
            decision: row.decision,
            problem: row.problem,
        });
        let content = Events { events: events.collect(), older: found.older };
        Ok(page(&services, &account, content))
    })
    .await
}
