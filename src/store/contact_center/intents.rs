//! What agents mean to dial: an intent is made by their console and used once, by the call that follows.

use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::Result;

impl Desk<'_> {
    /// Notes that an agent means to call a number.
    pub async fn insert_intent(
        self,
        id: &str,
        agent: &str,
        number: &str,
        now: i64,
        used_by: Option<&str>,
    ) -> Result<()> {
        let sql = "INSERT INTO dial_intents (id, agent, number, made_at, used_by) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT DO NOTHING";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(agent)
            .bind(number)
            .bind(now)
            .bind(used_by)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Uses an intent for a conversation: once, by its agent, for its number. Asking again for the same conversation is
    /// no second use.
    pub async fn use_intent(self, id: &str, agent: &str, number: &str, conversation: &str, after: i64) -> Result<bool> {
        let sql = "UPDATE dial_intents SET used_by = $4 WHERE id = $1 AND agent = $2 AND number = $3 \
                   AND (used_by IS NULL OR used_by = $4) AND made_at > $5";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(agent)
            .bind(number)
            .bind(conversation)
            .bind(after)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// How many calls an agent meant to place since `after`, and the first of them.
    pub async fn count_intents(self, agent: &str, after: i64) -> Result<(i64, Option<i64>)> {
        let sql = "SELECT COUNT(*), MIN(made_at) FROM dial_intents WHERE agent = $1 AND made_at > $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(agent).bind(after).fetch_one(pool).await)?)
    }
}
