//! What all streams of events (server-sent events) have in common: how long they last, how they are answered, and how they
//! are refused.
//!
//! A stream is a value that axum polls, not a task, so a client that reads slowly makes nothing pile up. It is counted
//! ([`super::seats`]), and ends when the server stops or the right to it does.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use futures::stream::{once, unfold};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::seats::Seat;
use super::state::Web;

/// How often a proxy sees that the stream lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it opens a stream again that broke.
const RETRY: Duration = Duration::from_secs(2);

/// What a stream is open by.
pub(super) trait Right: Send + 'static {
    /// Returns when there is reason to ask [`Self::over`]. May be dropped at any time without forgetting the reason.
    fn doubted(&mut self) -> impl Future<Output = ()> + Send;

    /// Whether the stream must end.
    fn over(&mut self) -> impl Future<Output = bool> + Send;
}

/// What a stream tells.
pub(super) trait News: Send + 'static {
    type Heard: Send;

    /// Returns when something happened. May be dropped at any time without losing it.
    fn hear(&mut self) -> impl Future<Output = Self::Heard> + Send;

    /// What is told of it.
    fn tell(&mut self, heard: Self::Heard) -> impl Future<Output = Told> + Send;
}

/// What is told of something that happened.
pub(super) enum Told {
    Event(Event),
    Nothing,
    /// The stream ends.
    End,
}

impl Told {
    /// An event that says only that something changed.
    pub(super) fn plain(name: &str) -> Self {
        Self::Event(Event::default().event(name).data("{}"))
    }
}

struct Open<N, R> {
    news: N,
    right: R,
    stop: CancellationToken,
    /// What is told before anything happens.
    first: Option<Event>,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl<N: News, R: Right> Open<N, R> {
    /// The next thing to tell; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let heard = tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = self.right.doubted() => match self.right.over().await {
                    true => return None,
                    false => continue,
                },
                heard = self.news.hear() => heard,
            };
            match self.news.tell(heard).await {
                Told::Event(event) => return Some(event),
                Told::Nothing => {}
                Told::End => return None,
            }
        }
    }
}

/// Streams news, `first` before them, for as long as the right to them lasts and the server runs.
pub(super) fn stream(web: &Web, seat: Seat, right: impl Right, news: impl News, first: Option<Event>) -> Response {
    let (stop, open) = (web.streams.stop.clone(), web.streams.open.token());
    let open = Open { news, right, stop, first, _seat: seat, _open: open };
    let events = unfold(open, |mut open| async move { Some((Ok::<_, Infallible>(open.next().await?), open)) });
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
