//! What leaves us for the platform: numbers that may be rung or written to, and call flows that ring no other.
//!
//! Call flows and numbers that were only *entered* are [`Ncco`] and [`E164`]. What is *sent* is [`Cleared`] and
//! [`Diallable`]: the platform's client and the webhooks' answers take nothing else, so a way out that forgets to ask
//! the dial policy does not compile. The one who clears a flow says by which rules: on the server that is
//! `service::dial_policy`, in one place.

use std::ops::Deref;

use serde::Serialize;

use super::dial_policy::Rule;
use super::ncco::{Action, Endpoint, Ncco};
use super::phone::E164;
use super::spoken::{Speech, Text};

/// A number that may be rung and written to, by the rules of the moment at which it was cleared. Not to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diallable {
    number: E164,
}

impl Diallable {
    /// Clears a number.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn check(number: &E164, may: impl FnOnce(&E164) -> Result<(), Rule>) -> Result<Self, Rule> {
        may(number)?;
        Ok(Self { number: number.clone() })
    }
}

impl Deref for Diallable {
    type Target = E164;

    fn deref(&self) -> &E164 {
        &self.number
    }
}

/// A call flow of which every telephone may be rung, by the rules of the moment at which it was cleared. What is kept is
/// the flow itself: to return it again, clear it again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Cleared {
    flow: Ncco,
}

impl Cleared {
    /// Clears a call flow.
    ///
    /// # Errors
    /// The first number that may not be rung, and the rule that forbids it.
    pub fn check(flow: Ncco, may: impl Fn(&E164) -> Result<(), Rule>) -> Result<Self, (E164, Rule)> {
        for number in flow.0.iter().flat_map(telephones) {
            may(number).map_err(|rule| (number.clone(), rule))?;
        }
        Ok(Self { flow })
    }

    /// Says something and rings nobody.
    #[must_use]
    pub fn saying(text: impl Into<String>) -> Self {
        Self { flow: Ncco(vec![Action::talk(text)]) }
    }

    /// The same for one of the operator's texts.
    #[must_use]
    pub fn spoken(text: Text, speech: &Speech) -> Self {
        Self { flow: speech.only(text) }
    }

    /// Whether a telephone is rung.
    #[must_use]
    pub fn rings_telephones(&self) -> bool {
        self.flow.0.iter().flat_map(telephones).next().is_some()
    }
}

impl Deref for Cleared {
    type Target = Ncco;

    fn deref(&self) -> &Ncco {
        &self.flow
    }
}

impl PartialEq<Ncco> for Cleared {
    fn eq(&self, other: &Ncco) -> bool {
        self.flow == *other
    }
}

/// The telephones that an action rings.
fn telephones(action: &Action) -> impl Iterator<Item = &E164> {
    let endpoints: &[Endpoint] = match action {
        Action::Connect(connect) => &connect.endpoint,
        Action::Talk(_)
        | Action::Stream(_)
        | Action::Input(_)
        | Action::Conversation(_)
        | Action::Record(_)
        | Action::Notify(_)
        | Action::Wait(_)
        | Action::Transfer(_) => &[],
    };
    endpoints.iter().filter_map(|endpoint| match endpoint {
        Endpoint::Phone(phone) => Some(&phone.number),
        Endpoint::App(_) | Endpoint::Websocket(_) | Endpoint::Sip(_) | Endpoint::Vbc(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ncco::Connect;

    fn connect(numbers: &[u32]) -> Action {
        let endpoint = numbers.iter().map(|n| Endpoint::phone(number(*n))).collect();
        Action::Connect(Connect { endpoint, ..Connect::default() })
    }

    fn number(n: u32) -> E164 {
        E164::parse(&format!("447700{n:06}")).unwrap()
    }

    fn allowed_below(limit: u32) -> impl Fn(&E164) -> Result<(), Rule> {
        move |asked| if *asked < number(limit) { Ok(()) } else { Err(Rule::NoSuchNumber) }
    }

    proptest! {
        /// Wherever in a flow a forbidden number is: the flow is not cleared, and the first such number is named.
        #[test]
        fn f14_a_flow_is_cleared_only_when_each_of_its_telephones_is(
            actions in proptest::collection::vec(proptest::collection::vec(0u32..100, 0..3), 0..6),
            limit in 0u32..110,
        ) {
            let mut flow = Ncco(actions.iter().map(|numbers| connect(numbers)).collect());
            flow.0.push(Action::talk("Goodbye."));
            let first = actions.iter().flatten().find(|n| **n >= limit);
            match Cleared::check(flow.clone(), allowed_below(limit)) {
                Ok(cleared) => {
                    prop_assert!(first.is_none());
                    prop_assert_eq!(cleared.rings_telephones(), actions.iter().flatten().next().is_some());
                    prop_assert_eq!(cleared, flow);
                }
                Err((named, rule)) => {
                    prop_assert_eq!(named, number(*first.unwrap()));
                    prop_assert_eq!(rule, Rule::NoSuchNumber);
                }
            }
        }

        #[test]
        fn f14_a_number_is_cleared_by_the_rule_and_stays_what_it_was(n in 0u32..100, limit in 0u32..110) {
            let cleared = Diallable::check(&number(n), allowed_below(limit));
            prop_assert_eq!(cleared.is_ok(), n < limit);
            prop_assert!(cleared.is_err() || *cleared.unwrap() == number(n));
        }
    }

    #[test]
    fn f14_what_only_speaks_needs_no_rule() {
        let said = Cleared::saying("Sorry.");
        assert!(!said.rings_telephones());
        assert_eq!(said, Ncco(vec![Action::talk("Sorry.")]));
        assert_eq!(serde_json::to_value(&said).unwrap(), serde_json::json!([{ "action": "talk", "text": "Sorry." }]));
    }
}
