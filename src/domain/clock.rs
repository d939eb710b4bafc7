//! Our clock beside the platform's, whose time is told by the `Date` of its answers: how far they are apart, and what is
//! fresh by either.
//!
//! A webhook's signature says when it was made. It is believed for some minutes, and once. A machine whose clock is off
//! must not cost a call, so its age is judged by our clock and by the platform's, and one of them will do; and so what
//! must not come twice is remembered for as long as *either* could believe it.

/// How many seconds a request may take for its answer's date to say anything.
const SLOWEST: i64 = 10;
/// How far a signature's time may be from now, in seconds, either way.
pub const TOLERANCE_SECONDS: i64 = 300;
/// How much later than its `exp`, or earlier than its `nbf`, a signature is still taken, in seconds: clocks differ.
pub const LEEWAY_SECONDS: i64 = 60;
/// How long a used signature is remembered, ms: far longer than it could be believed, unless our clock is set back by more
/// than that.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;
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

/// What a signature says about its time, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claimed {
    /// When it was made.
    pub iat: i64,
    /// Until when, and from when on, it is good; the platform's have neither.
    pub exp: Option<i64>,
    pub nbf: Option<i64>,
}

impl Claimed {
    fn is_timely_by(&self, now: i64) -> bool {
        let fresh = now.abs_diff(self.iat) <= TOLERANCE_SECONDS.unsigned_abs();
        let over = self.exp.is_some_and(|exp| exp.saturating_add(LEEWAY_SECONDS) <= now);
        let early = self.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY_SECONDS) > now);
        fresh && !over && !early
    }
}

/// What the clocks say now, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    pub ours: i64,
    /// As far as it is known.
    pub platforms: Option<i64>,
}

impl From<i64> for Clocks {
    /// Ours alone.
    fn from(ours: i64) -> Self {
        Self { ours, platforms: None }
    }
}

impl Clocks {
    /// Whether a signature is neither too old nor from the future: by one of the clocks.
    #[must_use]
    pub fn accept(&self, claimed: &Claimed) -> bool {
        claimed.is_timely_by(self.ours) || self.platforms.is_some_and(|theirs| claimed.is_timely_by(theirs))
    }

    /// Used signatures that were noted before this, ms UTC, may be forgotten. By the clock that is behind: the other one
    /// may be right, and believe them still.
    #[must_use]
    pub fn forgotten_before_ms(&self) -> i64 {
        let earlier = self.platforms.map_or(self.ours, |theirs| theirs.min(self.ours));
        earlier.saturating_mul(1_000).saturating_sub(REMEMBERED_MS)
    }
}

/// The time under which a used signature is noted, ms UTC: when it came by our clock, or when it was made, whichever is
/// later, so that it is not forgotten early when ours is behind.
#[must_use]
pub fn noted_at_ms(received_at: i64, signed_at: Option<i64>) -> i64 {
    received_at.max(signed_at.unwrap_or(received_at))
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

        /// Any offset of ours, any age: either clock is enough, and nothing else is.
        #[test]
        fn f15_a_fresh_webhook_is_accepted_when_either_clock_agrees_and_an_old_one_is_refused_by_both(
            truth in 1_000_000_000_i64..3_000_000_000,
            off in prop_oneof![Just(0_i64), -700_i64..700, -100_000_000_i64..100_000_000],
            age in prop_oneof![-700_i64..700, -100_000_000_i64..100_000_000],
            known: bool,
        ) {
            let clocks = Clocks { ours: truth + off, platforms: known.then_some(truth) };
            let claimed = Claimed { iat: truth - age, exp: None, nbf: None };
            let by_platforms = known && age.abs() <= TOLERANCE_SECONDS;
            let by_ours = (age + off).abs() <= TOLERANCE_SECONDS;
            prop_assert_eq!(clocks.accept(&claimed), by_platforms || by_ours);
            // Knowing more refuses nothing.
            prop_assert!(!Clocks::from(clocks.ours).accept(&claimed) || clocks.accept(&claimed));
            // What the platform says of its own end is kept to, by the clock that calls it fresh.
            let ended = Claimed { exp: Some(claimed.iat - TOLERANCE_SECONDS - LEEWAY_SECONDS), ..claimed };
            prop_assert!(!clocks.accept(&ended));
            let later = Claimed { nbf: Some(claimed.iat + TOLERANCE_SECONDS + LEEWAY_SECONDS + 1), ..claimed };
            prop_assert!(!clocks.accept(&later));
        }

        /// A recorded webhook is sent again and again while time goes on, our clock is wrong and, where the platform's is
        /// known, set and set wrong again, and the memory is swept: it is accepted once.
        #[test]
        fn f15_a_replay_is_refused_always(
            start in 1_000_000_000_i64..3_000_000_000,
            age in -TOLERANCE_SECONDS..=TOLERANCE_SECONDS,
            known: bool,
            first_off in prop_oneof![Just(0_i64), -100_000_000_i64..100_000_000],
            // Seconds that pass, where our clock is set to, whether the memory is swept. Set back for days it is no clock
            // any more: that alone is left out.
            steps in proptest::collection::vec(
                (prop_oneof![0_i64..400, 0_i64..200_000], prop_oneof![Just(0_i64), -1_000_i64..1_000, 0_i64..100_000_000], any::<bool>()),
                1..12,
            ),
        ) {
            let (mut truth, mut off) = (start, first_off);
            let claimed = Claimed { iat: start - age, exp: None, nbf: None };
            let (mut noted, mut accepted): (Option<i64>, u32) = (None, 0);
            for (passed, set_to, swept) in std::iter::once((0, first_off, false)).chain(steps) {
                truth += passed;
                // While the platform's time is unknown nothing can tell that ours was set: then it only runs.
                off = if known { set_to } else { off };
                let clocks = Clocks { ours: truth + off, platforms: known.then_some(truth) };
                if swept {
                    noted = noted.filter(|at| *at >= clocks.forgotten_before_ms());
                }
                if clocks.accept(&claimed) && noted.is_none() {
                    accepted += 1;
                    noted = Some(noted_at_ms(clocks.ours * 1_000, Some(claimed.iat * 1_000)));
                }
            }
            prop_assert!(accepted <= 1, "accepted {accepted} times");
            prop_assert!(accepted == 1 || !known, "a genuine one is fresh by the platform's clock when it comes");
        }

        #[test]
        fn f15_no_time_overflows(
            ours: i64, platforms: Option<i64>, iat: i64, exp: Option<i64>, nbf: Option<i64>, received: i64, signed: Option<i64>,
        ) {
            let clocks = Clocks { ours, platforms };
            let _ = clocks.accept(&Claimed { iat, exp, nbf });
            let _ = clocks.forgotten_before_ms();
            prop_assert!(noted_at_ms(received, signed) >= received);
        }

        #[test]
        fn f15_any_two_clocks_give_an_answer_or_none(sent: i64, received: i64, date: i64) {
            let _ = offset(sent, received, date);
        }
    }
}
