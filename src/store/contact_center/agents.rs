//! Agents: who they are, their signs of life, and the ledger of their states.

use super::sql::{AssertSql, text_of};
use crate::domain::contact_center::presence::Standing;
use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::Result;

/// An agent; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AgentRow {
    pub name: String,
    pub account: String,
    #[sqlx(try_from = "String")]
    pub standing: Standing,
    pub since: i64,
    pub idle_since: i64,
    pub beat_at: i64,
    pub elsewhere_until: i64,
    pub elsewhere_at: i64,
    pub tab: Option<String>,
    pub tab_at: i64,
    pub call: Option<String>,
    pub wrap_until: Option<i64>,
    pub created_at: i64,
    pub version: i64,
}

impl TryFrom<String> for Standing {
    type Error = serde_json::Error;
    fn try_from(text: String) -> serde_json::Result<Self> {
        serde_json::from_str(&text)
    }
}

/// Where an agent went: a line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AgentStateRow {
    pub state: String,
    pub reason: Option<String>,
    pub since: i64,
    pub call: Option<String>,
}

const AGENT: &str = "SELECT name, account, standing, since, idle_since, beat_at, elsewhere_until, \
                     elsewhere_at, tab, tab_at, call, wrap_until, created_at, version FROM agents";

impl Desk<'_> {
    /// Every agent, the first made first.
    pub async fn agents(self) -> Result<Vec<AgentRow>> {
        let sql = AssertSql::new(format!("{AGENT} ORDER BY created_at, name"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).fetch_all(pool).await)?)
    }

    /// The agent of this name.
    pub async fn agent(self, name: &str) -> Result<Option<AgentRow>> {
        let sql = AssertSql::new(format!("{AGENT} WHERE name = $1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(name).fetch_optional(pool).await)?)
    }

    /// The agent of an account.
    pub async fn agent_of(self, account: &str) -> Result<Option<AgentRow>> {
        let sql = AssertSql::new(format!("{AGENT} WHERE account = $1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(account).fetch_optional(pool).await)?)
    }

    /// Adds an agent; one who is there stays as they are. Whether they are new.
    pub async fn insert_agent(self, row: &AgentRow) -> Result<bool> {
        let sql = "INSERT INTO agents (name, account, standing, since, idle_since, beat_at, elsewhere_until, tab, tab_at, \
                   call, wrap_until, created_at, version) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
        let standing = text_of(&row.standing)?;
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&row.name)
            .bind(&row.account)
            .bind(&standing)
            .bind(row.since)
            .bind(row.idle_since)
            .bind(row.beat_at)
            .bind(row.elsewhere_until)
            .bind(&row.tab)
            .bind(row.tab_at)
            .bind(&row.call)
            .bind(row.wrap_until)
            .bind(row.created_at)
            .bind(row.version)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// A sign of life that changes nothing else. It does not count as a change of the row.
    pub async fn beat_agent(self, name: &str, at: i64, tab: Option<&str>, tab_at: i64) -> Result<()> {
        let sql = "UPDATE agents SET beat_at = $2, tab = $3, tab_at = $4 WHERE name = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(name).bind(at).bind(tab).bind(tab_at).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// A softphone elsewhere is signed in until `until`, and is there now.
    pub async fn agent_elsewhere(self, name: &str, until: i64, now: i64) -> Result<()> {
        let sql = "UPDATE agents SET elsewhere_at = $3, \
                   elsewhere_until = CASE WHEN elsewhere_until < $2 THEN $2 ELSE elsewhere_until END WHERE name = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(name).bind(until).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// A sign of life of a softphone elsewhere, at `at`; 0 when it did not answer. Whether it is signed in.
    pub async fn agent_seen_elsewhere(self, name: &str, at: i64, now: i64) -> Result<bool> {
        let sql = "UPDATE agents SET elsewhere_at = $2 WHERE name = $1 AND elsewhere_until > $3";
        let _turn = self.db.turn().await;
        let seen = on_db!(self, pool => sqlx::query(sql)
            .bind(name)
            .bind(at)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(seen == 1)
    }

    /// An agent's ledger from `since` on, with the entry before it, in order.
    pub async fn agent_states(self, agent: &str, since: i64) -> Result<Vec<AgentStateRow>> {
        let sql = "SELECT state, reason, since, call FROM agent_states WHERE agent = $1 AND version >= \
                   COALESCE((SELECT MAX(version) FROM agent_states WHERE agent = $1 AND since <= $2), 0) \
                   ORDER BY version";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(agent).bind(since).fetch_all(pool).await)?)
    }
}
