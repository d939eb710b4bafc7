//! Open or closed at a moment, and when that changes.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{ClosedNow, DAY_MINUTES, Day, Hours, Week, month_and_day};
use crate::domain::call_tracking::zone::{Zone, weekday_of};
use crate::domain::language::Texts;

/// How far it is looked for the next change, in days: a yearly holiday is found, also over a leap year.
const LOOK_DAYS: i64 = 400;
const DAY_S: i64 = 86_400;

/// Why the business is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// It is not within the hours of the day.
    Hours,
    /// The holiday of this name.
    Holiday(String),
    /// Somebody closed it, for this reason, which may be empty.
    Switched(Texts),
}

/// Open or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Open {
        /// ms UTC; `None` when that is not in sight.
        closes_at: Option<i64>,
    },
    Closed {
        why: Why,
        /// ms UTC; `None` when that is not in sight.
        opens_at: Option<i64>,
    },
}

impl State {
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open { .. })
    }
}

/// The hours in the form in which they are asked: made once for each change of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    week: Week,
    once: HashMap<i64, (String, Day)>,
    /// By month and day.
    yearly: HashMap<(i8, i8), (String, Day)>,
    closed: Option<ClosedNow>,
    all_day: Day,
}

/// Always open.
impl Default for Schedule {
    fn default() -> Self {
        Self::new(&Hours::default())
    }
}

impl Schedule {
    #[must_use]
    pub fn new(hours: &Hours) -> Self {
        let (yearly, once): (Vec<_>, Vec<_>) = hours.holidays.iter().partition(|holiday| holiday.yearly);
        Self {
            week: hours.week.clone(),
            once: once.into_iter().map(|one| (one.day, (one.name.clone(), one.hours.clone()))).collect(),
            yearly: yearly
                .into_iter()
                .map(|one| (month_and_day(one.day), (one.name.clone(), one.hours.clone())))
                .collect(),
            closed: hours.closed.clone(),
            all_day: Day::all_day(),
        }
    }

    /// Whether it can be closed at all.
    #[must_use]
    pub fn is_always_open(&self) -> bool {
        !self.week.is_set() && self.once.is_empty() && self.yearly.is_empty() && self.closed.is_none()
    }

    /// Open or closed at a moment, ms UTC, and until when.
    #[must_use]
    pub fn at(&self, now: i64, zone: &Zone) -> State {
        if self.is_open(now, zone) {
            return State::Open { closes_at: self.next_closing(now, zone) };
        }
        let why = match &self.closed {
            Some(closed) if closed.is_in_force(now) => Why::Switched(closed.reason.clone()),
            _ => match self.hours_of(on_the_wall(now, zone).0).1 {
                Some(name) => Why::Holiday(name.to_owned()),
                None => Why::Hours,
            },
        };
        State::Closed { why, opens_at: self.next_opening(now, zone) }
    }

    /// Whether it is open at a moment, ms UTC.
    #[must_use]
    pub fn is_open(&self, now: i64, zone: &Zone) -> bool {
        !self.closed.as_ref().is_some_and(|closed| closed.is_in_force(now)) && self.is_open_by_hours(now, zone)
    }

    /// When it opens after a moment at which it is closed, ms UTC. `None` when it is open, or when that is not in sight.
    #[must_use]
    pub fn next_opening(&self, now: i64, zone: &Zone) -> Option<i64> {
        if self.is_open(now, zone) {
            return None;
        }
        match &self.closed {
            Some(closed) if closed.is_in_force(now) => {
                let until = closed.until?;
                if self.is_open_by_hours(until, zone) { Some(until) } else { self.next_change(until, zone) }
            }
            _ => self.next_change(now, zone),
        }
    }

    /// When it closes after a moment at which it is open, ms UTC. `None` when it is closed, or when that is not in sight.
    #[must_use]
    pub fn next_closing(&self, now: i64, zone: &Zone) -> Option<i64> {
        if self.is_open(now, zone) { self.next_change(now, zone) } else { None }
    }

    fn is_open_by_hours(&self, now: i64, zone: &Zone) -> bool {
        let (day, minute) = on_the_wall(now, zone);
        self.hours_of(day).0.has(minute)
    }

    /// The hours of a day, and the holiday that it is.
    fn hours_of(&self, day: i64) -> (&Day, Option<&str>) {
        let holiday = self.once.get(&day).or_else(|| {
            // Asked for each call: without holidays no date is worked out.
            if self.yearly.is_empty() { None } else { self.yearly.get(&month_and_day(day)) }
        });
        match holiday {
            Some((name, hours)) => (hours, Some(name)),
            None if self.week.is_set() => (&self.week.0[usize::from(weekday_of(day))], None),
            None => (&self.all_day, None),
        }
    }

    /// When it is first otherwise by the hours than at `from`, ms UTC.
    ///
    /// As long as the clocks are not changed, that can only be where an interval of a day begins or ends, and where they
    /// are changed it can be at once: the wall then shows another time.
    fn next_change(&self, from: i64, zone: &Zone) -> Option<i64> {
        let start = from.div_euclid(1000);
        let (was, last) = (self.is_open_by_hours(from, zone), start + LOOK_DAYS * DAY_S);
        let differs = |at: i64| self.is_open_by_hours(at * 1000, zone) != was;
        let mut at = start;
        while at < last {
            let offset = i64::from(zone.offset_at(at));
            let until = zone.next_change(at).unwrap_or(i64::MAX).min(last);
            for day in (at + offset).div_euclid(DAY_S)..=(until + offset).div_euclid(DAY_S) {
                let bounds = self.hours_of(day).0.intervals().iter().flat_map(|one| [one.from, one.until]);
                let mut moments = bounds.map(|minute| day * DAY_S + i64::from(minute) * 60 - offset);
                let found = moments.find(|moment| (start + 1..until).contains(moment) && differs(*moment));
                if let Some(moment) = found {
                    return Some(moment * 1000);
                }
            }
            if differs(until) {
                return Some(until * 1000);
            }
            at = until;
        }
        None
    }
}

/// The day and its minute that a clock on the wall shows.
fn on_the_wall(now: i64, zone: &Zone) -> (i64, u16) {
    let wall = zone.local_ms(now).div_euclid(1000);
    let minute = u16::try_from(wall.rem_euclid(DAY_S) / 60).unwrap_or_default();
    (wall.div_euclid(DAY_S), minute.min(DAY_MINUTES - 1))
}
