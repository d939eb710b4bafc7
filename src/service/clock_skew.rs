//! Our clock, held against the platform's: a machine whose clock is off must not cost a call.
//!
//! What follows from it for webhooks is decided in [`crate::domain::clock`]. Here the clocks are read, and people told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::core::Core;
use crate::domain::clock::{Clocks, WORTH_SAYING};

/// How often a clock that is off is said again, and how often the platform is asked after a webhook that looked old.
const AGAIN_MS: i64 = 60_000;

/// When it was last said, and when the platform was last asked, ms UTC.
#[derive(Debug, Default)]
struct Watch {
    said_at: AtomicI64,
    asked_at: AtomicI64,
}

impl Watch {
    /// Whether it is time again; then it was done now.
    fn due(at: &AtomicI64, now: i64) -> bool {
        let before = at.load(Ordering::Relaxed);
        // Whatever the clock does: one that was set back must not silence this for days.
        let due = now.abs_diff(before) >= AGAIN_MS.unsigned_abs();
        due && at.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

/// Our clock, held against the platform's.
#[derive(Clone)]
pub struct ClockSkew {
    core: Arc<Core>,
    watch: Arc<Watch>,
}

impl ClockSkew {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, watch: Arc::default() }
    }

    /// The platform's time, seconds since 1970, as far as it is known.
    #[must_use]
    pub fn platform_now(&self) -> Option<i64> {
        self.core.vonage.platform_now()
    }

    /// What both clocks say now.
    #[must_use]
    pub fn clocks(&self) -> Clocks {
        Clocks { ours: self.core.clock.now_ms() / 1000, platforms: self.platform_now() }
    }

    /// How many seconds our clock is behind the platform's, negative when it is ahead.
    #[must_use]
    pub fn clock_behind(&self) -> Option<i64> {
        let behind = self.platform_now()? - self.core.clock.now_ms() / 1000;
        // Whole seconds, read one after the other.
        Some(if behind.abs() <= 1 { 0 } else { behind })
    }

    /// What to tell the operator, when our clock is off by more than a moment.
    #[must_use]
    pub fn clock_warning(&self) -> Option<String> {
        let behind = self.clock_behind().filter(|behind| behind.abs() > WORTH_SAYING)?;
        let way = if behind < 0 { "ahead of" } else { "behind" };
        Some(format!("this machine's clock is {} s {way} the platform's; set it right (NTP)", behind.abs()))
    }

    /// A genuine webhook looked too old, or from the future, `seconds` before our time: one of the clocks is off. Asks the
    /// platform, so that the next one is judged by the right time.
    pub async fn signed_at_another_time(&self, seconds: Option<i64>) {
        let now = self.core.clock.now_ms();
        if Watch::due(&self.watch.asked_at, now) {
            self.core.vonage.ask_the_time().await;
            tracing::warn!(
                webhook.age_s = seconds,
                clock.behind_s = self.clock_behind(),
                "a genuine webhook was signed at another time: this machine's clock may be off (NTP), or an old one is repeated"
            );
        }
    }

    /// Asks the time when nothing else did, and says when ours is off.
    pub(super) async fn watch_the_clock(&self) {
        if self.platform_now().is_none() {
            self.core.vonage.ask_the_time().await;
        }
        let now = self.core.clock.now_ms();
        if let Some(warning) = self.clock_warning()
            && Watch::due(&self.watch.said_at, now)
        {
            tracing::warn!("{warning}");
        }
        if let Some(behind) = self.clock_behind() {
            metrics::gauge!("clock_behind_seconds").set(behind as f64);
        }
    }
}
