//! Who was promised a call back gets one.

use super::*;
use crate::domain::contact_center::desk::{HistoryResult, HistoryRow};

on_both!(a10_a_promise_to_call_back_stands_until_they_talked,);

async fn listed(services: &Services, show: HistoryShow) -> Vec<HistoryRow> {
    services.desk.consoles.history.desk_history("agent0", show, None).await.unwrap().rows
}

/// The agent's browser places the call, and the telephone does what `statuses` say.
async fn calls_back(services: &Services, n: usize, statuses: &[&str]) {
    let Ok(Go { context, .. }) = services.desk.consoles.dialling.dial("agent0", &Dial::to("447700900001")).await.told()
    else {
        panic!("not allowed")
    };
    let conversation = format!("CON-back-{n}");
    let asks = answer(&json!({"to": context.to, "from_user": "agent0", "uuid": format!("own{n}"),
                              "endpoint_type": "app", "conversation_uuid": conversation,
                              "custom_data": {"to": context.to, "intent": context.intent}}));
    services.webhooks.answer(asks).await.unwrap();
    for (at, status) in statuses.iter().enumerate() {
        let told = event(&json!({"from": OURS, "to": context.to, "uuid": format!("back{n}"), "status": status,
                                 "conversation_uuid": conversation, "direction": "outbound",
                                 "timestamp": format!("2026-11-21T07:0{at}:00.000Z")}));
        services.webhooks.event(told).await.unwrap();
    }
}

async fn a10_a_promise_to_call_back_stands_until_they_talked(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    // Nobody is there: the caller waits, presses 2 and hangs up.
    services.webhooks.answer(call(1)).await.unwrap();
    let promise = services.webhooks.event(keys(1, "2")).await.unwrap().unwrap();
    assert!(says(&promise).contains("We will call you back"), "{}", says(&promise));
    world.pass(1_000);
    services.webhooks.event(caller(1, "completed")).await.unwrap();
    assert_eq!(logged(services, 1).await, "call-back");
    beat(services, &team).await;
    let owed = listed(services, HistoryShow::Callbacks).await;
    assert_eq!((owed.len(), owed[0].result, owed[0].tries), (1, HistoryResult::Callback, 0));
    let id = owed[0].call.clone();

    world.pass(1_000);
    assert_eq!(services.desk.consoles.history.claim("agent0", &id).await.told(), Ok(()));
    assert_eq!(services.desk.consoles.history.claim("agent1", &id).await.told(), Err(Refusal::Gone), "one calls");
    calls_back(services, 1, &["ringing"]).await;
    let ringing = listed(services, HistoryShow::Callbacks).await;
    assert_eq!((ringing.len(), ringing[0].claimed_by.as_deref()), (1, Some("agent0")), "owed while it rings");
    world.pass(120_000);
    beat(services, &team).await;
    assert_eq!(services.desk.consoles.history.claim("agent1", &id).await.told(), Err(Refusal::Gone), "it rings still");
    let busy = event(&json!({"from": OURS, "to": "447700900001", "uuid": "back1", "status": "busy",
                             "conversation_uuid": "CON-back-1", "direction": "outbound",
                             "timestamp": "2026-11-21T07:09:00.000Z"}));
    services.webhooks.event(busy).await.unwrap();
    let again = listed(services, HistoryShow::Callbacks).await;
    assert_eq!((again.len(), again[0].tries, again[0].claimed_by.as_deref()), (1, 1, None), "back, with the try");
    assert_eq!(services.desk.view.desk(&team[0].0, "agent0").await.unwrap().badges.callbacks, 1);

    // A claim of which nothing comes is no reason to forget the caller.
    assert_eq!(services.desk.consoles.history.claim("agent1", &id).await.told(), Ok(()));
    world.pass(61_000);
    beat(services, &team).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(services.desk.consoles.history.claim("agent0", &id).await.told(), Ok(()));
    calls_back(services, 2, &["ringing", "answered"]).await;
    assert_eq!(listed(services, HistoryShow::Callbacks).await.len(), 1, "they talk, and it is not over");
    world.pass(5_000);
    let over = event(&json!({"from": OURS, "to": "447700900001", "uuid": "back2", "status": "completed",
                             "conversation_uuid": "CON-back-2", "direction": "outbound",
                             "timestamp": "2026-11-21T07:10:00.000Z"}));
    services.webhooks.event(over).await.unwrap();
    assert_eq!(listed(services, HistoryShow::Callbacks).await, []);
    let kept = listed(services, HistoryShow::Missed).await;
    assert_eq!((kept[0].returned, kept[0].claimed_by.as_deref(), kept[0].tries), (true, Some("agent0"), 1));
    assert_eq!(services.desk.consoles.history.claim("agent1", &id).await.told(), Err(Refusal::Gone));
}
