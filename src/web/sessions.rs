//! The operators' browser sessions.
//!
//! The cookie holds a random id and nothing else. A session ends after half an hour without a request, twelve hours after
//! it began, or at sign-out; the streams of a session end with it.

pub(super) mod store;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use self::store::WatchedSessions;
use super::state::Web;

/// Without a request for this long, a session is over.
const IDLE: Duration = Duration::minutes(30);
/// However busy, it is over after this long.
const ABSOLUTE: Duration = Duration::hours(12);
/// How exactly the last request is remembered: each write is a commit.
const TOUCH_SECONDS: i64 = 60;

pub(super) use crate::service::SESSION_ACCOUNT as ACCOUNT;
/// When the session began, seconds since 1970.
const BEGAN: &str = "began";
/// When it was last used, seconds since 1970, to within [`TOUCH_SECONDS`].
const USED: &str = "used";

/// Reads the cookie before, and writes it after the handlers.
pub(super) fn layer(web: &Web) -> SessionManagerLayer<WatchedSessions> {
    let secure = web.policy.secure;
    SessionManagerLayer::new(web.sessions.clone())
        // The prefix makes browsers refuse the cookie from a sister domain, and without https.
        .with_name(if secure { "__Host-switchboard" } else { "switchboard" })
        .with_secure(secure)
        .with_http_only(true)
        // Lax, not Strict: a link in a mail to /admin must not look signed out.
        .with_same_site(SameSite::Lax)
        .with_expiry(Expiry::OnInactivity(IDLE))
}

/// Keeps a used session alive, and ends one that is older than [`ABSOLUTE`]. Visitors have no session and get none.
pub(super) async fn bound(State(web): State<Web>, session: Session, request: Request, next: Next) -> Response {
    if let Err(error) = age(&session, web.services.now_ms() / 1000).await {
        tracing::warn!(error = %error, "a session could not be read");
    }
    next.run(request).await
}

async fn age(session: &Session, now: i64) -> Result<(), tower_sessions::session::Error> {
    if session.id().is_none() || session.get::<String>(ACCOUNT).await?.is_none() {
        return Ok(());
    }
    let began = match session.get::<i64>(BEGAN).await? {
        Some(began) => began,
        None => {
            session.insert(BEGAN, now).await?;
            now
        }
    };
    if now - began > ABSOLUTE.whole_seconds() {
        return session.flush().await;
    }
    let used = session.get::<i64>(USED).await?.unwrap_or_default();
    if now - used > TOUCH_SECONDS {
        session.insert(USED, now).await?;
    }
    Ok(())
}
