//! NCCO: the call-flow language of the Voice API, every action typed.
//!
//! Source: <https://developer.vonage.com/en/voice/voice-api/ncco-reference>.
//!
//! We only ever *build* NCCOs as values and print them with serde; text is never pasted into JSON, so nothing a caller
//! typed can become an action. [`Ncco::parse`] reads what somebody else wrote, [`Ncco::check`] finds what the platform
//! would refuse. Field names are the platform's camelCase. A field that we do not know is kept and sent on: the platform
//! learns new ones more often than we do.

mod check;
mod endpoint;
mod fault;
pub mod schema;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::language::Language;
use super::phone::E164;
pub use endpoint::{App, Authorization, Endpoint, OnAnswer, Phone, Sip, Vbc, Websocket};
use fault::unreadable;
pub use fault::{Fault, Reason};

/// A call flow: actions in the order they run. When none is left, the platform ends the call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ncco(pub Vec<Action>);

/// One step of a call flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
pub enum Action {
    /// Speak a text (3.1).
    Talk(Talk),
    /// Play a sound file (3.2).
    Stream(Stream),
    /// Wait for keys or speech and ask `eventUrl` how to go on (3.3).
    Input(Input),
    /// Ring somebody else and join the two (3.4).
    Connect(Connect),
    /// Join a named conversation (3.6).
    Conversation(Conversation),
    /// Record the call (3.7).
    Record(Record),
    /// Post a payload to `eventUrl`; the answer may replace the flow (3.8).
    Notify(Notify),
    /// Do nothing for a while (3.9).
    Wait(Wait),
    /// Move every leg of this conversation into another one (3.10).
    Transfer(Transfer),
}

/// `talk`: at most 1,500 characters outside SSML tags.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Talk {
    pub text: String,
    /// A key press ends the speech; the next action that is not a talk must then be an `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barge_in: Option<bool>,
    /// How often it is said; 0 is without end.
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    /// Loudness, -1 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// BCP-47, as the platform lists them: Mandarin is `cmn-CN`, not `zh-CN`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premium: Option<bool>,
    /// A voice by its name: deprecated, and still in many flows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice_name: Option<String>,
    /// Whose voices speak, passed through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Value>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `stream`: exactly one URL of an MP3 or a 16-bit WAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    pub stream_url: Vec<String>,
    /// A key press ends the sound; the next action that is not a stream must then be an `input`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barge_in: Option<bool>,
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `input`: `type` is required since 2020; without it the platform answers in a shape that nobody expects any more.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    #[serde(rename = "type")]
    pub kinds: Vec<InputKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtmf: Option<Dtmf>,
    /// Settings of speech recognition, passed through: nothing of ours reads them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<Map<String, Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    Dtmf,
    Speech,
}

/// Note the platform's spelling: `timeOut` here and in `record`, `timeout` in `connect` and `wait`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dtmf {
    /// Seconds, 0 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_out: Option<u32>,
    /// 1 to 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_digits: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submit_on_hash: Option<bool>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `connect`: the array holds exactly one endpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connect {
    pub endpoint: Vec<Endpoint>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub random_from_number: Option<bool>,
    /// `synchronous`: the event webhook of a failed attempt may answer a new NCCO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    /// Ring time in seconds, 1 to 120; the default is 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// Longest call in seconds, 1 to 7,200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_detection: Option<String>,
    /// Takes the place of `machineDetection`; it costs extra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced_machine_detection: Option<AdvancedMachineDetection>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback_tone: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What happens when a machine answers a `connect`. Unlike everything else in a call flow its fields are snake_case.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct AdvancedMachineDetection {
    /// `continue` or `hangup`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behavior: Option<String>,
    /// `default`, `detect` or `detect_beep`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Seconds to wait for the beep, 30 to 120.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beep_timeout: Option<u32>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `conversation`: a named room. Legs stay until they leave, also when others hang up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    pub name: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub music_on_hold_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_on_enter: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_on_exit: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<bool>,
    /// Absent: everyone. Empty: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_speak: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_hear: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<bool>,
    /// Where the room's recording is told of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
    /// Passed through, as in `record`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcription: Option<Map<String, Value>>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `record`: blocks only with `endOnSilence`, `endOnKey` or `timeOut`; otherwise it runs beside the call.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_on_silence: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_on_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_out: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beep_start: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
    /// Language and where the text is told of, passed through; `{}` asks for the defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcription: Option<Map<String, Value>>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notify {
    pub payload: Map<String, Value>,
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Seconds, 0.1 to 7,200; the default is 10.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Wait {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transfer {
    pub conversation_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_hear: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_speak: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mute: Option<bool>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Ncco {
    /// Reads an NCCO that somebody else wrote. Says which action cannot be read, and why.
    ///
    /// # Errors
    /// The first action that is not of the language. What can be read but would be refused is for [`Ncco::check`].
    pub fn parse(value: &Value) -> Result<Self, Fault> {
        let Value::Array(actions) = value else {
            return Err(Fault { at: String::new(), reason: Reason::NotList });
        };
        let read = |(at, action): (usize, &Value)| {
            Action::deserialize(action).map_err(|error| Fault { at: format!("[{at}]"), reason: unreadable(&error) })
        };
        actions.iter().enumerate().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// As JSON text, the body of an answer webhook's response.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Serialising these types cannot fail: every map key is a string and every number is finite or null.
        serde_json::to_string(self).unwrap_or_else(|_| "[]".into())
    }
}

impl Talk {
    /// A text in the voice of its language.
    #[must_use]
    pub fn new(text: impl Into<String>, language: Language) -> Self {
        Self { text: text.into(), language: language.voice().map(str::to_owned), ..Self::default() }
    }
}

impl Action {
    /// Speak a text in the voice of its language.
    #[must_use]
    pub fn say(text: impl Into<String>, language: Language) -> Self {
        Self::Talk(Talk::new(text, language))
    }

    /// Speak a text in the platform's default voice.
    #[must_use]
    pub fn talk(text: impl Into<String>) -> Self {
        Self::Talk(Talk { text: text.into(), ..Talk::default() })
    }

    /// Ring a telephone, showing `from` as the caller.
    #[must_use]
    pub fn connect_phone(from: &E164, number: E164, limit_seconds: u32) -> Self {
        Self::Connect(Connect {
            from: Some(from.digits().to_owned()),
            limit: Some(limit_seconds),
            endpoint: vec![Endpoint::phone(number)],
            ..Connect::default()
        })
    }
}
