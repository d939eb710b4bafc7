//! What callers hear while the business is closed. `said` is that it is, and when it opens.

use super::{Hooks, LIMIT_SECONDS, Waiter};
use crate::domain::hours::spoken;
use crate::domain::language::Language;
use crate::domain::ncco::{Action, Ncco, Talk};
use crate::domain::phone::E164;

fn talk(text: impl Into<String>, language: Language) -> Talk {
    Talk { text: text.into(), language: language.voice().map(str::to_owned), ..Talk::default() }
}

/// It is said, and the call ends.
#[must_use]
pub fn say(said: &str, language: Language) -> Ncco {
    Ncco(vec![Action::Talk(talk(said, language))])
}

/// It is said, and another telephone rings. `from` is one of our numbers.
#[must_use]
pub fn connect(said: &str, language: Language, from: &E164, number: E164) -> Ncco {
    Ncco(vec![Action::Talk(talk(said, language)), Action::connect_phone(from, number, LIMIT_SECONDS)])
}

/// A caller who asked to be called back is thanked.
#[must_use]
pub fn promised(language: Language) -> Ncco {
    say(spoken::will_call_back(language), language)
}

/// A caller who did not.
#[must_use]
pub fn goodbye(language: Language) -> Ncco {
    say(spoken::goodbye(language), language)
}

impl Hooks {
    /// It is said, and the caller leaves a message.
    #[must_use]
    pub fn closed_message(&self, said: &str, waiter: Waiter, language: Language) -> Ncco {
        let prompt = spoken::leave_message(waiter != Waiter::Visitor, language);
        let talks = [said, prompt].map(|text| Action::Talk(talk(text, language)));
        let thanks = Action::Talk(talk(spoken::thanks(language), language));
        Ncco(talks.into_iter().chain([self.message(), thanks]).collect())
    }

    /// It is said, and callers whom we can call back may press a key for it. Their keys, or that they pressed none, are sent
    /// to us.
    #[must_use]
    pub fn closed_call_back(&self, said: &str, waiter: Waiter, language: Language) -> Ncco {
        match waiter {
            Waiter::Withheld => say(said, language),
            Waiter::Visitor => {
                Ncco([said, spoken::leave_number(language)].map(|text| Action::Talk(talk(text, language))).into())
            }
            Waiter::Telephone => {
                let interrupted = |text: &str| Action::Talk(Talk { barge_in: Some(true), ..talk(text, language) });
                let talks = [said, spoken::offer_call_back(language)].map(interrupted);
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
        let flow = |waiter| hooks.closed_call_back("Closed.", waiter, Language::English).to_json();
        assert!(flow(Waiter::Telephone).contains("press 1") && flow(Waiter::Telephone).contains("/webhooks/dtmf"));
        assert_eq!(flow(Waiter::Withheld), r#"[{"action":"talk","text":"Closed."}]"#);
        assert!(flow(Waiter::Visitor).contains("on our page") && !flow(Waiter::Visitor).contains("press"));
    }

    proptest! {
        /// The platform takes all of them, whatever the operator wrote.
        #[test]
        fn every_flow_is_valid(said in "\\PC{1,600}", chinese in any::<bool>()) {
            let language = if chinese { Language::Chinese } else { Language::English };
            let (hooks, number) = (Hooks { base: "https://app.example".into() }, E164::parse("442079460000").unwrap());
            let mut flows = vec![say(&said, language), promised(language), goodbye(language)];
            flows.push(connect(&said, language, &number, number.clone()));
            for waiter in EVERYONE {
                flows.push(hooks.closed_message(&said, waiter, language));
                flows.push(hooks.closed_call_back(&said, waiter, language));
            }
            for flow in flows {
                prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
            }
        }
    }
}
