//! The first page of operators and supervisors: the agents and callers of this moment, today's calls, and set-up problems.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::calls::CallSummary;
use super::error::ApiError;
use super::setup::CheckEntry;
use crate::domain::call::CallCount;
use crate::domain::contact_center::desk::{Floor, Owed};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    /// When this was read, ms UTC: waiting times are shown as of then.
    pub now: i64,
    /// Since midnight, where the business is.
    pub today: CallCount,
    pub floor: Floor,
    /// The newest of those who asked to be called back.
    pub owed: Vec<Owed>,
    /// Callers of the support line ring at agents, and none is there.
    pub unattended: bool,
    /// The newest calls.
    pub calls: Vec<CallSummary>,
    /// The checks of the set-up that are bad or doubtful. Empty for a viewer who may not change the set-up; `None` when the
    /// platform did not answer in time.
    pub checks: Option<Vec<CheckEntry>>,
}

/// The overview.
#[server(prefix = "/api", endpoint = "overview", input = Json)]
pub async fn overview_page() -> Result<Access<Page<Overview>>, ApiError> {
    use super::admin::server::page;
    use super::setup::{CheckMark, check_entry};
    use super::{calls, context};
    use crate::domain::account::Role;
    use crate::service::CallFilter;
    /// How many calls are listed.
    const NEWEST: u32 = 6;
    /// How long the page waits for checks that ask the platform.
    const LONGEST_CHECK: std::time::Duration = std::time::Duration::from_millis(1_500);
    context::guarded(async {
        let viewer = context::supervisor().await?;
        let services = context::services()?;
        let newest = services.log.calls(CallFilter { limit: NEWEST, ..CallFilter::default() }).await?;
        let today = services.log.today().await?;
        let floor = services.desk.view.floor().await?;
        let owed = services.desk.view.owed(NEWEST).await?;
        let checks = if viewer.role.may(Role::Operator) {
            let wrong = |check: &CheckEntry| matches!(check.mark, CheckMark::Bad | CheckMark::Doubtful);
            let checks = tokio::time::timeout(LONGEST_CHECK, services.setup.checklist()).await.ok();
            checks.map(|checks| checks.into_iter().map(check_entry).filter(wrong).collect())
        } else {
            Some(Vec::new())
        };
        let content = Overview {
            now: services.now_ms(),
            today,
            unattended: services.settings().desk.support_rings_agents && floor.is_unattended(),
            floor,
            owed,
            calls: newest.calls.iter().map(calls::shapes::summary).collect(),
            checks,
        };
        Ok(page(&services, &viewer, content))
    })
    .await
}
