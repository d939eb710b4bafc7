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

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};

use super::webhooks::Replayed;
use crate::store::{Append, Store, StoreError};

const CURRENT: &str = "spool.jsonl";
const REFUSED: &str = "refused.jsonl";
/// How many webhooks one sync takes, and how many may wait for it.
const BATCH: usize = 256;
/// How many are given to the database at once when merging.
const MERGE: usize = 256;

type Written = oneshot::Sender<io::Result<()>>;

/// The handle of the spool. Cheap to clone.
#[derive(Clone)]
pub(super) struct Spool {
    shared: Arc<Shared>,
    queue: mpsc::Sender<(Box<Append>, Written)>,
    /// One merge at a time.
    merging: Arc<tokio::sync::Mutex<()>>,
}

struct Shared {
    folder: PathBuf,
    most: u64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Open while something is being spooled.
    file: Option<File>,
    /// Bytes in all files but the refused.
    bytes: u64,
    /// What is spooled and not merged: the call flow and the signature by the webhook's key. Bounded by `most`.
    entries: HashMap<String, (Option<String>, Option<String>)>,
}

impl Spool {
    /// Reads what an earlier run left, and starts the writer's task. A folder that cannot be made or read is reported
    /// when something has to be spooled.
    pub(super) fn start(folder: &Path, most: u64) -> Self {
        let mut state = State::default();
        for path in files(folder) {
            state.bytes += path.metadata().map(|meta| meta.len()).unwrap_or_default();
            for append in read(&path).map(|lines| lines.good).unwrap_or_default() {
                state.entries.insert(append.dedupe, (append.ncco, append.jti));
            }
        }
        let shared = Arc::new(Shared { folder: folder.to_owned(), most, state: Mutex::new(state) });
        let (queue, mut jobs) = mpsc::channel::<(Box<Append>, Written)>(BATCH);
        let writer = Arc::clone(&shared);
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while jobs.recv_many(&mut batch, BATCH).await > 0 {
                let (appends, waiters): (Vec<_>, Vec<_>) = batch.drain(..).unzip();
                let shared = Arc::clone(&writer);
                let written = tokio::task::spawn_blocking(move || shared.write(&appends)).await;
                let written = written.unwrap_or_else(|_| Err(io::Error::other("the spool's writer panicked")));
                for waiter in waiters {
                    let copy = match &written {
                        Ok(()) => Ok(()),
                        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                    };
                    // Whoever stopped waiting answered without us; what is written is merged all the same.
                    let _ = waiter.send(copy);
                }
            }
        });
        Self { shared, queue, merging: Arc::default() }
    }

    /// Waits until the webhook is on the disk.
    pub(super) async fn push(&self, append: Append) -> io::Result<()> {
        let (done, written) = oneshot::channel();
        let gone = || io::Error::other("the spool is closed");
        self.queue.send((Box::new(append), done)).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?
    }

    /// The call flow under which a webhook is already spooled; `Replayed` when it is the very same signature.
    pub(super) fn known(&self, dedupe: &str, jti: Option<&str>) -> Option<Result<Option<String>, Replayed>> {
        let state = self.shared.state();
        let (ncco, seen) = state.entries.get(dedupe)?;
        if jti.is_some() && seen.as_deref() == jti {
            return Some(Err(Replayed));
        }
        Some(Ok(ncco.clone()))
    }

    /// How many webhooks wait to be merged.
    pub(super) fn len(&self) -> usize {
        self.shared.state().entries.len()
    }

    /// Brings everything spooled into the database. How many webhooks that were; an error leaves the rest for next time.
    pub(super) async fn merge(&self, store: &Store) -> Result<usize, StoreError> {
        let _one = self.merging.lock().await;
        let shared = Arc::clone(&self.shared);
        let files = tokio::task::spawn_blocking(move || shared.take_aside()).await;
        let files = files.unwrap_or_else(|_| Err(io::Error::other("the spool panicked")))?;
        let mut merged = 0;
        for path in files {
            let lines = read(&path)?;
            let (appends, mut refused) = (lines.good, lines.bad);
            for group in appends.chunks(MERGE) {
                let outcomes = futures::future::join_all(group.iter().map(|append| {
                    let append = Append { spooled: true, ..append.clone() };
                    store.append(append)
                }));
                for (append, outcome) in group.iter().zip(outcomes.await) {
                    match outcome {
                        Ok(_) => merged += 1,
                        Err(StoreError::Refused(why)) => {
                            tracing::error!(webhook.id = %append.id, error = %why, "a spooled webhook is refused");
                            refused.push(serde_json::to_string(append).unwrap_or_default());
                        }
                        Err(other) => return Err(other),
                    }
                }
            }
            let (shared, keys) = (Arc::clone(&self.shared), appends.into_iter().map(|append| append.dedupe).collect());
            let done = tokio::task::spawn_blocking(move || shared.finish(&path, &refused, keys)).await;
            done.unwrap_or_else(|_| Err(io::Error::other("the spool panicked")))?;
        }
        Ok(merged)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, appends: &[Box<Append>]) -> io::Result<()> {
        let mut lines = Vec::new();
        for append in appends {
            serde_json::to_writer(&mut lines, append)?;
            lines.push(b'\n');
        }
        // Held while syncing: nobody may take the file aside between writing and syncing.
        let mut state = self.state();
        let size = lines.len() as u64;
        if state.bytes + size > self.most {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the spool is full"));
        }
        if state.file.is_none() {
            state.file = Some(self.open(CURRENT)?);
        }
        let Some(file) = &mut state.file else { return Err(io::Error::other("the spool has no file")) };
        let written = file.write_all(&lines).and_then(|()| file.sync_data());
        if written.is_err() {
            // What is on the disk now is unknown: a torn line is skipped when merging, and a new file is begun.
            state.file = None;
            self.set_aside()?;
            return written;
        }
        state.bytes += size;
        for append in appends {
            state.entries.insert(append.dedupe.clone(), (append.ncco.clone(), append.jti.clone()));
        }
        Ok(())
    }

    /// Closes the current file and lists everything that is to be merged, oldest first.
    fn take_aside(&self) -> io::Result<Vec<PathBuf>> {
        let mut state = self.state();
        state.file = None;
        self.set_aside()?;
        drop(state);
        Ok(files(&self.folder))
    }

    fn set_aside(&self) -> io::Result<()> {
        let current = self.folder.join(CURRENT);
        if !current.exists() {
            return Ok(());
        }
        let last = files(&self.folder).iter().filter_map(|path| number(path)).max().unwrap_or(0);
        std::fs::rename(&current, self.folder.join(format!("merging-{:08}.jsonl", last + 1)))?;
        sync_folder(&self.folder)
    }

    /// Everything of a file is in the database, but for what was refused.
    fn finish(&self, path: &Path, refused: &[String], keys: Vec<String>) -> io::Result<()> {
        if !refused.is_empty() {
            let mut file = self.open(REFUSED)?;
            file.write_all((refused.join("\n") + "\n").as_bytes())?;
            file.sync_data()?;
        }
        let size = path.metadata().map(|meta| meta.len()).unwrap_or_default();
        std::fs::remove_file(path)?;
        sync_folder(&self.folder)?;
        let mut state = self.state();
        state.bytes = state.bytes.saturating_sub(size);
        for key in keys {
            state.entries.remove(&key);
        }
        Ok(())
    }

    fn open(&self, name: &str) -> io::Result<File> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.folder)?;
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.folder.join(name))?;
        // A file is only there after a crash if its folder was synced too.
        sync_folder(&self.folder)?;
        Ok(file)
    }
}

struct Lines {
    good: Vec<Append>,
    bad: Vec<String>,
}

/// The webhooks in a file. A last line without its end was never acknowledged: the program died while writing it.
fn read(path: &Path) -> io::Result<Lines> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut lines = Lines { good: Vec::new(), bad: Vec::new() };
    for line in text.split_inclusive('\n') {
        match serde_json::from_str(line) {
            Ok(append) => lines.good.push(append),
            Err(_) if line.ends_with('\n') && !line.trim().is_empty() => lines.bad.push(line.trim_end().to_owned()),
            Err(_) => {}
        }
    }
    Ok(lines)
}

/// What is to be merged: the files taken aside, oldest first, and at start the one that was being written.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| number(path).is_some()).collect();
    files.sort();
    files.extend(Some(folder.join(CURRENT)).filter(|path| path.exists()));
    files
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("merging-")?.strip_suffix(".jsonl")?.parse().ok()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
