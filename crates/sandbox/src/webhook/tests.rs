//! What an application sees of the sender: signatures, attempts, fallbacks, order and faults.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::hmac;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::payloads::label;
use super::signing::payload_hash_of_query;
use super::*;
use crate::account::{Account, Method};
use crate::effects::{fixed, lock};
use crate::faults::{Often, Settings, WebhookFaults};
use crate::trace::{Happening, Outcome};

const SECRET: &str = "my-signature-secret-0123456789abcdef";

/// One request that the application saw.
#[derive(Debug, Clone)]
struct Seen {
    method: String,
    uri: Uri,
    authorization: Option<String>,
    content_type: Option<String>,
    body: Bytes,
}

impl Seen {
    fn query(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.uri.query().unwrap_or("").as_bytes()).into_owned().collect()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An application on a port of its own that answers what the test says and remembers what it was asked.
#[derive(Clone)]
struct App {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl App {
    async fn start(answer: impl Fn(usize, &Seen) -> Response + Send + Sync + 'static) -> App {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = App { url, seen: Arc::default() };
        let (seen, answer, count) = (app.seen.clone(), Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        let handler = move |request: Request| {
            let (seen, answer, count) = (seen.clone(), answer.clone(), count.clone());
            async move {
                let (parts, body) = request.into_parts();
                let text = |headers: &HeaderMap, name| {
                    headers.get(name).map(|v: &header::HeaderValue| v.to_str().unwrap().to_owned())
                };
                let this = Seen {
                    method: parts.method.to_string(),
                    authorization: text(&parts.headers, header::AUTHORIZATION),
                    content_type: text(&parts.headers, header::CONTENT_TYPE),
                    uri: parts.uri,
                    body: axum::body::to_bytes(body, 1 << 20).await.unwrap(),
                };
                lock(&seen).push(this.clone());
                let response = answer(count.fetch_add(1, Ordering::SeqCst), &this);
                if response.status() == StatusCode::IM_A_TEAPOT {
                    std::future::pending::<()>().await;
                }
                response
            }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await });
        app
    }

    fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// Waits until the application has seen that many requests.
    async fn saw(&self, count: usize) -> Vec<Seen> {
        for _ in 0..1_000 {
            if self.seen().len() >= count {
                return self.seen();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("saw only {} of {count}", self.seen().len());
    }
}

/// Never answers.
fn silence() -> Response {
    StatusCode::IM_A_TEAPOT.into_response()
}

fn ncco(text: &str) -> Response {
    axum::Json(json!([{ "action": "talk", "text": text }])).into_response()
}

fn check(actions: &[Value]) -> Result<(), String> {
    match actions.iter().find(|action| action["action"] != "talk") {
        None => Ok(()),
        Some(action) => Err(format!("unknown action {}", action["action"])),
    }
}

fn sender() -> (Sender, Trace, Faults) {
    let effects = fixed::effects(1_587_494_962_000).0;
    let account = Account { api_key: "a1b2c3d".into(), api_secret: "secret".into(), signature_secret: SECRET.into() };
    let (trace, faults) = (Trace::new(effects.clone()), Faults::new());
    let accounts = Accounts::new(account, effects);
    let sender = Sender::with_retry_after(accounts, trace.clone(), faults.clone(), check, Duration::from_millis(5));
    (sender, trace, faults)
}

fn hook(url: &str, method: Method) -> Hook {
    Hook {
        url: url.into(),
        method,
        connect_timeout: Duration::from_millis(300),
        // Below what an application may ask for, so that the tests are quick.
        socket_timeout: Duration::from_millis(200),
    }
}

fn application(answer: Hook, event: Hook, fallback: Option<Hook>) -> Application {
    Application {
        id: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab".into(),
        name: "test".into(),
        public_key_pem: String::new(),
        voice: Some(crate::account::Voice {
            answer: Some(answer),
            event: Some(event),
            fallback,
            signed_callbacks: true,
        }),
        rtc: true,
        capabilities: json!({}),
        privacy: json!({}),
    }
}

fn params() -> Map<String, Value> {
    let params =
        json!({"from_user": "Jane", "to": "442079460000", "custom_data": {"to": "442079460000", "n": 1}, "none": null});
    params.as_object().unwrap().clone()
}

/// The token's claims, its signature checked as an application would.
fn claims(authorization: &str) -> Value {
    let token = authorization.strip_prefix("Bearer ").unwrap();
    let (signed, tag) = token.rsplit_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).unwrap()).unwrap();
    let (head, body) = signed.split_once('.').unwrap();
    assert_eq!(URL_SAFE_NO_PAD.decode(head).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

fn outcomes(trace: &Trace) -> Vec<(&'static str, u32, Outcome, Option<u16>)> {
    let attempts = trace.since(0).into_iter().filter_map(|entry| match &entry.what {
        Happening::Webhook(a) => Some((a.webhook, a.attempt, a.outcome, a.status)),
        _ => None,
    });
    attempts.collect()
}

#[test]
fn payload_hashes_are_those_of_the_documented_procedure() {
    let body = r#"{"from":"442079460000","to":"447700900000","uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab","conversation_uuid":"CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab","status":"ringing","direction":"inbound","timestamp":"2020-01-01T12:00:00.000Z"}"#;
    assert_eq!(payload_hash(body.as_bytes()), "a9b42904936d33b639e23a4da16b26a2460874c4c1b612437541c2efede52758");
    let query = "to=442079460000&from=447700900000&conversation_uuid=CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab&uuid=aaaaaaaa-bbbb-cccc-dddd-0123456789ab&region_url=https%3A%2F%2Fapi-us-3.vonage.com";
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(payload_hash_of_query(&pairs), "06aaabea00166ce889c4b98a3ba25a269a2c3abb8fd3893dd078843969eb75bb");
}

#[tokio::test]
async fn a_post_is_signed_over_the_bytes_it_carries() {
    let app = App::start(|_, _| ncco("hello")).await;
    let (sender, trace, _) = sender();
    let application = application(hook(&app.url, Method::Post), hook(&app.url, Method::Post), None);
    let actions = sender.answer(&application, None, "CON-1", params()).await.unwrap();
    assert_eq!(actions, [json!({"action": "talk", "text": "hello"})]);
    let seen = &app.seen()[0];
    assert_eq!((seen.method.as_str(), seen.content_type.as_deref()), ("POST", Some("application/json")));
    assert_eq!(seen.json()["custom_data"], json!({"to": "442079460000", "n": 1}), "an object in a POST");
    let claims = claims(seen.authorization.as_ref().unwrap());
    assert_eq!(claims["payload_hash"], payload_hash(&seen.body));
    assert_eq!(
        (&claims["iss"], &claims["api_key"], &claims["iat"], &claims["application_id"]),
        (&json!("Vonage"), &json!("a1b2c3d"), &json!(1_587_494_962), &json!(application.id))
    );
    assert!(claims.get("exp").is_none() && !claims["jti"].as_str().unwrap().is_empty());
    assert_eq!(outcomes(&trace), [("answer", 1, Outcome::Delivered, Some(200))]);
}

#[tokio::test]
async fn a_get_carries_custom_data_as_json_text_and_keeps_the_urls_own_query() {
    let app = App::start(|_, _| ncco("hello")).await;
    let (sender, ..) = sender();
    let url = format!("{}/answer?line=1", app.url);
    let application = application(hook(&url, Method::Get), hook(&app.url, Method::Post), None);
    sender.answer(&application, None, "CON-1", params()).await.unwrap();
    let seen = &app.seen()[0];
    let query = seen.query();
    let value = |name: &str| query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!((value("line"), value("from_user"), value("none")), (Some("1"), Some("Jane"), None));
    assert_eq!(serde_json::from_str::<Value>(value("custom_data").unwrap()).unwrap()["n"], 1);
    let own: Vec<_> = query.iter().filter(|(name, _)| name != "line").cloned().collect();
    assert_eq!(claims(seen.authorization.as_ref().unwrap())["payload_hash"], payload_hash_of_query(&own));
}

#[tokio::test]
async fn unsigned_when_the_application_switched_signing_off() {
    let app = App::start(|_, _| ncco("hello")).await;
    let (sender, ..) = sender();
    let mut application = application(hook(&app.url, Method::Get), hook(&app.url, Method::Post), None);
    application.voice.as_mut().unwrap().signed_callbacks = false;
    sender.answer(&application, None, "CON-1", params()).await.unwrap();
    assert_eq!(app.seen()[0].authorization, None);
}

#[tokio::test]
async fn what_is_tried_again_and_what_is_not() {
    // Status of every answer, how many requests are right, and the reason at the end.
    for (status, requests) in [(429, 2), (503, 2), (504, 2), (500, 1), (502, 1), (404, 1), (401, 1), (302, 1)] {
        let app = App::start(move |_, _| {
            (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "/elsewhere")]).into_response()
        })
        .await;
        let (sender, ..) = sender();
        let application = application(hook(&app.url, Method::Post), hook(&app.url, Method::Post), None);
        let failure = sender.answer(&application, None, "CON-1", params()).await.unwrap_err();
        assert_eq!(failure.reason, Reason::InvalidResponseCode);
        let seen = app.seen();
        assert_eq!(seen.len(), requests, "answer, {status}");
        assert!(seen.iter().all(|s| s.uri.path() == "/"), "redirects are not followed");
        if let [first, second] = &seen[..] {
            let jti = |s: &Seen| claims(s.authorization.as_ref().unwrap())["jti"].clone();
            assert_ne!(jti(first), jti(second), "a new signature");
        }
    }
    let app = App::start(|_, _| StatusCode::BAD_GATEWAY.into_response()).await;
    let (sender, ..) = sender();
    let application = application(hook(&app.url, Method::Post), hook(&app.url, Method::Post), None);
    let reply = sender.event_and_wait(&application, None, "CON-1", json!({"status": "ringing"})).await;
    assert_eq!((reply, app.seen().len()), (EventReply::default(), 2), "events also on 502");
}

#[tokio::test]
async fn a_retry_may_succeed() {
    let app = App::start(|n, _| if n == 0 { silence() } else { ncco("second") }).await;
    let (sender, trace, _) = sender();
    let application = application(hook(&app.url, Method::Post), hook(&app.url, Method::Post), None);
    assert_eq!(sender.answer(&application, None, "CON-1", params()).await.unwrap()[0]["text"], "second");
    assert_eq!(
        outcomes(&trace),
        [("answer", 1, Outcome::TimedOut, None), ("answer", 2, Outcome::Delivered, Some(200))]
    );
}

#[tokio::test]
async fn the_fallback_url_hears_why() {
    type Answer = fn() -> Response;
    let cases: [(Answer, &str, usize); 5] = [
        (|| StatusCode::INTERNAL_SERVER_ERROR.into_response(), "Invalid response code.", 1),
        (|| axum::Json(json!([{"action": "dance"}])).into_response(), "Invalid NCCO.", 1),
        (|| axum::Json(json!({"action": "talk"})).into_response(), "Invalid NCCO.", 1),
        (|| axum::response::Html(r#"[{"action":"talk"}]"#).into_response(), "Invalid NCCO.", 1),
        (silence, "Socket timeout.", 2),
    ];
    for (answer, reason, requests) in cases {
        let app = App::start(move |_, _| answer()).await;
        let rescue = App::start(|_, _| ncco("sorry")).await;
        let (sender, ..) = sender();
        let fallback = hook(&rescue.url, Method::Post);
        let application = application(hook(&app.url, Method::Get), hook(&app.url, Method::Post), Some(fallback));
        let actions = sender.answer(&application, None, "CON-1", params()).await.unwrap();
        assert_eq!(actions[0]["text"], "sorry");
        // A refused flow is also told to the event URL, which is the same here but posted to.
        let asked = app.seen().iter().filter(|seen| seen.method == "GET").count();
        assert_eq!(asked, requests, "{reason}");
        let asked = rescue.seen()[0].json();
        assert_eq!(asked["reason"], reason);
        assert_eq!(asked["original_request"], json!({"url": app.url, "type": "answer"}));
        assert_eq!(asked["to"], "442079460000", "with the parameters of the first request");
    }
}

#[tokio::test]
async fn nobody_listening_is_a_closed_connection() {
    let (sender, trace, _) = sender();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", gone.local_addr().unwrap());
    drop(gone);
    let application = application(hook(&url, Method::Post), hook(&url, Method::Post), None);
    let failure = sender.answer(&application, None, "CON-1", params()).await.unwrap_err();
    assert_eq!(failure.reason, Reason::ConnectionClosed);
    assert!(!failure.to_string().contains(&url), "{failure}");
    assert_eq!(outcomes(&trace).len(), 2);
}

#[tokio::test]
async fn an_event_may_be_answered_with_a_new_flow() {
    let app = App::start(|_, seen| match seen.json()["dtmf"]["digits"].as_str() {
        Some("1") => ncco("one"),
        Some("2") => axum::Json(json!({})).into_response(),
        Some("3") => axum::Json(json!([{"action": "dance"}])).into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    })
    .await;
    let rescue = App::start(|_, _| ncco("rescued")).await;
    let (sender, ..) = sender();
    let fallback = hook(&rescue.url, Method::Post);
    let application = application(hook(&app.url, Method::Get), hook(&app.url, Method::Post), Some(fallback));
    let ask =
        |digits: &'static str| sender.event_and_wait(&application, None, "CON-1", json!({"dtmf": {"digits": digits}}));
    assert_eq!(ask("1").await.ncco.unwrap()[0]["text"], "one");
    assert_eq!(ask("2").await, EventReply { ncco: None, delivered: true });
    assert_eq!(ask("4").await, EventReply { ncco: None, delivered: true });
    assert_eq!(ask("3").await.ncco.unwrap()[0]["text"], "rescued");
    assert_eq!(rescue.seen()[0].json()["original_request"]["type"], "event");
}

#[tokio::test]
async fn events_of_a_call_arrive_in_order_however_slow_the_application() {
    let app = App::start(|n, _| {
        std::thread::sleep(Duration::from_millis(if n % 7 == 0 { 20 } else { 0 }));
        StatusCode::OK.into_response()
    })
    .await;
    let (sender, ..) = sender();
    let application = application(hook(&app.url, Method::Get), hook(&app.url, Method::Post), None);
    for n in 0..40 {
        sender.event(&application, None, &format!("CON-{}", n % 2), json!({"status": "x", "n": n}));
    }
    let seen = app.saw(40).await;
    for call in 0..2 {
        let order: Vec<i64> = seen.iter().map(|s| s.json()["n"].as_i64().unwrap()).filter(|n| n % 2 == call).collect();
        assert!(order.is_sorted(), "{order:?}");
        assert_eq!(order.len(), 20);
    }
    // The workers end when there is nothing to do.
    for _ in 0..500 {
        if lock(&sender.inner.queues).is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("queues are kept for ever");
}

#[tokio::test]
async fn faults_strike() {
    let app = App::start(|_, _| StatusCode::OK.into_response()).await;
    let (sender, trace, faults) = sender();
    let application = application(hook(&app.url, Method::Get), hook(&app.url, Method::Post), None);
    let set = |webhooks| faults.set(Settings { webhooks, ..Settings::default() });
    let send = |status: &str| sender.event(&application, None, "CON-1", json!({ "status": status }));
    let statuses =
        |seen: Vec<Seen>| seen.iter().map(|s| s.json()["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>();

    set(WebhookFaults { drop: Often::Times(1), ..Default::default() });
    send("started");
    send("ringing");
    assert_eq!(statuses(app.saw(1).await), ["ringing"]);
    assert!(outcomes(&trace).iter().any(|o| o.2 == Outcome::Dropped));

    set(WebhookFaults { duplicate: Often::Times(1), ..Default::default() });
    send("answered");
    let seen = app.saw(3).await;
    assert_eq!(seen[1].body, seen[2].body);
    assert_ne!(seen[1].authorization, seen[2].authorization, "a new signature");

    set(WebhookFaults { reorder: Often::Times(1), ..Default::default() });
    send("early");
    send("late");
    assert_eq!(statuses(app.saw(5).await)[3..], ["late", "early"]);

    set(WebhookFaults { reorder: Often::Times(1), ..Default::default() });
    send("alone");
    assert_eq!(statuses(app.saw(6).await)[5], "alone", "not held for ever");

    set(WebhookFaults { delay_ms: 50, ..Default::default() });
    send("a");
    send("b");
    assert_eq!(statuses(app.saw(8).await)[6..], ["a", "b"], "order is kept");

    set(WebhookFaults { drop: Often::Switch(true), only: vec!["answer".into()], ..Default::default() });
    let failure = sender.answer(&application, None, "CON-1", params()).await.unwrap_err();
    assert_eq!(failure.reason, Reason::SocketTimeout);
    assert_eq!(app.seen().len(), 8);
}

/// Each delivery is answered when the other one is there too: one after the other would time out.
#[tokio::test]
async fn f5_a_doubled_webhook_is_delivered_twice_at_the_same_moment() {
    let both = Arc::new(tokio::sync::Barrier::new(2));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(move || {
        let both = both.clone();
        async move {
            both.wait().await;
            ncco("both are here")
        }
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let (sender, trace, faults) = sender();
    let mut patient = hook(&url, Method::Post);
    patient.socket_timeout = Duration::from_secs(20);
    let application = application(patient.clone(), patient, None);
    let only = vec!["answer".into(), "event".into()];
    let webhooks = WebhookFaults { duplicate: Often::Switch(true), only, ..WebhookFaults::default() };
    faults.set(Settings { webhooks, ..Settings::default() });
    assert_eq!(sender.answer(&application, None, "CON-1", params()).await.unwrap()[0]["text"], "both are here");
    let reply = sender.event_and_wait(&application, None, "CON-1", json!({ "status": "timeout" })).await;
    assert!(reply.delivered && reply.ncco.is_some());
    let delivered = outcomes(&trace).iter().filter(|outcome| outcome.2 == Outcome::Delivered).count();
    assert_eq!((delivered, outcomes(&trace).len()), (4, 4));
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let app = App::start(|_, _| {
        let endless = futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 65_536])));
        ([(header::CONTENT_TYPE, "application/json")], axum::body::Body::from_stream(endless)).into_response()
    })
    .await;
    let (sender, ..) = sender();
    let mut patient = hook(&app.url, Method::Post);
    patient.socket_timeout = Duration::from_secs(20);
    let application = application(patient.clone(), patient, None);
    let failure = sender.answer(&application, None, "CON-1", params()).await.unwrap_err();
    assert!(failure.detail.contains("larger"), "{failure}");
}

#[test]
fn events_are_named_by_what_tells_them_apart() {
    for (body, name) in [
        (json!({"status": "completed"}), "completed"),
        (json!({"recording_url": "x"}), "record"),
        (json!({"conversation_uuid_from": "x"}), "transfer"),
        (json!({"dtmf": {}}), "input"),
        (json!({"payload": {}}), "notify"),
        (json!({"reason": "Syntax error"}), "error"),
        (json!({"type": "member:joined"}), "member:joined"),
        (json!({}), "event"),
    ] {
        assert_eq!(label(body.as_object().unwrap()), name);
    }
}
