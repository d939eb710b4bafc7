//! The two ends of a leg, and which way it goes.

use serde_json::{Value, json};

/// Which way the call goes, seen from the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Inbound,
    Outbound,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
        }
    }
}

/// One end of a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// E.164 without `+`, or `unknown`.
    Phone(String),
    /// A user's name.
    App(String),
    /// `sip`, `websocket`, `vbc`: read and refused, as the application gave it.
    Other(Value),
}

impl Endpoint {
    pub fn kind(&self) -> &str {
        match self {
            Endpoint::Phone(_) => "phone",
            Endpoint::App(_) => "app",
            Endpoint::Other(value) => value["type"].as_str().unwrap_or("unknown"),
        }
    }

    /// As the Voice API and the Client SDK write it.
    pub fn to_json(&self) -> Value {
        match self {
            Endpoint::Phone(number) => json!({ "type": "phone", "number": number }),
            Endpoint::App(user) => json!({ "type": "app", "user": user }),
            Endpoint::Other(value) => value.clone(),
        }
    }

    /// As webhooks write it.
    pub fn text(&self) -> String {
        match self {
            Endpoint::Phone(text) | Endpoint::App(text) => text.clone(),
            Endpoint::Other(value) => {
                ["uri", "extension"].iter().find_map(|key| value[*key].as_str()).unwrap_or_default().to_owned()
            }
        }
    }
}
