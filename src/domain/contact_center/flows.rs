//! What callers hear: the call flows of the contact centre, built as values.

use crate::domain::click_to_call::TRANSFERRING;
use crate::domain::language::Language;
use crate::domain::menu::spoken::no_number;
use crate::domain::ncco::Conversation;
use crate::domain::ncco::{Action, Connect, Dtmf, Endpoint, Input, InputKind, Ncco, Record, Stream, Talk, Transfer};
use crate::domain::phone::E164;

use super::call::DeskCall;
use super::routing::RING_SECONDS;

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
    fn offer(self) -> &'static str {
        match self {
            Self::Telephone => "Press 1 to leave a message, press 2 to be called back, or stay on the line.",
            Self::Withheld => "Press 1 to leave a message, or stay on the line.",
            Self::Visitor => "Please stay on the line.",
        }
    }
}

/// Our addresses, as the platform reaches them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// `https://calls.example.com`, without a slash at the end.
    pub base: String,
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

    /// The hold music: a WAV file.
    #[must_use]
    pub fn music(&self) -> String {
        format!("{}/audio/hold.wav", self.base)
    }

    /// Rings an agent's browser. What becomes of it is asked of us, so that somebody else can be rung.
    fn ring(&self, agent: &str) -> Action {
        Action::Connect(Connect {
            endpoint: vec![Endpoint::app(agent)],
            timeout: Some(RING_SECONDS),
            limit: Some(LIMIT_SECONDS),
            event_type: Some("synchronous".into()),
            event_url: self.event(),
            ..Connect::default()
        })
    }

    /// The first answer to a caller for whom an agent is free: a greeting, then the agent. `wanted` is whom they called.
    #[must_use]
    pub fn inbound(&self, greeting: Option<&str>, wanted: Option<&str>, agent: &str) -> Ncco {
        let mut actions: Vec<Action> =
            greeting.filter(|text| !text.trim().is_empty()).map(Action::talk).into_iter().collect();
        if let Some(wanted) = wanted.filter(|wanted| *wanted != agent) {
            actions.push(Self::instead_of(wanted, agent));
        }
        actions.push(self.ring(agent));
        Ncco(actions)
    }

    /// Somebody else takes the call than the one who was wanted.
    pub(super) fn instead_of(wanted: &str, agent: &str) -> Action {
        Action::talk(format!("{wanted} is not available. Please wait while we connect you to {agent}."))
    }

    /// The next agent, for a caller who was greeted already.
    #[must_use]
    pub fn connect(&self, agent: &str) -> Ncco {
        Ncco(vec![Action::talk(format!("Please wait while we connect you to {agent}")), self.ring(agent)])
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
    pub fn wait(&self, greeting: Option<&str>, position: u32, first: bool, waiter: Waiter) -> Ncco {
        let music = [
            Action::Stream(Stream { stream_url: vec![self.music()], barge_in: Some(true), ..Stream::default() }),
            Self::keys(1, 1, self.dtmf()),
        ];
        if waiter == Waiter::Visitor && !first {
            return Ncco(music.into());
        }
        let mut text = String::new();
        if let Some(greeting) = greeting.map(before_transferring).filter(|text| !text.is_empty()) {
            text.push_str(greeting);
            text.push_str(if greeting.ends_with(['.', '!', '?']) { " " } else { ". " });
        }
        if first {
            text.push_str("All our agents are busy at the moment. ");
        }
        text.push_str(&format!("You are number {position} in the queue. "));
        text.push_str(waiter.offer());
        let announced =
            [Action::Talk(Talk { text, barge_in: Some(true), ..Talk::default() }), Self::keys(1, 1, self.event())];
        Ncco(announced.into_iter().chain(music).collect())
    }

    /// For a caller who is about to be led on by a transfer: keeps them on the line for a few seconds, and asks again when
    /// nothing came of it. A flow that just ended would cut them off before the transfer arrives.
    #[must_use]
    pub fn moment(&self) -> Ncco {
        Ncco(vec![Action::talk("One moment, please."), Self::keys(1, 3, self.dtmf())])
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

    /// A message after the tone. A browser's visitor is told of no key: hanging up does the same.
    #[must_use]
    pub fn voicemail(&self, waiter: Waiter) -> Ncco {
        let prompt = match waiter {
            Waiter::Visitor => "Please leave your message after the tone, and hang up when you are done.",
            _ => "Please leave your message after the tone, and press hash when you are done.",
        };
        Ncco(vec![Action::talk(prompt), self.message(), Action::talk("Thank you. Goodbye.")])
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
            Action::talk("Please wait while we connect you."),
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

/// The call back is noted.
#[must_use]
pub fn call_back() -> Ncco {
    menu::promised(Language::English)
}

/// A caller without a number asked to be called back.
#[must_use]
pub fn no_call_back() -> &'static str {
    no_number(Language::English)
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

    fn hooks() -> Hooks {
        Hooks { base: "https://app.example".into() }
    }

    #[test]
    fn an_inbound_call_is_the_seeds() {
        let ncco =
            serde_json::to_value(hooks().inbound(Some("Thank you for calling Jane"), Some("Jane"), "Jane")).unwrap();
        assert_eq!(ncco[0], json!({"action": "talk", "text": "Thank you for calling Jane"}));
        assert_eq!(ncco[1]["action"], "connect");
        assert_eq!(ncco[1]["endpoint"], json!([{"type": "app", "user": "Jane"}]));
        assert_eq!((&ncco[1]["timeout"], &ncco[1]["eventType"]), (&json!(20), &json!("synchronous")));
        assert_eq!(ncco[2], json!(null));
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
            let flow = serde_json::to_value(hooks().wait(greeting, 2, first, waiter)).unwrap();
            flow[0]["text"].as_str().map(str::to_owned)
        };
        let greeting = Some(crate::domain::click_to_call::GREETING);
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
        assert_eq!(said(Some("Welcome"), true, Waiter::Visitor).unwrap().split(". ").next(), Some("Welcome"));
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
        ) {
            let hooks = hooks();
            let number = E164::parse("442079460000").unwrap();
            let flows = [
                hooks.inbound(Some(&greeting), Some("Jane"), &agents[0]),
                hooks.connect(&agents[0]),
                hooks.wait(Some(&greeting), position, first, Waiter::Telephone),
                hooks.wait(None, position, first, Waiter::Withheld),
                hooks.wait(Some(&greeting), position, first, Waiter::Visitor),
                hooks.moment(),
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
