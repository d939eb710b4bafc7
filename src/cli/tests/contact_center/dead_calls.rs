//! Calls whose end nobody tells: no agent stays locked in one.

use serde_json::json;
use tokio::time::Instant;

use super::regions::faults;
use super::*;

/// Whatever was lost, every agent is usable again within this time.
const USABLE: Duration = Duration::from_secs(15);

/// The only call in the call log, as an operator sees it.
async fn logged(office: &Office, cookie: &str) -> Value {
    let query = json!({"query": {"show": "all", "text": "", "before": null}});
    granted(&post(office, cookie, "call-list", query).await)["content"]["calls"][0].clone()
}

async fn no_faults(office: &Office) {
    office.http.delete(format!("{}/faults", office.sandbox)).send().await.unwrap();
}

/// The newest call of an agent's history.
async fn newest(agent: &Agent) -> Value {
    agent.api("history", json!({"show": "mine", "before": null})).await["rows"][0].clone()
}

/// An agent who was locked takes the next call.
async fn takes_the_next_call(office: &Office, agent: &Agent) {
    let call = text(&agent.state("wrap-up").await["wrap_up"]["call"]);
    agent.done("finish-wrap-up", json!({"call": call})).await;
    office.dial(OTHER, JANE).await;
    agent.answer().await;
    office.phone(OTHER, "hangup", json!({})).await;
    agent.state("wrap-up").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a2_an_agent_is_free_soon_though_no_webhook_told_that_the_caller_left() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    let (olivia, _) = office.sign_in("Olivia").await;
    office.dial(PHONE, JANE).await;
    let desk = jane.answer().await;
    let leg = text(&desk["call"]["parties"][0]["leg"]);
    faults(&office, json!({"webhooks": {"drop": true, "only": ["answer", "event", "fallback"]}})).await;
    office.phone(PHONE, "hangup", json!({})).await;
    let began = Instant::now();
    // The SDK tells the console, and its next sign of life says so.
    jane.sdk.event("rtc:hangup").await;
    jane.api("heartbeat", json!({"tab": jane.tab, "gone": leg})).await;
    jane.state("wrap-up").await;
    assert!(began.elapsed() < USABLE, "{:?}", began.elapsed());
    // Her own leg may be found to be over before the caller's is.
    let desk = jane.when("lost", |desk| desk["wrap_up"]["lost"] == true).await;
    assert_eq!(desk["call"], Value::Null);
    let row = newest(&jane).await;
    assert_eq!((&row["result"], &row["lost"]), (&json!("answered"), &json!(true)));
    let call = logged(&office, &olivia).await;
    assert_eq!(call["phase"], json!({"ended": "answered"}), "the call log knows it too");
    no_faults(&office).await;
    takes_the_next_call(&office, &jane).await;
    assert_eq!(newest(&jane).await["lost"], false, "a call whose end is told is not lost");
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a2_an_agent_is_free_soon_after_the_server_went_down_in_mid_call() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    office.dial(PHONE, JANE).await;
    let call = text(&jane.answer().await["call"]["id"]);
    jane.done("notes", json!({"call": call, "text": "half a sen", "disposition": null})).await;
    // Her call is long enough ago that its own events are all told.
    tokio::time::sleep(Duration::from_secs(2)).await;
    drop((jane, joe));
    let office = office.restart().await;
    let began = Instant::now();
    let jane = Agent::come(&office, "Jane").await;
    let desk = jane.state("wrap-up").await;
    assert!(began.elapsed() < USABLE, "{:?}", began.elapsed());
    assert_eq!(desk["wrap_up"]["call"], json!(call));
    // Her own leg may be found to be over before the caller's is.
    let desk = jane.when("lost", |desk| desk["wrap_up"]["lost"] == true).await;
    assert_eq!(desk["notes"]["text"], "half a sen");
    takes_the_next_call(&office, &jane).await;
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a2_hanging_up_frees_the_agent_at_once_and_is_tried_until_it_is_so() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    office.dial(PHONE, JANE).await;
    let call = text(&jane.answer().await["call"]["id"]);
    faults(&office, json!({"rest": {"status": 503, "times": true}})).await;
    let hanging_up = jane.api("hang-up", json!({"call": call}));
    let freed = async {
        let began = Instant::now();
        let desk = jane.state("wrap-up").await;
        (began.elapsed(), desk)
    };
    let (answer, (after, _)) = tokio::join!(hanging_up, freed);
    assert!(after < Duration::from_secs(3), "she need not wait for the platform: {after:?}");
    assert_eq!(answer["Refused"]["why"], "unconfirmed", "{answer}");
    let desk = jane.desk().await;
    assert_eq!(desk["wrap_up"]["unconfirmed"], true, "{desk:#}");
    assert_eq!(
        (office.look(PHONE).await["state"].as_str(), newest(&jane).await["result"].as_str()),
        (Some("talking"), Some("running"),)
    );
    no_faults(&office).await;
    office.idle(PHONE).await;
    jane.when("confirmed", |desk| desk["wrap_up"]["unconfirmed"] == false).await;
    let row = newest(&jane).await;
    assert_eq!((&row["result"], &row["lost"]), (&json!("answered"), &json!(false)));
    drop(jane);
    office.close().await;
}

/// Presses "End this call" on a call's page, as a browser without JavaScript does.
async fn press_end(office: &Office, cookie: &str, id: &str) -> (u16, String) {
    let request = office.http.post(format!("{}/api/call-end", office.app)).body(format!("id={id}&sure=yes"));
    let request = request.header("content-type", "application/x-www-form-urlencoded").header("accept", "text/html");
    let answer = request.header("cookie", cookie).send().await.unwrap();
    let to = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
    (answer.status().as_u16(), to)
}

async fn page_of(office: &Office, cookie: &str, id: &str) -> String {
    let request = office.http.get(format!("{}/admin/calls/{id}", office.app)).header("cookie", cookie);
    let answer = request.header("accept", "text/html").send().await.unwrap();
    answer.text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a2_an_operator_ends_a_stuck_call_and_an_agent_may_not() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    let (olivia, _) = office.sign_in("Olivia").await;
    office.dial(PHONE, JANE).await;
    jane.answer().await;
    faults(&office, json!({"webhooks": {"drop": true}})).await;
    office.phone(PHONE, "hangup", json!({})).await;
    office.idle(PHONE).await;
    let id = text(&logged(&office, &olivia).await["id"]);
    let page = page_of(&office, &olivia, &id).await;
    assert!(page.contains(r#"action="/api/call-end""#), "{page}");
    // An agent gets nowhere, and nothing has happened.
    let (status, to) = press_end(&office, &jane.cookie, &id).await;
    assert!(status == 302 && to.starts_with("/login"), "{status} {to}");
    let refused = office.http.post(format!("{}/api/call-end", office.app)).body(format!("id={id}&sure=yes"));
    let refused = refused.header("content-type", "application/x-www-form-urlencoded").header("cookie", &jane.cookie);
    assert_eq!(refused.send().await.unwrap().status(), 403);
    assert_eq!(jane.desk().await["me"]["state"]["state"], "talking");
    let (status, to) = press_end(&office, &olivia, &id).await;
    assert_eq!((status, to), (302, format!("/admin/calls/{id}")));
    assert_eq!(jane.desk().await["me"]["state"]["state"], "wrap-up", "she is released at once");
    let page = page_of(&office, &olivia, &id).await;
    assert!(page.contains("everybody in it is released"), "{page}");
    no_faults(&office).await;
    // Once the platform says that it is over, there is nothing more to end.
    jane.when("over", |desk| desk["wrap_up"].is_object()).await;
    let over = tokio::time::timeout(PATIENCE, async {
        while page_of(&office, &olivia, &id).await.contains("/api/call-end") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    over.await.expect("the call never ended");
    // A call that is well is ended as well, for everybody.
    let call = text(&jane.desk().await["wrap_up"]["call"]);
    jane.done("finish-wrap-up", json!({"call": call})).await;
    office.dial(OTHER, JANE).await;
    jane.answer().await;
    let id = text(&logged(&office, &olivia).await["id"]);
    press_end(&office, &olivia, &id).await;
    office.idle(OTHER).await;
    jane.state("wrap-up").await;
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_without_an_agent_is_ended_by_hand_when_its_end_was_lost() {
    const SUPPORT: &str = "442079460000";
    const DESTINATION: &str = "447700900000";
    let office = Office::open(&[]).await;
    let (olivia, _) = office.sign_in("Olivia").await;
    office.dial(PHONE, SUPPORT).await;
    office.phone_when(DESTINATION, "ringing", |phone| phone["state"] == "ringing").await;
    office.phone(DESTINATION, "answer", json!({})).await;
    let talking = tokio::time::timeout(PATIENCE, async {
        while logged(&office, &olivia).await["phase"] != "talking" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    talking.await.expect("they never talked");
    faults(&office, json!({"webhooks": {"drop": true, "only": ["answer", "event", "fallback"]}})).await;
    office.phone(PHONE, "hangup", json!({})).await;
    office.idle(DESTINATION).await;
    let call = logged(&office, &olivia).await;
    let id = text(&call["id"]);
    assert_eq!(call["phase"], "talking", "nobody told");
    assert!(page_of(&office, &olivia, &id).await.contains(r#"action="/api/call-end""#));
    let (status, to) = press_end(&office, &olivia, &id).await;
    assert_eq!((status, to), (302, format!("/admin/calls/{id}")));
    assert_eq!(logged(&office, &olivia).await["phase"], json!({"ended": "answered"}));
    assert!(!page_of(&office, &olivia, &id).await.contains("/api/call-end"), "what is over cannot be ended");
    no_faults(&office).await;
    office.close().await;
}
