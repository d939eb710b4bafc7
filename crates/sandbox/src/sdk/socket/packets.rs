//! The packets of engine.io and socket.io on a WebSocket: written, read, and the times and sizes that both sides agree on.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};

pub(super) const PING_INTERVAL: Duration = Duration::from_secs(25);
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// A frame that the client's socket does not take within this ends the connection.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// The SDK only ever sends `2` or `3`, `40`, `41`, acks, a login and a logout.
pub(super) const LARGEST_FRAME: usize = 65_536;

/// What is sent to a client.
pub(super) enum Out {
    /// `type` and the whole object.
    Event(&'static str, Value),
    Named(String, Value),
    /// socket.io DISCONNECT: the SDK takes it for an expired token.
    Disconnect,
}

impl Out {
    /// The event that a session keeps for the next connection.
    pub(super) fn into_event(self) -> Option<Value> {
        let (kind, mut event) = match self {
            Out::Event(kind, event) => (kind.to_owned(), event),
            Out::Named(kind, event) => (kind, event),
            Out::Disconnect => return None,
        };
        event["type"] = kind.into();
        Some(event)
    }

    pub(super) fn text(&self) -> String {
        match self {
            Out::Event(kind, event) => format!("42{}", json!([kind, event])),
            Out::Named(kind, event) => format!("42{}", json!([kind, event])),
            Out::Disconnect => "41".into(),
        }
    }
}

/// Sends a packet; None when the client does not take it.
pub(super) async fn say(socket: &mut WebSocket, text: impl Into<String>) -> Option<()> {
    let message = Message::Text(text.into().into());
    tokio::time::timeout(SEND_WITHIN, socket.send(message)).await.ok()?.ok()
}

/// The next text; None when the client has gone or sent what it may not.
pub(super) async fn hear(socket: &mut WebSocket) -> Option<String> {
    loop {
        match socket.recv().await?.ok()? {
            Message::Text(text) => return Some(text.as_str().to_owned()),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
}

/// Until the client has hung up.
pub(super) async fn hung_up(socket: &mut WebSocket) {
    while hear(socket).await.is_some() {}
}

/// The object of `42["kind",{…}]`, with or without an ack id.
pub(super) fn event(packet: &str, kind: &str) -> Option<Value> {
    let body = packet.strip_prefix("42")?.trim_start_matches(|c: char| c.is_ascii_digit());
    let event: Value = serde_json::from_str(body).ok()?;
    (event.get(0)?.as_str()? == kind).then(|| event.get(1).cloned().unwrap_or_default())
}

/// The `tid` of `42["session:logout",{…}]`, with or without an ack id.
pub(super) fn logout(packet: &str) -> Option<Value> {
    let event = event(packet, "session:logout")?;
    Some(event.get("tid").cloned().unwrap_or(Value::Null))
}
