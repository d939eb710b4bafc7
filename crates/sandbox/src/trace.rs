//! What happened in the sandbox, for the handset page and for tests: a ring buffer, a live stream and JSON.
//!
//! Depends on `effects` only; everything else in the sandbox writes into it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use axum::{Json, Router};
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

use super::effects::{Effects, lock};

/// Entries kept. At 300 bytes each this is well under a megabyte.
const KEPT: usize = 2_000;
/// Bodies longer than this are shown cut: the page is for reading.
const LONGEST_BODY: usize = 16_384;

/// One thing that happened.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// 1, 2, 3 … since the sandbox started.
    pub seq: u64,
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    /// The call it belongs to (`CON-…`), when it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    #[serde(flatten)]
    pub what: Happening,
}

/// What can happen. On the wire: `{"kind":"webhook", …}`.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Happening {
    /// One attempt to deliver a webhook, or the decision not to.
    Webhook(Attempt),
    /// A call flow begins (or replaces the one that ran): its actions as the application sent them.
    Ncco { leg: String, actions: Vec<Value> },
    /// The call flow of `leg` moved: which action, by index into the last [`Happening::Ncco`] of that leg.
    Action {
        leg: String,
        index: usize,
        state: ActionState,
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Text spoken to a leg.
    Said {
        leg: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        text: String,
    },
    /// A leg changed: the platform's own status words.
    Leg { leg: String, status: String, from: String, to: String },
    /// A request on the REST or Client SDK face.
    Request { method: String, path: String, status: u16 },
    /// A Client SDK session: `opened`, `resumed`, `lost`, `refused`, `expired`, `closed`.
    Session { user: String, change: String },
    /// Something a person should read: a refused NCCO and why, a fault that was set.
    Note { text: String },
}

/// Where a call flow's action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    Running,
    Done,
    /// Refused or broken; the entry's note says why.
    Failed,
}

/// One delivery attempt of a webhook.
#[derive(Debug, Clone, Serialize)]
pub struct Attempt {
    /// `answer`, `event` or `fallback`.
    pub webhook: &'static str,
    /// What it says: a status, `input`, `record` …; `answer` for answers.
    pub label: String,
    pub method: &'static str,
    pub url: String,
    pub signed: bool,
    /// 1, then 2 for the retry.
    pub attempt: u32,
    pub outcome: Outcome,
    /// The application's HTTP status, when it answered at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub duration_ms: u64,
    /// `drop`, `delay`, `duplicate`, `reorder`: the faults that touched it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<&'static str>,
    pub body: Value,
    /// The application's answer, when it is JSON and not empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<Value>,
}

/// How a delivery attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The application answered 2xx, usefully.
    Delivered,
    /// It answered, but not 2xx.
    Refused,
    /// It answered 2xx with something that is no NCCO, or the wrong content type.
    Unusable,
    /// It took too long.
    TimedOut,
    /// No connection, or one that broke.
    Unreachable,
    /// Never sent: a fault said so.
    Dropped,
}

/// The trace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trace {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    effects: Effects,
    ring: Mutex<Ring>,
    live: broadcast::Sender<Arc<Entry>>,
}

#[derive(Debug, Default)]
struct Ring {
    last: u64,
    entries: VecDeque<Arc<Entry>>,
}

impl Trace {
    pub fn new(effects: Effects) -> Trace {
        let (live, _) = broadcast::channel(512);
        Trace { inner: Arc::new(Inner { effects, ring: Mutex::default(), live }) }
    }

    /// Writes an entry down and tells the listeners. Answers its number.
    pub fn record(&self, conversation: Option<&str>, what: Happening) -> u64 {
        let mut ring = lock(&self.inner.ring);
        ring.last += 1;
        let entry = Arc::new(Entry {
            seq: ring.last,
            at: self.inner.effects.now_ms(),
            conversation: conversation.map(str::to_owned),
            what: shortened(what),
        });
        ring.entries.push_back(entry.clone());
        if ring.entries.len() > KEPT {
            ring.entries.pop_front();
        }
        // Sent under the lock, so that listeners see the numbers in order. Nobody listening is no error.
        let _ = self.inner.live.send(entry);
        ring.last
    }

    /// Shorthand for [`Happening::Note`].
    pub fn note(&self, conversation: Option<&str>, text: impl Into<String>) {
        self.record(conversation, Happening::Note { text: text.into() });
    }

    /// Entries with a number above `after`, oldest first.
    pub fn since(&self, after: u64) -> Vec<Arc<Entry>> {
        lock(&self.inner.ring).entries.iter().filter(|entry| entry.seq > after).cloned().collect()
    }

    /// The number of the newest entry; 0 before there is one.
    pub fn last(&self) -> u64 {
        lock(&self.inner.ring).last
    }

    /// What happens from now on. A receiver that falls behind loses the oldest (and can ask [`Trace::since`]).
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Entry>> {
        self.inner.live.subscribe()
    }

    /// `GET /trace` (server-sent events; `Last-Event-ID` or `?after=` resumes) and `GET /trace.json?after=&conversation=`.
    ///
    /// The streams never end by themselves: the server that mounts them must close them when it stops.
    pub fn router(&self) -> Router {
        Router::new().route("/trace", get(stream)).route("/trace.json", get(json)).with_state(self.clone())
    }
}

#[derive(Debug, Deserialize)]
struct Wanted {
    after: Option<u64>,
    conversation: Option<String>,
}

async fn json(State(trace): State<Trace>, Query(wanted): Query<Wanted>) -> Json<Vec<Arc<Entry>>> {
    let mut entries = trace.since(wanted.after.unwrap_or(0));
    if wanted.conversation.is_some() {
        entries.retain(|entry| entry.conversation == wanted.conversation);
    }
    Json(entries)
}

async fn stream(
    State(trace): State<Trace>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let resumed = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    // Subscribed before the past is read: what falls between is in both, and the number sorts it out.
    let live = BroadcastStream::new(trace.subscribe());
    let after = resumed.or(wanted.after).unwrap_or(0);
    // A number that was never given out is another sandbox's, which this one replaced.
    let past = trace.since(if after > trace.last() { 0 } else { after });
    let mut last = past.last().map_or(0, |entry| entry.seq);
    let live = live.filter_map(move |next| {
        let entries = match next {
            Ok(entry) if entry.seq > last => vec![entry],
            Ok(_) => Vec::new(),
            // Fell behind: what was lost is still in the ring.
            Err(_) => trace.since(last),
        };
        last = entries.last().map_or(last, |entry| entry.seq);
        std::future::ready((!entries.is_empty()).then_some(entries))
    });
    let events = futures::stream::once(std::future::ready(past))
        .chain(live)
        .flat_map(futures::stream::iter)
        .map(|entry| Ok(Event::default().id(entry.seq.to_string()).json_data(&*entry).unwrap_or_default()));
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// Cuts what the application sent to a size a page can show.
fn shortened(mut what: Happening) -> Happening {
    if let Happening::Webhook(attempt) = &mut what {
        shorten(&mut attempt.body);
        if let Some(reply) = &mut attempt.reply {
            shorten(reply);
        }
    }
    if let Happening::Ncco { actions, .. } = &mut what {
        actions.truncate(200);
        actions.iter_mut().for_each(shorten);
    }
    what
}

fn shorten(value: &mut Value) {
    let text = value.to_string();
    if text.len() > LONGEST_BODY {
        *value = Value::String(format!("{}…", text.chars().take(LONGEST_BODY / 4).collect::<String>()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::effects::fixed;
    use super::*;

    fn trace() -> Trace {
        Trace::new(fixed::effects(1_000).0)
    }

    #[test]
    fn keeps_the_newest_and_counts_from_one() {
        let trace = trace();
        for n in 0..KEPT + 10 {
            trace.note(None, n.to_string());
        }
        let kept = trace.since(0);
        assert_eq!(kept.len(), KEPT);
        assert_eq!(kept[0].seq, 11);
        assert_eq!(kept[KEPT - 1].seq, (KEPT + 10) as u64);
        assert_eq!(trace.since(kept[KEPT - 1].seq).len(), 0);
    }

    #[test]
    fn an_entry_reads_as_one_flat_object() {
        let trace = trace();
        trace.record(
            Some("CON-1"),
            Happening::Action { leg: "l".into(), index: 2, state: ActionState::Running, note: None },
        );
        let json = serde_json::to_value(&*trace.since(0)[0]).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"seq":1,"at":1000,"conversation":"CON-1","kind":"action","leg":"l","index":2,"state":"running"})
        );
    }

    #[test]
    fn a_huge_body_is_cut() {
        let trace = trace();
        let long = Value::String("字".repeat(20_000));
        trace.record(None, Happening::Ncco { leg: "l".into(), actions: vec![long] });
        let json = serde_json::to_string(&*trace.since(0)[0]).unwrap();
        assert!(json.len() < 3 * LONGEST_BODY, "{}", json.len());
    }

    #[tokio::test]
    async fn the_stream_gives_the_past_and_then_the_present_without_doubles() {
        use tower::ServiceExt;
        let trace = trace();
        trace.note(None, "one");
        trace.note(None, "two");
        let request =
            axum::http::Request::get("/trace").header("last-event-id", "1").body(axum::body::Body::empty()).unwrap();
        let response = trace.router().oneshot(request).await.unwrap();
        let mut body = response.into_body().into_data_stream();
        let first = body.next().await.unwrap().unwrap();
        let first = String::from_utf8(first.to_vec()).unwrap();
        assert!(first.contains("id: 2") && first.contains("two"), "{first}");
        trace.note(None, "three");
        let next = String::from_utf8(body.next().await.unwrap().unwrap().to_vec()).unwrap();
        assert!(next.contains("id: 3") && next.contains("three"), "{next}");
    }
}
