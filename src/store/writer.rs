//! The hot path: webhooks are made durable many at a time.
//!
//! One task gathers what is waiting (a bounded queue, up to [`BATCH`] webhooks), stores it, merges it into the call records
//! and commits once; only then is every waiter answered, and only then do listeners hear of it. A disk that syncs 250
//! times a second so carries thousands of webhooks a second, and none is acknowledged before it is safe.
//!
//! When a commit fails, nobody can say what is on the disk: the connection is dropped, a new one is opened, and the last
//! acknowledged webhook must be found there before anything is acknowledged again. A failed sync is never repeated:
//! the kernel may have dropped the pages and would say "fine" the second time.
//!
//! A network may swallow a connection without a word. So everything on PostgreSQL has a time limit, here as well as
//! there; an idle connection is looked at; and what does not answer is dropped for a new one.

pub(super) mod append;
mod commit;
mod connection;
mod ledger;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, broadcast, mpsc, oneshot, watch};

use super::call_tracking::zone::SharedZone;
use super::connect::Target;
use super::db::Db;
use super::error::{Result, StoreError};
use super::health::Health;
pub use append::{Append, Appended, LiveEvent};
use connection::{Connection, Failure};

/// How many webhooks one transaction takes.
pub(super) const BATCH: usize = 256;
/// How many may wait; with bodies of 64 kB this bounds the queue at 128 MB.
const QUEUE: usize = 2048;
/// How long to wait for another process that holds the SQLite file. Shorter than an answer's deadline would be too short
/// for an ordinary checkpoint; much longer would keep the spool waiting after the lock is gone.
const BUSY: Duration = Duration::from_secs(1);

/// How long an idle connection to PostgreSQL is believed to be alive.
const IDLE: Duration = Duration::from_secs(10);
/// How long somebody who asks whether the writer is well waits for its word.
const ASKED: Duration = Duration::from_secs(4);

enum Job {
    Append(Box<Append>, oneshot::Sender<Result<Appended>>),
    /// Is the writer well?
    Probe(oneshot::Sender<std::result::Result<(), String>>),
    /// What was acknowledged is deleted.
    Forget(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// The handle of the writer's task. The task ends with the last handle, or by [`Writer::close`].
#[derive(Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
    health: Health,
}

impl Writer {
    pub(super) fn start(
        target: Target,
        db: &Db,
        live: broadcast::Sender<LiveEvent>,
        stored: watch::Sender<u64>,
        zone: SharedZone,
    ) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let (turn, health) = (Arc::clone(&db.queue), db.health.clone());
        let remote = matches!(target, Target::Postgres(_));
        let connection = Connection::new(target.with_busy_timeout(BUSY).for_writing(), zone);
        let task = Task { queue, turn, live, stored, connection, remote, health: health.clone(), seq: 0 };
        tokio::spawn(task.run());
        Self { jobs, health }
    }

    /// Waits until the webhook is durable. One who stops waiting takes the webhook out of the queue, if it is still in
    /// it.
    pub(super) async fn append(&self, append: Append) -> Result<Appended> {
        let (done, outcome) = oneshot::channel();
        let gone = |_| StoreError::Unavailable("it was closed".into());
        self.jobs.send(Job::Append(Box::new(append), done)).await.map_err(|error| gone(error.to_string()))?;
        outcome.await.map_err(|error| gone(error.to_string()))?
    }

    /// Whether it can write now: no transaction is stuck, and the database answers on the writer's own connection.
    pub(super) async fn ready(&self) -> std::result::Result<(), String> {
        let stuck =
            || self.health.stuck_for().map(|time| format!("a commit has been under way for {} s", time.as_secs()));
        if let Some(why) = stuck() {
            return Err(why);
        }
        let (done, said) = oneshot::channel();
        let asked = async {
            self.jobs.send(Job::Probe(done)).await.map_err(|_| "it was closed".to_owned())?;
            said.await.unwrap_or_else(|_| Err("it was closed".to_owned()))
        };
        let late = |_| stuck().unwrap_or_else(|| "the writer does not answer".to_owned());
        tokio::time::timeout(ASKED, asked).await.map_err(late)?
    }

    /// What was acknowledged until now was deleted, and is not looked for any more.
    pub(super) async fn forget(&self) {
        let (done, forgotten) = oneshot::channel();
        if self.jobs.send(Job::Forget(done)).await.is_ok() {
            // An error means that it was closed: nothing is looked for then.
            let _ = forgotten.await;
        }
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
    connection: Connection,
    /// Whether there is a network between us and the database.
    remote: bool,
    health: Health,
    seq: u64,
}

type Waiter = oneshot::Sender<Result<Appended>>;

impl Task {
    async fn run(mut self) {
        let mut jobs = Vec::with_capacity(BATCH);
        let mut closed = None;
        while closed.is_none() && self.next(&mut jobs).await {
            let mut asked = Vec::new();
            let (mut appends, mut waiters) = (Vec::with_capacity(jobs.len()), Vec::with_capacity(jobs.len()));
            for job in jobs.drain(..) {
                match job {
                    // Nobody waits for it any more: it was spooled or refused, and comes again.
                    Job::Append(_, waiter) if waiter.is_closed() => {}
                    Job::Append(append, waiter) => {
                        appends.push(*append);
                        waiters.push(waiter);
                    }
                    Job::Probe(done) => asked.push(done),
                    Job::Forget(done) => {
                        self.connection.forget();
                        let _ = done.send(());
                    }
                    Job::Close(done) => closed = Some(done),
                }
            }
            if !appends.is_empty() {
                self.write(&appends, waiters).await;
            }
            if asked.iter().any(|done| !done.is_closed()) {
                let well = self.probe().await;
                for done in asked {
                    // Who asked may have stopped waiting.
                    let _ = done.send(well.clone());
                }
            }
        }
        self.connection.close().await;
        if let Some(done) = closed {
            // The one who asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    /// Waits for work. A connection that has been idle is looked at meanwhile, so that the next caller does not find out
    /// that it is dead. False when nobody can send any.
    async fn next(&mut self, jobs: &mut Vec<Job>) -> bool {
        loop {
            match tokio::time::timeout(IDLE, self.queue.recv_many(jobs, BATCH)).await {
                Ok(received) => return received > 0,
                Err(_) if self.remote => drop(self.probe().await),
                Err(_) => {}
            }
        }
    }

    /// Whether the database can be written to, as far as that can be said without a webhook.
    async fn probe(&mut self) -> std::result::Result<(), String> {
        let failed = self.health.failed();
        let turn = self.turn.lock().await;
        self.health.begins();
        let probed = self.connection.probe(failed).await;
        drop(turn);
        let well = match probed {
            Ok(()) | Err(Failure::Refused(_)) => Ok(()),
            Err(Failure::Unavailable(why)) => Err(why),
        };
        self.health.ended(well.clone().err());
        well
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
        self.health.begins();
        let committed = self.connection.commit(appends).await;
        drop(turn);
        let failed = match &committed {
            Ok(_) | Err(Failure::Refused(_)) => None,
            Err(Failure::Unavailable(why)) => Some(why.clone()),
        };
        if let Some(why) = &failed {
            tracing::error!(batch.size = appends.len(), error = %why, "webhooks were not stored");
        }
        self.health.ended(failed);
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
            // When it comes again it is found to be known.
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
