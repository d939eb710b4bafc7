//! How times, lengths and money are written. The same on both halves: no clock, and no time zone or locale of the machine.
//! Times are those of the business (`TIME_ZONE`), on every page.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::Offset;
use leptos::prelude::use_context;

use crate::domain::call::Price;
use crate::domain::call_tracking::zone::Zone;

/// `0:07`, `12:34`, `1:02:03`.
#[must_use]
pub fn length(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
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

/// `2026-11-21 04:05:06` of ms UTC, where the business is.
#[must_use]
pub fn time(ms: i64) -> String {
    written(zone().local_ms(ms))
}

/// `2026-11-21 04:05`.
#[must_use]
pub fn minute(ms: i64) -> String {
    let mut text = time(ms);
    text.truncate(text.len().saturating_sub(":06".len()));
    text
}

/// `04:05`, with the day when it is not that of `now`.
#[must_use]
pub fn lately(ms: i64, now: i64) -> String {
    let (then, today) = (minute(ms), minute(now));
    match then.split_once(' ') {
        Some((day, clock)) if today.starts_with(day) => clock.to_owned(),
        _ => then,
    }
}

/// `2026-11-21T04:05:06Z`, for machines.
#[must_use]
pub fn datetime(ms: i64) -> String {
    written(ms).replace(' ', "T") + "Z"
}

/// ms since 1970, as a clock that began then shows them.
fn written(ms: i64) -> String {
    // Not `strftime`: all that it can write would be in the browser's program.
    let at = Offset::UTC.to_datetime(Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX));
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
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
        assert_eq!(time(0), "1970-01-01 00:00:00");
        assert_eq!(time(1_709_210_096_789), "2024-02-29 12:34:56");
        assert_eq!(datetime(1_709_210_096_789), "2024-02-29T12:34:56Z");
        assert_eq!(time(-1), "1969-12-31 23:59:59");
    }

    #[test]
    fn b19_times_are_the_businesss_and_machines_get_utc() {
        Owner::new().with(|| {
            provide_context(Arc::new(Zone::new("Asia/Shanghai", &TimeZone::posix("CST-8").unwrap())));
            assert_eq!(time(1_709_210_096_789), "2024-02-29 20:34:56");
            assert_eq!(minute(1_709_210_096_789), "2024-02-29 20:34");
            assert_eq!(datetime(1_709_210_096_789), "2024-02-29T12:34:56Z");
            // 23:59:59 and 00:00:00 in Shanghai, at 15:59:59 and 16:00:00 UTC of the same day.
            let midnight = 1_709_222_400_000;
            assert_eq!(lately(midnight - 1_000, midnight - 60_000), "23:59");
            assert_eq!(lately(midnight - 1_000, midnight), "2024-02-29 23:59");
        });
    }

    proptest! {
        #[test]
        fn agrees_with_the_time_crate(ms in -2_000_000_000_000_i64..4_000_000_000_000) {
            let known = ::time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap();
            let wanted = known.format(::time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).unwrap();
            prop_assert_eq!(super::time(ms), wanted);
        }
    }
}
