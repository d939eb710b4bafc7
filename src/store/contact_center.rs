//! Agents, their calls, what is offered to whom. Every change is one transaction that happens whole or not at all: rows
//! are compared by version, and an open offer is unique for its call and for its agent.

use super::{Result, Store};

/// An agent; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AgentRow {
    pub name: String,
    pub account: String,
    pub standing: String,
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

/// A call of the contact centre.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DeskCallRow {
    pub id: String,
    pub conversation: String,
    pub record: String,
    pub ended: bool,
    pub agent: Option<String>,
    pub customer: Option<String>,
    pub unseen: bool,
    pub missed: bool,
    pub callback: bool,
    pub created_at: i64,
    pub version: i64,
}

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

/// Where an agent went: a line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AgentStateRow {
    pub state: String,
    pub reason: Option<String>,
    pub since: i64,
    pub call: Option<String>,
}

/// What is changed together. A row whose version is not the next of what is stored makes all of it not happen.
#[derive(Debug, Clone, Default)]
pub struct DeskChange {
    /// The rows as they shall be, with the version after the one that was read.
    pub agents: Vec<AgentRow>,
    /// What the ledger says, by agent: the state's name and reason.
    pub ledger: Vec<(String, AgentStateRow)>,
    pub calls: Vec<DeskCallRow>,
    pub new_calls: Vec<DeskCallRow>,
    /// In whose history a call is: `(agent, call)`.
    pub takers: Vec<(String, String)>,
    /// `(leg, call)`
    pub legs: Vec<(String, String)>,
    pub offer: Option<OfferRow>,
    /// Open offers that are over: `(id, outcome, at)`.
    pub closed: Vec<(String, &'static str, i64)>,
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

const AGENT: &str = "SELECT name, account, standing, since, idle_since, beat_at, elsewhere_until, \
                     elsewhere_at, tab, tab_at, call, wrap_until, created_at, version FROM agents";
const CALL: &str = "SELECT id, conversation, record, ended, agent, customer, unseen, missed, callback, created_at, \
                    version FROM desk_calls";
const OFFER: &str = "SELECT id, call, agent, kind, by_agent, leg, made_at, expires_at FROM offers";

impl Store {
    /// Every agent, the first made first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agents(&self) -> Result<Vec<AgentRow>> {
        let sql = AssertSql::new(format!("{AGENT} ORDER BY created_at, name"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).fetch_all(pool).await)?)
    }

    /// # Errors
    /// When the database fails.
    pub async fn agent(&self, name: &str) -> Result<Option<AgentRow>> {
        let sql = AssertSql::new(format!("{AGENT} WHERE name = $1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(name).fetch_optional(pool).await)?)
    }

    /// The agent of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agent_of(&self, account: &str) -> Result<Option<AgentRow>> {
        let sql = AssertSql::new(format!("{AGENT} WHERE account = $1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(account).fetch_optional(pool).await)?)
    }

    /// Adds an agent; one who is there stays as they are. Whether they are new.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_agent(&self, row: &AgentRow) -> Result<bool> {
        let sql = "INSERT INTO agents (name, account, standing, since, idle_since, beat_at, elsewhere_until, tab, tab_at, \
                   call, wrap_until, created_at, version) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
        let _turn = self.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(&row.name)
            .bind(&row.account)
            .bind(&row.standing)
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat_agent(&self, name: &str, at: i64, tab: Option<&str>, tab_at: i64) -> Result<()> {
        let sql = "UPDATE agents SET beat_at = $2, tab = $3, tab_at = $4 WHERE name = $1";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(name).bind(at).bind(tab).bind(tab_at).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// A softphone elsewhere is signed in until `until`, and is there now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agent_elsewhere(&self, name: &str, until: i64, now: i64) -> Result<()> {
        let sql = "UPDATE agents SET elsewhere_at = $3, \
                   elsewhere_until = CASE WHEN elsewhere_until < $2 THEN $2 ELSE elsewhere_until END WHERE name = $1";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(name).bind(until).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// A sign of life of a softphone elsewhere, at `at`; 0 when it did not answer. Whether it is signed in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agent_seen_elsewhere(&self, name: &str, at: i64, now: i64) -> Result<bool> {
        let sql = "UPDATE agents SET elsewhere_at = $2 WHERE name = $1 AND elsewhere_until > $3";
        let _turn = self.turn().await;
        let seen = on_db!(self, pool => sqlx::query(sql)
            .bind(name)
            .bind(at)
            .bind(now)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(seen == 1)
    }

    /// Does all of a change, or nothing of it: then somebody else changed a row first, or what is offered is taken.
    ///
    /// # Errors
    /// When the database fails; nothing was done, or it is not known.
    pub async fn change_desk(&self, change: &DeskChange) -> Result<bool> {
        let _turn = self.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for row in &change.agents {
                let sql = "UPDATE agents SET standing = $2, since = $3, idle_since = $4, elsewhere_until = $5, call = $6, \
                           wrap_until = $7, version = $8 WHERE name = $1 AND version = $9";
                let done = sqlx::query(sql)
                    .bind(&row.name)
                    .bind(&row.standing)
                    .bind(row.since)
                    .bind(row.idle_since)
                    .bind(row.elsewhere_until)
                    .bind(&row.call)
                    .bind(row.wrap_until)
                    .bind(row.version)
                    .bind(row.version - 1)
                    .execute(&mut *tx)
                    .await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
            }
            for (agent, line) in &change.ledger {
                let sql = "INSERT INTO agent_states (agent, version, state, reason, since, call) \
                           SELECT $1, version, $2, $3, $4, $5 FROM agents WHERE name = $1";
                sqlx::query(sql)
                    .bind(agent)
                    .bind(&line.state)
                    .bind(&line.reason)
                    .bind(line.since)
                    .bind(&line.call)
                    .execute(&mut *tx)
                    .await?;
            }
            for row in &change.calls {
                let sql = "UPDATE desk_calls SET conversation = $2, record = $3, ended = $4, agent = $5, customer = $6, \
                           unseen = $7, missed = $8, callback = $9, version = $10 WHERE id = $1 AND version = $11";
                let done = sqlx::query(sql)
                    .bind(&row.id)
                    .bind(&row.conversation)
                    .bind(&row.record)
                    .bind(row.ended)
                    .bind(&row.agent)
                    .bind(&row.customer)
                    .bind(row.unseen)
                    .bind(row.missed)
                    .bind(row.callback)
                    .bind(row.version)
                    .bind(row.version - 1)
                    .execute(&mut *tx)
                    .await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
            }
            for row in &change.new_calls {
                let sql = "INSERT INTO desk_calls (id, conversation, record, ended, agent, customer, unseen, missed, \
                           callback, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
                           ON CONFLICT DO NOTHING";
                let done = sqlx::query(sql)
                    .bind(&row.id)
                    .bind(&row.conversation)
                    .bind(&row.record)
                    .bind(row.ended)
                    .bind(&row.agent)
                    .bind(&row.customer)
                    .bind(row.unseen)
                    .bind(row.missed)
                    .bind(row.callback)
                    .bind(row.created_at)
                    .bind(row.version)
                    .execute(&mut *tx)
                    .await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
            }
            for (agent, call) in &change.takers {
                let sql = "INSERT INTO desk_takers (agent, call) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                sqlx::query(sql).bind(agent).bind(call).execute(&mut *tx).await?;
            }
            for (leg, call) in &change.legs {
                let sql = "INSERT INTO desk_legs (leg, call) VALUES ($1, $2) \
                           ON CONFLICT (leg) DO UPDATE SET call = excluded.call";
                sqlx::query(sql).bind(leg).bind(call).execute(&mut *tx).await?;
            }
            for (id, outcome, at) in &change.closed {
                let sql = "UPDATE offers SET outcome = $2, closed_at = $3 WHERE id = $1 AND outcome IS NULL";
                let done = sqlx::query(sql).bind(id).bind(*outcome).bind(*at).execute(&mut *tx).await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
            }
            if let Some(offer) = &change.offer {
                let sql = "INSERT INTO offers (id, call, agent, kind, by_agent, leg, made_at, expires_at) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
                let done = sqlx::query(sql)
                    .bind(&offer.id)
                    .bind(&offer.call)
                    .bind(&offer.agent)
                    .bind(&offer.kind)
                    .bind(&offer.by_agent)
                    .bind(&offer.leg)
                    .bind(offer.made_at)
                    .bind(offer.expires_at)
                    .execute(&mut *tx)
                    .await?;
                if done.rows_affected() != 1 {
                    return Ok(false);
                }
            }
            tx.commit().await?;
        });
        Ok(true)
    }

    /// What rings at an agent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offer_to(&self, agent: &str) -> Result<Option<OfferRow>> {
        let sql = AssertSql::new(format!("{OFFER} WHERE agent = $1 AND outcome IS NULL"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(agent).fetch_optional(pool).await)?)
    }

    /// Everything that rings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_offers(&self) -> Result<Vec<OfferRow>> {
        let sql = AssertSql::new(format!("{OFFER} WHERE outcome IS NULL ORDER BY made_at, id"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).fetch_all(pool).await)?)
    }

    /// The leg that rings for an offer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn offer_rings(&self, id: &str, leg: &str) -> Result<()> {
        let sql = "UPDATE offers SET leg = $2 WHERE id = $1 AND leg IS NULL";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(id).bind(leg).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// # Errors
    /// When the database fails.
    pub async fn desk_call(&self, id: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE id = $1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(id).fetch_optional(pool).await)?)
    }

    /// The call that a leg belongs to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_call_of_leg(&self, leg: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE id = (SELECT call FROM desk_legs WHERE leg = $1)"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(leg).fetch_optional(pool).await)?)
    }

    /// The newest call whose customer is in a conversation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_call_in(&self, conversation: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE conversation = $1 ORDER BY created_at DESC, id DESC LIMIT 1"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(conversation).fetch_optional(pool).await)?)
    }

    /// The newest call with a customer that is not over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_desk_call_with(&self, customer: &str) -> Result<Option<DeskCallRow>> {
        let sql = AssertSql::new(format!(
            "{CALL} WHERE customer = $1 AND NOT ended ORDER BY created_at DESC, id DESC LIMIT 1"
        ));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).bind(customer).fetch_optional(pool).await)?)
    }

    /// Calls that are not over, the oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_desk_calls(&self) -> Result<Vec<DeskCallRow>> {
        let sql = AssertSql::new(format!("{CALL} WHERE NOT ended ORDER BY created_at, id LIMIT 1000"));
        Ok(on_db!(self, pool => sqlx::query_as(sql.text()).fetch_all(pool).await)?)
    }

    /// Calls, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_calls(&self, query: &DeskCallQuery) -> Result<Vec<DeskCallRow>> {
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_calls_with(&self, customer: &str, before: i64, limit: u32) -> Result<Vec<DeskCallRow>> {
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

    /// How many calls there were with a customer before; see [`Self::desk_calls_with`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_desk_calls_with(&self, customer: &str, before: i64) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM desk_calls WHERE customer = $1 AND created_at < $2";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(customer).bind(before).fetch_one(pool).await)?)
    }

    /// How many missed calls nobody has looked at, messages nobody has heard, callers to be called back; and messages
    /// that are not fetched yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_badges(&self) -> Result<(i64, i64, i64, i64)> {
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn desk_calls_seen(&self) -> Result<()> {
        let sql = "UPDATE desk_calls SET unseen = FALSE WHERE unseen";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Calls of the contact centre that go on, though the platform told that they ended: `(id, when)`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgotten_desk_calls(&self) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT d.id, c.updated_at FROM desk_calls d LEFT JOIN call_moves m ON m.moved = d.conversation \
                   JOIN calls c ON c.conversation = COALESCE(m.home, d.conversation) WHERE NOT d.ended AND c.ended";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// The call flow with which a webhook was answered; the outer `None` when it has not come yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reply_to(&self, dedupe: &str) -> Result<Option<Option<String>>> {
        let sql = "SELECT ncco FROM webhooks WHERE dedupe = $1";
        let row: Option<(Option<String>,)> =
            on_db!(self, pool => sqlx::query_as(sql).bind(dedupe).fetch_optional(pool).await)?;
        Ok(row.map(|(ncco,)| ncco))
    }

    /// # Errors
    /// When the database fails.
    pub async fn insert_intent(
        &self,
        id: &str,
        agent: &str,
        number: &str,
        now: i64,
        used_by: Option<&str>,
    ) -> Result<()> {
        let sql = "INSERT INTO dial_intents (id, agent, number, made_at, used_by) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT DO NOTHING";
        let _turn = self.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(agent)
            .bind(number)
            .bind(now)
            .bind(used_by)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Uses an intent for a conversation: once, by its agent, for its number. Asking again for the same conversation is
    /// no second use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_intent(
        &self,
        id: &str,
        agent: &str,
        number: &str,
        conversation: &str,
        after: i64,
    ) -> Result<bool> {
        let sql = "UPDATE dial_intents SET used_by = $4 WHERE id = $1 AND agent = $2 AND number = $3 \
                   AND (used_by IS NULL OR used_by = $4) AND made_at > $5";
        let _turn = self.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(agent)
            .bind(number)
            .bind(conversation)
            .bind(after)
            .execute(pool)
            .await?
            .rows_affected()
            == 1))
    }

    /// How many calls an agent meant to place since `after`, and the first of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_intents(&self, agent: &str, after: i64) -> Result<(i64, Option<i64>)> {
        let sql = "SELECT COUNT(*), MIN(made_at) FROM dial_intents WHERE agent = $1 AND made_at > $2";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(agent).bind(after).fetch_one(pool).await)?)
    }

    /// An agent's ledger from `since` on, with the entry before it, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agent_states(&self, agent: &str, since: i64) -> Result<Vec<AgentStateRow>> {
        let sql = "SELECT state, reason, since, call FROM agent_states WHERE agent = $1 AND version >= \
                   COALESCE((SELECT MAX(version) FROM agent_states WHERE agent = $1 AND since <= $2), 0) \
                   ORDER BY version";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(agent).bind(since).fetch_all(pool).await)?)
    }
}

/// SQL that is put together from this module's constants only.
struct AssertSql(String);

impl AssertSql {
    fn new(text: String) -> Self {
        Self(text)
    }

    fn text(&self) -> sqlx::AssertSqlSafe<String> {
        sqlx::AssertSqlSafe(self.0.clone())
    }
}
