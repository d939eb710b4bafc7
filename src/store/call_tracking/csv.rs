//! The CSV of tracked calls, a piece at a time.

use std::fmt::{self, Write as _};

use sqlx::FromRow;
use sqlx::postgres::PgRow;

use super::reports::{FROM_KEY, TrackedQuery, bound, conditions};
use crate::domain::call_tracking::zone::date_text;
use crate::domain::phone::E164;
use crate::domain::spreadsheet::harmless;
use crate::store::db::Pools;
use crate::store::doors::Tracking;
use crate::store::error::{Result, StoreError};
use crate::store::reader::Reader;

/// A piece of the CSV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvPiece {
    /// Whole lines.
    pub text: String,
    /// Where the next piece begins; `None` after the last.
    pub next: Option<(i64, i64, String)>,
}

/// Who reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvFor {
    /// A program: telephone numbers are digits.
    Programs,
    /// A person with a spreadsheet, which would show digits as `4.477E+11`: numbers are `'+447700900123`, which is text
    /// everywhere and a formula nowhere.
    People,
}

/// What tells a spreadsheet that a file is UTF-8: it stands before the first line of what people download.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The first line of the CSV.
pub const CSV_HEAD: &str = "id,time,date,hour,campaign,number,caller,outcome,answered,first_call,talk_seconds,price_eur,\
                            hung_up_by,source,medium,term,landing_page,referrer,click_id,confidence,spam\n";

/// A line, borrowed from the row of the database that it is made of.
#[derive(FromRow)]
struct CsvRow<'r> {
    id: &'r str,
    at: i64,
    day: i64,
    hour: i64,
    name: Option<&'r str>,
    number: &'r str,
    caller: Option<&'r str>,
    outcome: &'r str,
    answered: bool,
    previous_day: Option<i64>,
    talk_seconds: Option<i64>,
    price: Option<i64>,
    hung_up_by: Option<&'r str>,
    source: &'r str,
    medium: &'r str,
    term: &'r str,
    landing: &'r str,
    referrer: &'r str,
    click_id: &'r str,
    confidence: Option<i64>,
    spam: bool,
    reason: Option<&'r str>,
}

/// The columns of [`CsvRow`], in order.
const COLUMNS: &str = "t.id, t.at, t.day, t.hour, c.name, t.number, COALESCE(t.shown, t.caller) AS caller, t.outcome, t.answered, t.previous_day, \
                       t.talk_seconds, t.price, t.hung_up_by, t.source, t.medium, t.term, t.landing, t.referrer, \
                       t.click_id, t.confidence, t.spam, t.reason";

impl<'r> CsvRow<'r> {
    fn read(row: &'r rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let maybe = |at| -> rusqlite::Result<Option<&'r str>> { Ok(row.get_ref(at)?.as_str_or_null()?) };
        let text = |at| -> rusqlite::Result<&'r str> { Ok(row.get_ref(at)?.as_str()?) };
        Ok(Self {
            id: text(0)?,
            at: row.get(1)?,
            day: row.get(2)?,
            hour: row.get(3)?,
            name: maybe(4)?,
            number: text(5)?,
            caller: maybe(6)?,
            outcome: text(7)?,
            answered: row.get(8)?,
            previous_day: row.get(9)?,
            talk_seconds: row.get(10)?,
            price: row.get(11)?,
            hung_up_by: maybe(12)?,
            source: text(13)?,
            medium: text(14)?,
            term: text(15)?,
            landing: text(16)?,
            referrer: text(17)?,
            click_id: text(18)?,
            confidence: row.get(19)?,
            spam: row.get(20)?,
            reason: maybe(21)?,
        })
    }
}

/// Lines as they are written, and where they end.
struct Lines {
    file: csv::Writer<Vec<u8>>,
    reader: CsvFor,
    /// A field in the making.
    field: String,
    /// The last date that was written, which is nearly always the next one too.
    date: (i64, String),
    /// How many may still come.
    left: u32,
    next: Option<(i64, i64, String)>,
}

impl Lines {
    fn new(limit: u32, reader: CsvFor) -> Self {
        // Quotes around every field: which character ends a cell depends on the reader's country.
        let file = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        Self { file, reader, field: String::new(), date: (0, date_text(0)), left: limit, next: None }
    }

    fn push(&mut self, line: &CsvRow<'_>) -> csv::Result<()> {
        const DAY_MS: i64 = 24 * 60 * 60 * 1000;
        self.plain(line.id)?;
        let second = line.at.rem_euclid(DAY_MS) / 1000;
        let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
        self.set_date(line.at.div_euclid(DAY_MS));
        self.field.clear();
        self.field.push_str(&self.date.1);
        self.formatted(format_args!("T{hours:02}:{minutes:02}:{seconds:02}Z"))?;
        self.set_date(line.day);
        self.file.write_field(&self.date.1)?;
        self.number(Some(line.hour))?;
        self.said(line.name.unwrap_or_default())?;
        self.telephone(line.number)?;
        self.telephone(line.caller.unwrap_or_default())?;
        self.plain(line.outcome)?;
        self.plain(if line.answered { "yes" } else { "no" })?;
        self.plain(if line.caller.is_some() && line.previous_day.is_none() { "yes" } else { "no" })?;
        self.number(line.talk_seconds)?;
        match line.price {
            Some(price) => {
                self.field.clear();
                self.formatted(format_args!("{}.{:08}", price / 100_000_000, price % 100_000_000))?;
            }
            None => self.plain("")?,
        }
        self.said(line.hung_up_by.unwrap_or_default())?;
        for text in [line.source, line.medium, line.term, line.landing, line.referrer, line.click_id] {
            self.said(text)?;
        }
        self.number(line.confidence)?;
        self.plain(if line.spam { line.reason.unwrap_or("marked") } else { "" })?;
        self.file.write_record(None::<&[u8]>)?;
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            self.next = Some((line.day, line.at, line.id.to_owned()));
        }
        Ok(())
    }

    /// A word of our own.
    fn plain(&mut self, text: &str) -> csv::Result<()> {
        self.file.write_field(text)
    }

    /// What somebody else may have chosen: a spreadsheet must not take it for a formula.
    fn said(&mut self, text: &str) -> csv::Result<()> {
        self.file.write_field(harmless(text).as_ref())
    }

    /// A number of ours or of somebody, or what the platform said in its place.
    fn telephone(&mut self, text: &str) -> csv::Result<()> {
        match E164::parse(text) {
            Ok(number) if self.reader == CsvFor::People => {
                self.field.clear();
                self.formatted(format_args!("'{}", number.international()))
            }
            _ => self.said(text),
        }
    }

    fn number(&mut self, number: Option<i64>) -> csv::Result<()> {
        self.field.clear();
        match number {
            Some(number) => self.formatted(format_args!("{number}")),
            None => self.plain(""),
        }
    }

    /// The field in the making with this behind it.
    fn formatted(&mut self, behind: fmt::Arguments<'_>) -> csv::Result<()> {
        // Writing to a string cannot fail.
        let _ = self.field.write_fmt(behind);
        self.file.write_field(&self.field)
    }

    fn set_date(&mut self, day: i64) {
        if self.date.0 != day {
            self.date = (day, date_text(day));
        }
    }

    fn finish(self) -> Result<CsvPiece> {
        let unreadable = |_| StoreError::Unreadable("call for the CSV");
        let bytes = self.file.into_inner().map_err(|error| StoreError::Files(error.into_error()))?;
        Ok(CsvPiece { text: String::from_utf8(bytes).map_err(unreadable)?, next: self.next })
    }
}

/// The statement: parameters 1 to 10 as [`conditions`] has them, 11 to 13 the key, 14 how many.
pub(super) fn statement(asked: &TrackedQuery) -> String {
    format!(
        "SELECT {COLUMNS} FROM tracked_calls t LEFT JOIN campaigns c ON c.id = t.campaign WHERE {} \
         AND (t.day, t.at, t.id) > ($11, $12, $13) ORDER BY t.day, t.at, t.id LIMIT $14",
        conditions(asked, FROM_KEY)
    )
}

impl Tracking<'_> {
    /// The next `limit` lines of the CSV, oldest first.
    pub async fn csv_piece(self, asked: &TrackedQuery, reader: CsvFor) -> Result<CsvPiece> {
        match &self.db.pools {
            Pools::Sqlite(_, readers) => {
                let (file, asked) = (readers.export.clone(), asked.clone());
                let piece = tokio::task::spawn_blocking(move || piece_of_file(&file, &asked, reader));
                piece.await.map_err(|_| StoreError::Unreadable("call for the CSV"))?
            }
            Pools::Postgres(pool) => {
                let key = asked.first_key();
                let query = bound!(sqlx::query(sqlx::AssertSqlSafe(statement(asked))), asked);
                let query = query.bind(key.0).bind(key.1).bind(key.2).bind(i64::from(asked.limit));
                let rows: Vec<PgRow> = query.fetch_all(pool).await?;
                let mut lines = Lines::new(asked.limit, reader);
                for row in &rows {
                    lines.push(&CsvRow::from_row(row)?)?;
                }
                lines.finish()
            }
        }
    }
}

/// From SQLite: formatted as it is read, without a copy of any row.
fn piece_of_file(file: &Reader, asked: &TrackedQuery, reader: CsvFor) -> Result<CsvPiece> {
    let (day, at, id) = asked.first_key();
    let (campaigns, caller) = (asked.campaigns_bound(), asked.caller_bound());
    file.read(|db| {
        let mut statement = db.prepare_cached(&statement(asked))?;
        let mut rows = statement.query(rusqlite::named_params! {
            "$1": asked.from,
            "$2": asked.to,
            "$3": campaigns,
            "$4": asked.number,
            "$5": asked.spam,
            "$6": asked.outcome,
            "$7": asked.hour,
            "$8": asked.weekday,
            "$9": asked.first,
            "$10": caller,
            "$11": day,
            "$12": at,
            "$13": id,
            "$14": asked.limit,
        })?;
        let mut lines = Lines::new(asked.limit, reader);
        while let Some(row) = rows.next()? {
            lines.push(&CsvRow::read(row)?)?;
        }
        lines.finish()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const COMMON: usize = 21;

    fn line<'a>(texts: &'a [String]) -> CsvRow<'a> {
        CsvRow {
            id: "0198-a",
            at: 1_795_226_880_000,
            day: 20_778,
            hour: 10,
            name: Some(&texts[0]),
            number: "442079460001",
            caller: Some(&texts[1]),
            outcome: "answered",
            answered: true,
            previous_day: None,
            talk_seconds: Some(61),
            price: Some(2_000_000),
            hung_up_by: Some("caller"),
            source: &texts[2],
            medium: &texts[3],
            term: &texts[4],
            landing: &texts[5],
            referrer: &texts[6],
            click_id: &texts[7],
            confidence: None,
            spam: false,
            reason: None,
        }
    }

    fn written(texts: &[Vec<String>], reader: CsvFor) -> String {
        let mut lines = Lines::new(1_000, reader);
        for texts in texts {
            lines.push(&line(texts)).unwrap();
        }
        lines.finish().unwrap().text
    }

    proptest! {
        #[test]
        fn case_26_every_row_is_read_back_and_begins_no_formula(
            texts in proptest::collection::vec(proptest::collection::vec("[=+@\\-\t\r\n;,|\"'a=1＝＋－＠é ]{0,12}", 8), 1..5),
            people in any::<bool>(),
        ) {
            let text = written(&texts, if people { CsvFor::People } else { CsvFor::Programs });
            let mut file = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let rows: Vec<csv::StringRecord> = file.records().collect::<csv::Result<_>>().unwrap();
            prop_assert_eq!(rows.len(), texts.len());
            for (row, texts) in rows.iter().zip(&texts) {
                prop_assert_eq!(row.len(), COMMON);
                for (at, text) in [(4, 0), (13, 2), (14, 3), (15, 4), (16, 5), (17, 6), (18, 7)] {
                    let safe = harmless(&texts[text]);
                    prop_assert_eq!(&row[at], safe.as_ref());
                }
                for piece in row.iter().flat_map(|cell| cell.split(';')) {
                    let first = piece.trim_start_matches([' ', '"']).chars().next();
                    let trigger = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
                    prop_assert!(!first.is_some_and(|c| trigger.contains(&c)), "{piece:?}");
                }
            }
        }
    }

    #[test]
    fn case_27_a_spreadsheet_shows_numbers_as_they_are() {
        let texts: Vec<String> =
            ["Frühling 春季广告", "447700900123", "google", "cpc", "x;=1+2", "/", "", ""].map(String::from).into();
        let people = written(std::slice::from_ref(&texts), CsvFor::People);
        assert!(people.contains("\"'+442079460001\",\"'+447700900123\""), "{people}");
        assert!(people.contains("\"x;'=1+2\"") && people.contains("\"Frühling 春季广告\""), "{people}");
        let programs = written(&[texts], CsvFor::Programs);
        assert!(programs.contains("\"442079460001\",\"447700900123\""), "{programs}");
    }
}
