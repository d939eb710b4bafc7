//! An application and its webhooks, as the Application API v2 reference has them: what the sandbox uses is typed, what it
//! does not is kept as it came.

use std::time::Duration;

use serde_json::{Value, json};

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
