//! What of a tracked call the rollup counts, and the sums that a transaction adds to it.

use std::collections::BTreeMap;

use crate::domain::call_tracking::counts::{Counted, Counts};
use crate::domain::call_tracking::report::Grain;
use crate::store::call_tracking::TrackedRow;

/// The number of the rollup rows that count a whole campaign.
pub(in crate::store::call_tracking) const WHOLE: &str = "*";

/// The rollup's key. Ordered, so that all nodes lock rows in one order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::store::call_tracking) struct Key {
    /// A month's sum; otherwise a day's.
    pub month: bool,
    pub number: String,
    pub spam: bool,
    /// The month's first day; or the day.
    pub day: i64,
    pub campaign: String,
}

/// What of a tracked call the rollup counts, and where.
#[derive(Debug, Clone)]
pub(in crate::store::call_tracking) struct Counting {
    number: String,
    spam: bool,
    campaign: String,
    counted: Counted,
}

/// The columns that [`Counting::read`] takes, in order.
pub(in crate::store::call_tracking) const COUNTING: &str = "SELECT number, spam, campaign, day, hour, ended, answered, talk_seconds, price, caller IS NOT NULL, previous_day \
     FROM tracked_calls";

pub(in crate::store::call_tracking) type CountingRow =
    (String, bool, String, i64, i64, bool, bool, Option<i64>, Option<i64>, bool, Option<i64>);

impl Counting {
    pub(in crate::store::call_tracking) fn read(row: CountingRow) -> Self {
        let (number, spam, campaign, day, hour, ended, answered, talk_seconds, price, known_caller, previous_day) = row;
        let hour = u8::try_from(hour).unwrap_or_default();
        let counted = Counted { day, hour, ended, answered, talk_seconds, price, known_caller, previous_day };
        Self { number, spam, campaign, counted }
    }
}

impl From<&TrackedRow> for Counting {
    fn from(row: &TrackedRow) -> Self {
        let (number, campaign) = (row.number.clone(), row.campaign.clone());
        Self { number, spam: row.spam, campaign, counted: row.counted() }
    }
}

/// What a transaction adds to the rollup.
#[derive(Default)]
pub(in crate::store) struct Changes(BTreeMap<Key, Counts>);

impl Changes {
    fn each(&mut self, call: &Counting, change: impl Fn(&mut Counts, &Counts)) {
        let counts = Counts::of(&call.counted);
        let day = call.counted.day;
        for (month, day) in [(false, day), (true, Grain::Month.start(day))] {
            for number in [WHOLE, &call.number] {
                let (number, campaign) = (number.to_owned(), call.campaign.clone());
                let key = Key { month, number, spam: call.spam, day, campaign };
                change(self.0.entry(key).or_default(), &counts);
            }
        }
    }

    pub(in crate::store::call_tracking) fn add(&mut self, call: &Counting) {
        self.each(call, |sum, counts| *sum += counts);
    }

    pub(super) fn take(&mut self, call: &Counting) {
        self.each(call, |sum, counts| *sum -= counts);
    }

    pub(in crate::store::call_tracking) fn into_rows(self) -> Vec<(Key, Counts)> {
        self.0.into_iter().filter(|(_, counts)| *counts != Counts::default()).collect()
    }
}
