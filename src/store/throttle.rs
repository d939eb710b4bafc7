//! Failed sign-ins, counted in the database so that a restart or a second node forgets nothing.
//!
//! The rule is the services'; here is only a row that is changed by compare-and-set, so that attempts in parallel are
//! all counted.

use super::db::on_db;
use super::doors::Accounts;
use super::error::Result;

/// The failures of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, sqlx::FromRow)]
pub struct Throttle {
    pub failures: i64,
    /// When the last one was, ms UTC.
    pub last_at: i64,
    /// No attempt is allowed before, ms UTC.
    pub blocked_until: i64,
}

impl Accounts<'_> {
    /// The failed sign-ins that are counted under this key.
    pub async fn throttle(self, key: &str) -> Result<Option<Throttle>> {
        let sql = "SELECT failures, last_at, blocked_until FROM throttles WHERE key = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(key).fetch_optional(pool).await)?)
    }

    /// Writes `new` if the row still is `old` (`None`: if there is none). Whether it was written.
    pub async fn set_throttle(self, key: &str, old: Option<Throttle>, new: Throttle) -> Result<bool> {
        let _turn = self.db.turn().await;
        let rows = match old {
            None => {
                let sql = "INSERT INTO throttles (key, failures, last_at, blocked_until) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT DO NOTHING";
                on_db!(self, pool => sqlx::query(sql)
                    .bind(key)
                    .bind(new.failures)
                    .bind(new.last_at)
                    .bind(new.blocked_until)
                    .execute(pool)
                    .await?
                    .rows_affected())
            }
            Some(old) => {
                let sql = "UPDATE throttles SET failures = $2, last_at = $3, blocked_until = $4 \
                           WHERE key = $1 AND failures = $5 AND last_at = $6 AND blocked_until = $7";
                on_db!(self, pool => sqlx::query(sql)
                    .bind(key)
                    .bind(new.failures)
                    .bind(new.last_at)
                    .bind(new.blocked_until)
                    .bind(old.failures)
                    .bind(old.last_at)
                    .bind(old.blocked_until)
                    .execute(pool)
                    .await?
                    .rows_affected())
            }
        };
        Ok(rows == 1)
    }

    /// Forgets the failed sign-ins under this key.
    pub async fn clear_throttle(self, key: &str) -> Result<()> {
        let sql = "DELETE FROM throttles WHERE key = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(key).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Forgets keys without a failure since `before`, ms UTC.
    pub async fn forget_throttles(self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM throttles WHERE last_at < $1 AND blocked_until < $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(before).execute(pool).await?.rows_affected()))
    }
}
