//! The tracked calls and their rollup, kept in the transaction of the event that changes them.
//!
//! A rollup row is a sum over calls ([`Counts`]). Whenever a call changes, what it counted before is taken out and what
//! it counts now is put in, in the same transaction: so the rollup is exact at every moment, whatever comes late, twice
//! or out of order. What counts once for a caller (first call ever, first of a day) depends on the caller's call before
//! it; a call that finds its place between two others therefore changes the one behind it too.
//!
//! A caller is a telephone, in whichever of its spellings the carrier passed it on: they are counted by the canonical one
//! ([`crate::domain::phone::E164::canonical`]), and shown as they came.

use std::sync::LazyLock;

use super::rows::{TrackedRow, columns};
use crate::domain::call::Call;
use crate::domain::call::merge::Record;
use crate::domain::call_tracking::attribution::{Lease, Likely, REMEMBERED_MS, Source, likely};
use crate::domain::call_tracking::counts::{Counts, NUMBERS};
use crate::domain::call_tracking::rollup::{Changes, Key};
use crate::domain::call_tracking::spam::BURST_MS;
use crate::domain::call_tracking::track::Track;
use crate::domain::call_tracking::tracked::{Visitor, attribute, may_be_tracked};
use crate::domain::call_tracking::zone::Zone;
use crate::store::text::{Text, groups};
use crate::store::tx::{Tx, on_tx};

/// A call whose record this transaction changed.
pub(in crate::store) struct Touched<'a> {
    id: &'a str,
    call: &'a Call,
    track: Option<(&'a Track, i64)>,
    now: i64,
}

impl<'a> Touched<'a> {
    /// `None` for a call that cannot be tracked: then nothing is looked up.
    pub(in crate::store) fn of(record: &'a Record) -> Option<Self> {
        let track = record.track.as_ref().map(|(track, at)| (track, *at));
        may_be_tracked(&record.call, track.map(|(track, _)| track)).then_some(Self {
            id: &record.id,
            call: &record.call,
            track,
            now: record.updated_at,
        })
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

const SOON: &str = "SELECT id FROM tracked_calls WHERE caller = $1 AND at >= $2 AND at <= $3 AND id <> $4 \
                    ORDER BY at, id";

const LEASES: &str = "SELECT visitor, from_at, until_at FROM tracking_leases WHERE number = $1 AND from_at <= $2 \
                      AND until_at > $3 ORDER BY from_at DESC LIMIT 100";

const VISITOR: &str = "SELECT id, campaign, source, medium, term, landing, referrer, click, click_id \
                       FROM tracking_visitors WHERE id = $1";

const OF_VISIT: &str = "SELECT visitor FROM tracking_visits WHERE visit = $1";

const TELL: &str = "INSERT INTO tracking_deliveries (id, hook, call, state, tries, next_at, created_at) \
                    SELECT h.id || ':' || $1, h.id, $1, 'waiting', 0, $2, $2 FROM tracking_hooks h WHERE h.enabled \
                    ON CONFLICT (id) DO NOTHING";

#[derive(sqlx::FromRow)]
struct VisitorRow {
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

impl From<VisitorRow> for Visitor {
    fn from(row: VisitorRow) -> Self {
        let VisitorRow { id, campaign, source, medium, term, landing, referrer, click, click_id } = row;
        let source = Source { source, medium, term, landing, referrer, click, click_id, ..Source::default() };
        Self { id, campaign, source }
    }
}

/// Brings the tracked calls and the rollup up to date with the calls that were touched.
pub(in crate::store) async fn apply<'a>(
    tx: &mut Tx<'_>,
    touched: impl Iterator<Item = Touched<'a>>,
    zone: &Zone,
) -> sqlx::Result<()> {
    let mut changes = Changes::default();
    for Touched { id, call, track, now } in touched {
        let old = find(tx, id).await?;
        let new = match (&old, track) {
            (None, None) => None,
            (None, Some((track, at))) => fresh(tx, id, track, at, zone).await?,
            (Some(old), Some((_, at))) if at < old.at => {
                let mut moved = old.clone();
                moved.settle_at(at, zone);
                Some(moved)
            }
            (Some(old), _) => Some(old.clone()),
        };
        let Some(mut new) = new else { continue };
        new.learn(call);
        let over = new.ended && old.as_ref().is_none_or(|old| !old.ended);
        settle(tx, old, new, &mut changes).await?;
        if over {
            on_tx!(tx, connection => sqlx::query(TELL).bind(id).bind(now).execute(connection).await.map(drop))?;
        }
    }
    flush(tx, changes).await
}

/// What the operator says of a call: spam or not, or nothing. `None` when there is no such call.
pub(super) async fn say(tx: &mut Tx<'_>, id: &str, said: Option<bool>) -> sqlx::Result<Option<TrackedRow>> {
    let Some(old) = find(tx, id).await? else { return Ok(None) };
    let new = TrackedRow { said, ..old.clone() };
    let mut changes = Changes::default();
    settle(tx, Some(old), new, &mut changes).await?;
    flush(tx, changes).await?;
    find(tx, id).await
}

/// Adds sums to the rollup.
pub(super) async fn flush(tx: &mut Tx<'_>, changes: Changes) -> sqlx::Result<()> {
    for group in groups(&changes.into_sums()) {
        let sql = tx.sql(&ROLLUP, group.len());
        on_tx!(tx, connection => {
            let mut query = sqlx::query(sql);
            for (Key { month, number, spam, day, campaign }, counts) in group {
                query = query.bind(month).bind(number).bind(spam).bind(day).bind(campaign);
                for number in counts.numbers() {
                    query = query.bind(number);
                }
            }
            query.execute(connection).await.map(drop)?;
        });
    }
    Ok(())
}

async fn find(tx: &mut Tx<'_>, id: &str) -> sqlx::Result<Option<TrackedRow>> {
    on_tx!(tx, connection => sqlx::query_as(FIND).bind(id).fetch_optional(connection).await)
}

/// A call that nothing was counted for yet; `None` when it turns out to be of no campaign.
async fn fresh(tx: &mut Tx<'_>, id: &str, track: &Track, at: i64, zone: &Zone) -> sqlx::Result<Option<TrackedRow>> {
    let likely = match track {
        Track::Number { number, .. } => likely(&leases(tx, number, at).await?, at),
        // The browser itself says whose visit it is.
        Track::Visit { visit } => {
            let visitor: Option<String> = on_tx!(tx, connection => {
                sqlx::query_scalar(OF_VISIT).bind(visit).fetch_optional(connection).await?
            });
            visitor.map(|visitor| Likely { visitor, confidence: 100, candidates: 1 })
        }
    };
    let visitor = match likely {
        Some(likely) => {
            let found: Option<VisitorRow> = on_tx!(tx, connection => {
                sqlx::query_as(VISITOR).bind(&likely.visitor).fetch_optional(connection).await?
            });
            found.map(|found| (likely, found.into()))
        }
        None => None,
    };
    let row = attribute(track, visitor).map(|attributed| {
        let mut row = TrackedRow::new(id, attributed);
        row.settle_at(at, zone);
        row
    });
    Ok(row)
}

/// Who may have dialled a number at this time.
async fn leases(tx: &mut Tx<'_>, number: &str, at: i64) -> sqlx::Result<Vec<Lease>> {
    let rows: Vec<(String, i64, i64)> = on_tx!(tx, connection => sqlx::query_as(LEASES)
        .bind(number)
        .bind(at)
        .bind(at - REMEMBERED_MS)
        .fetch_all(connection)
        .await?);
    Ok(rows.into_iter().map(|(visitor, from, until)| Lease { visitor, from, until }).collect())
}

/// Inserts a call by time and decides again whether its neighbours are a burst.
async fn settle(
    tx: &mut Tx<'_>,
    old: Option<TrackedRow>,
    mut new: TrackedRow,
    changes: &mut Changes,
) -> sqlx::Result<()> {
    let place = |row: &TrackedRow| row.caller.clone().map(|caller| (caller, row.at));
    let before = old.as_ref().and_then(place);
    let after = place(&new);
    let moved = old.is_none() || before != after;
    if moved {
        new.recent = recent(tx, &new).await?;
    }
    new.judge();
    let id = new.id.clone();
    put(tx, old.as_ref(), new, changes).await?;
    if !moved {
        return Ok(());
    }
    for (caller, at) in [before, after].into_iter().flatten() {
        judge_again(tx, &caller, at, &id, changes).await?;
    }
    Ok(())
}

/// A call of this caller came to or left this time: decides again whether those soon after it are a burst.
async fn judge_again(tx: &mut Tx<'_>, caller: &str, at: i64, id: &str, changes: &mut Changes) -> sqlx::Result<()> {
    let soon: Vec<String> = on_tx!(tx, connection => sqlx::query_scalar(SOON)
        .bind(caller)
        .bind(at)
        .bind(at + BURST_MS)
        .bind(id)
        .fetch_all(connection)
        .await?);
    for id in soon {
        // One by one: the one before it in this list may have changed whom it follows.
        let Some(known) = find(tx, &id).await? else { continue };
        let mut again = known.clone();
        again.recent = recent(tx, &again).await?;
        again.judge();
        if again != known {
            put(tx, Some(&known), again, changes).await?;
        }
    }
    Ok(())
}

/// Calls of this caller in the minutes up to this one, this one included.
async fn recent(tx: &mut Tx<'_>, row: &TrackedRow) -> sqlx::Result<i64> {
    let Some(caller) = &row.caller else { return Ok(1) };
    let others: i64 = on_tx!(tx, connection => {
        let query = sqlx::query_scalar(RECENT).bind(caller).bind(row.at - BURST_MS).bind(row.at).bind(&row.id);
        query.fetch_one(connection).await?
    });
    Ok(others + 1)
}

/// Stores a call and counts it; `old` is what is stored and counted of it.
async fn put(
    tx: &mut Tx<'_>,
    old: Option<&TrackedRow>,
    mut new: TrackedRow,
    changes: &mut Changes,
) -> sqlx::Result<()> {
    let chain = |row: &TrackedRow| (row.caller.clone(), row.campaign.clone(), row.spam, row.at);
    if let Some(old) = old {
        changes.take(&old.counting());
        if chain(old) == chain(&new) {
            new.previous_day = old.previous_day;
            changes.add(&new.counting());
            return store(tx, &new).await;
        }
        follow(tx, old, old.previous_day, changes).await?;
        let sql = "DELETE FROM tracked_calls WHERE id = $1";
        on_tx!(tx, connection => sqlx::query(sql).bind(&old.id).execute(connection).await.map(drop))?;
    }
    new.previous_day = day_before(tx, &new).await?;
    follow(tx, &new, Some(new.day), changes).await?;
    changes.add(&new.counting());
    store(tx, &new).await
}

/// The day of the caller's call before this one.
async fn day_before(tx: &mut Tx<'_>, row: &TrackedRow) -> sqlx::Result<Option<i64>> {
    let Some(caller) = &row.caller else { return Ok(None) };
    on_tx!(tx, connection => {
        let query = sqlx::query_scalar(BEFORE).bind(caller).bind(&row.campaign).bind(row.spam);
        query.bind(row.at).bind(&row.id).fetch_optional(connection).await
    })
}

/// The caller's call behind `row`, if there is one, now follows a call of `previous_day`.
async fn follow(
    tx: &mut Tx<'_>,
    row: &TrackedRow,
    previous_day: Option<i64>,
    changes: &mut Changes,
) -> sqlx::Result<()> {
    let Some(caller) = &row.caller else { return Ok(()) };
    let behind: Option<TrackedRow> = on_tx!(tx, connection => {
        let query = sqlx::query_as(BEHIND).bind(caller).bind(&row.campaign).bind(row.spam);
        query.bind(row.at).bind(&row.id).fetch_optional(connection).await?
    });
    let Some(behind) = behind.filter(|behind| behind.previous_day != previous_day) else { return Ok(()) };
    changes.take(&behind.counting());
    let behind = TrackedRow { previous_day, ..behind };
    changes.add(&behind.counting());
    let sql = "UPDATE tracked_calls SET previous_day = $2 WHERE id = $1";
    on_tx!(tx, connection => sqlx::query(sql).bind(&behind.id).bind(previous_day).execute(connection).await.map(drop))
}

async fn store(tx: &mut Tx<'_>, row: &TrackedRow) -> sqlx::Result<()> {
    on_tx!(tx, connection => sqlx::query(PUT)
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
        .map(drop))
}
