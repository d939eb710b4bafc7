//! Which fields the NCCO reference has, by action. Others are ignored, and said in the call's trace: a misspelt field is
//! the commonest reason why a call flow does not do what was meant.

use serde_json::{Map, Value};

const PLAYED: &[&str] = &["action", "bargeIn", "loop", "level"];
const HOOK: &[&str] = &["eventUrl", "eventMethod"];

/// The documented fields of an action; `None` for a word that is no action.
fn of_action(action: &str) -> Option<(&'static [&'static str], &'static [&'static [&'static str]])> {
    Some(match action {
        "talk" => (&["text", "language", "style", "premium", "voiceName", "provider"], &[PLAYED]),
        "stream" => (&["streamUrl"], &[PLAYED]),
        "input" => (&["action", "type", "dtmf", "speech", "mode"], &[HOOK]),
        "connect" => (
            &[
                "action",
                "endpoint",
                "from",
                "randomFromNumber",
                "eventType",
                "timeout",
                "limit",
                "machineDetection",
                "advancedMachineDetection",
                "ringbackTone",
            ],
            &[HOOK],
        ),
        "conversation" => (
            &[
                "action",
                "name",
                "musicOnHoldUrl",
                "startOnEnter",
                "endOnExit",
                "record",
                "canSpeak",
                "canHear",
                "mute",
                "transcription",
            ],
            &[HOOK],
        ),
        "record" => (
            &[
                "action",
                "format",
                "split",
                "channels",
                "endOnSilence",
                "endOnKey",
                "timeOut",
                "beepStart",
                "transcription",
            ],
            &[HOOK],
        ),
        "notify" => (&["action", "payload"], &[HOOK]),
        "wait" => (&["action", "timeout"], &[]),
        "transfer" => (&["action", "conversationId", "canHear", "canSpeak", "mute"], &[]),
        _ => return None,
    })
}

/// The documented fields of an endpoint.
fn of_endpoint(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "phone" => &["type", "number", "dtmfAnswer", "onAnswer", "shaken"],
        "app" => &["type", "user"],
        "websocket" => &["type", "uri", "content-type", "headers", "authorization"],
        "sip" => &["type", "uri", "domain", "user", "headers", "standardHeaders"],
        "vbc" => &["type", "extension"],
        _ => return None,
    })
}

/// Fields that the reference does not have, like `Action 2: dtmf.timeout`.
#[must_use]
pub fn undocumented(actions: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, action) in actions.iter().enumerate() {
        let Some(action) = action.as_object() else { continue };
        let mut note = |at: &str, fields: &Map<String, Value>, known: &dyn Fn(&str) -> bool| {
            let unknown = fields.keys().filter(|name| !known(name));
            found.extend(unknown.map(|name| format!("Action {}: {at}{name}", index + 1)));
        };
        let name = action.get("action").and_then(Value::as_str).unwrap_or_default();
        let Some((own, shared)) = of_action(name) else { continue };
        note("", action, &|field| own.contains(&field) || shared.iter().any(|group| group.contains(&field)));
        if let Some(Value::Object(keys)) = action.get("dtmf") {
            note("dtmf.", keys, &|field| ["timeOut", "maxDigits", "submitOnHash"].contains(&field));
        }
        if let Some(Value::Object(detection)) = action.get("advancedMachineDetection") {
            let known = |field: &str| ["behavior", "mode", "beep_timeout"].contains(&field);
            note("advancedMachineDetection.", detection, &known);
        }
        let endpoints = action.get("endpoint").and_then(Value::as_array);
        for endpoint in endpoints.into_iter().flatten().filter_map(Value::as_object) {
            let kind = endpoint.get("type").and_then(Value::as_str).unwrap_or_default();
            let Some(known) = of_endpoint(kind) else { continue };
            note("endpoint.", endpoint, &|field| known.contains(&field));
            if let Some(Value::Object(whisper)) = endpoint.get("onAnswer") {
                let known = |field: &str| ["url", "ringbackTone", "ringback"].contains(&field);
                note("endpoint.onAnswer.", whisper, &known);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn says_which_fields_are_not_in_the_reference() {
        let flow = json!([
            {"action": "talk", "text": "x", "barge_in": true},
            {"action": "input", "type": ["dtmf"], "timeout": "10", "dtmf": {"maxDigit": 1}},
            {"action": "connect", "endpoint": [{"type": "phone", "number": "447700900123", "user": "x",
                "onAnswer": {"url": "https://example.com", "tone": "x"}}],
             "advancedMachineDetection": {"behaviour": "continue"}},
            {"action": "record", "timeOut": 3},
        ]);
        assert_eq!(
            undocumented(flow.as_array().unwrap()),
            [
                "Action 1: barge_in",
                "Action 2: timeout",
                "Action 2: dtmf.maxDigit",
                "Action 3: advancedMachineDetection.behaviour",
                "Action 3: endpoint.user",
                "Action 3: endpoint.onAnswer.tone",
            ]
        );
    }
}
