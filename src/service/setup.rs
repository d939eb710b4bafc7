//! The account, its application, and what is still missing: a checklist with what the platform says now, and the repair.
//!
//! The application's private key is made here and never leaves the server; what must be kept of it is encrypted under a
//! key that is not in the database ([`super::vault`]).

use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use super::calls::CallFilter;
use super::numbers::Linked;
use super::vault::VaultError;
use super::{ServiceError, Services};
use crate::domain::account::SHORTEST_SECRET;
use crate::domain::checklist::Found;
use crate::domain::click_to_call::TEST_CALL;
use crate::domain::clock::{TOLERANCE_SECONDS, WORTH_SAYING};
use crate::domain::dial_policy::Rule;
use crate::domain::line::Line;
use crate::domain::outgoing::Cleared;
use crate::domain::phone::{E164, PhoneError};
use crate::domain::region::Region;
use crate::domain::trouble::Trouble;
use crate::vonage::client::{Application, Callee, Difference, NewApplication, NewCall};
use crate::vonage::jwt::{KeyError, NewKeyPair};
use crate::vonage::{ApplicationKey, Client, Credentials, Urls, Verifier, VonageError};

pub use super::vault::VaultKey;

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

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub what: CheckKind,
    pub state: CheckState,
    pub found: Found,
}

impl Check {
    /// How to put it right: for the terminal. `None` where there is nothing to be done about this line.
    #[must_use]
    pub fn fix(&self) -> Option<&'static str> {
        match &self.found {
            _ if self.state == CheckState::Good => None,
            Found::Unasked => None,
            found if found.is_platform_away() => Some(
                "nothing here is known to be wrong: try again in a few minutes, and look at this machine's connection \
                 and at the platform's status page",
            ),
            _ => Some(self.what.words().1),
        }
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckKind {
    PublicUrl,
    Credentials,
    Application,
    Webhooks,
    /// Where its calls live.
    Region,
    Signature,
    Numbers,
    /// Numbers whose calls go elsewhere before the application is asked.
    Forwarding,
    Users,
    /// How far our clock is from the platform's.
    Clock,
    /// Listed only when texts come in a format in which they cannot be taken.
    Texts,
    TestCall,
}

impl CheckKind {
    /// What it is called, and how to put it right: for the terminal. The pages have their own words.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::PublicUrl => ("Public address", "set PUBLIC_URL to an https address that the platform can reach"),
            Self::Credentials => {
                ("API key and secret", "set VONAGE_API_KEY and VONAGE_API_SECRET, or enter them at /admin/setup")
            }
            Self::Application => {
                ("Application", "create it at /admin/setup, or set VONAGE_APPLICATION_ID and its private key")
            }
            Self::Webhooks => ("Webhooks", "press Repair at /admin/setup, or run: switchboard doctor --repair"),
            Self::Region => (
                "Region",
                "run: switchboard doctor --repair, which sets what VONAGE_REGION says; or set VONAGE_REGION to the application's region",
            ),
            Self::Signature => ("Signature secret", "set VONAGE_SIGNATURE_SECRET from the dashboard's API settings"),
            Self::Numbers => (
                "Numbers",
                "rent one at /admin/numbers, or: switchboard numbers provision --country GB --count 1 --line support",
            ),
            Self::Forwarding => (
                "Forwarded numbers",
                "the number's own forwarding outranks the application: remove it in the dashboard under Numbers",
            ),
            Self::Users => ("Users", "switchboard user add --name Jane --role agent"),
            Self::Clock => {
                ("Clock", "let the machine keep its clock right (NTP): the platform refuses what is minutes off")
            }
            Self::Texts => (
                "Text messages",
                "in the dashboard's API settings, set Default SMS Setting to Messages API: texts come unsigned",
            ),
            Self::TestCall => ("Test call", "call one of your numbers"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    Good,
    /// Works, but should not stay so.
    Doubtful,
    Bad,
    /// Cannot be said before something else is good.
    Open,
}

/// What was entered on the setup page, read before there are any use cases.
///
/// # Errors
/// [`SetupRefusal::Vault`] when it was encrypted with another key, or the database fails.
pub async fn kept_in(store: &crate::store::Store, key: &VaultKey) -> Result<Option<Kept>, SetupRefusal> {
    let Some(sealed) = store.setting(KEPT).await? else { return Ok(None) };
    let vault = super::vault::Vault::new(Some(key), Arc::new(super::SystemRandom));
    let text = vault.open(KEPT, &sealed)?;
    Ok(Some(serde_json::from_str(&text).map_err(|_| ServiceError::Internal("the kept platform is unreadable"))?))
}

impl Services {
    /// What is in force.
    ///
    /// # Errors
    /// When the database fails.
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
        let Some(sealed) = self.inner.store.setting(KEPT).await? else { return Ok(None) };
        let text = self.inner.vault.open(KEPT, &sealed)?;
        let kept =
            serde_json::from_str(&text).map_err(|_| ServiceError::Internal("the kept platform is unreadable"))?;
        Ok(Some(kept))
    }

    /// Forgets it: from the next start the environment or the sandbox are in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_platform(&self) -> Result<bool, ServiceError> {
        Ok(self.inner.store.delete_setting(KEPT).await?)
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
            inner.store.put_setting(KEPT, &inner.vault.seal(KEPT, &text)?, inner.clock.now_ms()).await?;
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
        for row in inner.store.accounts().await? {
            if row.user_id.is_some() {
                inner.store.set_user_id(&row.id, None).await?;
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

    /// Where the application's calls live, beside where they are to.
    fn region_check(&self, found: &Application) -> (CheckState, Found) {
        let wanted = self.inner.settings.operator.region.map(Region::name);
        match (wanted, found.region()) {
            (None, None) => (CheckState::Good, Found::AnyRegion),
            (Some(wanted), Some(is)) if wanted == is => (CheckState::Good, Found::Text(is.to_owned())),
            // Calls come from there all the same, and each says so; but users and our own calls are elsewhere.
            (None, Some(is)) => (CheckState::Doubtful, Found::Text(is.to_owned())),
            (Some(wanted), is) => {
                (CheckState::Bad, Found::Text(format!("voice.region: {} ≠ {wanted}", is.unwrap_or("—"))))
            }
        }
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

    /// Everything that has to be right before a call can come in, with what the platform says now.
    pub async fn checklist(&self) -> Vec<Check> {
        let inner = &self.inner;
        let mut list = Vec::new();
        let mut add = |what, state, found: Found| list.push(Check { what, state, found });
        let url = &inner.settings.operator.public_url;
        let sandbox = inner.settings.sandbox.is_some();
        let (public, local) = (url.starts_with("https://"), url.contains("//127.") || url.contains("//localhost"));
        add(
            CheckKind::PublicUrl,
            match (sandbox, public, local) {
                (true, ..) | (false, true, false) => CheckState::Good,
                (false, false, false) => CheckState::Doubtful,
                (false, _, true) => CheckState::Bad,
            },
            Found::Text(url.clone()),
        );

        let credentials = inner.vonage.credentials();
        let known = if credentials.api_key.is_empty() {
            Err(None)
        } else {
            inner.vonage.list_applications().await.map_err(Some)
        };
        let (known, (state, found)) = match known {
            Ok(_) => (true, (CheckState::Good, Found::Text(credentials.api_key.clone()))),
            Err(None) => (false, (CheckState::Bad, Found::Nothing)),
            Err(Some(error)) => (false, failed(error)),
        };
        add(CheckKind::Credentials, state, found);

        let application = credentials.application.as_ref().map(|key| key.application_id().to_owned());
        let there = match (known, &application) {
            (true, Some(id)) => Some(inner.vonage.get_application(id).await),
            _ => None,
        };
        let reached = matches!(there, Some(Ok(Some(_))));
        match there {
            Some(Ok(Some(found))) => {
                add(CheckKind::Application, CheckState::Good, Found::Text(format!("{} · {}", found.name, found.id)));
                let wanted = self.wanted(&found.name, None);
                let mut wrong: Vec<Difference> = found.differences(&wanted);
                wrong.retain(|wrong| wrong.at != "voice.region");
                let state = if wrong.is_empty() { CheckState::Good } else { CheckState::Bad };
                let words = wrong.iter().map(|wrong| format!("{}: {} ≠ {}", wrong.at, wrong.is, wrong.should));
                let words: Vec<String> = words.collect();
                let good = || format!("{url}/webhooks/answer, {url}/webhooks/event");
                let shown = if words.is_empty() { good() } else { words.join("\n") };
                add(CheckKind::Webhooks, state, Found::Text(shown));
                let (state, region) = self.region_check(&found);
                add(CheckKind::Region, state, region);
            }
            Some(Ok(None)) => {
                let id = application.clone().unwrap_or_default();
                add(CheckKind::Application, CheckState::Bad, Found::Text(id));
                add(CheckKind::Webhooks, CheckState::Open, Found::Unasked);
            }
            Some(Err(error)) => {
                let (state, found) = failed(error);
                add(CheckKind::Application, state, found);
                add(CheckKind::Webhooks, CheckState::Open, Found::Unasked);
            }
            None => {
                let missing = application.is_none() && known;
                let unknown = (CheckState::Open, Found::Unasked);
                let (state, found) = if missing { (CheckState::Bad, Found::Nothing) } else { unknown };
                add(CheckKind::Application, state, found);
                add(CheckKind::Webhooks, CheckState::Open, Found::Unasked);
            }
        }
        let signed = inner.settings.operator.origin == Origin::Sandbox
            || inner.settings.operator.signed
            || self.adopted().is_some_and(|adopted| adopted.secret.is_some());
        add(CheckKind::Signature, if signed { CheckState::Good } else { CheckState::Bad }, Found::Secret(signed));

        // Whoever does not answer is not asked again and again: each question has a time limit of its own.
        match if known { Some(self.our_numbers().await) } else { None } {
            Some(Ok(numbers)) => {
                let ready = |number: &&super::OurNumber| {
                    number.linked == Linked::Ours && number.line != Line::Unassigned && number.forwarding.is_none()
                };
                let good = numbers.iter().filter(ready).count();
                let state = if good > 0 { CheckState::Good } else { CheckState::Bad };
                add(CheckKind::Numbers, state, Found::Numbers { good, all: numbers.len() });
                let forwarded = numbers.iter().filter(|number| number.line != Line::Unassigned);
                let forwarded = forwarded.filter_map(|number| {
                    Some(format!("{} · {}", number.number.international(), number.forwarding?.name()))
                });
                let forwarded: Vec<String> = forwarded.collect();
                if !forwarded.is_empty() {
                    add(CheckKind::Forwarding, CheckState::Bad, Found::Text(forwarded.join("\n")));
                }
            }
            Some(Err(error)) => {
                let (state, found) = failed(error);
                add(CheckKind::Numbers, state, found);
            }
            None => add(CheckKind::Numbers, CheckState::Open, Found::Unasked),
        }
        match if reached { Some(inner.vonage.list_users().await) } else { None } {
            Some(Ok(users)) => {
                let takers = self.directory().agents.clone();
                let have = takers.iter().filter(|name| users.iter().any(|user| user.name == **name)).count();
                let state = match (have, takers.len()) {
                    (_, 0) => CheckState::Doubtful,
                    (have, all) if have == all => CheckState::Good,
                    // They are made when they sign in.
                    _ => CheckState::Doubtful,
                };
                add(CheckKind::Users, state, Found::Users { have, all: takers.len() });
            }
            Some(Err(error)) => {
                let (state, found) = failed(error);
                add(CheckKind::Users, state, found);
            }
            None => add(CheckKind::Users, CheckState::Open, Found::Unasked),
        }
        // After the requests above, whose answers told it.
        let (state, found) = match self.clock_behind() {
            Some(behind) => {
                let state = match behind.abs() {
                    0..=WORTH_SAYING => CheckState::Good,
                    ..=TOLERANCE_SECONDS => CheckState::Doubtful,
                    _ => CheckState::Bad,
                };
                (state, Found::Clock { behind })
            }
            None => (CheckState::Open, Found::Unasked),
        };
        add(CheckKind::Clock, state, found);
        if let Some(at) = self.unsigned_text_at().await {
            let at = time::OffsetDateTime::from_unix_timestamp(at / 1000).ok();
            // As times are written on the pages.
            let written =
                at.map(|at| format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second()));
            add(CheckKind::Texts, CheckState::Bad, written.map_or(Found::Nothing, Found::Text));
        }
        let answered = CallFilter { phase: Some("answered".into()), limit: 1, ..CallFilter::default() };
        match self.calls(answered).await {
            Ok(page) => match page.calls.into_iter().next() {
                Some(call) => {
                    let found = Found::Call { id: call.id, conversation: call.conversation, at: call.created_at };
                    add(CheckKind::TestCall, CheckState::Good, found);
                }
                None => add(CheckKind::TestCall, CheckState::Open, Found::Nothing),
            },
            Err(error) => add(CheckKind::TestCall, CheckState::Bad, Found::Trouble(error.into())),
        }
        list
    }
}

/// What could not be found out: wrong where the platform refuses, not known where it does not answer.
fn failed(error: impl Into<Trouble>) -> (CheckState, Found) {
    let trouble = error.into();
    let state = if trouble.is_platform_away() { CheckState::Open } else { CheckState::Bad };
    (state, Found::Trouble(trouble))
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

#[cfg(test)]
#[path = "setup_tests.rs"]
mod tests;
