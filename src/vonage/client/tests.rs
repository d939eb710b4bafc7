//! Against a hostile upstream: what is sent, what is repeated, what an answer means.

mod regions;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{basic_auth, body_json, body_string, header_regex, method, path, query_param};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::domain::outgoing::{Cleared, Diallable};
use crate::domain::phone::E164;
use crate::vonage::jwt::NewKeyPair;

const NOW: i64 = 1_795_226_880;

pub(super) fn key() -> ApplicationKey {
    static PEM: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let pem = PEM.get_or_init(|| NewKeyPair::generate().unwrap().private);
    ApplicationKey::from_pem("app-1", pem).unwrap()
}

pub(super) async fn platform() -> (MockServer, Client) {
    let server = MockServer::start().await;
    let urls = Urls { api: format!("{}/", server.uri()), rest: server.uri() };
    let credentials = Credentials { api_key: "abcd1234".into(), api_secret: "s3cret".into(), application: Some(key()) };
    let count = AtomicU32::new(0);
    let id = move || format!("jti-{}", count.fetch_add(1, Ordering::Relaxed));
    let client = Client::new(http().unwrap(), urls, credentials, || NOW, id);
    (server, client)
}

pub(super) fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn new_call() -> NewCall {
    NewCall {
        to: Callee::Phone(Diallable::check(&number("447700900000"), |_| Ok(())).unwrap()),
        from: number("442079460000"),
        ncco: Cleared::saying("Hello"),
        ringing_seconds: Some(30),
        limit_seconds: Some(600),
    }
}

fn claims(request: &Request) -> Value {
    use base64::Engine as _;
    let token = request.headers["authorization"].to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned();
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn creates_an_application_with_post_webhooks() {
    let (server, client) = platform().await;
    let answer =
        json!({ "id": "app-9", "name": "Switchboard", "keys": { "public_key": "PUB", "private_key": "PRIV" } });
    Mock::given(method("POST"))
        .and(path("/v2/applications"))
        .and(basic_auth("abcd1234", "s3cret"))
        .respond_with(ResponseTemplate::new(201).set_body_json(answer))
        .expect(1)
        .mount(&server)
        .await;
    let new = NewApplication {
        name: "Switchboard".into(),
        public_url: "https://calls.example.com/".into(),
        public_key: Some("PUB".into()),
        region: None,
    };
    let made = client.create_application(&new).await.unwrap();
    assert_eq!((made.id.as_str(), made.public_key(), made.private_key()), ("app-9", Some("PUB"), Some("PRIV")));
    assert!(!format!("{made:?}").contains("PRIV"));
    let sent: Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let webhooks = &sent["capabilities"]["voice"]["webhooks"];
    assert_eq!(webhooks["answer_url"]["address"], "https://calls.example.com/webhooks/answer");
    assert_eq!(webhooks["answer_url"]["http_method"], "POST");
    assert_eq!(webhooks["fallback_answer_url"]["address"], "https://calls.example.com/webhooks/fallback");
    assert_eq!(webhooks["event_url"]["address"], "https://calls.example.com/webhooks/event");
    assert_eq!(sent["capabilities"]["voice"]["signed_callbacks"], true);
    assert!(sent["capabilities"]["rtc"].is_object());
    assert_eq!(sent["privacy"]["improve_ai"], false);
    assert_eq!(sent["keys"]["public_key"], "PUB");
}

#[tokio::test]
async fn reads_every_page_of_applications_and_users_but_follows_no_link() {
    let (server, client) = platform().await;
    for page in 1..=2 {
        let body = json!({ "total_pages": 2, "_embedded": { "applications": [{ "id": format!("app-{page}") }] } });
        Mock::given(method("GET"))
            .and(path("/v2/applications"))
            .and(query_param("page", page.to_string()))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&server)
            .await;
    }
    let ids: Vec<String> = client.list_applications().await.unwrap().into_iter().map(|app| app.id).collect();
    assert_eq!(ids, ["app-1", "app-2"]);

    let next = "https://evil.example.com/v1/users?cursor=abc%3D&page_size=100";
    let second = json!({ "_embedded": { "users": [{ "id": "USR-2", "name": "b" }] }, "_links": {} });
    let first =
        json!({ "_embedded": { "users": [{ "id": "USR-1", "name": "a" }] }, "_links": { "next": { "href": next } } });
    let users = || Mock::given(method("GET")).and(path("/v1/users"));
    users()
        .and(query_param("cursor", "abc="))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .with_priority(1)
        .mount(&server)
        .await;
    users().respond_with(ResponseTemplate::new(200).set_body_json(first)).with_priority(2).mount(&server).await;
    let names: Vec<String> = client.list_users().await.unwrap().into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[tokio::test]
async fn links_a_number_by_form_and_reads_refusals_inside_a_200() {
    let (server, client) = platform().await;
    let answer = |code: &str, label: &str| {
        ResponseTemplate::new(200).set_body_json(json!({ "error-code": code, "error-code-label": label }))
    };
    let good = Mock::given(method("POST"))
        .and(path("/number/update"))
        .and(basic_auth("abcd1234", "s3cret"))
        .and(body_string("country=GB&msisdn=442079460000&app_id=app-1"))
        .respond_with(answer("200", "success"))
        .up_to_n_times(1);
    good.mount(&server).await;
    client.link_number(&number("442079460000"), "GB", "app-1").await.unwrap();
    Mock::given(method("POST")).respond_with(answer("420", "method failed")).mount(&server).await;
    let error = client.link_number(&number("442079460000"), "GB", "app-1").await.unwrap_err();
    assert!(
        matches!(&error, VonageError::Refused { status: 420, detail, .. } if detail == "method failed"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_user_that_exists_is_a_success_whatever_the_status() {
    let (server, client) = platform().await;
    for status in [400, 409] {
        server.reset().await;
        let body = json!({ "title": "Bad request.", "code": "user:error:duplicate-name", "detail": "exists" });
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status).set_body_json(body))
            .mount(&server)
            .await;
        assert_eq!(client.create_user("visitor-1", "Visitor").await.unwrap(), None);
    }
    server.reset().await;
    let body = json!({ "code": "http:error:validation-fail", "detail": "Input validation failure." });
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(400).set_body_json(body)).mount(&server).await;
    let error = client.create_user("", "x").await.unwrap_err();
    assert!(matches!(&error, VonageError::Refused { status: 400, code, .. } if code == "http:error:validation-fail"));
}

#[tokio::test]
async fn requests_carry_a_fresh_application_token_without_a_user() {
    let (server, client) = platform().await;
    let body = json!({ "id": "USR-1", "name": "visitor-1" });
    Mock::given(method("POST"))
        .and(path("/v1/users"))
        .and(header_regex("authorization", "^Bearer "))
        .and(body_json(json!({ "name": "visitor-1", "display_name": "Visitor" })))
        .respond_with(ResponseTemplate::new(201).set_body_json(body))
        .expect(2)
        .mount(&server)
        .await;
    for _ in 0..2 {
        assert_eq!(client.create_user("visitor-1", "Visitor").await.unwrap().unwrap().id, "USR-1");
    }
    let sent: Vec<Value> = server.received_requests().await.unwrap().iter().map(claims).collect();
    assert_eq!((sent[0]["jti"].as_str(), sent[1]["jti"].as_str()), (Some("jti-0"), Some("jti-1")));
    assert_eq!(sent[0]["application_id"], "app-1");
    assert_eq!(sent[0]["sub"], Value::Null);
}

#[tokio::test]
async fn what_may_be_repeated_waits_and_is_repeated() {
    let (server, client) = platform().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "0");
    Mock::given(method("GET")).respond_with(busy).up_to_n_times(1).mount(&server).await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(502)).up_to_n_times(1).mount(&server).await;
    let body = json!({ "uuid": "leg-1", "status": "answered", "conversation_uuid": "CON-1" });
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(200).set_body_json(body)).mount(&server).await;
    assert_eq!(client.get_call("leg-1").await.unwrap().unwrap().status, "answered");
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_the_callers_business() {
    let (server, client) = platform().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    Mock::given(method("GET")).respond_with(busy).expect(1).mount(&server).await;
    let error = client.get_call("leg-1").await.unwrap_err();
    assert!(matches!(error, VonageError::RateLimited { retry_after: Some(wait) } if wait == Duration::from_secs(3600)));
}

#[tokio::test]
async fn a_call_is_placed_once_and_never_blindly_again() {
    let (server, client) = platform().await;
    for (status, ambiguous) in [(429, false), (500, true), (502, true), (503, false), (504, true)] {
        server.reset().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).expect(1).mount(&server).await;
        let error = client.create_call(&new_call()).await.unwrap_err();
        assert_eq!(matches!(error, VonageError::Ambiguous { .. }), ambiguous, "{status}: {error:?}");
    }
    server.reset().await;
    let garbage = ResponseTemplate::new(201).set_body_string("<html>");
    Mock::given(method("POST")).respond_with(garbage).expect(1).mount(&server).await;
    let error = client.create_call(&new_call()).await.unwrap_err();
    assert!(matches!(error, VonageError::Ambiguous { .. }), "{error:?}");
}

#[tokio::test]
async fn no_answer_to_a_call_is_ambiguous_and_no_connection_is_not() {
    let (server, client) = platform().await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(30));
    Mock::given(method("POST")).respond_with(slow).expect(1).mount(&server).await;
    let impatient = reqwest::Client::builder().timeout(Duration::from_millis(200)).build().unwrap();
    let slow_client = Client { http: impatient.clone(), ..client.clone() };
    let error = slow_client.create_call(&new_call()).await.unwrap_err();
    assert!(matches!(error, VonageError::Ambiguous { .. }), "{error:?}");

    // A port that nobody listens on: bound, noted, and let go.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let urls = Urls { api: format!("http://{free}"), rest: String::new() };
    let nowhere = Client { urls: Arc::new(urls), http: impatient, ..client };
    let error = nowhere.create_call(&new_call()).await.unwrap_err();
    assert!(matches!(error, VonageError::Unavailable { .. }), "{error:?}");
    assert!(!error.to_string().contains("127.0.0.1"));
}

#[tokio::test]
async fn sends_a_call_as_documented() {
    let (server, client) = platform().await;
    let answer = json!({ "uuid": "leg-1", "status": "started", "direction": "outbound", "conversation_uuid": "CON-1" });
    let sent = json!({
        "to": [{ "type": "phone", "number": "447700900000" }],
        "from": { "type": "phone", "number": "442079460000" },
        "ncco": [{ "action": "talk", "text": "Hello" }],
        "ringing_timer": 30,
        "length_timer": 600,
    });
    Mock::given(method("POST"))
        .and(path("/v1/calls"))
        .and(body_json(sent))
        .respond_with(ResponseTemplate::new(201).set_body_json(answer))
        .mount(&server)
        .await;
    let created = client.create_call(&new_call()).await.unwrap();
    assert_eq!((created.uuid.as_str(), created.conversation_uuid.as_str()), ("leg-1", "CON-1"));
}

#[tokio::test]
async fn controls_a_leg() {
    let (server, client) = platform().await;
    let put = |at: &str, body: Value| Mock::given(method("PUT")).and(path(at.to_owned())).and(body_json(body));
    let done = || ResponseTemplate::new(204);
    put("/v1/calls/leg-1", json!({ "action": "hangup" })).respond_with(done()).expect(1).mount(&server).await;
    put("/v1/calls/leg-1", json!({ "action": "unmute" })).respond_with(done()).expect(1).mount(&server).await;
    put("/v1/calls/leg-1", json!({ "action": "earmuff" })).respond_with(done()).expect(1).mount(&server).await;
    let destination = json!({ "type": "ncco", "ncco": [{ "action": "talk", "text": "Bye" }] });
    put("/v1/calls/leg-1", json!({ "action": "transfer", "destination": destination }))
        .respond_with(done())
        .expect(1)
        .mount(&server)
        .await;
    put("/v1/calls/leg-1/dtmf", json!({ "digits": "1p#" })).respond_with(done()).expect(1).mount(&server).await;
    put("/v1/calls/leg-1/talk", json!({ "text": "Hi" })).respond_with(done()).expect(1).mount(&server).await;
    Mock::given(method("DELETE")).and(path("/v1/calls/leg-1/talk")).respond_with(done()).expect(1).mount(&server).await;
    client.hang_up("leg-1").await.unwrap();
    client.mute("leg-1", false).await.unwrap();
    client.earmuff("leg-1", true).await.unwrap();
    client.transfer("leg-1", &Cleared::saying("Bye")).await.unwrap();
    client.send_dtmf("leg-1", "1p#").await.unwrap();
    client.start_talk("leg-1", "Hi").await.unwrap();
    client.stop_talk("leg-1").await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_no_error_where_that_is_the_answer() {
    let (server, client) = platform().await;
    Mock::given(wiremock::matchers::any()).respond_with(ResponseTemplate::new(404)).mount(&server).await;
    assert_eq!(client.get_call("leg-1").await.unwrap(), None);
    assert!(client.get_application("app-9").await.unwrap().is_none());
    // A leg that is not there may be in another region: that is no hang-up.
    assert!(client.hang_up("leg-1").await.unwrap_err().is_not_found());
    client.delete_user("visitor-1").await.unwrap();
    assert!(client.mute("leg-1", true).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn lists_calls_by_filter() {
    let (server, client) = platform().await;
    let body = json!({ "count": 1, "_embedded": { "calls": [{ "uuid": "leg-1", "status": "completed", "duration": "2",
        "from": { "type": "phone", "number": "1" }, "price": "0.00333333" }] } });
    Mock::given(method("GET"))
        .and(path("/v1/calls"))
        .and(query_param("conversation_uuid", "CON-1"))
        .and(query_param("page_size", "100"))
        .respond_with(ResponseTemplate::new(200).set_body_json(body))
        .mount(&server)
        .await;
    let filter = CallFilter { conversation_uuid: Some("CON-1".into()), ..CallFilter::default() };
    let calls = client.list_calls(&filter).await.unwrap();
    assert_eq!((calls.len(), calls[0].duration.as_deref()), (1, Some("2")));
}

#[tokio::test]
async fn redirects_are_not_followed_and_ids_lead_nowhere_else() {
    let (server, client) = platform().await;
    let elsewhere = MockServer::start().await;
    let moved = ResponseTemplate::new(307).insert_header("location", format!("{}/v1/calls/x", elsewhere.uri()));
    Mock::given(method("GET")).respond_with(moved).mount(&server).await;
    for id in ["x", "../../v2/applications", "..", "a/b?c#d", "", "x\r\ny", "é"] {
        let error = client.get_call(id).await.unwrap_err();
        assert!(matches!(error, VonageError::Refused { status: 307, .. }), "{id}: {error:?}");
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    for request in server.received_requests().await.unwrap() {
        assert_eq!(request.url.path().matches('/').count(), 3, "{}", request.url);
        assert!(request.url.path().starts_with("/v1/calls/") && request.url.query().is_none(), "{}", request.url);
    }
}

#[tokio::test]
async fn without_an_application_nothing_is_sent() {
    let (server, client) = platform().await;
    let credentials = Credentials { api_key: "abcd1234".into(), api_secret: "s3cret".into(), application: None };
    let client = client.with_credentials(credentials);
    assert!(matches!(client.create_call(&new_call()).await, Err(VonageError::Key(KeyError::Missing))));
    assert!(server.received_requests().await.unwrap().is_empty());
    assert!(!format!("{client:?}").contains("s3cret"));
    assert!(client.with_application(key()).application().is_ok());
}

#[test]
fn errors_say_what_the_platform_said_in_one_line() {
    let refused = VonageError::Refused {
        status: 401,
        code: String::new(),
        detail: "You did not provide correct credentials.".into(),
    };
    assert_eq!(refused.to_string(), "the platform refused with 401: You did not provide correct credentials.");
    let limited = VonageError::RateLimited { retry_after: Some(Duration::from_secs(3)) };
    assert_eq!(limited.to_string(), "the platform limits our rate, try again in 3 s");
}
