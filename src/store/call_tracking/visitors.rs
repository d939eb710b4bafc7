//! Visitors of the operator's web site, and the numbers lent to them.

use sqlx::FromRow;

use crate::store::db::on_db;
use crate::store::doors::Visitors;
use crate::store::error::Result;

/// A visitor; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct VisitorRow {
    pub id: String,
    pub campaign: Option<String>,
    pub source: String,
    pub medium: String,
    pub name: String,
    pub term: String,
    pub content: String,
    pub landing: String,
    pub referrer: String,
    pub click: String,
    pub click_id: String,
    pub number: Option<String>,
    pub leased: bool,
    pub turned_away: bool,
    pub created_at: i64,
    pub seen_at: i64,
}

/// How a campaign's pool is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolUse {
    /// Visitors of the campaign in each hour (since 1970) that had any.
    pub visitors_by_hour: Vec<(i64, i64)>,
    /// How long a number was lent on average, ms.
    pub held_ms: Option<i64>,
    /// Visitors who asked for a number of the pool, and those who found it empty.
    pub asked: i64,
    pub turned_away: i64,
}

impl Visitors<'_> {
    /// Stores a new visitor of a tracked web site.
    pub async fn insert(self, row: &VisitorRow) -> Result<()> {
        let sql = "INSERT INTO tracking_visitors (id, campaign, source, medium, name, term, content, landing, referrer, \
                   click, click_id, number, leased, turned_away, created_at, seen_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.campaign)
            .bind(&row.source)
            .bind(&row.medium)
            .bind(&row.name)
            .bind(&row.term)
            .bind(&row.content)
            .bind(&row.landing)
            .bind(&row.referrer)
            .bind(&row.click)
            .bind(&row.click_id)
            .bind(&row.number)
            .bind(row.leased)
            .bind(row.turned_away)
            .bind(row.created_at)
            .bind(row.seen_at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The visitor with this id.
    pub async fn find(self, id: &str) -> Result<Option<VisitorRow>> {
        let sql = "SELECT id, campaign, source, medium, name, term, content, landing, referrer, click, click_id, number, \
                   leased, turned_away, created_at, seen_at FROM tracking_visitors WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// Lends a visitor the number of a campaign's pool that was free the longest; `None` when none is free. No number is
    /// lent twice at a time, also when several ask at once.
    pub async fn lease(self, id: &str, campaign: &str, visitor: &str, now: i64, until: i64) -> Result<Option<String>> {
        // The condition is asked again on the row itself: on PostgreSQL two may have chosen the same one.
        let take = "UPDATE campaign_numbers SET leased_until = $3 WHERE id = (SELECT id FROM campaign_numbers \
                    WHERE campaign = $1 AND pool AND until_at IS NULL AND leased_until <= $2 \
                    ORDER BY leased_until, number LIMIT 1) AND until_at IS NULL AND leased_until <= $2 RETURNING number";
        let note = "INSERT INTO tracking_leases (id, number, campaign, visitor, from_at, until_at) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let free = "SELECT COUNT(*) FROM campaign_numbers WHERE campaign = $1 AND pool AND until_at IS NULL \
                    AND leased_until <= $2";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            loop {
                let mut tx = pool.begin().await?;
                let number: Option<String> =
                    sqlx::query_scalar(take).bind(campaign).bind(now).bind(until).fetch_optional(&mut *tx).await?;
                if let Some(number) = number {
                    let query = sqlx::query(note).bind(id).bind(&number).bind(campaign).bind(visitor);
                    query.bind(now).bind(until).execute(&mut *tx).await?;
                    tx.commit().await?;
                    return Ok(Some(number));
                }
                // Somebody else took the one that we chose; there may be another.
                let left: i64 = sqlx::query_scalar(free).bind(campaign).bind(now).fetch_one(&mut *tx).await?;
                if left == 0 {
                    return Ok(None);
                }
            }
        })
    }

    /// The visitor is still there: their number stays theirs until `until`. Whether they have one.
    pub async fn hold_lease(self, visitor: &str, number: &str, now: i64, until: i64) -> Result<bool> {
        let lease = "UPDATE tracking_leases SET until_at = $4 WHERE visitor = $1 AND number = $2 AND until_at > $3";
        let row = "UPDATE campaign_numbers SET leased_until = $2 WHERE number = $1 AND until_at IS NULL AND pool";
        let seen = "UPDATE tracking_visitors SET seen_at = $2 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let query = sqlx::query(lease).bind(visitor).bind(number).bind(now).bind(until);
            let held = query.execute(&mut *tx).await?.rows_affected() > 0;
            if held {
                sqlx::query(row).bind(number).bind(until).execute(&mut *tx).await?;
            }
            sqlx::query(seen).bind(visitor).bind(now).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(held)
        })
    }

    /// What the visitor has on the screen now.
    pub async fn shows(self, id: &str, number: Option<&str>, leased: bool, turned_away: bool) -> Result<()> {
        let sql = "UPDATE tracking_visitors SET number = $2, leased = $3, turned_away = $4 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            sqlx::query(sql).bind(id).bind(number).bind(leased).bind(turned_away).execute(pool).await.map(drop)
        })?;
        Ok(())
    }

    /// This visit of the support page is a visitor's.
    pub async fn note_visit(self, visit: &str, visitor: &str) -> Result<()> {
        let sql = "INSERT INTO tracking_visits (visit, visitor) VALUES ($1, $2) ON CONFLICT (visit) DO NOTHING";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(visit).bind(visitor).execute(pool).await.map(drop))?;
        Ok(())
    }

    /// The campaign that brought a visit of the support page.
    pub async fn campaign_of_visit(self, visit: &str) -> Result<Option<String>> {
        let sql = "SELECT tracking_visitors.campaign FROM tracking_visits \
                   JOIN tracking_visitors ON tracking_visitors.id = tracking_visits.visitor \
                   WHERE tracking_visits.visit = $1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).bind(visit).fetch_optional(pool).await)?)
    }

    /// How a campaign's pool was used since `since`, ms UTC.
    pub async fn pool_use(self, campaign: &str, since: i64) -> Result<PoolUse> {
        let hours = "SELECT created_at / 3600000 AS hour, COUNT(*) FROM tracking_visitors \
                     WHERE campaign = $1 AND created_at >= $2 GROUP BY created_at / 3600000 ORDER BY 1";
        let held = "SELECT CAST(AVG(until_at - from_at) AS BIGINT) FROM tracking_leases \
                    WHERE campaign = $1 AND from_at >= $2";
        let counts = "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN turned_away THEN 1 ELSE 0 END), 0) AS BIGINT) \
                      FROM tracking_visitors WHERE campaign = $1 AND created_at >= $2 AND (leased OR turned_away)";
        on_db!(self, pool => {
            let visitors_by_hour = sqlx::query_as(hours).bind(campaign).bind(since).fetch_all(pool).await?;
            let held_ms: Option<i64> = sqlx::query_scalar(held).bind(campaign).bind(since).fetch_one(pool).await?;
            let (asked, turned_away) = sqlx::query_as(counts).bind(campaign).bind(since).fetch_one(pool).await?;
            Ok(PoolUse { visitors_by_hour, held_ms, asked, turned_away })
        })
    }

    /// Forgets visitors of before `before` who are not known as a caller, and what was lent to them.
    pub async fn forget(self, before: i64) -> Result<u64> {
        let leases = "DELETE FROM tracking_leases WHERE until_at < $1";
        let visits = "DELETE FROM tracking_visits WHERE visitor IN \
                      (SELECT id FROM tracking_visitors WHERE created_at < $1 AND seen_at < $1)";
        let visitors = "DELETE FROM tracking_visitors WHERE created_at < $1 AND seen_at < $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => {
            sqlx::query(leases).bind(before).execute(pool).await?;
            sqlx::query(visits).bind(before).execute(pool).await?;
            sqlx::query(visitors).bind(before).execute(pool).await?.rows_affected()
        }))
    }
}
