//! Visitors who were given a token, and the platform users that were made for them.

use super::db::on_db;
use super::doors::Visits;
use super::error::Result;

/// A visit; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VisitRow {
    pub id: String,
    pub secret_hash: String,
    pub user_name: String,
    /// The user's id at the platform, once it is known.
    pub user_id: Option<String>,
    pub user_deleted: bool,
    pub delete_tries: i64,
    pub delete_after: i64,
    pub ip_hash: String,
    pub created_at: i64,
    pub expires_at: i64,
}

impl Visits<'_> {
    /// Stores a new visit of the support page.
    pub async fn insert(self, visit: &VisitRow) -> Result<()> {
        let sql = "INSERT INTO visits (id, secret_hash, user_name, user_id, user_deleted, delete_tries, delete_after, \
                   ip_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&visit.id)
            .bind(&visit.secret_hash)
            .bind(&visit.user_name)
            .bind(&visit.user_id)
            .bind(visit.user_deleted)
            .bind(visit.delete_tries)
            .bind(visit.delete_after)
            .bind(&visit.ip_hash)
            .bind(visit.created_at)
            .bind(visit.expires_at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The visit with this id.
    pub async fn find(self, id: &str) -> Result<Option<VisitRow>> {
        let sql = "SELECT id, secret_hash, user_name, user_id, user_deleted, delete_tries, delete_after, ip_hash, created_at, \
                   expires_at FROM visits WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// How many visits have a token that is still valid.
    pub async fn count_open(self, now: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM visits WHERE expires_at > $1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(now).fetch_one(pool).await)?)
    }

    /// Visits whose token expired before `expired` and whose user is due to be deleted at the platform, oldest first.
    /// One whose call is still going on is left alone: deleting the user would end it.
    pub async fn stale(self, expired: i64, now: i64, limit: u32) -> Result<Vec<VisitRow>> {
        let sql = "SELECT id, secret_hash, user_name, user_id, user_deleted, delete_tries, delete_after, ip_hash, created_at, \
                   expires_at FROM visits \
                   WHERE expires_at < $1 AND NOT user_deleted AND delete_after <= $2 \
                   AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.visit = visits.id AND NOT calls.ended \
                                   AND calls.updated_at > $3) \
                   ORDER BY expires_at LIMIT $4";
        // A call whose end was never told must not keep a user for ever.
        let forgotten = expired - 24 * 60 * 60 * 1000;
        Ok(on_db!(self, pool => sqlx::query_as(sql)
            .bind(expired)
            .bind(now)
            .bind(forgotten)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await)?)
    }

    /// The platform made the visit's user.
    pub async fn user_made(self, id: &str, user_id: &str) -> Result<()> {
        let sql = "UPDATE visits SET user_id = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(user_id).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Where the visitor came from, and the language of the page from which they call.
    pub async fn set_page(self, id: &str, page: &str, language: Option<&str>) -> Result<()> {
        let sql = "UPDATE visits SET page = $2, language = $3 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(page).bind(language).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The language of the page from which the visitor calls, if it is known.
    pub async fn language(self, id: &str) -> Result<Option<String>> {
        let sql = "SELECT language FROM visits WHERE id = $1";
        let language: Option<Option<String>> =
            on_db!(self, pool => sqlx::query_scalar(sql).bind(id).fetch_optional(pool).await)?;
        Ok(language.flatten())
    }

    /// Where the visitor came from, if it is known.
    pub async fn page(self, id: &str) -> Result<Option<String>> {
        let sql = "SELECT page FROM visits WHERE id = $1";
        let page: Option<Option<String>> =
            on_db!(self, pool => sqlx::query_scalar(sql).bind(id).fetch_optional(pool).await)?;
        Ok(page.flatten())
    }

    /// Gives a visit whose user still exists a later end. Whether it did.
    pub async fn extend(self, id: &str, expires_at: i64) -> Result<bool> {
        let sql = "UPDATE visits SET expires_at = $2 WHERE id = $1 AND NOT user_deleted";
        let _turn = self.db.turn().await;
        let rows =
            on_db!(self, pool => sqlx::query(sql).bind(id).bind(expires_at).execute(pool).await?.rows_affected());
        Ok(rows == 1)
    }

    /// The visit's user does not exist at the platform any more.
    pub async fn user_deleted(self, id: &str) -> Result<()> {
        let sql = "UPDATE visits SET user_deleted = TRUE WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The user could not be deleted; try again at `after`, ms UTC.
    pub async fn user_remains(self, id: &str, after: i64) -> Result<()> {
        let sql = "UPDATE visits SET delete_tries = delete_tries + 1, delete_after = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(after).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Removes visits that expired before `before` and left nothing behind.
    pub async fn forget(self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM visits WHERE expires_at < $1 AND user_deleted";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(before).execute(pool).await?.rows_affected()))
    }
}
