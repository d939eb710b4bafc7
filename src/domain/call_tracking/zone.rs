//! Which day and hour it was where the business is, whatever its clocks do in spring and autumn.
//!
//! Rules and calendar are jiff's. Who reads the rules, and from where, is the caller; nothing here touches the disk or the
//! clock. A day is a number, as in the database: days since 1970-01-01.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A time zone: from each moment on, another offset. A table, for two reasons: each call that is counted asks for its day
/// and hour, and a part of it can be sent to a browser, which then needs neither rules nor a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    name: String,
    /// From each moment (seconds since 1970) on, this offset (seconds east of UTC) holds. Ascending.
    changes: Vec<(i64, i32)>,
    /// Before the first change.
    before: i32,
}

/// Error parsing a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no time zone: {reason}")]
pub struct ZoneError {
    pub name: String,
    pub reason: &'static str,
}

/// No call is older: 1900-01-01.
const FIRST: Timestamp = Timestamp::constant(-2_208_988_800, 0);
/// Until here clocks are put forward and back: 2200-01-01.
const LAST: Timestamp = Timestamp::constant(7_258_118_400, 0);

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".into(), changes: Vec::new(), before: 0 }
    }

    /// What these rules say of the years 1900 to 2199.
    #[must_use]
    pub fn new(name: &str, rules: &TimeZone) -> Self {
        let changes = rules.following(FIRST).take_while(|change| change.timestamp() < LAST);
        let changes = changes.map(|change| (change.timestamp().as_second(), change.offset().seconds()));
        Self { name: name.to_owned(), changes: changes.collect(), before: rules.to_offset(FIRST).seconds() }
    }

    /// As the operator wrote it: `Europe/London`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds east of UTC at a moment, in seconds since 1970.
    #[must_use]
    pub fn offset_at(&self, seconds: i64) -> i32 {
        match self.changes.partition_point(|(from, _)| *from <= seconds) {
            0 => self.before,
            at => self.changes[at - 1].1,
        }
    }

    /// When the clocks there are changed next, in seconds since 1970; `None` when they never are again.
    #[must_use]
    pub fn next_change(&self, seconds: i64) -> Option<i64> {
        let at = self.changes.partition_point(|(from, _)| *from <= seconds);
        self.changes.get(at).map(|(from, _)| *from)
    }

    /// The same zone, as far as it is needed for moments between two (ms UTC): small enough to be sent to a browser.
    #[must_use]
    pub fn between(&self, from: i64, until: i64) -> Self {
        let (from, until) = (from.div_euclid(1000), until.div_euclid(1000));
        let changes = self.changes.iter().filter(|(at, _)| *at > from && *at <= until);
        Self { name: self.name.clone(), changes: changes.copied().collect(), before: self.offset_at(from) }
    }

    /// The day and the hour (0 to 23) of a moment, ms UTC.
    #[must_use]
    pub fn day_and_hour(&self, ms: i64) -> (i64, u8) {
        let seconds = ms.div_euclid(1000);
        let local = seconds + i64::from(self.offset_at(seconds));
        let hour = u8::try_from(local.rem_euclid(DAY_S) / 3600).unwrap_or_default();
        (local.div_euclid(DAY_S), hour)
    }

    /// A moment as a clock on the wall there shows it, as ms since 1970.
    #[must_use]
    pub fn local_ms(&self, ms: i64) -> i64 {
        ms + i64::from(self.offset_at(ms.div_euclid(1000))) * 1000
    }

    /// When the day of a moment began there, ms UTC.
    #[must_use]
    pub fn midnight(&self, ms: i64) -> i64 {
        let wall = self.local_ms(ms).div_euclid(DAY_S * 1000) * DAY_S * 1000;
        // By the offset of that midnight: clocks may have been changed since.
        let about = ms - (self.local_ms(ms) - wall);
        wall - i64::from(self.offset_at(about.div_euclid(1000))) * 1000
    }
}

const DAY_S: i64 = 86_400;
const DAY_0: Date = date(1970, 1, 1);

/// The date of a day, counted from 1970. A day beyond the calendar's range gives the last date of the range.
#[must_use]
pub fn date_of(day: i64) -> Date {
    DAY_0.saturating_add(SignedDuration::from_secs(day.saturating_mul(DAY_S)))
}

/// The day of a date.
#[must_use]
pub fn day_of(date: Date) -> i64 {
    date.duration_since(DAY_0).as_secs() / DAY_S
}

/// The first day of the month that a day is in.
#[must_use]
pub fn month_start(day: i64) -> i64 {
    day_of(date_of(day).first_of_month())
}

/// The first day of the month after the one that a day is in.
#[must_use]
pub fn next_month(day: i64) -> i64 {
    day_of(date_of(day).last_of_month()) + 1
}

/// 0 for Monday to 6 for Sunday.
#[must_use]
pub fn weekday_of(day: i64) -> u8 {
    date_of(day).weekday().to_monday_zero_offset().unsigned_abs()
}

/// `2026-11-21`.
#[must_use]
pub fn date_text(day: i64) -> String {
    date_of(day).to_string()
}

/// Reads [`date_text`]; a day that its month has not is none.
#[must_use]
pub fn parse_date(text: &str) -> Option<i64> {
    // Not `Date`'s own `FromStr`: it takes a time behind the date as well, and drops it.
    let date = Date::strptime("%Y-%m-%d", text.trim()).ok()?;
    (date >= DAY_0).then(|| day_of(date))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;
    use proptest::prelude::*;

    use super::*;

    /// Of the program's own copy of the tz database.
    fn zone(name: &str) -> Zone {
        Zone::new(name, &TimeZoneDatabase::bundled().get(name).unwrap())
    }

    fn by_rule(rule: &str) -> Zone {
        Zone::new("x", &TimeZone::posix(rule).unwrap())
    }

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn day(year: i16, month: i8, day: i8) -> i64 {
        day_of(date(year, month, day))
    }

    #[test]
    fn clocks_go_forward_and_back() {
        // 2026-03-29 01:00 UTC: forward. 2026-10-25 01:00 UTC: back.
        for london in [zone("Europe/London"), by_rule("GMT0BST,M3.5.0/1,M10.5.0")] {
            assert_eq!(london.day_and_hour(ms("2026-03-29T00:59:59Z")), (day(2026, 3, 29), 0));
            assert_eq!(london.day_and_hour(ms("2026-03-29T01:00:00Z")), (day(2026, 3, 29), 2));
            assert_eq!(london.day_and_hour(ms("2026-10-25T00:30:00Z")), (day(2026, 10, 25), 1));
            assert_eq!(london.day_and_hour(ms("2026-10-25T01:30:00Z")), (day(2026, 10, 25), 1), "the hour comes twice");
            assert_eq!(london.day_and_hour(ms("2026-06-30T23:30:00Z")), (day(2026, 7, 1), 0));
        }
    }

    /// Whatever the hour, and also on days of 23 and 25 hours.
    #[test]
    fn a_day_begins_at_midnight_there() {
        let london = zone("Europe/London");
        for (at, midnight) in [
            ("2026-11-21T00:00:00Z", "2026-11-21T00:00:00Z"),
            ("2026-11-20T23:59:59Z", "2026-11-20T00:00:00Z"),
            ("2026-06-30T22:59:59Z", "2026-06-29T23:00:00Z"),
            ("2026-06-30T23:00:00Z", "2026-06-30T23:00:00Z"),
            ("2026-03-29T00:30:00Z", "2026-03-29T00:00:00Z"),
            ("2026-03-29T12:00:00Z", "2026-03-29T00:00:00Z"),
            ("2026-03-29T22:59:59Z", "2026-03-29T00:00:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-24T23:00:00Z"),
            ("2026-10-25T23:59:59Z", "2026-10-24T23:00:00Z"),
        ] {
            assert_eq!(london.midnight(ms(at)), ms(midnight), "{at}");
        }
        assert_eq!(zone("Asia/Shanghai").midnight(ms("2026-11-20T16:00:00Z")), ms("2026-11-20T16:00:00Z"));
        assert_eq!(zone("America/New_York").midnight(ms("2026-11-21T04:59:59Z")), ms("2026-11-20T05:00:00Z"));
    }

    #[test]
    fn summer_goes_over_the_new_year_in_the_south_and_offsets_are_any() {
        let sydney = zone("Australia/Sydney");
        assert_eq!(sydney.offset_at(ms("2026-01-01T00:00:00Z") / 1000), 11 * 3600);
        assert_eq!(sydney.offset_at(ms("2026-07-01T00:00:00Z") / 1000), 10 * 3600);
        let kolkata = zone("Asia/Kolkata");
        assert_eq!(kolkata.day_and_hour(ms("2026-11-20T18:30:00Z")), (day(2026, 11, 21), 0));
        let kathmandu = by_rule("<+0545>-5:45");
        assert_eq!(kathmandu.offset_at(0), 20_700);
        let julian = by_rule("AAA3BBB,J60/0,300/-1");
        assert_eq!(julian.offset_at(ms("2028-03-01T02:59:59Z") / 1000), -3 * 3600);
        assert_eq!(julian.offset_at(ms("2028-03-01T03:00:00Z") / 1000), -2 * 3600);
    }

    /// The rule at the end of a zone's data goes on; what was before it is data.
    #[test]
    fn the_past_is_as_it_was_and_the_future_by_rule() {
        let (zone, rule) = (zone("Europe/London"), by_rule("GMT0BST,M3.5.0/1,M10.5.0"));
        for year in 1996..2200 {
            for (month, date) in [(1, 1), (3, 20), (4, 5), (7, 1), (10, 20), (11, 3)] {
                let seconds = day(year, month, date) * DAY_S + DAY_S / 2;
                assert_eq!(zone.offset_at(seconds), rule.offset_at(seconds), "{year}-{month}-{date}");
            }
        }
        // All of 1970 was summer time in London.
        assert_eq!(zone.offset_at(ms("1970-12-25T12:00:00Z") / 1000), 3600);
    }

    /// The hot path asks the table; jiff itself is asked here.
    #[test]
    fn the_table_says_what_its_rules_say() {
        for name in ["Europe/London", "America/New_York", "Africa/Casablanca", "Asia/Tehran", "Australia/Lord_Howe"] {
            let rules = TimeZoneDatabase::bundled().get(name).unwrap();
            let zone = Zone::new(name, &rules);
            let asked = (FIRST.as_second()..LAST.as_second()).step_by(40_000);
            let around = zone.changes.iter().flat_map(|(at, _)| [at - 1, *at]);
            for seconds in asked.chain(around) {
                let wanted = rules.to_offset(Timestamp::from_second(seconds).unwrap()).seconds();
                assert_eq!(zone.offset_at(seconds), wanted, "{name}, {seconds}");
            }
        }
    }

    #[test]
    fn a_part_says_the_same_and_is_small() {
        let zone = zone("Europe/London");
        let (from, until) = (ms("2025-06-01T00:00:00Z"), ms("2027-06-01T00:00:00Z"));
        let part = zone.between(from, until);
        assert_eq!((part.changes.len(), part.name()), (4, "Europe/London"));
        for at in (from..=until).step_by(1_800_000) {
            assert_eq!(part.local_ms(at), zone.local_ms(at));
        }
    }

    #[test]
    fn dates_are_read_and_written() {
        assert_eq!(parse_date("2024-02-29").map(date_text).as_deref(), Some("2024-02-29"));
        assert_eq!(parse_date(" 2026-1-5 "), Some(day(2026, 1, 5)));
        for text in
            ["2023-02-29", "2026-13-01", "2026-1", "x", "", "1969-12-31", "2026-11-31", "2026-11-21T10:00", "-1-1-1"]
        {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(weekday_of(day(2026, 11, 21)), 5, "a Saturday");
        assert_eq!((month_start(day(2024, 2, 29)), next_month(day(2024, 2, 29))), (day(2024, 2, 1), day(2024, 3, 1)));
        assert_eq!(next_month(day(2026, 12, 1)), day(2027, 1, 1));
        assert_eq!((date_text(i64::MAX), date_text(0)), ("9999-12-31".into(), "1970-01-01".into()));
    }

    proptest! {
        #[test]
        fn a_day_is_its_date(day in -200_000_i64..200_000) {
            prop_assert_eq!(day_of(date_of(day)), day);
        }
    }
}
