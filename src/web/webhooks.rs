//! The platform's webhooks: raw bytes in, a verified and parsed [`Received`] to the service, the platform's kind of answer
//! out.
//!
//! | what is wrong             | status | because                                                                  |
//! |---------------------------|--------|--------------------------------------------------------------------------|
//! | not signed                | 503    | the platform forgets to, now and then, and repeats it signed after a 5xx |
//! | signature wrong, old, used| 401    | it is not the platform                                                   |
//! | an event is not stored    | 503    | the platform repeats it                                                  |
//! | we fail while answering   | 200    | with an apology: a caller always hears something                         |

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderValue, Method as HttpMethod, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::openapi::parts::{FlowAnswers, WebhookRefusals};
use super::state::{Web, WebhookTrust};
use crate::domain::line::Line;
use crate::domain::outgoing::Cleared;
use crate::service::{Method, NotStored, Received, WebhookKind};
use crate::vonage::signature::{self, Payload, PayloadHash, SignatureError, Verified};
use crate::vonage::webhook::{self, Raw};
use crate::vonage::{Unreadable, Webhook};

/// The platform's bodies have one or two kilobytes.
const BODY_LIMIT: usize = 64 << 10;
/// A body that trickles in is not the platform's.
const BODY_TIME: Duration = Duration::from_secs(5);
/// The service promises to be done earlier. When the machine itself stalls, an apology in time beats a flow too late.
const ANSWER_TIME: Duration = Duration::from_millis(950);

/// The platform asks what to do with a caller.
#[utoipa::path(
    method(get, post), path = "/webhooks/answer", operation_id = "answerWebhook", tag = "platform", security(("platform" = [])),
    summary = "What to do with a caller", request_body = Object,
    responses(FlowAnswers),
)]
pub(super) async fn answer(state: State<Web>, query: RawQuery, request: Request) -> Response {
    flow(WebhookKind::Answer, state, query, request).await
}

/// The same, for applications set up by the tracking sample: the call is a campaign's.
#[utoipa::path(
    method(get, post), path = "/track-call", operation_id = "trackCallWebhook", tag = "platform", security(("platform" = [])),
    summary = "The same, for applications set up by the tracking sample: the call is a campaign's", request_body = Object,
    responses(FlowAnswers),
)]
pub(super) async fn track_call(state: State<Web>, query: RawQuery, request: Request) -> Response {
    flow(WebhookKind::TrackCall, state, query, request).await
}

/// The platform got no good answer from [`answer`] and asks again.
#[utoipa::path(
    method(get, post), path = "/webhooks/fallback", operation_id = "fallbackWebhook", tag = "platform", security(("platform" = [])),
    summary = "What to do with a caller, where the answer webhook had no good answer", request_body = Object,
    responses(FlowAnswers),
)]
pub(super) async fn fallback(state: State<Web>, query: RawQuery, request: Request) -> Response {
    flow(WebhookKind::Fallback, state, query, request).await
}

/// The platform reports an event of a call.
#[utoipa::path(
    method(get, post), path = "/webhooks/event", operation_id = "eventWebhook", tag = "platform", security(("platform" = [])),
    summary = "An event of a call; `/event` and `/webhooks/events` are the same", request_body = Object,
    responses((status = 200, description = "Stored. With a body, the call goes on with this call flow."), WebhookRefusals),
)]
pub(super) async fn event(state: State<Web>, query: RawQuery, request: Request) -> Response {
    news(WebhookKind::Event, state, query, request).await
}

/// Keys that a caller pressed, from flows that name this URL.
#[utoipa::path(
    method(get, post), path = "/webhooks/dtmf", operation_id = "dtmfWebhook", tag = "platform", security(("platform" = [])),
    summary = "Keys that a caller pressed", request_body = Object,
    responses((status = 200, description = "Stored. With a body, the call goes on with this call flow."), WebhookRefusals),
)]
pub(super) async fn dtmf(state: State<Web>, query: RawQuery, request: Request) -> Response {
    news(WebhookKind::Dtmf, state, query, request).await
}

/// A recording is ready, from flows that name this URL.
#[utoipa::path(
    method(get, post), path = "/webhooks/recording", operation_id = "recordingWebhook", tag = "platform", security(("platform" = [])),
    summary = "A recording is ready", request_body = Object,
    responses((status = 200, description = "Stored. With a body, the call goes on with this call flow."), WebhookRefusals),
)]
pub(super) async fn recording(state: State<Web>, query: RawQuery, request: Request) -> Response {
    news(WebhookKind::Recording, state, query, request).await
}

/// Conversation events of the Client SDK, which an application with that capability must send somewhere. What they say
/// about a call, the voice events say too, so nothing is kept but that somebody's client is there.
#[utoipa::path(
    method(get, post), path = "/webhooks/rtc", operation_id = "rtcWebhook", tag = "platform", security(("platform" = [])),
    summary = "Conversation events of the Client SDK", request_body = Object,
    responses((status = 204, description = "Taken."), WebhookRefusals),
)]
pub(super) async fn rtc(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let received = match admit(&web, WebhookKind::Event, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    let raw = match received.method {
        Method::Get => Raw::Query(&received.raw),
        Method::Post => Raw::Body(received.raw.as_bytes()),
    };
    if let Some(user) = webhook::active_user(raw)
        && let Err(error) = web.services.desk.presence.agent_seen_elsewhere(&user).await
    {
        tracing::warn!(error = %error, "an agent's sign of life was not noted");
    }
    StatusCode::NO_CONTENT.into_response()
}

/// The answer URL of the private-calls sample: whatever was dialled, the line is the private one.
#[utoipa::path(
    method(get, post), path = "/proxy-call", operation_id = "proxyCallWebhook", tag = "platform", security(("platform" = [])),
    summary = "What to do with a caller, for applications set up by the private-calls sample", request_body = Object,
    responses(FlowAnswers),
)]
pub(super) async fn proxy_call(state: State<Web>, query: RawQuery, request: Request) -> Response {
    flow_of(WebhookKind::Answer, Some(Line::Private), state, query, request).await
}

async fn flow(kind: WebhookKind, state: State<Web>, query: RawQuery, request: Request) -> Response {
    flow_of(kind, None, state, query, request).await
}

async fn flow_of(
    kind: WebhookKind,
    line: Option<Line>,
    State(web): State<Web>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let received = match admit(&web, kind, query.as_deref(), request).await {
        Ok(received) => Received { line, ..received },
        Err(refused) => return refused.into_response(),
    };
    // On a task of its own: what is half committed is finished even if the platform hangs up, and a panic stays there.
    let services = web.services.clone();
    let answering = tokio::spawn(async move { services.webhooks.answer(received).await });
    match tokio::time::timeout(ANSWER_TIME, answering).await {
        Ok(Ok(Ok(ncco))) => call_flow(&ncco),
        Ok(Ok(Err(replayed))) => Refused::new(StatusCode::UNAUTHORIZED, replayed.to_string()).into_response(),
        Ok(Err(failed)) => {
            tracing::error!(error = %failed, "answering failed; the caller hears an apology");
            call_flow(&web.services.spoken.apology())
        }
        Err(_) => {
            tracing::error!("answering took too long; the caller hears an apology");
            call_flow(&web.services.spoken.apology())
        }
    }
}

async fn news(kind: WebhookKind, State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let received = match admit(&web, kind, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    let services = web.services.clone();
    match tokio::spawn(async move { services.webhooks.event(received).await }).await {
        // Without a body a running call flow goes on as it is.
        Ok(Ok(None)) => StatusCode::OK.into_response(),
        Ok(Ok(Some(ncco))) => call_flow(&ncco),
        Ok(Err(NotStored::Replayed(replayed))) => {
            Refused::new(StatusCode::UNAUTHORIZED, replayed.to_string()).into_response()
        }
        Ok(Err(NotStored::Unavailable(reason))) => {
            tracing::warn!(reason, webhook.kind = kind.name(), "a webhook was not stored; the platform will repeat it");
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, "not stored, please repeat").into_response()
        }
        Err(failed) => {
            tracing::error!(error = %failed, webhook.kind = kind.name(), "storing a webhook failed");
            Refused::new(StatusCode::SERVICE_UNAVAILABLE, "not stored, please repeat").into_response()
        }
    }
}

/// From bytes to what a service may believe, or the refusal.
pub(super) async fn admit(
    web: &Web,
    kind: WebhookKind,
    query: Option<&str>,
    request: Request,
) -> Result<Received, Refused> {
    let (head, body) = request.into_parts();
    let get = head.method == HttpMethod::GET || head.method == HttpMethod::HEAD;
    let query = query.unwrap_or_default();
    let body = if get { Bytes::new() } else { read(web, body).await? };
    let authorization = head.headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or("?"));
    let payload = if get { Payload::Query(query) } else { Payload::Body(&body) };
    let verified = verify(web, kind, authorization, payload)?;
    let raw = if get { Raw::Query(query) } else { Raw::Body(&body) };
    let (method, kept) = if get { (Method::Get, query.to_owned()) } else { (Method::Post, text_of(&body)) };
    Ok(Received { kind, method, raw: kept, line: None, verified, parsed: parse(kind, raw) })
}

pub(super) async fn read(web: &Web, body: Body) -> Result<Bytes, Refused> {
    match tokio::time::timeout(BODY_TIME, axum::body::to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        // What broke off with us is repeated; what is too long is not.
        Ok(Err(_)) if web.streams.stop.is_cancelled() => {
            Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping, please repeat"))
        }
        Ok(Err(_)) => Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 64 KiB, or broke off")),
        Err(_) => Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
    }
}

fn verify(
    web: &Web,
    kind: WebhookKind,
    authorization: Option<&str>,
    payload: Payload<'_>,
) -> Result<Option<Verified>, Refused> {
    let WebhookTrust::Signed(configured) = &web.trust else { return Ok(None) };
    // An application that was made on the setup page while we run.
    let adopted = web.services.setup.adopted().map(|adopted| adopted.verifier(configured));
    let verifier = adopted.as_ref().unwrap_or(configured);
    let clocks = web.services.clock_skew.clocks();
    match verifier.verify(authorization, payload, clocks) {
        Ok(verified) => {
            if verified.payload == PayloadHash::Differs {
                tracing::warn!(webhook.kind = kind.name(), "a GET webhook's parameters do not give the signed hash");
            }
            Ok(Some(verified))
        }
        Err(error) => {
            tracing::warn!(webhook.kind = kind.name(), error = %error, "a webhook was refused");
            if error == SignatureError::Expired {
                let age = signature::claimed_time(authorization).map(|iat| clocks.ours.saturating_sub(iat));
                let services = web.services.clone();
                tokio::spawn(async move { services.clock_skew.signed_at_another_time(age).await });
            }
            metrics::counter!("webhooks_refused_total", "reason" => format!("{error:?}")).increment(1);
            let status = match error {
                SignatureError::Missing => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::UNAUTHORIZED,
            };
            Err(Refused::new(status, error.to_string()))
        }
    }
}

fn parse(kind: WebhookKind, raw: Raw<'_>) -> Result<Webhook, Unreadable> {
    match kind {
        WebhookKind::Answer | WebhookKind::TrackCall | WebhookKind::Fallback => {
            webhook::answer(raw).map(Webhook::Answer)
        }
        WebhookKind::Event | WebhookKind::Dtmf | WebhookKind::Recording => webhook::event(raw).map(Webhook::Event),
    }
}

/// Bytes as text from which they can be had back: as they are, or in base64 when they are no text.
fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => text.to_owned(),
        _ => format!("base64:{}", STANDARD.encode(bytes)),
    }
}

/// The one way out for a call flow that answers a webhook.
pub(super) fn call_flow(ncco: &Cleared) -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], ncco.to_json()).into_response()
}

/// Why a webhook is not taken, in a line for the reader of the platform's log.
pub(super) struct Refused {
    status: StatusCode,
    why: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, format!("{}\n", self.why)).into_response()
    }
}
