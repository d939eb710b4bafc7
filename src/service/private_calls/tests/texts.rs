//! Texts are passed on, refused, counted.

use super::*;

on_both!(
    texts_go_both_ways_once_and_closed_ones_are_answered_politely,
    case_2_what_cannot_be_passed_on_is_said_and_not_called_relayed,
    case_41_two_machines_that_answer_each_other_are_stopped,
    f14_texts_have_a_limit_per_day_and_count_what_went_out,
);

/// What was sent through the platform: from, to, text.
async fn sent(world: &World) -> Vec<(String, String, String)> {
    let requests = world.platform.received_requests().await.unwrap();
    let texts = requests.iter().filter(|request| request.url.path() == "/v1/messages");
    let field = |body: &Value, name: &str| body[name].as_str().unwrap().to_owned();
    let read = |body: Value| (field(&body, "from"), field(&body, "to"), field(&body, "text"));
    texts.map(|request| read(request.body_json().unwrap())).collect()
}

pub(super) async fn takes_texts(world: &World, status: u16) {
    world.platform.reset().await;
    let body = if status == 202 { json!({ "message_uuid": "m-1" }) } else { json!({ "title": "no 447700900001" }) };
    let answer = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).and(path("/v1/messages")).respond_with(answer).mount(&world.platform).await;
}

pub(super) fn text(id: &str, from: &str, to: &str, words: &str) -> InboundText {
    InboundText { id: id.into(), from: from.into(), to: to.into(), text: words.into() }
}

async fn case_2_what_cannot_be_passed_on_is_said_and_not_called_relayed(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    services.private.texts.inbound_text(text("t-1", A, a, "the door\nhttps://x.example/d.jpg")).await.unwrap();
    for at in 0..3 {
        services.private.texts.inbound_text(text(&format!("t-e{at}"), B, b, " ")).await.unwrap();
    }
    let told = sent(&world).await;
    assert_eq!((told[0].1.as_str(), told[0].2.as_str()), (B, "the door\nhttps://x.example/d.jpg"));
    assert_eq!((told.len(), told[1].1.as_str()), (2, B), "the sender is told, once an hour: {told:?}");
    assert!(told[1].2.contains("not delivered"), "{told:?}");
    let tried = services.private.private_attempts(Some(&opened.id), 10).await.unwrap();
    let outcomes = |outcome: &str| tried.iter().filter(|tried| tried.outcome == outcome).count();
    assert_eq!((outcomes("relayed"), outcomes("empty")), (1, 3));
}

async fn case_41_two_machines_that_answer_each_other_are_stopped(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    // Each answers whatever it gets, and says the time.
    for round in 0..30 {
        for (from, to) in [(A, a), (B, b)] {
            let words = format!("I am driving and will answer later. 10:{round:02}");
            services.private.texts.inbound_text(text(&format!("t-{round}-{from}"), from, to, &words)).await.unwrap();
        }
        world.pass(10_000);
    }
    let passed = sent(&world).await.len();
    assert_eq!(passed, 10, "five of each");
    let tried = services.private.private_attempts(Some(&opened.id), 100).await.unwrap();
    assert_eq!(tried.iter().filter(|tried| tried.outcome == "braked").count(), 50, "the operator sees it");
    // People go on, also with words that they used before, in the next hour.
    services.private.texts.inbound_text(text("t-p", A, a, "Where are you?")).await.unwrap();
    world.pass(60 * 60 * 1000);
    services.private.texts.inbound_text(text("t-q", A, a, "I am driving and will answer later. 12:00")).await.unwrap();
    assert_eq!(sent(&world).await.len(), passed + 2);
    // Other words each time, as fast as a machine.
    for at in 0..40 {
        services.private.texts.inbound_text(text(&format!("t-f{at}"), B, b, &format!("x{at}"))).await.unwrap();
    }
    assert!(sent(&world).await.len() <= passed + 2 + 20, "not more than twenty a minute");
}

async fn f14_texts_have_a_limit_per_day_and_count_what_went_out(db: Database) {
    let mut world = world(db, 2).await;
    world.change(|settings| settings.dial.texts_per_day = 3);
    world.services.lines.reload_directory().await.unwrap();
    let services = &world.services;
    let opened = open(services, between(A, B)).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    // What the platform did not take is not counted, however often it is tried.
    takes_texts(&world, 503).await;
    services.private.texts.inbound_text(text("t-1", A, a, "one")).await.unwrap();
    for _ in 0..4 {
        world.pass(40_000);
        services.sweep().await;
    }
    takes_texts(&world, 202).await;
    world.pass(40_000);
    services.sweep().await;
    services
        .private
        .texts
        .inbound_text(text("t-2", B, b, &"x".repeat(crate::vonage::client::LONGEST_TEXT + 1)))
        .await
        .unwrap();
    let parts = sent(&world).await.len();
    assert_eq!(parts, 3, "one, and one in two parts");
    for at in 3..5 {
        services.private.texts.inbound_text(text(&format!("t-{at}"), A, a, &format!("text {at}"))).await.unwrap();
    }
    services.private.texts.inbound_text(text("t-5", "447700900888", a, "who is this?")).await.unwrap();
    assert_eq!(sent(&world).await.len(), parts, "nothing more goes out, answers neither");
    let refused = world.db.store.private().text("t-3").await.unwrap().unwrap();
    assert_eq!(refused.state, "refused");
    assert!(refused.problem.unwrap().contains("TEXTS_PER_DAY"));
    world.pass(24 * 60 * 60 * 1000);
    services.private.texts.inbound_text(text("t-6", B, b, "good morning")).await.unwrap();
    assert_eq!(sent(&world).await.len(), parts + 1);
}

async fn texts_go_both_ways_once_and_closed_ones_are_answered_politely(db: Database) {
    let world = world(db, 2).await;
    takes_texts(&world, 202).await;
    let services = &world.services;
    let mut new = NewConversation { notify: true, ..between(A, B) };
    new.participants[1].name = Some("Ben".into());
    let opened = open(services, new).await;
    let [a, b] = [opened.participants[0].dials.as_str(), opened.participants[1].dials.as_str()];
    for _ in 0..100 {
        if sent(&world).await.len() == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let told = sent(&world).await;
    assert_eq!((told[0].0.as_str(), told[0].1.as_str()), (a, A));
    assert!(told[0].2.starts_with("Call or text this number to reach Ben."), "{}", told[0].2);
    assert_eq!((told[1].0.as_str(), told[1].1.as_str()), (b, B));

    takes_texts(&world, 202).await;
    for _ in 0..3 {
        services.private.texts.inbound_text(text("t-1", A, a, "Where are you? 你好")).await.unwrap();
    }
    services.private.texts.inbound_text(text("t-2", B, b, "Here")).await.unwrap();
    let expected = [(b, B, "Where are you? 你好"), (a, A, "Here")].map(|(f, t, w)| (f.into(), t.into(), w.into()));
    assert_eq!(sent(&world).await, expected, "once, from the sender's mask");

    // A stranger, our own number, a sender without a number.
    services.private.texts.inbound_text(text("t-3", "447700900888", a, "hello?")).await.unwrap();
    services.private.texts.inbound_text(text("t-4", b, a, "loop")).await.unwrap();
    services.private.texts.inbound_text(text("t-5", "Parcels", a, "buy")).await.unwrap();
    let last = sent(&world).await.split_off(2);
    assert!(last.len() == 1 && last[0].1 == "447700900888" && last[0].2.contains("not delivered"), "{last:?}");

    services.private.close_private_conversation(&opened.id, "t").await.unwrap();
    takes_texts(&world, 202).await;
    for at in 0..4 {
        services.private.texts.inbound_text(text(&format!("t-c{at}"), A, a, "still there?")).await.unwrap();
    }
    let polite = sent(&world).await;
    assert_eq!(polite.len(), 1, "once an hour: {polite:?}");
    assert_eq!((polite[0].0.as_str(), polite[0].1.as_str()), (a, A));
    assert!(polite[0].2.contains("over"));

    // A platform that is down: the text waits, and is sent when it is back, once.
    let opened = open(services, between(A, B)).await;
    let a = &opened.participants[0].dials;
    takes_texts(&world, 503).await;
    services.private.texts.inbound_text(text("t-9", A, a, "later")).await.unwrap();
    takes_texts(&world, 202).await;
    world.pass(40_000);
    services.sweep().await;
    services.sweep().await;
    assert_eq!(sent(&world).await.len(), 1);
    // One that the platform refuses has failed, and says why without a number.
    takes_texts(&world, 422).await;
    services.private.texts.inbound_text(text("t-10", A, a, "no")).await.unwrap();
    let failed = world.db.store.private().text("t-10").await.unwrap().unwrap();
    assert_eq!((failed.state.as_str(), failed.body), ("failed", None));
    assert!(!failed.problem.as_ref().unwrap().contains(A), "{:?}", failed.problem);
}
