//! Nobody reads a number of a private conversation: what the platform tells of calls and texts, in every spelling, and
//! every page and interface that could show it.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use super::app::{App, Choices};
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::spelling::{is_number, replace_numbers};

const ADA: &str = "447700900611";
const BEN: &str = "4917612345678";
const STRANGER: &str = "12025550143";
const MASKS: [&str; 2] = ["442079460101", "442079460102"];

/// Where a text shows somebody, however they are written.
fn shows(text: &str, number: &str) -> Option<String> {
    let text = text.replace("&#x2B;", "+").replace("&#43;", "+").replace("&quot;", "\"").replace("&amp;", "&");
    let mut place = None;
    let _ = replace_numbers(&text, |spelled| {
        if is_number(spelled, number) {
            place = Some(spelled.digits.to_owned());
        }
        None
    });
    let digits = &number[number.len() - 9..];
    place.or_else(|| text.find(digits).map(|at| text[at.saturating_sub(80)..(at + 20).min(text.len())].to_owned()))
}

async fn page(app: &App, path: &str, cookie: &str) -> String {
    let answer = app.send(Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn f12_no_page_stream_or_interface_shows_who_is_in_a_private_conversation() {
    let app = App::with(Choices { call_countries: &["GB", "DE"], ..Choices::default() }).await;
    for number in MASKS {
        let number = E164::parse(number).unwrap();
        app.services.lines.add_number(&number, "GB", &["VOICE".into(), "SMS".into()], &Line::Private).await.unwrap();
    }
    let (_, key) = app.services.accounts.create_api_key("booking").await.unwrap();
    let open = json!({ "participants": [{ "number": ADA, "name": "Ada" }, { "number": BEN, "name": "Ben" }], "notify": false });
    let request = Request::post("/api/private-conversations")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json");
    let opened = app.send(request.body(Body::from(open.to_string())).unwrap()).await.json();
    let id = opened["id"].as_str().unwrap().to_owned();
    let dials = |at: usize| opened["participants"][at]["dials"].as_str().unwrap().to_owned();
    let (ada_dials, ben_dials) = (dials(0), dials(1));

    // Ada calls: each time the platform writes her number in another way.
    let spellings = [
        ADA,
        "+447700900611",
        "+44 7700 900611",
        "0044 (0)7700 900611",
        "+44\u{a0}7700-900-611",
        "＋４４７７００９００６１１",
    ];
    for (n, from) in spellings.iter().enumerate() {
        let body = json!({ "from": from, "to": ada_dials, "uuid": format!("leg-{n}"), "conversation_uuid": format!("CON-{n}") });
        app.post_signed("/webhooks/answer", body.to_string()).await;
        let event = |status: &str, to: &str| {
            json!({ "from": ben_dials, "to": to, "uuid": format!("out-{n}"), "conversation_uuid": format!("CON-{n}"),
                    "status": status, "direction": "outbound", "timestamp": "2026-11-21T10:00:00.000Z",
                    "detail": format!("rang {to}") })
        };
        for (status, to) in [("ringing", BEN), ("answered", "+49 176 12345678"), ("completed", "0049176-12345678")] {
            app.post_signed("/webhooks/event", event(status, to).to_string()).await;
        }
        // Escapes of JSON, and numbers that are no text.
        let escaped = format!(
            r#"{{"conversation_uuid":"CON-{n}","uuid":"x{n}","status":"started","from":{ADA},"to":"\\u002b\\u0034\\u0039 176 12345678"}}"#
        );
        app.post_signed("/webhooks/event", escaped.replace("\\\\", "\\")).await;
    }
    // By GET; in an event of no known call; in one that cannot be read; in a complaint of the platform's.
    let query = format!("from=%2B44+7700+900611&to={ada_dials}&uuid=leg-g&conversation_uuid=CON-g");
    app.get_signed("/proxy-call", &query).await;
    app.get_signed(
        "/webhooks/answer",
        &format!("from=%34%347700900611&to={ada_dials}&uuid=leg-h&conversation_uuid=CON-h"),
    )
    .await;
    for body in [
        json!({ "conversation_uuid": "CON-early", "uuid": "early", "status": "ringing", "direction": "outbound", "from": ben_dials, "to": BEN }),
        json!({ "conversation_uuid": "CON-lost", "uuid": "lost", "status": "ringing", "direction": "outbound", "from": "442079460999", "to": format!("+{BEN}") }),
        json!({ "reason": format!("the endpoint +49 176 12345678 of {ADA} is not valid"), "conversation_uuid": "CON-0" }),
        json!({ "nothing": [ADA, { "sip": format!("sip:{BEN}@example.com") }] }),
    ] {
        app.post_signed("/webhooks/event", body.to_string()).await;
    }
    app.post_signed("/webhooks/event", format!("no json at all from +44 7700 900611 to {BEN}")).await;
    // Somebody tries a PIN, a stranger calls, and texts go both ways.
    let keys = json!({ "from": STRANGER, "to": ada_dials, "dtmf": { "digits": "123456" }, "uuid": "s", "conversation_uuid": "CON-s" });
    let strange = json!({ "from": STRANGER, "to": ada_dials, "uuid": "s", "conversation_uuid": "CON-s" });
    app.post_signed("/webhooks/answer", strange.to_string()).await;
    app.post_signed("/webhooks/private-pin", keys.to_string()).await;
    for (n, (from, to)) in [(ADA, &ada_dials), (BEN, &ben_dials), (STRANGER, &ada_dials)].into_iter().enumerate() {
        let text = json!({ "message_uuid": format!("00000000-0000-4000-8000-00000000000{n}"), "from": from, "to": to,
                           "channel": "sms", "message_type": "text", "text": format!("I am {from}") });
        app.post_signed("/webhooks/inbound-sms", text.to_string()).await;
    }
    tokio::time::timeout(Duration::from_secs(10), async {
        while app.stored("event").await < spellings.len() * 4 + 5 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();

    let cookie = app.cookie().await;
    let mut paths: Vec<String> = [
        "/admin/calls",
        "/admin/calls?text=900611",
        "/admin/calls?show=running",
        "/admin/calls?show=missed",
        "/admin/events",
        "/admin/events?kind=answer",
        "/admin/events?kind=event",
        "/admin/events?problems=on",
        "/admin/events?text=CON-0",
        "/admin/events?text=no+json",
        "/admin/private-calls",
        "/admin/private-calls/numbers",
        "/admin/private-calls/proof",
        "/admin/private-calls/forget",
        "/admin/numbers",
        "/admin/tracking",
        "/admin/tracking/calls",
        "/admin/tracking/calls.csv",
        "/admin/setup",
        "/admin/users",
        "/admin/flows",
    ]
    .map(String::from)
    .into();
    paths.push(format!("/admin/private-calls/{id}"));
    let calls = app.services.log.calls(crate::service::CallFilter { limit: 200, ..Default::default() }).await.unwrap();
    assert!(calls.calls.len() >= spellings.len() + 4, "{}", calls.calls.len());
    paths.extend(calls.calls.iter().map(|call| format!("/admin/calls/{}", call.id)));
    let mut masked = 0;
    for path in &paths {
        let text = page(&app, path, &cookie).await;
        masked += text.matches("••").count();
        for who in [ADA, BEN] {
            assert_eq!(shows(&text, who), None, "{path} shows {who}");
        }
    }
    assert!(masked > 50, "the pages are not empty: {masked}");
    let events = page(&app, "/admin/events", &cookie).await;
    assert!(events.contains(&ada_dials) || events.contains("442079460101"), "our own numbers are shown");
    for path in [
        "/api/private-conversations".to_owned(),
        format!("/api/private-conversations/{id}"),
        "/api/calls".into(),
        "/api/calls.csv".into(),
        "/tracked-calls".into(),
        "/api/report".into(),
        "/metrics".into(),
    ] {
        let request =
            Request::builder().method(Method::GET).uri(&path).header(header::AUTHORIZATION, format!("Bearer {key}"));
        let text = app.send(request.body(Body::empty()).unwrap()).await.text();
        for who in [ADA, BEN, STRANGER] {
            assert_eq!(shows(&text, who), None, "{path} shows {who}");
        }
    }
}

#[tokio::test]
async fn f12_who_calls_the_support_line_is_shown_to_those_who_serve_them() {
    let app = App::start().await;
    let body = json!({ "from": "447700900622", "to": "442079460000", "uuid": "leg", "conversation_uuid": "CON-1" });
    app.post_signed("/webhooks/answer", body.to_string()).await;
    let cookie = app.cookie().await;
    for path in ["/admin/events", "/admin/calls"] {
        let text = page(&app, path, &cookie).await;
        assert!(text.contains("+44 7700 900622"), "{path}");
    }
    let events: Value = serde_json::to_value(page(&app, "/admin/events", &cookie).await).unwrap();
    assert!(!events.to_string().contains("••"), "nothing is masked");
}
