//! How many calls were placed, and what they cost: what the dial policy counts must hold across restarts and nodes.

use super::db::on_db;
use super::doors::Dials;
use super::error::Result;

impl Dials<'_> {
    /// Counts one more call of a day, and says how many they are with it.
    pub async fn count(self, day: i64) -> Result<i64> {
        let _turn = self.db.turn().await;
        let sql = "INSERT INTO dials (day, calls) VALUES ($1, 1) \
                   ON CONFLICT (day) DO UPDATE SET calls = dials.calls + 1 RETURNING calls";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(day).fetch_one(pool).await)?)
    }

    /// How many calls were placed on a day.
    pub async fn of(self, day: i64) -> Result<i64> {
        let sql = "SELECT calls FROM dials WHERE day = $1";
        let calls: Option<i64> = on_db!(self, pool => sqlx::query_scalar(sql).bind(day).fetch_optional(pool).await)?;
        Ok(calls.unwrap_or_default())
    }

    /// Adds to the texts that were sent on a day, and says how many they are with these.
    pub async fn count_texts(self, day: i64, more: i64) -> Result<i64> {
        let _turn = self.db.turn().await;
        let sql = "INSERT INTO sent_texts (day, texts) VALUES ($1, $2) \
                   ON CONFLICT (day) DO UPDATE SET texts = sent_texts.texts + excluded.texts RETURNING texts";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(day).bind(more).fetch_one(pool).await)?)
    }

    /// What calls that began at `since` (ms UTC) or later have cost, as far as the platform has told: in hundred-millionths
    /// of a euro.
    pub async fn spent_since(self, since: i64) -> Result<i64> {
        let sql =
            "SELECT CAST(COALESCE(SUM(price), 0) AS BIGINT) FROM calls WHERE created_at >= $1 AND price IS NOT NULL";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(since).fetch_one(pool).await)?)
    }
}
