//! A tracked call as it is stored. What its columns say is decided in [`crate::domain::call_tracking`].

use sqlx::FromRow;

use crate::domain::call::Call;
use crate::domain::call_tracking::counts::Counted;
use crate::domain::call_tracking::rollup::Counting;
use crate::domain::call_tracking::spam::{self, Suspect};
use crate::domain::call_tracking::tracked::{Attributed, Caller, Course};
use crate::domain::call_tracking::zone::Zone;

/// A tracked call; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, Default, FromRow)]
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
pub(super) use columns;

impl TrackedRow {
    /// A call that nothing was counted for yet.
    pub(super) fn new(id: &str, attributed: Attributed) -> Self {
        let Attributed { campaign, number, caller, blocked, source, visitor } = attributed;
        Self {
            id: id.to_owned(),
            campaign,
            number,
            caller,
            source: source.source,
            medium: source.medium,
            term: source.term,
            landing: source.landing,
            referrer: source.referrer,
            click: source.click,
            click_id: source.click_id,
            confidence: visitor.as_ref().map(|likely| likely.confidence),
            candidates: visitor.as_ref().map_or(0, |likely| likely.candidates),
            visitor: visitor.map(|likely| likely.visitor),
            blocked,
            recent: 1,
            ..Self::default()
        }
    }

    /// What of it the rollup counts.
    pub(super) fn counting(&self) -> Counting {
        let (number, campaign) = (self.number.clone(), self.campaign.clone());
        Counting { number, spam: self.spam, campaign, counted: self.counted() }
    }

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
    pub(super) fn judge(&mut self) {
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
    pub(super) fn learn(&mut self, call: &Call) {
        // A call from the support page is its visitor's, whatever the record calls them.
        if !self.number.is_empty() {
            let Caller { counted, shown } = Caller::of(call, self.shown.take());
            (self.caller, self.shown) = (counted, shown);
        }
        let Course { ended, outcome, answered, talk_seconds, seconds, price, hung_up_by } = Course::of(call);
        (self.ended, self.answered, self.price) = (ended, answered, price);
        (self.talk_seconds, self.seconds) = (talk_seconds, seconds);
        self.outcome = outcome.to_owned();
        self.hung_up_by = hung_up_by.map(str::to_owned);
    }

    /// It began at this time.
    pub(super) fn settle_at(&mut self, at: i64, zone: &Zone) {
        let (day, hour) = zone.day_and_hour(at);
        (self.at, self.day, self.hour) = (at, day, i64::from(hour));
    }
}

/// The columns that [`counting`] takes, in order.
pub(super) const COUNTING: &str = "SELECT number, spam, campaign, day, hour, ended, answered, talk_seconds, price, caller IS NOT NULL, previous_day \
     FROM tracked_calls";

pub(super) type CountingRow = (String, bool, String, i64, i64, bool, bool, Option<i64>, Option<i64>, bool, Option<i64>);

/// What the rollup counts of a row that [`COUNTING`] found.
pub(super) fn counting(row: CountingRow) -> Counting {
    let (number, spam, campaign, day, hour, ended, answered, talk_seconds, price, known_caller, previous_day) = row;
    let hour = u8::try_from(hour).unwrap_or_default();
    let counted = Counted { day, hour, ended, answered, talk_seconds, price, known_caller, previous_day };
    Counting { number, spam, campaign, counted }
}
