//! The hot path: webhooks are made durable many at a time.
//!
//! One task gathers what is waiting (a bounded queue, up to [`BATCH`] webhooks), stores it, folds it into the call records
//! and commits once; only then is every waiter answered, and only then do listeners hear of it. A disk that syncs 250
//! times a second so carries thousands of webhooks a second, and none is acknowledged before it is safe.
//!
//! When a commit fails, nobody can say what is on the disk: the connection is dropped, a new one is opened, and the last
//! acknowledged webhook must be found there before anything is acknowledged again. A failed sync is never repeated:
//! the kernel may have dropped the pages and would say "fine" the second time.

mod commit;
mod fold;
pub(in crate::store) mod text;

use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, broadcast, mpsc, oneshot, watch};

use super::call_tracking::{SharedZone, Track};
use super::connect::Target;
use super::{Result, StoreError};
use crate::domain::call::{Event, Phase};
use commit::{Failure, Line};

/// A webhook on its way into the inbox. Serialisable, for the spool keeps the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Append {
    /// A new id. Of the same id a second append is known.
    pub id: String,
    /// Equal for deliveries of the same thing; at most 200 characters.
    pub dedupe: String,
    /// The signature's id, which must never come twice; at most 200 characters.
    pub jti: Option<String>,
    pub kind: String,
    pub method: String,
    /// Our clock, ms UTC.
    pub received_at: i64,
    pub signed: bool,
    /// At most 200 characters each.
    pub conversation: Option<String>,
    pub leg: Option<String>,
    /// The body or the query, as it came.
    pub raw: String,
    pub decision: Option<String>,
    pub problem: Option<String>,
    /// The call flow that is returned, as JSON.
    pub ncco: Option<String>,
    /// What changes the call record.
    pub event: Option<Event>,
    /// Of an answer: which campaign the call is to be counted for, if any.
    #[serde(default)]
    pub track: Option<Track>,
    /// Comes from the spool: the signature's id may have been seen when it was first tried.
    #[serde(default)]
    pub spooled: bool,
}

/// What became of an append. It is durable in every case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    New,
    /// The same thing was stored before, with this call flow. The record is unchanged.
    Known {
        ncco: Option<String>,
    },
    /// The signature was used before. Nothing was stored now.
    Replayed,
}

/// A call changed, and the change is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveEvent {
    /// Counts the events of this process, without gaps.
    pub seq: u64,
    pub call_id: String,
    pub conversation: String,
    /// The visit whose user called.
    pub visit: Option<String>,
    pub line: Option<String>,
    pub phase: Phase,
    /// When two people were first connected, ms UTC, by the platform's clock.
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub talk_seconds: Option<u32>,
    /// Grows with every change of this call.
    pub version: i64,
    /// When we heard of it, ms UTC.
    pub at: i64,
}

/// How many webhooks one transaction takes.
pub(super) const BATCH: usize = 256;
/// How many may wait; with bodies of 64 kB this bounds the queue at 128 MB.
const QUEUE: usize = 2048;
/// How long to wait for another process that holds the SQLite file. Shorter than an answer's deadline would be too short
/// for an ordinary checkpoint; much longer would keep the spool waiting after the lock is gone.
const BUSY: Duration = Duration::from_secs(1);

enum Job {
    Append(Box<Append>, oneshot::Sender<Result<Appended>>),
    Close(oneshot::Sender<()>),
}

/// The handle of the writer's task. The task ends with the last handle, or by [`Writer::close`].
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    health: Arc<StdMutex<std::result::Result<(), String>>>,
}

impl Writer {
    pub(super) fn start(
        target: Target,
        turn: Arc<Mutex<()>>,
        live: broadcast::Sender<LiveEvent>,
        stored: watch::Sender<u64>,
        zone: SharedZone,
    ) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let health = Arc::new(StdMutex::new(Ok(())));
        let line = Line::new(target.with_busy_timeout(BUSY), zone);
        let task = Task { queue, turn, live, stored, line, health: Arc::clone(&health), seq: 0 };
        tokio::spawn(task.run());
        Self { jobs, health }
    }

    /// Waits until the webhook is durable. Whoever stops waiting takes the webhook out of the queue, if it is still in it.
    pub(super) async fn append(&self, append: Append) -> Result<Appended> {
        let (done, outcome) = oneshot::channel();
        let gone = |_| StoreError::Unavailable("it was closed".into());
        self.jobs.send(Job::Append(Box::new(append), done)).await.map_err(|error| gone(error.to_string()))?;
        outcome.await.map_err(|error| gone(error.to_string()))?
    }

    /// Whether the last transaction went well.
    pub(super) fn health(&self) -> std::result::Result<(), String> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes what is waiting, then ends the task.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            // An error means that somebody else closed it first.
            let _ = closed.await;
        }
    }
}

struct Task {
    queue: mpsc::Receiver<Job>,
    turn: Arc<Mutex<()>>,
    live: broadcast::Sender<LiveEvent>,
    stored: watch::Sender<u64>,
    line: Line,
    health: Arc<StdMutex<std::result::Result<(), String>>>,
    seq: u64,
}

type Waiter = oneshot::Sender<Result<Appended>>;

impl Task {
    async fn run(mut self) {
        let mut jobs = Vec::with_capacity(BATCH);
        let mut closed = None;
        while closed.is_none() && self.queue.recv_many(&mut jobs, BATCH).await > 0 {
            let (mut appends, mut waiters) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
            for job in jobs.drain(..) {
                match job {
                    // Nobody waits for it any more: it was spooled or refused, and comes again.
                    Job::Append(_, waiter) if waiter.is_closed() => {}
                    Job::Append(append, waiter) => {
                        appends.push(*append);
                        waiters.push(waiter);
                    }
                    Job::Close(done) => closed = Some(done),
                }
            }
            if !appends.is_empty() {
                self.write(&appends, waiters).await;
            }
        }
        self.line.close().await;
        if let Some(done) = closed {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    async fn write(&mut self, appends: &[Append], waiters: Vec<Waiter>) {
        match self.commit(appends).await {
            Ok(outcomes) => self.answer(waiters, outcomes),
            Err(Failure::Refused(_)) if appends.len() > 1 => {
                // One row that the database will never take must not take 255 others with it.
                for (append, waiter) in appends.iter().zip(waiters) {
                    match self.commit(std::slice::from_ref(append)).await {
                        Ok(outcomes) => self.answer(vec![waiter], outcomes),
                        Err(failure) => drop(waiter.send(Err(failure.into()))),
                    }
                }
            }
            Err(failure) => {
                for waiter in waiters {
                    drop(waiter.send(Err(failure.clone().into())));
                }
            }
        }
    }

    async fn commit(&mut self, appends: &[Append]) -> std::result::Result<Vec<Appended>, Failure> {
        let turn = self.turn.lock().await;
        let committed = self.line.commit(appends).await;
        drop(turn);
        let health = match &committed {
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(Failure::Unavailable(why)) => Err(why.clone()),
        };
        if let Err(why) = &health {
            tracing::error!(batch.size = appends.len(), error = %why, "webhooks were not stored");
        }
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = health;
        let committed = committed?;
        self.stored.send_modify(|count| *count += committed.outcomes.len() as u64);
        for mut event in committed.changes {
            self.seq += 1;
            event.seq = self.seq;
            // Nobody may be listening.
            let _ = self.live.send(event);
        }
        Ok(committed.outcomes)
    }

    fn answer(&self, waiters: Vec<Waiter>, outcomes: Vec<Appended>) {
        for (waiter, outcome) in waiters.into_iter().zip(outcomes) {
            // Whoever stopped waiting finds it as known when it comes again.
            let _ = waiter.send(Ok(outcome));
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => Self::Refused(why),
            Failure::Unavailable(why) => Self::Unavailable(why),
        }
    }
}
