//! What callers hear: the call flows of the contact centre, built as values.

use crate::domain::click_to_call::TRANSFERRING;
use crate::domain::language::Written;
use crate::domain::ncco::Conversation;
use crate::domain::ncco::{Action, Connect, Dtmf, Endpoint, Input, InputKind, Ncco, Record, Stream, Talk, Transfer};
use crate::domain::phone::E164;
use crate::domain::spoken::{Speech, Text};

use super::call::DeskCall;
use super::story::WhyLeft;

pub mod closed;
pub mod menu;

/// How long a telephone that an agent calls rings.
pub const DIAL_SECONDS: u32 = 20;
/// How long a telephone rings that a caller is handed to.
pub const HAND_OVER_SECONDS: u32 = 30;
/// The longest call, in seconds: the platform's own limit.
pub const LIMIT_SECONDS: u32 = 7_200;
/// The longest message, in seconds.
pub const MESSAGE_SECONDS: u32 = 120;

/// Who waits in the queue: what they can be offered depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiter {
    /// A telephone whose number we know.
    Telephone,
    /// A telephone that hides its number: nobody can call it back.
    Withheld,
    /// A visitor in a browser. Their page shows their place, and has buttons for what others have keys for.
    Visitor,
}

impl Waiter {
    #[must_use]
    pub fn of(call: &DeskCall) -> Self {
        match (&call.user, &call.number) {
            (Some(_), _) => Self::Visitor,
            (None, Some(_)) => Self::Telephone,
            (None, None) => Self::Withheld,
        }
    }

    /// What they may do instead of waiting.
    fn offer(self) -> Text {
        match self {
            Self::Telephone => Text::OfferTelephone,
            Self::Withheld => Text::OfferWithheld,
            Self::Visitor => Text::OfferVisitor,
        }
    }

    /// How they leave a message. A browser's visitor is told of no key: hanging up does the same.
    fn message(self) -> Text {
        match self {
            Self::Visitor => Text::LeaveMessageVisitor,
            Self::Telephone | Self::Withheld => Text::LeaveMessage,
        }
    }
}

/// Where somebody stands who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// 1 is next.
    pub position: u32,
    /// How long callers waited lately, where they are told.
    pub minutes: Option<u32>,
    /// They are told for the first time.
    pub first: bool,
    /// Several agents ring for them: then nobody says that all are busy.
    pub rings: bool,
    /// Seconds until they are told again; `None`: when the music is over.
    pub announce_s: Option<u32>,
    /// What they hear, by id; `None`: the music that is built in.
    pub music: Option<&'a str>,
}

/// Our addresses, as the platform reaches them, and what a caller hears in their language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// `https://calls.example.com`, without a slash at the end.
    pub base: String,
    pub speech: Speech,
}

impl Hooks {
    pub(super) fn event(&self) -> Vec<String> {
        vec![format!("{}/webhooks/event", self.base)]
    }

    pub(super) fn dtmf(&self) -> Vec<String> {
        vec![format!("{}/webhooks/dtmf", self.base)]
    }

    fn recording(&self) -> Vec<String> {
        vec![format!("{}/webhooks/recording", self.base)]
    }

    /// Music on hold, a WAV file: the operator's own by its id, or what is built in.
    #[must_use]
    pub fn music(&self, id: Option<&str>) -> String {
        let base = &self.base;
        id.map_or_else(|| format!("{base}/audio/hold.wav"), |id| format!("{base}/audio/music/{id}.wav"))
    }

    /// The same music, repeated or cut to last `seconds`; `None`: its own length.
    fn music_for(&self, id: Option<&str>, seconds: Option<u32>) -> String {
        let music = self.music(id);
        seconds.map_or_else(|| music.clone(), |seconds| format!("{music}?seconds={seconds}"))
    }

    /// Rings an agent's browser. What becomes of it is asked of us, so that somebody else can be rung.
    fn ring(&self, agent: &str, seconds: u32) -> Action {
        Action::Connect(Connect {
            endpoint: vec![Endpoint::app(agent)],
            timeout: Some(seconds),
            limit: Some(LIMIT_SECONDS),
            event_type: Some("synchronous".into()),
            event_url: self.event(),
            ..Connect::default()
        })
    }

    /// The first answer to a caller for whom an agent is free: a greeting, then the agent, who is rung for `ring_s` seconds.
    /// `wanted` is whom they called.
    #[must_use]
    pub fn inbound(&self, greeting: Option<Written<'_>>, wanted: Option<&str>, agent: &str, ring_s: u32) -> Ncco {
        let greeting = greeting.filter(|greeting| !greeting.text.trim().is_empty());
        let mut actions: Vec<Action> =
            greeting.map(|greeting| Action::Talk(self.speech.written(greeting))).into_iter().collect();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != agent) {
            actions.push(self.instead_of(wanted, agent));
        }
        actions.push(self.ring(agent, ring_s));
        Ncco(actions)
    }

    /// Somebody else takes the call than the one who was wanted.
    pub(super) fn instead_of(&self, wanted: &str, agent: &str) -> Action {
        self.speech.say(Text::InsteadOf, &[("wanted", wanted), ("agent", agent)])
    }

    /// The next agent, for a caller who was greeted already.
    #[must_use]
    pub fn connect(&self, agent: &str, ring_s: u32) -> Ncco {
        Ncco(vec![self.speech.say(Text::Connecting, &[("agent", agent)]), self.ring(agent, ring_s)])
    }

    /// A caller is handed to a telephone; what becomes of it is asked of us.
    #[must_use]
    pub fn hand_over(&self, from: &E164, number: E164) -> Ncco {
        Ncco(vec![Action::Connect(Connect {
            endpoint: vec![Endpoint::phone(number)],
            from: Some(from.digits().to_owned()),
            timeout: Some(HAND_OVER_SECONDS),
            limit: Some(LIMIT_SECONDS),
            event_type: Some("synchronous".into()),
            event_url: self.event(),
            ..Connect::default()
        })])
    }

    /// Nobody is free: say so, offer a message and a call back, and play music. When it is over the caller's keys, or
    /// their absence, are asked of us; so the place in the queue is told again and again. A visitor in a browser is told
    /// once, and then hears music: their page shows the place, and how it changes.
    ///
    /// Speech and music each have an input of their own: after a `talk` with `bargeIn` nothing but an `input` may follow
    /// ("Voice API: NCCO reference", talk). Without keys the first goes to the event URL, whose empty answer lets the
    /// flow go on to the music; the second goes to the URL that begins the next round.
    #[must_use]
    pub fn wait(&self, greeting: Option<Written<'_>>, place: Place<'_>, waiter: Waiter) -> Ncco {
        let Place { position, minutes, first, rings, announce_s, music } = place;
        let stream_url = vec![self.music_for(music, announce_s)];
        let music = [
            Action::Stream(Stream { stream_url, barge_in: Some(true), ..Stream::default() }),
            Self::keys(1, 1, self.dtmf()),
        ];
        if waiter == Waiter::Visitor && !first {
            return Ncco(music.into());
        }
        let greeting = greeting.map(|greeting| (before_transferring(greeting.text).to_owned(), greeting.language));
        let position = position.to_string();
        let busy = first.then(|| self.speech.text(if rings { Text::RingsAll } else { Text::AllBusy }, &[]));
        let place = self.speech.text(Text::Position, &[("position", &position)]);
        let wait = minutes.map(|minutes| match minutes {
            1 => self.speech.text(Text::WaitMinute, &[]),
            minutes => self.speech.text(Text::WaitMinutes, &[("minutes", &minutes.to_string())]),
        });
        let offer = self.speech.text(waiter.offer(), &[]);
        let ours = busy.into_iter().chain([place]).chain(wait).chain([offer]);
        let parts = greeting.into_iter().chain(ours.map(|text| (text, self.speech.language)));
        let talks = self.speech.joined(parts).into_iter().map(|talk| Talk { barge_in: Some(true), ..talk });
        let announced = talks.map(Action::Talk).chain([Self::keys(1, 1, self.event())]);
        Ncco(announced.chain(music).collect())
    }

    /// For a caller who is about to be led on by a transfer: keeps them on the line for a few seconds, and asks again when
    /// nothing came of it. A flow that just ended would cut them off before the transfer arrives.
    #[must_use]
    pub fn moment(&self) -> Ncco {
        Ncco(vec![self.speech.say(Text::Moment, &[]), Self::keys(1, 3, self.dtmf())])
    }

    /// Waits for keys, and sends them, or their absence, to `event_url`.
    pub(super) fn keys(most: u32, seconds: u32, event_url: Vec<String>) -> Action {
        Action::Input(Input {
            kinds: vec![InputKind::Dtmf],
            dtmf: Some(Dtmf { time_out: Some(seconds), max_digits: Some(most), ..Dtmf::default() }),
            event_url,
            event_method: Some("POST".into()),
            ..Input::default()
        })
    }

    /// A message after the tone.
    #[must_use]
    pub fn voicemail(&self, waiter: Waiter) -> Ncco {
        Ncco(vec![self.speech.say(waiter.message(), &[]), self.message(), self.speech.say(Text::Thanks, &[])])
    }

    /// The call back is noted.
    #[must_use]
    pub fn call_back(&self) -> Ncco {
        self.speech.only(Text::CallBack)
    }

    /// A caller without a number asked to be called back.
    #[must_use]
    pub fn no_call_back(&self) -> String {
        self.speech.text(Text::NoNumber, &[])
    }

    /// What a caller hears who may not stay in a queue, before what follows.
    #[must_use]
    pub fn leaves_queue(&self, greeting: Option<Written<'_>>, why: WhyLeft) -> Vec<Action> {
        let greeting = greeting.map(|greeting| (before_transferring(greeting.text).to_owned(), greeting.language));
        let sorry = match why {
            WhyLeft::Full => Text::QueueFull,
            WhyLeft::TooLong => Text::QueueTooLong,
            WhyLeft::Unattended => Text::QueueUnattended,
        };
        let sorry = (self.speech.text(sorry, &[]), self.speech.language);
        self.speech.joined(greeting.into_iter().chain([sorry])).into_iter().map(Action::Talk).collect()
    }

    /// The recording of a message.
    fn message(&self) -> Action {
        Action::Record(Record {
            format: Some("wav".into()),
            beep_start: Some(true),
            end_on_silence: Some(5),
            end_on_key: Some("#".into()),
            time_out: Some(MESSAGE_SECONDS),
            event_url: self.recording(),
            event_method: Some("POST".into()),
            ..Record::default()
        })
    }

    /// An agent calls a telephone.
    #[must_use]
    pub fn outbound(&self, from: &E164, number: E164) -> Ncco {
        Ncco(vec![
            self.speech.say(Text::Calling, &[]),
            Action::Connect(Connect {
                endpoint: vec![Endpoint::phone(number)],
                from: Some(from.digits().to_owned()),
                timeout: Some(DIAL_SECONDS),
                limit: Some(LIMIT_SECONDS),
                event_url: self.event(),
                ..Connect::default()
            }),
        ])
    }
}

/// A greeting without the promise that it often ends with, for those whom nobody is free for.
fn before_transferring(greeting: &str) -> &str {
    let greeting = greeting.trim();
    greeting.strip_suffix(TRANSFERRING).unwrap_or(greeting).trim_end()
}

/// Somebody who was called joins a conversation.
#[must_use]
pub fn join(conversation: &str) -> Ncco {
    Ncco(vec![Action::Transfer(Transfer { conversation_id: conversation.to_owned(), ..Transfer::default() })])
}

/// A room of two who stay together when a third leaves; when one of the two hangs up it is over.
#[must_use]
pub fn room(name: &str) -> Ncco {
    in_room(name, Some(true))
}

/// The same room, for somebody whose leaving ends it for nobody else.
#[must_use]
pub fn room_of_others(name: &str) -> Ncco {
    in_room(name, None)
}

fn in_room(name: &str, end_on_exit: Option<bool>) -> Ncco {
    Ncco(vec![Action::Conversation(Conversation { name: name.to_owned(), end_on_exit, ..Conversation::default() })])
}

/// The keys in an `input` event: an object since 2020, bare text before, a number from some.
#[must_use]
pub fn digits(dtmf: &serde_json::Value) -> String {
    use serde_json::Value;
    match dtmf {
        Value::Object(fields) => fields.get("digits").map(digits).unwrap_or_default(),
        // An object in a query string is its JSON text.
        Value::String(text) if text.trim_start().starts_with('{') => {
            serde_json::from_str(text).map(|value: Value| digits(&value)).unwrap_or_default()
        }
        Value::String(text) => text.chars().filter(|c| matches!(c, '0'..='9' | '*' | '#')).take(20).collect(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::language::{Language, Texts};
    use crate::domain::spoken::Spoken;
    use crate::domain::spoken::check::read;

    fn place(first: bool) -> Place<'static> {
        Place { position: 2, minutes: None, first, rings: false, announce_s: None, music: None }
    }

    fn hooks() -> Hooks {
        speaking(Language::English)
    }

    fn speaking(language: Language) -> Hooks {
        Hooks { base: "https://app.example".into(), speech: Speech::usual(language) }
    }

    #[test]
    fn an_inbound_call_is_the_seeds() {
        let ncco = serde_json::to_value(hooks().inbound(
            Some(Written::english("Thank you for calling Jane")),
            Some("Jane"),
            "Jane",
            20,
        ))
        .unwrap();
        assert_eq!(ncco[0], json!({"action": "talk", "text": "Thank you for calling Jane"}));
        assert_eq!(ncco[1]["action"], "connect");
        assert_eq!(ncco[1]["endpoint"], json!([{"type": "app", "user": "Jane"}]));
        assert_eq!((&ncco[1]["timeout"], &ncco[1]["eventType"]), (&json!(20), &json!("synchronous")));
        assert_eq!(ncco[2], json!(null));
    }

    #[test]
    fn callers_are_told_again_and_how_long_it_takes_as_the_operator_says() {
        let said = |minutes| {
            let place = Place { minutes, announce_s: Some(45), ..place(false) };
            let flow = serde_json::to_value(hooks().wait(None, place, Waiter::Telephone)).unwrap();
            assert_eq!(flow[2]["streamUrl"], json!(["https://app.example/audio/hold.wav?seconds=45"]));
            flow[0]["text"].as_str().unwrap().to_owned()
        };
        let own = Place { announce_s: Some(45), music: Some("m-1"), ..place(false) };
        let flow = serde_json::to_value(hooks().wait(None, own, Waiter::Telephone)).unwrap();
        assert_eq!(flow[2]["streamUrl"], json!(["https://app.example/audio/music/m-1.wav?seconds=45"]));
        assert!(said(Some(1)).starts_with("You are number 2 in the queue. The wait is about one minute. Press 1"));
        assert!(said(Some(4)).contains("about 4 minutes"));
        assert!(!said(None).contains("wait is"));
    }

    #[test]
    fn an_outbound_call_is_the_seeds() {
        let from = E164::parse("442079460000").unwrap();
        let ncco = serde_json::to_value(hooks().outbound(&from, E164::parse("447700900001").unwrap())).unwrap();
        assert_eq!(ncco[0], json!({"action": "talk", "text": "Please wait while we connect you."}));
        assert_eq!((&ncco[1]["timeout"], &ncco[1]["from"]), (&json!(20), &json!("442079460000")));
        assert_eq!(ncco[1]["endpoint"], json!([{"type": "phone", "number": "447700900001"}]));
    }

    #[test]
    fn a11_words_fit_whoever_waits() {
        let said = |greeting, first, waiter| {
            let flow = serde_json::to_value(hooks().wait(greeting, place(first), waiter)).unwrap();
            flow[0]["text"].as_str().map(str::to_owned)
        };
        let greeting = Some(Written::english(crate::domain::click_to_call::GREETING));
        assert_eq!(
            said(greeting, true, Waiter::Telephone).unwrap(),
            "Thank you for calling. All our agents are busy at the moment. You are number 2 in the queue. \
             Press 1 to leave a message, press 2 to be called back, or stay on the line."
        );
        let withheld = said(None, true, Waiter::Withheld).unwrap();
        assert!(withheld.contains("Press 1") && !withheld.contains("called back"), "{withheld}");
        let visitor = said(greeting, true, Waiter::Visitor).unwrap();
        assert!(visitor.contains("number 2") && !visitor.to_lowercase().contains("press"), "{visitor}");
        assert_eq!(said(greeting, false, Waiter::Visitor), None, "once; then music");
        assert!(said(None, false, Waiter::Telephone).is_some());
        assert_eq!(
            said(Some(Written::english("Welcome")), true, Waiter::Visitor).unwrap().split(". ").next(),
            Some("Welcome")
        );
        // Each language has its own voice.
        let chinese = Written { text: "欢迎", language: Language::Chinese };
        let flow = serde_json::to_value(hooks().wait(Some(chinese), place(true), Waiter::Telephone)).unwrap();
        assert_eq!((&flow[0]["text"], &flow[0]["language"]), (&json!("欢迎"), &json!("cmn-CN")));
        assert!(flow[1]["text"].as_str().unwrap().starts_with("All our agents") && flow[1]["language"].is_null());
        let flow =
            serde_json::to_value(speaking(Language::Chinese).wait(Some(chinese), place(true), Waiter::Telephone));
        let heard = "欢迎。我们的客服人员都在忙。您排在第2位。留言请按1，预约回电请按2，或请继续等待。";
        assert_eq!(flow.unwrap()[0], json!({"action": "talk", "text": heard, "language": "cmn-CN", "bargeIn": true}));
        let message = serde_json::to_value(hooks().voicemail(Waiter::Visitor)).unwrap();
        assert!(!message[0]["text"].as_str().unwrap().contains("hash"));
    }

    #[test]
    fn a11_who_waits_is_told_by_the_call() {
        let of = |number: Option<&str>, user: Option<&str>| {
            Waiter::of(&DeskCall {
                number: number.map(str::to_owned),
                user: user.map(str::to_owned),
                ..DeskCall::default()
            })
        };
        assert_eq!(of(Some("447700900000"), None), Waiter::Telephone);
        assert_eq!(of(None, None), Waiter::Withheld);
        assert_eq!(of(None, Some("visitor-1")), Waiter::Visitor);
        assert_eq!(of(Some("447700900000"), Some("visitor-1")), Waiter::Visitor, "who wants a call back is one still");
    }

    #[test]
    fn reads_keys_in_every_shape() {
        for dtmf in [json!({"digits": "1", "timed_out": true}), json!("1"), json!(1), json!(r#"{"digits":"1"}"#)] {
            assert_eq!(digits(&dtmf), "1", "{dtmf}");
        }
        for none in
            [json!({"digits": null, "timed_out": true}), json!({"digits": ""}), json!(""), json!(null), json!([])]
        {
            assert_eq!(digits(&none), "", "{none}");
        }
    }

    proptest! {
        /// The platform takes all of them, whatever agents are called and whatever the greeting says.
        #[test]
        fn every_flow_is_valid(
            agents in proptest::collection::vec("[A-Za-z][A-Za-z0-9 ._-]{0,20}", 1..14),
            greeting in "\\PC{0,200}",
            position in 1u32..500,
            first in any::<bool>(),
            chinese in any::<bool>(),
            written in crate::domain::spoken::tests::any_text(),
        ) {
            // Everything that the operator may write, wherever it is taken.
            let mut spoken = Spoken::default();
            for text in Text::EVERY.iter().copied() {
                if let Ok(kept) = read(text, &written) {
                    spoken.put(text, &Texts::new(&kept, &kept));
                }
            }
            let language = if chinese { Language::Chinese } else { Language::English };
            let hooks = Hooks { speech: Speech::new(spoken.into(), language), ..hooks() };
            let number = E164::parse("442079460000").unwrap();
            let place = Place { position, first, ..place(first) };
            let flows = [
                hooks.inbound(Some(Written::english(&greeting)), Some("Jane"), &agents[0], 60),
                hooks.connect(&agents[0], 5),
                hooks.wait(Some(Written::english(&greeting)), place, Waiter::Telephone),
                hooks.wait(Some(Written { text: &hooks.no_call_back(), language }), place, Waiter::Withheld),
                hooks.wait(Some(Written::english(&greeting)), place, Waiter::Visitor),
                Ncco(hooks.leaves_queue(Some(Written::english(&greeting)), WhyLeft::Full)),
                hooks.moment(),
                hooks.call_back(),
                hooks.voicemail(Waiter::Telephone),
                hooks.voicemail(Waiter::Visitor),
                hooks.outbound(&number, number.clone()),
                hooks.hand_over(&number, number.clone()),
                join("CON-1"),
                room("room-1"),
                room_of_others("room-1"),
            ];
            for flow in flows {
                prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
            }
        }
    }
}
