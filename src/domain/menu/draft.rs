//! A menu as somebody wrote it down in a form, and what is wrong with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Key, LONGEST_NAME, LONGEST_SPOKEN, Menu, Names, SECONDS, TRIES};
use crate::domain::language::Texts;
use crate::domain::ncco::{Action as Spoken, Ncco};
use crate::domain::phone::E164;
use crate::domain::trouble::{FieldError, Trouble};

/// The field for what follows after the last try; what belongs to it is in `with_after`.
pub const AFTER: &str = "do_after";
/// What a ticked box says.
pub const YES: &str = "on";

/// Every field is text, and boxes are `on` or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub name: String,
    pub greeting_en: String,
    pub greeting_zh: String,
    pub prompt_en: String,
    pub prompt_zh: String,
    pub seconds: String,
    pub tries: String,
    pub barge_in: String,
    /// What keys do, see [`does`] and [`with`]: `agent:Jane`, `menu:` and `flow:` with an id, or another
    /// [`Action::word`], beside it the number or the text.
    #[serde(flatten)]
    pub actions: BTreeMap<String, String>,
}

/// The field for what a key does, by the key's name or `after`.
#[must_use]
pub fn does(of: &str) -> String {
    format!("do_{of}")
}

/// The field for its number or text.
#[must_use]
pub fn with(of: &str) -> String {
    format!("with_{of}")
}

impl Draft {
    /// What is written in a field of [`Self::actions`].
    #[must_use]
    pub fn action(&self, field: &str) -> &str {
        self.actions.get(field).map(String::as_str).unwrap_or_default()
    }

    fn put(&mut self, of: &str, action: &Action) {
        let word = action.word();
        let (chosen, beside) = match action {
            Action::Agent(target) | Action::Menu(target) | Action::Flow(target) => {
                (format!("{word}:{target}"), String::new())
            }
            Action::Number(number) => (word.to_owned(), number.grouped()),
            Action::Say(text) => (word.to_owned(), text.clone()),
            _ => (word.to_owned(), String::new()),
        };
        self.actions.insert(does(of), chosen);
        self.actions.insert(with(of), beside);
    }
}

/// What the operator's other data say of what is written in a menu.
pub trait Known: Names {
    /// A telephone that may be rung, as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    fn number(&self, text: &str) -> Result<E164, Trouble>;
    /// Whether another menu has this name.
    fn is_taken(&self, name: &str) -> bool;
}

impl Menu {
    /// Reads what somebody wrote down. `id` is the menu's own.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn read(id: &str, draft: &Draft, known: &impl Known) -> Result<Self, Vec<FieldError>> {
        let mut form = Form { wrong: Vec::new(), known };
        let name = form.name(&draft.name);
        let greeting = form.texts("greeting", [&draft.greeting_en, &draft.greeting_zh]);
        let prompt = form.texts("prompt", [&draft.prompt_en, &draft.prompt_zh]);
        let keys = Key::every().filter_map(|key| Some((key, form.action(draft, key.name())?))).collect();
        let seconds = form.count("seconds", &draft.seconds, SECONDS, |(from, to)| Trouble::Seconds(from, to));
        let tries = form.count("tries", &draft.tries, TRIES, |(from, to)| Trouble::Between(from, to));
        let after = form.after(draft);
        let barge_in = draft.barge_in == YES;
        if !form.wrong.is_empty() {
            return Err(form.wrong);
        }
        Ok(Self { id: id.to_owned(), name, greeting, prompt, keys, seconds, tries, after, barge_in })
    }

    /// As it would be written down.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let mut draft = Draft {
            name: self.name.clone(),
            greeting_en: self.greeting.en.clone(),
            greeting_zh: self.greeting.zh_cn.clone(),
            prompt_en: self.prompt.en.clone(),
            prompt_zh: self.prompt.zh_cn.clone(),
            seconds: self.seconds.to_string(),
            tries: self.tries.to_string(),
            barge_in: if self.barge_in { YES } else { "" }.to_owned(),
            actions: BTreeMap::new(),
        };
        for (key, action) in &self.keys {
            draft.put(key.name(), action);
        }
        draft.put("after", &self.after);
        draft
    }
}

/// The fields as far as they were read, and what is wrong with them.
struct Form<'a, K> {
    wrong: Vec<FieldError>,
    known: &'a K,
}

impl<K: Known> Form<'_, K> {
    fn refuse(&mut self, field: &str, reason: Trouble) {
        self.wrong.push(FieldError { field: field.to_owned(), reason });
    }

    fn name(&mut self, text: &str) -> String {
        let name = text.trim();
        if name.is_empty() {
            self.refuse("name", Trouble::Empty);
        } else if name.chars().count() > LONGEST_NAME {
            self.refuse("name", Trouble::Long(LONGEST_NAME));
        } else if name.chars().any(char::is_control) {
            self.refuse("name", Trouble::Unprintable);
        } else if self.known.is_taken(name) {
            self.refuse("name", Trouble::Taken(name.to_owned()));
        }
        name.to_owned()
    }

    fn texts(&mut self, field: &str, [en, zh]: [&String; 2]) -> Texts {
        let (en, zh) = (self.spoken(&format!("{field}_en"), en), self.spoken(&format!("{field}_zh"), zh));
        Texts::new(&en, &zh)
    }

    /// What the platform can speak; it may be empty.
    fn spoken(&mut self, field: &str, text: &str) -> String {
        // As browsers send line breaks.
        let text = text.trim().replace("\r\n", "\n");
        let reason = if text.chars().count() > LONGEST_SPOKEN {
            Some(Trouble::Long(LONGEST_SPOKEN))
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            Some(Trouble::Unprintable)
        } else if !text.is_empty() && !Ncco(vec![Spoken::talk(text.as_str())]).check().is_empty() {
            Some(Trouble::Unspeakable)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.refuse(field, reason);
        }
        text
    }

    fn count(&mut self, field: &str, text: &str, (from, to): (u32, u32), why: fn((i64, i64)) -> Trouble) -> u32 {
        let read = text.trim().parse().ok().filter(|number| (from..=to).contains(number));
        read.unwrap_or_else(|| {
            self.refuse(field, why((from.into(), to.into())));
            from
        })
    }

    fn after(&mut self, draft: &Draft) -> Action {
        match self.action(draft, "after") {
            Some(action) if !action.stays() => return action,
            Some(_) => self.refuse(AFTER, Trouble::Missing),
            None if draft.action(AFTER).is_empty() => self.refuse(AFTER, Trouble::Empty),
            None => {}
        }
        Action::AnyAgent
    }

    /// What a key is to do; `None` where it does nothing, or is wrong.
    fn action(&mut self, draft: &Draft, of: &str) -> Option<Action> {
        let (field, beside) = (does(of), with(of));
        let (chosen, text) = (draft.action(&field), draft.action(&beside));
        let (word, target) = chosen.split_once(':').unwrap_or((chosen, ""));
        let action = match word {
            // What somebody wrote would be lost.
            "" if !text.trim().is_empty() => Err((&field, Trouble::Empty)),
            "" => return None,
            "any-agent" => Ok(Action::AnyAgent),
            "agent" if self.known.is_agent(target) => Ok(Action::Agent(target.to_owned())),
            "menu" if self.known.menu(target).is_some() => Ok(Action::Menu(target.to_owned())),
            "flow" if self.known.flow(target).is_some() => Ok(Action::Flow(target.to_owned())),
            "number" => self.known.number(text).map(Action::Number).map_err(|why| (&beside, why)),
            "message" => Ok(Action::Message),
            "call-back" => Ok(Action::CallBack),
            "say" if text.trim().is_empty() => Err((&beside, Trouble::Empty)),
            "say" => Ok(Action::Say(self.spoken(&beside, text))),
            "repeat" => Ok(Action::Repeat),
            "hang-up" => Ok(Action::HangUp),
            _ => Err((&field, Trouble::Missing)),
        };
        action.map_err(|(field, why)| self.refuse(field, why)).ok()
    }
}
