//! After every step: the books agree with each other, and with the platform as soon as news can have arrived.

use std::collections::BTreeSet;
use std::time::Duration;

use super::model::{Doing, LegState, Model, Who};
use super::run::Run;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::presence::State;
use crate::store::AgentRow;
use crate::store::OfferRow;

/// News of what a leg did may be under way for so long, ms.
const NEWS_MS: i64 = 8_000;
/// News may be lost altogether: then it is found out in this time, ms. The longest ring is in it.
const FOUND_MS: i64 = 90_000;

/// What is written down.
struct Books {
    agents: Vec<AgentRow>,
    calls: Vec<DeskCall>,
    offers: Vec<OfferRow>,
}

impl Run {
    /// Callers are assigned in the background, so what is read one after the other may be of different moments: only what
    /// stays wrong is wrong.
    pub(super) async fn check(&mut self) {
        let mut wrong = None;
        let mut books = self.books().await;
        for _ in 0..100 {
            wrong = books.wrong();
            if wrong.is_none() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            books = self.books().await;
        }
        if let Some(wrong) = wrong.or_else(|| self.platform.state().wrong.clone()) {
            panic!("{wrong}\n{}", self.story(wrong.split(' ').next().unwrap_or_default()));
        }
        let cut_off = self.platform.state().callers.iter().position(|caller| caller.cut_off);
        if let Some(caller) = cut_off {
            let how = if self.platform.state().callers[caller].declined > 0 { ", after being declined" } else { "" };
            panic!("caller{caller} was cut off{how}\n{}", self.story(&format!("caller{caller}")));
        }
        self.check_for_long(&books);
    }

    async fn books(&self) -> Books {
        let store = &self.services.core.store;
        let offers = store.desk().open_offers().await.unwrap();
        let rows = store.desk().open_calls().await.unwrap();
        let calls = rows.into_iter().map(|row| row.call).collect();
        Books { agents: self.services.core.store.desk().agents().await.unwrap(), calls, offers }
    }

    /// What the platform does and the books do not know is wrong when it stays so.
    fn check_for_long(&mut self, books: &Books) {
        let now = self.services.now_ms();
        let plan = self.plan;
        let patience =
            if plan.lost + plan.rest_fails + plan.killed > 0 { FOUND_MS } else { NEWS_MS + 2 * plan.step_ms };
        let wrong = {
            let state = self.platform.state();
            let mut wrong = books.of_callers(&state);
            wrong.extend(books.of_rings(&state));
            if plan.rest_fails + plan.killed == 0 {
                wrong.extend(books.of_ears(&state));
            }
            wrong
        };
        self.since.retain(|what, _| wrong.contains(what));
        for what in wrong {
            let since = *self.since.entry(what.clone()).or_insert(now);
            if now - since > patience {
                let of = what.split(' ').next().unwrap_or_default();
                let call = books.call_of(of);
                panic!("for {} s: {what}\n{call:#?}\n{}", (now - since) / 1_000, self.story(of));
            }
        }
    }
}

impl Books {
    /// The books, among themselves.
    fn wrong(&self) -> Option<String> {
        for agent in &self.agents {
            let (name, state) = (&agent.name, agent.standing.state);
            let rung = self.offers.iter().filter(|offer| offer.agent == *name).count();
            let call = agent.call.as_ref().map(|id| self.calls.iter().find(|call| call.id == *id));
            let places = call.flatten().is_some_and(|call| call.outbound && call.agent.as_ref() == Some(name));
            match call {
                Some(None) if state.is_busy() => return Some(format!("{name} is {state:?} in a call that is over")),
                None if state.is_busy() => return Some(format!("{name} is {state:?} in no call")),
                _ if rung > 1 => return Some(format!("{name} is offered {rung} calls")),
                _ if rung == 0 && state == State::Ringing && !places => {
                    return Some(format!("{name} rings, and nothing is offered"));
                }
                _ => {}
            }
        }
        let offered: BTreeSet<&String> = self.offers.iter().map(|offer| &offer.call).collect();
        if offered.len() != self.offers.len() {
            return Some("a call is offered to two agents".into());
        }
        self.calls.iter().find_map(|call| self.owners(call))
    }

    /// A call has one owner at most.
    fn owners(&self, call: &DeskCall) -> Option<String> {
        let helps = |name: &str| call.thirds.iter().any(|third| third.agent.as_deref() == Some(name));
        let rung = |name: &str| self.offers.iter().any(|offer| offer.call == call.id && offer.agent == name);
        let has = |agent: &&AgentRow| agent.call.as_ref() == Some(&call.id) && agent.standing.state.is_busy();
        let owners: Vec<&str> = self.agents.iter().filter(has).map(|agent| agent.name.as_str()).collect();
        let owners: Vec<&str> = owners.into_iter().filter(|name| !helps(name) && !rung(name)).collect();
        let strangers = owners.iter().any(|name| call.agent.as_deref() != Some(name));
        (owners.len() > 1 || strangers).then(|| format!("{} of {:?} is had by {owners:?}", call.id, call.agent))
    }

    fn call_of(&self, leg: &str) -> Option<&DeskCall> {
        self.calls.iter().find(|call| call.customer_leg.as_deref() == Some(leg))
    }

    /// Who is on the line and talks to nobody waits, rings, or leaves a message.
    fn of_callers(&self, state: &Model) -> Vec<String> {
        let mut wrong = Vec::new();
        for (n, caller) in state.callers.iter().enumerate() {
            let leg = &state.legs[caller.leg];
            // Before the first answer, and while a last sentence is said, there is nothing to wait for.
            if leg.state != LegState::Answered
                || leg.doing == Doing::Asked
                || caller.served && leg.doing != Doing::Stays
            {
                continue;
            }
            let talks = !state.with(caller.leg).is_empty();
            let call = self.call_of(&leg.id);
            let led = match call.map(|call| call.phase) {
                Some(Phase::Menu | Phase::Waiting | Phase::Message) => true,
                Some(Phase::Ringing) => call.is_some_and(|call| self.offers.iter().any(|offer| offer.call == call.id)),
                Some(Phase::Outside) => matches!(leg.doing, Doing::Rings { .. } | Doing::Next | Doing::Until(_)),
                Some(Phase::Talking | Phase::Ended) | None => false,
            };
            if !talks && !led && !call.is_some_and(DeskCall::is_ending) {
                wrong.push(format!("caller{n} is with nobody and in no queue ({:?})", call.map(|call| call.phase)));
            }
        }
        wrong
    }

    /// Who is rung is reserved, by one call alone.
    fn of_rings(&self, state: &Model) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for leg in state.legs.iter().filter(|leg| leg.state != LegState::Over) {
            let Who::Agent(name) = &leg.who else { continue };
            if !seen.insert(name) {
                wrong.push(format!("{name} has two telephones at the ear"));
            }
            let reserved = self.offers.iter().any(|offer| offer.agent == *name);
            if leg.state == LegState::Ringing && leg.to == *name && !reserved && !leg.declined {
                wrong.push(format!("{name} is rung ({}) and not reserved", leg.id));
            }
        }
        wrong
    }

    /// Who is on hold hears nobody and is heard by nobody; who is not, does and is.
    fn of_ears(&self, state: &Model) -> Vec<String> {
        let mut wrong = Vec::new();
        for call in self.calls.iter().filter(|call| call.phase == Phase::Talking && call.under_way.is_none()) {
            let Some(leg) = state.legs.iter().find(|leg| call.customer_leg.as_ref() == Some(&leg.id)) else { continue };
            if leg.state != LegState::Answered {
                continue;
            }
            let (held, ears) = (call.held_since.is_some(), leg.ears);
            if held && !(ears.muted && ears.earmuffed) {
                wrong.push(format!("{} is on hold, and {ears:?}", leg.id));
            }
            if !held && (ears.muted || ears.earmuffed) {
                wrong.push(format!("{} is not on hold, and {ears:?}", leg.id));
            }
        }
        wrong
    }
}
