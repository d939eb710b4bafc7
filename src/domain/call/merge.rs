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
mod tests;
