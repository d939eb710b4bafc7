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
async fn what_is_done_at_the_drawing_is_done_to_the_text_and_told_as_a_change() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let text = "[\n  {\"action\": \"talk\", \"text\": \"\u{1f600}\", \"colour\": 1}\n]";
    let drawn = check(&app, &cookie, &json!({ "text": text }), "en").await.json();
    assert!(drawn["drawing"].as_str().unwrap().contains("value=\"draw-open-0\""), "{drawn}");
    assert_eq!((&drawn["change"], &drawn["focus"]), (&Value::Null, &json!("")));
    // As the script sends the page's form, with fields that are not for it.
    let added = json!({ "text": text, "act": "draw-add-1-wait", "open": "+1", "name": "x", "unsaved": false });
    let added = check(&app, &cookie, &added, "en").await.json();
    let at = text.encode_utf16().count() - 2;
    assert_eq!((&added["change"]["from"], &added["change"]["to"]), (&json!(at), &json!(at)));
    assert_eq!(added["change"]["insert"], ",\n  {\n    \"action\": \"wait\"\n  }");
    assert_eq!(added["focus"], "set-timeout");
    assert!(added["drawn"].as_str().unwrap().contains("Wait was added as step 2."), "{added}");
    assert!(added["drawing"].as_str().unwrap().contains("id=\"set-timeout\""), "{added}");
    assert!(added["problems"].as_str().unwrap().contains("0"), "the new text is judged, too");
    let set =
        json!({ "text": text, "act": "draw-set", "open": "0", "was": "{\"text\":\"\u{1f600}\"}", "set-text": "Hi" });
    let set = check(&app, &cookie, &set, "zh-CN").await.json();
    assert_eq!(set["change"]["insert"], "Hi");
    assert!(set["drawn"].as_str().unwrap().contains("第 1 步"), "{set}");
    let broken = check(&app, &cookie, &json!({ "text": "[", "act": "draw-add-0-talk" }), "en").await.json();
    assert_eq!((&broken["drawing"], &broken["change"]), (&Value::Null, &Value::Null));
    assert!(broken["drawn"].as_str().unwrap().contains("cannot be drawn"), "{broken}");
}

#[tokio::test]
async fn the_drawing_works_without_a_script_and_loses_nothing() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let new = "/admin/flows/new";
    let text = "[\r\n  {\"action\": \"wait\", \"timeout\": 5, \"colour\": 1}\r\n]";
    let base = [("id", "new"), ("name", "Drawn"), ("text", text)];
    let send = async |more: &[(&str, &str)]| form(&app, &cookie, &[&base, more].concat()).await;
    let opened = send(&[("act", "draw-open-0")]).await;
    assert_eq!(opened.header("location"), "/admin/flows/new#set-timeout");
    let open = page(&app, &cookie, new).await;
    assert!(open.contains("id=\"set-timeout\"") && open.contains("name=\"open\" value=\"0\""), "{open}");
    let was = ("was", "{\"action\":\"wait\",\"timeout\":\"5\"}");
    // What cannot be set is there again, and nothing was saved.
    let refused = send(&[("act", "save"), ("open", "0"), was, ("set-timeout", "soon")]).await;
    assert_eq!(refused.header("location"), "/admin/flows/new#set-timeout");
    let again = page(&app, &cookie, new).await;
    assert!(again.contains("value=\"soon\"") && again.contains("why-set-timeout"), "{again}");
    assert!(app.services.flows.call_flows().await.unwrap().is_empty());
    // What is typed at the box is saved although nobody pressed its button.
    send(&[("act", "save"), ("open", "0"), was, ("set-timeout", "7")]).await;
    let [kept] = &app.services.flows.call_flows().await.unwrap()[..] else { panic!("one") };
    assert_eq!(kept.text, "[\n  {\"action\": \"wait\", \"timeout\": 7, \"colour\": 1}\n]");
    let added = send(&[("act", "draw-add-0-talk")]).await;
    assert_eq!(added.header("location"), "/admin/flows/new#set-text");
    let moved = send(&[("act", "draw-down-0")]).await;
    assert!(moved.header("location").ends_with("#drawing"), "there is nothing below the only one");
    let said = page(&app, &cookie, new).await;
    assert!(said.contains("no longer in its place"), "{said}");
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
