//! Forgetting: a person who asks for it, and what is older than it has to be. The rows stay, so that figures do; what
//! tells who it was goes, here and in the inbox and the call log.

use crate::store::{Result, Store};

/// What was found and made nameless, by table: rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    pub conversations: u64,
    pub closed: u64,
    pub attempts: u64,
    pub texts: u64,
    pub calls: u64,
    pub webhooks: u64,
}

impl Forgotten {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            conversations: self.conversations + other.conversations,
            closed: self.closed + other.closed,
            attempts: self.attempts + other.attempts,
            texts: self.texts + other.texts,
            calls: self.calls + other.calls,
            webhooks: self.webhooks + other.webhooks,
        }
    }
}

impl Store {
    /// Removes a number from everything that we keep: closes its conversations, and puts `token` wherever it stood.
    /// `now` is ms UTC. One transaction.
    ///
    /// # Errors
    /// When the database fails; nothing was removed then.
    pub async fn forget_person(&self, number: &str, token: &str, now: i64) -> Result<Forgotten> {
        let anywhere = format!("%{number}%");
        let close = "UPDATE private_conversations SET closed_at = $2, closed_because = 'erased', closed_by = 'erasure' \
                     WHERE closed_at IS NULL AND id IN (SELECT conversation FROM private_participants WHERE number = $1)";
        let release = "UPDATE private_participants SET open = FALSE, released_at = $2 WHERE open AND conversation IN \
                       (SELECT conversation FROM private_participants WHERE number = $1)";
        let person =
            "UPDATE private_participants SET number = $2, name = NULL, pin = NULL, problem = NULL WHERE number = $1";
        let attempts = "UPDATE private_attempts SET caller = NULL WHERE caller = $1";
        let texts = "UPDATE private_texts SET sender = $2, body = NULL, problem = NULL, \
                     state = CASE WHEN state = 'received' THEN 'refused' ELSE state END WHERE sender = $1";
        let calls = "UPDATE calls SET record = REPLACE(record, $1, $2), caller = REPLACE(caller, $1, $2), \
                     callee = REPLACE(callee, $1, $2), version = version + 1 \
                     WHERE record LIKE $3 OR caller LIKE $3 OR callee LIKE $3";
        let webhooks = "UPDATE webhooks SET raw = REPLACE(raw, $1, $2), ncco = REPLACE(ncco, $1, $2), \
                        problem = REPLACE(problem, $1, $2) WHERE raw LIKE $3 OR ncco LIKE $3 OR problem LIKE $3";
        let _turn = self.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let closed = sqlx::query(close).bind(number).bind(now).execute(&mut *tx).await?.rows_affected();
            let mut done = Forgotten { closed, ..Forgotten::default() };
            sqlx::query(release).bind(number).bind(now).execute(&mut *tx).await?;
            done.conversations =
                sqlx::query(person).bind(number).bind(token).execute(&mut *tx).await?.rows_affected();
            done.attempts = sqlx::query(attempts).bind(number).execute(&mut *tx).await?.rows_affected();
            done.texts = sqlx::query(texts).bind(number).bind(token).execute(&mut *tx).await?.rows_affected();
            done.calls = sqlx::query(calls)
                .bind(number)
                .bind(token)
                .bind(&anywhere)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            done.webhooks = sqlx::query(webhooks)
                .bind(number)
                .bind(token)
                .bind(&anywhere)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            tx.commit().await?;
            Ok(done)
        })
    }

    /// Conversations that were closed before `before` and still say who it was, with the two numbers.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_to_forget(&self, before: i64, limit: u32) -> Result<Vec<(String, String, String)>> {
        let sql = "SELECT c.id, a.number, b.number FROM private_conversations c \
                   JOIN private_participants a ON a.conversation = c.id AND a.side = 0 \
                   JOIN private_participants b ON b.conversation = c.id AND b.side = 1 \
                   WHERE c.closed_at < $1 AND NOT c.forgotten ORDER BY c.closed_at LIMIT $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(before).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// Makes one closed conversation nameless: its people, attempts and calls. `tokens` take the place of the numbers.
    ///
    /// # Errors
    /// When the database fails; nothing was removed then.
    pub async fn forget_private(&self, id: &str, numbers: [&str; 2], tokens: [&str; 2]) -> Result<Forgotten> {
        let person = "UPDATE private_participants SET number = $3, name = NULL, pin = NULL, problem = NULL \
                      WHERE conversation = $1 AND side = $2";
        let texts = "UPDATE private_texts SET sender = 'erased', body = NULL, problem = NULL WHERE attempt IN \
                     (SELECT id FROM private_attempts WHERE conversation = $1)";
        let attempts = "UPDATE private_attempts SET caller = NULL WHERE conversation = $1 AND caller IS NOT NULL";
        let calls = "UPDATE calls SET record = REPLACE(REPLACE(record, $2, $4), $3, $5), \
                     caller = REPLACE(REPLACE(caller, $2, $4), $3, $5), \
                     callee = REPLACE(REPLACE(callee, $2, $4), $3, $5), version = version + 1 \
                     WHERE conversation IN (SELECT call FROM private_attempts WHERE conversation = $1)";
        let webhooks = "UPDATE webhooks SET raw = REPLACE(REPLACE(raw, $2, $4), $3, $5), \
                        ncco = REPLACE(REPLACE(ncco, $2, $4), $3, $5) \
                        WHERE conversation IN (SELECT call FROM private_attempts WHERE conversation = $1)";
        let done_sql = "UPDATE private_conversations SET forgotten = TRUE, reference = NULL WHERE id = $1";
        let _turn = self.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let mut done = Forgotten { conversations: 1, ..Forgotten::default() };
            for (sql, count) in [(calls, &mut done.calls), (webhooks, &mut done.webhooks)] {
                *count = sqlx::query(sql)
                    .bind(id)
                    .bind(numbers[0])
                    .bind(numbers[1])
                    .bind(tokens[0])
                    .bind(tokens[1])
                    .execute(&mut *tx)
                    .await?
                    .rows_affected();
            }
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_private_strangers(&self, before: i64) -> Result<u64> {
        let attempts =
            "UPDATE private_attempts SET caller = NULL WHERE at < $1 AND caller IS NOT NULL AND conversation IS NULL";
        let texts = "UPDATE private_texts SET sender = 'erased', body = NULL, problem = NULL \
                     WHERE updated_at < $1 AND sender <> 'erased'";
        let _turn = self.turn().await;
        on_db!(self, pool => {
            let attempts = sqlx::query(attempts).bind(before).execute(pool).await?.rows_affected();
            let texts = sqlx::query(texts).bind(before).execute(pool).await?.rows_affected();
            Ok(attempts + texts)
        })
    }

    /// Writes down that somebody was forgotten.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_private_erasure(&self, id: &str, at: i64, done_by: &str, report: &str) -> Result<()> {
        let sql = "INSERT INTO private_erasures (id, at, done_by, report) VALUES ($1, $2, $3, $4)";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(at).bind(done_by).bind(report).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Who did it when, and the report, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_erasures(&self, limit: u32) -> Result<Vec<(String, i64, String, String)>> {
        let sql = "SELECT id, at, done_by, report FROM private_erasures ORDER BY at DESC LIMIT $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }
}
