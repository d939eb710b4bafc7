//! Which records a batch of webhooks changes, and which of them are one call.
//!
//! A leg that is transferred or enters a room goes on in another conversation, and what is told of it then names that
//! one. It is still the same call: the caller in the queue who is brought to Jane, the colleague who is asked and takes
//! over. So when a leg moves, the two conversations become one record, whatever was told of them before. Only where a
//! caller comes to another caller's call (a conference room) the records stay apart, and the leg alone is followed.
//!
//! The record is filed under the conversation about which we were asked, else under the one in which its moves began
//! ([`Call::began_in`]): the same whatever the order in which that was told. Should the home turn out to be another one,
//! the record moves there, and what led to the old one leads on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Call, Event, Fact};
use crate::domain::call_tracking::track::Track;

/// A webhook that is new, as far as the records are concerned.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// Of the webhook; a record that begins with it has it too.
    pub id: &'a str,
    /// Our clock, ms UTC.
    pub received_at: i64,
    pub event: &'a Event,
    /// What the call is counted for, if this webhook says it.
    pub track: Option<&'a Track>,
}

/// A call record as it was found, or a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub id: String,
    pub call: Call,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
    /// What it counts for, and since when, as far as this transaction says it.
    pub track: Option<(Track, i64)>,
}

impl Record {
    /// Adds what another record of the same call knows.
    fn join(&mut self, other: Self) {
        self.call.join(&other.call);
        self.created_at = self.created_at.min(other.created_at);
        self.updated_at = self.updated_at.max(other.updated_at);
        self.tracked(other.track);
    }

    /// Whichever was said first counts.
    fn tracked(&mut self, track: Option<(Track, i64)>) {
        let earlier = |(_, at): &(Track, i64)| self.track.as_ref().is_none_or(|(_, mine)| at < mine);
        if track.as_ref().is_some_and(earlier) {
            self.track = track;
        }
    }
}

/// What a batch changes. In order, so that all nodes lock rows in one.
#[derive(Debug, Default)]
pub struct Merged {
    /// By conversation.
    pub changed: Vec<(String, Record)>,
    /// What moved, and its home.
    pub moved: Vec<(String, String)>,
    /// What had moved and is a home now: to be forgotten before the others are written.
    pub back: Vec<String>,
    /// The conversations whose records went into others.
    pub gone: Vec<String>,
}

/// The conversations and legs that the webhooks name, each once: what may have moved.
#[must_use]
pub fn named<'a>(changing: &[Told<'a>]) -> Vec<&'a str> {
    let set: HashSet<&str> = changing
        .iter()
        .flat_map(|told| {
            let event = told.event;
            let to = if let Fact::Moved { to } = &event.fact { Some(to.as_str()) } else { None };
            [Some(event.conversation.as_str()), event.leg.as_deref(), to]
        })
        .flatten()
        .collect();
    set.into_iter().collect()
}

/// The conversations whose records the webhooks touch, each once.
#[must_use]
pub fn touched<'a>(changing: &[Told<'a>], homes: &'a HashMap<String, String>) -> Vec<&'a str> {
    let home = |name: &'a str| homes.get(name).map(String::as_str);
    let mut set = HashSet::new();
    for event in changing.iter().map(|told| told.event) {
        set.extend(event.leg.as_deref().and_then(home));
        set.insert(home(&event.conversation).unwrap_or(&event.conversation));
        if let Fact::Moved { to } = &event.fact {
            set.insert(home(to).unwrap_or(to));
        }
    }
    set.into_iter().collect()
}

/// Folds the new webhooks into the records, which are by conversation; `homes` is what moved before.
#[must_use]
pub fn merge(changing: &[Told<'_>], homes: HashMap<String, String>, found: HashMap<String, Record>) -> Merged {
    let mut book = Book { homes, records: found, ..Book::default() };
    for told in changing {
        book.add(told);
    }
    let changed = book.changed.into_iter().filter_map(|conversation| {
        let mut record = book.records.remove(&conversation)?;
        record.version += 1;
        Some((conversation, record))
    });
    Merged {
        changed: changed.collect(),
        moved: book.moved.into_iter().collect(),
        back: book.back.into_iter().collect(),
        gone: book.gone.into_iter().collect(),
    }
}

#[derive(Default)]
struct Book {
    homes: HashMap<String, String>,
    records: HashMap<String, Record>,
    changed: BTreeSet<String>,
    moved: BTreeMap<String, String>,
    back: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Book {
    fn home(&self, name: &str) -> Option<&String> {
        let mut home = self.homes.get(name)?;
        // Homes in the database never moved; in this batch they may.
        while let Some(further) = self.homes.get(home) {
            home = further;
        }
        Some(home)
    }

    fn home_or_self(&self, conversation: &str) -> String {
        self.home(conversation).cloned().unwrap_or_else(|| conversation.to_owned())
    }

    fn add(&mut self, told: &Told<'_>) {
        let event = told.event;
        let own = event.leg.as_deref().and_then(|leg| self.home(leg)).cloned();
        let here = own.unwrap_or_else(|| self.home_or_self(&event.conversation));
        let record = self.records.entry(here.clone()).or_insert_with(|| Record {
            id: told.id.to_owned(),
            call: Call::default(),
            created_at: told.received_at,
            updated_at: told.received_at,
            version: 0,
            track: None,
        });
        let known = !record.call.callers.is_empty();
        record.call.apply(event);
        record.tracked(told.track.cloned().map(|track| (track, told.received_at)));
        record.created_at = record.created_at.min(told.received_at);
        record.updated_at = record.updated_at.max(told.received_at);
        self.changed.insert(here.clone());
        match &event.fact {
            // Of two conversations about which we were asked, the first by name.
            Fact::Asked { .. }
                if (!known || event.conversation < here)
                    && event.conversation != here
                    && self.home_or_self(&event.conversation) == here =>
            {
                self.rename(here, event.conversation.clone());
            }
            Fact::Moved { to } => {
                let there = self.home_or_self(to);
                self.move_leg(event.leg.as_deref(), here, there);
            }
            _ => {}
        }
    }

    fn called(&self, name: &str) -> bool {
        self.records.get(name).is_some_and(|record| !record.call.callers.is_empty())
    }

    fn move_leg(&mut self, leg: Option<&str>, here: String, there: String) {
        let home = match (self.called(&here), self.called(&there)) {
            _ if here == there => here,
            (true, true) => return self.follow(leg, &here, &there),
            (false, true) => self.unite(there, here),
            (true, false) => self.unite(here, there),
            (false, false) if self.begins(&here, &there) == Some(&there) => self.unite(there, here),
            (false, false) => self.unite(here, there),
        };
        if !self.called(&home)
            && let Some(began) = self.records.get(&home).and_then(|record| record.call.began_in()).cloned()
        {
            self.rename(home, began);
        }
    }

    /// Which of two that nobody asked us about their union belongs to, if either.
    fn begins<'a>(&self, here: &'a String, there: &'a String) -> Option<&'a String> {
        let (one, other) = (self.records.get(here)?, self.records.get(there)?);
        let mut both = one.call.clone();
        both.join(&other.call);
        let began = both.began_in()?;
        [here, there].into_iter().find(|name| *name == began)
    }

    /// A record turns out to belong to another conversation of its call.
    fn rename(&mut self, from: String, to: String) {
        if from == to {
            return;
        }
        let Some(record) = self.records.remove(&from) else { return };
        self.records.insert(to.clone(), record);
        self.changed.remove(&from);
        self.changed.insert(to.clone());
        self.gone.insert(from.clone());
        self.homes.remove(&to);
        self.moved.remove(&to);
        self.back.insert(to.clone());
        self.settle(from, to);
    }

    /// Two conversations are one call, at home in the first, which has a record.
    fn unite(&mut self, stays: String, goes: String) -> String {
        if let Some(other) = self.records.remove(&goes)
            && let Some(record) = self.records.get_mut(&stays)
        {
            // Links to the other record lead on.
            let id = other.id.clone();
            record.join(other);
            self.gone.insert(goes.clone());
            self.changed.remove(&goes);
            self.changed.insert(stays.clone());
            self.settle(id, stays.clone());
        }
        self.settle(goes, stays.clone());
        stays
    }

    /// A caller comes to another's call: what is told of their leg there is of their own call.
    fn follow(&mut self, leg: Option<&str>, here: &str, there: &str) {
        let Some(leg) = leg else { return };
        let told = self.records.get_mut(there).and_then(|record| record.call.legs.remove(leg));
        if let Some(told) = told
            && let Some(record) = self.records.get_mut(here)
        {
            let known = Call { legs: BTreeMap::from([(leg.to_owned(), told)]), ..Call::default() };
            record.call.join(&known);
            self.changed.insert(there.to_owned());
        }
        self.settle(leg.to_owned(), here.to_owned());
    }

    fn settle(&mut self, moved: String, home: String) {
        self.homes.insert(moved.clone(), home.clone());
        for earlier in self.moved.values_mut().filter(|earlier| **earlier == moved) {
            earlier.clone_from(&home);
        }
        self.moved.insert(moved, home);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::{Change, Direction, Outcome, Phase, Status};

    /// A webhook, kept.
    #[derive(Debug, Clone)]
    struct Webhook {
        id: String,
        at: i64,
        event: Event,
        track: Option<Track>,
    }

    impl Webhook {
        fn told(&self) -> Told<'_> {
            Told { id: &self.id, received_at: self.at, event: &self.event, track: self.track.as_ref() }
        }
    }

    const CALLER: &str = "leg-caller";

    fn webhook(number: usize, conversation: &str, leg: &str, fact: Fact) -> Webhook {
        let at = i64::try_from(number).unwrap();
        let event = Event {
            conversation: conversation.into(),
            leg: Some(leg.into()),
            from: None,
            to: None,
            direction: Some(if leg == CALLER { Direction::Inbound } else { Direction::Outbound }),
            at: Some(at),
            fact,
        };
        Webhook { id: format!("id-{number:03}"), at, event, track: None }
    }

    fn asked() -> Fact {
        Fact::Asked { line: "agent".into(), user: None, region: None }
    }

    fn is(status: Status) -> Fact {
        Fact::Status(Change { status, ..Change::default() })
    }

    fn to(conversation: &str) -> Fact {
        Fact::Moved { to: conversation.into() }
    }

    /// What a database keeps between batches.
    #[derive(Debug, Default, PartialEq)]
    struct Kept {
        homes: BTreeMap<String, String>,
        records: BTreeMap<String, Call>,
        full: HashMap<String, Record>,
    }

    impl Kept {
        fn take(&mut self, batch: &[&Webhook]) {
            let batch: &[Told<'_>] = &batch.iter().map(|webhook| webhook.told()).collect::<Vec<_>>();
            let names = named(batch);
            let homes: HashMap<String, String> =
                names.iter().filter_map(|name| Some(((*name).to_owned(), self.homes.get(*name)?.clone()))).collect();
            let found = touched(batch, &homes)
                .into_iter()
                .filter_map(|name| Some((name.to_owned(), self.full.get(name)?.clone())))
                .collect();
            let merged = merge(batch, homes, found);
            for gone in &merged.gone {
                self.full.remove(gone);
                self.records.remove(gone);
            }
            for back in &merged.back {
                self.homes.remove(back);
            }
            for (moved, home) in merged.moved {
                for earlier in self.homes.values_mut().filter(|earlier| **earlier == moved) {
                    earlier.clone_from(&home);
                }
                assert_ne!(moved, home);
                self.homes.insert(moved, home);
            }
            for (conversation, record) in merged.changed {
                assert!(!self.homes.contains_key(&conversation), "a home has moved: {conversation}");
                self.records.insert(conversation.clone(), record.call.clone());
                self.full.insert(conversation, record);
            }
        }
    }

    impl Kept {
        /// Where conversations and legs are at home; records that went into others lead on too, by ids that depend on
        /// what came first.
        fn moves(&self) -> BTreeMap<&str, &str> {
            let moves = self.homes.iter().filter(|(moved, _)| !moved.starts_with("id-"));
            moves.map(|(moved, home)| (moved.as_str(), home.as_str())).collect()
        }
    }

    /// Orders of `count` things, `tries` of them, drawn without a clock or a seed from outside.
    fn orders(count: usize, tries: usize) -> impl Iterator<Item = Vec<usize>> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..tries).map(move |_| {
            let mut order: Vec<usize> = (0..count).collect();
            for at in (1..count).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                order.swap(at, (state >> 33) as usize % (at + 1));
            }
            order
        })
    }

    /// A caller waits, is brought to Jane; Jane asks Joe, who comes in; both go to a room and Jane leaves.
    fn warm_transfer() -> Vec<Webhook> {
        let told: [(&str, &str, Fact); 20] = [
            ("CON-1", CALLER, asked()),
            ("CON-1", CALLER, is(Status::Started)),
            ("CON-1", CALLER, is(Status::Answered)),
            ("CON-1", CALLER, to("CON-2")),
            ("CON-2", "leg-jane", is(Status::Started)),
            ("CON-2", "leg-jane", is(Status::Ringing)),
            ("CON-2", "leg-jane", is(Status::Answered)),
            ("CON-3", "leg-joe", is(Status::Started)),
            ("CON-3", "leg-joe", is(Status::Ringing)),
            ("CON-3", "leg-joe", is(Status::Answered)),
            ("CON-3", "leg-joe", to("CON-2")),
            ("CON-2", "leg-joe", to("CON-4")),
            ("CON-4", "leg-joe", to("CON-5")),
            ("CON-2", CALLER, to("CON-5")),
            ("CON-2", "leg-jane", is(Status::Completed)),
            ("CON-5", "leg-joe", is(Status::Completed)),
            ("CON-5", CALLER, is(Status::Completed)),
            ("CON-5", CALLER, Fact::Problem { reason: "late".into() }),
            ("CON-2", CALLER, Fact::Noted { kind: "record".into() }),
            ("CON-1", CALLER, Fact::Noted { kind: "input".into() }),
        ];
        let numbered = told.into_iter().enumerate();
        numbered.map(|(number, (conversation, leg, fact))| webhook(number, conversation, leg, fact)).collect()
    }

    #[test]
    fn a_call_that_moves_is_one_record_in_any_order_and_any_batches() {
        let told = warm_transfer();
        let mut expected = Kept::default();
        told.iter().for_each(|webhook| expected.take(&[webhook]));
        let call = &expected.records["CON-1"];
        assert_eq!(expected.records.len(), 1, "{:#?}", expected.records);
        assert_eq!(call.phase(), Phase::Ended(Outcome::Answered));
        assert_eq!(call.legs.len(), 3);
        assert!(expected.homes.values().all(|home| home == "CON-1"), "{:?}", expected.homes);

        // The question comes first: until it is answered there is no call.
        for (tried, order) in orders(told.len() - 1, 5_000).enumerate() {
            let mut order: Vec<&Webhook> = order.into_iter().map(|at| &told[at + 1]).collect();
            order.insert(0, &told[0]);
            let mut kept = Kept::default();
            for batch in order.chunks(1 + tried % 7) {
                kept.take(batch);
            }
            assert_eq!(kept.records, expected.records);
            assert_eq!(kept.moves(), expected.moves());
            assert_eq!(kept.full["CON-1"].id, "id-000");
        }
    }

    /// The question may be stored last (it was spooled), or never come: a call of ours has none. And legs may go round.
    #[test]
    fn f20_where_a_call_is_filed_does_not_depend_on_the_order() {
        let mut late = warm_transfer();
        // Asked about in a conversation that is neither the first by name nor one that nobody came to.
        late[0] = webhook(0, "CON-2", CALLER, asked());
        let unasked = warm_transfer().split_off(1);
        let mut circle = unasked.clone();
        circle.push(webhook(20, "CON-5", "leg-joe", to("CON-3")));
        circle.push(webhook(21, "CON-5", CALLER, to("CON-1")));
        for (told, home) in [(warm_transfer(), "CON-1"), (late, "CON-2"), (unasked, "CON-1"), (circle, "CON-1")] {
            let mut expected = Kept::default();
            told.iter().for_each(|webhook| expected.take(&[webhook]));
            assert_eq!(expected.records.keys().collect::<Vec<_>>(), [home]);
            for (tried, order) in orders(told.len(), 3_000).enumerate() {
                let order: Vec<&Webhook> = order.into_iter().map(|at| &told[at]).collect();
                let mut kept = Kept::default();
                for batch in order.chunks(1 + tried % 7) {
                    kept.take(batch);
                }
                assert_eq!(kept.records, expected.records);
                assert_eq!(kept.moves(), expected.moves());
                // Every record that there ever was leads here.
                assert!(kept.homes.values().all(|there| there == home), "{:?}", kept.homes);
            }
        }
    }

    #[test]
    fn callers_in_one_room_keep_their_own_calls() {
        let told = [
            webhook(0, "CON-1", CALLER, asked()),
            webhook(1, "CON-2", "leg-other", asked()),
            webhook(2, "CON-1", CALLER, to("ROOM")),
            webhook(3, "ROOM", "leg-other", is(Status::Answered)),
            webhook(4, "CON-2", "leg-other", to("ROOM")),
            webhook(5, "ROOM", "leg-other", is(Status::Completed)),
            webhook(6, "ROOM", CALLER, is(Status::Completed)),
        ];
        for size in 1..=told.len() {
            let mut kept = Kept::default();
            let all: Vec<&Webhook> = told.iter().collect();
            all.chunks(size).for_each(|batch| kept.take(batch));
            assert_eq!(kept.records.len(), 2, "{:#?}", kept.records);
            for (conversation, leg) in [("CON-1", CALLER), ("CON-2", "leg-other")] {
                let call = &kept.records[conversation];
                assert_eq!(call.legs.keys().collect::<Vec<_>>(), [leg], "in batches of {size}");
                assert!(call.legs[leg].completed);
                assert!(matches!(call.phase(), Phase::Ended(_)));
            }
        }
    }

    #[test]
    fn what_a_call_counts_for_stays_with_it() {
        let track = Track::Visit { visit: "v1".into() };
        let told = [
            webhook(0, "CON-2", "leg-jane", is(Status::Started)),
            Webhook { track: Some(track.clone()), ..webhook(1, "CON-1", CALLER, asked()) },
            webhook(2, "CON-1", CALLER, to("CON-2")),
        ];
        let merged = merge(&told.iter().map(Webhook::told).collect::<Vec<_>>(), HashMap::new(), HashMap::new());
        let [(conversation, record)] = merged.changed.as_slice() else { panic!("{:?}", merged.changed) };
        assert_eq!((conversation.as_str(), &record.track), ("CON-1", &Some((track, 1))));
        let moved = ["CON-2", "id-000"].map(|moved| (moved.to_owned(), "CON-1".to_owned()));
        assert_eq!(merged.moved, moved);
    }
}
