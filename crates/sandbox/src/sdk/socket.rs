//! The Client SDK's socket: engine.io and socket.io on one WebSocket, and the sessions of users.
//!
//! Which of them decides [`greeting`]: engine.io 4 with socket.io 5 (`@vonage/client-sdk`, `nexmo-client` from 9 on),
//! or engine.io 3 with socket.io 2, in which the client pings and logs in by an event (`nexmo-client` before 7).
//! Written by hand: of the protocols one transport and one namespace are used, and what is said when matters more here than
//! what a library would save. socketioxide, which speaks both, was looked at and left.
//!
//! `@vonage/client-sdk` opens `GET {path}/?token=…&EIO=4&transport=websocket` and is told everything that happens to its
//! user as `42["type",{…}]`. A user may have several sessions (tabs); a session outlives its connection by a minute, and
//! what happens meanwhile is handed over as `pending_events` when it comes back. A client that does not read is cut off:
//! its queue is bounded and nobody waits for it. Depends on `account`, `auth`, `effects` and `trace`.

mod connection;
mod greeting;
mod packets;
mod sessions;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use serde_json::Value;
use tokio::sync::broadcast;

use crate::account::Accounts;
use crate::auth::{AuthError, verify_user};
use crate::effects::{Effects, lock};
use crate::trace::Trace;
use connection::upgrade;
use packets::Out;
use sessions::Sessions;

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

/// How a session went on.
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

struct Inner {
    accounts: Accounts,
    effects: Effects,
    trace: Trace,
    kept: Duration,
    sessions: Mutex<Sessions>,
    changes: broadcast::Sender<SessionChange>,
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
