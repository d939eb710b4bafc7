use super::*;
use crate::domain::account::Role;
use crate::domain::menu::Key;
use crate::domain::menu::draft::{AFTER, does, with};
use crate::service::NewMember;
use crate::service::fail::Told as _;
use crate::service::tests::World;
use crate::store::testing::{Database, on_both};

on_both!(
    the_first_start_makes_what_numbers_lead_to,
    a_menu_is_kept_or_refused_by_field,
    what_something_leads_to_is_not_deleted,
    another_node_hears_of_a_change,
);

fn draft(name: &str, keys: &[(&str, &str, &str)]) -> Draft {
    let mut draft = Menu { name: name.to_owned(), ..Menu::of_agents("", &[]) }.draft();
    for (of, action, beside) in keys {
        draft.actions.insert(does(of), (*action).to_owned());
        draft.actions.insert(with(of), (*beside).to_owned());
    }
    draft
}

fn number(digits: &str) -> E164 {
    E164::parse(digits).unwrap()
}

async fn the_first_start_makes_what_numbers_lead_to(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    for name in ["Joe", "Jane"] {
        let new = NewMember { name: name.into(), display_name: String::new(), role: Role::Agent };
        services.team.add_member(&new).await.unwrap();
        let account = services.core.store.accounts().named(name).await.unwrap().unwrap();
        services.lines.reload_directory().await.unwrap();
        services.desk.consoles.tabs.heartbeat(&account.id, name, "tab").await.unwrap();
        world.pass(1_000);
    }
    // Has an account and was never here, as nobody who had no key before.
    let new = NewMember { name: "Anna".into(), display_name: String::new(), role: Role::Agent };
    services.team.add_member(&new).await.unwrap();
    let night = Line::Ivr("night".into());
    services.lines.add_number(&number("442079460077"), "GB", &["VOICE".into()], &night).await.unwrap();
    services.menus.first_start().await.unwrap();
    services.menus.first_start().await.unwrap();
    let in_force = services.menus.current().await;
    let ids: Vec<&str> = in_force.menus.iter().map(|row| row.menu.id.as_str()).collect();
    assert_eq!(ids, [MAIN, "night"]);
    let keys: Vec<_> = in_force.find("night").unwrap().keys.clone().into_iter().collect();
    let agent = |sign, name: &str| (Key::of(sign).unwrap(), Action::Agent(name.to_owned()));
    assert_eq!(keys, [agent('1', "Joe"), agent('2', "Jane")], "in the order of their accounts");
    assert_eq!(services.lines.name_of("ivr", Some("night")).as_deref(), Some("night"));
}

async fn a_menu_is_kept_or_refused_by_field(db: Database) {
    let world = World::new(db).await;
    let menus = &world.services.menus;
    let id = menus.keep(None, &draft(" Sales ", &[("1", "number", "07700 900456")])).await.unwrap();
    let kept = menus.current().await.find(&id).cloned().unwrap();
    assert_eq!((kept.name.as_str(), kept.keys.len()), ("Sales", 1));
    assert_eq!(kept.keys.values().next(), Some(&Action::Number(number("447700900456"))));
    let refused = async |id: Option<&str>, draft: Draft| {
        let wrong = menus.keep(id, &draft).await.told().unwrap_err();
        wrong.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect::<Vec<_>>()
    };
    let own = world.services.settings().support.number.international();
    let wrong = draft(
        "SALES",
        &[
            ("1", "number", &own),
            ("2", "number", "+44 909 879 0000"),
            ("3", "number", "12"),
            ("4", "agent:Nobody", ""),
            ("5", "menu:gone", ""),
        ],
    );
    let wrong = refused(None, wrong).await;
    let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["name", "with_1", "with_2", "with_3", "do_4", "do_5"]);
    assert_eq!((&wrong[0].1, &wrong[1].1), (&Trouble::Taken("SALES".into()), &Trouble::OwnNumber));
    assert!(matches!((&wrong[2].1, &wrong[3].1), (Trouble::Dial(_), Trouble::Phone(_))));
    assert_eq!(refused(Some("gone"), draft("Other", &[])).await, [("name".into(), Trouble::Missing)]);
    // The id by which files mean the main menu is the name of no other menu.
    assert_eq!(refused(None, draft(MAIN, &[])).await, [("name".into(), Trouble::Taken(MAIN.into()))]);
    // A menu may lead to itself, and keep its name.
    let again = draft("Sales", &[("1", &format!("menu:{id}"), "")]);
    assert_eq!(menus.keep(Some(&id), &again).await.unwrap(), id);
    assert_eq!(menus.uses(&id).await.unwrap(), Uses::default());
}

async fn what_something_leads_to_is_not_deleted(db: Database) {
    let world = World::new(db).await;
    let (menus, lines) = (&world.services.menus, &world.services.lines);
    let inner = menus.keep(None, &draft("Inner", &[])).await.unwrap();
    let mut leads = draft("Outer", &[]);
    leads.actions.insert(AFTER.into(), format!("menu:{inner}"));
    let outer = menus.keep(None, &leads).await.unwrap();
    let ours = number("442079460077");
    lines.add_number(&ours, "GB", &["VOICE".into()], &Line::Ivr(outer.clone())).await.unwrap();
    let refused = async |id: &str| menus.delete(id).await.told().unwrap_err();
    assert_eq!(refused(&inner).await, Trouble::InMenus(vec!["Outer".into()]));
    assert_eq!(refused(&outer).await, Trouble::FlowUsed(vec![ours.grouped()]));
    lines.assign_number(&ours, &Line::Support).await.unwrap();
    menus.delete(&outer).await.unwrap();
    menus.delete(&inner).await.unwrap();
    assert_eq!(refused(&inner).await, Trouble::Missing);
    assert!(menus.current().await.menus.is_empty());
}

async fn another_node_hears_of_a_change(db: Database) {
    let world = World::new(db).await;
    let other = world.restarted(|_| {}).await;
    assert!(other.menus.current().await.menus.is_empty());
    let id = world.services.menus.keep(None, &draft("Sales", &[])).await.unwrap();
    assert!(other.menus.current().await.find(&id).is_some());
    world.services.menus.delete(&id).await.unwrap();
    assert!(other.menus.current().await.find(&id).is_none());
}
