//! Browser sessions, for tower-sessions.
//!
//! The cookie holds an id of 128 bits; the database holds its SHA-256, so that a reader of the database cannot become
//! anybody. (tower-sessions' own SQL store keeps ids as they are, and wants an older sqlx.)

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as SessionResult};
use tower_sessions::{ExpiredDeletion, SessionStore};

use super::db::{Db, on_db};
use super::doors::Accounts;
use super::error::Result;

/// The key under which a session holds the account that is signed in.
pub const ACCOUNT: &str = "account";

/// The sessions in the database. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    db: Db,
    now: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sessions").field("db", &self.db).finish_non_exhaustive()
    }
}

impl Accounts<'_> {
    /// The session store for tower-sessions. `now` is the clock, ms UTC.
    #[must_use]
    pub fn sessions(self, now: impl Fn() -> i64 + Send + Sync + 'static) -> Sessions {
        Sessions { db: self.db.clone(), now: Arc::new(now) }
    }

    /// Ends every session of an account.
    pub async fn end_sessions_of(self, account: &str) -> Result<u64> {
        let sql = "DELETE FROM sessions WHERE account = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(account).execute(pool).await?.rows_affected()))
    }

    /// Ends every session of an account but one.
    pub async fn end_other_sessions_of(self, account: &str, keep: Id) -> Result<u64> {
        let sql = "DELETE FROM sessions WHERE account = $1 AND id_hash <> $2";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => {
            sqlx::query(sql).bind(account).bind(hash(&keep)).execute(pool).await?.rows_affected()
        }))
    }

    /// Forgets sessions that expired before `now`, ms UTC.
    pub async fn forget_sessions(self, now: i64) -> Result<u64> {
        let sql = "DELETE FROM sessions WHERE expires_at <= $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(now).execute(pool).await?.rows_affected()))
    }

    /// Writes a session that is new, or one that is there. Whether it was written. A request that began before its session
    /// was ended must not bring it back, so one that is not there is not saved.
    async fn put_session(self, record: &Record, new: bool) -> SessionResult<bool> {
        let create = "INSERT INTO sessions (id_hash, account, data, expires_at) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT DO NOTHING";
        let save = "UPDATE sessions SET account = $2, data = $3, expires_at = $4 WHERE id_hash = $1";
        let sql = if new { create } else { save };
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        let account = record.data.get(ACCOUNT).and_then(|value| value.as_str());
        let expires_at = i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        let _turn = self.db.turn().await;
        let rows = on_db!(self, pool => sqlx::query(sql)
            .bind(hash(&record.id))
            .bind(account)
            .bind(data)
            .bind(expires_at)
            .execute(pool)
            .await
            .map(|done| done.rows_affected()));
        Ok(rows.map_err(backend)? == 1)
    }
}

fn hash(id: &Id) -> String {
    hex::encode(Sha256::digest(id.0.to_le_bytes()))
}

fn backend(error: sqlx::Error) -> Error {
    Error::Backend(error.to_string())
}

impl Sessions {
    fn accounts(&self) -> Accounts<'_> {
        Accounts { db: &self.db }
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> SessionResult<()> {
        while !self.accounts().put_session(record, true).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> SessionResult<()> {
        self.accounts().put_session(record, false).await.map(drop)
    }

    async fn load(&self, id: &Id) -> SessionResult<Option<Record>> {
        let sql = "SELECT data, expires_at FROM sessions WHERE id_hash = $1 AND expires_at > $2";
        let found: Option<(String, i64)> = on_db!(self, pool => sqlx::query_as(sql)
            .bind(hash(id))
            .bind((self.now)())
            .fetch_optional(pool)
            .await)
        .map_err(backend)?;
        let Some((data, expires_at)) = found else { return Ok(None) };
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(expires_at) * 1_000_000)
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> SessionResult<()> {
        let sql = "DELETE FROM sessions WHERE id_hash = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(hash(id)).execute(pool).await.map(drop)).map_err(backend)
    }
}

#[async_trait]
impl ExpiredDeletion for Sessions {
    async fn delete_expired(&self) -> SessionResult<()> {
        self.accounts().forget_sessions((self.now)()).await.map(drop).map_err(|error| Error::Backend(error.to_string()))
    }
}
