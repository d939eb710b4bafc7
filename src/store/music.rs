//! Music on hold of the operator's own; the sound is a file.

use super::db::on_db;
use super::doors::Music;
use super::error::Result;
use super::queues::MOVE;

/// A piece; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MusicRow {
    pub id: String,
    pub name: String,
    pub seconds: i64,
    pub created_at: i64,
}

impl Music<'_> {
    /// Every piece, by name.
    pub async fn all(self) -> Result<Vec<MusicRow>> {
        let sql = "SELECT id, name, seconds, created_at FROM music ORDER BY lower(name), id";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Adds a piece, unless another one has its name. Whether it was added.
    pub async fn insert(self, row: &MusicRow) -> Result<bool> {
        let sql = "INSERT INTO music (id, name, seconds, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let query = sqlx::query(sql).bind(&row.id).bind(&row.name).bind(row.seconds).bind(row.created_at);
            let added = query.execute(&mut *tx).await?.rows_affected() == 1;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(added)
        })
    }

    /// Whether it was there.
    pub async fn delete(self, id: &str) -> Result<bool> {
        let sql = "DELETE FROM music WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query(sql).bind(id).execute(&mut *tx).await?.rows_affected() == 1;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(found)
        })
    }
}
