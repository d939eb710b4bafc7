//! Opening conversations: what forbids a collision is an index of the database; which numbers are taken is the caller's
//! choice.

use super::conversations::PrivateConversationRow;
use crate::store::db::{Pools, on_db};
use crate::store::doors::Private;
use crate::store::error::{Result, StoreError};

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

/// The outcome of opening a conversation.
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

/// How often an insert is tried again that lost against another node's.
const TRIES: u32 = 8;

impl Private<'_> {
    /// Opens conversations, all in one transaction: for each, `choose` gets the pool and what the two people have to do
    /// with its numbers, and says what each is to dial. One that is refused does not hinder the others. An insert that the
    /// database forbids, because another node was quicker, is replaced by another choice.
    ///
    /// # Errors
    /// When the database fails; nothing was opened then.
    pub async fn open<E, F>(self, wanted: &[NewPrivate], choose: F) -> Result<Vec<OpenedPrivate<E>>>
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

    async fn open_private_alone<E, F>(self, wanted: &NewPrivate, choose: &F) -> Result<OpenedPrivate<E>>
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

    async fn open_private_once<E, F>(self, wanted: &[NewPrivate], choose: &F) -> Result<Vec<OpenedPrivate<E>>>
    where
        E: Clone,
        F: Fn(&NewPrivate, &[PoolRow], &[Vec<UseRow>; 2]) -> std::result::Result<[String; 2], E>,
    {
        // On SQLite a transaction that reads first and writes then must not find that another process wrote in between.
        let begin = match &self.db.pools {
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
        let _turn = self.db.turn().await;
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
