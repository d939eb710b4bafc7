//! The inbox, read back.

use super::db::on_db;
use super::doors::Webhooks;
use super::error::Result;
use super::text::of_call;

/// A webhook as it was stored; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WebhookRow {
    pub id: String,
    pub kind: String,
    pub method: String,
    pub received_at: i64,
    pub signed: bool,
    pub conversation: Option<String>,
    pub leg: Option<String>,
    pub raw: String,
    pub decision: Option<String>,
    pub problem: Option<String>,
    pub ncco: Option<String>,
}

/// Which webhooks to read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WebhookQuery {
    pub kind: Option<String>,
    /// Part of the body, or the conversation's or leg's id, in any letters.
    pub text: Option<String>,
    pub problems: bool,
    /// Only those with a smaller id, which are older.
    pub before: Option<String>,
    pub limit: i64,
}

/// The greatest number of a call's webhooks that are read at once: a timeline is for people.
const MOST: i64 = 2_000;

impl Webhooks<'_> {
    /// The webhooks of a call, in the order of their arrival.
    pub async fn of(self, conversation: &str) -> Result<Vec<WebhookRow>> {
        let sql = concat!(
            "SELECT id, kind, method, received_at, signed, conversation, leg, raw, decision, problem, ncco \
                   FROM webhooks WHERE ",
            of_call!(),
            " ORDER BY received_at, id LIMIT $2"
        );
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(conversation).bind(MOST).fetch_all(pool).await)?)
    }

    /// The webhooks that belong to no call, because they could not be read; newest first.
    pub async fn orphans(self, limit: u32) -> Result<Vec<WebhookRow>> {
        let sql = "SELECT id, kind, method, received_at, signed, conversation, leg, raw, decision, problem, ncco \
                   FROM webhooks WHERE conversation IS NULL ORDER BY id DESC LIMIT $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }

    /// Webhooks, newest first.
    pub async fn list(self, query: &WebhookQuery) -> Result<Vec<WebhookRow>> {
        let sql = "SELECT id, kind, method, received_at, signed, conversation, leg, raw, decision, problem, ncco \
                   FROM webhooks WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR id < $2) \
                   AND ($3 = 0 OR problem IS NOT NULL) \
                   AND ($4 = '' OR lower(raw) LIKE $4 ESCAPE '!' OR lower(COALESCE(problem, '')) LIKE $4 ESCAPE '!' \
                   OR conversation = $5 OR leg = $5) \
                   ORDER BY id DESC LIMIT $6";
        let text = query.text.as_deref().unwrap_or_default();
        let escaped = text.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        let like = if text.is_empty() { String::new() } else { format!("%{escaped}%") };
        Ok(on_db!(self, pool => sqlx::query_as(sql)
            .bind(query.kind.as_deref().unwrap_or_default())
            .bind(query.before.as_deref().unwrap_or_default())
            .bind(i64::from(query.problems))
            .bind(&like)
            .bind(text)
            .bind(query.limit)
            .fetch_all(pool)
            .await)?)
    }

    /// How many webhooks there are.
    pub async fn count(self) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM webhooks";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Forgets signatures noted before `before` (ms UTC): [`crate::domain::clock::Clocks::forgotten_before_ms`].
    pub async fn forget_signatures(self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM replays WHERE seen_at < $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(before).execute(pool).await?.rows_affected()))
    }
}
