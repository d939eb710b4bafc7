//! One transaction: inbox, replay cache and call records, together or not at all.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection as _, PgConnection, Row as _, SqliteConnection};

use super::super::call_tracking::SharedZone;
use super::super::call_tracking::project::{self, Touched};
use super::super::connect::{ANSWERS, Target, within};
use super::merge::{Record, merge, named, touched};
use super::text::{BACK, CALLS, FLATTENED, GONE, HOMES, KNOWN, MOVES, RECORDS, REPLAYS, WEBHOOKS, groups};
use super::{Append, Appended, LiveEvent};
use crate::domain::call::{Call, Phase};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::clock::noted_at_ms;
use crate::domain::line::VISITOR_PREFIX;

/// Why a transaction did not happen.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// A row is impossible; the database is well.
    Refused(String),
    /// The database is locked, full, broken or gone.
    Unavailable(String),
}

/// What a transaction did.
#[derive(Debug, Default)]
pub(super) struct Committed {
    /// One for each append, in order.
    pub outcomes: Vec<Appended>,
    pub changes: Vec<LiveEvent>,
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
                OpenConnection::Sqlite(connection) => sqlite::commit(connection, appends, &zone).await,
                OpenConnection::Postgres(connection) => {
                    within(TRANSACTION, postgres::commit(connection, appends, &zone)).await
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
                    tokio::time::sleep(std::time::Duration::from_millis(2 << tries)).await;
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
            OpenConnection::Sqlite(connection) => sqlite::leave(connection).await,
            OpenConnection::Postgres(connection) => {
                within(ANSWERS, async { Ok(postgres::leave(connection).await) }).await.unwrap_or(false)
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
                OpenConnection::Sqlite(connection) => sqlite::finds(connection, id).await?,
                OpenConnection::Postgres(connection) => within(TRANSACTION, postgres::finds(connection, id)).await?,
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

/// Which webhooks are told what, decided without a database.
struct Ledger<'a> {
    appends: &'a [Append],
    outcomes: Vec<Option<Appended>>,
}

impl<'a> Ledger<'a> {
    fn new(appends: &'a [Append]) -> Self {
        Self { appends, outcomes: vec![None; appends.len()] }
    }

    /// The signatures to be noted: each once, though a replay may stand in the same batch.
    fn signatures(&mut self) -> Vec<(&'a str, i64)> {
        let mut seen = HashSet::new();
        let mut fresh = Vec::new();
        for (append, outcome) in self.appends.iter().zip(&mut self.outcomes) {
            let Some(jti) = append.jti.as_deref() else { continue };
            if seen.insert(jti) {
                fresh.push((jti, noted_at_ms(append.received_at, append.signed_at)));
            } else if !append.spooled {
                *outcome = Some(Appended::Replayed);
            }
        }
        fresh
    }

    /// Those whose signature was not among the newly noted are replays.
    fn mark_replays(&mut self, noted: &HashSet<String>) {
        for (append, outcome) in self.appends.iter().zip(&mut self.outcomes) {
            let replayed = append.jti.as_ref().is_some_and(|jti| !noted.contains(jti)) && !append.spooled;
            if replayed {
                *outcome = Some(Appended::Replayed);
            }
        }
    }

    /// What goes into the inbox.
    fn pending(&self) -> Vec<&'a Append> {
        let open = self.appends.iter().zip(&self.outcomes).filter(|(_, outcome)| outcome.is_none());
        open.map(|(append, _)| append).collect()
    }

    fn mark_new(&mut self, stored: &HashSet<String>) {
        for (append, outcome) in self.appends.iter().zip(&mut self.outcomes) {
            if outcome.is_none() && stored.contains(&append.id) {
                *outcome = Some(Appended::New);
            }
        }
    }

    /// The keys of what was there before.
    fn known(&self) -> Vec<&'a str> {
        self.pending().into_iter().map(|append| append.dedupe.as_str()).collect()
    }

    /// What is new and changes a record.
    fn changing(&self) -> Vec<&'a Append> {
        let new = self.appends.iter().zip(&self.outcomes).filter(|(_, outcome)| **outcome == Some(Appended::New));
        new.map(|(append, _)| append).filter(|append| append.event.is_some()).collect()
    }

    fn outcomes(self, nccos: &HashMap<String, Option<String>>) -> Vec<Appended> {
        let known = |append: &Append| Appended::Known { ncco: nccos.get(&append.dedupe).cloned().flatten() };
        self.appends
            .iter()
            .zip(self.outcomes)
            .map(|(append, outcome)| outcome.unwrap_or_else(|| known(append)))
            .collect()
    }
}

/// The columns that lists and filters use.
struct Columns {
    phase: Phase,
    caller: Option<String>,
    callee: Option<String>,
    visit: Option<String>,
}

impl Columns {
    fn of(call: &Call) -> Self {
        let caller = call.caller();
        let user = call.user.clone();
        let visit = user.as_deref().and_then(|user| user.strip_prefix(VISITOR_PREFIX)).map(str::to_owned);
        Self {
            phase: call.phase(),
            callee: call.called().cloned(),
            // A call of ours has no caller: the number that it shows stands for one.
            caller: user.or_else(|| caller.or_else(|| call.legs.values().next()).and_then(|leg| leg.from.clone())),
            visit,
        }
    }
}

fn live(conversation: &str, record: &Record, columns: Columns) -> LiveEvent {
    LiveEvent {
        seq: 0,
        call_id: record.id.clone(),
        conversation: conversation.to_owned(),
        visit: columns.visit,
        line: record.call.line.clone(),
        phase: columns.phase,
        answered_at: record.call.answered_at(),
        ended_at: record.call.ended_at(),
        talk_seconds: record.call.talk_seconds(),
        version: record.version,
        at: record.updated_at,
    }
}

/// The transaction, once for each database: the same steps and the same SQL, but for how a transaction begins.
macro_rules! transaction {
    ($name:ident, $connection:ty, $begin:literal) => {
        mod $name {
            use super::*;

            pub(super) async fn commit(
                connection: &mut $connection,
                appends: &[Append],
                zone: &Zone,
            ) -> sqlx::Result<Committed> {
                let mut ledger = Ledger::new(appends);
                let mut changes = Vec::new();
                sqlx::query($begin).execute(&mut *connection).await?;

                let signatures = ledger.signatures();
                let mut noted = HashSet::with_capacity(signatures.len());
                for group in groups(&signatures) {
                    let mut query = sqlx::query(REPLAYS.$name(group.len()));
                    for (jti, seen_at) in group {
                        query = query.bind(*jti).bind(seen_at);
                    }
                    for row in query.fetch_all(&mut *connection).await? {
                        noted.insert(row.try_get::<String, _>(0)?);
                    }
                }
                ledger.mark_replays(&noted);

                let pending = ledger.pending();
                let mut stored = HashSet::with_capacity(pending.len());
                for group in groups(&pending) {
                    let mut query = sqlx::query(WEBHOOKS.$name(group.len()));
                    for append in group {
                        query = query
                            .bind(&append.id)
                            .bind(&append.dedupe)
                            .bind(&append.kind)
                            .bind(&append.method)
                            .bind(append.received_at)
                            .bind(append.signed)
                            .bind(&append.conversation)
                            .bind(&append.leg)
                            .bind(&append.raw)
                            .bind(&append.decision)
                            .bind(&append.problem)
                            .bind(&append.ncco);
                    }
                    for row in query.fetch_all(&mut *connection).await? {
                        stored.insert(row.try_get::<String, _>(0)?);
                    }
                }
                ledger.mark_new(&stored);

                let mut nccos = HashMap::new();
                for group in groups(&ledger.known()) {
                    let query = group.iter().fold(sqlx::query(KNOWN.$name(group.len())), |query, key| query.bind(*key));
                    for row in query.fetch_all(&mut *connection).await? {
                        nccos.insert(row.try_get(0)?, row.try_get(1)?);
                    }
                }

                let changing = ledger.changing();
                let mut homes = HashMap::new();
                for group in groups(&named(&changing)) {
                    let query = group.iter().fold(sqlx::query(HOMES.$name(group.len())), |query, key| query.bind(*key));
                    for row in query.fetch_all(&mut *connection).await? {
                        homes.insert(row.try_get(0)?, row.try_get(1)?);
                    }
                }
                let mut found = HashMap::new();
                for group in groups(&touched(&changing, &homes)) {
                    let query = group.iter().fold(sqlx::query(CALLS.$name(group.len())), |query, key| query.bind(*key));
                    for row in query.fetch_all(&mut *connection).await? {
                        let record: String = row.try_get(2)?;
                        let call = serde_json::from_str(&record).map_err(|error| sqlx::Error::Decode(error.into()))?;
                        let (created_at, version) = (row.try_get(3)?, row.try_get(4)?);
                        let (id, updated_at) = (row.try_get(1)?, created_at);
                        let record = Record { id, call, created_at, updated_at, version, track: None };
                        found.insert(row.try_get(0)?, record);
                    }
                }
                let merged = merge(&changing, homes, found);
                for conversation in &merged.gone {
                    sqlx::query(GONE).bind(conversation).execute(&mut *connection).await?;
                }
                for conversation in &merged.back {
                    sqlx::query(BACK).bind(conversation).execute(&mut *connection).await?;
                }
                for (moved, home) in &merged.moved {
                    sqlx::query(FLATTENED).bind(moved).bind(home).execute(&mut *connection).await?;
                    sqlx::query(MOVES).bind(moved).bind(home).execute(&mut *connection).await?;
                }
                for group in groups(&merged.changed) {
                    let mut query = sqlx::query(RECORDS.$name(group.len()));
                    for (conversation, record) in group {
                        let json =
                            serde_json::to_string(&record.call).map_err(|error| sqlx::Error::Encode(error.into()))?;
                        let columns = Columns::of(&record.call);
                        query = query
                            .bind(&record.id)
                            .bind(conversation)
                            .bind(json)
                            .bind(columns.phase.name())
                            .bind(matches!(columns.phase, Phase::Ended(_)))
                            .bind(&record.call.line)
                            .bind(columns.caller.clone())
                            .bind(columns.callee.clone())
                            .bind(columns.visit.clone())
                            .bind(record.created_at)
                            .bind(record.updated_at)
                            .bind(record.call.answered_at())
                            .bind(record.call.ended_at())
                            .bind(record.call.talk_seconds().map(i64::from))
                            .bind(record.call.price().map(|price| price.0))
                            .bind(record.version);
                        changes.push(live(conversation, record, columns));
                    }
                    query.execute(&mut *connection).await?;
                }
                let tracked = merged.changed.iter().filter_map(|(_, record)| {
                    Touched::of(&record.id, &record.call, record.track.as_ref(), record.updated_at)
                });
                project::$name::apply(&mut *connection, tracked, zone).await?;

                sqlx::query("COMMIT").execute(&mut *connection).await?;
                Ok(Committed { outcomes: ledger.outcomes(&nccos), changes })
            }

            /// Leaves the transaction, if there is one. Whether the connection can go on.
            pub(super) async fn leave(connection: &mut $connection) -> bool {
                let left = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                // SQLite says so when there was no transaction, for the lock was not to be had.
                matches!(left, Ok(_) | Err(sqlx::Error::Database(_)))
            }

            pub(super) async fn finds(connection: &mut $connection, id: &str) -> sqlx::Result<bool> {
                let query = sqlx::query("SELECT id FROM webhooks WHERE id = $1").bind(id);
                Ok(query.fetch_optional(connection).await?.is_some())
            }
        }
    };
}

// The write lock is taken at once: a transaction that starts by reading may not be allowed to write later.
transaction!(sqlite, SqliteConnection, "BEGIN IMMEDIATE");
// Two nodes write to the same record only one after the other; the loser reads again.
transaction!(postgres, PgConnection, "BEGIN ISOLATION LEVEL SERIALIZABLE");
