//! A menu as somebody wrote it down in a form, and what is wrong with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::extension::{DIGITS, Extension, MOST_EXTENSIONS};
use super::{Action, Key, LONGEST_NAME, LONGEST_SPOKEN, MOST_OTHERS, Menu, Names, OtherPrompt, SECONDS, TRIES};
use crate::domain::form::Form;
use crate::domain::language::Language;
use crate::domain::phone::E164;
use crate::domain::spoken::voice::is_spoken;
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
    /// [`YES`]: the prompts in other languages are said before the prompt.
    pub others_first: String,
    /// What keys do, see [`does`] and [`with`]: `agent:Jane`, `queue:`, `menu:` and `flow:` with an id, `language:` with a
    /// tag, or another [`Action::word`], beside it the number or the text. What extensions do is there by their
    /// [`extension`], which holds their digits. And the prompts in other languages, see [`other_language`] and
    /// [`other_text`].
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

/// The field for the digits of the extension at `index`.
#[must_use]
pub fn extension(index: usize) -> String {
    format!("extension_{index}")
}

/// The field for the language of the other prompt at `index`.
#[must_use]
pub fn other_language(index: usize) -> String {
    format!("other_language_{index}")
}

/// The field for its text.
#[must_use]
pub fn other_text(index: usize) -> String {
    format!("other_text_{index}")
}

impl Draft {
    /// What is written in a field of [`Self::actions`].
    #[must_use]
    pub fn field(&self, field: &str) -> &str {
        self.actions.get(field).map(String::as_str).unwrap_or_default()
    }

    fn put(&mut self, of: &str, action: &Action) {
        let word = action.word();
        let (chosen, beside) = match action {
            Action::Agent(target) | Action::Queue(target) | Action::Menu(target) | Action::Flow(target) => {
                (format!("{word}:{target}"), String::new())
            }
            Action::Language(language) => (format!("{word}:{}", language.tag()), String::new()),
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
        let mut form = Form::new(known);
        let name = form.name(&draft.name, LONGEST_NAME, |name| known.is_taken(name));
        let greeting = form.texts("greeting", [&draft.greeting_en, &draft.greeting_zh], LONGEST_SPOKEN);
        let prompt = form.texts("prompt", [&draft.prompt_en, &draft.prompt_zh], LONGEST_SPOKEN);
        let others = form.others(draft);
        let keys = Key::every().filter_map(|key| Some((key, form.action(draft, key.name())?))).collect();
        let extensions = form.extensions(draft);
        let seconds = form.count("seconds", &draft.seconds, SECONDS, |(from, to)| Trouble::Seconds(from, to));
        let tries = form.count("tries", &draft.tries, TRIES, |(from, to)| Trouble::Between(from, to));
        let after = form.after(draft);
        let (barge_in, others_first) = (draft.barge_in == YES, draft.others_first == YES);
        if !form.wrong.is_empty() {
            return Err(form.wrong);
        }
        let id = id.to_owned();
        Ok(Self { id, name, greeting, prompt, others, others_first, keys, extensions, seconds, tries, after, barge_in })
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
            others_first: if self.others_first { YES } else { "" }.to_owned(),
            actions: BTreeMap::new(),
        };
        for (at, other) in self.others.iter().enumerate() {
            draft.actions.insert(other_language(at), other.language.clone());
            draft.actions.insert(other_text(at), other.text.clone());
        }
        for (key, action) in &self.keys {
            draft.put(key.name(), action);
        }
        for (at, (dialled, action)) in self.extensions.iter().enumerate() {
            let field = extension(at);
            draft.put(&field, action);
            draft.actions.insert(field, dialled.digits().to_owned());
        }
        draft.put("after", &self.after);
        draft
    }
}

impl<K: Known> Form<'_, K> {
    /// The prompts in other languages. Both or neither of the two fields is filled in.
    fn others(&mut self, draft: &Draft) -> Vec<OtherPrompt> {
        let mut others = Vec::new();
        for at in 0..MOST_OTHERS {
            let (spoken_in, field) = (other_language(at), other_text(at));
            let language = draft.field(&spoken_in).to_owned();
            let text = self.spoken(&field, draft.field(&field), LONGEST_SPOKEN);
            match (language.is_empty(), text.is_empty()) {
                (true, true) => continue,
                (true, false) => self.refuse(&spoken_in, Trouble::Empty),
                (false, true) => self.refuse(&field, Trouble::Empty),
                (false, false) if !is_spoken(&language) => {
                    self.refuse(&spoken_in, Trouble::NoVoice(language.clone()));
                }
                (false, false) => {}
            }
            others.push(OtherPrompt { language, text });
        }
        others
    }

    /// The extensions, without the rows that are empty.
    fn extensions(&mut self, draft: &Draft) -> BTreeMap<Extension, Action> {
        let mut extensions = BTreeMap::new();
        for at in 0..MOST_EXTENSIONS {
            let field = extension(at);
            let (written, action) = (draft.field(&field).trim(), self.action(draft, &field));
            if written.is_empty() {
                if action.is_some() {
                    self.refuse(&field, Trouble::Empty);
                }
                continue;
            }
            let Some(dialled) = Extension::of(written) else {
                self.refuse(&field, Trouble::Extension(DIGITS.0, DIGITS.1));
                continue;
            };
            match action {
                Some(_) if extensions.contains_key(&dialled) => self.refuse(&field, Trouble::Taken(written.to_owned())),
                Some(action) => {
                    extensions.insert(dialled, action);
                }
                None if draft.field(&does(&field)).is_empty() => self.refuse(&does(&field), Trouble::Empty),
                // What is wrong with it was said.
                None => {}
            }
        }
        extensions
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
            None if draft.field(AFTER).is_empty() => self.refuse(AFTER, Trouble::Empty),
            None => {}
        }
        Action::AnyAgent
    }

    /// What a key is to do; `None` where it does nothing, or is wrong.
    fn action(&mut self, draft: &Draft, of: &str) -> Option<Action> {
        let (field, beside) = (does(of), with(of));
        let (chosen, text) = (draft.field(&field), draft.field(&beside));
        let (word, target) = chosen.split_once(':').unwrap_or((chosen, ""));
        let action = match word {
            // What somebody wrote would be lost.
            "" if !text.trim().is_empty() => Err((&field, Trouble::Empty)),
            "" => return None,
            "any-agent" => Ok(Action::AnyAgent),
            "agent" if self.known.is_agent(target) => Ok(Action::Agent(target.to_owned())),
            "queue" if self.known.queue(target).is_some() => Ok(Action::Queue(target.to_owned())),
            "menu" if self.known.menu(target).is_some() => Ok(Action::Menu(target.to_owned())),
            "flow" if self.known.flow(target).is_some() => Ok(Action::Flow(target.to_owned())),
            "language" if Language::EVERY.iter().any(|language| language.tag() == target) => {
                Ok(Action::Language(Language::of_tag(target).unwrap_or_default()))
            }
            "number" => self.known.number(text).map(Action::Number).map_err(|why| (&beside, why)),
            "message" => Ok(Action::Message),
            "call-back" => Ok(Action::CallBack),
            "say" if text.trim().is_empty() => Err((&beside, Trouble::Empty)),
            "say" => Ok(Action::Say(self.spoken(&beside, text, LONGEST_SPOKEN))),
            "repeat" => Ok(Action::Repeat),
            "hang-up" => Ok(Action::HangUp),
            _ => Err((&field, Trouble::Missing)),
        };
        action.map_err(|(field, why)| self.refuse(field, why)).ok()
    }
}
