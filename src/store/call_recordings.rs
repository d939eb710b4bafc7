//! Recordings that call flows made: where each lies at the platform, and of which call it is.

use super::db::on_db;
use super::doors::Audio;
use super::error::Result;
use super::text::of_call;

/// A recording that a call flow made; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CallRecordingRow {
    pub id: String,
    pub conversation: String,
    pub recording_url: String,
    pub bytes: Option<i64>,
    pub milliseconds: i64,
    pub started_at: i64,
    pub made_at: i64,
}

impl Audio<'_> {
    /// Keeps a recording, unless it is known, also as a message that a caller left. Whether it is new.
    pub async fn insert_call_recording(self, row: &CallRecordingRow) -> Result<bool> {
        // What a SELECT gives has no type of its own on PostgreSQL.
        let sql = "INSERT INTO call_recordings (id, conversation, recording_url, bytes, milliseconds, started_at, made_at) \
                   SELECT CAST($1 AS TEXT), CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($5 AS BIGINT), \
                   CAST($6 AS BIGINT), CAST($7 AS BIGINT) WHERE NOT EXISTS (SELECT 1 FROM voicemails WHERE id = $1) \
                   ON CONFLICT (id) DO NOTHING";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.conversation)
            .bind(&row.recording_url)
            .bind(row.bytes)
            .bind(row.milliseconds)
            .bind(row.started_at)
            .bind(row.made_at)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// The recording with this id.
    pub async fn call_recording(self, id: &str) -> Result<Option<CallRecordingRow>> {
        let sql = "SELECT id, conversation, recording_url, bytes, milliseconds, started_at, made_at FROM call_recordings \
                   WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// The recordings that flows made of a call, oldest first.
    pub async fn call_recordings(self, conversation: &str) -> Result<Vec<CallRecordingRow>> {
        let sql = concat!(
            "SELECT id, conversation, recording_url, bytes, milliseconds, started_at, made_at FROM call_recordings WHERE ",
            of_call!(),
            " ORDER BY started_at, id LIMIT 100"
        );
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(conversation).fetch_all(pool).await)?)
    }
}
