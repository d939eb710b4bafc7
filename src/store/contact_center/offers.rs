//! What is offered to whom: calls that ring at agents.

use super::sql::AssertSql;
use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::Result;

/// A call that rings at an agent.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OfferRow {
    pub id: String,
    pub call: String,
    pub agent: String,
    pub kind: String,
    pub by_agent: Option<String>,
    pub leg: Option<String>,
    pub made_at: i64,
    pub expires_at: i64,
}

const OFFER: &str = "SELECT id, call, agent, kind, by_agent, leg, made_at, expires_at FROM offers";

impl Desk<'_> {
    /// What rings at an agent.
    pub async fn offer_to(self, agent: &str) -> Result<Option<OfferRow>> {
        let sql = AssertSql::new(format!("{OFFER} WHERE agent = $1 AND outcome IS NULL"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(agent).fetch_optional(pool).await)?)
    }

    /// Everything that rings.
    pub async fn open_offers(self) -> Result<Vec<OfferRow>> {
        let sql = AssertSql::new(format!("{OFFER} WHERE outcome IS NULL ORDER BY made_at, id"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).fetch_all(pool).await)?)
    }

    /// The leg that rings for an offer.
    pub async fn offer_rings(self, id: &str, leg: &str) -> Result<()> {
        let sql = "UPDATE offers SET leg = $2 WHERE id = $1 AND leg IS NULL";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(leg).execute(pool).await.map(drop))?;
        Ok(())
    }
}
