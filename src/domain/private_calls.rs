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
use super::spoken::{Speech, Text};

pub use super::language::Language;
pub use allocation::{Person, PoolNumber, Shortage, Use, allocate};

/// The longest private call, in seconds: what the platform allows.
pub const LIMIT_SECONDS: u32 = 7_200;
/// How long the other person's phone rings, in seconds.
pub const RING_SECONDS: u32 = 45;
/// Digits of a PIN.
pub const PIN_DIGITS: u32 = 6;
/// How often a PIN may be tried in one call.
pub const PIN_TRIES: u32 = 3;

/// Somebody's own number. It has no `Display` and no `Serialize`, and `Debug` shows the mask, so that it cannot get into a
/// log line, a page or a file by itself. Code that needs the digits writes [`RealNumber::reveal`], which a test allows
/// in few places: the database, the dialler and the sender of texts.
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
    /// In the language of callers whom we do not know.
    pub speech: Speech,
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
    pub fn flow(self, speech: &Speech) -> Option<Ncco> {
        let text = match self {
            Self::Busy => Text::PrivateBusy,
            Self::NoAnswer => Text::PrivateNoAnswer,
            Self::NotReached => Text::PrivateNotReached,
            Self::CallerLeft => return None,
        };
        Some(speech.only(text))
    }
}

/// The call flow of a verdict.
#[must_use]
pub fn ncco(verdict: &Verdict, hooks: &Hooks, now: i64) -> Ncco {
    match verdict {
        // What stands last is heard when the other person is not reached and our answer to that is lost.
        Verdict::Connect(route) => {
            let speech = hooks.speech.within(route.language);
            let say = |text| speech.say(text, &[]);
            Ncco(vec![say(Text::PrivateWait), connect(route, hooks, now), say(Text::PrivateNotReached)])
        }
        Verdict::Over { language, .. } => hooks.speech.within(*language).only(Text::PrivateOver),
        Verdict::AskPin => ask_pin(Text::PrivatePin, hooks),
        Verdict::Unknown => hooks.speech.only(Text::PrivateUnknown),
        Verdict::Withheld => hooks.speech.only(Text::PrivateWithheld),
    }
}

/// The PIN was wrong: `tries` so far in this call.
#[must_use]
pub fn wrong_pin(tries: u32, hooks: &Hooks) -> Ncco {
    if tries < PIN_TRIES { ask_pin(Text::PrivatePinAgain, hooks) } else { hooks.speech.only(Text::PrivatePinWrong) }
}

fn ask_pin(text: Text, hooks: &Hooks) -> Ncco {
    let mut said = hooks.speech.talk(text, &[]);
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
mod tests;
