//! Callers one second before and after closing, on holidays, while it is closed by hand; each of the five outcomes.

mod by_line;
mod dry_run;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::domain::click_to_call::NOT_IN_USE;
use crate::domain::contact_center::desk::Refusal;
use crate::domain::hours::Day;
use crate::domain::phone::E164;
use crate::service::call_flows::FlowRefusal;
use crate::service::fail::Told as _;
use crate::service::received::{Received, WebhookKind};
use crate::service::tests::{World, answer, event, home};
use crate::service::{Services, Settings};
use crate::store::DeskCallQuery;
use crate::store::testing::{Database, on_both};

on_both!(
    a_caller_one_second_before_and_after_closing,
    a_holiday_closes_and_its_own_hours_open,
    the_switch_ends_by_itself,
    what_is_changed_elsewhere_counts_for_the_next_caller,
    private_calls_and_flows_are_answered_at_any_time,
    agents_numbers_menus_and_campaigns_keep_the_hours,
    a_message_is_left_while_it_is_closed,
    a_call_back_is_asked_for_by_a_key,
    a_visitor_leaves_a_number_on_the_page,
    another_number_rings_by_the_rules_of_the_dial_policy,
    another_flow_runs_and_one_that_is_gone_does_not,
    a_calendar_is_kept_whole_or_not_at_all,
    what_is_wrong_is_refused_at_its_field,
);

const SUPPORT: &str = "442079460000";
const MENU: &str = "442079460101";
const AGENT: &str = "442079460102";

fn patient(settings: &mut Settings) {
    settings.limits.be_patient();
    settings.tracking.zone = Arc::new(crate::service::time_zone::zone("Europe/London").unwrap());
}

fn day(text: &str) -> Day {
    let pairs = text.split_whitespace().map(|pair| pair.split_once('-').unwrap());
    let pairs: Vec<_> = pairs.map(|(from, until)| (from.to_owned(), until.to_owned())).collect();
    Day::read("x", &pairs).unwrap()
}

/// Open from Monday to Friday, 9 to 18, and it is Friday, one minute before the end.
async fn world(db: Database) -> World {
    let world = World::with(db, patient).await;
    world.makes_users().await;
    let mut week = Week::default();
    week.0[..5].fill(day("9-18"));
    world.services.hours.keep_week(&week).await.unwrap();
    at(&world, "2026-11-27T17:59:00Z");
    world
}

fn at(world: &World, time: &str) {
    let wanted = time.parse::<Timestamp>().unwrap().as_millisecond();
    world.pass(wanted - world.services.now_ms());
}

fn dials(number: &str, from: &str, n: usize) -> Received {
    answer(&json!({"to": number, "from": from, "uuid": format!("leg-{n}"), "conversation_uuid": format!("CON-{n}"),
                   "endpoint_type": "phone"}))
}

async fn hears(services: &Services, asked: Received) -> Value {
    serde_json::to_value(services.webhooks.answer(asked).await.unwrap()).unwrap()
}

async fn called(services: &Services, number: &str, n: usize) -> Value {
    hears(services, dials(number, "447700900123", n)).await
}

fn says(flow: &Value) -> &str {
    flow[0]["text"].as_str().unwrap_or_default()
}

async fn when_closed(services: &Services, outcome: &str, target: &str) {
    let (outcome, number, flow) = (outcome.to_owned(), target.to_owned(), target.to_owned());
    let draft = WhenClosedDraft { outcome, number, flow, ..Default::default() };
    services.hours.keep_when_closed(&draft).await.unwrap();
}

const CLOSED: &str = "We are closed at the moment. We are open again on Monday at 9 o'clock.";

async fn a_caller_one_second_before_and_after_closing(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    at(&world, "2026-11-27T17:59:59Z");
    let open = called(services, SUPPORT, 1).await;
    assert_eq!(open[1]["action"], "connect", "{open}");
    at(&world, "2026-11-27T18:00:00Z");
    assert_eq!(called(services, SUPPORT, 1).await, open, "a call that began is answered as it was");
    let closed = called(services, SUPPORT, 2).await;
    assert_eq!((says(&closed), closed.as_array().unwrap().len()), (CLOSED, 1));
    let visitor = answer(&json!({"to": SUPPORT, "from_user": "visitor-7", "uuid": "v", "conversation_uuid": "CON-V"}));
    assert_eq!(says(&hears(services, visitor).await), CLOSED, "from a browser too");
    assert_eq!(world.db.store.webhooks().of("CON-2").await.unwrap()[0].decision.as_deref(), Some("support"));
    at(&world, "2026-11-30T09:00:00Z");
    assert_eq!(called(services, SUPPORT, 3).await[1]["action"], "connect");
}

async fn a_holiday_closes_and_its_own_hours_open(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let holiday = |date: &str, hours: &[(String, String)]| Holiday::read(date, false, "Founders’ day", hours).unwrap();
    let half = [("9".to_owned(), "12".to_owned())];
    services.hours.add_holiday(holiday("2026-11-30", &[])).await.unwrap();
    services.hours.add_holiday(holiday("2026-12-05", &half)).await.unwrap();
    at(&world, "2026-11-30T10:00:00Z");
    let closed = called(services, SUPPORT, 1).await;
    assert_eq!(says(&closed), "We are closed today: Founders’ day. We are open again tomorrow at 9 o'clock.");
    at(&world, "2026-12-05T11:59:59Z");
    assert_eq!(called(services, SUPPORT, 2).await[1]["action"], "connect", "a Saturday");
    let state = services.hours.state().await.unwrap();
    assert_eq!(state, State::Open { closes_at: Some(services.now_ms() + 1_000) });
    at(&world, "2026-12-05T12:00:00Z");
    assert!(says(&called(services, SUPPORT, 3).await).starts_with("We are closed today"));
    let again = services.hours.add_holiday(holiday("2026-12-05", &[])).await.told();
    assert_eq!(again, Err(WrongField::new("date", Wrong::Taken).into()));
    let (_, known) = world.db.store.hours().read().await.unwrap();
    assert!(services.hours.delete_holiday(&known[0].id).await.unwrap());
    assert!(!services.hours.delete_holiday(&known[0].id).await.unwrap());
    at(&world, "2026-11-30T10:00:00Z");
    assert_eq!(called(services, SUPPORT, 4).await[1]["action"], "connect");
}

async fn the_switch_ends_by_itself(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    at(&world, "2026-11-27T10:00:00Z");
    services.hours.close(&Texts::new("The line is being repaired", ""), "2026-11-27T11:30").await.unwrap();
    let closed = called(services, SUPPORT, 1).await;
    let expected = "We are closed at the moment. The line is being repaired. We are open again today at 11:30.";
    assert_eq!(says(&closed), expected);
    at(&world, "2026-11-27T11:29:59Z");
    assert!(says(&called(services, SUPPORT, 2).await).contains("being repaired"));
    at(&world, "2026-11-27T11:30:00Z");
    assert_eq!(called(services, SUPPORT, 3).await[1]["action"], "connect");
    services.hours.close(&Texts::default(), "").await.unwrap();
    assert_eq!(says(&called(services, SUPPORT, 4).await), "We are closed at the moment.", "no end in sight");
    services.hours.open_again().await.unwrap();
    assert_eq!(called(services, SUPPORT, 5).await[1]["action"], "connect");
    // Without any hours the switch closes too.
    services.hours.keep_week(&Week::default()).await.unwrap();
    assert_eq!(services.hours.state().await, None, "nothing is to be said");
    services.hours.close(&Texts::new("x", ""), "").await.unwrap();
    assert!(!services.hours.state().await.unwrap().is_open());
}

async fn what_is_changed_elsewhere_counts_for_the_next_caller(db: Database) {
    let world = world(db).await;
    let other = world.restarted(patient).await;
    assert_eq!(called(&world.services, SUPPORT, 1).await[1]["action"], "connect");
    other.hours.close(&Texts::default(), "").await.unwrap();
    assert!(says(&called(&world.services, SUPPORT, 2).await).starts_with("We are closed"));
    other.hours.open_again().await.unwrap();
    assert_eq!(called(&world.services, SUPPORT, 3).await[1]["action"], "connect");
    // While the database does not answer, what was read last is in force.
    other.hours.close(&Texts::default(), "").await.unwrap();
    let before = world.services.hours.current().await;
    assert!(before.closed.is_some());
    world.db.store.close().await;
    assert!(Arc::ptr_eq(&before, &world.services.hours.current().await));
    assert!(world.services.hours.closed(&Line::Support, Language::English).await.is_some());
}

async fn private_calls_and_flows_are_answered_at_any_time(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    services.hours.close(&Texts::default(), "").await.unwrap();
    let flow = r#"[{"action":"talk","text":"By day and night"}]"#;
    let id =
        services.flows.keep_call_flow(None, "Night", crate::domain::call_flows::Preset::Custom, flow).await.unwrap();
    let lines = [
        (MENU, Line::Custom(id)),
        (AGENT, Line::Private),
        ("442079460103", Line::AudioSocket("echo".into())),
        ("442079460104", Line::Unassigned),
    ];
    for (n, (number, line)) in lines.into_iter().enumerate() {
        let number = E164::parse(number).unwrap();
        services.lines.add_number(&number, "GB", &["VOICE".into()], &line).await.unwrap();
        let flow = called(services, number.digits(), 10 + n).await;
        assert!(!flow.to_string().contains("closed"), "{line:?}: {flow}");
    }
    assert_eq!(says(&called(services, MENU, 2).await), "By day and night");
    assert_eq!(says(&called(services, "442079460104", 3).await), NOT_IN_USE);
}

async fn agents_numbers_menus_and_campaigns_keep_the_hours(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let add = async |number: &str, line: Line| {
        let number = E164::parse(number).unwrap();
        services.lines.add_number(&number, "GB", &["VOICE".into()], &line).await.unwrap();
    };
    let draft = |name: &str, destination: &str| crate::domain::call_tracking::campaign::Draft {
        name: name.into(),
        destination: destination.into(),
        ..Default::default()
    };
    let agents = services.tracking.save_campaign(None, &draft("Spring", "agents"), false).await.unwrap();
    let phone = services.tracking.save_campaign(None, &draft("Autumn", "+44 7700 900777"), false).await.unwrap();
    add(MENU, Line::Ivr("main".into())).await;
    add(AGENT, Line::Agent("Jane".into())).await;
    add("442079460103", Line::Campaign(agents.id)).await;
    add("442079460104", Line::Campaign(phone.id)).await;
    services.lines.reload_directory().await.unwrap();
    at(&world, "2026-11-28T12:00:00Z");
    let closed = "We are closed at the moment. We are open again on Monday at 9 o'clock.";
    for (n, number) in [MENU, AGENT, "442079460103"].into_iter().enumerate() {
        assert_eq!(says(&called(services, number, n).await), closed, "{number}");
    }
    let rings = called(services, "442079460104", 9).await;
    assert_eq!(rings[0]["action"], "connect", "a campaign that rings a telephone of its own: {rings}");
    // Who is blocked hears what they always hear.
    services.tracking.block_caller("+44 7700 900666", "").await.unwrap();
    let blocked = hears(services, dials("442079460103", "447700900666", 10)).await;
    assert_eq!(says(&blocked), NOT_IN_USE);
}

/// Whom the agents are to call back: number and page.
async fn owed(world: &World) -> Vec<(Option<String>, Option<String>)> {
    let query = DeskCallQuery { callback: true, limit: 20, ..DeskCallQuery::default() };
    let rows = world.db.store.desk().calls(&query).await.unwrap();
    rows.into_iter().map(|row| (row.call.number, row.call.page)).collect()
}

async fn a_message_is_left_while_it_is_closed(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    assert_eq!(services.hours.recorded(Recorded::No).await, Recorded::No);
    when_closed(services, "message", "").await;
    assert_eq!(services.hours.recorded(Recorded::No).await, Recorded::Messages, "visitors are told");
    at(&world, "2026-11-28T12:00:00Z");
    let flow = called(services, SUPPORT, 1).await;
    let actions: Vec<_> = flow.as_array().unwrap().iter().map(|one| one["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["talk", "talk", "record", "talk"]);
    assert_eq!(says(&flow), "We are closed at the moment. We are open again on Monday at 9 o'clock.");
    assert!(flow[1]["text"].as_str().unwrap().contains("press hash"), "{flow}");
    let visitor = answer(&json!({"to": SUPPORT, "from_user": "visitor-7", "uuid": "v", "conversation_uuid": "CON-V"}));
    let visitor = hears(services, visitor).await;
    assert!(visitor[1]["text"].as_str().unwrap().contains("hang up when"), "{visitor}");
    let recorded = json!({"recording_url": format!("{}/v1/files/x", world.platform.uri()), "recording_uuid": "rec-1",
                          "conversation_uuid": "CON-1", "size": 32_000, "start_time": "2026-11-28T12:00:05Z",
                          "end_time": "2026-11-28T12:00:15Z", "timestamp": "2026-11-28T12:00:16.000Z"});
    services.webhooks.event(Received { kind: WebhookKind::Recording, ..event(&recorded) }).await.unwrap();
    let messages = services.desk.voicemails.voicemails().await.unwrap();
    assert_eq!((messages.len(), messages[0].dial.as_deref()), (1, Some("447700900123")));
}

fn key(n: usize, digits: &str) -> Received {
    let body = json!({"dtmf": {"digits": digits, "timed_out": digits.is_empty()}, "to": SUPPORT,
                      "uuid": format!("leg-{n}"), "conversation_uuid": format!("CON-{n}"),
                      "timestamp": "2026-11-28T12:00:05.000Z"});
    Received { kind: WebhookKind::Dtmf, ..event(&body) }
}

fn over(n: usize) -> Received {
    event(&json!({"to": SUPPORT, "from": "447700900123", "uuid": format!("leg-{n}"),
                  "conversation_uuid": format!("CON-{n}"), "status": "completed", "direction": "inbound",
                  "timestamp": "2026-11-28T12:00:30.000Z"}))
}

async fn a_call_back_is_asked_for_by_a_key(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    when_closed(services, "call-back", "").await;
    at(&world, "2026-11-28T12:00:00Z");
    let flow = called(services, SUPPORT, 1).await;
    assert!(flow[1]["text"].as_str().unwrap().contains("press 1") && flow[2]["action"] == "input", "{flow}");
    let said = |flow: Option<_>| serde_json::to_value(flow.unwrap()).unwrap()[0]["text"].as_str().unwrap().to_owned();
    let thanks = said(services.webhooks.event(key(1, "1")).await.unwrap());
    assert!(thanks.contains("We will call you back"), "{thanks}");
    services.webhooks.event(over(1)).await.unwrap();
    assert_eq!(owed(&world).await, [(Some("447700900123".to_owned()), None)]);
    // Who presses nothing, or hides the number, is not called back.
    called(services, SUPPORT, 2).await;
    assert_eq!(said(services.webhooks.event(key(2, "")).await.unwrap()), "Goodbye.");
    services.webhooks.event(over(2)).await.unwrap();
    let withheld = hears(services, dials(SUPPORT, "anonymous", 3)).await;
    assert_eq!(withheld.as_array().unwrap().len(), 1, "{withheld}");
    assert_eq!(owed(&world).await.len(), 1);
}

async fn a_visitor_leaves_a_number_on_the_page(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let leaves = async |number: &str| {
        let page = Some("https://acme.example/help".to_owned());
        services.desk.visitors.closed_call_back(number, page, home()).await.told()
    };
    when_closed(services, "call-back", "").await;
    assert_eq!(leaves("07700 900123").await, Err(Refusal::Gone), "it is open");
    at(&world, "2026-11-28T12:00:00Z");
    assert!(matches!(leaves("12").await, Err(Refusal::BadNumber { .. })));
    assert!(leaves(SUPPORT).await.is_err(), "our own");
    assert!(leaves("+44 909 879 0000").await.is_err(), "too dear");
    assert_eq!(leaves("07700 900123").await, Ok(()));
    assert_eq!(leaves("+44 7700 900123").await, Ok(()));
    let page = Some("https://acme.example/help".to_owned());
    assert_eq!(owed(&world).await, [(Some("447700900123".to_owned()), page)], "once");
    let mut outcomes = Vec::new();
    for n in 0..6 {
        outcomes.push(leaves(&format!("07700 90020{n}")).await);
    }
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Err(Refusal::TooMany { .. }))), "{outcomes:?}");
    when_closed(services, "hang-up", "").await;
    assert_eq!(leaves("07700 900124").await, Err(Refusal::Gone), "nobody offers it");
}

async fn another_number_rings_by_the_rules_of_the_dial_policy(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    when_closed(services, "number", "07700 900456").await;
    at(&world, "2026-11-28T12:00:00Z");
    let flow = called(services, SUPPORT, 1).await;
    assert_eq!(flow[1]["endpoint"], json!([{"type": "phone", "number": "447700900456"}]), "{flow}");
    assert_eq!(flow[1]["from"], SUPPORT);
    let refused = async |number: &str| {
        let number = number.to_owned();
        let draft = WhenClosedDraft { outcome: "number".into(), number, ..Default::default() };
        services.hours.keep_when_closed(&draft).await.told().unwrap_err()
    };
    assert_eq!(refused(SUPPORT).await, HoursRefusal::Number(Trouble::OwnNumber));
    assert!(matches!(refused("+44 909 879 0000").await, HoursRefusal::Number(Trouble::Dial(_))));
    assert!(matches!(refused("+1 415 555 0100").await, HoursRefusal::Number(Trouble::Dial(_))));
    assert!(matches!(refused("12").await, HoursRefusal::Number(Trouble::Phone(_))));
    // What was entered is checked again when it is dialled.
    let strict = world.restarted(|settings| {
        patient(settings);
        settings.dial.countries = vec!["FR".into()];
    });
    let strict = strict.await;
    let flow = called(&strict, SUPPORT, 2).await;
    assert!(!flow.to_string().contains("447700900456"), "{flow}");
}

async fn another_flow_runs_and_one_that_is_gone_does_not(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let flow = r#"[{"action":"talk","text":"This is the night menu"}]"#;
    let preset = crate::domain::call_flows::Preset::Custom;
    let id = services.flows.keep_call_flow(None, "Night", preset, flow).await.unwrap();
    when_closed(services, "flow", &id).await;
    at(&world, "2026-11-28T12:00:00Z");
    assert_eq!(says(&called(services, SUPPORT, 1).await), "This is the night menu");
    assert_eq!(services.hours.recorded(Recorded::No).await, Recorded::Maybe);
    let refused = services.flows.delete_call_flow(&id).await;
    assert!(matches!(refused, Err(FlowRefusal::WhileClosed)), "{refused:?}");
    // Another node's operator deletes it at the moment that this one's chooses it.
    world.db.store.flows().delete(&id).await.unwrap();
    services.lines.reload_directory().await.unwrap();
    assert_eq!(says(&called(services, SUPPORT, 2).await), CLOSED);
}

fn calendar(days: &[&str]) -> String {
    let event = |day: &&str| format!("BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:{day}\r\nSUMMARY:Day {day}\r\nEND:VEVENT\r\n");
    format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", days.iter().map(event).collect::<String>())
}

async fn a_calendar_is_kept_whole_or_not_at_all(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let file = calendar(&["20261225", "20261226", "20251225", "20261127"]);
    let imported = services.hours.import(file.as_bytes()).await.unwrap();
    assert_eq!(imported, Imported { added: 3, known: 0, past: 1, left_out: 0 });
    let again = services.hours.import(file.as_bytes()).await.unwrap();
    assert_eq!(again, Imported { added: 0, known: 3, past: 1, left_out: 0 });
    let version = world.db.store.hours().version().await.unwrap();
    let bad = calendar(&["20270101", "20261399"]);
    let refused = services.hours.import(bad.as_bytes()).await.told();
    assert_eq!(refused, Err(HoursRefusal::Calendar(CalendarError::NoDate { line: 7 })));
    let (row, known) = world.db.store.hours().read().await.unwrap();
    assert_eq!((row.version, known.len()), (version, 3), "nothing of it");
    for year in 0..2 {
        let first = crate::domain::call_tracking::zone::parse_date(&format!("{}-01-01", 2030 + year * 2)).unwrap();
        let days: Vec<String> = (first..first + 499).map(crate::domain::call_tracking::zone::date_text).collect();
        let days: Vec<String> = days.into_iter().map(|day| day.replace('-', "")).collect();
        let file = calendar(&days.iter().map(String::as_str).collect::<Vec<_>>());
        let imported = services.hours.import(file.as_bytes()).await.told();
        assert_eq!(imported.is_ok(), year == 0, "{imported:?}");
        if let Err(refused) = imported {
            assert_eq!(refused, WrongField::new("file", Wrong::TooManyHolidays).into());
        }
    }
}

async fn what_is_wrong_is_refused_at_its_field(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let field = |result: Result<(), HoursRefusal>| match result.unwrap_err() {
        HoursRefusal::Field(wrong) => wrong.field,
        other => panic!("{other}"),
    };
    assert_eq!(field(services.hours.close(&Texts::new("x", ""), "2026-11-27T17:58").await.told()), "until");
    assert_eq!(field(services.hours.close(&Texts::new("x", ""), "tomorrow").await.told()), "until");
    assert_eq!(field(services.hours.close(&Texts::new(&"x".repeat(301), ""), "").await.told()), "reason_en");
    let keep = async |draft: WhenClosedDraft| field(services.hours.keep_when_closed(&draft).await.told());
    let good = WhenClosedDraft { outcome: "hang-up".into(), ..Default::default() };
    assert_eq!(keep(WhenClosedDraft { outcome: "sleep".into(), ..good.clone() }).await, "outcome");
    assert_eq!(keep(WhenClosedDraft { outcome: "flow".into(), flow: "x".into(), ..good.clone() }).await, "flow");
    assert_eq!(keep(WhenClosedDraft { text_en: "<speak>Hi".into(), ..good.clone() }).await, "text_en");
    assert_eq!(keep(WhenClosedDraft { text_zh: "x".repeat(601), ..good }).await, "text_zh");
    assert_eq!(world.db.store.hours().version().await.unwrap(), 2, "the week is all that was kept");
}
