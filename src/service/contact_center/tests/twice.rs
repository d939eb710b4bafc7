//! The same webhook delivered twice at once, with the second delivery begun at each point where the first one waits.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::Notify;

use super::*;
use crate::domain::click_to_call::{APOLOGY, say};

on_both!(
    f5_an_event_told_twice_at_once_is_decided_once_and_answered_alike,
    f5_two_nodes_that_hear_the_same_event_at_once_decide_once,
    f5_keys_told_twice_at_once_ring_one_agent,
    f5_a_caller_asked_about_twice_at_once_is_offered_once,
    f5_an_outgoing_call_asked_about_twice_at_once_is_placed,
    f5_an_event_that_could_not_be_stored_keeps_its_answer,
);

/// How long a delivery may take to be woken by the database before we take it that it waits for the other one. Too
/// short a time only makes a schedule less hard.
const ALONE: Duration = Duration::from_millis(50);

/// Remembers that a future can go on.
#[derive(Default)]
struct Ready(Notify);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// A future that is polled by hand.
struct Stepped<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + Send + 'a>>,
    ready: Arc<Ready>,
    done: Option<T>,
    steps: usize,
}

impl<'a, T> Stepped<'a, T> {
    fn new(future: impl Future<Output = T> + Send + 'a) -> Self {
        let ready = Arc::new(Ready::default());
        ready.0.notify_one();
        Self { future: Box::pin(future), ready, done: None, steps: 0 }
    }

    fn poll(&mut self) {
        let waker = Waker::from(Arc::clone(&self.ready));
        self.steps += 1;
        if let Poll::Ready(done) = self.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            self.done = Some(done);
        }
    }

    /// Polls once when the future is woken within `patience`. Whether it was.
    async fn step(&mut self, patience: Duration) -> bool {
        let woken = self.done.is_none() && tokio::time::timeout(patience, self.ready.0.notified()).await.is_ok();
        if woken {
            self.poll();
        }
        woken
    }

    async fn finish(mut self) -> T {
        while self.done.is_none() {
            self.ready.0.notified().await;
            self.poll();
        }
        self.done.unwrap()
    }
}

/// Runs `first` for `steps` polls, then `second` as far as it comes without it, then both to their ends. Whether `first`
/// was done by then, and what they gave.
async fn at_once<T>(
    steps: usize,
    first: impl Future<Output = T> + Send,
    second: impl Future<Output = T> + Send,
) -> (bool, T, T) {
    let (mut first, mut second) = (Stepped::new(first), Stepped::new(second));
    while first.steps < steps && first.step(Duration::from_secs(60)).await {}
    let alone = first.done.is_some();
    // A node that looks again and again for what the other one stores would never be done.
    while second.steps < 200 && second.step(ALONE).await {}
    let (first, second) = tokio::join!(first.finish(), second.finish());
    (alone, first, second)
}

/// Another delivery of the same webhook, with a new signature.
fn again(received: &Received) -> Received {
    Received { verified: caller(0, "").verified, ..received.clone() }
}

/// Each caller from one agent to the other, the event told to both nodes.
async fn passed_on(world: &World, first: &Services, second: &Services, team: &[(String, String)]) {
    let store = &first.core.store;
    for n in 0.. {
        assert!(n < 500, "the first delivery never comes to its end");
        beat(first, team).await;
        let flow = first.webhooks.answer(call(n)).await.unwrap();
        assert_eq!(rings(&flow).as_deref(), Some("agent0"));
        let told = leg(n, "agent0", "rejected");
        let (alone, one, other) =
            at_once(n, first.webhooks.event(told.clone()), second.webhooks.event(again(&told))).await;
        assert_eq!(one, other, "{n} steps");
        assert_eq!(one.unwrap().as_ref().and_then(rings).as_deref(), Some("agent1"), "{n} steps");
        let rung: Vec<String> =
            store.desk().open_offers().await.unwrap().into_iter().map(|offer| offer.agent).collect();
        assert_eq!(rung, ["agent1"], "{n} steps");
        first.webhooks.event(caller(n, "completed")).await.unwrap();
        world.pass(1_000);
        if alone {
            return;
        }
    }
}

async fn f5_an_event_told_twice_at_once_is_decided_once_and_answered_alike(db: Database) {
    let world = world(db).await;
    let team = agents(&world.services, 2).await;
    passed_on(&world, &world.services, &world.services, &team).await;
}

async fn f5_two_nodes_that_hear_the_same_event_at_once_decide_once(db: Database) {
    let world = world(db).await;
    let team = agents(&world.services, 2).await;
    let other = world
        .restarted(|settings| {
            settings.limits = world.services.settings().limits;
            settings.spool_dir = world.db.folder.path().join("other-spool");
        })
        .await;
    other.lines.reload_directory().await.unwrap();
    passed_on(&world, &world.services, &other, &team).await;
}

async fn f5_keys_told_twice_at_once_ring_one_agent(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    main_menu(services, &team).await;
    services.lines.assign_number(&E164::parse(OURS).unwrap(), &Line::Ivr("main".into())).await.unwrap();
    for n in 0..500 {
        beat(services, &team).await;
        services.webhooks.answer(call(n)).await.unwrap();
        let pressed = keys(n, "2");
        let (alone, one, other) =
            at_once(n, services.webhooks.event(pressed.clone()), services.webhooks.event(again(&pressed))).await;
        assert_eq!(one, other, "{n} steps");
        assert_eq!(one.unwrap().as_ref().and_then(rings).as_deref(), Some("agent1"), "{n} steps");
        assert_eq!(services.core.store.desk().open_offers().await.unwrap().len(), 1, "{n} steps");
        services.webhooks.event(caller(n, "completed")).await.unwrap();
        if alone {
            return;
        }
    }
    panic!("the first delivery never comes to its end");
}

async fn f5_a_caller_asked_about_twice_at_once_is_offered_once(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    for n in 0..500 {
        beat(services, &team).await;
        let (alone, one, other) =
            at_once(n, services.webhooks.answer(call(n)), services.webhooks.answer(call(n))).await;
        assert_eq!(one, other, "{n} steps");
        assert_eq!(rings(&one.unwrap()).as_deref(), Some("agent0"), "{n} steps");
        assert_eq!(services.core.store.desk().open_offers().await.unwrap().len(), 1, "{n} steps");
        assert_eq!(services.core.store.desk().open_calls().await.unwrap().len(), 1, "{n} steps");
        services.webhooks.event(caller(n, "completed")).await.unwrap();
        if alone {
            return;
        }
    }
    panic!("the first delivery never comes to its end");
}

async fn f5_an_outgoing_call_asked_about_twice_at_once_is_placed(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    for n in 0..500 {
        // Limits are another matter: an hour for each.
        world.pass(3_600_000);
        beat(services, &team).await;
        let Ok(Go { context, .. }) =
            services.desk.consoles.dialling.dial("agent0", &Dial::to("+44 7700 900123")).await.told()
        else {
            panic!("not allowed")
        };
        let asked = || {
            answer(&json!({"to": context.to, "from_user": "agent0", "uuid": format!("own{n}"), "endpoint_type": "app",
                           "conversation_uuid": format!("CON-out-{n}"),
                           "custom_data": {"to": context.to, "intent": context.intent}}))
        };
        let (alone, one, other) =
            at_once(n, services.webhooks.answer(asked()), services.webhooks.answer(asked())).await;
        assert_eq!(one, other, "{n} steps");
        assert_eq!(says(&one.unwrap()), "Please wait while we connect you.", "{n} steps");
        let done = event(&json!({"uuid": format!("own{n}"), "conversation_uuid": format!("CON-out-{n}"),
                                 "status": "completed"}));
        services.webhooks.event(done).await.unwrap();
        let wrap_up = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().wrap_up;
        if let Some(notes) = wrap_up {
            let _ = services.desk.consoles.after_call.finish_wrap_up("agent0", &notes.call).await.told();
        }
        if alone {
            return;
        }
    }
    panic!("the first delivery never comes to its end");
}

/// The commit fails after somebody was reserved: the platform repeats the event, and it is answered as it was decided.
async fn f5_an_event_that_could_not_be_stored_keeps_its_answer(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 2).await;
    beat(services, &team).await;
    services.webhooks.answer(call(1)).await.unwrap();
    let told = leg(1, "agent0", "busy");
    let key = crate::service::received::key_of(&told);
    // What is decided, as if its commit had failed.
    let mut part = services.webhooks.replies.join(&key);
    let decided = part.decide(services.webhooks.reply_once(&told, &key)).await.unwrap();
    part.hold();
    drop(part);
    let decided = decided.ncco;
    assert_eq!(rings(&decided).as_deref(), Some("agent1"));
    assert_ne!(decided, say(APOLOGY));
    assert_eq!(services.webhooks.event(again(&told)).await.unwrap(), Some(decided.clone()));
    assert_eq!(services.webhooks.event(again(&told)).await.unwrap(), Some(decided), "and when it is stored");
}
