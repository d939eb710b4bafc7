//! From a URL to connections, with the settings that durability rests on.

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

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
                let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(BUSY);
                Ok(Pools::Postgres(pool.connect_with(options.clone()).await?))
            }
        }
    }
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
