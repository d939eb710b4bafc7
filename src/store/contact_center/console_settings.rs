//! What the operator sets for the console: read as a whole, and written as a whole over the version that was read.

use crate::domain::contact_center::console_settings::{Break, ConsoleSettings, Entry, Label, Outcome, Rules};
use crate::domain::contact_center::word::Word;
use crate::store::db::on_db;
use crate::store::doors::Desk;
use crate::store::error::{Result, StoreError};

#[derive(sqlx::FromRow)]
struct RulesRow {
    version: i64,
    disposition_required: bool,
    misses: i64,
    return_minutes: Option<i64>,
    wrap_up_s: i64,
    extension_s: i64,
    /// [`crate::domain::contact_center::caller_id::ShownNumbers`], as JSON
    shown: String,
}

#[derive(sqlx::FromRow)]
struct DispositionRow {
    #[sqlx(try_from = "String")]
    word: Word,
    english: String,
    chinese: String,
    category: String,
    archived: bool,
}

#[derive(sqlx::FromRow)]
struct AwayReasonRow {
    #[sqlx(try_from = "String")]
    word: Word,
    english: String,
    chinese: String,
    paid: bool,
    minutes: Option<i64>,
    archived: bool,
}

impl From<&RulesRow> for Rules {
    fn from(row: &RulesRow) -> Self {
        let count = |number: i64| u32::try_from(number).unwrap_or_default();
        Self {
            disposition_required: row.disposition_required,
            misses: count(row.misses),
            return_minutes: row.return_minutes.map(count),
            wrap_up_s: count(row.wrap_up_s),
            extension_s: count(row.extension_s),
        }
    }
}

impl From<DispositionRow> for Entry<Outcome> {
    fn from(row: DispositionRow) -> Self {
        let label = Label { english: row.english, chinese: row.chinese };
        Self { word: row.word, label, archived: row.archived, more: Outcome { category: row.category } }
    }
}

impl From<AwayReasonRow> for Entry<Break> {
    fn from(row: AwayReasonRow) -> Self {
        let label = Label { english: row.english, chinese: row.chinese };
        let minutes = row.minutes.and_then(|minutes| u32::try_from(minutes).ok());
        Self { word: row.word, label, archived: row.archived, more: Break { paid: row.paid, minutes } }
    }
}

impl Desk<'_> {
    /// The version of the console's settings: what was read with another one is not in force any more.
    pub async fn console_version(self) -> Result<i64> {
        let sql = "SELECT version FROM console_rules WHERE id = 1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// The console's settings.
    pub async fn console_settings(self) -> Result<ConsoleSettings> {
        loop {
            let read = self.read_console_settings().await?;
            // Changed while its tables were read.
            if read.version == self.console_version().await? {
                return Ok(read);
            }
        }
    }

    async fn read_console_settings(self) -> Result<ConsoleSettings> {
        let rules = "SELECT version, disposition_required, misses, return_minutes, wrap_up_s, extension_s, shown \
                     FROM console_rules WHERE id = 1";
        let dispositions = "SELECT word, english, chinese, category, archived FROM dispositions ORDER BY place";
        let away = "SELECT word, english, chinese, paid, minutes, archived FROM away_reasons ORDER BY place";
        let (rules, dispositions, away): (RulesRow, Vec<DispositionRow>, Vec<AwayReasonRow>) = on_db!(self, pool => {
            let rules = sqlx::query_as(rules).fetch_one(pool).await?;
            let dispositions = sqlx::query_as(dispositions).fetch_all(pool).await?;
            (rules, dispositions, sqlx::query_as(away).fetch_all(pool).await?)
        });
        Ok(ConsoleSettings {
            version: rules.version,
            dispositions: dispositions.into_iter().map(Entry::from).collect(),
            away_reasons: away.into_iter().map(Entry::from).collect(),
            rules: Rules::from(&rules),
            shown: serde_json::from_str(&rules.shown).map_err(|_| StoreError::Unreadable("console_rules"))?,
        })
    }

    /// Writes the settings over those of their version, under the next one. Whether they are written: otherwise somebody
    /// else was first.
    pub async fn put_console_settings(self, settings: &ConsoleSettings) -> Result<bool> {
        let (rules, shown) = (settings.rules, serde_json::to_string(&settings.shown));
        let shown = shown.map_err(|_| StoreError::Unreadable("console_rules"))?;
        let put = "UPDATE console_rules SET version = version + 1, disposition_required = $1, misses = $2, \
                   return_minutes = $3, wrap_up_s = $4, extension_s = $5, shown = $6 WHERE id = 1 AND version = $7";
        let disposition = "INSERT INTO dispositions (word, english, chinese, category, place, archived) \
                           VALUES ($1, $2, $3, $4, $5, $6)";
        let away = "INSERT INTO away_reasons (word, english, chinese, paid, minutes, place, archived) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let done = sqlx::query(put)
                .bind(rules.disposition_required)
                .bind(i64::from(rules.misses))
                .bind(rules.return_minutes.map(i64::from))
                .bind(i64::from(rules.wrap_up_s))
                .bind(i64::from(rules.extension_s))
                .bind(&shown)
                .bind(settings.version)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() != 1 {
                return Ok(false);
            }
            sqlx::query("DELETE FROM dispositions").execute(&mut *tx).await?;
            sqlx::query("DELETE FROM away_reasons").execute(&mut *tx).await?;
            for (place, entry) in (0_i64..).zip(&settings.dispositions) {
                sqlx::query(disposition)
                    .bind(entry.word.text())
                    .bind(&entry.label.english)
                    .bind(&entry.label.chinese)
                    .bind(&entry.more.category)
                    .bind(place)
                    .bind(entry.archived)
                    .execute(&mut *tx)
                    .await?;
            }
            for (place, entry) in (0_i64..).zip(&settings.away_reasons) {
                sqlx::query(away)
                    .bind(entry.word.text())
                    .bind(&entry.label.english)
                    .bind(&entry.label.chinese)
                    .bind(entry.more.paid)
                    .bind(entry.more.minutes.map(i64::from))
                    .bind(place)
                    .bind(entry.archived)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        });
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact_center::caller_id::ShownNumbers;
    use crate::domain::contact_center::desk::Disposition;
    use crate::domain::phone::E164;
    use crate::store::testing::{Database, on_both};

    on_both!(a_new_database_has_the_defaults, a_change_moves_the_version_and_the_second_of_two_is_not_written);

    async fn a_new_database_has_the_defaults(db: Database) {
        assert_eq!(db.store.desk().console_settings().await.unwrap(), ConsoleSettings::default());
    }

    async fn a_change_moves_the_version_and_the_second_of_two_is_not_written(db: Database) {
        let read = db.store.desk().console_settings().await.unwrap();
        let mut one = read.clone();
        one.dispositions.reverse();
        one.dispositions[0].archived = true;
        one.dispositions[1].more.category = "Trade".into();
        one.away_reasons.truncate(1);
        one.away_reasons[0].more = Break { paid: false, minutes: Some(15) };
        one.rules =
            Rules { disposition_required: true, misses: 0, return_minutes: Some(5), wrap_up_s: 60, extension_s: 10 };
        one.shown = ShownNumbers {
            by_country: true,
            agents: [("Jane".to_owned(), E164::parse("442079460101").unwrap())].into(),
        };
        assert!(db.store.desk().put_console_settings(&one).await.unwrap());
        let mut other = read.clone();
        other.dispositions.retain(|entry| entry.word != Disposition::SALE.0);
        assert!(!db.store.desk().put_console_settings(&other).await.unwrap(), "it was read before the first");
        one.version = read.version + 1;
        assert_eq!(db.again().await.desk().console_settings().await.unwrap(), one);
        assert_eq!(db.store.desk().console_version().await.unwrap(), one.version);
    }
}
