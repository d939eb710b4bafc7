//! What agents mean to dial: an intent is made by their console and used once, by the call that follows.

use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::Result;

/// An agent means to call a number. Numbers are digits.
#[derive(Debug, Clone, Copy)]
pub struct NewIntent<'a> {
    pub id: &'a str,
    pub agent: &'a str,
    pub number: &'a str,
    /// The number of ours that is shown.
    pub shown: Option<&'a str>,
    /// ms UTC
    pub made_at: i64,
    /// The conversation that it is, where it is one already.
    pub used_by: Option<&'a str>,
}

impl Desk<'_> {
    /// Notes that an agent means to call a number.
    pub async fn insert_intent(self, intent: NewIntent<'_>) -> Result<()> {
        let sql = "INSERT INTO dial_intents (id, agent, number, shown, made_at, used_by) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(intent.id)
            .bind(intent.agent)
            .bind(intent.number)
            .bind(intent.shown)
            .bind(intent.made_at)
            .bind(intent.used_by)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Uses an intent for a conversation: once, by its agent, for its number. Asking again for the same conversation is
    /// no second use. The number that is to be shown, if one was decided on; `None` when there is no such intent.
    pub async fn use_intent(
        self,
        id: &str,
        agent: &str,
        number: &str,
        conversation: &str,
        after: i64,
    ) -> Result<Option<Option<String>>> {
        let sql = "UPDATE dial_intents SET used_by = $4 WHERE id = $1 AND agent = $2 AND number = $3 \
                   AND (used_by IS NULL OR used_by = $4) AND made_at > $5 RETURNING shown";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query_scalar(sql)
            .bind(id)
            .bind(agent)
            .bind(number)
            .bind(conversation)
            .bind(after)
            .fetch_optional(pool)
            .await)?)
    }

    /// How many calls an agent meant to place since `after`, and the first of them.
    pub async fn count_intents(self, agent: &str, after: i64) -> Result<(i64, Option<i64>)> {
        let sql = "SELECT COUNT(*), MIN(made_at) FROM dial_intents WHERE agent = $1 AND made_at > $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(agent).bind(after).fetch_one(pool).await)?)
    }
}
