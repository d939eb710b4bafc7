//! Forgetting in private calls: their conversations are closed, and what was closed long ago becomes nameless. The rows
//! stay, so that figures do. What else holds people is in [`super::super::personal`].

use crate::store::db::on_db;
use crate::store::doors::{Erasure, Private};
use crate::store::error::Result;
use crate::store::forget::found::Forgotten;

impl Private<'_> {
    /// Closes a person's conversations and puts `token` in the place of their number there. `now` is ms UTC. One
    /// transaction.
    ///
    /// # Errors
    /// When the database fails; nothing was removed then.
    pub async fn close_person(self, number: &str, token: &str, now: i64) -> Result<Forgotten> {
        let close = "UPDATE private_conversations SET closed_at = $2, closed_because = 'erased', closed_by = 'erasure' \
                     WHERE closed_at IS NULL AND id IN (SELECT conversation FROM private_participants WHERE number = $1)";
        let release = "UPDATE private_participants SET open = FALSE, released_at = $2 WHERE open AND conversation IN \
                       (SELECT conversation FROM private_participants WHERE number = $1)";
        // The words of both: a text that waits would reach them, and the operator's name for it may be theirs.
        let texts = "UPDATE private_texts SET body = NULL, problem = NULL, \
                     state = CASE WHEN state = 'received' THEN 'refused' ELSE state END \
                     WHERE (body IS NOT NULL OR problem IS NOT NULL) AND attempt IN (SELECT id FROM private_attempts \
                     WHERE conversation IN (SELECT conversation FROM private_participants WHERE number = $1))";
        let reference = "UPDATE private_conversations SET reference = NULL WHERE reference IS NOT NULL \
                         AND id IN (SELECT conversation FROM private_participants WHERE number = $1)";
        let person =
            "UPDATE private_participants SET number = $2, name = NULL, pin = NULL, problem = NULL WHERE number = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let closed = sqlx::query(close).bind(number).bind(now).execute(&mut *tx).await?.rows_affected();
            let mut done = Forgotten { closed, ..Forgotten::default() };
            sqlx::query(release).bind(number).bind(now).execute(&mut *tx).await?;
            sqlx::query(texts).bind(number).execute(&mut *tx).await?;
            sqlx::query(reference).bind(number).execute(&mut *tx).await?;
            done.conversations =
                sqlx::query(person).bind(number).bind(token).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            Ok(done)
        })
    }

    /// Conversations that were closed before `before` and still say who it was, with the two numbers.
    pub async fn to_forget(self, before: i64, limit: u32) -> Result<Vec<(String, String, String)>> {
        let sql = "SELECT c.id, a.number, b.number FROM private_conversations c \
                   JOIN private_participants a ON a.conversation = c.id AND a.side = 0 \
                   JOIN private_participants b ON b.conversation = c.id AND b.side = 1 \
                   WHERE c.closed_at < $1 AND NOT c.forgotten ORDER BY c.closed_at LIMIT $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(before).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// Makes one closed conversation nameless: its people, attempts and calls. `tokens` take the place of the numbers.
    ///
    /// # Errors
    /// When the database fails; the conversation is then not marked, and found again.
    pub async fn forget(self, id: &str, numbers: [&str; 2], tokens: [&str; 2]) -> Result<Forgotten> {
        let calls = "SELECT DISTINCT call FROM private_attempts WHERE conversation = $1 AND call IS NOT NULL";
        let calls: Vec<String> = on_db!(self, pool => sqlx::query_scalar(calls).bind(id).fetch_all(pool).await)?;
        let mut done = Forgotten { conversations: 1, ..Forgotten::default() };
        let erasure = Erasure { db: self.db };
        for call in &calls {
            for (number, token) in numbers.into_iter().zip(tokens) {
                done = done.and(erasure.replace_number_in_call(call, number, token).await?);
            }
        }
        let person = "UPDATE private_participants SET number = $3, name = NULL, pin = NULL, problem = NULL \
                      WHERE conversation = $1 AND side = $2";
        let texts = "UPDATE private_texts SET sender = 'erased', body = NULL, problem = NULL WHERE attempt IN \
                     (SELECT id FROM private_attempts WHERE conversation = $1)";
        let attempts = "UPDATE private_attempts SET caller = NULL WHERE conversation = $1 AND caller IS NOT NULL";
        let done_sql = "UPDATE private_conversations SET forgotten = TRUE, reference = NULL WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            done.texts = sqlx::query(texts).bind(id).execute(&mut *tx).await?.rows_affected();
            done.attempts = sqlx::query(attempts).bind(id).execute(&mut *tx).await?.rows_affected();
            for (side, token) in (0_i64..).zip(tokens) {
                sqlx::query(person).bind(id).bind(side).bind(token).execute(&mut *tx).await?;
            }
            sqlx::query(done_sql).bind(id).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(done)
        })
    }

    /// Attempts that belong to no conversation (strangers, hidden numbers) and are older than `before`, and texts.
    pub async fn forget_strangers(self, before: i64) -> Result<u64> {
        let attempts =
            "UPDATE private_attempts SET caller = NULL WHERE at < $1 AND caller IS NOT NULL AND conversation IS NULL";
        let texts = "UPDATE private_texts SET sender = 'erased', body = NULL, problem = NULL \
                     WHERE updated_at < $1 AND sender <> 'erased'";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let attempts = sqlx::query(attempts).bind(before).execute(pool).await?.rows_affected();
            let texts = sqlx::query(texts).bind(before).execute(pool).await?.rows_affected();
            Ok(attempts + texts)
        })
    }

    /// Writes down that somebody was forgotten.
    pub async fn put_erasure(self, id: &str, at: i64, done_by: &str, report: &str) -> Result<()> {
        let sql = "INSERT INTO private_erasures (id, at, done_by, report) VALUES ($1, $2, $3, $4)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(at).bind(done_by).bind(report).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Who did it when, and the report, the newest first.
    pub async fn erasures(self, limit: u32) -> Result<Vec<(String, i64, String, String)>> {
        let sql = "SELECT id, at, done_by, report FROM private_erasures ORDER BY at DESC LIMIT $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }
}
