//! The webhooks of texts and PINs.

use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::service::{Method, Received, WebhookKind};
use crate::vonage::webhook::{self, Raw};
use crate::web::openapi::parts::{FlowAnswers, WebhookRefusals};
use crate::web::state::{Web, WebhookTrust};
use crate::web::webhooks::{Refused, admit, call_flow, read};

/// The caller entered a PIN: answered with the call flow that continues the call. The webhook is stored like any event;
/// whatever fails, the caller hears something.
#[utoipa::path(
    method(get, post), path = "/webhooks/private-pin", operation_id = "privatePinWebhook", tag = "platform", security(("platform" = [])),
    summary = "A caller entered a PIN: the call flow that continues", request_body = Object,
    responses(FlowAnswers),
)]
pub(super) async fn pin(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let received = match admit(&web, WebhookKind::Dtmf, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    let keys = webhook::keys(raw(&received));
    let services = web.services.clone();
    match tokio::spawn(async move { services.webhooks.pin(received, keys).await }).await {
        Ok(Ok(ncco)) => call_flow(&ncco),
        Ok(Err(replayed)) => Refused::new(StatusCode::UNAUTHORIZED, replayed.to_string()).into_response(),
        Err(_) => call_flow(&web.services.spoken.apology()),
    }
}

/// A text for one of our numbers.
#[utoipa::path(
    method(get, post), path = "/webhooks/inbound-sms", operation_id = "inboundTextWebhook", tag = "platform", security(("platform" = [])),
    summary = "A text for one of our numbers", request_body = Object,
    responses((status = 200, description = "Taken."), WebhookRefusals),
)]
pub(super) async fn inbound_text(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let request = match unsigned_text(&web, query.as_deref(), request).await {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let received = match admit(&web, WebhookKind::Event, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    match webhook::inbound_text(raw(&received)) {
        Ok(text) => match web.services.private.texts.inbound_text(text).await {
            Ok(()) => StatusCode::OK.into_response(),
            Err(error) => {
                tracing::warn!(error = %error, "a text was not stored; the platform will repeat it");
                Refused::new(StatusCode::SERVICE_UNAVAILABLE, "not stored, please repeat").into_response()
            }
        },
        // Nobody can do better with a repetition.
        Err(unreadable) => {
            tracing::warn!(reason = unreadable.reason, "an inbound text could not be read");
            StatusCode::OK.into_response()
        }
    }
}

/// An account that is set to the SMS API sends texts that bear no signature, and they are refused: the operator is told
/// which setting is to be changed. The request, as it came.
async fn unsigned_text(web: &Web, query: Option<&str>, request: Request) -> Result<Request, Refused> {
    let signed = request.headers().contains_key(axum::http::header::AUTHORIZATION);
    if signed || !matches!(web.trust, WebhookTrust::Signed(_)) {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let body = read(web, body).await?;
    let (method, raw) = if head.method == axum::http::Method::GET {
        (Method::Get, Raw::Query(query.unwrap_or_default()))
    } else {
        (Method::Post, Raw::Body(&body))
    };
    if webhook::is_sms_api(raw) {
        web.services.private.texts.unsigned_text(method).await;
    }
    Ok(Request::from_parts(head, body.into()))
}

/// The delivery state of a text that we sent.
#[utoipa::path(
    method(get, post), path = "/webhooks/sms-status", operation_id = "textStatusWebhook", tag = "platform", security(("platform" = [])),
    summary = "The delivery state of a text that we sent", request_body = Object,
    responses((status = 200, description = "Taken."), WebhookRefusals),
)]
pub(super) async fn text_status(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let received = match admit(&web, WebhookKind::Event, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    if let Ok(status) = webhook::text_status(raw(&received)) {
        web.services.private.texts.text_status(status).await;
    }
    StatusCode::OK.into_response()
}

fn raw(received: &Received) -> Raw<'_> {
    match received.method {
        Method::Get => Raw::Query(&received.raw),
        Method::Post => Raw::Body(received.raw.as_bytes()),
    }
}
