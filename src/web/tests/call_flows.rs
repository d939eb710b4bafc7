//! What the editor of call flows is told while somebody types, and what becomes of what was typed.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::app::{Answer, App};
use crate::api::call_flows::CHECK;

async fn check(app: &App, cookie: &str, body: &Value, language: &str) -> Answer {
    let request = Request::post(CHECK)
        .header("content-type", "application/json")
        .header("accept-language", language)
        .header("cookie", cookie);
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

async fn form(app: &App, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post("/api/call-flow-edit")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie);
    app.send(request.body(Body::from(body)).unwrap()).await
}

async fn page(app: &App, cookie: &str, path: &str) -> String {
    let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await.text()
}

#[tokio::test]
async fn a_text_that_is_typed_is_judged_in_place_and_in_words_and_nothing_is_kept() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let text = "[\n  {\"action\": \"t\u{e4}lk\"},\n  {\"action\": \"wait\", \"colour\": 1}\n]";
    let judged = check(&app, &cookie, &json!({"text": text, "unsaved": true}), "en").await;
    assert_eq!((judged.status, judged.header("content-type")), (StatusCode::OK, "application/json"));
    let judged = judged.json();
    let [wrong, odd] = &judged["marks"].as_array().unwrap()[..] else { panic!("{judged}") };
    // UTF-16, as browsers count.
    assert_eq!((&wrong["from"], &wrong["to"], &wrong["line"]), (&json!(15), &json!(21), &json!(2)));
    assert_eq!((&wrong["severity"], &wrong["field"]), (&json!("error"), &json!("[0].action")));
    assert_eq!((&odd["severity"], &odd["line"]), (&json!("warning"), &json!(3)));
    let problems = judged["problems"].as_str().unwrap();
    assert!(problems.contains("Line 2") && problems.contains("data-from=\"15\""), "{problems}");
    assert!(!judged["steps"].as_str().unwrap().contains("<ol"), "what cannot run is not walked");
    let chinese = check(&app, &cookie, &json!({ "text": text }), "zh-CN").await.json();
    assert!(chinese["problems"].as_str().unwrap().contains("第 2 行"), "{chinese}");

    let broken = check(&app, &cookie, &json!({"text": "[\n  {\"action\" 1}\n]"}), "en").await.json();
    assert_eq!((&broken["marks"][0]["line"], &broken["marks"][0]["from"]), (&json!(2), &json!(14)));
    let empty = check(&app, &cookie, &json!({"text": " "}), "en").await.json();
    assert_eq!(empty["marks"], json!([]), "an empty text is how one begins");
    assert!(app.services.flows.call_flows().await.unwrap().is_empty());
    assert!(!page(&app, &cookie, "/admin/flows/new").await.contains("colour"), "no draft either");
}

#[tokio::test]
async fn a_good_text_is_walked_and_hostile_text_stays_text() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let text = r#"[{"action": "talk", "text": "<script>alert(1)</script>"}]"#;
    let judged = check(&app, &cookie, &json!({"text": text, "keys": "1", "outcome": "busy"}), "en").await.json();
    assert_eq!(judged["marks"], json!([]));
    let steps = judged["steps"].as_str().unwrap();
    assert!(steps.contains("&lt;script&gt;") && !steps.contains("<script>"), "{steps}");
    let odd = check(&app, &cookie, &json!({"text": r#"[{"action": "<b>"}]"#}), "en").await.json();
    assert!(!odd["problems"].as_str().unwrap().contains("<b>"), "{odd}");
    for body in [json!({}), json!({"text": 7}), json!([])] {
        assert_eq!(check(&app, &cookie, &body, "en").await.status, StatusCode::BAD_REQUEST, "{body}");
    }
}

#[tokio::test]
async fn a_refused_flow_waits_for_its_author_until_it_is_discarded() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let new = "/admin/flows/new";
    assert!(page(&app, &cookie, new).await.contains("Write the first action"), "a new flow begins empty");
    let bad = [("id", "new"), ("name", "Night"), ("text", "[7]"), ("act", "save")];
    assert_eq!(form(&app, &cookie, &bad).await.header("location"), "/admin/flows/new#problems");
    let refused = page(&app, &cookie, new).await;
    assert!(refused.contains("value=\"Night\"") && refused.contains("value=\"discard\""), "{refused}");
    let fresh = page(&app, &cookie, "/admin/flows/new?preset=ivr").await;
    assert!(!fresh.contains("value=\"Night\"") && !fresh.contains("value=\"discard\""));
    let discard = [("id", "new"), ("name", "Night"), ("text", "[7]"), ("act", "discard")];
    assert_eq!(form(&app, &cookie, &discard).await.header("location"), "/admin/flows");
    let empty = page(&app, &cookie, new).await;
    assert!(!empty.contains("Night") && empty.contains("Write the first action"));
}

#[tokio::test]
async fn the_editors_script_is_on_no_other_page() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    for (path, has) in [("/admin/flows/new?preset=ivr", true), ("/admin/flows", false), ("/admin/calls", false)] {
        let text = page(&app, &cookie, path).await;
        assert_eq!(text.contains("/pkg/editor.js"), has, "{path}");
    }
}
