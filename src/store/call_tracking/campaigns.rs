//! Campaigns, the numbers assigned to them with their history, and the block list.

use std::collections::HashSet;

use sqlx::FromRow;

use super::project;
use super::rows::TrackedRow;
use crate::domain::call_tracking::campaign::{Campaign, Destination};
use crate::store::db::{Pools, on_db};
use crate::store::doors::Tracking;
use crate::store::error::{Result, StoreError};
use crate::store::tx::Tx;

/// Brings the history of a number up to date with the line that it leads to now.
macro_rules! note_campaign {
    ($connection:expr, $number:expr, $now:expr) => {{
        let end = "UPDATE campaign_numbers SET until_at = $2 WHERE number = $1 AND until_at IS NULL \
                   AND NOT EXISTS (SELECT 1 FROM numbers n WHERE n.number = $1 AND n.line = 'campaign' \
                                   AND n.target = campaign_numbers.campaign)";
        let begin = "INSERT INTO campaign_numbers (id, number, campaign, pool, from_at, until_at, leased_until) \
                     SELECT n.number || '-' || CAST($2 AS TEXT), n.number, n.target, FALSE, $2, NULL, 0 FROM numbers n \
                     WHERE n.number = $1 AND n.line = 'campaign' AND n.target IS NOT NULL AND NOT EXISTS \
                     (SELECT 1 FROM campaign_numbers c WHERE c.number = $1 AND c.until_at IS NULL)";
        sqlx::query(end).bind($number).bind($now).execute($connection).await?;
        sqlx::query(begin).bind($number).bind($now).execute($connection).await?;
    }};
}
pub(in crate::store) use note_campaign;

#[derive(FromRow)]
struct Raw {
    id: String,
    name: String,
    source: String,
    medium: String,
    landing: String,
    colour: String,
    cost: i64,
    starts: Option<i64>,
    ends: Option<i64>,
    destination: String,
    whisper: String,
    lease_minutes: i64,
    archived_at: Option<i64>,
}

impl TryFrom<Raw> for Campaign {
    type Error = StoreError;

    fn try_from(raw: Raw) -> Result<Self> {
        let destination = Destination::parse(&raw.destination).map_err(|_| StoreError::Unreadable("destination"))?;
        Ok(Self {
            id: raw.id,
            name: raw.name,
            source: raw.source,
            medium: raw.medium,
            landing: raw.landing,
            colour: raw.colour,
            cost: raw.cost,
            starts: raw.starts,
            ends: raw.ends,
            destination,
            whisper: raw.whisper,
            lease_minutes: raw.lease_minutes,
            archived: raw.archived_at.is_some(),
        })
    }
}

/// A number that is, or was, a campaign's.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct AssignedRow {
    pub id: String,
    pub number: String,
    pub campaign: String,
    pub pool: bool,
    /// ms UTC.
    pub from_at: i64,
    /// `None` while it is.
    pub until_at: Option<i64>,
    pub leased_until: i64,
}

/// A caller who is not put through.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BlockedRow {
    pub number: String,
    pub note: String,
    pub created_at: i64,
}

impl Tracking<'_> {
    /// Every campaign, archived ones too, by name.
    pub async fn campaigns(self) -> Result<Vec<Campaign>> {
        let sql = "SELECT id, name, source, medium, landing, colour, cost, starts, ends, destination, whisper, \
                   lease_minutes, archived_at FROM campaigns ORDER BY LOWER(name), id";
        let rows: Vec<Raw> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        rows.into_iter().map(Campaign::try_from).collect()
    }

    /// Adds a campaign, or changes the one of this id.
    pub async fn put_campaign(self, campaign: &Campaign, now: i64) -> Result<()> {
        let sql = "INSERT INTO campaigns (id, name, source, medium, landing, colour, cost, starts, ends, destination, \
                   whisper, lease_minutes, archived_at, created_at, updated_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) \
                   ON CONFLICT (id) DO UPDATE SET name = excluded.name, source = excluded.source, \
                   medium = excluded.medium, landing = excluded.landing, colour = excluded.colour, \
                   cost = excluded.cost, starts = excluded.starts, ends = excluded.ends, \
                   destination = excluded.destination, whisper = excluded.whisper, \
                   lease_minutes = excluded.lease_minutes, archived_at = excluded.archived_at, \
                   updated_at = excluded.updated_at";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&campaign.id)
            .bind(&campaign.name)
            .bind(&campaign.source)
            .bind(&campaign.medium)
            .bind(&campaign.landing)
            .bind(&campaign.colour)
            .bind(campaign.cost)
            .bind(campaign.starts)
            .bind(campaign.ends)
            .bind(campaign.destination.text())
            .bind(&campaign.whisper)
            .bind(campaign.lease_minutes)
            .bind(campaign.archived.then_some(now))
            .bind(now)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Every assignment of numbers to campaigns, past ones too, the newest first.
    pub async fn campaign_numbers(self) -> Result<Vec<AssignedRow>> {
        let sql = "SELECT id, number, campaign, pool, from_at, until_at, leased_until FROM campaign_numbers \
                   ORDER BY from_at DESC, id DESC";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Gives a number of ours to a campaign, from `now` on, and leads it there; `None` takes it away from whichever has
    /// it. Whether there is such a number. What it was before is kept as history.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn give_number(self, id: &str, number: &str, to: Option<(&str, bool)>, now: i64) -> Result<bool> {
        let end = "UPDATE campaign_numbers SET until_at = $2 WHERE number = $1 AND until_at IS NULL";
        let lead = "UPDATE numbers SET line = $2, target = $3, assigned_at = $4 WHERE number = $1";
        let begin = "INSERT INTO campaign_numbers (id, number, campaign, pool, from_at, until_at, leased_until) \
                     VALUES ($1, $2, $3, $4, $5, NULL, 0)";
        let (line, target) = to.map_or(("unassigned", None), |(campaign, _)| ("campaign", Some(campaign)));
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let led = sqlx::query(lead).bind(number).bind(line).bind(target).bind(now).execute(&mut *tx).await?;
            if led.rows_affected() != 1 {
                return Ok(false);
            }
            sqlx::query(end).bind(number).bind(now).execute(&mut *tx).await?;
            if let Some((campaign, pool)) = to {
                sqlx::query(begin).bind(id).bind(number).bind(campaign).bind(pool).bind(now).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        });
        Ok(true)
    }

    /// The block list, the newest first.
    pub async fn blocked(self) -> Result<Vec<BlockedRow>> {
        let sql = "SELECT number, note, created_at FROM blocked_callers ORDER BY created_at DESC, number";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// The numbers on the block list.
    pub async fn blocked_numbers(self) -> Result<HashSet<String>> {
        Ok(self.blocked().await?.into_iter().map(|row| row.number).collect())
    }

    /// Puts a number on the block list.
    pub async fn block(self, number: &str, note: &str, now: i64) -> Result<()> {
        let sql = "INSERT INTO blocked_callers (number, note, created_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (number) DO UPDATE SET note = excluded.note";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(number).bind(note).bind(now).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Takes a number off the block list. Whether it was on it.
    pub async fn unblock(self, number: &str) -> Result<bool> {
        let sql = "DELETE FROM blocked_callers WHERE number = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(number).execute(pool).await?.rows_affected() == 1))
    }

    /// What the operator says of a call: spam, no spam, or nothing. The call as it is now; `None` when there is none.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn say_spam(self, id: &str, said: Option<bool>) -> Result<Option<TrackedRow>> {
        let _turn = self.db.turn().await;
        match &self.db.pools {
            Pools::Sqlite(pool, _) => {
                let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                let row = project::say(&mut Tx::Sqlite(&mut tx), id, said).await?;
                tx.commit().await?;
                Ok(row)
            }
            Pools::Postgres(pool) => {
                // The loser against another node's event begins again.
                for _ in 0..8 {
                    let mut tx = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
                    let done = match project::say(&mut Tx::Postgres(&mut tx), id, said).await {
                        Ok(row) => tx.commit().await.map(|()| row),
                        Err(error) => Err(error),
                    };
                    match done {
                        Err(sqlx::Error::Database(error))
                            if matches!(error.code().as_deref(), Some("40001" | "40P01")) => {}
                        done => return Ok(done?),
                    }
                }
                Err(StoreError::Unavailable("other nodes change the same calls".into()))
            }
        }
    }
}
