//! The writer's own connection: reopened when it fails, and believed only when the last acknowledged webhook is there.

use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, SqliteConnection};

use super::append::{Append, Appended};
use super::commit::{Committed, commit, finds, leave};
use crate::store::call_tracking::zone::SharedZone;
use crate::store::connect::{ANSWERS, Target, within};
use crate::store::tx::Tx;

/// Why a transaction did not happen.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// A row is impossible; the database is well.
    Refused(String),
    /// The database is locked, full, broken or gone.
    Unavailable(String),
}

/// How often a transaction is tried again that lost against another node's.
const RETRIES: u32 = 8;
/// How long PostgreSQL may take to let us in, and for a transaction: longer than its own limits (`Target::for_writing`),
/// which end it in order. A file has no such limits: its driver cannot be interrupted, and nothing else takes its place.
const CONNECT: Duration = Duration::from_secs(3);
const TRANSACTION: Duration = Duration::from_secs(5);

enum OpenConnection {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// The writer's own connection, reopened when it fails.
pub(super) struct Connection {
    target: Target,
    open: Option<OpenConnection>,
    /// The id of the last webhook that we acknowledged: it must be there after every reopening.
    acknowledged: Option<String>,
    zone: SharedZone,
}

impl Connection {
    pub(super) fn new(target: Target, zone: SharedZone) -> Self {
        Self { target, open: None, acknowledged: None, zone }
    }

    /// What was acknowledged is not expected to be there any more.
    pub(super) fn forget(&mut self) {
        self.acknowledged = None;
    }

    pub(super) async fn close(&mut self) {
        // Everything was committed before; an error on closing changes nothing.
        let _ = match self.open.take() {
            Some(OpenConnection::Sqlite(connection)) => connection.close().await,
            Some(OpenConnection::Postgres(connection)) => within(ANSWERS, connection.close()).await,
            None => Ok(()),
        };
    }

    pub(super) async fn commit(&mut self, appends: &[Append]) -> Result<Committed, Failure> {
        let zone = self.zone.get();
        let mut tries = 0;
        loop {
            let mut connection = self.connection().await.map_err(|error| Failure::Unavailable(error.to_string()))?;
            let result = match &mut connection {
                OpenConnection::Sqlite(connection) => commit(&mut Tx::Sqlite(connection), appends, &zone).await,
                OpenConnection::Postgres(connection) => {
                    within(TRANSACTION, commit(&mut Tx::Postgres(connection), appends, &zone)).await
                }
            };
            let error = match result {
                Ok(committed) => {
                    self.open = Some(connection);
                    let new = committed.outcomes.iter().rposition(|outcome| *outcome == Appended::New);
                    if let Some(append) = new.and_then(|at| appends.get(at)) {
                        self.acknowledged = Some(append.id.clone());
                    }
                    return Ok(committed);
                }
                Err(error) => error,
            };
            match verdict(&error) {
                Verdict::Refused => {
                    self.keep(connection).await;
                    return Err(Failure::Refused(error.to_string()));
                }
                Verdict::Conflict if tries < RETRIES => {
                    tries += 1;
                    self.keep(connection).await;
                    tokio::time::sleep(Duration::from_millis(2 << tries)).await;
                }
                Verdict::Conflict | Verdict::Locked => {
                    self.keep(connection).await;
                    return Err(Failure::Unavailable(error.to_string()));
                }
                // The connection is dropped with what it believes to be on the disk.
                Verdict::Broken => return Err(Failure::Unavailable(error.to_string())),
            }
        }
    }

    /// Whether the other end of a network still answers: what is dead is exchanged for a new connection. `write` also
    /// writes a row, for when the last transaction failed.
    pub(super) async fn probe(&mut self, write: bool) -> Result<(), Failure> {
        let unavailable = |error: sqlx::Error| Failure::Unavailable(error.to_string());
        if matches!(self.open, Some(OpenConnection::Postgres(_))) && self.answers(write).await.is_ok() {
            return Ok(());
        }
        let connection = self.connection().await.map_err(unavailable)?;
        self.open = Some(connection);
        self.answers(write).await.map_err(unavailable)
    }

    /// The connection is kept only if it answered.
    async fn answers(&mut self, write: bool) -> sqlx::Result<()> {
        let Some(mut connection) = self.open.take() else { return Ok(()) };
        match &mut connection {
            OpenConnection::Sqlite(connection) if write => {
                sqlx::query(PROBE).execute(&mut **connection).await.map(drop)?
            }
            OpenConnection::Sqlite(_) => {}
            OpenConnection::Postgres(connection) if write => {
                within(TRANSACTION, sqlx::query(PROBE).execute(&mut **connection)).await.map(drop)?;
            }
            OpenConnection::Postgres(connection) => within(ANSWERS, connection.ping()).await?,
        }
        self.open = Some(connection);
        Ok(())
    }

    /// The connection goes on being used if it can be brought out of its transaction.
    async fn keep(&mut self, mut connection: OpenConnection) {
        let left = match &mut connection {
            OpenConnection::Sqlite(connection) => leave(&mut Tx::Sqlite(connection)).await,
            OpenConnection::Postgres(connection) => {
                within(ANSWERS, async { Ok(leave(&mut Tx::Postgres(connection)).await) }).await.unwrap_or(false)
            }
        };
        if left {
            self.open = Some(connection);
        }
    }

    async fn connection(&mut self) -> sqlx::Result<OpenConnection> {
        if let Some(connection) = self.open.take() {
            return Ok(connection);
        }
        let mut connection = match &self.target {
            Target::Sqlite(options) => {
                OpenConnection::Sqlite(Box::new(SqliteConnection::connect_with(&for_writing(options)).await?))
            }
            Target::Postgres(options) => {
                OpenConnection::Postgres(Box::new(within(CONNECT, PgConnection::connect_with(options)).await?))
            }
        };
        if let Some(id) = &self.acknowledged {
            let found = match &mut connection {
                OpenConnection::Sqlite(connection) => finds(&mut Tx::Sqlite(connection), id).await?,
                OpenConnection::Postgres(connection) => {
                    within(TRANSACTION, finds(&mut Tx::Postgres(connection), id)).await?
                }
            };
            if !found {
                tracing::error!(webhook.id = %id, "the database lost an acknowledged webhook; nothing is acknowledged until a restart");
                return Err(sqlx::Error::Protocol("an acknowledged webhook is missing after reopening".into()));
            }
        }
        Ok(connection)
    }
}

/// A write that changes nothing that anybody reads.
const PROBE: &str = "INSERT INTO settings (name, value, changed_at) VALUES ('write-probe', '', 0) \
                     ON CONFLICT (name) DO UPDATE SET changed_at = settings.changed_at + 1";

fn for_writing(options: &SqliteConnectOptions) -> SqliteConnectOptions {
    // The fresh end of four indexes stays in memory, whatever the size of the file.
    options.clone().pragma("cache_size", "-16384").statement_cache_capacity(100)
}

enum Verdict {
    Refused,
    /// Another node changed the same rows first.
    Conflict,
    /// Another process holds the file; our connection is as good as before.
    Locked,
    Broken,
}

fn verdict(error: &sqlx::Error) -> Verdict {
    let sqlx::Error::Database(database) = error else {
        return match error {
            sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Verdict::Refused,
            _ => Verdict::Broken,
        };
    };
    let code = database.code().unwrap_or_default();
    if database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        return match code.as_ref() {
            "40001" | "40P01" => Verdict::Conflict,
            // A lock was not to be had in time.
            "55P03" => Verdict::Locked,
            // Data exceptions, broken constraints, too much of something.
            code if ["22", "23", "54"].iter().any(|class| code.starts_with(class)) => Verdict::Refused,
            _ => Verdict::Broken,
        };
    }
    // SQLite's extended codes carry the plain one in their low byte.
    match code.parse::<u32>().unwrap_or_default() & 0xff {
        5 | 6 => Verdict::Locked,
        18 | 19 | 20 | 25 => Verdict::Refused,
        _ => Verdict::Broken,
    }
}
