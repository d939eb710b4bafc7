//! Lists of the console: earlier calls, and messages.

use serde::{Deserialize, Serialize};

use super::Disposition;
use crate::domain::contact_center::message::Message;
use crate::domain::party::Party;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryShow {
    /// This agent's calls.
    #[default]
    Mine,
    /// Everybody's.
    All,
    /// Callers whom no agent talked to, whichever agent was meant.
    Missed,
    /// Callers who asked to be called back, and were not yet.
    Callbacks,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub call: String,
    pub at: i64,
    pub outbound: bool,
    pub who: Party,
    /// What `Command::Dial` takes to call back; `None` when there is no number.
    pub dial: Option<String>,
    /// The page a visitor called from.
    #[serde(default)]
    pub page: Option<String>,
    pub agent: Option<String>,
    pub result: HistoryResult,
    pub talk_seconds: Option<u32>,
    pub waited_seconds: Option<u32>,
    pub disposition: Option<Disposition>,
    pub note: Option<String>,
    /// Who is calling back, or has.
    pub claimed_by: Option<String>,
    /// Calls back that reached nobody.
    pub tries: u32,
    /// A missed caller was talked to after all.
    pub returned: bool,
    /// Missed or asked for a call back, and nobody has looked yet.
    pub unseen: bool,
    pub voicemail: Option<String>,
    /// Its end was not told: the platform was asked.
    #[serde(default)]
    pub lost: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryResult {
    /// Still going on.
    Running,
    Answered,
    /// The caller left before anybody answered.
    Abandoned,
    Voicemail,
    Callback,
    /// A menu or a call flow did for the caller what they chose.
    Served,
    /// An outgoing call that was not taken.
    NotReached,
}

/// A page of the history, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    pub rows: Vec<HistoryRow>,
    /// Where the next page starts; `None` on the last one.
    pub older: Option<String>,
}

/// A message somebody left. The audio is `GET /console/voicemails/{id}` (WAV or MP3, with ranges not supported).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voicemail {
    pub id: String,
    pub call: String,
    pub at: i64,
    pub who: Party,
    pub dial: Option<String>,
    /// For whom, when the caller asked for somebody.
    pub wanted: Option<String>,
    pub seconds: u32,
    pub heard: bool,
    /// Nobody has talked to its caller yet.
    pub owed: bool,
    /// Who is calling its caller back, or has.
    pub claimed_by: Option<String>,
    /// Its caller was talked to after all.
    pub returned: bool,
    pub message: Message,
}
