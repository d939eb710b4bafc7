//! Call tracking for the operator's pages: charts, calls, campaigns, webhooks out. What changes something is posted by a
//! plain form and answers with a redirect.

use leptos::prelude::*;
use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use crate::domain::call_tracking::campaign::Draft;
use crate::domain::call_tracking::erlang::Pool;
use crate::domain::call_tracking::report::Period;
use crate::domain::trouble::Trouble;

pub const REPORT: &str = "/admin/tracking";
pub const CALLS: &str = "/admin/tracking/calls";
pub const CAMPAIGNS: &str = "/admin/campaigns";
pub const HOOKS: &str = "/admin/tracking/webhooks";

/// The fields of a page's query, as they stand in its address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of this name that is not blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }

    /// The same with another value; an empty one takes the field away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut fields: Vec<_> = self.0.iter().filter(|(known, _)| known != name).cloned().collect();
        if !value.is_empty() {
            fields.push((name.to_owned(), value.to_owned()));
        }
        Self(fields)
    }

    /// Only these.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, value)| names.contains(&name.as_str()) && !value.trim().is_empty());
        Self(kept.cloned().collect())
    }
}

/// Something to choose in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choices {
    /// Id and name.
    pub campaigns: Vec<(String, String)>,
    pub sources: Vec<String>,
    pub mediums: Vec<String>,
    /// Digits.
    pub numbers: Vec<String>,
}

/// What every page of this job has around it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Around {
    pub operator: String,
    pub handsets: Option<String>,
    /// The name of the time zone.
    pub zone: String,
    /// Days since 1970-01-01 there.
    pub today: i64,
    pub choices: Choices,
    /// The field of the query or the form that was wrong.
    pub wrong: Option<String>,
    /// Why, where that is known.
    pub why: Option<Trouble>,
}

/// The charts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub around: Around,
    pub period: Period,
    pub before: Option<Period>,
    /// Name and state of each campaign's pool.
    pub pools: Vec<(String, Pool)>,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub id: String,
    pub campaign: String,
    pub number: String,
    pub caller: Option<String>,
    /// ms UTC
    pub at: i64,
    pub outcome: String,
    pub answered: bool,
    pub first: bool,
    pub talk_seconds: Option<i64>,
    pub price: Option<i64>,
    pub source: String,
    pub medium: String,
    pub term: String,
    pub landing: String,
    pub confidence: Option<i64>,
    pub candidates: i64,
    pub spam: bool,
    pub reason: Option<String>,
    pub said: Option<bool>,
}

/// Tracked calls, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    pub around: Around,
    pub calls: Vec<Line>,
    pub older: Option<String>,
    pub blocked: Vec<(String, String)>,
    /// What could not be put on the block list.
    pub refused: Option<NotBlocked>,
}

/// A caller who could not be put on the block list, as typed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotBlocked {
    pub number: String,
    pub note: String,
    pub why: Trouble,
}

/// A number of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub number: String,
    pub pool: bool,
    /// ms UTC
    pub from: i64,
    pub until: Option<i64>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub id: String,
    pub draft: Draft,
    pub archived: bool,
    pub numbers: Vec<Number>,
    pub pool: Option<Pool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaigns {
    pub around: Around,
    pub campaigns: Vec<Campaign>,
    /// What was typed into the form of a campaign and refused. Shown once.
    pub typed: Option<Draft>,
    /// Our numbers that no line has.
    pub free: Vec<String>,
    /// The script's address.
    pub script: String,
    /// The number that it replaces.
    pub support: String,
}

/// A message of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub id: String,
    pub url: String,
    pub call: String,
    /// When the call came, ms UTC; `None` when it is not there any more.
    pub called: Option<i64>,
    pub caller: Option<String>,
    pub state: String,
    pub tries: i64,
    /// ms UTC
    pub created: i64,
    pub next: i64,
    pub status: Option<i64>,
    pub error: Option<String>,
    pub took: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooks {
    pub around: Around,
    /// Id, address.
    pub hooks: Vec<(String, String)>,
    /// An address that was typed and refused. Shown once.
    pub typed: Option<String>,
    pub log: Vec<Told>,
    /// Of an address that was added just now: the address and its secret.
    pub secret: Option<(String, String)>,
}

/// The charts.
#[server(prefix = "/api", endpoint = "tracking-report", input = Json)]
pub async fn read_report(query: Fields) -> Result<Access<Report>, ServerFnError> {
    use super::context;
    use crate::service::call_tracking::ReportAsk;
    let operator = match context::operator().await?.granted() {
        Ok(operator) => operator,
        Err(refused) => return Ok(refused),
    };
    let services = context::services()?;
    let read = ReportAsk::read(|name| query.get(name).map(str::to_owned), &services);
    let wrong = read.as_ref().err().cloned();
    let ask = read.or_else(|_| ReportAsk::read(|_| None, &services)).map_err(context::fault)?;
    let report = services.tracking_report(&ask).await.map_err(context::fault)?;
    let views = services.campaigns().await.map_err(context::fault)?;
    let pools = views.into_iter().filter_map(|view| view.pool.map(|pool| (view.campaign.name, pool))).collect();
    let around = shapes::around(&services, operator.name, wrong);
    Ok(Access::Granted(Report { around, period: report.period, before: report.before, pools }))
}

/// The calls behind a bar.
#[server(prefix = "/api", endpoint = "tracked-calls", input = Json)]
pub async fn read_calls(query: Fields) -> Result<Access<Calls>, ServerFnError> {
    use super::context;
    use crate::service::call_tracking::CallsAsk;
    let operator = match context::operator().await?.granted() {
        Ok(operator) => operator,
        Err(refused) => return Ok(refused),
    };
    let services = context::services()?;
    let read = CallsAsk::read(|name| query.get(name).map(str::to_owned), &services);
    let wrong = read.as_ref().err().cloned();
    let ask = read.or_else(|_| CallsAsk::read(|_| None, &services)).map_err(context::fault)?;
    let page = services.tracked_calls(&ask).await.map_err(context::fault)?;
    let blocked = services.blocked_callers().await.map_err(context::fault)?;
    let refused = shapes::take(&services, &operator, shapes::NOT_BLOCKED);
    Ok(Access::Granted(Calls {
        refused,
        calls: page.calls.into_iter().map(shapes::line).collect(),
        older: page.next,
        blocked: blocked.into_iter().map(|blocked| (blocked.number, blocked.note)).collect(),
        around: shapes::around(&services, operator.name, wrong),
    }))
}

/// Every campaign, and what was typed into the form of `page` and refused.
#[server(prefix = "/api", endpoint = "campaign-list", input = Json)]
pub async fn read_campaigns(page: String) -> Result<Access<Campaigns>, ServerFnError> {
    use super::context;
    let operator = match context::operator().await?.granted() {
        Ok(operator) => operator,
        Err(refused) => return Ok(refused),
    };
    let services = context::services()?;
    let views = services.campaigns().await.map_err(context::fault)?;
    let free = services.free_numbers().await.map_err(context::fault)?;
    let typed = match page.as_str() {
        // The list has no form.
        "" => None,
        page => shapes::take::<(String, Draft)>(&services, &operator, shapes::TYPED).filter(|(of, _)| of == page),
    };
    let typed = typed.map(|(_, draft)| draft);
    let wrong = typed.as_ref().and_then(|draft| services.campaign_problem(draft));
    Ok(Access::Granted(Campaigns {
        campaigns: views.into_iter().map(shapes::campaign).collect(),
        typed,
        free: free.into_iter().map(|(number, _)| number).collect(),
        script: format!("{}/track.js", services.settings().tracking.public_url),
        support: services.settings().support.number.international(),
        around: shapes::around(&services, operator.name, wrong),
    }))
}

/// Makes or changes a campaign, then goes to it. What was refused is filled in again by the form it leads back to; the
/// address says only which field was wrong.
#[server(prefix = "/api", endpoint = "save-campaign")]
pub async fn save_campaign(
    #[server(default)] id: String,
    #[server(default)] archived: bool,
    #[server(default)] number: String,
    #[server(default)] pool: bool,
    #[server(flatten)] draft: Draft,
) -> Result<(), ServerFnError> {
    use super::context;
    let Access::Granted(operator) = context::operator().await? else { return Ok(()) };
    let services = context::services()?;
    let given = Some(id.as_str()).filter(|id| !id.is_empty());
    let saved = services.save_campaign(given, &draft, archived).await.map_err(context::fault)?;
    match saved {
        Ok(campaign) => {
            let mut to = format!("{CAMPAIGNS}/{}?saved", campaign.id);
            if !number.is_empty() {
                let given = services.give_number(&number, Some((&campaign.id, pool))).await.map_err(context::fault)?;
                if given.is_err() {
                    to = format!("{CAMPAIGNS}/{}?wrong=number", campaign.id);
                }
            }
            leptos_axum::redirect(&to);
        }
        Err(error) => {
            let page = if id.is_empty() { "new".to_owned() } else { id };
            shapes::leave(&services, &operator, shapes::TYPED, &(&page, &draft))?;
            let (page, field) = (shapes::encoded(&page), shapes::encoded(&error.field));
            leptos_axum::redirect(&format!("{CAMPAIGNS}/{page}?wrong={field}"));
        }
    }
    Ok(())
}

/// Gives a number to a campaign, or (without one) takes it away; then back to the campaign `page`.
#[server(prefix = "/api", endpoint = "give-number")]
pub async fn give_number(
    #[server(default)] number: String,
    #[server(default)] campaign: String,
    #[server(default)] pool: bool,
    #[server(default)] page: String,
) -> Result<(), ServerFnError> {
    use super::context;
    if context::operator().await?.granted::<()>().is_err() {
        return Ok(());
    }
    let to = Some((campaign.as_str(), pool)).filter(|(campaign, _)| !campaign.is_empty());
    let given = context::services()?.give_number(&number, to).await.map_err(context::fault)?;
    let outcome = if given.is_ok() { "saved" } else { "wrong=number" };
    leptos_axum::redirect(&format!("{CAMPAIGNS}/{}?{outcome}", shapes::encoded(&page)));
    Ok(())
}

/// What the operator says of a call: `yes` it is spam, `no` it is not, or nothing; then back.
#[server(prefix = "/api", endpoint = "say-spam")]
pub async fn say_spam(
    #[server(default)] id: String,
    #[server(default)] spam: String,
    #[server(default)] back: String,
) -> Result<(), ServerFnError> {
    use super::context;
    if context::operator().await?.granted::<()>().is_err() {
        return Ok(());
    }
    let said = match spam.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    context::services()?.say_spam(&id, said).await.map_err(context::fault)?;
    leptos_axum::redirect(super::paths::local_path(&back).unwrap_or(CALLS));
    Ok(())
}

/// Puts a caller on the block list, or takes them off it; then back.
#[server(prefix = "/api", endpoint = "block-caller")]
pub async fn block_caller(
    #[server(default)] number: String,
    #[server(default)] note: String,
    #[server(default)] off: bool,
    #[server(default)] back: String,
) -> Result<(), ServerFnError> {
    use super::context;
    let Access::Granted(operator) = context::operator().await? else { return Ok(()) };
    let services = context::services()?;
    let mut to = super::paths::local_path(&back).unwrap_or(CALLS).to_owned();
    if off {
        services.unblock_caller(&number).await.map_err(context::fault)?;
    } else if let Err(error) = services.block_caller(&number, &note).await.map_err(context::fault)? {
        let refused = NotBlocked { number, note, why: error.reason };
        shapes::leave(&services, &operator, shapes::NOT_BLOCKED, &refused)?;
        to.push_str("#blocks");
    }
    leptos_axum::redirect(&to);
    Ok(())
}

/// Where ended calls are told, and the log.
#[server(prefix = "/api", endpoint = "tracking-webhooks", input = Json)]
pub async fn read_hooks(query: Fields) -> Result<Access<Hooks>, ServerFnError> {
    use super::context;
    let operator = match context::operator().await?.granted() {
        Ok(operator) => operator,
        Err(refused) => return Ok(refused),
    };
    let services = context::services()?;
    let hooks = services.tracking_hooks().await.map_err(context::fault)?;
    let log = services.deliveries(100).await.map_err(context::fault)?;
    // Shown once: it is taken out of the session while it is read.
    let secret = context::session()?.remove::<(String, String)>(shapes::SECRET).await.map_err(context::fault)?;
    Ok(Access::Granted(Hooks {
        hooks: hooks.into_iter().map(|hook| (hook.id, hook.url)).collect(),
        typed: shapes::take(&services, &operator, shapes::URL),
        log: log.into_iter().map(shapes::told).collect(),
        secret,
        around: Around {
            wrong: query.get("wrong").map(str::to_owned),
            ..shapes::around(&services, operator.name, None)
        },
    }))
}

/// Adds an address that is told of ended calls.
#[server(prefix = "/api", endpoint = "add-webhook")]
pub async fn add_hook(#[server(default)] url: String) -> Result<(), ServerFnError> {
    use super::context;
    let Access::Granted(operator) = context::operator().await? else { return Ok(()) };
    let services = context::services()?;
    match services.add_hook(&url).await.map_err(context::fault)? {
        Ok(secret) => {
            context::session()?.insert(shapes::SECRET, (url.trim(), secret)).await.map_err(context::fault)?;
            leptos_axum::redirect(HOOKS);
        }
        Err(_) => {
            shapes::leave(&services, &operator, shapes::URL, &url)?;
            leptos_axum::redirect(&format!("{HOOKS}?wrong=url"));
        }
    }
    Ok(())
}

/// Removes an address.
#[server(prefix = "/api", endpoint = "remove-webhook")]
pub async fn remove_hook(#[server(default)] id: String) -> Result<(), ServerFnError> {
    use super::context;
    if context::operator().await?.granted::<()>().is_err() {
        return Ok(());
    }
    context::services()?.remove_hook(&id).await.map_err(context::fault)?;
    leptos_axum::redirect(HOOKS);
    Ok(())
}

/// Sends a message again.
#[server(prefix = "/api", endpoint = "tell-again")]
pub async fn tell_again(#[server(default)] id: String) -> Result<(), ServerFnError> {
    use super::context;
    if context::operator().await?.granted::<()>().is_err() {
        return Ok(());
    }
    context::services()?.tell_again(&id).await.map_err(context::fault)?;
    leptos_axum::redirect(HOOKS);
    Ok(())
}

/// From the services' shapes to the screens'.
#[cfg(not(target_arch = "wasm32"))]
mod shapes {
    use leptos::prelude::ServerFnError;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::{Around, Campaign, Choices, Line, Number, Told};
    use crate::api::context;
    use crate::domain::call_tracking::campaign::FieldError;
    use crate::service::call_tracking::{CampaignView, Delivery, TrackedCall};
    use crate::service::{Account, Services};

    /// The session's key for the secret of an address that was just added.
    pub(super) const SECRET: &str = "webhook-secret";
    /// The note that holds the page and the draft of a campaign that was refused.
    pub(super) const TYPED: &str = "campaign";
    /// The note that holds a [`super::NotBlocked`].
    pub(super) const NOT_BLOCKED: &str = "not-blocked";
    /// The note that holds an address that was refused.
    pub(super) const URL: &str = "webhook-url";

    /// Keeps what was typed and refused for the next page, and out of its address.
    pub(super) fn leave(
        services: &Services,
        account: &Account,
        note: &'static str,
        what: &impl Serialize,
    ) -> Result<(), ServerFnError> {
        services.leave_flash(&account.id, note, serde_json::to_string(what).map_err(context::fault)?);
        Ok(())
    }

    pub(super) fn take<T: DeserializeOwned>(services: &Services, account: &Account, note: &'static str) -> Option<T> {
        serde_json::from_str(&services.take_flash(&account.id, note)?).ok()
    }

    pub(super) fn around(services: &Services, operator: String, wrong: Option<FieldError>) -> Around {
        let settings = services.settings();
        let (campaigns, numbers) = services.tracking_choices();
        let mut sources: Vec<String> = campaigns.iter().map(|campaign| campaign.source.clone()).collect();
        let mut mediums: Vec<String> = campaigns.iter().map(|campaign| campaign.medium.clone()).collect();
        for list in [&mut sources, &mut mediums] {
            list.retain(|word| !word.is_empty());
            list.sort();
            list.dedup();
        }
        let campaigns = campaigns.into_iter().map(|campaign| (campaign.id, campaign.name)).collect();
        Around {
            operator,
            handsets: settings.sandbox.as_ref().map(|sandbox| sandbox.handset_page_url.clone()),
            zone: settings.tracking.zone.name().to_owned(),
            today: services.today(),
            choices: Choices { campaigns, sources, mediums, numbers },
            wrong: wrong.as_ref().map(|wrong| wrong.field.clone()),
            why: wrong.map(|wrong| wrong.reason),
        }
    }

    pub(super) fn line(call: TrackedCall) -> Line {
        Line {
            at: call.at,
            id: call.id,
            campaign: call.campaign_name,
            number: call.number,
            caller: call.caller,
            outcome: call.outcome,
            answered: call.answered,
            first: call.first_call,
            talk_seconds: call.talk_seconds,
            price: call.raw_price,
            source: call.source,
            medium: call.medium,
            term: call.term,
            landing: call.landing_page,
            confidence: call.confidence,
            candidates: call.candidates,
            spam: call.spam,
            reason: call.spam_reason,
            said: call.said,
        }
    }

    pub(super) fn campaign(view: CampaignView) -> Campaign {
        let numbers = view.numbers.into_iter().map(|number| Number {
            number: number.number,
            pool: number.pool,
            from: number.from,
            until: number.until,
        });
        Campaign {
            draft: view.campaign.draft(),
            numbers: numbers.collect(),
            archived: view.campaign.archived,
            id: view.campaign.id,
            pool: view.pool,
        }
    }

    pub(super) fn told(told: Delivery) -> Told {
        Told {
            created: told.created_at,
            next: told.next_at,
            called: told.called_at,
            caller: told.caller,
            id: told.id,
            url: told.url,
            call: told.call,
            state: told.state,
            tries: told.tries,
            status: told.status,
            error: told.error,
            took: told.took,
        }
    }

    pub(super) fn encoded(text: &str) -> String {
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
    }
}
