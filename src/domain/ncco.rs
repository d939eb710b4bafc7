//! NCCO: the call-flow language of the Voice API, every action typed (`vonage.md` section 3).
//!
//! We only ever *build* NCCOs as values and print them with serde; text is never pasted into JSON, so nothing a caller
//! typed can become an action. [`Ncco::parse`] reads what somebody else wrote, [`Ncco::check`] finds what the platform
//! would refuse. Field names are the platform's camelCase.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::phone::E164;

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
}

/// `stream`: exactly one URL of an MP3 or a 16-bit WAV.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stream {
    pub stream_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barge_in: Option<bool>,
    #[serde(default, rename = "loop", skip_serializing_if = "Option::is_none")]
    pub repeat: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<f64>,
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InputKind {
    Dtmf,
    Speech,
}

/// Note the platform's spelling: `timeOut` here and in `record`, `timeout` in `connect` and `wait`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
    /// Ring time in seconds, default 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u32>,
    /// Longest call in seconds, 1 to 7,200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_detection: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback_tone: Option<String>,
}

/// Whom a `connect` rings (3.5).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Endpoint {
    #[serde(rename_all = "camelCase")]
    Phone {
        number: E164,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dtmf_answer: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_answer: Option<OnAnswer>,
    },
    /// A Client SDK user, by name.
    App {
        user: String,
    },
    Websocket {
        uri: String,
        #[serde(rename = "content-type")]
        content_type: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        headers: Map<String, Value>,
    },
    Sip {
        uri: String,
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        headers: Map<String, Value>,
    },
    Vbc {
        extension: String,
    },
}

/// The whisper: an NCCO that runs on the called leg before it is joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnAnswer {
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringback_tone: Option<String>,
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
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notify {
    pub payload: Map<String, Value>,
    pub event_url: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_method: Option<String>,
}

/// Seconds, 0.1 to 7,200; the default is 10.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Wait {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<f64>,
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
    #[error("must be input: an earlier action has bargeIn")]
    NotInput,
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

    /// Everything the platform would refuse (limits of `vonage.md` section 3), in order.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        let mut barge_in = false;
        for (at, action) in self.0.iter().enumerate() {
            let here = |field: &str| format!("[{at}].{field}");
            match action {
                Action::Talk(talk) => {
                    let spoken = spoken_length(&talk.text);
                    faults.unless(!talk.text.trim().is_empty(), here("text"), Reason::Empty);
                    faults.unless(spoken <= 1500, here("text"), Reason::Long { is: spoken, most: 1500 });
                    faults.level(talk.level, here("level"));
                    barge_in |= talk.barge_in == Some(true);
                }
                Action::Stream(stream) => {
                    faults.one_url(&stream.stream_url, true, here("streamUrl"));
                    faults.level(stream.level, here("level"));
                    barge_in |= stream.barge_in == Some(true);
                }
                Action::Input(input) => {
                    faults.unless(!input.kinds.is_empty(), here("type"), Reason::NoInput);
                    if let Some(dtmf) = input.dtmf {
                        faults.within(dtmf.time_out, 0..=10, here("dtmf.timeOut"));
                        faults.within(dtmf.max_digits, 1..=20, here("dtmf.maxDigits"));
                    }
                    let asynchronous = input.mode.as_deref() == Some("asynchronous");
                    faults.one_of(input.mode.as_deref(), &["synchronous", "asynchronous"], here("mode"));
                    faults.unless(!(asynchronous && input.dtmf.is_some()), here("dtmf"), Reason::Asynchronous);
                    faults.one_url(&input.event_url, false, here("eventUrl"));
                }
                Action::Connect(connect) => {
                    match connect.endpoint.as_slice() {
                        [endpoint] => faults.endpoint(endpoint, &here("endpoint[0]")),
                        several => faults.add(here("endpoint"), Reason::Several(several.len())),
                    }
                    faults.unless(
                        !(connect.from.is_some() && connect.random_from_number == Some(true)),
                        here("randomFromNumber"),
                        Reason::Beside("from".into()),
                    );
                    faults.one_of(connect.event_type.as_deref(), &["synchronous"], here("eventType"));
                    faults.one_of(
                        connect.machine_detection.as_deref(),
                        &["continue", "hangup"],
                        here("machineDetection"),
                    );
                    faults.within(connect.timeout, 3..=7200, here("timeout"));
                    faults.within(connect.limit, 1..=7200, here("limit"));
                    faults.one_url(&connect.event_url, false, here("eventUrl"));
                }
                Action::Conversation(room) => {
                    faults.unless(!room.name.is_empty(), here("name"), Reason::Empty);
                    faults.unless(
                        !(room.mute == Some(true) && room.can_speak.is_some()),
                        here("mute"),
                        Reason::Beside("canSpeak".into()),
                    );
                    let music = room.music_on_hold_url.len();
                    faults.unless(music <= 1, here("musicOnHoldUrl"), Reason::Several(music));
                }
                Action::Record(record) => {
                    faults.one_of(record.format.as_deref(), &["mp3", "wav", "ogg"], here("format"));
                    faults.one_of(record.split.as_deref(), &["conversation"], here("split"));
                    faults.within(record.channels, 1..=32, here("channels"));
                    faults.unless(
                        record.channels.is_none() || record.split.is_some(),
                        here("channels"),
                        Reason::Needs("split".into()),
                    );
                    faults.within(record.end_on_silence, 3..=10, here("endOnSilence"));
                    faults.within(record.time_out, 3..=7200, here("timeOut"));
                    faults.one_url(&record.event_url, false, here("eventUrl"));
                }
                Action::Notify(notify) => faults.one_url(&notify.event_url, true, here("eventUrl")),
                Action::Wait(wait) => faults.unless(
                    wait.timeout.is_none_or(|s| (0.1..=7200.0).contains(&s)),
                    here("timeout"),
                    Reason::Outside {
                        is: wait.timeout.unwrap_or_default().to_string(),
                        from: "0.1".into(),
                        to: "7200".into(),
                    },
                ),
                Action::Transfer(transfer) => faults.unless(
                    transfer.conversation_id.starts_with("CON-"),
                    here("conversationId"),
                    Reason::NotConversation,
                ),
            }
            match action {
                Action::Talk(_) | Action::Stream(_) => {}
                Action::Input(_) => barge_in = false,
                _ => faults.unless(!barge_in, format!("[{at}].action"), Reason::NotInput),
            }
        }
        faults.0
    }
}

/// Characters that are spoken: what stands outside SSML tags when the text is SSML, else all of them.
fn spoken_length(text: &str) -> usize {
    if !text.trim_start().starts_with("<speak>") {
        return text.chars().count();
    }
    let mut inside = false;
    text.chars()
        .filter(|c| match c {
            '<' => {
                inside = true;
                false
            }
            '>' => {
                inside = false;
                false
            }
            _ => !inside,
        })
        .count()
}

/// What the reader says: a word that it does not know, among those that it does, has a kind of its own.
fn unreadable(error: &serde_json::Error) -> Reason {
    let text = error.to_string();
    let mut words =
        text.strip_prefix("unknown variant ").into_iter().flat_map(|rest| rest.split('`').skip(1).step_by(2));
    match words.next() {
        Some(is) => Reason::NotOneOf { is: is.to_owned(), allowed: words.map(str::to_owned).collect() },
        None => Reason::Unreadable(text),
    }
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, at: String, reason: Reason) {
        self.0.push(Fault { at, reason });
    }
    fn unless(&mut self, fine: bool, at: String, reason: Reason) {
        if !fine {
            self.add(at, reason);
        }
    }
    fn within(&mut self, value: Option<u32>, range: std::ops::RangeInclusive<u32>, at: String) {
        if let Some(value) = value
            && !range.contains(&value)
        {
            let (from, to) = (range.start().to_string(), range.end().to_string());
            self.add(at, Reason::Outside { is: value.to_string(), from, to });
        }
    }
    fn level(&mut self, level: Option<f64>, at: String) {
        if let Some(level) = level
            && !(-1.0..=1.0).contains(&level)
        {
            self.add(at, Reason::Outside { is: level.to_string(), from: "-1".into(), to: "1".into() });
        }
    }
    fn one_of(&mut self, value: Option<&str>, allowed: &[&str], at: String) {
        if let Some(is) = value.filter(|value| !allowed.contains(value)) {
            let allowed = allowed.iter().map(|one| (*one).to_owned()).collect();
            self.add(at, Reason::NotOneOf { is: is.to_owned(), allowed });
        }
    }
    fn one_url(&mut self, urls: &[String], required: bool, at: String) {
        match urls {
            [] => self.unless(!required, at, Reason::Missing),
            [url] => self.unless(
                url.starts_with("https://") || url.starts_with("http://"),
                at,
                Reason::NotUrl("http(s)".into()),
            ),
            several => self.add(at, Reason::Several(several.len())),
        }
    }
    fn endpoint(&mut self, endpoint: &Endpoint, at: &str) {
        match endpoint {
            Endpoint::Phone { dtmf_answer, on_answer, .. } => {
                let keys = |text: &str| text.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | 'p'));
                self.unless(dtmf_answer.as_deref().is_none_or(keys), format!("{at}.dtmfAnswer"), Reason::NotKeys);
                if let Some(whisper) = on_answer {
                    self.one_url(std::slice::from_ref(&whisper.url), true, format!("{at}.onAnswer.url"));
                }
            }
            Endpoint::App { user } => self.unless(!user.is_empty(), format!("{at}.user"), Reason::Empty),
            Endpoint::Websocket { uri, content_type, headers } => {
                self.unless(
                    uri.starts_with("wss://") || uri.starts_with("ws://"),
                    format!("{at}.uri"),
                    Reason::NotUrl("ws(s)".into()),
                );
                let rates = ["audio/l16;rate=8000", "audio/l16;rate=16000", "audio/l16;rate=24000"];
                self.one_of(Some(content_type), &rates, format!("{at}.content-type"));
                let size = serde_json::to_string(headers).map_or(0, |text| text.len());
                self.unless(size <= 512, format!("{at}.headers"), Reason::Large { is: size, most: 512 });
            }
            Endpoint::Sip { uri, .. } => {
                self.unless(uri.starts_with("sip"), format!("{at}.uri"), Reason::NotUrl("SIP".into()))
            }
            Endpoint::Vbc { extension } => self.unless(!extension.is_empty(), format!("{at}.extension"), Reason::Empty),
        }
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
            endpoint: vec![Endpoint::Phone { number, dtmf_answer: None, on_answer: None }],
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
        ];
        for (value, at) in cases {
            let faults = Ncco::parse(&value).unwrap().check();
            assert_eq!(faults.iter().map(|f| f.at.as_str()).collect::<Vec<_>>(), [at], "{value}");
        }
    }

    #[test]
    fn ssml_tags_are_not_spoken() {
        let text = format!("<speak><prosody rate='slow'>{}</prosody></speak>", "a".repeat(1500));
        assert_eq!(Ncco(vec![Action::talk(text)]).check(), vec![]);
    }
}
