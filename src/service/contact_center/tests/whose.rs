//! Events of a leg that was never heard of before: whose they are.

use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::contact_center::call::Phase;
use crate::domain::contact_center::desk::Target;

on_both!(
    a3_the_leg_of_an_offer_that_is_over_says_nothing_about_the_next_one,
    a3_a_telephone_that_is_busy_at_once_costs_no_caller_who_was_handed_to_it,
    a3_of_two_who_were_handed_to_one_telephone_the_one_who_talks_stays,
);

/// What the platform tells of a leg of caller 1's that rang at agent0, in a conversation that nobody has told us of.
fn rang(status: &str) -> Received {
    event(&json!({"from": "447700900001", "to": "agent0", "uuid": "rang", "conversation_uuid": "CON-elsewhere",
                  "status": status, "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z"}))
}

async fn a3_the_leg_of_an_offer_that_is_over_says_nothing_about_the_next_one(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let offer = async || services.core.store.desk().offer_to("agent0").await.unwrap();
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    let first = offer().await.unwrap();
    assert_eq!(services.desk.consoles.controls.decline_offer("agent0", &first.id).await.told(), Ok(()));
    assert_eq!(rings(&services.webhooks.answer(call(2)).await.unwrap()).as_deref(), Some("agent0"));
    let second = offer().await.unwrap();
    assert_ne!(second.call, first.call);
    // The telephone is told to stop ringing before we heard that it rang.
    services.webhooks.event(rang("cancelled")).await.unwrap();
    assert_eq!(offer().await, Some(second.clone()), "the next caller still rings");
    // Or it declined too: its own caller is kept on the line, and the next one is not led away.
    let flow = services.webhooks.event(rang("rejected")).await.unwrap();
    assert_eq!(flow.as_deref().map(says).as_deref(), Some("One moment, please."));
    assert_eq!(offer().await, Some(second));
    // Its caller may have gone meanwhile.
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    assert_eq!(services.webhooks.event(rang("timeout")).await.unwrap(), None);
    services.webhooks.event(rang("completed")).await.unwrap();
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!(desk.me.state, State::Ringing);
}

async fn a3_a_telephone_that_is_busy_at_once_costs_no_caller_who_was_handed_to_it(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let led = ResponseTemplate::new(204);
    Mock::given(method("PUT")).and(path("/v1/calls/caller1")).respond_with(led).mount(&world.platform).await;
    services.webhooks.answer(call(1)).await.unwrap();
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "answered")).await.unwrap();
    let id = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().call.unwrap().id;
    let outside = Target::Number("+44 7700 900999".into());
    assert_eq!(services.desk.consoles.handing_over.transfer("agent0", &id, &outside).await.told(), Ok(()));
    // Where the caller is now, and that a telephone is called there, comes after its answer.
    let told = |to: &str| {
        event(&json!({"from": OURS, "to": to, "uuid": format!("outside-{to}"), "conversation_uuid": "CON-elsewhere",
                      "status": "busy", "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z"}))
    };
    assert_eq!(services.webhooks.event(told("447700900998")).await.unwrap(), None, "nobody was handed to that one");
    let flow = services.webhooks.event(told("447700900999")).await.unwrap();
    assert!(flow.as_deref().map(says).unwrap_or_default().contains("You are number 1 in the queue"), "{flow:?}");
}

async fn a3_of_two_who_were_handed_to_one_telephone_the_one_who_talks_stays(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    let outside = Target::Number("+44 7700 900999".into());
    let mut ids = Vec::new();
    for (n, agent, conversation) in [(1, "agent0", "CON-busy"), (2, "agent1", "CON-talks")] {
        let leg_path = format!("/v1/calls/caller{n}");
        let led = ResponseTemplate::new(204);
        Mock::given(method("PUT")).and(path(&leg_path)).respond_with(led).mount(&world.platform).await;
        let found = json!({"uuid": format!("caller{n}"), "conversation_uuid": conversation, "status": "answered"});
        let found = ResponseTemplate::new(200).set_body_json(found);
        Mock::given(method("GET")).and(path(&leg_path)).respond_with(found).mount(&world.platform).await;
        services.webhooks.answer(call(n)).await.unwrap();
        services.webhooks.event(caller(n, "answered")).await.unwrap();
        services.webhooks.event(leg(n, agent, "answered")).await.unwrap();
        let at = team.iter().find(|(_, name)| name == agent).unwrap();
        let id = services.desk.view.desk(&at.0, agent).await.unwrap().call.unwrap().id;
        assert_eq!(services.desk.consoles.handing_over.transfer(agent, &id, &outside).await.told(), Ok(()));
        ids.push(id);
    }
    let busy = event(&json!({"from": OURS, "to": "447700900999", "uuid": "outside", "conversation_uuid": "CON-busy",
                             "status": "busy", "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z"}));
    assert!(services.webhooks.event(busy).await.unwrap().is_some(), "who was not taken is led on");
    let phase = async |id: &str| services.core.store.desk().call(id).await.unwrap().unwrap().call.phase;
    assert_eq!(phase(&ids[1]).await, Phase::Outside, "who talks to the telephone is not");
    assert_ne!(phase(&ids[0]).await, Phase::Outside);
}
