//! Who is in the team, and for how long after their page was closed.

use super::*;
use crate::domain::contact_center::presence::{GONE_MS, LEFT_MS, SILENCE_MS};

on_both!(
    b18_a_closed_page_is_offline_and_a_reload_is_not,
    b18_who_is_silent_for_long_is_offline,
    b18_who_was_invited_and_never_came_is_not_in_the_team,
);

async fn state(services: &Services, team: &[(String, String)]) -> State {
    services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me.state
}

async fn b18_a_closed_page_is_offline_and_a_reload_is_not(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let _ = services.desk.presence.set_presence(&team[0].0, "agent0", Wish::Away(AwayReason::LUNCH)).await.told();
    // A reload: the page goes, and is back in seconds.
    services.desk.consoles.tabs.leave_desk("agent0", "tab").await.unwrap();
    world.pass(3_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Asleep);
    services.desk.consoles.tabs.heartbeat(&team[0].0, "agent0", "tab-2").await.unwrap();
    assert_eq!(state(services, &team).await, State::Away(AwayReason::LUNCH));
    // Closed.
    services.desk.consoles.tabs.leave_desk("agent0", "tab-2").await.unwrap();
    world.pass(LEFT_MS + 1);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Offline);
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()), None);
    // Opened again, they are what they were.
    services.desk.consoles.tabs.heartbeat(&team[0].0, "agent0", "tab-3").await.unwrap();
    assert_eq!(state(services, &team).await, State::Away(AwayReason::LUNCH));
}

async fn b18_who_is_silent_for_long_is_offline(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    world.pass(SILENCE_MS + 1);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Asleep);
    world.pass(GONE_MS - SILENCE_MS);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Asleep, "not yet");
    world.pass(1);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Offline);
    // A computer that was closed and opened: the same tab.
    beat(services, &team).await;
    assert_eq!(state(services, &team).await, State::Ready);
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()).as_deref(), Some("agent0"));
}

async fn b18_who_was_invited_and_never_came_is_not_in_the_team(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    let names = || async {
        let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
        desk.team.into_iter().map(|mate| mate.name).collect::<Vec<_>>()
    };
    let before = ["agent1"];
    assert_eq!(names().await, before);
    world.pass(1_000);
    // Before all others in the alphabet.
    let new = NewMember { name: "Anna".into(), display_name: String::new(), role: Role::Agent };
    services.team.add_member(&new).await.unwrap();
    assert_eq!(names().await, before, "an invitation is nobody");
    let anna = services.core.store.accounts().named("Anna").await.unwrap().unwrap();
    services.desk.consoles.tabs.heartbeat(&anna.id, "Anna", "annas").await.unwrap();
    assert_eq!(names().await, ["Anna", "agent1"]);
    assert!(services.team.change_member(&anna.id, Role::Agent, "Anna", true).await.unwrap());
    assert_eq!(names().await, before, "who is disabled is none any more");
}
