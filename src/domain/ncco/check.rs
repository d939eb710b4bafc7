//! What the platform would refuse in a call flow ("Voice API: NCCO reference").

mod ssml;

use serde_json::{Map, Value};

use super::schema;
use super::{
    Action, App, Connect, Conversation, Endpoint, Fault, Input, Ncco, Phone, Reason, Record, Sip, Stream, Talk, Vbc,
    Websocket,
};

impl Ncco {
    /// Everything the platform would refuse in order. Limits: <https://developer.vonage.com/en/voice/voice-api/ncco-reference>.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Faults(Vec::new());
        let mut barge_in = BargeIn(None);
        for (at, action) in self.0.iter().enumerate() {
            faults.action(action, &format!("[{at}]"));
            if let Some(open) = barge_in.follow(action) {
                faults.add(format!("[{at}].action"), Reason::NotInput(open.to_owned()));
            }
        }
        if let Some(open) = barge_in.0 {
            faults.add(format!("[{}].bargeIn", self.0.len().saturating_sub(1)), Reason::NotInput(open.to_owned()));
        }
        faults.0
    }
}

/// The kind of the action whose bargeIn waits for its input.
struct BargeIn(Option<&'static str>);

impl BargeIn {
    /// "If you set bargeIn to true the next non-talk action in the NCCO stack must be an input action"; of a stream, the next
    /// non-stream action. The kind that waited when it is something else.
    fn follow(&mut self, action: &Action) -> Option<&'static str> {
        let kind = match action {
            Action::Talk(_) => "talk",
            Action::Stream(_) => "stream",
            Action::Input(_) => "input",
            _ => "",
        };
        let broken = self.0.filter(|open| kind != *open && kind != "input");
        if broken.is_some() {
            self.0 = None;
        }
        match action {
            Action::Talk(Talk { barge_in: Some(true), .. }) | Action::Stream(Stream { barge_in: Some(true), .. }) => {
                self.0 = Some(kind);
            }
            Action::Input(_) => self.0 = None,
            _ => {}
        }
        broken
    }
}

struct Faults(Vec<Fault>);

impl Faults {
    /// What is wrong with one action's fields; `at` is its place, like `[1]`.
    fn action(&mut self, action: &Action, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        match action {
            Action::Talk(talk) => self.talk(talk, at),
            Action::Stream(stream) => self.stream(stream, at),
            Action::Input(input) => self.input(input, at),
            Action::Connect(connect) => self.connect(connect, at),
            Action::Conversation(room) => self.conversation(room, at),
            Action::Record(record) => self.record(record, at),
            Action::Notify(notify) => self.one_url(&notify.event_url, true, here("eventUrl")),
            Action::Wait(wait) => self.between(wait.timeout, schema::WAIT_SECONDS, here("timeout")),
            Action::Transfer(transfer) => self.unless(
                transfer.conversation_id.starts_with("CON-"),
                here("conversationId"),
                Reason::NotConversation,
            ),
        }
    }

    fn talk(&mut self, talk: &Talk, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        let spoken = ssml::spoken_length(&talk.text);
        self.unless(!talk.text.trim().is_empty(), here("text"), Reason::Empty);
        if let Err(reason) = ssml::check(&talk.text) {
            self.add(here("text"), reason);
        }
        self.unless(spoken <= 1500, here("text"), Reason::Long { is: spoken, most: 1500 });
        self.between(talk.level, schema::LEVEL, here("level"));
    }

    fn stream(&mut self, stream: &Stream, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        self.one_url(&stream.stream_url, true, here("streamUrl"));
        self.between(stream.level, schema::LEVEL, here("level"));
    }

    fn input(&mut self, input: &Input, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        self.unless(!input.kinds.is_empty(), here("type"), Reason::NoInput);
        if let Some(dtmf) = &input.dtmf {
            self.within(dtmf.time_out, schema::KEY_SECONDS, here("dtmf.timeOut"));
            self.within(dtmf.max_digits, schema::KEYS, here("dtmf.maxDigits"));
        }
        let asynchronous = input.mode.as_deref() == Some("asynchronous");
        self.one_of(input.mode.as_deref(), schema::INPUT_MODES, here("mode"));
        self.unless(!(asynchronous && input.dtmf.is_some()), here("dtmf"), Reason::Asynchronous);
        self.one_url(&input.event_url, false, here("eventUrl"));
    }

    fn connect(&mut self, connect: &Connect, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        match connect.endpoint.as_slice() {
            [endpoint] => self.endpoint(endpoint, &here("endpoint[0]")),
            several => self.add(here("endpoint"), Reason::Several(several.len())),
        }
        self.unless(
            !(connect.from.is_some() && connect.random_from_number == Some(true)),
            here("randomFromNumber"),
            Reason::Beside("from".into()),
        );
        self.one_of(connect.event_type.as_deref(), schema::EVENT_TYPES, here("eventType"));
        self.one_of(connect.machine_detection.as_deref(), schema::ON_MACHINE, here("machineDetection"));
        if let Some(detection) = &connect.advanced_machine_detection {
            let here = |field: &str| here(&format!("advancedMachineDetection.{field}"));
            self.one_of(detection.behavior.as_deref(), schema::ON_MACHINE, here("behavior"));
            self.one_of(detection.mode.as_deref(), schema::DETECTION_MODES, here("mode"));
            self.within(detection.beep_timeout, schema::BEEP_SECONDS, here("beep_timeout"));
        }
        self.within(connect.timeout, schema::RING_SECONDS, here("timeout"));
        self.within(connect.limit, schema::CALL_SECONDS, here("limit"));
        self.one_url(&connect.event_url, false, here("eventUrl"));
    }

    fn conversation(&mut self, room: &Conversation, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        self.unless(!room.name.is_empty(), here("name"), Reason::Empty);
        self.unless(
            !(room.mute == Some(true) && room.can_speak.is_some()),
            here("mute"),
            Reason::Beside("canSpeak".into()),
        );
        let music = room.music_on_hold_url.len();
        self.unless(music <= 1, here("musicOnHoldUrl"), Reason::Several(music));
        self.one_url(&room.event_url, false, here("eventUrl"));
    }

    fn record(&mut self, record: &Record, at: &str) {
        let here = |field: &str| format!("{at}.{field}");
        self.one_of(record.format.as_deref(), schema::FORMATS, here("format"));
        self.one_of(record.split.as_deref(), schema::SPLITS, here("split"));
        self.within(record.channels, schema::CHANNELS, here("channels"));
        self.unless(
            record.channels.is_none() || record.split.is_some(),
            here("channels"),
            Reason::Needs("split".into()),
        );
        self.within(record.end_on_silence, schema::SILENCE_SECONDS, here("endOnSilence"));
        self.within(record.time_out, schema::RECORD_SECONDS, here("timeOut"));
        self.one_url(&record.event_url, false, here("eventUrl"));
    }

    fn add(&mut self, at: String, reason: Reason) {
        self.0.push(Fault { at, reason });
    }
    fn unless(&mut self, fine: bool, at: String, reason: Reason) {
        if !fine {
            self.add(at, reason);
        }
    }
    /// `from` and `to` are included; no value is in range too.
    fn within(&mut self, value: Option<u32>, (from, to): (u32, u32), at: String) {
        if let Some(value) = value
            && !(from..=to).contains(&value)
        {
            let (from, to) = (from.to_string(), to.to_string());
            self.add(at, Reason::Outside { is: value.to_string(), from, to });
        }
    }
    fn between(&mut self, value: Option<f64>, (from, to): (f64, f64), at: String) {
        if let Some(value) = value
            && !(from..=to).contains(&value)
        {
            let (from, to) = (from.to_string(), to.to_string());
            self.add(at, Reason::Outside { is: value.to_string(), from, to });
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
            Endpoint::Phone(Phone { dtmf_answer, on_answer, .. }) => {
                let keys = |text: &str| text.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | 'p'));
                self.unless(dtmf_answer.as_deref().is_none_or(keys), format!("{at}.dtmfAnswer"), Reason::NotKeys);
                if let Some(whisper) = on_answer {
                    self.one_url(std::slice::from_ref(&whisper.url), true, format!("{at}.onAnswer.url"));
                }
            }
            Endpoint::App(App { user, .. }) => self.unless(!user.is_empty(), format!("{at}.user"), Reason::Empty),
            Endpoint::Websocket(Websocket { uri, content_type, headers, authorization, .. }) => {
                self.unless(
                    uri.starts_with("wss://") || uri.starts_with("ws://"),
                    format!("{at}.uri"),
                    Reason::NotUrl("ws(s)".into()),
                );
                self.one_of(Some(content_type), schema::SOUNDS, format!("{at}.content-type"));
                let size = serde_json::to_string(headers).map_or(0, |text| text.len());
                self.unless(size <= 512, format!("{at}.headers"), Reason::Large { is: size, most: 512 });
                if let Some(authorization) = authorization {
                    let at = format!("{at}.authorization");
                    self.one_of(Some(&authorization.kind), schema::AUTHORIZATIONS, format!("{at}.type"));
                    let lacks =
                        authorization.kind == "custom" && authorization.value.as_deref().is_none_or(str::is_empty);
                    self.unless(!lacks, format!("{at}.value"), Reason::Missing);
                }
            }
            Endpoint::Sip(Sip { uri: Some(uri), domain, user, .. }) => {
                self.unless(uri.starts_with("sip"), format!("{at}.uri"), Reason::NotUrl("SIP".into()));
                let alone = domain.is_none() && user.is_none();
                self.unless(alone, format!("{at}.uri"), Reason::Beside("domain".into()));
            }
            Endpoint::Sip(Sip { domain: Some(_), user, .. }) => {
                self.unless(user.is_some(), format!("{at}.domain"), Reason::Needs("user".into()));
            }
            Endpoint::Sip(_) => self.add(format!("{at}.uri"), Reason::Missing),
            Endpoint::Vbc(Vbc { extension, .. }) => {
                self.unless(!extension.is_empty(), format!("{at}.extension"), Reason::Empty);
            }
        }
    }
}

impl Action {
    /// Where this action has fields that we do not know, like `dtmf.timeout` or `endpoint[0].colour`.
    #[must_use]
    pub fn unknown_fields(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut note = |at: &str, other: &Map<String, Value>| {
            found.extend(other.keys().map(|name| format!("{at}{name}")));
        };
        match self {
            Self::Talk(talk) => note("", &talk.other),
            Self::Stream(stream) => note("", &stream.other),
            Self::Input(input) => {
                note("", &input.other);
                if let Some(dtmf) = &input.dtmf {
                    note("dtmf.", &dtmf.other);
                }
            }
            Self::Connect(connect) => {
                note("", &connect.other);
                if let Some(detection) = &connect.advanced_machine_detection {
                    note("advancedMachineDetection.", &detection.other);
                }
                for (at, endpoint) in connect.endpoint.iter().enumerate() {
                    let at = format!("endpoint[{at}].");
                    note(&at, endpoint.other());
                    if let Endpoint::Phone(Phone { on_answer: Some(whisper), .. }) = endpoint {
                        note(&format!("{at}onAnswer."), &whisper.other);
                    }
                }
            }
            Self::Conversation(room) => note("", &room.other),
            Self::Record(record) => note("", &record.other),
            Self::Notify(notify) => note("", &notify.other),
            Self::Wait(wait) => note("", &wait.other),
            Self::Transfer(transfer) => note("", &transfer.other),
        }
        found
    }
}

impl Endpoint {
    fn other(&self) -> &Map<String, Value> {
        match self {
            Self::Phone(phone) => &phone.other,
            Self::App(app) => &app.other,
            Self::Websocket(socket) => &socket.other,
            Self::Sip(sip) => &sip.other,
            Self::Vbc(vbc) => &vbc.other,
        }
    }
}
