//! The operator's configuration as a file.

use super::World;
use crate::domain::business::Profile;
use crate::domain::call_flows::Preset;
use crate::domain::config_file::ConfigFile;
use crate::domain::contact_center::console_settings::{Draft, YES};
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::hours::{Day, Holiday, Week};
use crate::domain::language::Texts;
use crate::service::Services;
use crate::service::fail::Told as _;
use crate::service::hours::WhenClosedDraft;
use crate::store::testing::{Database, on_both};

on_both!(what_is_exported_and_imported_is_exported_the_same, a_file_with_something_wrong_changes_nothing,);

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
    let when =
        WhenClosedDraft { outcome: "flow".into(), flow: night, language: "en".into(), ..WhenClosedDraft::default() };
    services.hours.keep_when_closed(&when).await.told().unwrap();
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
}

async fn what_is_exported_and_imported_is_exported_the_same(db: Database) {
    let world = World::new(db).await;
    set_up(&world.services).await;
    let file = world.services.export_config().await.unwrap();
    let text = serde_json::to_string(&file).unwrap();
    assert!(file.logo.is_some() && file.flows.len() == 2, "{text}");
    assert_eq!(file.hours.as_ref().unwrap().when_closed.outcome, Outcome::Flow("Night".into()), "by name");

    let empty = World::new(Database::sqlite().await).await;
    let before = empty.services.export_config().await.unwrap();
    let read: ConfigFile = serde_json::from_str(&text).unwrap();
    let planned = empty.services.compare_config(&read).await.told().unwrap();
    assert!(planned.iter().any(|change| change.at == "business.name"), "{planned:?}");
    assert_eq!(empty.services.export_config().await.unwrap(), before, "a comparison changes nothing");
    assert_eq!(empty.services.import_config(&read).await.told().unwrap(), planned);
    assert_eq!(empty.services.export_config().await.unwrap(), file);
    assert_eq!(empty.services.business.zone().name(), "Europe/Berlin");
    assert_eq!(empty.services.import_config(&read).await.told().unwrap(), [], "the same file again changes nothing");
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
    if let Some(business) = &mut file.business {
        business.name = " ".into();
        business.time_zone = "Atlantis".into();
    }
    if let Some(hours) = &mut file.hours {
        hours.holidays[0].day = 999_999_999;
        hours.when_closed = WhenClosed { outcome: Outcome::Flow("Nowhere".into()), ..hours.when_closed.clone() };
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
            "flows.Calls out",
            "hours.when_closed.outcome",
            "hours.holidays.0",
            "console.away_reasons.break",
            "console.dispositions.resolved.english",
            "console.rules.misses",
        ]
    );
    assert_eq!(services.export_config().await.unwrap(), before);
}
