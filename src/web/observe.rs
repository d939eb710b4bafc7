//! What the operator sees of requests: a log line and two metrics each, without query strings.

use std::any::Any;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, Response as HttpResponse, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_http::catch_panic::ResponseForPanic;
use tracing::Instrument as _;

use super::state::Web;

/// Gives the request an id, logs it and counts it. The id a client sends is not taken over: it could be anybody's.
pub(super) async fn request(State(web): State<Web>, request: Request, next: Next) -> Response {
    let began = tokio::time::Instant::now();
    let id = web.random.id();
    let method = method_label(request.method());
    // The pattern, not the path: paths carry ids, and would make a metric each.
    let route = request.extensions().get::<MatchedPath>().map_or("other", |path| path.as_str()).to_owned();
    let span = tracing::info_span!("request", request.id = %id, http.method = %method, http.route = %route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let took = began.elapsed();
    span.in_scope(|| match status {
        500.. => tracing::warn!(http.status = status, took.ms = took.as_millis() as u64, "request failed"),
        _ => tracing::debug!(http.status = status, took.ms = took.as_millis() as u64, "request"),
    });
    let labels = [("route", route), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_duration_seconds", &labels[..1]).record(took.as_secs_f64());
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// The method as a label: a client may send any word, and each would be a series of its own for good.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "other",
    }
}

/// A handler panicked: a defect of ours. The client gets a sentence, the log gets the message.
#[derive(Clone, Copy)]
pub(super) struct Panicked;

impl ResponseForPanic for Panicked {
    type ResponseBody = axum::body::Body;

    fn response_for_panic(&mut self, cause: Box<dyn Any + Send>) -> HttpResponse<Self::ResponseBody> {
        let said = cause.downcast_ref::<&str>().copied().or_else(|| cause.downcast_ref::<String>().map(String::as_str));
        tracing::error!(panic = said.unwrap_or("no message"), "a handler panicked");
        let mut response = HttpResponse::new("Something went wrong on our side.\n".into());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        response
    }
}
