//! What callers hear while the business is closed. `said` is that it is, and when it opens.

use super::{Hooks, LIMIT_SECONDS, Waiter};
use crate::domain::hours::spoken::{self, Tongue};
use crate::domain::ncco::{Action, Ncco, Talk};
use crate::domain::phone::E164;

fn talk(text: impl Into<String>, tongue: Tongue) -> Talk {
    Talk { text: text.into(), language: tongue.voice().map(str::to_owned), ..Talk::default() }
}

/// It is said, and the call ends.
#[must_use]
pub fn say(said: &str, tongue: Tongue) -> Ncco {
    Ncco(vec![Action::Talk(talk(said, tongue))])
}

/// It is said, and another telephone rings. `from` is one of our numbers.
#[must_use]
pub fn connect(said: &str, tongue: Tongue, from: &E164, number: E164) -> Ncco {
    Ncco(vec![Action::Talk(talk(said, tongue)), Action::connect_phone(from, number, LIMIT_SECONDS)])
}

/// A caller who asked to be called back is thanked.
#[must_use]
pub fn promised(tongue: Tongue) -> Ncco {
    say(spoken::will_call_back(tongue), tongue)
}

/// A caller who did not.
#[must_use]
pub fn goodbye(tongue: Tongue) -> Ncco {
    say(spoken::goodbye(tongue), tongue)
}

impl Hooks {
    /// It is said, and the caller leaves a message.
    #[must_use]
    pub fn closed_message(&self, said: &str, waiter: Waiter, tongue: Tongue) -> Ncco {
        let prompt = spoken::leave_message(waiter != Waiter::Visitor, tongue);
        let talks = [said, prompt].map(|text| Action::Talk(talk(text, tongue)));
        let thanks = Action::Talk(talk(spoken::thanks(tongue), tongue));
        Ncco(talks.into_iter().chain([self.message(), thanks]).collect())
    }

    /// It is said, and callers whom we can call back may press a key for it. Their keys, or that they pressed none, are sent
    /// to us.
    #[must_use]
    pub fn closed_call_back(&self, said: &str, waiter: Waiter, tongue: Tongue) -> Ncco {
        match waiter {
            Waiter::Withheld => say(said, tongue),
            Waiter::Visitor => {
                Ncco([said, spoken::leave_number(tongue)].map(|text| Action::Talk(talk(text, tongue))).into())
            }
            Waiter::Telephone => {
                let interrupted = |text: &str| Action::Talk(Talk { barge_in: Some(true), ..talk(text, tongue) });
                let talks = [said, spoken::offer_call_back(tongue)].map(interrupted);
                Ncco(talks.into_iter().chain([Self::keys(1, 8, self.dtmf())]).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EVERYONE: [Waiter; 3] = [Waiter::Telephone, Waiter::Withheld, Waiter::Visitor];

    #[test]
    fn only_who_can_be_called_back_is_offered_it() {
        let hooks = Hooks { base: "https://app.example".into() };
        let flow = |waiter| hooks.closed_call_back("Closed.", waiter, Tongue::English).to_json();
        assert!(flow(Waiter::Telephone).contains("press 1") && flow(Waiter::Telephone).contains("/webhooks/dtmf"));
        assert_eq!(flow(Waiter::Withheld), r#"[{"action":"talk","text":"Closed."}]"#);
        assert!(flow(Waiter::Visitor).contains("on our page") && !flow(Waiter::Visitor).contains("press"));
    }

    proptest! {
        /// The platform takes all of them, whatever the operator wrote.
        #[test]
        fn every_flow_is_valid(said in "\\PC{1,600}", chinese in any::<bool>()) {
            let tongue = if chinese { Tongue::Chinese } else { Tongue::English };
            let (hooks, number) = (Hooks { base: "https://app.example".into() }, E164::parse("442079460000").unwrap());
            let mut flows = vec![say(&said, tongue), promised(tongue), goodbye(tongue)];
            flows.push(connect(&said, tongue, &number, number.clone()));
            for waiter in EVERYONE {
                flows.push(hooks.closed_message(&said, waiter, tongue));
                flows.push(hooks.closed_call_back(&said, waiter, tongue));
            }
            for flow in flows {
                prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
            }
        }
    }
}
