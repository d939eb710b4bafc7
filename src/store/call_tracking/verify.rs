//! Recomputes the tracked calls and the rollup, and compares them with what is kept.
//!
//! Three independent looks: every tracked call against its call record; who follows whom, and bursts, by the database's
//! window functions instead of the step-by-step bookkeeping of [`super::project`]; the rollup by adding every call up.

use futures::TryStreamExt as _;
use sqlx::FromRow as _;
use sqlx::Row as _;

use super::project::flush;
use super::rows::{COUNTING, CountingRow, TrackedRow, columns, counting};
use crate::domain::call::Call;
use crate::domain::call_tracking::counts::{Counts, NUMBERS};
use crate::domain::call_tracking::rollup::{Changes, Key, WHOLE};
use crate::domain::call_tracking::zone::Zone;
use crate::store::db::{Pools, on_db};
use crate::store::doors::Tracking;
use crate::store::error::{Result, StoreError};
use crate::store::tx::Tx;

/// What a comparison found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Tracked calls, and rows of the rollup, that were compared.
    pub calls: u64,
    pub rows: u64,
    pub differences: u64,
    /// The first of them, in words.
    pub first: Vec<String>,
}

/// The day from which on callers are known: retention took the people out of older calls, and what a caller did before it
/// is told by `previous_day` alone.
macro_rules! callers_since {
    () => {
        "COALESCE((SELECT CAST(value AS BIGINT) / 86400000 FROM tracking_meta WHERE key = 'callers_since'), -1)"
    };
}

/// So many differences are told in words.
const TOLD: usize = 20;

impl Verified {
    fn differs(&mut self, count: u64, what: impl FnOnce() -> String) {
        if count == 0 {
            return;
        }
        self.differences += count;
        if self.first.len() < TOLD {
            self.first.push(what());
        }
    }
}

const CHAIN: &str = concat!(
    "SELECT COUNT(*) FROM (SELECT previous_day AS kept, LAG(day) OVER (PARTITION BY caller, campaign, \
     spam ORDER BY at, id) AS wanted FROM tracked_calls WHERE caller IS NOT NULL) AS t \
     WHERE kept IS DISTINCT FROM wanted AND NOT (wanted IS NULL AND kept <= ",
    callers_since!(),
    ")"
);

/// The number of calls just before each call, as it is kept and as it is counted.
macro_rules! recent {
    () => {
        "(SELECT id, recent AS kept, COUNT(*) OVER (PARTITION BY caller ORDER BY at \
         RANGE BETWEEN 600000 PRECEDING AND CURRENT ROW) AS wanted FROM tracked_calls WHERE caller IS NOT NULL) AS t"
    };
}

const BURSTS: &str = concat!("SELECT COUNT(*) FROM ", recent!(), " WHERE kept <> wanted");

/// Only those that have more calls before them than was known: where retention took the people out, there are fewer.
const MORE: &str = concat!("SELECT id, wanted FROM ", recent!(), " WHERE kept < wanted");

const FIND: &str = concat!("SELECT ", columns!(), " FROM tracked_calls WHERE id = $1");

const WITHHELD: &str =
    "SELECT COUNT(*) FROM tracked_calls WHERE caller IS NULL AND (previous_day IS NOT NULL OR recent <> 1)";

const MISSED: &str = "SELECT COUNT(*) FROM calls WHERE line = 'campaign' \
                      AND NOT EXISTS (SELECT 1 FROM tracked_calls WHERE tracked_calls.id = calls.id)";

const RECORDS: &str = "SELECT r.record, t.id, t.campaign, t.number, t.caller, t.at, t.day, t.hour, t.ended, t.outcome, \
                       t.answered, t.talk_seconds, t.seconds, t.price, t.hung_up_by, t.source, t.medium, t.term, \
                       t.landing, t.referrer, t.click, t.click_id, t.visitor, t.confidence, t.candidates, t.blocked, \
                       t.recent, t.reason, t.said, t.spam, t.previous_day, t.shown \
                       FROM tracked_calls t JOIN calls r ON r.id = t.id";

const ZONE: &str = "SELECT value FROM tracking_meta WHERE key = 'zone'";

const RECHAIN: &str = concat!(
    "UPDATE tracked_calls SET previous_day = w.wanted FROM (SELECT id AS of, LAG(day) OVER \
     (PARTITION BY caller, campaign, spam ORDER BY at, id) AS wanted FROM tracked_calls \
     WHERE caller IS NOT NULL) AS w \
     WHERE w.of = tracked_calls.id AND tracked_calls.previous_day IS DISTINCT FROM w.wanted \
     AND NOT (w.wanted IS NULL AND tracked_calls.previous_day <= ",
    callers_since!(),
    ")"
);

/// How many calls are recounted at a time.
const PAGE: i64 = 10_000;

fn rollup() -> String {
    format!("SELECT month, number, spam, day, campaign, {} FROM tracking_rollup", Counts::columns().join(", "))
}

impl Tracking<'_> {
    /// The name of the zone that the days were computed with.
    pub async fn counted_zone(self) -> Result<Option<String>> {
        Ok(on_db!(self, pool => sqlx::query_scalar(ZONE).fetch_optional(pool).await)?)
    }

    /// Recomputes everything and compares, in one view of the database: a running server does not disturb it.
    pub async fn verify(self, zone: &Zone) -> Result<Verified> {
        let mut found = Verified::default();
        let snapshot = matches!(self.db.pools, Pools::Postgres(_));
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            if snapshot {
                sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").execute(&mut *tx).await?;
            }
            for (sql, what) in [
                (CHAIN, "calls are not known by the caller's call before them"),
                (BURSTS, "calls have another number of calls just before them"),
                (WITHHELD, "calls of withheld numbers are counted like a caller's"),
                (MISSED, "calls to a campaign's number are not tracked"),
            ] {
                let count: i64 = sqlx::query_scalar(sql).fetch_one(&mut *tx).await?;
                found.differs(count.unsigned_abs(), || format!("{count} {what}"));
            }
            {
                let mut rows = sqlx::query(RECORDS).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    let record: String = row.try_get(0)?;
                    compare(&TrackedRow::from_row(&row)?, &record, zone, &mut found)?;
                }
            }
            let mut wanted = Changes::default();
            {
                let mut rows = sqlx::query_as::<_, CountingRow>(COUNTING).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    found.calls += 1;
                    wanted.add(&counting(row));
                }
            }
            let mut wanted: std::collections::HashMap<_, _> = wanted.into_sums().into_iter().collect();
            let sql = rollup();
            let mut rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch(&mut *tx);
            while let Some(row) = rows.try_next().await? {
                let key = Key {
                    month: row.try_get(0)?,
                    number: row.try_get(1)?,
                    spam: row.try_get(2)?,
                    day: row.try_get(3)?,
                    campaign: row.try_get(4)?,
                };
                let mut numbers = [0_i64; NUMBERS];
                for (at, number) in numbers.iter_mut().enumerate() {
                    *number = row.try_get(at + 5)?;
                }
                let (kept, wanted) = (Counts::from_numbers(&numbers), wanted.remove(&key).unwrap_or_default());
                found.rows += 1;
                found.differs(u64::from(kept != wanted), || told(&key, kept, wanted));
            }
            for (key, wanted) in wanted {
                found.differs(1, || told(&key, Counts::default(), wanted));
            }
        });
        Ok(found)
    }

    /// Recomputes days, hours, bursts and the rollup, and keeps them: after the business moved to another time zone, or
    /// an upgrade found out that two callers are one.
    /// Takes a second or so for every 100,000 calls, in which nothing else is written.
    ///
    /// # Errors
    /// When the database fails; then nothing has changed.
    pub async fn recount(self, zone: &Zone) -> Result<()> {
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let mut after = String::new();
            loop {
                let sql = "SELECT id, at, day, hour FROM tracked_calls WHERE id > $1 ORDER BY id LIMIT $2";
                let rows: Vec<(String, i64, i64, i64)> =
                    sqlx::query_as(sql).bind(&after).bind(PAGE).fetch_all(&mut *tx).await?;
                let Some((last, ..)) = rows.last() else { break };
                after.clone_from(last);
                for (id, at, day, hour) in rows {
                    let (new_day, new_hour) = zone.day_and_hour(at);
                    if (new_day, i64::from(new_hour)) != (day, hour) {
                        let sql = "UPDATE tracked_calls SET day = $2, hour = $3 WHERE id = $1";
                        sqlx::query(sql).bind(id).bind(new_day).bind(i64::from(new_hour)).execute(&mut *tx).await?;
                    }
                }
            }
            let more: Vec<(String, i64)> = sqlx::query_as(MORE).fetch_all(&mut *tx).await?;
            for (id, recent) in more {
                let row: TrackedRow = sqlx::query_as(FIND).bind(id).fetch_one(&mut *tx).await?;
                let mut row = TrackedRow { recent, ..row };
                row.judge();
                let sql = "UPDATE tracked_calls SET recent = $2, reason = $3, spam = $4 WHERE id = $1";
                let query = sqlx::query(sql).bind(row.id).bind(row.recent).bind(row.reason).bind(row.spam);
                query.execute(&mut *tx).await?;
            }
            sqlx::query(RECHAIN).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM tracking_rollup").execute(&mut *tx).await?;
            let mut changes = Changes::default();
            {
                let mut rows = sqlx::query_as::<_, CountingRow>(COUNTING).fetch(&mut *tx);
                while let Some(row) = rows.try_next().await? {
                    changes.add(&counting(row));
                }
            }
            flush(&mut Tx::from(&mut *tx), changes).await?;
            let sql = "INSERT INTO tracking_meta (key, value) VALUES ('zone', $1) \
                       ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            sqlx::query(sql).bind(zone.name()).execute(&mut *tx).await?;
            tx.commit().await?;
        });
        Ok(())
    }
}

/// A tracked call against its record.
fn compare(kept: &TrackedRow, record: &str, zone: &Zone, found: &mut Verified) -> Result<()> {
    let call: Call = serde_json::from_str(record).map_err(|_| StoreError::Unreadable("call record"))?;
    let mut wanted = kept.clone();
    wanted.settle_at(kept.at, zone);
    wanted.learn(&call);
    wanted.judge();
    found.differs(u64::from(wanted != *kept), || format!("call {} is not what its record says", kept.id));
    Ok(())
}

fn told(Key { month, number, spam, day, campaign }: &Key, kept: Counts, wanted: Counts) -> String {
    let what = if number == WHOLE { "in all".to_owned() } else { format!("number ending {}", ending(number)) };
    let mut date = crate::domain::call_tracking::zone::date_text(*day);
    if *month {
        date.truncate("2026-11".len());
    }
    let spam = if *spam { ", spam" } else { "" };
    format!("campaign {campaign}, {date}, {what}{spam}: {} calls kept, {} counted", kept.calls, wanted.calls)
}

fn ending(number: &str) -> &str {
    number.get(number.len().saturating_sub(4)..).unwrap_or_default()
}
