//! The beat: fifty frames a second, for as long as a call lasts.

use std::time::Duration;

use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::FRAME_TIME;

/// Frames that are made up for after a stall; what is missed beyond that is gone.
const CATCH_UP: u64 = 3;

/// A timer that neither drifts nor bursts.
///
/// Beats are multiples of 20 ms since the start, so the rate is exact over hours. A task that woke up a little late
/// gets the missed beats at once, because the listeners' jitter buffers cover 60 ms; after a longer stall they are
/// lost, because audio that is played late stays late for the rest of the call (`MissedTickBehavior::Burst`), while
/// dropping every late beat (`Skip` alone) would click on each of a busy machine's small delays.
#[derive(Debug)]
pub struct Pacer {
    timer: Interval,
    start: Instant,
    done: u64,
}

/// What one wake-up stands for, in frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beat {
    /// Frames to produce now, at least 1.
    pub due: u64,
    /// Frames for which it is too late.
    pub lost: u64,
}

impl Default for Pacer {
    fn default() -> Self {
        Self::new()
    }
}

impl Pacer {
    /// Starts now; the first beat comes after 20 ms. Needs a tokio runtime.
    #[must_use]
    pub fn new() -> Self {
        let start = Instant::now();
        let mut timer = tokio::time::interval_at(start + FRAME_TIME, FRAME_TIME);
        timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
        Self { timer, start, done: 0 }
    }

    /// Waits for the next beat. Cancel safe.
    pub async fn beat(&mut self) -> Beat {
        let scheduled = self.timer.tick().await;
        let now = Instant::now().max(scheduled);
        let beat = due(now.saturating_duration_since(self.start), self.done);
        self.done += beat.due + beat.lost;
        beat
    }
}

fn due(since_start: Duration, done: u64) -> Beat {
    let position = u64::try_from(since_start.as_millis() / FRAME_TIME.as_millis()).unwrap_or(u64::MAX);
    // A timer may fire a hair early; the beat it was set for still counts.
    let missing = position.saturating_sub(done).max(1);
    let due = if missing <= CATCH_UP { missing } else { 1 };
    Beat { due, lost: missing - due }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The beats of a task that wakes up after each of these times.
    fn beats(wakes: &[u64]) -> Vec<Beat> {
        let (mut now, mut done) = (0, 0);
        wakes
            .iter()
            .map(|ms| {
                now += ms;
                let beat = due(Duration::from_millis(now), done);
                done += beat.due + beat.lost;
                beat
            })
            .collect()
    }

    fn beat(due: u64, lost: u64) -> Beat {
        Beat { due, lost }
    }

    #[test]
    fn makes_up_for_a_short_stall_and_forgets_a_long_one() {
        assert_eq!(beats(&[20, 50, 10, 2000, 20]), [beat(1, 0), beat(2, 0), beat(1, 0), beat(1, 99), beat(1, 0)]);
    }

    #[test]
    fn a_timer_that_fires_early_still_beats() {
        assert_eq!(beats(&[19, 21, 20]), [beat(1, 0), beat(1, 0), beat(1, 0)]);
    }

    proptest! {
        #[test]
        fn an_uneven_wake_up_never_changes_the_total(wakes in proptest::collection::vec(20_u64..200, 1..200)) {
            let total: u64 = beats(&wakes).iter().map(|b| b.due + b.lost).sum();
            prop_assert_eq!(total, wakes.iter().sum::<u64>() / 20);
        }

        #[test]
        fn never_more_than_a_jitter_buffer_holds(wakes in proptest::collection::vec(0_u64..5000, 1..50)) {
            prop_assert!(beats(&wakes).iter().all(|b| (1..=CATCH_UP).contains(&b.due)));
        }
    }

    #[tokio::test]
    async fn beats_in_real_time() {
        let mut pacer = Pacer::new();
        let start = Instant::now();
        let mut total = 0;
        for _ in 0..10 {
            let beat = pacer.beat().await;
            total += beat.due + beat.lost;
        }
        assert!(total <= u64::try_from(start.elapsed().as_millis() / 20).unwrap(), "it never runs ahead");
    }
}
