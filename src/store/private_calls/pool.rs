//! Figures of the pool: how full it is, and for whom.

use crate::store::db::on_db;
use crate::store::doors::PrivatePool;
use crate::store::error::Result;

/// A number of the pool and what it carries.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NumberUse {
    pub number: String,
    pub country: String,
    pub features: String,
    pub reserved: bool,
    pub created_at: i64,
    pub assigned_at: i64,
    /// When a call or text last came in over it.
    pub used_at: Option<i64>,
    /// Open conversations in which somebody dials it.
    pub open: i64,
}

/// Somebody with many open conversations. No `Debug`: it holds a number.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BusyRow {
    pub number: String,
    pub country: Option<String>,
    pub open: i64,
}

/// The whole of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolFigures {
    pub open: i64,
    pub people: i64,
    pub closed: i64,
}

impl PrivatePool<'_> {
    /// Every number of the pool with what it carries, by number.
    pub async fn numbers(self) -> Result<Vec<NumberUse>> {
        let sql = "SELECT n.number, n.country, n.features, n.reserved, n.created_at, n.assigned_at, n.used_at, \
                   (SELECT COUNT(*) FROM private_participants p WHERE p.dials = n.number AND p.open) AS open \
                   FROM numbers n WHERE n.line = 'private' ORDER BY n.country, n.number";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Who has the most conversations open, the busiest first; of one country, or of all.
    pub async fn busiest(self, country: Option<&str>, limit: u32) -> Result<Vec<BusyRow>> {
        let sql = "SELECT number, MAX(country) AS country, COUNT(*) AS open FROM private_participants WHERE open \
                   AND ($1 IS NULL OR country = $1) GROUP BY number ORDER BY COUNT(*) DESC, number LIMIT $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(country).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// The figures of private calls that the overview and the pool show.
    pub async fn figures(self) -> Result<PoolFigures> {
        let sql = "SELECT (SELECT COUNT(*) FROM private_conversations WHERE closed_at IS NULL), \
                   (SELECT COUNT(*) FROM (SELECT DISTINCT number FROM private_participants WHERE open) AS people), \
                   (SELECT COUNT(*) FROM private_conversations WHERE closed_at IS NOT NULL)";
        let (open, people, closed) = on_db!(self, pool => sqlx::query_as(sql).fetch_one(pool).await)?;
        Ok(PoolFigures { open, people, closed })
    }

    /// Countries of people with open conversations.
    pub async fn countries(self) -> Result<Vec<String>> {
        let sql =
            "SELECT DISTINCT country FROM private_participants WHERE open AND country IS NOT NULL ORDER BY country";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_all(pool).await)?)
    }

    /// Keeps a number out of automatic choices, or lets it in. Whether there is such a number in the pool.
    pub async fn reserve(self, number: &str, reserved: bool) -> Result<bool> {
        let sql = "UPDATE numbers SET reserved = $2 WHERE number = $1 AND line = 'private'";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(number).bind(reserved).execute(pool).await?.rows_affected() == 1))
    }

    /// Takes a number out of the pool that carries no open conversation. Whether it did.
    pub async fn retire(self, number: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE numbers SET line = 'unassigned', target = NULL, assigned_at = $2 \
                   WHERE number = $1 AND line = 'private' \
                   AND NOT EXISTS (SELECT 1 FROM private_participants p WHERE p.dials = $1 AND p.open)";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(number).bind(now).execute(pool).await?.rows_affected() == 1))
    }
}
