//! The call records, read back. They are written by the [`super::writer`] only.

use std::sync::LazyLock;

use sqlx::FromRow;

use super::db::on_db;
use super::doors::Calls;
use super::error::{Result, StoreError};
use super::text::Text;
use super::writer::append::LiveEvent;
use crate::domain::call::{Call, CallCount, Outcome, Phase, Price};

static LINES: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT conversation, line FROM calls WHERE line IS NOT NULL AND conversation IN"));
static LINES_OF_MOVED: LazyLock<Text> = LazyLock::new(|| {
    Text::list(
        "SELECT m.moved, c.line FROM call_moves m JOIN calls c ON c.conversation = m.home \
         WHERE c.line IS NOT NULL AND m.moved IN",
    )
});

/// Which calls to list. Everything empty lists all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallQuery {
    /// A [`Phase::name`], or `open` or `ended`.
    pub phase: Option<String>,
    pub line: Option<String>,
    /// Part of the caller's or the callee's number or name.
    pub text: Option<String>,
    /// Instead of the text: digits of a number or a part of one, with `%` where anything may stand.
    pub number: Option<String>,
    /// Only calls before this id, in the list's order (newest first).
    pub before: Option<String>,
    pub limit: u32,
}

/// A call in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    pub id: String,
    pub conversation: String,
    pub phase: Phase,
    pub line: Option<String>,
    /// The caller's number or user name, in full.
    pub caller: Option<String>,
    /// The number, user or URI that was reached or rung, in full; before that, what was dialled.
    pub callee: Option<String>,
    pub visit: Option<String>,
    /// When we first heard of it, ms UTC.
    pub created_at: i64,
    pub updated_at: i64,
    /// ms UTC, by the platform's clock.
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub talk_seconds: Option<u32>,
    pub price: Option<Price>,
    pub version: i64,
}

#[derive(FromRow)]
struct Raw {
    id: String,
    conversation: String,
    phase: String,
    line: Option<String>,
    caller: Option<String>,
    callee: Option<String>,
    visit: Option<String>,
    created_at: i64,
    updated_at: i64,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    talk_seconds: Option<i64>,
    price: Option<i64>,
    version: i64,
}

#[derive(FromRow)]
struct WithRecord {
    record: String,
    #[sqlx(flatten)]
    row: Raw,
}

impl TryFrom<Raw> for CallRow {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self> {
        Ok(Self {
            phase: phase(&raw.phase).ok_or(StoreError::Unreadable("phase of a call"))?,
            id: raw.id,
            conversation: raw.conversation,
            line: raw.line,
            caller: raw.caller,
            callee: raw.callee,
            visit: raw.visit,
            created_at: raw.created_at,
            updated_at: raw.updated_at,
            answered_at: raw.answered_at,
            ended_at: raw.ended_at,
            talk_seconds: raw.talk_seconds.and_then(|seconds| u32::try_from(seconds).ok()),
            price: raw.price.map(Price),
            version: raw.version,
        })
    }
}

/// Reads a [`Phase::name`].
fn phase(name: &str) -> Option<Phase> {
    use Outcome::{Abandoned, Answered, Busy, CallBack, Failed, LeftMessage, NoAnswer, Rejected, Voicemail};
    let ended = [Answered, Voicemail, Busy, Rejected, NoAnswer, Failed, Abandoned, LeftMessage, CallBack];
    let ended = ended.map(Phase::Ended);
    let all = [Phase::Connecting, Phase::Ringing, Phase::Talking].into_iter().chain(ended);
    all.into_iter().find(|phase| phase.name() == name)
}

/// A pattern for `LIKE` that finds `text` anywhere.
fn pattern(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

impl Calls<'_> {
    /// A page of the call log, newest first. Pages are found by key, so the last one costs what the first one does.
    pub async fn list(self, query: &CallQuery) -> Result<Vec<CallRow>> {
        let sql = "SELECT id, conversation, phase, line, caller, callee, visit, created_at, updated_at, answered_at, \
                   ended_at, talk_seconds, price, version FROM calls \
                   WHERE id < $1 \
                   AND (CAST($2 AS TEXT) IS NULL OR phase = $2 OR ($2 = 'open' AND NOT ended) OR ($2 = 'ended' AND ended) \
                        OR ($2 = 'missed' AND phase IN ('voicemail', 'busy', 'rejected', 'no-answer', 'abandoned', \
                        'left-message', 'call-back'))) \
                   AND (CAST($3 AS TEXT) IS NULL OR line = $3) \
                   AND (CAST($4 AS TEXT) IS NULL OR LOWER(caller) LIKE $4 ESCAPE '\\' OR LOWER(callee) LIKE $4 ESCAPE '\\') \
                   ORDER BY id DESC LIMIT $5";
        // Greater than every id, so that the key's index serves the first page too.
        let before = query.before.as_deref().unwrap_or("~");
        let text = query.text.as_deref().filter(|text| !text.trim().is_empty());
        let text = query.number.as_ref().map(|digits| format!("%{digits}%")).or_else(|| text.map(pattern));
        let rows: Vec<Raw> = on_db!(self, pool => sqlx::query_as(sql)
            .bind(before)
            .bind(&query.phase)
            .bind(&query.line)
            .bind(text)
            .bind(i64::from(query.limit))
            .fetch_all(pool)
            .await)?;
        rows.into_iter().map(CallRow::try_from).collect()
    }

    /// How many calls there were since `from` (ms UTC), and how they went.
    pub async fn count_since(self, from: i64) -> Result<CallCount> {
        let sql = "SELECT phase, COUNT(*) FROM calls WHERE id >= $1 AND created_at >= $2 GROUP BY phase";
        let found: Vec<(String, i64)> =
            on_db!(self, pool => sqlx::query_as(sql).bind(first_id(from)).bind(from).fetch_all(pool).await)?;
        let mut count = CallCount::default();
        for (name, calls) in found {
            let phase = phase(&name).ok_or(StoreError::Unreadable("phase of a call"))?;
            count.add(phase, u64::try_from(calls).unwrap_or_default());
        }
        Ok(count)
    }

    /// One call with its record; `None` when the id is unknown.
    ///
    /// # Errors
    /// When the database fails or the record cannot be read.
    pub async fn find(self, id: &str) -> Result<Option<(CallRow, Call)>> {
        let sql = "SELECT record, id, conversation, phase, line, caller, callee, visit, created_at, updated_at, \
                   answered_at, ended_at, talk_seconds, price, version FROM calls WHERE id = $1";
        let found: Option<WithRecord> = on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?;
        let Some(found) = found else { return Ok(None) };
        let call = serde_json::from_str(&found.record).map_err(|_| StoreError::Unreadable("call record"))?;
        Ok(Some((found.row.try_into()?, call)))
    }

    /// Calls that go on as far as we know, and of which nothing was heard since `before`: id, and when something was last
    /// heard, ms UTC. Those that were silent longest come first.
    pub async fn silent(self, before: i64, limit: u32) -> Result<Vec<(String, i64)>> {
        let sql =
            "SELECT id, updated_at FROM calls WHERE NOT ended AND updated_at < $1 ORDER BY updated_at, id LIMIT $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(before).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// The record of a conversation, also of one that a leg of the call moved to.
    ///
    /// # Errors
    /// When the database fails or the record cannot be read.
    pub async fn of(self, conversation: &str) -> Result<Option<(CallRow, Call)>> {
        let sql =
            "SELECT id FROM calls WHERE conversation = COALESCE((SELECT home FROM call_moves WHERE moved = $1), $1)";
        let id: Option<String> =
            on_db!(self, pool => sqlx::query_scalar(sql).bind(conversation).fetch_optional(pool).await)?;
        match id {
            Some(id) => self.find(&id).await,
            None => Ok(None),
        }
    }

    /// Where the newest call of a visit is, as a live event with the number zero: what a listener starts from.
    pub async fn of_visit(self, visit: &str) -> Result<Option<LiveEvent>> {
        let sql = "SELECT id, conversation, phase, line, caller, callee, visit, created_at, updated_at, answered_at, \
                   ended_at, talk_seconds, price, version FROM calls WHERE visit = $1 ORDER BY id DESC LIMIT 1";
        let found: Option<Raw> = on_db!(self, pool => sqlx::query_as(sql).bind(visit).fetch_optional(pool).await)?;
        let Some(row) = found.map(CallRow::try_from).transpose()? else { return Ok(None) };
        Ok(Some(LiveEvent {
            seq: 0,
            call_id: row.id,
            conversation: row.conversation,
            visit: row.visit,
            line: row.line,
            phase: row.phase,
            answered_at: row.answered_at,
            ended_at: row.ended_at,
            talk_seconds: row.talk_seconds,
            version: row.version,
            at: row.updated_at,
        }))
    }

    /// The lines of the calls in these conversations, also of those whose legs moved on: conversation and line.
    pub async fn lines_of(self, conversations: &[String]) -> Result<Vec<(String, String)>> {
        let mut found = self.db.find(&LINES, conversations).await?;
        found.extend(self.db.find(&LINES_OF_MOVED, conversations).await?);
        Ok(found)
    }
}

/// No id that was made at `ms` (UTC) or later is smaller: ids begin with their time (UUID of version 7), and their index
/// serves where a time has none.
fn first_id(ms: i64) -> String {
    let ms = ms.max(0);
    format!("{:08x}-{:04x}", ms >> 16, ms & 0xffff)
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn reads_every_phase_by_its_name() {
        for word in [
            "connecting",
            "ringing",
            "talking",
            "answered",
            "voicemail",
            "busy",
            "rejected",
            "no-answer",
            "failed",
            "abandoned",
            "left-message",
            "call-back",
        ] {
            assert_eq!(phase(word).map(Phase::name), Some(word));
        }
        assert_eq!(phase("open"), None);
    }

    /// [`Calls::count_since`] looks at no call whose id is smaller.
    #[test]
    fn the_first_id_of_a_moment_is_below_every_id_made_then() {
        for ms in [0, 1, 0xffff, 0x1_0000, 1_795_226_880_123] {
            let id = |ms: i64, byte: u8| {
                uuid::Builder::from_unix_timestamp_millis(u64::try_from(ms).unwrap(), &[byte; 10])
                    .into_uuid()
                    .to_string()
            };
            assert!(first_id(ms) <= id(ms, 0), "{ms}");
            assert!(ms == 0 || first_id(ms) > id(ms - 1, 0xff), "{ms}");
        }
    }

    #[test]
    fn patterns_find_nothing_by_wildcard() {
        assert_eq!(pattern("Jane"), "%jane%");
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
    }
}
