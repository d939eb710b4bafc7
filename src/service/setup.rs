//! The account and its application: made, adopted, repaired; what is still missing is in [`checklist`].
//!
//! The application's private key is made here and never leaves the server; what must be kept of it is encrypted under a
//! key that is not in the database ([`super::vault`]).

mod checklist;
#[cfg(test)]
mod tests;

use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::vault::VaultError;
use super::{ServiceError, Services};
use crate::domain::account::SHORTEST_SECRET;
use crate::domain::click_to_call::TEST_CALL;
use crate::domain::dial_policy::Rule;
use crate::domain::outgoing::Cleared;
use crate::domain::phone::{E164, PhoneError};
use crate::domain::region::Region;
use crate::domain::trouble::Trouble;
use crate::vonage::client::{Callee, NewApplication, NewCall};
use crate::vonage::jwt::{KeyError, NewKeyPair};
use crate::vonage::{ApplicationKey, Client, Credentials, Urls, Verifier, VonageError};

pub use super::vault::VaultKey;
pub use checklist::{Check, CheckKind, CheckState};

/// The setting that holds the sealed [`Kept`].
const KEPT: &str = "platform";
/// The longest name of an application, in characters.
pub const LONGEST_NAME: usize = 80;
/// A test call rings and talks for at most so long.
const TEST_CALL_SECONDS: u32 = 60;

/// What the operator's use cases are configured with.
#[derive(Clone)]
pub struct OperatorSettings {
    /// Our address in people's browsers and in webhooks, without a slash at the end.
    pub public_url: String,
    /// Secrets in the database are encrypted under it.
    pub key: Option<VaultKey>,
    /// `MOBILE_API_KEY`: then the key cannot be changed in the browser.
    pub mobile_api_key: Option<String>,
    /// The real platform's hosts, also while the sandbox runs.
    pub real: Urls,
    /// Where the credentials in force come from.
    pub origin: Origin,
    /// Whether a signature secret is configured.
    pub signed: bool,
    /// `VONAGE_REGION`: where the application's calls are to live. `None` leaves that to the platform.
    pub region: Option<Region>,
}

impl Default for OperatorSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3000".into(),
            key: None,
            mobile_api_key: None,
            real: Urls::default(),
            origin: Origin::Environment,
            signed: true,
            region: None,
        }
    }
}

impl std::fmt::Debug for OperatorSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperatorSettings").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Where the credentials in force come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    Environment,
    /// Entered on the setup page.
    Kept,
    Sandbox,
}

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
    #[error("number: {0}")]
    Number(#[from] PhoneError),
    #[error(transparent)]
    Dial(#[from] Rule),
    #[error(transparent)]
    Unavailable(#[from] ServiceError),
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
    let Some(sealed) = store.settings().find(KEPT).await? else { return Ok(None) };
    let vault = super::vault::Vault::new(Some(key), Arc::new(super::SystemRandom));
    let text = vault.open(KEPT, &sealed)?;
    Ok(Some(serde_json::from_str(&text).map_err(|_| ServiceError::Internal("the kept platform is unreadable"))?))
}

impl Services {
    /// What is in force.
    pub async fn platform_state(&self) -> Result<PlatformState, ServiceError> {
        let inner = &self.inner;
        let credentials = inner.vonage.credentials();
        let application_id = credentials.application.as_ref().map(|key| key.application_id().to_owned());
        let kept = self.kept_platform().await.ok().flatten();
        let waits_for_restart = kept.is_some_and(|kept| Some(&kept.application_id) != application_id.as_ref());
        Ok(PlatformState {
            origin: inner.settings.operator.origin,
            api_key: credentials.api_key.clone(),
            application_id,
            public_url: inner.settings.operator.public_url.clone(),
            test_number: inner.settings.support.destination.clone(),
            waits_for_restart,
        })
    }

    /// What was entered on the setup page.
    ///
    /// # Errors
    /// [`SetupRefusal::Vault`] when it was encrypted with another key, or the database fails.
    pub async fn kept_platform(&self) -> Result<Option<Kept>, SetupRefusal> {
        let Some(sealed) = self.inner.store.settings().find(KEPT).await? else { return Ok(None) };
        let text = self.inner.vault.open(KEPT, &sealed)?;
        let kept =
            serde_json::from_str(&text).map_err(|_| ServiceError::Internal("the kept platform is unreadable"))?;
        Ok(Some(kept))
    }

    /// Forgets it: from the next start the environment or the sandbox are in force.
    pub async fn forget_platform(&self) -> Result<bool, ServiceError> {
        Ok(self.inner.store.settings().delete(KEPT).await?)
    }

    /// What our application should be.
    fn wanted(&self, name: &str, public_key: Option<String>) -> NewApplication {
        let public_url = self.inner.settings.operator.public_url.clone();
        let region = self.inner.settings.operator.region.map(|region| region.name().to_owned());
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
        let inner = &self.inner;
        let current = inner.vonage.credentials();
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
        // Before anything is made at the platform: what cannot be kept must not be made.
        inner.vault.seal(KEPT, "")?;
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
        // The sandbox's own account ends with it: kept, it would pass for a real one at the next start.
        if !(same_account && inner.settings.operator.origin == Origin::Sandbox) {
            inner.store.settings().put(KEPT, &inner.vault.seal(KEPT, &text)?, inner.clock.now_ms()).await?;
        }
        tracing::info!(application.id = %application.id, "an application was made");
        if same_account {
            self.adopt(&kept).await?;
        }
        Ok(self.platform_state().await?)
    }

    /// From now on we are this application: requests, tokens, webhooks, and the numbers that were linked to the old one.
    async fn adopt(&self, kept: &Kept) -> Result<(), SetupRefusal> {
        let inner = &self.inner;
        let before = inner.vonage.application().ok().map(|key| key.application_id().to_owned());
        let key = ApplicationKey::from_pem(kept.application_id.as_str(), &kept.private_key)?;
        inner.vonage.adopt(Credentials {
            api_key: kept.api_key.clone(),
            api_secret: kept.api_secret.clone(),
            application: Some(key),
        });
        let secret = Some(kept.signature_secret.as_str()).filter(|secret| !secret.is_empty());
        let adopted = Adopted { application_id: kept.application_id.clone(), secret: secret.map(str::to_owned) };
        *inner.adopted.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(adopted));
        if let Some(before) = before {
            for own in inner.vonage.own_numbers().await? {
                if own.application.as_ref() == Some(&before) {
                    inner.vonage.link_number(&own.number, &own.country, &kept.application_id).await?;
                }
            }
        }
        // Users belong to an application: the new one has none yet.
        for row in inner.store.accounts().all().await? {
            if row.user_id.is_some() {
                inner.store.accounts().set_user_id(&row.id, None).await?;
            }
        }
        if let Err(error) = self.keep_users_in_step().await {
            tracing::warn!(error = %error, "the users could not be made in the new application");
        }
        Ok(())
    }

    /// The application that was made while we run: its webhooks are good, whatever the configuration says.
    #[must_use]
    pub fn adopted(&self) -> Option<Arc<Adopted>> {
        self.inner.adopted.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn client_for(&self, api_key: &str, api_secret: &str, same_account: bool) -> Client {
        let inner = &self.inner;
        let credentials =
            Credentials { api_key: api_key.to_owned(), api_secret: api_secret.to_owned(), application: None };
        let client = inner.vonage.with_credentials(credentials);
        if same_account { client } else { client.at(inner.settings.operator.real.clone()) }
    }

    /// Brings the application's webhooks and capabilities to what they should be, and links numbers that have a line.
    ///
    /// # Errors
    /// [`SetupRefusal`].
    pub async fn repair_application(&self) -> Result<(), SetupRefusal> {
        let inner = &self.inner;
        let key = inner.vonage.application().map_err(|_| SetupRefusal::NoApplication)?;
        let id = key.application_id();
        let Some(found) = inner.vonage.get_application(id).await? else { return Err(SetupRefusal::NoApplication) };
        let wanted = self.wanted(&found.name, None);
        inner.vonage.update_application(&found, &wanted).await?;
        let directory = self.directory();
        for own in inner.vonage.own_numbers().await? {
            let led = directory.numbers.contains_key(&own.number) || own.number == directory.support;
            if led && own.application.is_none() {
                inner.vonage.link_number(&own.number, &own.country, id).await?;
            }
        }
        Ok(())
    }

    /// Calls a telephone from the support line's number and says so: our request goes the whole way there, and what
    /// becomes of it comes the whole way back.
    ///
    /// # Errors
    /// [`SetupRefusal::Number`], [`SetupRefusal::NoApplication`], or what the platform says.
    pub async fn test_call(&self, number: &str) -> Result<E164, SetupRefusal> {
        let inner = &self.inner;
        let number = self.read_number(number)?;
        inner.vonage.application().map_err(|_| SetupRefusal::NoApplication)?;
        let to = self.take_call_to(&number, "test").await??;
        let call = NewCall {
            to: Callee::Phone(to),
            from: inner.settings.support.number.clone(),
            ncco: Cleared::saying(TEST_CALL),
            ringing_seconds: Some(30),
            limit_seconds: Some(TEST_CALL_SECONDS),
        };
        inner.vonage.create_call(&call).await?;
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
