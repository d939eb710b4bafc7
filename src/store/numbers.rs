//! Our numbers, and which line each leads to.

use super::call_tracking::campaigns::note_campaign;
use super::db::on_db;
use super::doors::Numbers;
use super::error::Result;

/// A number; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NumberRow {
    pub number: String,
    pub country: String,
    pub features: String,
    pub line: String,
    pub target: Option<String>,
    pub reserved: bool,
    pub created_at: i64,
    pub assigned_at: i64,
    pub used_at: Option<i64>,
    /// In which language callers are spoken to, if one was chosen.
    pub language: Option<String>,
}

impl NumberRow {
    /// Whether it can be called, and be shown to those who are called. Where nothing is known of it, it is believed to.
    #[must_use]
    pub fn takes_calls(&self) -> bool {
        self.features.is_empty() || self.features.split(',').any(|feature| feature == "VOICE")
    }
}

impl Numbers<'_> {
    /// Every number, by number.
    pub async fn all(self) -> Result<Vec<NumberRow>> {
        let sql = "SELECT number, country, features, line, target, reserved, created_at, assigned_at, used_at, \
                   language FROM numbers ORDER BY number";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// When these numbers were called; what is known of a later moment stays.
    ///
    /// # Errors
    /// When the database fails; nothing was written then.
    pub async fn used(self, used: impl ExactSizeIterator<Item = (&str, i64)>) -> Result<()> {
        if used.len() == 0 {
            return Ok(());
        }
        let sql = "UPDATE numbers SET used_at = $2 WHERE number = $1 AND (used_at IS NULL OR used_at < $2)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for (number, at) in used {
                sqlx::query(sql).bind(number).bind(at).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// Adds a number, or brings its country and features up to date; the line of a number that is known stays.
    pub async fn put(self, row: &NumberRow) -> Result<()> {
        let sql = "INSERT INTO numbers \
                   (number, country, features, line, target, reserved, created_at, assigned_at, used_at, language) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                   ON CONFLICT (number) DO UPDATE SET country = excluded.country, features = excluded.features";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            sqlx::query(sql)
                .bind(&row.number)
                .bind(&row.country)
                .bind(&row.features)
                .bind(&row.line)
                .bind(&row.target)
                .bind(row.reserved)
                .bind(row.created_at)
                .bind(row.assigned_at)
                .bind(row.used_at)
                .bind(&row.language)
                .execute(&mut *tx)
                .await?;
            note_campaign!(&mut *tx, &row.number, row.assigned_at);
            tx.commit().await?;
        });
        Ok(())
    }

    /// Leads a number to another line. Whether there is such a number.
    pub async fn assign(self, number: &str, line: &str, target: Option<&str>, now: i64) -> Result<bool> {
        let sql = "UPDATE numbers SET line = $2, target = $3, assigned_at = $4 WHERE number = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let query = sqlx::query(sql).bind(number).bind(line).bind(target).bind(now);
            let found = query.execute(&mut *tx).await?.rows_affected() == 1;
            note_campaign!(&mut *tx, number, now);
            tx.commit().await?;
            Ok(found)
        })
    }

    /// Says in which language callers of a number are spoken to; `None`: in that of the business. Whether there is such a
    /// number.
    pub async fn set_language(self, number: &str, language: Option<&str>) -> Result<bool> {
        let sql = "UPDATE numbers SET language = $2 WHERE number = $1";
        let _turn = self.db.turn().await;
        let rows =
            on_db!(self, pool => sqlx::query(sql).bind(number).bind(language).execute(pool).await?.rows_affected());
        Ok(rows == 1)
    }

    /// Leads numbers to lines (number, line, target), all of them or none. One that leads there already stays as it is.
    pub async fn assign_all(self, led: &[(&str, &str, Option<&str>)], now: i64) -> Result<()> {
        let sql = "UPDATE numbers SET line = $2, target = $3, assigned_at = $4 WHERE number = $1 \
                   AND (line <> $2 OR COALESCE(target, '') <> COALESCE($3, ''))";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for (number, line, target) in led {
                let query = sqlx::query(sql).bind(*number).bind(*line).bind(*target).bind(now);
                if query.execute(&mut *tx).await?.rows_affected() == 1 {
                    note_campaign!(&mut *tx, *number, now);
                }
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// Forgets a number that is no longer ours. Whether there was one.
    pub async fn delete(self, number: &str, now: i64) -> Result<bool> {
        let sql = "DELETE FROM numbers WHERE number = $1";
        let end = "UPDATE campaign_numbers SET until_at = $2 WHERE number = $1 AND until_at IS NULL";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query(sql).bind(number).execute(&mut *tx).await?.rows_affected() == 1;
            sqlx::query(end).bind(number).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(found)
        })
    }
}
