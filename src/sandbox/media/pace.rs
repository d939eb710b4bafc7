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
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn keeps_fifty_frames_a_second_without_drift() {
        let mut pacer = Pacer::new();
        let start = Instant::now();
        let mut frames = 0;
        while start.elapsed() < Duration::from_secs(10) {
            let beat = pacer.beat().await;
            assert_eq!(beat.lost, 0);
            frames += beat.due;
        }
        assert_eq!(frames, 500);
    }

    #[tokio::test(start_paused = true)]
    async fn makes_up_for_a_short_stall_and_forgets_a_long_one() {
        let mut pacer = Pacer::new();
        assert_eq!(pacer.beat().await, Beat { due: 1, lost: 0 });
        tokio::time::advance(Duration::from_millis(50)).await;
        assert_eq!(pacer.beat().await, Beat { due: 2, lost: 0 });
        tokio::time::advance(Duration::from_secs(2)).await;
        let beat = pacer.beat().await;
        assert_eq!(beat.due, 1);
        assert_eq!(beat.due + beat.lost, 100);
        assert_eq!(pacer.beat().await, Beat { due: 1, lost: 0 });
    }

    #[tokio::test(start_paused = true)]
    async fn an_uneven_wake_up_never_changes_the_total() {
        let mut pacer = Pacer::new();
        let start = Instant::now();
        let mut total = 0;
        for ms in [7, 33, 20, 1, 59, 0, 140, 20, 13, 61] {
            tokio::time::advance(Duration::from_millis(ms)).await;
            let beat = pacer.beat().await;
            total += beat.due + beat.lost;
        }
        let elapsed = start.elapsed().as_millis() / 20;
        assert_eq!(u128::from(total), elapsed);
    }
}
