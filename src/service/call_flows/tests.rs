use serde_json::json;

use super::super::tests::{World, answer};
use super::*;
use crate::domain::account::Role;
use crate::domain::call_flows::What;
use crate::domain::click_to_call::{APOLOGY, say};
use crate::domain::outgoing::Cleared;
use crate::service::NewMember;
use crate::store::testing::{Database, on_both};

on_both!(
    a_number_leads_to_a_flow_and_what_is_changed_is_in_force,
    a_flow_with_problems_is_not_kept,
    case_1_check_and_walk_read_numbers_as_saving_does,
    a_flow_in_use_is_not_deleted,
    b12_the_dry_run_says_where_our_menu_leads_and_who_is_not_there,
    an_outbound_preset_on_a_number_of_ours_apologises,
    the_drawing_knows_our_menu_and_whom_a_flow_can_ring,
);

const NUMBER: &str = "442079460077";

async fn world(db: Database) -> World {
    let world = World::new(db).await;
    let number = E164::parse(NUMBER).unwrap();
    world.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Unassigned).await.unwrap();
    world
}

async fn called(world: &World, conversation: &str) -> Cleared {
    let body = json!({ "to": NUMBER, "from": "447700900999", "uuid": "u", "conversation_uuid": conversation });
    world.services.webhooks.answer(answer(&body)).await.unwrap()
}

async fn a_number_leads_to_a_flow_and_what_is_changed_is_in_force(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let id = services.flows.keep_call_flow(None, " Jane ", Preset::Inbound, Preset::Inbound.text()).await.unwrap();
    services.lines.assign_number(&E164::parse(NUMBER).unwrap(), &Line::Custom(id.clone())).await.unwrap();
    let jane = fill(Preset::Inbound.text(), &Filling::sample(), |_| false).unwrap();
    assert_eq!(called(&world, "CON-1").await, jane);
    let changed = r#"[{"action":"talk","text":"You called YOUR_NEXMO_NUMBER"}]"#;
    services.flows.keep_call_flow(Some(&id), "Jane", Preset::Custom, changed).await.unwrap();
    assert_eq!(called(&world, "CON-2").await, say("You called 442079460077"));
    let [flow] = &services.flows.call_flows().await.unwrap()[..] else { panic!() };
    assert_eq!((flow.name.as_str(), flow.preset, flow.numbers.len()), ("Jane", Preset::Custom, 1));
    assert_eq!(world.db.store.webhooks().of("CON-2").await.unwrap()[0].decision.as_deref(), Some("custom"));
    // Another node changed it: known at the next reading.
    let other = world.restarted(|_| {}).await;
    other.lines.reload_directory().await.unwrap();
    assert_eq!(other.flows.call_flow(&id).await.unwrap().unwrap().text, changed);
}

async fn a_flow_with_problems_is_not_kept(db: Database) {
    let world = world(db).await;
    let keep =
        async |name: &str, text: &str| world.services.flows.keep_call_flow(None, name, Preset::Custom, text).await;
    assert!(matches!(keep(" ", "[]").await, Err(FlowRefusal::NoName)));
    assert!(matches!(keep(&"x".repeat(61), "[]").await, Err(FlowRefusal::LongName)));
    assert!(matches!(keep("a", "[").await, Err(FlowRefusal::Problems(problems)) if problems[0].line == 1));
    let old = r#"[{"action":"talk","text":"a","voiceName":"Amy"}]"#;
    assert!(keep("a", old).await.is_ok(), "a warning is no refusal");
    assert!(matches!(keep("A", old).await, Err(FlowRefusal::Taken)));
    let unknown = world.services.flows.keep_call_flow(Some("x"), "b", Preset::Custom, old).await;
    assert!(matches!(unknown, Err(FlowRefusal::Unknown)));
    assert_eq!(world.services.flows.call_flows().await.unwrap().len(), 1);
}

async fn case_1_check_and_walk_read_numbers_as_saving_does(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let flow = |number: &str, from: &str| {
        format!(
            "[\n{{\"action\":\"connect\",\"from\":\"{from}\",\"endpoint\":[{{\"type\":\"phone\",\n\"number\":\"{number}\"}}]}}]"
        )
    };
    // As people in the business's country write them.
    for (number, from) in [("07700 900555", "020 7946 0077"), ("(0)7700 900555", "+44 (0)20 7946 0077")] {
        let text = flow(number, from);
        assert_eq!(services.flows.judge_call_flow(&text), [], "{number}");
        let judged = services.flows.judged(&text, "", Outcome::Answered).await.unwrap();
        assert!(judged.problems.is_empty() && !judged.steps.is_empty(), "{number}");
        let id = services.flows.keep_call_flow(None, number, Preset::Custom, &text).await.unwrap();
        let kept = services.flows.call_flow(&id).await.unwrap().unwrap().text;
        assert_eq!(kept, flow("447700900555", NUMBER));
    }
    for (number, reason) in [
        ("0770", Reason::Phone(PhoneError::Incomplete("GB".into()))),
        ("07700 900555 ext. 5", Reason::Phone(PhoneError::Extension("5".into()))),
        ("+44 909 879 0000", Reason::Dial(Rule::Kind(crate::domain::dial_policy::DearKind::Premium))),
    ] {
        let problem = Problem { line: 3, field: "[0].endpoint[0].number".into(), reason, only_a_warning: false };
        assert_eq!(services.flows.judge_call_flow(&flow(number, NUMBER)), std::slice::from_ref(&problem), "{number}");
        let judged = services.flows.judged(&flow(number, NUMBER), "", Outcome::Answered).await.unwrap();
        assert_eq!(judged, Judged { problems: vec![problem], steps: vec![] }, "{number}");
    }
}

async fn a_flow_in_use_is_not_deleted(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let number = E164::parse(NUMBER).unwrap();
    let id = services.flows.keep_call_flow(None, "a", Preset::Custom, Preset::Custom.text()).await.unwrap();
    services.lines.assign_number(&number, &Line::Custom(id.clone())).await.unwrap();
    assert!(
        matches!(services.flows.delete_call_flow(&id).await, Err(FlowRefusal::InUse(numbers)) if numbers == [number.clone()])
    );
    services.lines.assign_number(&number, &Line::Support).await.unwrap();
    services.flows.delete_call_flow(&id).await.unwrap();
    assert!(matches!(services.flows.delete_call_flow(&id).await, Err(FlowRefusal::Unknown)));
    // A number that leads to nothing any more: its callers hear an apology, not silence.
    services.lines.assign_number(&number, &Line::Custom(id)).await.unwrap();
    assert_eq!(called(&world, "CON-9").await, say(APOLOGY));
}

async fn an_outbound_preset_on_a_number_of_ours_apologises(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let id = services.flows.keep_call_flow(None, "out", Preset::Outbound, Preset::Outbound.text()).await.unwrap();
    services.lines.assign_number(&E164::parse(NUMBER).unwrap(), &Line::Custom(id)).await.unwrap();
    assert_eq!(called(&world, "CON-1").await, say(APOLOGY));
    let problem = world.db.store.webhooks().of("CON-1").await.unwrap()[0].problem.clone().unwrap();
    assert!(problem.contains("PARAMS_TO"), "{problem}");
    assert!(matches!(
        services.flows.try_call_flow(Preset::Custom.text(), &E164::parse("447700900123").unwrap()).await,
        Err(TrialRefusal::NotSandbox)
    ));
}

async fn b12_the_dry_run_says_where_our_menu_leads_and_who_is_not_there(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    for name in ["Jane", "Joe"] {
        let new = NewMember { name: name.into(), display_name: String::new(), role: Role::Agent };
        services.team.add_member(&new).await.unwrap();
        services.lines.reload_directory().await.unwrap();
        let account = services.core.store.accounts().named(name).await.unwrap().unwrap();
        // The first menu offers agents who have opened the console before.
        services.desk.consoles.tabs.heartbeat(&account.id, name, "tab").await.unwrap();
        world.pass(1_000);
    }
    services.menus.first_start().await.unwrap();
    let ends = async |keys: &str| {
        let judged = services.flows.judged(Preset::Ivr.text(), keys, Outcome::Answered).await.unwrap();
        assert_eq!(judged.problems, []);
        judged.steps
    };
    let steps = ends("2").await;
    assert_eq!(steps.last().unwrap().what, What::Talks { whom: "Joe".into() });
    assert_eq!((steps[0].line, steps[2].line), (2, 11), "each step knows its line");
    assert!(matches!(ends("5").await.last().unwrap().what, What::AsksAgain { .. }));
    let nobody = Preset::Inbound.text().replace("\"Jane\"", "\"Nobody\"");
    let [warning] = &services.flows.judge_call_flow(&nobody)[..] else { panic!("one warning") };
    assert_eq!((&warning.reason, warning.only_a_warning), (&Reason::NoUser("Nobody".into()), true));
    assert_eq!(services.flows.judge_call_flow(Preset::Inbound.text()), []);
}

async fn the_drawing_knows_our_menu_and_whom_a_flow_can_ring(db: Database) {
    use crate::domain::call_flows::drawing::act::{Open, done};
    use crate::domain::call_flows::drawing::{NotEdited, Then};
    let world = world(db).await;
    let flows = &world.services.flows;
    let picture = flows.picture(Preset::Ivr.text(), Open::Action(2)).await;
    let boxes = &picture.drawing.as_ref().unwrap().boxes;
    let Some(What::Listens { branches, .. }) = &boxes[2].what else { panic!("{boxes:?}") };
    assert!(!branches.is_empty() && boxes[2].then == Then::Over, "our menu answers: {boxes:?}");
    assert_eq!(picture.form.as_ref().unwrap().kind, "input");
    assert!(!picture.queues.is_empty(), "there is always a queue: {picture:?}");
    // Numbers are read as when the flow is kept, and shown as they were written.
    let text = r#"[{"action": "connect", "endpoint": [{"type": "phone", "number": "+44 7700 900123"}]}]"#;
    let phone = flows.picture(text, Open::Action(0)).await;
    assert!(matches!(&phone.drawing.unwrap().boxes[0].what, Some(What::Rings { .. })));
    assert_eq!(phone.form.unwrap().fields[1], ("endpoint.number".to_owned(), "+44 7700 900123".to_owned()));
    let refused = flows.picture_of(done("{}", "draw-add-0-talk", &std::collections::BTreeMap::new())).await;
    assert_eq!((refused.drawing, refused.refused.unwrap().why), (None, NotEdited::NoList));
}
