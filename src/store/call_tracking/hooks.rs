//! Where ended calls are told: the addresses, the queue, and the log, which is the queue's past.

use sqlx::FromRow;

use super::rows::{TrackedRow, columns};
use crate::store::db::on_db;
use crate::store::doors::Tracking;
use crate::store::error::Result;

/// An address of the operator's that wants to know.
#[derive(Clone, PartialEq, Eq, FromRow)]
pub struct HookRow {
    pub id: String,
    pub url: String,
    /// Sealed by the service. An earlier version kept it as it is.
    pub secret: String,
    pub enabled: bool,
    pub created_at: i64,
}

impl std::fmt::Debug for HookRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HookRow").field("id", &self.id).field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

/// A message; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DeliveryRow {
    pub id: String,
    pub hook: String,
    pub call: String,
    pub state: String,
    pub tries: i64,
    pub next_at: i64,
    pub created_at: i64,
    pub tried_at: Option<i64>,
    pub status: Option<i64>,
    pub error: Option<String>,
    pub took: Option<i64>,
}

/// The outcome of one delivery attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub at: i64,
    pub status: Option<i64>,
    pub error: Option<String>,
    pub took: i64,
    /// When to try again; `None` when this was the last time, or it went well.
    pub again_at: Option<i64>,
}

const DELIVERY: &str = "id, hook, call, state, tries, next_at, created_at, tried_at, status, error, took";

impl Tracking<'_> {
    /// Every address, the oldest first.
    pub async fn hooks(self) -> Result<Vec<HookRow>> {
        let sql = "SELECT id, url, secret, enabled, created_at FROM tracking_hooks ORDER BY created_at, id";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Stores a new outgoing webhook.
    pub async fn insert_hook(self, row: &HookRow) -> Result<()> {
        let sql = "INSERT INTO tracking_hooks (id, url, secret, enabled, created_at) VALUES ($1, $2, $3, $4, $5)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.url)
            .bind(&row.secret)
            .bind(row.enabled)
            .bind(row.created_at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Puts a sealed secret in the place of the one that was kept as it is. Whether it still was there.
    pub async fn seal_hook(self, id: &str, secret: &str, sealed: &str) -> Result<bool> {
        let sql = "UPDATE tracking_hooks SET secret = $3 WHERE id = $1 AND secret = $2";
        let _turn = self.db.turn().await;
        Ok(
            on_db!(self, pool => sqlx::query(sql).bind(id).bind(secret).bind(sealed).execute(pool).await?.rows_affected() == 1),
        )
    }

    /// Forgets an address and what still waits for it. Whether there was one. What was told stays in the log.
    pub async fn delete_hook(self, id: &str) -> Result<bool> {
        let _turn = self.db.turn().await;
        let gone = on_db!(self, pool => {
            let sql = "DELETE FROM tracking_deliveries WHERE hook = $1 AND state = 'waiting'";
            sqlx::query(sql).bind(id).execute(pool).await?;
            sqlx::query("DELETE FROM tracking_hooks WHERE id = $1").bind(id).execute(pool).await?.rows_affected()
        });
        Ok(gone == 1)
    }

    /// The messages that are due, the oldest first, and takes them on until `until`: nobody else will try before then.
    pub async fn due_deliveries(self, now: i64, until: i64, limit: u32) -> Result<Vec<DeliveryRow>> {
        let sql = format!(
            "UPDATE tracking_deliveries SET next_at = $2 WHERE id IN (SELECT id FROM tracking_deliveries \
             WHERE state = 'waiting' AND next_at <= $1 ORDER BY next_at LIMIT $3) AND state = 'waiting' \
             AND next_at <= $1 RETURNING {DELIVERY}"
        );
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(now)
            .bind(until)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await)?)
    }

    /// Whether anything is due: a read, so that an idle server writes nothing.
    pub async fn deliveries_due(self, now: i64) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM (SELECT id FROM tracking_deliveries WHERE state = 'waiting' AND next_at <= $1 \
                   LIMIT 1) AS t";
        let due: i64 = on_db!(self, pool => sqlx::query_scalar(sql).bind(now).fetch_one(pool).await)?;
        Ok(due > 0)
    }

    /// Records the outcome of a try.
    pub async fn delivery_tried(self, id: &str, tried: &Tried) -> Result<()> {
        let sql = "UPDATE tracking_deliveries SET tries = tries + 1, tried_at = $2, status = $3, error = $4, took = $5, \
                   state = $6, next_at = $7 WHERE id = $1";
        let state = match (tried.again_at, &tried.error) {
            (Some(_), _) => "waiting",
            (None, None) => "done",
            (None, Some(_)) => "failed",
        };
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(tried.at)
            .bind(tried.status)
            .bind(&tried.error)
            .bind(tried.took)
            .bind(state)
            .bind(tried.again_at.unwrap_or(tried.at))
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Tries a message again, now, whatever became of it. Whether there is one.
    pub async fn retry_delivery(self, id: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE tracking_deliveries SET state = 'waiting', tries = 0, next_at = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(id).bind(now).execute(pool).await?.rows_affected() == 1))
    }

    /// The log, the newest first.
    pub async fn deliveries(self, limit: u32) -> Result<Vec<DeliveryRow>> {
        let sql = format!("SELECT {DELIVERY} FROM tracking_deliveries ORDER BY created_at DESC, id DESC LIMIT $1");
        Ok(on_db!(self, pool => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// A tracked call.
    pub async fn call(self, id: &str) -> Result<Option<TrackedRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM tracked_calls WHERE id = $1");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// Forgets messages of before `before` that wait no more.
    pub async fn forget_deliveries(self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM tracking_deliveries WHERE created_at < $1 AND state <> 'waiting'";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(before).execute(pool).await?.rows_affected()))
    }
}
