//! What charts, lists and the CSV are made of.

use sqlx::Row as _;

use super::super::{Pools, Result, Store};
use super::project::{WHOLE, sums};
use super::{TrackedRow, columns};
use crate::domain::call_tracking::counts::Counts;

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

/// The conditions of a [`TrackedQuery`], parameters 1 to 12; `campaign` is asked for by its index when it is one.
macro_rules! conditions {
    ($campaign:literal) => {
        concat!(
            "t.day >= $1 AND t.day <= $2 AND ",
            $campaign,
            " AND (CAST($4 AS TEXT) IS NULL OR t.number = $4) AND (CAST($5 AS BOOLEAN) IS NULL OR t.spam = $5) \
              AND (CAST($6 AS TEXT) IS NULL OR ($6 = 'answered' AND t.answered) \
                   OR ($6 = 'missed' AND t.ended AND NOT t.answered) OR ($6 = 'running' AND NOT t.ended)) \
              AND (CAST($7 AS BIGINT) IS NULL OR t.hour = $7) \
              AND (CAST($8 AS BIGINT) IS NULL OR (t.day + 3) % 7 = $8) \
              AND (CAST($9 AS BOOLEAN) IS NULL OR (t.caller IS NOT NULL AND t.previous_day IS NULL) = $9) \
              AND (CAST($10 AS TEXT) IS NULL OR t.caller LIKE $10 ESCAPE '\\')"
        )
    };
}

const ONE: &str = conditions!("t.campaign = $3");
const MANY: &str = conditions!("(CAST($3 AS TEXT) IS NULL OR $3 LIKE '%,' || t.campaign || ',%')");

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
        let campaigns = match asked.campaigns.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            many => Some(format!(",{},", many.join(","))),
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

fn conditions(asked: &TrackedQuery) -> &'static str {
    if asked.campaigns.len() == 1 { ONE } else { MANY }
}

impl Store {
    /// The rollup, day by day and campaign by campaign, without the hours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tracked_days(&self, span: &Span) -> Result<Vec<(i64, String, Counts)>> {
        let sql = format!(
            "SELECT day, campaign, {} FROM tracking_days WHERE number = $1 AND spam = $2 AND day >= $3 AND day <= $4 \
             ORDER BY day, campaign",
            Counts::COLUMNS.join(", ")
        );
        let number = span.number.as_deref().unwrap_or(WHOLE);
        on_db!(self, pool => {
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(number).bind(span.spam).bind(span.from).bind(span.to);
            let mut days = Vec::new();
            for row in query.fetch_all(pool).await? {
                let mut numbers = [0; 57];
                for (at, number) in numbers.iter_mut().take(Counts::COLUMNS.len()).enumerate() {
                    *number = row.try_get(at + 2)?;
                }
                days.push((row.try_get(0)?, row.try_get(1)?, Counts::from_numbers(&numbers)));
            }
            Ok(days)
        })
    }

    /// The rollup by campaign, over all days, with the hours.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tracked_hours(&self, span: &Span) -> Result<Vec<(String, Counts)>> {
        let sums: Vec<String> = sums().iter().map(|column| format!("CAST(SUM({column}) AS BIGINT)")).collect();
        let sql = format!(
            "SELECT campaign, {} FROM tracking_days WHERE number = $1 AND spam = $2 AND day >= $3 AND day <= $4 \
             GROUP BY campaign ORDER BY campaign",
            sums.join(", ")
        );
        let number = span.number.as_deref().unwrap_or(WHOLE);
        on_db!(self, pool => {
            let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(number).bind(span.spam).bind(span.from).bind(span.to);
            let mut campaigns = Vec::new();
            for row in query.fetch_all(pool).await? {
                let mut numbers = [0; 57];
                for (at, number) in numbers.iter_mut().enumerate() {
                    *number = row.try_get(at + 1)?;
                }
                campaigns.push((row.try_get(0)?, Counts::from_numbers(&numbers)));
            }
            Ok(campaigns)
        })
    }

    /// How many people called, by campaign and (with the empty name) in all, counted call by call.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unique_callers(&self, asked: &TrackedQuery) -> Result<Vec<(String, i64)>> {
        let each = format!(
            "SELECT t.campaign, COUNT(DISTINCT t.caller) FROM tracked_calls t WHERE {} GROUP BY t.campaign",
            conditions(asked)
        );
        let all = format!("SELECT COUNT(DISTINCT t.caller) FROM tracked_calls t WHERE {}", conditions(asked));
        on_db!(self, pool => {
            let mut rows: Vec<(String, i64)> =
                bound!(sqlx::query_as(sqlx::AssertSqlSafe(each)), asked).fetch_all(pool).await?;
            let sum: i64 = bound!(sqlx::query_scalar(sqlx::AssertSqlSafe(all)), asked).fetch_one(pool).await?;
            rows.push((String::new(), sum));
            Ok(rows)
        })
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
            conditions(asked)
        );
        let (day, at, id) = asked.key.clone().unwrap_or((i64::MAX, i64::MAX, String::new()));
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
        let conditions = conditions(asked);
        let last = format!(
            "SELECT t.day, t.at, t.id FROM tracked_calls t WHERE {conditions} AND (t.day, t.at, t.id) > ($11, $12, $13) \
             ORDER BY t.day, t.at, t.id LIMIT 1 OFFSET $14"
        );
        // SQLite adds up in the order of the inner query; PostgreSQL promises nothing unless it is told.
        let order = if postgres { " ORDER BY day, at, id" } else { "" };
        let lines = format!(
            "SELECT string_agg(line, $17{order}) FROM (SELECT t.day, t.at, t.id, {} AS line FROM tracked_calls t \
             LEFT JOIN campaigns c ON c.id = t.campaign WHERE {conditions} AND (t.day, t.at, t.id) > ($11, $12, $13) \
             AND (t.day, t.at, t.id) <= ($14, $15, $16) ORDER BY t.day, t.at, t.id) AS piece",
            csv_line(postgres)
        );
        let (day, at, id) = asked.key.clone().unwrap_or((i64::MIN, i64::MIN, String::new()));
        on_db!(self, pool => {
            let query = bound!(sqlx::query_as(sqlx::AssertSqlSafe(last)), asked).bind(day).bind(at).bind(&id);
            let next: Option<(i64, i64, String)> =
                query.bind(i64::from(asked.limit.max(1)) - 1).fetch_optional(pool).await?;
            let (to_day, to_at, to_id) = next.clone().unwrap_or((i64::MAX, i64::MAX, String::new()));
            let query = bound!(sqlx::query_scalar(sqlx::AssertSqlSafe(lines)), asked).bind(day).bind(at).bind(&id);
            let text: Option<String> =
                query.bind(to_day).bind(to_at).bind(to_id).bind("\n").fetch_one(pool).await?;
            let text = text.map(|text| text + "\n").unwrap_or_default();
            Ok(CsvPiece { text, next })
        })
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

    #[test]
    fn callers_are_found_however_their_number_is_written() {
        assert_eq!(pattern("+44 7700"), Some("%447700%".into()));
        assert_eq!(pattern("visitor-01%"), Some("visitor-01%".into()));
        assert_eq!(pattern("%"), None);
    }
}
