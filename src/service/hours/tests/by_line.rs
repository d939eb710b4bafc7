//! Lines and queues whose callers get something else than all others.

use serde_json::Value;

use super::*;
use crate::domain::call_flows::Preset;
use crate::domain::call_tracking::campaign::Draft as Campaign;
use crate::domain::queue::Queue;
use crate::domain::queue::draft::Draft as QueueDraft;

on_both!(a_line_or_its_queue_may_have_something_of_its_own,);

const FLOW: &str = r#"[{"action":"talk","text":"By day and night."}]"#;

async fn a_line_or_its_queue_may_have_something_of_its_own(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let draft = QueueDraft { name: "Sales".into(), ..QueueDraft::of(&Queue::standing(), &[]) };
    let sales = services.queues.keep(None, &draft).await.told().unwrap();
    let add = async |number: &str, line: Line| {
        let number = E164::parse(number).unwrap();
        services.lines.add_number(&number, "GB", &["VOICE".into()], &line).await.unwrap();
    };
    let campaign = Campaign { name: "Spring".into(), destination: format!("queue:{sales}"), ..Default::default() };
    let campaign = services.tracking.save_campaign(None, &campaign, false).await.unwrap();
    let queue = Line::Queue(sales);
    add(MENU, Line::Ivr("main".into())).await;
    add("442079460103", queue.clone()).await;
    add("442079460104", Line::Campaign(campaign.id.clone())).await;
    at(&world, "2026-11-28T12:00:00Z");
    let set = async |line: &Line, outcome: &str, text: &str| {
        let draft = WhenClosedDraft { outcome: outcome.into(), text_en: text.into(), ..WhenClosedDraft::default() };
        services.hours.keep_when_closed_of(line, Some(&draft)).await
    };
    set(&queue, "message", "Sales is closed.").await.unwrap();
    set(&Line::Ivr("main".into()), "hang-up", "Nobody is here.").await.unwrap();
    let text = |flow: &Value| says(flow).split_once('.').unwrap().0.to_owned();
    let heard = async |n: usize, number: &str| text(&called(services, number, n).await);
    assert_eq!(heard(1, "442079460103").await, "Sales is closed");
    assert_eq!(heard(2, "442079460104").await, "Sales is closed", "the campaign leads to the queue");
    assert_eq!(heard(3, MENU).await, "Nobody is here");
    assert_eq!(heard(4, SUPPORT).await, "We are closed at the moment", "for all others");
    let message = called(services, "442079460103", 5).await;
    assert!(message.as_array().unwrap().iter().any(|action| action["action"] == "record"), "{message}");
    assert!(services.hours.may_take_wishes());
    assert_eq!(services.hours.recorded(Recorded::No).await, Recorded::No, "the support line takes no message");

    // A line of its own comes before the queue, and with nothing of its own it is as the queue again.
    let spring = Line::Campaign(campaign.id);
    set(&spring, "hang-up", "Spring is over.").await.unwrap();
    assert_eq!(heard(6, "442079460104").await, "Spring is over");
    services.hours.keep_when_closed_of(&spring, None).await.unwrap();
    assert_eq!(heard(7, "442079460104").await, "Sales is closed");
    let none = set(&Line::Private, "message", "").await.told();
    assert_eq!(none, Err(WrongField::new("line", Wrong::Unknown).into()), "it has no hours");
    let flow = services.flows.keep_call_flow(None, "Night", Preset::Custom, FLOW).await.unwrap();
    let draft = WhenClosedDraft { outcome: "flow".into(), flow: flow.clone(), ..WhenClosedDraft::default() };
    services.hours.keep_when_closed_of(&Line::Support, Some(&draft)).await.unwrap();
    assert_eq!(text(&called(services, SUPPORT, 8).await), "By day and night");
    assert!(matches!(services.flows.delete_call_flow(&flow).await, Err(FlowRefusal::WhileClosed)));
    services.hours.keep_when_closed_of(&Line::Support, None).await.unwrap();
    services.flows.delete_call_flow(&flow).await.unwrap();
}
