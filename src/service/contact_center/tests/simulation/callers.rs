//! Who calls: by telephone at an agent's number, at the menu and at the support line, and from the web page.

use serde_json::{Value, json};

use super::model::{Ask, Caller, Doing, LegState, Model, Who};
use super::run::Run;
use super::{MENU, OURS, SUPPORT};
use crate::service::tests::answer;

impl Run {
    /// Somebody dials, if it is time for that.
    pub(super) fn somebody_dials(&self) -> Option<Ask> {
        let mut state = self.platform.state();
        let n = state.callers.len();
        if state.calm || n >= self.plan.callers || !self.chance("dials").of_thousand(self.plan.dial) {
            return None;
        }
        Some(state.dials(n))
    }

    /// What the callers, and those who are called on a telephone, do by themselves.
    pub(super) fn people_outside(&self, asks: &mut Vec<Ask>) {
        let mut state = self.platform.state();
        for leg in 0..state.legs.len() {
            if state.legs[leg].state == LegState::Over {
                continue;
            }
            let who = state.legs[leg].who.clone();
            let mut chance = self.chance(("outside", state.legs[leg].id.as_str()));
            match who {
                Who::Caller(caller) => {
                    let talks = !state.with(leg).is_empty();
                    let enough =
                        if talks { chance.of_thousand(20) } else { state.callers[caller].patience <= state.now };
                    // Nobody can hang up before the call is there; everybody can at any moment after that.
                    if enough || chance.of_thousand(self.plan.fickle) {
                        state.callers[caller].served = true;
                        state.end(leg, "completed", "hung up");
                    } else if let Doing::Keys { url, .. } = state.legs[leg].doing.clone()
                        && chance.of_thousand(self.plan.keys)
                    {
                        let key = ["1", "2", "9"][chance.index(3)];
                        let ask = state.keys(leg, &url, key);
                        asks.push(ask);
                    }
                }
                Who::Phone if state.legs[leg].state == LegState::Ringing => match chance.below(100) {
                    0..8 => {
                        state.legs[leg].state = LegState::Answered;
                        state.told(leg, "answered");
                    }
                    8..10 => {
                        let ask = state.declined(leg, "busy");
                        asks.extend(ask);
                    }
                    _ => {}
                },
                Who::Phone if chance.of_thousand(20) => {
                    // Who is handed to a telephone talks to the end.
                    if let Some(caller) = state.caller_of(leg) {
                        state.callers[caller].served = true;
                    }
                    state.end(leg, "completed", "hung up outside");
                }
                _ => {}
            }
        }
    }
}

impl Model {
    fn dials(&mut self, n: usize) -> Ask {
        let mut chance = self.chance(("caller", n));
        let patience = if chance.of_thousand(self.plan.impatient) { 5_000 } else { self.plan.patience_ms };
        let (leg, conversation) = (format!("caller{n}"), format!("CON-{n}"));
        let number = format!("4477009{n:05}");
        let web = chance.of_thousand(self.plan.visitors);
        let to = match chance.below(10) {
            _ if web => SUPPORT,
            _ if self.plan.visitors == 0 => OURS,
            0..5 => OURS,
            5..8 => MENU,
            _ => SUPPORT,
        };
        let mut body = json!({"to": to, "uuid": leg, "conversation_uuid": conversation,
                              "endpoint_type": if web { "app" } else { "phone" }});
        let from = if web { format!("visitor-{n}") } else { number };
        body[if web { "from_user" } else { "from" }] = Value::from(from.clone());
        let at = self.new_leg(leg, Who::Caller(n), &from, to, &conversation);
        self.callers.push(Caller {
            leg: at,
            served: false,
            cut_off: false,
            patience: self.now + patience,
            declined: 0,
        });
        self.log(format!("caller{n} ({from}) dials {to}"));
        Ask { leg: at, version: 0, received: answer(&body), first: true }
    }

    /// What rings is refused there: of a `connect` the platform asks how to go on.
    pub(super) fn declined(&mut self, leg: usize, status: &'static str) -> Option<Ask> {
        if self.legs[leg].of.is_some() {
            return self.not_taken(leg, status);
        }
        self.end(leg, status, "refused");
        None
    }
}
