//! What the buttons and fields of the drawing ask for. They are sent with the text, so that nothing is kept in between: every
//! field that differs from what it showed is set, then the button is done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::edit::{Edit, NotEdited, edited};
use super::fields::WHOM;
use super::form;

/// What the drawing's buttons begin with, among the other ones of the form.
const BUTTON: &str = "draw-";
/// What its fields begin with; their path follows.
const FIELD: &str = "set-";
/// What is open, and what the fields showed, as JSON by path. The kind of the action is among it, under [`KIND`].
pub const OPEN: &str = "open";
pub const WAS: &str = "was";
pub const KIND: &str = "action";

/// What is open in the drawing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Open {
    #[default]
    Nothing,
    /// The box of this action.
    Action(usize),
    /// The place before this action, where one is to be added.
    Place(usize),
}

impl Open {
    /// As the form carries it.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Action(at) => at.to_string(),
            Self::Place(at) => format!("+{at}"),
        }
    }

    /// Reads [`Self::name`]; of anything else nothing is open.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        let (place, digits) = word.strip_prefix('+').map_or((false, word), |digits| (true, digits));
        match digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit())) {
            None => Self::Nothing,
            Some(at) if place => Self::Place(at),
            Some(at) => Self::Action(at),
        }
    }
}

/// What a button of the drawing does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Button {
    Open(Open),
    Up(usize),
    Down(usize),
    Remove(usize),
    Add(usize, String),
    /// The fields are set, which they are before any button.
    Set,
}

impl Button {
    /// As the button is called in the form. It is its id too: the keyboard goes back to it.
    #[must_use]
    pub fn name(&self) -> String {
        let what = match self {
            Self::Open(Open::Nothing) => "close".to_owned(),
            Self::Open(Open::Action(at)) => format!("open-{at}"),
            Self::Open(Open::Place(at)) => format!("place-{at}"),
            Self::Up(at) => format!("up-{at}"),
            Self::Down(at) => format!("down-{at}"),
            Self::Remove(at) => format!("remove-{at}"),
            Self::Add(at, kind) => format!("add-{at}-{kind}"),
            Self::Set => "set".to_owned(),
        };
        format!("{BUTTON}{what}")
    }

    /// Reads [`Self::name`]; `None` for another part's button.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut words = name.strip_prefix(BUTTON)?.splitn(3, '-');
        let (does, at, kind) = (words.next()?, words.next(), words.next());
        let at = || at?.parse().ok();
        Some(match does {
            "open" => Self::Open(Open::Action(at()?)),
            "place" => Self::Open(Open::Place(at()?)),
            "close" => Self::Open(Open::Nothing),
            "up" => Self::Up(at()?),
            "down" => Self::Down(at()?),
            "remove" => Self::Remove(at()?),
            "add" => Self::Add(at()?, kind?.to_owned()),
            "set" => Self::Set,
            _ => return None,
        })
    }
}

/// What was done, for those who hear the page. Steps are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    Added { kind: String, step: usize },
    Moved { kind: String, step: usize },
    Removed { kind: String, step: usize },
    Changed { kind: String, step: usize },
}

/// What was not done, and what was typed for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The path of the field; empty for a button.
    pub path: String,
    pub typed: String,
    pub why: NotEdited,
}

/// The flow and the drawing after a button was pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub text: String,
    pub open: Open,
    pub said: Option<Said>,
    pub refused: Option<Refused>,
    /// The id of what comes next for the keyboard; empty where it stays.
    pub focus: String,
}

/// The id of a field.
#[must_use]
pub fn field_id(path: &str) -> String {
    format!("{FIELD}{path}")
}

/// Does what was asked for. `sent` are the fields of the drawing, `act` is the button that was pressed, of whatever part.
#[must_use]
pub fn done(text: &str, act: &str, sent: &BTreeMap<String, String>) -> Done {
    let open = sent.get(OPEN).map(|word| Open::parse(word)).unwrap_or_default();
    let mut done = Done { text: text.to_owned(), open, said: None, refused: None, focus: String::new() };
    if let Open::Action(at) = open {
        done.set(at, sent);
    }
    if done.refused.is_none()
        && let Some(button) = Button::parse(act)
    {
        done.press(button);
    }
    done
}

/// A value as a browser's field gives it back: with lines of its own in the spoken text, and without any elsewhere.
fn lines(path: &str, value: &str) -> String {
    let value = value.replace("\r\n", "\n").replace('\r', "\n");
    if path == "text" { value } else { value.replace('\n', "") }
}

impl Done {
    /// Sets what differs from what the fields showed.
    fn set(&mut self, at: usize, sent: &BTreeMap<String, String>) {
        let was = sent.get(WAS).and_then(|was| serde_json::from_str::<BTreeMap<String, String>>(was).ok());
        let was = was.unwrap_or_default();
        let changed = sent.iter().filter_map(|(name, typed)| {
            // Browsers send lines as CRLF.
            let (path, typed) = (name.strip_prefix(FIELD)?, typed.replace("\r\n", "\n"));
            was.get(path).is_some_and(|was| lines(path, was) != lines(path, &typed)).then_some((path, typed))
        });
        let mut changed: Vec<(&str, String)> = changed.collect();
        // Whom it rings comes first: what else was typed about the one before has no place any more.
        changed.sort_by_key(|(path, _)| *path != WHOM);
        let whom = changed.first().is_some_and(|(path, _)| *path == WHOM);
        for (path, typed) in changed.into_iter().filter(|(path, _)| !(whom && path.starts_with("endpoint."))) {
            let kind = self.kind(at);
            // The JSON was changed meanwhile, and another action stands there.
            let same = was.get(KIND).is_none_or(|was| *was == kind);
            let edit = Edit::Set { at, path: path.to_owned(), value: typed.clone() };
            match if same { edited(&self.text, &edit) } else { Err(NotEdited::NoAction) } {
                Ok(text) => {
                    self.text = text;
                    self.said = Some(Said::Changed { kind, step: at + 1 });
                }
                Err(why) => {
                    self.focus = if why == NotEdited::NoAction { String::new() } else { field_id(path) };
                    self.refused = Some(Refused { path: path.to_owned(), typed, why });
                    return;
                }
            }
        }
    }

    fn press(&mut self, button: Button) {
        match button {
            Button::Set => {}
            Button::Open(open) => {
                let was = std::mem::replace(&mut self.open, open);
                self.focus = match (open, was) {
                    (Open::Action(at), _) => self.first_field(at),
                    (Open::Place(at), _) => Button::Add(at, "talk".to_owned()).name(),
                    (Open::Nothing, Open::Action(at)) => Button::Open(Open::Action(at)).name(),
                    (Open::Nothing, Open::Place(at)) => Button::Open(Open::Place(at)).name(),
                    (Open::Nothing, Open::Nothing) => String::new(),
                };
            }
            Button::Up(at) => match at.checked_sub(1) {
                Some(to) => self.moves(at, to),
                None => self.refuse(NotEdited::NoAction),
            },
            Button::Down(at) => self.moves(at, at.saturating_add(1)),
            Button::Remove(at) => {
                let kind = self.kind(at);
                if self.edit(&Edit::Remove { at }) {
                    self.said = Some(Said::Removed { kind, step: at.saturating_add(1) });
                    self.open = match self.open {
                        Open::Action(open) if open < at => self.open,
                        Open::Action(open) if open > at => Open::Action(open - 1),
                        _ => Open::Nothing,
                    };
                    self.focus = match self.actions() {
                        0 => Button::Open(Open::Place(0)).name(),
                        left => Button::Open(Open::Action(at.min(left - 1))).name(),
                    };
                }
            }
            Button::Add(at, kind) => {
                if self.edit(&Edit::Add { at, kind: kind.clone() }) {
                    self.said = Some(Said::Added { kind, step: at.saturating_add(1) });
                    self.open = Open::Action(at);
                    self.focus = self.first_field(at);
                }
            }
        }
    }

    fn moves(&mut self, from: usize, to: usize) {
        let kind = self.kind(from);
        if !self.edit(&Edit::Move { from, to }) {
            return;
        }
        self.said = Some(Said::Moved { kind, step: to.saturating_add(1) });
        self.open = match self.open {
            Open::Action(open) if open == from => Open::Action(to),
            Open::Action(open) if open == to => Open::Action(from),
            Open::Place(_) => Open::Nothing,
            other => other,
        };
        // At either end there is no such button any more.
        let up = to != 0 && (to < from || to + 1 == self.actions());
        self.focus = if up { Button::Up(to) } else { Button::Down(to) }.name();
    }

    fn edit(&mut self, edit: &Edit) -> bool {
        match edited(&self.text, edit) {
            Ok(text) => {
                self.text = text;
                true
            }
            Err(why) => {
                self.refuse(why);
                false
            }
        }
    }

    fn refuse(&mut self, why: NotEdited) {
        self.refused = Some(Refused { path: String::new(), typed: String::new(), why });
    }

    fn kind(&self, at: usize) -> String {
        form(&self.text, at).map(|form| form.kind).unwrap_or_default()
    }

    fn first_field(&self, at: usize) -> String {
        let form = form(&self.text, at);
        form.and_then(|form| form.fields.first().map(|(path, _)| field_id(path)))
            .unwrap_or_else(|| Button::Open(Open::Action(at)).name())
    }

    fn actions(&self) -> usize {
        serde_json::from_str::<Vec<Value>>(&self.text).map_or(0, |actions| actions.len())
    }
}

#[cfg(test)]
mod tests;
