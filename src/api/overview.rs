//! The first page of operators and supervisors: the agents and callers of this moment, today's calls, and set-up problems.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::calls::CallSummary;
use super::error::ApiError;
use crate::domain::call::CallCount;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::checklist::Check;
use crate::domain::contact_center::desk::{Floor, Owed};
use crate::domain::hours::schedule::State;

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
    /// Open or closed; `None` where no hours are set.
    pub hours: Option<State>,
    /// As far as the page shows times.
    pub zone: Zone,
    /// The newest calls.
    pub calls: Vec<CallSummary>,
    /// What is left to do of the guide to the first call. Empty for a viewer who may not change the set-up; `None` when the
    /// platform did not answer in time.
    pub checks: Option<Vec<Check>>,
}

/// The overview.
#[server(prefix = "/api", endpoint = "overview", input = Json)]
pub async fn overview_page() -> Result<Access<Page<Overview>>, ApiError> {
    use super::admin::server::page;
    use super::{calls, context};
    use crate::domain::account::Role;
    use crate::domain::checklist::Standing;
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
            let guide = tokio::time::timeout(LONGEST_CHECK, services.setup.guide()).await.ok().transpose()?;
            guide.map(|guide| {
                let left = guide.into_iter().filter(|guided| guided.standing == Standing::Left);
                left.flat_map(|guided| guided.checks).filter(Check::can_be_mended).collect()
            })
        } else {
            Some(Vec::new())
        };
        let (now, hours) = (services.now_ms(), services.hours.state().await);
        let content = Overview {
            now,
            today,
            unattended: services.queues.support_rings_agents()
                && floor.is_unattended()
                // While it is closed callers do not come to agents.
                && hours.as_ref().is_none_or(State::is_open),
            hours,
            zone: services.hours.zone().between(now, now + super::hours::SHOWN_MS),
            floor,
            owed,
            calls: newest.calls.iter().map(calls::shapes::summary).collect(),
            checks,
        };
        Ok(page(&services, &viewer, content))
    })
    .await
}
