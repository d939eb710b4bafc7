//! One connection: from the upgrade over the login to its end, and the pings in between.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::greeting::{self, Login, Protocol};
use super::packets::{LARGEST_FRAME, Out, PING_INTERVAL, PING_TIMEOUT, hear, hung_up, logout, say};
use super::sessions::Attached;
use super::{Hub, Inner, Users};
use crate::auth::{AuthError, verify_user};
use crate::trace::Happening;

/// An SDK that opens a session hangs up when it is refused.
const HANGS_UP_WITHIN: Duration = Duration::from_secs(1);

#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    token: String,
    session_id: Option<String>,
    #[serde(rename = "EIO")]
    protocol: Option<String>,
    transport: Option<String>,
}

/// `GET {path}/?EIO=…&transport=websocket`.
pub(super) async fn upgrade(
    State((hub, users)): State<(Hub, Users)>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let protocol = asked.protocol.as_deref().and_then(Protocol::parse).filter(|_| {
        // Long polling is not served: no SDK uses it.
        asked.transport.as_deref() == Some("websocket")
    });
    let Some(protocol) = protocol else {
        // engine.io's own words and code for it.
        let body = json!({ "code": 5, "message": "Unsupported protocol version" });
        return (StatusCode::BAD_REQUEST, Json(body)).into_response();
    };
    upgrade
        .max_message_size(LARGEST_FRAME)
        .max_frame_size(LARGEST_FRAME)
        .on_upgrade(move |socket| async move { serve(hub.inner, users, asked, protocol, socket).await })
}

/// Lets a token's user in.
fn admit(inner: &Inner, users: &Users, token: &str, session: Option<&str>) -> Result<Attached, &'static str> {
    let claims = verify_user(&inner.accounts, token, inner.effects.now_s()).map_err(AuthError::event)?;
    if !claims.allows("POST", "/v0.3/sessions") {
        return Err(AuthError::Permission.event());
    }
    let user_id = users(&claims.application_id, &claims.sub).ok_or("user:error:invalid-user")?;
    inner.attach(&user_id, &claims, session)
}

async fn serve(inner: Arc<Inner>, users: Users, asked: Asked, protocol: Protocol, mut socket: WebSocket) {
    let Some(()) = greeting::greet(&inner, &mut socket, protocol).await else { return };
    let mut login = Login { token: asked.token, request: Value::Null };
    let (mut attached, request) = loop {
        if protocol == Protocol::V3 && login.token.is_empty() {
            match greeting::login(&mut socket).await {
                Some(sent) => login = sent,
                None => return,
            }
        }
        let error = match admit(&inner, &users, &login.token, asked.session_id.as_deref()) {
            Ok(attached) => break (attached, login.request),
            Err(error) => error,
        };
        inner.trace.record(None, Happening::Session { user: String::new(), change: format!("refused: {error}") });
        let mut body = json!({ "body": {} });
        if !login.request.is_null() {
            body["rid"] = login.request.clone();
        }
        let said = say(&mut socket, Out::Event(error, body).text()).await;
        if said.is_some() && protocol == Protocol::V3 {
            // It may log in again on the same connection.
            login.token.clear();
            continue;
        }
        if said.is_some() {
            // The SDK hangs up by itself; the error must not be overtaken by our closing.
            if tokio::time::timeout(HANGS_UP_WITHIN, hung_up(&mut socket)).await.is_err() {
                // While it reconnects, the SDK takes no notice of an error, and believes that its session goes on.
                let _ = say(&mut socket, Out::Disconnect.text()).await;
                let _ = tokio::time::timeout(Duration::from_secs(4), hung_up(&mut socket)).await;
            }
        }
        return;
    };
    let request = if request.is_null() { inner.effects.uuid().into() } else { request };
    let mut body = json!({
        "id": attached.session.id,
        "user_id": attached.session.user_id,
        "name": attached.session.user_name,
        "api_key": inner.accounts.account().api_key,
    });
    let pending = std::mem::take(&mut attached.pending);
    if !pending.is_empty() {
        body["pending_events"] = pending.clone().into();
    }
    let success = Out::Event("session:success", json!({ "rid": request, "body": body }));
    if say(&mut socket, success.text()).await.is_none() {
        inner.detach(&attached.session.id, attached.number, pending);
        return;
    }
    let end = converse(&inner, &mut attached, &mut socket, protocol).await;
    let (id, number) = (attached.session.id.as_str(), attached.number);
    match end {
        End::LoggedOut => inner.end(id, Some(number), "closed"),
        End::Expired => {
            inner.end(id, Some(number), "expired");
            let _ = say(&mut socket, "41").await;
        }
        End::Ended => {
            let _ = say(&mut socket, "41").await;
        }
        End::Lost(unsent) => {
            attached.queue.close();
            let mut unsent: Vec<Value> = unsent.and_then(Out::into_event).into_iter().collect();
            while let Ok(out) = attached.queue.try_recv() {
                unsent.extend(out.into_event());
            }
            inner.detach(id, number, unsent);
        }
    }
}

/// How a conversation over the socket ended.
enum End {
    LoggedOut,
    Expired,
    /// The session was ended from our side.
    Ended,
    /// The connection broke, or another one took its place; with the packet that was not sent.
    Lost(Option<Out>),
}

async fn converse(inner: &Arc<Inner>, attached: &mut Attached, socket: &mut WebSocket, protocol: Protocol) -> End {
    let we_ping = protocol == Protocol::V4;
    let mut pings = tokio::time::interval_at(Instant::now() + PING_INTERVAL, PING_INTERVAL);
    // When the client must have been heard: after our ping, or, when it is the one that pings, after its last one.
    let its_ping_due = || Instant::now() + PING_INTERVAL + PING_TIMEOUT;
    let mut pong_due = (!we_ping).then(its_ping_due);
    loop {
        let left = attached.exp.borrow_and_update().saturating_mul(1000).saturating_sub(inner.effects.now_ms());
        let Ok(left) = u64::try_from(left) else { return End::Expired };
        if left == 0 {
            return End::Expired;
        }
        tokio::select! {
            out = attached.queue.recv() => match out {
                None => return End::Lost(None),
                Some(Out::Disconnect) => return End::Ended,
                Some(out) => if say(socket, out.text()).await.is_none() {
                    return End::Lost(Some(out));
                },
            },
            heard = hear(socket) => match heard.as_deref() {
                None | Some("1") => return End::Lost(None),
                Some("3") => pong_due = None,
                Some("2") => {
                    if say(socket, "3").await.is_none() {
                        return End::Lost(None);
                    }
                    if !we_ping {
                        pong_due = Some(its_ping_due());
                    }
                }
                // Disconnected on purpose without a logout: the page may come back with its session id.
                Some("41") => return End::Lost(None),
                Some(text) => if let Some(request) = logout(text) {
                    let answer = json!({ "rid": request, "body": {} });
                    let _ = say(socket, Out::Event("session:logged-out", answer).text()).await;
                    return End::LoggedOut;
                },
            },
            _ = pings.tick(), if we_ping => {
                if say(socket, "2").await.is_none() {
                    return End::Lost(None);
                }
                pong_due.get_or_insert(Instant::now() + PING_TIMEOUT);
            }
            () = tokio::time::sleep_until(pong_due.unwrap_or_else(|| Instant::now() + PING_TIMEOUT)),
                if pong_due.is_some() => return End::Lost(None),
            // Looked at again when it is due, or when a refresh moved it.
            () = tokio::time::sleep(Duration::from_millis(left)) => {}
            moved = attached.exp.changed() => if moved.is_err() {
                return match attached.queue.recv().await {
                    Some(Out::Disconnect) => End::Ended,
                    _ => End::Lost(None),
                };
            },
        }
    }
}
