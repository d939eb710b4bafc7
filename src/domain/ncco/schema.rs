//! The language as a table: every action and endpoint, its fields, and what may stand in them.
//!
//! The check takes its limits and words from here, and the editor what it completes; a test holds the table to the types,
//! field by field, in both directions.

use serde::Serialize;

/// An action, or an endpoint of a `connect`, by the word that chooses it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Shape {
    /// `talk` in `"action": "talk"`, `phone` in `"type": "phone"`.
    pub name: &'static str,
    pub fields: &'static [Field],
}

/// A field of an object.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Field {
    pub name: &'static str,
    /// The platform refuses the object without it.
    pub needed: bool,
    pub holds: Holds,
}

/// What may stand in a field.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Holds {
    Text,
    /// A telephone, as digits or as a placeholder.
    Number,
    Flag,
    /// 0 and up, without a limit that we know.
    Count,
    /// From and to, both included.
    Whole(u32, u32),
    Decimal(f64, f64),
    /// One of these.
    Word(&'static [&'static str]),
    /// A list of some of these.
    Words(&'static [&'static str]),
    /// A list of exactly one address.
    Urls,
    /// One address, without a list.
    Url,
    /// A list of legs by their ids.
    Legs,
    /// A list of exactly one of [`ENDPOINTS`].
    Endpoint,
    Object(&'static [Field]),
    /// An object that is passed through.
    Free,
}

pub(super) const LEVEL: (f64, f64) = (-1.0, 1.0);
pub(super) const WAIT_SECONDS: (f64, f64) = (0.1, 7_200.0);
pub(super) const KEY_SECONDS: (u32, u32) = (0, 10);
pub(super) const KEYS: (u32, u32) = (1, 20);
pub(super) const RING_SECONDS: (u32, u32) = (1, 120);
pub(super) const CALL_SECONDS: (u32, u32) = (1, 7_200);
pub(super) const BEEP_SECONDS: (u32, u32) = (30, 120);
pub(super) const CHANNELS: (u32, u32) = (1, 32);
pub(super) const SILENCE_SECONDS: (u32, u32) = (3, 10);
pub(super) const RECORD_SECONDS: (u32, u32) = (3, 7_200);

pub(super) const INPUT_KINDS: &[&str] = &["dtmf", "speech"];
pub(super) const INPUT_MODES: &[&str] = &["synchronous", "asynchronous"];
pub(super) const EVENT_TYPES: &[&str] = &["synchronous"];
pub(super) const ON_MACHINE: &[&str] = &["continue", "hangup"];
pub(super) const DETECTION_MODES: &[&str] = &["default", "detect", "detect_beep"];
pub(super) const FORMATS: &[&str] = &["mp3", "wav", "ogg"];
pub(super) const SPLITS: &[&str] = &["conversation"];
pub(super) const SOUNDS: &[&str] = &["audio/l16;rate=8000", "audio/l16;rate=16000", "audio/l16;rate=24000"];
pub(super) const AUTHORIZATIONS: &[&str] = &["vonage", "custom"];
/// The platform takes either; nothing is checked.
const METHODS: &[&str] = &["POST", "GET"];

const fn needed(name: &'static str, holds: Holds) -> Field {
    Field { name, needed: true, holds }
}

const fn may(name: &'static str, holds: Holds) -> Field {
    Field { name, needed: false, holds }
}

const fn whole((from, to): (u32, u32)) -> Holds {
    Holds::Whole(from, to)
}

const fn decimal((from, to): (f64, f64)) -> Holds {
    Holds::Decimal(from, to)
}

const DTMF: &[Field] =
    &[may("maxDigits", whole(KEYS)), may("timeOut", whole(KEY_SECONDS)), may("submitOnHash", Holds::Flag)];

const DETECTION: &[Field] = &[
    may("behavior", Holds::Word(ON_MACHINE)),
    may("mode", Holds::Word(DETECTION_MODES)),
    may("beep_timeout", whole(BEEP_SECONDS)),
];

const ON_ANSWER: &[Field] = &[needed("url", Holds::Url), may("ringbackTone", Holds::Url), may("ringback", Holds::Url)];

const AUTHORIZATION: &[Field] = &[needed("type", Holds::Word(AUTHORIZATIONS)), may("value", Holds::Text)];

const TALK: &[Field] = &[
    needed("text", Holds::Text),
    may("bargeIn", Holds::Flag),
    may("loop", Holds::Count),
    may("level", decimal(LEVEL)),
    may("language", Holds::Text),
    may("style", Holds::Count),
    may("premium", Holds::Flag),
    may("voiceName", Holds::Text),
    may("provider", Holds::Free),
];

const STREAM: &[Field] = &[
    needed("streamUrl", Holds::Urls),
    may("bargeIn", Holds::Flag),
    may("loop", Holds::Count),
    may("level", decimal(LEVEL)),
];

const INPUT: &[Field] = &[
    needed("type", Holds::Words(INPUT_KINDS)),
    may("dtmf", Holds::Object(DTMF)),
    may("speech", Holds::Free),
    may("mode", Holds::Word(INPUT_MODES)),
    may("eventUrl", Holds::Urls),
    may("eventMethod", Holds::Word(METHODS)),
];

const CONNECT: &[Field] = &[
    needed("endpoint", Holds::Endpoint),
    may("from", Holds::Number),
    may("randomFromNumber", Holds::Flag),
    may("timeout", whole(RING_SECONDS)),
    may("limit", whole(CALL_SECONDS)),
    may("eventType", Holds::Word(EVENT_TYPES)),
    may("machineDetection", Holds::Word(ON_MACHINE)),
    may("advancedMachineDetection", Holds::Object(DETECTION)),
    may("ringbackTone", Holds::Url),
    may("eventUrl", Holds::Urls),
    may("eventMethod", Holds::Word(METHODS)),
];

const CONVERSATION: &[Field] = &[
    needed("name", Holds::Text),
    may("musicOnHoldUrl", Holds::Urls),
    may("startOnEnter", Holds::Flag),
    may("endOnExit", Holds::Flag),
    may("record", Holds::Flag),
    may("canSpeak", Holds::Legs),
    may("canHear", Holds::Legs),
    may("mute", Holds::Flag),
    may("eventUrl", Holds::Urls),
    may("eventMethod", Holds::Word(METHODS)),
    may("transcription", Holds::Free),
];

const RECORD: &[Field] = &[
    may("format", Holds::Word(FORMATS)),
    may("endOnSilence", whole(SILENCE_SECONDS)),
    may("endOnKey", Holds::Text),
    may("timeOut", whole(RECORD_SECONDS)),
    may("beepStart", Holds::Flag),
    may("split", Holds::Word(SPLITS)),
    may("channels", whole(CHANNELS)),
    may("eventUrl", Holds::Urls),
    may("eventMethod", Holds::Word(METHODS)),
    may("transcription", Holds::Free),
];

const NOTIFY: &[Field] =
    &[needed("payload", Holds::Free), needed("eventUrl", Holds::Urls), may("eventMethod", Holds::Word(METHODS))];

const TRANSFER: &[Field] = &[
    needed("conversationId", Holds::Text),
    may("canHear", Holds::Legs),
    may("canSpeak", Holds::Legs),
    may("mute", Holds::Flag),
];

/// Every action, in the reference's order.
pub const ACTIONS: &[Shape] = &[
    Shape { name: "talk", fields: TALK },
    Shape { name: "stream", fields: STREAM },
    Shape { name: "input", fields: INPUT },
    Shape { name: "connect", fields: CONNECT },
    Shape { name: "conversation", fields: CONVERSATION },
    Shape { name: "record", fields: RECORD },
    Shape { name: "notify", fields: NOTIFY },
    Shape { name: "wait", fields: &[may("timeout", decimal(WAIT_SECONDS))] },
    Shape { name: "transfer", fields: TRANSFER },
];

/// Everybody whom a `connect` can ring.
pub const ENDPOINTS: &[Shape] = &[
    Shape {
        name: "phone",
        fields: &[
            needed("number", Holds::Number),
            may("dtmfAnswer", Holds::Text),
            may("onAnswer", Holds::Object(ON_ANSWER)),
            may("shaken", Holds::Text),
        ],
    },
    Shape { name: "app", fields: &[needed("user", Holds::Text)] },
    Shape {
        name: "websocket",
        fields: &[
            needed("uri", Holds::Url),
            needed("content-type", Holds::Word(SOUNDS)),
            may("headers", Holds::Free),
            may("authorization", Holds::Object(AUTHORIZATION)),
        ],
    },
    Shape {
        name: "sip",
        // A `uri`, or a `domain` with a `user`: none of them is always needed.
        fields: &[
            may("uri", Holds::Text),
            may("domain", Holds::Text),
            may("user", Holds::Text),
            may("headers", Holds::Free),
            may("standardHeaders", Holds::Free),
        ],
    },
    Shape { name: "vbc", fields: &[needed("extension", Holds::Text)] },
];

#[cfg(test)]
mod tests;
