//! People and old conversations are forgotten.

use super::texts::{takes_texts, text};
use super::*;

on_both!(
    a_person_is_forgotten_everywhere,
    case_25_a_person_is_forgotten_by_either_spelling,
    what_is_old_becomes_nameless,
    f21_the_janitor_deletes_what_is_older_than_the_retention,
);

/// Everything that the database holds, as text.
async fn everything(db: &Database) -> String {
    let mut out = String::new();
    for table in
        ["private_conversations", "private_participants", "private_attempts", "private_texts", "calls", "webhooks"]
    {
        out.push_str(&db.store.dump(table).await);
    }
    out
}

async fn a_person_is_forgotten_everywhere(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let dials = opened.participants[0].dials.clone();
    call(services, A, &dials).await;
    let leg = json!({ "from": dials, "to": A, "uuid": "leg-out", "conversation_uuid": "CON-e", "status": "answered",
                      "direction": "outbound", "timestamp": "2026-11-21T00:00:00.000Z" });
    services.webhooks.event(event(&leg)).await.unwrap();
    services.private.texts.inbound_text(text("t-1", A, &dials, "hello")).await.unwrap();
    assert!(everything(&world.db).await.contains(A));
    let erased = services.private.forget_person(&RealNumber::parse(A).unwrap(), "operator Ann").await.unwrap();
    assert_eq!((erased.removed.conversations, erased.removed.closed), (1, 1));
    assert!(erased.removed.attempts >= 2 && erased.removed.texts == 1 && erased.removed.calls >= 2);
    assert!(erased.removed.webhooks >= 2, "{erased:?}");
    let rest = everything(&world.db).await;
    assert!(!rest.contains(A), "{rest}");
    assert!(rest.contains(B), "the other person is not forgotten");
    let found = services.private.private_conversation(&opened.id).await.unwrap().unwrap();
    assert_eq!(found.closed.map(|(_, because, _)| because.name()), Some("erased"));
    assert_eq!(found.participants[0].masked(), None);
    assert!(says(&call(services, B, &found.participants[1].dials).await).contains("over"));
    assert_eq!(services.private.erasures().await.unwrap(), [erased]);
    // The call log still opens.
    let page = services.log.calls(crate::service::CallFilter::default()).await.unwrap();
    for row in page.calls {
        services.log.call(&row.id).await.unwrap().unwrap();
    }
    let nobody = services.private.forget_person(&RealNumber::parse("447700900555").unwrap(), "x").await.unwrap();
    assert_eq!(nobody.removed, Forgotten::default());
}

async fn case_25_a_person_is_forgotten_by_either_spelling(db: Database) {
    const ONE: &str = "523312345678";
    const OTHER: &str = "5213312345678";
    let world = World::with(db, |settings| {
        local(settings);
        settings.dial.countries = vec!["GB".into(), "MX".into()];
    })
    .await;
    for mask in ["442079460100", "442079460101"] {
        let features = ["VOICE".to_owned(), "SMS".to_owned()];
        world.services.lines.add_number(&E164::parse(mask).unwrap(), "GB", &features, &Line::Private).await.unwrap();
    }
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(ONE, B)).await;
    let dials = opened.participants[0].dials.clone();
    let flow = call(services, OTHER, &dials).await.to_string();
    assert!(flow.contains("connect") && flow.contains(B), "they are known by both: {flow}");
    services.private.texts.inbound_text(text("t-1", OTHER, &dials, "hello")).await.unwrap();
    let page = services.private.private_conversations(None, Some("+52 1 33 1234 5678"), None, 10).await.unwrap();
    assert_eq!(page.conversations.len(), 1, "and found");
    // Nobody reads either of them in the call log.
    for row in services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls {
        assert!([row.caller, row.callee].into_iter().flatten().all(|party| !party.contains("12345678")));
    }
    let erased = services.private.forget_person(&RealNumber::parse(OTHER).unwrap(), "operator Ann").await.unwrap();
    assert_eq!((erased.removed.conversations, erased.removed.closed), (1, 1));
    let rest = everything(&world.db).await;
    assert!(!rest.contains("3312345678"), "{rest}");
}

async fn f21_the_janitor_deletes_what_is_older_than_the_retention(db: Database) {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let world = World::with(db, |settings| {
        local(settings);
        settings.limits.retention_ms = 30 * DAY_MS;
    })
    .await;
    let services = &world.services;
    let body = |n: u32| json!({ "from": A, "to": "442079460000", "uuid": format!("l{n}"), "conversation_uuid": format!("CON-{n}") });
    services.webhooks.answer(answer(&body(1))).await.unwrap();
    services.sweep().await;
    assert_eq!(services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls.len(), 1);
    world.pass(20 * DAY_MS);
    services.webhooks.answer(answer(&body(2))).await.unwrap();
    services.sweep().await;
    assert_eq!(services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls.len(), 2);
    world.pass(11 * DAY_MS);
    services.sweep().await;
    let left = services.log.calls(crate::service::CallFilter::default()).await.unwrap().calls;
    assert_eq!(left.iter().map(|call| call.conversation.as_str()).collect::<Vec<_>>(), ["CON-2"]);
    assert_eq!(everything(&world.db).await.matches("webhooks: {").count(), 1, "what the old webhook said is gone");
    world.pass(30 * DAY_MS);
    services.sweep().await;
    assert!(!everything(&world.db).await.contains(A));
}

async fn what_is_old_becomes_nameless(db: Database) {
    let world = world(db, 2).await;
    let services = &world.services;
    let mut new = NewConversation { reference: Some("order 7".into()), ..between(A, B) };
    new.participants[0].name = Some("Ada".into());
    let opened = open(services, new).await;
    call(services, A, &opened.participants[0].dials).await;
    call(services, "447700900321", &opened.participants[0].dials).await;
    services.private.close_private_conversation(&opened.id, "t").await.unwrap();
    world.pass(89 * 24 * 60 * 60 * 1000);
    services.sweep().await;
    assert!(everything(&world.db).await.contains(A));
    world.pass(2 * 24 * 60 * 60 * 1000);
    services.sweep().await;
    let rest = everything(&world.db).await;
    assert!(!rest.contains(A) && !rest.contains(B) && !rest.contains("Ada") && !rest.contains("order 7"), "{rest}");
    assert!(!rest.contains(r#""caller":"447700900321""#));
    assert!(services.private.private_conversation(&opened.id).await.unwrap().unwrap().forgotten);
}
