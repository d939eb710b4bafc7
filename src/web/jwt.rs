//! `POST /api/jwt`: tokens for existing web, iOS and Android clients, by the contract of the contact-centre samples. The
//! value of `mobile_api_key` is checked; web pages of other sites may ask only from the origins that the operator named.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::ToSchema;

use super::peer::ClientIp;
use super::state::Web;
use crate::service::SdkRefusal;

/// What a client of the samples sends.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = TokenRequest)]
struct Wanted {
    /// The key for mobile clients, which the page Client SDK shows to operators.
    #[schema(value_type = String, example = "MOBILE_API_KEY")]
    mobile_api_key: Option<String>,
    /// The name of the user whose client it is. The queue does not need it.
    #[schema(nullable = false, example = "Jane")]
    user_name: Option<String>,
    /// When the token is to expire, at most 24 hours ahead.
    #[schema(nullable = false, format = DateTime)]
    expires_at: Option<String>,
}

/// A token for a user's client.
#[derive(Serialize, ToSchema)]
struct SdkToken {
    /// The id of the user at the platform, `USR-…`.
    user_id: String,
    /// The name of the user.
    user_name: String,
    /// The token, for the platform's Client SDK.
    jwt: String,
    /// When the token expires, as JavaScript writes it: `2019-03-13T14:53:06.000Z`.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// Who waits for an agent, the longest first.
#[derive(Serialize, ToSchema)]
struct WaitingCallers {
    /// The callers.
    conversations: Vec<WaitingCaller>,
}

/// A caller who waits for an agent.
#[derive(Serialize, ToSchema)]
struct WaitingCaller {
    /// The digits of the caller's number, or the name of a visitor.
    msisdn: String,
    /// The id of the call's conversation at the platform.
    conversation_id: String,
    /// The id of the caller's leg at the platform.
    leg_id: String,
    /// Since when the caller waits, in seconds since 1970, written as text.
    timestamp: String,
}

/// Why a request of a client was refused.
#[derive(Serialize, ToSchema)]
struct SdkError {
    /// What is wrong, in a sentence for people.
    error: String,
}

/// Gives a token for a user's client, by the contract of the contact-centre samples.
#[utoipa::path(
    post, path = "/api/jwt", operation_id = "getToken", security(()),
    request_body(content((Wanted = "application/json"), (Wanted = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The token.", body = SdkToken),
        (status = 400, description = "Something else is wrong; the text names the field.", body = SdkError),
        (status = 401, description = "The key is wrong.", body = SdkError),
        (status = 404, description = "There is no such user.", body = SdkError),
        (status = 429, description = "Too many wrong keys from this address.", body = SdkError),
        (status = 503, description = "Not possible at the moment; try again.", body = SdkError),
    ),
)]
pub(super) async fn token(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let allowed = allowed(&web, &headers).await;
    let answer = async {
        let wanted = read(&headers, &body).map_err(|refused| *refused)?;
        let key = wanted.mobile_api_key.unwrap_or_default();
        let name = wanted.user_name.unwrap_or_default();
        // The key first: a stranger learns nothing of which users there are, nor of our taste in fields.
        web.services.team.sdk.check_mobile_key(&key, ip).await.map_err(|refusal| refused(&refusal))?;
        if name.trim().is_empty() {
            return Err(error(StatusCode::BAD_REQUEST, "user_name is missing"));
        }
        let until = wanted.expires_at.map(|text| OffsetDateTime::parse(&text, &Rfc3339)).transpose();
        let until =
            until.map_err(|_| error(StatusCode::BAD_REQUEST, "expires_at: must be like 2026-11-21T12:00:00Z"))?;
        let until = until.map(|at| i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX));
        web.services.team.sdk.sdk_token(&key, &name, until, ip).await.map_err(|refusal| refused(&refusal))
    };
    let response = match answer.await {
        Ok(token) => Json(SdkToken {
            user_id: token.user_id,
            user_name: token.user_name,
            jwt: token.jwt,
            expires_at: written(token.expires_at_ms),
        })
        .into_response(),
        Err(response) => response,
    };
    with_origin(response, allowed)
}

/// Lists who waits for an agent, in the form that the samples' mobile clients show.
#[utoipa::path(
    post, path = "/api/queue", operation_id = "listWaitingCallers", security(()),
    request_body(content((Wanted = "application/json"), (Wanted = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The callers, the longest waiting first.", body = WaitingCallers),
        (status = 400, description = "The body cannot be read.", body = SdkError),
        (status = 401, description = "The key is wrong.", body = SdkError),
        (status = 429, description = "Too many wrong keys from this address.", body = SdkError),
        (status = 503, description = "Not possible at the moment; try again.", body = SdkError),
    ),
)]
pub(super) async fn queue(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let allowed = allowed(&web, &headers).await;
    let answer = async {
        let key = read(&headers, &body).map_err(|refused| *refused)?.mobile_api_key.unwrap_or_default();
        web.services.team.sdk.check_mobile_key(&key, ip).await.map_err(|refusal| refused(&refusal))?;
        web.services.team.sdk.waiting_callers().await.map_err(|failed| {
            tracing::error!(error = %failed, "the queue could not be read");
            refused(&SdkRefusal::Unavailable)
        })
    };
    let response = match answer.await {
        Ok(waiting) => {
            let conversations = waiting.into_iter().map(|caller| WaitingCaller {
                msisdn: caller.number,
                conversation_id: caller.conversation,
                leg_id: caller.leg,
                timestamp: (caller.since_ms / 1000).to_string(),
            });
            Json(WaitingCallers { conversations: conversations.collect() }).into_response()
        }
        Err(response) => response,
    };
    with_origin(response, allowed)
}

/// What a browser asks before it posts from another site's page.
pub(super) async fn preflight(State(web): State<Web>, headers: HeaderMap) -> Response {
    let Some(origin) = allowed(&web, &headers).await else { return StatusCode::FORBIDDEN.into_response() };
    let mut response = with_origin(StatusCode::NO_CONTENT.into_response(), Some(origin));
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// The origin that asks, if it is on the operator's list.
async fn allowed(web: &Web, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    let list = web.services.team.sdk.mobile_origins().await.ok()?;
    list.iter().any(|allowed| allowed == text).then(|| origin.clone())
}

fn with_origin(mut response: Response, origin: Option<HeaderValue>) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        // Otherwise the header of every answer would forbid it again.
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    response
}

/// JSON, or a form, as the samples take both.
fn read(headers: &HeaderMap, body: &[u8]) -> Result<Wanted, Box<Response>> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let mut wanted = Wanted::default();
        for (name, value) in url::form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "mobile_api_key" => &mut wanted.mobile_api_key,
                "user_name" => &mut wanted.user_name,
                "expires_at" => &mut wanted.expires_at,
                _ => continue,
            };
            *field = Some(value.into_owned());
        }
        return Ok(wanted);
    }
    serde_json::from_slice(body)
        .map_err(|_| error(StatusCode::BAD_REQUEST, "the body must be JSON: {\"mobile_api_key\": …, \"user_name\": …}"))
        .map_err(Box::new)
}

fn refused(refusal: &SdkRefusal) -> Response {
    let status = match refusal {
        SdkRefusal::Key => StatusCode::UNAUTHORIZED,
        SdkRefusal::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        SdkRefusal::UnknownUser => StatusCode::NOT_FOUND,
        SdkRefusal::Expiry => StatusCode::BAD_REQUEST,
        SdkRefusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut response = error(status, &refusal.to_string());
    if let SdkRefusal::Throttled { retry_after_s } = refusal {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

fn error(status: StatusCode, what: &str) -> Response {
    (status, Json(SdkError { error: what.to_owned() })).into_response()
}

/// `2019-03-13T14:53:06.000Z`, as JavaScript writes it: clients parse it.
fn written(ms: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let format = time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    format!("{}.{:03}Z", at.format(format).unwrap_or_default(), ms.rem_euclid(1000))
}
