//! Call flows that the operator writes: kept, judged, walked dry, and answered with when a number leads to one.
//!
//! What is in force is kept in memory beside the directory: an answer webhook must not wait for a query.

mod drawing;
mod refusal;

use std::sync::Arc;

use serde_json::Value;

use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::lines::{Lines, OUTBOUND_FLOW};
use super::menus::Menus;
use super::queues::Queues;
use super::received::Ask;
use crate::domain::call_flows::{
    self, FieldLines, Filling, LONGEST, Outcome, Preset, Problem, Step, calls_the_dialled_number, fill, problems,
    unknown_users, walk,
};
use crate::domain::contact_center::operator_flow::QUEUE;
use crate::domain::dial_policy::Rule;
use crate::domain::hours::closed::Outcome as WhileClosed;
use crate::domain::language::Language;
use crate::domain::line::{Caller, Line};
use crate::domain::menu::Action;
use crate::domain::ncco::{Ncco, Reason};
use crate::domain::phone::{E164, PhoneError};
use crate::store::CallFlowRow;
use crate::vonage::client::{Callee, NewCall};
pub(super) use refusal::same_name;
pub use refusal::{FlowRefusal, LONGEST_NAME, TrialRefusal};

/// A call that is placed to try a flow ends after this, s.
const TRIAL_SECONDS: u32 = 300;

/// A flow as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallFlow {
    pub id: String,
    pub name: String,
    pub preset: Preset,
    /// As it was typed.
    pub text: String,
    pub changed_at: i64,
    /// The numbers that lead to it.
    pub numbers: Vec<E164>,
    /// Agents' own calls run it.
    pub for_agents_calls: bool,
}

/// What is to be said of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Warnings are among it.
    pub problems: Vec<Problem>,
    /// A dry run; empty when the flow cannot run.
    pub steps: Vec<Step>,
}

/// A telephone of a flow of which nothing can be made.
enum Unread {
    /// It is no number.
    Number(PhoneError),
    /// It may not be dialled.
    Dial(Rule),
}

/// Whether somebody wrote a number, rather than a placeholder for one.
fn is_written_number(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}

/// Call flows that the operator writes.
#[derive(Clone)]
pub struct CallFlows {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    menus: Menus,
    queues: Queues,
}

impl CallFlows {
    pub(super) fn new(core: Arc<Core>, lines: Lines, dial: DialPolicy, menus: Menus, queues: Queues) -> Self {
        Self { core, lines, dial, menus, queues }
    }

    /// Every flow, by name.
    pub async fn call_flows(&self) -> Result<Vec<CallFlow>, ServiceError> {
        Ok(self.core.store.flows().all().await?.into_iter().map(|row| self.flow_of(row)).collect())
    }

    /// One of them.
    pub async fn call_flow(&self, id: &str) -> Result<Option<CallFlow>, ServiceError> {
        Ok(self.core.store.flows().find(id).await?.map(|row| self.flow_of(row)))
    }

    fn flow_of(&self, row: CallFlowRow) -> CallFlow {
        CallFlow {
            numbers: self.lines.numbers_of(&Line::Custom(row.id.clone())),
            for_agents_calls: self.is_for_agents_calls(&row.id),
            preset: Preset::parse(&row.preset).unwrap_or_default(),
            id: row.id,
            name: row.name,
            text: row.ncco,
            changed_at: row.changed_at,
        }
    }

    /// Makes a flow (`id` is `None`) or changes one, and puts it in force. Its id.
    ///
    /// # Errors
    /// [`FlowRefusal`]; nothing is kept then.
    pub async fn keep_call_flow(
        &self,
        id: Option<&str>,
        name: &str,
        preset: Preset,
        text: &str,
    ) -> Result<String, FlowRefusal> {
        let name = name.trim();
        if name.is_empty() {
            return Err(FlowRefusal::NoName);
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(FlowRefusal::LongName);
        }
        if let Some((_, refusal)) = self.with_read_numbers(text).1.into_iter().next() {
            return Err(match refusal {
                Unread::Number(error) => FlowRefusal::Number(error),
                Unread::Dial(rule) => FlowRefusal::Dial(rule),
            });
        }
        let (text, found) = self.read_call_flow(text);
        if found.iter().any(|problem| !problem.only_a_warning) {
            return Err(FlowRefusal::Problems(found));
        }
        if id.is_some_and(|id| self.is_for_agents_calls(id)) && !calls_the_dialled_number(&text) {
            return Err(FlowRefusal::CallsNobody);
        }
        let now = self.core.clock.now_ms();
        let row = CallFlowRow {
            id: id.map_or_else(|| self.core.random.id(), str::to_owned),
            name: name.to_owned(),
            preset: preset.name().to_owned(),
            ncco: text.chars().take(LONGEST).collect(),
            created_at: now,
            changed_at: now,
        };
        let store = &self.core.store;
        let kept = match id {
            None => store.flows().insert(&row).await?,
            Some(id) => {
                if store.flows().find(id).await?.is_none() {
                    return Err(FlowRefusal::Unknown);
                }
                store.flows().update(&row).await?
            }
        };
        if !kept {
            return Err(FlowRefusal::Taken);
        }
        self.lines.reload_directory().await?;
        Ok(row.id)
    }

    /// Deletes a flow that no number and no menu leads to.
    ///
    /// # Errors
    /// [`FlowRefusal::InUse`], [`FlowRefusal::InMenus`], [`FlowRefusal::Unknown`], or the database fails.
    pub async fn delete_call_flow(&self, id: &str) -> Result<(), FlowRefusal> {
        if self.is_for_agents_calls(id) {
            return Err(FlowRefusal::ForAgentsCalls);
        }
        let (hours, _) = self.core.store.hours().read().await?;
        let mut whens = hours.by_line.values().chain([&hours.when_closed]);
        if whens.any(|when| when.outcome == WhileClosed::Flow(id.to_owned())) {
            return Err(FlowRefusal::WhileClosed);
        }
        let numbers = self.lines.numbers_of(&Line::Custom(id.to_owned()));
        if !numbers.is_empty() {
            return Err(FlowRefusal::InUse(numbers));
        }
        let menus = self.menus.leading_to(&Action::Flow(id.to_owned())).await?;
        if !menus.is_empty() {
            return Err(FlowRefusal::InMenus(menus));
        }
        if !self.core.store.flows().delete(id).await? {
            return Err(FlowRefusal::Unknown);
        }
        self.lines.reload_directory().await?;
        Ok(())
    }

    /// What is wrong with a flow, warnings among it; see [`problems`]. Its telephones are read as they are when it is kept.
    #[must_use]
    pub fn judge_call_flow(&self, text: &str) -> Vec<Problem> {
        self.read_call_flow(text).1
    }

    /// A flow with its telephones read, and what is wrong with it.
    fn read_call_flow(&self, text: &str) -> (String, Vec<Problem>) {
        let (read, refused) = self.with_read_numbers(text);
        let mut found = problems(&read, |number| self.lines.is_ours(number));
        found.extend(unknown_users(&read, &|user| self.is_known(user)));
        let lines = FieldLines::of(text);
        for (field, refusal) in refused {
            // Why a number cannot be read is said once, by its reader.
            let same = |problem: &Problem| problem.field == field && matches!(problem.reason, Reason::Unreadable(_));
            found.retain(|problem| !same(problem));
            let reason = match refusal {
                Unread::Number(error) => Reason::Phone(error),
                Unread::Dial(rule) => Reason::Dial(rule),
            };
            found.push(Problem { line: lines.of_field(&field), field, reason, only_a_warning: false });
        }
        found.sort_by_key(|problem| problem.line);
        (read, found)
    }

    /// The text with its telephones as the platform wants them, however somebody wrote them, and those of which nothing
    /// can be made, by field. What is no JSON, or has placeholders for numbers, stays as it is.
    fn with_read_numbers(&self, text: &str) -> (String, Vec<(String, Unread)>) {
        let (mut out, mut refused) = (text.to_owned(), Vec::new());
        let Ok(Value::Array(actions)) = serde_json::from_str(text) else { return (out, refused) };
        for (at, action) in actions.iter().enumerate() {
            // Who is shown as the caller: what is no number there is judged, not read.
            if let Some(shown) = action.get("from").and_then(Value::as_str).filter(|shown| is_written_number(shown))
                && let Ok(number) = self.lines.read_number(shown)
            {
                out = self.put_number(&out, shown, &number);
            }
            let endpoints = action.get("endpoint").and_then(Value::as_array);
            for (nth, endpoint) in endpoints.into_iter().flatten().enumerate() {
                let Some(written) = endpoint.get("number").and_then(Value::as_str) else { continue };
                if !is_written_number(written) {
                    continue;
                }
                let field = format!("[{at}].endpoint[{nth}].number");
                match self.lines.read_number(written) {
                    Err(error) => refused.push((field, Unread::Number(error))),
                    Ok(number) => {
                        if !self.lines.is_ours(&number)
                            && let Err(rule) = self.dial.may_be_dialled(&number)
                        {
                            refused.push((field, Unread::Dial(rule)));
                        }
                        out = self.put_number(&out, written, &number);
                    }
                }
            }
        }
        (out, refused)
    }

    /// A number in the place of what was written for it: as digits, or with a plus where the reader would otherwise ask
    /// whose they are when the flow is edited again.
    fn put_number(&self, text: &str, written: &str, number: &E164) -> String {
        let plain = self.lines.read_number(number.digits()).as_ref() == Ok(number);
        let read = if plain { number.digits().to_owned() } else { number.international() };
        if read == written {
            return text.to_owned();
        }
        text.replace(&Value::from(written).to_string(), &Value::from(read).to_string())
    }

    /// What is wrong with a text, and what a caller would hear and do. `keys` are pressed whenever the flow listens.
    ///
    /// # Errors
    /// The database fails.
    pub async fn judged(&self, text: &str, keys: &str, outcome: Outcome) -> Result<Judged, ServiceError> {
        let (read, problems) = self.read_call_flow(text);
        if problems.iter().any(|problem| !problem.only_a_warning) {
            return Ok(Judged { problems, steps: Vec::new() });
        }
        let Some(ncco) = self.example(&read) else { return Ok(Judged { problems, steps: Vec::new() }) };
        let menus = self.for_a_dry_run(None).await;
        let lines = FieldLines::of(text);
        let mut steps = walk(&ncco, keys, outcome, &menus);
        for step in &mut steps {
            step.line = step.action.map_or(0, |at| lines.of_field(&format!("[{at}]")));
        }
        Ok(Judged { problems, steps })
    }

    /// A flow with placeholders filled as in an example; `None` when it cannot run.
    fn example(&self, text: &str) -> Option<Ncco> {
        fill(text, &self.dry_filling(), |_| false).ok()
    }

    /// The same of a flow that is in force, by id.
    pub(super) fn example_of(&self, id: &str) -> Option<Ncco> {
        self.example(self.lines.flows().text(id)?)
    }

    /// What dry runs know: menus, queues, and the texts that are said to callers of this language (`None`: of the business's).
    pub(super) async fn for_a_dry_run(&self, language: Option<Language>) -> call_flows::Menus {
        let queues = self.queues.current().await;
        let queues = queues.queues().map(|queue| (queue.id.clone(), queue.clone())).collect();
        self.menus.for_a_dry_run(self.dtmf_url(), queues, language).await
    }

    /// In the sandbox: rings a simulated telephone, and runs the flow when it is answered.
    ///
    /// # Errors
    /// [`TrialRefusal`].
    pub async fn try_call_flow(&self, text: &str, telephone: &E164) -> Result<(), TrialRefusal> {
        let core = &self.core;
        if core.settings.sandbox.is_none() {
            return Err(TrialRefusal::NotSandbox);
        }
        let from = core.settings.support.number.clone();
        let filling = Filling {
            own_number: from.clone(),
            to: Some(core.settings.support.destination.clone()),
            dtmf_url: self.dtmf_url(),
        };
        let (text, _) = self.with_read_numbers(text);
        let ncco = fill(&text, &filling, |number| self.lines.is_ours(number)).map_err(TrialRefusal::Flow)?;
        let ncco = self.dial.clear(ncco).map_err(TrialRefusal::Flow)?;
        let to = match self.dial.take_call_to(telephone, "trial").await {
            Ok(to) => to,
            Err(Fail::Refused(rule)) => return Err(TrialRefusal::Dial(rule)),
            Err(Fail::Ours(error)) => return Err(TrialRefusal::Flow(error.to_string())),
        };
        core.vonage
            .create_call(&NewCall {
                to: Callee::Phone(to),
                from,
                ncco,
                ringing_seconds: Some(30),
                limit_seconds: Some(TRIAL_SECONDS),
            })
            .await?;
        Ok(())
    }

    /// A number leads to a flow of the operator's.
    pub(super) async fn answer_custom(&self, id: &str, ask: &Ask<'_>) -> Result<Ncco, ServiceError> {
        // A telephone dialled our own number, which is nobody to connect it to.
        let to = matches!(ask.caller, Caller::User(_)).then(|| ask.dialled.clone()).flatten();
        self.filled(id, ask.dialled.clone(), to)
    }

    /// A flow of the operator's, for somebody who called `dialled`; `to` is whom a browser user dialled.
    pub(super) fn filled(&self, id: &str, dialled: Option<E164>, to: Option<E164>) -> Result<Ncco, ServiceError> {
        let flows = self.lines.flows();
        let text = flows.text(id).ok_or_else(|| ServiceError::Flow("the call flow was deleted".to_owned()))?;
        let own_number = dialled.unwrap_or_else(|| self.core.settings.support.number.clone());
        let filling = Filling { own_number, to, dtmf_url: self.dtmf_url() };
        fill(text, &filling, |number| self.lines.is_ours(number)).map_err(ServiceError::Flow)
    }

    /// Whether a flow may lead to an agent of ours.
    pub(super) fn rings_an_agent(&self, id: &str) -> bool {
        let (flows, directory) = (self.lines.flows(), self.lines.directory());
        // Whom it would miss if our agents and queues were not there.
        let other = |user: &str| !directory.agents.contains(user) && !user.starts_with(QUEUE);
        flows.text(id).is_some_and(|text| !unknown_users(text, &other).is_empty())
    }

    /// Whether there is such an agent, or such a queue (`queue:Sales`).
    fn is_known(&self, user: &str) -> bool {
        match user.strip_prefix(QUEUE) {
            Some(queue) => self.lines.queue_named(queue.trim()).is_some(),
            None => self.lines.directory().agents.contains(user),
        }
    }

    /// The flow that an agent's own call runs, as the operator wrote it; `None` for the usual one, and where the operator's cannot
    /// be run.
    pub(super) fn outbound(&self, from: &E164, to: &E164) -> Option<Ncco> {
        let flows = self.lines.flows();
        let (id, text) = flows.outbound()?;
        let filling = Filling { own_number: from.clone(), to: Some(to.clone()), dtmf_url: self.dtmf_url() };
        let filled = fill(text, &filling, |number| self.lines.is_ours(number));
        filled.inspect_err(|error| tracing::error!(flow = id, error, "the flow of agents' calls cannot be run")).ok()
    }

    fn is_for_agents_calls(&self, id: &str) -> bool {
        self.lines.flows().outbound().is_some_and(|(known, _)| known == id)
    }

    /// Has agents' own calls run this flow from now on, or (`None`) the usual one.
    ///
    /// # Errors
    /// [`FlowRefusal::Unknown`]; [`FlowRefusal::CallsNobody`]; or the database fails.
    pub async fn use_for_agents_calls(&self, id: Option<&str>) -> Result<(), FlowRefusal> {
        let settings = self.core.store.settings();
        match id {
            Some(id) => {
                let flow = self.core.store.flows().find(id).await?.ok_or(FlowRefusal::Unknown)?;
                if !calls_the_dialled_number(&flow.ncco) {
                    return Err(FlowRefusal::CallsNobody);
                }
                settings.put(OUTBOUND_FLOW, id, self.core.clock.now_ms()).await?;
            }
            None => {
                settings.delete(OUTBOUND_FLOW).await?;
            }
        }
        Ok(self.lines.reload_flows().await?)
    }

    /// Where pressed keys are sent.
    fn dtmf_url(&self) -> String {
        format!("{}/webhooks/dtmf", self.core.settings.operator.public_url)
    }
}

#[cfg(test)]
mod tests;
