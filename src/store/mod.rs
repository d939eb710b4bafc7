//! The database: SQL and nothing else.
//!
//! SQLite in one file (WAL, `synchronous=FULL`) or PostgreSQL, by URL; the same SQL text on both. Every query is written
//! once and type-checked for both by [`on_db!`]. Depends on `domain` only: what is decided, and when, is the services'.
//!
//! Webhooks go through the [`writer`], which commits many at once; everything else is a plain query on a pool.

/// Runs an expression on whichever pool the store has; queries in it are checked for both databases.
///
/// Rejected: `sqlx::Any`, which loses types, and a trait with two implementations, which writes every query twice.
macro_rules! on_db {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.inner.pools {
            $crate::store::Pools::Sqlite($pool, _) => $body,
            $crate::store::Pools::Postgres($pool) => $body,
        }
    };
}

/// The condition that `conversation` is the one bound first, or one that a leg of its call moved to.
macro_rules! of_call {
    () => {
        "(conversation = $1 OR conversation IN (SELECT moved FROM call_moves WHERE home = $1))"
    };
}

mod accounts;
mod api_keys;
mod audio_socket;
mod call_flows;
pub mod call_tracking;
mod calls;
mod connect;
mod contact_center;
mod decisions;
mod dials;
mod forget;
#[cfg(test)]
mod forget_tests;
mod numbers;
pub mod personal;
mod private_calls;
mod reader;
mod sessions;
mod settings;
mod text;
mod throttle;
mod tx;
mod visits;
mod voicemails;
mod webhooks;
mod writer;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection, PgPool, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard, broadcast, watch};

pub use accounts::AccountRow;
pub use api_keys::ApiKeyRow;
pub use audio_socket::{AudioSocketEnd, AudioSocketRow, EngineRow, RecordingRow};
pub use call_flows::CallFlowRow;
pub use calls::{CallQuery, CallRow};
pub use contact_center::{AgentRow, AgentStateRow, DeskCallQuery, DeskCallRow, DeskChange, OfferRow};
pub use forget::{Files, Traces};
pub use numbers::NumberRow;
pub use private_calls::{
    AttemptRow, BusyRow, Forgotten, NewPrivate, NewPrivatePerson, NumberUse, OpenedPrivate, PoolFigures, PoolRow,
    PrivateConversationRow, PrivateParticipantRow, PrivateQuery, RouteRow, TextRow, UseRow,
};
pub use sessions::{ACCOUNT as SESSION_ACCOUNT, Sessions};
pub use throttle::Throttle;
pub use visits::VisitRow;
pub use voicemails::VoicemailRow;
pub use webhooks::{WebhookQuery, WebhookRow};
pub use writer::{Append, Appended, LiveEvent};

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is neither `sqlite:` nor `postgres:`.
    #[error("DATABASE_URL must start with sqlite: or postgres:, not with {0:?}")]
    Url(String),
    #[error("cannot make the folder or file of the database: {0}")]
    Files(#[from] std::io::Error),
    #[error("the database's tables cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The same, of the SQLite file where it is read without sqlx.
    #[error("the database cannot be read: {0}")]
    File(#[from] rusqlite::Error),
    #[error("the CSV cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// Nothing was written, or it is not known whether it was: do not acknowledge.
    #[error("the database does not take writes: {0}")]
    Unavailable(String),
    /// This very row is refused, whatever else works.
    #[error("the database refuses this row: {0}")]
    Refused(String),
    /// A column holds what this version cannot read.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
}

/// What a query returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    /// How to reach the same database outside the pools.
    target: connect::Target,
    writer: writer::Writer,
    live: broadcast::Sender<LiveEvent>,
    stored: watch::Sender<u64>,
    /// Where the business is: which day and hour a tracked call counts for.
    zone: call_tracking::SharedZone,
    /// SQLite has one writer at a time and lets the others poll; this queue is fair, so that a sign-in gets its turn
    /// under a load of webhooks. PostgreSQL has no use for it.
    turn: Arc<Mutex<()>>,
}

enum Pools {
    Sqlite(SqlitePool, reader::Readers),
    Postgres(PgPool),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self.inner.pools, Pools::Sqlite(..)) { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}

/// The steps that make the tables: the files of this folder, by number. A step that was released is never changed: its
/// checksum is in every database that took it.
static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// How many live events a slow listener may be behind before it loses some (and hears that it did).
const LIVE_BACKLOG: usize = 1024;

impl Store {
    /// Opens the database that `url` names: `sqlite:data/switchboard.db` (made when it is missing, readable by nobody
    /// else) or `postgres://…`. Starts the writer's task, so it wants a Tokio runtime. Does not touch the tables: call
    /// [`Store::migrate`].
    ///
    /// # Errors
    /// When the URL makes no sense or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_target(connect::Target::parse(url)?).await
    }

    async fn open_target(target: connect::Target) -> Result<Self> {
        let pools = target.pools().await?;
        let turn = Arc::new(Mutex::new(()));
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        let (stored, _) = watch::channel(0);
        let zone = call_tracking::SharedZone::default();
        let writer =
            writer::Writer::start(target.clone(), Arc::clone(&turn), live.clone(), stored.clone(), zone.clone());
        Ok(Self { inner: Arc::new(Inner { pools, target, writer, live, stored, zone, turn }) })
    }

    /// Brings the tables up to date. Safe to run again, and beside a running server.
    ///
    /// # Errors
    /// When a step fails (nothing of it is kept), or the database is newer than this program.
    pub async fn migrate(&self) -> Result<()> {
        let _turn = self.turn().await;
        match (&self.inner.pools, &self.inner.target) {
            // Another node may be at it, and a step may take long: without the pool's limits.
            (Pools::Postgres(_), connect::Target::Postgres(options)) => {
                let mut connection = PgConnection::connect_with(options).await?;
                MIGRATIONS.run(&mut connection).await?;
                connection.close().await?;
            }
            _ => on_db!(self, pool => MIGRATIONS.run(pool).await)?,
        }
        Ok(())
    }

    /// Stores webhooks durably; see [`writer`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it must not be acknowledged, [`StoreError::Refused`] when it never will be.
    pub async fn append(&self, append: Append) -> Result<Appended> {
        self.inner.writer.append(append).await
    }

    /// Every change of a call from now on, after it is durable.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<LiveEvent> {
        self.inner.live.subscribe()
    }

    /// How many webhooks were stored since the start, also those that changed no call.
    #[must_use]
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.inner.stored.subscribe()
    }

    /// Can it be read, does the writer answer, and did the last write succeed? After one that failed a small one is
    /// tried now, so that being ready again does not wait for the next webhook.
    ///
    /// # Errors
    /// Why not, in words for the operator.
    pub async fn ready(&self) -> std::result::Result<(), String> {
        self.inner.writer.ready().await?;
        let read =
            async { on_db!(self, pool => sqlx::query("SELECT 1 FROM calls LIMIT 1").execute(pool).await.map(drop)) };
        match tokio::time::timeout(std::time::Duration::from_secs(2), read).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the database cannot be read: {error}")),
            Err(_) => Err("the database does not answer".into()),
        }
    }

    /// Writes what is waiting and closes every connection. Appends after this fail.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        if let Pools::Sqlite(_, readers) = &self.inner.pools {
            readers.close();
        }
        on_db!(self, pool => pool.close().await);
    }

    /// Waits for our turn to write. Hold it for one short statement or transaction.
    async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match self.inner.pools {
            Pools::Sqlite(..) => Some(Arc::clone(&self.inner.turn).lock_owned().await),
            Pools::Postgres(_) => None,
        }
    }
}
