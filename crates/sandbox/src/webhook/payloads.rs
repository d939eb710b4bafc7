//! What is in a webhook besides its fields: the name of an event, the parameters of a GET, the error event.

use serde_json::{Map, Value, json};

/// What an event is called: its status, or the field that tells it apart.
pub(super) fn label(body: &Map<String, Value>) -> String {
    if let Some(status) = body.get("status").and_then(Value::as_str) {
        return status.to_owned();
    }
    let telling = [
        ("recording_url", "record"),
        ("conversation_uuid_from", "transfer"),
        ("payload", "notify"),
        ("dtmf", "input"),
        ("speech", "input"),
        ("reason", "error"),
    ];
    let kind = telling.iter().find(|(field, _)| body.contains_key(*field)).map(|(_, name)| *name);
    kind.or_else(|| body.get("type").and_then(Value::as_str)).unwrap_or("event").to_owned()
}

/// The parameters of a GET webhook: texts as they are, everything else as JSON text, nulls left out.
pub(super) fn query(body: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    body.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// The documented error event: sent for every NCCO that is refused, even if the fallback URL saves the call.
pub(super) fn syntax_error(conversation: &str, timestamp: &str) -> Value {
    json!({
        "reason": "Syntax error in NCCO. Invalid value type or action.", "conversation_uuid": conversation,
        "timestamp": timestamp,
    })
}
