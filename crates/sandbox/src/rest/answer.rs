//! Who asks the Voice and Users APIs, for which call, and how they refuse.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::account::Application;
use crate::auth::{AuthError, bearer, verify_application};
use crate::exchange::Exchange;
use crate::leg::Status;
use crate::regions;

/// The application whose token the request carries. A user's token (`sub`) may not administer calls and users.
pub fn application(exchange: &Exchange, headers: &HeaderMap) -> Result<Application, Problem> {
    let jwt = bearer(headers).ok_or(Problem::Auth(AuthError::Invalid))?;
    let claims = verify_application(&exchange.accounts, jwt, exchange.effects.now_s()).map_err(Problem::Auth)?;
    if claims.sub.is_some() {
        return Err(Problem::Auth(AuthError::Permission));
    }
    exchange.accounts.get(&claims.application_id).ok_or(Problem::Auth(AuthError::Invalid))
}

/// A leg of the application that is not over and lives where it was asked for.
pub fn alive(
    exchange: &Exchange,
    application: &Application,
    headers: &HeaderMap,
    uuid: &str,
) -> Result<Status, Problem> {
    let state = exchange.state();
    let leg = state.legs.get(uuid).filter(|leg| leg.application == application.id && !leg.status.is_over());
    let leg = leg.filter(|leg| leg.region == regions::asked(headers));
    leg.map(|leg| leg.status).ok_or(Problem::NotFound)
}

/// Why a Voice API request was refused.
#[derive(Debug)]
pub enum Problem {
    Auth(AuthError),
    /// The call is not in a state for it.
    Bad,
    Invalid {
        name: String,
        reason: String,
    },
    NotFound,
}

impl Problem {
    pub fn invalid(name: impl Into<String>, reason: impl Into<String>) -> Problem {
        Problem::Invalid { name: name.into(), reason: reason.into() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let bad = json!({ "type": "BAD_REQUEST", "error_title": "Bad Request" });
        match self {
            Problem::Auth(error) => error.into_response(),
            Problem::Bad => (StatusCode::BAD_REQUEST, Json(bad)).into_response(),
            Problem::Invalid { name, reason } => {
                let mut body = bad;
                body["title"] = "Bad Request".into();
                body["invalid_parameters"] = json!([{ "name": name, "reason": reason }]);
                (StatusCode::BAD_REQUEST, Json(body)).into_response()
            }
            Problem::NotFound => {
                let body = json!({ "type": "NOT_FOUND", "error_title": "Not Found" });
                (StatusCode::NOT_FOUND, Json(body)).into_response()
            }
        }
    }
}
