//! Agents and callers on a real database, many at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::account::Role;
use crate::domain::contact_center::desk::{Dial, Go, HistoryShow, Refusal};
use crate::domain::contact_center::ledger::{Entry, sums};
use crate::domain::contact_center::presence::{AwayReason, State, Wish};
use crate::domain::line::Line;
use crate::domain::menu::{MAIN, Menu};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::domain::phone::E164;
use crate::service::fail::Told as _;
use crate::service::received::{Received, WebhookKind};
use crate::service::tests::{World, answer, event};
use crate::service::{NewMember, Services};
use crate::store::testing::{Database, on_both};

mod again;
mod callbacks;
mod caller_id;
mod declined;
mod flows;
mod menus;
mod messages;
mod numbers;
mod queues;
mod ring_all;
mod settings;
mod signed_out;
mod simulation;
mod stall;
mod team;
mod twice;
mod unable;
mod visitors;
mod whose;

const OURS: &str = "442079460101";

on_both!(
    fifty_callers_at_once_and_ten_agents,
    a_caller_goes_from_one_who_does_not_answer_to_the_next,
    a_sleeping_tab_is_never_offered_a_call,
    the_same_keys_told_twice_ring_once,
    an_agent_calls_each_intent_once_and_not_too_often,
    the_ledger_adds_up,
    case_25_earlier_calls_are_found_in_either_spelling,
    a_softphone_elsewhere_is_rung_without_a_console,
    b13_an_app_without_a_sign_of_life_is_not_rung,
);

/// Many callers on a slow machine: what is tested is who gets whom, not how fast.
fn patient(settings: &mut crate::service::Settings) {
    settings.limits.be_patient();
    settings.desk.dials_per_minute = 3;
}

/// A world with a number that leads to the first agent.
async fn world(db: Database) -> World {
    let world = World::with(db, patient).await;
    let number = E164::parse(OURS).unwrap();
    world.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Agent("agent0".into())).await.unwrap();
    world
}

async fn agents(services: &Services, count: usize) -> Vec<(String, String)> {
    let mut made = Vec::new();
    for n in 0..count {
        let name = format!("agent{n}");
        let new = NewMember { name: name.clone(), display_name: String::new(), role: Role::Agent };
        services.team.add_member(&new).await.unwrap();
        let account = services.core.store.accounts().named(&name).await.unwrap().unwrap();
        made.push((account.id, name));
    }
    services.lines.reload_directory().await.unwrap();
    made
}

/// The menu that gives each of them a key.
async fn main_menu(services: &Services, team: &[(String, String)]) {
    let names: Vec<String> = team.iter().map(|(_, name)| name.clone()).collect();
    let menu = Menu::of_agents(MAIN, &names);
    assert!(services.core.store.menus().begin(&[menu], services.now_ms()).await.unwrap());
}

async fn beat(services: &Services, agents: &[(String, String)]) {
    for (account, name) in agents {
        assert!(services.desk.consoles.tabs.heartbeat(account, name, "tab").await.unwrap().softphone);
    }
}

fn call(n: usize) -> Received {
    answer(&json!({"to": OURS, "from": format!("4477009{n:05}"), "uuid": format!("caller{n}"),
                   "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"}))
}

/// What the platform tells of the leg that rings at an agent.
fn leg(n: usize, agent: &str, status: &str) -> Received {
    event(&json!({"from": format!("4477009{n:05}"), "to": agent, "uuid": format!("leg-{n}-{agent}"),
                  "conversation_uuid": format!("CON-{n}"), "status": status, "direction": "outbound",
                  "timestamp": "2026-11-21T07:00:00.000Z"}))
}

fn caller(n: usize, status: &str) -> Received {
    event(&json!({"from": format!("4477009{n:05}"), "to": OURS, "uuid": format!("caller{n}"),
                  "conversation_uuid": format!("CON-{n}"), "status": status, "direction": "inbound",
                  "timestamp": "2026-11-21T07:00:00.000Z"}))
}

fn keys(n: usize, digits: &str) -> Received {
    let body = json!({"dtmf": {"digits": digits, "timed_out": false}, "speech": {"results": []}, "to": OURS,
                      "uuid": format!("caller{n}"), "conversation_uuid": format!("CON-{n}"),
                      "timestamp": "2026-11-21T07:00:00.000Z"});
    Received { kind: WebhookKind::Dtmf, ..event(&body) }
}

/// How a call stands in the call log.
async fn logged(services: &Services, n: usize) -> &'static str {
    services.log.call(&format!("CON-{n}")).await.unwrap().unwrap().row.phase.name()
}

/// Waits until a call rings at an agent: waiting callers are assigned on tasks of their own.
async fn offered(services: &Services, agent: &str) {
    let rung = async {
        while services.core.store.desk().offer_to(agent).await.unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), rung).await.expect("no call was offered");
}

/// Whom a flow rings.
fn rings(flow: &Cleared) -> Option<String> {
    let flow = serde_json::to_value(flow).unwrap();
    let connect = flow.as_array().unwrap().iter().find(|action| action["action"] == "connect")?;
    Some(connect["endpoint"][0]["user"].as_str().unwrap().to_owned())
}

fn says(flow: &Ncco) -> String {
    let flow: Value = serde_json::to_value(flow).unwrap();
    flow[0]["text"].as_str().unwrap_or_default().to_owned()
}

async fn fifty_callers_at_once_and_ten_agents(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 10).await;
    beat(services, &team).await;
    let calling = (0..50).map(|n| {
        let services = services.clone();
        tokio::spawn(async move { services.webhooks.answer(call(n)).await.unwrap() })
    });
    let flows: Vec<Cleared> = futures::future::join_all(calling).await.into_iter().map(|flow| flow.unwrap()).collect();
    let rung: Vec<String> = flows.iter().filter_map(rings).collect();
    assert_eq!(rung.len(), 10, "{rung:?}");
    assert_eq!(rung.iter().collect::<BTreeSet<_>>().len(), 10, "two callers at one agent: {rung:?}");
    let waiting = flows.iter().filter(|flow| says(flow).contains("All our agents are busy")).count();
    assert_eq!(waiting, 40);
    let offers = services.core.store.desk().open_offers().await.unwrap();
    let (calls, names): (BTreeSet<_>, BTreeSet<_>) = offers.iter().map(|offer| (&offer.call, &offer.agent)).unzip();
    assert_eq!((offers.len(), calls.len(), names.len()), (10, 10, 10));
    for (account, name) in &team {
        let desk = services.desk.view.desk(account, name).await.unwrap();
        assert_eq!(desk.me.state, State::Ringing);
        assert_eq!(desk.waiting.len(), 50);
    }
}

async fn case_25_earlier_calls_are_found_in_either_spelling(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let told = |from: &str, n: usize, status: Option<&str>| {
        let mut body = json!({"to": OURS, "from": from, "uuid": format!("caller{n}"),
                              "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"});
        let Some(status) = status else { return answer(&body) };
        body["status"] = status.into();
        body["direction"] = "inbound".into();
        body["timestamp"] = "2026-11-21T07:00:00.000Z".into();
        event(&body)
    };
    for (n, from) in [(1, "523312345678"), (2, "5213312345678"), (3, "523312345679")] {
        services.webhooks.answer(told(from, n, None)).await.unwrap();
        let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
        let who = desk.offer.unwrap().who;
        let earlier = u32::from(n == 2);
        assert_eq!((who.earlier_calls, who.last_contact.is_some()), (earlier, n == 2), "{from}");
        services.webhooks.event(told(from, n, Some("completed"))).await.unwrap();
        world.pass(1_000);
    }
}

async fn a_caller_goes_from_one_who_does_not_answer_to_the_next(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    let flow = services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!((says(&flow).as_str(), rings(&flow).as_deref()), ("Thank you for calling agent0", Some("agent0")));
    assert_eq!(services.webhooks.answer(call(1)).await.unwrap(), flow, "asked again");
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "started")).await.unwrap();
    let timeout = leg(1, "agent0", "timeout");
    let next = services.webhooks.event(timeout.clone()).await.unwrap().unwrap();
    assert_eq!(rings(&next).as_deref(), Some("agent1"));
    let again = Received { verified: leg(1, "", "").verified, ..timeout };
    assert_eq!(services.webhooks.event(again).await.unwrap(), Some(next), "told again");
    let wait = services.webhooks.event(leg(1, "agent1", "rejected")).await.unwrap().unwrap();
    assert!(says(&wait).contains("You are number 1 in the queue"), "{}", says(&wait));
    // The queue tries everybody again; the second miss in a row is away.
    services.webhooks.event(leg(1, "agent0", "completed")).await.unwrap();
    let flow = services.webhooks.event(keys(1, "")).await.unwrap().unwrap();
    assert_eq!(rings(&flow).as_deref(), Some("agent0"));
    let unanswered = event(&json!({"to": "agent0", "uuid": "second", "conversation_uuid": "CON-1",
        "status": "unanswered", "direction": "outbound", "timestamp": "2026-11-21T07:01:00.000Z"}));
    let wait = services.webhooks.event(unanswered).await.unwrap().unwrap();
    assert!(says(&wait).contains("You are number 1 in the queue"), "{}", says(&wait));
    let flow = services.webhooks.event(keys(1, "9")).await.unwrap().unwrap();
    assert_eq!(rings(&flow).as_deref(), Some("agent1"));
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!(desk.me.state, State::Away(AwayReason::NO_ANSWER));
    // agent1 takes it, whatever comes late or twice.
    let second = |status: &str| {
        event(&json!({"to": "agent1", "uuid": "third", "conversation_uuid": "CON-1", "status": status,
                      "direction": "outbound", "timestamp": "2026-11-21T07:02:00.000Z"}))
    };
    services.webhooks.event(second("answered")).await.unwrap();
    services.webhooks.event(second("ringing")).await.unwrap();
    services.webhooks.event(second("answered")).await.unwrap();
    let desk = services.desk.view.desk(&team[1].0, "agent1").await.unwrap();
    assert_eq!((desk.me.state, desk.waiting.len()), (State::Talking, 0));
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    services.webhooks.event(second("completed")).await.unwrap();
    let desk = services.desk.view.desk(&team[1].0, "agent1").await.unwrap();
    assert_eq!((desk.me.state, desk.call), (State::WrapUp, None));
    world.pass(30_001);
    beat(services, &team).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(services.desk.view.desk(&team[1].0, "agent1").await.unwrap().me.state, State::Ready);
    let history = services.desk.consoles.history.desk_history("agent1", HistoryShow::Mine, None).await.unwrap();
    assert_eq!(history.rows.len(), 1);
}

async fn a_sleeping_tab_is_never_offered_a_call(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    world.pass(10_000);
    beat(services, &team[1..]).await;
    world.pass(5_001);
    // Nobody has looked yet who sleeps: routing does not wait for that.
    let flow = services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!(rings(&flow).as_deref(), Some("agent1"));
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me.state, State::Asleep);
    let flow = services.webhooks.answer(call(2)).await.unwrap();
    assert_eq!(rings(&flow), None);
    services.desk.consoles.tabs.heartbeat(&team[0].0, "agent0", "tab").await.unwrap();
    assert_eq!(services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me.state, State::Ready);
    assert_eq!(rings(&services.webhooks.answer(call(3)).await.unwrap()).as_deref(), Some("agent0"));
}

async fn the_same_keys_told_twice_ring_once(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let number = E164::parse(OURS).unwrap();
    services.lines.assign_number(&number, &Line::Ivr("main".into())).await.unwrap();
    let team = agents(services, 2).await;
    beat(services, &team).await;
    main_menu(services, &team).await;
    let menu = services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!(says(&menu), "Thank you for calling my contact center.");
    let pressed = keys(1, "2");
    let twin = Received { verified: keys(1, "").verified, ..pressed.clone() };
    let first = services.webhooks.event(pressed).await.unwrap().unwrap();
    assert_eq!(
        (says(&first).as_str(), rings(&first).as_deref()),
        ("Please wait while we connect you to agent1", Some("agent1"))
    );
    assert_eq!(services.webhooks.event(twin).await.unwrap(), Some(first));
    assert_eq!(services.core.store.desk().open_offers().await.unwrap().len(), 1);
    // The old shape of the keys, a wrong key, and a caller who cannot press any.
    services.webhooks.answer(call(2)).await.unwrap();
    let old = |digits: &str, at: u32| {
        let body = json!({"dtmf": digits, "uuid": "caller2", "conversation_uuid": "CON-2", "at": at});
        Received { kind: WebhookKind::Dtmf, ..event(&body) }
    };
    for at in 0..2 {
        let again = services.webhooks.event(old("9", at)).await.unwrap().unwrap();
        assert!(says(&again).starts_with("To talk to agent0, please press 1"), "{}", says(&again));
    }
    let person = services.webhooks.event(old("", 3)).await.unwrap().unwrap();
    assert_eq!(rings(&person).as_deref(), Some("agent0"));
}

async fn an_agent_calls_each_intent_once_and_not_too_often(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let dials = |intent: &str, to: &str, n: usize| {
        answer(&json!({"to": to, "from_user": "agent0", "uuid": format!("own{n}"), "endpoint_type": "app",
                       "conversation_uuid": format!("CON-out-{n}"), "custom_data": {"to": to, "intent": intent}}))
    };
    let Ok(Go { context, .. }) =
        services.desk.consoles.dialling.dial("agent0", &Dial::to("+44 7700 900123")).await.told()
    else {
        panic!("not allowed")
    };
    let other = services.webhooks.answer(dials(&context.intent, "447700900999", 0)).await.unwrap();
    assert!(says(&other).starts_with("This call was placed already"), "an intent is for its number");
    let flow = services.webhooks.answer(dials(&context.intent, &context.to, 1)).await.unwrap();
    assert_eq!(says(&flow), "Please wait while we connect you.");
    let shown = serde_json::to_value(&flow).unwrap();
    assert_eq!((&shown[1]["from"], &shown[1]["endpoint"][0]["number"]), (&json!(OURS), &json!("447700900123")));
    let again = services.webhooks.answer(dials(&context.intent, &context.to, 2)).await.unwrap();
    assert!(says(&again).starts_with("This call was placed already"), "{}", says(&again));
    let busy = services.desk.consoles.dialling.dial("agent0", &Dial::to("447700900124")).await.told();
    assert_eq!(busy, Err(Refusal::NotNow { is: State::Ringing }));
    let done = event(&json!({"uuid": "own1", "conversation_uuid": "CON-out-1", "status": "completed"}));
    services.webhooks.event(done).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(
            services.desk.consoles.dialling.dial("agent0", &Dial::to("447700900124")).await.told(),
            Ok(Go { .. })
        ));
    }
    let refused = services.desk.consoles.dialling.dial("agent0", &Dial::to("447700900124")).await.told();
    assert!(matches!(refused, Err(Refusal::TooMany { retry_after_s: 1..=60 })), "{refused:?}");
    for (number, why) in [("14155550100", "country"), ("00", "bad-number"), ("", "bad-number")] {
        let Err(refusal) = services.desk.consoles.dialling.dial("agent0", &Dial::to(number)).await.told() else {
            panic!("{number}")
        };
        assert_eq!(serde_json::to_value(refusal).unwrap()["why"], why);
    }
}

async fn the_ledger_adds_up(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    let began = services.now_ms();
    world.pass(1_000);
    beat(services, &team).await;
    world.pass(2_000);
    services.webhooks.answer(call(1)).await.unwrap();
    world.pass(3_000);
    services.webhooks.event(leg(1, "agent0", "answered")).await.unwrap();
    let lunch = Wish::Away(AwayReason::LUNCH);
    assert_eq!(services.desk.presence.set_presence(&team[0].0, "agent0", lunch).await.told(), Ok(()));
    world.pass(4_000);
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    world.pass(5_000);
    let id = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().wrap_up.unwrap().call;
    let _ = services.desk.consoles.after_call.finish_wrap_up("agent0", &id).await.told();
    world.pass(6_000);
    let rows = services.core.store.desk().agent_states("agent0", began).await.unwrap();
    let entries: Vec<Entry> = rows
        .iter()
        .map(|row| Entry { state: State::parse(&row.state, row.reason.as_deref()).unwrap(), since: row.since })
        .collect();
    let expected = BTreeMap::from([
        (State::Offline, 1_000),
        (State::Ready, 2_000),
        (State::Ringing, 3_000),
        (State::Talking, 4_000),
        (State::WrapUp, 5_000),
        (State::Away(AwayReason::LUNCH), 6_000),
    ]);
    assert_eq!(sums(&entries, began, services.now_ms()), expected);
}

async fn a_softphone_elsewhere_is_rung_without_a_console(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    let until = services.now_ms() + 3_600_000;
    services.desk.presence.agent_signed_in_elsewhere(&team[0].0, "agent0", until).await.unwrap();
    world.pass(60_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    let flow = services.webhooks.answer(call(1)).await.unwrap();
    assert_eq!(rings(&flow).as_deref(), Some("agent0"));
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    world.pass(3_600_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(rings(&services.webhooks.answer(call(2)).await.unwrap()), None);
}

async fn b13_an_app_without_a_sign_of_life_is_not_rung(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    let day = 24 * 3_600_000;
    let takes_a_token =
        || services.desk.presence.agent_signed_in_elsewhere(&team[0].0, "agent0", services.now_ms() + day);
    takes_a_token().await.unwrap();
    world.pass(59 * 60_000);
    // The app rings and nobody answers: it may be closed, whatever its token says.
    assert_eq!(rings(&services.webhooks.answer(call(1)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(leg(1, "agent0", "timeout")).await.unwrap();
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me.state, State::Asleep);
    assert_eq!(rings(&services.webhooks.answer(call(2)).await.unwrap()), None);
    services.webhooks.event(caller(2, "completed")).await.unwrap();
    // It is opened, and the platform tells.
    services.desk.presence.agent_seen_elsewhere("agent0").await.unwrap();
    assert_eq!(services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me.state, State::Ready);
    assert_eq!(rings(&services.webhooks.answer(call(3)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(leg(3, "agent0", "answered")).await.unwrap();
    services.webhooks.event(caller(3, "completed")).await.unwrap();
    let notes = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().wrap_up.unwrap();
    let _ = services.desk.consoles.after_call.finish_wrap_up("agent0", &notes.call).await.told();
    // An hour without a word.
    world.pass(3_600_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(rings(&services.webhooks.answer(call(4)).await.unwrap()), None);
    services.webhooks.event(caller(4, "completed")).await.unwrap();
    takes_a_token().await.unwrap();
    assert_eq!(rings(&services.webhooks.answer(call(5)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(caller(5, "completed")).await.unwrap();
    // A stranger's name, and somebody whose token is over, are no signs of life.
    services.desk.presence.agent_seen_elsewhere("mallory").await.unwrap();
    world.pass(day);
    services.desk.presence.agent_seen_elsewhere("agent0").await.unwrap();
    assert_eq!(rings(&services.webhooks.answer(call(6)).await.unwrap()), None);
}
