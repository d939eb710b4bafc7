//! For machines that watch us.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::api_key::ApiCaller;
use super::openapi::parts::KeyRefusals;
use super::state::Web;

/// The process runs.
#[utoipa::path(
    get, path = "/healthz", operation_id = "isAlive", security(()), summary = "Says that the server runs.",
    responses((status = 200, description = "The server runs.", body = String, content_type = "text/plain")),
)]
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// We can do our work: the database answers. The reason why not goes to the log, not to strangers.
#[utoipa::path(
    get, path = "/readyz", operation_id = "isReady", security(()), summary = "Says whether the server can do its work.",
    responses(
        (status = 200, description = "The server can do its work.", body = String, content_type = "text/plain"),
        (status = 503, description = "The server cannot do its work now; the log says why.", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn ready(State(web): State<Web>) -> Response {
    match web.services.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(reason) => {
            tracing::warn!(reason, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
        }
    }
}

/// The same, with the reason: at the address of those who watch.
pub(super) async fn ready_or_why(State(web): State<Web>) -> Response {
    match web.services.ready().await {
        // A clock that is off costs no call, so it does not take us out of service; it is said.
        Ok(()) => match web.services.clock_skew.clock_warning() {
            Some(warning) => format!("ready\n{warning}\n").into_response(),
            None => "ready\n".into_response(),
        },
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")).into_response(),
    }
}

/// [`metrics`] at the public address: they tell how many calls there are, so strangers have no business with them.
#[utoipa::path(
    get, path = "/metrics", operation_id = "getMetrics", summary = "Gives counters and histograms in Prometheus' text format.",
    responses((status = 200, description = "The values of this moment.", body = String, content_type = "text/plain"), KeyRefusals),
)]
pub(super) async fn metrics_with_key(_: ApiCaller, state: State<Web>) -> Response {
    metrics(state).await
}

/// Counters and histograms in Prometheus' text format.
pub(super) async fn metrics(State(web): State<Web>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], web.metrics.render()).into_response()
}
