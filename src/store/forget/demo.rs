//! The sandbox's demo data goes: what the index says of each table, in one transaction.

use sqlx::AssertSqlSafe;

use crate::store::db::on_db;
use crate::store::doors::Erasure;
use crate::store::error::Result;
use crate::store::personal::{DEMO_WIPED, Demo, SETTINGS, Setting, TABLES};

/// Calls that are not over, and agents who are offered one, have one or write about one.
const UNDER_WAY: &str = "SELECT (SELECT COUNT(*) FROM calls WHERE NOT ended) + (SELECT COUNT(*) FROM desk_calls WHERE NOT ended) \
                         + (SELECT COUNT(*) FROM agents WHERE call IS NOT NULL)";

/// What a wipe did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wiped {
    /// How many rows were deleted.
    Done(u64),
    /// Nothing was changed: how many calls, and agents busy with one, are under way.
    UnderWay(i64),
}

impl Erasure<'_> {
    /// How many calls, and agents busy with one, are under way.
    pub async fn under_way(self) -> Result<i64> {
        Ok(on_db!(self, pool => sqlx::query_scalar(UNDER_WAY).fetch_one(pool).await)?)
    }

    /// Deletes the demo data of every table, and notes that it does not come back. `example`: the business is still the
    /// example's, which goes too.
    pub(in crate::store) async fn wipe_demo(self, example: bool, now: i64) -> Result<Wiped> {
        let statements: Vec<String> =
            TABLES.iter().filter_map(|table| statement(table.name, table.demo, example)).collect();
        let noted = "INSERT INTO settings (name, value, changed_at) VALUES ($1, 'yes', $2) \
                     ON CONFLICT (name) DO UPDATE SET changed_at = excluded.changed_at";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let under_way: i64 = sqlx::query_scalar(UNDER_WAY).fetch_one(&mut *tx).await?;
            if under_way > 0 {
                return Ok(Wiped::UnderWay(under_way));
            }
            let mut rows = 0;
            for sql in &statements {
                rows += sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut *tx).await?.rows_affected();
            }
            sqlx::query(noted).bind(DEMO_WIPED).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(Wiped::Done(rows))
        })
    }
}

/// What is done to a table; `None` where it stays.
fn statement(table: &str, demo: Demo, example: bool) -> Option<String> {
    match demo {
        Demo::Goes => Some(format!("DELETE FROM {table}")),
        Demo::Where(rows) => Some(format!("DELETE FROM {table} WHERE {rows}")),
        Demo::Becomes(assignments) => Some(format!("UPDATE {table} SET {assignments}")),
        Demo::Stays(_) => None,
        Demo::EachSetting => {
            let goes = |setting: Setting| match setting {
                Setting::Goes => true,
                Setting::Example => example,
                Setting::Stays => false,
            };
            let names = SETTINGS.iter().filter(|(_, setting)| goes(*setting)).map(|(name, _)| format!("'{name}'"));
            Some(format!("DELETE FROM {table} WHERE name IN ({})", names.collect::<Vec<_>>().join(", ")))
        }
    }
}
