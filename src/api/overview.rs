//! The first page of operators and supervisors: what goes on, what went on today, and what wants looking at.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::calls::CallSummary;
use super::error::ApiError;
use super::setup::CheckEntry;
use crate::domain::contact_center::desk::{Badges, Teammate, Waiting};

/// Calls of one day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Today {
    pub calls: u64,
    pub answered: u64,
    pub missed: u64,
    /// Of those that go on.
    pub running: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// ms UTC, of what is counted from a moment on.
    pub now: i64,
    pub today: Today,
    pub waiting: Vec<Waiting>,
    pub team: Vec<Teammate>,
    /// Callers whom nobody has talked to.
    pub badges: Badges,
    /// The newest calls.
    pub calls: Vec<CallSummary>,
    /// What is not as it should be; nothing for those who may not change it, `None` when the platform did not answer in time.
    pub checks: Option<Vec<CheckEntry>>,
}

/// The overview.
#[server(prefix = "/api", endpoint = "overview", input = Json)]
pub async fn overview_page() -> Result<Access<Page<Overview>>, ApiError> {
    use super::admin::server::page;
    use super::setup::{CheckMark, entry};
    use super::{calls, context};
    use crate::domain::account::Role;
    use crate::service::CallFilter;
    /// The calls that are shown.
    const NEWEST: u32 = 6;
    /// How long the page waits for what the platform says.
    const LONGEST_CHECK: std::time::Duration = std::time::Duration::from_millis(1_500);
    context::guarded(async {
        let viewer = context::supervisor().await?;
        let services = context::services()?;
        let newest = services.log.calls(CallFilter { limit: NEWEST, ..CallFilter::default() }).await?;
        let counted = services.log.today().await?;
        let floor = services.desk.view.floor().await?;
        let checks = if viewer.role.may(Role::Operator) {
            // The page does not wait for a platform that is slow to answer.
            let checks = tokio::time::timeout(LONGEST_CHECK, services.setup.checklist()).await;
            let checks = checks.ok().map(|checks| checks.into_iter().map(entry));
            checks.map(|checks| checks.filter(|check| check.mark != CheckMark::Good).collect())
        } else {
            Some(Vec::new())
        };
        let content = Overview {
            now: services.now_ms(),
            today: Today {
                calls: counted.calls,
                answered: counted.answered,
                missed: counted.missed,
                running: counted.running,
            },
            waiting: floor.waiting,
            team: floor.team,
            badges: floor.badges,
            calls: newest.calls.iter().map(calls::shapes::summary).collect(),
            checks,
        };
        Ok(page(&services, &viewer, content))
    })
    .await
}
