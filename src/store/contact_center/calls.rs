//! Calls of the contact centre: found, listed and counted.

use super::sql::AssertSql;
use crate::domain::contact_center::call::DeskCall;
use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::Result;

/// A call of the contact centre.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeskCallRow {
    pub id: String,
    pub conversation: String,
    #[sqlx(rename = "record", try_from = "String")]
    pub call: DeskCall,
    pub ended: bool,
    pub agent: Option<String>,
    pub customer: Option<String>,
    pub unseen: bool,
    pub missed: bool,
    pub callback: bool,
    pub created_at: i64,
    pub version: i64,
}

impl TryFrom<String> for DeskCall {
    type Error = serde_json::Error;
    fn try_from(text: String) -> serde_json::Result<Self> {
        serde_json::from_str(&text)
    }
}

/// Which calls.
#[derive(Debug, Clone, Default)]
pub struct DeskCallQuery {
    pub agent: Option<String>,
    pub missed: bool,
    pub callback: bool,
    /// Older than this call.
    pub before: Option<String>,
    pub limit: u32,
}

const CALL: &str = "SELECT id, conversation, record, ended, agent, customer, unseen, missed, callback, created_at, \
                    version FROM desk_calls";

impl Desk<'_> {
    /// The call of this id.
    pub async fn call(self, id: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE id = $1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(id).fetch_optional(pool).await)?)
    }

    /// The call that a leg belongs to.
    pub async fn call_of_leg(self, leg: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE id = (SELECT call FROM desk_legs WHERE leg = $1)"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(leg).fetch_optional(pool).await)?)
    }

    /// The newest call whose customer is in a conversation.
    pub async fn call_in(self, conversation: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE conversation = $1 ORDER BY created_at DESC, id DESC LIMIT 1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(conversation).fetch_optional(pool).await)?)
    }

    /// The newest call with a customer that is not over.
    pub async fn open_call_with(self, customer: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!(
            "{CALL} WHERE customer = $1 AND NOT ended ORDER BY created_at DESC, id DESC LIMIT 1"
        ));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(customer).fetch_optional(pool).await)?)
    }

    /// Calls that are not over, the oldest first.
    pub async fn open_calls(self) -> Result<Vec<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE NOT ended ORDER BY created_at, id LIMIT 1000"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).fetch_all(pool).await)?)
    }

    /// Calls, the newest first.
    pub async fn calls(self, query: &DeskCallQuery) -> Result<Vec<DeskCallRow>> {
        let sql = AssertSql::new(format!(
            "{CALL} WHERE ($1 = '' OR id IN (SELECT call FROM desk_takers WHERE agent = $1)) AND (NOT $2 OR missed) AND (NOT $3 OR callback) \
             AND ($4 = '' OR id < $4) ORDER BY id DESC LIMIT $5"
        ));
        let agent = query.agent.clone().unwrap_or_default();
        let before = query.before.clone().unwrap_or_default();
        Ok(on_db!(self, pool => sqlx::query_as(sql.text())
            .bind(&agent)
            .bind(query.missed)
            .bind(query.callback)
            .bind(&before)
            .bind(i64::from(query.limit))
            .fetch_all(pool)
            .await)?)
    }

    /// Earlier calls with a customer, the newest first. To be asked for each spelling of a number: one that carriers write
    /// otherwise is the same customer.
    pub async fn calls_with(self, customer: &str, before: i64, limit: u32) -> Result<Vec<DeskCallRow>> {
        let sql = AssertSql::new(format!(
            "{CALL} WHERE customer = $1 AND created_at < $2 AND ended ORDER BY created_at DESC LIMIT $3"
        ));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text())
            .bind(customer)
            .bind(before)
            .bind(i64::from(limit))
            .fetch_all(pool)
            .await)?)
    }

    /// How many calls there were with a customer before; see [`Self::calls_with`].
    pub async fn count_calls_with(self, customer: &str, before: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM desk_calls WHERE customer = $1 AND created_at < $2";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(customer).bind(before).fetch_one(pool).await)?)
    }

    /// The newest calls that began since a time, ms UTC.
    pub async fn calls_since(self, since: i64) -> Result<Vec<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE created_at >= $1 ORDER BY created_at DESC LIMIT 20000"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(since).fetch_all(pool).await)?)
    }

    /// How many missed calls nobody has looked at, messages nobody has heard, callers to be called back; and messages
    /// that are not fetched yet.
    pub async fn badges(self) -> Result<(i64, i64, i64, i64)> {
        // Each thing to do is counted once. Where nothing was recorded there is a call to return, and no message; whether
        // something was said in a message is known when it is here.
        let sql = "SELECT (SELECT COUNT(*) FROM desk_calls d WHERE unseen AND NOT callback AND NOT EXISTS \
                           (SELECT 1 FROM voicemails v WHERE v.call = d.id AND v.state IN ('waiting', 'kept', 'failed'))), \
                   (SELECT COUNT(*) FROM voicemails WHERE heard_at IS NULL \
                    AND (state IN ('kept', 'failed') OR state = 'waiting' AND tries > 0)), \
                   (SELECT COUNT(*) FROM desk_calls WHERE callback), \
                   (SELECT COUNT(*) FROM voicemails WHERE state IN ('waiting', 'failed'))";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_one(pool).await)?)
    }

    /// The missed calls were looked at.
    pub async fn calls_seen(self) -> Result<()> {
        let sql = "UPDATE desk_calls SET unseen = FALSE WHERE unseen";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Calls of the contact centre that go on, though the platform told that they ended: `(id, when)`.
    pub async fn forgotten_calls(self) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT d.id, c.updated_at FROM desk_calls d LEFT JOIN call_moves m ON m.moved = d.conversation \
                   JOIN calls c ON c.conversation = COALESCE(m.home, d.conversation) WHERE NOT d.ended AND c.ended";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }
}
