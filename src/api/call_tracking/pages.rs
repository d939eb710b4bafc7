//! Reads the pages of call tracking.

use leptos::server;
use leptos::server_fn::codec::Json;

use super::content::{Calls, Campaigns, Fields, Hooks, Report};
#[cfg(not(target_arch = "wasm32"))]
use super::left::{NOT_BLOCKED, SECRET, TYPED, URL};
use crate::api::access::Access;
use crate::api::admin::Page;
use crate::api::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::call_tracking::campaign::Draft;

/// The charts.
#[server(prefix = "/api", endpoint = "tracking-report", input = Json)]
pub async fn read_report(query: Fields) -> Result<Access<Page<Report>>, ApiError> {
    use crate::api::admin::server::page;
    use crate::api::context;
    use crate::service::call_tracking::ReportAsk;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let read = ReportAsk::read(|name| query.get(name).map(str::to_owned), &services.lines);
        let wrong = read.as_ref().err().cloned();
        let ask = read.or_else(|_| ReportAsk::read(|_| None, &services.lines)).map_err(context::fault)?;
        let report = services.tracking.tracking_report(&ask).await?;
        let views = services.tracking.campaigns().await?;
        let pools = views.into_iter().filter_map(|view| view.pool.map(|pool| (view.campaign.name, pool))).collect();
        let filters = shapes::filters(&services, wrong);
        let content =
            Report { filters, period: report.period, before: report.before, left_out: report.left_out, pools };
        Ok(page(&services, &operator, content))
    })
    .await
}

/// The calls behind a bar.
#[server(prefix = "/api", endpoint = "tracked-calls", input = Json)]
pub async fn read_calls(query: Fields) -> Result<Access<Page<Calls>>, ApiError> {
    use crate::api::admin::server::{page, take};
    use crate::api::context;
    use crate::service::call_tracking::CallsAsk;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let read = CallsAsk::read(|name| query.get(name).map(str::to_owned), &services.lines);
        let wrong = read.as_ref().err().cloned();
        let ask = read.or_else(|_| CallsAsk::read(|_| None, &services.lines)).map_err(context::fault)?;
        let found = services.tracking.tracked_calls(&ask).await?;
        let blocked = services.tracking.blocked_callers().await?;
        let content = Calls {
            refused: take(&services, &operator, NOT_BLOCKED),
            calls: found.calls.into_iter().map(shapes::line).collect(),
            older: found.next,
            blocked: blocked.into_iter().map(|blocked| (blocked.number, blocked.note)).collect(),
            filters: shapes::filters(&services, wrong),
        };
        Ok(page(&services, &operator, content))
    })
    .await
}

/// Every campaign, and what was typed into the form of `page` and refused.
#[server(prefix = "/api", endpoint = "campaign-list", input = Json)]
pub async fn read_campaigns(page: String) -> Result<Access<Page<Campaigns>>, ApiError> {
    use crate::api::admin::server::{self as admin, take};
    use crate::api::context;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let views = services.tracking.campaigns().await?;
        let free = services.tracking.free_numbers().await?;
        let typed = match page.as_str() {
            // The list has no form.
            "" => None,
            page => take::<(String, Draft)>(&services, &operator, TYPED).filter(|(of, _)| of == page),
        };
        let typed = typed.map(|(_, draft)| draft);
        let wrong = typed.as_ref().map(|draft| services.tracking.campaign_problems(draft)).unwrap_or_default();
        let content = Campaigns {
            campaigns: views.into_iter().map(shapes::campaign).collect(),
            typed,
            wrong: wrong.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect(),
            free: free.into_iter().map(|(number, _)| number).collect(),
            queues: shapes::destinations(services.queues.current().await.queues()),
            script: format!("{}/track.js", services.settings().tracking.public_url),
            support: services.settings().support.number.international(),
        };
        Ok(admin::page(&services, &operator, content))
    })
    .await
}

/// Where ended calls are told, and the log.
#[server(prefix = "/api", endpoint = "tracking-webhooks", input = Json)]
pub async fn read_hooks() -> Result<Access<Page<Hooks>>, ApiError> {
    use crate::api::admin::server::{page, take};
    use crate::api::context;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let hooks = services.tracking.hooks.tracking_hooks().await?;
        let log = services.tracking.hooks.deliveries(100).await?;
        let content = Hooks {
            hooks: hooks.into_iter().map(|hook| (hook.id, hook.url)).collect(),
            typed: take(&services, &operator, URL),
            log: log.into_iter().map(shapes::told).collect(),
            secret: take(&services, &operator, SECRET),
        };
        Ok(page(&services, &operator, content))
    })
    .await
}

/// From the services' shapes to the screens'.
#[cfg(not(target_arch = "wasm32"))]
mod shapes {
    use super::super::content::{CallRow, Campaign, Choices, Filters, Number, Told};
    use crate::domain::call_tracking::campaign::{Destination, FieldError};
    use crate::domain::queue::{Queue, STANDING};
    use crate::service::Services;
    use crate::service::call_tracking::{CampaignView, Delivery, TrackedCall};

    /// The queues that a campaign's calls can come to: the word of the destination, and the name.
    pub(super) fn destinations<'a>(queues: impl Iterator<Item = &'a Queue>) -> Vec<(String, String)> {
        let word = |queue: &Queue| match queue.id.as_str() {
            STANDING => Destination::Agents.text(),
            id => Destination::Queue(id.to_owned()).text(),
        };
        queues.map(|queue| (word(queue), queue.name.clone())).collect()
    }

    pub(super) fn filters(services: &Services, wrong: Option<FieldError>) -> Filters {
        let (campaigns, numbers) = services.tracking.tracking_choices();
        let mut sources: Vec<String> = campaigns.iter().map(|campaign| campaign.source.clone()).collect();
        let mut mediums: Vec<String> = campaigns.iter().map(|campaign| campaign.medium.clone()).collect();
        for list in [&mut sources, &mut mediums] {
            list.retain(|word| !word.is_empty());
            list.sort();
            list.dedup();
        }
        let campaigns = campaigns.into_iter().map(|campaign| (campaign.id, campaign.name)).collect();
        Filters {
            zone: services.business.zone().name().to_owned(),
            today: services.lines.today(),
            choices: Choices { campaigns, sources, mediums, numbers },
            wrong: wrong.as_ref().map(|wrong| wrong.field.clone()),
            why: wrong.map(|wrong| wrong.reason),
        }
    }

    pub(super) fn line(call: TrackedCall) -> CallRow {
        CallRow {
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
            error: told.error.and_then(|text| text.parse().ok()),
            took: told.took,
        }
    }
}
