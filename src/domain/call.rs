//! The call record: what is known of a call after any of its webhooks.
//!
//! The platform delivers events late, twice and in any order, and gives `started` and `ringing` the same
//! timestamp, so neither arrival nor the payload's clock may decide. The record is therefore a *join
//! semilattice*: every webhook becomes a small record of its own ([`Call::of`]) and records are joined field by field
//! with a rank, a minimum or a maximum ([`Call::join`]). Joining is commutative, associative and idempotent; the tests
//! prove it by permutation. Nothing here knows when a webhook arrived.

mod count;
mod event;
mod left;
pub mod listed;
pub mod merge;
mod price;
pub mod stages;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::line::OUTBOUND;
pub use count::CallCount;
pub use event::{Change, Direction, Event, Fact, Status};
pub use left::Left;
pub use price::Price;

/// How far a leg got, in the only order that means anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reached {
    #[default]
    Known,
    Started,
    Ringing,
    Answered,
}

/// Why a leg was never, or no longer, talked on. Ordered by how much it says: of two failures the higher one is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Failure {
    Cancelled,
    NoAnswer,
    Failed,
    Rejected,
    Busy,
}

/// One party's connection to the call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Leg {
    pub from: Option<String>,
    pub to: Option<String>,
    pub direction: Option<Direction>,
    pub reached: Reached,
    pub failure: Option<Failure>,
    /// The platform said `completed` (or the WebSocket was `disconnected`).
    pub completed: bool,
    /// Earliest payload time of each step, ms UTC.
    pub started_at: Option<i64>,
    pub answered_at: Option<i64>,
    /// Latest payload time at which the leg was said to be over, ms UTC.
    pub ended_at: Option<i64>,
    pub duration_seconds: Option<u32>,
    pub price: Option<Price>,
    pub network: Option<String>,
    pub disconnected_by: Option<String>,
    pub sip_code: Option<u16>,
    /// An answering machine took the call, as machine detection says.
    pub machine: bool,
    /// A person took the call, as machine detection says.
    #[serde(default)]
    pub human: bool,
}

impl Leg {
    /// Nothing more will be heard on this leg.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.completed || self.failure.is_some()
    }

    /// Somebody, or something, took the call. Its `answered` event may be lost; then the end of the leg tells: what never
    /// was answered has no duration.
    #[must_use]
    pub fn was_answered(&self) -> bool {
        let lasted = self.duration_seconds.is_some_and(|seconds| seconds > 0);
        self.reached == Reached::Answered || (self.completed && lasted && self.failure.is_none())
    }

    /// A person took the call. Without machine detection every answer counts as a person.
    #[must_use]
    pub fn by_person(&self) -> bool {
        self.was_answered() && (self.human || !self.machine)
    }

    /// When it was answered, ms UTC: as the platform told, else from its end and duration, else its start.
    #[must_use]
    pub fn answered_time(&self) -> Option<i64> {
        if self.answered_at.is_some() || !self.was_answered() {
            return self.answered_at;
        }
        let began = self.ended_at.zip(self.duration_seconds).map(|(end, seconds)| end - i64::from(seconds) * 1000);
        began.or(self.started_at)
    }

    fn of(event: &Event) -> Self {
        let mut leg =
            Self { from: event.from.clone(), to: event.to.clone(), direction: event.direction, ..Self::default() };
        let Fact::Status(change) = &event.fact else { return leg };
        let failure = |reason| (Reached::Known, Some(reason));
        let (reached, failed) = match change.status {
            Status::Started => (Reached::Started, None),
            Status::Ringing => (Reached::Ringing, None),
            Status::Answered | Status::Human | Status::Machine => (Reached::Answered, None),
            Status::Busy => failure(Failure::Busy),
            Status::Cancelled => failure(Failure::Cancelled),
            Status::Unanswered | Status::Timeout => failure(Failure::NoAnswer),
            Status::Rejected => failure(Failure::Rejected),
            Status::Failed => failure(Failure::Failed),
            Status::Completed | Status::Disconnected | Status::Unknown => (Reached::Known, None),
        };
        leg.reached = reached;
        leg.failure = failed;
        leg.completed = matches!(change.status, Status::Completed | Status::Disconnected);
        leg.machine = change.status == Status::Machine;
        leg.human = change.status == Status::Human;
        leg.started_at = if change.status == Status::Started { event.at } else { change.start_time };
        leg.answered_at = if reached == Reached::Answered { event.at } else { None };
        leg.ended_at = if leg.is_over() { change.end_time.or(event.at) } else { None };
        leg.duration_seconds = change.duration_seconds;
        leg.price = change.price;
        leg.network.clone_from(&change.network);
        leg.disconnected_by.clone_from(&change.disconnected_by);
        leg.sip_code = change.sip_code;
        leg
    }

    fn join(&mut self, other: &Self) {
        highest(&mut self.from, &other.from);
        highest(&mut self.to, &other.to);
        highest(&mut self.direction, &other.direction);
        self.reached = self.reached.max(other.reached);
        highest(&mut self.failure, &other.failure);
        self.completed |= other.completed;
        lowest(&mut self.started_at, other.started_at);
        lowest(&mut self.answered_at, other.answered_at);
        highest(&mut self.ended_at, &other.ended_at);
        highest(&mut self.duration_seconds, &other.duration_seconds);
        highest(&mut self.price, &other.price);
        highest(&mut self.network, &other.network);
        highest(&mut self.disconnected_by, &other.disconnected_by);
        highest(&mut self.sip_code, &other.sip_code);
        self.machine |= other.machine;
        self.human |= other.human;
    }
}

fn highest<T: Ord + Clone>(mine: &mut Option<T>, theirs: &Option<T>) {
    // `None` is the lowest value of an `Option`, so this is also "first non-null".
    if *theirs > *mine {
        mine.clone_from(theirs);
    }
}

fn lowest(mine: &mut Option<i64>, theirs: Option<i64>) {
    *mine = match (*mine, theirs) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

/// A call: the join of all its webhooks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Call {
    /// By leg id. A `BTreeMap`, so that equal records print equal text.
    pub legs: BTreeMap<String, Leg>,
    /// The legs for which the platform asked us what to do: the callers.
    pub callers: BTreeSet<String>,
    /// The line that took the call.
    pub line: Option<String>,
    /// The Client SDK user that called.
    pub user: Option<String>,
    /// The platform's address for requests about the call; `None` where it is the configured one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Conversations that legs of this one moved to.
    pub moved_to: BTreeSet<String>,
    /// Conversations that they left then.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub moved_from: BTreeSet<String>,
    /// What the platform complained about.
    pub problems: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Left::is_nothing")]
    pub left: Left,
}

/// Where a call is, as the person in it sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// The caller is there, nobody is being rung yet.
    Connecting,
    /// Somebody's phone rings.
    Ringing,
    /// At least two people are connected.
    Talking,
    Ended(Outcome),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Two people were connected.
    Answered,
    /// An answering machine or a mailbox took the call, and no person did.
    Voicemail,
    Busy,
    Rejected,
    NoAnswer,
    Failed,
    /// The caller left before anybody answered.
    Abandoned,
    /// The caller left a message for the agents.
    LeftMessage,
    /// The caller asked the agents to call back.
    CallBack,
}

impl Outcome {
    /// Nobody talked to the caller, although everything worked.
    #[must_use]
    pub fn is_missed(self) -> bool {
        !matches!(self, Self::Answered | Self::Failed)
    }

    /// The word for it in SQL, JSON and URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Voicemail => "voicemail",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::NoAnswer => "no-answer",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
            Self::LeftMessage => "left-message",
            Self::CallBack => "call-back",
        }
    }
}

impl Phase {
    /// The word for it in SQL, JSON and URLs: a phase of a running call, or the outcome of an ended one.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Ringing => "ringing",
            Self::Talking => "talking",
            Self::Ended(outcome) => outcome.name(),
        }
    }
}

impl Call {
    /// What one webhook says, as a record of its own.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let mut call = Self::default();
        if let Some(leg) = &event.leg {
            call.legs.insert(leg.clone(), Leg::of(event));
        }
        match &event.fact {
            Fact::Asked { line, user, region } => {
                call.callers.extend(event.leg.clone());
                call.line = Some(line.clone());
                call.user.clone_from(user);
                call.region.clone_from(region);
            }
            Fact::Moved { to } => {
                call.moved_to.extend(Some(to.clone()));
                call.moved_from.extend(Some(event.conversation.clone()));
            }
            Fact::Problem { reason } => call.problems.extend(Some(reason.clone())),
            Fact::Left(left) => call.left.clone_from(left),
            Fact::Status(_) | Fact::Noted { .. } => {}
        }
        call
    }

    /// Adds what another record of the same call knows.
    pub fn join(&mut self, other: &Self) {
        for (id, leg) in &other.legs {
            self.legs.entry(id.clone()).or_default().join(leg);
        }
        self.callers.extend(other.callers.iter().cloned());
        highest(&mut self.line, &other.line);
        highest(&mut self.user, &other.user);
        highest(&mut self.region, &other.region);
        self.moved_to.extend(other.moved_to.iter().cloned());
        self.moved_from.extend(other.moved_from.iter().cloned());
        self.problems.extend(other.problems.iter().cloned());
        self.left.join(&other.left);
    }

    /// Adds what a webhook says.
    pub fn apply(&mut self, event: &Event) {
        self.join(&Self::of(event));
    }

    /// The record that these webhooks make, in whatever order they come.
    #[must_use]
    pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut call = Self::default();
        events.into_iter().for_each(|event| call.apply(event));
        call
    }

    /// The conversation in which a call began that nobody asked us about, as far as its moves tell: the first by name of
    /// those that legs left and never came to; where they went round in a circle, the first of all. By what is told, not
    /// by when.
    #[must_use]
    pub fn began_in(&self) -> Option<&String> {
        let began = self.moved_from.difference(&self.moved_to).next();
        began.or_else(|| self.moved_from.first().into_iter().chain(self.moved_to.first()).min())
    }

    /// The leg of the person who called: the one we were asked about, else an inbound one.
    #[must_use]
    pub fn caller(&self) -> Option<&Leg> {
        let asked = self.callers.iter().find_map(|id| self.legs.get(id));
        asked.or_else(|| self.legs.values().find(|leg| leg.direction == Some(Direction::Inbound)))
    }

    /// The legs of those who were called.
    pub fn callees(&self) -> impl Iterator<Item = &Leg> {
        let is_caller = |id: &str, leg: &Leg| self.callers.contains(id) || leg.direction == Some(Direction::Inbound);
        self.legs.iter().filter(move |(id, leg)| !is_caller(id, leg)).map(|(_, leg)| leg)
    }

    /// Whom the caller called, as webhooks write it. A telephone's call is known by the number that was dialled, wherever
    /// it led, and so is an agent's call to a telephone, even when a colleague takes it over. Any other browser dials no number: its
    /// call is known by who answered first, and before that by who rang first.
    #[must_use]
    pub fn called(&self) -> Option<&String> {
        let dialled = self.caller().and_then(|leg| leg.to.as_ref());
        let first = |leg: &&Leg| {
            (!leg.was_answered(), leg.answered_time().or(leg.started_at).unwrap_or(i64::MAX), leg.to.clone())
        };
        let reached = self.callees().filter(|leg| leg.to.is_some()).min_by_key(first).and_then(|leg| leg.to.as_ref());
        let dials = self.user.is_none() || self.line.as_deref() == Some(OUTBOUND);
        if dials { dialled.or(reached) } else { reached.or(dialled) }
    }

    /// Where the call is now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let over = match self.caller() {
            // An agent who called and handed the call over leaves two others talking.
            Some(caller) => caller.is_over() && self.connected() < 2,
            None => !self.legs.is_empty() && self.legs.values().all(Leg::is_over),
        };
        if over {
            return Phase::Ended(self.outcome());
        }
        let furthest = self.callees().filter(|leg| !leg.is_over()).map(|leg| leg.reached).max();
        match furthest {
            Some(Reached::Answered) => Phase::Talking,
            Some(Reached::Ringing) => Phase::Ringing,
            _ => Phase::Connecting,
        }
    }

    /// How many of those who were called are there.
    fn connected(&self) -> usize {
        self.callees().filter(|leg| leg.reached == Reached::Answered && !leg.is_over()).count()
    }

    /// How the call ends if it ends now.
    fn outcome(&self) -> Outcome {
        if self.was_answered() {
            return Outcome::Answered;
        }
        if let Some(left) = self.left.outcome() {
            return left;
        }
        if self.callees().any(Leg::was_answered) {
            return Outcome::Voicemail;
        }
        match self.callees().filter_map(|leg| leg.failure).max() {
            Some(Failure::Busy) => Outcome::Busy,
            Some(Failure::Rejected) => Outcome::Rejected,
            Some(Failure::Failed) => Outcome::Failed,
            Some(Failure::NoAnswer) => Outcome::NoAnswer,
            Some(Failure::Cancelled) | None if self.problems.is_empty() => Outcome::Abandoned,
            Some(Failure::Cancelled) | None => Outcome::Failed,
        }
    }

    /// Whether a person who was called took it.
    #[must_use]
    pub fn was_answered(&self) -> bool {
        self.callees().any(Leg::by_person)
    }

    /// When two people were first connected, ms UTC of the payload.
    #[must_use]
    pub fn answered_at(&self) -> Option<i64> {
        self.callees().filter(|leg| leg.by_person()).filter_map(Leg::answered_time).min()
    }

    /// When the last of those who talked was gone, ms UTC of the payload; `None` before.
    #[must_use]
    pub fn ended_at(&self) -> Option<i64> {
        let there = self.callees().filter(|leg| leg.was_answered()).chain(self.caller());
        let last = there.filter_map(|leg| leg.ended_at).max();
        last.filter(|_| matches!(self.phase(), Phase::Ended(_)))
    }

    /// Seconds that two people talked. Of one called leg, what the platform charged for it; of several, such as those of
    /// a call that was handed over, the time that any of them was there. `None` when no person answered.
    #[must_use]
    pub fn talk_seconds(&self) -> Option<u32> {
        let people = || self.callees().filter(|leg| leg.by_person());
        let charged = people().filter_map(|leg| leg.duration_seconds).max()?;
        let mut spans: Vec<(i64, i64)> =
            people().filter_map(|leg| leg.answered_time().zip(leg.ended_at)).filter(|(from, to)| from < to).collect();
        if spans.len() < 2 {
            return Some(charged);
        }
        spans.sort_unstable();
        let (mut until, mut ms) = (i64::MIN, 0);
        for (from, to) in spans {
            ms += (to - from.max(until)).max(0);
            until = until.max(to);
        }
        let seconds = ms.saturating_add(999) / 1000;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX).max(charged))
    }
}
