//! From a URL to the options of a connection, with the settings that durability rests on.

use std::io;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use super::error::{Result, StoreError};

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
}

/// With a time limit of ours. The connection must be dropped when it is exceeded: an answer may still come.
pub(super) async fn within<T>(limit: Duration, work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let late = || io::Error::new(io::ErrorKind::TimedOut, "the database did not answer in time");
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late().into()))
}
