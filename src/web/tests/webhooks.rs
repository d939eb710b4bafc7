//! What the platform sends, and what others send in its name.

use axum::http::StatusCode;
use futures::StreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::app::{APPLICATION, App, Choices, NOW, SECRET, sign};
use crate::domain::click_to_call::APOLOGY;
use crate::web::WebhookTrust;

const EVENTS: [&str; 5] = ["/webhooks/event", "/webhooks/events", "/event", "/webhooks/dtmf", "/webhooks/recording"];
const ANSWERS: [&str; 2] = ["/webhooks/answer", "/webhooks/fallback"];

fn asked() -> Value {
    json!({ "to": "442079460000", "from": "447700900123", "uuid": "leg-1", "conversation_uuid": "CON-1" })
}

fn ringing() -> Value {
    json!({ "from": "442079460000", "to": "447700900000", "uuid": "leg-2", "conversation_uuid": "CON-1",
            "status": "ringing", "direction": "outbound", "timestamp": "2026-11-21T04:00:00.000Z" })
}

fn hash(bytes: impl AsRef<[u8]>) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[tokio::test]
async fn an_answer_by_post_and_by_get_is_the_support_flow() {
    let app = App::start().await;
    let expected = json!([
        { "action": "talk", "text": "Thank you for calling. Transferring you now." },
        { "action": "connect", "endpoint": [{ "type": "phone", "number": "447700900000" }], "from": "442079460000", "limit": 1800 },
    ]);
    let posted = app.post_signed("/webhooks/answer", asked().to_string()).await;
    assert_eq!((posted.status, posted.header("content-type")), (StatusCode::OK, "application/json"));
    assert_eq!(posted.json(), expected);
    let query = "to=442079460000&from_user=visitor-1&uuid=leg-9&conversation_uuid=CON-9&custom_data=%7B%22to%22%3A%22449999999%22%7D";
    let got = app.get_signed("/webhooks/answer", query).await;
    assert_eq!((got.status, got.json()), (StatusCode::OK, expected));
    assert_eq!(app.calls().await.len(), 2);
}

#[tokio::test]
async fn events_change_the_record_under_every_name_of_the_url() {
    let app = App::start().await;
    app.post_signed("/webhooks/answer", asked().to_string()).await;
    assert_eq!(app.calls().await["CON-1"], "connecting");
    for (at, path) in EVENTS.into_iter().enumerate() {
        let mut event = ringing();
        event["timestamp"] = format!("2026-11-21T04:00:0{at}.000Z").into();
        let answer = app.post_signed(path, event.to_string()).await;
        assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0), "{path}");
    }
    assert_eq!(app.calls().await["CON-1"], "ringing");
    assert_eq!(app.post_signed("/webhooks/rtc", r#"{"type":"member:joined"}"#).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn without_a_signature_503_with_a_bad_one_401_and_never_2xx() {
    let app = App::start().await;
    let body = asked().to_string();
    let claims = json!({ "iat": NOW, "jti": "j-1", "iss": "Vonage", "payload_hash": hash(&body), "application_id": APPLICATION });
    let with = |field: &str, value: Value| {
        let mut claims = claims.clone();
        claims[field] = value;
        sign(SECRET, &claims)
    };
    let matrix = [
        ("other secret", sign("another secret", &claims)),
        ("old", with("iat", json!(NOW - 301))),
        ("future", with("iat", json!(NOW + 301))),
        ("other application", with("application_id", json!("another"))),
        ("other issuer", with("iss", json!("Mallory"))),
        ("other body", with("payload_hash", json!(hash("another")))),
        ("no body hash", with("payload_hash", Value::Null)),
        ("no id", with("jti", json!(""))),
        ("rubbish", "Bearer a.b.c".to_owned()),
        ("basic", "Basic YTpi".to_owned()),
        ("alg none", format!("Bearer eyJhbGciOiJub25lIn0.{}.", sign(SECRET, &claims).split('.').nth(1).unwrap())),
    ];
    for path in ANSWERS.into_iter().chain(EVENTS).chain(["/webhooks/rtc"]) {
        let unsigned = app.post(path, None, body.clone()).await;
        assert_eq!(unsigned.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        for (name, authorization) in &matrix {
            let answer = app.post(path, Some(authorization), body.clone()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {name}");
        }
    }
    assert!(app.calls().await.is_empty());
}

#[tokio::test]
async fn a_signature_is_good_once_and_for_its_body_only() {
    let app = App::start().await;
    let body = asked().to_string();
    let authorization = app.signed(&hash(&body));
    let tampered = body.replace("447700900123", "447700900124");
    assert_eq!(app.post("/webhooks/answer", Some(&authorization), tampered).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.post("/webhooks/answer", Some(&authorization), body.clone()).await.status, StatusCode::OK);
    for path in ["/webhooks/answer", "/webhooks/event", "/webhooks/fallback"] {
        assert_eq!(app.post(path, Some(&authorization), body.clone()).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let event = ringing().to_string();
    let authorization = app.signed(&hash(&event));
    assert_eq!(app.post("/webhooks/event", Some(&authorization), event.clone()).await.status, StatusCode::OK);
    assert_eq!(app.post("/webhooks/event", Some(&authorization), event).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn f21_a_get_whose_query_was_not_signed_counts_once_and_carries_no_second_call() {
    let app = App::start().await;
    let get = async |authorization: &str, call: u32| {
        let query = format!("to=442079460000&from=447700900123&uuid=leg-{call}&conversation_uuid=CON-{call}");
        let request = axum::http::Request::get(format!("/webhooks/answer?{query}"));
        let request = request.header("authorization", authorization).body(axum::body::Body::empty()).unwrap();
        app.send(request).await.status
    };
    // How the platform hashes is not documented for every query, so a caller is not turned away for it.
    let authorization = app.signed(&hash("what was signed"));
    assert_eq!(get(&authorization, 1).await, StatusCode::OK);
    // But a signature that was used once is used up.
    for call in [1, 2, 3] {
        assert_eq!(get(&authorization, call).await, StatusCode::UNAUTHORIZED, "{call}");
    }
    assert_eq!(app.calls().await.len(), 1);
}

#[tokio::test]
async fn two_secrets_are_good_while_they_are_exchanged_and_strict_checks_queries_too() {
    use crate::vonage::Verifier;
    let verifier = Verifier::new(&["new", SECRET]).strict(true);
    let app = App::with(Choices { trust: WebhookTrust::Signed(Box::new(verifier)), ..Choices::default() }).await;
    let body = asked().to_string();
    for (jti, secret) in [("j-1", "new"), ("j-2", SECRET)] {
        let claims = json!({ "iat": NOW, "jti": jti, "iss": "Vonage", "payload_hash": hash(&body) });
        assert_eq!(
            app.post("/webhooks/answer", Some(&sign(secret, &claims)), body.clone()).await.status,
            StatusCode::OK
        );
    }
    let wrong = app.signed(&hash("another"));
    let request = axum::http::Request::get("/webhooks/answer?to=442079460000").header("authorization", wrong);
    assert_eq!(app.send(request.body(axum::body::Body::empty()).unwrap()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn unsigned_is_taken_only_where_the_operator_said_so() {
    let app = App::with(Choices { trust: WebhookTrust::Unsigned, ..Choices::default() }).await;
    assert_eq!(app.post("/webhooks/answer", None, asked().to_string()).await.status, StatusCode::OK);
    assert_eq!(app.post("/webhooks/event", None, ringing().to_string()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_fallback_of_an_event_does_not_ring_the_destination_again() {
    let app = App::start().await;
    let mut body = asked();
    body["reason"] = "Socket timeout.".into();
    body["original_request"] = json!({ "url": "https://x/webhooks/answer", "type": "answer" });
    let answer = app.post_signed("/webhooks/fallback", body.to_string()).await;
    assert_eq!(answer.json()[1]["action"], "connect");
    body["original_request"]["type"] = "event".into();
    body["uuid"] = "leg-7".into();
    let answer = app.post_signed("/webhooks/fallback", body.to_string()).await;
    assert_eq!(answer.json(), json!([{ "action": "talk", "text": APOLOGY }]));
}

#[tokio::test]
async fn a_caller_hears_something_when_the_database_is_gone_and_events_are_asked_for_again() {
    let app = App::start().await;
    app.store.close().await;
    let answer = app.post_signed("/webhooks/answer", asked().to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.json().as_array().is_some_and(|actions| !actions.is_empty()));
    let event = app.post_signed("/webhooks/event", ringing().to_string()).await;
    assert_eq!(event.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn other_methods_are_refused() {
    let app = App::start().await;
    for (path, method, expected) in [
        ("/webhooks/event", "PUT", StatusCode::METHOD_NOT_ALLOWED),
        ("/webhooks/dtmf", "PATCH", StatusCode::METHOD_NOT_ALLOWED),
        ("/webhooks/answer", "PUT", StatusCode::METHOD_NOT_ALLOWED),
        ("/webhooks/fallback", "DELETE", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = axum::http::Request::builder().method(method).uri(path).body(axum::body::Body::empty()).unwrap();
        assert_eq!(app.send(request).await.status, expected, "{method} {path}");
    }
}

/// Whatever a webhook holds: bodies of every wrong kind, well signed, for a broken supplier is as bad as an attacker.
fn hostile(seed: u64) -> Vec<u8> {
    // A small generator of its own: the same thousand bodies in every run.
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let strange = [
        "",
        "\u{0}",
        "\u{202e}x",
        "' OR 1=1 --",
        "<script>",
        "+44 7700",
        "9".repeat(400).as_str(),
        "null",
        "🦀",
        "\\u0000",
    ]
    .map(str::to_owned);
    let mut value = |depth: u64| match next(9) {
        0 => Value::Null,
        1 => json!(next(2) == 0),
        2 => json!(next(u64::MAX)),
        3 => json!(-1.5e300),
        4 => json!([[[["deep"]]]]),
        5 => json!({ "digits": null, "type": depth }),
        6 => json!("x".repeat(next(3000) as usize)),
        _ => json!(strange[next(10) as usize]),
    };
    let names = [
        "to",
        "from",
        "from_user",
        "uuid",
        "call_uuid",
        "conversation_uuid",
        "conversation_uuid_from",
        "status",
        "dtmf",
        "conversation_uuid_to",
        "custom_data",
        "speech",
        "reason",
        "original_request",
        "duration",
        "timestamp",
        "price",
        "start_time",
        "end_time",
        "sip_code",
        "payload",
        "recording_url",
        "type",
        "direction",
        "headers",
        "region_url",
    ];
    let object: serde_json::Map<String, Value> = names
        .iter()
        .enumerate()
        .filter(|(at, _)| !(seed >> (at % 16)).is_multiple_of(3))
        .map(|(at, name)| ((*name).to_owned(), value(at as u64)))
        .collect();
    let mut object = Value::Object(object);
    if seed.is_multiple_of(3) {
        object["conversation_uuid"] = format!("CON-{seed}").into();
        object["uuid"] = format!("leg-{seed}").into();
    }
    let text = object.to_string();
    match seed % 11 {
        0 => Vec::new(),
        1 => text.as_bytes()[..text.len() / 2].to_vec(),
        2 => [text.as_bytes(), &[0xff, 0xfe, 0x00, 0x80]].concat(),
        3 => "[".repeat(5000).into_bytes(),
        4 => format!("{{\"a\":{text}}}").into_bytes(),
        5 => vec![0; (seed % 2000) as usize],
        _ => text.into_bytes(),
    }
}

#[tokio::test]
async fn a_thousand_hostile_bodies_to_each_webhook_do_no_harm_and_none_is_lost() {
    let app = App::start().await;
    let paths = ANSWERS.into_iter().chain(["/webhooks/event", "/webhooks/dtmf", "/webhooks/recording"]);
    let sent = paths.flat_map(|path| (0..1000).map(move |seed| (path, seed)));
    // Many at once, as they come: they share commits.
    let answers = futures::stream::iter(sent).map(|(path, seed)| {
        let app = &app;
        async move { (path, seed, app.post_signed(path, hostile(seed)).await) }
    });
    let answers: Vec<_> = answers.buffer_unordered(64).collect().await;
    assert_eq!(answers.len(), 5000);
    for (path, seed, answer) in answers {
        assert_eq!(answer.status, StatusCode::OK, "{path} {seed}: {}", answer.text());
        if ANSWERS.contains(&path) {
            let flow = answer.json();
            assert!(flow.as_array().is_some_and(|actions| !actions.is_empty()), "{path} {seed}: {flow}");
        }
    }
    // An event that says the same as another is stored once; nothing else may be missing.
    let distinct: std::collections::BTreeSet<Vec<u8>> = (0..1000).map(hostile).collect();
    for kind in ["event", "dtmf", "recording"] {
        assert_eq!(app.stored(kind).await, distinct.len(), "{kind}");
    }
    assert!(app.services.ready().await.is_ok());
}

#[tokio::test]
async fn a_thousand_hostile_queries_do_no_harm() {
    let app = App::start().await;
    for path in ANSWERS {
        for seed in 0..1000 {
            let bytes = hostile(seed);
            let raw: String = url::form_urlencoded::byte_serialize(&bytes).take(4000).collect();
            let query = match seed % 4 {
                0 => raw,
                1 => format!("to={raw}&to=2&from=%FF%FE&uuid=%00"),
                2 => format!("custom_data={raw}&conversation_uuid=CON-{seed}&uuid=leg"),
                _ => "&&==%%%zz&a".to_owned(),
            };
            let answer = app.get_signed(path, &query).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}?{query}: {}", answer.text());
            assert!(answer.json().is_array());
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_and_one_of_64_kib_is_not() {
    let app = App::start().await;
    for path in ["/webhooks/answer", "/webhooks/event"] {
        let long = app.post_signed(path, vec![b'x'; (64 << 10) + 1]).await;
        assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(app.post_signed(path, vec![b'x'; 64 << 10]).await.status, StatusCode::OK, "{path}");
    }
}

/// The application's clock of these tests stands still, and so is days off from the platform's, which is a real one.
#[tokio::test]
async fn f15_when_our_clock_is_off_webhooks_are_judged_by_the_platforms_and_once_only() {
    let app = App::start().await;
    #[expect(clippy::disallowed_methods, reason = "the stand-in for the platform reads the machine's clock")]
    let theirs = time::OffsetDateTime::now_utc().unix_timestamp();
    assert!(theirs.abs_diff(NOW) > 1_000, "this proves nothing in the hour of {NOW}");
    let body = asked().to_string();
    let signed = |iat: i64, jti: &str| {
        let claims = json!({ "iat": iat, "jti": jti, "iss": "Vonage", "payload_hash": hash(&body), "application_id": APPLICATION });
        sign(SECRET, &claims)
    };
    assert_eq!(app.get("/readyz").await.text(), "ready\n");
    // Nobody told us the time yet; the refusal makes us ask.
    assert_eq!(app.post("/webhooks/answer", Some(&signed(theirs, "a")), body.clone()).await.status, 401);
    let told = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while app.services.clock_skew.platform_now().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    });
    assert!(told.await.is_ok(), "the platform is asked");
    let good = signed(theirs, "b");
    assert_eq!(app.post("/webhooks/answer", Some(&good), body.clone()).await.status, 200);
    assert_eq!(app.post("/webhooks/answer", Some(&good), body.clone()).await.status, 401, "used before");
    assert_eq!(app.post("/webhooks/answer", Some(&signed(NOW, "c")), body.clone()).await.status, 200, "by ours");
    for (jti, iat) in [("d", theirs - 1_000), ("e", theirs + 1_000), ("f", NOW - 400), ("g", NOW + 400)] {
        assert_eq!(app.post("/webhooks/answer", Some(&signed(iat, jti)), body.clone()).await.status, 401, "{jti}");
    }
    assert_eq!(app.get("/readyz").await.status, StatusCode::OK, "a clock that is off costs no call");
    let warning = app.services.clock_skew.clock_warning().unwrap_or_default();
    assert!(warning.contains("clock"), "{warning}");
    // Signatures are kept by the time that they carry, when that is later than ours: a sweep by the right time keeps it.
    app.store.webhooks().forget_signatures(theirs * 1000).await.unwrap();
    assert_eq!(app.post("/webhooks/answer", Some(&good), body).await.status, 401);
}
