//! The platform as far as callers and agents can tell: legs, the conversations they are in, and who leads them.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::Plan;
use crate::domain::contact_center::chance::Chance;
use crate::domain::outgoing::Cleared;
use crate::service::received::Received;

/// What chance says of one thing. Each has its own: what happens to one changes nothing for the others, so a run that is
/// repeated with its seed goes the same way as long as the program does.
pub(super) fn chance(seed: u64, what: impl Hash) -> Chance {
    let mut hasher = DefaultHasher::new();
    (seed, what).hash(&mut hasher);
    Chance(hasher.finish())
}

#[derive(Clone)]
pub(super) struct Platform(Arc<Mutex<Model>>);

pub(super) struct Model {
    pub(super) now: i64,
    pub(super) seed: u64,
    pub(super) plan: Plan,
    /// Faults are over.
    pub(super) calm: bool,
    pub(super) callers: Vec<Caller>,
    pub(super) legs: Vec<Leg>,
    /// By the conversation's id.
    pub(super) conversations: BTreeMap<String, Conversation>,
    /// Webhooks that want no answer, and when they are delivered.
    pub(super) outbox: Vec<(i64, Value)>,
    /// Callers whose agent leads them elsewhere, and those whose agent hangs up on them: nobody else does.
    pub(super) may_move: BTreeSet<usize>,
    pub(super) may_end: BTreeSet<usize>,
    /// What must not have happened.
    pub(super) wrong: Option<String>,
    /// How often each request was made.
    pub(super) requests: BTreeMap<String, u64>,
    pub(super) declines: u64,
    /// So often a caller and somebody else came together.
    pub(super) talks: u64,
    pub(super) log: Vec<String>,
}

pub(super) struct Conversation {
    /// It is over with this leg. A room has none: it is over with any whose flow says so.
    pub(super) lead: Option<usize>,
    pub(super) room: Option<String>,
}

pub(super) struct Caller {
    pub(super) leg: usize,
    /// They talk to somebody, were promised a call back or left a message since they were last led anywhere.
    pub(super) served: bool,
    pub(super) cut_off: bool,
    /// They hang up when the clock shows this and they talk to nobody.
    pub(super) patience: i64,
    /// So often an agent declined them.
    pub(super) declined: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Caller(usize),
    Agent(String),
    /// A telephone that is called.
    Phone,
}

pub(super) struct Leg {
    pub(super) id: String,
    pub(super) who: Who,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) conversation: String,
    pub(super) state: LegState,
    /// The status that it ended with.
    pub(super) ended: &'static str,
    pub(super) flow: Vec<Value>,
    pub(super) doing: Doing,
    /// Each replacement of the flow has a number: what was asked for an earlier one is not wanted any more.
    pub(super) version: u64,
    /// The leg whose `connect` called it.
    pub(super) of: Option<usize>,
    /// When nobody takes it, we are asked how that one goes on.
    pub(super) asks: bool,
    /// The room that it is in is over when it goes.
    pub(super) ends_room: bool,
    /// Its agent has declined it, and does not take it any more.
    pub(super) declined: bool,
    pub(super) ears: Ears,
}

/// What a leg hears, and whether it is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Ears {
    pub(super) muted: bool,
    pub(super) earmuffed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LegState {
    Ringing,
    Answered,
    Over,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Doing {
    /// The next action is due.
    Next,
    Until(i64),
    /// Keys are waited for.
    Keys {
        until: i64,
        url: String,
    },
    /// `connect` rings this leg.
    Rings {
        leg: usize,
        until: i64,
    },
    Together {
        leg: usize,
    },
    /// In a room, or in a conversation that it was brought into.
    Stays,
    /// It rings at somebody who was called by REST.
    Called {
        until: i64,
    },
    /// We were asked, and have not answered.
    Asked,
}

/// A webhook whose answer is a call flow.
pub(super) struct Ask {
    pub(super) leg: usize,
    pub(super) version: u64,
    pub(super) received: Received,
    pub(super) first: bool,
}

impl Platform {
    pub(super) fn new(seed: u64, plan: Plan, now: i64) -> Self {
        Self(Arc::new(Mutex::new(Model {
            now,
            seed,
            plan,
            calm: false,
            callers: Vec::new(),
            legs: Vec::new(),
            conversations: BTreeMap::new(),
            outbox: Vec::new(),
            may_move: BTreeSet::new(),
            may_end: BTreeSet::new(),
            wrong: None,
            requests: BTreeMap::new(),
            declines: 0,
            talks: 0,
            log: Vec::new(),
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, Model> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// We have answered; `None` is "go on as you are".
    pub(super) fn answered(&self, ask: &Ask, flow: Option<Cleared>) {
        let mut state = self.state();
        let leg = &mut state.legs[ask.leg];
        if leg.state == LegState::Over || leg.version != ask.version {
            return;
        }
        leg.doing = Doing::Next;
        if let Some(flow) = flow {
            let flow = serde_json::to_value(flow).unwrap().as_array().unwrap().clone();
            (leg.flow, leg.version) = (flow, leg.version + 1);
            let said = format!("{} goes on with {}", leg.id, short(&leg.flow));
            state.log(said);
        }
        if ask.first {
            state.legs[ask.leg].state = LegState::Answered;
            state.told(ask.leg, "answered");
        }
        // At once: a transfer that is on its way comes too late.
        if state.legs[ask.leg].flow.is_empty() {
            state.end(ask.leg, "completed", "the flow has ended");
        }
    }
}

/// A flow in a few words.
pub(super) fn short(flow: &[Value]) -> String {
    let each = flow.iter().map(|action| {
        let more = [&action["text"], &action["endpoint"][0]["user"], &action["name"]];
        let more = more.into_iter().find_map(Value::as_str).unwrap_or_default();
        format!("{} {more}", action["action"].as_str().unwrap_or_default())
    });
    each.collect::<Vec<_>>().join(" / ")
}

impl Model {
    pub(super) fn chance(&self, what: impl Hash) -> Chance {
        chance(self.seed, what)
    }

    pub(super) fn log(&mut self, what: String) {
        let line = format!("{:>7} {what}", self.now % 10_000_000);
        self.log.push(line);
    }

    /// Something that must not happen, and does; the first is told.
    pub(super) fn never(&mut self, what: String) {
        self.log(format!("NEVER: {what}"));
        self.wrong.get_or_insert(what);
    }

    pub(super) fn time(&self) -> String {
        let at = ::time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.now) * 1_000_000).unwrap();
        at.format(&::time::format_description::well_known::Rfc3339).unwrap()
    }

    pub(super) fn new_leg(&mut self, id: String, who: Who, from: &str, to: &str, conversation: &str) -> usize {
        let at = self.legs.len();
        let home = Conversation { lead: Some(at), room: None };
        self.conversations.entry(conversation.to_owned()).or_insert(home);
        self.legs.push(Leg {
            id,
            who,
            from: from.to_owned(),
            to: to.to_owned(),
            conversation: conversation.to_owned(),
            state: LegState::Ringing,
            ended: "completed",
            flow: Vec::new(),
            doing: Doing::Asked,
            version: 0,
            of: None,
            asks: false,
            ends_room: false,
            declined: false,
            ears: Ears::default(),
        });
        at
    }

    /// What the platform tells of a leg.
    pub(super) fn status_event(&self, leg: usize, status: &str) -> Value {
        let Leg { id, who, from, to, conversation, .. } = &self.legs[leg];
        // Agents who call out are callers for the platform.
        let inbound = match who {
            Who::Caller(_) => true,
            Who::Agent(name) => name != to,
            Who::Phone => false,
        };
        json!({"from": from, "to": to, "uuid": id, "conversation_uuid": conversation, "status": status,
               "direction": if inbound { "inbound" } else { "outbound" }, "timestamp": self.time()})
    }

    pub(super) fn told(&mut self, leg: usize, status: &str) {
        let body = self.status_event(leg, status);
        self.send(body);
    }

    pub(super) fn send(&mut self, body: Value) {
        let (late, doubled, lost) =
            if self.calm { (0, 0, 0) } else { (self.plan.late, self.plan.doubled, self.plan.lost) };
        let mut chance = self.chance(("webhook", body.to_string()));
        if chance.of_thousand(lost) {
            return self.log(format!("lost: {} {}", body["uuid"], body["status"]));
        }
        let pause = if chance.of_thousand(late) { i64::try_from(chance.below(6_000)).unwrap() } else { 0 };
        if chance.of_thousand(doubled) {
            self.outbox.push((self.now + 1_000, body.clone()));
        }
        self.outbox.push((self.now + pause, body));
    }

    /// Those who are in a conversation and not over.
    pub(super) fn inside(&self, conversation: &str) -> Vec<usize> {
        let there = |leg: &Leg| leg.conversation == conversation && leg.state != LegState::Over;
        (0..self.legs.len()).filter(|at| there(&self.legs[*at])).collect()
    }

    /// Those who talk with a leg.
    pub(super) fn with(&self, leg: usize) -> Vec<usize> {
        let mut there = self.inside(&self.legs[leg].conversation);
        there.retain(|other| *other != leg && self.legs[*other].state == LegState::Answered);
        there
    }

    /// Whose leg this is, if it is a caller's.
    pub(super) fn caller_at(&self, leg: &str) -> Option<usize> {
        self.callers.iter().position(|caller| self.legs[caller.leg].id == leg)
    }

    /// The caller in a leg's conversation.
    pub(super) fn caller_of(&self, leg: usize) -> Option<usize> {
        let caller = |at: usize| if let Who::Caller(caller) = self.legs[at].who { Some(caller) } else { None };
        self.inside(&self.legs[leg].conversation).into_iter().find_map(caller)
    }

    /// A leg is over, and so are those whose conversation ends with it.
    pub(super) fn end(&mut self, leg: usize, status: &'static str, why: &str) {
        if self.legs[leg].state == LegState::Over {
            return;
        }
        let talked = self.legs[leg].state == LegState::Answered;
        let status = if talked { "completed" } else { status };
        let found = &mut self.legs[leg];
        (found.state, found.ended, found.version) = (LegState::Over, status, found.version + 1);
        let (conversation, ends_room) = (found.conversation.clone(), found.ends_room);
        let line = format!("{} is over, {status}: {why}", found.id);
        self.log(line);
        if let Who::Caller(caller) = self.legs[leg].who
            && !self.callers[caller].served
        {
            self.callers[caller].cut_off = true;
        }
        self.told(leg, status);
        if ends_room || self.conversations.get(&conversation).is_some_and(|home| home.lead == Some(leg)) {
            self.abandon(&conversation);
        }
    }

    /// A conversation is over for all who are in it.
    pub(super) fn abandon(&mut self, conversation: &str) {
        for other in self.inside(conversation) {
            self.end(other, "cancelled", "their conversation is over");
        }
    }

    /// A leg goes to another conversation. One that it led, or a room that it had entered, is over.
    pub(super) fn move_leg(&mut self, leg: usize, to: &str) {
        let found = &mut self.legs[leg];
        let (from, ends_room) = (found.conversation.clone(), found.ends_room);
        if from == to {
            return;
        }
        (found.conversation, found.ends_room) = (to.to_owned(), false);
        let uuid = found.id.clone();
        let body = json!({"conversation_uuid_from": from, "conversation_uuid_to": to, "uuid": uuid,
                          "timestamp": self.time()});
        self.send(body);
        if ends_room || self.conversations.get(&from).is_some_and(|home| home.lead == Some(leg)) {
            self.abandon(&from);
        }
    }
}
