//! When the business is open, its holidays, and what happens while it is closed.

use std::collections::BTreeMap;

use super::db::on_db;
use super::doors::Hours;
use super::error::{Result, StoreError};
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::hours::{ClosedNow, Holiday, Week};
use crate::domain::language::Texts;

/// Everything but the holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoursRow {
    /// Of another version are other hours, or other holidays.
    pub version: i64,
    pub week: Week,
    pub closed: Option<ClosedNow>,
    pub when_closed: WhenClosed,
    /// For callers of some lines, by the [word](crate::domain::line::Line::word) of the line.
    pub by_line: BTreeMap<String, WhenClosed>,
}

/// A holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolidayRow {
    pub id: String,
    pub holiday: Holiday,
}

#[derive(sqlx::FromRow)]
struct RawHours {
    version: i64,
    week: String,
    closed: bool,
    closed_reason: String,
    closed_until: Option<i64>,
    outcome: String,
    target: Option<String>,
    text: String,
    text_zh: String,
}

#[derive(sqlx::FromRow)]
struct RawHoliday {
    id: String,
    day: i64,
    yearly: bool,
    name: String,
    hours: String,
}

/// A date that has a holiday keeps it.
const INSERT: &str = "INSERT INTO holidays (id, day, yearly, name, hours, date) VALUES ($1, $2, $3, $4, $5, $6) \
                      ON CONFLICT DO NOTHING";

/// The hours of holidays, as they are kept.
fn hours_of(rows: &[HolidayRow]) -> Result<Vec<String>> {
    let text = |row: &HolidayRow| serde_json::to_string(&row.holiday.hours);
    rows.iter().map(text).collect::<std::result::Result<_, _>>().map_err(|_| StoreError::Unreadable("hours"))
}

const INSERT_LINE: &str = "INSERT INTO closed_lines (line, record) VALUES ($1, $2)";

fn record_of(when: &WhenClosed) -> Result<String> {
    serde_json::to_string(when).map_err(|_| StoreError::Unreadable("record"))
}

/// A reason, as it is kept: as JSON. It was a line of plain text while it had no languages.
fn reason_of(kept: String) -> Texts {
    serde_json::from_str(&kept).unwrap_or(Texts { en: kept, zh_cn: String::new() })
}

const MOVE: &str = "UPDATE hours SET version = version + 1 WHERE id = 1";

impl TryFrom<RawHours> for HoursRow {
    type Error = StoreError;

    fn try_from(raw: RawHours) -> Result<Self> {
        let outcome = Outcome::of(&raw.outcome, raw.target.as_deref().unwrap_or_default());
        Ok(Self {
            version: raw.version,
            week: serde_json::from_str(&raw.week).map_err(|_| StoreError::Unreadable("week"))?,
            closed: raw.closed.then(|| ClosedNow { reason: reason_of(raw.closed_reason), until: raw.closed_until }),
            when_closed: WhenClosed {
                outcome: outcome.ok_or(StoreError::Unreadable("outcome"))?,
                text: Texts { en: raw.text, zh_cn: raw.text_zh },
            },
            by_line: BTreeMap::new(),
        })
    }
}

impl TryFrom<RawHoliday> for HolidayRow {
    type Error = StoreError;

    fn try_from(raw: RawHoliday) -> Result<Self> {
        let hours = serde_json::from_str(&raw.hours).map_err(|_| StoreError::Unreadable("hours"))?;
        Ok(Self { id: raw.id, holiday: Holiday { day: raw.day, yearly: raw.yearly, name: raw.name, hours } })
    }
}

impl Hours<'_> {
    /// The version that is in force.
    pub async fn version(self) -> Result<i64> {
        let sql = "SELECT version FROM hours WHERE id = 1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Hours and holidays, these by day. When they are changed meanwhile, they are of an older version than they could be,
    /// and never the other way round: so it is seen that they have to be read again.
    pub async fn read(self) -> Result<(HoursRow, Vec<HolidayRow>)> {
        let sql = "SELECT version, week, closed, closed_reason, closed_until, outcome, target, text, text_zh FROM hours \
                   WHERE id = 1";
        let row: RawHours = on_db!(self, pool => sqlx::query_as(sql).fetch_one(pool).await)?;
        let sql = "SELECT id, day, yearly, name, hours FROM holidays ORDER BY day, id";
        let holidays: Vec<RawHoliday> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        let holidays = holidays.into_iter().map(HolidayRow::try_from).collect::<Result<_>>()?;
        let sql = "SELECT line, record FROM closed_lines ORDER BY line";
        let lines: Vec<(String, String)> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        let read = |(line, record): (String, String)| Ok((line, serde_json::from_str(&record)?));
        let by_line: serde_json::Result<_> = lines.into_iter().map(read).collect();
        let by_line = by_line.map_err(|_| StoreError::Unreadable("record"))?;
        Ok((HoursRow { by_line, ..row.try_into()? }, holidays))
    }

    /// Sets the hours of the week.
    pub async fn put_week(self, week: &Week) -> Result<()> {
        let sql = "UPDATE hours SET version = version + 1, week = $1 WHERE id = 1";
        let week = serde_json::to_string(week).map_err(|_| StoreError::Unreadable("week"))?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(week).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// Closes, or with `None` lets the week count again.
    pub async fn put_closed(self, closed: Option<&ClosedNow>) -> Result<()> {
        let sql =
            "UPDATE hours SET version = version + 1, closed = $1, closed_reason = $2, closed_until = $3 WHERE id = 1";
        let reason = closed.map(|closed| serde_json::to_string(&closed.reason)).transpose();
        let reason = reason.map_err(|_| StoreError::Unreadable("closed_reason"))?.unwrap_or_default();
        let until = closed.and_then(|closed| closed.until);
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(closed.is_some())
            .bind(reason)
            .bind(until)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Sets what happens to callers while it is closed.
    pub async fn put_when_closed(self, when: &WhenClosed) -> Result<()> {
        let sql =
            "UPDATE hours SET version = version + 1, outcome = $1, target = $2, text = $3, text_zh = $4 WHERE id = 1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(when.outcome.name())
            .bind(when.outcome.target())
            .bind(&when.text.en)
            .bind(&when.text.zh_cn)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Sets what happens to callers of a line while it is closed; `None`: the same as to all.
    pub async fn put_by_line(self, line: &str, when: Option<&WhenClosed>) -> Result<()> {
        let record = when.map(record_of).transpose()?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            sqlx::query("DELETE FROM closed_lines WHERE line = $1").bind(line).execute(&mut *tx).await?;
            if let Some(record) = &record {
                sqlx::query(INSERT_LINE).bind(line).bind(record).execute(&mut *tx).await?;
            }
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
        });
        Ok(())
    }

    /// Puts a week, holidays and what happens while it is closed in the place of those that are there, at once.
    pub async fn replace(
        self,
        week: &Week,
        rows: &[HolidayRow],
        when: &WhenClosed,
        by_line: &BTreeMap<String, WhenClosed>,
    ) -> Result<()> {
        let sql = "UPDATE hours SET version = version + 1, week = $1, outcome = $2, target = $3, text = $4, \
                   text_zh = $5 WHERE id = 1";
        let week = serde_json::to_string(week).map_err(|_| StoreError::Unreadable("week"))?;
        let texts = hours_of(rows)?;
        let records = by_line.iter().map(|(line, when)| Ok((line, record_of(when)?))).collect::<Result<Vec<_>>>()?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for sql in ["DELETE FROM holidays", "DELETE FROM closed_lines"] {
                sqlx::query(sql).execute(&mut *tx).await?;
            }
            for (line, record) in &records {
                sqlx::query(INSERT_LINE).bind(line).bind(record).execute(&mut *tx).await?;
            }
            for (HolidayRow { id, holiday }, hours) in rows.iter().zip(&texts) {
                let query = sqlx::query(INSERT).bind(id).bind(holiday.day).bind(holiday.yearly).bind(&holiday.name);
                query.bind(hours).bind(holiday.date_key()).execute(&mut *tx).await?;
            }
            sqlx::query(sql)
                .bind(&week)
                .bind(when.outcome.name())
                .bind(when.outcome.target())
                .bind(&when.text.en)
                .bind(&when.text.zh_cn)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
        });
        Ok(())
    }

    /// Adds holidays, all of them or none. A date that has one already keeps it. How many were added.
    pub async fn add_holidays(self, rows: &[HolidayRow]) -> Result<u64> {
        let texts = hours_of(rows)?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let mut added = 0;
            for (HolidayRow { id, holiday }, hours) in rows.iter().zip(&texts) {
                let query = sqlx::query(INSERT).bind(id).bind(holiday.day).bind(holiday.yearly).bind(&holiday.name);
                added += query.bind(hours).bind(holiday.date_key()).execute(&mut *tx).await?.rows_affected();
            }
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(added)
        })
    }

    /// Whether there was such a holiday.
    pub async fn delete_holiday(self, id: &str) -> Result<bool> {
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query("DELETE FROM holidays WHERE id = $1").bind(id).execute(&mut *tx).await?;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(found.rows_affected() == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::hours::Day;
    use crate::store::testing::{Database, on_both};

    on_both!(
        what_is_set_for_a_line_is_its_own,
        what_is_set_is_read_and_moves_the_version,
        a_reason_of_before_there_were_languages_is_read,
        a_date_has_one_holiday,
        nothing_set_is_nothing
    );

    fn holiday(id: &str, day: i64, yearly: bool) -> HolidayRow {
        let hours = Day::read("x", &[("9".into(), "13".into())]).unwrap();
        HolidayRow { id: id.into(), holiday: Holiday { day, yearly, name: format!("Day {id}"), hours } }
    }

    async fn nothing_set_is_nothing(db: Database) {
        let (row, holidays) = db.store.hours().read().await.unwrap();
        let nothing = HoursRow {
            version: 1,
            week: Week::default(),
            closed: None,
            when_closed: WhenClosed::default(),
            by_line: BTreeMap::new(),
        };
        assert_eq!((row, holidays), (nothing, Vec::new()));
    }

    async fn what_is_set_is_read_and_moves_the_version(db: Database) {
        let hours = db.store.hours();
        let closed = ClosedNow { reason: Texts::new("Fire alarm", "火警"), until: Some(1_795_226_880_000) };
        let when =
            WhenClosed { outcome: Outcome::Number("447700900000".into()), text: Texts::new("We are out.", "您好") };
        hours.put_week(&Week::always()).await.unwrap();
        hours.put_closed(Some(&closed)).await.unwrap();
        hours.put_when_closed(&when).await.unwrap();
        let row = HoursRow {
            version: 4,
            week: Week::always(),
            closed: Some(closed),
            when_closed: when,
            by_line: BTreeMap::new(),
        };
        assert_eq!(hours.read().await.unwrap().0, row);
        hours.put_closed(None).await.unwrap();
        hours.put_when_closed(&WhenClosed::default()).await.unwrap();
        // Another node sees it at once.
        let other = db.again().await;
        assert_eq!(other.hours().version().await.unwrap(), 6);
        let row = HoursRow { version: 6, closed: None, when_closed: WhenClosed::default(), ..row };
        assert_eq!(other.hours().read().await.unwrap().0, row);
    }

    async fn what_is_set_for_a_line_is_its_own(db: Database) {
        let hours = db.store.hours();
        let (message, back) = (Outcome::Message, Outcome::CallBack);
        let when =
            |outcome: &Outcome| WhenClosed { outcome: outcome.clone(), text: Texts::new("Sales is closed.", "") };
        hours.put_by_line("queue:sales", Some(&when(&message))).await.unwrap();
        hours.put_by_line("support", Some(&when(&back))).await.unwrap();
        hours.put_by_line("queue:sales", Some(&when(&back))).await.unwrap();
        let row = db.again().await.hours().read().await.unwrap().0;
        let all = BTreeMap::from([("queue:sales".to_owned(), when(&back)), ("support".to_owned(), when(&back))]);
        assert_eq!((row.version, row.by_line), (4, all));
        hours.put_by_line("support", None).await.unwrap();
        let by_line = BTreeMap::from([("ivr:main".to_owned(), when(&message))]);
        assert_eq!(hours.read().await.unwrap().0.by_line.len(), 1);
        hours.replace(&Week::default(), &[], &WhenClosed::default(), &by_line).await.unwrap();
        let row = hours.read().await.unwrap().0;
        assert_eq!((row.version, row.by_line), (6, by_line));
    }

    async fn a_reason_of_before_there_were_languages_is_read(db: Database) {
        let hours = db.store.hours();
        for kept in ["Team day", "2026", ""] {
            let sql = "UPDATE hours SET closed = $1, closed_reason = $2 WHERE id = 1";
            let done: std::result::Result<(), sqlx::Error> =
                on_db!(hours, pool => sqlx::query(sql).bind(true).bind(kept).execute(pool).await.map(drop));
            done.unwrap();
            assert_eq!(hours.read().await.unwrap().0.closed.unwrap().reason, Texts::new(kept, ""));
        }
    }

    async fn a_date_has_one_holiday(db: Database) {
        let hours = db.store.hours();
        // 2026-12-25 and 2027-12-25.
        let (first, next) = (20_812, 21_177);
        let three = [holiday("a", first, true), holiday("b", next, true), holiday("c", first, false)];
        assert_eq!(
            hours.add_holidays(&three).await.unwrap(),
            2,
            "the same date of every year comes once, and beside it that of one year"
        );
        assert_eq!(hours.add_holidays(&[holiday("d", first, false)]).await.unwrap(), 0);
        let (row, found) = hours.read().await.unwrap();
        assert_eq!((row.version, found), (3, vec![holiday("a", first, true), holiday("c", first, false)]));
        assert!(hours.delete_holiday("a").await.unwrap() && !hours.delete_holiday("a").await.unwrap());
        assert_eq!(hours.add_holidays(&[holiday("b", next, true)]).await.unwrap(), 1);
        assert_eq!(hours.version().await.unwrap(), 6);
    }
}
