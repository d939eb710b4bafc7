//! Consoles that cannot take calls, over HTTP and with telephones.

use serde_json::json;
use tokio::time::Instant;

use super::*;

/// A sign of life that says what the console can do. The agent's own ones, which say nothing of it, have to be stopped.
async fn reports(agent: &Agent, unable: Value) {
    agent.api("heartbeat", json!({"tab": agent.tab, "gone": null, "unable": unable})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_the_caller_goes_on_at_once_and_comes_back_when_it_is_mended() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    jane.beats.abort();
    office.dial(PHONE, JANE).await;
    jane.when("an offer", |desk| !desk["offer"].is_null()).await;
    office.told(PHONE, "Thank you for calling Jane").await;
    // She accepts, and the browser refuses the microphone.
    let began = Instant::now();
    reports(&jane, json!("microphone-blocked")).await;
    joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert!(began.elapsed() < Duration::from_secs(10), "not after twenty seconds: {:?}", began.elapsed());
    let desk = jane.desk().await;
    assert_eq!(desk["me"]["state"], json!({"state": "unable", "reason": "microphone-blocked"}));
    assert_eq!(desk["offer"], Value::Null);
    assert_eq!(joe.desk().await["team"][0]["state"], desk["me"]["state"], "her colleague sees it");
    joe.answer().await;
    // Nobody else is there: who calls now waits, and rings at her when she can take it.
    office.dial(OTHER, JANE).await;
    office.told(OTHER, "You are number 1 in the queue").await;
    assert_eq!(jane.desk().await["offer"], Value::Null);
    reports(&jane, Value::Null).await;
    jane.when("the one who waited", |desk| !desk["offer"].is_null()).await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a7_without_a_platform_nothing_is_offered_and_calling_out_says_why() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    jane.beats.abort();
    reports(&jane, json!("no-platform")).await;
    jane.state("unable").await;
    office.dial(PHONE, JANE).await;
    office.told(PHONE, "You are number 1 in the queue").await;
    let refused = jane.api("dial", json!({"number": format!("+{OTHER}")})).await;
    assert_eq!(refused["Refused"], json!({"why": "unable", "unable": "no-platform"}));
    // A word that nobody knows is refused, and changes nothing.
    let request = office.http.post(format!("{}/api/console", office.app)).header("cookie", &jane.cookie);
    let odd =
        request.json(&json!({"heartbeat": {"tab": jane.tab, "gone": null, "unable": "tired"}})).send().await.unwrap();
    assert!(!odd.status().is_success(), "{}", odd.status());
    reports(&jane, json!("no-platform")).await;
    jane.state("unable").await;
    reports(&jane, Value::Null).await;
    jane.when("the one who waited", |desk| !desk["offer"].is_null()).await;
    drop(jane);
    office.close().await;
}
