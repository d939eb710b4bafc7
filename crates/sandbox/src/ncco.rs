//! The call-flow language: what an application may ask for, read from JSON and checked as the platform checks it.
//!
//! Written from the NCCO reference ("Voice API: NCCO reference"), not from the application's own half: the two readings
//! meet over HTTP only. Pure. Where the reference is silent, unknown fields are ignored and a `null` is an absence.

mod actions;
mod documented;
mod endpoint;
mod fields;
#[cfg(test)]
mod tests;

use serde_json::Value;

use super::account::Hook;
use super::leg::Endpoint;
use actions::one;
pub use documented::undocumented;
pub use endpoint::{is_number, read_endpoint};
use fields::{Fields, Wrong};

/// More actions than this are refused: no flow that a person wrote comes near.
const MOST_ACTIONS: usize = 200;

/// An action, its defaults filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Talk(Talk),
    Stream(Stream),
    Input(Input),
    Connect(Box<Connect>),
    Conversation(Conference),
    Record(Record),
    Notify { payload: Value, hook: Hook },
    Wait { ms: u64 },
    Transfer { conversation: String, rights: Rights },
}

/// How something is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Play {
    pub barge_in: bool,
    /// None: without end.
    pub times: Option<u32>,
    /// -1 to 1.
    pub level: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Talk {
    pub text: String,
    pub language: String,
    pub style: u8,
    pub play: Play,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Stream {
    pub url: String,
    pub play: Play,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// `dtmf` is among the types.
    pub dtmf: bool,
    /// `speech` is among the types; the sandbox answers that it heard nothing.
    pub speech: bool,
    pub time_out_s: u64,
    pub max_digits: usize,
    pub submit_on_hash: bool,
    pub asynchronous: bool,
    /// It has no `type`, which the reference requires.
    pub assumed: bool,
    /// Nor any setting of today's form: it is the form that came before speech. Its keys are told as a bare text.
    pub old_form: bool,
    pub hook: Option<Hook>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Connect {
    pub endpoint: Endpoint,
    /// Keys to press when the phone has answered.
    pub dtmf_answer: Option<String>,
    /// The whisper.
    pub on_answer: Option<String>,
    pub from: Option<String>,
    pub random_from: bool,
    pub synchronous: bool,
    pub timeout_s: u64,
    pub limit_s: u64,
    pub ringback: Option<String>,
    pub hook: Option<Hook>,
}

/// Who may speak to and hear whom, by leg.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    pub can_speak: Option<Vec<String>>,
    pub can_hear: Option<Vec<String>>,
    pub mute: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Conference {
    pub name: String,
    pub start_on_enter: bool,
    pub end_on_exit: bool,
    pub music: Option<String>,
    pub record: bool,
    pub rights: Rights,
    pub hook: Option<Hook>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// One track for each leg.
    pub split: bool,
    pub end_on_silence_s: Option<u64>,
    pub end_on_key: Option<char>,
    pub time_out_s: Option<u64>,
    pub beep_start: bool,
    pub hook: Option<Hook>,
}

impl Record {
    /// Does the next action wait for its end?
    pub fn blocks(&self) -> bool {
        self.end_on_silence_s.is_some() || self.end_on_key.is_some() || self.time_out_s.is_some()
    }
}

/// Says what is wrong with an NCCO, if anything.
///
/// # Errors
/// A sentence that names the action and the field.
pub fn check(actions: &[Value]) -> Result<(), String> {
    read(actions).map(|_| ())
}

/// Reads an NCCO.
///
/// # Errors
/// As [`check`].
pub fn read(actions: &[Value]) -> Result<Vec<Action>, String> {
    if actions.len() > MOST_ACTIONS {
        return Err(format!("more than {MOST_ACTIONS} actions"));
    }
    let mut read = Vec::with_capacity(actions.len());
    for (index, value) in actions.iter().enumerate() {
        let action = value.as_object().ok_or_else(|| Wrong("must be an object".into()));
        let action = action.and_then(|fields| one(&Fields::new(fields)));
        read.push(action.map_err(|Wrong(why)| format!("Action {}: {why}.", index + 1))?);
    }
    barge_in_meets_input(&read)?;
    Ok(read)
}

/// "If you set bargeIn to true the next non-talk action in the NCCO stack must be an input action", and of a stream: "the
/// next non-stream action". So a talk with bargeIn cannot be followed by a stream, nor the other way round.
fn barge_in_meets_input(actions: &[Action]) -> Result<(), String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Plays {
        Talk,
        Stream,
    }
    let mut open = None;
    for (index, action) in actions.iter().enumerate() {
        let (plays, barge_in) = match action {
            Action::Talk(talk) => (Some(Plays::Talk), talk.play.barge_in),
            Action::Stream(stream) => (Some(Plays::Stream), stream.play.barge_in),
            Action::Input(_) => {
                open = None;
                continue;
            }
            _ => (None, false),
        };
        if open.is_some() && open != plays {
            return Err(format!("Action {}: after bargeIn an input is expected.", index + 1));
        }
        if barge_in {
            open = plays;
        }
    }
    if open.is_some() { Err("bargeIn is not followed by an input.".into()) } else { Ok(()) }
}
