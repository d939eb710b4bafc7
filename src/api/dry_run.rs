//! The dry run of a call to one of our numbers, for the operator: everything it depends on is in the page's address.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::{LineChoice, Page};
use super::error::ApiError;
use crate::domain::call_flows::Step;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::hours::schedule::State;

/// The page's address.
pub const DRY_RUN: &str = "/admin/numbers/dry-run";

/// What is asked, as the address has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DryRunQuery {
    /// By its [word](crate::domain::line::Line::word); empty: the first line there is.
    pub line: String,
    /// `2026-11-21T17:30`, by the business's clock; empty: now.
    pub at: String,
    /// [`crate::domain::language::Language::tag`]; empty: the business's.
    pub language: String,
    pub keys: String,
    /// [`crate::domain::call_flows::Outcome::name`]
    pub outcome: String,
}

/// What callers of a line would hear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryRun {
    /// Every line of which there is a dry run.
    pub lines: Vec<LineChoice>,
    /// The one that is called, by its word.
    pub line: String,
    /// The numbers that lead to it, as people write them.
    pub numbers: Vec<String>,
    /// The moment of the call, ms UTC.
    pub at: i64,
    /// ms UTC
    pub now: i64,
    /// The business's.
    pub zone: Zone,
    /// Open or closed then; `None` where no hours are set.
    pub state: Option<State>,
    /// The line is answered whether it is open or closed.
    pub at_any_time: bool,
    pub steps: Vec<Step>,
    /// The fields of the query that could not be read.
    pub wrong: Vec<String>,
}

/// Imagines a call.
#[server(prefix = "/api", endpoint = "dry-run", input = Json)]
pub async fn read_dry_run(query: DryRunQuery) -> Result<Access<Page<DryRun>>, ApiError> {
    use super::admin::server::{lines, page};
    use super::call_flows::pressed;
    use super::context;
    use crate::domain::call_flows::Outcome;
    use crate::domain::hours::read_moment;
    use crate::domain::language::Language;
    use crate::domain::line::Line;
    use crate::service::{DryRun as Runs, Imagined};
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let known = |choice: &LineChoice| Line::of_word(&choice.value).ok().filter(Runs::knows);
        let all: Vec<(LineChoice, Line)> = lines(&services)
            .await?
            .into_iter()
            .filter_map(|choice| known(&choice).map(|line| (choice, line)))
            .collect();
        let found = all.iter().position(|(choice, _)| choice.value == query.line);
        let at = read_moment(&query.at, &services.hours.zone());
        let mut wrong = Vec::new();
        wrong.extend((found.is_none() && !query.line.is_empty()).then(|| "line".to_owned()));
        wrong.extend((at.is_none() && !query.at.trim().is_empty()).then(|| "at".to_owned()));
        // The support line is always there, and comes first.
        let line = all.get(found.unwrap_or_default()).map_or(Line::Support, |(_, line)| line.clone());
        let ran = services
            .dry_run
            .run(&Imagined {
                line: &line,
                at,
                language: Language::of_tag(&query.language),
                keys: &pressed(&query.keys),
                outcome: Outcome::parse(&query.outcome),
            })
            .await;
        let content = DryRun {
            lines: all.into_iter().map(|(choice, _)| choice).collect(),
            numbers: services.dry_run.numbers_of(&line),
            line: line.word(),
            at: ran.at,
            now: services.now_ms(),
            zone: (*services.hours.zone()).clone(),
            state: ran.state,
            at_any_time: ran.at_any_time,
            steps: if wrong.is_empty() { ran.steps } else { Vec::new() },
            wrong,
        };
        Ok(page(&services, &operator, content))
    })
    .await
}
