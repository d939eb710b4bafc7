//! That it is closed and when it opens next, in words: as somebody would say it on the telephone, and as it is written on
//! a page. Pure; the sentences for callers are the operator's ([`crate::domain::spoken`]), those of pages are `ui`'s.

use jiff::civil::{Date, Weekday};

use super::schedule::{State, Why};
use crate::domain::call_tracking::zone::{Zone, date_of};
use crate::domain::language::{Language, Texts, Written};
use crate::domain::ncco::Talk;
use crate::domain::spoken::{Speech, Text, sentence};

const DAY_MS: i64 = 86_400_000;

/// How a time is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// “9 o'clock”
    Spoken,
    /// “9:00”
    Written,
}

/// What a caller is told: that it is closed, in the operator's words if there are any, and when it opens. `None` when it is
/// open.
#[must_use]
pub fn closed(state: &State, text: &Texts, now: i64, zone: &Zone, speech: &Speech) -> Option<Vec<Talk>> {
    let State::Closed { why, opens_at } = state else { return None };
    let language = speech.language;
    let Written { text, language: written_in } = text.written(language);
    let first = if text.is_empty() { because(why, speech) } else { vec![(sentence(text, written_in), written_in)] };
    let opens = opens_at.map(|at| {
        let when = when(at, now, zone, language, Style::Spoken);
        (speech.text(Text::OpensAgain, &[("when", &when)]), language)
    });
    Some(speech.joined(first.into_iter().chain(opens)))
}

fn because(why: &Why, speech: &Speech) -> Vec<(String, Language)> {
    let ours = |text, values: &[(&str, &str)]| (sentence(&speech.text(text, values), speech.language), speech.language);
    match why {
        Why::Holiday(name) => vec![ours(Text::ClosedHoliday, &[("holiday", name)])],
        Why::Switched(reason) => {
            // It is no markup.
            let Written { text, language } = reason.written(speech.language);
            let reason = text.replace(['<', '>'], "");
            let reason = (!reason.trim().is_empty()).then(|| (sentence(&reason, language), language));
            [ours(Text::Closed, &[])].into_iter().chain(reason).collect()
        }
        Why::Hours => vec![ours(Text::Closed, &[])],
    }
}

/// A moment, ms UTC, as it is said at another: “tomorrow at 9 o'clock”, “on Monday, 4 January, at 9:30”.
#[must_use]
pub fn when(at: i64, now: i64, zone: &Zone, language: Language, style: Style) -> String {
    let (wall, today) = (zone.local_ms(at), zone.local_ms(now).div_euclid(DAY_MS));
    let day = wall.div_euclid(DAY_MS);
    let minute = u16::try_from(wall.rem_euclid(DAY_MS) / 60_000).unwrap_or_default();
    let (date, ahead) = (date_of(day), day - today);
    match language {
        Language::English => {
            if minute == 0 && ahead == 1 {
                return "tonight at midnight".to_owned();
            }
            let with_year = date.year() != date_of(today).year();
            let (day, comma) = match ahead {
                0 => ("today".to_owned(), ""),
                1 => ("tomorrow".to_owned(), ""),
                2..=6 => (format!("on {}", english_weekday(date)), ""),
                _ if with_year && ahead > 180 => (format!("on {}", english_date(date, true)), ","),
                _ => (format!("on {}, {}", english_weekday(date), english_date(date, false)), ","),
            };
            format!("{day}{comma} at {}", english_time(minute, style))
        }
        Language::Chinese => {
            if minute == 0 && ahead == 1 && style == Style::Written {
                return "今晚 24:00".to_owned();
            }
            let day = match ahead {
                0 => "今天".to_owned(),
                1 => "明天".to_owned(),
                2 => "后天".to_owned(),
                3..=6 => chinese_weekday(date).to_owned(),
                _ if ahead > 180 && date.year() != date_of(today).year() => {
                    format!("{}年{}月{}日", date.year(), date.month(), date.day())
                }
                _ => format!("{}月{}日{}", date.month(), date.day(), chinese_weekday(date)),
            };
            match style {
                Style::Spoken => format!("{day}{}", chinese_time(minute)),
                Style::Written => format!("{day} {}", clock(minute)),
            }
        }
    }
}

fn clock(minute: u16) -> String {
    super::minute_text(minute)
}

fn english_time(minute: u16, style: Style) -> String {
    let (hour, past) = (minute / 60, minute % 60);
    if style == Style::Written {
        return clock(minute);
    }
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let part = match hour {
        0..=4 => " at night",
        // From 5 to 12 the hour alone is clear.
        5..=12 => "",
        13..=17 => " in the afternoon",
        18..=21 => " in the evening",
        _ => " at night",
    };
    match (hour, past) {
        (0, 0) => "midnight".to_owned(),
        (12, 0) => "noon".to_owned(),
        (_, 0) => format!("{twelve} o'clock{part}"),
        _ => format!("{twelve}:{past:02}{part}"),
    }
}

fn english_weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn english_date(date: Date, year: bool) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = usize::from(date.month().unsigned_abs()).checked_sub(1).and_then(|at| MONTHS.get(at));
    let year = if year { format!(" {}", date.year()) } else { String::new() };
    format!("{} {}{year}", date.day(), month.copied().unwrap_or_default())
}

fn chinese_weekday(date: Date) -> &'static str {
    match date.weekday() {
        Weekday::Monday => "星期一",
        Weekday::Tuesday => "星期二",
        Weekday::Wednesday => "星期三",
        Weekday::Thursday => "星期四",
        Weekday::Friday => "星期五",
        Weekday::Saturday => "星期六",
        Weekday::Sunday => "星期日",
    }
}

fn chinese_time(minute: u16) -> String {
    let (hour, past) = (minute / 60, minute % 60);
    let (part, shown) = match hour {
        0..=4 => ("凌晨", hour),
        5..=8 => ("早上", hour),
        9..=11 => ("上午", hour),
        12 => ("中午", 12),
        13..=17 => ("下午", hour - 12),
        _ => ("晚上", hour - 12),
    };
    match past {
        0 => format!("{part}{shown}点"),
        30 => format!("{part}{shown}点半"),
        1..=9 => format!("{part}{shown}点零{past}分"),
        _ => format!("{part}{shown}点{past}分"),
    }
}
