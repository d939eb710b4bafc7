//! The account that the sandbox plays: its secrets, its applications and the numbers it owns.
//!
//! State only; the HTTP face is `rest::applications` and [`super::rest::numbers`]. Applications follow the Application
//! API v2 reference: what the sandbox uses of an application is typed, what it does not is kept as it came.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize, PublicKey};
use aws_lc_rs::signature::KeyPair as _;
use serde_json::{Map, Value, json};

use super::effects::{Effects, lock};
use super::regions::NAMES;

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

/// How a webhook is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }

    /// `GET` or `POST`, in any case.
    pub fn parse(text: &str) -> Option<Method> {
        [Method::Get, Method::Post].into_iter().find(|method| method.as_str().eq_ignore_ascii_case(text))
    }
}

/// One webhook of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    pub url: String,
    pub method: Method,
    pub connect_timeout: Duration,
    pub socket_timeout: Duration,
}

impl Hook {
    /// An answer URL given in a call (REST or NCCO): documented defaults of 1 s and 5 s.
    pub fn answer(url: impl Into<String>, method: Option<Method>) -> Hook {
        Hook {
            url: url.into(),
            method: method.unwrap_or(Method::Get),
            connect_timeout: Duration::from_millis(1_000),
            socket_timeout: Duration::from_millis(5_000),
        }
    }

    /// An event URL given in a call: documented defaults of 1 s and 10 s.
    pub fn event(url: impl Into<String>, method: Option<Method>) -> Hook {
        Hook {
            url: url.into(),
            method: method.unwrap_or(Method::Post),
            connect_timeout: Duration::from_millis(1_000),
            socket_timeout: Duration::from_millis(10_000),
        }
    }
}

/// The voice capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    pub answer: Option<Hook>,
    pub event: Option<Hook>,
    pub fallback: Option<Hook>,
    pub signed_callbacks: bool,
}

/// An application of the account.
#[derive(Debug, Clone)]
pub struct Application {
    pub id: String,
    pub name: String,
    /// SPKI, PEM.
    pub public_key_pem: String,
    pub voice: Option<Voice>,
    /// Client SDK calls need this capability as well as voice.
    pub rtc: bool,
    /// `capabilities` as they came, defaults filled in.
    pub capabilities: Value,
    /// `privacy` as it came.
    pub privacy: Value,
}

impl Application {
    /// As the API shows it. The private key is not kept, so it can never be shown again.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "keys": { "public_key": self.public_key_pem },
            "capabilities": self.capabilities,
            "privacy": self.privacy,
            "_links": { "self": { "href": format!("/v2/applications/{}", self.id) } },
        })
    }

    /// A webhook of the messages capability: `inbound_url`, `status_url`.
    pub fn message_hook(&self, name: &str) -> Option<Hook> {
        let hook = self.capabilities.pointer(&format!("/messages/webhooks/{name}"))?;
        let method = hook.get("http_method").and_then(Value::as_str).and_then(Method::parse);
        Some(Hook::event(hook.get("address")?.as_str()?, method))
    }

    /// Where its calls live, by name; empty when that is left to the platform.
    pub fn region(&self) -> &str {
        self.capabilities.pointer("/voice/region").and_then(Value::as_str).unwrap_or_default()
    }

    pub fn signed_callbacks(&self) -> bool {
        self.voice.as_ref().is_none_or(|voice| voice.signed_callbacks)
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

/// A request body that passed validation.
struct Parsed {
    name: String,
    public_key: Option<String>,
    voice: Option<Voice>,
    rtc: bool,
    capabilities: Value,
    privacy: Value,
}

impl Parsed {
    fn read(body: &Value) -> Result<Parsed, Refusal> {
        let mut wrong = Vec::new();
        let name = match body.get("name") {
            Some(Value::String(name)) if !name.trim().is_empty() => name.clone(),
            None | Some(Value::Null) => {
                wrong.push(Invalid::new("name", "is required"));
                String::new()
            }
            Some(_) => {
                wrong.push(Invalid::new("name", "must be a non-empty string"));
                String::new()
            }
        };
        let public_key = match body.pointer("/keys/public_key") {
            None | Some(Value::Null) => None,
            Some(Value::String(key)) if public_key_der(key).is_some() => Some(key.clone()),
            Some(_) => {
                wrong.push(Invalid::new("keys.public_key", "must be an RSA public key in PEM format"));
                None
            }
        };
        let mut capabilities = match body.get("capabilities") {
            None | Some(Value::Null) => json!({}),
            Some(value @ Value::Object(_)) => value.clone(),
            Some(_) => {
                wrong.push(Invalid::new("capabilities", "must be an object"));
                json!({})
            }
        };
        let voice = read_voice(&mut capabilities, &mut wrong);
        let rtc = capabilities.get("rtc").is_some_and(Value::is_object);
        if rtc {
            read_hook(&mut capabilities, "rtc", "event_url", Method::Post, 10_000, &mut wrong);
        }
        let privacy = body.get("privacy").filter(|p| p.is_object()).cloned().unwrap_or(json!({ "improve_ai": true }));
        match wrong.is_empty() {
            true => Ok(Parsed { name, public_key, voice, rtc, capabilities, privacy }),
            false => Err(Refusal::Invalid(wrong)),
        }
    }
}

fn read_voice(capabilities: &mut Value, wrong: &mut Vec<Invalid>) -> Option<Voice> {
    match capabilities.get("voice") {
        None | Some(Value::Null) => return None,
        Some(Value::Object(_)) => {}
        Some(_) => {
            wrong.push(Invalid::new("capabilities.voice", "must be an object"));
            return None;
        }
    }
    let answer = read_hook(capabilities, "voice", "answer_url", Method::Get, 5_000, wrong);
    let fallback = read_hook(capabilities, "voice", "fallback_answer_url", Method::Get, 5_000, wrong);
    let event = read_hook(capabilities, "voice", "event_url", Method::Post, 10_000, wrong);
    let signed = capabilities.pointer("/voice/signed_callbacks").cloned();
    let signed_callbacks = match signed {
        None | Some(Value::Null) => true,
        Some(Value::Bool(signed)) => signed,
        Some(_) => {
            wrong.push(Invalid::new("capabilities.voice.signed_callbacks", "must be a boolean"));
            true
        }
    };
    let region = capabilities.pointer("/voice/region").filter(|region| !region.is_null());
    if region.is_some_and(|region| !NAMES.iter().any(|name| region == name)) {
        let reason = format!("must be one of: {}", NAMES.join(", "));
        wrong.push(Invalid::new("capabilities.voice.region", reason));
    }
    if let Some(voice) = capabilities.get_mut("voice").and_then(Value::as_object_mut) {
        voice.insert("signed_callbacks".into(), signed_callbacks.into());
    }
    Some(Voice { answer, event, fallback, signed_callbacks })
}

/// Reads `capabilities.{capability}.webhooks.{name}`, fills in its method and checks its ranges.
fn read_hook(
    capabilities: &mut Value,
    capability: &str,
    name: &str,
    usual: Method,
    longest_socket_ms: u64,
    wrong: &mut Vec<Invalid>,
) -> Option<Hook> {
    let path = format!("capabilities.{capability}.webhooks.{name}");
    let hook = capabilities.get_mut(capability)?.get_mut("webhooks")?.get_mut(name)?;
    let Some(hook) = hook.as_object_mut() else {
        wrong.push(Invalid::new(path, "must be an object"));
        return None;
    };
    let before = wrong.len();
    let url = match hook.get("address").and_then(Value::as_str) {
        Some(url) if is_web_url(url) => url.to_owned(),
        // An empty address is how a webhook is switched off.
        Some("") => return None,
        _ => {
            wrong.push(Invalid::new(format!("{path}.address"), "must be a valid URL"));
            String::new()
        }
    };
    let method = match hook.get("http_method") {
        None | Some(Value::Null) => Some(usual),
        Some(method) => method.as_str().and_then(Method::parse),
    };
    if method.is_none() {
        wrong.push(Invalid::new(format!("{path}.http_method"), "must be one of: GET, POST"));
    }
    // The 2021 specification and several server SDKs say `connection_timeout`.
    let connect = hook.get("connect_timeout").or_else(|| hook.get("connection_timeout")).cloned();
    let connect = range(connect, 1_000, 300, 1_000, &format!("{path}.connect_timeout"), wrong);
    let socket = hook.get("socket_timeout").cloned();
    let socket = range(socket, longest_socket_ms, 1_000, longest_socket_ms, &format!("{path}.socket_timeout"), wrong);
    if wrong.len() > before {
        return None;
    }
    let method = method?;
    hook.insert("http_method".into(), method.as_str().into());
    Some(Hook {
        url,
        method,
        connect_timeout: Duration::from_millis(connect),
        socket_timeout: Duration::from_millis(socket),
    })
}

fn range(value: Option<Value>, usual: u64, least: u64, most: u64, name: &str, wrong: &mut Vec<Invalid>) -> u64 {
    match value {
        None | Some(Value::Null) => usual,
        Some(value) => value.as_u64().filter(|ms| (least..=most).contains(ms)).unwrap_or_else(|| {
            wrong.push(Invalid::new(name, format!("must be a number between {least} and {most}")));
            usual
        }),
    }
}

/// `http` or `https` with a host.
pub fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// An RSA-2048 key pair: (SPKI PEM, PKCS#8 PEM). Takes tens of milliseconds to seconds of one core.
async fn new_key_pair() -> Result<(String, String), Refusal> {
    let made = tokio::task::spawn_blocking(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let private: Pkcs8V1Der = pair.as_der()?;
        let public: PublicKeyX509Der = pair.public_key().as_der()?;
        Ok::<_, aws_lc_rs::error::Unspecified>((
            write_pem("PUBLIC KEY", public.as_ref()),
            write_pem("PRIVATE KEY", private.as_ref()),
        ))
    });
    made.await.ok().and_then(Result::ok).ok_or(Refusal::KeyGeneration)
}

fn write_pem(tag: &str, der: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(tag, der), config)
}

/// The DER of an RSA public key in PEM (SPKI or PKCS#1), or nothing.
pub fn public_key_der(text: &str) -> Option<Vec<u8>> {
    let block = pem::parse(text).ok()?;
    PublicKey::from_der(block.contents()).ok()?;
    Some(block.into_contents())
}

#[cfg(test)]
mod tests {
    use super::super::effects::fixed;
    use super::*;

    pub fn accounts() -> Accounts {
        let effects = fixed::effects(1_700_000_000_000).0;
        Accounts::new(Account::generated(&effects), effects)
    }

    fn reasons(refusal: Refusal) -> Vec<(String, String)> {
        match refusal {
            Refusal::Invalid(wrong) => wrong.into_iter().map(|w| (w.name, w.reason)).collect(),
            other => panic!("{other}"),
        }
    }

    #[tokio::test]
    async fn makes_a_key_pair_that_fits_and_keeps_only_the_public_half() {
        let accounts = accounts();
        let (application, private) = accounts.create(&json!({"name": "One"})).await.unwrap();
        let private = private.unwrap();
        assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{private}");
        assert!(application.public_key_pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        let pair = KeyPair::from_pkcs8(pem::parse(&private).unwrap().contents()).unwrap();
        let public: PublicKeyX509Der = pair.public_key().as_der().unwrap();
        assert_eq!(public_key_der(&application.public_key_pem).unwrap(), public.as_ref());
        assert_eq!(pair.public_modulus_len(), 256);
        assert!(!accounts.get(&application.id).unwrap().to_json().to_string().contains("PRIVATE"));

        let own = json!({"name": "Two", "keys": {"public_key": application.public_key_pem}});
        assert!(accounts.create(&own).await.unwrap().1.is_none());
    }

    #[tokio::test]
    async fn names_every_field_that_is_wrong() {
        let body = json!({"keys": {"public_key": "no key"}, "capabilities": {"voice": {"signed_callbacks": "yes", "webhooks": {
            "answer_url": {"address": "ftp://x", "http_method": "PATCH"},
            "event_url": {"address": "http://x/e", "connection_timeout": 5, "socket_timeout": 60_000}}}}});
        let wrong = reasons(accounts().create(&body).await.unwrap_err());
        let names: Vec<_> = wrong.iter().map(|(name, _)| name.trim_start_matches("capabilities.voice.")).collect();
        assert_eq!(
            names,
            [
                "name",
                "keys.public_key",
                "webhooks.answer_url.address",
                "webhooks.answer_url.http_method",
                "webhooks.event_url.connect_timeout",
                "webhooks.event_url.socket_timeout",
                "signed_callbacks"
            ]
        );
        assert_eq!(wrong[3].1, "must be one of: GET, POST");
    }

    #[tokio::test]
    async fn reads_webhooks_and_fills_in_what_the_documentation_says() {
        let accounts = accounts();
        let (application, _) = accounts
            .create(&json!({"name": "One", "capabilities": {"rtc": {}, "messages": {"kept": 1}, "voice": {"webhooks": {
                "answer_url": {"address": "https://example.com/answer", "connect_timeout": 500},
                "fallback_answer_url": {"address": ""},
                "event_url": {"address": "https://example.com/event", "http_method": "get", "socket_timeout": 3000}}}}}))
            .await
            .unwrap();
        let voice = application.voice.clone().unwrap();
        assert!(voice.signed_callbacks && application.rtc);
        let answer = voice.answer.unwrap();
        assert_eq!(
            (answer.method, answer.connect_timeout.as_millis(), answer.socket_timeout.as_millis()),
            (Method::Get, 500, 5000)
        );
        assert_eq!(voice.event.unwrap().method, Method::Get);
        assert_eq!(voice.fallback, None);
        assert_eq!(application.capabilities["messages"]["kept"], 1);

        let updated = accounts.update(&application.id, &json!({"name": "Renamed"})).unwrap();
        assert_eq!((updated.name.as_str(), updated.voice), ("Renamed", None), "capabilities are replaced");
        assert_eq!(updated.public_key_pem, application.public_key_pem);
        assert!(matches!(accounts.update("nobody", &json!({"name": "x"})), Err(Refusal::NotFound)));
    }

    #[tokio::test]
    async fn a_number_answers_with_the_application_it_is_linked_to() {
        let accounts = accounts();
        let (application, _) = accounts.create(&json!({"name": "One"})).await.unwrap();
        assert!(accounts.own("447700900000", "gb"));
        assert!(!accounts.own("447700900000", "GB"), "owned once");
        assert!(accounts.application_of("447700900000").is_none());
        assert!(accounts.link("447700900000", Some(&application.id)));
        assert!(!accounts.link("447700900009", Some(&application.id)), "not ours");
        assert_eq!(accounts.application_of("447700900000").unwrap().id, application.id);
        assert!(accounts.delete(&application.id));
        assert_eq!(accounts.number("447700900000").unwrap().app_id, None);
    }
}
