//! Calls without an agent whose end nobody told: the platform is asked about them, and they can be ended by hand. When, and
//! what its word means, is decided by [`crate::domain::silent_calls`].
//!
//! What was asked is in memory. A server that starts has heard of none of the calls that it finds open, and asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::accounts::Account;
use super::contact_center::ContactCenter;
use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::shared::Shared;
use super::timeline::CallDetail;
use crate::domain::call::{Call, Phase};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::silent_calls::{MOST_AT_ONCE, QUIET_SINCE_START_MS, ROUND_MS, Silence, Word, is_over};
use crate::store::CallRow;
use crate::vonage::Client;
use crate::vonage::client::CallResource;

/// How long the platform may take to answer; it is asked again in any case.
const PATIENCE: Duration = Duration::from_secs(4);
/// So many of the calls that were silent longest are looked at.
const MOST_CALLS: u32 = 1_000;

/// What was asked.
struct Watch {
    started_at: i64,
    /// When the platform was last asked about any call. Held while it is asked.
    round: tokio::sync::Mutex<Option<i64>>,
    /// By the call's id in the log.
    calls: Mutex<HashMap<String, Seen>>,
}

#[derive(Default)]
struct Seen {
    asked_at: Option<i64>,
    /// Legs that the platform did not know, and since when.
    unknown: HashMap<String, i64>,
    ending: bool,
}

impl Watch {
    fn new(now: i64) -> Self {
        Self { started_at: now, round: tokio::sync::Mutex::default(), calls: Mutex::default() }
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which of the open calls are to be asked about, those first that have waited longest; and forgets what is over.
    fn due(&self, now: i64, open: &[(String, i64)]) -> Vec<String> {
        let mut calls = self.calls();
        calls.retain(|id, _| open.iter().any(|(call, _)| call == id));
        let silence = |id: &str, heard_at: i64| {
            let seen = calls.get(id);
            Silence {
                heard: now - heard_at,
                before_start: heard_at < self.started_at,
                asked: seen.and_then(|seen| seen.asked_at).map(|at| now - at),
                unknown: seen.is_some_and(|seen| !seen.unknown.is_empty()),
                ending: seen.is_some_and(|seen| seen.ending),
            }
        };
        let mut due: Vec<(Option<i64>, &String)> = open
            .iter()
            .filter(|(id, heard_at)| silence(id, *heard_at).is_due())
            .map(|(id, _)| (calls.get(id).and_then(|seen| seen.asked_at), id))
            .collect();
        due.sort();
        due.into_iter().map(|(_, id)| id.clone()).collect()
    }

    fn asked(&self, call: &str, now: i64) {
        self.calls().entry(call.to_owned()).or_default().asked_at = Some(now);
    }

    /// What the platform says of a leg, as far as it is an answer.
    fn word(&self, call: &str, leg: &str, found: Option<&CallResource>, now: i64) -> Word {
        let mut calls = self.calls();
        let seen = calls.entry(call.to_owned()).or_default();
        match found {
            None => Word::Unknown { since: now - *seen.unknown.entry(leg.to_owned()).or_insert(now) },
            Some(found) => {
                seen.unknown.remove(leg);
                if found.is_over() { Word::Over } else { Word::Lives }
            }
        }
    }

    fn ends(&self, call: &str) {
        self.calls().entry(call.to_owned()).or_default().ending = true;
    }

    fn is_ending(&self, call: &str) -> bool {
        self.calls().get(call).is_some_and(|seen| seen.ending)
    }
}

/// The legs that are not over, the caller's first.
fn open_legs(record: &Call) -> Vec<String> {
    let mut legs: Vec<&String> = record.legs.iter().filter(|(_, leg)| !leg.is_over()).map(|(id, _)| id).collect();
    legs.sort_by_key(|leg| !record.callers.contains(*leg));
    legs.into_iter().cloned().collect()
}

/// Calls without an agent whose end nobody told.
#[derive(Clone)]
pub struct SilentCalls {
    core: Arc<Core>,
    desk: Arc<ContactCenter>,
    watch: Arc<Watch>,
}

impl SilentCalls {
    pub(super) fn new(shared: &Shared, desk: Arc<ContactCenter>) -> Self {
        let watch = Arc::new(Watch::new(shared.core.clock.now_ms()));
        Self { core: Arc::clone(&shared.core), desk, watch }
    }

    /// Asks about the calls that are due, a few at a time. To be called every few seconds.
    pub async fn check_silent_calls(&self) -> Result<(), ServiceError> {
        let watch = &self.watch;
        // Another task is at it.
        let Ok(mut round) = watch.round.try_lock() else { return Ok(()) };
        let now = self.core.clock.now_ms();
        if round.is_some_and(|last| (0..ROUND_MS).contains(&(now - last))) {
            return Ok(());
        }
        let open = self.core.store.calls().silent(now - QUIET_SINCE_START_MS, MOST_CALLS).await?;
        let mut left = MOST_AT_ONCE;
        for id in watch.due(now, &open) {
            *round = Some(now);
            if left == 0 {
                break;
            }
            let Some((row, record)) = self.core.store.calls().find(&id).await? else { continue };
            watch.asked(&id, now);
            // Calls that agents have are looked after there.
            if self.desk_has(&row, &record).await? {
                continue;
            }
            for leg in open_legs(&record) {
                if left == 0 {
                    break;
                }
                left -= 1;
                match self.check_silent_leg(&row, &record, &leg).await? {
                    Checked::Lives => {}
                    // With the caller's end the call is over, whatever is not known of the others.
                    Checked::Over if record.callers.contains(&leg) => break,
                    Checked::Over => {}
                    Checked::NoAnswer => return Ok(()),
                }
            }
        }
        Ok(())
    }

    async fn check_silent_leg(&self, row: &CallRow, record: &Call, leg: &str) -> Result<Checked, ServiceError> {
        let client = self.core.vonage.in_region(record.region.as_deref());
        let found = match tokio::time::timeout(PATIENCE, client.get_call(leg)).await {
            Ok(Ok(found)) => found,
            // The platform is away, or refuses us: that says nothing of the call.
            Ok(Err(error)) => {
                tracing::debug!(call.id = %row.id, error = %error, "a silent call could not be checked");
                return Ok(Checked::NoAnswer);
            }
            Err(_) => return Ok(Checked::NoAnswer),
        };
        let watch = &self.watch;
        let word = watch.word(&row.id, leg, found.as_ref(), self.core.clock.now_ms());
        if is_over(word) {
            tracing::info!(call.id = %row.id, known = found.is_some(), "the platform was asked: a leg of a call is over");
            self.core.write_down_leg(&row.conversation, leg, found.as_ref()).await?;
            return Ok(Checked::Over);
        }
        if word == Word::Lives && watch.is_ending(&row.id) {
            end_leg(&client, leg).await;
        }
        Ok(Checked::Lives)
    }

    async fn desk_has(&self, row: &CallRow, record: &Call) -> Result<bool, ServiceError> {
        let legs = record.legs.keys().map(String::as_str);
        Ok(self.desk.ending.open_desk_call_in(&row.conversation, legs).await?.is_some())
    }

    /// Ends a call that no agent has. `by` is the account that asks for it. A call that the platform does not know any more
    /// is closed in the log: ending it by hand says that it hangs.
    pub async fn end_silent_call(&self, by: &Account, call: &CallDetail) -> Result<(), Fail<Refusal>> {
        // What is shown is masked; what is asked about must not be.
        let Some((row, record)) = self.core.store.calls().find(&call.row.id).await? else {
            return Err(Fail::Refused(Refusal::Gone));
        };
        let legs = open_legs(&record);
        if legs.is_empty() || matches!(record.phase(), Phase::Ended(_)) {
            return Err(Fail::Refused(Refusal::Gone));
        }
        tracing::info!(account = %by.name, role = by.role.name(), call.id = %row.id, "a call is ended by hand");
        let client = self.core.vonage.in_region(record.region.as_deref());
        let mut confirmed = true;
        for leg in legs {
            match end_leg(&client, &leg).await {
                Ended::Yes(found) => drop(self.core.write_down_leg(&row.conversation, &leg, found.as_deref()).await?),
                Ended::Unknown => drop(self.core.write_down_leg(&row.conversation, &leg, None).await?),
                Ended::NotYet => confirmed = false,
            }
        }
        if confirmed {
            return Ok(());
        }
        self.watch.ends(&row.id);
        Err(Fail::Refused(Refusal::Unconfirmed))
    }
}

enum Checked {
    Lives,
    Over,
    NoAnswer,
}

enum Ended {
    /// As the platform has it now, if it still knows it.
    Yes(Option<Box<CallResource>>),
    /// The platform has no such leg.
    Unknown,
    NotYet,
}

async fn end_leg(client: &Client, leg: &str) -> Ended {
    match tokio::time::timeout(PATIENCE, client.hang_up(leg)).await {
        Ok(Ok(())) => match tokio::time::timeout(PATIENCE, client.get_call(leg)).await {
            Ok(Ok(Some(found))) if found.is_over() => Ended::Yes(Some(Box::new(found))),
            Ok(Ok(None)) => Ended::Yes(None),
            // It was taken, and takes a moment.
            _ => Ended::NotYet,
        },
        Ok(Err(error)) if error.is_not_found() => Ended::Unknown,
        Ok(Err(error)) => {
            tracing::warn!(error = %error, "the platform did not confirm that a leg has ended");
            Ended::NotYet
        }
        Err(_) => Ended::NotYet,
    }
}

#[cfg(test)]
mod tests;
