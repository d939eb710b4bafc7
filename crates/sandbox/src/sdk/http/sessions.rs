//! Sessions and users: a token is refreshed, a user is shown, a measurement is taken note of.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::caller::Who;
use super::refused::Refused;
use crate::auth::{AuthError, bearer, verify_user};
use crate::exchange::Exchange;
use crate::sdk::socket::RefreshError;

pub(super) async fn show_user(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let state = exchange.state();
    let user = if id == "me" { Some(&caller.user) } else { state.user(&caller.user.application, &id) };
    let user = user.ok_or_else(Refused::user)?;
    Ok(Json(user.to_json(&exchange.public_url)))
}

/// The session lives as long as the new token.
pub(super) async fn refresh(
    State(exchange): State<Exchange>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Response> {
    let jwt = bearer(&headers).ok_or_else(|| AuthError::Invalid.into_response())?;
    match exchange.hub.refresh(&session, jwt) {
        Ok(session) => Ok(Json(json!({ "session_id": session.id }))),
        Err(RefreshError::Auth(error)) => Err(error.into_response()),
        Err(error @ RefreshError::NotFound) => {
            Err(Refused::new(StatusCode::NOT_FOUND, "session:error:not-found", error.to_string()).into_response())
        }
    }
}

/// The SDK reports how long a reconnection took. Nobody here wants to know, but it wants an answer.
pub(super) async fn metrics(State(exchange): State<Exchange>, headers: HeaderMap) -> Result<Json<Value>, AuthError> {
    let jwt = bearer(&headers).ok_or(AuthError::Invalid)?;
    verify_user(&exchange.accounts, jwt, exchange.effects.now_s())?;
    Ok(Json(json!({})))
}
