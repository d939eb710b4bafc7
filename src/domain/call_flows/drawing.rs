//! A call flow as boxes and arrows: what each action does in the words of the dry run, where it leads, and what can be set.
//!
//! | module   | what                                                                        |
//! |----------|-----------------------------------------------------------------------------|
//! | `spans`  | where the parts of a list or an object stand in the text                    |
//! | `fields` | what can be set at a box                                                    |
//! | `edit`   | one change, done to the text                                                |
//! | `act`    | what the buttons and fields of the drawing ask for                          |

pub mod act;
mod edit;
pub mod fields;
mod spans;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::act::{Open, Refused, Said};
use super::walk::alone;
use super::{FieldLines, Filling, LONGEST, Menus, PARAMS_TO, What, fill_value};
use crate::domain::ncco::{Action, Ncco};
pub use edit::{Edit, NotEdited, edited};

/// The most boxes. A flow can have thousands of actions, and its page would be megabytes.
pub const MOST: usize = 200;

/// Everything that the drawing shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// `None` of a text that is no list of actions.
    pub drawing: Option<Drawing>,
    pub open: Open,
    /// Of the box that is open.
    pub form: Option<Form>,
    pub said: Option<Said>,
    pub refused: Option<Refused>,
    /// Whom a flow can ring, by name.
    pub agents: Vec<String>,
    pub queues: Vec<String>,
}

/// The boxes of a flow, in the order in which the actions run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    pub boxes: Vec<Drawn>,
    /// How many actions have no box, because there are too many.
    pub left_out: usize,
}

/// A box: one action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// What its field `action` says; empty where it says nothing.
    pub kind: String,
    /// Where it begins in the text, from 1.
    pub line: usize,
    /// What it does; `None` where it cannot be read, which the check explains.
    pub what: Option<What>,
    /// It waits for keys, and for speech.
    pub keys: bool,
    pub speech: bool,
    pub then: Then,
    /// A caller can come to it.
    pub reached: bool,
}

/// The arrow from a box to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    Next,
    /// Only when nobody came to the telephone; else the two talk until the end.
    NotReached,
    /// Unless the answer of another server says how the call goes on.
    Unanswered,
    /// There is no arrow.
    Over,
}

/// What can be set at the open box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub at: usize,
    pub kind: String,
    /// The kind of its endpoint; empty for none.
    pub rings: String,
    /// Paths and what stands there, as somebody would type it.
    pub fields: Vec<(String, String)>,
    /// What it has besides, which is kept.
    pub others: Vec<String>,
}

/// A flow as boxes. `read` is the text with its telephones as the platform wants them. `None` where the text is no list of
/// actions, or too long to be one.
#[must_use]
pub fn drawing(text: &str, read: &str, filling: &Filling, menus: &Menus) -> Option<Drawing> {
    if text.trim().is_empty() {
        return Some(Drawing::default());
    }
    if text.len() > LONGEST {
        return None;
    }
    let actions: Vec<Value> = serde_json::from_str(text).ok()?;
    let filled: Vec<Value> = serde_json::from_str(read).ok()?;
    let lines = FieldLines::of(text);
    let mut reached = true;
    let boxes = actions.iter().zip(filled).take(MOST).enumerate().map(|(at, (action, mut filled))| {
        fill_value(&mut filled, filling);
        let drawn = Drawn { line: lines.of_field(&format!("[{at}]")), reached, ..boxed(action, &filled, menus) };
        reached &= drawn.then != Then::Over;
        drawn
    });
    let boxes = boxes.collect();
    Some(Drawing { boxes, left_out: actions.len().saturating_sub(MOST) })
}

fn boxed(action: &Value, filled: &Value, menus: &Menus) -> Drawn {
    let kind = action["action"].as_str().unwrap_or_default().to_owned();
    let read = Ncco::parse(&Value::Array(vec![filled.clone()])).ok().and_then(|flow| flow.0.into_iter().next());
    let Some(read) = read else {
        return Drawn { kind, line: 0, what: None, keys: false, speech: false, then: Then::Next, reached: true };
    };
    let (what, over) = alone(&read, menus);
    let what = what.map(|what| match what {
        // As it was written: a placeholder says more than a number of fiction.
        What::Says { text, times } => What::Says { text: action["text"].as_str().map_or(text, str::to_owned), times },
        What::Rings { seconds, .. } if action["endpoint"][0]["number"] == PARAMS_TO => {
            What::Rings { whom: PARAMS_TO.to_owned(), seconds }
        }
        // No key was pressed in a drawing.
        What::Listens { seconds, digits, url, keys, mut branches } => {
            branches.iter_mut().for_each(|branch| branch.taken = false);
            What::Listens { seconds, digits, url, keys, branches }
        }
        other => other,
    });
    let then = match read {
        _ if over => Then::Over,
        Action::Connect(_) => Then::NotReached,
        Action::Input(_) | Action::Notify(_) => Then::Unanswered,
        _ => Then::Next,
    };
    let waits = |kind: &str| action["type"].as_array().is_some_and(|kinds| kinds.iter().any(|one| one == kind));
    Drawn { keys: waits("dtmf"), speech: waits("speech"), kind, line: 0, what, then, reached: true }
}

/// What can be set at an action; `None` where there is no such action.
#[must_use]
pub fn form(text: &str, at: usize) -> Option<Form> {
    let actions: Vec<Value> = serde_json::from_str(text).ok()?;
    let action = actions.get(at)?;
    let kind = action["action"].as_str().unwrap_or_default();
    let rings = fields::rings(action);
    let shown: Vec<(&str, String)> = fields::paths(kind, rings)
        .into_iter()
        .filter_map(|path| fields::typed(action, path).map(|typed| (path, typed)))
        .collect();
    let paths: Vec<&str> = shown.iter().map(|(path, _)| *path).collect();
    let others = fields::others(action, &paths);
    let fields = shown.into_iter().map(|(path, typed)| (path.to_owned(), typed)).collect();
    Some(Form { at, kind: kind.to_owned(), rings: rings.to_owned(), fields, others })
}

#[cfg(test)]
mod tests;
