//! What callers hear in a menu.

use super::{Hooks, Waiter};
use crate::domain::hours::spoken as usual;
use crate::domain::language::{Language, Texts};
use crate::domain::menu::{Menu, Names, spoken};
use crate::domain::ncco::{Action, Ncco, Talk};

/// Something that is said, in the voice of its language.
fn talk(text: impl Into<String>, language: Language) -> Talk {
    Talk { text: text.into(), language: language.voice().map(str::to_owned), ..Talk::default() }
}

/// A text in this language, or in another one and with that one's voice.
fn written(texts: &Texts, language: Language) -> Option<Talk> {
    let others = Language::EVERY.into_iter().filter(|other| *other != language);
    let mut known = std::iter::once(language).chain(others).filter(|known| !texts.only(*known).is_empty());
    known.next().map(|known| talk(texts.only(known), known))
}

/// What is said before the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First<'a> {
    /// Its greeting: the caller has just come.
    Greeting,
    /// What a key says.
    Text(&'a str),
    Nothing,
}

impl Hooks {
    /// The menu: what its keys are for, and then the caller's key, or that none was pressed, is asked of us.
    #[must_use]
    pub fn menu(&self, menu: &Menu, names: &impl Names, language: Language, first: First<'_>) -> Ncco {
        let before = match first {
            First::Greeting => written(&menu.greeting, language),
            First::Text(text) => Some(talk(text, language)),
            First::Nothing => None,
        };
        let prompt =
            written(&menu.prompt, language).unwrap_or_else(|| talk(spoken::prompt(menu, names, language), language));
        let prompt = Talk { barge_in: menu.barge_in.then_some(true), ..prompt };
        let talks = before.into_iter().chain([prompt]).map(Action::Talk);
        Ncco(talks.chain([Self::keys(1, menu.seconds, self.dtmf())]).collect())
    }

    /// The caller leaves a message.
    #[must_use]
    pub fn menu_message(&self, waiter: Waiter, language: Language) -> Ncco {
        let prompt = usual::leave_message(waiter != Waiter::Visitor, language);
        let thanks = usual::thanks(language);
        Ncco(vec![Action::Talk(talk(prompt, language)), self.message(), Action::Talk(talk(thanks, language))])
    }
}

/// The call back is noted.
#[must_use]
pub fn promised(language: Language) -> Ncco {
    Ncco(vec![Action::Talk(talk(spoken::will_call_back(language), language))])
}

/// The call ends.
#[must_use]
pub fn goodbye(language: Language) -> Ncco {
    Ncco(vec![Action::Talk(talk(usual::goodbye(language), language))])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::menu::Action as Does;

    struct Everybody;

    impl Names for Everybody {
        fn is_agent(&self, _: &str) -> bool {
            true
        }

        fn menu(&self, id: &str) -> Option<&str> {
            ["<speak>Sales", "Service"].into_iter().find(|name| name.ends_with(id))
        }

        fn flow(&self, _: &str) -> Option<&str> {
            None
        }
    }

    fn hooks() -> Hooks {
        Hooks { base: "https://app.example".into() }
    }

    fn main(agents: &[&str]) -> Menu {
        Menu::of_agents("main", &agents.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    fn heard(menu: &Menu, language: Language, first: First<'_>) -> serde_json::Value {
        serde_json::to_value(hooks().menu(menu, &Everybody, language, first)).unwrap()
    }

    #[test]
    fn the_menu_is_the_seeds_in_todays_form() {
        let ncco = heard(&main(&["Jane", "Joe"]), Language::English, First::Greeting);
        assert_eq!(ncco[0], json!({"action": "talk", "text": "Thank you for calling my contact center."}));
        let prompt = "To talk to Jane, please press 1, or, to talk to Joe, press 2.";
        assert_eq!(ncco[1], json!({"action": "talk", "text": prompt, "bargeIn": true}));
        assert_eq!(ncco[2]["type"], json!(["dtmf"]));
        assert_eq!(ncco[2]["dtmf"], json!({"timeOut": 10, "maxDigits": 1}));
        assert_eq!(ncco[2]["eventUrl"], json!(["https://app.example/webhooks/dtmf"]));
        let again = heard(&main(&["Jane"]), Language::English, First::Nothing);
        assert_eq!(again[0]["text"], "To talk to Jane, please press 1.");
    }

    #[test]
    fn each_text_is_spoken_by_a_voice_of_its_language() {
        let mut menu = Menu { barge_in: false, seconds: 4, ..main(&["Jane"]) };
        menu.prompt = Texts::new("Press one.", "");
        let chinese = heard(&menu, Language::Chinese, First::Greeting);
        assert_eq!(chinese[0], json!({"action": "talk", "text": "感谢您致电客服中心。", "language": "cmn-CN"}));
        assert_eq!(chinese[1], json!({"action": "talk", "text": "Press one."}), "no Chinese was written");
        assert_eq!(chinese[2]["dtmf"]["timeOut"], 4);
        let said = heard(&menu, Language::English, First::Text("We are in London."));
        assert_eq!((&said[0]["text"], &said[1]["text"]), (&json!("We are in London."), &json!("Press one.")));
    }

    proptest! {
        /// The platform takes all of them, whatever agents and menus are called.
        #[test]
        fn every_flow_is_valid(
            agents in proptest::collection::vec("[A-Za-z][A-Za-z0-9 ._-]{0,20}", 0..12),
            barge_in: bool,
            greets: bool,
            chinese: bool,
        ) {
            let mut menu = Menu { barge_in, ..main(&agents.iter().map(String::as_str).collect::<Vec<_>>()) };
            let keys = ["Sales", "Service", "gone"].map(|id| Does::Menu(id.to_owned()));
            menu.keys.extend(crate::domain::menu::Key::every().skip(6).zip(keys));
            let language = if chinese { Language::Chinese } else { Language::English };
            let first = if greets { First::Greeting } else { First::Nothing };
            let mut flows = vec![hooks().menu(&menu, &Everybody, language, first), promised(language), goodbye(language)];
            flows.extend([Waiter::Telephone, Waiter::Withheld].map(|waiter| hooks().menu_message(waiter, language)));
            for flow in flows {
                prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
            }
        }
    }
}
