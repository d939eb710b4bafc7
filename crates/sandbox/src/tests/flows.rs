//! Call flows: keys, refused NCCOs, rooms, recordings.

use std::time::Duration;

use serde_json::{Value, json};

use super::world::{SUPPORT, World, tone, was_told};

const CALLER: &str = "447700900001";
const OTHER: &str = "447700900002";

#[tokio::test]
async fn keys_lead_to_another_flow() {
    let world = World::start().await;
    let menu = json!([
        {"action": "talk", "text": "For Jane press one, for Joe press two, for anybody else wait.", "bargeIn": true},
        {"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 2, "timeOut": 10},
         "eventUrl": [format!("{}/keys", world.app_url)]}]);
    world.answers("/answer", [menu]);
    world.answers("/keys", [json!([{"action": "talk", "text": "Thank you."}])]);
    let leg = world.phone(CALLER, "dial", json!({"to": SUPPORT})).await["leg"].clone();
    world.phone_when(CALLER, "told", |phone| was_told(phone, "For Jane")).await;
    world.phone(CALLER, "dtmf", json!({"digits": "4"})).await;
    world.phone(CALLER, "dtmf", json!({"digits": "2"})).await;
    let keys = world.told("/keys", |_| true).await;
    assert_eq!(keys["dtmf"], json!({"digits": "42", "timed_out": false}));
    assert_eq!((&keys["from"], &keys["to"], &keys["uuid"]), (&json!(CALLER), &json!(SUPPORT), &leg));
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Thank you.")).await;
    world.phone_in(CALLER, "idle").await;
}

#[tokio::test]
async fn no_keys_is_an_answer_too() {
    let world = World::start().await;
    let input = json!({"action": "input", "type": ["dtmf"], "dtmf": {"timeOut": 1, "submitOnHash": true}});
    world.answers("/answer", [json!([input, {"action": "talk", "text": "Going on."}])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let event = world.told("/event", |body| body["dtmf"].is_object()).await;
    assert_eq!(event["dtmf"], json!({"digits": "", "timed_out": true}));
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Going on.")).await;
}

#[tokio::test]
async fn a_refused_flow_is_told_and_the_fallback_saves_the_call() {
    let world = World::start().await;
    world.answers("/answer", [json!([{"action": "talk"}])]);
    world.answers("/fallback", [json!([{"action": "talk", "text": "Sorry."}])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Sorry.")).await;
    let error = world.told("/event", |body| body["reason"].is_string()).await;
    assert_eq!(error["reason"], "Syntax error in NCCO. Invalid value type or action.");
    let fallback = world.told("/fallback", |_| true).await;
    assert_eq!((&fallback["reason"], &fallback["from"]), (&json!("Invalid NCCO."), &json!(CALLER)));
    world.phone_in(CALLER, "idle").await;

    world.answers("/fallback", [json!({"not": "an NCCO"})]);
    let leg = world.phone(CALLER, "dial", json!({"to": SUPPORT})).await["leg"].clone();
    world.phone_in(CALLER, "idle").await;
    world.told("/event", |body| body["uuid"] == leg && body["status"] == "completed").await;
    assert_eq!(world.statuses(leg.as_str().unwrap()), ["started", "ringing", "completed"], "never answered");
}

#[tokio::test]
async fn people_meet_in_a_room_until_the_moderator_goes() {
    let world = World::start().await;
    let room = json!({"action": "conversation", "name": "daily", "startOnEnter": false});
    let moderator = json!({"action": "conversation", "name": "daily", "endOnExit": true});
    world.answers("/answer", [json!([room]), json!([moderator])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone(CALLER, "voice", json!({"tone": 1000})).await;
    let moved = world.told("/event", |body| body["conversation_uuid_from"].is_string()).await;
    world.phone_when(CALLER, "music", |phone| phone["heard"]["rms"].as_f64().unwrap() > 0.01).await;
    world.phone(OTHER, "dial", json!({"to": SUPPORT})).await;
    world.phone(OTHER, "voice", json!({"tone": 440})).await;
    world.phone_when(OTHER, "hears", |phone| tone(phone, "1000") > 0.25).await;
    world.phone_when(CALLER, "hears", |phone| tone(phone, "440") > 0.25).await;
    let both = world.told("/event", |body| {
        body["conversation_uuid_to"] == moved["conversation_uuid_to"] && body["uuid"] != moved["uuid"]
    });
    both.await;
    world.phone(OTHER, "hangup", json!({})).await;
    world.phone_in(CALLER, "idle").await;
}

#[tokio::test]
async fn a_recording_is_made_told_and_served_to_its_application_only() {
    let world = World::start().await;
    world.answers(
        "/answer",
        [json!([{"action": "record", "endOnKey": "#", "beepStart": true},
                                     {"action": "talk", "text": "Kept."}])],
    );
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_in(CALLER, "talking").await;
    world.phone(CALLER, "voice", json!({"tone": 440})).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    world.phone(CALLER, "dtmf", json!({"digits": "#"})).await;
    let told = world.told("/event", |body| body["recording_url"].is_string()).await;
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Kept.")).await;
    assert!(told.get("uuid").is_none() && told["start_time"].as_str().unwrap().len() == 20, "{told}");
    let url = told["recording_url"].as_str().unwrap();
    assert!(url.starts_with(&world.url), "{url}");
    assert_eq!(world.http.get(url).send().await.unwrap().status(), 401);
    let file = world.http.get(url).bearer_auth(world.token()).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(told["size"], file.len());
    let samples = crate::media::wav::read(&file).unwrap();
    assert!(crate::media::measure::peak(&samples) > 0.25, "the caller's tone is in it");
}

#[tokio::test]
async fn notify_may_change_the_flow_and_the_trace_shows_each_action() {
    let world = World::start().await;
    let notify =
        json!({"action": "notify", "payload": {"step": 1}, "eventUrl": [format!("{}/notified", world.app_url)]});
    world.answers("/answer", [json!([notify, {"action": "talk", "text": "Never said."}])]);
    world.answers("/notified", [json!([{"action": "wait", "timeout": 0.1}, {"action": "talk", "text": "Changed."}])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let told = world.phone_when(CALLER, "told", |phone| was_told(phone, "Changed.")).await;
    assert!(!was_told(&told, "Never said."));
    assert_eq!(world.told("/notified", |_| true).await["payload"], json!({"step": 1}));
    world.phone_in(CALLER, "idle").await;
    let (_, trace) = world.ask("GET", "/trace.json", "", Value::Null).await;
    let actions = trace.as_array().unwrap().iter().filter(|entry| entry["kind"] == "action");
    let steps: Vec<String> = actions.map(|a| format!("{}{}", a["index"], a["state"].as_str().unwrap())).collect();
    assert_eq!(steps, ["0running", "0done", "0running", "0done", "1running", "1done"]);
}

#[tokio::test]
async fn s9_the_old_input_is_told_in_the_old_form_and_noted() {
    let world = World::start().await;
    let menu = json!([
        {"action": "talk", "text": "Press 1 for Ines, or 2 for Ola, followed by the hash key.", "bargeIn": true},
        {"action": "input", "submitOnHash": true, "timeout": "10", "eventUrl": [format!("{}/keys", world.app_url)]}]);
    world.answers("/answer", [menu]);
    world.answers("/keys", [json!([{"action": "talk", "text": "Two it is."}])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Press 1")).await;
    world.phone(CALLER, "dtmf", json!({"digits": "2#"})).await;
    let keys = world.told("/keys", |_| true).await;
    assert_eq!((&keys["dtmf"], &keys["timed_out"]), (&json!("2"), &json!(false)), "{keys}");
    assert!(keys.get("speech").is_none());
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Two it is.")).await;
    let trace = world.ask("GET", "/trace.json", "", Value::Null).await.1;
    assert!(trace.to_string().contains("An input without type"), "{trace}");
}
