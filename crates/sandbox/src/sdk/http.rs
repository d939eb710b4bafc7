//! The Client SDK's HTTP calls, as `@vonage/client-sdk` 2.3.1 makes them.
//!
//! Timing that the SDK depends on: `member:joined` comes after the answer to the knock (they travel on different
//! connections), a conversation that is new is shown a little late, and a refusal is a documented error body.

mod actions;
mod caller;
mod conversations;
mod knocking;
mod legacy;
mod legs;
mod media;
mod members;
mod refused;
mod sessions;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};

use crate::exchange::Exchange;
use caller::authenticate;
use refused::Refused;

/// All routes of the SDK but the socket. `prefix` of an `apiUrl` is the mounting router's business.
pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/v0.3/legs", post(legs::make_leg))
        .route("/v0.3/legs/{leg}", get(legs::show_leg))
        .route("/v0.3/knocking", post(knocking::knock))
        .route("/v0.3/knocking/{knock}", delete(knocking::cancel_knock))
        .route("/v0.3/users/{user}", get(sessions::show_user))
        .route("/v0.3/users/{user}/conversations", get(conversations::of_user))
        .route("/v0.3/conversations/{cid}", get(conversations::show))
        .route("/v0.3/conversations/{cid}/legs", get(legs::show_legs))
        .route("/v0.3/conversations/{cid}/events", post(actions::act))
        .route("/v0.3/conversations/{cid}/members/{mid}", put(members::join).get(members::show_member))
        .route("/v0.3/conversations/{cid}/rtc/{leg}/answer", post(media::answer))
        .route("/v0.3/conversations/{cid}/rtc/{leg}/offer", post(media::reconnect))
        .route("/v0.2/conversations/{cid}/members/{mid}", delete(members::leave))
        .merge(legacy::router())
        .layer(from_fn_with_state(exchange.clone(), authenticate))
        .route("/v0.2/sessions/{session}", put(sessions::refresh))
        .route("/v2/rtc/metrics", post(sessions::metrics))
        .method_not_allowed_fallback(wrong_verb)
        .fallback(nothing_here)
        .with_state(exchange)
}

/// What is not there says so in a body that the SDK can read: without one it reports a failure of its own to parse.
async fn nothing_here(request: Request) -> Refused {
    let detail = format!("The sandbox has no {} {}.", request.method(), request.uri().path());
    Refused::new(StatusCode::NOT_FOUND, "http:error:not-found", detail)
}

async fn wrong_verb(request: Request) -> Refused {
    let detail = format!("The sandbox does not take {} at {}.", request.method(), request.uri().path());
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "http:error:method-not-allowed", detail)
}
