//! Attempts to call and to text, and the texts on their way.

use crate::store::db::on_db;
use crate::store::doors::Private;
use crate::store::error::Result;

/// An attempt. No `Debug`: it holds a number.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AttemptRow {
    pub id: String,
    pub at: i64,
    pub conversation: Option<String>,
    pub side: Option<i64>,
    pub kind: String,
    pub dialled: String,
    pub caller: Option<String>,
    pub outcome: String,
    pub call: Option<String>,
}

/// A text on its way. No `Debug`: it holds a number and the words.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TextRow {
    pub id: String,
    pub at: i64,
    pub attempt: String,
    pub sender: String,
    pub dialled: String,
    pub body: Option<String>,
    pub state: String,
    pub sent_id: Option<String>,
    pub problem: Option<String>,
    pub updated_at: i64,
    /// A keyed hash of the words; none when there are none.
    pub words: Option<String>,
}

impl Private<'_> {
    /// Records an attempt and restarts its conversation's idle timer. Idempotent.
    pub async fn put_attempt(self, row: &AttemptRow) -> Result<()> {
        let insert = "INSERT INTO private_attempts (id, at, conversation, side, kind, dialled, caller, outcome, call) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING";
        // The least of two, one of which may be missing, in words that both databases know.
        let used = "UPDATE private_conversations SET used_at = $2, ends_at = CASE \
                    WHEN idle_ms IS NULL THEN ends_at \
                    WHEN expires_at IS NULL OR expires_at > $2 + idle_ms THEN $2 + idle_ms ELSE expires_at END \
                    WHERE id = $1 AND closed_at IS NULL";
        let number = "UPDATE numbers SET used_at = $2 WHERE number = $1";
        let uses = matches!(row.outcome.as_str(), "connected" | "relayed");
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            sqlx::query(insert)
                .bind(&row.id)
                .bind(row.at)
                .bind(&row.conversation)
                .bind(row.side)
                .bind(&row.kind)
                .bind(&row.dialled)
                .bind(&row.caller)
                .bind(&row.outcome)
                .bind(&row.call)
                .execute(&mut *tx)
                .await?;
            if let (true, Some(conversation)) = (uses, &row.conversation) {
                sqlx::query(used).bind(conversation).bind(row.at).execute(&mut *tx).await?;
            }
            sqlx::query(number).bind(&row.dialled).bind(row.at).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    /// The language of the conversation in which a call of the platform's put somebody through. `None`: in none.
    pub async fn call_language(self, call: &str) -> Result<Option<String>> {
        let sql = "SELECT c.language FROM private_attempts a JOIN private_conversations c ON c.id = a.conversation \
                   WHERE a.call = $1 AND a.outcome IN ('connected', 'busy', 'no_answer', 'not_reached') LIMIT 1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(call).fetch_optional(pool).await)?)
    }

    /// The one who was put through in this call reached nobody after all.
    pub async fn call_missed(self, call: &str, outcome: &str) -> Result<()> {
        let sql = "UPDATE private_attempts SET outcome = $2 WHERE call = $1 AND outcome = 'connected'";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(call).bind(outcome).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The attempts of a conversation, or of all, the newest first.
    pub async fn attempts(self, conversation: Option<&str>, limit: u32) -> Result<Vec<AttemptRow>> {
        let sql =
            "SELECT * FROM private_attempts WHERE ($1 IS NULL OR conversation = $1) ORDER BY at DESC, id DESC LIMIT $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(conversation).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// How many attempts with these outcomes (`a,b`) a caller made on a number since `since`.
    pub async fn count_attempts(self, caller: Option<&str>, dialled: &str, outcome: &str, since: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM private_attempts WHERE at >= $1 AND dialled = $2 AND outcome = $3 \
                   AND ($4 IS NULL OR caller = $4)";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql)
            .bind(since)
            .bind(dialled)
            .bind(outcome)
            .bind(caller)
            .fetch_one(pool)
            .await)?)
    }

    /// How many texts of a sender to a number had this outcome since `since`.
    pub async fn count_texts_declined(self, sender: &str, dialled: &str, outcome: &str, since: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM private_attempts WHERE caller = $1 AND dialled = $2 AND outcome = $3 \
                   AND at >= $4 AND kind = 'text'";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql)
            .bind(sender)
            .bind(dialled)
            .bind(outcome)
            .bind(since)
            .fetch_one(pool)
            .await)?)
    }

    /// How many attempts with this outcome there were in one call.
    pub async fn count_attempts_in(self, call: &str, outcome: &str) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM private_attempts WHERE call = $1 AND outcome = $2";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(call).bind(outcome).fetch_one(pool).await)?)
    }

    /// One text.
    pub async fn text(self, id: &str) -> Result<Option<TextRow>> {
        let sql = "SELECT * FROM private_texts WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// Takes a text in. Whether it is new.
    pub async fn put_text(self, row: &TextRow) -> Result<bool> {
        let sql = "INSERT INTO private_texts (id, at, attempt, sender, dialled, body, state, sent_id, problem, updated_at, words) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (id) DO NOTHING";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(row.at)
            .bind(&row.attempt)
            .bind(&row.sender)
            .bind(&row.dialled)
            .bind(&row.body)
            .bind(&row.state)
            .bind(&row.sent_id)
            .bind(&row.problem)
            .bind(row.updated_at)
            .bind(&row.words)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// How often the same words of one sender to one number were passed on since `since`, but for this text; and how many
    /// texts of the conversation were since `lately`.
    pub async fn count_same_texts(
        self,
        row: &TextRow,
        conversation: &str,
        since: i64,
        lately: i64,
    ) -> Result<(i64, i64)> {
        let same = "SELECT COUNT(*) FROM private_texts WHERE words = $1 AND at >= $2 AND sender = $3 AND dialled = $4 \
                    AND id <> $5 AND state IN ('sending', 'sent', 'delivered', 'unknown', 'failed')";
        let all = "SELECT COUNT(*) FROM private_attempts WHERE conversation = $1 AND at >= $2 AND kind = 'text' \
                   AND outcome = 'relayed'";
        Ok(on_db!(self, pool => (
            sqlx::query_scalar(same)
                .bind(&row.words)
                .bind(since)
                .bind(&row.sender)
                .bind(&row.dialled)
                .bind(&row.id)
                .fetch_one(pool)
                .await?,
            sqlx::query_scalar(all).bind(conversation).bind(lately).fetch_one(pool).await?,
        )))
    }

    /// Brings a text from one state into the next. Whether it was in that state: of two who try, one does it.
    pub async fn move_text(
        self,
        id: &str,
        from: &str,
        to: &str,
        sent_id: Option<&str>,
        problem: Option<&str>,
        now: i64,
    ) -> Result<bool> {
        // The words are needed only until they are on their way.
        let sql = "UPDATE private_texts SET state = $3, sent_id = COALESCE($4, sent_id), problem = COALESCE($5, problem), \
                   updated_at = $6, body = CASE WHEN $3 IN ('received', 'sending') THEN body ELSE NULL END WHERE id = $1 AND state = $2";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(from)
            .bind(to)
            .bind(sent_id)
            .bind(problem)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// Texts that are in a state since before `before`.
    pub async fn texts_in(self, state: &str, before: i64, limit: u32) -> Result<Vec<TextRow>> {
        let sql = "SELECT * FROM private_texts WHERE state = $1 AND updated_at < $2 ORDER BY updated_at LIMIT $3";
        Ok(on_db!(self, pool => sqlx::query_as(sql)
            .bind(state)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await)?)
    }

    /// What the platform says became of a text that we sent: a relayed one or an invitation.
    pub async fn text_told(self, sent_id: &str, state: &str, problem: Option<&str>, now: i64) -> Result<bool> {
        let text = "UPDATE private_texts SET state = $2, problem = COALESCE($3, problem), updated_at = $4 \
                    WHERE sent_id = $1 AND state IN ('sent', 'unknown')";
        let invite = "UPDATE private_participants SET invited = $2, problem = COALESCE($3, problem) \
                      WHERE invite_id = $1 AND invited = 'sent'";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let texts = sqlx::query(text)
                .bind(sent_id)
                .bind(state)
                .bind(problem)
                .bind(now)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            let invites =
                sqlx::query(invite).bind(sent_id).bind(state).bind(problem).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            Ok(texts + invites > 0)
        })
    }
}
