//! Private calls on both databases: who is connected to whom, what a full pool says, races, texts, forgetting.

mod privacy;
mod texts;

use super::*;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::private_calls::allocation::Unavailable;
use crate::domain::private_calls::{Language, RealNumber};
use crate::service::tests::{World, answer, event};
use crate::service::{Fail, Refusable as _, Settings};
use crate::store::testing::{Database, on_both};
use crate::vonage::webhook::{InboundText, Keys};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use tokio::sync::Barrier;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

on_both!(
    a_call_reaches_the_other_person_from_the_callers_mask,
    a_caller_who_reaches_nobody_hears_why_and_the_attempt_says_so,
    a_full_pool_says_for_whom_and_by_how_many,
    sixty_four_workers_never_cross_two_calls,
    one_request_opens_one_conversation,
    a_pin_lets_another_telephone_in_and_guessing_ends,
    conversations_end_by_time_by_rest_and_by_request,
    a_number_in_use_is_not_given_back,
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
