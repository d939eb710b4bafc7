//! The text messages of an audio socket, both ways.

use serde_json::{Map, Value, json};

/// What the platform tells in a text message.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The first message: the format (empty when it is not said), and the headers of the call flow.
    Connected { content_type: String, headers: Map<String, Value> },
    /// A key of the caller's.
    Key { digit: char, milliseconds: u32 },
    /// `clear` was carried out.
    Cleared,
    /// What was queued before a `notify` was played.
    Played(Value),
    /// Something that a later platform says: no error, no effect.
    Other,
}

/// Reads a text message. The platform's own module puts a blank before each, so leading blanks mean nothing.
#[must_use]
pub fn read(text: &str) -> Told {
    let Ok(Value::Object(mut fields)) = serde_json::from_str(text.trim()) else { return Told::Other };
    let word = |fields: &Map<String, Value>, name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let event = word(&fields, "event").unwrap_or_default();
    match event.as_str() {
        "websocket:connected" => {
            let content_type = word(&fields, "content-type").unwrap_or_default();
            fields.remove("event");
            fields.remove("content-type");
            // The documents show the headers of the call flow beside the event; the event webhook nests them.
            if let Some(Value::Object(nested)) = fields.get("headers").cloned() {
                for (name, value) in nested {
                    fields.entry(name).or_insert(value);
                }
            }
            Told::Connected { content_type, headers: fields }
        }
        "websocket:dtmf" => key(&fields),
        "websocket:cleared" => Told::Cleared,
        "websocket:notify" => Told::Played(fields.remove("payload").unwrap_or_default()),
        // The oldest form: `{"dtmf": {"digit": "5"}}`.
        "" => fields.get("dtmf").and_then(Value::as_object).map_or(Told::Other, key),
        _ => Told::Other,
    }
}

fn key(fields: &Map<String, Value>) -> Told {
    let digit = match fields.get("digit") {
        Some(Value::String(text)) => text.chars().next(),
        Some(Value::Number(number)) => number.to_string().chars().next(),
        _ => None,
    };
    let milliseconds = fields.get("duration").and_then(Value::as_u64).and_then(|ms| u32::try_from(ms).ok());
    match digit.filter(|digit| digit.is_ascii_digit() || matches!(digit, '*' | '#')) {
        Some(digit) => Told::Key { digit, milliseconds: milliseconds.unwrap_or(0) },
        None => Told::Other,
    }
}

/// Stop, and drop what is queued for the caller.
#[must_use]
pub fn clear() -> &'static str {
    r#"{"action":"clear"}"#
}

/// Tell us when everything before this was played.
#[must_use]
pub fn notify(payload: &Value) -> String {
    json!({ "action": "notify", "payload": payload }).to_string()
}

/// What an engine may ask for in a text message; everything else is its own talk.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    Clear,
    Notify(Value),
    Other,
}

/// Reads a text message of an engine, which speaks as we speak to the platform.
#[must_use]
pub fn asked(text: &str) -> Asked {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text.trim()) else { return Asked::Other };
    match fields.get("action").and_then(Value::as_str) {
        Some("clear") => Asked::Clear,
        Some("notify") => Asked::Notify(fields.remove("payload").unwrap_or_default()),
        _ => Asked::Other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_the_platform_says() {
        let first = r#" {"event":"websocket:connected","content-type":"audio/l16;rate=16000","call":"CON-1","n":[1]}"#;
        let Told::Connected { content_type, headers } = read(first) else { panic!() };
        assert_eq!(content_type, "audio/l16;rate=16000");
        assert_eq!(Value::Object(headers), json!({ "call": "CON-1", "n": [1] }));
        let five = Told::Key { digit: '5', milliseconds: 260 };
        assert_eq!(read(r#"{"event":"websocket:dtmf","digit":"5","duration":260}"#), five);
        assert_eq!(read(r##"{"dtmf":{"digit":"#"}}"##), Told::Key { digit: '#', milliseconds: 0 });
        assert_eq!(read(r#" {"event":"websocket:cleared"}"#), Told::Cleared);
        assert_eq!(read(r#"{"event":"websocket:notify","payload":{"n":1}}"#), Told::Played(json!({ "n": 1 })));
        for other in
            ["", "{", "[]", r#"{"event":"websocket:media:update"}"#, r#"{"event":"websocket:dtmf","digit":"x"}"#]
        {
            assert_eq!(read(other), Told::Other, "{other}");
        }
    }

    #[test]
    fn engines_ask_as_we_ask() {
        assert_eq!(asked(clear()), Asked::Clear);
        assert_eq!(asked(&notify(&json!({ "turn": 3 }))), Asked::Notify(json!({ "turn": 3 })));
        assert_eq!(asked(r#"{"transcript":"hello"}"#), Asked::Other);
        assert_eq!(asked("hello"), Asked::Other);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,200}") {
            let _ = (read(&text), asked(&text));
        }
    }
}
