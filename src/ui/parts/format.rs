//! How times, lengths and money are written. The same on both halves: no clock, and no time zone or locale of the machine.
//! Times are those of the business (`TIME_ZONE`), on every page, and written as the page's language writes them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use leptos::prelude::use_context;

use crate::domain::call::Price;
use crate::domain::call_tracking::zone::{Zone, date_of};
use crate::ui::language::{Language, language};

/// As English dates have them.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `0:07`, `12:34`, `1:02:03`.
#[must_use]
pub fn length(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A count with a comma between thousands: `11,693`.
#[must_use]
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// A length in ms as whole seconds, rounded: so lengths are made wherever they are shown, by `public/player.js` too.
#[must_use]
pub fn seconds(ms: i64) -> u32 {
    u32::try_from((ms.max(0) + 500) / 1_000).unwrap_or(u32::MAX)
}

/// The zone of this page's times: the business's, as the server provides it; UTC where nobody did.
#[must_use]
pub fn zone() -> Arc<Zone> {
    use_context().unwrap_or_default()
}

/// `21 Nov 2026, 04:05:06` of ms UTC, where the business is; in Chinese `2026-11-21 04:05:06`.
#[must_use]
pub fn time(ms: i64) -> String {
    let at = local(ms);
    format!("{}:{:02}", minute_of(at), at.second())
}

/// `21 Nov 2026, 04:05`; in Chinese `2026-11-21 04:05`.
#[must_use]
pub fn minute(ms: i64) -> String {
    minute_of(local(ms))
}

/// `04:05`, with the day when it is not that of `now`.
#[must_use]
pub fn lately(ms: i64, now: i64) -> String {
    let at = local(ms);
    if at.date() == local(now).date() { clock(at) } else { minute_of(at) }
}

/// `21 Nov 2026` of days since 1970; in Chinese `2026-11-21`.
#[must_use]
pub fn day(day: i64) -> String {
    dated(date_of(day))
}

/// A day of every year: `21 Nov`; in Chinese `11月21日`.
#[must_use]
pub fn yearly(day: i64) -> String {
    let date = date_of(day);
    match language() {
        Language::English => format!("{} {}", date.day(), month(date)),
        Language::Chinese => format!("{}月{}日", date.month(), date.day()),
    }
}

/// `2026-11-21T04:05:06Z`, for machines.
#[must_use]
pub fn datetime(ms: i64) -> String {
    written(ms).replace(' ', "T") + "Z"
}

/// ms since 1970, as a clock that began then shows them.
fn written(ms: i64) -> String {
    let at = moment(ms);
    format!("{} {}:{:02}", numeric(at.date()), clock(at), at.second())
}

fn moment(ms: i64) -> DateTime {
    Offset::UTC.to_datetime(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX))
}

fn local(ms: i64) -> DateTime {
    moment(zone().local_ms(ms))
}

fn minute_of(at: DateTime) -> String {
    let gap = match language() {
        Language::English => ",",
        Language::Chinese => "",
    };
    format!("{}{gap} {}", dated(at.date()), clock(at))
}

// Not `strftime`: all that it can write would be in the browser's program.

fn clock(at: DateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

fn dated(date: Date) -> String {
    match language() {
        Language::English => format!("{} {} {:04}", date.day(), month(date), date.year()),
        Language::Chinese => numeric(date),
    }
}

fn numeric(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

fn month(date: Date) -> &'static str {
    let at = usize::try_from(date.month() - 1).unwrap_or_default();
    MONTHS.get(at).copied().unwrap_or_default()
}

/// `€0.0153`: as many decimals as it takes, at least two.
#[must_use]
pub fn price(price: Price) -> String {
    let (whole, fraction) = (price.0.div_euclid(100_000_000), price.0.rem_euclid(100_000_000));
    let decimals = format!("{fraction:08}");
    let used = decimals.trim_end_matches('0').len().max(2);
    format!("€{whole}.{}", &decimals[..used])
}

/// `€0.0153`, `€0.0000`: four decimals, so that the prices of a column stand under each other.
#[must_use]
pub fn price_in_list(price: Price) -> String {
    let rounded = (price.0 + 5_000).div_euclid(10_000);
    format!("€{}.{:04}", rounded.div_euclid(10_000), rounded.rem_euclid(10_000))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use leptos::prelude::{Owner, provide_context};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn thousands_have_a_comma_between_them() {
        assert_eq!([0, 999, 1_000, 11_693, 1_234_567].map(thousands), ["0", "999", "1,000", "11,693", "1,234,567"]);
    }

    #[test]
    fn lengths_are_rounded() {
        assert_eq!([3_499, 3_500, 0, -1].map(seconds), [3, 4, 0, 0]);
    }

    #[test]
    fn lengths_and_prices() {
        assert_eq!([7, 65, 3723].map(length), ["0:07", "1:05", "1:02:03"]);
        assert_eq!(price(Price(0)), "€0.00");
        assert_eq!(price(Price(1_530_000)), "€0.0153");
        assert_eq!(price(Price(1_200_000_000)), "€12.00");
        assert_eq!(price(Price(1)), "€0.00000001");
        assert_eq!(price_in_list(Price(1_530_000)), "€0.0153");
        assert_eq!(price_in_list(Price(1_234_567_890)), "€12.3457");
        assert_eq!(price_in_list(Price(0)), "€0.0000");
    }

    #[test]
    fn times() {
        assert_eq!(time(0), "1 Jan 1970, 00:00:00");
        assert_eq!(time(1_709_210_096_789), "29 Feb 2024, 12:34:56");
        assert_eq!(datetime(1_709_210_096_789), "2024-02-29T12:34:56Z");
        assert_eq!(time(-1), "31 Dec 1969, 23:59:59");
        assert_eq!((day(0), yearly(58)), ("1 Jan 1970".into(), "28 Feb".into()));
        Owner::new().with(|| {
            provide_context(Language::Chinese);
            assert_eq!(time(1_709_210_096_789), "2024-02-29 12:34:56");
            assert_eq!((day(0), yearly(58)), ("1970-01-01".into(), "2月28日".into()));
        });
    }

    #[test]
    fn b19_times_are_the_businesss_and_machines_get_utc() {
        Owner::new().with(|| {
            provide_context(Arc::new(Zone::new("Asia/Shanghai", &TimeZone::posix("CST-8").unwrap())));
            assert_eq!(time(1_709_210_096_789), "29 Feb 2024, 20:34:56");
            assert_eq!(minute(1_709_210_096_789), "29 Feb 2024, 20:34");
            assert_eq!(datetime(1_709_210_096_789), "2024-02-29T12:34:56Z");
            // 23:59:59 and 00:00:00 in Shanghai, at 15:59:59 and 16:00:00 UTC of the same day.
            let midnight = 1_709_222_400_000;
            assert_eq!(lately(midnight - 1_000, midnight - 60_000), "23:59");
            assert_eq!(lately(midnight - 1_000, midnight), "29 Feb 2024, 23:59");
        });
    }

    proptest! {
        #[test]
        fn agrees_with_the_time_crate(ms in -2_000_000_000_000_i64..4_000_000_000_000) {
            let known = ::time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap();
            let wanted = known.format(::time::macros::format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute]:[second]")).unwrap();
            prop_assert_eq!(super::time(ms), wanted);
        }
    }
}
