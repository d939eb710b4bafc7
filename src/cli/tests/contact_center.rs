//! The contact centre as a whole: the program with its sandbox, simulated telephones, and agents whose browsers speak the
//! Client SDK's protocol.

mod consultation;
mod dead_calls;
mod office;
mod regions;
mod unable;
use crate::cli::Server;
use crate::cli::serve::start_within;
use crate::config::Config;
use crate::service::Limits;
use clap::Parser;
use futures::{SinkExt as _, StreamExt as _};
use metrics_exporter_prometheus::PrometheusBuilder;
use office::{Agent, Office, PATIENCE, agent_target, granted, post, text};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const JANE: &str = "442079460101";

const MENU: &str = "442079460102";

const PHONE: &str = "447700900123";

const OTHER: &str = "447700900456";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_reaches_jane_and_notes_are_kept() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    office.dial(PHONE, JANE).await;
    let ringing = jane.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(ringing["me"]["state"]["state"], "ringing");
    let offer = &ringing["offer"];
    assert_eq!(offer["who"]["party"], json!({"Number": crate::domain::phone::grouped(PHONE)}));
    assert_eq!(offer["who"]["number"], "+44 20 7946 0101");
    assert_eq!((&offer["who"]["line"], &offer["kind"]), (&json!("agent"), &json!("Call")));
    let (since, until) = (offer["since"].as_i64().unwrap(), offer["until"].as_i64().unwrap());
    assert_eq!(until - since, 20_000);
    office.told(PHONE, "Thank you for calling Jane").await;
    let desk = jane.answer().await;
    assert_eq!(desk["offer"], Value::Null);
    let call = desk["call"].clone();
    assert_eq!((&call["outbound"], &call["stage"]), (&json!(false), &json!("talking")));
    let roles: Vec<&Value> = call["parties"].as_array().unwrap().iter().map(|party| &party["role"]).collect();
    assert_eq!(roles, ["me", "customer"]);
    let id = text(&call["id"]);
    jane.done("notes", json!({"call": id, "text": "wants a refund", "disposition": null})).await;
    // What an agent asks for in a call comes after it.
    jane.done("presence", json!({"wish": {"wish": "away", "reason": "lunch"}})).await;
    let desk = jane.desk().await;
    assert_eq!((&desk["me"]["state"]["state"], &desk["me"]["pending"]["reason"]), (&json!("talking"), &json!("lunch")));
    office.phone(PHONE, "hangup", json!({})).await;
    let desk = jane.state("wrap-up").await;
    assert_eq!(desk["notes"]["text"], "wants a refund");
    assert_eq!(desk["wrap_up"]["call"], *id);
    let before = desk["wrap_up"]["until"].as_i64().unwrap();
    jane.done("extend-wrap-up", json!({"call": id})).await;
    assert_eq!(jane.desk().await["wrap_up"]["until"].as_i64().unwrap(), before + 30_000);
    jane.done("notes", json!({"call": id, "text": "wants a refund", "disposition": "follow-up"})).await;
    jane.done("finish-wrap-up", json!({"call": id})).await;
    let desk = jane.state("away").await;
    assert_eq!((&desk["me"]["state"]["reason"], &desk["me"]["pending"]), (&json!("lunch"), &Value::Null));
    let history = jane.api("history", json!({"show": "mine", "before": null})).await;
    let row = &history["rows"][0];
    assert_eq!((&row["result"], &row["note"]), (&json!("answered"), &json!("wants a refund")));
    assert_eq!((&row["disposition"], &row["dial"]), (&json!("follow-up"), &json!(PHONE)));
    // The next time, it is known who that is.
    jane.done("presence", json!({"wish": {"wish": "ready"}})).await;
    office.dial(PHONE, JANE).await;
    let desk = jane.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(desk["offer"]["who"]["earlier_calls"], 1);
    assert_eq!(desk["offer"]["who"]["last_contact"]["agent"], "Jane");
    assert_eq!(desk["offer"]["who"]["last_contact"]["note"], "wants a refund");
    office.phone(PHONE, "hangup", json!({})).await;
    let desk = jane.state("ready").await;
    assert_eq!(desk["badges"]["missed"], 1);
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn declined_or_away_goes_to_joe() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, JANE).await;
    jane.reject().await;
    let desk = joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(desk["offer"]["kind"], "Call");
    office.told(PHONE, "Please wait while we connect you to Joe").await;
    joe.answer().await;
    assert_eq!(jane.desk().await["me"]["state"]["state"], "ready");
    // While Joe talks, Jane is away: the next caller waits.
    jane.done("presence", json!({"wish": {"wish": "away", "reason": "break"}})).await;
    office.dial(OTHER, JANE).await;
    office.told(OTHER, "All our agents are busy at the moment. You are number 1 in the queue.").await;
    let desk = jane.when("somebody waiting", |desk| desk["waiting"][0]["position"] == 1).await;
    assert_eq!(desk["waiting"][0]["wanted"], "Jane");
    office.phone(PHONE, "hangup", json!({})).await;
    joe.state("wrap-up").await;
    let call = text(&joe.desk().await["wrap_up"]["call"]);
    joe.done("finish-wrap-up", json!({"call": call})).await;
    // The next free agent is offered the caller who waited.
    office.told(OTHER, "Please wait while we connect you to Joe").await;
    joe.answer().await;
    office.phone(OTHER, "hangup", json!({})).await;
    // With Jane away and Joe ready, her callers hear so.
    joe.state("wrap-up").await;
    let call = text(&joe.desk().await["wrap_up"]["call"]);
    joe.done("finish-wrap-up", json!({"call": call})).await;
    office.dial(PHONE, JANE).await;
    office.told(PHONE, "Jane is not available. Please wait while we connect you to Joe.").await;
    joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    let offer = text(&joe.desk().await["offer"]["id"]);
    joe.done("decline", json!({"offer": offer})).await;
    office.told(PHONE, "You are number 1 in the queue").await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_a_message_and_a_call_back() {
    let office = Office::open(&[]).await;
    office.dial(PHONE, JANE).await;
    office.told(PHONE, "Thank you for calling Jane. All our agents are busy at the moment.").await;
    office.phone(PHONE, "dtmf", json!({"digits": "1"})).await;
    office.told(PHONE, "Please leave your message after the tone").await;
    office.phone(PHONE, "voice", json!({"voice": {"tone": 700}})).await;
    tokio::time::sleep(Duration::from_secs(7)).await;
    office.phone(PHONE, "hangup", json!({})).await;

    office.dial(OTHER, JANE).await;
    office.told(OTHER, "Press 1 to leave a message, press 2 to be called back").await;
    office.phone(OTHER, "dtmf", json!({"digits": "2"})).await;
    office.told(OTHER, "We will call you back").await;
    office.idle(OTHER).await;

    let jane = Agent::open(&office, "Jane").await;
    let desk = jane.when("badges", |desk| desk["badges"]["voicemails"] == 1 && desk["badges"]["callbacks"] == 1).await;
    assert_eq!(desk["badges"]["missed"], 0, "each thing to do is counted once");
    let messages = jane.api("voicemails", json!({})).await;
    let message = &messages[0];
    assert_eq!((&message["wanted"], &message["heard"]), (&json!("Jane"), &json!(false)));
    let url = format!("{}/console/voicemails/{}", office.app, text(&message["id"]));
    assert_eq!(office.http.get(&url).send().await.unwrap().status(), 401);
    let audio = office.http.get(&url).header("cookie", &jane.cookie).send().await.unwrap();
    assert_eq!(audio.headers()["content-type"], "audio/wav");
    let audio = audio.bytes().await.unwrap();
    assert_eq!(&audio[..4], b"RIFF");
    assert!(audio.len() > 8_000, "{}", audio.len());
    jane.done("voicemail-heard", json!({"id": message["id"]})).await;
    let back = jane.api("history", json!({"show": "callbacks", "before": null})).await;
    assert_eq!((&back["rows"][0]["dial"], &back["rows"][0]["result"]), (&json!(OTHER), &json!("callback")));
    jane.done("claim", json!({"call": back["rows"][0]["call"]})).await;
    let missed = jane.api("history", json!({"show": "missed", "before": null})).await;
    assert_eq!(missed["rows"].as_array().unwrap().len(), 2);
    jane.done("missed-seen", json!({})).await;
    let badges = &jane.desk().await["badges"];
    // An agent who claims a call back has not talked to the caller yet.
    assert_eq!(*badges, json!({"missed": 0, "voicemails": 0, "callbacks": 1, "unfetched": 0}));
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_menu_leads_to_jane_and_joe() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, MENU).await;
    office.told(PHONE, "Thank you for calling my contact center.").await;
    office.told(PHONE, "To talk to Jane, please press 1, or, to talk to Joe, press 2.").await;
    office.phone(PHONE, "dtmf", json!({"digits": "7"})).await;
    office
        .phone_when(PHONE, "the menu again", |phone| {
            let said = phone["said"].as_array().unwrap();
            said.iter().filter(|said| said["text"].as_str().unwrap().starts_with("To talk to Jane")).count() == 2
        })
        .await;
    office.phone(PHONE, "dtmf", json!({"digits": "1"})).await;
    office.told(PHONE, "Please wait while we connect you to Jane").await;
    jane.answer().await;
    office.dial(OTHER, MENU).await;
    office.told(OTHER, "press 2").await;
    office.phone(OTHER, "dtmf", json!({"digits": "2"})).await;
    office.told(OTHER, "Please wait while we connect you to Joe").await;
    joe.answer().await;
    for (phone, agent) in [(PHONE, &jane), (OTHER, &joe)] {
        let call = text(&agent.desk().await["call"]["id"]);
        agent.done("hang-up", json!({"call": call})).await;
        agent.state("wrap-up").await;
        office.idle(phone).await;
    }
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jane_calls_out_once_for_each_intent() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    let check = |number: &str| jane.api("check-number", json!({"number": number}));
    assert_eq!(check("+44 7700 900123").await["refusal"], Value::Null);
    assert_eq!(check("+1 415 555 0100").await["refusal"], json!({"why": "country", "country": "US"}));
    assert_eq!(check("12").await["refusal"]["why"], "bad-number");
    let dial = jane.api("dial", json!({"number": "+44 7700 900123"})).await;
    assert_eq!(dial["Go"]["shown"], "+44 7700 900123");
    let context = dial["Go"]["context"].clone();
    jane.server_call(&context).await;
    let ringing = office.phone_when(PHONE, "ringing", |phone| phone["state"] == "ringing").await;
    assert_eq!(ringing["caller"], JANE, "Jane's own number is shown");
    let desk = jane.when("the other side ringing", |desk| desk["call"]["stage"] == "ringing").await;
    assert_eq!((&desk["call"]["outbound"], &desk["me"]["state"]["state"]), (&json!(true), &json!("ringing")));
    office.phone(PHONE, "answer", json!({})).await;
    let desk = jane.state("talking").await;
    let call = text(&desk["call"]["id"]);
    jane.done("keys", json!({"call": call, "keys": "12#"})).await;
    let bad = jane.api("keys", json!({"call": call, "keys": "x"})).await;
    assert_eq!(bad["Refused"], json!({"why": "invalid", "field": "keys"}));
    jane.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    jane.state("wrap-up").await;
    jane.done("finish-wrap-up", json!({"call": call})).await;
    // The same intent again: nobody is dialled.
    jane.server_call(&context).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(office.look(PHONE).await["state"], "idle");
    assert_eq!(jane.desk().await["me"]["state"]["state"], "ready");
    // One that is not taken.
    let dial = jane.api("dial", json!({"number": PHONE})).await;
    jane.server_call(&dial["Go"]["context"]).await;
    office.phone_when(PHONE, "ringing", |phone| phone["state"] == "ringing").await;
    office.phone(PHONE, "reject", json!({})).await;
    jane.state("wrap-up").await;
    let history = jane.api("history", json!({"show": "mine", "before": null})).await;
    assert_eq!(history["rows"][0]["result"], "not-reached");
    assert_eq!(history["rows"][1]["result"], "answered");
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_hold_there_is_music_and_a_blind_transfer_reaches_joe() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, JANE).await;
    let desk = jane.answer().await;
    let call = text(&desk["call"]["id"]);
    let quiet = |phone: &Value| phone["heard"]["rms"].as_f64().unwrap() < 0.001;
    office.phone_when(PHONE, "silence", quiet).await;
    jane.done("hold", json!({"call": call, "on": true})).await;
    let desk = jane.state("hold").await;
    assert!(desk["call"]["held_since"].is_i64());
    assert_eq!(desk["call"]["parties"][1]["ear"], "music");
    office.phone_when(PHONE, "music", |phone| phone["heard"]["rms"].as_f64().unwrap() > 0.02).await;
    jane.done("hold", json!({"call": call, "on": false})).await;
    jane.state("talking").await;
    office.phone_when(PHONE, "silence", quiet).await;
    jane.done("mute", json!({"call": call, "on": true})).await;
    assert_eq!(jane.desk().await["call"]["muted"], true);
    jane.done("notes", json!({"call": call, "text": "twenty seats", "disposition": null})).await;
    let nobody = jane.api("transfer", json!({"call": call, "target": agent_target("Nobody")})).await;
    assert_eq!(nobody["Refused"], json!({"why": "not-free", "name": "Nobody"}));
    jane.done("transfer", json!({"call": call, "target": agent_target("Joe")})).await;
    let desk = joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(desk["offer"]["kind"], json!({"Transfer": "Jane"}));
    let desk = joe.answer().await;
    assert_eq!(desk["call"]["id"], *call, "it is the same call");
    jane.state("wrap-up").await;
    let more = json!({"call": call, "text": "twenty seats\nby May", "disposition": "sale"});
    jane.done("notes", more).await;
    let notes = joe.desk().await["notes"].clone();
    assert_eq!((&notes["text"], &notes["disposition"]), (&json!("twenty seats\n[Jane] by May"), &json!("sale")));
    let history = jane.api("history", json!({"show": "mine", "before": null})).await;
    assert_eq!(history["rows"][0]["call"], *call, "who handed a call over had it");
    jane.done("finish-wrap-up", json!({"call": call})).await;
    // And back to Jane, who declines: it returns to Joe, who handed it over, or waits for him.
    joe.done("transfer", json!({"call": call, "target": agent_target("Jane")})).await;
    joe.state("wrap-up").await;
    joe.done("finish-wrap-up", json!({"call": call})).await;
    jane.reject().await;
    let desk = joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(desk["offer"]["call"], *call);
    joe.answer().await;
    office.phone(PHONE, "hangup", json!({})).await;
    joe.state("wrap-up").await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warm_transfer_is_completed_or_given_up() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, JANE).await;
    let desk = jane.answer().await;
    let call = text(&desk["call"]["id"]);
    // Joe is asked and Jane goes back.
    jane.done("consult", json!({"call": call, "target": agent_target("Joe")})).await;
    let desk = joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(desk["offer"]["kind"], json!({"Consult": "Jane"}));
    joe.answer().await;
    let desk = jane.when("consulting", |desk| desk["call"]["consult"]["stage"] == "talking").await;
    assert_eq!(desk["me"]["state"]["state"], "talking", "she talks to Joe");
    office.phone_when(PHONE, "music", |phone| phone["heard"]["rms"].as_f64().unwrap() > 0.02).await;
    let desk = joe.desk().await;
    assert_eq!((&desk["call"]["consult"]["asked"], &desk["call"]["id"]), (&json!(true), &json!(call)));
    jane.done("back", json!({"call": call})).await;
    joe.free().await;
    let desk = jane.state("talking").await;
    assert_eq!((&desk["call"]["consult"], &desk["call"]["held_since"]), (&Value::Null, &Value::Null));
    assert_eq!(office.look(PHONE).await["state"], "talking");
    // Now Joe takes over.
    jane.done("consult", json!({"call": call, "target": agent_target("Joe")})).await;
    joe.answer().await;
    jane.when("consulting", |desk| desk["call"]["consult"]["stage"] == "talking").await;
    jane.done("complete", json!({"call": call})).await;
    let desk = jane.state("wrap-up").await;
    assert_eq!(desk["call"], Value::Null);
    let desk = joe.when("the call", |desk| desk["call"]["parties"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!((&desk["call"]["id"], &desk["call"]["consult"]), (&json!(call), &Value::Null));
    assert_eq!(desk["me"]["state"]["state"], "talking");
    office.phone_when(PHONE, "no music", |phone| phone["heard"]["rms"].as_f64().unwrap() < 0.001).await;
    assert_eq!(office.look(PHONE).await["state"], "talking");
    // A third party comes and goes.
    joe.done("add", json!({"call": call, "target": {"to": "number", "name": format!("+{OTHER}")}})).await;
    office.phone_when(OTHER, "ringing", |phone| phone["state"] == "ringing").await;
    office.phone(OTHER, "answer", json!({})).await;
    office.phone(OTHER, "voice", json!({"voice": {"tone": 1100}})).await;
    office
        .phone_when(PHONE, "the third's voice", |phone| phone["heard"]["tones"]["1100"].as_f64().unwrap() > 0.02)
        .await;
    let desk = joe.when("three", |desk| desk["call"]["parties"][2]["stage"] == "talking").await;
    assert_eq!(desk["call"]["parties"][2]["role"], "third");
    let leg = &desk["call"]["parties"][2]["leg"];
    joe.done("remove", json!({"call": call, "leg": leg})).await;
    office.idle(OTHER).await;
    joe.when("two", |desk| desk["call"]["parties"].as_array().is_some_and(|all| all.len() == 2)).await;
    joe.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    joe.state("wrap-up").await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_finds_the_call_again_and_a_sleeping_tab_is_not_rung() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, JANE).await;
    let desk = jane.answer().await;
    let (call, since) = (text(&desk["call"]["id"]), desk["call"]["answered_at"].clone());
    jane.done("notes", json!({"call": call, "text": "half a sen", "disposition": null})).await;
    jane.done("close-tab", json!({"tab": jane.tab})).await;
    let desk = jane.state("reconnecting").await;
    assert_eq!(desk["call"]["id"], *call);
    // Another tab may take the softphone now, and no second one.
    let beat = jane.api("heartbeat", json!({"tab": jane.tab})).await;
    assert_eq!(beat["softphone"], true);
    assert_eq!(jane.api("heartbeat", json!({"tab": "second"})).await["softphone"], false);
    let other = jane.api("softphone", json!({"tab": "second", "take_over": true})).await;
    assert_eq!(other["Refused"], json!({"why": "other-tab"}));
    let desk = jane.state("talking").await;
    assert_eq!((&desk["call"]["answered_at"], &desk["notes"]["text"]), (&since, &json!("half a sen")));
    assert!(!text(&desk["call"]["parties"][0]["leg"]).is_empty());
    office.phone(PHONE, "hangup", json!({})).await;
    jane.state("wrap-up").await;
    // Joe's tab sleeps; nobody else is free; the caller is not given to him.
    joe.beats.abort();
    jane.when("Joe asleep", |desk| desk["team"][0]["state"]["state"] == "asleep").await;
    office.dial(OTHER, MENU).await;
    office.told(OTHER, "press 2").await;
    office.phone(OTHER, "dtmf", json!({"digits": "2"})).await;
    office.told(OTHER, "You are number 1 in the queue").await;
    assert_eq!(joe.desk().await["offer"], Value::Null);
    // He wakes, and the caller is his.
    joe.api("heartbeat", json!({"tab": joe.tab})).await;
    joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_shows_the_desk_at_once_and_after_changes_and_only_to_agents() {
    let office = Office::open(&[]).await;
    let url = format!("{}/live/console", office.app);
    assert_eq!(office.http.get(&url).send().await.unwrap().status(), 401);
    let jane = Agent::open(&office, "Jane").await;
    let mut answer = office.http.get(&url).header("cookie", &jane.cookie).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut heard = String::new();
    let mut until = async |word: &str| {
        while !heard.contains(word) {
            let chunk = tokio::time::timeout(PATIENCE, answer.chunk()).await.unwrap().unwrap().unwrap();
            heard.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    };
    until(r#""state":"ready""#).await;
    jane.done("presence", json!({"wish": {"wish": "away", "reason": "break"}})).await;
    until(r#""reason":"break""#).await;
    office.dial(PHONE, JANE).await;
    until(r#""position":1"#).await;
    drop(jane);
    office.close().await;
}
