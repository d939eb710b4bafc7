//! What callers hear from us: every text and the voice that says it. Data of the operator's, with a default for each.
//!
//! | module  | what                                                          |
//! |---------|---------------------------------------------------------------|
//! | `texts` | each text, its placeholders, and what is said by default       |
//! | `voice` | which voice of the platform speaks a language                  |
//! | `check` | what is wrong with a text or a voice that somebody wrote down   |
//!
//! Greetings, the prompts of menus, call flows and whispers are written where they belong, and are spoken by these voices.

pub mod check;
pub mod texts;
pub mod voice;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use self::texts::{Place, Placeholder, Text};
pub use self::voice::{Voice, Voices};
use super::language::{Language, Texts, Written};
use super::ncco::{Action, Ncco, Talk};

/// The longest value of a placeholder, in characters.
pub const LONGEST_VALUE: usize = 100;
/// The platform says no more at once, in characters.
const LONGEST_TALK: usize = 1_500;

/// What the operator wrote, and the voices.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spoken {
    pub voices: Voices,
    /// Instead of the default; where nothing is written in a language, the default is said.
    pub texts: BTreeMap<Text, Texts>,
}

impl Spoken {
    /// What is said, with its placeholders.
    #[must_use]
    pub fn text(&self, text: Text, language: Language) -> &str {
        let written = self.texts.get(&text).map(|texts| texts.only(language)).unwrap_or_default();
        if written.is_empty() { text.usual(language) } else { written }
    }

    /// Somebody else's text by the voice of its language.
    #[must_use]
    pub fn talk(&self, text: impl Into<String>, language: Language) -> Talk {
        self.voices.get(language).speak(text, language)
    }

    /// What is written for a text; what is said by default is not written.
    pub fn put(&mut self, text: Text, written: &Texts) {
        let kept = |language| {
            let only = written.only(language);
            if only == text.usual(language) { "" } else { only }
        };
        let kept = Texts::new(kept(Language::English), kept(Language::Chinese));
        if kept.is_empty() {
            self.texts.remove(&text);
        } else {
            self.texts.insert(text, kept);
        }
    }
}

/// The texts in one language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Speech {
    spoken: Arc<Spoken>,
    pub language: Language,
}

impl Speech {
    #[must_use]
    pub fn new(spoken: Arc<Spoken>, language: Language) -> Self {
        Self { spoken, language }
    }

    /// The default texts, by the platform's own voices.
    #[must_use]
    pub fn usual(language: Language) -> Self {
        Self::new(Arc::default(), language)
    }

    /// The same texts in another language.
    #[must_use]
    pub fn within(&self, language: Language) -> Self {
        Self::new(Arc::clone(&self.spoken), language)
    }

    /// A text with its placeholders filled.
    #[must_use]
    pub fn text(&self, text: Text, values: &[(&str, &str)]) -> String {
        fill(self.spoken.text(text, self.language), values)
    }

    /// A text as it is spoken.
    #[must_use]
    pub fn talk(&self, text: Text, values: &[(&str, &str)]) -> Talk {
        self.read(self.text(text, values))
    }

    /// A text as an action.
    #[must_use]
    pub fn say(&self, text: Text, values: &[(&str, &str)]) -> Action {
        Action::Talk(self.talk(text, values))
    }

    /// A flow that only says something and then ends the call.
    #[must_use]
    pub fn only(&self, text: Text) -> Ncco {
        Ncco(vec![self.say(text, &[])])
    }

    /// Somebody else's text in this language.
    #[must_use]
    pub fn read(&self, text: impl Into<String>) -> Talk {
        self.spoken.talk(text, self.language)
    }

    /// Somebody else's text in the language in which it is written.
    #[must_use]
    pub fn written(&self, written: Written<'_>) -> Talk {
        self.spoken.talk(written.text, written.language)
    }

    /// Texts one after the other: those of one language in one go, as far as the platform says as much at once.
    #[must_use]
    pub fn joined(&self, parts: impl IntoIterator<Item = (String, Language)>) -> Vec<Talk> {
        let mut talks: Vec<(String, Language)> = Vec::new();
        for (text, language) in parts.into_iter().filter(|(text, _)| !text.trim().is_empty()) {
            if let Some((before, spoken)) = talks.last_mut()
                && *spoken == language
                && !is_marked(before)
                && !is_marked(&text)
            {
                let both = sentence(before, language) + gap(language) + &text;
                if both.chars().count() <= LONGEST_TALK {
                    *before = both;
                    continue;
                }
            }
            talks.push((text, language));
        }
        talks.into_iter().map(|(text, language)| self.spoken.talk(text, language)).collect()
    }
}

/// Whether a text is marked up for speech (SSML).
fn is_marked(text: &str) -> bool {
    text.trim_start().starts_with("<speak")
}

/// What stands between two sentences.
#[must_use]
pub fn gap(language: Language) -> &'static str {
    match language {
        Language::English => " ",
        Language::Chinese => "",
    }
}

/// With a full stop, if it has no end yet.
#[must_use]
pub fn sentence(text: &str, language: Language) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '。', '！', '？', '…', '>']) {
        return text.to_owned();
    }
    format!("{text}{}", if language == Language::English { "." } else { "。" })
}

/// Puts values where a text has `{name}`, in one pass: what a value contains is never read as a name.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let marked = is_marked(text);
    let mut out = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else { break };
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        out.push_str(&value_to_say(value, marked));
        rest = behind;
    }
    out + rest
}

/// A value without what the platform would take for markup.
fn value_to_say(value: &str, marked: bool) -> String {
    let markup = |c: char| matches!(c, '<' | '>') || (marked && matches!(c, '&' | '"'));
    let set = |c: char| if marked && c == '\'' { '’' } else { c };
    value.trim().chars().filter(|c| !c.is_control() && !markup(*c)).map(set).take(LONGEST_VALUE).collect()
}

#[cfg(test)]
pub(in crate::domain) mod tests;
