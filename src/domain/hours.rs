//! When the business is open: the hours of a week, holidays, and a switch that closes it now.
//!
//! Hours are times on the wall: open means that a clock where the business is shows a time within the hours of that day.
//! So nothing has to be decided on the days when clocks are changed: an hour that comes twice is open twice, and hours
//! that begin in a gap begin when the gap is over.
//!
//! | module       | what                                                         |
//! |--------------|--------------------------------------------------------------|
//! | [`schedule`] | open or closed at a moment, and when that changes            |
//! | [`closed`]   | what a caller gets while it is closed                        |
//! | [`spoken`]   | when it opens next, in words                                 |
//! | [`calendar`] | holidays out of an iCalendar file                            |

pub mod calendar;
pub mod closed;
pub mod schedule;
pub mod spoken;

use serde::{Deserialize, Serialize};

use super::call_tracking::zone::{Zone, date_of, date_text, parse_date};
use super::language::{Language, Texts};

/// Minutes of a day; the end of its last hour.
pub const DAY_MINUTES: u16 = 24 * 60;
/// Intervals that a day may have.
pub const MOST_INTERVALS: usize = 8;
/// Holidays that may be kept.
pub const MOST_HOLIDAYS: usize = 1_000;
/// The longest name of a holiday and the longest reason, in characters.
pub const LONGEST_NAME: usize = 100;
pub const LONGEST_REASON: usize = 300;
/// Years that a holiday may be in.
pub const YEARS: std::ops::RangeInclusive<i16> = 2000..=2100;

/// Open from a minute of the day until another, which is no longer open. 1440 is the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Interval {
    pub from: u16,
    pub until: u16,
}

impl Interval {
    /// The whole day.
    pub const ALL_DAY: Self = Self { from: 0, until: DAY_MINUTES };

    fn is_sound(self) -> bool {
        self.from < self.until && self.until <= DAY_MINUTES
    }
}

/// The hours of one day: intervals in order, which neither overlap nor touch. None: closed all day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<Interval>", into = "Vec<Interval>")]
pub struct Day(Vec<Interval>);

/// What is wrong with a field of the operator's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    #[error("this is no time of the day; write it like 9:00 or 17:30, 24:00 is the end of the day")]
    NoTime,
    #[error("one of the two times is missing")]
    Half,
    #[error("it ends before it begins")]
    Reversed,
    #[error("it overlaps with another interval of the day")]
    Overlap,
    #[error("a day has at most {MOST_INTERVALS} intervals")]
    TooManyIntervals,
    #[error("this is no date; write it like 2026-12-25, in the years 2000 to 2100")]
    NoDate,
    #[error("there is a holiday on this date already")]
    Taken,
    #[error("there can be at most {MOST_HOLIDAYS} holidays")]
    TooManyHolidays,
    #[error("it must not be empty")]
    Empty,
    #[error("it has at most {0} characters")]
    TooLong(usize),
    #[error("this is over already")]
    Past,
    #[error("the platform cannot speak it: its marks (SSML) are broken")]
    Unspeakable,
    /// A choice that is not offered.
    #[error("this is not one of the choices")]
    Unknown,
}

/// A field of the operator's that cannot be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{field}: {why}")]
pub struct WrongField {
    pub field: String,
    pub why: Wrong,
}

impl WrongField {
    #[must_use]
    pub fn new(field: impl Into<String>, why: Wrong) -> Self {
        Self { field: field.into(), why }
    }
}

impl Day {
    /// Closed all day.
    #[must_use]
    pub fn closed() -> Self {
        Self::default()
    }

    /// Open all day.
    #[must_use]
    pub fn all_day() -> Self {
        Self(vec![Interval::ALL_DAY])
    }

    /// The hours of a day from its intervals, in any order. Two that touch become one.
    ///
    /// # Errors
    /// Which of the intervals is wrong, and why.
    pub fn new(intervals: &[Interval]) -> Result<Self, (usize, Wrong)> {
        if intervals.len() > MOST_INTERVALS {
            return Err((MOST_INTERVALS, Wrong::TooManyIntervals));
        }
        let mut sorted: Vec<(usize, Interval)> = intervals.iter().copied().enumerate().collect();
        sorted.sort_by_key(|(at, interval)| (interval.from, *at));
        let mut day: Vec<Interval> = Vec::new();
        for (at, interval) in sorted {
            if !interval.is_sound() {
                return Err((at, Wrong::Reversed));
            }
            match day.last_mut() {
                Some(last) if interval.from < last.until => return Err((at, Wrong::Overlap)),
                Some(last) if interval.from == last.until => last.until = interval.until,
                _ => day.push(interval),
            }
        }
        Ok(Self(day))
    }

    /// The hours as somebody wrote them, two times for each interval; a pair of empty ones is none. `field` names the times:
    /// of the second interval of `field` “1” they are `1-1-from` and `1-1-until`.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn read(field: &str, written: &[(String, String)]) -> Result<Self, WrongField> {
        let name = |at: usize, end: &str| format!("{field}-{at}-{end}");
        let (mut intervals, mut places) = (Vec::new(), Vec::new());
        for (at, (from, until)) in written.iter().enumerate() {
            let (from, until) = (from.trim(), until.trim());
            match (from.is_empty(), until.is_empty()) {
                (true, true) => continue,
                (true, false) => return Err(WrongField::new(name(at, "from"), Wrong::Half)),
                (false, true) => return Err(WrongField::new(name(at, "until"), Wrong::Half)),
                (false, false) => {}
            }
            let from = read_minute(from).filter(|minute| *minute < DAY_MINUTES);
            let from = from.ok_or_else(|| WrongField::new(name(at, "from"), Wrong::NoTime))?;
            let until = read_minute(until).ok_or_else(|| WrongField::new(name(at, "until"), Wrong::NoTime))?;
            // Fields for times cannot say 24:00, and no interval ends where the day begins.
            let until = if until == 0 { DAY_MINUTES } else { until };
            intervals.push(Interval { from, until });
            places.push(at);
        }
        Self::new(&intervals).map_err(|(at, why)| {
            let place = places.get(at).copied().unwrap_or_default();
            let end = if why == Wrong::Reversed { "until" } else { "from" };
            WrongField::new(name(place, end), why)
        })
    }

    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a minute of the day is within its hours.
    #[must_use]
    pub fn has(&self, minute: u16) -> bool {
        self.0.iter().any(|interval| (interval.from..interval.until).contains(&minute))
    }
}

impl TryFrom<Vec<Interval>> for Day {
    type Error = Wrong;
    fn try_from(intervals: Vec<Interval>) -> Result<Self, Wrong> {
        Self::new(&intervals).map_err(|(_, why)| why)
    }
}

impl From<Day> for Vec<Interval> {
    fn from(day: Day) -> Self {
        day.0
    }
}

/// The hours of a week, Monday first. Of a week without any hours nothing is said: then the business is always open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Week(pub [Day; 7]);

impl Week {
    /// Open all day on every day.
    #[must_use]
    pub fn always() -> Self {
        Self(std::array::from_fn(|_| Day::all_day()))
    }

    /// Whether any hours are set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.iter().any(|day| !day.is_closed())
    }
}

/// A day that is not like the others of its kind: closed, or with hours of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    /// Days since 1970; of a yearly one, in the year that it was entered for.
    pub day: i64,
    /// On the same date of every year. The 29th of February comes in leap years only.
    pub yearly: bool,
    pub name: String,
    pub hours: Day,
}

impl Holiday {
    /// A holiday as somebody entered it.
    ///
    /// # Errors
    /// The field that is wrong: `date`, `name`, or a time of `hours`; and why.
    pub fn read(date: &str, yearly: bool, name: &str, hours: &[(String, String)]) -> Result<Self, WrongField> {
        let day = parse_date(date).filter(|day| is_plausible(*day));
        let day = day.ok_or_else(|| WrongField::new("date", Wrong::NoDate))?;
        let name = line_of(name);
        if name.is_empty() {
            return Err(WrongField::new("name", Wrong::Empty));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(WrongField::new("name", Wrong::TooLong(LONGEST_NAME)));
        }
        Ok(Self { day, yearly, name, hours: Day::read("hours", hours)? })
    }

    /// Whether it could have been entered: its date and its name.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        is_plausible(self.day) && !self.name.is_empty() && self.name.chars().count() <= LONGEST_NAME
    }

    /// Of two with the same key only one can be kept: they are on the same date.
    #[must_use]
    pub fn date_key(&self) -> String {
        let (month, day) = month_and_day(self.day);
        if self.yearly { format!("{month:02}-{day:02}") } else { date_text(self.day) }
    }

    /// Whether both are on the same date, so that only one of them can be kept.
    #[must_use]
    pub fn is_same_date(&self, other: &Self) -> bool {
        self.date_key() == other.date_key()
    }

    /// Whether it is on this day.
    #[must_use]
    pub fn is_on(&self, day: i64) -> bool {
        if self.yearly { month_and_day(self.day) == month_and_day(day) } else { self.day == day }
    }
}

/// Gives Tuesday to Friday what Monday has. The days begin with Monday.
pub fn copy_monday<T: Clone>(days: &mut [T; 7]) {
    let [monday, rest @ ..] = days;
    rest[..4].fill(monday.clone());
}

/// Closed now, whatever the hours say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosedNow {
    /// What callers and visitors are told; may be empty.
    pub reason: Texts,
    /// From then on, ms UTC, the hours count again. `None`: until somebody opens.
    pub until: Option<i64>,
}

impl ClosedNow {
    /// As somebody entered it at a moment.
    ///
    /// # Errors
    /// The field that is wrong, `reason_en`, `reason_zh` or `until`, and why.
    pub fn new(reason: &Texts, until: Option<i64>, now: i64) -> Result<Self, WrongField> {
        let reason = Texts { en: line_of(&reason.en), zh_cn: line_of(&reason.zh_cn) };
        let long = |language: &Language| reason.only(*language).chars().count() > LONGEST_REASON;
        if let Some(language) = Language::EVERY.into_iter().find(long) {
            return Err(WrongField::new(format!("reason_{}", language.suffix()), Wrong::TooLong(LONGEST_REASON)));
        }
        if until.is_some_and(|until| until <= now) {
            return Err(WrongField::new("until", Wrong::Past));
        }
        Ok(Self { reason, until })
    }

    /// Whether it still counts.
    #[must_use]
    pub fn is_in_force(&self, now: i64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// Everything that decides whether the business is open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hours {
    pub week: Week,
    /// No two on the same date; see [`Holiday::is_same_date`].
    pub holidays: Vec<Holiday>,
    pub closed: Option<ClosedNow>,
}

/// A time of the day as people write it: `9`, `9:30`, `09.30`, `0930`, `24:00`; in minutes, 0 to 1440.
#[must_use]
pub fn read_minute(text: &str) -> Option<u16> {
    let text = text.trim();
    let (hours, minutes) = match text.split_once([':', '.', '：']) {
        Some((hours, minutes)) if minutes.len() == 2 => (hours, minutes),
        Some(_) => return None,
        None if text.len() == 4 && text.is_ascii() => text.split_at(2),
        None => (text, "0"),
    };
    let number = |text: &str, longest: usize| {
        let digits = (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= DAY_MINUTES).then_some(all)
}

/// `9:30`, as it is read; the end of the day is `24:00`.
#[must_use]
pub fn minute_text(minute: u16) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

/// A moment as somebody wrote it, `2026-11-21T17:30`, by the clock on the wall: ms UTC. Of two the first; in a gap, as if the
/// clock had not been changed yet.
#[must_use]
pub fn read_moment(text: &str, zone: &Zone) -> Option<i64> {
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let day = parse_date(date).filter(|day| is_plausible(*day))?;
    let wall = day * 86_400 + i64::from(read_minute(time)?) * 60;
    // By the offset of a day before: it holds until the clocks are changed.
    let early = wall - i64::from(zone.offset_at(wall - 86_400));
    let late = wall - i64::from(zone.offset_at(early));
    let shows = |at: &i64| zone.local_ms(at * 1000) == wall * 1000;
    Some([early, late].into_iter().find(shows).unwrap_or(early) * 1000)
}

/// A moment, ms UTC, as [`read_moment`] reads it: `2026-11-21T17:30`. Seconds are left out.
#[must_use]
pub fn written_moment(at: i64, zone: &Zone) -> String {
    let wall = zone.local_ms(at);
    let (day, minute) = (wall.div_euclid(86_400_000), wall.rem_euclid(86_400_000) / 60_000);
    format!("{}T{:02}:{:02}", date_of(day), minute / 60, minute % 60)
}

/// Whether a holiday may be on this day: nobody plans further, and calendars are full of nonsense.
fn is_plausible(day: i64) -> bool {
    YEARS.contains(&date_of(day).year())
}

fn month_and_day(day: i64) -> (i8, i8) {
    let date = date_of(day);
    (date.month(), date.day())
}

/// One line: no control characters, no more than one space at once, none around.
fn line_of(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
