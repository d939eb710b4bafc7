//! Calls without an agent whose end nobody told, at a platform of a few canned answers.

use serde_json::{Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, ResponseTemplate};

use super::super::tests::{World, answer, event};
use super::*;
use crate::domain::account::Role;
use crate::domain::call::Outcome as Ended;
use crate::domain::silent_calls::{AGAIN_MS, CALM_MS, QUIET_MS};
use crate::service::NewMember;
use crate::service::fail::Told as _;
use crate::store::testing::{Database, on_both};

on_both!(
    a_call_is_over_when_the_platform_says_so,
    a_call_that_the_platform_does_not_know_is_over_when_it_says_so_twice,
    what_goes_on_and_what_is_not_answered_ends_no_call,
    the_platform_is_asked_a_few_questions_at_a_time,
    calls_of_the_agents_are_left_to_them,
    a_call_without_an_agent_is_ended_by_hand,
    a_server_that_starts_asks_sooner,
);

const SUPPORT: &str = "442079460000";

/// A caller of the support line and the telephone that it rings talk, and then nothing more is told.
async fn talks(world: &World, n: usize) {
    let conversation = format!("CON-{n}");
    let asks = json!({"to": SUPPORT, "from": "447700900999", "uuid": format!("caller-{n}"),
                      "conversation_uuid": conversation});
    world.services.webhooks.answer(answer(&asks)).await.unwrap();
    for (leg, direction) in [("caller", "inbound"), ("callee", "outbound")] {
        let told = json!({"from": "447700900999", "to": SUPPORT, "uuid": format!("{leg}-{n}"), "status": "answered",
                          "conversation_uuid": conversation, "direction": direction,
                          "timestamp": "2026-11-21T07:00:00.000Z"});
        world.services.webhooks.event(event(&told)).await.unwrap();
    }
    assert_eq!(phase(world, n).await, Phase::Talking);
}

async fn phase(world: &World, n: usize) -> Phase {
    world.db.store.calls().of(&format!("CON-{n}")).await.unwrap().unwrap().0.phase
}

async fn detail(world: &World, n: usize) -> CallDetail {
    world.services.log.call(&format!("CON-{n}")).await.unwrap().unwrap()
}

/// What the platform says of every leg from now on.
async fn says(world: &World, status: u16, body: Value) {
    world.platform.reset().await;
    let told = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("GET")).and(path_regex("^/v1/calls/")).respond_with(told).mount(&world.platform).await;
}

fn leg(status: &str) -> Value {
    json!({"uuid": "x", "status": status, "end_time": "2026-11-21T07:01:00.000Z", "duration": "60", "price": "0.02"})
}

/// The legs that were asked about since the platform's answer was set.
async fn asked(world: &World) -> Vec<String> {
    let requests = world.platform.received_requests().await.unwrap();
    let gets = requests.iter().filter(|request| request.method.as_str() == "GET");
    gets.map(|request| request.url.path().rsplit('/').next().unwrap().to_owned()).collect()
}

async fn a_call_is_over_when_the_platform_says_so(db: Database) {
    let world = World::new(db).await;
    talks(&world, 1).await;
    says(&world, 200, leg("completed")).await;
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert!(asked(&world).await.is_empty(), "its events may be on their way");
    world.pass(QUIET_MS + 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(phase(&world, 1).await, Phase::Ended(Ended::Answered));
    assert_eq!(asked(&world).await, ["caller-1"], "with the caller's end it is over");
    let told = detail(&world, 1).await.timeline;
    assert!(told.iter().any(|entry| entry.kind == "check"), "the log says how it is known");
}

async fn a_call_that_the_platform_does_not_know_is_over_when_it_says_so_twice(db: Database) {
    let world = World::new(db).await;
    talks(&world, 1).await;
    says(&world, 404, json!({})).await;
    world.pass(QUIET_MS + 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(phase(&world, 1).await, Phase::Talking, "one answer may be a moment's");
    let before = asked(&world).await.len();
    world.pass(AGAIN_MS - 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(asked(&world).await.len(), before, "not faster than needed");
    world.pass(1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(phase(&world, 1).await, Phase::Ended(Ended::Answered));
    let told = detail(&world, 1).await.timeline;
    assert!(told.iter().any(|entry| entry.summary.contains("not_found")), "{told:?}");
}

async fn what_goes_on_and_what_is_not_answered_ends_no_call(db: Database) {
    let world = World::new(db).await;
    talks(&world, 1).await;
    says(&world, 200, leg("answered")).await;
    world.pass(QUIET_MS + 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(asked(&world).await, ["caller-1", "callee-1"]);
    world.pass(CALM_MS - 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(asked(&world).await.len(), 2, "it was asked about");
    for status in [401, 400] {
        says(&world, status, json!({})).await;
        for _ in 0..3 {
            world.pass(CALM_MS);
            world.services.webhooks.silent.check_silent_calls().await.unwrap();
        }
        assert!(!asked(&world).await.is_empty());
        assert_eq!(phase(&world, 1).await, Phase::Talking, "{status} says nothing of the call");
    }
}

async fn the_platform_is_asked_a_few_questions_at_a_time(db: Database) {
    let world = World::new(db).await;
    for n in 0..8 {
        talks(&world, n).await;
    }
    says(&world, 200, leg("answered")).await;
    world.pass(QUIET_MS + 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(asked(&world).await.len(), MOST_AT_ONCE, "a second round comes later");
    for _ in 0..8 {
        world.pass(ROUND_MS);
        world.services.webhooks.silent.check_silent_calls().await.unwrap();
    }
    let all: std::collections::BTreeSet<String> = asked(&world).await.into_iter().collect();
    for n in 0..8 {
        assert!(all.contains(&format!("caller-{n}")), "nobody is forgotten: {all:?}");
    }
}

async fn calls_of_the_agents_are_left_to_them(db: Database) {
    let world = World::with(db, |settings| settings.desk.support_rings_agents = true).await;
    let asks = json!({"to": SUPPORT, "from": "447700900999", "uuid": "caller-1", "conversation_uuid": "CON-1"});
    world.services.webhooks.answer(answer(&asks)).await.unwrap();
    says(&world, 200, leg("completed")).await;
    world.pass(QUIET_MS + 1);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert!(asked(&world).await.is_empty(), "they have a schedule of their own");
    assert!(!matches!(phase(&world, 1).await, Phase::Ended(_)));
}

async fn a_call_without_an_agent_is_ended_by_hand(db: Database) {
    let world = World::new(db).await;
    let new = NewMember { name: "Sam".into(), display_name: String::new(), role: Role::Supervisor };
    world.services.team.add_member(&new).await.unwrap();
    let id = world.db.store.accounts().named("Sam").await.unwrap().unwrap().id;
    let sam = world.services.accounts.account(&id).await.unwrap().unwrap();
    let ends =
        async |n: usize| world.services.webhooks.silent.end_silent_call(&sam, &detail(&world, n).await).await.told();

    talks(&world, 1).await;
    says(&world, 200, leg("completed")).await;
    let done = ResponseTemplate::new(204);
    Mock::given(method("PUT")).and(path("/v1/calls/caller-1")).respond_with(done.clone()).mount(&world.platform).await;
    Mock::given(method("PUT")).and(path("/v1/calls/callee-1")).respond_with(done).mount(&world.platform).await;
    assert_eq!(ends(1).await, Ok(()));
    assert_eq!(phase(&world, 1).await, Phase::Ended(Ended::Answered));
    assert_eq!(ends(1).await, Err(Refusal::Gone), "it is over");

    // Nobody knows it any more: it is closed in the log at once.
    talks(&world, 2).await;
    says(&world, 404, json!({})).await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(404)).mount(&world.platform).await;
    assert_eq!(ends(2).await, Ok(()));
    assert_eq!(phase(&world, 2).await, Phase::Ended(Ended::Answered));

    // The platform refuses: it is tried again, and then it is so.
    talks(&world, 3).await;
    says(&world, 200, leg("answered")).await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(400)).mount(&world.platform).await;
    assert_eq!(ends(3).await, Err(Refusal::Unconfirmed));
    assert_eq!(phase(&world, 3).await, Phase::Talking);
    says(&world, 200, leg("completed")).await;
    world.pass(AGAIN_MS);
    world.services.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(phase(&world, 3).await, Phase::Ended(Ended::Answered));
}

async fn a_server_that_starts_asks_sooner(db: Database) {
    let world = World::new(db).await;
    talks(&world, 1).await;
    world.pass(1);
    let later = world.restarted(|_| {}).await;
    says(&world, 200, leg("completed")).await;
    world.pass(QUIET_SINCE_START_MS - 1_000);
    later.webhooks.silent.check_silent_calls().await.unwrap();
    assert!(asked(&world).await.is_empty());
    world.pass(ROUND_MS);
    later.webhooks.silent.check_silent_calls().await.unwrap();
    assert_eq!(phase(&world, 1).await, Phase::Ended(Ended::Answered));
}
