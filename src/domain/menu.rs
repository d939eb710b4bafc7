//! Menus: what a caller hears, and where each key of their telephone leads. Data of the operator's.
//!
//! | module      | what                                                            |
//! |-------------|-----------------------------------------------------------------|
//! | `draft`     | a menu as somebody wrote it down, and what is wrong with it     |
//! | `extension` | digits that callers dial instead of a key                       |
//! | `spoken`    | the sentences that callers hear where the operator wrote none   |

pub mod draft;
pub mod extension;
pub mod spoken;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::extension::Extension;
use super::language::{Language, Texts};
use super::phone::E164;

/// The id of the menu to which call flows send the keys that callers press.
pub const MAIN: &str = "main";
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;
/// The longest spoken text, in characters: the platform speaks no more at once.
pub const LONGEST_SPOKEN: usize = 1_500;
/// Seconds in which a key must be pressed, at least and at most.
pub const SECONDS: (u32, u32) = (1, 10);
/// How often a menu may be said, at least and at most.
pub const TRIES: (u32, u32) = (1, 9);
/// The most menus that one call may enter; then it is led out of them.
pub const MOST_IN_A_CALL: u32 = 20;
/// The most menus.
pub const MOST_MENUS: usize = 100;
/// The most prompts in other languages.
pub const MOST_OTHERS: usize = 3;
/// How many agents get a key in the menu that is made at the first start.
pub const MOST_AGENTS: usize = 9;

/// A key of a telephone. In the order in which menus offer them: 1 to 9, 0, star, hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key(u8);

/// What is printed on the keys, and what form fields call them.
const SIGNS: [(char, &str); 12] = [
    ('1', "1"),
    ('2', "2"),
    ('3', "3"),
    ('4', "4"),
    ('5', "5"),
    ('6', "6"),
    ('7', "7"),
    ('8', "8"),
    ('9', "9"),
    ('0', "0"),
    ('*', "star"),
    ('#', "hash"),
];

impl Key {
    /// All twelve, in order.
    pub fn every() -> impl Iterator<Item = Self> {
        (0..).take(SIGNS.len()).map(Self)
    }

    #[must_use]
    pub fn of(sign: char) -> Option<Self> {
        Self::every().find(|key| key.sign() == sign)
    }

    /// What is printed on it.
    #[must_use]
    pub fn sign(self) -> char {
        SIGNS[usize::from(self.0)].0
    }

    /// Its name in form fields.
    #[must_use]
    pub fn name(self) -> &'static str {
        SIGNS[usize::from(self.0)].1
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.sign().to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut signs = text.chars();
        let sign = signs.next().filter(|_| signs.next().is_none());
        sign.and_then(Self::of).ok_or("a telephone has no such key")
    }
}

/// What a key does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Rings the next agent who is free.
    AnyAgent,
    /// To a queue, by id.
    Queue(String),
    /// Rings this agent, by name; somebody else when they are not available.
    Agent(String),
    /// Rings a telephone outside.
    Number(E164),
    /// Goes on with another menu, by id.
    Menu(String),
    /// Goes on with a call flow of the operator's, by id.
    Flow(String),
    /// The caller leaves a message.
    Message,
    /// The caller is called back.
    CallBack,
    /// Says something, then the menu again.
    Say(String),
    /// Says the menu again.
    Repeat,
    /// Goes on in another language, and says the menu again in it.
    Language(Language),
    /// Says goodbye and ends the call.
    HangUp,
}

/// A prompt in a language that the product's own texts are not in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherPrompt {
    /// As the platform names it: one of [`super::spoken::voice::LANGUAGES`].
    pub language: String,
    pub text: String,
}

impl Action {
    /// The word for it in forms.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::AnyAgent => "any-agent",
            Self::Queue(_) => "queue",
            Self::Agent(_) => "agent",
            Self::Number(_) => "number",
            Self::Menu(_) => "menu",
            Self::Flow(_) => "flow",
            Self::Message => "message",
            Self::CallBack => "call-back",
            Self::Say(_) => "say",
            Self::Repeat => "repeat",
            Self::Language(_) => "language",
            Self::HangUp => "hang-up",
        }
    }

    /// The caller stays in the menu.
    #[must_use]
    pub fn stays(&self) -> bool {
        matches!(self, Self::Say(_) | Self::Repeat | Self::Language(_))
    }
}

/// A menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    pub id: String,
    /// One menu has it. Callers hear it where the operator wrote no prompt for a menu that leads here.
    pub name: String,
    /// Said once, when a caller comes. Empty for nothing.
    pub greeting: Texts,
    /// What the keys are for. Empty: it is made of the keys, see [`spoken::prompt`].
    pub prompt: Texts,
    /// Said beside the prompt, each by a voice of its language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<OtherPrompt>,
    /// They are said before the prompt, and not after it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub others_first: bool,
    pub keys: BTreeMap<Key, Action>,
    /// What callers may dial instead of a key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<Extension, Action>,
    /// How long a caller may take to press a key, in seconds.
    pub seconds: u32,
    /// How many wrong or missing keys lead to [`Self::after`].
    pub tries: u32,
    /// What a caller gets who presses no right key. Never one that [stays](Action::stays).
    pub after: Action,
    /// Keys count while the prompt is spoken, and end it.
    pub barge_in: bool,
}

/// What a menu does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next<'a> {
    /// What the key is for.
    Does(&'a Action),
    /// The key was wrong or missing: the menu is said again.
    Again,
    /// The same, and it was the last try.
    Over(&'a Action),
}

impl Menu {
    /// A menu with a key for each of these agents. Adding or deleting an account changes no key of it.
    #[must_use]
    pub fn of_agents(id: &str, agents: &[String]) -> Self {
        let actions = agents.iter().take(MOST_AGENTS).cloned().map(Action::Agent);
        Self {
            id: id.to_owned(),
            name: if id == MAIN { "Main menu" } else { id }.to_owned(),
            greeting: Texts::new("Thank you for calling my contact center.", "感谢您致电客服中心。"),
            prompt: Texts::default(),
            others: Vec::new(),
            others_first: false,
            keys: Key::every().zip(actions).collect(),
            extensions: BTreeMap::new(),
            seconds: 10,
            tries: 3,
            after: Action::AnyAgent,
            barge_in: true,
        }
    }

    /// What stands in for a menu that was deleted: callers get the next agent at once.
    #[must_use]
    pub fn missing() -> Self {
        Self { greeting: Texts::default(), tries: 1, ..Self::of_agents("", &[]) }
    }

    /// What the keys that a caller pressed are for: one key, an extension, or nothing.
    #[must_use]
    pub fn action(&self, pressed: &str) -> Option<&Action> {
        let key = Key::try_from(pressed.to_owned()).ok();
        key.and_then(|key| self.keys.get(&key)).or_else(|| self.extension(pressed))
    }

    /// What follows from what a caller pressed, who was wrong `tries` times before. A menu without keys and extensions has
    /// no wrong one: each leads on.
    #[must_use]
    pub fn next(&self, pressed: &str, tries: u32) -> Next<'_> {
        let any = self.keys.is_empty() && self.extensions.is_empty() && !pressed.is_empty();
        match self.action(pressed) {
            Some(action) => Next::Does(action),
            None if any || tries.saturating_add(1) >= self.tries => Next::Over(&self.after),
            None => Next::Again,
        }
    }

    /// What a caller gets who has been in too many menus, of which this was the first: never another menu.
    #[must_use]
    pub fn way_out(&self) -> Action {
        match &self.after {
            Action::Menu(_) => Action::AnyAgent,
            after => after.clone(),
        }
    }

    /// Everything that it may lead to.
    pub fn actions(&self) -> impl Iterator<Item = &Action> {
        self.keys.values().chain(self.extensions.values()).chain([&self.after])
    }
}

/// The menus that a call has been in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Visited {
    /// By id.
    pub first: String,
    /// The one whose keys count now; `None` while a call flow runs.
    pub here: Option<String>,
    pub entered: u32,
}

impl Visited {
    #[must_use]
    pub fn begin(id: &str) -> Self {
        Self { first: id.to_owned(), here: Some(id.to_owned()), entered: 1 }
    }

    /// Goes into a menu, unless there were too many. Whether it did.
    #[must_use]
    pub fn enter(&mut self, id: &str) -> bool {
        if self.entered >= MOST_IN_A_CALL {
            return false;
        }
        self.entered += 1;
        self.here = Some(id.to_owned());
        true
    }
}

/// What menus lead to, by name.
pub trait Names {
    /// Whether there is such an agent.
    fn is_agent(&self, name: &str) -> bool;
    /// The name of the menu with this id.
    fn menu(&self, id: &str) -> Option<&str>;
    /// The name of the queue with this id.
    fn queue(&self, id: &str) -> Option<&str>;
    /// The name of the call flow with this id.
    fn flow(&self, id: &str) -> Option<&str>;
}

#[cfg(test)]
mod tests;
