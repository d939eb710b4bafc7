use super::*;
use crate::domain::account::Role;
use crate::domain::call_flows::Preset;
use crate::domain::menu::draft::{does, with};
use crate::domain::menu::{MAIN, Menu};
use crate::domain::queue::Support;
use crate::domain::queue::draft::YES;
use crate::service::NewMember;
use crate::service::fail::Told as _;
use crate::service::tests::World;
use crate::store::testing::{Database, on_both};

on_both!(
    the_standing_queue_is_there_before_it_has_a_row,
    a_queue_is_kept_or_refused_by_field,
    what_something_leads_to_is_not_deleted,
    another_node_hears_of_a_change,
    a_member_who_is_disabled_stays_one,
);

fn draft(name: &str) -> Draft {
    Draft { name: name.to_owned(), ..Draft::of(&Queue::standing(), &[]) }
}

fn rules(support: &str) -> RulesDraft {
    RulesDraft { support: support.to_owned(), ..RulesDraft::default() }
}

async fn the_standing_queue_is_there_before_it_has_a_row(db: Database) {
    let world = World::new(db).await;
    let queues = &world.services.queues;
    let in_force = queues.current().await;
    assert_eq!(in_force.queues().collect::<Vec<_>>(), [&Queue::standing()]);
    assert_eq!(in_force.of(Some("gone")).id, STANDING);
    assert_eq!(queues.keep(Some(STANDING), &draft("Service")).await.unwrap(), STANDING);
    assert_eq!(queues.keep(Some(STANDING), &draft("Support")).await.unwrap(), STANDING);
    let in_force = queues.current().await;
    assert_eq!(in_force.queues().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["Support"]);
    assert_eq!(world.services.lines.name_of("queue", Some(STANDING)).as_deref(), Some("Support"));
    assert_eq!(queues.delete(STANDING).await.told(), Err(Trouble::StandingQueue));
}

async fn a_queue_is_kept_or_refused_by_field(db: Database) {
    let world = World::new(db).await;
    let queues = &world.services.queues;
    let new = NewMember { name: "Jane".into(), display_name: String::new(), role: Role::Agent };
    world.services.team.add_member(&new).await.unwrap();
    world.services.lines.reload_directory().await.unwrap();
    let members = [("member_Jane".to_owned(), YES.to_owned())];
    let number = Draft { overflow: "number".into(), overflow_number: "07700 900456".into(), ..draft("Sales") };
    let sales = Draft { everybody: String::new(), members: members.into(), ..number };
    let id = queues.keep(None, &sales).await.unwrap();
    let in_force = queues.current().await;
    let kept = in_force.find(&id).unwrap();
    assert_eq!(kept.overflow, Overflow::Number(E164::parse("447700900456").unwrap()));
    assert_eq!((kept.members.len(), kept.member("Jane").is_some(), kept.member("Joe").is_some()), (1, true, false));
    let refused = async |id: Option<&str>, draft: &Draft| {
        let wrong = queues.keep(id, draft).await.told().unwrap_err();
        wrong.into_iter().map(|wrong| wrong.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(refused(None, &draft("sales")).await, ["name: \"sales\" is taken"]);
    assert_eq!(refused(Some("gone"), &draft("x")).await, ["name: it is not there any more"]);
    // The id by which files mean the default queue is the name of no other queue.
    queues.keep(Some(STANDING), &draft("Everyone")).await.unwrap();
    assert_eq!(refused(None, &draft(STANDING)).await, ["name: \"agents\" is taken"]);
    queues.keep(Some(STANDING), &draft(STANDING)).await.unwrap();
    let own = world.services.settings().support.number.grouped();
    let to_us = Draft { overflow: "number".into(), overflow_number: own, ..draft("x") };
    assert_eq!(refused(None, &to_us).await.len(), 1);
    assert_eq!(queues.current().await.queues.len(), 2);
}

async fn what_something_leads_to_is_not_deleted(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    let queues = &services.queues;
    let sales = queues.keep(None, &draft("Sales")).await.unwrap();
    let refused = async || queues.delete(&sales).await.told();
    // The support line.
    queues.keep_rules(&rules(&format!("queue:{sales}"))).await.unwrap();
    assert!(queues.support_rings_agents());
    assert_eq!(refused().await, Err(Trouble::QueueOfSupport));
    queues.keep_rules(&rules("telephone")).await.unwrap();
    assert!(!queues.support_rings_agents());
    // A number.
    let ours = E164::parse("442079460077").unwrap();
    services.lines.add_number(&ours, "GB", &["VOICE".into()], &Line::Queue(sales.clone())).await.unwrap();
    assert_eq!(refused().await, Err(Trouble::QueueUsed(vec![ours.grouped()])));
    services.lines.assign_number(&ours, &Line::Support).await.unwrap();
    // A menu.
    let mut menu = Menu::of_agents(MAIN, &[]).draft();
    menu.actions.extend([(does("1"), format!("queue:{sales}")), (with("1"), String::new())]);
    services.menus.first_start().await.unwrap();
    services.menus.keep(Some(MAIN), &menu).await.unwrap();
    assert_eq!(refused().await, Err(Trouble::QueueUsed(vec!["Main menu".into()])));
    services.menus.keep(Some(MAIN), &Menu::of_agents(MAIN, &[]).draft()).await.unwrap();
    // A call flow.
    let flow = r#"[{"action": "connect", "endpoint": [{"type": "app", "user": "queue: sales"}]}]"#;
    let flow = services.flows.keep_call_flow(None, "Welcome", Preset::Custom, flow).await.unwrap();
    assert_eq!(refused().await, Err(Trouble::QueueUsed(vec!["Welcome".into()])));
    services.flows.delete_call_flow(&flow).await.unwrap();
    // Another queue.
    let overflows = Draft { overflow: format!("queue:{sales}"), ..draft("Agents") };
    queues.keep(Some(STANDING), &overflows).await.unwrap();
    assert_eq!(refused().await, Err(Trouble::QueueUsed(vec!["Agents".into()])));
    queues.keep(Some(STANDING), &draft("Agents")).await.unwrap();
    assert_eq!(refused().await, Ok(()));
    assert_eq!(refused().await, Err(Trouble::Missing));
}

async fn a_member_who_is_disabled_stays_one(db: Database) {
    let world = World::new(db).await;
    let (queues, team) = (&world.services.queues, &world.services.team);
    let new = NewMember { name: "Jane".into(), display_name: String::new(), role: Role::Agent };
    team.add_member(&new).await.unwrap();
    world.services.lines.reload_directory().await.unwrap();
    let fields = [("member_Jane", YES), ("priority_Jane", "9"), ("skill_Jane", "5")];
    let members = fields.map(|(field, value)| (field.to_owned(), value.to_owned())).into();
    let sales = Draft { everybody: String::new(), members, ..draft("Sales") };
    let id = queues.keep(None, &sales).await.unwrap();
    let jane = team.members().await.unwrap().into_iter().find(|member| member.account.name == "Jane").unwrap().account;
    assert!(team.change_member(&jane.id, Role::Agent, "", true).await.unwrap());
    world.services.lines.reload_directory().await.unwrap();
    let in_force = queues.current().await;
    let kept = in_force.find(&id).unwrap().clone();
    let agents = queues.possible_members(Some(&kept));
    assert_eq!((agents.clone(), queues.possible_members(None)), (vec!["Jane".to_owned()], Vec::new()));
    let longer = Draft { ring_s: "45".into(), ..Draft::of(&kept, &agents) };
    queues.keep(Some(&id), &longer).await.unwrap();
    let in_force = queues.current().await;
    assert_eq!(*in_force.find(&id).unwrap(), Queue { ring_s: 45, ..kept });
}

async fn another_node_hears_of_a_change(db: Database) {
    let world = World::new(db).await;
    let other = world.restarted(|_| ()).await;
    assert_eq!(other.queues.current().await.rules.support, Support::AsStarted);
    world.services.queues.keep_rules(&rules("queue:agents")).await.unwrap();
    let now = other.queues.current().await;
    assert_eq!(now.rules.support, Support::Queue(STANDING.into()));
    assert!(other.queues.support_rings_agents());
}
