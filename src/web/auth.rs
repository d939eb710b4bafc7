//! `GET /auth/{user}`: the token end-point of pages written against the click-to-call sample.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::peer::ClientIp;
use super::state::Web;
use crate::service::Refusal;

/// A JSON string with a Client SDK token for a visitor of their own, when they ask by the name of the configured public
/// support user; 404 for every other name, and when none is configured.
#[utoipa::path(
    get, path = "/auth/{user}", operation_id = "getVisitorToken", security(()),
    summary = "Gives a token for a visitor's client, for pages that were written against the click-to-call sample.",
    params(("user" = String, Path, description = "The name of the configured public support user.")),
    responses(
        (status = 200, description = "A token for the platform's Client SDK.", body = String, content_type = "application/json"),
        (status = 404, description = "There is no such public user.", body = String, content_type = "text/plain"),
        (status = 429, description = "Too many requests from this address.", body = String, content_type = "text/plain"),
        (status = 503, description = "Not possible at the moment.", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn token(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    Path(user): Path<String>,
) -> Response {
    match web.services.visits.support_user_token(&user, ip).await {
        Ok(Some(token)) => Json(token).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such public user\n").into_response(),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let (status, why, wait) = match refusal {
        Refusal::TooManyFromYou { retry_after_s } => {
            (StatusCode::TOO_MANY_REQUESTS, "too many requests from your address", Some(*retry_after_s))
        }
        Refusal::TooManyInAll => (StatusCode::SERVICE_UNAVAILABLE, "too many visitors at the moment", Some(30)),
        Refusal::PlatformDown => (StatusCode::SERVICE_UNAVAILABLE, "the voice platform is not available", None),
    };
    let mut response = (status, format!("{why}\n")).into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}
