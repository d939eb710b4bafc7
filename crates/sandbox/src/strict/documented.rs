//! The documented operations of the REST APIs and their fields. The sources are named in [`super`].

use Field::{Any, In, List, One};

use crate::regions::NAMES;

/// A field that is documented.
#[derive(Clone, Copy)]
pub(super) enum Field {
    /// With a value that the handler checks, or that may be anything.
    Any(&'static str),
    One(&'static str, &'static [&'static str]),
    In(&'static str, &'static [Field]),
    /// A list of objects.
    List(&'static str, &'static [Field]),
}

impl Field {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Any(name) | One(name, _) | In(name, _) | List(name, _) => name,
        }
    }
}

/// An operation: method, path (`*` is one segment), parameters of the query, fields of the body.
pub(super) struct Operation(
    pub(super) &'static str,
    pub(super) &'static str,
    pub(super) &'static [Field],
    pub(super) &'static [Field],
);

const ENDPOINT: &[Field] = &[
    One("type", &["phone", "sip", "websocket", "vbc", "app"]),
    Any("number"),
    Any("dtmfAnswer"),
    Any("shaken"),
    Any("uri"),
    Any("headers"),
    Any("standard_headers"),
    Any("content-type"),
    Any("authorization"),
    Any("extension"),
    Any("user"),
];
const METHODS: &[&str] = &["GET", "POST"];
const CALL: &[Field] = &[
    List("to", ENDPOINT),
    In("from", &[One("type", &["phone", "sip"]), Any("number"), Any("uri")]),
    Any("random_from_number"),
    Any("ncco"),
    Any("answer_url"),
    One("answer_method", METHODS),
    Any("event_url"),
    One("event_method", METHODS),
    One("machine_detection", &["continue", "hangup"]),
    In(
        "advanced_machine_detection",
        &[
            One("behavior", &["continue", "hangup"]),
            One("mode", &["default", "detect", "detect_beep"]),
            Any("beep_timeout"),
        ],
    ),
    Any("length_timer"),
    Any("ringing_timer"),
];
const STATUSES: &[&str] = &[
    "started",
    "ringing",
    "answered",
    "machine",
    "completed",
    "busy",
    "cancelled",
    "failed",
    "rejected",
    "timeout",
    "unanswered",
];
const ORDER: &[&str] = &["asc", "desc"];
const CALLS: &[Field] = &[
    One("status", STATUSES),
    Any("date_start"),
    Any("date_end"),
    Any("page_size"),
    Any("record_index"),
    One("order", ORDER),
    Any("conversation_uuid"),
];
const MODIFY: &[Field] = &[
    One("action", &["hangup", "mute", "unmute", "earmuff", "unearmuff", "transfer"]),
    In("destination", &[One("type", &["ncco"]), Any("url"), Any("ncco")]),
];
const TALK: &[Field] =
    &[Any("text"), Any("language"), Any("style"), Any("premium"), Any("voice_name"), Any("loop"), Any("level")];
const HOOK: &[Field] = &[
    Any("address"),
    One("http_method", METHODS),
    Any("connect_timeout"),
    // The name of the 2021 reference, which several server SDKs still send.
    Any("connection_timeout"),
    Any("socket_timeout"),
];
const APPLICATION: &[Field] = &[
    Any("name"),
    In("keys", &[Any("public_key")]),
    In(
        "capabilities",
        &[
            In(
                "voice",
                &[
                    In("webhooks", &[In("answer_url", HOOK), In("fallback_answer_url", HOOK), In("event_url", HOOK)]),
                    Any("signed_callbacks"),
                    Any("conversations_ttl"),
                    Any("leg_persistence_time"),
                    One("region", &NAMES),
                    Any("payment_enabled"),
                    Any("payments"),
                ],
            ),
            In(
                "rtc",
                &[In("webhooks", &[In("event_url", HOOK)]), Any("signed_callbacks"), Any("leg_persistence_time")],
            ),
            In(
                "messages",
                &[
                    In("webhooks", &[In("inbound_url", HOOK), In("status_url", HOOK)]),
                    Any("version"),
                    Any("authenticate_inbound_media"),
                ],
            ),
            Any("vbc"),
            Any("verify"),
            Any("network_apis"),
            Any("meetings"),
            Any("video"),
        ],
    ),
    In("privacy", &[Any("improve_ai")]),
];
const USER: &[Field] = &[
    Any("name"),
    Any("display_name"),
    Any("image_url"),
    In("properties", &[Any("custom_data"), Any("ttl")]),
    In(
        "channels",
        &[
            Any("pstn"),
            Any("sip"),
            Any("vbc"),
            Any("websocket"),
            Any("sms"),
            Any("mms"),
            Any("whatsapp"),
            Any("viber"),
            Any("messenger"),
        ],
    ),
];
/// Where key and secret, or a signature, may be parameters.
pub(super) const KEYS: [&str; 4] = ["api_key", "api_secret", "sig", "timestamp"];
const PATTERNS: &[&str] = &["0", "1", "2"];
const OWNED: &[Field] = &[
    Any("application_id"),
    Any("has_application"),
    Any("country"),
    Any("pattern"),
    One("search_pattern", PATTERNS),
    Any("size"),
    Any("index"),
];
const SEARCH: &[Field] = &[
    Any("country"),
    One("type", &["landline", "mobile-lvn", "landline-toll-free"]),
    Any("pattern"),
    One("search_pattern", PATTERNS),
    One("features", &["SMS", "VOICE", "SMS,VOICE", "MMS", "SMS,MMS", "VOICE,MMS", "SMS,MMS,VOICE"]),
    Any("size"),
    Any("index"),
];
const NUMBER: &[Field] = &[Any("country"), Any("msisdn"), Any("target_api_key")];
const CHANGED: &[Field] = &[
    Any("country"),
    Any("msisdn"),
    Any("app_id"),
    Any("moHttpUrl"),
    Any("moSmppSysType"),
    One("voiceCallbackType", &["app", "sip", "tel", "vxml"]),
    Any("voiceCallbackValue"),
    Any("voiceStatusCallback"),
    Any("messagesCallbackType"),
    Any("messagesCallbackValue"),
];
const INSIGHT: &[Field] = &[Any("number"), Any("country")];
const MESSAGE: &[Field] = &[
    Any("message_type"),
    Any("channel"),
    Any("to"),
    Any("from"),
    Any("text"),
    Any("client_ref"),
    Any("webhook_url"),
    One("webhook_version", &["v0.1", "v1"]),
    Any("ttl"),
    In(
        "sms",
        &[
            One("encoding_type", &["text", "unicode", "auto"]),
            Any("content_id"),
            Any("entity_id"),
            Any("pool_id"),
            Any("trusted_recipient"),
        ],
    ),
    Any("failover"),
];

/// Every operation that strict mode knows.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation("GET", "/v1/calls", CALLS, &[]),
    Operation("POST", "/v1/calls", &[], CALL),
    Operation("GET", "/v1/calls/*", &[], &[]),
    Operation("PUT", "/v1/calls/*", &[], MODIFY),
    Operation("PUT", "/v1/calls/*/stream", &[], &[Any("stream_url"), Any("loop"), Any("level")]),
    Operation("DELETE", "/v1/calls/*/stream", &[], &[]),
    Operation("PUT", "/v1/calls/*/talk", &[], TALK),
    Operation("DELETE", "/v1/calls/*/talk", &[], &[]),
    Operation("PUT", "/v1/calls/*/dtmf", &[], &[Any("digits")]),
    Operation("PUT", "/v1/calls/*/input/dtmf", &[], &[Any("event_url")]),
    Operation("DELETE", "/v1/calls/*/input/dtmf", &[], &[]),
    Operation("GET", "/v2/applications", &[Any("page_size"), Any("page")], &[]),
    Operation("POST", "/v2/applications", &[], APPLICATION),
    Operation("GET", "/v2/applications/*", &[], &[]),
    Operation("PUT", "/v2/applications/*", &[], APPLICATION),
    Operation("DELETE", "/v2/applications/*", &[], &[]),
    Operation(
        "GET",
        "/v1/users",
        &[Any("page_size"), One("order", &["asc", "desc", "ASC", "DESC"]), Any("cursor"), Any("name")],
        &[],
    ),
    Operation("POST", "/v1/users", &[], USER),
    Operation("GET", "/v1/users/*", &[], &[]),
    Operation("PATCH", "/v1/users/*", &[], USER),
    Operation("DELETE", "/v1/users/*", &[], &[]),
    Operation("GET", "/account/numbers", OWNED, &[]),
    Operation("GET", "/number/search", SEARCH, &[]),
    // The older clients send the fields of these in the query.
    Operation("POST", "/number/buy", NUMBER, NUMBER),
    Operation("POST", "/number/cancel", NUMBER, NUMBER),
    Operation("POST", "/number/update", CHANGED, CHANGED),
    Operation("GET", "/ni/basic/json", INSIGHT, &[]),
    Operation("POST", "/v1/messages", &[], MESSAGE),
];
