//! What callers hear while the business is closed. `said` is that it is, and when it opens, in the language of the hooks.

use super::{Hooks, LIMIT_SECONDS, Waiter};
use crate::domain::ncco::{Action, Ncco, Talk};
use crate::domain::phone::E164;
use crate::domain::spoken::Text;

/// It is said, and the call ends.
#[must_use]
pub fn say(said: &[Talk]) -> Ncco {
    Ncco(said.iter().cloned().map(Action::Talk).collect())
}

/// It is said, and another telephone rings. `from` is one of our numbers.
#[must_use]
pub fn connect(said: &[Talk], from: &E164, number: E164) -> Ncco {
    let rings = Action::connect_phone(from, number, LIMIT_SECONDS);
    Ncco(say(said).0.into_iter().chain([rings]).collect())
}

impl Hooks {
    /// It is said, and the caller leaves a message.
    #[must_use]
    pub fn closed_message(&self, said: &[Talk], waiter: Waiter) -> Ncco {
        Ncco(say(said).0.into_iter().chain(self.voicemail(waiter).0).collect())
    }

    /// It is said, and callers whom we can call back may press a key for it. Their keys, or that they pressed none, are sent
    /// to us.
    #[must_use]
    pub fn closed_call_back(&self, said: &[Talk], waiter: Waiter) -> Ncco {
        let offer = match waiter {
            Waiter::Withheld => return say(said),
            Waiter::Visitor => {
                return Ncco(say(said).0.into_iter().chain([self.speech.say(Text::LeaveNumber, &[])]).collect());
            }
            Waiter::Telephone => self.speech.talk(Text::OfferCallBack, &[]),
        };
        let talks = said.iter().cloned().chain([offer]);
        let talks = talks.map(|talk| Action::Talk(Talk { barge_in: Some(true), ..talk }));
        Ncco(talks.chain([Self::keys(1, 8, self.dtmf())]).collect())
    }

    /// A caller who asked to be called back is thanked.
    #[must_use]
    pub fn closed_promised(&self) -> Ncco {
        self.speech.only(Text::CallBackWhenOpen)
    }

    /// The call ends.
    #[must_use]
    pub fn goodbye(&self) -> Ncco {
        self.speech.only(Text::Goodbye)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::language::Language;
    use crate::domain::spoken::Speech;

    fn hooks(language: Language) -> Hooks {
        Hooks { base: "https://app.example".into(), speech: Speech::usual(language) }
    }

    const EVERYONE: [Waiter; 3] = [Waiter::Telephone, Waiter::Withheld, Waiter::Visitor];

    #[test]
    fn only_who_can_be_called_back_is_offered_it() {
        let flow = |waiter| {
            hooks(Language::English).closed_call_back(&[Talk::new("Closed.", Language::English)], waiter).to_json()
        };
        assert!(flow(Waiter::Telephone).contains("press 1") && flow(Waiter::Telephone).contains("/webhooks/dtmf"));
        assert_eq!(flow(Waiter::Withheld), r#"[{"action":"talk","text":"Closed."}]"#);
        assert!(flow(Waiter::Visitor).contains("on our page") && !flow(Waiter::Visitor).contains("press"));
    }

    proptest! {
        /// The platform takes all of them, whatever the operator wrote.
        #[test]
        fn every_flow_is_valid(said in "\\PC{1,600}", chinese in any::<bool>()) {
            let language = if chinese { Language::Chinese } else { Language::English };
            let (hooks, number) = (hooks(language), E164::parse("442079460000").unwrap());
            let said = [hooks.speech.read(said)];
            let mut flows = vec![say(&said), hooks.closed_promised(), hooks.goodbye()];
            flows.push(connect(&said, &number, number.clone()));
            for waiter in EVERYONE {
                flows.push(hooks.closed_message(&said, waiter));
                flows.push(hooks.closed_call_back(&said, waiter));
            }
            for flow in flows {
                prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
            }
        }
    }
}
