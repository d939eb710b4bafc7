//! Which day and hour it was where the business is, whatever its clocks do in spring and autumn.
//!
//! A [`Zone`] is read from the system's own data (TZif, RFC 9636) or from a rule (`CET-1CEST,M3.5.0,M10.5.0/3`, POSIX TZ).
//! Who reads the file is the caller; nothing here touches the disk or the clock.

use serde::{Deserialize, Serialize};

/// A time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    name: String,
    /// From each moment (seconds since 1970) on, this offset (seconds east of UTC) holds. Ascending.
    changes: Vec<(i64, i32)>,
    /// Before the first change.
    before: i32,
    /// After the last change.
    #[serde(skip)]
    rule: Option<Rule>,
}

/// Why something is no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is no time zone: {reason}")]
pub struct ZoneError {
    pub name: String,
    pub reason: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    standard: i32,
    summer: Option<Summer>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Summer {
    offset: i32,
    begins: Date,
    ends: Date,
}

/// A day of every year and a time on it, in the time that holds before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Date {
    day: DayOf,
    /// Seconds after midnight; may be negative or beyond the day.
    time: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DayOf {
    /// Month 1 to 12, week 1 to 5 (5 is the last), weekday 0 (Sunday) to 6.
    Week(i64, i64, i64),
    /// 1 to 365; the 29th of February is never counted.
    Julian(i64),
    /// 0 to 365.
    Zero(i64),
}

/// No zone changes its clocks twice in a day.
const DAY_S: i64 = 86_400;

impl Default for Zone {
    fn default() -> Self {
        Self::utc()
    }
}

impl Zone {
    /// Coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".into(), changes: Vec::new(), before: 0, rule: None }
    }

    /// As the operator wrote it: `Europe/London`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// From a rule: `GMT0BST,M3.5.0/1,M10.5.0`.
    ///
    /// # Errors
    /// [`ZoneError`] when it is none.
    pub fn from_rule(name: &str, rule: &str) -> Result<Self, ZoneError> {
        let parsed = Rule::parse(rule);
        let rule = parsed.ok_or_else(|| ZoneError { name: name.to_owned(), reason: "its rule cannot be read" })?;
        Ok(Self { name: name.to_owned(), changes: Vec::new(), before: rule.standard, rule: Some(rule) })
    }

    /// From the bytes of a TZif file.
    ///
    /// # Errors
    /// [`ZoneError`] when they are none.
    pub fn from_tzif(name: &str, bytes: &[u8]) -> Result<Self, ZoneError> {
        let error = |reason| ZoneError { name: name.to_owned(), reason };
        let read = read_tzif(bytes).ok_or_else(|| error("its file cannot be read"))?;
        Ok(Self { name: name.to_owned(), ..read })
    }

    /// Seconds east of UTC at a moment, in seconds since 1970.
    #[must_use]
    pub fn offset_at(&self, seconds: i64) -> i32 {
        match self.changes.partition_point(|(from, _)| *from <= seconds) {
            0 if !self.changes.is_empty() => self.before,
            at if at == self.changes.len() => match (self.rule, self.changes.last()) {
                (Some(rule), _) => rule.offset_at(seconds),
                (None, Some((_, offset))) => *offset,
                (None, None) => self.before,
            },
            at => self.changes[at - 1].1,
        }
    }

    /// The same zone, as far as it is needed for moments between two (ms UTC): small enough to be sent to a browser.
    #[must_use]
    pub fn between(&self, from: i64, until: i64) -> Self {
        let (from, until) = (from.div_euclid(1000), until.div_euclid(1000));
        let before = self.offset_at(from);
        let (mut changes, mut at, mut offset) = (Vec::new(), from, before);
        while at < until {
            let next = (at + DAY_S).min(until);
            let then = self.offset_at(next);
            if then != offset {
                // The first second of the new offset: after `same`, at the latest at `changed`.
                let (mut same, mut changed) = (at, next);
                while changed - same > 1 {
                    let middle = same + (changed - same) / 2;
                    if self.offset_at(middle) == offset { same = middle } else { changed = middle }
                }
                changes.push((changed, then));
                offset = then;
            }
            at = next;
        }
        Self { name: self.name.clone(), changes, before, rule: None }
    }

    /// The day (since 1970-01-01) and the hour (0 to 23) of a moment, ms UTC.
    #[must_use]
    pub fn day_and_hour(&self, ms: i64) -> (i64, u8) {
        let seconds = ms.div_euclid(1000);
        let local = seconds + i64::from(self.offset_at(seconds));
        let hour = u8::try_from(local.rem_euclid(86_400) / 3600).unwrap_or_default();
        (local.div_euclid(86_400), hour)
    }

    /// A moment as a clock on the wall there shows it, as ms since 1970.
    #[must_use]
    pub fn local_ms(&self, ms: i64) -> i64 {
        ms + i64::from(self.offset_at(ms.div_euclid(1000))) * 1000
    }
}

/// Year, month (1 to 12) and day of a day since 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
#[must_use]
pub fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The day since 1970-01-01 of a date.
#[must_use]
pub fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Months since January of the year 0.
#[must_use]
pub fn month_of(days: i64) -> i64 {
    let (year, month, _) = date_of(days);
    year * 12 + month - 1
}

/// 0 for Monday to 6 for Sunday.
#[must_use]
pub fn weekday_of(days: i64) -> u8 {
    u8::try_from((days + 3).rem_euclid(7)).unwrap_or_default()
}

/// `2026-11-21`.
#[must_use]
pub fn date_text(days: i64) -> String {
    let (year, month, day) = date_of(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Reads [`date_text`]; a day that its month has not is none.
#[must_use]
pub fn parse_date(text: &str) -> Option<i64> {
    let mut parts = text.trim().splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let days = day_of(year, month, day);
    (date_of(days) == (year, month, day)).then_some(days)
}

impl Rule {
    fn parse(text: &str) -> Option<Self> {
        let mut text = Cursor(text.as_bytes());
        text.name()?;
        // POSIX counts west of Greenwich.
        let standard = -i32::try_from(text.time()?).ok()?;
        if text.0.is_empty() {
            return Some(Self { standard, summer: None });
        }
        text.name()?;
        let offset = match text.0.first() {
            Some(b',') => standard + 3600,
            _ => -i32::try_from(text.time()?).ok()?,
        };
        let begins = text.date()?;
        let ends = text.date()?;
        text.0.is_empty().then_some(Self { standard, summer: Some(Summer { offset, begins, ends }) })
    }

    fn offset_at(self, seconds: i64) -> i32 {
        let Some(summer) = self.summer else { return self.standard };
        let (year, ..) = date_of((seconds + i64::from(self.standard)).div_euclid(86_400));
        let begins = summer.begins.moment(year) - i64::from(self.standard);
        let ends = summer.ends.moment(year) - i64::from(summer.offset);
        let in_summer = if begins < ends {
            (begins..ends).contains(&seconds)
        } else {
            // South of the equator summer goes over the new year.
            !(ends..begins).contains(&seconds)
        };
        if in_summer { summer.offset } else { self.standard }
    }
}

impl Date {
    /// Seconds since 1970 as the clock on the wall counts them.
    fn moment(self, year: i64) -> i64 {
        let first = day_of(year, 1, 1);
        let leap = day_of(year + 1, 1, 1) - first == 366;
        let day = match self.day {
            DayOf::Zero(day) => first + day,
            DayOf::Julian(day) => first + day - 1 + i64::from(leap && day >= 60),
            DayOf::Week(month, week, weekday) => {
                let start = day_of(year, month, 1);
                // 1970-01-01 was a Thursday, the fourth day after a Sunday.
                let shift = (weekday - (start + 4)).rem_euclid(7);
                let day = start + shift + (week - 1) * 7;
                let next = if month == 12 { day_of(year + 1, 1, 1) } else { day_of(year, month + 1, 1) };
                if day >= next { day - 7 } else { day }
            }
        };
        day * 86_400 + self.time
    }
}

/// What is left of a rule.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take(&mut self, byte: u8) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if *first == byte => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    /// `CET` or `<+0330>`; what it is called does not matter.
    fn name(&mut self) -> Option<()> {
        let quoted = self.take(b'<');
        let end = self.0.iter().position(|b| if quoted { *b == b'>' } else { !b.is_ascii_alphabetic() });
        let length = end.unwrap_or(self.0.len());
        (length >= 3).then_some(())?;
        self.0 = &self.0[length..];
        (!quoted || self.take(b'>')).then_some(())
    }

    fn number(&mut self) -> Option<i64> {
        let length = self.0.iter().take_while(|b| b.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        let number = std::str::from_utf8(digits).ok()?.parse().ok().filter(|number| *number < 1000);
        self.0 = rest;
        number
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    fn time(&mut self) -> Option<i64> {
        let sign = if self.take(b'-') {
            -1
        } else {
            self.take(b'+');
            1
        };
        let mut seconds = self.number()? * 3600;
        if self.take(b':') {
            seconds += self.number()? * 60;
            if self.take(b':') {
                seconds += self.number()?;
            }
        }
        (seconds <= 168 * 3600).then_some(sign * seconds)
    }

    /// `,M3.5.0/1`
    fn date(&mut self) -> Option<Date> {
        self.take(b',').then_some(())?;
        let day = if self.take(b'M') {
            let month = self.number()?;
            let week = self.take(b'.').then(|| self.number())??;
            let weekday = self.take(b'.').then(|| self.number())??;
            let sane = (1..=12).contains(&month) && (1..=5).contains(&week) && weekday <= 6;
            sane.then_some(DayOf::Week(month, week, weekday))?
        } else if self.take(b'J') {
            Some(self.number()?).filter(|day| (1..=365).contains(day)).map(DayOf::Julian)?
        } else {
            Some(self.number()?).filter(|day| *day <= 365).map(DayOf::Zero)?
        };
        let time = if self.take(b'/') { self.time()? } else { 2 * 3600 };
        Some(Date { day, time })
    }
}

/// The 64-bit part of a TZif file and the rule behind it.
fn read_tzif(bytes: &[u8]) -> Option<Zone> {
    let (version, first) = header(bytes)?;
    // Version 1 has 32-bit times only; nobody makes such files any more.
    (version >= b'2').then_some(())?;
    let second = bytes.get(44 + first.size(4)..)?;
    let (_, counts) = header(second)?;
    let data = second.get(44..)?;
    let (times, rest) = data.split_at_checked(counts.times * 8)?;
    let (indices, rest) = rest.split_at_checked(counts.times)?;
    let (types, _) = rest.split_at_checked(counts.types * 6)?;
    let offset = |index: usize| -> Option<i32> {
        let raw: [u8; 4] = types.get(index * 6..index * 6 + 4)?.try_into().ok()?;
        Some(i32::from_be_bytes(raw)).filter(|offset| offset.abs() <= 26 * 3600)
    };
    let mut changes = Vec::with_capacity(counts.times);
    for (time, index) in times.chunks_exact(8).zip(indices) {
        changes.push((i64::from_be_bytes(time.try_into().ok()?), offset(usize::from(*index))?));
    }
    changes.is_sorted_by_key(|(time, _)| *time).then_some(())?;
    let footer = second.get(44 + counts.size(8)..)?;
    let footer = std::str::from_utf8(footer).ok()?.trim_matches('\n');
    let rule = if footer.is_empty() { None } else { Some(Rule::parse(footer)?) };
    Some(Zone { name: String::new(), changes, before: offset(0)?, rule })
}

struct Sizes {
    times: usize,
    types: usize,
    names: usize,
    leaps: usize,
    walls: usize,
    uts: usize,
}

impl Sizes {
    fn size(&self, time: usize) -> usize {
        self.times * (time + 1) + self.types * 6 + self.names + self.leaps * (time + 4) + self.walls + self.uts
    }
}

fn header(bytes: &[u8]) -> Option<(u8, Sizes)> {
    let head = bytes.get(..44)?;
    (&head[..4] == b"TZif").then_some(())?;
    let count = |at: usize| -> Option<usize> {
        let raw: [u8; 4] = head.get(20 + at * 4..24 + at * 4)?.try_into().ok()?;
        usize::try_from(u32::from_be_bytes(raw)).ok().filter(|count| *count < 100_000)
    };
    let sizes = Sizes {
        uts: count(0)?,
        walls: count(1)?,
        leaps: count(2)?,
        times: count(3)?,
        types: count(4)?,
        names: count(5)?,
    };
    (sizes.types > 0).then_some((head[4], sizes))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn london() -> Zone {
        Zone::from_rule("Europe/London", "GMT0BST,M3.5.0/1,M10.5.0").unwrap()
    }

    fn ms(text: &str) -> i64 {
        use time::format_description::well_known::Rfc3339;
        time::OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp() * 1000
    }

    #[test]
    fn clocks_go_forward_and_back() {
        // 2026-03-29 01:00 UTC: forward. 2026-10-25 01:00 UTC: back.
        assert_eq!(london().day_and_hour(ms("2026-03-29T00:59:59Z")), (day_of(2026, 3, 29), 0));
        assert_eq!(london().day_and_hour(ms("2026-03-29T01:00:00Z")), (day_of(2026, 3, 29), 2));
        assert_eq!(london().day_and_hour(ms("2026-10-25T00:30:00Z")), (day_of(2026, 10, 25), 1));
        assert_eq!(
            london().day_and_hour(ms("2026-10-25T01:30:00Z")),
            (day_of(2026, 10, 25), 1),
            "the hour comes twice"
        );
        assert_eq!(london().day_and_hour(ms("2026-06-30T23:30:00Z")), (day_of(2026, 7, 1), 0));
    }

    #[test]
    fn summer_goes_over_the_new_year_in_the_south_and_offsets_are_any() {
        let sydney = Zone::from_rule("x", "AEST-10AEDT,M10.1.0,M4.1.0/3").unwrap();
        assert_eq!(sydney.offset_at(ms("2026-01-01T00:00:00Z") / 1000), 11 * 3600);
        assert_eq!(sydney.offset_at(ms("2026-07-01T00:00:00Z") / 1000), 10 * 3600);
        let kolkata = Zone::from_rule("x", "IST-5:30").unwrap();
        assert_eq!(kolkata.day_and_hour(ms("2026-11-20T18:30:00Z")), (day_of(2026, 11, 21), 0));
        let kathmandu = Zone::from_rule("x", "<+0545>-5:45").unwrap();
        assert_eq!(kathmandu.offset_at(0), 20_700);
        let julian = Zone::from_rule("x", "AAA3BBB,J60/0,300/-1").unwrap();
        assert_eq!(julian.offset_at(ms("2028-03-01T02:59:59Z") / 1000), -3 * 3600);
        assert_eq!(julian.offset_at(ms("2028-03-01T03:00:00Z") / 1000), -2 * 3600);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for rule in
            ["", "C", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET999", "<+1-1", "UTC0x"]
        {
            assert!(Zone::from_rule("x", rule).is_err(), "{rule}");
        }
        for bytes in [&b""[..], b"TZif", &[0; 200], b"TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff"] {
            assert!(Zone::from_tzif("x", bytes).is_err());
        }
    }

    /// The system's files and the rules at their ends, against what `time` says of the moments when clocks change.
    #[test]
    fn the_files_of_the_system_are_read() {
        let Ok(bytes) = std::fs::read("/usr/share/zoneinfo/Europe/London") else {
            eprintln!("SKIPPED: this machine has no time zone data");
            return;
        };
        let zone = Zone::from_tzif("Europe/London", &bytes).unwrap();
        for year in 1996..2060 {
            for (month, day) in [(1, 1), (3, 20), (4, 5), (7, 1), (10, 20), (11, 3)] {
                let seconds = day_of(year, month, day) * 86_400 + 43_200;
                assert_eq!(zone.offset_at(seconds), london().offset_at(seconds), "{year}-{month}-{day}");
            }
        }
        // All of 1970 was summer time in London.
        assert_eq!(zone.offset_at(ms("1970-12-25T12:00:00Z") / 1000), 3600);
    }

    #[test]
    fn dates_are_read_and_written() {
        assert_eq!(parse_date("2024-02-29").map(date_text).as_deref(), Some("2024-02-29"));
        for text in ["2023-02-29", "2026-13-01", "2026-1", "x", "", "1969-12-31", "2026-11-31"] {
            assert_eq!(parse_date(text), None, "{text}");
        }
        assert_eq!(weekday_of(day_of(2026, 11, 21)), 5, "a Saturday");
        assert_eq!(month_of(day_of(2026, 1, 31)) + 1, month_of(day_of(2026, 2, 1)));
    }

    proptest! {
        #[test]
        fn a_day_is_its_date(days in -200_000_i64..200_000) {
            let (year, month, day) = date_of(days);
            prop_assert_eq!(day_of(year, month, day), days);
        }

        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), rule in "\\PC{0,40}") {
            let mut file = b"TZif2".to_vec();
            file.extend(bytes);
            let _ = Zone::from_tzif("x", &file);
            let _ = Zone::from_rule("x", &rule);
        }
    }
}
