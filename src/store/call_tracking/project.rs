//! The tracked calls and their rollup, kept in the transaction of the event that changes them.
//!
//! A rollup row is a sum over calls ([`Counts`]). Whenever a call changes, what it counted before is taken out and what
//! it counts now is put in, in the same transaction: so the rollup is exact at every moment, whatever comes late, twice
//! or out of order. What counts once for a caller (first call ever, first of a day) depends on the caller's call before
//! it; a call that finds its place between two others therefore changes the one behind it too.
//!
//! A caller is a telephone, in whichever of its spellings the carrier passed it on: they are counted by the canonical one
//! ([`crate::domain::phone::E164::canonical`]), and shown as they came.

mod rollup;

use std::sync::LazyLock;

use sqlx::{PgConnection, SqliteConnection};

use super::super::writer::text::{Text, groups};
use super::{Track, TrackedRow, columns};
use crate::domain::call::Call;
use crate::domain::call_tracking::attribution::{Lease, REMEMBERED_MS, likely};
use crate::domain::call_tracking::counts::{Counts, NUMBERS};
use crate::domain::call_tracking::spam::BURST_MS;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::line::VISITOR_PREFIX;

pub(in crate::store) use rollup::Changes;
pub(super) use rollup::{COUNTING, Counting, CountingRow, Key, WHOLE};

/// A call whose record this transaction changed.
pub(in crate::store) struct Touched<'a> {
    id: &'a str,
    call: &'a Call,
    track: Option<&'a (Track, i64)>,
    now: i64,
}

impl<'a> Touched<'a> {
    /// `None` for a call that cannot be tracked: then nothing is looked up.
    pub(in crate::store) fn of(id: &'a str, call: &'a Call, track: Option<&'a (Track, i64)>, now: i64) -> Option<Self> {
        let visitor = call.user.as_deref().is_some_and(|user| user.starts_with(VISITOR_PREFIX));
        let may = track.is_some() || visitor || call.line.as_deref() == Some("campaign");
        may.then_some(Self { id, call, track, now })
    }
}

static ROLLUP: LazyLock<Text> = LazyLock::new(|| {
    let columns = Counts::columns();
    let key = "(month, number, spam, day, campaign";
    let head = format!("INSERT INTO tracking_rollup {key}, {}) VALUES", columns.join(", "));
    let added: Vec<String> =
        columns.iter().map(|column| format!("{column} = tracking_rollup.{column} + excluded.{column}")).collect();
    let tail = format!(" ON CONFLICT {key}) DO UPDATE SET {}", added.join(", "));
    Text::rows(&head, NUMBERS + 5, &tail)
});

const FIND: &str = concat!("SELECT ", columns!(), " FROM tracked_calls WHERE id = $1");

const PUT: &str = concat!(
    "INSERT INTO tracked_calls (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
     $23, $24, $25, $26, $27, $28, $29, $30, $31) ON CONFLICT (id) DO UPDATE SET ended = excluded.ended, \
     outcome = excluded.outcome, answered = excluded.answered, talk_seconds = excluded.talk_seconds, \
     seconds = excluded.seconds, price = excluded.price, hung_up_by = excluded.hung_up_by, recent = excluded.recent, \
     reason = excluded.reason, said = excluded.said, spam = excluded.spam, previous_day = excluded.previous_day, \
     shown = excluded.shown"
);

const BEFORE: &str = "SELECT day FROM tracked_calls WHERE caller = $1 AND campaign = $2 AND spam = $3 \
                      AND (at, id) < ($4, $5) ORDER BY at DESC, id DESC LIMIT 1";

const BEHIND: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tracked_calls WHERE caller = $1 AND campaign = $2 AND spam = $3 AND (at, id) > ($4, $5) \
     ORDER BY at, id LIMIT 1"
);

const RECENT: &str = "SELECT COUNT(*) FROM tracked_calls WHERE caller = $1 AND at >= $2 AND at <= $3 AND id <> $4";

const SOON: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tracked_calls WHERE caller = $1 AND at >= $2 AND at <= $3 AND id <> $4 ORDER BY at, id"
);

const LEASES: &str = "SELECT visitor, from_at, until_at FROM tracking_leases WHERE number = $1 AND from_at <= $2 \
                      AND until_at > $3 ORDER BY from_at DESC LIMIT 100";

const VISITOR: &str = "SELECT id, campaign, source, medium, term, landing, referrer, click, click_id \
                       FROM tracking_visitors WHERE id = $1";

const OF_VISIT: &str = "SELECT visitor FROM tracking_visits WHERE visit = $1";

const TELL: &str = "INSERT INTO tracking_deliveries (id, hook, call, state, tries, next_at, created_at) \
                    SELECT h.id || ':' || $1, h.id, $1, 'waiting', 0, $2, $2 FROM tracking_hooks h WHERE h.enabled \
                    ON CONFLICT (id) DO NOTHING";

#[derive(sqlx::FromRow)]
struct Visitor {
    id: String,
    campaign: Option<String>,
    source: String,
    medium: String,
    term: String,
    landing: String,
    referrer: String,
    click: String,
    click_id: String,
}

/// A call of which nothing is known but when it came.
fn unknown(id: &str, at: i64) -> TrackedRow {
    TrackedRow {
        id: id.to_owned(),
        campaign: String::new(),
        number: String::new(),
        caller: None,
        at,
        day: 0,
        hour: 0,
        ended: false,
        outcome: String::new(),
        answered: false,
        talk_seconds: None,
        seconds: None,
        price: None,
        hung_up_by: None,
        source: String::new(),
        medium: String::new(),
        term: String::new(),
        landing: String::new(),
        referrer: String::new(),
        click: String::new(),
        click_id: String::new(),
        visitor: None,
        confidence: None,
        candidates: 0,
        blocked: false,
        recent: 1,
        reason: None,
        said: None,
        spam: false,
        previous_day: None,
        shown: None,
    }
}

/// The same steps for each database; its queries are checked for its connection.
macro_rules! projection {
    ($name:ident, $connection:ty) => {
        pub(in crate::store) mod $name {
            use super::*;

            /// Brings the tracked calls and the rollup up to date with the calls that were touched.
            pub(in crate::store) async fn apply<'a>(
                connection: &mut $connection,
                touched: impl Iterator<Item = Touched<'a>>,
                zone: &Zone,
            ) -> sqlx::Result<()> {
                let mut changes = Changes::default();
                for touched in touched {
                    let old = find(connection, touched.id).await?;
                    let new = match (&old, touched.track) {
                        (None, None) => None,
                        (None, Some((track, at))) => fresh(connection, touched.id, track, *at, zone).await?,
                        (Some(old), Some((_, at))) if *at < old.at => {
                            let mut moved = old.clone();
                            moved.settle_at(*at, zone);
                            Some(moved)
                        }
                        (Some(old), _) => Some(old.clone()),
                    };
                    let Some(mut new) = new else { continue };
                    new.learn(touched.call);
                    let over = new.ended && old.as_ref().is_none_or(|old| !old.ended);
                    settle(connection, old, new, &mut changes).await?;
                    if over {
                        sqlx::query(TELL).bind(touched.id).bind(touched.now).execute(&mut *connection).await?;
                    }
                }
                flush(connection, changes).await
            }

            /// What the operator says of a call: spam or not, or nothing. `None` when there is no such call.
            pub(in crate::store) async fn say(
                connection: &mut $connection,
                id: &str,
                said: Option<bool>,
            ) -> sqlx::Result<Option<TrackedRow>> {
                let Some(old) = find(connection, id).await? else { return Ok(None) };
                let new = TrackedRow { said, ..old.clone() };
                let mut changes = Changes::default();
                settle(connection, Some(old), new, &mut changes).await?;
                flush(connection, changes).await?;
                find(connection, id).await
            }

            /// Adds sums to the rollup.
            pub(in crate::store) async fn flush(connection: &mut $connection, changes: Changes) -> sqlx::Result<()> {
                let rows = changes.into_rows();
                for group in groups(&rows) {
                    let mut query = sqlx::query(ROLLUP.$name(group.len()));
                    for (Key { month, number, spam, day, campaign }, counts) in group {
                        query = query.bind(month).bind(number).bind(spam).bind(day).bind(campaign);
                        for number in counts.numbers() {
                            query = query.bind(number);
                        }
                    }
                    query.execute(&mut *connection).await?;
                }
                Ok(())
            }

            async fn find(connection: &mut $connection, id: &str) -> sqlx::Result<Option<TrackedRow>> {
                sqlx::query_as(FIND).bind(id).fetch_optional(connection).await
            }

            /// A call that nothing was counted for yet; `None` when it turns out to be of no campaign.
            async fn fresh(
                connection: &mut $connection,
                id: &str,
                track: &Track,
                at: i64,
                zone: &Zone,
            ) -> sqlx::Result<Option<TrackedRow>> {
                let mut row = unknown(id, at);
                row.settle_at(at, zone);
                let visitor = match track {
                    Track::Number { campaign, number, source, medium, blocked } => {
                        row.campaign.clone_from(campaign);
                        row.number.clone_from(number);
                        row.source.clone_from(source);
                        row.medium.clone_from(medium);
                        row.blocked = *blocked;
                        let leases: Vec<(String, i64, i64)> = sqlx::query_as(LEASES)
                            .bind(number)
                            .bind(at)
                            .bind(at - REMEMBERED_MS)
                            .fetch_all(&mut *connection)
                            .await?;
                        let leases: Vec<Lease> =
                            leases.into_iter().map(|(visitor, from, until)| Lease { visitor, from, until }).collect();
                        likely(&leases, at).map(|likely| (likely.visitor, likely.confidence, likely.candidates))
                    }
                    // The browser itself says whose visit it is.
                    Track::Visit { visit } => {
                        let visitor: Option<String> =
                            sqlx::query_scalar(OF_VISIT).bind(visit).fetch_optional(&mut *connection).await?;
                        visitor.map(|visitor| (visitor, 100, 1))
                    }
                };
                if let Some((visitor, confidence, candidates)) = visitor {
                    let found: Option<Visitor> =
                        sqlx::query_as(VISITOR).bind(&visitor).fetch_optional(&mut *connection).await?;
                    if let Some(found) = found {
                        if row.number.is_empty() {
                            row.campaign = found.campaign.unwrap_or_default();
                            row.caller = Some(format!("{VISITOR_PREFIX}{}", found.id));
                        }
                        row.source = found.source;
                        row.medium = found.medium;
                        row.term = found.term;
                        row.landing = found.landing;
                        row.referrer = found.referrer;
                        row.click = found.click;
                        row.click_id = found.click_id;
                        row.visitor = Some(found.id);
                        row.confidence = Some(confidence);
                        row.candidates = candidates;
                    }
                }
                Ok((!row.campaign.is_empty()).then_some(row))
            }

            /// Inserts a call by time and decides again whether its neighbours are a burst.
            async fn settle(
                connection: &mut $connection,
                old: Option<TrackedRow>,
                mut new: TrackedRow,
                changes: &mut Changes,
            ) -> sqlx::Result<()> {
                let place = |row: &TrackedRow| row.caller.clone().map(|caller| (caller, row.at));
                let before = old.as_ref().and_then(place);
                let after = place(&new);
                let moved = old.is_none() || before != after;
                if moved {
                    new.recent = recent(connection, &new).await?;
                }
                new.judge();
                let id = new.id.clone();
                put(connection, old.as_ref(), new, changes).await?;
                if !moved {
                    return Ok(());
                }
                for (caller, at) in [before, after].into_iter().flatten() {
                    let soon: Vec<TrackedRow> = sqlx::query_as(SOON)
                        .bind(&caller)
                        .bind(at)
                        .bind(at + BURST_MS)
                        .bind(&id)
                        .fetch_all(&mut *connection)
                        .await?;
                    for stale in soon {
                        // The one before it in this list may have changed whom it follows.
                        let Some(known) = find(connection, &stale.id).await? else { continue };
                        let mut again = known.clone();
                        again.recent = recent(connection, &again).await?;
                        again.judge();
                        if again != known {
                            put(connection, Some(&known), again, changes).await?;
                        }
                    }
                }
                Ok(())
            }

            /// Calls of this caller in the minutes up to this one, this one included.
            async fn recent(connection: &mut $connection, row: &TrackedRow) -> sqlx::Result<i64> {
                let Some(caller) = &row.caller else { return Ok(1) };
                let query = sqlx::query_scalar(RECENT).bind(caller).bind(row.at - BURST_MS).bind(row.at).bind(&row.id);
                let others: i64 = query.fetch_one(connection).await?;
                Ok(others + 1)
            }

            /// Stores a call and counts it; `old` is what is stored and counted of it.
            async fn put(
                connection: &mut $connection,
                old: Option<&TrackedRow>,
                mut new: TrackedRow,
                changes: &mut Changes,
            ) -> sqlx::Result<()> {
                let chain = |row: &TrackedRow| (row.caller.clone(), row.campaign.clone(), row.spam, row.at);
                if let Some(old) = old {
                    if chain(old) == chain(&new) {
                        new.previous_day = old.previous_day;
                        changes.take(&old.into());
                        changes.add(&(&new).into());
                        return store(connection, &new).await;
                    }
                    changes.take(&old.into());
                    follow(connection, old, old.previous_day, changes).await?;
                    sqlx::query("DELETE FROM tracked_calls WHERE id = $1")
                        .bind(&old.id)
                        .execute(&mut *connection)
                        .await?;
                }
                new.previous_day = match &new.caller {
                    Some(caller) => {
                        let query = sqlx::query_scalar(BEFORE).bind(caller).bind(&new.campaign).bind(new.spam);
                        query.bind(new.at).bind(&new.id).fetch_optional(&mut *connection).await?
                    }
                    None => None,
                };
                follow(connection, &new, Some(new.day), changes).await?;
                changes.add(&(&new).into());
                store(connection, &new).await
            }

            /// The caller's call behind `row`, if there is one, now follows a call of `previous_day`.
            async fn follow(
                connection: &mut $connection,
                row: &TrackedRow,
                previous_day: Option<i64>,
                changes: &mut Changes,
            ) -> sqlx::Result<()> {
                let Some(caller) = &row.caller else { return Ok(()) };
                let query = sqlx::query_as(BEHIND).bind(caller).bind(&row.campaign).bind(row.spam);
                let behind: Option<TrackedRow> =
                    query.bind(row.at).bind(&row.id).fetch_optional(&mut *connection).await?;
                let Some(behind) = behind.filter(|behind| behind.previous_day != previous_day) else { return Ok(()) };
                changes.take(&(&behind).into());
                let behind = TrackedRow { previous_day, ..behind };
                changes.add(&(&behind).into());
                let sql = "UPDATE tracked_calls SET previous_day = $2 WHERE id = $1";
                sqlx::query(sql).bind(&behind.id).bind(previous_day).execute(connection).await?;
                Ok(())
            }

            async fn store(connection: &mut $connection, row: &TrackedRow) -> sqlx::Result<()> {
                sqlx::query(PUT)
                    .bind(&row.id)
                    .bind(&row.campaign)
                    .bind(&row.number)
                    .bind(&row.caller)
                    .bind(row.at)
                    .bind(row.day)
                    .bind(row.hour)
                    .bind(row.ended)
                    .bind(&row.outcome)
                    .bind(row.answered)
                    .bind(row.talk_seconds)
                    .bind(row.seconds)
                    .bind(row.price)
                    .bind(&row.hung_up_by)
                    .bind(&row.source)
                    .bind(&row.medium)
                    .bind(&row.term)
                    .bind(&row.landing)
                    .bind(&row.referrer)
                    .bind(&row.click)
                    .bind(&row.click_id)
                    .bind(&row.visitor)
                    .bind(row.confidence)
                    .bind(row.candidates)
                    .bind(row.blocked)
                    .bind(row.recent)
                    .bind(&row.reason)
                    .bind(row.said)
                    .bind(row.spam)
                    .bind(row.previous_day)
                    .bind(&row.shown)
                    .execute(connection)
                    .await
                    .map(drop)
            }
        }
    };
}

projection!(sqlite, SqliteConnection);
projection!(postgres, PgConnection);
