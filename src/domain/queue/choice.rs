//! Whom a caller gets: the agent they asked for, else a member of their queue by its strategy; and never one who is due to
//! somebody before them. One agent at a time, or several at once where the queue rings all. Pure.

use std::collections::{BTreeMap, HashSet};

use super::{MOST_RUNG, Member, Queue, Strategy};
use crate::domain::contact_center::routing::{Candidate, may_ring_again};

/// A caller who is to be given to an agent.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    pub queue: &'a Queue,
    /// Whom they asked for; that agent may take them without being a member.
    pub wanted: Option<&'a str>,
    /// Agents who did not take them.
    pub tried: &'a [String],
    /// When each of those did not, the last time; ms UTC.
    pub refused_at: &'a BTreeMap<String, i64>,
    /// Agents who did not take them may be rung again without a pause.
    pub again: bool,
}

impl Caller<'_> {
    fn may_have(&self, agent: &Candidate, now: i64) -> bool {
        let asked_for = self.wanted == Some(agent.name.as_str());
        let fits = asked_for || self.queue.member(&agent.name).is_some();
        let refused_at = self.refused_at.get(&agent.name).copied();
        let rested =
            !self.tried.contains(&agent.name) || self.again || may_ring_again(refused_at, agent.idle_since, now);
        agent.is_free() && fits && rested
    }

    /// Agents of the same tier are told apart by the queue's strategy alone; the lowest is rung first.
    fn tier(&self, agent: &Candidate) -> (bool, bool, u8) {
        let priority = self.queue.member(&agent.name).unwrap_or_else(|| Member::usual(&agent.name)).priority;
        (self.tried.contains(&agent.name), self.wanted != Some(agent.name.as_str()), priority)
    }
}

/// The agents who may be rung for a caller, the best first: the one who is wanted, then by priority and strategy; those who
/// did not take them come last.
#[must_use]
pub fn order<'a>(caller: &Caller<'_>, floor: &'a [Candidate], now: i64) -> Vec<&'a Candidate> {
    let mut free: Vec<&Candidate> = floor.iter().filter(|agent| caller.may_have(agent, now)).collect();
    free.sort_by_cached_key(|agent| {
        let member = caller.queue.member(&agent.name).unwrap_or_else(|| Member::usual(&agent.name));
        (caller.tier(agent), by_strategy(caller.queue.strategy, &member, agent), agent.name.clone())
    });
    free
}

/// The smaller, the better.
fn by_strategy(strategy: Strategy, member: &Member, agent: &Candidate) -> (i64, i64) {
    match strategy {
        Strategy::LongestIdle | Strategy::RingAll => (agent.idle_since, 0),
        Strategy::RoundRobin => (agent.offered_at, agent.idle_since),
        Strategy::FewestCalls => (i64::from(agent.taken), agent.idle_since),
        Strategy::MostSkilled => (-i64::from(member.skill), agent.idle_since),
    }
}

/// Of agents who may be rung, the best first, those who are rung now: the first, or where the queue rings all, everybody of
/// the same tier.
#[must_use]
pub fn rung<'a>(caller: &Caller<'_>, ordered: &[&'a Candidate]) -> Vec<&'a Candidate> {
    let Some(best) = ordered.first() else { return Vec::new() };
    let most = if caller.queue.strategy == Strategy::RingAll { MOST_RUNG } else { 1 };
    let tier = caller.tier(best);
    ordered.iter().copied().take_while(|agent| caller.tier(agent) == tier).take(most).collect()
}

/// Whom each of these callers is due, the first first: the best agents who are due to nobody before them.
#[must_use]
pub fn due<'a>(callers: &[Caller<'_>], floor: &'a [Candidate], now: i64) -> Vec<Vec<&'a Candidate>> {
    let free = floor.iter().filter(|agent| agent.is_free()).count();
    let mut taken: HashSet<&str> = HashSet::new();
    let mut best_of = |caller: &Caller<'_>| {
        if taken.len() == free {
            return Vec::new();
        }
        let mut ordered = order(caller, floor, now);
        ordered.retain(|agent| !taken.contains(agent.name.as_str()));
        let rung = rung(caller, &ordered);
        taken.extend(rung.iter().map(|agent| agent.name.as_str()));
        rung
    };
    callers.iter().map(&mut best_of).collect()
}

/// The same as [`order`] for a caller who has others before them: without the agents who are due to those.
#[must_use]
pub fn order_behind<'a>(
    before: &[Caller<'_>],
    caller: &Caller<'_>,
    floor: &'a [Candidate],
    now: i64,
) -> Vec<&'a Candidate> {
    let due: HashSet<&str> = due(before, floor, now).into_iter().flatten().map(|agent| agent.name.as_str()).collect();
    order(caller, floor, now).into_iter().filter(|agent| !due.contains(agent.name.as_str())).collect()
}

#[cfg(test)]
mod tests;
