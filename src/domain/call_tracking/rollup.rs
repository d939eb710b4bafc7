//! The rollup: sums over calls by campaign, number and day, and what a change of calls adds to them.
//!
//! A sum is of a day or a month, of a number or of the whole campaign, of real calls or of spam. Whenever a call changes,
//! what it counted before is taken out and what it counts now is put in: so the sums are exact at every moment, whatever
//! comes late, twice or out of order.

use std::collections::BTreeMap;

use super::counts::{Counted, Counts};
use super::report::Grain;

/// The number of the sums that count a whole campaign.
pub const WHOLE: &str = "*";

/// Of what a sum is. Ordered, so that all nodes lock rows in one order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
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
pub struct Counting {
    pub number: String,
    pub spam: bool,
    pub campaign: String,
    pub counted: Counted,
}

/// What is added to the rollup.
#[derive(Debug, Default)]
pub struct Changes(BTreeMap<Key, Counts>);

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

    /// A call counts like this from now on.
    pub fn add(&mut self, call: &Counting) {
        self.each(call, |sum, counts| *sum += counts);
    }

    /// A call counted like this until now.
    pub fn take(&mut self, call: &Counting) {
        self.each(call, |sum, counts| *sum -= counts);
    }

    /// The sums that change, by how much, in the order of their keys.
    #[must_use]
    pub fn into_sums(self) -> Vec<(Key, Counts)> {
        self.0.into_iter().filter(|(_, counts)| *counts != Counts::default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call(number: u8, day: i64, spam: bool, answered: bool) -> Counting {
        let counted = Counted {
            day,
            hour: 9,
            ended: true,
            answered,
            talk_seconds: answered.then_some(40),
            price: Some(100),
            known_caller: true,
            previous_day: None,
        };
        Counting { number: number.to_string(), spam, campaign: "spring".into(), counted }
    }

    fn calls() -> impl Strategy<Value = Vec<Counting>> {
        let one = (0_u8..3, 20_000_i64..20_060, any::<bool>(), any::<bool>());
        let one = one.prop_map(|(number, day, spam, answered)| call(number, day, spam, answered));
        proptest::collection::vec(one, 0..20)
    }

    proptest! {
        #[test]
        fn taking_a_call_out_and_putting_it_back_changes_nothing(calls in calls()) {
            let mut changes = Changes::default();
            for call in &calls {
                changes.take(call);
            }
            for call in calls.iter().rev() {
                changes.add(call);
            }
            prop_assert_eq!(changes.into_sums(), vec![]);
        }

        #[test]
        fn days_and_months_numbers_and_campaigns_sum_to_the_same(calls in calls()) {
            let mut changes = Changes::default();
            calls.iter().for_each(|call| changes.add(call));
            let sums = changes.into_sums();
            for month in [false, true] {
                for whole in [false, true] {
                    let of = sums.iter().filter(|(key, _)| key.month == month && (key.number == WHOLE) == whole);
                    prop_assert_eq!(of.map(|(_, counts)| counts.calls).sum::<i64>(), i64::try_from(calls.len()).unwrap());
                }
            }
        }
    }
}
