//! A call flow that the operator wrote, where it connects to an agent: what the caller hears before, and who is wanted. The
//! rest is as on the agent's own number: the agent is offered the call, and somebody else takes it when they do not.

use std::collections::HashSet;

use super::flows::Hooks;
use super::routing::RING_SECONDS;
use crate::domain::ncco::{Action, Connect, Endpoint, Ncco};

/// A flow that connects to an agent.
#[derive(Debug, Clone, PartialEq)]
pub struct ToAgent {
    /// Actions before the agent is rung.
    pub before: Vec<Action>,
    pub agent: String,
    connect: Connect,
    /// Actions after the call with the agent.
    after: Vec<Action>,
}

impl ToAgent {
    /// Finds the first action that connects to one of these agents.
    ///
    /// # Errors
    /// The flow as it was, when it connects to none of them.
    pub fn find(flow: Ncco, agents: &HashSet<String>) -> Result<Self, Ncco> {
        let agent_of = |action: &Action| match action {
            Action::Connect(connect) => connect.endpoint.iter().find_map(|endpoint| match endpoint {
                Endpoint::App(app) if agents.contains(&app.user) => Some(app.user.clone()),
                _ => None,
            }),
            _ => None,
        };
        let found = flow.0.iter().enumerate().find_map(|(at, action)| Some((at, agent_of(action)?)));
        let Some((at, agent)) = found else { return Err(flow) };
        let mut before = flow.0;
        let mut rest = before.split_off(at);
        let after = rest.split_off(1);
        match rest.pop() {
            Some(Action::Connect(connect)) => Ok(Self { before, agent, connect, after }),
            other => Err(Ncco(before.into_iter().chain(other).chain(after).collect())),
        }
    }

    /// Whether the caller may be busy for long before the agent is rung: an agent who was reserved at once would wait for
    /// them all the time.
    #[must_use]
    pub fn takes_long(&self) -> bool {
        !self.before.iter().all(|action| matches!(action, Action::Talk(_) | Action::Notify(_)))
    }

    /// What the caller hears while the agent who was reserved for them is rung.
    #[must_use]
    pub fn ring(self, hooks: &Hooks, reserved: &str) -> Ncco {
        let mut actions = self.before;
        if reserved != self.agent {
            actions.push(Hooks::instead_of(&self.agent, reserved));
        }
        // The operator's own settings of the call stay; whom it rings, how long, and who is told when nobody takes it are
        // what an offer needs.
        actions.push(Action::Connect(Connect {
            endpoint: vec![Endpoint::app(reserved)],
            timeout: Some(RING_SECONDS),
            event_type: Some("synchronous".into()),
            event_url: hooks.event(),
            ..self.connect
        }));
        actions.extend(self.after);
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

    fn flow(value: serde_json::Value) -> Ncco {
        serde_json::from_value(value).unwrap()
    }

    fn agents() -> HashSet<String> {
        ["Jane".to_owned(), "Joe".to_owned()].into()
    }

    fn hooks() -> Hooks {
        Hooks { base: "https://app.example".into() }
    }

    #[test]
    fn an_agent_is_found_and_the_operators_settings_stay() {
        let written = flow(json!([
            {"action": "talk", "text": "Welcome"},
            {"action": "connect", "limit": 60, "timeout": 45, "colour": "blue", "endpoint": [{"type": "app", "user": "Jane"}]},
            {"action": "talk", "text": "Goodbye"},
        ]));
        let found = ToAgent::find(written, &agents()).unwrap();
        assert_eq!((found.agent.as_str(), found.takes_long()), ("Jane", false));
        let rung = serde_json::to_value(found.clone().ring(&hooks(), "Jane")).unwrap();
        assert_eq!(rung[0]["text"], "Welcome");
        assert_eq!(
            (&rung[1]["limit"], &rung[1]["timeout"], &rung[1]["colour"]),
            (&json!(60), &json!(20), &json!("blue"))
        );
        assert_eq!((&rung[1]["eventType"], &rung[2]["text"]), (&json!("synchronous"), &json!("Goodbye")));
        let instead = serde_json::to_value(found.ring(&hooks(), "Joe")).unwrap();
        assert!(instead[1]["text"].as_str().unwrap().starts_with("Jane is not available"));
        assert_eq!(instead[2]["endpoint"][0]["user"], "Joe");
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
