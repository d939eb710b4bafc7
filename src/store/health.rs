//! How the writer is: what its last transaction said, and whether one is under way. Written by the writer, read by who asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// A commit that takes longer is a sign that the disk hangs.
const SLOW: Duration = Duration::from_millis(100);
/// A commit that takes longer is stuck, and we are not ready.
const STUCK: Duration = Duration::from_secs(2);

/// How the writer is. Cheap to clone: all clones are one.
#[derive(Clone, Default)]
pub(super) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    failed: Option<String>,
    /// Since when the writer has been at work on a transaction.
    busy: Option<Instant>,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A transaction begins.
    pub(super) fn begins(&self) {
        self.state().busy = Some(Instant::now());
    }

    /// It ended: why it failed, if it did.
    pub(super) fn ended(&self, failed: Option<String>) {
        *self.state() = State { failed, busy: None };
    }

    /// Whether the last transaction failed.
    pub(super) fn failed(&self) -> bool {
        self.state().failed.is_some()
    }

    /// For how long a transaction has been under way, when that is too long.
    pub(super) fn stuck_for(&self) -> Option<Duration> {
        self.busy_for().filter(|time| *time > STUCK)
    }

    /// Whether the disk or the network is slow at this moment.
    pub(super) fn is_slow(&self) -> bool {
        self.busy_for().is_some_and(|time| time > SLOW)
    }

    fn busy_for(&self) -> Option<Duration> {
        self.state().busy.map(|since| since.elapsed())
    }
}
