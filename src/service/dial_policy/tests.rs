//! What is not allowed is not dialled, by whatever way it comes.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::call::Status;
use crate::domain::contact_center::desk::Refusal;
use crate::domain::dial_policy::DearKind;
use crate::domain::private_calls::Verdict;
use crate::domain::trouble::Trouble;
use crate::service::fail::Told as _;
use crate::service::private_calls::{NewConversation, NewParticipant, NumberSource, OpenRefusal};
use crate::service::tests::{World, answer, event};
use crate::service::{Received, WebhookKind};
use crate::service::{Refusable as _, Settings};
use crate::store::testing::{Database, on_both, status};
use crate::vonage::webhook::{self, InboundText, Keys, Raw};

on_both!(
    f14_case_1_participants_are_read_and_checked,
    case_25_a_caller_whose_carrier_adds_a_digit_is_known,
    case_19_hidden_callers_in_digits_are_hidden_to_masks,
    f14_campaigns_and_block_list_read_and_check_their_numbers,
    f14_a_flow_that_was_entered_otherwise_is_stopped_at_the_answer,
    f14_case_1_call_flows_are_read_and_checked,
    f14_what_became_forbidden_is_dialled_by_no_exit,
    f14_a_webhook_that_comes_again_is_counted_once,
    f14_keys_for_a_pin_are_checked_and_counted,
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
            .lines
            .add_number(&number(digits), "GB", &["VOICE".into(), "SMS".into()], &Line::Private)
            .await
            .unwrap();
    }
}

async fn call(services: &crate::service::Services, from: &str, to: &str, leg: &str) -> Value {
    let body = json!({ "from": from, "to": to, "uuid": leg, "conversation_uuid": format!("CON-{leg}") });
    serde_json::from_str(&services.webhooks.answer(answer(&body)).await.unwrap().to_json()).unwrap()
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
        let refused = services
            .private
            .open_private_conversation(between("447700900502", text))
            .await
            .refusable()
            .unwrap()
            .unwrap_err();
        let OpenRefusal::Field { field, reason } = refused else { panic!("{text}: {refused:?}") };
        assert_eq!((field.as_str(), reason), ("participants[1].number", expected), "{text}");
    }
    let opened =
        services.private.open_private_conversation(between("+44 (0)7700 900503", "07700\u{2011}900504")).await.unwrap();
    let opened = opened.conversation;
    let dials = number(&opened.participants[0].dials);
    let verdict = services.private.masks.private_verdict(Some(&number("447700900503")), &dials).await.unwrap();
    assert!(matches!(verdict, Verdict::Connect(_)), "{verdict:?}");
    // Jersey's people have British numbers as their own.
    let jersey = services.private.open_private_conversation(between("+44 7797 700123", "07700 900505")).await.unwrap();
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
        let opened = services.private.open_private_conversation(new).await;
        let opened = opened.unwrap_or_else(|refusal| panic!("{given}: {refusal:?}")).conversation;
        let dials = number(&opened.participants[0].dials);
        let verdict = services.private.masks.private_verdict(Some(&number(carrier)), &dials).await.unwrap();
        assert!(matches!(verdict, Verdict::Connect(_)), "{carrier}: {verdict:?}");
        let other = services.private.masks.private_verdict(Some(&number("5213312345679")), &dials).await.unwrap();
        assert!(!matches!(other, Verdict::Connect(_)), "{other:?}");
        services.private.close_private_conversation(&opened.id, "test").await.unwrap();
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
        services.tracking.save_campaign(None, &draft, false).await.refusable().unwrap()
    };
    assert_eq!(save("(0)7700 900507").await.unwrap().destination.text(), "447700900507");
    for (text, named) in
        [("+44 871 234 5678", "CALL_TYPES"), ("+1 876 555 0123", "CALL_COUNTRIES"), ("2025550123", "do you mean")]
    {
        let refused = save(text).await.unwrap_err();
        assert_eq!(refused.field, "destination", "{text}");
        assert!(refused.reason.to_string().contains(named), "{text}: {}", refused.reason);
    }
    services.tracking.block_caller("07700 900508", "rude").await.unwrap();
    assert_eq!(services.tracking.blocked_callers().await.unwrap()[0].number, "447700900508");
    assert!(services.tracking.unblock_caller("+44 (0)7700 900508").await.unwrap());
    // Callers show numbers that are none.
    services.tracking.block_caller("99912345", "").await.unwrap();
}

async fn f14_a_flow_that_was_entered_otherwise_is_stopped_at_the_answer(db: Database) {
    let world = World::with(db, local).await;
    let services = &world.services;
    for (destination, passes) in [("447700900509", true), ("449098790000", false), ("18765550123", false)] {
        let flow = format!(r#"[{{"action":"connect","endpoint":[{{"type":"phone","number":"{destination}"}}]}}]"#);
        let flow = Ncco::parse(&serde_json::from_str::<Value>(&flow).unwrap()).unwrap();
        let (returned, reason) = services.dial.guarded(&Line::Custom("x".into()), flow.clone(), destination).await;
        assert_eq!((returned == flow, reason.is_none()), (passes, passes), "{destination}: {reason:?}");
        assert!(reason.is_none_or(|reason| !reason.contains(destination)), "the reason is masked");
    }
    let premium = services.desk.consoles.dialling.callable("0909 879 0000");
    assert_eq!(premium, Err(Refusal::Policy { rule: Rule::Kind(DearKind::Premium) }));
    assert_eq!(services.desk.consoles.dialling.callable("+44 1534 000123"), Ok(number("441534000123")));
}

async fn f14_case_1_call_flows_are_read_and_checked(db: Database) {
    use crate::domain::call_flows::Preset;
    let world = World::with(db, local).await;
    let services = &world.services;
    let keep = async |name: &str, number: &str| {
        let flow = format!(r#"[{{"action":"connect","endpoint":[{{"type":"phone","number":"{number}"}}]}}]"#);
        services.flows.keep_call_flow(None, name, Preset::Custom, &flow).await
    };
    let id = keep("a", "+44 (0)7700 900514").await.unwrap();
    assert!(services.flows.call_flow(&id).await.unwrap().unwrap().text.contains(r#""number":"447700900514""#));
    for (text, expected) in [
        ("+44 909 879 0000", Trouble::Dial(Rule::Kind(DearKind::Premium))),
        ("+1 876 555 0123", Trouble::Dial(Rule::Country("JM".into()))),
    ] {
        assert_eq!(Trouble::from(keep("b", text).await.unwrap_err()), expected, "{text}");
    }
    assert!(matches!(keep("c", "2025550123").await, Err(crate::service::FlowRefusal::Number(_))));
}

/// Premium: allowed while everything is set up, forbidden afterwards.
const DEAR: &str = "449098790000";
const HARMLESS: &str = "447700900515";

/// What is tested is who is dialled, not how fast.
fn patient(settings: &mut Settings) {
    local(settings);
    settings.limits.be_patient();
}

fn dear(settings: &mut Settings) {
    patient(settings);
    settings.dial.kinds = DearKind::EVERY.into();
    settings.sandbox = Some(crate::service::SandboxNotice { handset_page_url: "http://127.0.0.1:3001".into() });
}

fn connects_to(number: &str) -> String {
    format!(r#"[{{"action":"connect","endpoint":[{{"type":"phone","number":"{number}"}}]}}]"#)
}

/// What the platform asks about a leg that calls a number.
fn asks(to: &E164, leg: &str) -> Received {
    let body = json!({ "from": HARMLESS, "to": to.digits(), "uuid": leg, "conversation_uuid": format!("CON-{leg}") });
    answer(&body)
}

/// Keys of a caller whom we asked for a PIN.
fn enters(pin: &str, to: &str, leg: &str) -> (Received, Keys) {
    let body = json!({ "dtmf": { "digits": pin, "timed_out": false }, "from": "447700900777", "to": to, "uuid": leg,
        "conversation_uuid": format!("CON-{leg}"), "timestamp": "2026-11-21T10:00:00.000Z" });
    let keys = webhook::keys(Raw::Body(body.to_string().as_bytes())).unwrap();
    (Received { kind: WebhookKind::Dtmf, ..event(&body) }, keys)
}

/// Every way by which a call flow, a call or a text leaves us, for a number that was allowed when it was entered.
async fn f14_what_became_forbidden_is_dialled_by_no_exit(db: Database) {
    use crate::domain::call_flows::Preset;
    use crate::domain::call_tracking::campaign::Draft;
    let world = World::with(db, dear).await;
    pool(&world).await;
    let before = &world.services;
    let [custom, tracked] = ["442079460177", "442079460178"].map(number);
    let flow = before.flows.keep_call_flow(None, "dear", Preset::Custom, &connects_to(DEAR)).await.unwrap();
    before.lines.add_number(&custom, "GB", &["VOICE".into()], &Line::Custom(flow)).await.unwrap();
    let draft = Draft { name: "Dear".into(), source: "print".into(), destination: DEAR.into(), ..Draft::default() };
    let campaign = before.tracking.save_campaign(None, &draft, false).await.unwrap().id;
    before.lines.add_number(&tracked, "GB", &["VOICE".into()], &Line::Campaign(campaign.clone())).await.unwrap();
    let new = NewConversation { pins: true, ..between(HARMLESS, DEAR) };
    let opened = before.private.open_private_conversation(new).await.unwrap().conversation;
    let (mask, pin) = (number(&opened.participants[0].dials), opened.participants[0].pin.clone().unwrap());
    let of_the_dear = opened.participants[1].dials.clone();
    before.lines.reload_directory().await.unwrap();

    // Allowed: each exit does ring it, so the test asks where something happens.
    for (to, leg) in [(&custom, "custom-1"), (&tracked, "tracked-1"), (&mask, "mask-1")] {
        assert!(before.webhooks.answer(asks(to, leg)).await.unwrap().to_json().contains(DEAR), "{leg}");
    }
    let (received, keys) = enters(&pin, mask.digits(), "pin-1");
    assert!(before.webhooks.pin(received, Ok(keys)).await.unwrap().to_json().contains(DEAR));
    // An event that was answered with a flow which rings it.
    let told = json!({ "from": HARMLESS, "to": "jane", "uuid": "event-1", "conversation_uuid": "CON-event-1",
        "status": "timeout", "direction": "outbound", "timestamp": "2026-11-21T10:00:00.000Z" });
    let told_status = status("CON-event-1", "event-1", Status::Timeout, 1_000);
    let stored = crate::store::Append {
        dedupe: crate::service::received::key_of(&event(&told)),
        ncco: Some(connects_to(DEAR)),
        ..crate::store::testing::append(&told_status)
    };
    world.db.store.append(stored).await.unwrap();

    // Forbidden.
    let after = world.restarted(|settings| (dear(settings), settings.dial.kinds.clear()).0).await;
    after.lines.reload_directory().await.unwrap();
    let taken = ResponseTemplate::new(202).set_body_json(json!({ "message_uuid": "m-1" }));
    Mock::given(method("POST")).and(path("/v1/messages")).respond_with(taken).mount(&world.platform).await;
    let mut out = Vec::new();
    for to in [&custom, &tracked, &mask] {
        for kind in [WebhookKind::Answer, WebhookKind::TrackCall, WebhookKind::Fallback] {
            let leg = format!("{}-{kind:?}", to.digits());
            out.push(after.webhooks.answer(Received { kind, ..asks(to, &leg) }).await.unwrap());
        }
    }
    // What was answered before is told again.
    for (to, leg) in [(&custom, "custom-1"), (&tracked, "tracked-1"), (&mask, "mask-1")] {
        out.push(after.webhooks.answer(asks(to, leg)).await.unwrap());
    }
    for leg in ["pin-1", "pin-2"] {
        let (received, keys) = enters(&pin, mask.digits(), leg);
        out.push(after.webhooks.pin(received, Ok(keys)).await.unwrap());
    }
    out.push(
        after.webhooks.event(event(&told)).await.unwrap().expect("the flow that it was answered with, or an apology"),
    );
    out.push(after.tracking.whisper(&campaign));
    for flow in &out {
        assert!(!flow.rings_telephones() && !flow.to_json().contains(DEAR), "{}", flow.to_json());
    }
    // What we send by ourselves: flows for legs that are moved, calls, texts.
    let parsed = Ncco::parse(&serde_json::from_str(&connects_to(DEAR)).unwrap()).unwrap();
    assert!(!after.dial.cleared(parsed).rings_telephones());
    assert!(after.setup.test_call(DEAR).await.is_err());
    assert!(after.flows.try_call_flow(&connects_to(HARMLESS), &number(DEAR)).await.is_err());
    assert!(after.flows.try_call_flow(&connects_to(DEAR), &number(HARMLESS)).await.is_err());
    let text = |id: &str, from: &str, to: &str| InboundText {
        id: id.into(),
        from: from.into(),
        to: to.into(),
        text: "hello".into(),
    };
    after.private.texts.inbound_text(text("t-1", HARMLESS, mask.digits())).await.unwrap();
    // Not even that nothing was passed on: senders would be paid for our answers.
    let another = ["442079460101", "442079460102"].into_iter().find(|mask| *mask != of_the_dear).unwrap();
    after.private.texts.inbound_text(text("t-2", DEAR, another)).await.unwrap();
    after.private.texts.inbound_text(text("t-3", "449098790001", &of_the_dear)).await.unwrap();
    after.private.close_private_conversation(&opened.id, "test").await.unwrap();
    after.private.texts.inbound_text(text("t-4", DEAR, &of_the_dear)).await.unwrap();
    let requests = world.platform.received_requests().await.unwrap();
    let sent = |to: &str| requests.iter().filter(|sent| String::from_utf8_lossy(&sent.body).contains(to)).count();
    assert_eq!((sent(DEAR), sent("449098790001")), (0, 0));
    assert_eq!(sent(HARMLESS), 1, "the one who may be written to is told");
    let refused = world.db.store.private().text("t-1").await.unwrap().unwrap();
    assert_eq!(refused.state, "refused");
    assert!(refused.problem.unwrap().contains("CALL_TYPES"));
}

/// Limits count calls, not webhooks: on one node, after a restart, and on two nodes at once.
async fn f14_a_webhook_that_comes_again_is_counted_once(db: Database) {
    let limited = |settings: &mut Settings| {
        patient(settings);
        (settings.dial.calls_per_day, settings.dial.line_calls_per_minute) = (2, 2);
    };
    let world = World::with(db, limited).await;
    let again = world.restarted(limited).await;
    let from = "447700900516";
    let both = tokio::join!(
        call(&world.services, from, "442079460000", "once-0"),
        call(&again, from, "442079460000", "once-0"),
    );
    assert_eq!(both.0, both.1);
    for services in [&world.services, &again, &world.services] {
        assert_eq!(call(services, from, "442079460000", "once-0").await, both.0);
    }
    assert!(both.0.to_string().contains("connect"), "{}", both.0);
    assert_eq!(world.db.store.dials().of(again.lines.today()).await.unwrap(), 1);
    assert!(call(&again, from, "442079460000", "once-1").await.to_string().contains("connect"));
    for _ in 0..2 {
        assert_eq!(call(&again, from, "442079460000", "once-2").await[0]["text"], "This call cannot be placed.");
    }
    assert_eq!(call(&again, from, "442079460000", "once-0").await, both.0, "it was counted when it came first");
}

async fn f14_keys_for_a_pin_are_checked_and_counted(db: Database) {
    let limited = |settings: &mut Settings| (patient(settings), settings.dial.calls_per_day = 1).0;
    let world = World::with(db, limited).await;
    pool(&world).await;
    let services = &world.services;
    let new = NewConversation { pins: true, ..between(HARMLESS, "447700900517") };
    let opened = services.private.open_private_conversation(new).await.unwrap().conversation;
    let person = &opened.participants[0];
    let pin = person.pin.clone().unwrap();
    let mut heard = Vec::new();
    for leg in ["pin-1", "pin-1", "pin-2", "pin-2"] {
        let (received, keys) = enters(&pin, &person.dials, leg);
        heard.push(services.webhooks.pin(received, Ok(keys)).await.unwrap().rings_telephones());
    }
    assert_eq!(heard, [true, true, false, false]);
    let webhooks = world.db.store.webhooks().of("CON-pin-2").await.unwrap();
    assert!(webhooks[0].problem.as_ref().unwrap().contains("CALLS_PER_DAY"), "the call's page says why");
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
    assert_eq!(flow[0]["text"], "This call cannot be placed.", "{flow}");
    assert_eq!(again.dial.has_room().await.told(), Err(Rule::Calls(3)));
}

async fn f14_a_line_has_a_limit_per_minute(db: Database) {
    let world = World::with(db, |settings| settings.dial.line_calls_per_minute = 2).await;
    let services = &world.services;
    assert_eq!(services.dial.take_call("campaign a").await.told(), Ok(()));
    assert_eq!(services.dial.take_call("campaign a").await.told(), Ok(()));
    assert_eq!(services.dial.take_call("campaign a").await.told(), Err(Rule::Line(2)));
    assert_eq!(services.dial.take_call("campaign b").await.told(), Ok(()), "another line has its own");
    world.pass(MINUTE_MS);
    assert_eq!(services.dial.take_call("campaign a").await.told(), Ok(()));
}

async fn f14_the_days_money_is_counted_from_the_platforms_prices(db: Database) {
    let world = World::with(db, |settings| settings.dial.spend_per_day = 2).await;
    let services = &world.services;
    assert_eq!(services.dial.take_call("support").await.told(), Ok(()));
    call(services, "447700900511", "442079460000", "dear").await;
    let ended = json!({ "from": "447700900511", "to": "442079460000", "uuid": "dear", "conversation_uuid": "CON-dear",
        "status": "completed", "direction": "inbound", "duration": "600", "price": "2.50000000", "rate": "0.25000000",
        "timestamp": "2026-11-21T10:00:00.000Z" });
    services.webhooks.event(event(&ended)).await.unwrap();
    world.pass(SPENT_MS);
    assert_eq!(services.dial.take_call("support").await.told(), Err(Rule::Spend(2)));
    world.pass(DAY_MS + SPENT_MS);
    assert_eq!(services.dial.take_call("support").await.told(), Ok(()), "the next day");
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
        assert_eq!(services.log.calls(filter).await.unwrap().calls.len(), found, "{text}");
    }
}
