//! Existing web, iOS and Android clients get tokens for their users, by the contract of the contact-centre samples
//! (`POST /api/jwt`). The key's value is checked, which the sample never did.

use std::net::IpAddr;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::accounts::{Accounts, SignInRefusal};
use super::contact_center::ContactCenter;
use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::lines::Lines;
use super::random::secret;
use super::rate::network;
use super::shared::Shared;
use crate::domain::account::AGENT_ACL;
use crate::domain::contact_center::call::DeskCall;
use crate::domain::lost::Lost;
use crate::store::AccountRow;
use crate::vonage::VonageError;
use crate::vonage::jwt::UserToken;

/// The name of the setting with the key's SHA-256.
const KEY: &str = "mobile_api_key_hash";
/// The name of the setting with the web pages that may ask, separated by spaces.
const ORIGINS: &str = "mobile_api_origins";
/// How long a token is good unless the client asks for less, s: the platform's most.
const TOKEN_SECONDS: i64 = 24 * 60 * 60;
/// The least a client may ask for, s.
const LEAST_SECONDS: i64 = 30;
/// Wrong keys from one address before it has to wait.
const FREE_FAILURES: i64 = 10;
/// The most web pages that may be named.
const MOST_ORIGINS: usize = 50;

/// A token for a client's user.
#[derive(Clone, PartialEq, Eq)]
pub struct SdkToken {
    /// `USR-…`
    pub user_id: String,
    pub user_name: String,
    pub jwt: String,
    /// ms UTC
    pub expires_at_ms: i64,
}

/// Somebody who waits for an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingCaller {
    /// Digits, or a visitor's name.
    pub number: String,
    pub conversation: String,
    pub leg: String,
    pub since_ms: i64,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SdkRefusal {
    #[error("mobile_api_key is wrong or missing")]
    Key,
    #[error("too many wrong keys, try again in {retry_after_s} s")]
    Throttled { retry_after_s: u64 },
    #[error("user_name: there is no such user")]
    UnknownUser,
    #[error("expires_at: must lie 30 seconds to 24 hours ahead")]
    Expiry,
    #[error("the platform is not available")]
    Unavailable,
}

/// A text that names no origin of a web page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoOrigin(pub String);

impl From<NoOrigin> for Fail<NoOrigin> {
    fn from(refusal: NoOrigin) -> Self {
        Self::Refused(refusal)
    }
}

/// Tokens for existing web, iOS and Android clients.
#[derive(Clone)]
pub struct Sdk {
    core: Arc<Core>,
    lines: Lines,
    accounts: Accounts,
    desk: Arc<ContactCenter>,
}

impl Sdk {
    pub(super) fn new(shared: &Shared, desk: Arc<ContactCenter>) -> Self {
        Self { core: Arc::clone(&shared.core), lines: shared.lines.clone(), accounts: shared.accounts.clone(), desk }
    }

    /// Checks the key in constant time, and counts wrong ones.
    ///
    /// # Errors
    /// [`SdkRefusal::Key`], [`SdkRefusal::Throttled`] or [`SdkRefusal::Unavailable`].
    pub async fn check_mobile_key(&self, key: &str, client_ip: IpAddr) -> Result<(), SdkRefusal> {
        let throttle = hex::encode(Sha256::digest(format!("mobile\n{}", network(client_ip))));
        let now = self.core.clock.now_ms();
        let before = self.core.store.accounts().throttle(&throttle).await.map_err(down)?;
        if let Some(wait) = before.map(|before| before.blocked_until - now).filter(|wait| *wait > 0) {
            let retry_after_s = u64::try_from(wait).unwrap_or_default().div_ceil(1000);
            return Err(SdkRefusal::Throttled { retry_after_s });
        }
        let right = match &self.core.settings.operator.mobile_api_key {
            Some(configured) => Some(hash(configured)),
            None => self.core.store.settings().find(KEY).await.map_err(down)?,
        };
        // Hashes of the same length are compared, so that the time tells nothing of the key.
        let given = hash(key);
        let same = right.is_some_and(|right| bool::from(right.as_bytes().ct_eq(given.as_bytes())));
        if same && !key.is_empty() {
            return Ok(());
        }
        tracing::warn!("a mobile client came with a wrong key");
        match self.accounts.count_attempt(&throttle, FREE_FAILURES).await {
            Ok(()) => Err(SdkRefusal::Key),
            Err(SignInRefusal::Throttled { retry_after_s }) => Err(SdkRefusal::Throttled { retry_after_s }),
            Err(_) => Err(SdkRefusal::Unavailable),
        }
    }

    /// A token for a user who takes calls. `expires_at_ms` is the client's wish.
    ///
    /// # Errors
    /// [`SdkRefusal`].
    pub async fn sdk_token(
        &self,
        key: &str,
        user_name: &str,
        expires_at_ms: Option<i64>,
        client_ip: IpAddr,
    ) -> Result<SdkToken, SdkRefusal> {
        self.check_mobile_key(key, client_ip).await?;
        let core = &self.core;
        let now = core.clock.now_ms();
        let now_s = now / 1000;
        let until = expires_at_ms.map_or(now_s + TOKEN_SECONDS, |ms| ms / 1000);
        if !(now_s + LEAST_SECONDS..=now_s + TOKEN_SECONDS).contains(&until) {
            return Err(SdkRefusal::Expiry);
        }
        let row = core.store.accounts().named(user_name.trim()).await.map_err(down)?;
        let takes_calls = |name: &str| self.lines.directory().agents.contains(name);
        let row =
            row.filter(|row| self.accounts.exists(row) && takes_calls(&row.name)).ok_or(SdkRefusal::UnknownUser)?;
        // As the samples do: the user is made when it is first needed.
        let user_id = match &row.user_id {
            Some(id) => id.clone(),
            None => self.ensure_user(&row).await.map_err(down)?,
        };
        let application = core.vonage.application().map_err(down)?;
        let token =
            UserToken { name: &row.name, paths: &AGENT_ACL, seconds: u64::try_from(until - now_s).unwrap_or_default() };
        let jwt = application.user_token(&token, now_s, &core.random.id()).map_err(down)?;
        // From now on calls may ring there; a database that is away must not cost the client its token.
        if let Err(error) = self.desk.presence.agent_signed_in_elsewhere(&row.id, &row.name, until * 1000).await {
            tracing::warn!(error = %error, "an agent's sign-in elsewhere was not noted");
        }
        Ok(SdkToken { user_id, user_name: row.name, jwt, expires_at_ms: until * 1000 })
    }

    /// The callers who wait for an agent, the longest first: the queue screen of the samples' mobile clients.
    pub async fn waiting_callers(&self) -> Result<Vec<WaitingCaller>, ServiceError> {
        let rows = self.core.store.desk().open_calls().await?;
        let mut waiting: Vec<WaitingCaller> = rows
            .into_iter()
            .map(|row| row.call)
            .filter(DeskCall::is_waiting)
            .map(|call| WaitingCaller {
                number: call.customer().unwrap_or_default().to_owned(),
                conversation: call.conversation.clone(),
                leg: call.customer_leg.clone().unwrap_or_default(),
                since_ms: call.waits_since().unwrap_or(call.created_at),
            })
            .collect();
        waiting.sort_by_key(|caller| caller.since_ms);
        Ok(waiting)
    }

    /// Makes a new key instead of the one before, which is worth nothing from now on. To be shown once; only its hash is
    /// kept. `None` when the key comes from the environment and cannot be changed here.
    pub async fn new_mobile_key(&self) -> Result<Option<String>, ServiceError> {
        if self.core.settings.operator.mobile_api_key.is_some() {
            return Ok(None);
        }
        let key = secret(&self.core.random, 24);
        self.core.store.settings().put(KEY, &hash(&key), self.core.clock.now_ms()).await?;
        tracing::info!("the mobile API key was exchanged");
        Ok(Some(key))
    }

    /// When the key was last exchanged, ms UTC; `None` when there is none here.
    pub async fn mobile_key_since(&self) -> Result<Option<i64>, ServiceError> {
        Ok(self.core.store.settings().changed_at(KEY).await?)
    }

    /// Whether the key is set by the environment.
    #[must_use]
    pub fn mobile_key_is_configured(&self) -> bool {
        self.core.settings.operator.mobile_api_key.is_some()
    }

    /// The origins of web pages that may ask for tokens.
    pub async fn mobile_origins(&self) -> Result<Vec<String>, ServiceError> {
        let kept = self.core.store.settings().find(ORIGINS).await?.unwrap_or_default();
        Ok(kept.split_whitespace().map(str::to_owned).collect())
    }

    /// Sets them.
    ///
    /// # Errors
    /// [`NoOrigin`], or when the database fails.
    pub async fn set_mobile_origins(&self, text: &str) -> Result<(), Fail<NoOrigin>> {
        let mut origins: Vec<String> = Vec::new();
        for word in text.split([' ', '\n', '\r', '\t', ',']).map(str::trim).filter(|word| !word.is_empty()) {
            let parsed = url::Url::parse(word).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let origin = parsed.filter(|url| matches!(url.path(), "" | "/") && url.query().is_none());
            let Some(origin) = origin.map(|url| url.origin().ascii_serialization()) else {
                return Err(NoOrigin(word.chars().take(200).collect()).into());
            };
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        origins.truncate(MOST_ORIGINS);
        self.core.store.settings().put(ORIGINS, &origins.join(" "), self.core.clock.now_ms()).await?;
        Ok(())
    }

    /// Makes sure that an account has its user at the platform. The user's id.
    ///
    /// # Errors
    /// What the platform says, or the database fails.
    pub async fn ensure_user(&self, row: &AccountRow) -> Result<String, Fail<VonageError>> {
        let core = &self.core;
        let shown = if row.display_name.is_empty() { &row.name } else { &row.display_name };
        let made = match core.vonage.create_user(&row.name, shown).await.map_err(Fail::Refused)? {
            Some(user) => user.id,
            None => match core.vonage.get_user(&row.name).await.map_err(Fail::Refused)? {
                Some(user) => user.id,
                None => {
                    return Err(Fail::Refused(VonageError::Unavailable {
                        reason: Lost::Other("the user is not there yet".into()),
                    }));
                }
            },
        };
        if row.user_id.as_deref() != Some(&made) {
            core.store.accounts().set_user_id(&row.id, Some(&made)).await?;
        }
        Ok(made)
    }
}

fn hash(key: &str) -> String {
    hex::encode(Sha256::digest(key))
}

fn down(error: impl std::fmt::Display) -> SdkRefusal {
    tracing::error!(error = %error, "a mobile client's token failed");
    SdkRefusal::Unavailable
}
