//! Private calls: two people call and text each other through numbers of ours, and neither learns the other's number.
//!
//! The scheme: in a conversation each of the two has a number that *they* dial. Who calls what is unique, so the pair
//! (caller, dialled number) says whom to ring; and the one who is rung sees the number that *they* would dial. Which
//! numbers a conversation gets is decided in [`allocation`].

pub mod allocation;
pub mod brake;
mod texts;

use std::fmt;

use serde_json::Value;

use super::call::Status;
use super::ncco::{Action, Connect, Dtmf, Endpoint, Input, InputKind, Ncco};
use super::phone::{E164, PhoneError};
use super::spelling::{Spelled, replace_numbers};

pub use allocation::{Person, PoolNumber, Shortage, Use, allocate};
pub use texts::Language;

/// The longest private call, in seconds: what the platform allows.
pub const LIMIT_SECONDS: u32 = 7_200;
/// How long the other person's phone rings, in seconds.
pub const RING_SECONDS: u32 = 45;
/// Digits of a PIN.
pub const PIN_DIGITS: u32 = 6;
/// How often a PIN may be tried in one call.
pub const PIN_TRIES: u32 = 3;

/// Somebody's own number. It has no `Display` and no `Serialize`, and `Debug` shows the mask, so that it cannot get into a
/// log line, a page or a file by itself. Whoever needs the digits writes [`RealNumber::reveal`], which a test allows in
/// few places: the database, the dialler and the sender of texts.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RealNumber(E164);

impl RealNumber {
    /// Reads a number as people write it.
    ///
    /// # Errors
    /// Says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        E164::parse(text).map(Self)
    }

    /// The number itself, for one of the sinks.
    #[must_use]
    pub fn reveal(&self) -> &E164 {
        &self.0
    }

    /// For screens, files and interfaces: `+44••••••0123`.
    #[must_use]
    pub fn masked(&self) -> String {
        self.0.masked()
    }
}

impl From<E164> for RealNumber {
    fn from(number: E164) -> Self {
        Self(number)
    }
}

impl fmt::Debug for RealNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RealNumber({})", self.0.masked())
    }
}

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Somebody closed it: the operator, or a system of theirs.
    ByRequest,
    /// Its time came.
    Expired,
    /// Nobody used it for as long as it was allowed to rest.
    Idle,
    /// A person asked to be forgotten.
    Erased,
}

impl Closed {
    pub const EVERY: [Self; 4] = [Self::ByRequest, Self::Expired, Self::Idle, Self::Erased];

    /// The word in SQL and in interfaces.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ByRequest => "closed",
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Erased => "erased",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|reason| reason.name() == name)
    }
}

/// What a caller, or the sender of a text, reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    pub conversation: String,
    /// 0 or 1: which of the two is calling.
    pub side: usize,
    /// What the other person sees and dials: the caller's own mask.
    pub mask: E164,
    /// The other person.
    pub other: RealNumber,
    pub language: Language,
    /// When it ends unless it is used, ms UTC.
    pub ends_at: Option<i64>,
}

/// What is known of (who, dialled number).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Open(Route),
    /// They had such a conversation.
    Over {
        conversation: String,
        side: usize,
        language: Language,
    },
    Nothing,
}

/// What we do with a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Connect(Route),
    Over {
        conversation: String,
        side: usize,
        language: Language,
    },
    /// Their number is not of any conversation of this one, or there is none; a PIN tells who they are.
    AskPin,
    Unknown,
    Withheld,
}

impl Verdict {
    /// The word in the audit.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connected",
            Self::Over { .. } => "over",
            Self::AskPin => "pin_asked",
            Self::Unknown => "unknown",
            Self::Withheld => "withheld",
        }
    }

    /// Which conversation it is about, and whose side of it.
    #[must_use]
    pub fn of(&self) -> Option<(&str, usize)> {
        match self {
            Self::Connect(route) => Some((&route.conversation, route.side)),
            Self::Over { conversation, side, .. } => Some((conversation, *side)),
            Self::AskPin | Self::Unknown | Self::Withheld => None,
        }
    }
}

/// Decides. `pins` says whether a PIN of an open conversation would be taken on the dialled number.
#[must_use]
pub fn decide(caller_known: bool, found: Found, pins: bool, now: i64) -> Verdict {
    match found {
        // The sweep that closes what has ended may be a moment late; its numbers are not.
        Found::Open(route) if route.ends_at.is_some_and(|ends| ends <= now) => {
            Verdict::Over { conversation: route.conversation, side: route.side, language: route.language }
        }
        Found::Open(route) => Verdict::Connect(route),
        _ if pins => Verdict::AskPin,
        Found::Over { conversation, side, language } => Verdict::Over { conversation, side, language },
        Found::Nothing if caller_known => Verdict::Unknown,
        Found::Nothing => Verdict::Withheld,
    }
}

/// Our addresses, as the platform reaches them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hooks {
    /// `https://calls.example.com`, without a slash at the end.
    pub base: String,
}

impl Hooks {
    /// Where keys go.
    fn pin(&self) -> String {
        format!("{}/webhooks/private-pin", self.base)
    }

    /// The event URL for the other person's telephone, which is also asked what the caller hears then.
    fn event(&self) -> String {
        format!("{}/webhooks/event", self.base)
    }
}

/// Why the caller does not talk to the other person, although that one was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// They talk to somebody, or declined.
    Busy,
    NoAnswer,
    /// Their telephone is off, or their carrier refuses.
    NotReached,
    /// The caller hung up before.
    CallerLeft,
}

impl Missed {
    /// What the end of the other person's leg means. `None`: it is no such end.
    #[must_use]
    pub fn of(status: Status) -> Option<Self> {
        match status {
            Status::Busy | Status::Rejected => Some(Self::Busy),
            Status::Timeout | Status::Unanswered => Some(Self::NoAnswer),
            Status::Failed => Some(Self::NotReached),
            Status::Cancelled => Some(Self::CallerLeft),
            _ => None,
        }
    }

    /// The word in the audit.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::NotReached => "not_reached",
            Self::CallerLeft => "caller_left",
        }
    }

    /// What the caller hears; nothing when they are gone.
    #[must_use]
    pub fn flow(self, language: Language) -> Option<Ncco> {
        let text = match self {
            Self::Busy => texts::BUSY,
            Self::NoAnswer => texts::NO_ANSWER,
            Self::NotReached => texts::NOT_REACHED,
            Self::CallerLeft => return None,
        };
        Some(Ncco(vec![language.say(text)]))
    }
}

/// The call flow of a verdict. `dialled` chooses the language where no conversation does.
#[must_use]
pub fn ncco(verdict: &Verdict, dialled: &E164, hooks: &Hooks, now: i64) -> Ncco {
    let usual = Language::of_number(dialled);
    match verdict {
        // What stands last is heard when the other person is not reached and our answer to that is lost.
        Verdict::Connect(route) => {
            let language = route.language;
            Ncco(vec![language.say(texts::WAIT), connect(route, hooks, now), language.say(texts::NOT_REACHED)])
        }
        Verdict::Over { language, .. } => Ncco(vec![language.say(texts::OVER)]),
        Verdict::AskPin => ask_pin(texts::PIN, usual, hooks),
        Verdict::Unknown => Ncco(vec![usual.say(texts::UNKNOWN)]),
        Verdict::Withheld => Ncco(vec![usual.say(texts::WITHHELD)]),
    }
}

/// The PIN was wrong: `tries` so far in this call.
#[must_use]
pub fn wrong_pin(tries: u32, dialled: &E164, hooks: &Hooks) -> Ncco {
    let usual = Language::of_number(dialled);
    if tries < PIN_TRIES { ask_pin(texts::PIN_AGAIN, usual, hooks) } else { Ncco(vec![usual.say(texts::PIN_WRONG)]) }
}

fn ask_pin(text: texts::Text, language: Language, hooks: &Hooks) -> Ncco {
    let mut said = language.talk(text);
    said.barge_in = Some(true);
    let keys = Input {
        kinds: vec![InputKind::Dtmf],
        dtmf: Some(Dtmf {
            time_out: Some(10),
            max_digits: Some(PIN_DIGITS),
            submit_on_hash: Some(true),
            ..Dtmf::default()
        }),
        event_url: vec![hooks.pin()],
        event_method: Some("POST".into()),
        ..Input::default()
    };
    Ncco(vec![Action::Talk(said), Action::Input(keys)])
}

/// Rings the other person, from the caller's mask. The call ends with the conversation. What becomes of it is asked of us,
/// so that a caller whom nobody answers hears why.
fn connect(route: &Route, hooks: &Hooks, now: i64) -> Action {
    let left = route.ends_at.map_or(i64::from(LIMIT_SECONDS), |ends| (ends - now) / 1000);
    let limit = u32::try_from(left).unwrap_or(0).clamp(1, LIMIT_SECONDS);
    Action::Connect(Connect {
        from: Some(route.mask.digits().to_owned()),
        timeout: Some(RING_SECONDS),
        limit: Some(limit),
        endpoint: vec![Endpoint::phone(route.other.reveal().clone())],
        event_type: Some("synchronous".into()),
        event_url: vec![hooks.event()],
        ..Connect::default()
    })
}

/// Masks every telephone number in a text but those that `keep` says are ours, however they are written
/// ([`super::spelling`]); dates, prices and ids stay.
#[must_use]
pub fn mask_numbers(text: &str, keep: impl Fn(&str) -> bool) -> String {
    mask_where(text, |spelled| spelled.plain && !spelled.national && !keep(spelled.digits))
}

/// Masks the numbers in a text for which `hide` says so.
#[must_use]
pub fn mask_where(text: &str, hide: impl Fn(Spelled<'_>) -> bool) -> String {
    replace_numbers(text, |spelled| hide(spelled).then(|| super::phone::mask(spelled.digits)))
}

/// The same in a document as webhooks and call flows are: JSON, in which a masked number becomes a text, or a query.
#[must_use]
pub fn mask_document(document: &str, hide: impl Fn(Spelled<'_>) -> bool) -> String {
    fn walk(value: &mut Value, hide: &dyn Fn(Spelled<'_>) -> bool) {
        match value {
            Value::String(text) => *text = mask_where(text, hide),
            Value::Number(number) => {
                let text = number.to_string();
                let masked = mask_where(&text, hide);
                if masked != text {
                    *value = Value::String(masked);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| walk(value, hide)),
            Value::Object(fields) => {
                let named = std::mem::take(fields).into_iter().map(|(name, mut value)| {
                    walk(&mut value, hide);
                    (mask_where(&name, hide), value)
                });
                *fields = named.collect();
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
    match serde_json::from_str::<Value>(document) {
        Ok(mut value) if value.is_object() || value.is_array() => {
            let before = value.clone();
            walk(&mut value, &hide);
            if value == before { document.to_owned() } else { value.to_string() }
        }
        _ => mask_where(document, hide),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> E164 {
        E164::parse(text).unwrap()
    }

    fn route(ends_at: Option<i64>) -> Route {
        Route {
            conversation: "c".into(),
            side: 0,
            mask: number("442079460002"),
            other: RealNumber::parse("447700900002").unwrap(),
            language: Language::English,
            ends_at,
        }
    }

    fn hooks() -> Hooks {
        Hooks { base: "https://x".into() }
    }

    #[test]
    fn a_caller_who_reaches_nobody_hears_why_in_the_conversations_language() {
        let ends = [
            (Status::Busy, "busy"),
            (Status::Rejected, "busy"),
            (Status::Timeout, "no_answer"),
            (Status::Unanswered, "no_answer"),
            (Status::Failed, "not_reached"),
        ];
        for (status, name) in ends {
            let missed = Missed::of(status).unwrap();
            assert_eq!(missed.name(), name);
            for language in [Language::English, Language::Chinese] {
                let flow = missed.flow(language).unwrap();
                assert_eq!(flow.check(), vec![]);
                let Action::Talk(talk) = &flow.0[0] else { panic!("{flow:?}") };
                assert_eq!(talk.text.is_ascii(), language == Language::English, "{}", talk.text);
            }
        }
        assert_eq!(Missed::of(Status::Cancelled).and_then(|left| left.flow(Language::English)), None);
        for goes_on in [Status::Started, Status::Ringing, Status::Answered, Status::Completed] {
            assert_eq!(Missed::of(goes_on), None, "{goes_on:?}");
        }
        // Our own answer to the event may be lost: then what stands behind the connect is heard.
        let verdict = decide(true, Found::Open(route(None)), true, 0);
        let flow = ncco(&verdict, &number("442079460001"), &hooks(), 0);
        assert!(matches!(flow.0.last(), Some(Action::Talk(_))), "{}", flow.to_json());
    }

    #[test]
    fn the_call_shows_the_callers_mask_and_says_what_the_use_case_says() {
        let verdict = decide(true, Found::Open(route(None)), true, 0);
        let flow = ncco(&verdict, &number("442079460001"), &hooks(), 0);
        assert!(flow.check().is_empty());
        let json: serde_json::Value = serde_json::from_str(&flow.to_json()).unwrap();
        assert_eq!(json[0]["action"], "talk");
        assert_eq!(json[0]["text"], "Please wait whilst we connect your call");
        assert_eq!(json[1]["action"], "connect");
        assert_eq!(json[1]["from"], "442079460002");
        assert_eq!(json[1]["endpoint"][0]["number"], "447700900002");
        assert_eq!(json[1]["limit"], LIMIT_SECONDS);
        assert_eq!(json[1]["eventType"], "synchronous");
        assert_eq!(json[1]["eventUrl"][0], "https://x/webhooks/event");
    }

    #[test]
    fn a_conversation_that_ended_connects_nobody_even_before_it_is_swept() {
        let ended = decide(true, Found::Open(route(Some(1_000))), false, 1_000);
        assert_eq!(ended.name(), "over");
        let going = decide(true, Found::Open(route(Some(61_000))), false, 1_000);
        let flow = ncco(&going, &number("442079460001"), &hooks(), 1_000);
        let json: serde_json::Value = serde_json::from_str(&flow.to_json()).unwrap();
        assert_eq!(json[1]["limit"], 60, "the call ends with it");
    }

    #[test]
    fn every_other_caller_hears_something_and_is_connected_to_nobody() {
        let over = Found::Over { conversation: "c".into(), side: 1, language: Language::Chinese };
        for (known, found, pins, name) in [
            (true, Found::Nothing, false, "unknown"),
            (false, Found::Nothing, false, "withheld"),
            (false, Found::Nothing, true, "pin_asked"),
            (true, Found::Nothing, true, "pin_asked"),
            (true, over.clone(), false, "over"),
            (true, over, true, "pin_asked"),
        ] {
            let verdict = decide(known, found, pins, 0);
            assert_eq!(verdict.name(), name);
            for dialled in ["442079460001", "8613800000000"] {
                let flow = ncco(&verdict, &number(dialled), &hooks(), 0);
                assert!(flow.check().is_empty(), "{:?}", flow.check());
                assert!(matches!(&flow.0[0], Action::Talk(talk) if talk.text.chars().count() > 15));
                assert!(!flow.0.iter().any(|action| matches!(action, Action::Connect(_))));
            }
        }
        assert_eq!(wrong_pin(1, &number("442079460001"), &hooks()).0.len(), 2);
        assert_eq!(wrong_pin(PIN_TRIES, &number("442079460001"), &hooks()).0.len(), 1);
    }

    #[test]
    fn a_real_number_is_not_in_what_debug_prints() {
        let shown = format!("{:?} {:?}", route(None), RealNumber::parse("447700900002"));
        assert!(!shown.contains("447700900002"), "{shown}");
        assert!(shown.contains("RealNumber(+44"), "{shown}");
    }

    #[test]
    fn numbers_in_texts_are_masked_but_ours_and_ids_stay() {
        let ours = |digits: &str| digits == "442079460001";
        let text =
            r#"{"from":"447700900001","to":"442079460001","uuid":"aaaa1234567890bbbb-1234567-0"} from=%2B447700900001"#;
        let masked = mask_numbers(text, ours);
        assert!(!masked.contains("447700900001"), "{masked}");
        assert!(masked.contains("442079460001") && masked.contains("aaaa1234567890bbbb-1234567-0"), "{masked}");
        assert_eq!(mask_numbers("call 447700900001", |_| false), "call +44••••••0001");
        assert_eq!(mask_numbers("no number, 123", |_| false), "no number, 123");
        let event = r#"{"price":"0.02000000","start_time":"2026-11-21T10:00:10.000Z","to":447700900001,"timestamp":"2026-11-21 10:00"}"#;
        let masked = mask_document(event, |spelled| spelled.plain);
        let masked: Value = serde_json::from_str(&masked).unwrap();
        assert_eq!(
            (&masked["price"], &masked["start_time"], &masked["to"], &masked["timestamp"]),
            (
                &Value::from("0.02000000"),
                &Value::from("2026-11-21T10:00:10.000Z"),
                &Value::from("+44••••••0001"),
                &Value::from("2026-11-21 10:00")
            )
        );
    }

    #[test]
    fn f12_a_document_hides_a_number_in_every_spelling() {
        let hide = |spelled: Spelled<'_>| crate::domain::spelling::is_number(spelled, "447700900001");
        for document in [
            r#"{"from":"+44 7700 900001","x":{"0044 (0)7700 900001":[447700900001,"\u002b\u0034\u0034 7700 900001"]}}"#,
            "from=%2B44+7700+900001&x=%34%347700900001&to=07700%20900001",
            r#"[{"action":"connect","endpoint":[{"type":"phone","number":"447700900001"}]}]"#,
            "the platform refused 447700900001 (+447700900001)",
        ] {
            let masked = mask_document(document, hide);
            assert!(!masked.contains("900001") && masked.contains('•'), "{masked}");
        }
        assert_eq!(mask_document(r#"{"a": 1}"#, hide), r#"{"a": 1}"#, "what hides nothing stays as it came");
    }
}
