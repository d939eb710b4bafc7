//! Live events: what changed, pushed to the pages that show it (server-sent events).
//!
//! A stream is a value that axum polls, not a task, so a client that reads slowly makes nothing pile up: it loses events
//! and is told to read the present state again. Streams are counted, per client and in all, and end when the server
//! stops or their session does.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::unfold;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, interval_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::peer::ClientIp;
use super::sessions::{ACCOUNT, WatchedSessions};
use super::state::Web;
use crate::domain::account::Role;
use crate::domain::call::Phase;
use crate::service::LiveEvent;

/// Streams of one address: an office behind one address has several pages open.
const PER_CLIENT: usize = 64;
/// Streams of all together.
const IN_ALL: usize = 20_000;
/// How often a proxy sees that the stream lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often an operator's stream asks whether its session still is one. Signing out here ends it at once; this finds
/// what another process did, or time.
const REVALIDATE: Duration = Duration::from_secs(30);

/// How many streams each client has open.
#[derive(Clone, Default)]
pub(super) struct Seats {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// One open stream's place; given back when dropped.
pub(super) struct Seat {
    seats: Seats,
    ip: IpAddr,
}

impl Seats {
    pub(super) fn take(&self, ip: IpAddr) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.values().sum::<usize>() >= IN_ALL || taken.get(&ip).is_some_and(|count| *count >= PER_CLIENT) {
            return None;
        }
        *taken.entry(ip).or_default() += 1;
        Some(Seat { seats: self.clone(), ip })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.ip);
            }
        }
    }
}

/// The proof that a visit is the asker's.
#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    secret: String,
}

/// A visitor's own call: event `phase`, data `{"call", "phase", "over", "answered_at", "seconds"}`, id the call and the
/// version of its record. The present phase comes at once, unless `Last-Event-ID` says that it is known.
pub(super) async fn visit(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    Path(visit): Path<String>,
    Query(proof): Query<Proof>,
    headers: HeaderMap,
) -> Response {
    match web.services.visit_opens(&visit, &proof.secret).await {
        Ok(true) => {}
        Ok(false) => return (StatusCode::NOT_FOUND, "there is no such visit\n").into_response(),
        Err(error) => return unavailable(&error),
    }
    let Some(seat) = web.seats.take(ip) else { return full() };
    // Subscribed before asking: what happens in between is then heard twice, and told apart by its version.
    let events = web.services.live();
    let now = match web.services.visit_call(&visit).await {
        Ok(now) => now,
        Err(error) => return unavailable(&error),
    };
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(Seen::parse);
    stream(Listener::new(&web, seat, events, Topic::Visit { visit, seen }, None), now)
}

/// Every call, for operators: event `call`, data as above, id the event's number. `stale` tells a page that it missed
/// something and should read the list again; a stream that is resumed begins with it.
pub(super) async fn calls(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let (seat, watch) = operator_stream(&web, ip, &session).await?;
    let resumed = headers.contains_key("last-event-id");
    let mut listener = Listener::new(&web, seat, web.services.live(), Topic::Calls, Some(watch));
    listener.stale = resumed;
    Ok(stream(listener, None))
}

/// Every webhook, for operators: event `webhook` when some were stored, also those that change no call. It says no more: the
/// page reads the list again. A stream that is resumed begins with it.
pub(super) async fn webhooks(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let (seat, watch) = operator_stream(&web, ip, &session).await?;
    let mut stored = web.services.stored();
    if headers.contains_key("last-event-id") {
        stored.mark_changed();
    }
    let (stop, open) = (web.streams.stop.clone(), web.streams.open.token());
    let arrivals = Arrivals { stored, watch, stop, _seat: seat, _open: open };
    Ok(sse(unfold(arrivals, |mut arrivals| async move { Some((Ok(arrivals.next().await?), arrivals)) })))
}

/// What a stream of an operator's needs: a place, and who ends it when the session is over.
///
/// # Errors
/// The answer for those who may not have one.
pub(super) async fn operator_stream(web: &Web, ip: IpAddr, session: &Session) -> Result<(Seat, Watch), Response> {
    let (Ok(Some(account)), Some(id)) = (session.get::<String>(ACCOUNT).await, session.id()) else {
        return Err((StatusCode::UNAUTHORIZED, "please sign in\n").into_response());
    };
    match web.services.account(&account).await {
        // With the password of the first start, nothing but changing it is allowed.
        Ok(Some(account)) if !account.must_change_password && account.role.may(Role::Supervisor) => {}
        Ok(Some(account)) if !account.must_change_password => {
            return Err((StatusCode::FORBIDDEN, "this is for supervisors\n").into_response());
        }
        Ok(_) => return Err((StatusCode::FORBIDDEN, "please set your password\n").into_response()),
        Err(error) => return Err(unavailable(&error)),
    }
    let Some(seat) = web.seats.take(ip) else { return Err(full()) };
    Ok((seat, Watch::new(web, id)))
}

pub(super) fn full() -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "too many open streams\n").into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
    response
}

pub(super) fn unavailable(error: &dyn std::fmt::Display) -> Response {
    tracing::warn!(error = %error, "a live stream could not be opened");
    (StatusCode::SERVICE_UNAVAILABLE, "not available at the moment\n").into_response()
}

enum Topic {
    Visit {
        visit: String,
        /// The newest that was told, or that the client had before.
        seen: Option<Seen>,
    },
    Calls,
}

/// A version of a call's record; as an event's id `call:version`. A visitor may call twice, and versions count anew.
struct Seen {
    call: String,
    version: i64,
}

impl Seen {
    fn parse(id: &str) -> Option<Self> {
        let (call, version) = id.trim().rsplit_once(':')?;
        Some(Self { call: call.to_owned(), version: version.parse().ok()? })
    }
}

/// The session that a stream belongs to.
pub(super) struct Watch {
    id: Id,
    ended: Receiver<Id>,
    sessions: WatchedSessions,
    check: Interval,
}

impl Watch {
    /// Of a session that is signed in now.
    pub(super) fn new(web: &Web, id: Id) -> Self {
        let check = interval_at(Instant::now() + REVALIDATE, REVALIDATE);
        Self { id, ended: web.sessions.ended(), sessions: web.sessions.clone(), check }
    }

    /// Returns when the session is over.
    pub(super) async fn over(&mut self) {
        loop {
            tokio::select! {
                ended = self.ended.recv() => match ended {
                    Ok(id) if id == self.id => return,
                    Ok(_) => {}
                    // So many sessions ended that we cannot know whether ours did.
                    Err(RecvError::Lagged(_)) => if self.sessions.account(self.id).await.is_none() { return },
                    Err(RecvError::Closed) => return,
                },
                _ = self.check.tick() => if self.sessions.account(self.id).await.is_none() { return },
            }
        }
    }
}

struct Listener {
    events: Receiver<LiveEvent>,
    topic: Topic,
    watch: Option<Watch>,
    stop: CancellationToken,
    /// The next thing to say is that something was missed.
    stale: bool,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl Listener {
    fn new(web: &Web, seat: Seat, events: Receiver<LiveEvent>, topic: Topic, watch: Option<Watch>) -> Self {
        let (stop, open) = (web.streams.stop.clone(), web.streams.open.token());
        Self { events, topic, watch, stop, stale: false, _seat: seat, _open: open }
    }

    /// The next thing to tell; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.stale) {
            return Some(Event::default().event("stale").data("{}"));
        }
        loop {
            let over = async {
                match &mut self.watch {
                    Some(watch) => watch.over().await,
                    None => std::future::pending().await,
                }
            };
            let received = tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = over => return None,
                received = self.events.recv() => received,
            };
            match received {
                Ok(event) => {
                    if let Some(line) = self.topic.line(&event) {
                        return Some(line);
                    }
                }
                Err(RecvError::Lagged(_)) => return Some(Event::default().event("stale").data("{}")),
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

struct Arrivals {
    stored: tokio::sync::watch::Receiver<u64>,
    watch: Watch,
    stop: CancellationToken,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl Arrivals {
    /// The next thing to tell; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            () = self.watch.over() => return None,
            changed = self.stored.changed() => changed.ok()?,
        }
        let count = *self.stored.borrow_and_update();
        Some(Event::default().event("webhook").id(count.to_string()).data("{}"))
    }
}

impl Topic {
    /// How an event is told on this stream; `None` when it is not.
    fn line(&mut self, event: &LiveEvent) -> Option<Event> {
        let (name, id) = match self {
            Self::Calls => ("call", event.seq.to_string()),
            Self::Visit { visit, seen } => {
                let known = |seen: &Seen| seen.call == event.call_id && seen.version >= event.version;
                if event.visit.as_ref() != Some(visit) || seen.as_ref().is_some_and(known) {
                    return None;
                }
                let id = format!("{}:{}", event.call_id, event.version);
                *seen = Some(Seen { call: event.call_id.clone(), version: event.version });
                ("phase", id)
            }
        };
        let data = json!({
            "call": event.call_id,
            "phase": event.phase.name(),
            "over": matches!(event.phase, Phase::Ended(_)),
            "answered_at": event.answered_at,
            "seconds": event.talk_seconds,
        });
        Some(Event::default().event(name).id(id).data(data.to_string()))
    }
}

fn stream(mut listener: Listener, first: Option<LiveEvent>) -> Response {
    let first = first.and_then(|event| listener.topic.line(&event));
    sse(lines(listener, first))
}

pub(super) fn sse(events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static) -> Response {
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response();
    // Reverse proxies of nginx' kind would gather events otherwise.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

fn lines(listener: Listener, first: Option<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((listener, first), |(mut listener, first)| async move {
        let event = match first {
            Some(first) => first,
            None => listener.next().await?,
        };
        Some((Ok(event), (listener, None)))
    })
}
