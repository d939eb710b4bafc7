//! The table has every field of the types, and none that they lack; what it says may stand in a field is what the check
//! takes.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::*;
use crate::domain::ncco::{
    Action, AdvancedMachineDetection, App, Authorization, Connect, Conversation, Dtmf, Endpoint, Input, InputKind,
    Ncco, Notify, OnAnswer, Phone, Reason, Record, Sip, Stream, Talk, Transfer, Vbc, Wait, Websocket,
};
use crate::domain::phone::E164;

fn text() -> Option<String> {
    Some("x".into())
}

fn free() -> Option<Map<String, Value>> {
    Some(Map::new())
}

fn list() -> Vec<String> {
    vec!["x".into()]
}

/// Something in every field. Without `..`: a field that is added to a type does not compile until it stands here, and then
/// fails until it stands in the table.
fn full_endpoints() -> Vec<Endpoint> {
    let other = Map::new;
    let headers = || Map::from_iter([("a".into(), json!("b"))]);
    let on_answer = OnAnswer { url: "x".into(), ringback_tone: text(), ringback: text(), other: other() };
    vec![
        Endpoint::Phone(Phone {
            number: E164::parse("447700900123").unwrap(),
            dtmf_answer: text(),
            on_answer: Some(on_answer),
            shaken: text(),
            other: other(),
        }),
        Endpoint::App(App { user: "x".into(), other: other() }),
        Endpoint::Websocket(Websocket {
            uri: "x".into(),
            content_type: "x".into(),
            headers: headers(),
            authorization: Some(Authorization { kind: "x".into(), value: text() }),
            other: other(),
        }),
        Endpoint::Sip(Sip {
            uri: text(),
            domain: text(),
            user: text(),
            headers: headers(),
            standard_headers: headers(),
            other: other(),
        }),
        Endpoint::Vbc(Vbc { extension: "x".into(), other: other() }),
    ]
}

fn full_actions() -> Vec<Action> {
    vec![
        Action::Talk(Talk {
            text: "x".into(),
            barge_in: Some(true),
            repeat: Some(1),
            level: Some(0.0),
            language: text(),
            style: Some(1),
            premium: Some(true),
            voice_name: text(),
            provider: Some(json!({})),
            other: Map::new(),
        }),
        Action::Stream(Stream {
            stream_url: list(),
            barge_in: Some(true),
            repeat: Some(1),
            level: Some(0.0),
            other: Map::new(),
        }),
        Action::Input(Input {
            kinds: vec![InputKind::Dtmf, InputKind::Speech],
            dtmf: Some(Dtmf { time_out: Some(1), max_digits: Some(1), submit_on_hash: Some(true), other: Map::new() }),
            speech: free(),
            mode: text(),
            event_url: list(),
            event_method: text(),
            other: Map::new(),
        }),
        Action::Connect(full_connect()),
        Action::Conversation(Conversation {
            name: "x".into(),
            music_on_hold_url: list(),
            start_on_enter: Some(true),
            end_on_exit: Some(true),
            record: Some(true),
            can_speak: Some(list()),
            can_hear: Some(list()),
            mute: Some(true),
            event_url: list(),
            event_method: text(),
            transcription: free(),
            other: Map::new(),
        }),
        Action::Record(Record {
            format: text(),
            split: text(),
            channels: Some(1),
            end_on_silence: Some(3),
            end_on_key: text(),
            time_out: Some(3),
            beep_start: Some(true),
            event_url: list(),
            event_method: text(),
            transcription: free(),
            other: Map::new(),
        }),
        Action::Notify(Notify { payload: Map::new(), event_url: list(), event_method: text(), other: Map::new() }),
        Action::Wait(Wait { timeout: Some(1.0), other: Map::new() }),
        Action::Transfer(Transfer {
            conversation_id: "x".into(),
            can_hear: Some(list()),
            can_speak: Some(list()),
            mute: Some(true),
            other: Map::new(),
        }),
    ]
}

fn full_connect() -> Connect {
    let detection =
        AdvancedMachineDetection { behavior: text(), mode: text(), beep_timeout: Some(30), other: Map::new() };
    Connect {
        endpoint: full_endpoints(),
        from: text(),
        random_from_number: Some(true),
        event_type: text(),
        timeout: Some(1),
        limit: Some(1),
        machine_detection: text(),
        advanced_machine_detection: Some(detection),
        event_url: list(),
        event_method: text(),
        ringback_tone: text(),
        other: Map::new(),
    }
}

/// The names of a table and those of an object that has everything, into what they hold.
fn same(at: &str, fields: &[Field], written: &Value, chooser: Option<&str>) {
    let written = written.as_object().unwrap();
    let of_table: BTreeSet<&str> = fields.iter().map(|field| field.name).chain(chooser).collect();
    assert_eq!(of_table.len(), fields.len() + usize::from(chooser.is_some()), "{at} names a field twice");
    assert_eq!(of_table, written.keys().map(String::as_str).collect(), "{at}");
    for field in fields {
        if let Holds::Object(inner) = field.holds {
            same(&format!("{at}.{}", field.name), inner, &written[field.name], None);
        }
    }
}

#[test]
fn the_table_and_the_types_have_the_same_fields() {
    let actions = serde_json::to_value(Ncco(full_actions())).unwrap();
    let actions = actions.as_array().unwrap();
    assert_eq!(actions.len(), ACTIONS.len());
    for (shape, written) in ACTIONS.iter().zip(actions) {
        assert_eq!(written["action"], shape.name);
        same(shape.name, shape.fields, written, Some("action"));
    }
    let endpoints = serde_json::to_value(full_endpoints()).unwrap();
    let endpoints = endpoints.as_array().unwrap();
    assert_eq!(endpoints.len(), ENDPOINTS.len());
    for (shape, written) in ENDPOINTS.iter().zip(endpoints) {
        assert_eq!(written["type"], shape.name);
        same(shape.name, shape.fields, written, Some("type"));
    }
    // The reader lists its actions in the error about an unknown one.
    let unknown = Ncco::parse(&json!([{"action": "pay"}])).unwrap_err().reason;
    let names: Vec<String> = ACTIONS.iter().map(|shape| shape.name.to_owned()).collect();
    assert_eq!(unknown, Reason::NotOneOf { is: "pay".into(), allowed: names });
}

/// Something that a field takes.
fn good(holds: Holds) -> Value {
    match holds {
        Holds::Text => json!("CON-1"),
        Holds::Number => json!("447700900123"),
        Holds::Flag => json!(false),
        Holds::Count => json!(1),
        Holds::Whole(from, _) => json!(from),
        Holds::Decimal(from, _) => json!(from),
        Holds::Word(words) => json!(words[0]),
        Holds::Words(words) => json!([words[0]]),
        Holds::Urls => json!(["https://example.com"]),
        Holds::Url => json!("https://example.com"),
        Holds::Legs => json!(["63f61863"]),
        Holds::Endpoint => json!([object(&ENDPOINTS[1], "type")]),
        Holds::Object(fields) => needs(fields),
        Holds::Free => json!({}),
    }
}

/// What a field does not take although it is of the right kind.
fn bad(holds: Holds) -> Vec<Value> {
    match holds {
        Holds::Whole(from, to) => from.checked_sub(1).into_iter().chain([to + 1]).map(|value| json!(value)).collect(),
        Holds::Decimal(from, to) => vec![json!(from - 0.5), json!(to + 0.5)],
        Holds::Word(METHODS) => Vec::new(),
        Holds::Word(_) => vec![json!("nonsense")],
        Holds::Words(_) => vec![json!([]), json!(["nonsense"])],
        Holds::Urls => vec![json!(["nonsense"])],
        _ => Vec::new(),
    }
}

/// An object with what it cannot be without.
fn needs(fields: &[Field]) -> Value {
    Value::Object(
        fields.iter().filter(|field| field.needed).map(|field| (field.name.into(), good(field.holds))).collect(),
    )
}

fn object(shape: &Shape, chooser: &str) -> Value {
    let mut made = needs(shape.fields);
    made[chooser] = json!(shape.name);
    if shape.name == "sip" {
        made["uri"] = json!("sip:a@example.com");
    }
    if shape.name == "websocket" {
        made["uri"] = json!("wss://example.com");
    }
    made
}

fn fine(action: &Value) -> bool {
    Ncco::parse(&json!([action])).is_ok_and(|flow| flow.check().is_empty())
}

/// Each field with what it takes, and with what it does not. `hold` puts the object into an action.
fn limits(shape: &Shape, whole: &Value, hold: &dyn Fn(Value) -> Value) -> usize {
    let mut refused = 0;
    assert!(fine(&hold(whole.clone())), "{whole}");
    for field in shape.fields {
        let with = |value: Value| {
            let mut changed = whole.clone();
            changed[field.name] = value;
            hold(changed)
        };
        if field.needed {
            let mut less = whole.clone();
            less.as_object_mut().unwrap().remove(field.name);
            assert!(!fine(&hold(less)), "{} without {}", shape.name, field.name);
        }
        // Fields that need another field beside them have rules of their own.
        let alone = !matches!(
            (shape.name, field.name),
            ("record", "channels")
                | ("sip", _)
                | ("websocket", "uri")
                | ("input", "dtmf")
                | (_, "bargeIn" | "dtmfAnswer")
        );
        assert!(!alone || fine(&with(good(field.holds))), "{}", with(good(field.holds)));
        // Whether music is at its address is not looked at: flows that are in force are not refused for it.
        let judged = field.name != "musicOnHoldUrl";
        for value in bad(field.holds).into_iter().filter(|_| judged) {
            assert!(!fine(&with(value.clone())), "{} takes {value} in {}", shape.name, field.name);
            refused += 1;
        }
        if let Holds::Object(inner) = field.holds {
            let shape = Shape { name: field.name, fields: inner };
            refused += limits(&shape, &needs(inner), &with);
        }
    }
    refused
}

#[test]
fn what_the_table_allows_is_what_the_check_takes() {
    let mut refused = 0;
    for shape in ACTIONS {
        refused += limits(shape, &object(shape, "action"), &|action| action);
    }
    for shape in ENDPOINTS {
        let connect = |endpoint: Value| json!({"action": "connect", "endpoint": [endpoint]});
        refused += limits(shape, &object(shape, "type"), &connect);
    }
    assert!(refused > 30, "{refused}");
}
