//! Levels of running calls, from the task that carries a call's audio to the pages that show it.
//!
//! A call whose page nobody looks at costs nothing but its place in the list. A page that reads slowly misses windows and never slows
//! the call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tokio::sync::{broadcast, watch};

use crate::domain::audio_socket::meter::Window;

/// Windows that a page may be behind: a second and a half.
const BACKLOG: usize = 32;

/// A call's windows on their way to its pages. Made for the first page: a backlog is kilobytes, and most calls are
/// watched by nobody.
type Windows = Arc<OnceLock<broadcast::Sender<Window>>>;

/// The running calls, by conversation.
#[derive(Debug, Clone)]
pub(in crate::web) struct Levels {
    calls: Arc<Mutex<HashMap<String, Windows>>>,
    /// Counts openings, for pages that wait for their call's.
    opened: Arc<watch::Sender<u64>>,
}

impl Default for Levels {
    fn default() -> Self {
        Self { calls: Arc::default(), opened: Arc::new(watch::channel(0).0) }
    }
}

/// One call's end of it. Its listeners hear the end when it is dropped.
pub(super) struct Publisher {
    levels: Levels,
    conversation: String,
    windows: Windows,
}

impl Levels {
    pub(super) fn open(&self, conversation: &str) -> Publisher {
        let windows = Windows::default();
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.insert(conversation.to_owned(), Arc::clone(&windows));
        drop(calls);
        self.opened.send_modify(|count| *count += 1);
        Publisher { levels: self.clone(), conversation: conversation.to_owned(), windows }
    }

    /// Changes whenever a socket opens.
    pub(super) fn openings(&self) -> watch::Receiver<u64> {
        self.opened.subscribe()
    }

    /// The windows of a call from now on; `None` while its socket is not open.
    pub(super) fn listen(&self, conversation: &str) -> Option<broadcast::Receiver<Window>> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = calls.get(conversation)?;
        Some(windows.get_or_init(|| broadcast::channel(BACKLOG).0).subscribe())
    }
}

impl Publisher {
    pub(super) fn publish(&self, window: Window) {
        if let Some(windows) = self.windows.get() {
            // Nobody listens any more: as well.
            let _ = windows.send(window);
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        let mut calls = self.levels.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // A later socket of the same call keeps its place.
        if calls.get(&self.conversation).is_some_and(|windows| Arc::ptr_eq(windows, &self.windows)) {
            calls.remove(&self.conversation);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::error::RecvError;

    use super::*;

    #[tokio::test]
    async fn who_listens_hears_windows_and_the_end() {
        let levels = Levels::default();
        assert!(levels.listen("CON-1").is_none());
        let first = levels.open("CON-1");
        let mut heard = levels.listen("CON-1").unwrap();
        first.publish(Window { number: 7, ..Window::default() });
        assert_eq!(heard.recv().await.unwrap().number, 7);
        let second = levels.open("CON-1");
        drop(first);
        assert_eq!(heard.recv().await, Err(RecvError::Closed));
        assert!(levels.listen("CON-1").is_some(), "the second socket kept its place");
        drop(second);
        assert!(levels.listen("CON-1").is_none());
    }

    #[tokio::test]
    async fn a_slow_page_misses_windows_and_slows_nobody() {
        let levels = Levels::default();
        let call = levels.open("CON-1");
        let mut slow = levels.listen("CON-1").unwrap();
        for number in 1..=1_000 {
            call.publish(Window { number, ..Window::default() });
        }
        assert!(matches!(slow.recv().await, Err(RecvError::Lagged(_))));
        assert!(slow.recv().await.unwrap().number > 960);
    }
}
