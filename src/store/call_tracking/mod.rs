//! Call tracking in the database: campaigns and their numbers, the tracked calls and their rollup.
//!
//! | module       | what it holds                                                                            |
//! |--------------|------------------------------------------------------------------------------------------|
//! | [`project`]  | the tracked calls and the rollup, kept in the transaction of the event that changes them |
//! | [`verify`]   | both recomputed, and compared                                                             |
//! | [`campaigns`]| campaigns, their numbers with their history, the block list                              |
//! | [`reports`]  | what charts and lists are made of                                                        |
//! | [`csv`]      | the CSV                                                                                  |
//! | [`visitors`] | visitors of the operator's web site and the numbers lent to them                         |
//! | [`hooks`]    | where ended calls are told, the queue and its log                                        |

pub mod campaigns;
pub mod csv;
pub mod hooks;
pub(super) mod project;
pub mod reports;
pub mod verify;
pub mod visitors;

#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::Store;
use crate::domain::call::Call;
use crate::domain::call_tracking::counts::Counted;
use crate::domain::call_tracking::spam::{self, Suspect};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::party::caller_number;

/// What a call that is being answered is to be counted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Track {
    /// It dialled a number of a campaign.
    Number {
        campaign: String,
        /// Digits.
        number: String,
        /// What the campaign says of its visitors, for a caller of whom nothing better is known.
        source: String,
        medium: String,
        /// The caller is on the block list.
        blocked: bool,
    },
    /// It comes from a visit of the support page, which a campaign may have brought.
    Visit { visit: String },
}

/// Where the business is, shared with the writer.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedZone(Arc<RwLock<Arc<Zone>>>);

impl SharedZone {
    pub(super) fn get(&self) -> Arc<Zone> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, zone: Arc<Zone>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = zone;
    }
}

impl Store {
    /// From now on calls count for days and hours of this zone. What was counted before is [`Store::recount`]ed.
    pub fn set_zone(&self, zone: Arc<Zone>) {
        self.inner.zone.set(zone);
    }
}

/// A tracked call; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct TrackedRow {
    pub id: String,
    pub campaign: String,
    pub number: String,
    pub caller: Option<String>,
    pub at: i64,
    pub day: i64,
    pub hour: i64,
    pub ended: bool,
    pub outcome: String,
    pub answered: bool,
    pub talk_seconds: Option<i64>,
    pub seconds: Option<i64>,
    pub price: Option<i64>,
    pub hung_up_by: Option<String>,
    pub source: String,
    pub medium: String,
    pub term: String,
    pub landing: String,
    pub referrer: String,
    pub click: String,
    pub click_id: String,
    pub visitor: Option<String>,
    pub confidence: Option<i64>,
    pub candidates: i64,
    pub blocked: bool,
    pub recent: i64,
    pub reason: Option<String>,
    pub said: Option<bool>,
    pub spam: bool,
    pub previous_day: Option<i64>,
    /// The caller's number as it came, where [`Self::caller`] is another spelling of it.
    pub shown: Option<String>,
}

/// The columns of [`TrackedRow`], in order.
macro_rules! columns {
    () => {
        "id, campaign, number, caller, at, day, hour, ended, outcome, answered, talk_seconds, seconds, price, \
         hung_up_by, source, medium, term, landing, referrer, click, click_id, visitor, confidence, candidates, \
         blocked, recent, reason, said, spam, previous_day, shown"
    };
}
use columns;

impl TrackedRow {
    fn counted(&self) -> Counted {
        Counted {
            day: self.day,
            hour: u8::try_from(self.hour).unwrap_or_default(),
            ended: self.ended,
            answered: self.answered,
            talk_seconds: self.talk_seconds,
            price: self.price,
            known_caller: self.caller.is_some(),
            previous_day: self.previous_day,
        }
    }

    /// The caller as they are shown: as their number came.
    #[must_use]
    pub fn caller_as_told(&self) -> Option<&str> {
        self.shown.as_deref().or(self.caller.as_deref())
    }

    /// Applies the rules of spam, and what the operator said.
    fn judge(&mut self) {
        let judged = spam::judge(Suspect {
            blocked: self.blocked,
            ended: self.ended,
            answered: self.answered,
            talk_seconds: self.talk_seconds,
            seconds: self.seconds,
            recent: self.recent,
        });
        self.reason = judged.map(|reason| reason.name().to_owned());
        self.spam = spam::is_spam(judged, self.said);
    }

    /// Takes over what the call's record says.
    fn learn(&mut self, call: &Call) {
        if !self.number.is_empty() {
            let from = call.caller().and_then(|leg| leg.from.as_deref());
            // A caller who was forgotten stays one caller: `erased-…` is what stands in the place of their number.
            let erased = from.filter(|from| from.starts_with("erased-")).map(str::to_owned);
            let number = caller_number(from);
            self.shown = match (&number, &erased) {
                (Some(number), _) => {
                    Some(number.digits()).filter(|it| *it != number.canonical().digits()).map(str::to_owned)
                }
                // Forgetting puts the same in both places.
                (None, Some(erased)) => self.shown.take().filter(|shown| shown == erased),
                (None, None) => None,
            };
            self.caller = number.map(|number| number.canonical().digits().to_owned()).or(erased);
        }
        let phase = call.phase();
        self.ended = matches!(phase, crate::domain::call::Phase::Ended(_));
        self.outcome = phase.name().to_owned();
        self.answered = call.was_answered();
        self.talk_seconds = call.talk_seconds().map(i64::from);
        self.seconds = call.caller().and_then(|leg| leg.duration_seconds).map(i64::from);
        self.price = call.price().map(|price| price.0);
        self.hung_up_by = self.ended.then(|| hung_up_by(call).to_owned());
    }

    fn settle_at(&mut self, at: i64, zone: &Zone) {
        let (day, hour) = zone.day_and_hour(at);
        (self.at, self.day, self.hour) = (at, day, i64::from(hour));
    }
}

/// Who ended it: the platform says of each leg whether its user did.
fn hung_up_by(call: &Call) -> &'static str {
    let by_user = |by: Option<&str>| by == Some("user");
    if call.caller().is_some_and(|leg| by_user(leg.disconnected_by.as_deref())) {
        return "caller";
    }
    let destination = call.callees().any(|leg| by_user(leg.disconnected_by.as_deref()));
    if destination { "destination" } else { "platform" }
}
