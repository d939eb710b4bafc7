//! The account that the sandbox plays: its secrets, its applications and the numbers it owns.
//!
//! State only; the HTTP face is `rest::applications` and [`super::rest::numbers`].

mod application;
mod keys;
#[cfg(test)]
mod tests;
mod validation;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value};

use super::effects::{Effects, lock};
pub use application::{Application, Hook, Method, Voice};
use keys::new_key_pair;
pub use keys::public_key_der;
use validation::Parsed;
pub use validation::is_web_url;

/// The account's credentials.
#[derive(Clone)]
pub struct Account {
    pub api_key: String,
    pub api_secret: String,
    /// Signs webhooks. Neither the API secret nor an application's key.
    pub signature_secret: String,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("api_key", &self.api_key).finish_non_exhaustive()
    }
}

impl Account {
    /// An account with fresh credentials, shaped like the platform's: an 8 character key, a 16 character secret.
    pub fn generated(effects: &Effects) -> Account {
        Account { api_key: effects.hex(4), api_secret: effects.hex(8), signature_secret: effects.hex(32) }
    }
}

/// A field of a request that is wrong: becomes an entry of `invalid_parameters`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    pub name: String,
    pub reason: String,
}

impl Invalid {
    pub fn new(name: impl Into<String>, reason: impl Into<String>) -> Invalid {
        Invalid { name: name.into(), reason: reason.into() }
    }
}

/// Why an application was not written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the request failed validation")]
    Invalid(Vec<Invalid>),
    #[error("no such application")]
    NotFound,
    #[error("no key could be made")]
    KeyGeneration,
}

/// A number that the account rents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedNumber {
    /// E.164 digits without `+`.
    pub msisdn: String,
    /// ISO 3166 two-letter code.
    pub country: String,
    pub app_id: Option<String>,
    /// Called when a call to the number ends.
    pub voice_status_callback: Option<String>,
    /// `voiceCallbackType` (`sip` or `tel`) and `voiceCallbackValue`: calls go there and not to the application.
    pub diverted: Option<(String, String)>,
    /// Fields kept only to be shown again: `moHttpUrl`, `messagesCallbackType`, …
    pub other: Map<String, Value>,
}

/// The account's state. Cheap to clone.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    account: Account,
    effects: Effects,
    applications: Mutex<BTreeMap<String, Application>>,
    numbers: Mutex<BTreeMap<String, OwnedNumber>>,
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").field("account", &self.inner.account).finish_non_exhaustive()
    }
}

impl Accounts {
    pub fn new(account: Account, effects: Effects) -> Accounts {
        let inner = Inner { account, effects, applications: Mutex::default(), numbers: Mutex::default() };
        Accounts { inner: Arc::new(inner) }
    }

    pub fn account(&self) -> &Account {
        &self.inner.account
    }

    pub fn effects(&self) -> &Effects {
        &self.inner.effects
    }

    /// `POST /v2/applications`. Answers the application and, when the sandbox made the key pair, the private key (PKCS#8
    /// PEM): shown this once and kept nowhere.
    pub async fn create(&self, body: &Value) -> Result<(Application, Option<String>), Refusal> {
        let id = self.inner.effects.uuid();
        let parsed = Parsed::read(body)?;
        let (public_key_pem, private_key_pem) = match parsed.public_key {
            Some(key) => (key, None),
            None => {
                let (public, private) = new_key_pair().await?;
                (public, Some(private))
            }
        };
        let application = Application {
            id: id.clone(),
            name: parsed.name,
            public_key_pem,
            voice: parsed.voice,
            rtc: parsed.rtc,
            capabilities: parsed.capabilities,
            privacy: parsed.privacy,
        };
        lock(&self.inner.applications).insert(id, application.clone());
        Ok((application, private_key_pem))
    }

    /// `PUT /v2/applications/{id}`: replaces name and capabilities; the key only when one is given.
    pub fn update(&self, id: &str, body: &Value) -> Result<Application, Refusal> {
        let mut applications = lock(&self.inner.applications);
        let application = applications.get_mut(id).ok_or(Refusal::NotFound)?;
        let parsed = Parsed::read(body)?;
        application.name = parsed.name;
        application.voice = parsed.voice;
        application.rtc = parsed.rtc;
        application.capabilities = parsed.capabilities;
        application.privacy = parsed.privacy;
        if let Some(key) = parsed.public_key {
            application.public_key_pem = key;
        }
        Ok(application.clone())
    }

    /// Puts an application in as it is (one that the operator made elsewhere, a test's own).
    pub fn insert(&self, application: Application) {
        lock(&self.inner.applications).insert(application.id.clone(), application);
    }

    pub fn get(&self, id: &str) -> Option<Application> {
        lock(&self.inner.applications).get(id).cloned()
    }

    /// Every application, by id.
    pub fn list(&self) -> Vec<Application> {
        lock(&self.inner.applications).values().cloned().collect()
    }

    /// Removes an application and unlinks its numbers. Was it there?
    pub fn delete(&self, id: &str) -> bool {
        for number in lock(&self.inner.numbers).values_mut() {
            if number.app_id.as_deref() == Some(id) {
                number.app_id = None;
            }
        }
        lock(&self.inner.applications).remove(id).is_some()
    }

    /// Adds a number to the account, or answers false when it already is there.
    pub fn own(&self, msisdn: &str, country: &str) -> bool {
        let mut numbers = lock(&self.inner.numbers);
        if numbers.contains_key(msisdn) {
            return false;
        }
        let number = OwnedNumber {
            msisdn: msisdn.to_owned(),
            country: country.to_uppercase(),
            app_id: None,
            voice_status_callback: None,
            diverted: None,
            other: Map::new(),
        };
        numbers.insert(msisdn.to_owned(), number);
        true
    }

    /// Gives a number back. Was it there?
    pub fn disown(&self, msisdn: &str) -> bool {
        lock(&self.inner.numbers).remove(msisdn).is_some()
    }

    /// Changes an owned number. Answers false when the account does not own it.
    pub fn change_number(&self, msisdn: &str, change: impl FnOnce(&mut OwnedNumber)) -> bool {
        lock(&self.inner.numbers).get_mut(msisdn).map(change).is_some()
    }

    /// Links an owned number to an application (or to none). Answers false when the account does not own it.
    pub fn link(&self, msisdn: &str, application: Option<&str>) -> bool {
        self.change_number(msisdn, |number| number.app_id = application.map(str::to_owned))
    }

    pub fn number(&self, msisdn: &str) -> Option<OwnedNumber> {
        lock(&self.inner.numbers).get(msisdn).cloned()
    }

    /// Every owned number, in order.
    pub fn numbers(&self) -> Vec<OwnedNumber> {
        lock(&self.inner.numbers).values().cloned().collect()
    }

    /// The application that a number is linked to: it gets the texts to it.
    pub fn linked(&self, msisdn: &str) -> Option<Application> {
        self.get(self.number(msisdn)?.app_id.as_deref()?)
    }

    /// The application that answers calls to a number: none when they are diverted to SIP or to another number.
    pub fn application_of(&self, msisdn: &str) -> Option<Application> {
        let number = self.number(msisdn).filter(|number| number.diverted.is_none())?;
        self.get(number.app_id.as_deref()?)
    }
}
