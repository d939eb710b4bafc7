//! Those who may sign in.

use super::{Result, Store};

/// An account; the columns are explained in the migration that makes them.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountRow {
    pub id: String,
    pub name: String,
    pub password_hash: String,
    pub must_change: bool,
    pub created_at: i64,
    pub changed_at: i64,
    pub signed_in_at: Option<i64>,
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Store {
    /// Makes an account, unless there is one of this name. Whether it was made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_account(&self, account: &AccountRow) -> Result<bool> {
        let sql = "INSERT INTO accounts (id, name, password_hash, must_change, created_at, changed_at, signed_in_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let _turn = self.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&account.id)
            .bind(&account.name)
            .bind(&account.password_hash)
            .bind(account.must_change)
            .bind(account.created_at)
            .bind(account.changed_at)
            .bind(account.signed_in_at)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// # Errors
    /// When the database fails.
    pub async fn account(&self, id: &str) -> Result<Option<AccountRow>> {
        let sql = "SELECT id, name, password_hash, must_change, created_at, changed_at, signed_in_at FROM accounts \
                   WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// # Errors
    /// When the database fails.
    pub async fn account_named(&self, name: &str) -> Result<Option<AccountRow>> {
        let sql = "SELECT id, name, password_hash, must_change, created_at, changed_at, signed_in_at FROM accounts \
                   WHERE name = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(name).fetch_optional(pool).await)?)
    }

    /// # Errors
    /// When the database fails.
    pub async fn count_accounts(&self) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM accounts";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Changes the password, if it still is the one with the hash `old`. Whether it was changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_password(&self, id: &str, old: &str, new: &str, must_change: bool, now: i64) -> Result<bool> {
        let sql = "UPDATE accounts SET password_hash = $3, must_change = $4, changed_at = $5 \
                   WHERE id = $1 AND password_hash = $2";
        let _turn = self.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(old)
            .bind(new)
            .bind(must_change)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// # Errors
    /// When the database fails.
    pub async fn signed_in(&self, id: &str, now: i64) -> Result<()> {
        let sql = "UPDATE accounts SET signed_in_at = $2 WHERE id = $1";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }
}
