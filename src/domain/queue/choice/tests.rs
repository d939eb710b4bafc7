//! What each strategy promises, and many days of several queues that share agents.

use std::collections::BTreeSet;

use super::super::priority::{Rank, turn};
use super::*;
use crate::domain::contact_center::call::{DeskCall, Precedence};
use crate::domain::contact_center::chance::Chance;
use crate::domain::contact_center::console_settings::Rules;
use crate::domain::contact_center::presence::{AwayReason, Happening, SILENCE_MS, Standing, State, Wish};
use crate::domain::contact_center::routing::{PAUSE_MS, RING_SECONDS};

const RULES: Rules =
    Rules { disposition_required: false, misses: 2, return_minutes: None, wrap_up_s: 30, extension_s: 30 };

fn candidate(name: &str, idle_since: i64) -> Candidate {
    let standing = Standing { state: State::Ready, ..Standing::new() };
    Candidate { name: name.into(), standing, alive: true, engaged: false, idle_since, offered_at: 0, taken: 0 }
}

fn names(found: &[&Candidate]) -> Vec<String> {
    found.iter().map(|candidate| candidate.name.clone()).collect()
}

static NOBODY: BTreeMap<String, i64> = BTreeMap::new();

fn caller<'a>(queue: &'a Queue, wanted: Option<&'a str>, tried: &'a [String], again: bool) -> Caller<'a> {
    Caller { queue, wanted, tried, refused_at: &NOBODY, again }
}

fn member(agent: &str, priority: u8, skill: u8) -> Member {
    Member { agent: agent.into(), priority, skill }
}

#[test]
fn the_wanted_one_then_the_longest_idle() {
    let floor = [candidate("Ann", 30), candidate("Jane", 20), candidate("Joe", 10)];
    let queue = Queue::standing();
    let order = |wanted, tried: &[String], again| names(&order(&caller(&queue, wanted, tried, again), &floor, 40));
    assert_eq!(order(Some("Jane"), &[], false), ["Jane", "Joe", "Ann"]);
    assert_eq!(order(None, &[], false), ["Joe", "Jane", "Ann"]);
    let tried = ["Joe".to_owned()];
    // An offer that an older version made has no time at which it was refused.
    assert_eq!(order(None, &tried, false), ["Jane", "Ann", "Joe"]);
    assert_eq!(order(Some("Joe"), &tried, true), ["Jane", "Ann", "Joe"]);
}

#[test]
fn somebody_who_declined_is_rung_again_after_a_pause() {
    // The only agent of a direct line.
    let floor = [candidate("Jane", 10_000)];
    let (queue, tried) = (Queue::standing(), ["Jane".to_owned()]);
    let refused_at = BTreeMap::from([("Jane".to_owned(), 50_000)]);
    let at = |now, again| {
        let caller = Caller { queue: &queue, wanted: Some("Jane"), tried: &tried, refused_at: &refused_at, again };
        names(&order(&caller, &floor, now))
    };
    assert_eq!(at(50_001, false), Vec::<String>::new());
    assert_eq!(at(50_001, true), ["Jane"]);
    assert_eq!(at(50_000 + PAUSE_MS, false), ["Jane"]);
}

#[test]
fn nobody_who_sleeps_is_busy_or_about_to_leave() {
    let mut floor = [candidate("asleep", 1), candidate("engaged", 2), candidate("away", 3), candidate("leaving", 4)];
    floor[0].alive = false;
    floor[1].engaged = true;
    floor[2].standing = floor[2].standing.step(Happening::Asked(Wish::Offline), RULES).unwrap();
    floor[3].standing.pending = Some(Wish::Offline);
    let queue = Queue::standing();
    assert_eq!(names(&order(&caller(&queue, Some("asleep"), &[], true), &floor, 9)), Vec::<String>::new());
}

#[test]
fn only_members_take_callers_but_whom_they_asked_for_does_too() {
    let floor = [candidate("Ann", 1), candidate("Jane", 2), candidate("Joe", 3)];
    let queue = Queue { members: vec![member("Joe", 1, 1), member("Jane", 2, 5)], ..Queue::default() };
    assert_eq!(names(&order(&caller(&queue, None, &[], false), &floor, 9)), ["Joe", "Jane"]);
    assert_eq!(names(&order(&caller(&queue, Some("Ann"), &[], false), &floor, 9)), ["Ann", "Joe", "Jane"]);
}

#[test]
fn most_skilled_is_the_highest_skill_and_then_the_longest_idle() {
    let floor = [candidate("Ann", 1), candidate("Jane", 2), candidate("Joe", 3), candidate("Zoe", 0)];
    let members = vec![member("Ann", 1, 2), member("Jane", 1, 5), member("Joe", 1, 5), member("Zoe", 2, 5)];
    let queue = Queue { members, strategy: Strategy::MostSkilled, ..Queue::default() };
    assert_eq!(names(&order(&caller(&queue, None, &[], false), &floor, 9)), ["Jane", "Joe", "Ann", "Zoe"]);
}

/// Which agent gets each of `calls` calls, when everybody is always free.
fn shares(strategy: Strategy, taken: [u32; 3], calls: u32) -> [u32; 3] {
    let queue = Queue { strategy, ..Queue::standing() };
    let mut floor = ["Ann", "Jane", "Joe"].map(|name| candidate(name, 0));
    for (agent, taken) in floor.iter_mut().zip(taken) {
        agent.taken = taken;
    }
    for now in 1..=i64::from(calls) {
        let best = order(&caller(&queue, None, &[], false), &floor, now)[0].name.clone();
        let agent = floor.iter_mut().find(|agent| agent.name == best).unwrap();
        (agent.offered_at, agent.idle_since, agent.taken) = (now, now, agent.taken + 1);
    }
    floor.map(|agent| agent.taken)
}

#[test]
fn round_robin_gives_each_the_same_and_fewest_calls_evens_out() {
    assert_eq!(shares(Strategy::RoundRobin, [0, 0, 0], 30), [10, 10, 10]);
    assert_eq!(shares(Strategy::RoundRobin, [7, 0, 0], 30), [17, 10, 10], "what they took before does not count");
    assert_eq!(shares(Strategy::FewestCalls, [7, 0, 2], 12), [7, 7, 7]);
    assert_eq!(shares(Strategy::LongestIdle, [7, 0, 0], 30), [17, 10, 10]);
}

#[test]
fn nobody_overtakes_a_caller_whom_the_agent_is_due_to() {
    let floor = [candidate("Ann", 1), candidate("Jane", 2)];
    let sales = Queue { members: vec![member("Ann", 1, 1)], ..Queue::default() };
    let all = Queue::standing();
    let (waits, comes) = (caller(&sales, None, &[], false), caller(&all, None, &[], false));
    assert_eq!(names(&order_behind(&[], &comes, &floor, 9)), ["Ann", "Jane"]);
    assert_eq!(names(&order_behind(&[waits], &comes, &floor, 9)), ["Jane"]);
    // Both agents are due to those who came before.
    assert_eq!(names(&order_behind(&[waits, comes], &comes, &floor, 9)), Vec::<String>::new());
    // Whom the one before does not reach is not kept from the next.
    let asks_jane = caller(&sales, Some("Jane"), &[], false);
    assert_eq!(names(&order_behind(&[waits], &asks_jane, &floor, 9)), ["Jane"]);
}

struct Agent {
    candidate: Candidate,
    beat: i64,
    call: Option<usize>,
    until: i64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Where {
    Waiting,
    Ringing(usize),
    Talking(usize),
    Over,
}

struct Call {
    at: Where,
    queue: usize,
    wanted: Option<String>,
    desk: DeskCall,
}

/// Agents, queues and calls, and what can happen to them in the order of a seed.
struct Day {
    seed: u64,
    chance: Chance,
    now: i64,
    agents: Vec<Agent>,
    queues: Vec<Queue>,
    calls: Vec<Call>,
}

impl Day {
    fn begin(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let agents = (0..8_i64)
            .map(|n| Agent { candidate: candidate(&format!("agent{n}"), n), beat: 0, call: None, until: 0 })
            .collect();
        let mut queues = Vec::new();
        for at in 0..3 {
            let strategy = Strategy::EVERY[chance.index(4)];
            let rank = Rank::EVERY[chance.index(3)];
            let mut members = Vec::new();
            for n in 0..8 {
                if chance.below(3) != 0 {
                    let (priority, skill) = (1 + chance.index(3), 1 + chance.index(5));
                    let number = |n: usize| u8::try_from(n).unwrap();
                    members.push(member(&format!("agent{n}"), number(priority), number(skill)));
                }
            }
            // One of the three takes everybody, so that all callers are answered in the end.
            queues.push(Queue { strategy, rank, members, everybody: at == 0, ..Queue::default() });
        }
        Self { seed, chance, now: 0, agents, queues, calls: Vec::new() }
    }

    fn comes(&mut self) {
        let n = self.calls.len();
        // A queue without members would keep its callers for ever; the operator is told of it.
        let queue = Some(self.chance.index(3)).filter(|at| !self.queues[*at].members.is_empty()).unwrap_or(0);
        let wanted = (self.chance.below(5) == 0).then(|| format!("agent{}", self.chance.below(8)));
        let precedence = Precedence { is_first: self.chance.below(10) == 0, gave_up: self.chance.below(10) == 0 };
        let desk = DeskCall { id: format!("{n:03}"), queued_at: Some(self.now), precedence, ..DeskCall::default() };
        self.calls.push(Call { at: Where::Waiting, queue, wanted, desk });
    }

    /// Signs of life, breaks and the end of wrap-up.
    fn agents_live(&mut self) {
        for agent in &mut self.agents {
            let standing = &mut agent.candidate.standing;
            if self.chance.below(12) != 0 || self.now - agent.beat > 2 * SILENCE_MS {
                agent.beat = self.now;
                *standing = standing.step(Happening::Heard, RULES).unwrap_or(*standing);
            } else if self.now - agent.beat > SILENCE_MS {
                *standing = standing.step(Happening::Silent, RULES).unwrap();
            }
            if standing.state == State::WrapUp && self.now >= agent.until {
                *standing = standing.step(Happening::WrappedUp, RULES).unwrap();
                agent.candidate.idle_since = self.now;
            }
            let away = matches!(standing.state, State::Away(_) | State::Offline);
            let wish = if away { Wish::Ready } else { Wish::Away(AwayReason::BREAK) };
            if self.chance.below(if away { 4 } else { 60 }) == 0 {
                *standing = standing.step(Happening::Asked(wish), RULES).unwrap_or(*standing);
            }
            agent.candidate.alive = self.now - agent.beat <= SILENCE_MS;
        }
    }

    fn calls_live(&mut self) {
        for call in &mut self.calls {
            match call.at {
                Where::Waiting if self.chance.below(40) == 0 => call.at = Where::Over,
                Where::Ringing(who) => {
                    let agent = &mut self.agents[who];
                    let standing = &mut agent.candidate.standing;
                    let happening = match self.chance.below(8) {
                        0..=2 if standing.state == State::Ringing => {
                            *standing = standing.step(Happening::Answered, RULES).unwrap();
                            agent.candidate.taken += 1;
                            call.at = Where::Talking(who);
                            continue;
                        }
                        3 => Happening::Declined,
                        4 => Happening::Withdrawn,
                        _ if self.now >= agent.until => Happening::Missed,
                        _ => continue,
                    };
                    *standing = standing.step(happening, RULES).unwrap();
                    assert!(standing.misses < RULES.misses);
                    agent.call = None;
                    call.at = Where::Waiting;
                }
                Where::Talking(who) if self.chance.below(6) == 0 => {
                    let agent = &mut self.agents[who];
                    agent.candidate.standing = agent.candidate.standing.step(Happening::Ended, RULES).unwrap();
                    (agent.call, agent.until) = (None, self.now + RULES.wrap_up_ms());
                    call.at = Where::Over;
                }
                _ => {}
            }
        }
    }

    fn floor(&self) -> Vec<Candidate> {
        let engaged = |agent: &Agent| Candidate { engaged: agent.call.is_some(), ..agent.candidate.clone() };
        self.agents.iter().map(engaged).collect()
    }

    fn as_caller(&self, call: usize) -> Caller<'_> {
        let call = &self.calls[call];
        caller(&self.queues[call.queue], call.wanted.as_deref(), &[], true)
    }

    /// Those who wait, the next first.
    fn waiting(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> =
            (0..self.calls.len()).filter(|call| self.calls[*call].at == Where::Waiting).collect();
        let rank = |call: &Call| self.queues[call.queue].rank;
        waiting.sort_by(|one, other| {
            let (one, other) = (&self.calls[*one], &self.calls[*other]);
            turn(&one.desk, rank(one)).cmp(&turn(&other.desk, rank(other)))
        });
        waiting
    }

    /// Those who wait and are due an agent.
    fn due(&self) -> Vec<usize> {
        let (waiting, floor) = (self.waiting(), self.floor());
        let callers: Vec<Caller<'_>> = waiting.iter().map(|call| self.as_caller(*call)).collect();
        let due = due(&callers, &floor, self.now);
        waiting.into_iter().zip(due).filter(|(_, agents)| !agents.is_empty()).map(|(call, _)| call).collect()
    }

    /// As the service does it: for one caller, behind those who are before them.
    fn assign(&mut self, call: usize) {
        let (seed, floor, waiting) = (self.seed, self.floor(), self.waiting());
        let before: Vec<Caller<'_>> =
            waiting.iter().take_while(|at| **at != call).map(|at| self.as_caller(*at)).collect();
        let wants = self.as_caller(call);
        let rings = rung(&wants, &order_behind(&before, &wants, &floor, self.now));
        self.rings_by_the_rules(&wants, &rings);
        // Of those at whom a caller rings together anybody may be the first to accept.
        let first = (self.now + i64::try_from(call).unwrap()) as usize % rings.len().max(1);
        let Some(best) = rings.get(first).copied().cloned() else { return };
        // Each of those before gets whom they would have got had this one not come. It takes long: looked at now and then.
        let looks = self.now % 16 == 0;
        let without: Vec<Candidate> = floor.iter().filter(|agent| agent.name != best.name).cloned().collect();
        if looks {
            let names = |floor: &[Candidate]| -> Vec<Vec<String>> {
                let due = due(&before, floor, self.now).into_iter();
                due.map(|agents| agents.into_iter().map(|agent| agent.name.clone()).collect()).collect()
            };
            assert_eq!(names(&floor), names(&without), "seed {seed}: a caller was overtaken");
        }
        let (queue, asked_for) = (wants.queue, wants.wanted == Some(best.name.as_str()));
        assert!(asked_for || queue.member(&best.name).is_some(), "seed {seed}: no member");
        if before.is_empty() && !asked_for {
            self.keeps_its_promise(queue, &best, &floor);
        }
        let who = self.agents.iter().position(|agent| agent.candidate.name == best.name).unwrap();
        let agent = &mut self.agents[who];
        assert!(self.now - agent.beat <= SILENCE_MS, "seed {seed}: a sleeping tab was offered a call");
        assert_eq!(agent.call, None, "seed {seed}: an agent got a second call");
        agent.candidate.standing = agent.candidate.standing.step(Happening::Offered, RULES).unwrap();
        agent.candidate.offered_at = self.now;
        (agent.call, agent.until) = (Some(call), self.now + i64::from(RING_SECONDS) * 1000);
        self.calls[call].at = Where::Ringing(who);
    }

    /// Several ring only where the queue rings all; all of them are free and of one priority, and there are not too many.
    fn rings_by_the_rules(&self, wants: &Caller<'_>, rings: &[&Candidate]) {
        let seed = self.seed;
        let most = if wants.queue.strategy == Strategy::RingAll { MOST_RUNG } else { 1 };
        assert!(rings.len() <= most, "seed {seed}: {} ring", rings.len());
        let names: BTreeSet<&str> = rings.iter().map(|agent| agent.name.as_str()).collect();
        assert_eq!(names.len(), rings.len(), "seed {seed}: somebody rings twice");
        assert!(rings.iter().all(|agent| agent.is_free()), "seed {seed}: somebody rings who is not free");
        if rings.len() > 1 {
            let priorities: BTreeSet<_> =
                rings.iter().map(|agent| wants.queue.member(&agent.name).map(|own| own.priority)).collect();
            assert_eq!(priorities.len(), 1, "seed {seed}: they are not of one priority");
        }
    }

    /// Of the members who are free, one of the first priority, and by the strategy there is no better one.
    fn keeps_its_promise(&self, queue: &Queue, best: &Candidate, floor: &[Candidate]) {
        let seed = self.seed;
        let own = queue.member(&best.name).unwrap();
        for other in floor.iter().filter(|other| other.is_free()) {
            let Some(member) = queue.member(&other.name) else { continue };
            assert!(member.priority >= own.priority, "seed {seed}: {} is of a better priority", other.name);
            if member.priority > own.priority {
                continue;
            }
            let better = match queue.strategy {
                Strategy::LongestIdle => other.idle_since < best.idle_since,
                Strategy::RoundRobin => other.offered_at < best.offered_at,
                Strategy::FewestCalls => other.taken < best.taken,
                Strategy::MostSkilled => member.skill > own.skill,
                Strategy::RingAll => false,
            };
            assert!(!better, "seed {seed}: {} is better than {} by {:?}", other.name, best.name, queue.strategy);
        }
    }

    /// No call with two agents, no agent with two calls.
    fn is_sound(&self) {
        let seed = self.seed;
        let mut taken = BTreeSet::new();
        for (at, call) in self.calls.iter().enumerate() {
            if let Where::Ringing(who) | Where::Talking(who) = call.at {
                assert!(taken.insert(who), "seed {seed}: agent {who} has two calls");
                assert_eq!(self.agents[who].call, Some(at), "seed {seed}");
            }
        }
        let engaged = self.agents.iter().filter(|agent| agent.call.is_some()).count();
        assert_eq!(taken.len(), engaged, "seed {seed}");
    }

    fn run(seed: u64) {
        let mut day = Self::begin(seed);
        let mut steps = 0;
        while day.calls.len() < 40 || day.calls.iter().any(|call| call.at != Where::Over) {
            steps += 1;
            assert!(steps < 20_000, "seed {seed}: callers wait for ever");
            day.now += 200 + i64::try_from(day.chance.below(1_000)).unwrap();
            if day.calls.len() < 40 && day.chance.below(2) == 0 {
                day.comes();
                // Who has just come is looked at at once, often before those who wait.
                if day.chance.below(2) == 0 {
                    day.assign(day.calls.len() - 1);
                }
            }
            day.agents_live();
            day.calls_live();
            for call in day.due() {
                day.assign(call);
            }
            day.is_sound();
        }
    }
}

#[test]
fn ten_thousand_days_of_forty_calls_three_queues_and_eight_agents() {
    (0..10_000).for_each(Day::run);
}
