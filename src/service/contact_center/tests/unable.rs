//! Consoles that cannot take calls: a blocked microphone, no voice platform.

use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::contact_center::presence::Unable;

on_both!(
    a6_who_cannot_take_calls_is_never_offered_one_and_is_again_when_they_can,
    a6_what_rings_at_a_console_that_cannot_take_it_goes_on_at_once,
    a3_a_caller_who_was_taken_stays_though_the_news_was_lost_and_the_microphone_goes,
    a6_who_cannot_take_calls_cannot_place_any_and_is_told_why,
    a7_a_console_that_comes_says_so_before_anything_is_offered_to_it,
    a7_only_the_tab_with_the_softphone_is_heard,
    a7_an_app_elsewhere_takes_what_the_console_cannot,
);

const BLOCKED: Option<Unable> = Some(Unable::MicrophoneBlocked);
const GONE: Option<Unable> = Some(Unable::NoPlatform);

async fn reports(services: &Services, (account, name): &(String, String), unable: Option<Unable>) {
    services.desk.consoles.tabs.console_reports(account, name, "tab", unable).await.unwrap();
    services.desk.consoles.tabs.heartbeat(account, name, "tab").await.unwrap();
}

async fn state(services: &Services, (account, name): &(String, String)) -> State {
    services.desk.view.desk(account, name).await.unwrap().me.state
}

/// The platform leads a caller wherever they are to go.
async fn leads_on(world: &World, n: usize) {
    let moved = ResponseTemplate::new(204);
    Mock::given(method("PUT"))
        .and(path(format!("/v1/calls/caller{n}")))
        .respond_with(moved)
        .mount(&world.platform)
        .await;
}

/// At whom it rings now; waits until it does.
async fn rung(services: &Services, name: &str) {
    let rings = async {
        loop {
            let open = services.core.store.desk().open_offers().await.unwrap();
            if open.iter().any(|offer| offer.agent == name) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), rings).await.unwrap_or_else(|_| panic!("it never rang at {name}"));
}

async fn a6_who_cannot_take_calls_is_never_offered_one_and_is_again_when_they_can(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    reports(services, &team[0], BLOCKED).await;
    assert_eq!(state(services, &team[0]).await, State::Unable(Unable::MicrophoneBlocked));
    // Her colleagues see it, and cannot hand her a call.
    let mates = services.desk.view.desk(&team[1].0, "agent1").await.unwrap().team;
    assert_eq!((mates[0].state, mates[0].free), (State::Unable(Unable::MicrophoneBlocked), false));
    // The number is hers, and the call is not.
    let flow = services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!(rings(&flow).as_deref(), Some("agent1"));
    let flow = services.webhooks.answer(call(2)).await.unwrap();
    assert!(says(&flow).contains("All our agents are busy"), "{}", says(&flow));
    services.webhooks.event(caller(2, "answered")).await.unwrap();
    // Choosing to be ready mends nothing, nor does another sign of life that says the same.
    let _ = services.desk.presence.set_presence(&team[0].0, "agent0", Wish::Ready).await.told();
    reports(services, &team[0], BLOCKED).await;
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    assert_eq!(rings(&services.webhooks.answer(call(3)).await.unwrap()), None);
    let open = services.core.store.desk().open_offers().await.unwrap();
    assert!(open.iter().all(|offer| offer.agent == "agent1"), "{open:?}");
    // It is mended: the caller who waits is hers without anybody doing anything.
    leads_on(&world, 2).await;
    reports(services, &team[0], None).await;
    rung(services, "agent0").await;
    assert_eq!(state(services, &team[0]).await, State::Ringing);
}

async fn a6_what_rings_at_a_console_that_cannot_take_it_goes_on_at_once(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    leads_on(&world, 1).await;
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    // She accepts, and the browser says that there is no microphone for this page.
    reports(services, &team[0], BLOCKED).await;
    rung(services, "agent1").await;
    assert_eq!(state(services, &team[0]).await, State::Unable(Unable::MicrophoneBlocked));
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!((desk.offer, desk.me.misses), (None, 0), "no miss: she was there");
    // She is not held to have been tried: when it is mended and nobody else takes the call, it may be hers.
    services.webhooks.event(leg(1, "agent1", "rejected")).await.unwrap();
    reports(services, &team[0], None).await;
    rung(services, "agent0").await;
}

async fn a3_a_caller_who_was_taken_stays_though_the_news_was_lost_and_the_microphone_goes(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "ringing")).await.unwrap();
    let talks = ResponseTemplate::new(200).set_body_json(json!({"uuid": "leg-1-agent0", "status": "answered"}));
    Mock::given(method("GET")).and(path("/v1/calls/leg-1-agent0")).respond_with(talks).mount(&world.platform).await;
    reports(services, &team[0], BLOCKED).await;
    assert_eq!(state(services, &team[0]).await, State::Talking);
    assert_eq!(services.core.store.desk().open_offers().await.unwrap(), []);
    let asked = world.platform.received_requests().await.unwrap();
    assert!(asked.iter().all(|request| request.method.as_str() == "GET"), "nobody is led anywhere");
}

async fn a6_who_cannot_take_calls_cannot_place_any_and_is_told_why(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    for unable in Unable::EVERY {
        reports(services, &team[0], Some(unable)).await;
        let refused = services.desk.consoles.dialling.dial("agent0", &Dial::to("+44 7700 900123")).await.told();
        assert_eq!(refused, Err(Refusal::Unable { unable }));
    }
    reports(services, &team[0], None).await;
    assert!(matches!(
        services.desk.consoles.dialling.dial("agent0", &Dial::to("+44 7700 900123")).await.told(),
        Ok(Go { .. })
    ));
}

async fn a7_a_console_that_comes_says_so_before_anything_is_offered_to_it(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    services.webhooks.answer(call(1)).await.unwrap();
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    leads_on(&world, 1).await;
    // The very first thing that is heard of this console.
    reports(services, &team[0], GONE).await;
    assert_eq!(state(services, &team[0]).await, State::Unable(Unable::NoPlatform));
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    assert!(services.core.store.desk().open_offers().await.unwrap().is_empty());
    // It falls silent, and comes back as it was; then with a platform.
    world.pass(16_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team[0]).await, State::Asleep);
    reports(services, &team[0], GONE).await;
    assert_eq!(state(services, &team[0]).await, State::Unable(Unable::NoPlatform));
    services.desk.sweep.routing.assign_waiting().await.unwrap();
    assert!(services.core.store.desk().open_offers().await.unwrap().is_empty());
    reports(services, &team[0], None).await;
    rung(services, "agent0").await;
}

async fn a7_only_the_tab_with_the_softphone_is_heard(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let (account, name) = &team[0];
    services.desk.consoles.tabs.console_reports(account, name, "another browser", BLOCKED).await.unwrap();
    assert_eq!(state(services, &team[0]).await, State::Ready);
    reports(services, &team[0], BLOCKED).await;
    services.desk.consoles.tabs.console_reports(account, name, "another browser", None).await.unwrap();
    assert_eq!(state(services, &team[0]).await, State::Unable(Unable::MicrophoneBlocked));
}

async fn a7_an_app_elsewhere_takes_what_the_console_cannot(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    reports(services, &team[0], GONE).await;
    let until = services.now_ms() + 3_600_000;
    services.desk.presence.agent_signed_in_elsewhere(&team[0].0, "agent0", until).await.unwrap();
    assert_eq!(state(services, &team[0]).await, State::Ready);
    reports(services, &team[0], GONE).await;
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()).as_deref(), Some("agent0"));
}
