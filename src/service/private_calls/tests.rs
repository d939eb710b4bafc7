//! Private calls on both databases: who is connected to whom, what a full pool says, races, texts, forgetting.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Barrier;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::private_calls::allocation::Unavailable;
use crate::domain::private_calls::{Language, RealNumber};
use crate::service::tests::{World, answer, event};
use crate::service::{Fail, Refusable as _, Settings};
use crate::store::testing::{Database, on_both};
use crate::vonage::webhook::{InboundText, Keys};

on_both!(
    a_call_reaches_the_other_person_from_the_callers_mask,
    a_caller_who_reaches_nobody_hears_why_and_the_attempt_says_so,
    a_full_pool_says_for_whom_and_by_how_many,
    sixty_four_workers_never_cross_two_calls,
    one_request_opens_one_conversation,
    a_pin_lets_another_telephone_in_and_guessing_ends,
    conversations_end_by_time_by_rest_and_by_request,
    texts_go_both_ways_once_and_closed_ones_are_answered_politely,
    case_2_what_cannot_be_passed_on_is_said_and_not_called_relayed,
    case_41_two_machines_that_answer_each_other_are_stopped,
    f14_texts_have_a_limit_per_day_and_count_what_went_out,
    a_number_in_use_is_not_given_back,
    a_person_is_forgotten_everywhere,
    case_25_a_person_is_forgotten_by_either_spelling,
    what_is_old_becomes_nameless,
    f21_the_janitor_deletes_what_is_older_than_the_retention,
    wrong_requests_name_their_field,
);

const A: &str = "447700900001";
const B: &str = "447700900002";

fn local(settings: &mut Settings) {
    settings.private.numbers = NumberSource::Local;
    settings.private.public_url = "https://calls.example.com".into();
}

async fn world(db: Database, pool: usize) -> World {
    let world = World::with(db, local).await;
    for at in 0..pool {
        let number = E164::parse(&format!("4420794601{at:02}")).unwrap();
        let features = ["VOICE".to_owned(), "SMS".to_owned()];
        world.services.lines.add_number(&number, "GB", &features, &Line::Private).await.unwrap();
    }
    world
}

fn between(one: &str, other: &str) -> NewConversation {
    let person = |number: &str| NewParticipant { number: number.into(), ..NewParticipant::default() };
    NewConversation { participants: [person(one), person(other)], by: "api test".into(), ..NewConversation::default() }
}

async fn open(services: &crate::service::Services, new: NewConversation) -> Conversation {
    services.private.open_private_conversation(new).await.unwrap().conversation
}

/// What the platform gets that asks about a call.
async fn call(services: &crate::service::Services, from: &str, to: &str) -> Value {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let at = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let body = json!({ "from": from, "to": to, "uuid": format!("leg-{at}"), "conversation_uuid": format!("CON-{at}") });
    let ncco = services.webhooks.answer(answer(&body)).await.unwrap();
    serde_json::from_str(&ncco.to_json()).unwrap()
}

fn says(flow: &Value) -> &str {
    flow[0]["text"].as_str().unwrap()
}

async fn a_call_reaches_the_other_person_from_the_callers_mask(db: Database) {
    let world = world(db, 3).await;
    let services = &world.services;
    let ab = open(services, between(A, "+44 7700 900002")).await;
    let [a, b] = [&ab.participants[0], &ab.participants[1]];
    assert_ne!(a.dials, b.dials, "two numbers");
    assert_eq!((a.country.as_deref(), a.masked().as_deref()), (Some("GB"), Some("+44••••••0001")));
    let flow = call(services, A, &a.dials).await;
    assert_eq!(says(&flow), "Please wait whilst we connect your call");
    assert_eq!(
        (flow[1]["from"].as_str(), flow[1]["endpoint"][0]["number"].as_str()),
        (Some(b.dials.as_str()), Some(B))
    );
    let back = call(services, B, &b.dials).await;
    assert_eq!(
        (back[1]["from"].as_str(), back[1]["endpoint"][0]["number"].as_str()),
        (Some(a.dials.as_str()), Some(A))
    );

    // A in a second conversation: another number, and the first one still reaches the first person.
    let ac = open(services, between("447700900003", A)).await;
    let a_second = &ac.participants[1].dials;
    assert_ne!(*a_second, a.dials);
    assert_eq!(call(services, A, a_second).await[1]["endpoint"][0]["number"], "447700900003");
    assert_eq!(call(services, A, &a.dials).await[1]["endpoint"][0]["number"], B);

    // Strangers, hidden numbers, somebody else's number, a number nobody dials.
    for (from, expected) in [("447700900999", "do not know"), ("anonymous", "hidden"), (B, "do not know")] {
        let flow = call(services, from, &a.dials).await;
        assert!(flow.as_array().unwrap().len() == 1 && says(&flow).contains(expected), "{from}: {flow}");
    }
    let attempts = services.private.private_attempts(None, 100).await.unwrap();
    let outcomes: Vec<&str> = attempts.iter().rev().map(|attempt| attempt.outcome.as_str()).collect();
    let connected = outcomes.iter().filter(|outcome| **outcome == "connected").count();
    assert_eq!((connected, attempts.len()), (4, 7), "{outcomes:?}");
    assert!(attempts.iter().all(|attempt| attempt.caller.as_deref().is_none_or(|caller| caller.contains('•'))));
    assert_eq!(services.private.private_attempts(Some(&ab.id), 100).await.unwrap().len(), 3);
}

async fn a_caller_who_reaches_nobody_hears_why_and_the_attempt_says_so(db: Database) {
    let world = world(db, 2).await;
    let services = &world.services;
    let chinese = NewConversation { language: Language::Chinese, ..between(A, B) };
    let ab = open(services, chinese).await;
    let calls = async |name: &str| {
        let conversation = format!("CON-{name}");
        let asks = json!({ "from": A, "to": ab.participants[0].dials, "uuid": format!("own-{name}"),
                           "conversation_uuid": conversation });
        services.webhooks.answer(answer(&asks)).await.unwrap();
    };
    let told = |name: &str, status: &str| {
        event(&json!({ "from": ab.participants[1].dials, "to": B, "uuid": format!("other-{name}"), "status": status,
                       "conversation_uuid": format!("CON-{name}"), "direction": "outbound",
                       "timestamp": "2026-11-21T07:00:00.000Z" }))
    };
    let outcome = async || services.private.private_attempts(Some(&ab.id), 1).await.unwrap()[0].outcome.clone();
    for (status, said, word) in [
        ("busy", "无法接听", "busy"),
        ("rejected", "无法接听", "busy"),
        ("timeout", "无人接听", "no_answer"),
        ("unanswered", "无人接听", "no_answer"),
        ("failed", "无法联系", "not_reached"),
    ] {
        world.pass(1_000);
        calls(status).await;
        assert_eq!(outcome().await, "connected", "put through");
        services.webhooks.event(told(status, "started")).await.unwrap();
        let flow = services.webhooks.event(told(status, status)).await.unwrap().expect("the caller hears why");
        let shown: Value = serde_json::from_str(&flow.to_json()).unwrap();
        assert!(shown.as_array().unwrap().len() == 1 && says(&shown).contains(said), "{status}: {shown}");
        assert_eq!(outcome().await, word, "{status}");
        assert_eq!(services.webhooks.event(told(status, status)).await.unwrap(), Some(flow), "told again");
    }
    // Who hangs up before hears nothing more; who was answered was connected.
    world.pass(1_000);
    calls("left").await;
    assert_eq!(services.webhooks.event(told("left", "cancelled")).await.unwrap(), None);
    assert_eq!(outcome().await, "caller_left");
    world.pass(1_000);
    calls("talked").await;
    for status in ["ringing", "answered", "completed"] {
        assert_eq!(services.webhooks.event(told("talked", status)).await.unwrap(), None);
    }
    assert_eq!(outcome().await, "connected");
    // A call of another line is none of theirs.
    let stranger = event(&json!({ "to": B, "uuid": "x", "conversation_uuid": "CON-other", "status": "busy",
                                  "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z" }));
    assert_eq!(services.webhooks.event(stranger).await.unwrap(), None);
}

async fn a_full_pool_says_for_whom_and_by_how_many(db: Database) {
    let world = world(db, 2).await;
    let services = &world.services;
    open(services, between(A, B)).await;
    open(services, between(A, "447700900003")).await;
    let refused =
        services.private.open_private_conversation(between("447700900004", A)).await.refusable().unwrap().unwrap_err();
    let OpenRefusal::TooSmall(short) = refused else { panic!("{refused:?}") };
    assert_eq!((short.len(), short[0].side, short[0].open, short[0].pool, short[0].missing), (1, 1, 2, 2, 1));
    assert_eq!(short[0].country.as_deref(), Some("GB"));
    // Others are not hindered by it: the same two numbers carry them.
    for other in 10..30 {
        open(services, between(&format!("4477009000{other}"), &format!("4477009001{other}"))).await;
    }
    let proof = services.private.private_proof().await.unwrap();
    assert_eq!((proof.pool, proof.least(), proof.headroom(), proof.missing()), (2, 2, 0, 1));
    assert_eq!((proof.open, proof.people), (22, 43));
    let (busiest, country, count) = proof.busiest.unwrap();
    assert_eq!((busiest.as_str(), country.as_deref(), count), ("+44••••••0001", Some("GB"), 2));
    assert_eq!((proof.countries[0].busiest, proof.countries[0].headroom()), (2, 0));
    // A reserved number is for those who ask for it by name.
    let number = E164::parse("442079460100").unwrap();
    assert!(services.private.reserve_private_number(&number, true).await.unwrap());
    let mut named = between("447700900050", "447700900051");
    named.participants[0].dials = Some("+44 20 7946 0100".into());
    let opened = open(services, named.clone()).await;
    assert_eq!(
        (opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()),
        ("442079460100", "442079460101")
    );
    named.participants[1].number = "447700900052".into();
    let OpenRefusal::TooSmall(short) =
        services.private.open_private_conversation(named).await.refusable().unwrap().unwrap_err()
    else {
        panic!()
    };
    assert_eq!(short[0].wanted, Some(Unavailable::InUse));
}

/// Two programs on one database, 64 workers, fewer numbers than they want: nobody dials one number twice.
async fn sixty_four_workers_never_cross_two_calls(db: Database) {
    let world = world(db, 6).await;
    let second = world.restarted(local).await;
    second.lines.reload_directory().await.unwrap();
    let barrier = Arc::new(Barrier::new(64));
    let workers: Vec<_> = (0..64_usize)
        .map(|worker| {
            let services = if worker % 2 == 0 { world.services.clone() } else { second.clone() };
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                let (mut opened, mut refused) = (0_usize, 0_usize);
                for round in 0..6 {
                    // Eight people whom all workers want at once.
                    let (one, other) = ((worker + round) % 8, (worker / 8 + 3 * round + 1) % 8);
                    let other = if one == other { (other + 1) % 8 } else { other };
                    let new = between(&format!("44770090010{one}"), &format!("44770090010{other}"));
                    match services.private.open_private_conversation(new).await {
                        Ok(opened_now) => {
                            opened += 1;
                            // Some give their numbers back at once, into the middle of the others' choices.
                            if worker % 3 == 0 {
                                services
                                    .private
                                    .close_private_conversation(&opened_now.conversation.id, "t")
                                    .await
                                    .unwrap();
                            }
                        }
                        Err(Fail::Refused(OpenRefusal::TooSmall(_))) => refused += 1,
                        Err(Fail::Refused(other)) => panic!("{other:?}"),
                        // A request that lost eight times in a row is told to come again; nothing was opened.
                        Err(Fail::Ours(_)) => refused += 1,
                    }
                }
                (opened, refused)
            })
        })
        .collect();
    let mut total = (0, 0);
    for worker in workers {
        let (opened, refused) = worker.await.unwrap();
        total = (total.0 + opened, total.1 + refused);
    }
    assert_eq!(total.0 + total.1, 64 * 6);
    assert!(total.0 >= 24 && total.1 > 0, "there was a race: {total:?}");
    let page = world.services.private.private_conversations(Some(true), None, None, 200).await.unwrap();
    let mut seen: BTreeSet<(String, String)> = BTreeSet::new();
    let mut routes: HashMap<(String, String), (String, String)> = HashMap::new();
    for conversation in &page.conversations {
        let ends: Vec<(String, String)> = conversation
            .participants
            .iter()
            .map(|person| (person.number.as_ref().unwrap().reveal().digits().to_owned(), person.dials.clone()))
            .collect();
        for side in 0..2 {
            assert!(seen.insert(ends[side].clone()), "double booking of {:?}", ends[side].1);
            routes.insert(ends[side].clone(), ends[1 - side].clone());
        }
    }
    let mut each: BTreeMap<String, usize> = BTreeMap::new();
    for (person, _) in seen {
        *each.entry(person).or_default() += 1;
    }
    assert!(each.values().all(|open| *open <= 6), "{each:?}");
    for ((from, dialled), (to, mask)) in routes {
        let flow = call(&second, &from, &dialled).await;
        assert_eq!((flow[1]["from"].as_str(), flow[1]["endpoint"][0]["number"].as_str()), (Some(&*mask), Some(&*to)));
    }
}

async fn one_request_opens_one_conversation(db: Database) {
    let world = world(db, 2).await;
    let new = NewConversation { request_key: Some("k/1".into()), ..between(A, B) };
    let all =
        futures::future::join_all((0..8).map(|_| world.services.private.open_private_conversation(new.clone()))).await;
    let opened: Vec<Opened> = all.into_iter().map(|opened| opened.unwrap()).collect();
    assert_eq!(opened.iter().filter(|opened| !opened.known).count(), 1);
    assert!(opened.iter().all(|one| one.conversation.id == opened[0].conversation.id));
    assert_eq!(world.services.private.private_proof().await.unwrap().open, 1);
}

async fn a_pin_lets_another_telephone_in_and_guessing_ends(db: Database) {
    let world = world(db, 2).await;
    let services = &world.services;
    let opened = open(services, NewConversation { pins: true, ..between(A, B) }).await;
    let [a, b] = [&opened.participants[0], &opened.participants[1]];
    let pin = a.pin.clone().unwrap();
    assert!(pin.len() == 6 && pin.bytes().all(|b| b.is_ascii_digit()));
    let asked = call(services, "447700900777", &a.dials).await;
    assert!(says(&asked).contains("PIN"), "{asked}");
    assert_eq!(asked[1]["eventUrl"][0], "https://calls.example.com/webhooks/private-pin");
    let keys = |digits: &str, call: &str| Keys {
        digits: digits.into(),
        from: Some("447700900777".into()),
        to: Some(a.dials.clone()),
        leg: None,
        conversation: Some(call.into()),
    };
    let flow = services.private.masks.private_pin(&keys(&pin, "CON-p")).await.unwrap();
    let flow: Value = serde_json::from_str(&flow.to_json()).unwrap();
    assert_eq!(
        (flow[1]["from"].as_str(), flow[1]["endpoint"][0]["number"].as_str()),
        (Some(b.dials.as_str()), Some(B))
    );
    // Three tries in a call, then it ends; ten in an hour, then even the right one does not help.
    let wrong = if pin == "000000" { "000001" } else { "000000" };
    for round in 0..4 {
        for attempt in 0..3 {
            let flow = services.private.masks.private_pin(&keys(wrong, &format!("CON-w{round}"))).await.unwrap();
            let again = attempt < 2 && 3 * round + attempt < 10;
            assert_eq!(flow.0.len(), if again { 2 } else { 1 }, "round {round}, attempt {attempt}");
        }
    }
    assert_eq!(services.private.masks.private_pin(&keys(&pin, "CON-x")).await.unwrap().0.len(), 1);
    world.pass(60 * 60 * 1000 + 1);
    let later = services.private.masks.private_pin(&keys(&pin, "CON-y")).await.unwrap().to_json();
    assert!(later.contains(r#""action":"connect""#), "{later}");
    services.private.close_private_conversation(&opened.id, "t").await.unwrap();
    let ended = services.private.masks.private_pin(&keys(&pin, "CON-z")).await.unwrap().to_json();
    assert!(!ended.contains(r#""action":"connect""#), "a PIN ends with its conversation");
    assert!(says(&call(services, A, &a.dials).await).contains("over"));
}

async fn conversations_end_by_time_by_rest_and_by_request(db: Database) {
    let world = world(db, 4).await;
    let services = &world.services;
    let timed = open(services, NewConversation { expires_in: Some(60), ..between(A, B) }).await;
    let resting = open(services, NewConversation { idle_after: Some(60), ..between(A, "447700900003") }).await;
    let both = NewConversation { idle_after: Some(60), expires_in: Some(100), ..between(A, "447700900004") };
    let both = open(services, both).await;
    let dials = |conversation: &Conversation| conversation.participants[0].dials.clone();
    world.pass(50_000);
    for used in [&resting, &both] {
        assert_eq!(call(services, A, &dials(used)).await[1]["action"], "connect");
    }
    assert_eq!(call(services, A, &dials(&both)).await[1]["limit"], 50, "the call ends with the conversation");
    world.pass(20_000);
    // Nothing swept yet: the time decides all the same.
    assert!(says(&call(services, A, &dials(&timed)).await).contains("over"));
    let state = |conversation: Option<Conversation>| conversation.unwrap().closed.map(|(_, because, _)| because.name());
    assert_eq!(state(services.private.private_conversation(&timed.id).await.unwrap()), Some("expired"));
    assert_eq!(state(services.private.private_conversation(&resting.id).await.unwrap()), None, "it was used");
    world.pass(31_000);
    assert_eq!(state(services.private.private_conversation(&both.id).await.unwrap()), Some("expired"));
    world.pass(10_000);
    assert_eq!(state(services.private.private_conversation(&resting.id).await.unwrap()), Some("idle"));
    let closed = open(services, between(A, B)).await;
    assert_ne!(dials(&closed), dials(&resting), "a number that was just given up is not used again at once");
    let done = services.private.close_private_conversation(&closed.id, "operator Ann").await.unwrap().unwrap();
    assert_eq!(
        done.closed.as_ref().map(|(_, because, by)| (because.name(), by.as_str())),
        Some(("closed", "operator Ann"))
    );
    let again = services.private.close_private_conversation(&closed.id, "api x").await.unwrap().unwrap();
    assert_eq!(again.closed, done.closed, "closing again changes nothing");
    assert!(services.private.close_private_conversation("nothing", "t").await.unwrap().is_none());
    assert!(says(&call(services, B, &done.participants[1].dials).await).contains("over"));
    let page = services.private.private_conversations(Some(false), Some("+44 7700 900002"), None, 10).await.unwrap();
    assert_eq!(page.conversations.len(), 2, "found by a number");
}

/// What was sent through the platform: from, to, text.
async fn sent(world: &World) -> Vec<(String, String, String)> {
    let requests = world.platform.received_requests().await.unwrap();
    let texts = requests.iter().filter(|request| request.url.path() == "/v1/messages");
    let field = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
    let read = |body: Value| (field(&body, "from"), field(&body, "to"), field(&body, "text"));
    texts.map(|request| read(request.body_json().unwrap())).collect()
}

async fn takes_texts(world: &World, status: u16) {
    world.platform.reset().await;
    let body = if status == 202 { json!({ "message_uuid": "m-1" }) } else { json!({ "title": "no 447700900001" }) };
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).and(path("/v1/messages")).respond_with(answer).mount(&world.platform).await;
}

fn text(id: &str, from: &str, to: &str, words: &str) -> InboundText {
    InboundText { id: id.into(), from: from.into(), to: to.into(), text: words.into() }
}

async fn case_2_what_cannot_be_passed_on_is_said_and_not_called_relayed(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    services.private.texts.inbound_text(text("t-1", A, a, "the door\nhttps://x.example/d.jpg")).await.unwrap();
    for at in 0..3 {
        services.private.texts.inbound_text(text(&format!("t-e{at}"), B, b, " ")).await.unwrap();
    }
    let told = sent(&world).await;
    assert_eq!((told[0].1.as_str(), told[0].2.as_str()), (B, "the door\nhttps://x.example/d.jpg"));
    assert_eq!((told.len(), told[1].1.as_str()), (2, B), "the sender is told, once an hour: {told:?}");
    assert!(told[1].2.contains("not delivered"), "{told:?}");
    let tried = services.private.private_attempts(Some(&opened.id), 10).await.unwrap();
    let outcomes = |outcome: &str| tried.iter().filter(|tried| tried.outcome == outcome).count();
    assert_eq!((outcomes("relayed"), outcomes("empty")), (1, 3));
}

async fn case_41_two_machines_that_answer_each_other_are_stopped(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    // Each answers whatever it gets, and says the time.
    for round in 0..30 {
        for (from, to) in [(A, a), (B, b)] {
            let words = format!("I am driving and will answer later. 10:{round:02}");
            services.private.texts.inbound_text(text(&format!("t-{round}-{from}"), from, to, &words)).await.unwrap();
        }
        world.pass(10_000);
    }
    let passed = sent(&world).await.len();
    assert_eq!(passed, 10, "five of each");
    let tried = services.private.private_attempts(Some(&opened.id), 100).await.unwrap();
    assert_eq!(tried.iter().filter(|tried| tried.outcome == "braked").count(), 50, "the operator sees it");
    // People go on, also with words that they used before, in the next hour.
    services.private.texts.inbound_text(text("t-p", A, a, "Where are you?")).await.unwrap();
    world.pass(60 * 60 * 1000);
    services.private.texts.inbound_text(text("t-q", A, a, "I am driving and will answer later. 12:00")).await.unwrap();
    assert_eq!(sent(&world).await.len(), passed + 2);
    // Other words each time, as fast as a machine.
    for at in 0..40 {
        services.private.texts.inbound_text(text(&format!("t-f{at}"), B, b, &format!("x{at}"))).await.unwrap();
    }
    assert!(sent(&world).await.len() <= passed + 2 + 20, "not more than twenty a minute");
}

async fn f14_texts_have_a_limit_per_day_and_count_what_went_out(db: Database) {
    let mut world = world(db, 2).await;
    world.change(|settings| settings.dial.texts_per_day = 3);
    world.services.lines.reload_directory().await.unwrap();
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    // What the platform did not take is not counted, however often it is tried.
    takes_texts(&world, 503).await;
    services.private.texts.inbound_text(text("t-1", A, a, "one")).await.unwrap();
    for _ in 0..4 {
        world.pass(40_000);
        services.sweep().await;
    }
    takes_texts(&world, 202).await;
    world.pass(40_000);
    services.sweep().await;
    services
        .private
        .texts
        .inbound_text(text("t-2", B, b, &"x".repeat(crate::vonage::client::LONGEST_TEXT + 1)))
        .await
        .unwrap();
    let parts = sent(&world).await.len();
    assert_eq!(parts, 3, "one, and one in two parts");
    for at in 3..5 {
        services.private.texts.inbound_text(text(&format!("t-{at}"), A, a, &format!("text {at}"))).await.unwrap();
    }
    services.private.texts.inbound_text(text("t-5", "447700900888", a, "who is this?")).await.unwrap();
    assert_eq!(sent(&world).await.len(), parts, "nothing more goes out, answers neither");
    let refused = world.db.store.private().text("t-3").await.unwrap().unwrap();
    assert_eq!(refused.state, "refused");
    assert!(refused.problem.unwrap().contains("TEXTS_PER_DAY"));
    world.pass(24 * 60 * 60 * 1000);
    services.private.texts.inbound_text(text("t-6", B, b, "good morning")).await.unwrap();
    assert_eq!(sent(&world).await.len(), parts + 1);
}

async fn texts_go_both_ways_once_and_closed_ones_are_answered_politely(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let mut new = NewConversation { notify: true, ..between(A, B) };
    new.participants[1].name = Some("Ben".into());
    let opened = open(services, new).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    for _ in 0..100 {
        if sent(&world).await.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let told = sent(&world).await;
    assert_eq!((told[0].0.as_str(), told[0].1.as_str()), (a, A));
    assert!(told[0].2.starts_with("Call or text this number to reach Ben."), "{}", told[0].2);
    assert_eq!((told[1].0.as_str(), told[1].1.as_str()), (b, B));

    takes_texts(&world, 202).await;
    for _ in 0..3 {
        services.private.texts.inbound_text(text("t-1", A, a, "Where are you? 你好")).await.unwrap();
    }
    services.private.texts.inbound_text(text("t-2", B, b, "Here")).await.unwrap();
    let expected = [(b, B, "Where are you? 你好"), (a, A, "Here")].map(|(f, t, w)| (f.into(), t.into(), w.into()));
    assert_eq!(sent(&world).await, expected, "once, from the sender's mask");

    // A stranger, our own number, a sender without a number.
    services.private.texts.inbound_text(text("t-3", "447700900888", a, "hello?")).await.unwrap();
    services.private.texts.inbound_text(text("t-4", b, a, "loop")).await.unwrap();
    services.private.texts.inbound_text(text("t-5", "Parcels", a, "buy")).await.unwrap();
    let last = sent(&world).await.split_off(2);
    assert!(last.len() == 1 && last[0].1 == "447700900888" && last[0].2.contains("not delivered"), "{last:?}");

    services.private.close_private_conversation(&opened.id, "t").await.unwrap();
    takes_texts(&world, 202).await;
    for at in 0..4 {
        services.private.texts.inbound_text(text(&format!("t-c{at}"), A, a, "still there?")).await.unwrap();
    }
    let polite = sent(&world).await;
    assert_eq!(polite.len(), 1, "once an hour: {polite:?}");
    assert_eq!((polite[0].0.as_str(), polite[0].1.as_str()), (a, A));
    assert!(polite[0].2.contains("over"));

    // A platform that is down: the text waits, and is sent when it is back, once.
    let opened = open(services, between(A, B)).await;
    let a = &opened.participants[0].dials;
    takes_texts(&world, 503).await;
    services.private.texts.inbound_text(text("t-9", A, a, "later")).await.unwrap();
    takes_texts(&world, 202).await;
    world.pass(40_000);
    services.sweep().await;
    services.sweep().await;
    assert_eq!(sent(&world).await.len(), 1);
    // One that the platform refuses has failed, and says why without a number.
    takes_texts(&world, 422).await;
    services.private.texts.inbound_text(text("t-10", A, a, "no")).await.unwrap();
    let failed = world.db.store.private().text("t-10").await.unwrap().unwrap();
    assert_eq!((failed.state.as_str(), failed.body), ("failed", None));
    assert!(!failed.problem.as_ref().unwrap().contains(A), "{:?}", failed.problem);
}

async fn a_number_in_use_is_not_given_back(db: Database) {
    let world = world(db, 1).await;
    let cancelled = ResponseTemplate::new(200).set_body_json(json!({ "error-code": "200" }));
    Mock::given(path("/number/cancel")).respond_with(cancelled).expect(1).mount(&world.platform).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    assert_eq!(opened.participants[0].dials, opened.participants[1].dials, "one number carries both");
    let number = E164::parse(&opened.participants[0].dials).unwrap();
    let refused = services.private.release_private_number(&number).await.refusable().unwrap();
    assert_eq!(refused, Err(ReleaseRefusal::InUse { open: 2 }));
    services.private.close_private_conversation(&opened.id, "t").await.unwrap();
    assert_eq!(services.private.release_private_number(&number).await.refusable().unwrap(), Ok(()));
    assert_eq!(
        services.private.release_private_number(&number).await.refusable().unwrap(),
        Err(ReleaseRefusal::NotInPool)
    );
    assert!(services.private.private_pool().await.unwrap().is_empty());
    let OpenRefusal::TooSmall(short) =
        services.private.open_private_conversation(between(A, B)).await.refusable().unwrap().unwrap_err()
    else {
        panic!()
    };
    assert_eq!(short.len(), 2, "for both");
}

/// Everything that the database holds, as text.
async fn everything(db: &Database) -> String {
    let mut out = String::new();
    for table in
        ["private_conversations", "private_participants", "private_attempts", "private_texts", "calls", "webhooks"]
    {
        out.push_str(&db.store.dump(table).await);
    }
    out
}

async fn a_person_is_forgotten_everywhere(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let dials = opened.participants[0].dials.clone();
    call(services, A, &dials).await;
    let leg = json!({ "from": dials, "to": A, "uuid": "leg-out", "conversation_uuid": "CON-e", "status": "answered",
                      "direction": "outbound", "timestamp": "2026-11-21T00:00:00.000Z" });
    services.webhooks.event(event(&leg)).await.unwrap();
    services.private.texts.inbound_text(text("t-1", A, &dials, "hello")).await.unwrap();
    assert!(everything(&world.db).await.contains(A));
    let erased = services.private.forget_person(&RealNumber::parse(A).unwrap(), "operator Ann").await.unwrap();
    assert_eq!((erased.removed.conversations, erased.removed.closed), (1, 1));
    assert!(erased.removed.attempts >= 2 && erased.removed.texts == 1 && erased.removed.calls >= 2);
    assert!(erased.removed.webhooks >= 2, "{erased:?}");
    let rest = everything(&world.db).await;
    assert!(!rest.contains(A), "{rest}");
    assert!(rest.contains(B), "the other person is not forgotten");
    let found = services.private.private_conversation(&opened.id).await.unwrap().unwrap();
    assert_eq!(found.closed.map(|(_, because, _)| because.name()), Some("erased"));
    assert_eq!(found.participants[0].masked(), None);
    assert!(says(&call(services, B, &found.participants[1].dials).await).contains("over"));
    assert_eq!(services.private.erasures().await.unwrap(), [erased]);
    // The call log still opens.
    let page = services.log.calls(crate::service::CallFilter::default()).await.unwrap();
    for row in page.calls {
        services.log.call(&row.id).await.unwrap().unwrap();
    }
    let nobody = services.private.forget_person(&RealNumber::parse("447700900555").unwrap(), "x").await.unwrap();
    assert_eq!(nobody.removed, Forgotten::default());
}

async fn case_25_a_person_is_forgotten_by_either_spelling(db: Database) {
    const ONE: &str = "523312345678";
    const OTHER: &str = "5213312345678";
    let world = World::with(db, |settings| {
        local(settings);
        settings.dial.countries = vec!["GB".into(), "MX".into()];
    })
    .await;
    for mask in ["442079460100", "442079460101"] {
        let features = ["VOICE".to_owned(), "SMS".to_owned()];
        world.services.lines.add_number(&E164::parse(mask).unwrap(), "GB", &features, &Line::Private).await.unwrap();
    }
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(ONE, B)).await;
    let dials = opened.participants[0].dials.clone();
    let flow = call(services, OTHER, &dials).await.to_string();
    assert!(flow.contains("connect") && flow.contains(B), "they are known by both: {flow}");
    services.private.texts.inbound_text(text("t-1", OTHER, &dials, "hello")).await.unwrap();
    let page = services.private.private_conversations(None, Some("+52 1 33 1234 5678"), None, 10).await.unwrap();
    assert_eq!(page.conversations.len(), 1, "and found");
    // Nobody reads either of them in the call log.
    for row in services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls {
        assert!([row.caller, row.callee].into_iter().flatten().all(|party| !party.contains("12345678")));
    }
    let erased = services.private.forget_person(&RealNumber::parse(OTHER).unwrap(), "operator Ann").await.unwrap();
    assert_eq!((erased.removed.conversations, erased.removed.closed), (1, 1));
    let rest = everything(&world.db).await;
    assert!(!rest.contains("3312345678"), "{rest}");
}

async fn f21_the_janitor_deletes_what_is_older_than_the_retention(db: Database) {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let world = World::with(db, |settings| {
        local(settings);
        settings.limits.retention_ms = 30 * DAY_MS;
    })
    .await;
    let services = &world.services;
    let body = |n: u32| json!({ "from": A, "to": "442079460000", "uuid": format!("l{n}"), "conversation_uuid": format!("CON-{n}") });
    services.webhooks.answer(answer(&body(1))).await.unwrap();
    services.sweep().await;
    assert_eq!(services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls.len(), 1);
    world.pass(20 * DAY_MS);
    services.webhooks.answer(answer(&body(2))).await.unwrap();
    services.sweep().await;
    assert_eq!(services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls.len(), 2);
    world.pass(11 * DAY_MS);
    services.sweep().await;
    let left = services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls;
    assert_eq!(left.iter().map(|call| call.conversation.as_str()).collect::<Vec<_>>(), ["CON-2"]);
    assert_eq!(everything(&world.db).await.matches("webhooks: {").count(), 1, "what the old webhook said is gone");
    world.pass(30 * DAY_MS);
    services.sweep().await;
    assert!(!everything(&world.db).await.contains(A));
}

async fn what_is_old_becomes_nameless(db: Database) {
    let world = world(db, 2).await;
    let services = &world.services;
    let mut new = NewConversation { reference: Some("order 7".into()), ..between(A, B) };
    new.participants[0].name = Some("Ada".into());
    let opened = open(services, new).await;
    call(services, A, &opened.participants[0].dials).await;
    call(services, "447700900321", &opened.participants[0].dials).await;
    services.private.close_private_conversation(&opened.id, "t").await.unwrap();
    world.pass(89 * 24 * 60 * 60 * 1000);
    services.sweep().await;
    assert!(everything(&world.db).await.contains(A));
    world.pass(2 * 24 * 60 * 60 * 1000);
    services.sweep().await;
    let rest = everything(&world.db).await;
    assert!(!rest.contains(A) && !rest.contains(B) && !rest.contains("Ada") && !rest.contains("order 7"), "{rest}");
    assert!(!rest.contains(r#""caller":"447700900321""#));
    assert!(services.private.private_conversation(&opened.id).await.unwrap().unwrap().forgotten);
}

async fn wrong_requests_name_their_field(db: Database) {
    let world = world(db, 2).await;
    let refused = async |change: fn(&mut NewConversation)| {
        let mut new = between(A, B);
        change(&mut new);
        match world.services.private.open_private_conversation(new).await.refusable().unwrap() {
            Err(OpenRefusal::Field { field, .. }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|new| new.participants[0].number = "07700 90001".into()).await, "participants[0].number");
    assert_eq!(refused(|new| new.participants[1].number = "+44 7700 900001".into()).await, "participants[1].number");
    assert_eq!(refused(|new| new.participants[1].number = "442079460101".into()).await, "participants[1].number");
    assert_eq!(refused(|new| new.participants[1].number = "9999999999".into()).await, "participants[1].number");
    assert_eq!(refused(|new| new.participants[1].name = Some("x".repeat(61))).await, "participants[1].name");
    assert_eq!(refused(|new| new.participants[0].dials = Some("x".into())).await, "participants[0].dials");
    assert_eq!(refused(|new| new.expires_in = Some(1)).await, "expires_in");
    assert_eq!(refused(|new| new.idle_after = Some(-1)).await, "idle_after");
    assert_eq!(refused(|new| new.reference = Some("a\nb".into())).await, "reference");
}
