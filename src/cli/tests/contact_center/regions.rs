//! Calls that live in another region than the API host's: what an agent asks for reaches them all the same, and where the
//! platform knows nothing of a call, nothing is taken for done.

use serde_json::json;

use super::*;
use crate::cli::keys::sandbox_access;

/// Moves the application to a region, as an operator would in the platform's dashboard.
async fn settle(office: &Office, region: &str) {
    let access = sandbox_access(office.folder.path()).unwrap();
    let url = format!("{}/v2/applications/{}", access.url, access.application_id);
    let ask = |request: reqwest::RequestBuilder| request.basic_auth(&access.api_key, Some(&access.api_secret)).send();
    let mut found: Value = ask(office.http.get(&url)).await.unwrap().json().await.unwrap();
    found["capabilities"]["voice"]["region"] = region.into();
    let body = json!({"name": found["name"], "capabilities": found["capabilities"], "privacy": found["privacy"]});
    assert_eq!(ask(office.http.put(&url).json(&body)).await.unwrap().status(), 200);
}

pub(super) async fn faults(office: &Office, faults: Value) {
    let set = office.http.post(format!("{}/faults", office.sandbox)).json(&faults).send().await.unwrap();
    assert_eq!(set.status(), 200);
}

/// Changes of calls for which the platform knew no call.
async fn unknown_calls(office: &Office) -> usize {
    let trace = office.http.get(format!("{}/trace.json", office.sandbox)).send().await.unwrap();
    let trace: Value = trace.json().await.unwrap();
    let entries = trace.as_array().or(trace["events"].as_array()).unwrap();
    let unknown = |entry: &&Value| entry["kind"] == "request" && entry["method"] == "PUT" && entry["status"] == 404;
    entries.iter().filter(unknown).count()
}

async fn hold_hand_over_hang_up_and_the_queue(office: &Arc<Office>) {
    let (jane, joe) = (Agent::open(office, "Jane").await, Agent::open(office, "Joe").await);
    office.dial(PHONE, JANE).await;
    let call = text(&jane.answer().await["call"]["id"]);
    jane.done("hold", json!({"call": call, "on": true})).await;
    jane.when("held", |desk| desk["call"]["held_since"].is_i64()).await;
    jane.done("hold", json!({"call": call, "on": false})).await;
    jane.done("mute", json!({"call": call, "on": true})).await;
    jane.done("keys", json!({"call": call, "keys": "5"})).await;
    jane.done("transfer", json!({"call": call, "target": agent_target("Joe")})).await;
    joe.answer().await;
    jane.free().await;
    // A colleague comes into the very conversation, so their leg is made in its region.
    joe.done("consult", json!({"call": call, "target": agent_target("Jane")})).await;
    jane.answer().await;
    joe.done("back", json!({"call": call})).await;
    jane.free().await;
    joe.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    joe.free().await;
    for agent in [&jane, &joe] {
        agent.done("presence", json!({"wish": {"wish": "away", "reason": "break"}})).await;
    }
    office.dial(OTHER, JANE).await;
    office.told(OTHER, "You are number 1 in the queue").await;
    joe.done("presence", json!({"wish": {"wish": "ready"}})).await;
    office.told(OTHER, "Please wait while we connect you to Joe").await;
    let call = text(&joe.answer().await["call"]["id"]);
    joe.done("hang-up", json!({"call": call})).await;
    office.idle(OTHER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_hold_hand_over_hang_up_and_the_queue_work_in_another_region() {
    let office = Office::open(&[]).await;
    settle(&office, "eu-east").await;
    hold_hand_over_hang_up_and_the_queue(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_the_configured_region_is_the_applications_and_our_own_calls_are_there() {
    let office = Office::open(&["--vonage-region=apac-sng"]).await;
    let access = sandbox_access(office.folder.path()).unwrap();
    let url = format!("{}/v2/applications/{}", access.url, access.application_id);
    let found = office.http.get(url).basic_auth(&access.api_key, Some(&access.api_secret)).send().await.unwrap();
    let found: Value = found.json().await.unwrap();
    assert_eq!(found["capabilities"]["voice"]["region"], "apac-sng");
    hold_hand_over_hang_up_and_the_queue(&office).await;
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_a_404_is_no_hang_up_and_no_caller_is_forgotten_for_it() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, JANE).await;
    let call = text(&jane.answer().await["call"]["id"]);
    // As from a region that the call is not in: whatever is asked about it, there is no such call.
    faults(&office, json!({"rest": {"status": 404, "times": true}})).await;
    for (command, body) in [
        ("hold", json!({"call": call, "on": true})),
        ("mute", json!({"call": call, "on": true})),
        ("transfer", json!({"call": call, "target": agent_target("Joe")})),
    ] {
        let answer = jane.api(command, body).await;
        assert_eq!(answer["Refused"]["why"], "unreached", "{command}: {answer}");
    }
    assert_eq!(office.look(PHONE).await["state"], "talking");
    let desk = jane.desk().await;
    assert_eq!((&desk["call"]["problem"]["why"], &desk["call"]["held_since"]), (&json!("unreached"), &Value::Null));

    // A caller waits; an agent who is free cannot be given them, and they stay in the queue.
    joe.done("presence", json!({"wish": {"wish": "away", "reason": "break"}})).await;
    office.dial(OTHER, JANE).await;
    office.told(OTHER, "You are number 1 in the queue").await;
    let before = unknown_calls(&office).await;
    joe.done("presence", json!({"wish": {"wish": "ready"}})).await;
    let asked = tokio::time::timeout(PATIENCE, async {
        while unknown_calls(&office).await <= before {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    asked.await.expect("nobody tried to connect the caller");
    let desk = joe.when("free again", |desk| desk["me"]["state"]["state"] == "ready").await;
    assert_eq!(desk["waiting"].as_array().unwrap().len(), 1, "{desk:#}");
    // Jane hangs up: she is out of the call, and is told that it may go on, as it does.
    let answer = jane.api("hang-up", json!({"call": call})).await;
    assert_eq!(answer["Refused"]["why"], "unconfirmed", "{answer}");
    let desk = jane.state("wrap-up").await;
    assert_eq!((&desk["wrap_up"]["unconfirmed"], &desk["wrap_up"]["lost"]), (&json!(true), &json!(false)));
    let history = jane.api("history", json!({"show": "mine", "before": null})).await;
    assert_eq!(history["rows"][0]["result"], "running", "no end is claimed that there was not");
    assert_eq!(office.look(PHONE).await["state"], "talking");
    office.http.delete(format!("{}/faults", office.sandbox)).send().await.unwrap();
    // It is hung up again until it is so.
    office.idle(PHONE).await;
    // Now they can be reached, and the next agent who is free has them.
    jane.free().await;
    office.told(OTHER, "Please wait while we connect you to").await;
    office.phone(OTHER, "hangup", json!({})).await;
    drop((jane, joe));
    office.close().await;
}
