//! Those who may sign in.

use super::db::on_db;
use super::doors::Accounts;
use super::error::Result;

/// The columns of an [`AccountRow`].
macro_rules! columns {
    () => {
        "id, name, password_hash, must_change, created_at, changed_at, signed_in_at, role, display_name, demo, \
         disabled_at, invite_hash, invite_expires_at, user_id"
    };
}

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
    pub role: String,
    pub display_name: String,
    pub demo: bool,
    pub disabled_at: Option<i64>,
    pub invite_hash: Option<String>,
    pub invite_expires_at: Option<i64>,
    pub user_id: Option<String>,
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

impl Accounts<'_> {
    /// Makes an account, unless there is one of this name. Whether it was made.
    pub async fn insert(self, account: &AccountRow) -> Result<bool> {
        let sql = concat!(
            "INSERT INTO accounts (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING"
        );
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&account.id)
            .bind(&account.name)
            .bind(&account.password_hash)
            .bind(account.must_change)
            .bind(account.created_at)
            .bind(account.changed_at)
            .bind(account.signed_in_at)
            .bind(&account.role)
            .bind(&account.display_name)
            .bind(account.demo)
            .bind(account.disabled_at)
            .bind(&account.invite_hash)
            .bind(account.invite_expires_at)
            .bind(&account.user_id)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// The account with this id.
    pub async fn find(self, id: &str) -> Result<Option<AccountRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// By name, whatever its letters' case.
    pub async fn named(self, name: &str) -> Result<Option<AccountRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM accounts WHERE lower(name) = lower($1)");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(name).fetch_optional(pool).await)?)
    }

    /// Everybody, by name.
    pub async fn all(self) -> Result<Vec<AccountRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM accounts ORDER BY lower(name)");
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// The account whose invitation this is.
    pub async fn invited(self, invite_hash: &str) -> Result<Option<AccountRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM accounts WHERE invite_hash = $1");
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(invite_hash).fetch_optional(pool).await)?)
    }

    /// How many accounts there are, without the sandbox's.
    pub async fn count(self) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM accounts WHERE NOT demo";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Changes the password, if it still is the one with the hash `old`. Whether it was changed.
    pub async fn set_password(self, id: &str, old: &str, new: &str, must_change: bool, now: i64) -> Result<bool> {
        let sql = "UPDATE accounts SET password_hash = $3, must_change = $4, changed_at = $5 \
                   WHERE id = $1 AND password_hash = $2";
        let _turn = self.db.turn().await;
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

    /// Records when an account signed in last.
    pub async fn signed_in(self, id: &str, now: i64) -> Result<()> {
        let sql = "UPDATE accounts SET signed_in_at = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Gives an account an invitation instead of the one it may have. Whether there is such an account.
    pub async fn invite(self, id: &str, invite_hash: &str, expires_at: i64) -> Result<bool> {
        let sql = "UPDATE accounts SET invite_hash = $2, invite_expires_at = $3 WHERE id = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(invite_hash)
            .bind(expires_at)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// Takes an invitation, which is gone afterwards, for a password. Whether it was there, and good until after `now`.
    pub async fn accept_invitation(self, invite_hash: &str, password_hash: &str, now: i64) -> Result<bool> {
        let sql = "UPDATE accounts SET password_hash = $2, must_change = FALSE, changed_at = $3, signed_in_at = $3, \
                   invite_hash = NULL, invite_expires_at = NULL \
                   WHERE invite_hash = $1 AND invite_expires_at > $3 AND disabled_at IS NULL";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(invite_hash)
            .bind(password_hash)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// Changes what an account is called and may do. Whether there is such an account.
    pub async fn set_role(self, id: &str, role: &str, display_name: &str, disabled_at: Option<i64>) -> Result<bool> {
        let sql = "UPDATE accounts SET role = $2, display_name = $3, disabled_at = $4 WHERE id = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(role)
            .bind(display_name)
            .bind(disabled_at)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// Notes the id of an account's user at the platform.
    pub async fn set_user_id(self, id: &str, user_id: Option<&str>) -> Result<()> {
        let sql = "UPDATE accounts SET user_id = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(user_id).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Whether there was such an account.
    pub async fn delete(self, id: &str) -> Result<bool> {
        let sql = "DELETE FROM accounts WHERE id = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(id).execute(pool).await?.rows_affected() == 1))
    }
}
