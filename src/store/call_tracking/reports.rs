//! What charts and lists are made of, and which calls are meant.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::rows::{TrackedRow, columns};
use crate::domain::call_tracking::counts::{Counts, NUMBERS};
use crate::domain::call_tracking::report::{Grain, Share};
use crate::domain::call_tracking::rollup::WHOLE;
use crate::domain::call_tracking::zone::{month_start, next_month};
use crate::store::db::on_db;
use crate::store::doors::Tracking;
use crate::store::error::Result;

/// Which part of the rollup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// Days since 1970-01-01 where the business is; both are in it.
    pub from: i64,
    pub to: i64,
    /// One number only; `None` for whole campaigns.
    pub number: Option<String>,
    pub spam: bool,
}

/// Which tracked calls. Everything empty is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackedQuery {
    /// Days; both are in it.
    pub from: i64,
    pub to: i64,
    /// Campaigns; empty for all.
    pub campaigns: Vec<String>,
    pub number: Option<String>,
    pub spam: Option<bool>,
    /// `answered`, `missed`, `running`
    pub outcome: Option<String>,
    /// 0 to 23.
    pub hour: Option<i64>,
    /// 0 for Monday.
    pub weekday: Option<i64>,
    /// The caller's first call to the campaign, or a later one.
    pub first: Option<bool>,
    /// Part of the caller's number.
    pub caller: Option<String>,
    /// Only what is before (in lists) or after (in the CSV) this call: day, time, id.
    pub key: Option<(i64, i64, String)>,
    pub limit: u32,
}

impl TrackedQuery {
    /// The campaign whose index finds the calls; a number's index finds fewer.
    fn one_campaign(&self) -> Option<&str> {
        match self.campaigns.as_slice() {
            [one] if self.number.is_none() => Some(one),
            _ => None,
        }
    }

    /// Parameter 3.
    pub(super) fn campaigns_bound(&self) -> Option<String> {
        match self.one_campaign() {
            Some(one) => Some(one.to_owned()),
            None if self.campaigns.is_empty() => None,
            None => Some(format!(",{},", self.campaigns.join(","))),
        }
    }

    /// Parameter 10.
    pub(super) fn caller_bound(&self) -> Option<String> {
        self.caller.as_deref().and_then(pattern)
    }

    /// After what the CSV begins.
    pub(super) fn first_key(&self) -> (i64, i64, String) {
        self.key.clone().unwrap_or((self.from, i64::MIN, String::new()))
    }
}

/// Where a list begins or ends tells where in the index: `+` keeps SQLite from starting at the period's first or last
/// day instead and passing over everything that earlier pages had, which makes many pages quadratic.
const PERIOD: &str = "t.day >= $1 AND t.day <= $2";
const UP_TO_KEY: &str = "t.day >= $1 AND +t.day <= $2";
pub(super) const FROM_KEY: &str = "+t.day >= $1 AND t.day <= $2";

/// The conditions of a [`TrackedQuery`], parameters 1 to 10; a campaign and a number are asked for by their indexes.
pub(super) fn conditions(asked: &TrackedQuery, period: &str) -> String {
    let campaign = if asked.one_campaign().is_some() {
        "t.campaign = $3"
    } else {
        "(CAST($3 AS TEXT) IS NULL OR $3 LIKE '%,' || t.campaign || ',%')"
    };
    let number = if asked.number.is_some() { "t.number = $4" } else { "CAST($4 AS TEXT) IS NULL" };
    format!(
        "{period} AND {campaign} AND {number} AND (CAST($5 AS BOOLEAN) IS NULL OR t.spam = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR ($6 = 'answered' AND t.answered) \
              OR ($6 = 'missed' AND t.ended AND NOT t.answered) OR ($6 = 'running' AND NOT t.ended)) \
         AND (CAST($7 AS BIGINT) IS NULL OR t.hour = $7) \
         AND (CAST($8 AS BIGINT) IS NULL OR (t.day + 3) % 7 = $8) \
         AND (CAST($9 AS BOOLEAN) IS NULL OR (t.caller IS NOT NULL AND t.previous_day IS NULL) = $9) \
         AND (CAST($10 AS TEXT) IS NULL OR t.caller LIKE $10 ESCAPE '\\' OR t.shown LIKE $10 ESCAPE '\\')"
    )
}

/// A page of a list, newest first: parameters 11 to 13 are the key, 14 how many.
fn page(asked: &TrackedQuery) -> String {
    format!(
        "SELECT {} FROM tracked_calls t WHERE {} AND (t.day, t.at, t.id) < ($11, $12, $13) \
         ORDER BY t.day DESC, t.at DESC, t.id DESC LIMIT $14",
        columns!(),
        conditions(asked, UP_TO_KEY)
    )
}

/// A stretch of the period whose sums are read from rows of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    month: bool,
    from: i64,
    to: i64,
}

/// Cuts a period into its whole months and the days before and behind them, so that a long one costs no more rows.
fn parts(from: i64, to: i64) -> Vec<Part> {
    let months = if month_start(from) == from { from } else { next_month(from) };
    // The month that the day behind the period is in is not whole.
    let behind = month_start(to + 1);
    if months >= behind {
        return vec![Part { month: false, from, to }];
    }
    let parts = [
        Part { month: false, from, to: months - 1 },
        Part { month: true, from: months, to: behind - 1 },
        Part { month: false, from: behind, to },
    ];
    parts.into_iter().filter(|part| part.from <= part.to).collect()
}

/// A pattern for `LIKE` of the digits in a text; `None` when there are none.
fn pattern(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(visitor) = text.strip_prefix("visitor") {
        let plain: String = visitor.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        return Some(format!("visitor{plain}%"));
    }
    // A `%` stands where carriers add digits or drop them.
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '%').collect();
    digits.bytes().any(|byte| byte.is_ascii_digit()).then(|| format!("%{digits}%"))
}

macro_rules! bound {
    ($query:expr, $asked:expr) => {{
        let asked: &TrackedQuery = $asked;
        $query
            .bind(asked.from)
            .bind(asked.to)
            .bind(asked.campaigns_bound())
            .bind(asked.number.clone())
            .bind(asked.spam)
            .bind(asked.outcome.clone())
            .bind(asked.hour)
            .bind(asked.weekday)
            .bind(asked.first)
            .bind(asked.caller_bound())
    }};
}
pub(super) use bound;

macro_rules! bound_span {
    ($query:expr, $span:expr, $part:expr) => {{
        let (span, part): (&Span, Part) = ($span, $part);
        let number = span.number.as_deref().unwrap_or(WHOLE);
        $query.bind(part.month).bind(number).bind(span.spam).bind(part.from).bind(part.to)
    }};
}

impl Tracking<'_> {
    /// The rollup of the whole period, by campaign.
    pub async fn sums(self, span: &Span) -> Result<Vec<(String, Counts)>> {
        let columns = Counts::columns();
        let sums: Vec<String> = columns.iter().map(|column| format!("CAST(SUM({column}) AS BIGINT)")).collect();
        let sql = format!(
            "SELECT campaign, {} FROM tracking_rollup WHERE month = $1 AND number = $2 AND spam = $3 AND day >= $4 \
             AND day <= $5 GROUP BY campaign",
            sums.join(", ")
        );
        let mut campaigns: BTreeMap<String, Counts> = BTreeMap::new();
        on_db!(self, pool => {
            for part in parts(span.from, span.to) {
                for row in bound_span!(sqlx::query(sqlx::AssertSqlSafe(sql.clone())), span, part).fetch_all(pool).await? {
                    let mut numbers = [0; NUMBERS];
                    for (at, number) in numbers.iter_mut().enumerate() {
                        *number = row.try_get(at + 1)?;
                    }
                    *campaigns.entry(row.try_get(0)?).or_default() += &Counts::from_numbers(&numbers);
                }
            }
        });
        Ok(campaigns.into_iter().collect())
    }

    /// The rollup as a chart over time wants it: a day of each bar, the campaign, what is added to the bar.
    pub async fn bars(self, span: &Span, grain: Grain) -> Result<Vec<(i64, String, Share)>> {
        let day = match grain {
            Grain::Day | Grain::Month => "day",
            // Mondays: day 0 was a Thursday.
            Grain::Week => "day - (day + 3) % 7",
        };
        let parts = match grain {
            Grain::Day | Grain::Week => vec![Part { month: false, from: span.from, to: span.to }],
            Grain::Month => parts(span.from, span.to),
        };
        let sql = format!(
            "SELECT {day}, campaign, CAST(SUM(calls) AS BIGINT), CAST(SUM(answered) AS BIGINT) FROM tracking_rollup \
             WHERE month = $1 AND number = $2 AND spam = $3 AND day >= $4 AND day <= $5 GROUP BY 1, 2"
        );
        let mut bars = Vec::new();
        on_db!(self, pool => {
            for part in parts {
                let query = bound_span!(sqlx::query_as(sqlx::AssertSqlSafe(sql.clone())), span, part);
                let rows: Vec<(i64, String, i64, i64)> = query.fetch_all(pool).await?;
                bars.extend(rows.into_iter().map(|(day, id, calls, answered)| (day, id, Share { calls, answered })));
            }
        });
        Ok(bars)
    }

    /// How many people called, by campaign and (with the empty name) in all, counted call by call.
    pub async fn unique_callers(self, asked: &TrackedQuery) -> Result<Vec<(String, i64)>> {
        let sql = format!(
            "WITH callers AS MATERIALIZED (SELECT DISTINCT t.campaign, t.caller FROM tracked_calls t \
             WHERE t.caller IS NOT NULL AND {}) SELECT campaign, COUNT(*) FROM callers GROUP BY campaign \
             UNION ALL SELECT '', COUNT(DISTINCT caller) FROM callers",
            conditions(asked, PERIOD)
        );
        Ok(on_db!(self, pool => bound!(sqlx::query_as(sqlx::AssertSqlSafe(sql)), asked).fetch_all(pool).await)?)
    }

    /// A page of tracked calls, newest first. Pages are found by key, so the last one costs what the first one does.
    pub async fn calls(self, asked: &TrackedQuery) -> Result<Vec<TrackedRow>> {
        let (day, at, id) = asked.key.clone().unwrap_or((asked.to.saturating_add(1), i64::MIN, String::new()));
        Ok(on_db!(self, pool => bound!(sqlx::query_as(sqlx::AssertSqlSafe(page(asked))), asked)
            .bind(day)
            .bind(at)
            .bind(id)
            .bind(i64::from(asked.limit))
            .fetch_all(pool)
            .await)?)
    }

    /// When each number of ours was called last, ms UTC.
    pub async fn last_calls(self) -> Result<Vec<(String, i64)>> {
        let sql = "SELECT number, MAX(at) FROM tracked_calls WHERE number <> '' GROUP BY number";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// When each number of a campaign was called, and by whom, the newest calls first: what the tracking sample shows.
    pub async fn latest_by_number(self, limit: u32) -> Result<Vec<(String, i64, Option<String>)>> {
        let sql = "SELECT number, at, COALESCE(shown, caller) FROM tracked_calls WHERE number <> '' \
                   ORDER BY day DESC, at DESC, id DESC LIMIT $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }
}

#[cfg(test)]
mod unit {
    use jiff::civil::date;

    use super::super::csv;
    use super::*;
    use crate::domain::call_tracking::zone::{day_of, parse_date};
    use crate::store::db::Pools;
    use crate::store::testing::Database;

    #[test]
    fn long_periods_are_read_by_month() {
        let part = |month, from: &str, to: &str| {
            let day = |text| parse_date(text).unwrap();
            Part { month, from: day(from), to: day(to) }
        };
        let cut = |from, to| parts(part(false, from, to).from, part(false, from, to).to);
        assert_eq!(cut("2026-03-01", "2026-03-31"), [part(true, "2026-03-01", "2026-03-31")]);
        assert_eq!(cut("2026-03-02", "2026-03-31"), [part(false, "2026-03-02", "2026-03-31")]);
        assert_eq!(cut("2026-03-01", "2026-03-30"), [part(false, "2026-03-01", "2026-03-30")]);
        assert_eq!(cut("2026-03-31", "2026-04-01"), [part(false, "2026-03-31", "2026-04-01")]);
        assert_eq!(
            cut("2025-11-20", "2026-02-10"),
            [
                part(false, "2025-11-20", "2025-11-30"),
                part(true, "2025-12-01", "2026-01-31"),
                part(false, "2026-02-01", "2026-02-10")
            ]
        );
        let (first, last) = (day_of(date(2024, 1, 1)), day_of(date(2025, 3, 1)));
        for from in (first..last).step_by(5) {
            for to in (from..last).step_by(3) {
                let parts = parts(from, to);
                assert_eq!((parts[0].from, parts[parts.len() - 1].to), (from, to));
                assert!(parts.windows(2).all(|pair| pair[0].to + 1 == pair[1].from));
                assert!(parts.iter().filter(|part| !part.month).all(|part| part.to - part.from < 60));
            }
        }
    }

    /// Otherwise each page passes over all earlier ones again, and a long list takes the square of its length.
    #[tokio::test]
    async fn each_page_begins_in_the_index_where_the_last_one_ended() {
        let db = Database::sqlite().await;
        let Pools::Sqlite(_, readers) = &db.store.inner.db.pools else { unreachable!() };
        let all = TrackedQuery::default();
        let number = Some("442079460001".to_owned());
        let every = [
            (all.clone(), "by_day"),
            (TrackedQuery { outcome: Some("missed".into()), spam: Some(true), ..all.clone() }, "by_day"),
            (TrackedQuery { campaigns: vec!["a".into(), "b".into()], ..all.clone() }, "by_day"),
            (TrackedQuery { campaigns: vec!["a".into()], ..all.clone() }, "by_campaign"),
            (TrackedQuery { number, ..all }, "by_number"),
        ];
        for (asked, index) in every {
            for (sql, beyond) in [(page(&asked), "<"), (csv::statement(&asked), ">")] {
                let plan = readers.export.read(|db| {
                    let mut explained = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                    let mut steps = explained.raw_query();
                    let mut plan = String::new();
                    while let Some(step) = steps.next()? {
                        plan = format!("{plan}{}\n", step.get::<_, String>("detail")?);
                    }
                    Ok(plan)
                });
                let plan = plan.unwrap();
                // By itself or beside the other bound: `((day,at,id)>(?,?,?) AND day<?)`.
                let begins = plan.contains(&format!("SEARCH t USING INDEX tracked_calls_{index} ("))
                    && plan.contains(&format!("(day,at,id){beyond}(?,?,?)"));
                assert!(begins, "{asked:?}\n{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "nothing is sorted: {asked:?}\n{plan}");
            }
        }
    }

    #[test]
    fn callers_are_found_however_their_number_is_written() {
        assert_eq!(pattern("+44 7700"), Some("%447700%".into()));
        assert_eq!(pattern("visitor-01%"), Some("visitor-01%".into()));
        assert_eq!(pattern("%"), None);
    }
}
