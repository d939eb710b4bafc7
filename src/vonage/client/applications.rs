//! Applications API v2: where our webhooks and our public key are registered.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Client;
use super::send::{Auth, Request};
use crate::vonage::error::VonageError;

/// What an application is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApplication {
    pub name: String,
    /// Where the platform reaches us, without a slash at the end: the webhooks are under it.
    pub public_url: String,
    /// PEM. `None` lets the platform make the key pair and hand out the private half, once.
    pub public_key: Option<String>,
    /// Where its calls live ([`crate::domain::region::Region::name`]). `None` leaves that to the platform.
    pub region: Option<String>,
}

impl NewApplication {
    /// Answers are asked for by POST, which keeps telephone numbers out of URLs and so out of access logs.
    fn to_json(&self) -> Value {
        let webhook = |path: &str| {
            json!({ "address": format!("{}{path}", self.public_url.trim_end_matches('/')), "http_method": "POST",
                    "connect_timeout": 1000, "socket_timeout": 5000 })
        };
        let messages = |path: &str| json!({ "address": format!("{}{path}", self.public_url.trim_end_matches('/')), "http_method": "POST" });
        let mut body = json!({
            "name": self.name,
            "capabilities": {
                "voice": {
                    "webhooks": {
                        "answer_url": webhook("/webhooks/answer"),
                        "fallback_answer_url": webhook("/webhooks/fallback"),
                        "event_url": webhook("/webhooks/event"),
                    },
                    "signed_callbacks": true,
                },
                "messages": {
                    "webhooks": {
                        "inbound_url": messages("/webhooks/inbound-sms"),
                        "status_url": messages("/webhooks/sms-status"),
                    },
                },
                // Client SDK calls need this capability beside voice.
                "rtc": {
                    "webhooks": { "event_url": { "address": format!("{}/webhooks/event", self.public_url.trim_end_matches('/')), "http_method": "POST" } },
                    "signed_callbacks": true,
                },
            },
            "privacy": { "improve_ai": false },
        });
        if let Some(region) = &self.region {
            body["capabilities"]["voice"]["region"] = region.as_str().into();
        }
        if let Some(key) = &self.public_key {
            body["keys"] = json!({ "public_key": key });
        }
        body
    }
}

/// An application as the platform knows it.
#[derive(Clone, Deserialize)]
pub struct Application {
    pub id: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    keys: Keys,
    #[serde(default)]
    pub capabilities: Value,
    /// Everything else that the platform says of it.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Clone, Default, Deserialize)]
struct Keys {
    #[serde(default)]
    public_key: Option<String>,
    #[serde(default)]
    private_key: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Application").field("id", &self.id).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Something at the platform that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Like `voice.webhooks.answer_url.address`.
    pub at: String,
    /// Empty when it is missing.
    pub is: String,
    pub should: String,
}

/// Compares what must be (a value of ours) with what is; what is more than asked for is no difference.
fn compare(should: &Value, is: Option<&Value>, at: &str, found: &mut Vec<Difference>) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match should {
        Value::Object(fields) => {
            for (name, field) in fields {
                // How long the platform waits is its own affair when it caps it.
                if name.ends_with("_timeout") {
                    continue;
                }
                let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                compare(field, is.and_then(|is| is.get(name)), &at, found);
            }
        }
        _ if is == Some(should) => {}
        _ => found.push(Difference { at: at.to_owned(), is: is.map(text).unwrap_or_default(), should: text(should) }),
    }
}

/// Writes what must be over what is, and keeps what is not asked for. How long the platform waits is the operator's choice
/// where there is one.
fn merge(should: &Value, is: &mut Value) {
    match (should, is) {
        (Value::Object(fields), Value::Object(there)) => {
            let older = there.contains_key("connection_timeout");
            for (name, field) in fields {
                match there.get_mut(name) {
                    Some(_) if name.ends_with("_timeout") => {}
                    Some(there) => merge(field, there),
                    None if name == "connect_timeout" && older => {}
                    None => drop(there.insert(name.clone(), field.clone())),
                }
            }
        }
        (should, is) => *is = should.clone(),
    }
}

impl Application {
    /// What to send so that this application becomes what it should be and stays all that it is besides: a PUT replaces
    /// everything, so other capabilities, the region, lifetimes and whatever we do not know are sent back as they came.
    fn merged(&self, wanted: &NewApplication) -> Value {
        let mut body = Value::Object(self.rest.clone());
        if let Some(fields) = body.as_object_mut() {
            // Not the client's to send.
            fields.remove("_links");
        }
        let should = wanted.to_json();
        body["name"] = should["name"].clone();
        body["capabilities"] = if self.capabilities.is_object() { self.capabilities.clone() } else { json!({}) };
        merge(&should["capabilities"], &mut body["capabilities"]);
        // Whether calls may train the platform's models was decided when the application was made.
        if body.get("privacy").is_none() {
            body["privacy"] = should["privacy"].clone();
        }
        if let Some(key) = wanted.public_key.as_deref().or(self.public_key()) {
            let mut keys = self.keys.rest.clone();
            keys.insert("public_key".to_owned(), key.into());
            body["keys"] = keys.into();
        }
        body
    }

    /// Where its capabilities are registered to live; `None` when that is the platform's choice.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.capabilities.pointer("/voice/region").and_then(Value::as_str).filter(|region| !region.is_empty())
    }

    /// Where its capabilities and webhooks differ from what they should be.
    #[must_use]
    pub fn differences(&self, wanted: &NewApplication) -> Vec<Difference> {
        let mut found = Vec::new();
        compare(&wanted.to_json()["capabilities"], Some(&self.capabilities), "", &mut found);
        found
    }

    /// PEM.
    #[must_use]
    pub fn public_key(&self) -> Option<&str> {
        self.keys.public_key.as_deref()
    }

    /// PEM. Only in the answer to a creation without a public key, and only that once.
    #[must_use]
    pub fn private_key(&self) -> Option<&str> {
        self.keys.private_key.as_deref()
    }
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    total_pages: u32,
    #[serde(default, rename = "_embedded")]
    embedded: Embedded,
}

#[derive(Default, Deserialize)]
struct Embedded {
    #[serde(default)]
    applications: Vec<Application>,
}

impl Client {
    /// Creates an application. Names are not unique, so this is never repeated.
    ///
    /// # Errors
    /// Any [`VonageError`]; [`VonageError::Ambiguous`] when no answer came.
    pub async fn create_application(&self, new: &NewApplication) -> Result<Application, VonageError> {
        let url = format!("{}/v2/applications", self.urls.api);
        self.json(Request::new(Method::POST, url, Auth::Basic).json(new.to_json())).await
    }

    /// One application; `None` when it does not exist or is not ours.
    ///
    /// # Errors
    /// Any other [`VonageError`].
    pub async fn get_application(&self, id: &str) -> Result<Option<Application>, VonageError> {
        let url = format!("{}/v2/applications/{}", self.urls.api, super::segment(id));
        match self.json(Request::new(Method::GET, url, Auth::Basic)).await {
            Err(error) if error.is_not_found() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Brings an application, as it was just read, to what it should be. All else of it stays.
    pub async fn update_application(
        &self,
        found: &Application,
        wanted: &NewApplication,
    ) -> Result<Application, VonageError> {
        let url = format!("{}/v2/applications/{}", self.urls.api, super::segment(&found.id));
        self.json(Request::new(Method::PUT, url, Auth::Basic).json(found.merged(wanted))).await
    }

    /// All applications of the account.
    pub async fn list_applications(&self) -> Result<Vec<Application>, VonageError> {
        let mut all = Vec::new();
        // An account with more than 10,000 applications is a loop in the answers.
        for page in 1..=100u32 {
            let url = format!("{}/v2/applications", self.urls.api);
            let query = vec![("page_size", "100".to_owned()), ("page", page.to_string())];
            let answer: Page = self.json(Request::new(Method::GET, url, Auth::Basic).query(query)).await?;
            all.extend(answer.embedded.applications);
            if page >= answer.total_pages {
                break;
            }
        }
        Ok(all)
    }
}
