//! Keys of the operator's own systems for the JSON interfaces: their hashes.

use super::db::on_db;
use super::doors::Accounts;
use super::error::Result;

/// A key; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ApiKeyRow {
    pub id: String,
    pub name: String,
    pub key_hash: String,
    pub created_at: i64,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl Accounts<'_> {
    /// Stores a new API key.
    pub async fn insert_api_key(self, row: &ApiKeyRow) -> Result<()> {
        let sql = "INSERT INTO api_keys (id, name, key_hash, created_at, used_at, revoked_at) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.name)
            .bind(&row.key_hash)
            .bind(row.created_at)
            .bind(row.used_at)
            .bind(row.revoked_at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The key with this hash, unless it is revoked.
    pub async fn api_key(self, key_hash: &str) -> Result<Option<ApiKeyRow>> {
        let sql = "SELECT id, name, key_hash, created_at, used_at, revoked_at FROM api_keys \
                   WHERE key_hash = $1 AND revoked_at IS NULL";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(key_hash).fetch_optional(pool).await)?)
    }

    /// Every key, the oldest first.
    pub async fn api_keys(self) -> Result<Vec<ApiKeyRow>> {
        let sql = "SELECT id, name, key_hash, created_at, used_at, revoked_at FROM api_keys ORDER BY id";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Notes when a key was last used.
    pub async fn api_key_used(self, id: &str, now: i64) -> Result<()> {
        let sql = "UPDATE api_keys SET used_at = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Ends a key. Whether there was such a key that was still good.
    pub async fn revoke_api_key(self, id: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(id).bind(now).execute(pool).await?.rows_affected() == 1))
    }
}
