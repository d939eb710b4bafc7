//! What is spooled, as far as it is in memory: which webhooks wait to be merged, and which of them the disk does not have
//! yet. Bounded, and without I/O: the holder of its lock waits for nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::service::received::Replayed;
use crate::store::Append;

/// How long a lost answer keeps the server from being ready: longer than a watcher's usual interval, so that it is seen.
const LOSS_IS_FRESH: Duration = Duration::from_secs(60);
/// How often the same trouble is logged.
const LOG_EVERY: Duration = Duration::from_secs(60);
/// What an entry costs beside its texts.
const OVERHEAD: usize = 600;

/// Where a spooled webhook is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::service) enum Kept {
    /// On the disk, or in the database: it survives everything.
    Durably,
    /// In memory: it is written as soon as the disk takes it, and is lost if the process ends before.
    InMemory,
}

/// The memory's limit is reached: the webhook is kept nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the disk takes nothing, and no more is kept in memory")]
pub(in crate::service) struct Full;

/// How the spool is, for those who watch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::service) struct Status {
    /// Webhooks that are not in the database yet.
    pub spooled: usize,
    /// Those of them that are in memory only, and their bytes.
    pub in_memory: usize,
    pub in_memory_bytes: usize,
    /// How long the oldest of those has waited.
    pub oldest: Duration,
    /// Why the disk refused the last write.
    pub failing: Option<String>,
    /// An answer went out within the last minute that is kept nowhere.
    pub lost_lately: bool,
}

/// Limits of what waits in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    pub webhooks: usize,
    pub bytes: usize,
}

struct Waiting {
    append: Arc<Append>,
    bytes: usize,
    since: Instant,
    written: Option<oneshot::Sender<Kept>>,
}

pub(super) struct Memory {
    most: Most,
    /// The call flow and the signature by the webhook's key: of all that is spooled.
    known: HashMap<String, (Option<String>, Option<String>)>,
    /// What the disk does not have yet, in the order of its coming.
    waiting: BTreeMap<u64, Waiting>,
    bytes: usize,
    next: u64,
    failing: Option<String>,
    lost: u64,
    lost_at: Option<Instant>,
    logged_at: Option<Instant>,
}

impl Memory {
    pub(super) fn new(most: Most) -> Self {
        Self {
            most,
            known: HashMap::new(),
            waiting: BTreeMap::new(),
            bytes: 0,
            next: 0,
            failing: None,
            lost: 0,
            lost_at: None,
            logged_at: None,
        }
    }

    /// Something that is on the disk already.
    pub(super) fn on_disk(&mut self, append: Append) {
        self.known.insert(append.dedupe, (append.ncco, append.jti));
    }

    /// Takes a webhook in. While the disk refuses, nobody waits for it.
    pub(super) fn push(&mut self, append: Append, now: Instant) -> Result<Option<oneshot::Receiver<Kept>>, Full> {
        let bytes = size(&append);
        if self.waiting.len() >= self.most.webhooks || self.bytes + bytes > self.most.bytes {
            self.lost += 1;
            self.lost_at = Some(now);
            return Err(Full);
        }
        let (done, written) = oneshot::channel();
        let (done, written) = if self.failing.is_some() { (None, None) } else { (Some(done), Some(written)) };
        self.known.insert(append.dedupe.clone(), (append.ncco.clone(), append.jti.clone()));
        self.waiting.insert(self.next, Waiting { append: Arc::new(append), bytes, since: now, written: done });
        self.next += 1;
        self.bytes += bytes;
        Ok(written)
    }

    /// The oldest of what waits for at least `age`.
    pub(super) fn batch(&self, most: usize, age: Duration, now: Instant) -> Vec<(u64, Arc<Append>)> {
        let old = self.waiting.iter().take_while(|(_, waiting)| now.duration_since(waiting.since) >= age);
        old.take(most).map(|(number, waiting)| (*number, Arc::clone(&waiting.append))).collect()
    }

    /// The disk has these.
    pub(super) fn written(&mut self, numbers: &[u64]) {
        self.failing = None;
        self.settle(numbers);
    }

    /// The disk did not take it: those who wait hear that it is in memory, and it is tried again.
    pub(super) fn refused(&mut self, why: String) {
        self.failing = Some(why);
        for waiting in self.waiting.values_mut() {
            if let Some(done) = waiting.written.take() {
                // Who gave up has answered already.
                let _ = done.send(Kept::InMemory);
            }
        }
    }

    /// The database has these, though the disk never did.
    pub(super) fn stored(&mut self, numbers: &[u64]) {
        for number in numbers {
            if let Some(waiting) = self.waiting.get(number) {
                self.known.remove(&waiting.append.dedupe);
            }
        }
        self.settle(numbers);
    }

    fn settle(&mut self, numbers: &[u64]) {
        for number in numbers {
            let Some(waiting) = self.waiting.remove(number) else { continue };
            self.bytes -= waiting.bytes;
            if let Some(done) = waiting.written {
                let _ = done.send(Kept::Durably);
            }
        }
    }

    /// A file of these is in the database.
    pub(super) fn merged<'a>(&mut self, keys: impl Iterator<Item = &'a str>) {
        for key in keys {
            self.known.remove(key);
        }
    }

    pub(super) fn known(&self, dedupe: &str, jti: Option<&str>) -> Option<Result<Option<String>, Replayed>> {
        let (ncco, seen) = self.known.get(dedupe)?;
        if jti.is_some() && seen.as_deref() == jti {
            return Some(Err(Replayed));
        }
        Some(Ok(ncco.clone()))
    }

    pub(super) fn status(&self, now: Instant) -> Status {
        let oldest = self.waiting.values().next();
        Status {
            spooled: self.known.len(),
            in_memory: self.waiting.len(),
            in_memory_bytes: self.bytes,
            oldest: oldest.map(|waiting| now.duration_since(waiting.since)).unwrap_or_default(),
            failing: self.failing.clone(),
            lost_lately: self.lost_at.is_some_and(|at| now.duration_since(at) < LOSS_IS_FRESH),
        }
    }

    /// What to say about it in the log, once a minute: how many wait, how many are lost since the start.
    pub(super) fn complaint(&mut self, now: Instant) -> Option<(usize, u64)> {
        if self.logged_at.is_some_and(|at| now.duration_since(at) < LOG_EVERY) {
            return None;
        }
        self.logged_at = Some(now);
        Some((self.waiting.len(), self.lost))
    }
}

fn size(append: &Append) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let twice = append.dedupe.len() + text(&append.ncco) + text(&append.jti);
    OVERHEAD + append.raw.len() + 2 * twice + text(&append.conversation) + text(&append.leg)
}
