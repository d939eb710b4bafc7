//! Connections: who gets one, for how long, and how they end.
//!
//! What strangers may cost us is bounded here, before HTTP begins. A connection that sends nothing is closed, and so is one
//! that reads nothing of its answer; one address holds so many; and when all places are taken, the one that has been quiet for the longest time makes room, so that
//! the platform's webhooks and health checks always get in. Rejected: `axum::serve`, which sets no limit to any of this,
//! and waits at the end for clients that will never send the rest of their request.

mod bodies;
mod limits;
mod places;
mod unread;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, interval, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use self::bodies::{Arriving, Leaving};
use self::places::Places;

pub use self::limits::ConnectionLimits;
pub use self::places::Place;
pub(in crate::web) use self::unread::Sending;

/// The longest head of a request. Ours are a few kilobytes; a webhook by GET carries everything in its address.
const HEAD: usize = 64 << 10;
/// When the server stops: how often a connection is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// After this many checks without a request a connection has nothing left to send.
const QUIET_LOOKS: u32 = 3;

/// Serves until `stop`, then finishes what is under way: requests that are whole, and their answers.
///
/// # Errors
/// None; the type is what a server's task ends with.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    stop: CancellationToken,
) -> io::Result<()> {
    let places = Places::new(limits);
    let tasks = TaskTracker::new();
    // Dropping this future cuts the rest off.
    let cut = CancellationToken::new();
    let _cut = cut.clone().drop_guard();
    let mut pause = Pause::default();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_the_clients(&error) => continue,
            Err(error) => {
                // No files left, or no memory: trying again at once would only keep a processor busy.
                let pause = pause.next();
                tracing::error!(error = %error, pause.ms = pause.as_millis() as u64, "a connection could not be accepted");
                places.make_room();
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = sleep(pause) => continue,
                }
            }
        };
        pause = Pause::default();
        // A refused client sees its connection closed: an answer would cost what the limit is there to save.
        let Some(place) = places.enter(peer.ip()) else { continue };
        // What we write is whole: nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let one = Connection { stream, peer, place, router: router.clone(), stop: stop.clone() };
        let (limits, cut) = (places.limits(), cut.clone());
        let full = places.is_full();
        tasks.spawn(async move {
            tokio::select! {
                () = cut.cancelled() => {}
                () = one.serve(&limits) => {}
            }
        });
        if full {
            // A connection that had to make room closes its file before the next one is opened.
            tokio::task::yield_now().await;
        }
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
    Ok(())
}

/// One client's connection.
struct Connection {
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    router: Router,
    stop: CancellationToken,
}

impl Connection {
    async fn serve(self, limits: &ConnectionLimits) {
        let Self { stream, peer, place, router, stop } = self;
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.idle).max_buf_size(HEAD);
        let (ours, stopping) = (place.clone(), stop.clone());
        let service = service_fn(move |request| answer(router.clone(), peer, ours.clone(), stopping.clone(), request));
        let mut connection =
            pin!(builder.serve_connection_with_upgrades(TokioIo::new(Sending::new(stream, limits.unread)), service));
        let first = Instant::now() + limits.first_request;
        let mut asked = false;
        loop {
            tokio::select! {
                // An error is the client's: it went away, or spoke something else.
                _ = connection.as_mut() => return,
                () = place.evicted() => return,
                () = stop.cancelled() => break,
                () = sleep_until(first), if !asked => {
                    asked = place.has_asked();
                    if !asked {
                        metrics::counter!("connections_closed_total", "why" => "silent").increment(1);
                        return;
                    }
                }
            }
        }
        connection.as_mut().graceful_shutdown();
        // HTTP would wait for the rest of a head; work is only what has one.
        let (mut looks, mut quiet) = (interval(LOOK), 0);
        while quiet < QUIET_LOOKS {
            tokio::select! {
                _ = connection.as_mut() => return,
                _ = looks.tick() => quiet = if place.is_quiet() { quiet + 1 } else { 0 },
            }
        }
    }
}

/// One request, counted as work from its head to the last byte of its answer.
async fn answer(
    router: Router,
    peer: SocketAddr,
    place: Place,
    stop: CancellationToken,
    request: hyper::Request<Incoming>,
) -> Result<Response<Leaving>, std::convert::Infallible> {
    let busy = place.occupy();
    if place.is_reserve() && !is_for_the_reserve(request.uri().path()) {
        let mut response = Response::new(Leaving::new(Body::from("there are too many connections\n"), busy));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return Ok(response);
    }
    let mut request: Request = request.map(|body| Arriving::body(body, stop));
    request.extensions_mut().insert(ConnectInfo(peer));
    request.extensions_mut().insert(place.clone());
    let Ok(mut response) = router.oneshot(request).await;
    if place.is_reserve() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response.map(|body| Leaving::new(body, busy)))
}

/// What still gets in when everything else is full: what the platform sends and fetches, and those who look after us.
fn is_for_the_reserve(path: &str) -> bool {
    path.starts_with("/webhooks/")
        || ["/event", "/proxy-call", "/track-call", "/socket", "/healthz", "/readyz", "/metrics"].contains(&path)
}

/// The client went away before we took its connection; the next one is none the worse.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// How long to wait when connections cannot be accepted: longer each time, up to a second.
#[derive(Debug, Default)]
struct Pause(u32);

impl Pause {
    fn next(&mut self) -> Duration {
        let pause = Duration::from_millis(10).saturating_mul(1 << self.0).min(Duration::from_secs(1));
        self.0 = (self.0 + 1).min(7);
        pause
    }
}

#[cfg(test)]
mod tests;
