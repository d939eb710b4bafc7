//! What is wrong with a call flow, and where.

use serde::{Deserialize, Serialize};

use crate::domain::dial_policy::Rule;
use crate::domain::phone::PhoneError;

/// Something the platform would refuse, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{at}: {reason}")]
pub struct Fault {
    /// Like `[1].endpoint[0].number`.
    pub at: String,
    pub reason: Reason,
}

/// What is wrong with a field, as the end of a sentence that begins with it. Pages have words of their own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Reason {
    #[error("is missing")]
    Missing,
    #[error("is empty")]
    Empty,
    #[error("has {is} characters, {most} are allowed")]
    Long { is: usize, most: usize },
    #[error("has {is} bytes, {most} are allowed")]
    Large { is: usize, most: usize },
    /// From and to, both included.
    #[error("is {is}, allowed is {from} to {to}")]
    Outside { is: String, from: String, to: String },
    #[error("is {is:?}, allowed is {}", allowed.join(", "))]
    NotOneOf { is: String, allowed: Vec<String> },
    /// The schemes that it may have.
    #[error("is not a URL of the kind {0}")]
    NotUrl(String),
    #[error("holds {0} URLs or endpoints, exactly 1 is allowed")]
    Several(usize),
    /// The other field.
    #[error("cannot stand beside {0}")]
    Beside(String),
    /// The other field.
    #[error("needs {0}")]
    Needs(String),
    #[error("names neither dtmf nor speech")]
    NoInput,
    #[error("has no settings in asynchronous mode")]
    Asynchronous,
    #[error("may hold 0-9, *, # and p")]
    NotKeys,
    #[error("is not a conversation id")]
    NotConversation,
    #[error("must be input: bargeIn of an earlier {0} allows nothing but more of its kind before that")]
    NotInput(String),
    #[error("a call flow is a list of actions: [ … ]")]
    NotList,
    #[error("there is no action: the caller would be cut off at once")]
    NoAction,
    #[error("an action is an object: {{ \"action\": … }}")]
    NotObject,
    #[error("this is not JSON: {reason} (column {column})")]
    NotJson { reason: String, column: usize },
    /// A word that is shaped like a placeholder, and those that there are.
    #[error("{word} is no placeholder; there are {known}")]
    NoPlaceholder { word: String, known: String },
    #[error("the platform ignores this field here")]
    Ignored,
    #[error("is not known to Switchboard; it is sent on as it is")]
    Unknown,
    /// What was written, in quotes.
    #[error("is {0:?}: write it without quotes")]
    Quoted(String),
    #[error("must be in quotes")]
    Unquoted,
    #[error("must be a list: [ … ]")]
    NotInList,
    /// The parser's own words, and where in the text.
    #[error("is SSML that is not well-formed XML: {reason} (character {at})")]
    NotXml { reason: String, at: usize },
    #[error("is SSML, which begins with <speak> and ends with </speak>")]
    NotSpeak,
    #[error(
        "is no number of yours: the person who is called sees it as unknown, unless it is the caller's own or was verified for you"
    )]
    NotOurs,
    /// The name of an app user whom nobody knows.
    #[error("names {0:?}, and there is no such user")]
    NoUser(String),
    /// The name of a queue that is not there.
    #[error("names the queue {0:?}, and there is no such queue")]
    NoQueue(String),
    /// A telephone that is no number.
    #[error("{0}")]
    Phone(PhoneError),
    /// A telephone that may not be dialled.
    #[error("{0}")]
    Dial(Rule),
    /// The reader's own words.
    #[error("{0}")]
    Unreadable(String),
}

/// What the reader says: a word that it does not know, among those that it does, has a kind of its own.
pub(super) fn unreadable(error: &serde_json::Error) -> Reason {
    let text = error.to_string();
    let mut words =
        text.strip_prefix("unknown variant ").into_iter().flat_map(|rest| rest.split('`').skip(1).step_by(2));
    if let Some(is) = words.next() {
        return Reason::NotOneOf { is: is.to_owned(), allowed: words.map(str::to_owned).collect() };
    }
    // `invalid type: string "10", expected u32`
    let Some((found, expected)) = text.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    else {
        return Reason::Unreadable(text);
    };
    let written = found.strip_prefix("string ").map(|quoted| quoted.trim_matches('"').to_owned());
    let wants = |kinds: &[&str]| kinds.iter().any(|kind| expected.starts_with(kind));
    match written {
        Some(is) if wants(&["u32", "f64", "a boolean"]) => Reason::Quoted(is),
        Some(_) if wants(&["a sequence"]) => Reason::NotInList,
        None if wants(&["a string"]) && (found.starts_with("integer") || found.starts_with("boolean")) => {
            Reason::Unquoted
        }
        _ => Reason::Unreadable(text),
    }
}
