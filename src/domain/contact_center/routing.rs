//! Decides which agent a call is offered to: the one the caller asked for, else the longest idle. One offer at a time; each
//! expires.

use super::presence::Standing;

/// How long an agent's browser rings.
pub const RING_SECONDS: u32 = 20;
/// How long after its end an offer is given up, ms, when the platform does not report how it ended.
pub const RING_GRACE_MS: i64 = 4_000;
/// So long after an agent did not take a call it may ring at them again, ms, when nobody else is free.
pub const PAUSE_MS: i64 = 10_000;

/// A softphone elsewhere may ring so long after its last sign of life, ms. Its client has no heartbeat of ours: signs are
/// a token that it takes, a call that it answers or places, and what the platform tells of its session. An open client
/// that idles for longer has to take a new token; a closed one is rung once at most, for who does not answer is gone.
pub const ELSEWHERE_MS: i64 = 60 * 60 * 1000;

/// Whether a softphone elsewhere is there: its token is good `until`, and it was heard of at `seen`; ms UTC.
#[must_use]
pub fn elsewhere_is_there(until: i64, seen: i64, now: i64) -> bool {
    until > now && now - seen < ELSEWHERE_MS
}

/// An agent, as far as routing looks at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub name: String,
    pub standing: Standing,
    /// Signs of life within the last 15 s, or of a softphone elsewhere ([`elsewhere_is_there`]).
    pub alive: bool,
    /// In a call, or being offered one.
    pub engaged: bool,
    /// Since when they have had nothing to do, ms UTC.
    pub idle_since: i64,
}

impl Candidate {
    /// May a call be offered to them now?
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.standing.takes_calls() && self.alive && !self.engaged
    }
}

/// Whether a caller may ring again at an agent who declined or missed them at `refused_at`: after a pause, or as soon as the
/// agent has said again that they are ready. Without a pause an agent who declines would be rung by the same caller at
/// once; with a longer one, somebody who has a single agent to reach waits although that agent is there.
#[must_use]
pub fn may_ring_again(refused_at: Option<i64>, idle_since: i64, now: i64) -> bool {
    refused_at.is_none_or(|at| idle_since > at || now - at >= PAUSE_MS)
}

/// The agents to try, the best first: the one who is wanted, then the longest idle; those who were tried for this call
/// already come last, the longest idle first, and only if `again` says so of them.
#[must_use]
pub fn order<'a>(
    candidates: &'a [Candidate],
    wanted: Option<&str>,
    tried: &[String],
    again: impl Fn(&Candidate) -> bool,
) -> Vec<&'a Candidate> {
    let was_tried = |candidate: &Candidate| tried.contains(&candidate.name);
    let mut free: Vec<&Candidate> = candidates
        .iter()
        .filter(|candidate| candidate.is_free() && (!was_tried(candidate) || again(candidate)))
        .collect();
    free.sort_by_key(|candidate| {
        let not_wanted = wanted != Some(candidate.name.as_str());
        (was_tried(candidate), not_wanted, candidate.idle_since, candidate.name.clone())
    });
    free
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::chance::Chance;
    use super::super::console_settings::Rules;
    use super::super::presence::{Happening, State, Wish};
    use super::*;

    fn candidate(name: &str, idle_since: i64) -> Candidate {
        let standing = Standing { state: State::Ready, ..Standing::new() };
        Candidate { name: name.into(), standing, alive: true, engaged: false, idle_since }
    }

    fn names(found: &[&Candidate]) -> Vec<String> {
        found.iter().map(|candidate| candidate.name.clone()).collect()
    }

    #[test]
    fn the_wanted_one_then_the_longest_idle() {
        let floor = [candidate("Ann", 30), candidate("Jane", 20), candidate("Joe", 10)];
        let (never, always) = (|_: &Candidate| false, |_: &Candidate| true);
        assert_eq!(names(&order(&floor, Some("Jane"), &[], never)), ["Jane", "Joe", "Ann"]);
        assert_eq!(names(&order(&floor, None, &[], never)), ["Joe", "Jane", "Ann"]);
        let tried = ["Joe".to_owned()];
        assert_eq!(names(&order(&floor, None, &tried, never)), ["Jane", "Ann"]);
        assert_eq!(names(&order(&floor, Some("Joe"), &tried, always)), ["Jane", "Ann", "Joe"]);
    }

    #[test]
    fn who_declined_is_rung_again_after_a_pause_or_when_they_are_ready_anew() {
        let declined_at = 50_000;
        let again = |idle_since, now| may_ring_again(Some(declined_at), idle_since, now);
        assert!(!again(10_000, declined_at));
        assert!(!again(10_000, declined_at + PAUSE_MS - 1));
        assert!(again(10_000, declined_at + PAUSE_MS));
        assert!(again(declined_at + 1, declined_at + 1), "they have just said that they are ready");
        assert!(may_ring_again(None, 10_000, declined_at), "an offer of before this was kept");
        // The only agent of a direct line.
        let floor = [candidate("Jane", 10_000)];
        let tried = ["Jane".to_owned()];
        let at = |now| names(&order(&floor, Some("Jane"), &tried, |jane| again(jane.idle_since, now)));
        assert_eq!(at(declined_at + 1), Vec::<String>::new());
        assert_eq!(at(declined_at + PAUSE_MS), ["Jane"]);
    }

    #[test]
    fn nobody_who_sleeps_is_busy_or_about_to_leave() {
        let mut floor =
            [candidate("asleep", 1), candidate("engaged", 2), candidate("away", 3), candidate("leaving", 4)];
        floor[0].alive = false;
        floor[1].engaged = true;
        floor[2].standing = floor[2].standing.step(Happening::Asked(Wish::Offline), RULES).unwrap();
        floor[3].standing.pending = Some(Wish::Offline);
        assert_eq!(names(&order(&floor, Some("asleep"), &[], |_| true)), Vec::<String>::new());
    }

    const RULES: Rules =
        Rules { disposition_required: false, misses: 2, return_minutes: None, wrap_up_s: 30, extension_s: 30 };

    struct Agent {
        candidate: Candidate,
        beat: i64,
        call: Option<usize>,
        until: i64,
    }

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum Call {
        Waiting,
        Ringing(usize),
        Talking(usize),
        Over,
    }

    /// Fifty calls, ten agents, and whatever can happen to them, in the order of a seed.
    #[expect(clippy::needless_range_loop, reason = "calls and agents are looked at and changed by turns")]
    fn run(seed: u64) {
        use super::super::presence::{AwayReason, SILENCE_MS};
        let mut chance = Chance(seed);
        let mut agents: Vec<Agent> = (0..10)
            .map(|n| Agent { candidate: candidate(&format!("agent{n}"), n), beat: 0, call: None, until: 0 })
            .collect();
        let mut calls: Vec<Call> = Vec::new();
        let mut offered_to: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut now = 0i64;
        let mut steps = 0;
        while calls.len() < 50 || calls.iter().any(|call| *call != Call::Over) {
            steps += 1;
            assert!(steps < 20_000, "seed {seed}: callers wait for ever");
            now += 200 + i64::try_from(chance.below(1_000)).unwrap();
            if calls.len() < 50 && chance.below(2) == 0 {
                calls.push(Call::Waiting);
            }
            // Beats: some tabs sleep for a while.
            for agent in &mut agents {
                if chance.below(12) != 0 || now - agent.beat > 2 * SILENCE_MS {
                    agent.beat = now;
                    if let Ok(next) = agent.candidate.standing.step(Happening::Heard, RULES) {
                        agent.candidate.standing = next;
                    }
                } else if now - agent.beat > SILENCE_MS {
                    agent.candidate.standing = agent.candidate.standing.step(Happening::Silent, RULES).unwrap();
                }
                if agent.candidate.standing.state == State::WrapUp && now >= agent.until {
                    agent.candidate.standing = agent.candidate.standing.step(Happening::WrappedUp, RULES).unwrap();
                    agent.candidate.idle_since = now;
                }
                let away = matches!(agent.candidate.standing.state, State::Away(_) | State::Offline);
                let wish = if away { Wish::Ready } else { Wish::Away(AwayReason::BREAK) };
                if chance.below(if away { 4 } else { 60 }) == 0
                    && let Ok(next) = agent.candidate.standing.step(Happening::Asked(wish), RULES)
                {
                    agent.candidate.standing = next;
                }
                agent.candidate.alive = now - agent.beat <= SILENCE_MS;
                agent.candidate.engaged = agent.call.is_some();
            }
            // What becomes of the calls.
            for call in 0..calls.len() {
                let step = |agent: &mut Agent, happening| {
                    agent.candidate.standing = agent.candidate.standing.step(happening, RULES).unwrap();
                };
                match calls[call] {
                    Call::Waiting if chance.below(40) == 0 => calls[call] = Call::Over,
                    Call::Ringing(who) => {
                        let agent = &mut agents[who];
                        match chance.below(8) {
                            0..=2 if agent.candidate.standing.state == State::Ringing => {
                                step(agent, Happening::Answered);
                                calls[call] = Call::Talking(who);
                                continue;
                            }
                            3 => step(agent, Happening::Declined),
                            4 => step(agent, Happening::Withdrawn),
                            _ if now >= agent.until => step(agent, Happening::Missed),
                            _ => continue,
                        }
                        assert!(agent.candidate.standing.misses < RULES.misses);
                        agent.call = None;
                        calls[call] = Call::Waiting;
                    }
                    Call::Talking(who) if chance.below(6) == 0 => {
                        step(&mut agents[who], Happening::Ended);
                        agents[who].call = None;
                        agents[who].until = now + RULES.wrap_up_ms();
                        calls[call] = Call::Over;
                    }
                    _ => {}
                }
            }
            // Routing, as the service does it: take the first of the order whose reservation succeeds.
            for call in 0..calls.len() {
                if calls[call] != Call::Waiting {
                    continue;
                }
                let floor: Vec<Candidate> = agents
                    .iter()
                    .map(|agent| Candidate { engaged: agent.call.is_some(), ..agent.candidate.clone() })
                    .collect();
                let Some(best) = order(&floor, None, &[], |_| true).first().map(|best| best.name.clone()) else {
                    break;
                };
                let who = agents.iter().position(|agent| agent.candidate.name == best).unwrap();
                let agent = &mut agents[who];
                assert!(now - agent.beat <= SILENCE_MS, "seed {seed}: a sleeping tab was offered a call");
                assert_eq!(agent.call, None, "seed {seed}: an agent got a second call");
                let longest = floor.iter().filter(|c| c.is_free()).map(|c| c.idle_since).min();
                assert_eq!(Some(agent.candidate.idle_since), longest, "seed {seed}: not the longest idle");
                agent.candidate.standing = agent.candidate.standing.step(Happening::Offered, RULES).unwrap();
                agent.call = Some(call);
                agent.until = now + i64::from(RING_SECONDS) * 1000;
                offered_to.entry(call).or_default().insert(best);
                calls[call] = Call::Ringing(who);
            }
            // No call with two agents, no agent with two calls.
            let mut taken = BTreeSet::new();
            for (call, state) in calls.iter().enumerate() {
                if let Call::Ringing(who) | Call::Talking(who) = state {
                    assert!(taken.insert(*who), "seed {seed}: agent {who} has two calls");
                    assert_eq!(agents[*who].call, Some(call), "seed {seed}");
                }
            }
            assert_eq!(taken.len(), agents.iter().filter(|agent| agent.call.is_some()).count(), "seed {seed}");
        }
        assert!(!offered_to.is_empty());
    }

    #[test]
    fn ten_thousand_days_of_fifty_calls_and_ten_agents() {
        (0..10_000).for_each(run);
    }
}
