//! Where a call or a text to a masking number goes.

use rusqlite::OptionalExtension as _;

use crate::store::db::{Pools, on_db};
use crate::store::doors::Private;
use crate::store::error::Result;

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

impl Private<'_> {
    /// Where a call or text of `number` to `dialled` goes: the open conversation, else the last one that is over.
    pub async fn route(self, number: &str, dialled: &str) -> Result<Option<RouteRow>> {
        for which in [OPEN_ROUTE, LAST_ROUTE] {
            let found: Option<RouteRow> = match &self.db.pools {
                // A disk that hangs must not take the threads that answer everybody else: then on the pool's.
                Pools::Sqlite(pool, _) if self.db.health.is_slow() => {
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
    pub async fn route_by_pin(self, dialled: &str, pin: &str) -> Result<Option<RouteRow>> {
        Ok(on_db!(self, pool => sqlx::query_as(ROUTE_BY_PIN).bind(dialled).bind(pin).fetch_optional(pool).await)?)
    }

    /// Whether any open conversation on that number has a PIN.
    pub async fn has_pins(self, dialled: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM private_participants WHERE dials = $1 AND open AND pin IS NOT NULL LIMIT 1";
        let found: Option<i32> =
            on_db!(self, pool => sqlx::query_scalar(sql).bind(dialled).fetch_optional(pool).await)?;
        Ok(found.is_some())
    }
}
