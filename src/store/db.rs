//! The database that everything in the store asks: its pools, and the queue of those who write.

use std::path::Path;
use std::sync::Arc;

use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::sqlite::{SqlitePoolOptions, SqliteRow};
use sqlx::{Connection as _, FromRow, PgConnection, PgPool, SqlitePool};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::connect::{ANSWERS, BUSY, Target, within};
use super::error::Result;
use super::health::Health;
use super::reader::Readers;
use super::text::{Text, groups};

/// Runs an expression on whichever pool a door's database has; queries in it are checked for both databases.
///
/// Rejected: `sqlx::Any`, which loses types, and a trait with two implementations, which writes every query twice.
macro_rules! on_db {
    ($door:expr, $pool:ident => $body:expr) => {
        match &$door.db.pools {
            $crate::store::db::Pools::Sqlite($pool, _) => $body,
            $crate::store::db::Pools::Postgres($pool) => $body,
        }
    };
}
pub(super) use on_db;

/// The database. Cheap to clone.
#[derive(Clone)]
pub(super) struct Db {
    pub(super) pools: Pools,
    /// How the writer is: who reads on a thread that must not hang asks it.
    pub(super) health: Health,
    /// SQLite has one writer at a time and lets the others poll; this queue is fair, so that a sign-in gets its turn
    /// under a load of webhooks. PostgreSQL has no use for it.
    pub(super) queue: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if matches!(self.pools, Pools::Sqlite(..)) { "SQLite" } else { "PostgreSQL" })
    }
}

impl Db {
    /// Opens the pools. The tables are not touched.
    pub(super) async fn open(target: &Target) -> Result<Self> {
        Ok(Self { pools: Pools::open(target).await?, health: Health::default(), queue: Arc::default() })
    }

    /// Waits for our turn to write. Hold it for one short statement or transaction.
    pub(super) async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match self.pools {
            Pools::Sqlite(..) => Some(Arc::clone(&self.queue).lock_owned().await),
            Pools::Postgres(_) => None,
        }
    }

    /// What a statement with one list finds for these keys.
    pub(super) async fn find<T>(&self, text: &Text, keys: &[impl AsRef<str>]) -> Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut found = Vec::new();
        for group in groups(keys) {
            found.extend(match &self.pools {
                Pools::Sqlite(pool, _) => {
                    let query = sqlx::query_as(text.sqlite(group.len()));
                    group.iter().fold(query, |query, key| query.bind(key.as_ref())).fetch_all(pool).await?
                }
                Pools::Postgres(pool) => {
                    let query = sqlx::query_as(text.postgres(group.len()));
                    group.iter().fold(query, |query, key| query.bind(key.as_ref())).fetch_all(pool).await?
                }
            });
        }
        Ok(found)
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite(pool, readers) => {
                readers.close();
                pool.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// The connections for everything but the hot path.
#[derive(Clone)]
pub(super) enum Pools {
    Sqlite(SqlitePool, Readers),
    Postgres(PgPool),
}

impl Pools {
    async fn open(target: &Target) -> Result<Self> {
        match target {
            Target::Sqlite(options) => {
                private_file(options.get_filename())?;
                // A file does not go away as a server does: asking first would double the time of a look-up.
                let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(BUSY).test_before_acquire(false);
                Ok(Self::Sqlite(pool.connect_with(options.clone()).await?, Readers::new(options)))
            }
            Target::Postgres(options) => {
                // No limit for a statement: an export of millions of calls is one, read as slowly as its reader reads.
                let options =
                    options.clone().options([("lock_timeout", "10s"), ("idle_in_transaction_session_timeout", "60s")]);
                let pool = PgPoolOptions::new()
                    .max_connections(8)
                    .acquire_timeout(BUSY)
                    // In place of the library's own test, which waits as long as the network does.
                    .test_before_acquire(false)
                    .before_acquire(|connection, _| Box::pin(alive(connection)))
                    .after_release(|connection, _| Box::pin(alive(connection)));
                Ok(Self::Postgres(pool.connect_with(options).await?))
            }
        }
    }
}

/// Whether the other end still answers. A connection whose other end vanished without a word is silent for a quarter of
/// an hour otherwise: the library offers neither TCP keep-alive nor a time limit for sending.
async fn alive(connection: &mut PgConnection) -> sqlx::Result<bool> {
    within(ANSWERS, connection.ping()).await.map(|()| true)
}

/// Makes the folder and the file before SQLite does, so that nobody else may read them: SQLite gives its log files the
/// permissions of the database.
fn private_file(path: &Path) -> std::io::Result<()> {
    if path.as_os_str().is_empty() || path.to_string_lossy().contains(":memory:") {
        return Ok(());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
