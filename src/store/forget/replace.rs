//! A number is replaced wherever it stands.

use futures::TryStreamExt as _;
use sqlx::{AssertSqlSafe, Row as _};

use super::found::{AT_ONCE, Forgotten, Found};
use super::traces::Traces;
use crate::store::db::on_db;
use crate::store::doors::Erasure;
use crate::store::error::Result;
use crate::store::personal::{Counted, Holds, People, TABLES, of_people};

/// By how many of its last digits a number is looked for: those that all its forms have in common.
const TAIL: usize = 6;

/// A column without what people write between digits, as far as it is ASCII.
fn squeezed(column: &str) -> String {
    const BETWEEN: [&str; 8] = [" ", "-", ".", "(", ")", "/", "+", "\t"];
    BETWEEN.iter().fold(column.to_owned(), |inner, between| format!("REPLACE({inner}, '{between}', '')"))
}

/// Whether a column may hold the number whose tail is `$1`: it does, or it is written with escapes or with letters outside
/// of ASCII, and has to be read.
fn may_hold(column: &str) -> String {
    format!(
        "({} LIKE $1 OR {column} LIKE '%!%%' ESCAPE '!' OR {column} LIKE '%\\u%' ESCAPE '!' \
         OR octet_length({column}) <> length({column}))",
        squeezed(column)
    )
}

impl Erasure<'_> {
    /// Puts `token` wherever a number stands in a table that holds people. What was changed, by kind, and the traces that
    /// lead to more.
    ///
    /// # Errors
    /// When the database fails; what was replaced stays so.
    pub async fn replace_number(self, number: &str, token: &str, traces: &mut Traces) -> Result<Forgotten> {
        let mut done = Forgotten::default();
        for (table, people) in of_people() {
            for found in self.rows_with(table, people.key, people.columns, None, number, token).await?.chunks(AT_ONCE) {
                self.trace(table, found, traces).await?;
                let rows = self.replace_rows(table, people, found, token).await?;
                match people.counted {
                    // A participant is a conversation; the reference beside is not another one.
                    Counted::Conversations if table == "private_participants" => done.conversations += rows,
                    Counted::Conversations => {}
                    Counted::Attempts => done.attempts += rows,
                    Counted::Texts => done.texts += rows,
                    Counted::Calls => done.calls += rows,
                    Counted::Webhooks => done.webhooks += rows,
                    Counted::Desk => done.desk += rows,
                    Counted::Tracked => done.tracked += rows,
                    Counted::Other => done.other += rows,
                }
            }
        }
        Ok(done)
    }

    /// In how many rows of what the operator set up a number still stands.
    pub async fn settings_with(self, number: &str) -> Result<u64> {
        let mut count = 0;
        for table in TABLES {
            let Holds::Settings(columns) = &table.holds else { continue };
            count += self.rows_with(table.name, "''", columns, None, number, "-").await?.len() as u64;
        }
        Ok(count)
    }

    /// The rows of a table in which a number stands; of one call only, when its conversation is given.
    pub(in crate::store) async fn rows_with(
        self,
        table: &str,
        key: &str,
        columns: &[&str],
        within: Option<&str>,
        number: &str,
        token: &str,
    ) -> Result<Vec<Found>> {
        let tail = format!("%{}%", &number[number.len().saturating_sub(TAIL)..]);
        let texts: Vec<String> = columns.iter().map(|column| format!("COALESCE({column}, '')")).collect();
        let holds: Vec<String> = columns.iter().map(|column| may_hold(column)).collect();
        let of_call = match within {
            Some(_) => "(conversation = $2 OR conversation IN (SELECT moved FROM call_moves WHERE home = $2)) AND ",
            None => "",
        };
        let sql = format!("SELECT {key}, {} FROM {table} WHERE {of_call}({})", texts.join(", "), holds.join(" OR "));
        let mut found = Vec::new();
        on_db!(self, pool => {
            let query = sqlx::query(AssertSqlSafe(sql)).bind(&tail);
            let query = match within {
                Some(conversation) => query.bind(conversation),
                None => query,
            };
            let mut rows = query.fetch(pool);
            while let Some(row) = rows.try_next().await? {
                let mut replaced = Found { key: row.try_get(0)?, texts: Vec::new(), is_it: false };
                for at in 1..=columns.len() {
                    replaced.take(&row.try_get::<String, _>(at)?, number, token);
                }
                if replaced.texts.iter().any(Option::is_some) {
                    found.push(replaced);
                }
            }
        });
        Ok(found)
    }

    /// The same for one call: its record and its webhooks.
    pub async fn replace_number_in_call(self, conversation: &str, number: &str, token: &str) -> Result<Forgotten> {
        let mut done = Forgotten::default();
        for (table, people) in of_people() {
            let count = match people.counted {
                Counted::Calls => &mut done.calls,
                Counted::Webhooks => &mut done.webhooks,
                _ => continue,
            };
            let found = self.rows_with(table, people.key, people.columns, Some(conversation), number, token).await?;
            for found in found.chunks(AT_ONCE) {
                *count += self.replace_rows(table, people, found, token).await?;
            }
        }
        Ok(done)
    }

    async fn replace_rows(self, table: &str, people: &People, found: &[Found], token: &str) -> Result<u64> {
        // An assignment of `also` wins over a number that is replaced.
        let also = |column: &str| people.also.split(", ").any(|also| also.starts_with(&format!("{column} =")));
        let used: Vec<usize> = (0..people.columns.len()).filter(|at| !also(people.columns[*at])).collect();
        let set: Vec<String> = used
            .iter()
            .enumerate()
            // Each column takes what it is to be, or stays as it is.
            .map(|(nth, at)| format!("{0} = COALESCE(${1}, {0})", people.columns[*at], nth + 2))
            .chain((!people.also.is_empty()).then(|| people.also.to_owned()))
            .chain(people.versioned.then(|| "version = version + 1".to_owned()))
            .collect();
        let update = format!("UPDATE {table} SET {} WHERE {} = $1", set.join(", "), people.key);
        let delete = format!("DELETE FROM {table} WHERE {} = $1", people.key);
        debug_assert!(!token.is_empty());
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let mut rows = 0;
            for row in found {
                let deletes = people.delete && row.is_it;
                let mut query = sqlx::query(AssertSqlSafe(if deletes { delete.clone() } else { update.clone() }));
                query = query.bind(&row.key);
                for at in used.iter().filter(|_| !deletes) {
                    query = query.bind(&row.texts[*at]);
                }
                rows += query.execute(&mut *tx).await?.rows_affected();
            }
            tx.commit().await?;
            Ok(rows)
        })
    }
}
