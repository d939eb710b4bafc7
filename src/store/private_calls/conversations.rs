//! Conversations and their two people, listed and closed.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::store::db::on_db;
use crate::store::doors::Private;
use crate::store::error::Result;
use crate::store::text::Text;

static PEOPLE: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT * FROM private_participants WHERE conversation IN"));

/// A conversation; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PrivateConversationRow {
    pub id: String,
    pub reference: Option<String>,
    pub language: String,
    pub created_by: String,
    pub request_key: Option<String>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub idle_ms: Option<i64>,
    pub ends_at: Option<i64>,
    pub used_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub closed_because: Option<String>,
    pub closed_by: Option<String>,
    pub forgotten: bool,
}

/// One of the two. No `Debug`: it holds a number.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PrivateParticipantRow {
    pub conversation: String,
    pub side: i64,
    pub number: String,
    pub name: Option<String>,
    pub country: Option<String>,
    pub dials: String,
    pub pin: Option<String>,
    pub open: bool,
    pub released_at: Option<i64>,
    pub invited: String,
    pub invite_id: Option<String>,
    pub problem: Option<String>,
}

/// Which conversations to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivateQuery {
    /// Only open ones, only closed ones, or both.
    pub open: Option<bool>,
    /// An exact reference, or an exact number of one of the two or of ours.
    pub text: Option<String>,
    /// The same telephone in its other spelling.
    pub also: Option<String>,
    /// Older than this id.
    pub before: Option<String>,
    pub limit: u32,
}

impl Private<'_> {
    /// One conversation and its two people.
    pub async fn conversation(self, id: &str) -> Result<Option<(PrivateConversationRow, Vec<PrivateParticipantRow>)>> {
        let sql = "SELECT * FROM private_conversations WHERE id = $1";
        let row: Option<PrivateConversationRow> =
            on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?;
        let Some(row) = row else { return Ok(None) };
        let people = self.people(std::slice::from_ref(&row)).await?;
        Ok(Some((row, people)))
    }

    /// Conversations, the newest first.
    pub async fn conversations(self, query: &PrivateQuery) -> Result<Vec<PrivateConversationRow>> {
        let mut sql = String::from("SELECT c.* FROM private_conversations c WHERE ($1 IS NULL OR c.id < $1)");
        match query.open {
            Some(true) => sql.push_str(" AND c.closed_at IS NULL"),
            Some(false) => sql.push_str(" AND c.closed_at IS NOT NULL"),
            None => {}
        }
        if query.text.is_some() {
            sql.push_str(
                " AND (c.reference = $2 OR EXISTS (SELECT 1 FROM private_participants p WHERE p.conversation = c.id \
                 AND (p.number = $2 OR p.number = $4 OR p.dials = $2 OR p.name = $2)))",
            );
        } else {
            sql.push_str(" AND $2 IS NULL AND $4 IS NULL");
        }
        sql.push_str(" ORDER BY c.id DESC LIMIT $3");
        let sql = sqlx::AssertSqlSafe(sql);
        Ok(on_db!(self, pool => sqlx::query_as(sql)
            .bind(query.before.clone())
            .bind(query.text.clone())
            .bind(i64::from(query.limit))
            .bind(query.also.clone())
            .fetch_all(pool)
            .await)?)
    }

    /// The people of these conversations, in the same order, and by side.
    pub async fn people(self, of: &[PrivateConversationRow]) -> Result<Vec<PrivateParticipantRow>> {
        let ids: Vec<&str> = of.iter().map(|conversation| conversation.id.as_str()).collect();
        let place: HashMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        let mut people: Vec<PrivateParticipantRow> = self.db.find(&PEOPLE, &ids).await?;
        people.sort_by_key(|person| (place.get(person.conversation.as_str()).copied(), person.side));
        Ok(people)
    }

    /// Closes a conversation. Whether it was open.
    pub async fn close(self, id: &str, because: &str, by: &str, now: i64) -> Result<bool> {
        let conversation = "UPDATE private_conversations SET closed_at = $2, closed_because = $3, closed_by = $4 \
                            WHERE id = $1 AND closed_at IS NULL";
        let people = "UPDATE private_participants SET open = FALSE, released_at = $2 WHERE conversation = $1 AND open";
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let closed = sqlx::query(conversation)
                .bind(id)
                .bind(now)
                .bind(because)
                .bind(by)
                .execute(&mut *tx)
                .await?
                .rows_affected();
            if closed > 0 {
                sqlx::query(people).bind(id).bind(now).execute(&mut *tx).await?;
            }
            tx.commit().await?;
            Ok(closed > 0)
        })
    }

    /// Closes what has ended by `now`: its absolute end, or its rest. How many.
    pub async fn close_ended(self, now: i64) -> Result<u64> {
        let people = "UPDATE private_participants SET open = FALSE, released_at = $1 WHERE open AND conversation IN \
                      (SELECT id FROM private_conversations WHERE closed_at IS NULL AND ends_at <= $1)";
        let conversations = "UPDATE private_conversations SET closed_at = $1, closed_by = 'time', closed_because = \
                             CASE WHEN expires_at IS NOT NULL AND expires_at <= $1 THEN 'expired' ELSE 'idle' END \
                             WHERE closed_at IS NULL AND ends_at <= $1";
        // Looking costs nobody a turn; nearly always nothing has ended.
        let any = "SELECT 1 FROM private_conversations WHERE closed_at IS NULL AND ends_at <= $1 LIMIT 1";
        let found: Option<i32> = on_db!(self, pool => sqlx::query_scalar(any).bind(now).fetch_optional(pool).await)?;
        if found.is_none() {
            return Ok(0);
        }
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            sqlx::query(people).bind(now).execute(&mut *tx).await?;
            let closed = sqlx::query(conversations).bind(now).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            Ok(closed)
        })
    }

    /// The delivery state of the text that invited a participant.
    pub async fn invited(
        self,
        id: &str,
        side: i64,
        state: &str,
        invite_id: Option<&str>,
        problem: Option<&str>,
    ) -> Result<()> {
        let sql = "UPDATE private_participants SET invited = $3, invite_id = $4, problem = $5 \
                   WHERE conversation = $1 AND side = $2";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(side)
            .bind(state)
            .bind(invite_id)
            .bind(problem)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }
}
