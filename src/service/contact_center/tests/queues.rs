//! Several queues: who takes their calls, whose turn it is, and where those go who wait too long.

use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::story::{Way, What, WhyLeft};
use crate::domain::queue::draft::{Draft, RulesDraft, YES};
use crate::domain::queue::{Queue, STANDING};

on_both!(
    only_members_take_the_calls_of_a_queue,
    round_robin_and_fewest_calls_go_by_what_was_offered_today,
    callers_who_come_first_and_who_gave_up_are_before_others,
    a_full_queue_and_an_unattended_one_lead_on_at_once,
    callers_who_waited_too_long_are_led_to_the_next_queue_with_their_place,
    a_caller_who_could_not_be_led_on_goes_on_waiting,
    a_caller_whom_the_agent_declined_keeps_their_place,
    a_number_that_does_not_answer_is_rung_once,
    ring_time_wrap_up_and_greeting_are_the_queues,
    places_are_kept_when_the_server_starts_again,
    a_queue_is_counted,
);

pub(super) const SALES: &str = "442079460200";
const SERVICE: &str = "442079460201";

pub(super) fn draft(name: &str, members: &[&str]) -> Draft {
    let everybody = if members.is_empty() { YES } else { "" }.to_owned();
    let members = members.iter().map(|agent| (format!("member_{agent}"), YES.to_owned())).collect();
    Draft { name: name.to_owned(), everybody, members, ..Draft::of(&Queue::standing(), &[]) }
}

/// A queue with a number that leads to it.
pub(super) async fn queue(services: &Services, number: &str, draft: &Draft) -> String {
    let id = services.queues.keep(None, draft).await.unwrap();
    let number = E164::parse(number).unwrap();
    services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Queue(id.clone())).await.unwrap();
    id
}

fn asks(number: &str, n: usize) -> Received {
    answer(&json!({"to": number, "from": format!("4477009{n:05}"), "uuid": format!("caller{n}"),
                   "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"}))
}

/// Somebody calls a number, and their own leg is answered.
pub(super) async fn comes(services: &Services, number: &str, n: usize) -> Cleared {
    let flow = services.webhooks.answer(asks(number, n)).await.unwrap();
    services.webhooks.event(caller(n, "answered")).await.unwrap();
    flow
}

async fn takes_and_ends(services: &Services, n: usize, agent: &str) {
    for status in ["answered", "completed"] {
        services.webhooks.event(leg(n, agent, status)).await.unwrap();
    }
    services.webhooks.event(caller(n, "completed")).await.unwrap();
    let (account, name) = account_of(services, agent).await;
    let call = services.desk.view.desk(&account, &name).await.unwrap().wrap_up.unwrap().call;
    services.desk.consoles.after_call.finish_wrap_up(agent, &call).await.told().unwrap();
}

async fn account_of(services: &Services, agent: &str) -> (String, String) {
    let account = services.core.store.accounts().named(agent).await.unwrap().unwrap();
    (account.id, agent.to_owned())
}

pub(super) async fn record(services: &Services, n: usize) -> DeskCall {
    services.core.store.desk().call_in(&format!("CON-{n}")).await.unwrap().unwrap().call
}

async fn only_members_take_the_calls_of_a_queue(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 3).await;
    beat(services, &team).await;
    let sales = queue(services, SALES, &draft("Sales", &["agent2"])).await;
    assert_eq!(rings(&comes(services, SALES, 1).await).as_deref(), Some("agent2"));
    let flow = comes(services, SALES, 2).await;
    assert!(says(&flow).contains("You are number 1 in the queue"), "{}", says(&flow));
    // The agent's own number goes to them first, and then to everybody.
    assert_eq!(rings(&comes(services, OURS, 3).await).as_deref(), Some("agent0"));
    assert_eq!(rings(&comes(services, OURS, 4).await).as_deref(), Some("agent1"));
    let flow = comes(services, OURS, 5).await;
    assert!(says(&flow).contains("You are number 1 in the queue"), "of another queue: {}", says(&flow));
    let desk = services.desk.view.desk(&team[2].0, "agent2").await.unwrap();
    let names: Vec<_> = desk.waiting.iter().map(|waiting| waiting.queue.as_deref()).collect();
    assert_eq!(names.iter().filter(|name| **name == Some("Sales")).count(), 2, "{names:?}");
    assert_eq!(desk.offer.unwrap().who.queue.as_deref(), Some("Sales"));
    assert_eq!(record(services, 2).await.queue, Some(sales));
}

async fn round_robin_and_fewest_calls_go_by_what_was_offered_today(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 3).await;
    let turns = Draft { strategy: "round-robin".into(), ..draft("Turns", &[]) };
    let fewest = Draft { strategy: "fewest-calls".into(), ..draft("Fewest", &[]) };
    queue(services, SALES, &turns).await;
    queue(services, SERVICE, &fewest).await;
    let mut rung = Vec::new();
    for n in 1..=6 {
        world.pass(1_000);
        beat(services, &team).await;
        let agent = rings(&comes(services, SALES, n).await).unwrap();
        // The one who declines has had their turn all the same.
        takes_and_ends(services, n, &agent).await;
        rung.push(agent);
    }
    assert_eq!(rung[..3], rung[3..], "each in turn: {rung:?}");
    assert_eq!(rung[..3].iter().collect::<BTreeSet<_>>().len(), 3);
    // agent1 takes two more by being asked for; then the others are before them.
    let two = services.core.store.desk().offers_since(0, 0).await.unwrap();
    assert!(two.values().all(|(_, taken)| *taken == 2), "{two:?}");
    let own = E164::parse("442079460202").unwrap();
    services.lines.add_number(&own, "GB", &["VOICE".into()], &Line::Agent("agent1".into())).await.unwrap();
    comes(services, own.digits(), 7).await;
    takes_and_ends(services, 7, "agent1").await;
    let mut rung = Vec::new();
    for n in 8..=9 {
        world.pass(1_000);
        beat(services, &team).await;
        let agent = rings(&comes(services, SERVICE, n).await).unwrap();
        takes_and_ends(services, n, &agent).await;
        rung.push(agent);
    }
    rung.sort();
    assert_eq!(rung, ["agent0", "agent2"]);
    // Tomorrow is another day.
    world.pass(25 * 3_600_000);
    let midnight = services.core.zone().midnight(services.now_ms());
    let today = services.core.store.desk().offers_since(0, midnight).await.unwrap();
    assert!(today.values().all(|(_, taken)| *taken == 0), "{today:?}");
}

async fn callers_who_come_first_and_who_gave_up_are_before_others(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let first = RulesDraft { support: "telephone".into(), first: "+44 7700 900003".into(), gave_up_first: YES.into() };
    services.queues.keep_rules(&first).await.unwrap();
    // Of yesterday it does not count.
    comes(services, OURS, 5).await;
    services.webhooks.event(caller(5, "completed")).await.unwrap();
    world.pass(24 * 3_600_000);
    comes(services, OURS, 2).await;
    services.webhooks.event(caller(2, "completed")).await.unwrap();
    world.pass(1_000);
    let again = |n: usize, from: usize| {
        let body = json!({"to": OURS, "from": format!("4477009{from:05}"), "uuid": format!("caller{n}"),
                          "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"});
        answer(&body)
    };
    let mut places = Vec::new();
    for (n, from) in [(11, 1), (15, 5), (12, 2), (13, 3)] {
        world.pass(1_000);
        let flow = services.webhooks.answer(again(n, from)).await.unwrap();
        places.push(says(&flow).split("number ").nth(1).unwrap().split(' ').next().unwrap().to_owned());
    }
    // One who came before, one who gave up yesterday, one who gave up today, one who comes first.
    assert_eq!(places, ["1", "2", "1", "1"]);
    assert!(record(services, 13).await.precedence.is_first && record(services, 12).await.precedence.gave_up);
}

async fn a_full_queue_and_an_unattended_one_lead_on_at_once(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    let full = Draft { max_size: "1".into(), ..draft("Full", &["agent0"]) };
    let to_number = Draft { overflow: "number".into(), overflow_number: "07700 900456".into(), ..full };
    queue(services, SALES, &to_number).await;
    let flow = comes(services, SALES, 1).await;
    assert!(says(&flow).contains("number 1"));
    let flow = serde_json::to_value(comes(services, SALES, 2).await).unwrap();
    assert!(flow.to_string().contains("many callers are waiting"), "{flow}");
    assert_eq!(flow.as_array().unwrap().last().unwrap()["endpoint"][0]["number"], "447700900456", "{flow}");
    assert_eq!(record(services, 2).await.phase, Phase::Outside);
    // Nobody is signed in: who may be called back is, who hides the number leaves a message.
    let unattended = Draft { leaves_when_unattended: YES.into(), ..draft("Night", &["agent1"]) };
    let call_back = Draft { overflow: "call-back".into(), ..unattended };
    queue(services, SERVICE, &call_back).await;
    let flow = serde_json::to_value(comes(services, SERVICE, 3).await).unwrap();
    assert!(flow.to_string().contains("Nobody can take your call"), "{flow}");
    let promised = record(services, 3).await;
    assert!(promised.story.iter().any(|moment| moment.what == What::CallBack), "{:?}", promised.story);
    let hidden = answer(&json!({"to": SERVICE, "from": "anonymous", "uuid": "caller4",
                                "conversation_uuid": "CON-4", "endpoint_type": "phone"}));
    let flow = serde_json::to_value(services.webhooks.answer(hidden).await.unwrap()).unwrap();
    assert!(flow.as_array().unwrap().iter().any(|action| action["action"] == "record"), "{flow}");
    // On a break one is signed in.
    beat(services, &team[1..]).await;
    let away = Wish::Away(AwayReason::BREAK);
    services.desk.presence.set_presence(&team[1].0, "agent1", away).await.told().unwrap();
    let flow = comes(services, SERVICE, 5).await;
    assert!(says(&flow).contains("number 1"));
}

pub(super) async fn house(db: Database, status: u16) -> World {
    let world = world(db).await;
    let done = ResponseTemplate::new(status);
    Mock::given(method("PUT")).and(path_regex("^/v1/calls/")).respond_with(done).mount(&world.platform).await;
    let lives = json!({"uuid": "x", "status": "answered", "direction": "inbound"});
    let lives = ResponseTemplate::new(200).set_body_json(lives);
    Mock::given(method("GET")).and(path_regex("^/v1/calls/")).respond_with(lives).mount(&world.platform).await;
    world
}

async fn callers_who_waited_too_long_are_led_to_the_next_queue_with_their_place(db: Database) {
    let world = house(db, 204).await;
    let services = &world.services;
    agents(services, 2).await;
    let next = queue(services, SERVICE, &draft("Service", &["agent1"])).await;
    let patient = Draft { max_wait_s: "60".into(), overflow: format!("queue:{next}"), ..draft("Sales", &["agent0"]) };
    queue(services, SALES, &patient).await;
    comes(services, SALES, 1).await;
    world.pass(30_000);
    comes(services, SERVICE, 2).await;
    world.pass(29_999);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(record(services, 1).await.queues_left, Vec::<String>::new(), "a moment too soon");
    world.pass(1);
    services.desk.sweep.desk_upkeep().await.unwrap();
    let call = record(services, 1).await;
    assert_eq!((call.queue.as_deref(), call.phase), (Some(next.as_str()), Phase::Waiting));
    let told: Vec<&What> = call.story.iter().map(|moment| &moment.what).collect();
    assert!(told.contains(&&What::LeftQueue { queue: "Sales".into(), why: WhyLeft::TooLong }), "{told:?}");
    assert!(told.contains(&&What::Led { way: Way::Queue("Service".into()) }), "{told:?}");
    // They have waited longer than the one who was there.
    let flow = services.webhooks.event(keys(2, "")).await.unwrap().unwrap();
    assert!(says(&flow).contains("You are number 2"), "{}", says(&flow));
    let requests = world.platform.received_requests().await.unwrap();
    let led: Vec<String> = requests
        .iter()
        .filter(|request| request.method.as_str() == "PUT")
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    assert!(led.iter().any(|body| body.contains("You are number 1 in the queue")), "{led:?}");
}

async fn a_caller_who_could_not_be_led_on_goes_on_waiting(db: Database) {
    let world = house(db, 500).await;
    let services = &world.services;
    agents(services, 1).await;
    queue(services, SALES, &Draft { max_wait_s: "10".into(), ..draft("Sales", &[]) }).await;
    comes(services, SALES, 1).await;
    world.pass(10_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    let call = record(services, 1).await;
    assert_eq!((call.phase, call.queues_left.len()), (Phase::Waiting, 0));
}

async fn a_caller_whom_the_agent_declined_keeps_their_place(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    queue(services, SALES, &draft("Sales", &[])).await;
    assert_eq!(rings(&comes(services, SALES, 1).await).as_deref(), Some("agent0"));
    world.pass(3_000);
    comes(services, SALES, 2).await;
    services.webhooks.event(leg(1, "agent0", "started")).await.unwrap();
    let waits = services.webhooks.event(leg(1, "agent0", "rejected")).await.unwrap().unwrap();
    let waits = serde_json::to_string(&waits).unwrap();
    assert!(waits.contains("You are number 1 in the queue"), "{waits}");
    let (first, second) = (record(services, 1).await, record(services, 2).await);
    assert_eq!(second.waits_since().unwrap() - first.waits_since().unwrap(), 3_000);
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!(desk.waiting.iter().map(|waiting| waiting.call.clone()).collect::<Vec<_>>(), [first.id, second.id]);
}

async fn a_number_that_does_not_answer_is_rung_once(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let (overflow, number) = ("number".to_owned(), "+44 7700 900998".to_owned());
    let full = Draft { max_size: "1".into(), overflow, overflow_number: number, ..draft("Sales", &[]) };
    queue(services, SALES, &full).await;
    comes(services, SALES, 1).await;
    let led = serde_json::to_string(&comes(services, SALES, 2).await).unwrap();
    assert!(led.contains("447700900998"), "{led}");
    let busy = json!({"from": SALES, "to": "447700900998", "uuid": "outside", "conversation_uuid": "CON-2",
                      "status": "busy", "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z"});
    let next = services.webhooks.event(event(&busy)).await.unwrap().unwrap();
    let next = serde_json::to_string(&next).unwrap();
    assert!(!next.contains("447700900998") && next.contains("record"), "{next}");
    assert_eq!(record(services, 2).await.phase, Phase::Message);
}

async fn ring_time_wrap_up_and_greeting_are_the_queues(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let own = Draft { ring_s: "45".into(), wrap_up_s: "90".into(), announce_s: "60".into(), ..draft("Sales", &[]) };
    let own = Draft { greeting_en: "Welcome to sales.".into(), ..own };
    queue(services, SALES, &own).await;
    let flow = serde_json::to_value(comes(services, SALES, 1).await).unwrap();
    assert_eq!((&flow[0]["text"], &flow[1]["timeout"]), (&json!("Welcome to sales."), &json!(45)), "{flow}");
    let offer = services.core.store.desk().offer_to("agent0").await.unwrap().unwrap();
    assert_eq!(offer.expires_at - offer.made_at, 45_000);
    let waits = serde_json::to_value(comes(services, SALES, 2).await).unwrap();
    assert!(waits.to_string().contains("/audio/hold.wav?seconds=60"), "{waits}");
    // Their music is heard until it is deleted.
    let waltz = services.music.add("Waltz", crate::service::music::tests::mp3()).await.told().unwrap();
    let own = Draft { music: waltz.clone(), ..own };
    let id = services.queues.current().await.queues().find(|queue| queue.name == "Sales").unwrap().id.clone();
    services.queues.keep(Some(&id), &own).await.told().unwrap();
    let waits = serde_json::to_value(comes(services, SALES, 3).await).unwrap().to_string();
    assert!(waits.contains(&format!("/audio/music/{waltz}.wav?seconds=60")), "{waits}");
    services.music.delete(&waltz).await.unwrap();
    let waits = serde_json::to_value(comes(services, SALES, 4).await).unwrap().to_string();
    assert!(waits.contains("/audio/hold.wav?seconds=60"), "{waits}");
    for status in ["answered", "completed"] {
        services.webhooks.event(leg(1, "agent0", status)).await.unwrap();
    }
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    let wrap_up = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().wrap_up.unwrap();
    assert_eq!(wrap_up.until - wrap_up.since, 90_000);
}

async fn places_are_kept_when_the_server_starts_again(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let id = queue(services, SALES, &draft("Sales", &[])).await;
    for n in 1..=3 {
        world.pass(1_000);
        comes(services, SALES, n).await;
    }
    let again = world.restarted(|_| ()).await;
    for (n, place) in [(3, "number 3"), (1, "number 1"), (2, "number 2")] {
        let flow = again.webhooks.event(keys(n, "")).await.unwrap().unwrap();
        assert!(says(&flow).contains(place), "{n}: {}", says(&flow));
        assert_eq!(record(&again, n).await.queue.as_deref(), Some(id.as_str()));
    }
}

async fn a_queue_is_counted(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let id = queue(services, SALES, &draft("Sales", &[])).await;
    comes(services, SALES, 1).await;
    comes(services, SALES, 2).await;
    takes_and_ends(services, 1, "agent0").await;
    let states = services.desk.view.queues().await.unwrap();
    let of = |id: &str| states.iter().find(|state| state.id == id).unwrap();
    let sales = of(&id);
    let figures = (sales.figures.callers, sales.figures.answered, sales.figures.service_level());
    assert_eq!(figures, (1, 1, Some(100)));
    assert_eq!(of(STANDING).figures.callers, 0);
    // The second caller waits, or rings already at the agent who has just become free.
    assert!(sales.waiting <= 1);
}
