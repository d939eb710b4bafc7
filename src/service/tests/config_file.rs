//! The operator's configuration as a file.

use std::collections::BTreeMap;

use super::World;
use crate::domain::business::Profile;
use crate::domain::call_flows::Preset;
use crate::domain::config_file::{ConfigFile, FlowPart};
use crate::domain::contact_center::caller_id::ShownNumbers;
use crate::domain::contact_center::console_settings::{Draft, YES};
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::hours::{Day, Holiday, Week};
use crate::domain::language::Texts;
use crate::domain::line::Line;
use crate::domain::menu::extension::Extension;
use crate::domain::menu::{Action, Key, MAIN, Menu};
use crate::domain::phone::E164;
use crate::domain::queue::Queue;
use crate::domain::queue::draft::{Draft as QueueDraft, RulesDraft};
use crate::domain::spoken::{Place, Text};
use crate::service::Services;
use crate::service::fail::Told as _;
use crate::service::hours::WhenClosedDraft;
use crate::service::music::tests::mp3;
use crate::store::testing::{Database, on_both};

on_both!(
    what_is_exported_and_imported_is_exported_the_same,
    a_file_with_something_wrong_changes_nothing,
    numbers_lead_where_the_file_says_and_what_is_not_there_is_left_out,
    which_numbers_are_shown_is_in_the_file_and_what_is_not_ours_is_left_out,
);

const FLOW: &str = r#"[{"action": "connect", "endpoint": [{"type": "phone", "number": "PARAMS_TO"}]}]"#;
const LOGO: &[u8] = br#"<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>"#;

/// Everything that a file has in it.
async fn set_up(services: &Services) {
    let profile = Profile {
        name: "Bluebird Bikes".into(),
        headline: Texts::new("Talk to a mechanic", "联系技师"),
        ..Profile::new("Europe/Berlin", "Welcome.")
    };
    let (draft, questions) = profile.draft();
    services.business.save(&draft, &questions).await.told().unwrap();
    services.business.save_logo(Some(LOGO.to_vec())).await.told().unwrap();
    let id = services.flows.keep_call_flow(None, "Calls out", Preset::Outbound, FLOW).await.unwrap();
    services.flows.use_for_agents_calls(Some(&id)).await.unwrap();
    let night =
        services.flows.keep_call_flow(None, "Night", Preset::Custom, r#"[{"action":"talk","text":"Good night"}]"#);
    let night = night.await.unwrap();
    services.hours.keep_week(&Week([const { 0 }; 7].map(|_| Day::all_day()))).await.unwrap();
    let holiday = Holiday::read("2026-12-25", true, "Christmas", &[]).unwrap();
    services.hours.add_holiday(holiday).await.told().unwrap();
    let when = WhenClosedDraft { outcome: "flow".into(), flow: night, ..WhenClosedDraft::default() };
    services.hours.keep_when_closed(&when).await.told().unwrap();
    let queue = set_up_queues(services).await;
    services.hours.keep_when_closed_of(&Line::Queue(queue.clone()), Some(&when)).await.told().unwrap();
    let message = WhenClosedDraft { outcome: "message".into(), ..WhenClosedDraft::default() };
    services.hours.keep_when_closed_of(&Line::Support, Some(&message)).await.told().unwrap();
    set_up_menus(services, queue).await;
    let choices = &services.desk.choices;
    let sale = Draft { english: "Repair".into(), chinese: "维修".into(), ..Draft::default() };
    choices.put_disposition(&sale).await.told().unwrap();
    let rules = Draft {
        required: YES.into(),
        misses: "3".into(),
        wrap_up_s: "60".into(),
        extension_s: "20".into(),
        ..Draft::default()
    };
    choices.put_rules(&rules).await.told().unwrap();
    let fields = |all: &[(&str, &str)]| all.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let texts = fields(&[("position_en", "Place {position}."), ("all-busy_zh", "请稍候。")]);
    services.spoken.keep_texts(Place::Queue, &texts, None).await.told().unwrap();
    services.spoken.keep_voices(&fields(&[("language_zh", "yue-CN")])).await.told().unwrap();
}

/// A queue that overflows into the one that is always there, and takes the calls to the support line. Its id.
async fn set_up_queues(services: &Services) -> String {
    let draft = QueueDraft::of(&Queue::standing(), &[]);
    let overflow = "queue:agents".to_owned();
    let music = services.music.add("Waltz", mp3()).await.told().unwrap();
    let bikes = QueueDraft { name: "Bikes".into(), max_wait_s: "90".into(), overflow, music, ..draft };
    let id = services.queues.keep(None, &bikes).await.told().unwrap();
    let first = "+44 7700 900123".to_owned();
    let rules = RulesDraft { support: format!("queue:{id}"), first, gave_up_first: "on".into() };
    services.queues.keep_rules(&rules).await.told().unwrap();
    id
}

/// Two menus that lead to one another, to a flow and to a queue, and the main one.
async fn set_up_menus(services: &Services, queue: String) {
    services.menus.first_start().await.unwrap();
    let flows = services.flows.call_flows().await.unwrap();
    let night = flows.iter().find(|flow| flow.name == "Night").unwrap().id.clone();
    let keep = async |id: Option<&str>, name: &str, keys: Vec<Action>, after: Action| {
        // The same leads there by an extension.
        let extensions = Extension::of("204").into_iter().zip(keys.first().cloned()).collect();
        let keys = Key::every().zip(keys).collect();
        let menu = Menu { name: name.to_owned(), keys, extensions, after, ..Menu::of_agents("", &[]) };
        services.menus.keep(id, &menu.draft()).await.told().unwrap()
    };
    let telephone = Action::Number(E164::parse("447700900123").unwrap());
    let repairs = keep(None, "Repairs", vec![Action::Flow(night), telephone], Action::Message).await;
    let sales = keep(
        None,
        "Sales",
        vec![Action::Menu(repairs.clone()), Action::Say("No.".into()), Action::Queue(queue)],
        Action::HangUp,
    )
    .await;
    keep(Some(&repairs), "Repairs", vec![Action::Menu(sales.clone())], Action::Menu(sales.clone())).await;
    keep(Some(MAIN), "Front desk", vec![Action::Menu(sales), Action::AnyAgent], Action::CallBack).await;
}

async fn what_is_exported_and_imported_is_exported_the_same(db: Database) {
    let world = World::new(db).await;
    set_up(&world.services).await;
    let file = world.services.export_config().await.unwrap();
    let text = serde_json::to_string(&file).unwrap();
    assert!(file.logo.is_some() && file.flows.len() == 2, "{text}");
    assert!(text.contains(r#""queue:Bikes":{"outcome":{"flow":"Night"}"#), "{text}");
    assert!(text.contains(r#"{"queue":"Bikes"}"#) && text.contains(r#"{"queue":"agents"}"#), "by name: {text}");
    assert_eq!(file.hours.as_ref().unwrap().when_closed.outcome, Outcome::Flow("Night".into()), "by name");

    let empty = World::new(Database::sqlite().await).await;
    let before = empty.services.export_config().await.unwrap();
    let read: ConfigFile = serde_json::from_str(&text).unwrap();
    // The sound is not in the file.
    let wrong = empty.services.compare_config(&read).await.told().unwrap_err();
    assert_eq!(wrong.iter().map(|wrong| wrong.field.as_str()).collect::<Vec<_>>(), ["queues.Bikes.music"]);
    empty.services.music.add("Waltz", mp3()).await.told().unwrap();
    let planned = empty.services.compare_config(&read).await.told().unwrap();
    for at in ["business.name", "speech.texts.position.en", "speech.voices.zh-CN.language"] {
        assert!(planned.iter().any(|change| change.at == at), "{at}: {planned:?}");
    }
    assert_eq!(empty.services.export_config().await.unwrap(), before, "a comparison changes nothing");
    assert_eq!(empty.services.import_config(&read).await.told().unwrap(), planned);
    assert_eq!(empty.services.export_config().await.unwrap(), file);
    assert_eq!(empty.services.business.zone().name(), "Europe/Berlin");
    let versions = || empty.services.menus.current();
    let before = versions().await;
    assert_eq!(empty.services.import_config(&read).await.told().unwrap(), [], "the same file again changes nothing");
    assert_eq!(versions().await.menus.len(), before.menus.len());
    // A menu of its own stays, and a key that the file does not have goes.
    let own = Menu { name: "Own".into(), ..Menu::of_agents("", &[]) };
    empty.services.menus.keep(None, &own.draft()).await.told().unwrap();
    let mut fewer = read.clone();
    fewer.menus.iter_mut().find(|menu| menu.id == MAIN).unwrap().keys.remove(&Key::of('2').unwrap());
    let told = empty.services.import_config(&fewer).await.told().unwrap();
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(told, [r#"- menus.Front desk.keys.2: "any-agent""#]);
    assert_eq!(empty.services.export_config().await.unwrap().menus.len(), 4);
}

async fn numbers_lead_where_the_file_says_and_what_is_not_there_is_left_out(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    set_up(services).await;
    let own = ["442079460101", "442079460102", "442079460103", "442079460104"];
    for number in own {
        services.lines.add_number(&E164::parse(number).unwrap(), "GB", &[], &Line::Unassigned).await.unwrap();
    }
    let mut file = ConfigFile { numbers: BTreeMap::new(), ..services.export_config().await.unwrap() };
    for (number, line) in [
        (own[0], "ivr:sales"),
        (own[1], "custom:Night"),
        (own[2], "agent:Nobody"),
        (own[3], "private"),
        ("442079469999", "support"),
    ] {
        file.numbers.insert(number.to_owned(), line.to_owned());
    }
    let (_, left_out) = services.left_out_of_config(&file).await.unwrap();
    let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left_out,
        [
            "numbers.442079460103: there is no agent:Nobody here",
            "numbers.442079469999: the account does not own +44 20 7946 9999",
        ]
    );
    services.import_config(&file).await.told().unwrap();
    let exported = services.export_config().await.unwrap().numbers;
    let line = |number: &str| exported.get(number).map(String::as_str);
    assert_eq!(own.map(line), [Some("ivr:Sales"), Some("custom:Night"), Some("unassigned"), Some("private")]);
    assert_eq!(line("442079469999"), None, "it is not made");
    let sales =
        services.menus.current().await.menus.iter().find(|row| row.menu.name == "Sales").unwrap().menu.id.clone();
    assert_eq!(services.lines.directory().numbers[&E164::parse(own[0]).unwrap()], Line::Ivr(sales));
    let again = ConfigFile { numbers: exported, ..file.clone() };
    assert_eq!(services.import_config(&again).await.told().unwrap(), []);
    for (number, line) in [("07700900123", "support"), (own[0], "nonsense:x"), (own[1], "agent")] {
        let file = ConfigFile { numbers: [(number.to_owned(), line.to_owned())].into(), ..file.clone() };
        let wrong = services.import_config(&file).await.told().unwrap_err();
        assert_eq!(wrong.iter().map(|wrong| wrong.field.clone()).collect::<Vec<_>>(), [format!("numbers.{number}")]);
    }
}

async fn a_file_with_something_wrong_changes_nothing(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    set_up(services).await;
    let before = services.export_config().await.unwrap();
    let mut file = before.clone();
    file.switchboard = 2;
    file.logo = Some("PHNjcmlwdC8+".into());
    file.flows[0].ncco = "[".into();
    file.flows[1].for_agents_calls = true;
    file.flows.push(FlowPart { name: " NIGHT".into(), for_agents_calls: false, ..file.flows[1].clone() });
    file.menus[0].seconds = 99;
    file.menus[0].after = Action::Repeat;
    file.menus[1].keys = [(Key::of('1').unwrap(), Action::Menu("Nowhere".into()))].into();
    file.menus.push(Menu { id: MAIN.into(), name: "sales".into(), ..file.menus[2].clone() });
    if let Some(business) = &mut file.business {
        business.name = " ".into();
        business.time_zone = "Atlantis".into();
    }
    if let Some(hours) = &mut file.hours {
        hours.holidays[0].day = 999_999_999;
        hours.when_closed = WhenClosed { outcome: Outcome::Flow("Nowhere".into()), ..hours.when_closed.clone() };
        hours.by_line.insert("support".into(), hours.when_closed.clone());
        hours.by_line.insert("private".into(), WhenClosed::default());
    }
    if let Some(speech) = &mut file.speech {
        speech.texts.insert(Text::Position, Texts::new("You wait.", ""));
        speech.voices.en.style = Some(1_000);
    }
    if let Some(console) = &mut file.console {
        console.rules.misses = 10_000;
        console.dispositions[0].label.english = "x".repeat(200);
        console.away_reasons.push(console.away_reasons[0].clone());
    }
    let wrong = services.import_config(&file).await.told().unwrap_err();
    let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "switchboard",
            "business.name",
            "business.time_zone",
            "logo",
            // Two flows for agents' calls, no flow that calls, a text that is none; the second, which calls nobody; its twin.
            "flows.Calls out",
            "flows.Calls out",
            "flows.Calls out",
            "flows.Night",
            "flows.Night",
            "flows. NIGHT",
            "menus.Front desk.seconds",
            "menus.Front desk.do_after",
            "menus.Repairs.do_1",
            "menus.sales.name",
            "hours.when_closed.outcome",
            "hours.by_line.private",
            "hours.by_line.support.outcome",
            "hours.holidays.0",
            "console.away_reasons.break",
            "console.dispositions.resolved.english",
            "console.rules.misses",
            "speech.style_en",
            "speech.position_en",
        ]
    );
    assert_eq!(services.export_config().await.unwrap(), before);
}

async fn which_numbers_are_shown_is_in_the_file_and_what_is_not_ours_is_left_out(db: Database) {
    const SHOWN: &str = "442079460101";
    let world = World::new(db).await;
    let services = &world.services;
    // It has no name yet, which no file may say.
    let nameless = |file: ConfigFile| ConfigFile { business: None, ..file };
    let old = nameless(services.export_config().await.unwrap());
    let shown = |agents: &[&str]| {
        let number = E164::parse(SHOWN).unwrap();
        let agents = agents.iter().map(|agent| ((*agent).to_owned(), number.clone())).collect();
        ShownNumbers { by_country: true, agents }
    };
    let mut file = old.clone();
    file.shown_numbers = Some(shown(&["Jane"]));
    file.queues.as_mut().unwrap().queues[0].shown_number = Some(E164::parse(SHOWN).unwrap());
    // A system that does not own the number takes the rest.
    let (_, left_out) = services.left_out_of_config(&file).await.unwrap();
    let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    let told = ["shown_numbers.agents.Jane", "queues.Agents.shown_number"];
    assert_eq!(left_out, told.map(|at| format!("{at}: the account does not own +44 20 7946 0101")));
    let planned: Vec<String> =
        services.import_config(&file).await.told().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(planned, ["~ shown_numbers.by_country: false -> true"]);
    let number = E164::parse(SHOWN).unwrap();
    services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Unassigned).await.unwrap();
    services.import_config(&file).await.told().unwrap();
    let exported = services.export_config().await.unwrap();
    assert_eq!(exported.shown_numbers, Some(shown(&["Jane"])));
    assert_eq!(exported.queues.as_ref().unwrap().queues[0].shown_number, Some(number.clone()));
    assert_eq!(services.import_config(&file).await.told().unwrap(), [], "the same file again changes nothing");
    // Its own file changes nothing either after the number has gone.
    services.lines.assign_number(&number, &Line::Private).await.unwrap();
    let own = nameless(services.export_config().await.unwrap());
    assert_eq!(services.import_config(&own).await.told().unwrap(), []);
    // A file of an older version has neither: what is set for agents stays.
    let mut text = serde_json::to_value(&old).unwrap();
    text.as_object_mut().unwrap().remove("shown_numbers");
    for queue in text["queues"]["queues"].as_array_mut().unwrap() {
        queue.as_object_mut().unwrap().remove("shown_number");
    }
    services.import_config(&serde_json::from_value(text.clone()).unwrap()).await.told().unwrap();
    assert_eq!(services.desk.choices.settings().await.unwrap().shown, shown(&["Jane"]));
    text["shown_numbers"] = serde_json::json!({"by_country": true, "by_state": true});
    let unknown = serde_json::from_value::<ConfigFile>(text).unwrap_err().to_string();
    assert!(unknown.contains("by_state"), "{unknown}");
}
