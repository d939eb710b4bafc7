//! The platform's clock, as the `Date` of its answers tells it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{DATE, HeaderMap};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tokio::time::Instant;

use super::Client;
use crate::domain::clock::offset;

/// How long what it said is good for: a machine that sleeps stops the clock that we count on with.
const GOOD: Duration = Duration::from_secs(12 * 60 * 60);

/// What it said last. It is counted on with the machine's monotonic clock, so that setting ours right, or wrong, does not
/// change it.
#[derive(Default)]
pub(super) struct PlatformClock(Mutex<Option<(i64, Instant)>>);

impl PlatformClock {
    /// An answer came; `sent` and `received` by our clock, seconds since 1970.
    pub(super) fn told(&self, sent: i64, received: i64, headers: &HeaderMap) {
        let Some(date) = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?)) else { return };
        let Some(offset) = offset(sent, received, date) else { return };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((received + offset, Instant::now()));
    }

    /// At the moment `at` of the monotonic clock.
    fn at(&self, at: Instant) -> Option<i64> {
        let (told, when) = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let since = at.duration_since(when);
        (since < GOOD).then(|| told.saturating_add(since.as_secs().cast_signed()))
    }
}

impl Client {
    /// The platform's time, seconds since 1970; `None` when it has not answered for hours.
    #[must_use]
    pub fn platform_now(&self) -> Option<i64> {
        self.clock.at(Instant::now())
    }

    /// Asks it for nothing but the time, which every answer tells, refusals too. Sends no credentials.
    pub async fn ask_the_time(&self) {
        let sent = (self.now)();
        if let Ok(answer) = self.http.head(format!("{}/", self.urls.api)).send().await {
            self.clock.told(sent, (self.now)(), answer.headers());
        }
    }
}

/// The time of an HTTP header such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), in seconds since 1970.
fn http_date(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc2822).ok().map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f15_dates_are_read_and_nothing_else() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Tue, 29 Feb 2028 23:59:59 GMT"), Some(1_835_481_599));
        for text in ["", "now", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 24:49:37 GMT", "784111777"] {
            assert_eq!(http_date(text), None, "{text}");
        }
    }

    #[test]
    fn f15_the_platforms_clock_goes_on_whatever_ours_does_and_is_forgotten() {
        const TOLD: i64 = 1_835_481_599;
        let (clock, begun) = (PlatformClock::default(), Instant::now());
        let after = |seconds| clock.at(begun + Duration::from_secs(seconds));
        assert_eq!(after(0), None);
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Tue, 29 Feb 2028 23:59:59 GMT".parse().unwrap());
        // Ours is 700 s behind.
        clock.told(TOLD - 700, TOLD - 700, &headers);
        assert!(after(5).is_some_and(|now| (TOLD - 2..=TOLD + 6).contains(&now)), "{:?}", after(5));
        assert!(after(3_600).is_some_and(|now| (TOLD + 3_500..=TOLD + 3_601).contains(&now)), "{:?}", after(3_600));
        // An answer that took too long tells nothing.
        clock.told(0, 60, &headers);
        assert!(after(5).is_some_and(|now| now >= TOLD - 2));
        assert_eq!(after(13 * 60 * 60), None);
    }
}
