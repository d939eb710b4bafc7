//! How a call counts. A rollup is a sum of these, so that taking one out and putting it back changed is exact.

use std::ops::{AddAssign, SubAssign};

use super::zone::{month_start, weekday_of};

/// How many numbers [`Counts`] are.
pub const NUMBERS: usize = 71;

/// Sums over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub calls: i64,
    /// Two people were connected.
    pub answered: i64,
    /// Over, and nobody was connected.
    pub missed: i64,
    pub talk_seconds: i64,
    /// Hundred-millionths of a euro.
    pub price: i64,
    /// The caller's first call to the campaign.
    pub first: i64,
    /// The caller's first call to the campaign on its day: the sum over a day is how many people called.
    pub unique_day: i64,
    /// The same for months.
    pub unique_month: i64,
    /// The caller's number was withheld.
    pub withheld: i64,
    /// Calls by the hour of the day, where the business is.
    pub by_hour: [i64; 24],
    pub answered_by_hour: [i64; 24],
    /// Calls by the day of the week, Monday first.
    pub by_weekday: [i64; 7],
    pub answered_by_weekday: [i64; 7],
}

/// What of one call is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Days since 1970-01-01, where the business is.
    pub day: i64,
    /// 0 to 23.
    pub hour: u8,
    pub ended: bool,
    pub answered: bool,
    pub talk_seconds: Option<i64>,
    pub price: Option<i64>,
    pub known_caller: bool,
    /// The day of the caller's call to the same campaign before this one.
    pub previous_day: Option<i64>,
}

impl Counts {
    /// One call.
    #[must_use]
    pub fn of(call: &Counted) -> Self {
        let one = i64::from;
        let new = |seen: bool| i64::from(call.known_caller && !seen);
        let mut counts = Self {
            calls: 1,
            answered: one(call.answered),
            missed: one(call.ended && !call.answered),
            talk_seconds: call.talk_seconds.unwrap_or_default(),
            price: call.price.unwrap_or_default(),
            first: new(call.previous_day.is_some()),
            unique_day: new(call.previous_day == Some(call.day)),
            unique_month: new(call.previous_day.is_some_and(|day| month_start(day) == month_start(call.day))),
            withheld: one(!call.known_caller),
            ..Self::default()
        };
        let hour = usize::from(call.hour.min(23));
        counts.by_hour[hour] = 1;
        counts.answered_by_hour[hour] = one(call.answered);
        let weekday = usize::from(weekday_of(call.day));
        counts.by_weekday[weekday] = 1;
        counts.answered_by_weekday[weekday] = one(call.answered);
        counts
    }

    /// Every number, in the order of [`Counts::columns`].
    #[must_use]
    pub fn numbers(&self) -> [i64; NUMBERS] {
        let mut all = [0; NUMBERS];
        let plain = [
            self.calls,
            self.answered,
            self.missed,
            self.talk_seconds,
            self.price,
            self.first,
            self.unique_day,
            self.unique_month,
            self.withheld,
        ];
        all[..9].copy_from_slice(&plain);
        all[9..33].copy_from_slice(&self.by_hour);
        all[33..57].copy_from_slice(&self.answered_by_hour);
        all[57..64].copy_from_slice(&self.by_weekday);
        all[64..].copy_from_slice(&self.answered_by_weekday);
        all
    }

    /// From [`Counts::numbers`].
    #[must_use]
    pub fn from_numbers(all: &[i64; NUMBERS]) -> Self {
        let mut counts = Self {
            calls: all[0],
            answered: all[1],
            missed: all[2],
            talk_seconds: all[3],
            price: all[4],
            first: all[5],
            unique_day: all[6],
            unique_month: all[7],
            withheld: all[8],
            ..Self::default()
        };
        counts.by_hour.copy_from_slice(&all[9..33]);
        counts.answered_by_hour.copy_from_slice(&all[33..57]);
        counts.by_weekday.copy_from_slice(&all[57..64]);
        counts.answered_by_weekday.copy_from_slice(&all[64..]);
        counts
    }

    /// What the numbers are called where they are stored.
    #[must_use]
    pub fn columns() -> Vec<String> {
        let plain = [
            "calls",
            "answered",
            "missed",
            "talk_seconds",
            "price",
            "first_calls",
            "unique_day",
            "unique_month",
            "withheld",
        ];
        let hours = ["h", "a"].into_iter().flat_map(|kind| (0..24).map(move |hour| format!("{kind}{hour:02}")));
        let weekdays = ["w", "wa"].into_iter().flat_map(|kind| (0..7).map(move |day| format!("{kind}{day}")));
        plain.into_iter().map(str::to_owned).chain(hours).chain(weekdays).collect()
    }
}

impl AddAssign<&Counts> for Counts {
    fn add_assign(&mut self, other: &Counts) {
        let mut all = self.numbers();
        all.iter_mut().zip(other.numbers()).for_each(|(mine, theirs)| *mine += theirs);
        *self = Self::from_numbers(&all);
    }
}

impl SubAssign<&Counts> for Counts {
    fn sub_assign(&mut self, other: &Counts) {
        let mut all = self.numbers();
        all.iter_mut().zip(other.numbers()).for_each(|(mine, theirs)| *mine -= theirs);
        *self = Self::from_numbers(&all);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_counts_once_in_everything_it_is() {
        let call = Counted {
            day: 20_000,
            hour: 23,
            ended: true,
            answered: true,
            talk_seconds: Some(17),
            price: Some(15_000),
            known_caller: true,
            previous_day: None,
        };
        let first = Counts::of(&call);
        assert_eq!((first.calls, first.answered, first.missed, first.first), (1, 1, 0, 1));
        assert_eq!((first.unique_day, first.unique_month, first.withheld), (1, 1, 0));
        assert_eq!((first.by_hour[23], first.answered_by_hour[23], first.by_hour[22]), (1, 1, 0));
        // Day 20,000 is the 4th of October 2024, a Friday.
        assert_eq!((first.by_weekday, first.answered_by_weekday[4]), ([0, 0, 0, 0, 1, 0, 0], 1));
        let again = Counts::of(&Counted { previous_day: Some(20_000), answered: false, ..call });
        assert_eq!((again.first, again.unique_day, again.unique_month, again.missed), (0, 0, 0, 1));
        let later = Counts::of(&Counted { previous_day: Some(19_999), ..call });
        assert_eq!((later.first, later.unique_day), (0, 1));
        let withheld = Counts::of(&Counted { known_caller: false, ..call });
        assert_eq!((withheld.calls, withheld.first, withheld.unique_day, withheld.withheld), (1, 0, 0, 1));
        let mut sum = first;
        sum += &again;
        sum -= &again;
        assert_eq!(sum, first);
        assert_eq!(Counts::from_numbers(&first.numbers()), first);
        let each: [i64; NUMBERS] = std::array::from_fn(|at| at as i64);
        assert_eq!(Counts::from_numbers(&each).numbers(), each);
        assert_eq!(Counts::columns().len(), NUMBERS);
    }
}
