//! Live events: what changed, pushed to the pages that show it (server-sent events).
//!
//! A client that reads slowly loses events and is told to read the present state again. How long a stream lasts is
//! [`super::sse`]'s.

use std::pin::Pin;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout_at};

use super::guard::{SignedIn, Supervisor};
use super::seats::Holder;
use super::sse::{self, News, Right, Told, full, unavailable};
use super::state::Web;
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
    let right = VisitRight {
        services: web.services.clone(),
        visit: visit.clone(),
        secret: proof.secret,
        left: Box::pin(sleep(left)),
    };
    let care = CareWatch::new(web.services.clone(), visit.clone());
    let mut topic = Topic::Visit { visit, seen };
    let first = now.and_then(|event| topic.line(&event));
    sse::stream(&web, seat, right, CallNews { events, topic, care: Some(care) }, first)
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
    let news = CallNews { events: web.services.live.live(), topic: Topic::Calls, care: None };
    let stale = resumed.then(|| Event::default().event("stale").data("{}"));
    Ok(sse::stream(&web, seat, watch, news, stale))
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
    Ok(sse::stream(&web, seat, watch, Arrivals(stored), None))
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
    };
    Ok(sse::stream(&web, seat, watch, changes, None))
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

/// A visit whose secret opened a stream. When its time is up, it may have been renewed.
struct VisitRight {
    services: Services,
    visit: String,
    secret: String,
    left: Pin<Box<Sleep>>,
}

impl Right for VisitRight {
    async fn doubted(&mut self) {
        self.left.as_mut().await;
    }

    async fn over(&mut self) -> bool {
        match self.services.visits.visit_opens(&self.visit, &self.secret).await {
            Ok(Some(left)) => {
                self.left = Box::pin(sleep(left));
                false
            }
            Ok(None) | Err(_) => true,
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

/// What happens to calls.
struct CallNews {
    events: Receiver<LiveEvent>,
    topic: Topic,
    care: Option<CareWatch>,
}

enum Heard {
    Call(Result<LiveEvent, RecvError>),
    /// There is reason to look where the call is with the agents.
    Care,
}

impl News for CallNews {
    type Heard = Heard;

    async fn hear(&mut self) -> Heard {
        tokio::select! {
            biased;
            received = self.events.recv() => Heard::Call(received),
            () = doubted(self.care.as_mut()) => Heard::Care,
        }
    }

    async fn tell(&mut self, heard: Heard) -> Told {
        let event = match heard {
            Heard::Care => match &mut self.care {
                Some(care) => care.look().await,
                None => None,
            },
            Heard::Call(Ok(event)) => self.topic.line(&event),
            Heard::Call(Err(RecvError::Lagged(_))) => return Told::plain("stale"),
            Heard::Call(Err(RecvError::Closed)) => return Told::End,
        };
        event.map_or(Told::Nothing, Told::Event)
    }
}

/// Webhooks were stored.
struct Arrivals(watch::Receiver<u64>);

impl News for Arrivals {
    type Heard = Result<(), watch::error::RecvError>;

    async fn hear(&mut self) -> Self::Heard {
        self.0.changed().await
    }

    async fn tell(&mut self, heard: Self::Heard) -> Told {
        if heard.is_err() {
            return Told::End;
        }
        let count = *self.0.borrow_and_update();
        Told::Event(Event::default().event("webhook").id(count.to_string()).data("{}"))
    }
}

/// Something that a page shows changed.
struct Changes {
    stored: watch::Receiver<u64>,
    desk: watch::Receiver<i64>,
    shown: watch::Receiver<u64>,
}

impl News for Changes {
    type Heard = Result<(), watch::error::RecvError>;

    async fn hear(&mut self) -> Self::Heard {
        tokio::select! {
            biased;
            changed = self.stored.changed() => changed,
            changed = self.desk.changed() => changed,
            changed = self.shown.changed() => changed,
        }
    }

    async fn tell(&mut self, heard: Self::Heard) -> Told {
        heard.map_or(Told::End, |()| Told::plain("changed"))
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
