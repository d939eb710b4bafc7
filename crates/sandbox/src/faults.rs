//! Faults on demand: what the real platform and the network do on a bad day, asked for by JSON.
//!
//! `GET /faults` shows them, `POST /faults` sets the ones it names, `DELETE /faults` clears all. Webhook faults are
//! applied by [`super::webhook`], REST faults by [`rest`], a middleware for the REST routers. Depends on `effects` only.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::effects::lock;

/// The longest delay that can be asked for.
const LONGEST_DELAY_MS: u64 = 600_000;

/// How often a fault strikes: `false` never, `true` until cleared, a number that many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Often {
    Switch(bool),
    Times(u32),
}

impl Default for Often {
    fn default() -> Often {
        Often::Switch(false)
    }
}

impl Often {
    /// Does it strike now? Counts down.
    fn strike(&mut self) -> bool {
        match self {
            Often::Switch(on) => *on,
            Often::Times(0) => false,
            Often::Times(left) => {
                *left -= 1;
                if *left == 0 {
                    *self = Often::Switch(false);
                }
                true
            }
        }
    }
}

/// Faults of webhooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookFaults {
    /// Never sent. A dropped answer webhook is for the call what an unreachable application is.
    pub drop: Often,
    /// Sent this much later, order kept. 0 is off.
    pub delay_ms: u64,
    /// Sent twice at the same moment, each with its own signature (another `jti`), as the platform may.
    pub duplicate: Often,
    /// Sent after the event that follows it (or after a second, when none follows).
    pub reorder: Often,
    /// Which webhooks: `answer`, `event`, `fallback`, or an event's status (`completed`). Empty: events.
    pub only: Vec<String>,
}

/// Faults of the REST faces: answered instead of the real answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RestFaults {
    /// An HTTP status from 400 to 599; 0 is off.
    pub status: u16,
    /// How many requests; `true` until cleared.
    pub times: Often,
}

/// All faults, as `GET /faults` shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    pub webhooks: WebhookFaults,
    pub rest: RestFaults,
}

/// What to do to one webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    pub drop: bool,
    pub delay: Duration,
    pub duplicate: bool,
    pub reorder: bool,
}

impl Plan {
    /// The faults' names, for the trace.
    pub fn names(&self) -> Vec<&'static str> {
        let named = [
            (self.drop, "drop"),
            (!self.delay.is_zero(), "delay"),
            (self.duplicate, "duplicate"),
            (self.reorder, "reorder"),
        ];
        named.into_iter().filter_map(|(on, name)| on.then_some(name)).collect()
    }
}

/// The faults now in force. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    settings: Arc<Mutex<Settings>>,
}

impl Faults {
    pub fn new() -> Faults {
        Faults::default()
    }

    pub fn get(&self) -> Settings {
        lock(&self.settings).clone()
    }

    pub fn set(&self, settings: Settings) {
        *lock(&self.settings) = settings;
    }

    /// Decides over one webhook, counting down. `webhook` is `answer`, `event` or `fallback`; `label` an event's status.
    pub fn webhook(&self, webhook: &str, label: &str) -> Plan {
        let mut settings = lock(&self.settings);
        let faults = &mut settings.webhooks;
        let meant = if faults.only.is_empty() {
            webhook == "event"
        } else {
            faults.only.iter().any(|only| only == webhook || (webhook == "event" && only == label))
        };
        if !meant {
            return Plan::default();
        }
        if faults.drop.strike() {
            return Plan { drop: true, ..Plan::default() };
        }
        Plan {
            drop: false,
            delay: Duration::from_millis(faults.delay_ms),
            duplicate: faults.duplicate.strike(),
            reorder: faults.reorder.strike(),
        }
    }

    /// The status a REST request must get instead of its answer, if any. Counts down.
    pub fn rest(&self) -> Option<StatusCode> {
        let mut settings = lock(&self.settings);
        let status = StatusCode::from_u16(settings.rest.status).ok().filter(|s| s.as_u16() >= 400)?;
        settings.rest.times.strike().then_some(status)
    }

    /// `GET|POST|DELETE /faults`.
    pub fn router(&self) -> Router {
        Router::new().route("/faults", get(show).post(change).delete(clear)).with_state(self.clone())
    }
}

/// Middleware (`axum::middleware::from_fn_with_state(faults, faults::rest)`) for the REST faces.
pub async fn rest(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let Some(status) = faults.rest() else { return next.run(request).await };
    let body = serde_json::json!({
        "type": "https://developer.vonage.com/api-errors#throttled",
        "title": status.canonical_reason().unwrap_or("Fault"),
        "detail": "The sandbox was asked to answer this (POST /faults).",
    });
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

async fn show(State(faults): State<Faults>) -> Json<Settings> {
    Json(faults.get())
}

/// What `POST /faults` may carry: a half that is not named stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    webhooks: Option<WebhookFaults>,
    rest: Option<RestFaults>,
}

async fn change(State(faults): State<Faults>, headers: HeaderMap, body: axum::body::Bytes) -> Response {
    // A page of another site can post text without asking the browser's leave, but not JSON. A program need not say what it
    // sends; a page that does not is stopped by its origin.
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
    if kind.is_some_and(|kind| !kind.trim().to_ascii_lowercase().starts_with("application/json")) {
        return refusal("send it with Content-Type: application/json");
    }
    let change: Change = match serde_json::from_slice(&body) {
        Ok(change) => change,
        Err(error) => return refusal(&format!("not understood: {error}")),
    };
    if change.webhooks.as_ref().is_some_and(|w| w.delay_ms > LONGEST_DELAY_MS) {
        return refusal("webhooks.delay_ms may be at most 600000");
    }
    if change.rest.is_some_and(|rest| rest.status != 0 && !(400..600).contains(&rest.status)) {
        return refusal("rest.status must be from 400 to 599, or 0 for none");
    }
    let mut settings = lock(&faults.settings);
    if let Some(webhooks) = change.webhooks {
        settings.webhooks = webhooks;
    }
    if let Some(mut rest) = change.rest {
        // A status alone means one request: what a person who types it expects.
        if rest.status != 0 && rest.times == Often::default() {
            rest.times = Often::Times(1);
        }
        settings.rest = rest;
    }
    Json(settings.clone()).into_response()
}

fn refusal(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(serde_json::json!({ "error": why }))).into_response()
}

async fn clear(State(faults): State<Faults>) -> Json<Settings> {
    faults.set(Settings::default());
    Json(Settings::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn post(faults: &Faults, json: &str) -> (StatusCode, String) {
        let request = Request::post("/faults")
            .header("content-type", "application/json")
            .body(Body::from(json.to_owned()))
            .unwrap();
        let response = faults.router().oneshot(request).await.unwrap();
        let status = response.status();
        (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn counts_down_and_leaves_the_other_half_alone() {
        let faults = Faults::new();
        assert_eq!(post(&faults, r#"{"rest":{"status":429,"times":2}}"#).await.0, 200);
        assert_eq!(post(&faults, r#"{"webhooks":{"drop":1,"duplicate":true}}"#).await.0, 200);
        assert_eq!((0..3).map(|_| faults.rest().map(|s| s.as_u16())).collect::<Vec<_>>(), [Some(429), Some(429), None]);
        assert!(faults.webhook("event", "started").drop);
        let second = faults.webhook("event", "ringing");
        assert!(!second.drop && second.duplicate);
        assert_eq!(faults.webhook("answer", "answer"), Plan::default(), "answers only when asked for");
    }

    #[tokio::test]
    async fn strikes_only_what_is_named() {
        let faults = Faults::new();
        post(&faults, r#"{"webhooks":{"drop":true,"only":["completed","answer"]}}"#).await;
        assert!(!faults.webhook("event", "ringing").drop);
        assert!(faults.webhook("event", "completed").drop);
        assert!(faults.webhook("answer", "answer").drop);
    }

    #[tokio::test]
    async fn says_what_it_does_not_understand() {
        let faults = Faults::new();
        for bad in [r#"{"webhook":{}}"#, r#"{"rest":{"status":200}}"#, r#"{"webhooks":{"delay_ms":9999999}}"#, "drop"] {
            let (status, text) = post(&faults, bad).await;
            assert_eq!(status, 400, "{bad}");
            assert!(text.contains("error"), "{text}");
        }
        let text = Request::post("/faults").header("content-type", "text/plain").body(Body::from("{}")).unwrap();
        assert_eq!(faults.router().oneshot(text).await.unwrap().status(), 400);
        assert_eq!(faults.get(), Settings::default());
    }

    #[tokio::test]
    async fn the_middleware_answers_in_place_of_the_route() {
        let faults = Faults::new();
        let app = Router::new()
            .route("/", get(|| async { "real" }))
            .layer(axum::middleware::from_fn_with_state(faults.clone(), rest));
        post(&faults, r#"{"rest":{"status":503}}"#).await;
        let ask = || app.clone().oneshot(Request::get("/").body(Body::empty()).unwrap());
        let first = ask().await.unwrap();
        assert_eq!(first.status(), 503);
        assert_eq!(first.headers()["retry-after"], "1");
        assert_eq!(ask().await.unwrap().status(), 200);
    }
}
