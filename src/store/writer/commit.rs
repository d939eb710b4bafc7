//! One transaction: inbox, replay cache and call records, together or not at all. The same steps and the same SQL on both
//! databases, but for how a transaction begins.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::append::{Append, Appended, LiveEvent};
use super::ledger::Ledger;
use crate::domain::call::Phase;
use crate::domain::call::listed::Listed;
use crate::domain::call::merge::{Merged, Record, merge, named, touched};
use crate::domain::call_tracking::zone::Zone;
use crate::store::call_tracking::project::{self, Touched};
use crate::store::text::{Text, groups};
use crate::store::tx::{Tx, on_tx};

/// What a transaction did.
#[derive(Debug, Default)]
pub(super) struct Committed {
    /// One for each append, in order.
    pub outcomes: Vec<Appended>,
    pub changes: Vec<LiveEvent>,
}

static REPLAYS: LazyLock<Text> = LazyLock::new(|| {
    Text::rows("INSERT INTO replays (jti, seen_at) VALUES", 2, " ON CONFLICT DO NOTHING RETURNING jti")
});

static WEBHOOKS: LazyLock<Text> = LazyLock::new(|| {
    Text::rows(
        "INSERT INTO webhooks (id, dedupe, kind, method, received_at, signed, conversation, leg, raw, decision, problem, \
         ncco) VALUES",
        12,
        " ON CONFLICT DO NOTHING RETURNING id",
    )
});

static KNOWN: LazyLock<Text> = LazyLock::new(|| Text::list("SELECT dedupe, ncco FROM webhooks WHERE dedupe IN"));

static HOMES: LazyLock<Text> = LazyLock::new(|| Text::list("SELECT moved, home FROM call_moves WHERE moved IN"));

const MOVES: &str = "INSERT INTO call_moves (moved, home) VALUES ($1, $2) \
                                ON CONFLICT (moved) DO UPDATE SET home = excluded.home";

/// A conversation that moves is no longer the home of others.
const FLATTENED: &str = "UPDATE call_moves SET home = $2 WHERE home = $1";

/// What is a home now did not move.
const BACK: &str = "DELETE FROM call_moves WHERE moved = $1";

const GONE: &str = "DELETE FROM calls WHERE conversation = $1";

static CALLS: LazyLock<Text> = LazyLock::new(|| {
    Text::list("SELECT conversation, id, record, created_at, version FROM calls WHERE conversation IN")
});

static RECORDS: LazyLock<Text> = LazyLock::new(|| {
    Text::rows(
        "INSERT INTO calls (id, conversation, record, phase, ended, line, caller, callee, visit, created_at, updated_at, \
         answered_at, ended_at, talk_seconds, price, version) VALUES",
        16,
        " ON CONFLICT (conversation) DO UPDATE SET record = excluded.record, phase = excluded.phase, \
         ended = excluded.ended, line = excluded.line, caller = excluded.caller, callee = excluded.callee, \
         visit = excluded.visit, created_at = excluded.created_at, updated_at = excluded.updated_at, \
         answered_at = excluded.answered_at, ended_at = excluded.ended_at, talk_seconds = excluded.talk_seconds, \
         price = excluded.price, version = excluded.version",
    )
});

/// Stores webhooks and what they change.
///
/// # Errors
/// When the database fails; then the transaction is still to be left.
pub(super) async fn commit(tx: &mut Tx<'_>, appends: &[Append], zone: &Zone) -> sqlx::Result<Committed> {
    let mut ledger = Ledger::new(appends);
    begin(tx).await?;
    let noted = note_signatures(tx, &ledger.signatures()).await?;
    ledger.mark_replays(&noted);
    let stored = store_webhooks(tx, &ledger.pending()).await?;
    ledger.mark_new(&stored);
    let nccos: HashMap<String, Option<String>> = tx.find(&KNOWN, &ledger.known()).await?.into_iter().collect();

    let changing = ledger.changing();
    let homes: HashMap<String, String> = tx.find(&HOMES, &named(&changing)).await?.into_iter().collect();
    let found = read_records(tx, &touched(&changing, &homes)).await?;
    let merged = merge(&changing, homes, found);
    move_records(tx, &merged).await?;
    let changes = write_records(tx, &merged.changed).await?;
    let tracked = merged.changed.iter().filter_map(|(_, record)| Touched::of(record));
    project::apply(tx, tracked, zone).await?;

    on_tx!(tx, connection => sqlx::query("COMMIT").execute(connection).await.map(drop))?;
    Ok(Committed { outcomes: ledger.outcomes(&nccos), changes })
}

async fn begin(tx: &mut Tx<'_>) -> sqlx::Result<()> {
    let begin = match tx {
        // The write lock is taken at once: a transaction that starts by reading may not be allowed to write later.
        Tx::Sqlite(_) => "BEGIN IMMEDIATE",
        // Two nodes write to the same record only one after the other; the loser reads again.
        Tx::Postgres(_) => "BEGIN ISOLATION LEVEL SERIALIZABLE",
    };
    on_tx!(tx, connection => sqlx::query(begin).execute(connection).await.map(drop))
}

/// Notes that these signatures were used. Those that had not been used before.
async fn note_signatures(tx: &mut Tx<'_>, signatures: &[(&str, i64)]) -> sqlx::Result<HashSet<String>> {
    let mut noted = HashSet::with_capacity(signatures.len());
    for group in groups(signatures) {
        let sql = tx.sql(&REPLAYS, group.len());
        let new: Vec<String> = on_tx!(tx, connection => {
            let query = group.iter().fold(sqlx::query_scalar(sql), |query, (jti, seen_at)| query.bind(*jti).bind(seen_at));
            query.fetch_all(connection).await?
        });
        noted.extend(new);
    }
    Ok(noted)
}

/// Puts webhooks into the inbox. The ids of those that were not in it.
async fn store_webhooks(tx: &mut Tx<'_>, pending: &[&Append]) -> sqlx::Result<HashSet<String>> {
    let mut stored = HashSet::with_capacity(pending.len());
    for group in groups(pending) {
        let sql = tx.sql(&WEBHOOKS, group.len());
        let new: Vec<String> = on_tx!(tx, connection => {
            let mut query = sqlx::query_scalar(sql);
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
            query.fetch_all(connection).await?
        });
        stored.extend(new);
    }
    Ok(stored)
}

/// The records of these conversations, as far as there are any.
async fn read_records(tx: &mut Tx<'_>, conversations: &[&str]) -> sqlx::Result<HashMap<String, Record>> {
    let rows: Vec<(String, String, String, i64, i64)> = tx.find(&CALLS, conversations).await?;
    let read = |(conversation, id, record, created_at, version): (String, String, String, i64, i64)| {
        let call = serde_json::from_str(&record).map_err(|error| sqlx::Error::Decode(error.into()))?;
        Ok((conversation, Record { id, call, created_at, updated_at: created_at, version, track: None }))
    };
    rows.into_iter().map(read).collect()
}

/// Brings up to date which records are no more, and what moved where.
async fn move_records(tx: &mut Tx<'_>, merged: &Merged) -> sqlx::Result<()> {
    on_tx!(tx, connection => {
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
    });
    Ok(())
}

/// Writes records. What is to be told of them once they are durable.
async fn write_records(tx: &mut Tx<'_>, changed: &[(String, Record)]) -> sqlx::Result<Vec<LiveEvent>> {
    let mut changes = Vec::with_capacity(changed.len());
    for group in groups(changed) {
        let sql = tx.sql(&RECORDS, group.len());
        on_tx!(tx, connection => {
            let mut query = sqlx::query(sql);
            for (conversation, record) in group {
                let json = serde_json::to_string(&record.call).map_err(|error| sqlx::Error::Encode(error.into()))?;
                let listed = Listed::of(&record.call);
                query = query
                    .bind(&record.id)
                    .bind(conversation)
                    .bind(json)
                    .bind(listed.phase.name())
                    .bind(matches!(listed.phase, Phase::Ended(_)))
                    .bind(&record.call.line)
                    .bind(listed.caller.clone())
                    .bind(listed.callee.clone())
                    .bind(listed.visit.clone())
                    .bind(record.created_at)
                    .bind(record.updated_at)
                    .bind(record.call.answered_at())
                    .bind(record.call.ended_at())
                    .bind(record.call.talk_seconds().map(i64::from))
                    .bind(record.call.price().map(|price| price.0))
                    .bind(record.version);
                changes.push(live(conversation, record, listed));
            }
            query.execute(connection).await.map(drop)?;
        });
    }
    Ok(changes)
}

fn live(conversation: &str, record: &Record, listed: Listed) -> LiveEvent {
    LiveEvent {
        seq: 0,
        call_id: record.id.clone(),
        conversation: conversation.to_owned(),
        visit: listed.visit,
        line: record.call.line.clone(),
        phase: listed.phase,
        answered_at: record.call.answered_at(),
        ended_at: record.call.ended_at(),
        talk_seconds: record.call.talk_seconds(),
        version: record.version,
        at: record.updated_at,
    }
}

/// Leaves the transaction, if there is one. Whether the connection can go on.
pub(super) async fn leave(tx: &mut Tx<'_>) -> bool {
    let left = on_tx!(tx, connection => sqlx::query("ROLLBACK").execute(connection).await.map(drop));
    // SQLite says so when there was no transaction, for the lock was not to be had.
    matches!(left, Ok(()) | Err(sqlx::Error::Database(_)))
}

/// Whether a webhook is in the inbox.
pub(super) async fn finds(tx: &mut Tx<'_>, id: &str) -> sqlx::Result<bool> {
    let sql = "SELECT id FROM webhooks WHERE id = $1";
    on_tx!(tx, connection => Ok(sqlx::query(sql).bind(id).fetch_optional(connection).await?.is_some()))
}
