//! Live events: what changed, pushed to the pages that show it (server-sent events).
//!
//! A stream is a value that axum polls, not a task, so a client that reads slowly makes nothing pile up: it loses events
//! and is told to read the present state again. Streams are counted ([`super::seats`]), and end when the server stops or
//! the right to them does ([`super::watch`]).

use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures::Stream;
use futures::stream::unfold;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::guard::{SignedIn, Supervisor};
use super::seats::{Holder, Seat};
use super::sse::{full, sse, unavailable};
use super::state::Web;
use super::watch::Watch;
use crate::domain::call::Phase;
use crate::domain::contact_center::visitor::Care;
use crate::service::{LiveEvent, Services};

/// How soon after one look at the queue a visitor's stream looks again.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How soon it looks when nothing is said to have changed: another node may have changed something.
const ANYWAY: Duration = Duration::from_secs(5);

/// The proof that a visit is the asker's.
#[derive(Deserialize)]
pub(super) struct Proof {
    #[serde(default)]
    secret: String,
}

/// A visitor's own call: event `phase`, data `{"call", "phase", "over", "answered_at", "seconds"}`, id the call and the
/// version of its record. The present phase comes at once, unless `Last-Event-ID` says that it is known. While agents have
/// the call, or are to have it: event `care`, data [`Care`], when it changes.
pub(super) async fn visit(
    State(web): State<Web>,
    Path(visit): Path<String>,
    Query(proof): Query<Proof>,
    headers: HeaderMap,
) -> Response {
    let left = match web.services.visits.visit_opens(&visit, &proof.secret).await {
        Ok(Some(left)) => left,
        Ok(None) => return (StatusCode::NOT_FOUND, "there is no such visit\n").into_response(),
        Err(error) => return unavailable(&error),
    };
    let Some(seat) = web.seats.take(Holder::Visit(visit.clone())) else { return full() };
    // Subscribed before asking: what happens in between is then heard twice, and told apart by its version.
    let events = web.services.live.live();
    let now = match web.services.live.visit_call(&visit).await {
        Ok(now) => now,
        Err(error) => return unavailable(&error),
    };
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(Seen::parse);
    let opened = Opened {
        services: web.services.clone(),
        visit: visit.clone(),
        secret: proof.secret,
        left: Box::pin(sleep(left)),
    };
    let care = CareWatch::new(web.services.clone(), visit.clone());
    let mut listener = Listener::new(&web, seat, events, Topic::Visit { visit, seen }, Right::Visit(opened));
    listener.care = Some(care);
    stream(listener, now)
}

/// Every call, for operators: event `call`, data as above, id the event's number. `stale` tells a page that it missed
/// something and should read the list again; a stream that is resumed begins with it.
pub(super) async fn calls(
    State(web): State<Web>,
    who: SignedIn<Supervisor>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let (seat, watch) = who.stream(&web).ok_or_else(full)?;
    let resumed = headers.contains_key("last-event-id");
    let mut listener =
        Listener::new(&web, seat, web.services.live.live(), Topic::Calls, Right::Session(Box::new(watch)));
    listener.stale = resumed;
    Ok(stream(listener, None))
}

/// Every webhook, for operators: event `webhook` when some were stored, also those that change no call. It says no more: the
/// page reads the list again. A stream that is resumed begins with it.
pub(super) async fn webhooks(
    State(web): State<Web>,
    who: SignedIn<Supervisor>,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let (seat, watch) = who.stream(&web).ok_or_else(full)?;
    let mut stored = web.services.live.stored();
    if headers.contains_key("last-event-id") {
        stored.mark_changed();
    }
    let (stop, open) = (web.streams.stop.clone(), web.streams.open.token());
    let arrivals = Arrivals { stored, watch, stop, _seat: seat, _open: open };
    Ok(sse(unfold(arrivals, |mut arrivals| async move { Some((Ok(arrivals.next().await?), arrivals)) })))
}

/// Everything that a page about one thing shows, for operators: event `changed` when a webhook was stored, something
/// happened at an agent's desk, or an audio socket, a private conversation or a campaign changed. It says no more: the page
/// is read again.
pub(super) async fn pages(State(web): State<Web>, who: SignedIn<Supervisor>) -> Result<Response, Response> {
    let (seat, watch) = who.stream(&web).ok_or_else(full)?;
    let services = &web.services;
    let changes = Changes {
        stored: services.live.stored(),
        desk: services.desk.view.changes(),
        shown: services.live.page_changes(),
        watch,
        stop: web.streams.stop.clone(),
        _seat: seat,
        _open: web.streams.open.token(),
    };
    Ok(sse(unfold(changes, |mut changes| async move { Some((Ok(changes.next().await?), changes)) })))
}

enum Topic {
    Visit {
        visit: String,
        /// The newest that was told, or that the client had before.
        seen: Option<Seen>,
    },
    Calls,
}

/// A version of a call's record; as an event's id `call:version`. A visitor may call twice, and each call's versions begin at 1.
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

/// What a stream is open by.
enum Right {
    Session(Box<Watch>),
    Visit(Opened),
}

/// A visit whose secret opened a stream. When its time is up, it may have been renewed.
struct Opened {
    services: Services,
    visit: String,
    secret: String,
    left: Pin<Box<Sleep>>,
}

impl Right {
    /// Returns when there is reason to ask [`Self::over`].
    async fn doubted(&mut self) {
        match self {
            Self::Session(watch) => watch.doubted().await,
            Self::Visit(opened) => opened.left.as_mut().await,
        }
    }

    /// Whether the stream must end.
    async fn over(&mut self) -> bool {
        match self {
            Self::Session(watch) => watch.over().await,
            Self::Visit(opened) => match opened.services.visits.visit_opens(&opened.visit, &opened.secret).await {
                Ok(Some(left)) => {
                    opened.left = Box::pin(sleep(left));
                    false
                }
                Ok(None) | Err(_) => true,
            },
        }
    }
}

/// Where a visit's call is with the agents.
struct CareWatch {
    services: Services,
    visit: String,
    changes: watch::Receiver<i64>,
    told: Care,
    /// Something changed since the last look.
    news: bool,
    /// Not to be looked at sooner.
    not_before: Instant,
    /// To be looked at then, whatever is said.
    anyway: Instant,
}

impl CareWatch {
    fn new(services: Services, visit: String) -> Self {
        let (changes, now) = (services.desk.view.changes(), Instant::now());
        Self { services, visit, changes, told: Care::None, news: true, not_before: now, anyway: now }
    }

    /// Returns when there is reason to look. What was heard stays heard when the future is dropped.
    async fn doubted(&mut self) {
        if !self.news {
            let _ = timeout_at(self.anyway, self.changes.changed()).await;
            self.news = true;
        }
        sleep_until(self.not_before).await;
    }

    /// What is to be told.
    async fn look(&mut self) -> Option<Event> {
        self.changes.mark_unchanged();
        self.news = false;
        let now = Instant::now();
        (self.not_before, self.anyway) = (now + BETWEEN_LOOKS, now + ANYWAY);
        match self.services.desk.visitors.visit_care(&self.visit).await {
            Ok(care) if care != self.told => {
                self.told = care;
                Event::default().event("care").json_data(care).ok()
            }
            Ok(_) => None,
            Err(error) => {
                tracing::warn!(error = %error, "a visitor's place in the queue could not be read");
                None
            }
        }
    }
}

/// As long as there is nothing to watch, nothing happens.
async fn doubted(care: Option<&mut CareWatch>) {
    match care {
        Some(care) => care.doubted().await,
        None => std::future::pending().await,
    }
}

struct Listener {
    events: Receiver<LiveEvent>,
    topic: Topic,
    right: Right,
    care: Option<CareWatch>,
    stop: CancellationToken,
    /// The next thing to say is that something was missed.
    stale: bool,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl Listener {
    fn new(web: &Web, seat: Seat, events: Receiver<LiveEvent>, topic: Topic, right: Right) -> Self {
        let (stop, open) = (web.streams.stop.clone(), web.streams.open.token());
        Self { events, topic, right, care: None, stop, stale: false, _seat: seat, _open: open }
    }

    /// The next thing to tell; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.stale) {
            return Some(Event::default().event("stale").data("{}"));
        }
        loop {
            let received = tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = self.right.doubted() => match self.right.over().await {
                    true => return None,
                    false => continue,
                },
                received = self.events.recv() => received,
                () = doubted(self.care.as_mut()) => match &mut self.care {
                    Some(care) => match care.look().await {
                        Some(event) => return Some(event),
                        None => continue,
                    },
                    None => continue,
                },
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
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = self.watch.doubted() => if self.watch.over().await { return None },
                changed = self.stored.changed() => {
                    changed.ok()?;
                    break;
                }
            }
        }
        let count = *self.stored.borrow_and_update();
        Some(Event::default().event("webhook").id(count.to_string()).data("{}"))
    }
}

struct Changes {
    stored: tokio::sync::watch::Receiver<u64>,
    desk: tokio::sync::watch::Receiver<i64>,
    shown: tokio::sync::watch::Receiver<u64>,
    watch: Watch,
    stop: CancellationToken,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl Changes {
    /// The next thing to tell; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        let changed = loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = self.watch.doubted() => if self.watch.over().await { return None },
                changed = self.stored.changed() => break changed,
                changed = self.desk.changed() => break changed,
                changed = self.shown.changed() => break changed,
            }
        };
        changed.ok()?;
        Some(Event::default().event("changed").data("{}"))
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

fn lines(listener: Listener, first: Option<Event>) -> impl Stream<Item = Result<Event, Infallible>> {
    unfold((listener, first), |(mut listener, first)| async move {
        let event = match first {
            Some(first) => first,
            None => listener.next().await?,
        };
        Some((Ok(event), (listener, None)))
    })
}
