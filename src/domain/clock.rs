//! How far our clock is from the platform's, told by the `Date` of its answers.

/// How many seconds a request may take for its answer's date to say anything.
const SLOWEST: i64 = 10;
/// From this on a person is told: the platform refuses tokens, and we refuse webhooks, by minutes.
pub const WORTH_SAYING: i64 = 30;

/// Seconds to be added to our clock for the platform's: the least that explains the answer, so never more than there is.
///
/// `sent` and `received` are by our clock, `date` by the platform's, all in whole seconds since 1970. `None` when the answer
/// took too long, or our clock went backwards meanwhile.
#[must_use]
pub fn offset(sent: i64, received: i64, date: i64) -> Option<i64> {
    let took = received.checked_sub(sent)?;
    if !(0..=SLOWEST).contains(&took) {
        return None;
    }
    // Somewhere between the two the platform's clock showed `date`; each of the three may be a second less than it was.
    let least = date.checked_sub(received)?.checked_sub(1)?;
    let most = date.checked_sub(sent)?.checked_add(1)?;
    Some(0.clamp(least, most))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However far our clock is off, and however long the request takes: the estimate goes in the right direction,
        /// never too far, and misses no more than the time of the request and the seconds' fractions.
        #[test]
        fn f15_the_offset_is_never_exaggerated(
            truth_ms in 1_000_000_000_000_i64..3_000_000_000_000,
            off_ms in -10_000_000_i64..10_000_000,
            there_ms in 0_i64..5_000,
            back_ms in 0_i64..4_000,
        ) {
            let ours = |truth: i64| (truth - off_ms).div_euclid(1_000);
            let (sent, answered, received) = (truth_ms, truth_ms + there_ms, truth_ms + there_ms + back_ms);
            let found = offset(ours(sent), ours(received), answered.div_euclid(1_000)).unwrap() * 1_000;
            prop_assert!(found == 0 || found.signum() == off_ms.signum(), "{found} {off_ms}");
            prop_assert!(found.abs() < off_ms.abs() + 1_000);
            prop_assert!((found - off_ms).abs() <= there_ms + back_ms + 3_000);
        }

        #[test]
        fn f15_any_two_clocks_give_an_answer_or_none(sent: i64, received: i64, date: i64) {
            let _ = offset(sent, received, date);
        }
    }
}
