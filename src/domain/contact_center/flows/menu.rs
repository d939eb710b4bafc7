//! What callers hear in a menu.

use super::Hooks;
use crate::domain::language::Written;
use crate::domain::menu::{Menu, Names, spoken};
use crate::domain::ncco::{Action, Input, Ncco, Talk};

/// What is said before the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First<'a> {
    /// Its greeting: the caller has just come.
    Greeting,
    /// What a key says.
    Text(Written<'a>),
    Nothing,
}

impl Hooks {
    /// The menu: what its keys are for, and then the caller's key, or that none was pressed, is asked of us.
    #[must_use]
    pub fn menu(&self, menu: &Menu, names: &impl Names, first: First<'_>) -> Ncco {
        let before = match first {
            // In the caller's language, or in another one and with that one's voice.
            First::Greeting => Some(menu.greeting.written(self.speech.language)).filter(|said| !said.text.is_empty()),
            First::Text(text) => Some(text),
            First::Nothing => None,
        };
        let prompts = spoken::prompts(menu, names, &self.speech).into_iter();
        let prompts = prompts.map(|talk| Talk { barge_in: menu.barge_in.then_some(true), ..talk });
        let talks = before.map(|said| self.speech.written(said)).into_iter().chain(prompts).map(Action::Talk);
        let mut listens = Self::keys(menu.longest(), menu.waits_s(), self.dtmf());
        if let Action::Input(Input { dtmf: Some(dtmf), .. }) = &mut listens {
            dtmf.submit_on_hash = menu.ends_on_hash().then_some(true);
        }
        Ncco(talks.chain([listens]).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::language::{Language, Texts};
    use crate::domain::menu::extension::Extension;
    use crate::domain::menu::{Action as Does, Key, OtherPrompt};
    use crate::domain::spoken::Speech;

    struct Everybody;

    impl Names for Everybody {
        fn is_agent(&self, _: &str) -> bool {
            true
        }

        fn menu(&self, id: &str) -> Option<&str> {
            ["<speak>Sales", "Service"].into_iter().find(|name| name.ends_with(id))
        }

        fn queue(&self, _: &str) -> Option<&str> {
            None
        }

        fn flow(&self, _: &str) -> Option<&str> {
            None
        }
    }

    fn hooks(language: Language) -> Hooks {
        Hooks { base: "https://app.example".into(), speech: Speech::usual(language) }
    }

    fn main(agents: &[&str]) -> Menu {
        Menu::of_agents("main", &agents.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    fn heard(menu: &Menu, language: Language, first: First<'_>) -> serde_json::Value {
        serde_json::to_value(hooks(language).menu(menu, &Everybody, first)).unwrap()
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
        let said = heard(&menu, Language::English, First::Text(Written::english("We are in London.")));
        assert_eq!((&said[0]["text"], &said[1]["text"]), (&json!("We are in London."), &json!("Press one.")));
    }

    #[test]
    fn a_key_leads_to_another_language_and_is_offered_in_it() {
        let mut menu = main(&["Jane"]);
        menu.keys.insert(Key::of('2').unwrap(), Does::Language(Language::English));
        menu.keys.insert(Key::of('#').unwrap(), Does::Language(Language::Chinese));
        let english = heard(&menu, Language::English, First::Nothing);
        assert_eq!(english[0]["text"], "To talk to Jane, please press 1.");
        let offer = json!({"action": "talk", "text": "中文服务请按井号键。", "language": "cmn-CN", "bargeIn": true});
        assert_eq!(english[1], offer);
        assert_eq!(english[2]["action"], "input", "English is spoken already");
        let chinese = heard(&menu, Language::Chinese, First::Nothing);
        assert_eq!(
            (&chinese[0]["text"], &chinese[1]["text"]),
            (&json!("与Jane通话请按1。"), &json!("For English, press 2."))
        );
        menu.keys.retain(|_, action| matches!(action, Does::Language(_)));
        let both = heard(&menu, Language::English, First::Nothing);
        assert_eq!((&both[0]["text"], &both[1]["text"]), (&json!("For English, press 2."), &offer["text"]));
    }

    #[test]
    fn a_menu_has_prompts_in_other_languages_beside_its_own() {
        let german = OtherPrompt { language: "de-DE".into(), text: "Für Deutsch drücken Sie die 1.".into() };
        let spoken = json!({"action": "talk", "text": german.text, "language": "de-DE", "bargeIn": true});
        let mut menu = Menu { others: vec![german], others_first: true, ..main(&["Jane"]) };
        menu.prompt = Texts::new("For English, press 2.", "中文请按3。");
        let first = heard(&menu, Language::English, First::Greeting);
        assert_eq!((&first[1], &first[2]["text"]), (&spoken, &json!("For English, press 2.")));
        menu.others_first = false;
        let last = heard(&menu, Language::Chinese, First::Greeting);
        assert_eq!((&last[1]["text"], &last[2]), (&json!("中文请按3。"), &spoken));
    }

    #[test]
    fn a_menu_with_extensions_waits_for_their_digits_until_the_hash_key() {
        let mut menu = main(&["Jane"]);
        menu.extensions.insert(Extension::of("204").unwrap(), Does::Agent("Joe".into()));
        let listens = |menu: &Menu| {
            let ncco = hooks(Language::English).menu(menu, &Everybody, First::Nothing);
            assert_eq!(ncco.check(), vec![]);
            serde_json::to_value(&ncco).unwrap()[2]["dtmf"].clone()
        };
        assert_eq!(listens(&menu), json!({"timeOut": 3, "maxDigits": 3, "submitOnHash": true}));
        menu.keys.insert(Key::of('#').unwrap(), Does::Repeat);
        assert_eq!(listens(&menu), json!({"timeOut": 3, "maxDigits": 3}), "the key is for something else");
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
            let keys = keys.into_iter().chain(Language::EVERY.map(Does::Language));
            menu.keys.extend(Key::every().skip(6).zip(keys));
            let language = if chinese { Language::Chinese } else { Language::English };
            let first = if greets { First::Greeting } else { First::Nothing };
            let flow = hooks(language).menu(&menu, &Everybody, first);
            prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
        }
    }
}
