//! Consultations and conferences: who hears whom is measured, and the desks say just that.

use serde_json::json;

use super::*;

/// What the customer and the other telephone say.
const CUSTOMER: u32 = 700;
const THIRD: u32 = 1_100;

fn tone(phone: &Value, hz: u32) -> f64 {
    phone["heard"]["tones"][hz.to_string()].as_f64().unwrap()
}

impl Office {
    async fn says(&self, number: &str, hz: u32) {
        self.phone(number, "voice", json!({"voice": {"tone": hz}})).await;
    }

    async fn hears(&self, number: &str, hz: u32) {
        self.phone_when(number, &format!("hears {hz} Hz"), |phone| tone(phone, hz) > 0.02).await;
    }

    async fn hears_music_only(&self, number: &str, not: u32) {
        self.phone_when(number, &format!("hears music and no {not} Hz"), |phone| {
            phone["heard"]["rms"].as_f64().unwrap() > 0.02 && tone(phone, not) < 0.005
        })
        .await;
    }

    async fn does_not_hear(&self, number: &str, hz: u32) {
        self.phone_when(number, &format!("hears no {hz} Hz"), |phone| tone(phone, hz) < 0.005).await;
    }
}

impl Agent {
    /// The caller talks to this agent: the call's id.
    async fn takes(&self, number: &str) -> String {
        self.office.dial(number, JANE).await;
        let call = text(&self.answer().await["call"]["id"]);
        self.office.says(number, CUSTOMER).await;
        call
    }

    /// Asks a telephone first, which answers and says something.
    async fn consults_a_telephone(&self, call: &str) {
        let target = json!({"to": "number", "name": format!("+{OTHER}")});
        self.done("consult", json!({"call": call, "target": target})).await;
        self.office.phone_when(OTHER, "ringing", |phone| phone["state"] == "ringing").await;
        self.office.phone(OTHER, "answer", json!({})).await;
        self.office.says(OTHER, THIRD).await;
        self.stage("talking").await;
    }

    async fn consults(&self, call: &str, colleague: &Self, name: &str) {
        self.done("consult", json!({"call": call, "target": agent_target(name)})).await;
        colleague.answer().await;
        self.stage("talking").await;
    }

    async fn stage(&self, stage: &str) -> Value {
        self.when(stage, |desk| desk["call"]["consult"]["stage"] == stage).await
    }

    async fn refused(&self, command: &str, fields: Value) -> String {
        text(&self.api(command, fields).await["Refused"]["why"])
    }

    /// The newest call of this agent's own history.
    async fn latest(&self) -> Value {
        self.api("history", json!({"show": "mine", "before": null})).await["rows"][0].clone()
    }
}

/// What each party hears, as a desk says: this agent, the customer, the others.
fn ears(desk: &Value) -> Vec<String> {
    desk["call"]["parties"].as_array().unwrap().iter().map(|party| text(&party["ear"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a8_a_desk_says_who_hears_whom_and_the_telephones_hear_just_that() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    let call = jane.takes(PHONE).await;
    jane.consults_a_telephone(&call).await;
    let desk = jane.desk().await;
    assert_eq!(ears(&desk), ["others", "music", "others"]);
    assert_eq!(desk["me"]["state"]["state"], "talking", "nobody who talks is on hold");
    office.hears_music_only(PHONE, THIRD).await;
    office.does_not_hear(OTHER, CUSTOMER).await;
    // Nothing brings them together but what says so.
    let leg = desk["call"]["parties"][2]["leg"].clone();
    assert_eq!(jane.refused("hold", json!({"call": call, "on": false})).await, "consulting");
    assert_eq!(jane.refused("hold", json!({"call": call, "on": true})).await, "consulting");
    assert_eq!(jane.refused("remove", json!({"call": call, "leg": leg})).await, "consulting");
    for command in ["transfer", "add", "consult"] {
        let body = json!({"call": call, "target": {"to": "number", "name": "+447700900789"}});
        assert_eq!(jane.refused(command, body).await, "consulting", "{command}");
    }
    office.hears_music_only(PHONE, THIRD).await;
    // A telephone that is asked may want keys.
    jane.done("keys", json!({"call": call, "keys": "1"})).await;
    jane.done("join", json!({"call": call})).await;
    let desk = jane.stage("joined").await;
    assert_eq!((ears(&desk), &desk["call"]["held_since"]), (vec!["others".to_owned(); 3], &Value::Null));
    office.hears(PHONE, THIRD).await;
    office.hears(OTHER, CUSTOMER).await;
    assert_eq!(jane.refused("transfer", json!({"call": call, "target": agent_target("Joe")})).await, "several");
    assert_eq!(jane.refused("back", json!({"call": call})).await, "gone");
    // On hold means the same as before.
    jane.done("hold", json!({"call": call, "on": true})).await;
    let desk = jane.stage("talking").await;
    assert_eq!((ears(&desk)[1].as_str(), &desk["me"]["state"]["state"]), ("music", &json!("talking")));
    office.hears_music_only(PHONE, THIRD).await;
    office.does_not_hear(OTHER, CUSTOMER).await;
    jane.done("back", json!({"call": call})).await;
    office.idle(OTHER).await;
    let desk = jane.when("alone with the caller", |desk| desk["call"]["consult"].is_null()).await;
    assert_eq!((ears(&desk), &desk["me"]["state"]["state"]), (vec!["others".to_owned(); 2], &json!("talking")));
    office.phone_when(PHONE, "no music", |phone| phone["heard"]["rms"].as_f64().unwrap() < 0.001).await;
    jane.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a8_the_one_who_is_asked_sees_the_same_and_does_what_is_theirs() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    let call = jane.takes(PHONE).await;
    jane.consults(&call, &joe, "Joe").await;
    let desk = joe.stage("talking").await;
    assert_eq!((ears(&desk), &desk["call"]["consult"]["asked"]), (ears(&jane.desk().await), &json!(true)));
    assert_eq!(desk["team"][0]["state"]["state"], "talking", "Jane talks to him");
    for (command, more) in [("hold", json!({"on": false})), ("transfer", json!({"target": agent_target("Jane")}))] {
        let mut body = json!({"call": call});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(joe.refused(command, body).await, "not-yours", "{command}");
    }
    assert_eq!(joe.refused("keys", json!({"call": call, "keys": "1"})).await, "not-yours");
    // Muting is everybody's own.
    joe.done("mute", json!({"call": call, "on": true})).await;
    assert_eq!(joe.desk().await["call"]["muted"], true);
    let desk = jane.desk().await;
    assert_eq!((&desk["call"]["muted"], &desk["call"]["parties"][2]["muted"]), (&json!(false), &json!(true)));
    joe.done("mute", json!({"call": call, "on": false})).await;
    jane.done("join", json!({"call": call})).await;
    let desk = joe.stage("joined").await;
    assert_eq!(ears(&desk), ["others", "others", "others"]);
    jane.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    // Both talked, both write about it, and both find it.
    for agent in [&jane, &joe] {
        agent.state("wrap-up").await;
        assert_eq!(agent.latest().await["call"], *call);
    }
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn b10_who_calls_a_colleague_is_on_hold_until_they_answer_and_after_they_have_gone() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    let call = jane.takes(PHONE).await;
    jane.done("consult", json!({"call": call, "target": agent_target("Joe")})).await;
    joe.when("an offer", |desk| !desk["offer"].is_null()).await;
    assert_eq!(jane.desk().await["me"]["state"]["state"], "hold");
    joe.answer().await;
    jane.state("talking").await;
    // He leaves: she is back with the caller, and he has something to write about.
    joe.done("hang-up", json!({"call": call})).await;
    joe.state("wrap-up").await;
    let desk = jane.when("back", |desk| desk["call"]["held_since"].is_null()).await;
    assert_eq!((&desk["me"]["state"]["state"], &desk["call"]["consult"]), (&json!("talking"), &Value::Null));
    let row = joe.latest().await;
    assert_eq!((&row["call"], &row["result"]), (&json!(call), &json!("running")));
    assert!(row["talk_seconds"].is_u64(), "his own time in it: {row}");
    joe.done("notes", json!({"call": call, "text": "gave the price", "disposition": null})).await;
    jane.done("notes", json!({"call": call, "text": "twenty seats", "disposition": "sale"})).await;
    assert_eq!(joe.desk().await["notes"]["text"], "twenty seats\n[Joe] gave the price");
    jane.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a9_the_owner_leaves_and_those_who_are_there_go_on() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    let call = jane.takes(PHONE).await;
    assert_eq!(jane.refused("leave", json!({"call": call})).await, "gone", "nobody would go on");
    jane.consults(&call, &joe, "Joe").await;
    jane.done("join", json!({"call": call})).await;
    jane.stage("joined").await;
    let target = json!({"to": "number", "name": format!("+{OTHER}")});
    jane.done("add", json!({"call": call, "target": target})).await;
    office.phone_when(OTHER, "ringing", |phone| phone["state"] == "ringing").await;
    office.phone(OTHER, "answer", json!({})).await;
    office.says(OTHER, THIRD).await;
    let desk = jane.when("four", |desk| desk["call"]["parties"][3]["stage"] == "talking").await;
    assert_eq!(desk["call"]["heir"], json!({"Name": "Joe"}), "a colleague before a telephone");
    office.hears(PHONE, THIRD).await;
    jane.done("leave", json!({"call": call})).await;
    let desk = jane.state("wrap-up").await;
    assert_eq!((&desk["call"], &desk["wrap_up"]["call"]), (&Value::Null, &json!(call)));
    let desk = joe.when("his", |desk| desk["call"]["situation"]["guest"] == false).await;
    assert_eq!((ears(&desk), &desk["call"]["consult"]), (vec!["others".to_owned(); 3], &Value::Null));
    assert_eq!(desk["me"]["state"]["state"], "talking");
    for (agent, time) in [(&jane, true), (&joe, false)] {
        let row = agent.latest().await;
        assert_eq!((&row["call"], &row["result"], &row["agent"]), (&json!(call), &json!("running"), &json!("Joe")));
        assert_eq!(row["talk_seconds"].is_u64(), time, "{row}");
    }
    office.hears(PHONE, THIRD).await;
    office.hears(OTHER, CUSTOMER).await;
    // The telephone goes; customer and Joe talk on.
    office.phone(OTHER, "hangup", json!({})).await;
    joe.when("two", |desk| desk["call"]["parties"].as_array().is_some_and(|all| all.len() == 2)).await;
    office.does_not_hear(PHONE, THIRD).await;
    assert_eq!(office.look(PHONE).await["state"], "talking");
    joe.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    joe.state("wrap-up").await;
    // When the platform has confirmed that it is over.
    for tries in 0.. {
        let row = jane.latest().await;
        if row["result"] == "answered" {
            break;
        }
        assert!(tries < 100, "{row}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a9_a_consultation_is_left_to_the_telephone_that_was_asked() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    let call = jane.takes(PHONE).await;
    jane.consults_a_telephone(&call).await;
    jane.done("leave", json!({"call": call})).await;
    jane.free().await;
    office.hears(PHONE, THIRD).await;
    office.hears(OTHER, CUSTOMER).await;
    assert_eq!(jane.latest().await["result"], "running");
    office.phone(PHONE, "hangup", json!({})).await;
    office.idle(OTHER).await;
    let ended = tokio::time::timeout(PATIENCE, async {
        while jane.latest().await["result"] != "answered" {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    });
    ended.await.expect("the call never ended");
    assert_eq!(jane.desk().await["me"]["state"]["state"], "ready");
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a9_a_call_is_ended_for_all() {
    let office = Office::open(&[]).await;
    let jane = Agent::open(&office, "Jane").await;
    let call = jane.takes(PHONE).await;
    jane.consults_a_telephone(&call).await;
    jane.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    office.idle(OTHER).await;
    jane.free().await;
    drop(jane);
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a9_when_the_platform_does_not_lead_them_on_nothing_has_changed() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    let call = jane.takes(PHONE).await;
    jane.consults(&call, &joe, "Joe").await;
    regions::faults(&office, json!({"rest": {"status": 503, "times": true}})).await;
    let refused = jane.refused("leave", json!({"call": call})).await;
    assert_eq!(refused, "unavailable");
    office.http.delete(format!("{}/faults", office.sandbox)).send().await.unwrap();
    let desk = jane.stage("talking").await;
    assert_eq!((ears(&desk), &desk["call"]["situation"]["guest"]), (ears(&joe.desk().await), &json!(false)));
    office.hears_music_only(PHONE, THIRD).await;
    jane.done("leave", json!({"call": call})).await;
    jane.state("wrap-up").await;
    joe.when("his", |desk| desk["call"]["situation"]["guest"] == false).await;
    joe.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    drop((jane, joe));
    office.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outgoing_call_that_is_handed_over_stays_the_customers_in_the_call_log() {
    let office = Office::open(&[]).await;
    let (jane, joe) = (Agent::open(&office, "Jane").await, Agent::open(&office, "Joe").await);
    let (olivia, _) = office.sign_in("Olivia").await;
    let dial = jane.api("dial", json!({"number": PHONE})).await;
    jane.server_call(&dial["Go"]["context"]).await;
    office.phone_when(PHONE, "ringing", |phone| phone["state"] == "ringing").await;
    office.phone(PHONE, "answer", json!({})).await;
    let call = text(&jane.state("talking").await["call"]["id"]);
    jane.consults(&call, &joe, "Joe").await;
    jane.done("complete", json!({"call": call})).await;
    joe.when("his", |desk| desk["call"]["situation"]["guest"] == false).await;
    joe.done("hang-up", json!({"call": call})).await;
    office.idle(PHONE).await;
    let query = json!({"query": {"show": "all", "text": PHONE, "before": null}});
    let logged = granted(&post(&office, &olivia, "call-list", query).await)["content"]["calls"].clone();
    let number = json!({"Number": crate::domain::phone::grouped(PHONE)});
    assert_eq!((logged.as_array().unwrap().len(), &logged[0]["called"]), (1, &number), "{logged:#}");
    drop((jane, joe));
    office.close().await;
}
