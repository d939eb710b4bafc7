//! Private calls: conversations, their two people, attempts and texts. What forbids a collision is an index of the
//! database; what is decided (which numbers) is the caller's.

mod attempts;
mod forget;
mod hidden;
mod pool;

use rusqlite::OptionalExtension as _;

use super::{Pools, Result, Store, StoreError};

pub use attempts::{AttemptRow, TextRow};
pub use forget::Forgotten;
pub use pool::{BusyRow, NumberUse, PoolFigures};

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

/// A conversation to be, without its numbers.
#[derive(Clone)]
pub struct NewPrivate {
    pub row: PrivateConversationRow,
    pub people: [NewPrivatePerson; 2],
}

/// One of the two of a conversation to be.
#[derive(Clone)]
pub struct NewPrivatePerson {
    pub number: String,
    pub name: Option<String>,
    pub country: Option<String>,
    pub pin: Option<String>,
    /// none, pending
    pub invited: String,
    /// A number that was asked for by name.
    pub wanted: Option<String>,
}

/// A number of the pool, as allocation wants it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PoolRow {
    pub number: String,
    pub country: String,
    pub reserved: bool,
}

/// What a person has to do with a number: open now, or until when.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UseRow {
    pub dials: String,
    /// 1 while it is in an open conversation.
    pub open: i64,
    pub until: Option<i64>,
}

/// What became of a conversation to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenedPrivate<E> {
    /// The number that each of the two dials.
    New([String; 2]),
    /// The request was carried out before: the id of the conversation.
    Known(String),
    /// The chooser found no numbers.
    Refused(E),
    /// The PINs were taken on these numbers; other ones may not be.
    PinTaken,
}

/// What (number, dialled number) leads to.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RouteRow {
    pub conversation: String,
    pub side: i64,
    pub open: bool,
    pub language: String,
    pub ends_at: Option<i64>,
    /// The other person's number, and what they dial.
    pub other: String,
    pub mask: String,
}

impl RouteRow {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            conversation: row.get("conversation")?,
            side: row.get("side")?,
            open: row.get("open")?,
            language: row.get("language")?,
            ends_at: row.get("ends_at")?,
            other: row.get("other")?,
            mask: row.get("mask")?,
        })
    }
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

/// How often an insert is tried again that lost against another node's.
const TRIES: u32 = 8;

macro_rules! route {
    ($which:literal) => {
        concat!(
            "SELECT p.conversation, p.side, p.open, c.language, c.ends_at, o.number AS other, o.dials AS mask \
             FROM private_participants p \
             JOIN private_participants o ON o.conversation = p.conversation AND o.side = 1 - p.side \
             JOIN private_conversations c ON c.id = p.conversation WHERE ",
            $which
        )
    };
}

const OPEN_ROUTE: &str = route!("p.number = $1 AND p.dials = $2 AND p.open");
const LAST_ROUTE: &str = route!("p.number = $1 AND p.dials = $2 ORDER BY p.released_at DESC LIMIT 1");
const ROUTE_BY_PIN: &str = route!("p.dials = $1 AND p.pin = $2 AND p.open");

impl Store {
    /// Opens conversations, all in one transaction: for each, `choose` gets the pool and what the two people have to do
    /// with its numbers, and says what each is to dial. One that is refused does not hinder the others. An insert that the
    /// database forbids, because another node was quicker, is chosen anew.
    ///
    /// # Errors
    /// When the database fails; nothing was opened then.
    pub async fn open_private<E, F>(&self, wanted: &[NewPrivate], choose: F) -> Result<Vec<OpenedPrivate<E>>>
    where
        E: Clone,
        F: Fn(&NewPrivate, &[PoolRow], &[Vec<UseRow>; 2]) -> std::result::Result<[String; 2], E>,
    {
        let together = self.open_private_once(wanted, &choose).await;
        match together {
            Err(error) if forbidden(&error).is_some() => {}
            other => return other,
        }
        // Somebody else took one of the numbers at the same moment. One by one, it costs only those whom it meets.
        let mut opened = Vec::with_capacity(wanted.len());
        for one in wanted {
            opened.push(self.open_private_alone(one, &choose).await?);
        }
        Ok(opened)
    }

    async fn open_private_alone<E, F>(&self, wanted: &NewPrivate, choose: &F) -> Result<OpenedPrivate<E>>
    where
        E: Clone,
        F: Fn(&NewPrivate, &[PoolRow], &[Vec<UseRow>; 2]) -> std::result::Result<[String; 2], E>,
    {
        let mut tries = 0;
        loop {
            let error = match self.open_private_once(std::slice::from_ref(wanted), choose).await {
                Ok(mut opened) => return opened.pop().ok_or(StoreError::Unreadable("result of an insert")),
                Err(error) => error,
            };
            tries += 1;
            match forbidden(&error) {
                Some(Forbidden::Pin) => return Ok(OpenedPrivate::PinTaken),
                Some(_) if tries < TRIES => {}
                _ => return Err(error),
            }
        }
    }

    async fn open_private_once<E, F>(&self, wanted: &[NewPrivate], choose: &F) -> Result<Vec<OpenedPrivate<E>>>
    where
        E: Clone,
        F: Fn(&NewPrivate, &[PoolRow], &[Vec<UseRow>; 2]) -> std::result::Result<[String; 2], E>,
    {
        // On SQLite a transaction that reads first and writes then must not find that another process wrote in between.
        let begin = match &self.inner.pools {
            Pools::Sqlite(..) => "BEGIN IMMEDIATE",
            Pools::Postgres(_) => "BEGIN",
        };
        let pool_sql = "SELECT number, country, reserved FROM numbers WHERE line = 'private' ORDER BY number";
        let known_sql = "SELECT id FROM private_conversations WHERE request_key = $1";
        let uses_sql = "SELECT dials, CAST(MAX(CASE WHEN open THEN 1 ELSE 0 END) AS BIGINT) AS open, MAX(released_at) AS until \
                        FROM private_participants WHERE number = $1 GROUP BY dials";
        let conversation_sql = "INSERT INTO private_conversations (id, reference, language, created_by, request_key, \
             created_at, expires_at, idle_ms, ends_at, forgotten) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, FALSE)";
        let person_sql = "INSERT INTO private_participants (conversation, side, number, name, country, dials, pin, open, \
             invited) VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, $8)";
        let _turn = self.turn().await;
        on_db!(self, db => {
            let mut tx = db.begin_with(begin).await?;
            let pool: Vec<PoolRow> = sqlx::query_as(pool_sql).fetch_all(&mut *tx).await?;
            let mut opened = Vec::with_capacity(wanted.len());
            for one in wanted {
                if let Some(key) = &one.row.request_key {
                    let known: Option<String> =
                        sqlx::query_scalar(known_sql).bind(key).fetch_optional(&mut *tx).await?;
                    if let Some(id) = known {
                        opened.push(OpenedPrivate::Known(id));
                        continue;
                    }
                }
                let mut uses: [Vec<UseRow>; 2] = Default::default();
                for (person, uses) in one.people.iter().zip(&mut uses) {
                    *uses = sqlx::query_as(uses_sql).bind(&person.number).fetch_all(&mut *tx).await?;
                }
                let numbers = match choose(one, &pool, &uses) {
                    Ok(numbers) => numbers,
                    Err(refused) => {
                        opened.push(OpenedPrivate::Refused(refused));
                        continue;
                    }
                };
                let row = &one.row;
                sqlx::query(conversation_sql)
                    .bind(&row.id)
                    .bind(&row.reference)
                    .bind(&row.language)
                    .bind(&row.created_by)
                    .bind(&row.request_key)
                    .bind(row.created_at)
                    .bind(row.expires_at)
                    .bind(row.idle_ms)
                    .bind(row.ends_at)
                    .execute(&mut *tx)
                    .await?;
                for (side, (person, dials)) in (0_i64..).zip(one.people.iter().zip(&numbers)) {
                    sqlx::query(person_sql)
                        .bind(&row.id)
                        .bind(side)
                        .bind(&person.number)
                        .bind(&person.name)
                        .bind(&person.country)
                        .bind(dials)
                        .bind(&person.pin)
                        .bind(&person.invited)
                        .execute(&mut *tx)
                        .await?;
                }
                opened.push(OpenedPrivate::New(numbers));
            }
            tx.commit().await?;
            Ok(opened)
        })
    }

    /// Where a call or text of `number` to `dialled` goes: the open conversation, else the last one that is over.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_route(&self, number: &str, dialled: &str) -> Result<Option<RouteRow>> {
        for which in [OPEN_ROUTE, LAST_ROUTE] {
            let found: Option<RouteRow> = match &self.inner.pools {
                // A disk that hangs must not take the threads that answer everybody else: then on the pool's.
                Pools::Sqlite(pool, _) if self.inner.writer.is_slow() => {
                    sqlx::query_as(which).bind(number).bind(dialled).fetch_optional(pool).await?
                }
                Pools::Sqlite(_, readers) => readers.look_up.read(|db| {
                    let mut statement = db.prepare_cached(which)?;
                    Ok(statement.query_row([number, dialled], RouteRow::read).optional()?)
                })?,
                Pools::Postgres(pool) => sqlx::query_as(which).bind(number).bind(dialled).fetch_optional(pool).await?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Whose PIN this is on that number, if it is anybody's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_route_by_pin(&self, dialled: &str, pin: &str) -> Result<Option<RouteRow>> {
        Ok(on_db!(self, pool => sqlx::query_as(ROUTE_BY_PIN).bind(dialled).bind(pin).fetch_optional(pool).await)?)
    }

    /// Whether any open conversation on that number has a PIN.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_pins(&self, dialled: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM private_participants WHERE dials = $1 AND open AND pin IS NOT NULL LIMIT 1";
        let found: Option<i32> =
            on_db!(self, pool => sqlx::query_scalar(sql).bind(dialled).fetch_optional(pool).await)?;
        Ok(found.is_some())
    }

    /// One conversation and its two people.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_conversation(
        &self,
        id: &str,
    ) -> Result<Option<(PrivateConversationRow, Vec<PrivateParticipantRow>)>> {
        let sql = "SELECT * FROM private_conversations WHERE id = $1";
        let row: Option<PrivateConversationRow> =
            on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?;
        let Some(row) = row else { return Ok(None) };
        let people = self.private_people(std::slice::from_ref(&row)).await?;
        Ok(Some((row, people)))
    }

    /// Conversations, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_conversations(&self, query: &PrivateQuery) -> Result<Vec<PrivateConversationRow>> {
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

    /// The people of these conversations, by conversation and side.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_people(&self, of: &[PrivateConversationRow]) -> Result<Vec<PrivateParticipantRow>> {
        let mut people = Vec::with_capacity(2 * of.len());
        let sql = "SELECT * FROM private_participants WHERE conversation = $1 ORDER BY side";
        for conversation in of {
            let rows: Vec<PrivateParticipantRow> =
                on_db!(self, pool => sqlx::query_as(sql).bind(&conversation.id).fetch_all(pool).await)?;
            people.extend(rows);
        }
        Ok(people)
    }

    /// Closes a conversation. Whether it was open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_private(&self, id: &str, because: &str, by: &str, now: i64) -> Result<bool> {
        let conversation = "UPDATE private_conversations SET closed_at = $2, closed_because = $3, closed_by = $4 \
                            WHERE id = $1 AND closed_at IS NULL";
        let people = "UPDATE private_participants SET open = FALSE, released_at = $2 WHERE conversation = $1 AND open";
        let _turn = self.turn().await;
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
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_ended_private(&self, now: i64) -> Result<u64> {
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
        let _turn = self.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            sqlx::query(people).bind(now).execute(&mut *tx).await?;
            let closed = sqlx::query(conversations).bind(now).execute(&mut *tx).await?.rows_affected();
            tx.commit().await?;
            Ok(closed)
        })
    }

    /// What became of the text that invited somebody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn private_invited(
        &self,
        id: &str,
        side: i64,
        state: &str,
        invite_id: Option<&str>,
        problem: Option<&str>,
    ) -> Result<()> {
        let sql = "UPDATE private_participants SET invited = $3, invite_id = $4, problem = $5 \
                   WHERE conversation = $1 AND side = $2";
        let _turn = self.turn().await;
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

/// Which rule of the database an insert broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forbidden {
    /// The number is the person's in another open conversation.
    Use,
    Pin,
    /// The same request is being carried out elsewhere.
    Request,
    /// Another transaction was first: try again.
    Conflict,
}

fn forbidden(error: &StoreError) -> Option<Forbidden> {
    let StoreError::Database(sqlx::Error::Database(error)) = error else { return None };
    // PostgreSQL: serialization failure, deadlock.
    if matches!(error.code().as_deref(), Some("40001" | "40P01")) {
        return Some(Forbidden::Conflict);
    }
    if !error.is_unique_violation() {
        return None;
    }
    // PostgreSQL names the index, SQLite the columns.
    let text = format!("{} {}", error.constraint().unwrap_or_default(), error.message());
    Some(if text.contains("pin") {
        Forbidden::Pin
    } else if text.contains("request_key") {
        Forbidden::Request
    } else {
        Forbidden::Use
    })
}
