//! Forgetting a person, and what is too old: over every table of the index ([`super::personal`]).
//!
//! A number is looked for in whatever spelling people and platforms write it ([`crate::domain::spelling`]), with the digits
//! that carriers add or drop: whoever is forgotten by one form of their number is forgotten by the other. The database narrows the rows down by the number's last digits, with every separator taken out; what is found is read here. Rows go
//! in small transactions, so that nobody who calls waits; to ask again finishes what was interrupted.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Row as _};

use super::personal::{Counted, Holds, People, TABLES, of_people};
use super::{Forgotten, Pools, Result, Store};
use crate::domain::spelling::{is_number, replace_numbers};

/// Rows that are changed in one transaction.
const AT_ONCE: usize = 100;
/// Rows that are deleted in one statement.
const DELETED_AT_ONCE: u16 = 500;
/// A file of this size is built again within seconds.
const SMALL: u64 = 256 << 20;
/// By how many of its last digits a number is looked for: those that all its forms have in common.
const TAIL: usize = 6;

/// A column without what people write between digits, as far as it is ASCII.
fn squeezed(column: &str) -> String {
    const BETWEEN: [&str; 8] = [" ", "-", ".", "(", ")", "/", "+", "\t"];
    BETWEEN.iter().fold(column.to_owned(), |inner, between| format!("REPLACE({inner}, '{between}', '')"))
}

/// Whether a column may hold the number whose tail is `$1`: it does, or it is written with escapes or with letters outside
/// of ASCII, and has to be read.
fn may_hold(column: &str) -> String {
    format!(
        "({} LIKE $1 OR {column} LIKE '%!%%' ESCAPE '!' OR {column} LIKE '%\\u%' ESCAPE '!' \
         OR octet_length({column}) <> length({column}))",
        squeezed(column)
    )
}

/// A row with somebody in it: its key and the columns as they are to be.
pub(super) struct Found {
    key: String,
    /// In the order of the index; `None` stays.
    texts: Vec<Option<String>>,
    /// One of the columns is the number and nothing else.
    is_it: bool,
}

impl Found {
    fn take(&mut self, text: &str, number: &str, token: &str) {
        let replaced = replace_numbers(text, |spelled| is_number(spelled, number).then(|| token.to_owned()));
        self.is_it |= !text.is_empty() && replaced == token;
        self.texts.push((replaced != text).then_some(replaced));
    }
}

/// What a pass over the tables found beside numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Conversations of the platform in which they spoke.
    pub conversations: BTreeSet<String>,
    /// Their desk calls.
    pub desk_calls: BTreeSet<String>,
    /// Visitors of the web site who were most likely they.
    pub visitors: BTreeSet<String>,
}

/// Files that are to be deleted, by the ids in their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    pub recordings: Vec<String>,
    pub voicemails: Vec<String>,
}

impl Store {
    /// Puts `token` wherever a number stands in a table that holds people. What was changed, by kind, and the traces that
    /// lead to more.
    ///
    /// # Errors
    /// When the database fails; what was replaced stays so.
    pub async fn replace_number(&self, number: &str, token: &str, traces: &mut Traces) -> Result<Forgotten> {
        let mut done = Forgotten::default();
        for (table, people) in of_people() {
            for found in self.rows_with(table, people.key, people.columns, None, number, token).await?.chunks(AT_ONCE) {
                self.trace(table, found, traces).await?;
                let rows = self.replace_rows(table, people, found, token).await?;
                match people.counted {
                    // A participant is a conversation; the reference beside is not another one.
                    Counted::Conversations if table == "private_participants" => done.conversations += rows,
                    Counted::Conversations => {}
                    Counted::Attempts => done.attempts += rows,
                    Counted::Texts => done.texts += rows,
                    Counted::Calls => done.calls += rows,
                    Counted::Webhooks => done.webhooks += rows,
                    Counted::Desk => done.desk += rows,
                    Counted::Tracked => done.tracked += rows,
                    Counted::Other => done.other += rows,
                }
            }
        }
        Ok(done)
    }

    /// In how many rows of what the operator set up a number still stands.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings_with(&self, number: &str) -> Result<u64> {
        let mut count = 0;
        for table in TABLES {
            let Holds::Settings(columns) = &table.holds else { continue };
            count += self.rows_with(table.name, "''", columns, None, number, "-").await?.len() as u64;
        }
        Ok(count)
    }

    /// The rows of a table in which a number stands; of one call only, when its conversation is given.
    pub(super) async fn rows_with(
        &self,
        table: &str,
        key: &str,
        columns: &[&str],
        within: Option<&str>,
        number: &str,
        token: &str,
    ) -> Result<Vec<Found>> {
        let tail = format!("%{}%", &number[number.len().saturating_sub(TAIL)..]);
        let texts: Vec<String> = columns.iter().map(|column| format!("COALESCE({column}, '')")).collect();
        let holds: Vec<String> = columns.iter().map(|column| may_hold(column)).collect();
        let of_call = match within {
            Some(_) => "(conversation = $2 OR conversation IN (SELECT moved FROM call_moves WHERE home = $2)) AND ",
            None => "",
        };
        let sql = format!("SELECT {key}, {} FROM {table} WHERE {of_call}({})", texts.join(", "), holds.join(" OR "));
        let mut found = Vec::new();
        on_db!(self, pool => {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(&tail);
            let query = match within {
                Some(conversation) => query.bind(conversation),
                None => query,
            };
            let mut rows = query.fetch(pool);
            while let Some(row) = rows.try_next().await? {
                let mut replaced = Found { key: row.try_get(0)?, texts: Vec::new(), is_it: false };
                for at in 1..=columns.len() {
                    replaced.take(&row.try_get::<String, _>(at)?, number, token);
                }
                if replaced.texts.iter().any(Option::is_some) {
                    found.push(replaced);
                }
            }
        });
        Ok(found)
    }

    /// The same for one call: its record and its webhooks.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_number_in_call(&self, conversation: &str, number: &str, token: &str) -> Result<Forgotten> {
        let mut done = Forgotten::default();
        for (table, people) in of_people() {
            let count = match people.counted {
                Counted::Calls => &mut done.calls,
                Counted::Webhooks => &mut done.webhooks,
                _ => continue,
            };
            let found = self.rows_with(table, people.key, people.columns, Some(conversation), number, token).await?;
            for found in found.chunks(AT_ONCE) {
                *count += self.replace_rows(table, people, found, token).await?;
            }
        }
        Ok(done)
    }

    async fn replace_rows(&self, table: &str, people: &People, found: &[Found], token: &str) -> Result<u64> {
        // An assignment of `also` wins over a number that is replaced.
        let also = |column: &str| people.also.split(", ").any(|also| also.starts_with(&format!("{column} =")));
        let used: Vec<usize> = (0..people.columns.len()).filter(|at| !also(people.columns[*at])).collect();
        let set: Vec<String> = used
            .iter()
            .enumerate()
            // Each column takes what it is to be, or stays as it is.
            .map(|(nth, at)| format!("{0} = COALESCE(${1}, {0})", people.columns[*at], nth + 2))
            .chain((!people.also.is_empty()).then(|| people.also.to_owned()))
            .chain(people.versioned.then(|| "version = version + 1".to_owned()))
            .collect();
        let update = format!("UPDATE {table} SET {} WHERE {} = $1", set.join(", "), people.key);
        let delete = format!("DELETE FROM {table} WHERE {} = $1", people.key);
        debug_assert!(!token.is_empty());
        let _turn = self.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let mut rows = 0;
            for row in found {
                let deletes = people.delete && row.is_it;
                let mut query = sqlx::query(AssertSqlSafe(if deletes { delete.clone() } else { update.clone() }));
                query = query.bind(&row.key);
                for at in used.iter().filter(|_| !deletes) {
                    query = query.bind(&row.texts[*at]);
                }
                rows += query.execute(&mut *tx).await?.rows_affected();
            }
            tx.commit().await?;
            Ok(rows)
        })
    }

    /// Notes what else belongs to somebody who is in these rows.
    async fn trace(&self, table: &str, found: &[Found], traces: &mut Traces) -> Result<()> {
        for row in found {
            match table {
                "calls" => {
                    let sql = "SELECT conversation FROM calls WHERE id = $1";
                    let call: Option<String> =
                        on_db!(self, pool => sqlx::query_scalar(sql).bind(&row.key).fetch_optional(pool).await)?;
                    traces.conversations.extend(call);
                }
                // Not where they were only consulted in somebody else's call: the note is about the customer.
                "desk_calls" if row.texts.get(1).is_some_and(Option::is_some) => {
                    let sql = "SELECT conversation FROM desk_calls WHERE id = $1";
                    let call: Option<String> =
                        on_db!(self, pool => sqlx::query_scalar(sql).bind(&row.key).fetch_optional(pool).await)?;
                    traces.conversations.extend(call);
                    traces.desk_calls.insert(row.key.clone());
                }
                "tracked_calls" => {
                    // Who most likely called is one among several: only a visitor who was alone with the number is they.
                    let sql =
                        "SELECT visitor FROM tracked_calls WHERE id = $1 AND visitor IS NOT NULL AND candidates = 1";
                    let visitor: Option<String> =
                        on_db!(self, pool => sqlx::query_scalar(sql).bind(&row.key).fetch_optional(pool).await)?;
                    traces.visitors.extend(visitor);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files that belong to what [`Self::forget_traces`] will remove: they are deleted before it, because a file whose
    /// row is gone is never found again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn files_of(&self, traces: &Traces) -> Result<Files> {
        let mut files = Files::default();
        for conversation in &traces.conversations {
            let tapes = "SELECT id FROM recordings WHERE conversation = $1 OR conversation IN \
                         (SELECT moved FROM call_moves WHERE home = $1 UNION SELECT home FROM call_moves WHERE moved = $1)";
            let tapes: Vec<String> =
                on_db!(self, pool => sqlx::query_scalar(tapes).bind(conversation).fetch_all(pool).await)?;
            files.recordings.extend(tapes);
        }
        for call in &traces.desk_calls {
            let messages = "SELECT id FROM voicemails WHERE call = $1";
            let messages: Vec<String> =
                on_db!(self, pool => sqlx::query_scalar(messages).bind(call).fetch_all(pool).await)?;
            files.voicemails.extend(messages);
        }
        Ok(files)
    }

    /// Removes what the traces lead to: notes of agents, words that were spoken into a menu, keys, recordings and
    /// voicemails, and what is known of the visitor.
    ///
    /// # Errors
    /// When the database fails; what was removed stays so.
    pub async fn forget_traces(&self, traces: &Traces) -> Result<Forgotten> {
        let mut done = Forgotten::default();
        for conversation in &traces.conversations {
            let moved =
                "SELECT moved FROM call_moves WHERE home = $1 UNION SELECT home FROM call_moves WHERE moved = $1";
            let moved: Vec<String> =
                on_db!(self, pool => sqlx::query_scalar(moved).bind(conversation).fetch_all(pool).await)?;
            for conversation in moved.iter().chain([conversation]) {
                let _turn = self.turn().await;
                let tapes = "DELETE FROM recordings WHERE conversation = $1";
                let keys = "UPDATE audio_sockets SET keys = '' WHERE conversation = $1";
                let told = "SELECT id, raw FROM webhooks WHERE conversation = $1 AND (raw LIKE '%speech%' OR raw LIKE '%dtmf%')";
                let told: Vec<(String, String)> = on_db!(self, pool => {
                    sqlx::query(keys).bind(conversation).execute(pool).await?;
                    done.recordings += sqlx::query(tapes).bind(conversation).execute(pool).await?.rows_affected();
                    sqlx::query_as(told).bind(conversation).fetch_all(pool).await?
                });
                for (id, raw) in told {
                    let Some(raw) = without_words(&raw) else { continue };
                    let sql = "UPDATE webhooks SET raw = $2 WHERE id = $1";
                    on_db!(self, pool => sqlx::query(sql).bind(id).bind(raw).execute(pool).await.map(drop))?;
                }
            }
        }
        for call in &traces.desk_calls {
            let _turn = self.turn().await;
            let messages = "DELETE FROM voicemails WHERE call = $1";
            let record = "SELECT record FROM desk_calls WHERE id = $1";
            let record: Option<String> = on_db!(self, pool => {
                done.recordings += sqlx::query(messages).bind(call).execute(pool).await?.rows_affected();
                sqlx::query_scalar(record).bind(call).fetch_optional(pool).await?
            });
            if let Some(record) = record.and_then(|record| without_notes(&record)) {
                let sql = "UPDATE desk_calls SET record = $2, callback = FALSE, version = version + 1 WHERE id = $1";
                on_db!(self, pool => sqlx::query(sql).bind(call).bind(record).execute(pool).await.map(drop))?;
                done.notes += 1;
            }
        }
        for visitor in &traces.visitors {
            let _turn = self.turn().await;
            let sql = "UPDATE tracking_visitors SET term = '', content = '', click_id = '', landing = '', referrer = '' \
                       WHERE id = $1 AND (term <> '' OR content <> '' OR click_id <> '' OR landing <> '' OR referrer <> '')";
            done.tracked += on_db!(self, pool => sqlx::query(sql).bind(visitor).execute(pool).await?.rows_affected());
        }
        Ok(done)
    }

    /// Overwrites what was deleted: a database keeps the bytes of old rows in its files for as long as nothing else needs
    /// the room. SQLite's log is emptied into the file, and the file is built again: always while it is small, later when a
    /// number's digits are still found in it, as they are where settings that stay have them. PostgreSQL does this by itself
    /// (autovacuum). Whether the digits are gone from the files.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn scrub(&self, numbers: &[&str]) -> Result<bool> {
        let Pools::Sqlite(pool, readers) = &self.inner.pools else { return Ok(true) };
        let file = readers.file().to_owned();
        let small = tokio::fs::metadata(&file).await.is_ok_and(|file| file.len() <= SMALL);
        for again in [false, true] {
            let _turn = self.turn().await;
            // With a connection of its own: both wait for readers, and neither may stand in a transaction.
            let mut connection = pool.acquire().await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await?;
            let mut log = file.clone().into_os_string();
            log.push("-wal");
            let paths = [file.clone(), log.into()];
            let numbers: Vec<String> = numbers.iter().map(|number| (*number).to_owned()).collect();
            let found = tokio::task::spawn_blocking(move || {
                let mut each = paths.iter().flat_map(|path| numbers.iter().map(move |number| (path, number)));
                each.try_fold(false, |found, (path, number)| Ok(found || holds_bytes(path, number.as_bytes())?))
            });
            let found: std::io::Result<bool> =
                found.await.map_err(|_| super::StoreError::Unreadable("file of the database"))?;
            let found = found?;
            if !found && (again || !small) {
                return Ok(true);
            }
            if !again {
                sqlx::query("VACUUM").execute(&mut *connection).await?;
            }
        }
        Ok(false)
    }

    /// The files that belong to what [`Self::forget_older`] will delete.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn files_older(&self, before: i64) -> Result<Files> {
        let tapes = "SELECT id FROM recordings WHERE created_at < $1";
        let messages = "SELECT id FROM voicemails WHERE made_at < $1";
        Ok(on_db!(self, pool => Files {
            recordings: sqlx::query_scalar(tapes).bind(before).fetch_all(pool).await?,
            voicemails: sqlx::query_scalar(messages).bind(before).fetch_all(pool).await?,
        }))
    }

    /// Deletes what became older than `before` (ms UTC) of every table of the index that ages. How many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_older(&self, before: i64) -> Result<u64> {
        let mut gone = 0;
        for (table, people) in of_people() {
            let Some(age) = people.ages else { continue };
            // The oldest by key, until one is young: what is young is not looked through again and again.
            let (column, only) = (age.column, age.only);
            let old = if age.ordered {
                format!(
                    "SELECT id FROM (SELECT id, {column} FROM {table} WHERE {only} ORDER BY id LIMIT $2) AS o WHERE {column} < $1"
                )
            } else {
                format!("SELECT id FROM {table} WHERE {column} < $1 AND {only} LIMIT $2")
            };
            let sql = format!("DELETE FROM {table} WHERE id IN ({old})");
            loop {
                let _turn = self.turn().await;
                let rows = on_db!(self, pool => sqlx::query(AssertSqlSafe(sql.clone()))
                    .bind(before)
                    .bind(i64::from(DELETED_AT_ONCE))
                    .execute(pool)
                    .await?
                    .rows_affected());
                gone += rows;
                if rows < u64::from(DELETED_AT_ONCE) {
                    break;
                }
            }
        }
        // The newest webhooks stay, so that the writer finds its last one; what they say goes.
        let emptied = "UPDATE webhooks SET raw = '', ncco = NULL, problem = NULL WHERE received_at < $1 AND raw <> '' \
                       AND id IN (SELECT id FROM webhooks ORDER BY id LIMIT 1000)";
        {
            let _turn = self.turn().await;
            gone += on_db!(self, pool => sqlx::query(emptied).bind(before).execute(pool).await?.rows_affected());
        }
        Ok(gone + self.retire_callers(before).await?)
    }

    /// Takes the people out of tracked calls older than `before`; calls of one caller stay calls of one caller, so that
    /// what is counted stays what it is. The rollup remembers from when on callers are known
    /// ([`super::call_tracking`] verifies by it).
    async fn retire_callers(&self, before: i64) -> Result<u64> {
        let known = "SELECT value FROM tracking_meta WHERE key = 'callers_since'";
        let since: Option<String> = on_db!(self, pool => sqlx::query_scalar(known).fetch_optional(pool).await)?;
        let since = since.and_then(|since| since.parse::<i64>().ok()).unwrap_or(i64::MIN);
        if since >= before {
            return Ok(0);
        }
        // By the index of days; a day begins elsewhere than in UTC, by half a day and a bit.
        let day = since.max(0) / (24 * 60 * 60 * 1000) - 2;
        let callers = "SELECT caller, MIN(id) FROM tracked_calls WHERE day >= $3 AND at >= $1 AND at < $2 \
                       AND caller IS NOT NULL AND caller NOT LIKE 'erased-%' GROUP BY caller";
        let callers: Vec<(String, String)> = on_db!(self, pool => sqlx::query_as(callers)
            .bind(since)
            .bind(before)
            .bind(day)
            .fetch_all(pool)
            .await)?;
        let retire = "UPDATE tracked_calls SET caller = $2, shown = NULL, visitor = NULL, click_id = '', term = '', landing = '', \
                      referrer = '' WHERE caller = $1 AND at < $3";
        let mut gone = 0;
        for callers in callers.chunks(AT_ONCE) {
            let _turn = self.turn().await;
            gone += on_db!(self, pool => {
                let mut tx = pool.begin().await?;
                let mut rows = 0;
                for (caller, id) in callers {
                    let token = format!("erased-{id}");
                    rows += sqlx::query(retire).bind(caller).bind(token).bind(before).execute(&mut *tx).await?.rows_affected();
                }
                tx.commit().await?;
                rows
            });
        }
        let keep = "INSERT INTO tracking_meta (key, value) VALUES ('callers_since', $1) \
                    ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(keep).bind(before.to_string()).execute(pool).await.map(drop))?;
        Ok(gone)
    }
}

/// An event without what somebody said or pressed; `None` when there is nothing of it.
fn without_words(raw: &str) -> Option<String> {
    let mut event: serde_json::Value = serde_json::from_str(raw).ok()?;
    let fields = event.as_object_mut()?;
    let mut changed = false;
    for name in ["speech", "dtmf"] {
        if let Some(said) = fields.get_mut(name) {
            *said = serde_json::json!({});
            changed = true;
        }
    }
    changed.then(|| event.to_string())
}

/// A desk call without the agent's notes and what the visitor's page said; `None` when there is nothing of it.
fn without_notes(record: &str) -> Option<String> {
    let mut call: serde_json::Value = serde_json::from_str(record).ok()?;
    let fields = call.as_object_mut()?;
    let mut changed = false;
    for (name, empty) in
        [("note", serde_json::json!("")), ("page", serde_json::Value::Null), ("voicemail", serde_json::Value::Null)]
    {
        if let Some(said) = fields.get_mut(name)
            && *said != empty
        {
            *said = empty;
            changed = true;
        }
    }
    changed.then(|| call.to_string())
}

/// Whether these bytes are in a file, read a piece at a time.
fn holds_bytes(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<bool> {
    use std::io::Read as _;
    let mut file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let (mut buffer, mut kept) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        if buffer[..filled].windows(bytes.len()).any(|window| window == bytes) {
            return Ok(true);
        }
        // A number may lie across two pieces.
        kept = filled.min(bytes.len().saturating_sub(1));
        buffer.copy_within(filled - kept..filled, 0);
    }
}
