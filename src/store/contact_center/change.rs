//! What is changed together: agents, their calls and what is offered to them.

use super::agents::{AgentRow, AgentStateRow};
use super::calls::DeskCallRow;
use super::offers::OfferRow;
use super::sql::text_of;
use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::Result;

/// What is changed together. A row whose version is not the next of what is stored makes all of it not happen.
#[derive(Debug, Clone, Default)]
pub struct DeskChange {
    /// The rows as they will be, with the version after the one that was read.
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

/// A value that is bound.
enum Value<'a> {
    Text(&'a str),
    /// JSON, made here.
    Json(String),
    Known(Option<&'a str>),
    Number(i64),
    Until(Option<i64>),
    Flag(bool),
}

/// One statement of a change.
struct Write<'a> {
    sql: &'static str,
    values: Vec<Value<'a>>,
    /// It must change a row: otherwise somebody else was first, and nothing is changed.
    must: bool,
}

impl Desk<'_> {
    /// Does all of a change, or nothing of it: then somebody else changed a row first, or what is offered is taken.
    ///
    /// # Errors
    /// When the database fails; nothing was done, or it is not known.
    pub async fn change(self, change: &DeskChange) -> Result<bool> {
        let writes = change.writes()?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for write in &writes {
                let mut query = sqlx::query(write.sql);
                for value in &write.values {
                    query = match value {
                        Value::Text(text) => query.bind(*text),
                        Value::Json(text) => query.bind(text.as_str()),
                        Value::Known(text) => query.bind(*text),
                        Value::Number(number) => query.bind(*number),
                        Value::Until(number) => query.bind(*number),
                        Value::Flag(flag) => query.bind(*flag),
                    };
                }
                let done = query.execute(&mut *tx).await?;
                if write.must && done.rows_affected() != 1 {
                    return Ok(false);
                }
            }
            tx.commit().await?;
        });
        Ok(true)
    }
}

impl DeskChange {
    /// The statements, in their order: an offer that is closed makes room for the one that is opened.
    fn writes(&self) -> Result<Vec<Write<'_>>> {
        let mut writes: Vec<Write<'_>> = self.agents.iter().map(agent).collect::<Result<_>>()?;
        writes.extend(self.ledger.iter().map(|(name, line)| ledger(name, line)));
        for row in &self.calls {
            writes.push(call(row)?);
        }
        for row in &self.new_calls {
            writes.push(new_call(row)?);
        }
        writes.extend(self.takers.iter().map(|(agent, call)| taker(agent, call)));
        writes.extend(self.legs.iter().map(|(leg, call)| leg_of(leg, call)));
        writes.extend(self.closed.iter().map(|(id, outcome, at)| closed_offer(id, outcome, *at)));
        writes.extend(self.offer.as_ref().map(offer));
        Ok(writes)
    }
}

/// An agent's row, if it is the one that was read.
fn agent(row: &AgentRow) -> Result<Write<'_>> {
    let sql = "UPDATE agents SET standing = $2, since = $3, idle_since = $4, elsewhere_until = $5, call = $6, \
               wrap_until = $7, version = $8 WHERE name = $1 AND version = $9";
    let values = vec![
        Value::Text(&row.name),
        Value::Json(text_of(&row.standing)?),
        Value::Number(row.since),
        Value::Number(row.idle_since),
        Value::Number(row.elsewhere_until),
        Value::Known(row.call.as_deref()),
        Value::Until(row.wrap_until),
        Value::Number(row.version),
        Value::Number(row.version - 1),
    ];
    Ok(Write { sql, values, must: true })
}

/// A line of an agent's ledger, under the version that their row has by now.
fn ledger<'a>(agent: &'a str, line: &'a AgentStateRow) -> Write<'a> {
    let sql = "INSERT INTO agent_states (agent, version, state, reason, since, call) \
               SELECT $1, version, $2, $3, $4, $5 FROM agents WHERE name = $1";
    let values = vec![
        Value::Text(agent),
        Value::Text(&line.state),
        Value::Known(line.reason.as_deref()),
        Value::Number(line.since),
        Value::Known(line.call.as_deref()),
    ];
    Write { sql, values, must: false }
}

/// A call's row, if it is the one that was read.
fn call(row: &DeskCallRow) -> Result<Write<'_>> {
    let sql = "UPDATE desk_calls SET conversation = $2, record = $3, ended = $4, agent = $5, customer = $6, \
               unseen = $7, missed = $8, callback = $9, version = $10 WHERE id = $1 AND version = $11";
    let mut values = call_values(row)?;
    values.extend([Value::Number(row.version), Value::Number(row.version - 1)]);
    Ok(Write { sql, values, must: true })
}

fn new_call(row: &DeskCallRow) -> Result<Write<'_>> {
    let sql = "INSERT INTO desk_calls (id, conversation, record, ended, agent, customer, unseen, missed, \
               callback, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
               ON CONFLICT DO NOTHING";
    let mut values = call_values(row)?;
    values.extend([Value::Number(row.created_at), Value::Number(row.version)]);
    Ok(Write { sql, values, must: true })
}

/// What both statements about a call's row bind first.
fn call_values(row: &DeskCallRow) -> Result<Vec<Value<'_>>> {
    Ok(vec![
        Value::Text(&row.id),
        Value::Text(&row.conversation),
        Value::Json(text_of(&row.call)?),
        Value::Flag(row.ended),
        Value::Known(row.agent.as_deref()),
        Value::Known(row.customer.as_deref()),
        Value::Flag(row.unseen),
        Value::Flag(row.missed),
        Value::Flag(row.callback),
    ])
}

fn taker<'a>(agent: &'a str, call: &'a str) -> Write<'a> {
    let sql = "INSERT INTO desk_takers (agent, call) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Write { sql, values: vec![Value::Text(agent), Value::Text(call)], must: false }
}

fn leg_of<'a>(leg: &'a str, call: &'a str) -> Write<'a> {
    let sql = "INSERT INTO desk_legs (leg, call) VALUES ($1, $2) ON CONFLICT (leg) DO UPDATE SET call = excluded.call";
    Write { sql, values: vec![Value::Text(leg), Value::Text(call)], must: false }
}

/// An offer that is over, if it was open.
fn closed_offer<'a>(id: &'a str, outcome: &'a str, at: i64) -> Write<'a> {
    let sql = "UPDATE offers SET outcome = $2, closed_at = $3 WHERE id = $1 AND outcome IS NULL";
    Write { sql, values: vec![Value::Text(id), Value::Text(outcome), Value::Number(at)], must: true }
}

fn offer(offer: &OfferRow) -> Write<'_> {
    let sql = "INSERT INTO offers (id, call, agent, kind, by_agent, leg, made_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let values = vec![
        Value::Text(&offer.id),
        Value::Text(&offer.call),
        Value::Text(&offer.agent),
        Value::Text(&offer.kind),
        Value::Known(offer.by_agent.as_deref()),
        Value::Known(offer.leg.as_deref()),
        Value::Number(offer.made_at),
        Value::Number(offer.expires_at),
    ];
    Write { sql, values, must: true }
}
