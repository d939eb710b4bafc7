//! From a URL to connections, with the settings that durability rests on.

use std::io;
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, PgConnection};

use super::reader::Readers;
use super::{Pools, Result, StoreError};

/// Which database, and how to reach it.
#[derive(Clone)]
pub(super) enum Target {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

/// How long a statement waits for a lock that another *process* holds on the SQLite file. Within this process, turns are
/// taken in order and nobody waits here.
pub(super) const BUSY: Duration = Duration::from_secs(5);

/// How long a connection that is alive may take for nothing at all.
pub(super) const ANSWERS: Duration = Duration::from_secs(1);

impl Target {
    pub(super) fn parse(url: &str) -> Result<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => {
                let options = SqliteConnectOptions::from_str(url)?
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // NORMAL may forget acknowledged transactions when the power fails.
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(BUSY)
                    .foreign_keys(true)
                    // What is deleted or shortened is overwritten in the file: a forgotten number must not stay in it.
                    .pragma("secure_delete", "ON")
                    // A row at a time is handed to another thread; with room for a chart's rows, neither waits for the other.
                    .row_buffer_size(1024)
                    // A burst must not leave a log file of gigabytes.
                    .pragma("journal_size_limit", (64 << 20).to_string());
                Ok(Self::Sqlite(options))
            }
            "postgres" | "postgresql" => Ok(Self::Postgres(PgConnectOptions::from_str(url)?)),
            other => Err(StoreError::Url(other.to_owned())),
        }
    }

    /// The same, but waiting this long for another process that holds the SQLite file.
    pub(super) fn with_busy_timeout(self, wait: Duration) -> Self {
        match self {
            Self::Sqlite(options) => Self::Sqlite(options.busy_timeout(wait)),
            postgres @ Self::Postgres(_) => postgres,
        }
    }

    /// The writer's: PostgreSQL ends what takes longer than a webhook can wait. Our own limits, a little longer, are for a
    /// connection that is dead without anybody having said so.
    pub(super) fn for_writing(self) -> Self {
        match self {
            Self::Sqlite(options) => Self::Sqlite(options),
            Self::Postgres(options) => Self::Postgres(options.options([
                ("statement_timeout", "4s"),
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "10s"),
            ])),
        }
    }

    /// The pools for everything but the hot path.
    pub(super) async fn pools(&self) -> Result<Pools> {
        match self {
            Self::Sqlite(options) => {
                private_file(options.get_filename())?;
                // A file does not go away as a server does: asking first would double the time of a look-up.
                let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(BUSY).test_before_acquire(false);
                Ok(Pools::Sqlite(pool.connect_with(options.clone()).await?, Readers::new(options)))
            }
            Self::Postgres(options) => {
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
                Ok(Pools::Postgres(pool.connect_with(options).await?))
            }
        }
    }
}

/// Whether the other end still answers. A connection whose other end vanished without a word is silent for a quarter of
/// an hour otherwise: the library offers neither TCP keep-alive nor a time limit for sending.
async fn alive(connection: &mut PgConnection) -> sqlx::Result<bool> {
    within(ANSWERS, connection.ping()).await.map(|()| true)
}

/// With a time limit of ours. The connection must be dropped when it is exceeded: an answer may still come.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time");
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late().into()))
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
