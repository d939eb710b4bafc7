//! Charts, lists and the CSV.

use jiff::ToSpan as _;
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;

use super::tracked::{TrackedCall, tracked};
use super::tracking::Tracking;
use crate::domain::call_tracking::campaign::{Campaign, FieldError};
use crate::domain::call_tracking::report::{Grain, Material, Period};
use crate::domain::call_tracking::zone::{date_of, day_of, parse_date};
use crate::domain::trouble::Trouble;
use crate::service::core::ServiceError;
use crate::service::lines::Lines;
use crate::store::Store;
use crate::store::call_tracking::csv::{BYTE_ORDER_MARK, CSV_HEAD, CsvFor};
use crate::store::call_tracking::reports::{Span, TrackedQuery};

/// With what a period is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Versus {
    #[default]
    Nothing,
    /// As many days just before.
    Before,
    /// The same days a year earlier.
    YearBefore,
}

/// What a report is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportAsk {
    /// Days; both are in it.
    pub from: i64,
    pub to: i64,
    pub campaign: Option<String>,
    pub source: Option<String>,
    pub medium: Option<String>,
    /// Digits.
    pub number: Option<String>,
    /// Only what is taken for spam, instead of only what is not.
    pub spam: bool,
    pub versus: Versus,
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackingReport {
    pub period: Period,
    pub before: Option<Period>,
    /// Calls of the period that are taken for spam and are not in its figures.
    pub left_out: i64,
}

/// Which tracked calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallsAsk {
    pub report: ReportAsk,
    /// `None`: spam or not.
    pub spam: Option<bool>,
    /// `answered`, `missed`, `running`
    pub outcome: Option<String>,
    pub hour: Option<i64>,
    /// 0 for Monday.
    pub weekday: Option<i64>,
    pub first: Option<bool>,
    pub caller: Option<String>,
    /// [`TrackedPage::next`] of the page before.
    pub before: Option<String>,
    /// At most this many, 1 to 1000; 0 means 50.
    pub limit: u32,
}

/// A page of tracked calls, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrackedPage {
    /// The calls of this page.
    pub calls: Vec<TrackedCall>,
    /// What to send as `before` for the next page; null on the last page.
    pub next: Option<String>,
}

/// Up to this many calls of a period, callers are counted one by one; beyond, by month from the rollup. Looking a call up
/// takes some microseconds, and a chart has to be there at once.
const COUNTED: i64 = 5_000;
const PAGE: u32 = 50;
const GREATEST_PAGE: u32 = 1000;
/// Lines of the CSV that are made at a time: a megabyte or so.
const LINES: u32 = 4_000;

/// How many days a report covers when nothing is said, and at most.
const DAYS: i64 = 30;
const MOST_DAYS: i64 = 3_700;

impl ReportAsk {
    /// Reads the fields of a query: `from` and `to` (dates, the last 30 days without them), `campaign`, `source`,
    /// `medium`, `number`, `spam=only`, `versus=before|year`.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(field: impl Fn(&str) -> Option<String>, lines: &Lines) -> Result<Self, FieldError> {
        let today = lines.today();
        let given = |name: &str| field(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let date = |name: &str| match given(name) {
            None => Ok(None),
            Some(text) => parse_date(&text).map(Some).ok_or_else(|| wrong(name, Trouble::Date)),
        };
        let (from, to) = (date("from")?, date("to")?);
        let to = to.unwrap_or_else(|| from.map_or(today, |from| today.max(from)));
        let from = from.unwrap_or(to - DAYS + 1);
        if to < from {
            return Err(wrong("to", Trouble::BeforeStart));
        }
        if to - from >= MOST_DAYS {
            return Err(wrong("from", Trouble::Other("is more than ten years before to".into())));
        }
        let number = match given("number") {
            None => None,
            // Calls from the browser dialled none.
            Some(text) if text == "browser" => Some(String::new()),
            Some(text) => {
                let number = lines.read_own_number(&text);
                Some(number.map_err(|error| wrong("number", error))?.digits().to_owned())
            }
        };
        let versus = match given("versus").as_deref() {
            None | Some("none") => Versus::Nothing,
            Some("before") => Versus::Before,
            Some("year") => Versus::YearBefore,
            Some(_) => return Err(wrong("versus", Trouble::Other("is before, year or none".into()))),
        };
        let spam = given("spam").as_deref() == Some("only");
        let (campaign, source, medium) = (given("campaign"), given("source"), given("medium"));
        Ok(Self { from, to, campaign, source, medium, number, spam, versus })
    }
}

impl CallsAsk {
    /// Reads the fields of a query: those of [`ReportAsk::read`], `spam=no|only|all`, `outcome`, `hour`, `weekday`
    /// (0 is Monday), `first=yes|no`, `caller`, `before`, `limit`.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn read(field: impl Fn(&str) -> Option<String>, lines: &Lines) -> Result<Self, FieldError> {
        let given = |name: &str| field(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let number = |name: &str, most: i64| match given(name) {
            None => Ok(None),
            Some(text) => match text.parse().ok().filter(|value| (0..=most).contains(value)) {
                Some(value) => Ok(Some(value)),
                None => Err(wrong(name, Trouble::Other(format!("is not a number from 0 to {most}")))),
            },
        };
        let spam = match given("spam").as_deref() {
            None | Some("no") => Some(false),
            Some("only") => Some(true),
            Some("all") => None,
            Some(_) => return Err(wrong("spam", Trouble::Other("is no, only or all".into()))),
        };
        let outcome = given("outcome");
        if outcome.as_deref().is_some_and(|word| !["answered", "missed", "running"].contains(&word)) {
            return Err(wrong("outcome", Trouble::Other("is answered, missed or running".into())));
        }
        let first = match given("first").as_deref() {
            None => None,
            Some("yes") => Some(true),
            Some("no") => Some(false),
            Some(_) => return Err(wrong("first", Trouble::Other("is yes or no".into()))),
        };
        let limit = number("limit", i64::from(GREATEST_PAGE))?.unwrap_or_default();
        Ok(Self {
            report: ReportAsk::read(&field, lines)?,
            spam,
            outcome,
            hour: number("hour", 23)?,
            weekday: number("weekday", 6)?,
            first,
            caller: given("caller"),
            before: given("before"),
            limit: u32::try_from(limit).unwrap_or_default(),
        })
    }
}

fn wrong(field: &str, reason: impl Into<Trouble>) -> FieldError {
    FieldError { field: field.to_owned(), reason: reason.into() }
}

impl Tracking {
    /// A report.
    pub async fn tracking_report(&self, ask: &ReportAsk) -> Result<TrackingReport, ServiceError> {
        let period = self.period(ask).await?;
        let length = ask.to - ask.from + 1;
        let before = match ask.versus {
            Versus::Nothing => None,
            Versus::Before => Some((ask.from - length, ask.from - 1)),
            Versus::YearBefore => Some((year_before(ask.from), year_before(ask.to))),
        };
        let before = match before {
            Some((from, to)) => Some(self.period(&ReportAsk { from, to, ..ask.clone() }).await?),
            None => None,
        };
        let left_out = if ask.spam { 0 } else { self.spam_calls(ask).await? };
        Ok(TrackingReport { period, before, left_out })
    }

    async fn spam_calls(&self, ask: &ReportAsk) -> Result<i64, ServiceError> {
        let (campaigns, others) = self.asked_campaigns(ask);
        let span = Span { from: ask.from, to: ask.to, number: ask.number.clone(), spam: true };
        let sums = self.core.store.tracking().sums(&span).await?;
        let asked = |id: &str| others || campaigns.iter().any(|campaign| campaign.id == id);
        Ok(sums.iter().filter(|(campaign, _)| asked(campaign)).map(|(_, counts)| counts.calls).sum())
    }

    async fn period(&self, ask: &ReportAsk) -> Result<Period, ServiceError> {
        let store = &self.core.store;
        let (campaigns, others) = self.asked_campaigns(ask);
        let span = Span { from: ask.from, to: ask.to, number: ask.number.clone(), spam: ask.spam };
        let sums = store.tracking().sums(&span).await?;
        let bars = store.tracking().bars(&span, Grain::of(ask.to - ask.from + 1)).await?;
        let calls: i64 = sums.iter().map(|(_, counts)| counts.calls).sum();
        let unique = if calls <= COUNTED {
            let ask = CallsAsk { report: ask.clone(), spam: Some(ask.spam), ..CallsAsk::default() };
            Some(store.tracking().unique_callers(&self.query(&ask)).await?)
        } else {
            None
        };
        Ok(Period::of(&Material {
            from: ask.from,
            to: ask.to,
            today: self.lines.today(),
            campaigns: &campaigns,
            others,
            sums: &sums,
            bars: &bars,
            unique: unique.as_deref(),
        }))
    }

    /// The campaigns that a report is about, and whether calls that are none's are in it too.
    fn asked_campaigns(&self, ask: &ReportAsk) -> (Vec<Campaign>, bool) {
        let same = |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
        let fits = |campaign: &&Campaign| {
            same(&ask.campaign, &campaign.id)
                && same(&ask.source, &campaign.source)
                && same(&ask.medium, &campaign.medium)
        };
        let all = ask.campaign.is_none() && ask.source.is_none() && ask.medium.is_none();
        (self.lines.known_campaigns().campaigns.iter().filter(fits).cloned().collect(), all)
    }

    fn query(&self, ask: &CallsAsk) -> TrackedQuery {
        let (campaigns, all) = self.asked_campaigns(&ask.report);
        let mut campaigns: Vec<String> = campaigns.into_iter().map(|campaign| campaign.id).collect();
        if all {
            campaigns.clear();
        } else if campaigns.is_empty() {
            // None fits, so no call does; one that is gone by its id is still to be found.
            campaigns.push(ask.report.campaign.clone().unwrap_or_else(|| "-".into()));
        }
        let key = ask.before.as_deref().and_then(read_key);
        TrackedQuery {
            from: ask.report.from,
            to: ask.report.to,
            campaigns,
            number: ask.report.number.clone(),
            spam: ask.spam,
            outcome: ask.outcome.clone(),
            hour: ask.hour,
            weekday: ask.weekday,
            first: ask.first,
            caller: ask.caller.as_deref().map(|text| self.lines.search_number(text).unwrap_or_else(|| text.to_owned())),
            key,
            limit: if ask.limit == 0 { PAGE } else { ask.limit.min(GREATEST_PAGE) },
        }
    }

    /// Every campaign, and every number that is or was one's: what filters choose from.
    #[must_use]
    pub fn tracking_choices(&self) -> (Vec<Campaign>, Vec<String>) {
        let known = self.lines.known_campaigns();
        let mut numbers: Vec<String> = known.numbers.iter().map(|row| row.number.clone()).collect();
        numbers.sort();
        numbers.dedup();
        (known.campaigns.clone(), numbers)
    }

    /// A page of tracked calls.
    pub async fn tracked_calls(&self, ask: &CallsAsk) -> Result<TrackedPage, ServiceError> {
        let mut query = self.query(ask);
        let limit = query.limit as usize;
        // One more than asked for tells whether there is another page.
        query.limit += 1;
        let mut rows = self.core.store.tracking().calls(&query).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| format!("{}.{}.{}", row.day, row.at, row.id));
        Ok(TrackedPage { calls: rows.into_iter().map(|row| tracked(&self.lines, row)).collect(), next })
    }

    /// The CSV of these calls, oldest first, a piece at a time.
    #[must_use]
    pub fn tracked_csv(&self, ask: &CallsAsk, reader: CsvFor) -> Csv {
        let query = TrackedQuery { limit: LINES, key: None, ..self.query(ask) };
        Csv { store: self.core.store.clone(), query: Some(query), began: false, reader }
    }

    /// When each number of ours was called last, ms UTC, by its digits.
    pub async fn last_calls(&self) -> Result<HashMap<String, i64>, ServiceError> {
        Ok(self.core.store.tracking().last_calls().await?.into_iter().collect())
    }

    /// When each number was called and by whom, newest first within each, of the latest calls.
    pub async fn calls_by_number(&self, limit: u32) -> Result<Vec<(String, i64, Option<String>)>, ServiceError> {
        Ok(self.core.store.tracking().latest_by_number(limit).await?)
    }
}

/// A CSV under way.
pub struct Csv {
    store: Store,
    /// What is still to come.
    query: Option<TrackedQuery>,
    began: bool,
    reader: CsvFor,
}

impl Csv {
    /// The next piece; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<String>, ServiceError> {
        if !self.began {
            self.began = true;
            let mark = if self.reader == CsvFor::People { BYTE_ORDER_MARK } else { "" };
            return Ok(Some(format!("{mark}{CSV_HEAD}")));
        }
        let Some(query) = self.query.as_mut() else { return Ok(None) };
        let piece = self.store.tracking().csv_piece(query, self.reader).await?;
        match piece.next {
            Some(next) => query.key = Some(next),
            None => self.query = None,
        }
        Ok((!piece.text.is_empty()).then_some(piece.text))
    }
}

/// `day.at.id`
fn read_key(text: &str) -> Option<(i64, i64, String)> {
    let mut parts = text.splitn(3, '.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.to_owned()))
}

/// The same day a year earlier; of the 29th of February the 28th.
fn year_before(day: i64) -> i64 {
    day_of(date_of(day).saturating_sub(1.year()))
}

#[cfg(test)]
mod unit {
    use jiff::civil::date;

    use super::*;
    use crate::domain::call_tracking::zone::date_text;

    #[test]
    fn keys_and_years() {
        assert_eq!(read_key("20000.17.01-a.b"), Some((20_000, 17, "01-a.b".into())));
        assert_eq!(read_key("x.1.2"), None);
        assert_eq!(date_text(year_before(day_of(date(2028, 2, 29)))), "2027-02-28");
    }
}
