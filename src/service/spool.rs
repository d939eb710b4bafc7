//! The spool: where answers are kept that the database could not take in time.
//!
//! A file of JSON lines beside the database, synced before the answer goes out, merged when the database is back. Merging
//! is idempotent (the inbox knows a webhook by its key), so a crash in the middle costs nothing: the file is merged again.
//!
//! ```text
//! spool.jsonl             being written
//! merging-<number>.jsonl  taken aside to be merged; deleted when all of it is in the database
//! refused.jsonl           what the database will never take, or what is no JSON any more: for a person to look at
//! ```
//!
//! A disk that is full or hangs stops nobody. What it does not take in time waits in [`memory`], within a limit, until the
//! disk or the database takes it, whichever comes first. Nothing that answers a caller waits for the disk's own lock:
//! only the writer's task and the merge do.

mod disk;
mod memory;

#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::received::Replayed;
use crate::store::{Append, Store, StoreError};
use disk::{Disk, Medium, RealDisk};
pub(super) use memory::{Full, Kept, Status};
use memory::{Memory, Most};

/// How many webhooks one sync takes.
const BATCH: usize = 256;
/// How many are given to the database at once when merging.
const MERGE: usize = 256;
/// How long a write may take before nobody waits for it any more.
const HANGS: Duration = Duration::from_millis(500);
/// How soon a disk that refused is tried again. Soon enough for a disk that has room again, and one try a second is
/// no load.
const RETRY: Duration = Duration::from_secs(1);
/// How long a webhook may wait for the disk before it is offered to the database.
const OFFERED: Duration = Duration::from_secs(1);
/// How long the database may take for what it is offered.
const OFFER: Duration = Duration::from_secs(10);

/// How much the spool keeps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Bytes in files.
    pub disk: u64,
    /// Webhooks and bytes that wait for the disk.
    pub memory: usize,
    pub memory_bytes: usize,
}

/// The handle of the spool. Cheap to clone; the writer's task ends with the last.
#[derive(Clone)]
pub(super) struct Spool {
    shared: Arc<Shared>,
    /// That there is something to write.
    wake: mpsc::Sender<()>,
    /// One merge at a time.
    merging: Arc<tokio::sync::Mutex<()>>,
}

struct Shared {
    /// Held for a moment, never over I/O.
    memory: Mutex<Memory>,
    /// Held for as long as the disk takes, on a thread for that.
    disk: Arc<tokio::sync::Mutex<Disk>>,
    /// There may be files to merge or to clear away.
    files: AtomicBool,
}

impl Spool {
    /// Reads what an earlier run left, and starts the writer's task.
    pub(super) fn start(folder: &Path, size: Size) -> Self {
        Self::start_on(folder, size, Arc::new(RealDisk))
    }

    fn start_on(folder: &Path, size: Size, medium: Arc<dyn Medium>) -> Self {
        let (disk, found) = Disk::open(folder, size.disk, medium);
        let mut memory = Memory::new(Most { webhooks: size.memory, bytes: size.memory_bytes });
        found.into_iter().for_each(|append| memory.on_disk(append));
        let shared = Arc::new(Shared {
            memory: Mutex::new(memory),
            files: AtomicBool::new(disk.has_files()),
            disk: Arc::new(tokio::sync::Mutex::new(disk)),
        });
        let (wake, woken) = mpsc::channel(1);
        tokio::spawn(write(Arc::clone(&shared), woken));
        Self { shared, wake, merging: Arc::default() }
    }

    /// Takes a webhook in, and waits until it is on the disk or it is clear that it will not be soon. Who stops waiting
    /// finds it kept all the same.
    ///
    /// # Errors
    /// [`Full`]: it is kept nowhere.
    pub(super) async fn push(&self, append: Append) -> Result<Kept, Full> {
        let written = self.shared.memory().push(append, Instant::now())?;
        // A full channel means that the task is woken already.
        let _ = self.wake.try_send(());
        match written {
            Some(written) => Ok(written.await.unwrap_or(Kept::InMemory)),
            None => Ok(Kept::InMemory),
        }
    }

    /// The call flow under which a webhook is already spooled; `Replayed` when it is the very same signature.
    pub(super) fn known(&self, dedupe: &str, jti: Option<&str>) -> Option<Result<Option<String>, Replayed>> {
        self.shared.memory().known(dedupe, jti)
    }

    pub(super) fn status(&self) -> Status {
        self.shared.memory().status(Instant::now())
    }

    /// What to log about a disk that takes nothing, at most once a minute: how many wait, how many are lost.
    pub(super) fn complaint(&self) -> Option<(usize, u64)> {
        self.shared.memory().complaint(Instant::now())
    }

    /// Whether [`Spool::merge`] would find something.
    pub(super) fn has_files(&self) -> bool {
        self.shared.files.load(Ordering::Acquire)
    }

    /// Offers to the database what has waited for the disk too long. How many webhooks it took.
    ///
    /// # Errors
    /// When the database does not take them; they go on waiting.
    pub(super) async fn offer(&self, store: &Store) -> Result<usize, StoreError> {
        self.offer_older(store, OFFERED).await
    }

    async fn offer_older(&self, store: &Store, age: Duration) -> Result<usize, StoreError> {
        let mut stored = 0;
        loop {
            let batch = self.shared.memory().batch(MERGE, age, Instant::now());
            if batch.is_empty() {
                return Ok(stored);
            }
            let appending = futures::future::join_all(batch.iter().map(|(_, append)| store.append(merged(append))));
            let late = |_| StoreError::Unavailable("it took too long".into());
            let outcomes = timeout(OFFER, appending).await.map_err(late)?;
            let taken = batch.iter().zip(&outcomes).filter(|(_, outcome)| outcome.is_ok());
            let taken: Vec<u64> = taken.map(|((number, _), _)| *number).collect();
            self.shared.memory().stored(&taken);
            stored += taken.len();
            // What the database will never take waits for the disk, where a person finds it.
            for outcome in outcomes {
                match outcome {
                    Ok(_) => {}
                    Err(StoreError::Refused(why)) => {
                        tracing::error!(error = %why, "a webhook that waits in memory is refused");
                        return Ok(stored);
                    }
                    Err(other) => return Err(other),
                }
            }
        }
    }

    /// Brings everything spooled into the database, and clears away files that have nothing in them. How many webhooks
    /// that were; an error leaves the rest for next time.
    pub(super) async fn merge(&self, store: &Store) -> Result<usize, StoreError> {
        let _one = self.merging.lock().await;
        // Before the files are looked for: what is written meanwhile is not forgotten.
        self.shared.files.store(false, Ordering::Release);
        let merged = self.merge_files(store).await;
        if merged.is_err() {
            self.shared.files.store(true, Ordering::Release);
        }
        merged
    }

    async fn merge_files(&self, store: &Store) -> Result<usize, StoreError> {
        let mut merged = 0;
        // What was taken aside, then what was being written. So a database that is away for hours makes no file for
        // each try.
        for _ in 0..2 {
            for path in self.shared.on_disk(Disk::take_for_merge).await? {
                merged += self.merge_file(store, path).await?;
            }
        }
        Ok(merged)
    }

    async fn merge_file(&self, store: &Store, path: std::path::PathBuf) -> Result<usize, StoreError> {
        let reading = path.clone();
        let lines = on_a_thread(move || disk::read(&reading)).await?;
        let (appends, mut refused) = (lines.good, lines.bad);
        let mut done = 0;
        for group in appends.chunks(MERGE) {
            let outcomes = futures::future::join_all(group.iter().map(|append| store.append(merged(append)))).await;
            for (append, outcome) in group.iter().zip(outcomes) {
                match outcome {
                    Ok(_) => done += 1,
                    Err(StoreError::Refused(why)) => {
                        tracing::error!(webhook.id = %append.id, error = %why, "a spooled webhook is refused");
                        refused.push(serde_json::to_string(append).unwrap_or_default());
                    }
                    Err(other) => return Err(other),
                }
            }
        }
        self.shared.on_disk(move |disk| disk.finish(&path, &refused)).await?;
        self.shared.memory().merged(appends.iter().map(|append| append.dedupe.as_str()));
        Ok(done)
    }

    /// Everything that can be brought into the database now, from memory and from the disk.
    pub(super) async fn merge_all(&self, store: &Store) -> Result<usize, StoreError> {
        let offered = self.offer_older(store, Duration::ZERO).await?;
        Ok(offered + self.merge(store).await?)
    }
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Disk) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let mut disk = Arc::clone(&self.disk).lock_owned().await;
        on_a_thread(move || work(&mut disk)).await
    }
}

async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(io::Error::other("the spool's thread panicked")))
}

/// As it goes to the database from here.
fn merged(append: &Append) -> Append {
    Append { spooled: true, ..append.clone() }
}

/// The writer's task: what waits goes to the disk, many at once.
async fn write(shared: Arc<Shared>, mut woken: mpsc::Receiver<()>) {
    while woken.recv().await.is_some() {
        loop {
            let batch = shared.memory().batch(BATCH, Duration::ZERO, Instant::now());
            if batch.is_empty() {
                break;
            }
            let (numbers, appends): (Vec<u64>, Vec<_>) = batch.into_iter().unzip();
            let writing = shared.on_disk(move |disk| disk.write(&appends));
            tokio::pin!(writing);
            let written = tokio::select! {
                written = &mut writing => written,
                () = sleep(HANGS) => {
                    shared.memory().refused("the disk does not answer".to_owned());
                    writing.await
                }
            };
            // Also after a failure there may be something to clear away.
            shared.files.store(true, Ordering::Release);
            match written {
                Ok(()) => shared.memory().written(&numbers),
                Err(error) => {
                    shared.memory().refused(error.to_string());
                    sleep(RETRY).await;
                    if woken.is_closed() {
                        return;
                    }
                }
            }
        }
    }
}
