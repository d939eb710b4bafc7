//! The operator's own systems show a key at the JSON interfaces.
//!
//! A key is `sb_` and 43 characters, 256 bits of chance; what is kept is its SHA-256. It is shown once, when it is made.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::accounts::Accounts;
use super::clock::Clock;
use super::core::ServiceError;
use super::fail::Fail;
use super::random::{Random, secret};
use crate::store::{ApiKeyRow, Store};

/// So that a key is known for one where it turns up, in a log or a repository.
const PREFIX: &str = "sb_";
/// The last use is noted at most this often.
const NOTED_EACH_MS: i64 = 60_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;

/// A system that showed a good key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: String,
    /// What the operator called it.
    pub name: String,
}

/// A key as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyInfo {
    pub id: String,
    pub name: String,
    /// ms UTC.
    pub created_at: i64,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

/// The name that was given to a key is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("name: 1 to 80 characters, such as the name of the system that will use the key")]
pub struct KeyNameError;

impl From<KeyNameError> for Fail<KeyNameError> {
    fn from(refusal: KeyNameError) -> Self {
        Self::Refused(refusal)
    }
}

/// Makes a key. A function of its own, for commands that run beside a server.
///
/// # Errors
/// [`KeyNameError`], or when the database fails.
pub async fn create_api_key(
    store: &Store,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
    name: &str,
) -> Result<(ApiKey, String), Fail<KeyNameError>> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(KeyNameError.into());
    }
    let key = format!("{PREFIX}{}", secret(random, 32));
    let row = ApiKeyRow {
        id: random.id(),
        name: name.to_owned(),
        key_hash: hash(&key),
        created_at: clock.now_ms(),
        used_at: None,
        revoked_at: None,
    };
    store.accounts().insert_api_key(&row).await?;
    Ok((ApiKey { id: row.id, name: row.name }, key))
}

impl Accounts {
    /// Whose key this is; `None` when it is not known or was revoked.
    pub async fn api_key(&self, presented: &str) -> Result<Option<ApiKey>, ServiceError> {
        let presented = hash(presented);
        let Some(row) = self.core.store.accounts().api_key(&presented).await? else { return Ok(None) };
        // The index compared in its own time already, but of hashes: nobody can walk towards one. This keeps it so
        // whatever the database takes for equal.
        if !bool::from(row.key_hash.as_bytes().ct_eq(presented.as_bytes())) {
            return Ok(None);
        }
        let now = self.core.clock.now_ms();
        if row.used_at.is_none_or(|used| now - used >= NOTED_EACH_MS) {
            self.core.store.accounts().api_key_used(&row.id, now).await?;
        }
        Ok(Some(ApiKey { id: row.id, name: row.name }))
    }

    /// Makes a key: whose it is, and the key, which is not shown again.
    ///
    /// # Errors
    /// [`KeyNameError`], or when the database fails.
    pub async fn create_api_key(&self, name: &str) -> Result<(ApiKey, String), Fail<KeyNameError>> {
        create_api_key(&self.core.store, &self.core.clock, &self.core.random, name).await
    }

    /// Every key, the oldest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKeyInfo>, ServiceError> {
        let rows = self.core.store.accounts().api_keys().await?;
        Ok(rows.into_iter().map(ApiKeyInfo::from).collect())
    }

    /// Ends a key at once. Whether there was such a key.
    pub async fn revoke_api_key(&self, id: &str) -> Result<bool, ServiceError> {
        Ok(self.core.store.accounts().revoke_api_key(id, self.core.clock.now_ms()).await?)
    }
}

impl From<ApiKeyRow> for ApiKeyInfo {
    fn from(row: ApiKeyRow) -> Self {
        let ApiKeyRow { id, name, created_at, used_at, revoked_at, .. } = row;
        Self { id, name, created_at, used_at, revoked_at }
    }
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}
