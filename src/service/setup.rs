//! The account and its application: made, adopted, repaired; what is still missing is in [`checklist`], and what of that the
//! operator skips in [`steps`].
//!
//! The application's private key is made here and never leaves the server; what must be kept of it is encrypted under a
//! key that is not in the database ([`super::vault`]).

mod checklist;
mod steps;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::calls::CallLog;
use super::clock_skew::ClockSkew;
use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::invitations::Team;
use super::lines::Lines;
use super::numbers::Numbers;
use super::private_calls::Texts;
use super::settings::Origin;
use super::shared::Shared;
use super::vault::{Vault, VaultError};
use crate::domain::account::SHORTEST_SECRET;
use crate::domain::dial_policy::Rule;
use crate::domain::outgoing::Cleared;
use crate::domain::phone::{E164, PhoneError};
use crate::domain::spoken::Text;
use crate::domain::trouble::Trouble;
use crate::vonage::client::{Callee, NewApplication, NewCall};
use crate::vonage::jwt::{KeyError, NewKeyPair};
use crate::vonage::{ApplicationKey, Client, Credentials, Verifier, VonageError};

pub use super::vault::VaultKey;

/// The setting that holds the sealed [`Kept`].
const KEPT: &str = "platform";
/// The setting that holds the sealed [`Kept`] of an application made in the sandbox, for commands beside the server. It ends
/// with the sandbox.
const KEPT_IN_SANDBOX: &str = "sandbox-platform";
/// The longest name of an application, in characters.
pub const LONGEST_NAME: usize = 80;
/// A test call rings and talks for at most so long.
const TEST_CALL_SECONDS: u32 = 60;

/// What is kept of the platform, sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    pub api_key: String,
    pub api_secret: String,
    /// Empty when none was entered.
    #[serde(default)]
    pub signature_secret: String,
    pub application_id: String,
    /// PEM.
    pub private_key: String,
}

/// What the setup page shows beside the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformState {
    pub origin: Origin,
    pub api_key: String,
    pub application_id: Option<String>,
    pub public_url: String,
    /// Which telephone a test call suggests: the support line's.
    pub test_number: E164,
    /// Credentials were entered that are in force after the next start.
    pub waits_for_restart: bool,
}

/// Why no application was made.
#[derive(Debug, thiserror::Error)]
pub enum SetupRefusal {
    #[error("{0}: it must not be empty")]
    Empty(&'static str),
    #[error("name: it has at most {LONGEST_NAME} characters")]
    LongName,
    #[error("signature_secret: a secret has at least {SHORTEST_SECRET} characters")]
    ShortSecret,
    #[error("the platform does not know this API key and secret")]
    Credentials,
    #[error(transparent)]
    Platform(#[from] VonageError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the application is not set up yet")]
    NoApplication,
    /// Their callers could not be led on, nor their webhooks be told from forged ones.
    #[error("{0} calls or agents with a call are not finished")]
    CallsUnderWay(i64),
    #[error("an application is being created at this moment")]
    BeingCreated,
    #[error("number: {0}")]
    Number(#[from] PhoneError),
    #[error(transparent)]
    Dial(#[from] Rule),
    #[error(transparent)]
    Unavailable(#[from] ServiceError),
}

impl From<Fail<Rule>> for SetupRefusal {
    fn from(fail: Fail<Rule>) -> Self {
        match fail {
            Fail::Refused(rule) => Self::Dial(rule),
            Fail::Ours(error) => Self::Unavailable(error),
        }
    }
}

impl From<SetupRefusal> for Trouble {
    fn from(refusal: SetupRefusal) -> Self {
        match refusal {
            SetupRefusal::Empty(_) => Self::Empty,
            SetupRefusal::LongName => Self::Long(LONGEST_NAME),
            SetupRefusal::ShortSecret => Self::ShortSecret(SHORTEST_SECRET),
            // Has words of its own on the page.
            SetupRefusal::Credentials => Self::PlatformRefused { status: 401, detail: String::new() },
            SetupRefusal::Platform(error) => error.into(),
            SetupRefusal::Vault(error) => Self::Vault(error.to_string()),
            SetupRefusal::Key(error) => Self::Key(error.to_string()),
            SetupRefusal::NoApplication => Self::NoApplication,
            SetupRefusal::CallsUnderWay(calls) => Self::CallsUnderWay(calls),
            SetupRefusal::BeingCreated => Self::BeingCreated,
            SetupRefusal::Number(error) => error.into(),
            SetupRefusal::Dial(rule) => rule.into(),
            SetupRefusal::Unavailable(error) => error.into(),
        }
    }
}

impl From<crate::store::StoreError> for SetupRefusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// What was entered on the setup page, read before there are any use cases.
///
/// # Errors
/// [`SetupRefusal::Vault`] when it was encrypted with another key, or the database fails.
pub async fn kept_in(store: &crate::store::Store, key: &VaultKey) -> Result<Option<Kept>, SetupRefusal> {
    opened(store, key, KEPT).await
}

/// The application that was made in the sandbox which runs now, if one was.
///
/// # Errors
/// [`SetupRefusal::Vault`] when it was encrypted with another key, or the database fails.
pub async fn made_in_sandbox(store: &crate::store::Store, key: &VaultKey) -> Result<Option<Kept>, SetupRefusal> {
    opened(store, key, KEPT_IN_SANDBOX).await
}

/// A new sandbox begins: what was made in the one before is gone with it.
///
/// # Errors
/// When the database fails.
pub async fn forget_sandbox(store: &crate::store::Store) -> Result<(), ServiceError> {
    store.settings().delete(KEPT_IN_SANDBOX).await?;
    Ok(())
}

async fn opened(store: &crate::store::Store, key: &VaultKey, name: &str) -> Result<Option<Kept>, SetupRefusal> {
    let Some(sealed) = store.settings().find(name).await? else { return Ok(None) };
    let vault = super::vault::Vault::new(Some(key), Arc::new(super::SystemRandom));
    let text = vault.open(name, &sealed)?;
    Ok(Some(serde_json::from_str(&text).map_err(|_| ServiceError::Internal("the kept platform is unreadable"))?))
}

/// The account, its application, and what is still missing.
#[derive(Clone)]
pub struct Setup {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    team: Team,
    log: CallLog,
    numbers: Numbers,
    texts: Texts,
    clock_skew: ClockSkew,
    vault: Arc<Vault>,
    while_running: Arc<WhileRunning>,
}

/// What is done while we run.
#[derive(Default)]
struct WhileRunning {
    /// The application that was made.
    adopted: RwLock<Option<Arc<Adopted>>>,
    /// Held while one is created.
    creating: tokio::sync::Mutex<()>,
}

impl Setup {
    pub(super) fn new(shared: &Shared, team: Team, numbers: Numbers, texts: Texts, vault: Arc<Vault>) -> Self {
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            team,
            log: shared.log.clone(),
            numbers,
            texts,
            clock_skew: shared.clock_skew.clone(),
            vault,
            while_running: Arc::default(),
        }
    }

    /// What is in force.
    pub async fn platform_state(&self) -> Result<PlatformState, ServiceError> {
        let core = &self.core;
        let credentials = core.vonage.credentials();
        let application_id = credentials.application.as_ref().map(|key| key.application_id().to_owned());
        let kept = self.kept_platform().await.ok().flatten();
        let waits_for_restart = kept.is_some_and(|kept| Some(&kept.application_id) != application_id.as_ref());
        Ok(PlatformState {
            origin: core.settings.operator.origin,
            api_key: credentials.api_key.clone(),
            application_id,
            public_url: core.settings.operator.public_url.clone(),
            test_number: core.settings.support.destination.clone(),
            waits_for_restart,
        })
    }

    /// What was entered on the setup page.
    ///
    /// # Errors
    /// [`SetupRefusal::Vault`] when it was encrypted with another key, or the database fails.
    pub async fn kept_platform(&self) -> Result<Option<Kept>, SetupRefusal> {
        let Some(sealed) = self.core.store.settings().find(KEPT).await? else { return Ok(None) };
        let text = self.vault.open(KEPT, &sealed)?;
        let kept =
            serde_json::from_str(&text).map_err(|_| ServiceError::Internal("the kept platform is unreadable"))?;
        Ok(Some(kept))
    }

    /// Forgets it: from the next start the environment or the sandbox are in force.
    pub async fn forget_platform(&self) -> Result<bool, ServiceError> {
        Ok(self.core.store.settings().delete(KEPT).await?)
    }

    /// What our application should be.
    fn wanted(&self, name: &str, public_key: Option<String>) -> NewApplication {
        let public_url = self.core.settings.operator.public_url.clone();
        let region = self.core.settings.operator.region.map(|region| region.name().to_owned());
        NewApplication { name: name.to_owned(), public_url, public_key, region }
    }

    /// Makes an application with voice and rtc, whose webhooks are ours, and keeps its key. In force at once when the
    /// account is the one that we already talk to; otherwise from the next start, which is said.
    ///
    /// Empty `api_key` and `api_secret` mean those that are in force.
    ///
    /// # Errors
    /// [`SetupRefusal`]; nothing is kept then. An application that was made when keeping failed stays at the platform.
    pub async fn create_application(
        &self,
        api_key: &str,
        api_secret: &str,
        signature_secret: &str,
        name: &str,
    ) -> Result<PlatformState, SetupRefusal> {
        let name = name.trim();
        if name.is_empty() {
            return Err(SetupRefusal::Empty("name"));
        }
        if name.chars().count() > LONGEST_NAME {
            return Err(SetupRefusal::LongName);
        }
        let core = &self.core;
        let current = core.vonage.credentials();
        let (api_key, api_secret) = match (api_key.trim(), api_secret.trim()) {
            ("", "") => (current.api_key.clone(), current.api_secret.clone()),
            (key, secret) => (key.to_owned(), secret.to_owned()),
        };
        if api_key.is_empty() {
            return Err(SetupRefusal::Empty("api_key"));
        }
        if api_secret.is_empty() {
            return Err(SetupRefusal::Empty("api_secret"));
        }
        let signature_secret = signature_secret.trim();
        if (1..SHORTEST_SECRET).contains(&signature_secret.chars().count()) {
            return Err(SetupRefusal::ShortSecret);
        }
        let same_account = api_key == current.api_key;
        let client = self.client_for(&api_key, &api_secret, same_account);
        match client.list_applications().await {
            Ok(_) => {}
            Err(VonageError::Refused { status: 401 | 403, .. }) => return Err(SetupRefusal::Credentials),
            Err(other) => return Err(other.into()),
        }
        let Ok(_only_one) = self.while_running.creating.try_lock() else { return Err(SetupRefusal::BeingCreated) };
        let calls = core.store.erasure().under_way().await?;
        if same_account && calls > 0 {
            return Err(SetupRefusal::CallsUnderWay(calls));
        }
        // Before anything is made at the platform: what cannot be kept must not be made.
        self.vault.seal(KEPT, "")?;
        let pair = tokio::task::spawn_blocking(NewKeyPair::generate)
            .await
            .map_err(|_| ServiceError::Internal("making a key died"))??;
        let application = client.create_application(&self.wanted(name, Some(pair.public))).await?;
        let kept = Kept {
            api_key,
            api_secret,
            signature_secret: signature_secret.to_owned(),
            application_id: application.id.clone(),
            private_key: pair.private,
        };
        let text =
            serde_json::to_string(&kept).map_err(|_| ServiceError::Internal("the platform cannot be written"))?;
        // The sandbox's own account ends with it: kept as a real one's, it would pass for one at the next start.
        let in_sandbox = same_account && core.settings.operator.origin == Origin::Sandbox;
        let name = if in_sandbox { KEPT_IN_SANDBOX } else { KEPT };
        core.store.settings().put(name, &self.vault.seal(name, &text)?, core.clock.now_ms()).await?;
        tracing::info!(application.id = %application.id, "an application was made");
        if same_account {
            self.adopt(&kept).await?;
        }
        Ok(self.platform_state().await?)
    }

    /// From now on we are this application: requests, tokens, webhooks, and the numbers that were linked to the old one.
    async fn adopt(&self, kept: &Kept) -> Result<(), SetupRefusal> {
        let core = &self.core;
        let before = core.vonage.application().ok().map(|key| key.application_id().to_owned());
        let key = ApplicationKey::from_pem(kept.application_id.as_str(), &kept.private_key)?;
        core.vonage.adopt(Credentials {
            api_key: kept.api_key.clone(),
            api_secret: kept.api_secret.clone(),
            application: Some(key),
        });
        let secret = Some(kept.signature_secret.as_str()).filter(|secret| !secret.is_empty());
        let adopted = Adopted { application_id: kept.application_id.clone(), secret: secret.map(str::to_owned) };
        *self.while_running.adopted.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(adopted));
        if let Some(before) = before {
            for own in core.vonage.own_numbers().await? {
                if own.application.as_ref() == Some(&before) {
                    core.vonage.link_number(&own.number, &own.country, &kept.application_id).await?;
                }
            }
        }
        // Users belong to an application: the new one has none yet.
        for row in core.store.accounts().all().await? {
            if row.user_id.is_some() {
                core.store.accounts().set_user_id(&row.id, None).await?;
            }
        }
        if let Err(error) = self.team.keep_users_in_step().await {
            tracing::warn!(error = %error, "the users could not be made in the new application");
        }
        Ok(())
    }

    /// The application that was made while we run: its webhooks are good, whatever the configuration says.
    #[must_use]
    pub fn adopted(&self) -> Option<Arc<Adopted>> {
        self.while_running.adopted.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn client_for(&self, api_key: &str, api_secret: &str, same_account: bool) -> Client {
        let core = &self.core;
        let credentials =
            Credentials { api_key: api_key.to_owned(), api_secret: api_secret.to_owned(), application: None };
        let client = core.vonage.with_credentials(credentials);
        if same_account { client } else { client.at(core.settings.operator.real.clone()) }
    }

    /// Brings the application's webhooks and capabilities to what they should be, and links numbers that have a line.
    ///
    /// # Errors
    /// [`SetupRefusal`].
    pub async fn repair_application(&self) -> Result<(), SetupRefusal> {
        let core = &self.core;
        let key = core.vonage.application().map_err(|_| SetupRefusal::NoApplication)?;
        let id = key.application_id();
        let Some(found) = core.vonage.get_application(id).await? else { return Err(SetupRefusal::NoApplication) };
        let wanted = self.wanted(&found.name, None);
        core.vonage.update_application(&found, &wanted).await?;
        let directory = self.lines.directory();
        for own in core.vonage.own_numbers().await? {
            let led = directory.numbers.contains_key(&own.number) || own.number == directory.support;
            if led && own.application.is_none() {
                core.vonage.link_number(&own.number, &own.country, id).await?;
            }
        }
        Ok(())
    }

    /// Calls a telephone from the support line's number and says so: our request goes the whole way there, and its
    /// answer comes the whole way back.
    ///
    /// # Errors
    /// [`SetupRefusal::Number`], [`SetupRefusal::NoApplication`], or what the platform says.
    pub async fn test_call(&self, number: &str) -> Result<E164, SetupRefusal> {
        let core = &self.core;
        let number = self.lines.read_number(number)?;
        core.vonage.application().map_err(|_| SetupRefusal::NoApplication)?;
        let to = self.dial.take_call_to(&number, "test").await?;
        let call = NewCall {
            to: Callee::Phone(to),
            from: core.settings.support.number.clone(),
            ncco: Cleared::spoken(Text::TestCall, &core.speech(None)),
            ringing_seconds: Some(30),
            limit_seconds: Some(TEST_CALL_SECONDS),
        };
        core.vonage.create_call(&call).await?;
        Ok(number)
    }
}

/// An application that was made while we run.
pub struct Adopted {
    pub application_id: String,
    /// The signature secret, when one was entered with it.
    pub secret: Option<String>,
}

impl Adopted {
    /// A verifier for it: with its own secret, or with those of the configuration's.
    #[must_use]
    pub fn verifier(&self, configured: &Verifier) -> Verifier {
        let base = match &self.secret {
            Some(secret) => Verifier::new(&[secret]),
            None => configured.clone(),
        };
        base.for_application(&self.application_id)
    }
}
