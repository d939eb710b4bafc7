//! Holidays out of an iCalendar file (RFC 5545), as governments and calendars publish them: whole days, once or yearly.
//!
//! A file is taken whole or refused with the reason. What a week or another rule repeats is refused and not guessed at.
//! Events with a time of the day, such as meetings, are left out and counted.

use serde::{Deserialize, Serialize};

use super::{Day, Holiday, LONGEST_NAME, is_plausible, line_of};
use crate::domain::call_tracking::zone::{day_of, parse_date};
use jiff::civil::Date;

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 256 << 10;
/// Events that a file may have.
pub const MOST_EVENTS: usize = 500;
/// The longest holiday, in days.
pub const LONGEST_DAYS: i64 = 31;

/// What a file has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// In the order of the file; of several on the same date, the first.
    pub holidays: Vec<Holiday>,
    /// Events with a time of the day, and cancelled ones.
    pub left_out: usize,
}

/// Why a file was refused. Lines are counted from 1, as an editor shows them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarError {
    #[error("there is no file")]
    NoFile,
    #[error("the file is larger than {} kB", LARGEST_FILE >> 10)]
    TooLarge,
    #[error("the file is no text in UTF-8")]
    NotText,
    #[error("the file has no events (VEVENT): is it an iCalendar file?")]
    NoEvents,
    #[error("the file has more than {MOST_EVENTS} events")]
    TooManyEvents,
    #[error("no event of the file is a whole day")]
    NoWholeDays,
    #[error("line {line}: the file is cut off within an event")]
    CutOff { line: usize },
    #[error("line {line}: this is no property of an event")]
    NoProperty { line: usize },
    #[error("line {line}: this is no date of the years 2000 to 2100")]
    NoDate { line: usize },
    #[error("line {line}: the event ends before it begins, or lasts longer than {LONGEST_DAYS} days")]
    NoSpan { line: usize },
    #[error("line {line}: only events that come once or every year on the same date can be read")]
    Repeats { line: usize },
    #[error("line {line}: the event has no name (SUMMARY)")]
    NoName { line: usize },
}

/// An event while it is being read.
#[derive(Default)]
struct Event {
    line: usize,
    /// `None` inside: it has a time of the day.
    start: Option<(usize, Option<i64>)>,
    end: Option<(usize, Option<i64>)>,
    days: Option<(usize, i64)>,
    name: String,
    rule: Option<(usize, String)>,
    cancelled: bool,
    /// Components inside of it, such as alarms.
    inner: usize,
}

/// Reads a file.
///
/// # Errors
/// [`CalendarError`].
pub fn read(bytes: &[u8]) -> Result<Calendar, CalendarError> {
    if bytes.is_empty() {
        return Err(CalendarError::NoFile);
    }
    if bytes.len() > LARGEST_FILE {
        return Err(CalendarError::TooLarge);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| CalendarError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(CalendarError::NotText);
    }
    let (mut calendar, mut event, mut events) = (Calendar::default(), None::<Event>, 0);
    let mut last = 0;
    for (line, content) in unfolded(text) {
        last = line;
        let Some((name, parameters, value)) = property(&content) else {
            if event.is_some() && !content.trim().is_empty() {
                return Err(CalendarError::NoProperty { line });
            }
            continue;
        };
        match (event.as_mut(), name.as_str()) {
            (None, "BEGIN") if is(&value, "VEVENT") => {
                events += 1;
                if events > MOST_EVENTS {
                    return Err(CalendarError::TooManyEvents);
                }
                event = Some(Event { line, ..Event::default() });
            }
            (None, _) => {}
            (Some(open), "BEGIN") if is(&value, "VEVENT") => return Err(CalendarError::CutOff { line: open.line }),
            (Some(open), "BEGIN") => open.inner += 1,
            (Some(open), "END") if open.inner > 0 => open.inner -= 1,
            (Some(open), "END") if is(&value, "VEVENT") => {
                let read = std::mem::take(open).holidays()?;
                event = None;
                match read {
                    Some(holidays) => calendar.add(holidays),
                    None => calendar.left_out += 1,
                }
            }
            (Some(open), _) if open.inner > 0 => {}
            (Some(open), name) => open.take(line, name, &parameters, &value)?,
        }
    }
    match event {
        Some(_) => Err(CalendarError::CutOff { line: last }),
        None if events == 0 => Err(CalendarError::NoEvents),
        None if calendar.holidays.is_empty() => Err(CalendarError::NoWholeDays),
        None => Ok(calendar),
    }
}

impl Calendar {
    fn add(&mut self, holidays: Vec<Holiday>) {
        for holiday in holidays {
            if !self.holidays.iter().any(|known| known.is_same_date(&holiday)) {
                self.holidays.push(holiday);
            }
        }
    }
}

impl Event {
    fn take(&mut self, line: usize, name: &str, parameters: &str, value: &str) -> Result<(), CalendarError> {
        match name {
            "DTSTART" => self.start = Some((line, day(value, parameters, line)?)),
            "DTEND" => self.end = Some((line, day(value, parameters, line)?)),
            "DURATION" => self.days = duration(value).map(|days| (line, days)),
            "SUMMARY" => self.name = unescaped(value),
            "RRULE" => self.rule = Some((line, value.to_ascii_uppercase())),
            // Dates beside the first, by list.
            "RDATE" => return Err(CalendarError::Repeats { line }),
            "STATUS" => self.cancelled = is(value, "CANCELLED"),
            _ => {}
        }
        Ok(())
    }

    /// The days of the event; `None` when it is none of a whole day.
    fn holidays(self) -> Result<Option<Vec<Holiday>>, CalendarError> {
        let (line, start) = self.start.ok_or(CalendarError::NoDate { line: self.line })?;
        let Some(start) = start.filter(|_| !self.cancelled) else { return Ok(None) };
        let (line, days) = match (self.end, self.days) {
            (Some((line, Some(end))), _) => (line, end - start),
            // A whole day that ends at a time.
            (Some((line, None)), _) => return Err(CalendarError::NoSpan { line }),
            (None, Some((line, days))) => (line, days),
            (None, None) => (line, 1),
        };
        // Some write the day itself as its end.
        let days = if days == 0 { 1 } else { days };
        if !(1..=LONGEST_DAYS).contains(&days) {
            return Err(CalendarError::NoSpan { line });
        }
        let yearly = match &self.rule {
            None => false,
            Some((_, rule)) if is_every_year(rule, start) => true,
            Some((line, _)) => return Err(CalendarError::Repeats { line: *line }),
        };
        let name: String = line_of(&self.name).chars().take(LONGEST_NAME).collect();
        if name.is_empty() {
            return Err(CalendarError::NoName { line: self.line });
        }
        let all = start..start + days;
        let holiday = |day| Holiday { day, yearly, name: name.trim_end().to_owned(), hours: Day::closed() };
        Ok(Some(all.map(holiday).collect()))
    }
}

/// The content lines with the number of their first line: a line that begins with a space goes on with the one before it.
fn unfolded(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (at, line) in text.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => lines.push((at + 1, line.to_owned())),
        }
    }
    lines
}

/// `NAME;PARAMETERS:VALUE`, the name in capitals. A colon between quotes is part of a parameter.
fn property(line: &str) -> Option<(String, String, String)> {
    let mut quoted = false;
    let colon = line.find(|c| {
        quoted ^= c == '"';
        c == ':' && !quoted
    })?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then(|| (name.to_ascii_uppercase(), parameters.to_ascii_uppercase(), value.trim().to_owned()))
}

fn is(value: &str, word: &str) -> bool {
    value.trim().eq_ignore_ascii_case(word)
}

/// The day of `20261225`; of midnight by the clock on the wall too, which some write for whole days. `None` for other times.
fn day(value: &str, parameters: &str, line: usize) -> Result<Option<i64>, CalendarError> {
    let (date, time) = value.split_once('T').map_or((value, None), |(date, time)| (date, Some(time)));
    let wrong = CalendarError::NoDate { line };
    let digits = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    let written = digits.then(|| format!("{}-{}-{}", &date[..4], &date[4..6], &date[6..]));
    let day = written.and_then(|date| parse_date(&date)).filter(|day| is_plausible(*day)).ok_or(wrong.clone())?;
    match time {
        None => Ok(Some(day)),
        Some(_) if parameters.split(';').any(|one| one == "VALUE=DATE") => Err(wrong),
        Some("000000") => Ok(Some(day)),
        Some(time) => {
            let time = time.strip_suffix('Z').unwrap_or(time);
            let sound = time.len() == 6 && time.bytes().all(|byte| byte.is_ascii_digit());
            if sound { Ok(None) } else { Err(wrong) }
        }
    }
}

/// Whole days of `P1D` and `P2W`.
fn duration(value: &str) -> Option<i64> {
    let text = value.trim().strip_prefix('P')?;
    let (number, days) = match (text.strip_suffix('D'), text.strip_suffix('W')) {
        (Some(number), _) => (number, 1),
        (None, Some(number)) => (number, 7),
        (None, None) => return None,
    };
    number.parse::<u16>().ok().map(|number| i64::from(number) * days)
}

/// Whether a rule repeats the day of the start every year, for ever, and does nothing else.
fn is_every_year(rule: &str, start: i64) -> bool {
    let date: Date = crate::domain::call_tracking::zone::date_of(start);
    debug_assert_eq!(day_of(date), start);
    let mut yearly = false;
    rule.split(';').all(|part| match part.trim().split_once('=') {
        Some(("FREQ", "YEARLY")) => {
            yearly = true;
            true
        }
        Some(("INTERVAL", "1") | ("WKST", _)) => true,
        Some(("BYMONTH", month)) => month.parse() == Ok(date.month()),
        Some(("BYMONTHDAY", day)) => day.parse() == Ok(date.day()),
        _ => false,
    }) && yearly
}

/// A text value without its escapes.
fn unescaped(value: &str) -> String {
    let (mut out, mut escape) = (String::with_capacity(value.len()), false);
    for c in value.chars() {
        match (escape, c) {
            (false, '\\') => escape = true,
            (true, 'n' | 'N') => (escape, _) = (false, out.push(' ')),
            (true, c) => (escape, _) = (false, out.push(c)),
            (false, c) => out.push(c),
        }
    }
    out
}
