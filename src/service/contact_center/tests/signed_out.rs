//! An agent's session ends in a call: their beats are refused, and the caller is not cut off.

use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

use super::*;

on_both!(a5_a_call_goes_on_for_as_long_as_its_agent_is_signed_out,);

/// What the platform says of every leg from now on.
async fn legs_are(world: &World, status: &str) {
    world.platform.reset().await;
    let leg = ResponseTemplate::new(200).set_body_json(json!({"uuid": "any", "status": status}));
    Mock::given(method("GET")).and(path_regex("^/v1/calls/")).respond_with(leg).mount(&world.platform).await;
}

async fn questions(world: &World) -> usize {
    world.platform.received_requests().await.unwrap_or_default().len()
}

/// Time passes, and the platform is asked about the legs. Whether it was within real time that is long enough.
async fn is_asked(world: &World, ms: i64) -> bool {
    let before = questions(world).await;
    world.pass(ms);
    world.services.desk.sweep.desk_upkeep().await.unwrap();
    let asked = async {
        while questions(world).await == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), asked).await.is_ok()
}

async fn a5_a_call_goes_on_for_as_long_as_its_agent_is_signed_out(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!(services.desk.presence.call_under_way("agent0").await.unwrap(), None, "what rings is no call yet");
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "answered")).await.unwrap();
    let under_way = services.desk.presence.call_under_way("agent0").await.unwrap().unwrap();

    services.accounts.sign_out_everywhere(&team[0].0).await.unwrap();
    legs_are(&world, "answered").await;
    for minutes in [1, 5, 30, 120] {
        assert!(is_asked(&world, minutes * 60_000).await, "a silent agent's call is asked for");
        let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
        assert_eq!(desk.me.state, State::Reconnecting, "after {minutes} min");
        assert_eq!(desk.call.map(|call| call.id), Some(under_way.clone()), "after {minutes} min");
    }
    assert_eq!(services.desk.presence.call_under_way("agent0").await.unwrap().as_deref(), Some(under_way.as_str()));
    beat(services, &team).await;
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!(desk.me.state, State::Talking, "signed in again, they are where they were");

    // What is asked is not in vain: a call that has ended while nobody was signed in is found out.
    world.pass(60_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    legs_are(&world, "completed").await;
    for _ in 0..20 {
        if services.desk.presence.call_under_way("agent0").await.unwrap().is_none() {
            break;
        }
        is_asked(&world, 6_000).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(services.desk.presence.call_under_way("agent0").await.unwrap(), None);
    beat(services, &team).await;
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!(desk.me.state, State::WrapUp, "there is time for the notes");
}
