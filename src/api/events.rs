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
    /// What it says in one or two words of the platform; empty for an answer or fallback webhook.
    pub summary: String,
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
        let content = Events { events: found.events.into_iter().map(entry).collect(), older: found.older };
        Ok(page(&services, &account, content))
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
fn entry(event: crate::service::ReadWebhook) -> EventEntry {
    use super::calls::shapes::indented;
    let crate::service::ReadWebhook { row, summary, from, to } = event;
    EventEntry {
        summary,
        from: Party::of(from.as_deref()),
        to: Party::of(to.as_deref()),
        raw: indented(row.raw),
        ncco: row.ncco.map(indented),
        call: row.conversation,
        id: row.id,
        at: row.received_at,
        kind: row.kind,
        method: row.method,
        signed: row.signed,
        decision: row.decision,
        problem: row.problem,
    }
}
