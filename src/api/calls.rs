//! The call log and one call's timeline, for operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
pub use crate::domain::call::stages::{Stage, StageKind};
use crate::domain::call::{Phase, Price};
use crate::domain::contact_center::console_settings::Label;
pub use crate::domain::contact_center::story::{Moment, Way, What, Who, Why, WhyLeft};
pub use crate::domain::party::Party;

/// Which calls to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Show {
    #[default]
    All,
    Running,
    Answered,
    /// Nobody talked to this caller: busy, rejected, no answer, or the caller left.
    Missed,
    Failed,
}

impl Show {
    pub const EVERY: [Self; 5] = [Self::All, Self::Running, Self::Answered, Self::Missed, Self::Failed];

    /// The word for it in the page's query.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Running => "running",
            Self::Answered => "answered",
            Self::Missed => "missed",
            Self::Failed => "failed",
        }
    }

    /// Reads [`Self::name`]; anything else shows all.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::EVERY.into_iter().find(|show| show.name() == word).unwrap_or_default()
    }
}

/// The query of the call log's page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallQuery {
    pub show: Show,
    /// Part of a number, a name or a call's id; empty finds all.
    pub text: String,
    /// [`CallList::older`] of the page before.
    pub before: Option<String>,
}

/// A line of the call log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSummary {
    pub id: String,
    pub phase: Phase,
    pub line: Option<String>,
    pub caller: Party,
    pub called: Party,
    /// When we first heard of it, ms UTC.
    pub at: i64,
    pub talk_seconds: Option<u32>,
    pub price: Option<Price>,
}

/// A page of the call log, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallList {
    pub calls: Vec<CallSummary>,
    /// Where the next page starts; `None` on the last one.
    pub older: Option<String>,
}

/// One call, with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallDetail {
    pub summary: CallSummary,
    /// The platform's id of the conversation.
    pub conversation: String,
    /// ms UTC, by the platform's clock.
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub problems: Vec<String>,
    /// In the order of arrival.
    pub timeline: Vec<Entry>,
    /// The agents' part in it, while that goes on.
    #[serde(default)]
    pub desk: Option<DeskPart>,
    /// How its time was spent.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// What the contact centre did and why, in order.
    #[serde(default)]
    pub story: Vec<Moment>,
    /// Who ended it; `None` while it goes on and when it is not known.
    #[serde(default)]
    pub hung_up: Option<HungUp>,
    /// What agents, campaigns and pages add.
    #[serde(default)]
    pub more: More,
}

/// Who ended a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum HungUp {
    Caller,
    Called,
    /// An agent, or who ended it by hand.
    Agent(String),
}

/// Who is at the end of a leg.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegOf {
    Caller,
    Party(Party),
}

/// What agents, campaigns and pages say of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct More {
    pub outbound: bool,
    /// The agents who talked in it.
    pub agents: Vec<String>,
    /// The page that a visitor called from.
    pub page: Option<String>,
    /// Id and name.
    pub campaign: Option<(String, String)>,
    /// What the operator calls it, and their category for it.
    pub disposition: Option<(Label, String)>,
    pub note: String,
}

/// A call that agents have, or that waits for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskPart {
    /// Whose it is.
    pub agent: Option<String>,
    /// It was hung up, and the platform has not confirmed its end.
    pub ending: bool,
}

/// A line of a call's timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Of the webhook; the call flow that it was answered with has the same.
    pub id: String,
    /// ms UTC.
    pub at: i64,
    /// From the platform to us; otherwise the call flow that we returned.
    pub received: bool,
    /// `answer`, `event`, `fallback`, …; of what we sent: `ncco`.
    pub kind: String,
    /// What it says in a word or two of the platform's.
    pub summary: String,
    pub leg: Option<String>,
    /// Who is at the end of that leg.
    #[serde(default)]
    pub of: Option<LegOf>,
    /// Indented when it is JSON, otherwise as it came.
    pub raw: String,
    pub signed: bool,
    pub decision: Option<String>,
    pub problem: Option<String>,
    /// The call flow, indented.
    pub ncco: Option<String>,
}

/// The call log.
#[server(prefix = "/api", endpoint = "call-list", input = Json)]
pub async fn calls(query: CallQuery) -> Result<Access<Page<CallList>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    context::guarded(async {
        let viewer = context::supervisor().await?;
        let services = context::services()?;
        let found = services.log.calls(shapes::filter(query)).await?;
        let content = CallList { calls: found.calls.iter().map(shapes::summary).collect(), older: found.next };
        Ok(page(&services, &viewer, content))
    })
    .await
}

/// One call's header and timeline; `None` when the id is unknown.
#[server(prefix = "/api", endpoint = "call", input = Json)]
pub async fn call(id: String) -> Result<Access<Page<Option<CallDetail>>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    context::guarded(async {
        let viewer = context::supervisor().await?;
        let services = context::services()?;
        let Some(found) = services.log.call(&id).await? else {
            return Ok(page(&services, &viewer, None));
        };
        let desk = services.desk.ending.desk_call_of(&found).await?;
        let campaign = services.tracking.campaign_of_call(&found.row.id).await?;
        let disposition = match desk.as_ref().and_then(|desk| desk.disposition) {
            Some(disposition) => Some(services.desk.choices.settings().await?.disposition(disposition)),
            None => None,
        };
        let mut detail = shapes::detail(found, desk, campaign, services.now_ms());
        detail.more.disposition = disposition;
        Ok(page(&services, &viewer, Some(detail)))
    })
    .await
}

/// Ends a stuck call. Every agent in it is released at once, and the platform is asked to end its legs until it confirms that
/// they have ended. `id` is the call log's, `sure` the confirmation.
#[server(prefix = "/api", endpoint = "call-end")]
pub async fn end_call(#[server(default)] id: String, #[server(default)] sure: String) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    use super::flash::Flash;
    use crate::domain::contact_center::desk::Refusal;
    use crate::service::Refusable;
    context::guarded(async {
        let account = context::supervisor().await?;
        let services = context::services()?;
        let Some(found) = services.log.call(&id).await? else {
            leptos_axum::redirect("/admin/calls");
            return Ok(());
        };
        let call = services.desk.ending.open_desk_call_of(&found).await?;
        let outcome = if sure.is_empty() {
            Flash::NotConfirmed
        } else {
            let ended = match &call {
                Some(call) => services.desk.ending.end_call_by_hand(&account, &call.id).await,
                None => services.webhooks.silent.end_silent_call(&account, &found).await,
            };
            match ended.refusable()? {
                Ok(()) => Flash::CallEnded,
                Err(Refusal::Unconfirmed) => Flash::CallUnconfirmed,
                Err(_) => Flash::CallOver,
            }
        };
        go(&services, &account, &format!("/admin/calls/{}", found.row.id), &outcome)
    })
    .await
}

/// From the services' shapes to the screens'.
#[cfg(not(target_arch = "wasm32"))]
pub(super) mod shapes {
    use std::collections::BTreeMap;

    use super::{CallDetail, CallQuery, CallSummary, DeskPart, Entry, HungUp, LegOf, More, Party, Show};
    use crate::domain::call::{Call, Phase};
    use crate::domain::contact_center::call::DeskCall;
    use crate::service::{self, CallFilter, CallRow};

    pub(super) fn filter(query: CallQuery) -> CallFilter {
        let phase = match query.show {
            Show::All => None,
            Show::Running => Some("open"),
            Show::Answered => Some("answered"),
            Show::Missed => Some("missed"),
            Show::Failed => Some("failed"),
        };
        let text: String = query.text.trim().chars().take(100).collect();
        CallFilter { phase: phase.map(str::to_owned), text: Some(text), before: query.before, ..CallFilter::default() }
    }

    pub fn summary(row: &CallRow) -> CallSummary {
        CallSummary {
            id: row.id.clone(),
            phase: row.phase,
            line: row.line.clone(),
            caller: party(row.caller.as_deref()),
            called: party(row.callee.as_deref()),
            at: row.created_at,
            talk_seconds: row.talk_seconds,
            price: row.price,
        }
    }

    pub(super) fn detail(
        call: service::CallDetail,
        desk: Option<DeskCall>,
        campaign: Option<(String, String)>,
        now: i64,
    ) -> CallDetail {
        let told = desk.as_ref().map(|desk| desk.stages(now)).filter(|stages| !stages.is_empty());
        let over = matches!(call.row.phase, Phase::Ended(_));
        let by_hand = desk.as_ref().and_then(|desk| desk.hung_up_by()).map(|by| HungUp::Agent(by.to_owned()));
        let by_leg = || call.record.caller_hung_up().map(|caller| if caller { HungUp::Caller } else { HungUp::Called });
        let legs = legs(&call.record, desk.as_ref());
        CallDetail {
            summary: summary(&call.row),
            conversation: call.row.conversation,
            answered_at: call.row.answered_at,
            ended_at: call.row.ended_at,
            stages: told.unwrap_or_else(|| call.record.stages(now)),
            hung_up: by_hand.or_else(by_leg).filter(|_| over),
            problems: call.record.problems.into_iter().collect(),
            timeline: call.timeline.into_iter().map(|line| entry(line, &legs)).collect(),
            desk: desk
                .as_ref()
                .filter(|desk| !desk.is_over())
                .map(|desk| DeskPart { ending: desk.is_ending(), agent: desk.agent.clone() }),
            more: more(desk.as_ref(), campaign),
            story: desk.map(|desk| desk.story).unwrap_or_default(),
        }
    }

    fn more(desk: Option<&DeskCall>, campaign: Option<(String, String)>) -> More {
        let Some(desk) = desk else { return More { campaign, ..More::default() } };
        let mut agents: Vec<String> = desk.talked.iter().map(|part| part.agent.clone()).collect();
        agents.sort();
        agents.dedup();
        More {
            outbound: desk.outbound,
            agents,
            page: desk.page.clone(),
            campaign,
            // Its name is the operator's, in the settings.
            disposition: None,
            note: desk.note.clone(),
        }
    }

    /// Who is at the end of which leg.
    fn legs(record: &Call, desk: Option<&DeskCall>) -> BTreeMap<String, LegOf> {
        let customer = desk.filter(|desk| !desk.outbound).and_then(|desk| desk.customer_leg.as_deref());
        let of = |(id, leg): (&String, &crate::domain::call::Leg)| {
            let caller = record.callers.contains(id) || customer == Some(id.as_str());
            (id.clone(), if caller { LegOf::Caller } else { LegOf::Party(party(leg.to.as_deref())) })
        };
        record.legs.iter().map(of).collect()
    }

    fn entry(entry: service::TimelineEntry, legs: &BTreeMap<String, LegOf>) -> Entry {
        Entry {
            id: entry.id,
            at: entry.at,
            received: entry.direction == service::Direction::In,
            kind: entry.kind,
            summary: entry.summary,
            of: entry.leg.as_ref().and_then(|leg| legs.get(leg).cloned()),
            leg: entry.leg,
            raw: indented(entry.raw),
            signed: entry.signed,
            decision: entry.decision,
            problem: entry.problem,
            ncco: entry.ncco.map(indented),
        }
    }

    fn party(text: Option<&str>) -> Party {
        Party::of(text)
    }

    pub fn indented(text: String) -> String {
        let value = serde_json::from_str::<serde_json::Value>(&text);
        value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or(text)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn says_who_it_was() {
            assert_eq!(party(Some("447700900000")), Party::Number("+44 7700 900000".into()));
            assert_eq!(party(Some("visitor-0198-abcdef")), Party::Visitor("abcdef".into()));
            assert_eq!(party(Some("visitor-é")), Party::Visitor("é".into()));
            assert_eq!(party(Some("jane")), Party::Name("jane".into()));
            assert_eq!(party(Some("Anonymous")), Party::Withheld);
            assert_eq!(party(Some("  ")), Party::Withheld);
            assert_eq!(party(None), Party::Unknown);
        }

        #[test]
        fn indents_json_and_leaves_the_rest() {
            assert_eq!(indented(r#"{"a":[1]}"#.into()), "{\n  \"a\": [\n    1\n  ]\n}");
            assert_eq!(indented("from=1&to=2".into()), "from=1&to=2");
        }

        #[test]
        fn every_filter_is_one_of_the_services() {
            let phase = |show| filter(CallQuery { show, ..CallQuery::default() }).phase;
            assert_eq!(
                Show::EVERY.map(phase).map(Option::unwrap_or_default),
                ["", "open", "answered", "missed", "failed"]
            );
            assert_eq!(Show::EVERY.map(|show| Show::parse(show.name())), Show::EVERY);
            assert_eq!(Show::parse("'; DROP TABLE"), Show::All);
        }
    }
}
