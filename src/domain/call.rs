//! The call record: what is known of a call after any of its webhooks.
//!
//! The platform delivers events late, twice and in any order, and gives `started` and `ringing` the same
//! timestamp, so neither arrival nor the payload's clock may decide. The record is therefore a *join
//! semilattice*: every webhook becomes a small record of its own ([`Call::of`]) and records are joined field by field
//! with a rank, a minimum or a maximum ([`Call::join`]). Joining is commutative, associative and idempotent; the tests
//! prove it by permutation. Nothing here knows when a webhook arrived.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::line::OUTBOUND;

/// One webhook, reduced to what changes a record. The server's `vonage::webhook` makes these from raw bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// `conversation_uuid`: which call.
    pub conversation: String,
    /// `uuid` (or `call_uuid`): which leg of it. Events of the call as a whole have none.
    pub leg: Option<String>,
    /// As the webhook says: digits, a user's name, a WebSocket's URI, or "anonymous".
    pub from: Option<String>,
    pub to: Option<String>,
    pub direction: Option<Direction>,
    /// The payload's `timestamp`, ms UTC. Shown to people; orders nothing.
    pub at: Option<i64>,
    pub fact: Fact,
}

/// What a webhook says happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// The answer webhook: the platform asked what to do with this caller, and we decided.
    Asked {
        /// [`super::line::Line::name`] of the line that took the call.
        line: String,
        /// The Client SDK user that called, if it was one.
        user: Option<String>,
        /// The platform's address for requests about the call, when it is the platform's.
        #[serde(default)]
        region: Option<String>,
    },
    /// A leg changed.
    Status(Change),
    /// A leg moved to another conversation.
    Moved { to: String },
    /// The platform reports something wrong with the call, such as an NCCO it refuses.
    Problem { reason: String },
    /// Kept raw, shown in the timeline, without effect on the record: input, record, notify, and whatever is new.
    Noted { kind: String },
}

/// A leg's status event.
///
/// Source: <https://developer.vonage.com/en/voice/voice-api/webhook-reference>.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Change {
    pub status: Status,
    pub detail: Option<String>,
    /// ms UTC.
    pub start_time: Option<i64>,
    /// ms UTC.
    pub end_time: Option<i64>,
    pub duration_seconds: Option<u32>,
    pub price: Option<Price>,
    pub network: Option<String>,
    pub disconnected_by: Option<String>,
    pub sip_code: Option<u16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    Inbound,
    Outbound,
}

/// What a status event can say. A status that the platform invents tomorrow is [`Status::Unknown`] and changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Started,
    Ringing,
    Answered,
    Human,
    Machine,
    Busy,
    Cancelled,
    Unanswered,
    Rejected,
    Failed,
    Timeout,
    Completed,
    Disconnected,
    #[default]
    Unknown,
}

impl Status {
    /// The platform's word for it; anything else is [`Status::Unknown`].
    #[must_use]
    pub fn parse(word: &str) -> Self {
        match word {
            "started" => Self::Started,
            "ringing" => Self::Ringing,
            "answered" => Self::Answered,
            "human" => Self::Human,
            "machine" => Self::Machine,
            "busy" => Self::Busy,
            "cancelled" => Self::Cancelled,
            "unanswered" => Self::Unanswered,
            "rejected" => Self::Rejected,
            "failed" => Self::Failed,
            "timeout" => Self::Timeout,
            "completed" => Self::Completed,
            "disconnected" => Self::Disconnected,
            _ => Self::Unknown,
        }
    }
}

/// Money in hundred-millionths of a euro: the platform writes eight decimals ("0.00015000").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Price(pub i64);

impl Price {
    /// Reads the platform's decimal text; `None` for anything else, for a price is never worth refusing a webhook.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        if whole.is_empty() || whole.len() > 9 || fraction.len() > 8 {
            return None;
        }
        if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        format!("{whole}{fraction:0<8}").parse().ok().map(Self)
    }
}

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
}

impl Outcome {
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

    /// What the call cost so far: every leg is charged by itself.
    #[must_use]
    pub fn price(&self) -> Option<Price> {
        let prices: Vec<i64> = self.legs.values().filter_map(|leg| leg.price).map(|price| price.0).collect();
        (!prices.is_empty()).then(|| Price(prices.iter().sum()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALLER: &str = "leg-caller";
    const CALLEE: &str = "leg-callee";

    fn asked() -> Event {
        Event {
            conversation: "CON-1".into(),
            leg: Some(CALLER.into()),
            from: None,
            to: Some("442079460000".into()),
            direction: None,
            at: None,
            fact: Fact::Asked { line: "support".into(), user: Some("visitor-1".into()), region: None },
        }
    }

    fn status(leg: &str, status: Status, at: i64) -> Event {
        let direction = if leg == CALLER { Direction::Inbound } else { Direction::Outbound };
        let completed = status == Status::Completed;
        Event {
            conversation: "CON-1".into(),
            leg: Some(leg.into()),
            from: Some("442079460000".into()),
            to: Some("447700900000".into()),
            direction: Some(direction),
            at: Some(at),
            fact: Fact::Status(Change {
                status,
                duration_seconds: completed.then_some(17),
                price: completed.then_some(Price(15_000)),
                end_time: completed.then_some(at),
                disconnected_by: completed.then(|| "user".to_owned()),
                ..Change::default()
            }),
        }
    }

    /// The calls that the suite permutes: every way a click-to-call call can go.
    fn flows() -> Vec<(Vec<Event>, Outcome)> {
        use Status::*;
        let call = |steps: &[(&str, Status)]| {
            let mut events = vec![asked()];
            // `started` and `ringing` share a timestamp, as the platform's do.
            events
                .extend(steps.iter().enumerate().map(|(at, (leg, s))| status(leg, *s, 1000 + (at as i64 / 2) * 1000)));
            events
        };
        let failed = |how: Status| {
            call(&[
                (CALLER, Started),
                (CALLER, Answered),
                (CALLEE, Started),
                (CALLEE, Ringing),
                (CALLEE, how),
                (CALLER, Completed),
            ])
        };
        vec![
            (
                call(&[
                    (CALLER, Started),
                    (CALLER, Answered),
                    (CALLEE, Started),
                    (CALLEE, Ringing),
                    (CALLEE, Answered),
                    (CALLEE, Completed),
                    (CALLER, Completed),
                ]),
                Outcome::Answered,
            ),
            (failed(Busy), Outcome::Busy),
            (failed(Timeout), Outcome::NoAnswer),
            (failed(Unanswered), Outcome::NoAnswer),
            (failed(Rejected), Outcome::Rejected),
            (failed(Failed), Outcome::Failed),
            (failed(Cancelled), Outcome::Abandoned),
            // The `answered` event of the called leg is lost; its end has a duration.
            (
                call(&[
                    (CALLER, Started),
                    (CALLER, Answered),
                    (CALLEE, Started),
                    (CALLEE, Ringing),
                    (CALLEE, Completed),
                    (CALLER, Completed),
                ]),
                Outcome::Answered,
            ),
            (
                call(&[
                    (CALLER, Answered),
                    (CALLEE, Answered),
                    (CALLEE, Machine),
                    (CALLEE, Completed),
                    (CALLER, Completed),
                ]),
                Outcome::Voicemail,
            ),
            (
                call(&[
                    (CALLER, Answered),
                    (CALLEE, Machine),
                    (CALLEE, Human),
                    (CALLEE, Completed),
                    (CALLER, Completed),
                ]),
                Outcome::Answered,
            ),
            (call(&[(CALLER, Started), (CALLER, Ringing), (CALLER, Completed)]), Outcome::Abandoned),
            // The platform's own trace of 2019: busy, started, ringing, completed.
            (
                call(&[(CALLEE, Busy), (CALLEE, Started), (CALLEE, Ringing), (CALLEE, Completed), (CALLER, Completed)]),
                Outcome::Busy,
            ),
        ]
    }

    fn permutations(events: &[Event], visit: &mut impl FnMut(&[Event])) {
        fn go(events: &mut Vec<Event>, from: usize, visit: &mut impl FnMut(&[Event])) {
            if from == events.len() {
                return visit(events);
            }
            for with in from..events.len() {
                events.swap(from, with);
                go(events, from + 1, visit);
                events.swap(from, with);
            }
        }
        go(&mut events.to_vec(), 0, visit);
    }

    #[test]
    fn every_order_gives_the_same_record() {
        let mut tried = 0;
        for (events, outcome) in flows() {
            let expected = Call::fold(&events);
            assert_eq!(expected.phase(), Phase::Ended(outcome));
            permutations(&events, &mut |order| {
                tried += 1;
                assert_eq!(Call::fold(order), expected);
            });
        }
        // Eight events have 40,320 orders, seven have 5,040.
        assert!(tried >= 70_000, "only {tried} orders");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn doubled_late_and_shuffled_events_change_nothing(
            flow in 0..flows().len(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..24), seed in any::<u64>()
        ) {
            let (events, _) = flows().swap_remove(flow);
            let mut delivered = events.clone();
            delivered.extend(picks.iter().map(|pick| pick.get(&events).clone()));
            let mut state = seed | 1;
            for at in (1..delivered.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                delivered.swap(at, (state >> 33) as usize % (at + 1));
            }
            prop_assert_eq!(Call::fold(&delivered), Call::fold(&events));
        }

        #[test]
        fn joining_is_a_semilattice(a in 0..flows().len(), b in 0..flows().len(), split in any::<prop::sample::Index>()) {
            let (one, other) = (flows().swap_remove(a).0, flows().swap_remove(b).0);
            let (left, right) = (Call::fold(&one), Call::fold(&other));
            let third = Call::of(split.get(&one));
            let join = |x: &Call, y: &Call| { let mut z = x.clone(); z.join(y); z };
            prop_assert_eq!(join(&left, &right), join(&right, &left));
            prop_assert_eq!(join(&left, &left), left.clone());
            prop_assert_eq!(join(&join(&left, &right), &third), join(&left, &join(&right, &third)));
        }
    }

    #[test]
    fn phases_follow_the_called_leg() {
        use Status::*;
        let mut call = Call::default();
        let mut after = |event: Event| {
            call.apply(&event);
            call.phase()
        };
        assert_eq!(after(asked()), Phase::Connecting);
        assert_eq!(after(status(CALLER, Answered, 1)), Phase::Connecting);
        assert_eq!(after(status(CALLEE, Ringing, 2)), Phase::Ringing);
        assert_eq!(after(status(CALLEE, Answered, 3)), Phase::Talking);
        assert_eq!(after(status(CALLEE, Completed, 20)), Phase::Connecting);
        assert_eq!(after(status(CALLER, Completed, 20)), Phase::Ended(Outcome::Answered));
        assert_eq!((call.answered_at(), call.ended_at(), call.talk_seconds()), (Some(3), Some(20), Some(17)));
        assert_eq!(call.price(), Some(Price(30_000)));
    }

    fn completed(leg: &str, change: Change, at: i64) -> Event {
        let fact = Fact::Status(Change { status: Status::Completed, ..change });
        Event { fact, ..status(leg, Status::Completed, at) }
    }

    #[test]
    fn case_13_a_completed_leg_with_a_duration_was_answered_though_nobody_said_so() {
        let ringing = [
            asked(),
            status(CALLER, Status::Answered, 3_000),
            status(CALLEE, Status::Started, 4_000),
            status(CALLEE, Status::Ringing, 4_000),
        ];
        let end = |change: Change| {
            let mut call = Call::fold(&ringing);
            call.apply(&completed(CALLEE, change, 50_400));
            call.apply(&status(CALLER, Status::Completed, 51_000));
            (call.phase(), call.answered_at(), call.talk_seconds())
        };
        let lasted = |seconds| Change { duration_seconds: Some(seconds), ..Change::default() };
        let answered = Phase::Ended(Outcome::Answered);
        let by_end = Change { end_time: Some(50_000), start_time: Some(4_500), ..lasted(42) };
        assert_eq!(end(by_end), (answered, Some(8_000), Some(42)));
        assert_eq!(end(lasted(42)), (answered, Some(8_400), Some(42)), "the event's own time is its end");
        assert_eq!(end(lasted(0)), (Phase::Ended(Outcome::Abandoned), None, None));
        assert_eq!(end(Change::default()), (Phase::Ended(Outcome::Abandoned), None, None));
        // What the platform told is better than what is derived, whenever it comes.
        let mut call = Call::fold(&ringing);
        call.apply(&completed(CALLEE, lasted(42), 50_400));
        call.apply(&status(CALLEE, Status::Answered, 8_123));
        assert_eq!(call.answered_at(), Some(8_123));
        // A leg that was refused was not answered, whatever its end says.
        let mut call = Call::fold(&ringing);
        call.apply(&status(CALLEE, Status::Rejected, 5_000));
        call.apply(&completed(CALLEE, lasted(1), 6_000));
        call.apply(&status(CALLER, Status::Completed, 7_000));
        assert_eq!((call.phase(), call.talk_seconds()), (Phase::Ended(Outcome::Rejected), None));
    }

    #[test]
    fn case_32_what_a_machine_answers_no_person_did() {
        let told = |last: &[Status]| {
            let mut events = vec![asked(), status(CALLER, Status::Answered, 1_000)];
            events.extend(last.iter().enumerate().map(|(n, word)| status(CALLEE, *word, 2_000 + n as i64 * 1_000)));
            events.push(status(CALLER, Status::Completed, 30_000));
            let call = Call::fold(&events);
            (call.phase().name(), call.answered_at(), call.talk_seconds(), call.ended_at())
        };
        use Status::{Answered, Completed, Human, Machine};
        assert_eq!(told(&[Answered, Machine, Completed]), ("voicemail", None, None, Some(30_000)));
        assert_eq!(told(&[Machine, Completed]), ("voicemail", None, None, Some(30_000)));
        assert_eq!(told(&[Answered, Human, Completed]), ("answered", Some(2_000), Some(17), Some(30_000)));
        assert_eq!(told(&[Machine, Human, Completed]), ("answered", Some(2_000), Some(17), Some(30_000)));
        // One of two who were rung at once is a mailbox.
        let mut both = Call::fold(&[asked(), status(CALLEE, Machine, 2_000), status("leg-jane", Answered, 3_000)]);
        for (leg, at) in [(CALLEE, 8_000), ("leg-jane", 9_000), (CALLER, 9_000)] {
            both.apply(&status(leg, Completed, at));
        }
        assert_eq!((both.phase().name(), both.answered_at()), ("answered", Some(3_000)));
    }

    #[test]
    fn a_call_that_its_caller_handed_over_goes_on() {
        let customer = "leg-customer";
        let mut events = vec![asked()];
        events.extend([
            status(CALLER, Status::Answered, 1_000),
            status(customer, Status::Answered, 5_000),
            status(CALLEE, Status::Answered, 60_000),
            status(CALLER, Status::Completed, 61_000),
        ]);
        let mut call = Call::fold(&events);
        assert_eq!((call.phase(), call.ended_at()), (Phase::Talking, None));
        call.apply(&status(customer, Status::Completed, 95_000));
        assert_eq!((call.phase(), call.ended_at()), (Phase::Ended(Outcome::Answered), Some(95_000)));
        call.apply(&status(CALLEE, Status::Completed, 95_500));
        // From the customer's answer to the colleague's end; each leg alone was charged for 17 s.
        assert_eq!((call.ended_at(), call.talk_seconds()), (Some(95_500), Some(91)));
    }

    #[test]
    fn an_agents_call_stays_the_customers_whoever_has_it_in_the_end() {
        let customer = "447700900000";
        let mut asked = asked();
        asked.fact = Fact::Asked { line: OUTBOUND.into(), user: Some("Jane".into()), region: None };
        asked.to = Some(customer.into());
        let joe = |status, at| Event { to: Some("Joe".into()), ..self::status("leg-a-colleague", status, at) };
        let events = vec![
            asked,
            status(CALLER, Status::Answered, 1_000),
            status(CALLEE, Status::Answered, 5_000),
            joe(Status::Answered, 60_000),
            status(CALLER, Status::Completed, 61_000),
            status(CALLEE, Status::Completed, 95_000),
        ];
        permutations(&events, &mut |order| {
            assert_eq!(Call::fold(order).called().map(String::as_str), Some(customer));
        });
        // A visitor's call is known by the first who answered.
        let asked = Event { to: None, ..self::asked() };
        let later = Event { to: Some("Jane".into()), ..status("leg-z", Status::Answered, 2_000) };
        let unanswered = Event { to: Some("Mary".into()), ..status("leg-0", Status::Rejected, 1_000) };
        permutations(&[asked, unanswered, later, joe(Status::Answered, 60_000)], &mut |order| {
            assert_eq!(Call::fold(order).called().map(String::as_str), Some("Jane"));
        });
    }

    #[test]
    fn an_unknown_status_changes_nothing_but_is_kept_in_the_inbox() {
        let mut call = Call::fold(&[asked(), status(CALLER, Status::Answered, 1)]);
        let before = call.clone();
        call.apply(&status(CALLER, Status::parse("teleported"), 9));
        assert_eq!(call.phase(), before.phase());
    }

    #[test]
    fn reads_the_platforms_prices() {
        assert_eq!(Price::parse("0.00015000"), Some(Price(15_000)));
        assert_eq!(Price::parse("12"), Some(Price(1_200_000_000)));
        for bad in ["", ".5", "-1", "1e9", "0.123456789", "free", "1234567890"] {
            assert_eq!(Price::parse(bad), None, "{bad}");
        }
    }
}
