//! Which webhooks are told what.

use std::collections::{HashMap, HashSet};

use super::append::{Append, Appended};
use crate::domain::call::merge::Told;
use crate::domain::clock::noted_at_ms;

/// The webhooks of one transaction, and what is known of each so far. Knows no database.
pub(super) struct Ledger<'a> {
    appends: &'a [Append],
    outcomes: Vec<Option<Appended>>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(appends: &'a [Append]) -> Self {
        Self { appends, outcomes: vec![None; appends.len()] }
    }

    /// The signatures to be noted: each once, though a replay may stand in the same batch.
    pub(super) fn signatures(&mut self) -> Vec<(&'a str, i64)> {
        let mut seen = HashSet::new();
        let mut fresh = Vec::new();
        for (append, outcome) in self.appends.iter().zip(&mut self.outcomes) {
            let Some(jti) = append.jti.as_deref() else { continue };
            if seen.insert(jti) {
                fresh.push((jti, noted_at_ms(append.received_at, append.signed_at)));
            } else if !append.spooled {
                *outcome = Some(Appended::Replayed);
            }
        }
        fresh
    }

    /// Those whose signature was not among the newly noted are replays.
    pub(super) fn mark_replays(&mut self, noted: &HashSet<String>) {
        for (append, outcome) in self.appends.iter().zip(&mut self.outcomes) {
            let replayed = append.jti.as_ref().is_some_and(|jti| !noted.contains(jti)) && !append.spooled;
            if replayed {
                *outcome = Some(Appended::Replayed);
            }
        }
    }

    /// What goes into the inbox.
    pub(super) fn pending(&self) -> Vec<&'a Append> {
        let open = self.appends.iter().zip(&self.outcomes).filter(|(_, outcome)| outcome.is_none());
        open.map(|(append, _)| append).collect()
    }

    pub(super) fn mark_new(&mut self, stored: &HashSet<String>) {
        for (append, outcome) in self.appends.iter().zip(&mut self.outcomes) {
            if outcome.is_none() && stored.contains(&append.id) {
                *outcome = Some(Appended::New);
            }
        }
    }

    /// The keys of what was there before.
    pub(super) fn known(&self) -> Vec<&'a str> {
        self.pending().into_iter().map(|append| append.dedupe.as_str()).collect()
    }

    /// What is new and changes a record.
    pub(super) fn changing(&self) -> Vec<Told<'a>> {
        let new = self.appends.iter().zip(&self.outcomes).filter(|(_, outcome)| **outcome == Some(Appended::New));
        new.filter_map(|(append, _)| append.told()).collect()
    }

    pub(super) fn outcomes(self, nccos: &HashMap<String, Option<String>>) -> Vec<Appended> {
        let known = |append: &Append| Appended::Known { ncco: nccos.get(&append.dedupe).cloned().flatten() };
        self.appends
            .iter()
            .zip(self.outcomes)
            .map(|(append, outcome)| outcome.unwrap_or_else(|| known(append)))
            .collect()
    }
}
