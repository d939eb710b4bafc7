//! A dry run of a call to one of our numbers, at any moment: what callers would hear, without calling anybody.

use std::sync::Arc;

use super::call_flows::CallFlows;
use super::core::Core;
use super::hours::{Closed, OpeningHours};
use super::lines::Lines;
use super::queues::Queues;
use super::shared::Shared;
use crate::domain::call_flows::{AfterClosed, Arrival, Menus, Outcome, Step, walk_line};
use crate::domain::hours::closed;
use crate::domain::hours::schedule::State;
use crate::domain::language::Language;
use crate::domain::line::Line;
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::domain::queue::STANDING;
use crate::domain::spoken::{Speech, Text};

/// The call that is imagined.
#[derive(Debug, Clone)]
pub struct Imagined<'a> {
    pub line: &'a Line,
    /// When it comes, ms UTC; `None`: now.
    pub at: Option<i64>,
    /// In which language the caller is spoken to; `None`: in that of the business.
    pub language: Option<Language>,
    /// What the caller presses, one after the other.
    pub keys: &'a str,
    /// What everybody does who is rung.
    pub outcome: Outcome,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// When the call came, ms UTC.
    pub at: i64,
    /// Open or closed then; `None` where no hours are set.
    pub state: Option<State>,
    /// The line is answered at any time, whatever the hours are.
    pub at_any_time: bool,
    /// Empty where the line has no dry run.
    pub steps: Vec<Step>,
}

/// Imagines calls.
#[derive(Clone)]
pub struct DryRun {
    core: Arc<Core>,
    lines: Lines,
    hours: OpeningHours,
    queues: Queues,
    flows: CallFlows,
}

impl DryRun {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            hours: shared.hours.clone(),
            queues: shared.queues.clone(),
            flows: shared.flows.clone(),
        }
    }

    /// Whether a call to this line can be imagined. What private calls and audio sockets do depends on who calls.
    #[must_use]
    pub fn knows(line: &Line) -> bool {
        match line {
            Line::Support | Line::Agent(_) | Line::Queue(_) | Line::Ivr(_) | Line::Custom(_) | Line::Campaign(_) => {
                true
            }
            Line::Outbound(_) | Line::Private | Line::AudioSocket(_) | Line::Unassigned => false,
        }
    }

    /// The numbers that lead to a line, as people write them.
    #[must_use]
    pub fn numbers_of(&self, line: &Line) -> Vec<String> {
        self.lines.numbers_of(line).iter().map(E164::grouped).collect()
    }

    /// Imagines a call.
    pub async fn run(&self, call: &Imagined<'_>) -> Ran {
        let Imagined { line, at, language, keys, outcome } = *call;
        self.core.look_at_speech().await;
        let at = at.unwrap_or_else(|| self.core.clock.now_ms());
        let speech = self.core.speech(language);
        let known = self.flows.for_a_dry_run(Some(speech.language)).await;
        let arrival = match self.hours.closed_at(at, line, speech.language).await {
            Some(closed) => Some(self.while_closed(closed)),
            None => self.arrival(line, &speech, &known).await,
        };
        Ran {
            at,
            state: self.hours.state_at(at).await,
            at_any_time: !self.hours.are_kept_by(line),
            steps: arrival.map(|arrival| walk_line(&arrival, keys, outcome, &known)).unwrap_or_default(),
        }
    }

    fn while_closed(&self, closed: Closed) -> Arrival {
        let Closed { said, outcome } = closed;
        let then = match outcome {
            closed::Outcome::HangUp => AfterClosed::HangsUp,
            closed::Outcome::Message => AfterClosed::Message,
            closed::Outcome::CallBack => AfterClosed::CallBack,
            closed::Outcome::Number(digits) => E164::parse(&digits).map_or(AfterClosed::HangsUp, AfterClosed::Number),
            closed::Outcome::Flow(id) => self.flows.example_of(&id).map_or(AfterClosed::HangsUp, AfterClosed::Flow),
        };
        Arrival::Closed { said, then }
    }

    /// What the line answers with while it is open.
    async fn arrival(&self, line: &Line, speech: &Speech, known: &Menus) -> Option<Arrival> {
        match line {
            Line::Agent(name) => {
                let greeting = speech.talk(Text::AgentGreeting, &[("agent", name)]);
                Some(Arrival::Agent { greeting, name: name.clone() })
            }
            Line::Support => {
                let in_force = self.queues.current().await;
                match self.queues.of_support(&in_force) {
                    Some(queue) => Some(self.to_queue(&queue, speech).await),
                    None => {
                        let greeting = speech.written(self.core.business.profile().greeting_in(speech.language));
                        Some(Arrival::Flow(self.core.settings.support.ncco(greeting)))
                    }
                }
            }
            Line::Queue(id) => Some(self.to_queue(id, speech).await),
            Line::Ivr(menu) if known.all.iter().any(|one| one.id == *menu) => Some(Arrival::Menu(menu.clone())),
            // It was deleted.
            Line::Ivr(_) => Some(self.to_queue(STANDING, speech).await),
            Line::Custom(id) => self.flows.example_of(id).map(Arrival::Flow),
            Line::Campaign(id) => Some(match self.campaign_flow(id) {
                Some(flow) => Arrival::Flow(flow),
                None => {
                    let queue = self.lines.queue_of_campaign(id);
                    self.to_queue(queue.as_deref().unwrap_or(STANDING), speech).await
                }
            }),
            Line::Outbound(_) | Line::Private | Line::AudioSocket(_) | Line::Unassigned => None,
        }
    }

    /// The flow of a campaign that rings a telephone.
    fn campaign_flow(&self, id: &str) -> Option<Ncco> {
        self.lines.known_campaigns().campaign(id)?.ncco(&self.core.settings.support.number, None)
    }

    async fn to_queue(&self, id: &str, speech: &Speech) -> Arrival {
        let in_force = self.queues.current().await;
        let own = &in_force.of(Some(id)).greeting;
        let profile = self.core.business.profile();
        let greeting = if own.is_empty() { profile.greeting_in(speech.language) } else { own.written(speech.language) };
        let greeting = Some((greeting.text.to_owned(), greeting.language)).filter(|(text, _)| !text.trim().is_empty());
        Arrival::Queue { greeting, id: id.to_owned() }
    }
}
