//! The bodies of requests and answers, as far as connections care: one that never comes must not keep the server from
//! stopping, and an answer is work until its last byte.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::places::Busy;

/// When the server stops: what a client is still sending comes within this, or not at all.
const LAST_BYTES: Duration = Duration::from_millis(250);

/// A request's body on its way to us.
pub(super) struct Arriving {
    body: Incoming,
    stop: CancellationToken,
    /// Made when the body is first waited for, which is rare: most come together with the head.
    stopped: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    last: Option<Pin<Box<Sleep>>>,
}

impl Arriving {
    pub(super) fn body(body: Incoming, stop: CancellationToken) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(Self { body, stop, stopped: None, last: None })
    }
}

impl hyper::body::Body for Arriving {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            this.last = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let stop = &this.stop;
        ready!(this.stopped.get_or_insert_with(|| Box::pin(stop.clone().cancelled_owned())).as_mut().poll(cx));
        // The future above is done, and must not be asked again.
        this.stopped = Some(Box::pin(stop.clone().cancelled_owned()));
        ready!(this.last.get_or_insert_with(|| Box::pin(sleep(LAST_BYTES))).as_mut().poll(cx));
        Poll::Ready(Some(Err("the server is stopping".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body on its way out.
pub(super) struct Leaving {
    body: Body,
    _busy: Busy,
}

impl Leaving {
    pub(super) fn new(body: Body, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl hyper::body::Body for Leaving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
