//! What was heard of calls, and what the platform said of their legs: which of them it is to be asked for.
//!
//! Everything here is in memory. A server that starts has heard of none of the calls that it finds, and asks.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::liveness::{MOST_AT_ONCE, SIGN_MS, Signs};
use crate::domain::contact_center::presence::{SILENCE_MS, State};
use crate::store::AgentRow;

/// A console says so every five seconds: an older word does not count, ms.
const CONSOLE_MS: i64 = 15_000;
/// How long it is tried to end a leg that was left behind, ms: no leg lasts longer than two hours.
const STRAY_MS: i64 = 2 * 3_600_000;

/// What was heard of calls, and what the platform said of their legs.
pub(super) struct Watch {
    started_at: i64,
    /// The platform is being asked.
    pub(super) asking: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By leg.
    legs: HashMap<String, Seen>,
    strays: HashMap<String, Stray>,
    /// When something was last heard of a call.
    heard: HashMap<String, i64>,
    /// When the platform did not do what was asked for a call.
    doubts: HashMap<String, i64>,
    /// When a console said that its leg of a call is gone: first and last.
    gone: HashMap<String, (i64, i64)>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    asked_at: i64,
    lives_at: Option<i64>,
    unknown_since: Option<i64>,
}

/// The leg of somebody who is out of a call, while the platform has not confirmed that it has ended.
#[derive(Clone)]
pub(super) struct Stray {
    call: String,
    region: Option<String>,
    since: i64,
    /// The customer is on hold for it.
    pub(super) consulted: bool,
}

/// A leg to be asked for.
pub(super) struct Suspect {
    pub(super) leg: String,
    pub(super) call: String,
    pub(super) region: Option<String>,
    pub(super) signs: Signs,
    pub(super) stray: Option<Stray>,
}

impl Watch {
    pub(super) fn new(now: i64) -> Self {
        Self { started_at: now, asking: tokio::sync::Mutex::default(), known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The platform told something of a call.
    pub(super) fn heard(&self, call: &str, now: i64) {
        self.known().heard.insert(call.to_owned(), now);
    }

    /// The platform did not do something for a call: it may be over.
    pub(super) fn doubt(&self, call: &str, now: i64) {
        self.known().doubts.insert(call.to_owned(), now);
    }

    /// Whether the platform did not do something for a call since then.
    pub(super) fn is_doubted(&self, call: &str, since: i64) -> bool {
        self.known().doubts.get(call).is_some_and(|at| *at > since)
    }

    /// A console has not the leg of a call that it should have.
    pub(super) fn gone(&self, call: &str, now: i64) {
        let mut known = self.known();
        let times = known.gone.entry(call.to_owned()).or_insert((now, now));
        if now - times.1 > CONSOLE_MS {
            times.0 = now;
        }
        times.1 = now;
    }

    /// A leg is to be ended although its call does not stand for it any more.
    pub(super) fn stray(&self, leg: &str, call: &DeskCall, consulted: bool, now: i64) {
        let stray = Stray { call: call.id.clone(), region: call.region.clone(), since: now, consulted };
        self.known().strays.insert(leg.to_owned(), stray);
    }

    /// Which legs are to be asked for now, those first that have waited longest; and forgets what is over.
    pub(super) fn due(&self, now: i64, calls: &[DeskCall], agents: &[AgentRow]) -> Vec<Suspect> {
        let mut known = self.known();
        let mut due = Vec::new();
        for call in calls {
            for leg in call.legs() {
                let signs = known.signs(now, self.started_at, call, leg, agents);
                if signs.is_due() {
                    let (leg, call, region) = (leg.to_owned(), call.id.clone(), call.region.clone());
                    due.push(Suspect { leg, call, region, signs, stray: None });
                }
            }
        }
        let open: HashSet<&str> = calls.iter().map(|call| call.id.as_str()).collect();
        let held: HashSet<&str> = calls.iter().flat_map(DeskCall::legs).collect();
        known.strays.retain(|leg, stray| now - stray.since < STRAY_MS || held.contains(leg.as_str()));
        for (leg, stray) in known.strays.iter().filter(|(leg, _)| !held.contains(leg.as_str())) {
            let signs = known.stray_signs(now, leg, stray);
            if signs.is_due() {
                let (leg, call, region) = (leg.clone(), stray.call.clone(), stray.region.clone());
                due.push(Suspect { leg, call, region, signs, stray: Some(stray.clone()) });
            }
        }
        let Known { legs, strays, heard, doubts, gone } = &mut *known;
        legs.retain(|leg, _| held.contains(leg.as_str()) || strays.contains_key(leg));
        heard.retain(|call, _| open.contains(call.as_str()));
        doubts.retain(|call, _| open.contains(call.as_str()));
        gone.retain(|call, _| open.contains(call.as_str()));
        due.sort_by_key(|suspect| std::cmp::Reverse(suspect.signs.asked.unwrap_or(i64::MAX)));
        due.truncate(MOST_AT_ONCE);
        for suspect in &due {
            legs.entry(suspect.leg.clone()).or_default().asked_at = now;
        }
        due
    }

    /// What the platform says of a leg; `known` is false where it does not know it.
    pub(super) fn told(&self, leg: &str, known: bool, now: i64) -> i64 {
        let mut all = self.known();
        let seen = all.legs.entry(leg.to_owned()).or_default();
        if known {
            (seen.lives_at, seen.unknown_since) = (Some(now), None);
            return 0;
        }
        now - *seen.unknown_since.get_or_insert(now)
    }

    pub(super) fn forget(&self, leg: &str) {
        let mut known = self.known();
        known.legs.remove(leg);
        known.strays.remove(leg);
    }
}

impl Known {
    fn signs(&self, now: i64, started_at: i64, call: &DeskCall, leg: &str, agents: &[AgentRow]) -> Signs {
        let seen = self.legs.get(leg);
        let lives_at = seen.and_then(|seen| seen.lives_at);
        let heard_at = self.heard.get(&call.id).copied().unwrap_or(call.created_at);
        let mut inside = agents.iter().filter(|agent| agent.call.as_deref() == Some(call.id.as_str()));
        let bound =
            |agent: &AgentRow| agent.standing.state.is_busy() || agent.standing.back_to.is_some_and(State::is_busy);
        let silent = |agent: &AgentRow| matches!(agent.standing.state, State::Reconnecting | State::Asleep);
        let beats = |agent: &AgentRow| now - agent.beat_at <= SILENCE_MS;
        let sign = |at: i64| now - at >= SIGN_MS;
        let gone = self.gone.get(&call.id).is_some_and(|(first, last)| sign(*first) && now - last < CONSOLE_MS);
        let doubt = self.doubts.get(&call.id).is_some_and(|at| sign(*at) && lives_at.is_none_or(|lives| lives < *at));
        let away = heard_at < started_at && lives_at.is_none();
        Signs {
            heard: now - heard_at.max(call.hung_up_at.unwrap_or(0)),
            asked: seen.filter(|seen| seen.asked_at > 0).map(|seen| now - seen.asked_at),
            contradicted: gone || away || inside.clone().any(|agent| bound(agent) && silent(agent)),
            doubted: doubt || seen.is_some_and(|seen| seen.unknown_since.is_some()),
            ending: call.hung_up_at.map(|at| now - at),
            bound: inside.clone().any(bound),
            watched: inside.any(|agent| bound(agent) && beats(agent)),
            known: lives_at.is_some(),
        }
    }

    fn stray_signs(&self, now: i64, leg: &str, stray: &Stray) -> Signs {
        let seen = self.legs.get(leg);
        Signs {
            heard: now - stray.since,
            asked: seen.filter(|seen| seen.asked_at > 0).map(|seen| now - seen.asked_at),
            contradicted: false,
            doubted: false,
            ending: Some(now - stray.since),
            bound: false,
            watched: false,
            known: seen.is_some_and(|seen| seen.lives_at.is_some()),
        }
    }
}
