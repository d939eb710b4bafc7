//! A caller of a direct line whose only agent did not take the call: when it rings there again.

use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::contact_center::routing::PAUSE_MS;

on_both!(a_declined_direct_line_rings_again_after_a_pause, an_agent_who_is_ready_anew_is_rung_at_once,);

/// A caller waits whose only agent has just declined.
async fn declined(db: Database) -> (World, Vec<(String, String)>) {
    let world = world(db).await;
    let done = ResponseTemplate::new(204);
    Mock::given(method("PUT")).and(path_regex("^/v1/calls/")).respond_with(done).mount(&world.platform).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let flow = services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!(rings(&flow).as_deref(), Some("agent0"));
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "started")).await.unwrap();
    let wait = services.webhooks.event(leg(1, "agent0", "rejected")).await.unwrap().unwrap();
    assert!(says(&wait).contains("All our agents are busy"), "{}", says(&wait));
    (world, team)
}

async fn is_offered(services: &Services, team: &[(String, String)]) -> bool {
    services.desk.view.desk(&team[0].0, "agent0").await.unwrap().offer.is_some()
}

async fn a_declined_direct_line_rings_again_after_a_pause(db: Database) {
    let (world, team) = declined(db).await;
    let services = &world.services;
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    assert!(!is_offered(services, &team).await, "not at once");
    world.pass(PAUSE_MS - 1);
    beat(services, &team).await;
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    assert!(!is_offered(services, &team).await);
    world.pass(1);
    beat(services, &team).await;
    // Nothing else happens: the sweep sees that the pause is over.
    services.desk.sweep.desk_upkeep().await.unwrap();
    offered(services, "agent0").await;
}

async fn an_agent_who_is_ready_anew_is_rung_at_once(db: Database) {
    let (world, team) = declined(db).await;
    let services = &world.services;
    world.pass(1_000);
    let wish = async |wish| services.desk.presence.set_presence(&team[0].0, "agent0", wish).await.told();
    assert_eq!(wish(Wish::Away(AwayReason::BREAK)).await, Ok(()));
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    assert!(!is_offered(services, &team).await);
    world.pass(1_000);
    assert_eq!(wish(Wish::Ready).await, Ok(()));
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    // No time has passed since: they have said that they are ready.
    offered(services, "agent0").await;
}
