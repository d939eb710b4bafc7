//! Somebody who is called into a call does not take it: its agent is told, and the log knows no other call.

use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::call::{Outcome, Phase};
use crate::domain::contact_center::desk::{ActiveCall, Target};
use crate::domain::contact_center::story::{What, Who, Why};
use crate::store::CallQuery;

on_both!(
    a_consultation_that_is_declined_is_told_and_leaves_no_call_behind,
    a_colleague_who_does_not_answer_is_named,
    a_telephone_that_is_busy_is_named_and_one_that_was_called_off_is_not,
    who_is_called_into_a_call_that_ends_meanwhile_is_hung_up,
);

/// Of the leg that is called into the caller's call, as long as it rings.
const OWN: &str = "CON-own";

/// agent0 talks to the first caller, and the platform does what is asked of it.
async fn talking(world: &World, agents_there: usize) -> (Vec<(String, String)>, String) {
    let services = &world.services;
    let team = agents(services, agents_there).await;
    beat(services, &team).await;
    services.webhooks.answer(call(1)).await.unwrap();
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "answered")).await.unwrap();
    let platform = &world.platform;
    let there = json!({ "uuid": "caller1", "conversation_uuid": "CON-1", "status": "answered" });
    let there = ResponseTemplate::new(200).set_body_json(there);
    Mock::given(method("GET")).and(path("/v1/calls/caller1")).respond_with(there).mount(platform).await;
    let made = json!({ "uuid": "third", "conversation_uuid": OWN, "status": "started" });
    let made = ResponseTemplate::new(201).set_body_json(made);
    Mock::given(method("POST")).and(path("/v1/calls")).respond_with(made).mount(platform).await;
    for way in ["PUT", "DELETE"] {
        let done = ResponseTemplate::new(200).set_body_json(json!({ "message": "ok", "uuid": "x" }));
        Mock::given(method(way)).and(path_regex("^/v1/calls/")).respond_with(done).mount(platform).await;
    }
    let id = shown(services, &team).await.id;
    (team, id)
}

async fn shown(services: &Services, team: &[(String, String)]) -> ActiveCall {
    services.desk.view.desk(&team[0].0, "agent0").await.unwrap().call.unwrap()
}

/// What the platform tells of the leg that was called into the call.
fn third(to: &str, status: &str) -> Received {
    event(&json!({"from": OURS, "to": to, "uuid": "third", "conversation_uuid": OWN, "status": status,
                  "direction": "outbound", "timestamp": "2026-11-21T07:00:10.000Z"}))
}

async fn log(services: &Services) -> Vec<Phase> {
    let query = CallQuery { limit: 10, ..CallQuery::default() };
    services.core.store.calls().list(&query).await.unwrap().into_iter().map(|row| row.phase).collect()
}

/// What the caller's call keeps of what happened to it.
async fn story(services: &Services) -> Vec<What> {
    let logged = services.log.call("CON-1").await.unwrap().unwrap();
    let call = services.desk.ending.desk_call_of(&logged).await.unwrap().unwrap();
    call.story.into_iter().map(|moment| moment.what).collect()
}

fn not_taken(name: &str, declined: bool, consulted: bool) -> Option<Refusal> {
    Some(Refusal::NotTaken { name: name.into(), declined, consulted })
}

async fn a_consultation_that_is_declined_is_told_and_leaves_no_call_behind(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let (team, id) = talking(&world, 2).await;
    let joe = Target::Agent("agent1".into());
    services.desk.consoles.handing_over.consult("agent0", &id, &joe).await.told().unwrap();
    let call = shown(services, &team).await;
    assert!(call.consult.is_some() && call.held_since.is_some() && call.problem.is_none());
    // The log knows this leg only from events of its own conversation.
    services.webhooks.event(third("agent1", "ringing")).await.unwrap();
    let offer = services.core.store.desk().offer_to("agent1").await.unwrap().unwrap().id;
    services.desk.consoles.controls.decline_offer("agent1", &offer).await.told().unwrap();
    services.webhooks.event(third("agent1", "completed")).await.unwrap();
    let call = shown(services, &team).await;
    assert_eq!(call.problem, not_taken("agent1", true, true));
    assert!(call.consult.is_none() && call.held_since.is_none(), "she is back with the caller");
    assert_eq!(log(services).await, [Phase::Talking], "it is the caller's call, and no other");
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "completed")).await.unwrap();
    assert_eq!(log(services).await, [Phase::Ended(Outcome::Answered)]);
    let [agent, joe] = ["agent0", "agent1"].map(str::to_owned);
    let asked = What::Asked { who: Who::Agent(joe.clone()), consults: true };
    let wanted = [
        What::Rang { agent: agent.clone(), why: Why::AskedFor },
        What::Joined { who: Who::Agent(agent) },
        What::Held,
        asked,
        What::Declined { agent: joe },
        What::Resumed,
        What::Ended,
    ];
    assert_eq!(story(services).await, wanted);
    let rows = services.desk.consoles.history.desk_history("agent1", HistoryShow::All, None).await;
    assert_eq!(rows.unwrap().rows.len(), 1, "nor is there one in the agents' list");
}

async fn who_is_called_into_a_call_that_ends_meanwhile_is_hung_up(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let (_, id) = talking(&world, 2).await;
    let slow = ResponseTemplate::new(201)
        .set_body_json(json!({ "uuid": "third", "conversation_uuid": OWN, "status": "started" }))
        .set_delay(Duration::from_millis(500));
    Mock::given(method("POST")).and(path("/v1/calls")).respond_with(slow).with_priority(1).mount(&world.platform).await;
    let joe = Target::Agent("agent1".into());
    let asked = async || {
        let requests = world.platform.received_requests().await.unwrap();
        requests.iter().any(|request| request.method.as_str() == "POST" && request.url.path() == "/v1/calls")
    };
    let ends = async {
        while !asked().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        services.webhooks.event(caller(1, "completed")).await.unwrap();
        services.webhooks.event(leg(1, "agent0", "completed")).await.unwrap();
    };
    let (_, ()) = tokio::join!(services.desk.consoles.handing_over.consult("agent0", &id, &joe), ends);
    let requests = world.platform.received_requests().await.unwrap();
    let hang_up = |body: &[u8]| serde_json::from_slice::<Value>(body).is_ok_and(|body| body["action"] == "hangup");
    assert!(requests.iter().any(|request| request.url.path() == "/v1/calls/third" && hang_up(&request.body)));
}

async fn a_colleague_who_does_not_answer_is_named(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let (team, id) = talking(&world, 2).await;
    let joe = Target::Agent("agent1".into());
    // The platform may tell of the leg before it answers us.
    services.webhooks.event(third("agent1", "started")).await.unwrap();
    services.desk.consoles.handing_over.add_party("agent0", &id, &joe).await.told().unwrap();
    services.webhooks.event(third("agent1", "timeout")).await.unwrap();
    assert_eq!(shown(services, &team).await.problem, not_taken("agent1", false, false));
    assert_eq!(log(services).await, [Phase::Talking]);
    services.desk.consoles.controls.mute("agent0", &id, true).await.told().unwrap();
    assert_eq!(shown(services, &team).await.problem, None, "what is asked for next takes it away");
}

async fn a_telephone_that_is_busy_is_named_and_one_that_was_called_off_is_not(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let (team, id) = talking(&world, 1).await;
    let number = Target::Number("+44 7700 900555".into());
    services.desk.consoles.handing_over.consult("agent0", &id, &number).await.told().unwrap();
    services.webhooks.event(third("447700900555", "busy")).await.unwrap();
    let call = shown(services, &team).await;
    assert_eq!(call.problem, not_taken("+44 7700 900555", true, true));
    assert_eq!(call.held_since, None);
    services.desk.consoles.handing_over.consult("agent0", &id, &number).await.told().unwrap();
    services.desk.consoles.handing_over.back_to_caller("agent0", &id).await.told().unwrap();
    services.webhooks.event(third("447700900555", "completed")).await.unwrap();
    assert_eq!(shown(services, &team).await.problem, None, "she knows that she called it off");
    assert_eq!(log(services).await, [Phase::Talking]);
}
