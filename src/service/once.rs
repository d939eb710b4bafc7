//! One decision for each webhook, however many deliveries of it are under way at once.
//!
//! The platform may deliver a webhook twice within a millisecond. Deciding has effects (an agent is reserved, an intent
//! is used up), so the deliveries share one decision: the first decides, the others wait for it and return the same.
//! The decision is held until each of them has stored it, so that a delivery finds it either here or in the database.
//! Between two nodes the database decides who decides: `store::decisions`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;

/// How many decisions are held for deliveries that could not be stored. The platform repeats those within minutes.
const HELD: usize = 1_024;

type Cells<T> = HashMap<String, Arc<OnceCell<T>>>;

/// The decisions that are being made, by webhook key.
#[derive(Debug)]
pub(super) struct Once<T> {
    cells: Mutex<Cells<T>>,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { cells: Mutex::default() }
    }
}

impl<T: Clone> Once<T> {
    /// Takes part in the decision about the webhook of this key.
    pub(super) fn join(&self, key: &str) -> Part<'_, T> {
        let mut cells = self.cells();
        if cells.len() >= HELD {
            // Those that nobody takes part in are held for a repetition that did not come.
            cells.retain(|_, cell| Arc::strong_count(cell) > 1);
        }
        let cell = Arc::clone(cells.entry(key.to_owned()).or_default());
        Part { once: self, key: key.to_owned(), cell, hold: false }
    }

    fn cells(&self) -> MutexGuard<'_, Cells<T>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One delivery's part in a decision. When the last part is dropped, the decision is forgotten.
pub(super) struct Part<'a, T> {
    once: &'a Once<T>,
    key: String,
    cell: Arc<OnceCell<T>>,
    hold: bool,
}

impl<T: Clone> Part<'_, T> {
    /// The decision: what `deciding` gives for the first who asks, the same for everybody else, whose `deciding` is never
    /// run. Should the first be cut off, the next one decides.
    pub(super) async fn decide(&self, deciding: impl Future<Output = T>) -> T {
        self.cell.get_or_init(|| deciding).await.clone()
    }

    /// The decision could not be stored: a repetition of the webhook gets this one and decides nothing.
    pub(super) fn hold(&mut self) {
        self.hold = true;
    }
}

impl<T> Drop for Part<'_, T> {
    fn drop(&mut self) {
        let mut cells = self.once.cells.lock().unwrap_or_else(PoisonError::into_inner);
        // The table's own and ours: under its lock nobody can join.
        if !self.hold && Arc::strong_count(&self.cell) == 2 {
            cells.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn f5_a_decision_is_made_once_and_forgotten_with_the_last_who_wants_it() {
        let (once, made) = (Once::<u32>::default(), AtomicU32::new(0));
        let decide = || async {
            tokio::task::yield_now().await;
            made.fetch_add(1, Ordering::Relaxed)
        };
        let (first, second, other) = (once.join("a"), once.join("a"), once.join("b"));
        let both = tokio::join!(first.decide(decide()), second.decide(decide()));
        assert_eq!(both, (0, 0));
        drop(first);
        assert_eq!(once.join("a").decide(decide()).await, 0, "it is still being stored");
        drop(second);
        assert_eq!(other.decide(decide()).await, 1);
        assert_eq!(once.join("a").decide(decide()).await, 2);
        drop(other);
        assert!(once.cells().is_empty());
    }

    #[tokio::test]
    async fn f5_a_decision_that_was_not_stored_is_held_for_the_repetition() {
        let once = Once::<u32>::default();
        let mut part = once.join("a");
        assert_eq!(part.decide(async { 1 }).await, 1);
        part.hold();
        drop(part);
        assert_eq!(once.join("a").decide(async { 2 }).await, 1);
        assert_eq!(once.join("a").decide(async { 3 }).await, 3, "the repetition was stored");
        for key in 0..3 * HELD {
            let mut part = once.join(&key.to_string());
            part.decide(async { 4 }).await;
            part.hold();
        }
        assert!(once.cells().len() <= HELD);
    }

    #[tokio::test]
    async fn f5_who_is_cut_off_while_deciding_leaves_it_to_the_next() {
        let once = Once::<u32>::default();
        let (first, second) = (once.join("a"), once.join("a"));
        let never = tokio::time::timeout(std::time::Duration::ZERO, first.decide(std::future::pending()));
        assert!(never.await.is_err());
        assert_eq!(second.decide(async { 7 }).await, 7);
        assert_eq!(first.decide(async { 8 }).await, 7);
    }
}
