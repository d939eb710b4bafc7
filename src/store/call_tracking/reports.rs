//! What charts, lists and the CSV are made of.

use std::collections::BTreeMap;

use sqlx::Row as _;

use super::super::{Pools, Result, Store};
use super::project::WHOLE;
use super::{TrackedRow, columns};
use crate::domain::call_tracking::counts::{Counts, NUMBERS};
use crate::domain::call_tracking::report::{Grain, Share};
use crate::domain::call_tracking::zone::{day_of, month_of};

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
}

/// A piece of the CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvPiece {
    /// Whole lines.
    pub text: String,
    /// Where the next piece begins; `None` after the last.
    pub next: Option<(i64, i64, String)>,
}

/// The first line of the CSV.
pub const CSV_HEAD: &str = "id,time,date,hour,campaign,number,caller,outcome,answered,first_call,talk_seconds,price_eur,\
                            hung_up_by,source,medium,term,landing_page,referrer,click_id,confidence,spam\n";

/// Where a list begins or ends tells where in the index: `+` keeps SQLite from starting at the period's first or last
/// day instead and passing over everything that earlier pages had, which makes many pages quadratic.
const PERIOD: &str = "t.day >= $1 AND t.day <= $2";
const UP_TO_KEY: &str = "t.day >= $1 AND +t.day <= $2";
const FROM_KEY: &str = "+t.day >= $1 AND t.day <= $2";

/// The conditions of a [`TrackedQuery`], parameters 1 to 10; a campaign and a number are asked for by their indexes.
fn conditions(asked: &TrackedQuery, period: &str) -> String {
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
         AND (CAST($10 AS TEXT) IS NULL OR t.caller LIKE $10 ESCAPE '\\')"
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
    let first = |month: i64| day_of(month.div_euclid(12), month.rem_euclid(12) + 1, 1);
    let starts = if first(month_of(from)) == from { month_of(from) } else { month_of(from) + 1 };
    // The month that the day behind the period is in is not whole.
    let (months, behind) = (first(starts), first(month_of(to + 1)));
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

/// A text as a field: quoted, and without what a spreadsheet would run as a formula.
fn field(column: &str) -> String {
    format!(
        "CASE WHEN {column} = '' THEN '' WHEN substr({column}, 1, 1) IN ('=', '+', '-', '@') \
         THEN '\"''' || replace({column}, '\"', '\"\"') || '\"' ELSE '\"' || replace({column}, '\"', '\"\"') || '\"' END"
    )
}

/// A line of the CSV, made by the database: a row that has to be handed over field by field costs more than it says.
#[must_use]
pub fn csv_line(postgres: bool) -> String {
    let (time, date) = if postgres {
        (
            "to_char(to_timestamp(t.at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
            "to_char(DATE '1970-01-01' + CAST(t.day AS INTEGER), 'YYYY-MM-DD')",
        )
    } else {
        ("strftime('%Y-%m-%dT%H:%M:%SZ', t.at / 1000, 'unixepoch')", "date(t.day * 86400, 'unixepoch')")
    };
    let word = |column: &str| format!("CASE WHEN {column} THEN 'yes' ELSE 'no' END");
    let price = "CASE WHEN t.price IS NULL THEN '' ELSE concat(t.price / 100000000, '.', \
                 substr(concat(100000000 + t.price % 100000000, ''), 2)) END";
    let fields = [
        "t.id".to_owned(),
        time.to_owned(),
        date.to_owned(),
        "t.hour".to_owned(),
        field("c.name"),
        "t.number".to_owned(),
        "t.caller".to_owned(),
        "t.outcome".to_owned(),
        word("t.answered"),
        word("(t.caller IS NOT NULL AND t.previous_day IS NULL)"),
        "t.talk_seconds".to_owned(),
        price.to_owned(),
        "t.hung_up_by".to_owned(),
        field("t.source"),
        field("t.medium"),
        field("t.term"),
        field("t.landing"),
        field("t.referrer"),
        field("t.click_id"),
        "t.confidence".to_owned(),
        "CASE WHEN t.spam THEN coalesce(t.reason, 'marked') ELSE '' END".to_owned(),
    ];
    format!("concat({})", fields.join(", ',', "))
}

/// A pattern for `LIKE` of the digits in a text; `None` when there are none.
fn pattern(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(visitor) = text.strip_prefix("visitor") {
        let plain: String = visitor.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        return Some(format!("visitor{plain}%"));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then(|| format!("%{digits}%"))
}

macro_rules! bound {
    ($query:expr, $asked:expr) => {{
        let asked: &TrackedQuery = $asked;
        let campaigns = match asked.one_campaign() {
            Some(one) => Some(one.to_owned()),
            None if asked.campaigns.is_empty() => None,
            None => Some(format!(",{},", asked.campaigns.join(","))),
        };
        $query
            .bind(asked.from)
            .bind(asked.to)
            .bind(campaigns)
            .bind(asked.number.clone())
            .bind(asked.spam)
            .bind(asked.outcome.clone())
            .bind(asked.hour)
            .bind(asked.weekday)
            .bind(asked.first)
            .bind(asked.caller.as_deref().and_then(pattern))
    }};
}

macro_rules! bound_span {
    ($query:expr, $span:expr, $part:expr) => {{
        let (span, part): (&Span, Part) = ($span, $part);
        let number = span.number.as_deref().unwrap_or(WHOLE);
        $query.bind(part.month).bind(number).bind(span.spam).bind(part.from).bind(part.to)
    }};
}

impl Store {
    /// The rollup of the whole period, by campaign.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tracked_sums(&self, span: &Span) -> Result<Vec<(String, Counts)>> {
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tracked_bars(&self, span: &Span, grain: Grain) -> Result<Vec<(i64, String, Share)>> {
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unique_callers(&self, asked: &TrackedQuery) -> Result<Vec<(String, i64)>> {
        let sql = format!(
            "WITH callers AS MATERIALIZED (SELECT DISTINCT t.campaign, t.caller FROM tracked_calls t \
             WHERE t.caller IS NOT NULL AND {}) SELECT campaign, COUNT(*) FROM callers GROUP BY campaign \
             UNION ALL SELECT '', COUNT(DISTINCT caller) FROM callers",
            conditions(asked, PERIOD)
        );
        Ok(on_db!(self, pool => bound!(sqlx::query_as(sqlx::AssertSqlSafe(sql)), asked).fetch_all(pool).await)?)
    }

    /// A page of tracked calls, newest first. Pages are found by key, so the last one costs what the first one does.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tracked_calls(&self, asked: &TrackedQuery) -> Result<Vec<TrackedRow>> {
        let sql = format!(
            "SELECT {} FROM tracked_calls t WHERE {} AND (t.day, t.at, t.id) < ($11, $12, $13) \
             ORDER BY t.day DESC, t.at DESC, t.id DESC LIMIT $14",
            columns!(),
            conditions(asked, UP_TO_KEY)
        );
        let (day, at, id) = asked.key.clone().unwrap_or((asked.to.saturating_add(1), i64::MIN, String::new()));
        Ok(on_db!(self, pool => bound!(sqlx::query_as(sqlx::AssertSqlSafe(sql)), asked)
            .bind(day)
            .bind(at)
            .bind(id)
            .bind(i64::from(asked.limit))
            .fetch_all(pool)
            .await)?)
    }

    /// The next `limit` lines of the CSV, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn csv_piece(&self, asked: &TrackedQuery) -> Result<CsvPiece> {
        let postgres = matches!(self.inner.pools, Pools::Postgres(_));
        // SQLite adds up in the order of the inner query; PostgreSQL promises nothing unless it is told.
        let order = if postgres { " ORDER BY day, at, id" } else { "" };
        let sql = format!(
            "SELECT COUNT(*), MAX(day), MAX(at), string_agg(line, $15{order}) FROM (SELECT t.day, t.at, t.id, {} AS line \
             FROM tracked_calls t LEFT JOIN campaigns c ON c.id = t.campaign WHERE {} \
             AND (t.day, t.at, t.id) > ($11, $12, $13) ORDER BY t.day, t.at, t.id LIMIT $14) AS piece",
            csv_line(postgres),
            conditions(asked, FROM_KEY)
        );
        let (day, at, id) = asked.key.clone().unwrap_or((asked.from, i64::MIN, String::new()));
        let limit = i64::from(asked.limit.max(1));
        let (lines, day, at, text): (i64, Option<i64>, Option<i64>, Option<String>) = on_db!(self, pool => {
            let query = bound!(sqlx::query_as(sqlx::AssertSqlSafe(sql)), asked).bind(day).bind(at).bind(&id);
            query.bind(limit).bind("\n").fetch_one(pool).await
        })?;
        let text = text.map(|text| text + "\n").unwrap_or_default();
        // The greatest day and time are the last line's, because a later call is of no earlier day. Its id is what it
        // begins with: a second query for it would pass over every row once more.
        let id = text.lines().next_back().and_then(|line| line.split(',').next()).unwrap_or_default().to_owned();
        let next = day.zip(at).filter(|_| lines == limit).map(|(day, at)| (day, at, id));
        Ok(CsvPiece { text, next })
    }

    /// When each number of a campaign was called, and by whom, the newest calls first: what the tracking sample shows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_by_number(&self, limit: u32) -> Result<Vec<(String, i64, Option<String>)>> {
        let sql = "SELECT number, at, caller FROM tracked_calls WHERE number <> '' \
                   ORDER BY day DESC, at DESC, id DESC LIMIT $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(i64::from(limit)).fetch_all(pool).await)?)
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use crate::domain::call_tracking::zone::parse_date;

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
        let (first, last) = (day_of(2024, 1, 1), day_of(2025, 3, 1));
        for from in (first..last).step_by(5) {
            for to in (from..last).step_by(3) {
                let parts = parts(from, to);
                assert_eq!((parts[0].from, parts[parts.len() - 1].to), (from, to));
                assert!(parts.windows(2).all(|pair| pair[0].to + 1 == pair[1].from));
                assert!(parts.iter().filter(|part| !part.month).all(|part| part.to - part.from < 60));
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
