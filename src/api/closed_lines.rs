//! What callers of each line get while the business is closed, for the operator: the list, one line's form, and keeping it. The
//! form is posted plainly and answers with a redirect.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::{LineChoice, Page};
use super::error::ApiError;
use crate::domain::hours::closed::WhenClosed;

/// The list's address; a line is under it by its [word](crate::domain::line::Line::word).
pub const CLOSED_LINES: &str = "/admin/hours/lines";
/// In the place of an outcome: the same as for all.
pub const SAME: &str = "same";

/// A line that keeps the opening hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedLine {
    pub line: LineChoice,
    /// What its callers get; `None`: the same as all.
    pub own: Option<WhenClosed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedLines {
    pub lines: Vec<ClosedLine>,
    /// What all others get.
    pub all: WhenClosed,
    /// Call flows, by id and name.
    pub flows: Vec<(String, String)>,
}

/// Every line that keeps the opening hours.
#[server(prefix = "/api", endpoint = "closed-lines", input = Json)]
pub async fn read_closed_lines() -> Result<Access<Page<ClosedLines>>, ApiError> {
    use super::admin::server::{lines, page};
    use super::context;
    use crate::domain::line::Line;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let in_force = services.hours.current().await;
        let keeps = |line: &LineChoice| Line::of_word(&line.value).is_ok_and(|line| services.hours.are_kept_by(&line));
        let kept = lines(&services).await?.into_iter().filter(keeps);
        let flows = services.flows.call_flows().await?;
        let content = ClosedLines {
            lines: kept.map(|line| ClosedLine { own: in_force.by_line.get(&line.value).cloned(), line }).collect(),
            all: in_force.when_closed.clone(),
            flows: flows.into_iter().map(|flow| (flow.id, flow.name)).collect(),
        };
        Ok(page(&services, &operator, content))
    })
    .await
}

/// Sets what callers of a line get while it is closed. `outcome` is one of [`crate::domain::hours::closed::Outcome::name`],
/// or [`SAME`].
#[server(prefix = "/api", endpoint = "closed-line-save")]
pub async fn keep_closed_line(
    #[server(default)] line: String,
    #[server(default)] outcome: String,
    #[server(default)] number: String,
    #[server(default)] flow: String,
    #[server(default)] text_en: String,
    #[server(default)] text_zh: String,
) -> Result<(), ApiError> {
    use super::admin::server;
    use super::context;
    use super::hours::{Said, outcome};
    use crate::domain::hours::{Wrong, WrongField};
    use crate::service::{Fail, HoursRefusal, Refusable as _, WhenClosedDraft};
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let draft = (outcome != SAME).then_some(WhenClosedDraft { outcome, number, flow, text_en, text_zh });
        let unknown = || Fail::Refused(HoursRefusal::from(WrongField::new("line", Wrong::Unknown)));
        let kept = match server::line(&line) {
            Ok(known) => services.hours.keep_when_closed_of(&known, draft.as_ref()).await,
            Err(_) => Err(unknown()),
        };
        let said = kept.refusable()?.map_or_else(Said::from, |()| Said::Saved);
        let here = said.field().is_some_and(|field| field != "line");
        let path = if here { format!("{CLOSED_LINES}/{line}") } else { CLOSED_LINES.to_owned() };
        outcome::go(&services, &operator, &path, said)
    })
    .await
}
