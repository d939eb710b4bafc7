//! Who decides about a webhook, where two nodes get it at once.

use super::db::{Pools, on_db};
use super::doors::Webhooks;
use super::error::Result;

impl Webhooks<'_> {
    /// Claims the decision about the webhook of this key. False when another node claimed it at or after `stale` (ms
    /// UTC): then wait for [`Self::reply_to`]. An older claim is taken over, for its node died.
    pub async fn claim_decision(self, key: &str, owner: &str, now: i64, stale: i64) -> Result<bool> {
        let sql = "INSERT INTO decisions (key, owner, claimed_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO UPDATE \
                   SET owner = excluded.owner, claimed_at = excluded.claimed_at \
                   WHERE decisions.claimed_at < $4 OR decisions.owner = excluded.owner";
        let _turn = self.db.turn().await;
        let claimed = on_db!(self, pool => sqlx::query(sql)
            .bind(key)
            .bind(owner)
            .bind(now)
            .bind(stale)
            .execute(pool)
            .await?
            .rows_affected());
        Ok(claimed > 0)
    }

    /// The call flow with which a webhook was answered; the outer `None` when it has not come yet.
    pub async fn reply_to(self, dedupe: &str) -> Result<Option<Option<String>>> {
        let sql = "SELECT ncco FROM webhooks WHERE dedupe = $1";
        let row: Option<(Option<String>,)> =
            on_db!(self, pool => sqlx::query_as(sql).bind(dedupe).fetch_optional(pool).await)?;
        Ok(row.map(|(ncco,)| ncco))
    }

    /// Gives up what a program that is no more had claimed, so that nobody waits for it. To be called at the start: a SQLite
    /// file is one program's. On PostgreSQL other nodes may be deciding just now; there the claims of a dead node grow
    /// stale. What was counted stays counted.
    pub async fn give_up_claims(self) -> Result<()> {
        let Pools::Sqlite(pool, _) = &self.db.pools else { return Ok(()) };
        let _turn = self.db.turn().await;
        sqlx::query("DELETE FROM decisions WHERE key NOT LIKE 'counted %'").execute(pool).await?;
        Ok(())
    }

    /// Forgets claims made before `before` (ms UTC): what was decided by then is stored.
    pub async fn forget_claims(self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM decisions WHERE claimed_at < $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(before).execute(pool).await?.rows_affected()))
    }
}
