//! How times, lengths and money are written. The same on both halves: no clock, no time zone, no locale of the machine.

use crate::domain::call::Price;

/// `0:07`, `12:34`, `1:02:03`.
#[must_use]
pub fn length(seconds: u32) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `2026-11-21 04:05:06` of ms since 1970, UTC.
#[must_use]
pub fn time(ms: i64) -> String {
    let (days, second) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000) / 1000);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// `2026-11-21T04:05:06Z`, for machines.
#[must_use]
pub fn datetime(ms: i64) -> String {
    time(ms).replace(' ', "T") + "Z"
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

/// Year, month and day of a day since 1970-01-01 (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn date(days: i64) -> (i64, i64, i64) {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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

    proptest! {
        #[test]
        fn agrees_with_the_time_crate(ms in -2_000_000_000_000_i64..4_000_000_000_000) {
            let known = ::time::OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap();
            let wanted = known.format(::time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]")).unwrap();
            prop_assert_eq!(super::time(ms), wanted);
        }
    }
}
