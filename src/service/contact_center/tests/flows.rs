//! Call flows of the operator's that lead to an agent, and the one that agents' own calls run.

use serde_json::{Value, json};

use super::{OURS, agents, beat, caller, leg, world};
use crate::domain::call_flows::Preset;
use crate::domain::contact_center::presence::State;
use crate::domain::line::Line;
use crate::domain::ncco::Reason;
use crate::domain::phone::E164;
use crate::domain::queue::draft::Draft as QueueDraft;
use crate::service::Services;
use crate::service::call_flows::FlowRefusal;
use crate::service::tests::answer;
use crate::store::testing::{Database, on_both};

on_both!(
    b1_a_flow_that_connects_to_an_agent_is_an_offer,
    b1_a_flow_that_asks_first_offers_when_it_comes_to_the_agent,
    a_flow_that_connects_to_a_queue_offers_to_its_members,
    b2_an_agents_call_runs_the_flow_that_the_operator_chose,
);

/// Two agents, both ready.
async fn ready(services: &Services) -> Vec<(String, String)> {
    let team = agents(services, 2).await;
    beat(services, &team).await;
    team
}

/// Our number leads to this flow.
async fn led(services: &Services, flow: &Value) -> String {
    let id = services.flows.keep_call_flow(None, "Welcome", Preset::Custom, &flow.to_string()).await.unwrap();
    services.lines.assign_number(&E164::parse(OURS).unwrap(), &Line::Custom(id.clone())).await.unwrap();
    id
}

async fn calls(services: &Services, n: usize) -> Value {
    let asked = answer(&json!({"to": OURS, "from": format!("4477009{n:05}"), "uuid": format!("caller{n}"),
                               "conversation_uuid": format!("CON-{n}"), "endpoint_type": "phone"}));
    serde_json::to_value(services.webhooks.answer(asked).await.unwrap()).unwrap()
}

async fn b1_a_flow_that_connects_to_an_agent_is_an_offer(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = ready(services).await;
    led(
        services,
        &json!([
            {"action": "talk", "text": "Welcome to Bluebird"},
            {"action": "connect", "endpoint": [{"type": "app", "user": "agent0"}]},
            {"action": "talk", "text": "Goodbye"},
        ]),
    )
    .await;
    let heard = calls(services, 1).await;
    assert_eq!(
        (&heard[0]["text"], &heard[1]["endpoint"][0]["user"]),
        (&json!("Welcome to Bluebird"), &json!("agent0"))
    );
    assert_eq!(
        (&heard[1]["eventType"], &heard[2]),
        (&json!("synchronous"), &Value::Null),
        "the call ends with the agent"
    );
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    let offer = desk.offer.expect("the console rings");
    assert_eq!((offer.who.line.as_str(), offer.who.line_name.as_deref()), ("custom", Some("Welcome")));
    assert_eq!(desk.me.state, State::Ringing);

    // A second caller does not ring at the same agent.
    let second = calls(services, 2).await;
    assert_eq!(second[2]["endpoint"][0]["user"], "agent1", "{second}");
    // The first agent does not take it: somebody else would, and both are taken; the caller waits.
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "ringing")).await.unwrap();
    let next = services.webhooks.event(leg(1, "agent0", "timeout")).await.unwrap().expect("the caller is led on");
    let next = serde_json::to_value(next).unwrap();
    assert!(next[0]["text"].as_str().unwrap().contains("queue"), "{next}");
    // Who missed one call is there for the next.
    assert_eq!(calls(services, 3).await[1]["endpoint"][0]["user"], "agent0");
    // A fourth finds nobody: what the operator wrote is heard, then the queue.
    let fourth = calls(services, 4).await;
    assert_eq!(fourth[0]["text"], "Welcome to Bluebird");
    assert!(fourth[1]["text"].as_str().unwrap().contains("queue"), "{fourth}");
}

async fn b1_a_flow_that_asks_first_offers_when_it_comes_to_the_agent(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = ready(services).await;
    led(
        services,
        &json!([
            {"action": "talk", "text": "Say what it is about"},
            {"action": "record", "timeOut": 20, "endOnSilence": 3},
            {"action": "connect", "endpoint": [{"type": "app", "user": "agent1"}]},
        ]),
    )
    .await;
    let heard = calls(services, 1).await;
    assert_eq!(
        (&heard[1]["action"], &heard[2]["action"], &heard[3]),
        (&json!("record"), &json!("input"), &Value::Null)
    );
    let offer = async |of: usize| services.desk.view.desk(&team[of].0, &team[of].1).await.unwrap().offer;
    assert!(offer(1).await.is_none(), "nobody is kept waiting for the caller");
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    let next = services.webhooks.event(super::keys(1, "")).await.unwrap().expect("the agent is rung");
    let next = serde_json::to_value(next).unwrap();
    assert_eq!(next[1]["endpoint"][0]["user"], "agent1", "{next}");
    assert!(offer(1).await.is_some());
}

async fn a_flow_that_connects_to_a_queue_offers_to_its_members(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    ready(services).await;
    let sales = QueueDraft { members: [("member_agent1".to_owned(), "on".to_owned())].into(), ..QueueDraft::default() };
    let sales = QueueDraft { name: "Sales".into(), ring_s: "33".into(), service_level_s: "20".into(), ..sales };
    let id = services.queues.keep(None, &sales).await.unwrap();
    let flow = |queue: &str| {
        json!([{"action": "talk", "text": "Welcome"},
               {"action": "connect", "endpoint": [{"type": "app", "user": format!("queue:{queue}")}]}])
    };
    led(services, &flow("sales")).await;
    let rung = calls(services, 1).await;
    assert_eq!((&rung[0]["text"], &rung[1]["endpoint"][0]["user"]), (&json!("Welcome"), &json!("agent1")), "{rung}");
    assert_eq!(rung[1]["timeout"], 33);
    // agent0 is free, and no member.
    let waits = calls(services, 2).await;
    assert!(waits.to_string().contains("You are number 1 in the queue"), "{waits}");
    let call = services.core.store.desk().call_in("CON-2").await.unwrap().unwrap().call;
    assert_eq!(call.queue.as_deref(), Some(id.as_str()));
    // One that is gone is everybody's, and the editor warns of it.
    let found = services.flows.judge_call_flow(&flow("Gone").to_string());
    assert!(found.iter().any(|problem| problem.reason == Reason::NoQueue("Gone".into())), "{found:?}");
}

async fn b2_an_agents_call_runs_the_flow_that_the_operator_chose(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let dials = async |n: usize| {
        let asked = answer(&json!({"to": "447700900123", "from_user": "agent0", "uuid": format!("own{n}"),
                                   "conversation_uuid": format!("CON-own-{n}"), "endpoint_type": "app"}));
        serde_json::to_value(services.webhooks.answer(asked).await.unwrap()).unwrap()
    };
    let text = r#"[{"action": "talk", "text": "Bluebird calls"},
        {"action": "connect", "from": "YOUR_NEXMO_NUMBER", "timeout": 30, "endpoint": [{"type": "phone", "number": "PARAMS_TO"}]}]"#;
    let flows = &services.flows;
    let id = flows.keep_call_flow(None, "Outbound", Preset::Outbound, text).await.unwrap();
    let nobody = flows.keep_call_flow(None, "Nobody", Preset::Outbound, r#"[{"action": "talk", "text": "a"}]"#).await;
    let refused = flows.use_for_agents_calls(Some(&nobody.unwrap())).await;
    assert!(matches!(refused, Err(FlowRefusal::CallsNobody)), "{refused:?}");
    flows.use_for_agents_calls(Some(&id)).await.unwrap();
    let heard = dials(1).await;
    assert_eq!((&heard[0]["text"], &heard[1]["timeout"]), (&json!("Bluebird calls"), &json!(30)), "{heard}");
    assert_eq!(heard[1]["endpoint"][0]["number"], "447700900123");
    assert!(matches!(flows.delete_call_flow(&id).await, Err(FlowRefusal::ForAgentsCalls)));
    let broken = flows.keep_call_flow(Some(&id), "Outbound", Preset::Outbound, r#"[{"action": "talk", "text": "a"}]"#);
    assert!(matches!(broken.await, Err(FlowRefusal::CallsNobody)), "what is in use stays usable");
    flows.use_for_agents_calls(None).await.unwrap();
    flows.delete_call_flow(&id).await.unwrap();
}
