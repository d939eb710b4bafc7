//! The Client SDK's socket: engine.io and socket.io on one WebSocket, and the sessions of users.
//!
//! Which of them decides [`super::greeting`]: engine.io 4 with socket.io 5 (`@vonage/client-sdk`, `nexmo-client` from 9 on),
//! or engine.io 3 with socket.io 2, in which the client pings and logs in by an event (`nexmo-client` before 7).
//! Written by hand: of the protocols one transport and one namespace are used, and what is said when matters more here than
//! what a library would save. socketioxide, which speaks both, was looked at and left.
//!
//! `@vonage/client-sdk` opens `GET {path}/?token=…&EIO=4&transport=websocket` and is told everything that happens to its
//! user as `42["type",{…}]`. A user may have several sessions (tabs); a session outlives its connection by a minute, and
//! what happens meanwhile is handed over as `pending_events` when it comes back. A client that does not read is cut off:
//! its queue is bounded and nobody waits for it. Depends on `account`, `auth`, `effects` and `trace`.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, watch};

use super::greeting::{self, Login, Protocol};
use crate::account::Accounts;
use crate::auth::{AuthError, UserClaims, verify_user};
use crate::effects::{Effects, lock};
use crate::trace::{Happening, Trace};

pub(super) const PING_INTERVAL: Duration = Duration::from_secs(25);
pub(super) const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// A frame that the client's socket does not take within this ends the connection.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// The SDK only ever sends `2` or `3`, `40`, `41`, acks, a login and a logout.
pub(super) const LARGEST_FRAME: usize = 65_536;
/// Events that may wait for one connection, or for a session without one.
const LONGEST_QUEUE: usize = 256;
/// An SDK that opens a session hangs up when it is refused.
const HANGS_UP_WITHIN: Duration = Duration::from_secs(1);
const SESSIONS_PER_USER: usize = 50;
const SESSIONS_IN_ALL: usize = 10_000;
/// How long a session without a connection is kept.
pub const KEPT_DISCONNECTED: Duration = Duration::from_secs(60);

/// Finds a user's id (`USR-…`) by application id and user name.
pub type Users = Arc<dyn Fn(&str, &str) -> Option<String> + Send + Sync>;

/// A session as others see it.
#[derive(Debug, Clone)]
pub struct Session {
    pub id: String,
    pub user_id: String,
    pub user_name: String,
    pub application_id: String,
    pub connected: bool,
}

/// What became of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Opened,
    /// Came back within [`KEPT_DISCONNECTED`].
    Resumed,
    /// Lost its connection; may come back.
    Lost,
    /// Logged out, expired, or did not come back.
    Ended,
}

#[derive(Debug, Clone)]
pub struct SessionChange {
    pub session: Session,
    pub change: Change,
}

/// Why a session was not refreshed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    #[error("no such session of this user")]
    NotFound,
    #[error(transparent)]
    Auth(#[from] AuthError),
}

/// All sessions. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    accounts: Accounts,
    pub(super) effects: Effects,
    trace: Trace,
    kept: Duration,
    sessions: Mutex<Sessions>,
    changes: broadcast::Sender<SessionChange>,
}

#[derive(Default)]
struct Sessions {
    by_id: HashMap<String, Held>,
    by_user: HashMap<String, BTreeSet<String>>,
    connections: u64,
}

struct Held {
    session: Session,
    /// When the token ends, seconds since 1970; refreshing moves it.
    exp: watch::Sender<i64>,
    /// The connection and its number; a later connection takes the place of an earlier one.
    connection: Option<(u64, mpsc::Sender<Out>)>,
    /// The number of the last connection: tells a stale clean-up from a due one.
    last: u64,
    pending: VecDeque<Value>,
}

enum Out {
    /// `type` and the whole object.
    Event(&'static str, Value),
    Named(String, Value),
    /// socket.io DISCONNECT: the SDK takes it for an expired token.
    Disconnect,
}

impl Out {
    fn into_event(self) -> Option<Value> {
        let (kind, mut event) = match self {
            Out::Event(kind, event) => (kind.to_owned(), event),
            Out::Named(kind, event) => (kind, event),
            Out::Disconnect => return None,
        };
        event["type"] = kind.into();
        Some(event)
    }

    fn text(&self) -> String {
        match self {
            Out::Event(kind, event) => format!("42{}", json!([kind, event])),
            Out::Named(kind, event) => format!("42{}", json!([kind, event])),
            Out::Disconnect => "41".into(),
        }
    }
}

impl Hub {
    pub fn new(accounts: Accounts, trace: Trace) -> Hub {
        Hub::keeping(accounts, trace, KEPT_DISCONNECTED)
    }

    fn keeping(accounts: Accounts, trace: Trace, kept: Duration) -> Hub {
        let effects = accounts.effects().clone();
        let (changes, _) = broadcast::channel(256);
        Hub { inner: Arc::new(Inner { accounts, effects, trace, kept, sessions: Mutex::default(), changes }) }
    }

    /// The WebSocket at `path`, with and without the slash that socket.io adds.
    pub fn router(&self, path: &str, users: Users) -> Router {
        let path = path.trim_end_matches('/');
        Router::new()
            .route(path, get(upgrade))
            .route(&format!("{path}/"), get(upgrade))
            .with_state((self.clone(), users))
    }

    /// Tells every session of a user. Answers how many there are (connected or kept).
    pub fn emit(&self, user_id: &str, kind: &str, event: Value) -> usize {
        let mut sessions = lock(&self.inner.sessions);
        let ids: Vec<String> = sessions.by_user.get(user_id).into_iter().flatten().cloned().collect();
        for id in &ids {
            if let Some(held) = sessions.by_id.get_mut(id) {
                held.push(Out::Named(kind.to_owned(), event.clone()));
            }
        }
        ids.len()
    }

    /// Tells one session.
    pub fn emit_to_session(&self, session_id: &str, kind: &str, event: Value) -> bool {
        let mut sessions = lock(&self.inner.sessions);
        let held = sessions.by_id.get_mut(session_id);
        held.map(|held| held.push(Out::Named(kind.to_owned(), event))).is_some()
    }

    pub fn session(&self, id: &str) -> Option<Session> {
        lock(&self.inner.sessions).by_id.get(id).map(|held| held.session.clone())
    }

    pub fn sessions_of(&self, user_id: &str) -> Vec<Session> {
        let sessions = lock(&self.inner.sessions);
        let ids = sessions.by_user.get(user_id).into_iter().flatten();
        ids.filter_map(|id| sessions.by_id.get(id)).map(|held| held.session.clone()).collect()
    }

    /// Has the user a session that can be called now?
    pub fn online(&self, user_id: &str) -> bool {
        self.sessions_of(user_id).iter().any(|session| session.connected)
    }

    /// Sessions opened, lost, resumed and ended from now on.
    pub fn changes(&self) -> broadcast::Receiver<SessionChange> {
        self.inner.changes.subscribe()
    }

    /// `PUT /v0.2/sessions/{id}`: the session lives as long as the new token.
    pub fn refresh(&self, session_id: &str, jwt: &str) -> Result<Session, RefreshError> {
        let claims = verify_user(&self.inner.accounts, jwt, self.inner.effects.now_s())?;
        if !claims.allows("PUT", &format!("/v0.2/sessions/{session_id}")) {
            return Err(AuthError::Permission.into());
        }
        let sessions = lock(&self.inner.sessions);
        let held = sessions.by_id.get(session_id).ok_or(RefreshError::NotFound)?;
        if (&held.session.user_name, &held.session.application_id) != (&claims.sub, &claims.application_id) {
            return Err(RefreshError::NotFound);
        }
        held.exp.send_replace(claims.exp);
        Ok(held.session.clone())
    }

    /// Ends every session of a user that was deleted.
    pub fn end_user(&self, user_id: &str) {
        for session in self.sessions_of(user_id) {
            self.inner.end(&session.id, None, "closed");
        }
    }
}

impl Held {
    fn push(&mut self, out: Out) {
        let out = match &self.connection {
            None => out,
            Some((_, queue)) => match queue.try_send(out) {
                Ok(()) => return,
                // Not reading. Without its sender the connection ends by itself and what it did not send comes back.
                Err(mpsc::error::TrySendError::Full(out) | mpsc::error::TrySendError::Closed(out)) => {
                    self.connection = None;
                    self.session.connected = false;
                    out
                }
            },
        };
        self.pending.extend(out.into_event());
        if self.pending.len() > LONGEST_QUEUE {
            self.pending.pop_front();
        }
    }
}

/// A connection's place in its session.
struct Attached {
    session: Session,
    number: u64,
    queue: mpsc::Receiver<Out>,
    exp: watch::Receiver<i64>,
    pending: Vec<Value>,
}

impl Inner {
    /// Opens a session or takes up the one with this id.
    fn attach(&self, user_id: &str, claims: &UserClaims, wanted: Option<&str>) -> Result<Attached, &'static str> {
        let (sender, queue) = mpsc::channel(LONGEST_QUEUE);
        let mut sessions = lock(&self.sessions);
        sessions.connections += 1;
        let number = sessions.connections;
        let wanted = wanted.filter(|id| !id.is_empty());
        if let Some(held) = wanted.and_then(|id| sessions.by_id.get_mut(id)) {
            if held.session.user_id != user_id {
                return Err("session:error:invalid");
            }
            held.connection = Some((number, sender));
            held.last = number;
            held.session.connected = true;
            held.exp.send_replace(claims.exp);
            let (session, exp) = (held.session.clone(), held.exp.subscribe());
            let pending = held.pending.drain(..).collect();
            drop(sessions);
            self.tell(&session, Change::Resumed, "resumed");
            return Ok(Attached { session, number, queue, exp, pending });
        }
        if wanted.is_some_and(|id| id.parse::<uuid::Uuid>().is_err()) {
            return Err("session:error:invalid");
        }
        let open = sessions.by_user.get(user_id).map_or(0, BTreeSet::len);
        if open >= SESSIONS_PER_USER || sessions.by_id.len() >= SESSIONS_IN_ALL {
            return Err("session:error:max-open-sessions");
        }
        let session = Session {
            id: wanted.map_or_else(|| self.effects.uuid(), str::to_owned),
            user_id: user_id.to_owned(),
            user_name: claims.sub.clone(),
            application_id: claims.application_id.clone(),
            connected: true,
        };
        let (expires, exp) = watch::channel(claims.exp);
        let held = Held {
            session: session.clone(),
            exp: expires,
            connection: Some((number, sender)),
            last: number,
            pending: VecDeque::new(),
        };
        sessions.by_id.insert(session.id.clone(), held);
        sessions.by_user.entry(user_id.to_owned()).or_default().insert(session.id.clone());
        drop(sessions);
        self.tell(&session, Change::Opened, "opened");
        Ok(Attached { session, number, queue, exp, pending: Vec::new() })
    }

    /// The connection ended but the session did not: keeps what was not sent, and forgets the session after a while.
    fn detach(self: &Arc<Self>, session_id: &str, number: u64, mut unsent: Vec<Value>) {
        let mut sessions = lock(&self.sessions);
        let Some(held) = sessions.by_id.get_mut(session_id) else { return };
        if held.last != number {
            return;
        }
        held.connection = None;
        held.session.connected = false;
        unsent.extend(held.pending.drain(..));
        held.pending = unsent.into();
        let session = held.session.clone();
        drop(sessions);
        self.tell(&session, Change::Lost, "lost");
        let (inner, id) = (self.clone(), session_id.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(inner.kept).await;
            inner.end(&id, Some(number), "closed");
        });
    }

    /// Forgets a session; only if `number` is still its last connection, when one is given.
    fn end(&self, session_id: &str, number: Option<u64>, why: &str) {
        let mut sessions = lock(&self.sessions);
        match sessions.by_id.get(session_id) {
            Some(held) if number.is_none_or(|number| held.last == number) => {}
            _ => return,
        }
        let Some(held) = sessions.by_id.remove(session_id) else { return };
        if let Some(ids) = sessions.by_user.get_mut(&held.session.user_id) {
            ids.remove(session_id);
            if ids.is_empty() {
                sessions.by_user.remove(&held.session.user_id);
            }
        }
        drop(sessions);
        if let Some((_, queue)) = &held.connection {
            let _ = queue.try_send(Out::Disconnect);
        }
        self.tell(&held.session, Change::Ended, why);
    }

    fn tell(&self, session: &Session, change: Change, word: &str) {
        self.trace.record(None, Happening::Session { user: session.user_name.clone(), change: word.to_owned() });
        let _ = self.changes.send(SessionChange { session: session.clone(), change });
    }
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    token: String,
    session_id: Option<String>,
    #[serde(rename = "EIO")]
    protocol: Option<String>,
    transport: Option<String>,
}

async fn upgrade(
    State((hub, users)): State<(Hub, Users)>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    use axum::response::IntoResponse;
    let protocol = asked.protocol.as_deref().and_then(Protocol::parse).filter(|_| {
        // Long polling is not served: no SDK uses it.
        asked.transport.as_deref() == Some("websocket")
    });
    let Some(protocol) = protocol else {
        // engine.io's own words and code for it.
        let body = json!({ "code": 5, "message": "Unsupported protocol version" });
        return (axum::http::StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
    };
    upgrade
        .max_message_size(LARGEST_FRAME)
        .max_frame_size(LARGEST_FRAME)
        .on_upgrade(move |socket| async move { serve(hub.inner, users, asked, protocol, socket).await })
}

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

/// Lets a token's user in.
fn admit(inner: &Inner, users: &Users, token: &str, session: Option<&str>) -> Result<Attached, &'static str> {
    let claims = verify_user(&inner.accounts, token, inner.effects.now_s()).map_err(AuthError::event)?;
    if !claims.allows("POST", "/v0.3/sessions") {
        return Err(AuthError::Permission.event());
    }
    let user_id = users(&claims.application_id, &claims.sub).ok_or("user:error:invalid-user")?;
    inner.attach(&user_id, &claims, session)
}

/// Until the client has hung up.
async fn hung_up(socket: &mut WebSocket) {
    while hear(socket).await.is_some() {}
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
    let mut pings = tokio::time::interval_at(tokio::time::Instant::now() + PING_INTERVAL, PING_INTERVAL);
    // When the client must have been heard: after our ping, or, when it is the one that pings, after its last one.
    let its_ping_due = || tokio::time::Instant::now() + PING_INTERVAL + PING_TIMEOUT;
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
                pong_due.get_or_insert(tokio::time::Instant::now() + PING_TIMEOUT);
            }
            () = tokio::time::sleep_until(pong_due.unwrap_or_else(|| tokio::time::Instant::now() + PING_TIMEOUT)),
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

/// The `tid` of `42["session:logout",{…}]`, with or without an ack id.
fn logout(packet: &str) -> Option<Value> {
    let event = greeting::event(packet, "session:logout")?;
    Some(event.get("tid").cloned().unwrap_or(Value::Null))
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
