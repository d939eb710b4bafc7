//! A queue that rings all: several consoles ring for one caller, and one agent has them.

use super::queues::{SALES, comes, draft, house, queue, record};
use super::visitors::transfers;
use super::*;
use crate::domain::contact_center::call::Phase;
use crate::domain::contact_center::command::{Command, Reply};
use crate::domain::contact_center::desk::{Desk, OfferKind, Refusal};
use crate::domain::contact_center::story::{What, Why};
use crate::domain::queue::draft::Draft;
use crate::service::Account;

on_both!(
    all_ring_and_the_first_who_accepts_has_the_call,
    of_those_who_accept_at_the_same_moment_one_has_the_call,
    one_who_declines_leaves_the_others_ringing,
    a_caller_whom_nobody_takes_is_no_miss_and_rings_again_after_a_pause,
    they_ring_on_when_the_server_starts_again,
    one_agent_alone_is_rung_alone,
    no_agent_rings_for_two_callers,
    an_agent_who_went_away_has_missed_nothing,
);

/// Three agents in a queue that rings all, with their consoles open; `agent0` and `agent1` are of the first priority.
async fn sales(world: &World) -> Vec<(String, String)> {
    let services = &world.services;
    let team = agents(services, 3).await;
    beat(services, &team).await;
    let mut all =
        Draft { strategy: "ring-all".into(), ring_s: "20".into(), ..draft("Sales", &["agent0", "agent1", "agent2"]) };
    all.members.insert("priority_agent2".into(), "2".into());
    queue(services, SALES, &all).await;
    team
}

/// Somebody calls, and the consoles have been told.
async fn rings_at_all(services: &Services, n: usize) -> String {
    let flow = comes(services, SALES, n).await;
    assert_eq!(rings(&flow), None, "nobody is connected yet");
    assert!(says(&flow).contains("Our agents are being called"), "nobody says that all are busy: {}", says(&flow));
    told(async || record(services, n).await.rings_all.is_some()).await;
    record(services, n).await.id
}

/// Callers are given to agents on a task of their own: waits until it is so.
async fn told(so: impl AsyncFn() -> bool) {
    let soon = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), soon).await.expect("it never comes to be so");
}

async fn desk(services: &Services, agent: &(String, String)) -> Desk {
    services.desk.view.desk(&agent.0, &agent.1).await.unwrap()
}

/// At how many others a caller rings too, who rings at this agent.
fn others(desk: &Desk) -> Option<u32> {
    match desk.offer.as_ref()?.kind {
        OfferKind::All(others) => Some(others),
        _ => None,
    }
}

async fn asks(services: &Services, agent: &(String, String), command: Command) -> Result<(), Refusal> {
    let account = services.core.store.accounts().named(&agent.1).await.unwrap().unwrap();
    match services.desk.consoles.run(&Account::from(account), command).await.unwrap() {
        Reply::Refused(refusal) => Err(refusal),
        _ => Ok(()),
    }
}

async fn takes(services: &Services, agent: &(String, String), call: &str) -> Result<(), Refusal> {
    asks(services, agent, Command::Take { call: call.to_owned() }).await
}

async fn all_ring_and_the_first_who_accepts_has_the_call(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    let call = rings_at_all(services, 1).await;
    let desks = [desk(services, &team[0]).await, desk(services, &team[1]).await, desk(services, &team[2]).await];
    assert_eq!(desks.each_ref().map(others), [Some(1), Some(1), None], "the third is of the second priority");
    assert_eq!(desks[0].waiting[0].ringing_at.as_deref(), Some("agent0, agent1"));
    assert!(desks.iter().all(|desk| desk.me.state == State::Ready), "nobody is reserved");

    takes(services, &team[1], &call).await.unwrap();
    let led = transfers(&world).await;
    assert!(led.len() == 1 && led[0].contains("\"user\":\"agent1\""), "{led:?}");
    let winner = desk(services, &team[1]).await;
    assert_eq!((winner.me.state, winner.offer.unwrap().kind), (State::Ringing, OfferKind::Call));
    let loser = desk(services, &team[0]).await;
    assert_eq!((loser.me.state, loser.me.misses, loser.offer), (State::Ready, 0, None));
    let late = takes(services, &team[0], &call).await;
    assert_eq!(late, Err(Refusal::TakenBy { name: "agent1".into() }));

    services.webhooks.event(leg(1, "agent1", "answered")).await.unwrap();
    let record = record(services, 1).await;
    assert_eq!((record.phase, record.agent.as_deref()), (Phase::Talking, Some("agent1")));
    let told = What::Rang { agent: "agent1".into(), why: Why::FirstToAccept(2) };
    assert!(record.story.iter().any(|moment| moment.what == told), "{:?}", record.story);
    assert_eq!(takes(services, &team[0], &call).await, Err(Refusal::TakenBy { name: "agent1".into() }));
    assert_eq!(takes(services, &team[0], "none").await, Err(Refusal::Gone));
}

async fn of_those_who_accept_at_the_same_moment_one_has_the_call(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    let call = rings_at_all(services, 1).await;
    let (one, other) = tokio::join!(takes(services, &team[0], &call), takes(services, &team[1], &call));
    assert_eq!([&one, &other].into_iter().filter(|taken| taken.is_ok()).count(), 1, "{one:?} {other:?}");
    let lost = one.err().or(other.err()).unwrap();
    assert!(matches!(lost, Refusal::TakenBy { .. }), "{lost:?}");
    assert_eq!(transfers(&world).await.len(), 1);
    let states = [desk(services, &team[0]).await.me.state, desk(services, &team[1]).await.me.state];
    assert_eq!(states.iter().filter(|state| **state == State::Ringing).count(), 1, "{states:?}");
}

async fn one_who_declines_leaves_the_others_ringing(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    let call = rings_at_all(services, 1).await;
    let offer = desk(services, &team[0]).await.offer.unwrap().id;
    asks(services, &team[0], Command::Decline { offer: offer.clone() }).await.unwrap();
    assert_eq!(asks(services, &team[0], Command::Decline { offer }).await, Err(Refusal::Gone), "it was declined");
    let declined = desk(services, &team[0]).await;
    assert_eq!((declined.offer, declined.me.state), (None, State::Ready));
    // One is left, who rings alone as in any other queue.
    told(async || desk(services, &team[1]).await.me.state == State::Ringing).await;
    assert_eq!(desk(services, &team[1]).await.offer.unwrap().call, call);
}

async fn a_caller_whom_nobody_takes_is_no_miss_and_rings_again_after_a_pause(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    rings_at_all(services, 1).await;
    let upkeep = async |pass: i64| {
        world.pass(pass);
        beat(services, &team).await;
        services.desk.sweep.desk_upkeep().await.unwrap();
    };
    upkeep(10_000).await;
    assert_eq!(others(&desk(services, &team[0]).await), Some(1), "they still ring");
    upkeep(10_000).await;
    let desks = [desk(services, &team[0]).await, desk(services, &team[1]).await];
    assert!(desks.iter().all(|desk| desk.me.misses == 0 && desk.me.state == State::Ready), "it is no miss");
    assert!(desks.iter().all(|desk| desk.offer.is_none()));
    // The second priority has its turn, alone.
    told(async || desk(services, &team[2]).await.me.state == State::Ringing).await;
    services.webhooks.event(leg(1, "agent2", "rejected")).await.unwrap();
    upkeep(10_000).await;
    told(async || others(&desk(services, &team[0]).await) == Some(1)).await;
}

async fn they_ring_on_when_the_server_starts_again(db: Database) {
    let world = house(db, 204).await;
    let team = sales(&world).await;
    let call = rings_at_all(&world.services, 1).await;
    let again = world.restarted(|_| ()).await;
    again.lines.reload_directory().await.unwrap();
    assert_eq!(others(&desk(&again, &team[1]).await), Some(1));
    takes(&again, &team[1], &call).await.unwrap();
    assert_eq!(desk(&again, &team[0]).await.offer, None);
}

async fn one_agent_alone_is_rung_alone(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    let away = Wish::Away(AwayReason::LUNCH);
    services.desk.presence.set_presence(&team[0].0, "agent0", away).await.told().unwrap();
    assert_eq!(rings(&comes(services, SALES, 1).await).as_deref(), Some("agent1"));
}

async fn no_agent_rings_for_two_callers(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    let first = rings_at_all(services, 1).await;
    world.pass(1_000);
    // The third agent is left for who comes next.
    assert_eq!(rings(&comes(services, SALES, 2).await).as_deref(), Some("agent2"));
    takes(services, &team[0], &first).await.unwrap();
    // One who is taken by a call of their own does not ring any more.
    assert_eq!(desk(services, &team[0]).await.offer.unwrap().kind, OfferKind::Call);
    assert_eq!(desk(services, &team[1]).await.offer, None);
}

async fn an_agent_who_went_away_has_missed_nothing(db: Database) {
    let world = house(db, 204).await;
    let (services, team) = (&world.services, sales(&world).await);
    rings_at_all(services, 1).await;
    let away = Wish::Away(AwayReason::LUNCH);
    services.desk.presence.set_presence(&team[0].0, "agent0", away).await.told().unwrap();
    assert_eq!(desk(services, &team[0]).await.offer, None, "it stops ringing there");
    world.pass(20_000);
    beat(services, &team).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    let missed: Vec<What> = record(services, 1).await.story.into_iter().map(|moment| moment.what).collect();
    let by = |agent: &str| missed.contains(&What::Missed { agent: agent.to_owned() });
    assert!(!by("agent0"), "{missed:?}");
}
