//! Call flows that the operator wrote.

use super::db::on_db;
use super::doors::Flows;
use super::error::Result;

/// A flow; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CallFlowRow {
    pub id: String,
    pub name: String,
    pub preset: String,
    pub ncco: String,
    pub created_at: i64,
    pub changed_at: i64,
}

impl Flows<'_> {
    /// Every flow, by name.
    pub async fn all(self) -> Result<Vec<CallFlowRow>> {
        let sql = "SELECT id, name, preset, ncco, created_at, changed_at FROM call_flows ORDER BY lower(name)";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// The call flow with this id.
    pub async fn find(self, id: &str) -> Result<Option<CallFlowRow>> {
        let sql = "SELECT id, name, preset, ncco, created_at, changed_at FROM call_flows WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// Makes a flow, unless there is one of this name. Whether it was made.
    pub async fn insert(self, row: &CallFlowRow) -> Result<bool> {
        let sql = "INSERT INTO call_flows (id, name, preset, ncco, created_at, changed_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.name)
            .bind(&row.preset)
            .bind(&row.ncco)
            .bind(row.created_at)
            .bind(row.changed_at)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// Changes a flow, unless another one has this name. Whether it was changed.
    pub async fn update(self, row: &CallFlowRow) -> Result<bool> {
        let sql = "UPDATE call_flows SET name = $2, preset = $3, ncco = $4, changed_at = $5 WHERE id = $1 \
                   AND NOT EXISTS (SELECT 1 FROM call_flows other WHERE lower(other.name) = lower($2) AND other.id <> $1)";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.name)
            .bind(&row.preset)
            .bind(&row.ncco)
            .bind(row.changed_at)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// Whether there was such a flow.
    pub async fn delete(self, id: &str) -> Result<bool> {
        let sql = "DELETE FROM call_flows WHERE id = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(id).execute(pool).await?.rows_affected() == 1))
    }
}
