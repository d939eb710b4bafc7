//! What can be set at a box of the drawing: the main fields of each action, by their paths. What else an action has is kept,
//! and changed in its JSON.

use serde_json::Value;

use crate::domain::ncco::schema::{ACTIONS, ENDPOINTS, Field, Holds};

/// Whom a `connect` rings: `app:Jane`, `app:queue:Sales`, or the kind of another endpoint, such as `phone`.
pub const WHOM: &str = "whom";

const TALK: &[&str] = &["text", "language", "style", "premium", "loop", "level", "bargeIn"];
const STREAM: &[&str] = &["streamUrl", "loop", "level", "bargeIn"];
const INPUT: &[&str] = &[
    "type",
    "dtmf.maxDigits",
    "dtmf.timeOut",
    "dtmf.submitOnHash",
    "speech.language",
    "speech.startTimeout",
    "speech.endOnSilence",
    "speech.maxDuration",
    "eventUrl",
];
const CONVERSATION: &[&str] = &["name", "startOnEnter", "endOnExit", "record", "mute", "musicOnHoldUrl"];
const RECORD: &[&str] = &["format", "endOnSilence", "endOnKey", "timeOut", "beepStart", "eventUrl"];

/// Settings of speech recognition. The table of the language passes them through, so their limits stand here.
/// Source: <https://developer.vonage.com/en/voice/voice-api/ncco-reference#speech-recognition-settings>.
const SPEECH: &[Field] = &[
    Field { name: "language", needed: false, holds: Holds::Text },
    Field { name: "startTimeout", needed: false, holds: Holds::Whole(1, 60) },
    Field { name: "endOnSilence", needed: false, holds: Holds::Decimal(0.4, 10.0) },
    Field { name: "maxDuration", needed: false, holds: Holds::Whole(1, 60) },
];

/// The paths of an action's main fields, in the order in which they are asked for. `rings` is the kind of its endpoint.
pub fn paths(kind: &str, rings: &str) -> Vec<&'static str> {
    let rung: &[&str] = match rings {
        "phone" => &["endpoint.number"],
        "websocket" => &["endpoint.uri", "endpoint.content-type"],
        "sip" => &["endpoint.uri", "endpoint.domain", "endpoint.user"],
        "vbc" => &["endpoint.extension"],
        _ => &[],
    };
    match kind {
        "talk" => TALK.into(),
        "stream" => STREAM.into(),
        "input" => INPUT.into(),
        "connect" => [&[WHOM], rung, &["from", "timeout", "limit"]].concat(),
        "conversation" => CONVERSATION.into(),
        "record" => RECORD.into(),
        "notify" => vec!["eventUrl"],
        "wait" => vec!["timeout"],
        "transfer" => vec!["conversationId"],
        _ => Vec::new(),
    }
}

/// What may stand in a field of an action, by its path.
pub fn field(kind: &str, rings: &str, path: &str) -> Option<Field> {
    let named = |fields: &[Field], name: &str| fields.iter().find(|field| field.name == name).copied();
    let action = ACTIONS.iter().find(|shape| shape.name == kind)?;
    let Some((outer, inner)) = path.split_once('.') else { return named(action.fields, path) };
    match named(action.fields, outer)?.holds {
        Holds::Object(fields) => named(fields, inner),
        Holds::Endpoint => named(ENDPOINTS.iter().find(|shape| shape.name == rings)?.fields, inner),
        Holds::Free if outer == "speech" => named(SPEECH, inner),
        _ => None,
    }
}

/// The kind of a connect's endpoint; empty for an action without an endpoint.
pub fn rings(action: &Value) -> &str {
    action["endpoint"][0]["type"].as_str().unwrap_or_default()
}

/// What stands in a field, as somebody would type it; empty where it is not there. `None` for what a form cannot show whole,
/// such as a list of several.
pub fn typed(action: &Value, path: &str) -> Option<String> {
    if path == WHOM {
        return match rings(action) {
            "app" => action["endpoint"][0]["user"].as_str().map(|user| format!("app:{user}")),
            other => Some(other.to_owned()),
        };
    }
    let mut value = action;
    for name in path.split('.') {
        if let Value::Array(list) = value {
            let Some(first) = list.first() else { return Some(String::new()) };
            value = first;
        }
        match value {
            Value::Object(fields) => match fields.get(name) {
                Some(inner) => value = inner,
                None => return Some(String::new()),
            },
            _ => return None,
        }
    }
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(list) if path == "type" => {
            list.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|words| words.join(" "))
        }
        Value::Array(list) => match list.as_slice() {
            [] => Some(String::new()),
            [Value::String(text)] => Some(text.clone()),
            _ => None,
        },
        Value::Object(_) => None,
    }
}

/// The fields of an action that no form shows, by their paths.
pub fn others(action: &Value, shown: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in action.as_object().into_iter().flatten() {
        let inside = format!("{name}.");
        if name == "action" || shown.contains(&name.as_str()) {
            continue;
        }
        let inner = value.as_array().and_then(|list| list.first()).unwrap_or(value).as_object();
        let whom = name == "endpoint" && shown.contains(&WHOM);
        match inner.filter(|_| whom || shown.iter().any(|path| path.starts_with(&inside))) {
            Some(fields) => found.extend(
                fields
                    .keys()
                    .map(|field| format!("{inside}{field}"))
                    .filter(|path| !shown.contains(&path.as_str()))
                    .filter(|path| !(whom && (path == "endpoint.type" || path == "endpoint.user"))),
            ),
            None => found.push(name.clone()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_that_can_be_set_is_of_the_language() {
        for kind in ACTIONS.iter().map(|shape| shape.name) {
            assert!(!paths(kind, "").is_empty(), "{kind}");
            for rings in ENDPOINTS.iter().map(|shape| shape.name) {
                for path in paths(kind, rings).into_iter().filter(|path| *path != WHOM) {
                    assert!(field(kind, rings, path).is_some(), "{kind} {path}");
                }
            }
        }
        assert!(paths("pay", "").is_empty() && field("pay", "", "text").is_none());
    }

    #[test]
    fn a_field_is_shown_as_it_would_be_typed() {
        let action = json!({"action": "input", "type": ["dtmf", "speech"], "dtmf": {"maxDigits": 4, "colour": 1},
            "speech": {"context": ["a"], "language": "en-GB"}, "eventUrl": ["https://a.example"], "more": [1]});
        let shown = paths("input", "");
        let read: Vec<_> = shown.iter().map(|path| typed(&action, path).unwrap()).collect();
        assert_eq!(read, ["dtmf speech", "4", "", "", "en-GB", "", "", "", "https://a.example"]);
        assert_eq!(others(&action, &shown), ["dtmf.colour", "more", "speech.context"]);
        let connect = json!({"action": "connect", "endpoint": [{"type": "app", "user": "queue:Sales", "x": 1}]});
        assert_eq!(typed(&connect, WHOM).as_deref(), Some("app:queue:Sales"));
        assert_eq!(others(&connect, &paths("connect", "app")), ["endpoint.x"]);
        for odd in [json!({"text": {"a": 1}}), json!({"text": ["a", "b"]}), json!(7)] {
            assert_eq!(typed(&odd, "text"), None, "{odd}");
        }
        assert_eq!(typed(&json!({"dtmf": 7}), "dtmf.maxDigits"), None);
    }
}
