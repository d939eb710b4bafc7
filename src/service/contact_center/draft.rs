//! A change of the contact centre that is being put together: which agents, calls and offers it touches. Pure: written by
//! [`super::board`].

use std::collections::BTreeSet;

use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::console_settings::Rules;
use crate::domain::contact_center::desk::HistoryResult;
use crate::domain::contact_center::presence::{Happening, Illegal, Standing, State};
use crate::store::{AgentRow, AgentStateRow, DeskCallRow, DeskChange};

/// A change that is being put together.
pub(super) struct Draft {
    pub(super) change: DeskChange,
    pub(super) now: i64,
    /// The rules in force.
    pub(super) rules: Rules,
}

/// What a decision comes to.
pub(super) enum Step<T> {
    /// All of the draft is to be written, and the value is the result when it is.
    Write(Box<Draft>, T),
    /// There is nothing to write.
    Nothing(T),
    /// What was read does not fit together: it is read once more.
    Again,
}

impl Draft {
    pub(super) fn new(now: i64, rules: Rules) -> Self {
        Self { change: DeskChange::default(), now, rules }
    }

    /// The decision to write this.
    pub(super) fn write<T, E>(self, value: T) -> Result<Step<T>, E> {
        Ok(Step::Write(Box::new(self), value))
    }

    /// Something happens to an agent, in connection with a call or not.
    pub(super) fn step(
        &mut self,
        agent: &AgentRow,
        happening: Happening,
        call: Option<&str>,
    ) -> Result<Standing, Illegal> {
        let next = agent.standing.step(happening, self.rules)?;
        self.put(agent, next, call);
        Ok(next)
    }

    /// An agent stands otherwise.
    pub(super) fn put(&mut self, agent: &AgentRow, next: Standing, call: Option<&str>) {
        let before = agent.standing.state;
        let mut row = agent.clone();
        row.standing = next;
        row.version += 1;
        let engaged = |state: State| state.is_busy() || state == State::WrapUp;
        let keeps = engaged(next.state) || next.back_to.is_some_and(engaged);
        row.call = if keeps { call.map(str::to_owned).or(row.call) } else { None };
        row.wrap_until = match next.state {
            State::WrapUp if before == State::WrapUp => row.wrap_until,
            State::WrapUp => Some(self.now + self.rules.wrap_up_ms()),
            _ => None,
        };
        if next.state != before {
            row.since = self.now;
            if next.state == State::Ready && before != State::Ringing {
                row.idle_since = self.now;
            }
            let entry = AgentStateRow {
                state: next.state.name().to_owned(),
                reason: next.state.reason().map(str::to_owned),
                since: self.now,
                call: row.call.clone(),
            };
            self.change.ledger.push((row.name.clone(), entry));
        }
        self.change.agents.push(row);
    }

    /// An agent leaves a call. Those who did not talk in it need no time for notes.
    pub(super) fn release(&mut self, agent: &AgentRow, happening: Happening, notes: bool) {
        let Ok(mut next) = agent.standing.step(happening, self.rules) else { return };
        if !notes && next.state == State::WrapUp {
            next = next.step(Happening::WrappedUp, self.rules).unwrap_or(next);
        }
        self.put(agent, next, None);
    }

    /// A call as it will be written.
    pub(super) fn call(&mut self, loaded: &DeskCallRow) {
        self.change.calls.push(row_of(&loaded.call, Some(loaded)));
        self.takers(&loaded.call);
    }

    /// Those in whose history a call is.
    fn takers(&mut self, call: &DeskCall) {
        let talked = call.talked.iter().map(|part| &part.agent);
        let agents: BTreeSet<&String> = call.agent.iter().chain(talked).collect();
        self.change.takers.extend(agents.into_iter().map(|agent| (agent.clone(), call.id.clone())));
    }

    pub(super) fn new_call(&mut self, call: &DeskCall) {
        self.change.new_calls.push(row_of(call, None));
        self.takers(call);
        self.change
            .legs
            .extend(call.customer_leg.iter().chain(&call.agent_leg).map(|leg| (leg.clone(), call.id.clone())));
    }

    /// A leg belongs to a call.
    pub(super) fn leg(&mut self, leg: &str, call: &str) {
        self.change.legs.push((leg.to_owned(), call.to_owned()));
    }

    /// An offer is over.
    pub(super) fn close(&mut self, offer: &str, outcome: &'static str) {
        self.change.closed.push((offer.to_owned(), outcome, self.now));
    }
}

fn row_of(call: &DeskCall, before: Option<&DeskCallRow>) -> DeskCallRow {
    let missed = call.is_over() && call.is_missed();
    DeskCallRow {
        id: call.id.clone(),
        conversation: call.conversation.clone(),
        ended: call.is_over(),
        agent: call.agent.clone(),
        customer: call.customer().map(str::to_owned),
        unseen: call.claimed_by.is_none()
            && (missed && before.is_none_or(|before| !before.missed) || before.is_some_and(|before| before.unseen)),
        missed,
        callback: call.is_owed() && call.result == Some(HistoryResult::Callback),
        created_at: call.created_at,
        version: before.map_or(1, |before| before.version + 1),
        call: call.clone(),
    }
}
