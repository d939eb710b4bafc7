//! Whom a `connect` rings.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::phone::E164;

/// Whom a `connect` rings (3.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Endpoint {
    Phone(Phone),
    App(App),
    Websocket(Websocket),
    Sip(Sip),
    Vbc(Vbc),
}

impl Endpoint {
    /// A telephone, without keys to press and without a whisper.
    #[must_use]
    pub fn phone(number: E164) -> Self {
        Self::Phone(Phone { number, dtmf_answer: None, on_answer: None, shaken: None, other: Map::new() })
    }

    /// A Client SDK user, by name.
    #[must_use]
    pub fn app(user: impl Into<String>) -> Self {
        Self::App(App { user: user.into(), other: Map::new() })
    }
}

/// A telephone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    pub number: E164,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtmf_answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_answer: Option<OnAnswer>,
    /// The STIR/SHAKEN identity of the call, passed through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shaken: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A Client SDK user, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct App {
    pub user: String,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A WebSocket that gets the call's audio, and whose audio the call hears.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Websocket {
    pub uri: String,
    pub content_type: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// What the opening request says of who is calling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `vonage`: a token of the platform's. `custom`: `value`, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Authorization {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A SIP address: a `uri`, or a `domain` of the account's with a `user` there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sip {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Sent as `X-` headers.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// Sent under their own names, such as `User-to-User`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub standard_headers: Map<String, Value>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An extension of Vonage Business Communications.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Vbc {
    pub extension: String,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The whisper: an NCCO that runs on the called leg before it is joined.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnAnswer {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback_tone: Option<String>,
    /// The older name of `ringbackTone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
