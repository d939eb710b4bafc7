//! Calls between phones, through a customer's call flow.

use serde_json::{Value, json};

use super::world::{SUPPORT, World, tone, was_told};

const CALLER: &str = "447700900001";
const CALLEE: &str = "447700900002";

fn connect(number: &str) -> Value {
    json!({"action": "connect", "from": SUPPORT, "endpoint": [{"type": "phone", "number": number}]})
}

#[tokio::test]
async fn a_call_is_connected_heard_and_told_in_order() {
    let world = World::start().await;
    world.answers("/answer", [json!([{"action": "talk", "text": "Hello."}, connect(CALLEE)])]);
    let dialled = world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let caller = dialled["leg"].as_str().unwrap().to_owned();
    assert!(caller.len() == 32 && caller.bytes().all(|b| b.is_ascii_hexdigit()), "{caller}");
    world.phone_when(CALLER, "told", |phone| was_told(phone, "Hello.")).await;
    let ringing = world.phone_in(CALLEE, "ringing").await;
    assert_eq!(ringing["caller"], SUPPORT);
    let callee = ringing["leg"].as_str().unwrap().to_owned();
    world.phone_when(CALLER, "ringback", |phone| tone(phone, "400") > 0.02).await;

    world.phone(CALLEE, "answer", json!({"voice": {"tone": 440}})).await;
    world.phone(CALLER, "voice", json!({"tone": 1000})).await;
    let heard = world.phone_when(CALLER, "hears the callee", |phone| tone(phone, "440") > 0.25).await;
    assert_eq!(heard["state"], "talking");
    world.phone_when(CALLEE, "hears the caller", |phone| tone(phone, "1000") > 0.25).await;

    world.phone(CALLEE, "hangup", json!({})).await;
    world.phone_in(CALLER, "idle").await;
    let last = world.told("/event", |body| body["uuid"] == *caller && body["status"] == "completed").await;
    assert_eq!((&last["disconnected_by"], &last["direction"]), (&json!("platform"), &json!("inbound")));
    for field in ["start_time", "end_time", "duration", "rate", "price", "network"] {
        assert!(last[field].is_string(), "{field} of {last}");
    }
    assert_eq!(last["sip_code"], 200);
    let theirs = world.told("/event", |body| body["uuid"] == *callee && body["status"] == "completed").await;
    assert_eq!((&theirs["disconnected_by"], &theirs["from"]), (&json!("user"), &json!(SUPPORT)));
    let answered = world.told("/event", |body| body["uuid"] == *callee && body["status"] == "answered").await;
    assert!(answered["start_time"].is_null() && answered["rate"].is_null() && answered["network"].is_null());
    for leg in [&caller, &callee] {
        assert_eq!(world.statuses(leg), ["started", "ringing", "answered", "completed"]);
    }
    let asked = world.told("/answer", |_| true).await;
    assert_eq!((&asked["to"], &asked["from"], &asked["uuid"]), (&json!(SUPPORT), &json!(CALLER), &json!(caller)));
    assert!(asked["conversation_uuid"].as_str().unwrap().starts_with("CON-"));
    assert_eq!((&asked["endpoint_type"], &asked["region_url"]), (&json!("phone"), &json!(world.url)));
    assert_eq!(theirs["conversation_uuid"], asked["conversation_uuid"]);
}

#[tokio::test]
async fn what_follows_a_connect_runs_when_nobody_was_reached() {
    let world = World::start().await;
    for (number, how, status, code) in
        [("447700900011", json!({"how": "busy"}), "busy", 486), ("447700900012", json!({}), "rejected", 603)]
    {
        world.answers("/answer", [json!([connect(number), {"action": "talk", "text": "Leave a message."}])]);
        world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
        let leg = world.phone_in(number, "ringing").await["leg"].clone();
        world.phone(number, "reject", how).await;
        world.phone_when(CALLER, "told", |phone| was_told(phone, "Leave a message.")).await;
        let event = world.told("/event", |body| body["uuid"] == leg && body["status"] == status).await;
        assert_eq!(event["sip_code"], code);
        world.phone_in(CALLER, "idle").await;
        let last = if status == "busy" { "completed" } else { "rejected" };
        world.told("/event", |body| body["uuid"] == leg && body["status"] == last).await;
        if status == "rejected" {
            assert_eq!(event["detail"], "declined");
            assert_eq!(world.statuses(leg.as_str().unwrap()), ["started", "ringing", "rejected"]);
        }
    }
}

#[tokio::test]
async fn ringing_ends_with_the_timer_and_with_the_caller() {
    let world = World::start().await;
    let mut short = connect(CALLEE);
    short["timeout"] = 1.into();
    world.answers("/answer", [json!([short]), json!([connect(CALLEE)])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let leg = world.phone_in(CALLEE, "ringing").await["leg"].clone();
    world.phone_in(CALLEE, "idle").await;
    world.told("/event", |body| body["uuid"] == leg && body["status"] == "timeout").await;
    world.phone_in(CALLER, "idle").await;

    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let leg = world.phone_in(CALLEE, "ringing").await["leg"].clone();
    world.phone(CALLER, "hangup", json!({})).await;
    world.phone_in(CALLEE, "idle").await;
    world.told("/event", |body| body["uuid"] == leg && body["status"] == "cancelled").await;
    world.told("/event", |body| body["uuid"] == leg && body["status"] == "completed").await;
    assert_eq!(world.statuses(leg.as_str().unwrap()), ["started", "ringing", "cancelled", "completed"]);
    assert_eq!(world.try_phone(CALLEE, "answer", json!({})).await.0, 409, "too late");
}

#[tokio::test]
async fn a_phone_has_one_line() {
    let world = World::start().await;
    world.answers("/answer", [json!([connect(CALLEE)])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_in(CALLEE, "ringing").await;
    let second = world.phone("447700900003", "dial", json!({"to": SUPPORT})).await;
    world.phone_in("447700900003", "idle").await;
    let busy = world.told("/event", |body| body["status"] == "busy").await;
    assert_eq!(busy["to"], CALLEE);
    assert_ne!(busy["uuid"], second["leg"]);
    assert_eq!(world.look(CALLEE).await["state"], "ringing", "the first call goes on");
    assert_eq!(world.try_phone(CALLER, "dial", json!({"to": SUPPORT})).await.0, 409);
    assert_eq!(world.try_phone("447700900004", "dial", json!({"to": CALLEE})).await.0, 422);
    assert_eq!(world.try_phone("12", "dial", json!({"to": SUPPORT})).await.0, 400);
    assert_eq!(world.try_phone(SUPPORT, "hangup", json!({})).await.0, 422);
}

#[tokio::test]
async fn a_synchronous_connect_asks_what_to_do_instead() {
    let world = World::start().await;
    let mut agent = connect(CALLEE);
    agent["eventType"] = "synchronous".into();
    agent["eventUrl"] = json!([format!("{}/failed", world.app_url)]);
    world.answers("/answer", [json!([agent, {"action": "talk", "text": "Never said."}])]);
    world.answers("/failed", [Value::Null, Value::Null, json!([{"action": "talk", "text": "All agents are busy."}])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_in(CALLEE, "ringing").await;
    world.phone(CALLEE, "reject", json!({"how": "busy"})).await;
    let told = world.phone_when(CALLER, "told", |phone| was_told(phone, "All agents are busy.")).await;
    assert!(!was_told(&told, "Never said."));
    let failed = world.told("/failed", |body| body["status"] == "busy").await;
    assert_eq!(failed["to"], CALLEE);
    world.phone_in(CALLER, "idle").await;
}

#[tokio::test]
async fn the_callee_hears_a_whisper_that_the_caller_does_not() {
    let world = World::start().await;
    let mut whispering = connect(CALLEE);
    whispering["endpoint"][0]["onAnswer"] = json!({"url": format!("{}/whisper", world.app_url)});
    world.answers("/answer", [json!([whispering])]);
    let long = json!([{"action": "talk", "text": "A call from the web site.", "loop": 0}]);
    world.answers("/whisper", [json!([{"action": "talk", "text": "A call from the web site."}]), long]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_in(CALLEE, "ringing").await;
    world.phone(CALLEE, "answer", json!({"voice": {"tone": 440}})).await;
    world.phone_when(CALLEE, "told", |phone| was_told(phone, "A call from the web site.")).await;
    let heard = world.phone_when(CALLER, "hears the callee", |phone| tone(phone, "440") > 0.25).await;
    assert!(!was_told(&heard, "A call from the web site."));
    world.phone(CALLER, "hangup", json!({})).await;
    world.phone_in(CALLEE, "idle").await;
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    world.phone_in(CALLEE, "ringing").await;
    world.phone(CALLEE, "answer", json!({})).await;
    world.phone_when(CALLEE, "told", |phone| was_told(phone, "A call from the web site.")).await;
    world.phone(CALLER, "hangup", json!({})).await;
    world.phone_in(CALLEE, "idle").await;
}
