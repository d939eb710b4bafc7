//! What all streams of events (server-sent events) have in common: how they are answered, and how they are refused.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::once;
use futures::{Stream, StreamExt as _};

/// How often a proxy sees that the stream lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it opens a stream again that broke.
const RETRY: Duration = Duration::from_secs(2);

pub(super) fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    // At once, so that a browser also knows it of a stream on which nothing happens. It is no event to the page.
    let retry = once(std::future::ready(Ok(Event::default().retry(RETRY))));
    let mut response = Sse::new(retry.chain(events)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Reverse proxies of nginx' kind would gather events otherwise.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// The answer to those who have too many streams open.
pub(super) fn full() -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "too many open streams\n").into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    response
}

/// The answer when we cannot see who asks, or for what.
pub(super) fn unavailable(error: &dyn std::fmt::Display) -> Response {
    tracing::warn!(error = %error, "a live stream could not be opened");
    (StatusCode::SERVICE_UNAVAILABLE, "not available at the moment\n").into_response()
}
