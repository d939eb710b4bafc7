//! How a client's socket begins: the versions of engine.io and socket.io, and a login by event.
//!
//! | | engine.io 4, socket.io 5 | engine.io 3, socket.io 2 |
//! |---|---|---|
//! | pings come from | the server | the client |
//! | the main namespace is | asked for by the client (`40`) | open at once: the server says `40` |
//! | the user's token comes | in the query | in the query when a session is resumed, otherwise in `session:login` |
//!
//! Source: the protocols' published descriptions (socket.io's `engine.io-protocol` and `socket.io-protocol`).

use std::time::Duration;

use axum::extract::ws::WebSocket;
use serde_json::{Value, json};

use super::Inner;
use super::packets::{LARGEST_FRAME, PING_INTERVAL, PING_TIMEOUT, event, hear, say};

/// A client must say `40` within this.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The version of engine.io.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    V3,
    V4,
}

impl Protocol {
    /// Reads the query's `EIO`.
    pub(super) fn parse(text: &str) -> Option<Protocol> {
        match text {
            "3" => Some(Protocol::V3),
            "4" => Some(Protocol::V4),
            _ => None,
        }
    }
}

/// Who wants to log in.
pub(super) struct Login {
    pub(super) token: String,
    /// The request's `tid`, which its answer carries as `rid`. Null: it was no request.
    pub(super) request: Value,
}

/// engine.io's open packet, then socket.io's CONNECT of the main namespace.
pub(super) async fn greet(inner: &Inner, socket: &mut WebSocket, protocol: Protocol) -> Option<()> {
    let open = json!({
        "sid": inner.effects.hex(10), "upgrades": [], "maxPayload": LARGEST_FRAME,
        "pingInterval": u64::try_from(PING_INTERVAL.as_millis()).unwrap_or(u64::MAX),
        "pingTimeout": u64::try_from(PING_TIMEOUT.as_millis()).unwrap_or(u64::MAX),
    });
    say(socket, format!("0{open}")).await?;
    if protocol == Protocol::V3 {
        return say(socket, "40").await;
    }
    let connected = async {
        loop {
            let text = hear(socket).await?;
            match text.strip_prefix("40") {
                Some(rest) if rest.starts_with('/') && !rest.starts_with("/,") && rest != "/" => {
                    let namespace = rest.split(',').next().unwrap_or("/").to_owned();
                    say(socket, format!("44{namespace},{}", json!({ "message": "Invalid namespace" }))).await?;
                }
                Some(_) => return Some(()),
                None if text == "3" => {}
                None => return None,
            }
        }
    };
    tokio::time::timeout(CONNECT_WITHIN, connected).await.ok()??;
    say(socket, format!("40{}", json!({ "sid": inner.effects.hex(10) }))).await
}

/// Waits for `session:login`. A page opens its socket when it is loaded and logs in when somebody presses a button, so this
/// lasts as long as the client pings.
pub(super) async fn login(socket: &mut WebSocket) -> Option<Login> {
    loop {
        let heard = tokio::time::timeout(PING_INTERVAL + PING_TIMEOUT, hear(socket)).await.ok()??;
        if heard == "2" {
            say(socket, "3").await?;
        } else if heard == "1" || heard == "41" {
            return None;
        } else if let Some(request) = event(&heard, "session:login") {
            let token = request.pointer("/body/token").and_then(Value::as_str).unwrap_or("none").to_owned();
            return Some(Login { token, request: request.get("tid").cloned().unwrap_or(Value::Null) });
        }
    }
}
