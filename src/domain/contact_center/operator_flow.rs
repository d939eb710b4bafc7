//! A call flow that the operator wrote, where it connects to an agent or to a queue: what the caller hears before, and who is
//! wanted. The rest is as on a number that leads there: an agent is offered the call, and somebody else takes it when they do
//! not.

use std::collections::HashSet;

use super::flows::Hooks;
use super::routing::RING_SECONDS;
use crate::domain::call_flows::spoken_seconds;
use crate::domain::ncco::{Action, Connect, Endpoint, Ncco};

/// What is longer is heard before an agent is reserved. An offer lasts for the ring time and a little more.
const LONG_SECONDS: u32 = RING_SECONDS / 2;

/// What the `user` of an `app` endpoint begins with that stands for a queue: `queue:Sales`. No such name reaches the platform.
pub const QUEUE: &str = "queue:";

/// Whom a flow connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By name.
    Agent(String),
    /// By name, as it is written.
    Queue(String),
}

impl Whom {
    /// The agent, if it is one.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        match self {
            Self::Agent(name) => Some(name),
            Self::Queue(_) => None,
        }
    }

    /// The queue's name, if it is one.
    #[must_use]
    pub fn queue(&self) -> Option<&str> {
        match self {
            Self::Agent(_) => None,
            Self::Queue(name) => Some(name),
        }
    }
}

/// The name of the queue that an endpoint stands for, if it does.
#[must_use]
pub fn queue_of(endpoint: &Endpoint) -> Option<&str> {
    match endpoint {
        Endpoint::App(app) => Some(app.user.strip_prefix(QUEUE)?.trim()),
        _ => None,
    }
}

/// A flow that connects to an agent or to a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct ToAgent {
    /// Actions before an agent is rung.
    pub before: Vec<Action>,
    pub whom: Whom,
    connect: Connect,
}

impl ToAgent {
    /// Finds the first action that connects to one of these agents, or to a queue. The actions after it are not run: the call
    /// ends with the agent, or goes on with another one.
    ///
    /// # Errors
    /// The flow itself, where it does not connect to an agent or a queue.
    pub fn find(flow: Ncco, agents: &HashSet<String>) -> Result<Self, Ncco> {
        let whom_of = |action: &Action| match action {
            Action::Connect(connect) => connect.endpoint.iter().find_map(|endpoint| match endpoint {
                Endpoint::App(app) if agents.contains(&app.user) => Some(Whom::Agent(app.user.clone())),
                endpoint => Some(Whom::Queue(queue_of(endpoint)?.to_owned())),
            }),
            _ => None,
        };
        let found = flow.0.iter().enumerate().find_map(|(at, action)| Some((at, whom_of(action)?)));
        let Some((at, whom)) = found else { return Err(flow) };
        let mut before = flow.0;
        let mut rest = before.split_off(at);
        match rest.swap_remove(0) {
            Action::Connect(connect) => Ok(Self { before, whom, connect }),
            // They are found in a `connect` and nowhere else.
            other => Err(Ncco(before.into_iter().chain([other]).collect())),
        }
    }

    /// Whether the caller may be busy for long before the agent is rung: an agent who was reserved at once would wait for
    /// them all the time.
    #[must_use]
    pub fn takes_long(&self) -> bool {
        // Without an end, or of a length that is not known: `None`.
        let seconds = |action: &Action| match action {
            Action::Talk(talk) if talk.repeat != Some(0) => {
                Some(u64::from(spoken_seconds(&talk.text)) * u64::from(talk.repeat.unwrap_or(1)))
            }
            Action::Notify(_) => Some(0),
            _ => None,
        };
        let all: Option<u64> = self.before.iter().map(seconds).sum();
        all.is_none_or(|all| all > u64::from(LONG_SECONDS))
    }

    /// What the caller hears while the agent who was reserved for them is rung.
    #[must_use]
    pub fn ring(self, hooks: &Hooks, reserved: &str, ring_s: u32) -> Ncco {
        let mut actions = self.before;
        if let Some(wanted) = self.whom.agent().filter(|wanted| *wanted != reserved) {
            actions.push(hooks.instead_of(wanted, reserved));
        }
        // The operator's own settings of the call stay; whom it rings, how long, and who is told when nobody takes it are
        // what an offer needs.
        actions.push(Action::Connect(Connect {
            endpoint: vec![Endpoint::app(reserved)],
            timeout: Some(ring_s),
            event_type: Some("synchronous".into()),
            event_url: hooks.event(),
            ..self.connect
        }));
        Ncco(actions)
    }

    /// The part before the agent, which then asks us who is to be rung.
    #[must_use]
    pub fn then_ask(self, hooks: &Hooks) -> Ncco {
        let ask = Hooks::keys(1, 1, hooks.dtmf());
        Ncco(self.before.into_iter().chain([ask]).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::spoken::Speech;

    fn flow(value: serde_json::Value) -> Ncco {
        serde_json::from_value(value).unwrap()
    }

    fn agents() -> HashSet<String> {
        ["Jane".to_owned(), "Joe".to_owned()].into()
    }

    fn hooks() -> Hooks {
        Hooks { base: "https://app.example".into(), speech: Speech::default() }
    }

    #[test]
    fn an_agent_is_found_and_the_operators_settings_stay() {
        let written = flow(json!([
            {"action": "talk", "text": "Welcome"},
            {"action": "connect", "limit": 60, "timeout": 45, "colour": "blue", "endpoint": [{"type": "app", "user": "Jane"}]},
            {"action": "talk", "text": "Goodbye"},
        ]));
        let found = ToAgent::find(written, &agents()).unwrap();
        assert_eq!((found.whom.agent(), found.takes_long()), (Some("Jane"), false));
        let rung = serde_json::to_value(found.clone().ring(&hooks(), "Jane", 20)).unwrap();
        assert_eq!(rung[0]["text"], "Welcome");
        assert_eq!(
            (&rung[1]["limit"], &rung[1]["timeout"], &rung[1]["colour"]),
            (&json!(60), &json!(20), &json!("blue"))
        );
        assert_eq!((&rung[1]["eventType"], &rung[2]), (&json!("synchronous"), &json!(null)));
        let instead = serde_json::to_value(found.ring(&hooks(), "Joe", 20)).unwrap();
        assert!(instead[1]["text"].as_str().unwrap().starts_with("Jane is not available"));
        assert_eq!(instead[2]["endpoint"][0]["user"], "Joe");
    }

    #[test]
    fn a_queue_is_found_by_its_name_and_an_agent_of_it_is_rung() {
        let written = flow(json!([
            {"action": "talk", "text": "Welcome"},
            {"action": "connect", "endpoint": [{"type": "app", "user": "queue: Sales"}]},
        ]));
        let found = ToAgent::find(written, &agents()).unwrap();
        assert_eq!((found.whom.agent(), found.whom.queue()), (None, Some("Sales")));
        let rung = serde_json::to_value(found.ring(&hooks(), "Joe", 30)).unwrap();
        assert_eq!((&rung[1]["endpoint"][0]["user"], &rung[1]["timeout"]), (&json!("Joe"), &json!(30)));
        assert_eq!(rung[2], json!(null));
    }

    #[test]
    fn a_long_speech_is_heard_before_an_agent_is_reserved() {
        for (talk, long) in [
            (json!({"action": "talk", "text": "Welcome to Bluebird Bikes."}), false),
            (json!({"action": "talk", "text": "Welcome. ".repeat(40)}), true),
            (json!({"action": "talk", "text": "Welcome to Bluebird.", "loop": 20}), true),
            (json!({"action": "talk", "text": "Welcome", "loop": 0}), true),
            (json!({"action": "stream", "streamUrl": ["https://app.example/a.mp3"]}), true),
        ] {
            let written = json!([talk, {"action": "connect", "endpoint": [{"type": "app", "user": "Jane"}]}]);
            assert_eq!(ToAgent::find(flow(written), &agents()).unwrap().takes_long(), long, "{talk}");
        }
    }

    #[test]
    fn a_flow_that_asks_first_reserves_nobody_yet() {
        let written = flow(json!([
            {"action": "record", "timeOut": 20},
            {"action": "connect", "endpoint": [{"type": "app", "user": "Joe"}]},
        ]));
        let found = ToAgent::find(written, &agents()).unwrap();
        assert!(found.takes_long());
        let asked = found.then_ask(&hooks());
        assert_eq!(asked.check(), vec![]);
        let asked = serde_json::to_value(asked).unwrap();
        assert_eq!(
            (&asked[0]["action"], &asked[1]["action"], &asked[2]),
            (&json!("record"), &json!("input"), &json!(null))
        );
    }

    #[test]
    fn other_flows_stay_as_they_are() {
        for written in [
            json!([]),
            json!([{"action": "talk", "text": "Hello"}]),
            json!([{"action": "connect", "endpoint": [{"type": "app", "user": "Anna"}]}]),
            json!([{"action": "connect", "endpoint": [{"type": "phone", "number": "447700900123"}]}]),
        ] {
            let written = flow(written);
            assert_eq!(ToAgent::find(written.clone(), &agents()), Err(written));
        }
    }
}
