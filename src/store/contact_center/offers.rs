//! What is offered to whom: calls that ring at agents.

use std::collections::HashMap;

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

    /// By agent: when they were offered a call the last time, of offers since `since`, and how many they took since
    /// `midnight`; ms UTC.
    pub async fn offers_since(self, since: i64, midnight: i64) -> Result<HashMap<String, (i64, i64)>> {
        let sql = "SELECT agent, MAX(made_at), SUM(CASE WHEN outcome = 'answered' AND made_at >= $2 THEN 1 ELSE 0 END) \
                   FROM offers WHERE made_at >= $1 AND kind = 'call' GROUP BY agent";
        let rows: Vec<(String, i64, i64)> =
            on_db!(self, pool => sqlx::query_as(sql).bind(since).bind(midnight).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(agent, offered_at, taken)| (agent, (offered_at, taken))).collect())
    }

    /// The leg that rings for an offer.
    pub async fn offer_rings(self, id: &str, leg: &str) -> Result<()> {
        let sql = "UPDATE offers SET leg = $2 WHERE id = $1 AND leg IS NULL";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(leg).execute(pool).await.map(drop))?;
        Ok(())
    }
}
