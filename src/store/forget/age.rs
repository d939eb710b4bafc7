//! What is older than the retention goes.

use sqlx::AssertSqlSafe;

use super::found::{AT_ONCE, Files};
use crate::store::db::on_db;
use crate::store::doors::Erasure;
use crate::store::error::Result;
use crate::store::personal::of_people;

/// Rows that are deleted in one statement.
const DELETED_AT_ONCE: u16 = 500;

impl Erasure<'_> {
    /// The files that belong to what [`Self::forget_older`] will delete.
    pub async fn files_older(self, before: i64) -> Result<Files> {
        let tapes = "SELECT id FROM recordings WHERE created_at < $1";
        let messages = "SELECT id FROM voicemails WHERE made_at < $1";
        Ok(on_db!(self, pool => Files {
            recordings: sqlx::query_scalar(tapes).bind(before).fetch_all(pool).await?,
            voicemails: sqlx::query_scalar(messages).bind(before).fetch_all(pool).await?,
        }))
    }

    /// Deletes what became older than `before` (ms UTC) of every table of the index that ages. How many rows.
    pub async fn forget_older(self, before: i64) -> Result<u64> {
        let mut gone = 0;
        for (table, people) in of_people() {
            let Some(age) = people.ages else { continue };
            // The oldest by key, until one is young: what is young is not looked through again and again.
            let (column, only) = (age.column, age.only);
            let old = if age.ordered {
                format!(
                    "SELECT id FROM (SELECT id, {column} FROM {table} WHERE {only} ORDER BY id LIMIT $2) AS o WHERE {column} < $1"
                )
            } else {
                format!("SELECT id FROM {table} WHERE {column} < $1 AND {only} LIMIT $2")
            };
            let sql = format!("DELETE FROM {table} WHERE id IN ({old})");
            loop {
                let _turn = self.db.turn().await;
                let rows = on_db!(self, pool => sqlx::query(AssertSqlSafe(sql.clone()))
                    .bind(before)
                    .bind(i64::from(DELETED_AT_ONCE))
                    .execute(pool)
                    .await?
                    .rows_affected());
                gone += rows;
                if rows < u64::from(DELETED_AT_ONCE) {
                    break;
                }
            }
        }
        // The newest webhooks stay, so that the writer finds its last one; what they say goes.
        let emptied = "UPDATE webhooks SET raw = '', ncco = NULL, problem = NULL WHERE received_at < $1 AND raw <> '' \
                       AND id IN (SELECT id FROM webhooks ORDER BY id LIMIT 1000)";
        {
            let _turn = self.db.turn().await;
            gone += on_db!(self, pool => sqlx::query(emptied).bind(before).execute(pool).await?.rows_affected());
        }
        Ok(gone + self.retire_callers(before).await?)
    }

    /// Takes the people out of tracked calls older than `before`; calls of one caller stay calls of one caller, so that
    /// what is counted stays what it is. The rollup remembers from when on callers are known
    /// ([`crate::store::call_tracking`] verifies by it).
    async fn retire_callers(self, before: i64) -> Result<u64> {
        let known = "SELECT value FROM tracking_meta WHERE key = 'callers_since'";
        let since: Option<String> = on_db!(self, pool => sqlx::query_scalar(known).fetch_optional(pool).await)?;
        let since = since.and_then(|since| since.parse::<i64>().ok()).unwrap_or(i64::MIN);
        if since >= before {
            return Ok(0);
        }
        // By the index of days; a day begins elsewhere than in UTC, by half a day and a bit.
        let day = since.max(0) / (24 * 60 * 60 * 1000) - 2;
        let callers = "SELECT caller, MIN(id) FROM tracked_calls WHERE day >= $3 AND at >= $1 AND at < $2 \
                       AND caller IS NOT NULL AND caller NOT LIKE 'erased-%' GROUP BY caller";
        let callers: Vec<(String, String)> = on_db!(self, pool => sqlx::query_as(callers)
            .bind(since)
            .bind(before)
            .bind(day)
            .fetch_all(pool)
            .await)?;
        let retire = "UPDATE tracked_calls SET caller = $2, shown = NULL, visitor = NULL, click_id = '', term = '', landing = '', \
                      referrer = '' WHERE caller = $1 AND at < $3";
        let mut gone = 0;
        for callers in callers.chunks(AT_ONCE) {
            let _turn = self.db.turn().await;
            gone += on_db!(self, pool => {
                let mut tx = pool.begin().await?;
                let mut rows = 0;
                for (caller, id) in callers {
                    let token = format!("erased-{id}");
                    rows += sqlx::query(retire).bind(caller).bind(token).bind(before).execute(&mut *tx).await?.rows_affected();
                }
                tx.commit().await?;
                rows
            });
        }
        let keep = "INSERT INTO tracking_meta (key, value) VALUES ('callers_since', $1) \
                    ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(keep).bind(before.to_string()).execute(pool).await.map(drop))?;
        Ok(gone)
    }
}
