//! What the operator set up in the browser, by name.

use super::db::on_db;
use super::doors::Settings;
use super::error::Result;
use super::personal::SETTINGS;

impl Settings<'_> {
    /// The value of a setting.
    pub async fn find(self, name: &str) -> Result<Option<String>> {
        let sql = "SELECT value FROM settings WHERE name = $1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(name).fetch_optional(pool).await)?)
    }

    /// Stores the value of a setting. Its name is in [`SETTINGS`].
    pub async fn put(self, name: &str, value: &str, now: i64) -> Result<()> {
        debug_assert!(
            SETTINGS.iter().any(|(known, _)| *known == name),
            "store/personal.rs does not know the setting {name}"
        );
        let sql = "INSERT INTO settings (name, value, changed_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(name).bind(value).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// When it was last set, ms UTC.
    pub async fn changed_at(self, name: &str) -> Result<Option<i64>> {
        let sql = "SELECT changed_at FROM settings WHERE name = $1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(name).fetch_optional(pool).await)?)
    }

    /// Whether it was there.
    pub async fn delete(self, name: &str) -> Result<bool> {
        let sql = "DELETE FROM settings WHERE name = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(name).execute(pool).await?.rows_affected() == 1))
    }
}
