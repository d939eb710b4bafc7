//! Strict mode: what the references of the REST APIs do not document is refused, so that a misreading of ours has to be made
//! twice, and against the text. The handlers check values; this table knows which fields there are, and [`Limits`] how many
//! requests a second.
//!
//! | API | reference |
//! |---|---|
//! | Voice | "Voice API", 1.10: create, list, modify, talk, stream, DTMF |
//! | Applications | "Application API", v2: capabilities |
//! | Users | "Users API", v1 |
//! | Numbers, SMS | "Numbers API", "SMS API"; key and secret may be parameters, as in their older versions |
//! | Number Insight, Messages | "Number Insight API", "Messages API", SMS channel |

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::effects::lock;

/// A field that is documented.
#[derive(Clone, Copy)]
enum Field {
    /// With a value that the handler checks, or that may be anything.
    Any(&'static str),
    One(&'static str, &'static [&'static str]),
    In(&'static str, &'static [Field]),
    /// A list of objects.
    List(&'static str, &'static [Field]),
}

use Field::{Any, In, List, One};

impl Field {
    fn name(&self) -> &'static str {
        match self {
            Any(name) | One(name, _) | In(name, _) | List(name, _) => name,
        }
    }
}

/// An operation: method, path (`*` is one segment), parameters of the query, fields of the body.
struct Operation(&'static str, &'static str, &'static [Field], &'static [Field]);

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
                    One("region", &super::regions::NAMES),
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
const KEYS: [&str; 4] = ["api_key", "api_secret", "sig", "timestamp"];
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

const OPERATIONS: &[Operation] = &[
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

fn is_at(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut is) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), is.next()) {
            (None, None) => return true,
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(is)) if wanted == is => {}
            _ => return false,
        }
    }
}

/// What is wrong with one field.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Like `from.number`.
    pub name: String,
    pub reason: String,
}

fn undocumented(name: String) -> Wrong {
    Wrong { name, reason: "is not documented (strict mode)".to_owned() }
}

fn look(fields: &[Field], value: &Value, at: &str) -> Option<Wrong> {
    let Value::Object(given) = value else { return None };
    given.iter().find_map(|(name, value)| {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match fields.iter().find(|field| field.name() == name) {
            None => Some(undocumented(at)),
            Some(Any(_)) => None,
            Some(One(_, known)) => {
                let fits = value.is_null() || value.as_str().is_some_and(|value| known.contains(&value));
                let reason = format!("must be one of: {} (strict mode)", known.join(", "));
                (!fits).then_some(Wrong { name: at, reason })
            }
            Some(In(_, inside)) => look(inside, value, &at),
            Some(List(_, inside)) => value.as_array().into_iter().flatten().find_map(|one| look(inside, one, &at)),
        }
    })
}

/// A request as far as strict mode looks at it.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub content_type: &'a str,
    pub body: &'a [u8],
}

impl Asked<'_> {
    /// The first thing that the reference does not know. Paths that the table does not have, and bodies that cannot be
    /// read, are the handlers' business.
    pub fn wrong(&self) -> Option<Wrong> {
        let Operation(.., query, body) =
            OPERATIONS.iter().find(|one| one.0 == self.method && is_at(one.1, self.path))?;
        let keyed = ["/account/", "/number/", "/ni/"].iter().any(|prefix| self.path.starts_with(prefix));
        let object = |text: &[u8]| -> Value {
            let pairs = url::form_urlencoded::parse(text).into_owned();
            let pairs = pairs.filter(|(name, _)| !(keyed && KEYS.contains(&name.as_str())));
            Value::Object(pairs.map(|(name, value)| (name, value.into())).collect())
        };
        look(query, &object(self.query.as_bytes()), "").or_else(|| {
            if self.body.is_empty() {
                return None;
            }
            // Whatever the label says: some clients send a form and call it JSON.
            let json = serde_json::from_slice::<Value>(self.body).ok().filter(Value::is_object);
            let form = keyed || self.content_type.contains("form-urlencoded");
            let mut value = json.or_else(|| form.then(|| object(self.body)))?;
            if keyed && let Some(fields) = value.as_object_mut() {
                fields.retain(|name, _| !KEYS.contains(&name.as_str()));
            }
            look(body, &value, "")
        })
    }
}

/// The refusal, in the form that each API has.
pub fn refused(path: &str, wrong: &Wrong, instance: String) -> Response {
    let Wrong { name, reason } = wrong;
    let invalid = json!([{ "name": name, "reason": reason }]);
    let (status, body) = if path.starts_with("/v2/applications") {
        let kind = "https://developer.vonage.com/api-errors/application#payload-validation";
        let detail = "The request failed due to validation errors";
        let body = json!({ "type": kind, "title": "Bad Request", "detail": detail, "invalid_parameters": invalid, "instance": instance });
        (400, body)
    } else if path.starts_with("/v1/users") {
        let kind = "https://developer.vonage.com/api/conversation#http:error:validation-fail";
        let body = json!({ "type": kind, "title": "Bad request.", "code": "http:error:validation-fail",
            "detail": "Input validation failure.", "instance": instance, "invalid_parameters": invalid });
        (400, body)
    } else if path.starts_with("/v1/messages") {
        let kind = "https://developer.vonage.com/api-errors/messages#1150";
        let body = json!({ "type": kind, "title": "Invalid params", "detail": "The value of one or more parameters is invalid.",
            "instance": instance, "invalid_parameters": invalid });
        (422, body)
    } else if path.starts_with("/ni/") {
        (200, json!({ "status": 3, "status_message": format!("{name} {reason}") }))
    } else if path.starts_with("/account/") || path.starts_with("/number/") {
        (420, json!({ "error-code": "420", "error-code-label": format!("{name} {reason}") }))
    } else {
        let body = json!({ "type": "BAD_REQUEST", "error_title": "Bad Request", "title": "Bad Request", "invalid_parameters": invalid });
        (400, body)
    };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}

/// Calls that may be made in a second, and other requests of the Voice API ("What are the Voice API limits?").
const MOST_CALLS: usize = 3;
const MOST_OTHERS: usize = 15;
const SECOND_MS: i64 = 1_000;

/// What was asked for in the last second.
#[derive(Default)]
pub struct Limits {
    calls: Mutex<VecDeque<i64>>,
    others: Mutex<VecDeque<i64>>,
}

impl Limits {
    /// Whether a request is within the limits. One that is not does not count, as nothing is queued.
    pub fn take(&self, method: &str, path: &str, now_ms: i64) -> bool {
        if path != "/v1/calls" && !path.starts_with("/v1/calls/") {
            return true;
        }
        let (taken, most) = if method == "POST" { (&self.calls, MOST_CALLS) } else { (&self.others, MOST_OTHERS) };
        let mut taken = lock(taken);
        while taken.front().is_some_and(|at| now_ms - at >= SECOND_MS) {
            taken.pop_front();
        }
        let within = taken.len() < most;
        if within {
            taken.push_back(now_ms);
        }
        within
    }
}

impl Limits {
    /// No call was made after all: what is limited is calls, not attempts.
    pub fn give_back(&self, method: &str, path: &str) {
        if method == "POST" && path == "/v1/calls" {
            lock(&self.calls).pop_back();
        }
    }
}

/// Too many: the platform's general form of it. The Voice reference names no `Retry-After`, so there is none.
pub fn throttled(instance: &str) -> Response {
    let body = json!({
        "type": "https://developer.vonage.com/api-errors#throttled", "title": "Rate Limit Hit",
        "detail": "Please wait, then retry your request", "instance": instance,
    });
    (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(method: &str, target: &str, body: Value) -> Option<String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let asked = Asked { method, path, query, content_type: "application/json", body: &body };
        asked.wrong().map(|wrong| wrong.name)
    }

    #[test]
    fn strict_mode_refuses_what_is_not_documented() {
        let call = |more: Value| {
            let mut call = json!({"to": [{"type": "phone", "number": "447700900001"}], "from": {"type": "phone", "number": "442079460000"}, "ncco": []});
            call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            call
        };
        for (method, target, body, name) in [
            ("POST", "/v1/calls", call(json!({})), None),
            ("POST", "/v1/calls", call(json!({"limit": 5})), Some("limit")),
            ("POST", "/v1/calls?dry=1", call(json!({})), Some("dry")),
            ("POST", "/v1/calls", call(json!({"to": [{"type": "phone", "name": "x"}]})), Some("to.name")),
            ("POST", "/v1/calls", call(json!({"to": [{"type": "pigeon"}]})), Some("to.type")),
            ("POST", "/v1/calls", call(json!({"event_method": "PUT"})), Some("event_method")),
            ("GET", "/v1/calls?status=talking", Value::Null, Some("status")),
            ("GET", "/v1/calls?conversation_uuid=CON-1&order=desc", Value::Null, None),
            ("PUT", "/v1/calls/leg/talk", json!({"text": "x", "voice": "Amy"}), Some("voice")),
            ("PUT", "/v1/calls/leg", json!({"action": "transfer", "destination": {"type": "ncco", "ncco": []}}), None),
            (
                "PUT",
                "/v1/calls/leg",
                json!({"action": "transfer", "destination": {"type": "flow"}}),
                Some("destination.type"),
            ),
            (
                "POST",
                "/v2/applications",
                json!({"name": "x", "capabilities": {"voice": {"region": "mars"}}}),
                Some("capabilities.voice.region"),
            ),
            (
                "POST",
                "/v2/applications",
                json!({"name": "x", "capabilities": {"voice": {"webhooks": {"event_url": {"url": ""}}}}}),
                Some("capabilities.voice.webhooks.event_url.url"),
            ),
            ("PUT", "/v2/applications/a", json!({"name": "x", "id": "a"}), Some("id")),
            ("GET", "/number/search?country=GB&features=VOICE,SMS", Value::Null, Some("features")),
            ("GET", "/number/search?country=GB&features=SMS,VOICE&api_key=k&api_secret=s", Value::Null, None),
            ("GET", "/v1/calls?api_key=k", Value::Null, Some("api_key")),
            ("GET", "/ni/basic/json?number=447700900001&cnam=true", Value::Null, Some("cnam")),
            (
                "POST",
                "/v1/messages",
                json!({"channel": "sms", "sms": {"encoding_type": "utf8"}}),
                Some("sms.encoding_type"),
            ),
            ("POST", "/v1/users", json!({"name": "Jane", "email": "j@example.com"}), Some("email")),
        ] {
            assert_eq!(wrong(method, target, body).as_deref(), name, "{method} {target}");
        }
    }

    #[test]
    fn strict_mode_knows_three_calls_and_fifteen_other_requests_a_second() {
        let limits = Limits::default();
        let calls = |at: i64| (0..5).filter(|_| limits.take("POST", "/v1/calls", at)).count();
        assert_eq!((calls(10_000), calls(10_999), calls(11_000)), (3, 0, 3));
        let others = (0..20).filter(|_| limits.take("PUT", "/v1/calls/leg", 10_000)).count();
        assert_eq!(others, 15);
        assert!((0..100).all(|_| limits.take("GET", "/v2/applications", 10_000)), "another API");
    }
}
