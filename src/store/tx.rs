//! A transaction that is under way, on whichever database it is.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, PgConnection, SqliteConnection};

use super::text::{Text, groups};

/// Runs one statement of a transaction on its connection; it is checked for both databases. As `on_db!` for pools.
macro_rules! on_tx {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::store::tx::Tx::Sqlite($connection) => {
                let $connection: &mut sqlx::SqliteConnection = $connection;
                $body
            }
            $crate::store::tx::Tx::Postgres($connection) => {
                let $connection: &mut sqlx::PgConnection = $connection;
                $body
            }
        }
    };
}
pub(super) use on_tx;

/// The connection of a transaction that is under way. Who began it also ends it.
pub(super) enum Tx<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Tx<'_> {
    /// The statement for `rows` rows, as this database spells its parameters.
    pub(super) fn sql(&self, text: &Text, rows: usize) -> AssertSqlSafe<Arc<str>> {
        match self {
            Self::Sqlite(_) => text.sqlite(rows),
            Self::Postgres(_) => text.postgres(rows),
        }
    }

    /// What a statement with one list finds for these keys.
    pub(super) async fn find<T>(&mut self, text: &Text, keys: &[&str]) -> sqlx::Result<Vec<T>>
    where
        T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut found = Vec::with_capacity(keys.len());
        for group in groups(keys) {
            let sql = self.sql(text, group.len());
            found.extend(on_tx!(self, connection => {
                let query = group.iter().fold(sqlx::query_as(sql), |query, key| query.bind(*key));
                query.fetch_all(connection).await?
            }));
        }
        Ok(found)
    }
}

impl<'a> From<&'a mut SqliteConnection> for Tx<'a> {
    fn from(connection: &'a mut SqliteConnection) -> Self {
        Self::Sqlite(connection)
    }
}

impl<'a> From<&'a mut PgConnection> for Tx<'a> {
    fn from(connection: &'a mut PgConnection) -> Self {
        Self::Postgres(connection)
    }
}
