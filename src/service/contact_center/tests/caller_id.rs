//! Which number of ours those see whom agents call.

use super::*;
use crate::domain::call_flows::Preset;
use crate::domain::contact_center::console_settings::{Draft, YES, number_field};
use crate::domain::contact_center::desk::Target;
use crate::domain::queue::Queue;
use crate::domain::queue::draft::Draft as QueueDraft;
use crate::domain::trouble::Trouble;
use crate::service::tests::SUPPORT;

on_both!(
    the_agents_number_the_country_and_the_support_line_follow_one_another,
    what_is_chosen_by_hand_is_shown_for_that_call_and_only_if_it_is_ours,
    who_is_called_back_sees_the_number_of_their_queue,
    who_is_handed_on_from_a_queue_shows_its_number,
    the_operators_own_flow_gets_the_same_number,
    a_number_that_has_gone_is_ignored_and_can_stay,
);

const SALES: &str = "442079460200";
const SHOWN: &str = "442079460201";
const BERLIN: &str = "4930901820";
const MASK: &str = "442079460202";
const TEXTS: &str = "442079460203";

/// agent0 has a line of their own, agent1 has none; both are there.
async fn house(db: Database) -> (World, Vec<(String, String)>) {
    let world = World::with(db, |settings| {
        patient(settings);
        settings.desk.dials_per_minute = 100;
    })
    .await;
    let services = &world.services;
    for (digits, country, feature, line) in [
        (OURS, "GB", "VOICE", Line::Agent("agent0".into())),
        (SHOWN, "GB", "VOICE", Line::Unassigned),
        (BERLIN, "DE", "VOICE,SMS", Line::Support),
        (MASK, "GB", "VOICE", Line::Private),
        (TEXTS, "GB", "SMS", Line::Support),
    ] {
        let number = E164::parse(digits).unwrap();
        let features: Vec<String> = feature.split(',').map(str::to_owned).collect();
        services.lines.add_number(&number, country, &features, &line).await.unwrap();
    }
    let team = agents(services, 2).await;
    beat(services, &team).await;
    (world, team)
}

/// A queue of agent1's with a number that leads to it, and another one that is shown for it.
async fn sales(services: &Services) -> String {
    let member = [("member_agent1".to_owned(), "on".to_owned())].into();
    let usual = QueueDraft::of(&Queue::standing(), &[]);
    let draft = QueueDraft {
        name: "Sales".into(),
        shown_number: SHOWN.into(),
        everybody: String::new(),
        members: member,
        ..usual
    };
    let id = services.queues.keep(None, &draft).await.told().unwrap();
    let number = E164::parse(SALES).unwrap();
    services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Queue(id.clone())).await.unwrap();
    id
}

async fn set(services: &Services, by_country: bool, numbers: &[(&str, &str)]) -> Result<(), Vec<String>> {
    let numbers = numbers.iter().map(|(agent, digits)| (number_field(agent), (*digits).to_owned())).collect();
    let by_country = if by_country { YES } else { "" }.to_owned();
    let put = services.desk.choices.put_shown(&Draft { by_country, numbers, ..Draft::default() }).await.told();
    put.map_err(|wrong| {
        assert!(wrong.iter().all(|wrong| wrong.reason == Trouble::NotShown), "{wrong:?}");
        wrong.into_iter().map(|wrong| wrong.field).collect()
    })
}

/// The flow of a call that an agent's browser places, asked for twice. The call is over then.
async fn placed(services: &Services, agent: &str, dial: Dial, n: usize) -> Value {
    let went = services.desk.consoles.dialling.dial(agent, &dial).await.told();
    let Ok(Go { context, .. }) = went else { panic!("{dial:?}: {went:?}") };
    let asks = || {
        answer(&json!({"to": context.to, "from_user": agent, "uuid": format!("own{n}"), "endpoint_type": "app",
                       "conversation_uuid": format!("CON-out-{n}"),
                       "custom_data": {"to": context.to, "intent": context.intent}}))
    };
    let flow = serde_json::to_value(services.webhooks.answer(asks()).await.unwrap()).unwrap();
    let again = serde_json::to_value(services.webhooks.answer(asks()).await.unwrap()).unwrap();
    assert_eq!(flow, again, "asked a second time: the same answer");
    let over = event(&json!({"uuid": format!("own{n}"), "conversation_uuid": format!("CON-out-{n}"),
                             "status": "completed"}));
    services.webhooks.event(over).await.unwrap();
    flow
}

/// The number that is shown.
fn from(flow: &Value) -> &str {
    let connects = flow.as_array().unwrap().iter().find(|action| action["action"] == "connect");
    connects.and_then(|connect| connect["from"].as_str()).unwrap_or_default()
}

/// Somebody calls the queue, leaves, and is in the history; the call's id.
async fn missed(services: &Services, n: usize) -> String {
    let asks = answer(&json!({"to": SALES, "from": format!("4477009{n:05}"), "uuid": format!("caller{n}"),
                              "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"}));
    services.webhooks.answer(asks).await.unwrap();
    services.webhooks.event(caller(n, "answered")).await.unwrap();
    services.webhooks.event(caller(n, "completed")).await.unwrap();
    let rows = services.desk.consoles.history.desk_history("agent1", HistoryShow::Missed, None).await.unwrap().rows;
    rows[0].call.clone()
}

const BRITON: &str = "447700900123";
const GERMAN: &str = "4930123456";

async fn the_agents_number_the_country_and_the_support_line_follow_one_another(db: Database) {
    let (world, team) = house(db).await;
    let services = &world.services;
    let shown = async |agent: &str, to: &str, n: usize| {
        from(&placed(services, agent, Dial::to(format!("+{to}")), n).await).to_owned()
    };
    assert_eq!(shown("agent0", GERMAN, 1).await, OURS, "their own line");
    assert_eq!(shown("agent1", GERMAN, 2).await, SUPPORT);
    assert_eq!(set(services, true, &[]).await, Ok(()));
    assert_eq!(shown("agent0", GERMAN, 3).await, OURS);
    assert_eq!(shown("agent1", GERMAN, 4).await, BERLIN);
    assert_eq!(shown("agent1", BRITON, 5).await, SUPPORT);
    assert_eq!(set(services, true, &[("agent0", SHOWN), ("agent1", SHOWN)]).await, Ok(()));
    assert_eq!(shown("agent0", GERMAN, 6).await, SHOWN);
    assert_eq!(shown("agent1", GERMAN, 7).await, SHOWN);
    assert_eq!(set(services, true, &[("agent0", SHOWN)]).await, Ok(()), "what is empty is no more set");
    let check = async |agent, to: &str| {
        let check = services.desk.consoles.dialling.check_number(agent, to).await.unwrap();
        check.from.map(|from| from.replace(['+', ' '], ""))
    };
    assert_eq!(check("agent1", "+49 30 123456").await.as_deref(), Some(BERLIN), "as it is told before the call");
    assert_eq!(check("agent0", "+49 30 123456").await.as_deref(), Some(SHOWN));
    assert_eq!(check("agent1", "+1 415 555 0100").await, None, "it cannot be called");
    let me = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me;
    assert_eq!(me.caller_id, Some(E164::parse(SHOWN).unwrap().grouped()));
    // A softphone elsewhere dials without asking.
    let asks = answer(&json!({"to": GERMAN, "from_user": "agent1", "uuid": "app1", "endpoint_type": "app",
                              "conversation_uuid": "CON-app"}));
    let flow = serde_json::to_value(services.webhooks.answer(asks).await.unwrap()).unwrap();
    assert_eq!(from(&flow), BERLIN);
}

async fn what_is_chosen_by_hand_is_shown_for_that_call_and_only_if_it_is_ours(db: Database) {
    let (world, _) = house(db).await;
    let services = &world.services;
    let listed: Vec<String> = services.desk.consoles.dialling.numbers().into_iter().map(|one| one.digits).collect();
    assert_eq!(listed, [SUPPORT, OURS, SHOWN, BERLIN]);
    assert_eq!(set(services, true, &[("agent0", SHOWN)]).await, Ok(()));
    let by_hand = |from: &str| Dial { from: Some(from.to_owned()), ..Dial::to("+49 30 123456") };
    for (n, digits) in [SUPPORT, OURS, BERLIN].into_iter().enumerate() {
        assert_eq!(from(&placed(services, "agent0", by_hand(digits), n).await), digits);
    }
    assert_eq!(from(&placed(services, "agent0", Dial::to("+49 30 123456"), 9).await), SHOWN, "for one call");
    for odd in ["442079469999", MASK, TEXTS, "Jane", ""] {
        let refused = services.desk.consoles.dialling.dial("agent0", &by_hand(odd)).await.told();
        assert!(matches!(refused, Err(Refusal::NotOurs { .. })), "{odd}: {refused:?}");
    }
    // It was ours when the agent asked, and is none of those that are shown when the platform does.
    let went = services.desk.consoles.dialling.dial("agent0", &by_hand(BERLIN)).await.told();
    let Ok(Go { context, .. }) = went else { panic!("{went:?}") };
    services.lines.assign_number(&E164::parse(BERLIN).unwrap(), &Line::Private).await.unwrap();
    let asks = answer(&json!({"to": context.to, "from_user": "agent0", "uuid": "late", "endpoint_type": "app",
                              "conversation_uuid": "CON-late",
                              "custom_data": {"to": context.to, "intent": context.intent}}));
    let flow = serde_json::to_value(services.webhooks.answer(asks).await.unwrap()).unwrap();
    assert_eq!(from(&flow), SHOWN);
}

async fn who_is_called_back_sees_the_number_of_their_queue(db: Database) {
    let (world, _) = house(db).await;
    let services = &world.services;
    sales(services).await;
    let call = missed(services, 1).await;
    let back = |to: &str| Dial { back: Some(call.clone()), ..Dial::to(to) };
    assert_eq!(from(&placed(services, "agent1", back("+44 7700 900001"), 1).await), SHOWN);
    assert_eq!(from(&placed(services, "agent1", Dial::to("+44 7700 900001"), 2).await), SUPPORT, "no call back");
    assert_eq!(from(&placed(services, "agent1", back("+44 7700 900002"), 3).await), SUPPORT, "somebody else");
    assert_eq!(from(&placed(services, "agent0", back("+44 7700 900001"), 4).await), OURS, "their own line");
    // Who dialled the agent's own number came through no queue.
    let standing = QueueDraft { shown_number: BERLIN.into(), ..QueueDraft::of(&Queue::standing(), &[]) };
    services.queues.keep(Some("agents"), &standing).await.told().unwrap();
    services.webhooks.answer(super::call(7)).await.unwrap();
    services.webhooks.event(caller(7, "completed")).await.unwrap();
    let rows = services.desk.consoles.history.desk_history("agent1", HistoryShow::Missed, None).await.unwrap().rows;
    let own = rows.iter().find(|row| row.dial.as_deref() == Some("447700900007")).unwrap().call.clone();
    let dial = Dial { back: Some(own), ..Dial::to("+44 7700 900007") };
    assert_eq!(from(&placed(services, "agent1", dial, 5).await), SUPPORT);
}

async fn who_is_handed_on_from_a_queue_shows_its_number(db: Database) {
    let (world, _) = house(db).await;
    let services = &world.services;
    let id = sales(services).await;
    let leads_on = async |shown: &str, n: usize| {
        let kept = services.queues.current().await.find(&id).unwrap().clone();
        let draft = QueueDraft {
            shown_number: shown.into(),
            max_size: "1".into(),
            overflow: "number".into(),
            overflow_number: "+44 7700 900456".into(),
            ..QueueDraft::of(&kept, &["agent1".to_owned()])
        };
        services.queues.keep(Some(&id), &draft).await.told().unwrap();
        let asks = answer(&json!({"to": SALES, "from": format!("4477009{n:05}"), "uuid": format!("caller{n}"),
                                  "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"}));
        let flow = services.webhooks.answer(asks).await.unwrap();
        services.webhooks.event(caller(n, "answered")).await.unwrap();
        from(&serde_json::to_value(flow).unwrap()).to_owned()
    };
    // agent1 is on a break, so that the first one waits.
    let account = services.core.store.accounts().named("agent1").await.unwrap().unwrap().id;
    services.desk.presence.set_presence(&account, "agent1", Wish::Away(AwayReason::BREAK)).await.told().unwrap();
    assert_eq!(leads_on(SHOWN, 1).await, "", "they wait");
    assert_eq!(leads_on(SHOWN, 2).await, SHOWN);
    assert_eq!(leads_on("", 3).await, SALES, "what they dialled");
    // By an agent: of a call to their own line it is the line.
    services.webhooks.answer(super::call(5)).await.unwrap();
    services.webhooks.event(caller(5, "answered")).await.unwrap();
    services.webhooks.event(leg(5, "agent0", "answered")).await.unwrap();
    assert_eq!(set(services, true, &[("agent0", SHOWN)]).await, Ok(()));
    let account = services.core.store.accounts().named("agent0").await.unwrap().unwrap().id;
    let talking = services.desk.view.desk(&account, "agent0").await.unwrap().call.unwrap().id;
    let call = services.core.store.desk().call(&talking).await.unwrap().unwrap().call;
    let number = E164::parse(BRITON).unwrap();
    let shown = services.desk.consoles.dialling.shown_number(&call, Some(&number)).await.unwrap();
    assert_eq!(shown.digits(), OURS);
    let wrong = Target::Number("+44 7700".into());
    let refused = services.desk.consoles.handing_over.add_party("agent0", &talking, &wrong).await.told();
    assert!(matches!(refused, Err(Refusal::BadNumber { .. })), "{refused:?}");
}

async fn the_operators_own_flow_gets_the_same_number(db: Database) {
    let (world, _) = house(db).await;
    let services = &world.services;
    let flow = r#"[{"action": "connect", "from": "YOUR_NEXMO_NUMBER", "endpoint": [{"type": "phone", "number": "PARAMS_TO"}]}]"#;
    let id = services.flows.keep_call_flow(None, "Calls out", Preset::Outbound, flow).await.unwrap();
    services.flows.use_for_agents_calls(Some(&id)).await.unwrap();
    let dial = Dial { from: Some(BERLIN.into()), ..Dial::to("+44 7700 900123") };
    let placed = placed(services, "agent0", dial, 1).await;
    assert_eq!((from(&placed), placed.as_array().unwrap().len()), (BERLIN, 1));
}

async fn a_number_that_has_gone_is_ignored_and_can_stay(db: Database) {
    let (world, _) = house(db).await;
    let services = &world.services;
    for odd in ["442079469999", MASK, TEXTS, "Jane"] {
        let refused = set(services, false, &[("agent0", SHOWN), ("agent1", odd)]).await;
        assert_eq!(refused, Err(vec!["number_agent1".to_owned()]), "{odd}");
    }
    assert!(services.desk.choices.settings().await.unwrap().shown.agents.is_empty(), "nothing was kept");
    assert_eq!(set(services, false, &[("agent1", SHOWN)]).await, Ok(()));
    let id = sales(services).await;
    services.lines.assign_number(&E164::parse(SHOWN).unwrap(), &Line::Private).await.unwrap();
    assert_eq!(from(&placed(services, "agent1", Dial::to("+44 7700 900123"), 1).await), SUPPORT);
    assert_eq!(set(services, true, &[("agent1", SHOWN)]).await, Ok(()), "it was set before");
    assert_eq!(set(services, true, &[("agent0", SHOWN)]).await, Err(vec!["number_agent0".to_owned()]));
    let kept = services.queues.current().await.find(&id).unwrap().clone();
    let again = QueueDraft::of(&kept, &["agent1".to_owned()]);
    assert_eq!(services.queues.keep(Some(&id), &again).await.told().as_deref(), Ok(id.as_str()));
    let other = QueueDraft { name: "Other".into(), ..again };
    let refused = services.queues.keep(None, &other).await.told().unwrap_err();
    assert_eq!((refused[0].field.as_str(), &refused[0].reason), ("shown_number", &Trouble::NotShown));
}
