//! Callers in menus of the operator's.

use serde_json::{Value, json};

use super::{OURS, agents, beat, caller, keys, main_menu, world};
use crate::domain::call_flows::Preset;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::HistoryResult;
use crate::domain::contact_center::story::{Way, What};
use crate::domain::language::Language;
use crate::domain::line::Line;
use crate::domain::menu::draft::{AFTER, Draft, YES, does, with};
use crate::domain::phone::E164;
use crate::service::tests::{answer, event};
use crate::service::{Received, Services};
use crate::store::testing::{Database, on_both};

on_both!(
    each_key_leads_where_it_says,
    adding_an_agent_changes_no_key,
    menus_lead_into_one_another_and_out,
    who_presses_no_right_key_is_led_on,
    a_flow_from_a_menu_is_an_offer,
    what_was_deleted_leads_to_the_agents,
    what_is_said_is_in_the_business_language,
    a_key_chooses_the_language_of_all_that_follows,
    an_extension_reaches_whom_the_menu_says,
);

/// A menu whose keys do this; `after` is among them.
fn draft(name: &str, actions: &[(&str, &str, &str)]) -> Draft {
    let mut draft = Draft {
        name: name.to_owned(),
        greeting_en: format!("This is {name}."),
        prompt_en: format!("Choose in {name}."),
        seconds: "5".into(),
        tries: "3".into(),
        barge_in: YES.into(),
        ..Draft::default()
    };
    draft.actions.insert(AFTER.into(), "any-agent".into());
    for (of, action, beside) in actions {
        draft.actions.insert(does(of), (*action).to_owned());
        draft.actions.insert(with(of), (*beside).to_owned());
    }
    draft
}

async fn kept(services: &Services, id: Option<&str>, name: &str, actions: &[(&str, &str, &str)]) -> String {
    services.menus.keep(id, &draft(name, actions)).await.unwrap()
}

async fn leads_to(services: &Services, menu: &str) {
    services.lines.assign_number(&E164::parse(OURS).unwrap(), &Line::Ivr(menu.to_owned())).await.unwrap();
}

/// What caller `n`, whose number is withheld if it is `None`, hears first.
async fn calls(services: &Services, n: usize, from: Option<&str>) -> Value {
    let mut body = json!({"to": OURS, "uuid": format!("caller{n}"), "conversation_uuid": format!("CON-{n}"),
                          "endpoint_type": "phone"});
    body["from"] = from.map_or_else(|| format!("4477009{n:05}"), str::to_owned).into();
    serde_json::to_value(services.webhooks.answer(answer(&body)).await.unwrap()).unwrap()
}

/// What they hear after they pressed these; each webhook of keys has a time of its own.
async fn presses(services: &Services, n: usize, pressed: &str, at: u32) -> Value {
    let told = keys(n, pressed);
    let raw = told.raw.replace("07:00:00", &format!("07:00:{at:02}"));
    let told = Received { kind: told.kind, ..event(&serde_json::from_str(&raw).unwrap()) };
    serde_json::to_value(services.webhooks.event(told).await.unwrap().expect("a call flow")).unwrap()
}

async fn call_of(services: &Services, n: usize) -> DeskCall {
    services.core.store.desk().call_of_leg(&format!("caller{n}")).await.unwrap().unwrap().call
}

fn told(call: &DeskCall) -> Vec<What> {
    call.story.iter().map(|moment| moment.what.clone()).collect()
}

async fn each_key_leads_where_it_says(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    let menu = [
        ("1", "agent:agent1", ""),
        ("2", "any-agent", ""),
        ("3", "number", "+44 7700 900456"),
        ("4", "message", ""),
        ("5", "call-back", ""),
        ("6", "say", "We are in London."),
        ("7", "repeat", ""),
        ("8", "hang-up", ""),
    ];
    let menu = kept(services, None, "Desk", &menu).await;
    leads_to(services, &menu).await;
    let heard = calls(services, 1, None).await;
    assert_eq!((&heard[0]["text"], &heard[1]["text"]), (&json!("This is Desk."), &json!("Choose in Desk.")));
    assert_eq!((&heard[1]["bargeIn"], &heard[2]["dtmf"]["timeOut"]), (&json!(true), &json!(5)));

    // Who says something or nothing stays in the menu, and that is no wrong key.
    for at in 0..5 {
        let said = presses(services, 1, "6", at).await;
        assert_eq!((&said[0]["text"], &said[1]["text"]), (&json!("We are in London."), &json!("Choose in Desk.")));
        assert_eq!(presses(services, 1, "7", 10 + at).await[0]["text"], "Choose in Desk.");
    }
    let rung = presses(services, 1, "1", 20).await;
    assert_eq!(rung[1]["endpoint"][0]["user"], "agent1", "{rung}");
    let call = call_of(services, 1).await;
    assert_eq!((call.wanted.as_deref(), call.target.as_deref()), (Some("agent1"), Some(menu.as_str())));
    assert!(told(&call).contains(&What::Chose { agent: "agent1".into() }));

    calls(services, 2, None).await;
    let rung = presses(services, 2, "2", 0).await;
    assert_eq!(rung[1]["endpoint"][0]["user"], "agent0", "{rung}");

    // A telephone outside sees the number that was called; when nobody answers there, the agents take the caller.
    calls(services, 3, None).await;
    let rung = presses(services, 3, "3", 0).await;
    assert_eq!((&rung[0]["endpoint"][0]["number"], &rung[0]["from"]), (&json!("447700900456"), &json!(OURS)));
    let outside = |status: &str| {
        event(&json!({"from": OURS, "to": "447700900456", "uuid": "outside", "conversation_uuid": "CON-3",
                      "status": status, "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z"}))
    };
    assert_eq!(call_of(services, 3).await.phase, Phase::Outside);
    services.webhooks.event(outside("answered")).await.unwrap();
    assert!(call_of(services, 3).await.answered_at.is_some());
    calls(services, 4, None).await;
    presses(services, 4, "3", 0).await;
    let missed = json!({"to": "447700900456", "uuid": "outside4", "conversation_uuid": "CON-4", "status": "timeout",
                        "direction": "outbound", "timestamp": "2026-11-21T07:00:00.000Z"});
    let next = services.webhooks.event(event(&missed)).await.unwrap().expect("the caller is led on");
    assert!(serde_json::to_string(&next).unwrap().contains("queue"), "both agents ring");

    calls(services, 5, None).await;
    let message = presses(services, 5, "4", 0).await;
    assert_eq!((&message[1]["action"], call_of(services, 5).await.phase), (&json!("record"), Phase::Message));
    calls(services, 6, None).await;
    let promised = presses(services, 6, "5", 0).await;
    assert!(promised[0]["text"].as_str().unwrap().contains("call you back"), "{promised}");
    assert_eq!(call_of(services, 6).await.result, Some(HistoryResult::Callback));
    // Nobody can call a withheld number back.
    calls(services, 7, Some("anonymous")).await;
    let unknown = presses(services, 7, "5", 0).await;
    assert!(unknown[0]["text"].as_str().unwrap().contains("do not know your number"), "{unknown}");
    assert_eq!(unknown[1]["text"], "Choose in Desk.");

    calls(services, 8, None).await;
    assert_eq!(presses(services, 8, "8", 0).await, json!([{"action": "talk", "text": "Goodbye."}]));
    services.webhooks.event(caller(8, "completed")).await.unwrap();
    let call = call_of(services, 8).await;
    assert_eq!((call.result, call.is_missed()), (Some(HistoryResult::Served), false));
    assert!(told(&call).contains(&What::Led { way: Way::HungUp }));
}

async fn adding_an_agent_changes_no_key(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    services.menus.first_start().await.unwrap();
    leads_to(services, "main").await;
    let before = calls(services, 1, None).await;
    assert_eq!(before[1]["text"], "To talk to agent0, please press 1, or, to talk to agent1, press 2.");
    // Somebody with a name that sorts first, and an account of the same moment.
    let new = crate::service::NewMember {
        name: "Anna".into(),
        display_name: String::new(),
        role: crate::domain::account::Role::Agent,
    };
    services.team.add_member(&new).await.unwrap();
    let anna = services.core.store.accounts().named("Anna").await.unwrap().unwrap();
    services.lines.reload_directory().await.unwrap();
    services.desk.consoles.tabs.heartbeat(&anna.id, "Anna", "tab").await.unwrap();
    services.menus.first_start().await.unwrap();
    assert_eq!(calls(services, 2, None).await, before);
    assert_eq!(presses(services, 2, "2", 0).await[1]["endpoint"][0]["user"], "agent1");
}

async fn menus_lead_into_one_another_and_out(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let front = kept(services, None, "Front", &[("after", "message", "")]).await;
    let sales = kept(services, None, "Sales", &[("1", "agent:agent0", ""), ("9", &format!("menu:{front}"), "")]).await;
    kept(services, Some(&front), "Front", &[("1", &format!("menu:{sales}"), ""), ("after", "message", "")]).await;
    leads_to(services, &front).await;
    calls(services, 1, None).await;
    assert_eq!(presses(services, 1, "7", 0).await[0]["text"], "Choose in Front.");
    let inside = presses(services, 1, "1", 1).await;
    assert_eq!((&inside[0]["text"], &inside[1]["text"]), (&json!("This is Sales."), &json!("Choose in Sales.")));
    assert_eq!(call_of(services, 1).await.menu_tries, 0, "wrong keys of another menu");
    assert_eq!(presses(services, 1, "1", 2).await[1]["endpoint"][0]["user"], "agent0");
    let call = call_of(services, 1).await;
    assert!(told(&call).contains(&What::Led { way: Way::Menu("Sales".into()) }));

    // Round and round: after twenty menus the first one's last way.
    calls(services, 2, None).await;
    for round in 1..20 {
        let heard = presses(services, 2, if round % 2 == 1 { "1" } else { "9" }, round).await;
        assert!(heard[1]["text"].as_str().unwrap().starts_with("Choose in"), "{round}: {heard}");
    }
    let out = presses(services, 2, "9", 40).await;
    assert_eq!((&out[1]["action"], call_of(services, 2).await.phase), (&json!("record"), Phase::Message));
}

async fn who_presses_no_right_key_is_led_on(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let menu = kept(services, None, "Desk", &[("1", "any-agent", ""), ("after", "message", "")]).await;
    leads_to(services, &menu).await;
    calls(services, 1, None).await;
    for (at, pressed) in ["", "9"].into_iter().enumerate() {
        assert_eq!(presses(services, 1, pressed, at as u32).await[0]["text"], "Choose in Desk.");
    }
    let out = presses(services, 1, "", 2).await;
    assert_eq!(out[1]["action"], "record");
    assert_eq!(told(&call_of(services, 1).await), [What::NoKey, What::Message]);
    // A caller who cannot be called back is not asked for ever.
    let change = [("1", "any-agent", ""), ("after", "call-back", "")];
    kept(services, Some(&menu), "Desk", &change).await;
    calls(services, 2, Some("anonymous")).await;
    for at in 0..2 {
        presses(services, 2, "", at).await;
    }
    let out = presses(services, 2, "", 2).await;
    assert!(out[0]["text"].as_str().unwrap().contains("queue"), "{out}");
}

async fn a_flow_from_a_menu_is_an_offer(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    let flow = async |name: &str, text: Value| {
        services.flows.keep_call_flow(None, name, Preset::Custom, &text.to_string()).await.unwrap()
    };
    let talk = |text: &str| json!({"action": "talk", "text": text});
    let to_agent = json!([talk("Welcome"), {"action": "connect", "endpoint": [{"type": "app", "user": "agent1"}]}]);
    let to_agent = flow("Welcome", to_agent).await;
    let hours = flow("Hours", json!([talk("We are open from nine.")])).await;
    let record = json!([{"action": "record", "timeOut": 20}, {"action": "connect", "endpoint": [{"type": "app", "user": "agent0"}]}]);
    let record = flow("Record", record).await;
    let keys = [("1", format!("flow:{to_agent}")), ("2", format!("flow:{hours}")), ("3", format!("flow:{record}"))];
    let keys: Vec<(&str, &str, &str)> = keys.iter().map(|(key, action)| (*key, action.as_str(), "")).collect();
    let menu = kept(services, None, "Desk", &keys).await;
    leads_to(services, &menu).await;
    calls(services, 1, None).await;
    let heard = presses(services, 1, "1", 0).await;
    assert_eq!((&heard[0]["text"], &heard[1]["endpoint"][0]["user"]), (&json!("Welcome"), &json!("agent1")));
    assert!(services.desk.view.desk(&team[1].0, "agent1").await.unwrap().offer.is_some(), "the console rings");

    calls(services, 2, None).await;
    assert_eq!(presses(services, 2, "2", 0).await, json!([talk("We are open from nine.")]));
    services.webhooks.event(caller(2, "completed")).await.unwrap();
    let call = call_of(services, 2).await;
    assert_eq!((call.result, call.is_owed()), (Some(HistoryResult::Served), false));
    assert_eq!(told(&call)[0], What::Led { way: Way::Flow("Hours".into()) });

    // A flow that takes its time asks for its agent when it comes to them.
    calls(services, 3, None).await;
    assert_eq!(presses(services, 3, "3", 0).await[0]["action"], "record");
    assert_eq!(presses(services, 3, "", 1).await[1]["endpoint"][0]["user"], "agent0");
    // What menus lead to is not deleted.
    let refused = services.flows.delete_call_flow(&hours).await;
    assert!(matches!(refused, Err(crate::service::FlowRefusal::InMenus(menus)) if menus == ["Desk"]));
}

async fn what_was_deleted_leads_to_the_agents(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    leads_to(services, "never made").await;
    let heard = calls(services, 1, None).await;
    assert_eq!(heard[1]["endpoint"][0]["user"], "agent0", "{heard}");
    let menu = kept(services, None, "Desk", &[("1", "agent:agent0", "")]).await;
    leads_to(services, &menu).await;
    calls(services, 2, None).await;
    assert!(services.core.store.menus().delete(&menu).await.unwrap());
    assert_eq!(presses(services, 2, "", 0).await[1]["endpoint"][0]["user"], "agent1");
}

async fn what_is_said_is_in_the_business_language(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    main_menu(services, &team).await;
    leads_to(services, "main").await;
    let (draft, questions) = services.business.profile().draft();
    let chinese = crate::domain::business::Draft { name: "Acme".into(), default_language: "zh-CN".into(), ..draft };
    services.business.save(&chinese, &questions).await.unwrap();
    let heard = calls(services, 1, None).await;
    assert_eq!((&heard[0]["text"], &heard[0]["language"]), (&json!("感谢您致电客服中心。"), &json!("cmn-CN")));
    assert_eq!(heard[1]["text"], "与agent0通话请按1，与agent1通话请按2。");
}

async fn a_key_chooses_the_language_of_all_that_follows(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let mut draft = draft("Desk", &[("1", "any-agent", ""), ("2", "message", ""), ("9", "language:zh-CN", "")]);
    draft.prompt_zh = "请选择。".into();
    draft.actions.insert("other_language_0".into(), "de-DE".into());
    draft.actions.insert("other_text_0".into(), "Wählen Sie 1.".into());
    let menu = services.menus.keep(None, &draft).await.unwrap();
    leads_to(services, &menu).await;
    let heard = calls(services, 1, None).await;
    let german = json!({"action": "talk", "text": "Wählen Sie 1.", "language": "de-DE", "bargeIn": true});
    assert_eq!((&heard[1]["text"], &heard[2]), (&json!("Choose in Desk."), &german));
    assert_eq!(call_of(services, 1).await.language, Some(Language::English));
    // A wrong key before does not count against the new language, and the choice is no wrong key.
    let heard = presses(services, 1, "9", 1).await;
    let chinese = json!({"action": "talk", "text": "请选择。", "language": "cmn-CN", "bargeIn": true});
    assert_eq!((&heard[0], &heard[1]), (&chinese, &german));
    let call = call_of(services, 1).await;
    assert_eq!((call.language, call.menu_tries), (Some(Language::Chinese), 0));
    assert_eq!(told(&call), [What::Led { way: Way::Language(Language::Chinese) }]);
    // Nobody is free: the queue speaks it too, and so does what the caller chooses there.
    let waits = presses(services, 1, "1", 2).await;
    let queue = "我们的客服人员都在忙。您排在第1位。留言请按1，预约回电请按2，或请继续等待。";
    assert_eq!((&waits[0]["text"], &waits[0]["language"]), (&json!(queue), &json!("cmn-CN")));
    let promised = presses(services, 1, "2", 3).await;
    assert_eq!(promised[0]["text"], "谢谢，我们会尽快给您回电。再见。");
    // Who chose nothing hears the language of the business.
    calls(services, 2, None).await;
    let message = presses(services, 2, "2", 4).await;
    assert!(message[0]["text"].as_str().unwrap().starts_with("Please leave your message"), "{message}");
}

async fn an_extension_reaches_whom_the_menu_says(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    let rows =
        [("1", "agent:agent0", ""), ("extension_0", "agent:agent1", ""), ("extension_1", "number", "+44 7700 900456")];
    let mut draft = draft("Desk", &rows);
    draft
        .actions
        .extend([("extension_0", "204"), ("extension_1", "31")].map(|(field, digits)| (field.into(), digits.into())));
    let menu = services.menus.keep(None, &draft).await.unwrap();
    leads_to(services, &menu).await;
    let heard = calls(services, 1, None).await;
    assert_eq!(heard[2]["dtmf"], json!({"timeOut": 3, "maxDigits": 3, "submitOnHash": true}), "{heard}");
    let rung = presses(services, 1, "204", 0).await;
    assert_eq!(rung[1]["endpoint"][0]["user"], "agent1", "{rung}");
    assert!(told(&call_of(services, 1).await).contains(&What::Chose { agent: "agent1".into() }));

    calls(services, 2, None).await;
    let again = presses(services, 2, "20", 0).await;
    assert_eq!(again[0]["text"], "Choose in Desk.", "the beginning of an extension is none: {again}");
    let outside = presses(services, 2, "31", 1).await;
    assert_eq!(outside[0]["endpoint"][0]["number"], "447700900456", "{outside}");
    assert_eq!(services.menus.uses(&menu).await.unwrap().numbers.len(), 1);
}
