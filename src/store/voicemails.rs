//! Messages that callers left, and what is still to be fetched of them.

use super::db::on_db;
use super::doors::Voicemails;
use super::error::Result;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VoicemailRow {
    pub id: String,
    pub call: String,
    pub recording_url: String,
    pub seconds: i64,
    /// ms UTC, as all times.
    pub made_at: i64,
    pub heard_at: Option<i64>,
    /// `waiting`, `kept`, `failed`, `not-recorded`, `empty` or `deleted`
    pub state: String,
    /// How often fetching failed, when it is tried again, and why it failed last.
    pub tries: i64,
    pub try_at: i64,
    pub problem: Option<String>,
}

macro_rules! messages {
    ($rest:literal) => {
        concat!(
            "SELECT id, call, recording_url, seconds, made_at, heard_at, state, tries, try_at, problem FROM voicemails ",
            $rest
        )
    };
}

impl Voicemails<'_> {
    /// Keeps a message. One that is known stays as it is, unless nothing was recorded as far as was told before. Whether
    /// there is a message now that was not there before.
    pub async fn insert(self, row: &VoicemailRow) -> Result<bool> {
        let sql = "INSERT INTO voicemails (id, call, recording_url, seconds, made_at, heard_at, state, try_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE \
                   SET recording_url = excluded.recording_url, seconds = excluded.seconds, state = excluded.state, \
                   try_at = excluded.try_at \
                   WHERE voicemails.state IN ('not-recorded', 'empty') AND excluded.state = 'waiting'";
        let _turn = self.db.turn().await;
        let written = on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.call)
            .bind(&row.recording_url)
            .bind(row.seconds)
            .bind(row.made_at)
            .bind(row.heard_at)
            .bind(&row.state)
            .bind(row.try_at)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(written == 1)
    }

    /// Messages, the newest first; without those in which nothing was said, and those that were deleted.
    pub async fn list(self, limit: u32) -> Result<Vec<VoicemailRow>> {
        let sql = messages!("WHERE state NOT IN ('empty', 'deleted') ORDER BY made_at DESC, id LIMIT $1");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// The message with this id.
    pub async fn find(self, id: &str) -> Result<Option<VoicemailRow>> {
        let sql = messages!("WHERE id = $1");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// Messages that are to be fetched by `now`, the longest waiting first.
    pub async fn to_fetch(self, now: i64, limit: u32) -> Result<Vec<VoicemailRow>> {
        let sql = messages!("WHERE state = 'waiting' AND try_at <= $1 ORDER BY try_at, id LIMIT $2");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(now).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// Takes a message to fetch it: until `until` nobody else does. False when somebody was faster.
    pub async fn take(self, row: &VoicemailRow, until: i64) -> Result<bool> {
        let sql = "UPDATE voicemails SET try_at = $3 WHERE id = $1 AND state = 'waiting' AND try_at = $2";
        let _turn = self.db.turn().await;
        let taken = on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(row.try_at)
            .bind(until)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(taken == 1)
    }

    /// Writes down how far a message is: its length, state, tries, next try and problem. False when it was deleted meanwhile.
    pub async fn put(self, row: &VoicemailRow) -> Result<bool> {
        let sql = "UPDATE voicemails SET state = $2, tries = $3, try_at = $4, problem = $5, seconds = $6 \
                   WHERE id = $1 AND state <> 'deleted'";
        let _turn = self.db.turn().await;
        let written = on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.state)
            .bind(row.tries)
            .bind(row.try_at)
            .bind(&row.problem)
            .bind(row.seconds)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(written == 1)
    }

    /// Somebody deletes a message: its address goes, and its call needs no look any more. False when there is none.
    pub async fn delete(self, id: &str, by: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE voicemails SET state = 'deleted', recording_url = '', problem = NULL, deleted_at = $2, \
                   deleted_by = $3 WHERE id = $1 AND state NOT IN ('empty', 'deleted')";
        let seen =
            "UPDATE desk_calls SET unseen = FALSE WHERE id = (SELECT call FROM voicemails WHERE id = $1) AND unseen";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query(sql).bind(id).bind(now).bind(by).execute(&mut *tx).await?.rows_affected() == 1;
            if found {
                sqlx::query(seen).bind(id).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(found)
        })
    }

    /// Forgets the messages of a call. How many there were; their files are the services' matter.
    pub async fn delete_of(self, call: &str) -> Result<u64> {
        let sql = "DELETE FROM voicemails WHERE call = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(call).execute(pool).await?.rows_affected()))
    }

    /// Somebody listened to a message, or says that it is settled, and so has seen its call. Whether there is one.
    pub async fn heard(self, id: &str, by: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE voicemails SET heard_by = COALESCE(heard_by, $3), heard_at = COALESCE(heard_at, $2) \
                   WHERE id = $1 AND state <> 'deleted'";
        let seen =
            "UPDATE desk_calls SET unseen = FALSE WHERE id = (SELECT call FROM voicemails WHERE id = $1) AND unseen";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query(sql).bind(id).bind(now).bind(by).execute(&mut *tx).await?.rows_affected() == 1;
            sqlx::query(seen).bind(id).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(found)
        })
    }
}
