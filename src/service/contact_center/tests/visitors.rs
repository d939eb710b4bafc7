//! Visitors who wait for an agent: what their page is told, and what they ask for there.

use wiremock::matchers::{method, path_regex};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::contact_center::visitor::Care;
use crate::service::Visit;
use crate::service::tests::home;

on_both!(
    a11_a_visitor_is_told_their_place_and_hears_it_once,
    a11_a_visitor_is_told_that_they_are_on_hold,
    a11_how_long_it_takes_is_said_when_callers_waited_lately,
    a11_a_visitor_is_called_back,
    a11_calls_back_are_limited_by_address,
    a11_a_visitor_leaves_a_message,
);

const SUPPORT: &str = "442079460000";

async fn house(db: Database) -> World {
    let world = World::with(db, |settings| {
        patient(settings);
        settings.desk.support_rings_agents = true;
    })
    .await;
    world.makes_users().await;
    let done = ResponseTemplate::new(204);
    Mock::given(method("PUT")).and(path_regex("^/v1/calls/")).respond_with(done).mount(&world.platform).await;
    let stopped = ResponseTemplate::new(204);
    Mock::given(method("DELETE")).and(path_regex("^/v1/calls/")).respond_with(stopped).mount(&world.platform).await;
    world
}

/// A visitor calls from the support page; what they hear.
async fn calls(services: &Services, n: usize) -> (Visit, Cleared) {
    let visit = services.visits.start_visit(home()).await.unwrap();
    services
        .visits
        .keep_page(&visit.id, "https://calls.example/", "https://acme.example/help?name=Jo#top", None)
        .await
        .unwrap();
    let asks = answer(&json!({"to": SUPPORT, "from_user": visit.user, "uuid": format!("visitor{n}"),
                              "conversation_uuid": format!("CON-visitor-{n}"), "endpoint_type": "app",
                              "custom_data": {"visit": visit.id, "page": "https://what.the/browser/says"}}));
    let flow = services.webhooks.answer(asks).await.unwrap();
    services.webhooks.event(told(n, "answered")).await.unwrap();
    (visit, flow)
}

fn told(n: usize, status: &str) -> Received {
    event(&json!({"to": SUPPORT, "uuid": format!("visitor{n}"), "conversation_uuid": format!("CON-visitor-{n}"),
                  "status": status, "direction": "inbound", "timestamp": "2026-11-21T07:00:00.000Z"}))
}

/// The music is over, and the visitor pressed nothing.
async fn next_round(services: &Services, n: usize) -> Value {
    let body = json!({"dtmf": {"digits": "", "timed_out": true}, "to": SUPPORT, "uuid": format!("visitor{n}"),
                      "conversation_uuid": format!("CON-visitor-{n}"), "timestamp": "2026-11-21T07:00:40.000Z"});
    let asked = Received { kind: WebhookKind::Dtmf, ..event(&body) };
    serde_json::to_value(services.webhooks.event(asked).await.unwrap().unwrap()).unwrap()
}

async fn care(services: &Services, visit: &Visit) -> Care {
    services.desk.visitors.visit_care(&visit.id).await.unwrap()
}

/// The flows that legs were transferred to.
pub(super) async fn transfers(world: &World) -> Vec<String> {
    let requests = world.platform.received_requests().await.unwrap();
    let bodies = requests.iter().filter(|request| request.method.as_str() == "PUT");
    bodies
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .filter(|body| body.contains("ncco"))
        .collect()
}

async fn a11_a_visitor_is_told_their_place_and_hears_it_once(db: Database) {
    let world = house(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let (first, hears) = calls(services, 1).await;
    world.pass(1_000);
    let (second, _) = calls(services, 2).await;
    let words = says(&hears);
    assert!(words.contains("All our agents are busy") && words.contains("number 1"), "{words}");
    assert!(!words.contains("Transferring") && !words.to_lowercase().contains("press"), "{words}");
    assert_eq!(care(services, &first).await, Care::Waiting { place: 1, minutes: None });
    assert_eq!(care(services, &second).await, Care::Waiting { place: 2, minutes: None });
    // After the music there is music again: the page shows the place.
    let round = next_round(services, 1).await;
    assert_eq!(round[0]["action"], "stream", "{round}");
    services.webhooks.event(told(1, "completed")).await.unwrap();
    assert_eq!(care(services, &second).await, Care::Waiting { place: 1, minutes: None });
    assert_eq!(care(services, &first).await, Care::None);
    assert_eq!(services.desk.visitors.visit_care("nobody").await.unwrap(), Care::None);
}

async fn a11_a_visitor_is_told_that_they_are_on_hold(db: Database) {
    let world = house(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let (visit, hears) = calls(services, 1).await;
    assert!(says(&hears).contains("Transferring you now"), "{}", says(&hears));
    assert_eq!(care(services, &visit).await, Care::None, "it rings");
    let takes =
        event(&json!({"to": "agent0", "uuid": "leg-agent", "conversation_uuid": "CON-visitor-1", "status": "answered",
                              "direction": "outbound", "timestamp": "2026-11-21T07:00:05.000Z"}));
    services.webhooks.event(takes).await.unwrap();
    assert_eq!(care(services, &visit).await, Care::None, "they talk");
    let id = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().call.unwrap().id;
    assert_eq!(services.desk.consoles.controls.hold("agent0", &id, true).await.told(), Ok(()));
    assert_eq!(care(services, &visit).await, Care::OnHold);
    assert_eq!(services.desk.consoles.controls.hold("agent0", &id, false).await.told(), Ok(()));
    assert_eq!(care(services, &visit).await, Care::None);
}

async fn a11_how_long_it_takes_is_said_when_callers_waited_lately(db: Database) {
    let world = house(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    for n in 1..=3 {
        world.pass(60_000);
        let (_, hears) = calls(services, n).await;
        assert!(says(&hears).contains("busy"), "{}", says(&hears));
        world.pass(4 * 60_000);
        beat(services, &team).await;
        let _ = services.desk.presence.set_presence(&team[0].0, "agent0", Wish::Ready).await.told();
        services.desk.sweep.routing.assign_waiting().await.unwrap();
        offered(services, "agent0").await;
        let takes = event(&json!({"to": "agent0", "uuid": format!("leg-agent-{n}"), "status": "answered",
                                  "conversation_uuid": format!("CON-visitor-{n}"), "direction": "outbound",
                                  "timestamp": "2026-11-21T07:00:05.000Z"}));
        services.webhooks.event(takes).await.unwrap();
        services.webhooks.event(told(n, "completed")).await.unwrap();
        let notes = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().wrap_up.unwrap();
        let _ = services.desk.consoles.after_call.finish_wrap_up("agent0", &notes.call).await.told();
        let _ = services.desk.presence.set_presence(&team[0].0, "agent0", Wish::Offline).await.told();
    }
    let (visit, _) = calls(services, 4).await;
    assert_eq!(care(services, &visit).await, Care::Waiting { place: 1, minutes: Some(4) });
}

async fn a11_a_visitor_is_called_back(db: Database) {
    let world = house(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    let (visit, _) = calls(services, 1).await;
    let (other, _) = calls(services, 2).await;
    let ask = async |secret: &str, number: &str| {
        services.desk.visitors.visit_call_back(&visit.id, secret, number, home()).await.told()
    };
    assert_eq!(ask(&other.secret, "07700 900123").await, Err(Refusal::Gone), "another's secret");
    assert_eq!(ask("", "07700 900123").await, Err(Refusal::Gone));
    let bad = ask(&visit.secret, "12").await;
    assert!(matches!(bad, Err(Refusal::BadNumber { .. })), "{bad:?}");
    let abroad = ask(&visit.secret, "+1 415 555 0100").await;
    assert!(matches!(abroad, Err(Refusal::Country { .. } | Refusal::Policy { .. })), "{abroad:?}");
    let ours = ask(&visit.secret, SUPPORT).await;
    assert!(ours.is_err(), "our own number: {ours:?}");
    assert!(matches!(care(services, &visit).await, Care::Waiting { .. }), "nothing is lost");
    assert!(transfers(&world).await.is_empty());
    assert_eq!(ask(&visit.secret, "07700 900123").await, Ok(()));
    assert_eq!(care(services, &visit).await, Care::CallBack);
    assert_eq!(ask(&visit.secret, "07700 900124").await, Err(Refusal::Gone), "once");
    let flows = transfers(&world).await;
    assert!(flows.len() == 1 && flows[0].contains("We will call you back"), "{flows:?}");
    services.webhooks.event(told(1, "completed")).await.unwrap();
    let owed = services.desk.consoles.history.desk_history("agent0", HistoryShow::Callbacks, None).await.unwrap().rows;
    assert_eq!(owed.len(), 1);
    assert_eq!(owed[0].dial.as_deref(), Some("447700900123"));
    assert_eq!(owed[0].page.as_deref(), Some("https://acme.example/help"));
    assert_eq!(services.desk.view.desk(&team[0].0, "agent0").await.unwrap().badges.callbacks, 1);
    assert!(matches!(care(services, &other).await, Care::Waiting { place: 1, .. }), "the other waits still");
}

async fn a11_calls_back_are_limited_by_address(db: Database) {
    let world = house(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let mut outcomes = Vec::new();
    for n in 1..=6 {
        // Visits are limited too.
        world.pass(30_000);
        let (visit, _) = calls(services, n).await;
        let number = format!("07700 90012{n}");
        outcomes.push(services.desk.visitors.visit_call_back(&visit.id, &visit.secret, &number, home()).await.told());
    }
    assert!(outcomes[..5].iter().all(|outcome| *outcome == Ok(())), "{outcomes:?}");
    let Err(Refusal::TooMany { retry_after_s }) = outcomes[5] else { panic!("{outcomes:?}") };
    assert!(retry_after_s > 60, "{retry_after_s}");
}

async fn a11_a_visitor_leaves_a_message(db: Database) {
    let world = house(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let (visit, _) = calls(services, 1).await;
    let refused = services.desk.visitors.visit_message(&visit.id, "wrong").await.told();
    assert_eq!(refused, Err(Refusal::Gone));
    assert_eq!(services.desk.visitors.visit_message(&visit.id, &visit.secret).await.told(), Ok(()));
    assert_eq!(care(services, &visit).await, Care::Message);
    let flows = transfers(&world).await;
    assert!(flows.len() == 1 && flows[0].contains("record") && flows[0].contains("hang up"), "{flows:?}");
    // Where the platform does not do it, the visitor waits on.
    let (next, _) = calls(services, 2).await;
    world.platform.reset().await;
    Mock::given(method("PUT")).respond_with(ResponseTemplate::new(400)).mount(&world.platform).await;
    let failed = services.desk.visitors.visit_message(&next.id, &next.secret).await.told();
    assert_eq!(failed, Err(Refusal::Unavailable));
    assert!(matches!(care(services, &next).await, Care::Waiting { .. }));
}
