//! NCCO: the call-flow language of the Voice API, every action typed.
//!
//! Source: <https://developer.vonage.com/en/voice/voice-api/ncco-reference>.
//!
//! We only ever *build* NCCOs as values and print them with serde; text is never pasted into JSON, so nothing a caller
//! typed can become an action. [`Ncco::parse`] reads what somebody else wrote, [`Ncco::check`] finds what the platform
//! would refuse. Field names are the platform's camelCase. A field that we do not know is kept and sent on: the platform
//! learns new ones more often than we do.

mod check;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::dial_policy::Rule;
use super::phone::{E164, PhoneError};

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

/// Whom a `connect` rings (3.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Endpoint {
    Phone(Phone),
    App(App),
    Websocket(Websocket),
    Sip(Sip),
    Vbc(Vbc),
}

impl Endpoint {
    /// A telephone, without keys to press and without a whisper.
    #[must_use]
    pub fn phone(number: E164) -> Self {
        Self::Phone(Phone { number, dtmf_answer: None, on_answer: None, shaken: None, other: Map::new() })
    }

    /// A Client SDK user, by name.
    #[must_use]
    pub fn app(user: impl Into<String>) -> Self {
        Self::App(App { user: user.into(), other: Map::new() })
    }
}

/// A telephone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phone {
    pub number: E164,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtmf_answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_answer: Option<OnAnswer>,
    /// The STIR/SHAKEN identity of the call, passed through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shaken: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A Client SDK user, by name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct App {
    pub user: String,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A WebSocket that gets the call's audio, and whose audio the call hears.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Websocket {
    pub uri: String,
    pub content_type: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// What the opening request says of who is calling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Authorization>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `vonage`: a token of the platform's. `custom`: `value`, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Authorization {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// A SIP address: a `uri`, or a `domain` of the account's with a `user` there.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sip {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Sent as `X-` headers.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// Sent under their own names, such as `User-to-User`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub standard_headers: Map<String, Value>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An extension of Vonage Business Communications.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Vbc {
    pub extension: String,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// The whisper: an NCCO that runs on the called leg before it is joined.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnAnswer {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback_tone: Option<String>,
    /// The older name of `ringbackTone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback: Option<String>,
    /// Fields that we do not know, kept as they were written.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `conversation`: a named room. Legs stay until they leave, whoever else hangs up.
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

/// What the reader says: a word that it does not know, among those that it does, has a kind of its own.
fn unreadable(error: &serde_json::Error) -> Reason {
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

impl Action {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn prints_the_platforms_names() {
        let from = E164::parse("442079460000").unwrap();
        let to = E164::parse("+44 7700 900000").unwrap();
        let ncco = Ncco(vec![Action::talk("Hello"), Action::connect_phone(&from, to, 1800)]);
        let expected = json!([
            {"action": "talk", "text": "Hello"},
            {"action": "connect", "from": "442079460000", "limit": 1800,
             "endpoint": [{"type": "phone", "number": "447700900000"}]},
        ]);
        assert_eq!(serde_json::to_value(&ncco).unwrap(), expected);
        assert_eq!(Ncco::parse(&expected), Ok(ncco.clone()));
        assert_eq!(ncco.check(), vec![]);
    }

    #[test]
    fn reads_the_ivr_of_the_documents() {
        let value = json!([
            {"action": "talk", "text": "Thank you for calling my contact center."},
            {"action": "talk", "text": "To talk to Jane, please press 1, or, to talk to Joe, press 2.", "bargeIn": true},
            {"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 1, "timeOut": 10}, "eventUrl": ["https://app/webhooks/dtmf"]},
        ]);
        let ncco = Ncco::parse(&value).unwrap();
        assert_eq!(ncco.check(), vec![]);
        assert_eq!(serde_json::to_value(&ncco).unwrap(), value);
    }

    #[test]
    fn names_the_action_that_cannot_be_read() {
        let fault = Ncco::parse(&json!([{"action": "talk", "text": "x"}, {"action": "pay"}])).unwrap_err();
        assert_eq!(fault.at, "[1]");
        let known = matches!(&fault.reason, Reason::NotOneOf { is, allowed } if is == "pay" && allowed[0] == "talk");
        assert!(known, "{fault}");
        assert!(Ncco::parse(&json!({"action": "talk"})).is_err());
    }

    #[test]
    fn finds_what_the_platform_refuses() {
        let cases = [
            (json!([{"action": "talk", "text": ""}]), "[0].text"),
            (json!([{"action": "talk", "text": "a".repeat(1501)}]), "[0].text"),
            (json!([{"action": "talk", "text": "a", "level": 2}]), "[0].level"),
            (json!([{"action": "talk", "text": "a", "bargeIn": true}, {"action": "record"}]), "[1].action"),
            (json!([{"action": "input", "type": []}]), "[0].type"),
            (json!([{"action": "input", "type": ["dtmf"], "dtmf": {"timeOut": 45}}]), "[0].dtmf.timeOut"),
            (json!([{"action": "connect", "endpoint": []}]), "[0].endpoint"),
            (
                json!([{"action": "connect", "from": "1", "randomFromNumber": true, "endpoint": [{"type": "app", "user": "a"}]}]),
                "[0].randomFromNumber",
            ),
            (
                json!([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://x", "content-type": "audio/l16;rate=44100"}]}]),
                "[0].endpoint[0].content-type",
            ),
            (json!([{"action": "notify", "payload": {}, "eventUrl": []}]), "[0].eventUrl"),
            (json!([{"action": "conversation", "name": "a", "mute": true, "canSpeak": []}]), "[0].mute"),
            (json!([{"action": "record", "channels": 2}]), "[0].channels"),
            (json!([{"action": "wait", "timeout": 0}]), "[0].timeout"),
            (json!([{"action": "talk", "text": "a", "bargeIn": true}]), "[0].bargeIn"),
            (
                json!([{"action": "connect", "endpoint": [{"type": "sip", "domain": "example"}]}]),
                "[0].endpoint[0].domain",
            ),
            (json!([{"action": "connect", "endpoint": [{"type": "sip"}]}]), "[0].endpoint[0].uri"),
            (
                json!([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://x", "content-type": "audio/l16;rate=8000", "authorization": {"type": "custom"}}]}]),
                "[0].endpoint[0].authorization.value",
            ),
        ];
        for (value, at) in cases {
            let faults = Ncco::parse(&value).unwrap().check();
            assert_eq!(faults.iter().map(|f| f.at.as_str()).collect::<Vec<_>>(), [at], "{value}");
        }
    }

    /// Every field that the reference has, and fields that nobody has.
    #[test]
    fn cases_9_to_12_what_was_written_is_sent_unchanged() {
        let flows = [
            json!([{"action": "talk", "text": "a", "voiceName": "Amy", "provider": {"name": "x"}, "pitch": 3}]),
            json!([{"action": "stream", "streamUrl": ["https://example.com/a.mp3"], "fade": {"in": 1}}]),
            json!([{"action": "input", "type": ["speech"], "speech": {"language": "de-DE", "startTimeout": 5},
                    "dtmf": {"timeOut": 3, "new": [1, 2]}, "later": null, "eventUrl": ["https://example.com"]}]),
            json!([{"action": "connect", "from": "442079460000", "other": true,
                    "advancedMachineDetection": {"behavior": "hangup", "mode": "detect", "beep_timeout": 90, "x": 1},
                    "endpoint": [{"type": "phone", "number": "447700900456", "shaken": "eyJ", "label": "door",
                                  "onAnswer": {"url": "https://example.com/w", "ringback": "https://example.com/r.mp3", "y": 2}}]}]),
            json!([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://bot.example.com/b",
                    "content-type": "audio/l16;rate=24000", "headers": {"a": {"b": []}},
                    "authorization": {"type": "custom", "value": "Bearer y"}, "codec": "x"}]}]),
            json!([{"action": "connect", "endpoint": [{"type": "sip", "uri": "sip:desk@example.org",
                    "headers": {"k": "v"}, "standardHeaders": {"User-to-User": "def"}, "z": 0.5}]}]),
            json!([{"action": "connect", "endpoint": [{"type": "sip", "domain": "other", "user": "ann"}]}]),
            json!([{"action": "connect", "endpoint": [{"type": "vbc", "extension": "42", "w": "x"}]}]),
            json!([{"action": "conversation", "name": "daily", "record": true, "eventMethod": "GET",
                    "eventUrl": ["https://example.com/room"], "transcription": {}, "region": "eu"}]),
            json!([{"action": "record", "split": "conversation", "channels": 4, "keep": "7d",
                    "transcription": {"language": "fr-FR", "sentimentAnalysis": true}}]),
            json!([{"action": "notify", "payload": {"a": [null]}, "eventUrl": ["https://example.com"], "q": 1}]),
            json!([{"action": "wait", "timeout": 1.5, "why": "x"}]),
            json!([{"action": "transfer", "conversationId": "CON-1", "keepAlive": true}]),
        ];
        for mut flow in flows {
            let ncco = Ncco::parse(&flow).unwrap();
            let sent = serde_json::to_value(&ncco).unwrap();
            // An explicit null says nothing.
            flow[0].as_object_mut().unwrap().retain(|_, value| !value.is_null());
            let mut sent = sent;
            sent[0].as_object_mut().unwrap().retain(|_, value| !value.is_null());
            assert_eq!(sent, flow);
            assert_eq!(ncco.check(), vec![], "{flow}");
        }
    }

    #[test]
    fn p3_only_more_of_its_kind_stands_between_barge_in_and_its_input() {
        let talk = |barge_in: bool| json!({"action": "talk", "text": "a", "bargeIn": barge_in});
        let stream = |barge_in: bool| json!({"action": "stream", "streamUrl": ["https://x/y"], "bargeIn": barge_in});
        let input = json!({"action": "input", "type": ["dtmf"]});
        let faults = |flow: Value| Ncco::parse(&flow).unwrap().check().into_iter().map(|f| f.at).collect::<Vec<_>>();
        assert_eq!(faults(json!([talk(true), stream(true), input])), ["[1].action"]);
        assert_eq!(faults(json!([stream(true), talk(false), input])), ["[1].action"]);
        for fine in [
            json!([talk(true), talk(false), input]),
            json!([talk(true), input, stream(true), input]),
            json!([talk(false), stream(true), stream(false), input]),
        ] {
            assert_eq!(faults(fine), Vec::<String>::new());
        }
    }

    #[test]
    fn p4_a_connect_rings_for_1_to_120_seconds() {
        let fine = |seconds: u32| {
            let flow = json!([{"action": "connect", "timeout": seconds, "endpoint": [{"type": "app", "user": "a"}]}]);
            Ncco::parse(&flow).unwrap().check().is_empty()
        };
        assert_eq!([0, 1, 2, 120, 121, 7200].map(fine), [false, true, true, true, false, false]);
    }

    #[test]
    fn ssml_tags_are_not_spoken() {
        let text = format!("<speak><prosody rate='slow'>{}</prosody></speak>", "a".repeat(1500));
        assert_eq!(Ncco(vec![Action::talk(text)]).check(), vec![]);
    }
}
