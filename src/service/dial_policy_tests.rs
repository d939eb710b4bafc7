//! What is not allowed is not dialled, by whatever way it comes.

use serde_json::{Value, json};

use super::*;
use crate::domain::contact_center::desk::Refusal;
use crate::domain::private_calls::Verdict;
use crate::domain::trouble::Trouble;
use crate::service::Settings;
use crate::service::private_calls::{NewConversation, NewParticipant, NumberSource, OpenRefusal};
use crate::service::tests::{World, answer};
use crate::store::testing::{Database, on_both};

on_both!(
    f14_case_1_participants_are_read_and_checked,
    case_25_a_caller_whose_carrier_adds_a_digit_is_known,
    case_19_hidden_callers_in_digits_are_hidden_to_masks,
    f14_campaigns_and_block_list_read_and_check_their_numbers,
    f14_a_flow_that_was_entered_otherwise_is_stopped_at_the_answer,
    f14_case_1_call_flows_are_read_and_checked,
    f14_the_days_calls_hold_across_restarts,
    f14_a_line_has_a_limit_per_minute,
    f14_the_days_money_is_counted_from_the_platforms_prices,
    case_30_the_call_log_finds_numbers_as_people_say_them,
);

fn local(settings: &mut Settings) {
    settings.private.numbers = NumberSource::Local;
}

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn between(one: &str, other: &str) -> NewConversation {
    let person = |number: &str| NewParticipant { number: number.into(), ..NewParticipant::default() };
    NewConversation { participants: [person(one), person(other)], by: "test".into(), ..NewConversation::default() }
}

async fn pool(world: &World) {
    for digits in ["442079460101", "442079460102"] {
        world
            .services
            .add_number(&number(digits), "GB", &["VOICE".into(), "SMS".into()], &Line::Private)
            .await
            .unwrap();
    }
}

async fn call(services: &Services, from: &str, to: &str, leg: &str) -> Value {
    let body = json!({ "from": from, "to": to, "uuid": leg, "conversation_uuid": format!("CON-{leg}") });
    serde_json::from_str(&services.answer(answer(&body)).await.unwrap().to_json()).unwrap()
}

async fn f14_case_1_participants_are_read_and_checked(db: Database) {
    let world = World::with(db, local).await;
    pool(&world).await;
    let services = &world.services;
    for (text, expected) in [
        ("+44 909 879 0000", Trouble::Dial(Rule::Kind(DearKind::Premium))),
        ("0871 234 5678", Trouble::Dial(Rule::Kind(DearKind::Premium))),
        ("+44 70 1234 5678", Trouble::Dial(Rule::Kind(DearKind::Personal))),
        ("+881 612 345 678", Trouble::Dial(Rule::Kind(DearKind::Satellite))),
        ("+1 876 555 0123", Trouble::Dial(Rule::Country("JM".into()))),
        ("+220 301 2345", Trouble::Dial(Rule::Country("GM".into()))),
        ("+44 7700 900503 ext. 4", Trouble::Phone(crate::domain::phone::PhoneError::Extension("4".into()))),
    ] {
        let refused = services.open_private_conversation(between("447700900502", text)).await.unwrap().unwrap_err();
        let OpenRefusal::Field { field, reason } = refused else { panic!("{text}: {refused:?}") };
        assert_eq!((field.as_str(), reason), ("participants[1].number", expected), "{text}");
    }
    let opened =
        services.open_private_conversation(between("+44 (0)7700 900503", "07700\u{2011}900504")).await.unwrap();
    let opened = opened.unwrap().conversation;
    let dials = number(&opened.participants[0].dials);
    let verdict = services.private_verdict(Some(&number("447700900503")), &dials).await.unwrap();
    assert!(matches!(verdict, Verdict::Connect(_)), "{verdict:?}");
    // Jersey's people have British numbers as their own.
    let jersey = services.open_private_conversation(between("+44 7797 700123", "07700 900505")).await.unwrap().unwrap();
    assert_eq!(jersey.conversation.participants[0].country.as_deref(), Some("GB"));
}

async fn case_25_a_caller_whose_carrier_adds_a_digit_is_known(db: Database) {
    let world = World::with(db, |settings| {
        local(settings);
        settings.dial.countries = vec!["gb".into(), "MX".into(), "AR".into(), "BR".into()];
    })
    .await;
    pool(&world).await;
    let services = &world.services;
    for (given, carrier) in [
        ("+52 33 1234 5678", "5213312345678"),
        ("+54 9 351 456 7890", "543514567890"),
        ("+55 11 98765-4321", "551187654321"),
    ] {
        let new = between(given, "+44 7700 900506");
        let opened = services.open_private_conversation(new).await.unwrap();
        let opened = opened.unwrap_or_else(|refusal| panic!("{given}: {refusal:?}")).conversation;
        let dials = number(&opened.participants[0].dials);
        let verdict = services.private_verdict(Some(&number(carrier)), &dials).await.unwrap();
        assert!(matches!(verdict, Verdict::Connect(_)), "{carrier}: {verdict:?}");
        let other = services.private_verdict(Some(&number("5213312345679")), &dials).await.unwrap();
        assert!(!matches!(other, Verdict::Connect(_)), "{other:?}");
        services.close_private_conversation(&opened.id, "test").await.unwrap();
    }
}

async fn case_19_hidden_callers_in_digits_are_hidden_to_masks(db: Database) {
    let world = World::with(db, local).await;
    pool(&world).await;
    for (at, from) in ["7378742833", "+2562533", "Unavailable", "0"].into_iter().enumerate() {
        let flow = call(&world.services, from, "442079460101", &format!("hidden-{at}")).await;
        assert!(flow[0]["text"].as_str().is_some_and(|text| text.contains("hidden")), "{from}: {flow}");
    }
}

async fn f14_campaigns_and_block_list_read_and_check_their_numbers(db: Database) {
    use crate::domain::call_tracking::campaign::Draft;
    let world = World::with(db, local).await;
    let services = &world.services;
    let save = async |destination: &str| {
        let draft = Draft {
            name: "Spring".into(),
            source: "print".into(),
            destination: destination.into(),
            ..Draft::default()
        };
        services.save_campaign(None, &draft, false).await.unwrap()
    };
    assert_eq!(save("(0)7700 900507").await.unwrap().destination.text(), "447700900507");
    for (text, named) in
        [("+44 871 234 5678", "CALL_TYPES"), ("+1 876 555 0123", "CALL_COUNTRIES"), ("2025550123", "do you mean")]
    {
        let refused = save(text).await.unwrap_err();
        assert_eq!(refused.field, "destination", "{text}");
        assert!(refused.reason.to_string().contains(named), "{text}: {}", refused.reason);
    }
    services.block_caller("07700 900508", "rude").await.unwrap().unwrap();
    assert_eq!(services.blocked_callers().await.unwrap()[0].number, "447700900508");
    assert!(services.unblock_caller("+44 (0)7700 900508").await.unwrap());
    // Callers show numbers that are none.
    services.block_caller("99912345", "").await.unwrap().unwrap();
}

async fn f14_a_flow_that_was_entered_otherwise_is_stopped_at_the_answer(db: Database) {
    let world = World::with(db, local).await;
    let services = &world.services;
    for (destination, passes) in [("447700900509", true), ("449098790000", false), ("18765550123", false)] {
        let flow = format!(r#"[{{"action":"connect","endpoint":[{{"type":"phone","number":"{destination}"}}]}}]"#);
        let flow = Ncco::parse(&serde_json::from_str::<Value>(&flow).unwrap()).unwrap();
        let (returned, reason) = services.guarded(&Line::Custom("x".into()), flow.clone()).await;
        assert_eq!((returned == flow, reason.is_none()), (passes, passes), "{destination}: {reason:?}");
        assert!(reason.is_none_or(|reason| !reason.contains(destination)), "the reason is masked");
    }
    let premium = services.callable("0909 879 0000");
    assert_eq!(premium, Err(Refusal::Policy { rule: Rule::Kind(DearKind::Premium) }));
    assert_eq!(services.callable("+44 1534 000123"), Ok(number("441534000123")));
}

async fn f14_case_1_call_flows_are_read_and_checked(db: Database) {
    use crate::domain::call_flows::Preset;
    let world = World::with(db, local).await;
    let services = &world.services;
    let keep = async |name: &str, number: &str| {
        let flow = format!(r#"[{{"action":"connect","endpoint":[{{"type":"phone","number":"{number}"}}]}}]"#);
        services.keep_call_flow(None, name, Preset::Custom, &flow).await
    };
    let id = keep("a", "+44 (0)7700 900514").await.unwrap();
    assert!(services.call_flow(&id).await.unwrap().unwrap().text.contains(r#""number":"447700900514""#));
    for (text, expected) in [
        ("+44 909 879 0000", Trouble::Dial(Rule::Kind(DearKind::Premium))),
        ("+1 876 555 0123", Trouble::Dial(Rule::Country("JM".into()))),
    ] {
        assert_eq!(Trouble::from(keep("b", text).await.unwrap_err()), expected, "{text}");
    }
    assert!(matches!(keep("c", "2025550123").await, Err(crate::service::FlowRefusal::Number(_))));
}

async fn f14_the_days_calls_hold_across_restarts(db: Database) {
    let world = World::with(db, |settings| {
        local(settings);
        settings.dial.calls_per_day = 3;
    })
    .await;
    for at in 0..2 {
        let flow = call(&world.services, "447700900510", "442079460000", &format!("day-{at}")).await;
        assert!(flow.to_string().contains("connect"), "{flow}");
    }
    let again = world.restarted(|settings| settings.dial.calls_per_day = 3).await;
    assert!(call(&again, "447700900510", "442079460000", "day-2").await.to_string().contains("connect"));
    let flow = call(&again, "447700900510", "442079460000", "day-3").await;
    assert_eq!(flow[0]["text"], NOT_ALLOWED, "{flow}");
    assert_eq!(again.has_room().await.unwrap(), Err(Rule::Calls(3)));
}

async fn f14_a_line_has_a_limit_per_minute(db: Database) {
    let world = World::with(db, |settings| settings.dial.line_calls_per_minute = 2).await;
    let services = &world.services;
    assert_eq!(services.take_call("campaign a").await.unwrap(), Ok(()));
    assert_eq!(services.take_call("campaign a").await.unwrap(), Ok(()));
    assert_eq!(services.take_call("campaign a").await.unwrap(), Err(Rule::Line(2)));
    assert_eq!(services.take_call("campaign b").await.unwrap(), Ok(()), "another line has its own");
    world.pass(MINUTE_MS);
    assert_eq!(services.take_call("campaign a").await.unwrap(), Ok(()));
}

async fn f14_the_days_money_is_counted_from_the_platforms_prices(db: Database) {
    let world = World::with(db, |settings| settings.dial.spend_per_day = 2).await;
    let services = &world.services;
    assert_eq!(services.take_call("support").await.unwrap(), Ok(()));
    call(services, "447700900511", "442079460000", "dear").await;
    let ended = json!({ "from": "447700900511", "to": "442079460000", "uuid": "dear", "conversation_uuid": "CON-dear",
        "status": "completed", "direction": "inbound", "duration": "600", "price": "2.50000000", "rate": "0.25000000",
        "timestamp": "2026-11-21T10:00:00.000Z" });
    services.event(crate::service::tests::event(&ended)).await.unwrap();
    world.pass(SPENT_MS);
    assert_eq!(services.take_call("support").await.unwrap(), Err(Rule::Spend(2)));
    world.pass(DAY_MS + SPENT_MS);
    assert_eq!(services.take_call("support").await.unwrap(), Ok(()), "the next day");
}

async fn case_30_the_call_log_finds_numbers_as_people_say_them(db: Database) {
    let world = World::with(db, local).await;
    let services = &world.services;
    call(services, "447700900512", "442079460000", "said").await;
    for (text, found) in [
        ("07700 900512", 1),
        ("(0)7700 900512", 1),
        ("+44 (0)7700 900512", 1),
        ("0044 7700-900512", 1),
        ("07700 9005", 1),
        ("900512", 1),
        ("07700 900513", 0),
        ("Jane", 0),
    ] {
        let filter = crate::service::CallFilter { text: Some(text.into()), ..Default::default() };
        assert_eq!(services.calls(filter).await.unwrap().calls.len(), found, "{text}");
    }
}
