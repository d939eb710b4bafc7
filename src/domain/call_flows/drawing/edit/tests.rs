use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::domain::call_flows::Preset;

fn set(text: &str, at: usize, path: &str, value: &str) -> Result<String, NotEdited> {
    edited(text, &Edit::Set { at, path: path.into(), value: value.into() })
}

fn add(text: &str, at: usize, kind: &str) -> String {
    edited(text, &Edit::Add { at, kind: kind.into() }).unwrap()
}

#[test]
fn an_action_is_added_as_its_neighbours_are_written() {
    let text = "[\n  {\n    \"action\": \"wait\"\n  }\n]\n";
    let new = "{\n    \"action\": \"talk\",\n    \"text\": \"\"\n  }";
    assert_eq!(add(text, 0, "talk"), format!("[\n  {new},\n  {{\n    \"action\": \"wait\"\n  }}\n]\n"));
    assert_eq!(add(text, 1, "talk"), format!("[\n  {{\n    \"action\": \"wait\"\n  }},\n  {new}\n]\n"));
    assert_eq!(add(" ", 0, "talk"), format!("[\n  {new}\n]\n"));
    assert_eq!(add("[{}]", 1, "record"), "[{}, { \"action\": \"record\" }]");
    assert_eq!(add("[\n\t{}]", 1, "wait"), "[\n\t{},\n\t{\n\t\t\"action\": \"wait\"\n\t}]");
}

#[test]
fn what_is_added_needs_values_and_nothing_else() {
    for shape in ACTIONS {
        let text = add("[]", 0, shape.name);
        let [action] = &serde_json::from_str::<Vec<Value>>(&text).unwrap()[..] else { panic!("{text}") };
        assert_eq!(action["action"], shape.name);
        assert!(crate::domain::ncco::Ncco::parse(&json!([action])).is_ok(), "{text}");
    }
    let text = Preset::Ivr.text();
    let keys = add(text, 1, "input");
    assert!(keys.contains("[\"dtmf\"]") && keys.contains("\"eventUrl\": [\"DTMF_URL\"]"), "{keys}");
    assert_eq!(edited(text, &Edit::Add { at: 0, kind: "pay".into() }), Err(NotEdited::NotHere("pay".into())));
}

#[test]
fn a_field_is_changed_where_it_stands() {
    let text = "[ {\"action\":\"talk\",\"level\":1e0, \"text\":\"a\", \"colour\":[1,  2]} ]";
    assert_eq!(set(text, 0, "text", "b\"\u{e4}").unwrap(), text.replace("\"a\"", "\"b\\\"\u{e4}\""));
    assert_eq!(set(text, 0, "level", "").unwrap(), text.replace(",\"level\":1e0", ""));
    assert_eq!(set(text, 0, "loop", "3").unwrap(), text.replace("2]", "2], \"loop\": 3"));
    assert_eq!(set(text, 0, "bargeIn", "true").unwrap(), text.replace("2]", "2], \"bargeIn\": true"));
    assert_eq!(set(text, 0, "text", "").unwrap(), text.replace("\"a\"", "\"\""), "it is needed");
    assert_eq!(set(text, 0, "loop", "often"), Err(NotEdited::NotNumber { is: "often".into() }));
    assert_eq!(set(text, 0, "colour", "1"), Err(NotEdited::NotHere("colour".into())));
    assert_eq!(set(text, 1, "text", "b"), Err(NotEdited::NoAction));
    for broken in ["{}", "[", "[1] 2", "7"] {
        assert_eq!(set(broken, 0, "text", "b"), Err(NotEdited::NoList), "{broken}");
    }
    let long = set(text, 0, "text", &"x".repeat(LONGEST));
    assert_eq!(long, Err(NotEdited::Long { most: LONGEST }));
}

#[test]
fn settings_inside_an_action_are_made_and_changed() {
    let text = r#"[{ "action": "input", "type": ["dtmf"], "dtmf.maxDigits": 7 }]"#;
    let made = set(text, 0, "dtmf.maxDigits", "4").unwrap();
    assert_eq!(made, text.replace("7 }", r#"7, "dtmf": { "maxDigits": 4 } }"#));
    let more = set(&made, 0, "dtmf.timeOut", "10").unwrap();
    assert_eq!(more, made.replace("4 }", r#"4, "timeOut": 10 }"#));
    assert_eq!(set(&more, 0, "dtmf.timeOut", "").unwrap(), made);
    assert_eq!(set(text, 0, "type", "dtmf speech").unwrap(), text.replace(r#"["dtmf"]"#, r#"["dtmf", "speech"]"#));
    assert_eq!(set(text, 0, "dtmf.timeOut", "").unwrap(), text);
    let odd = r#"[{ "action": "input", "type": ["dtmf"], "dtmf": 7 }]"#;
    assert_eq!(set(odd, 0, "dtmf.maxDigits", "4"), Err(NotEdited::NotHere("dtmf.maxDigits".into())));
    // Of a field that stands twice the last one counts, and none is left when it is taken away.
    let twice = r#"[{"action": "wait", "timeout": 1, "timeout": 2}]"#;
    assert_eq!(set(twice, 0, "timeout", "3").unwrap(), r#"[{"action": "wait", "timeout": 1, "timeout": 3}]"#);
    assert_eq!(set(twice, 0, "timeout", "").unwrap(), r#"[{"action": "wait"}]"#);
}

#[test]
fn somebody_else_is_rung_and_what_we_do_not_know_stays() {
    let text = r#"[{"action": "connect", "endpoint": [{"type": "phone", "number": "1", "shaken": "s", "colour": 1}]}]"#;
    let jane = set(text, 0, "whom", "app:queue:Sales").unwrap();
    let rung = r#"[{"action": "connect", "endpoint": [{"type": "app", "colour": 1, "user": "queue:Sales"}]}]"#;
    assert_eq!(jane, rung);
    let phone = set(&jane, 0, "whom", "phone").unwrap();
    assert_eq!(phone, r#"[{"action": "connect", "endpoint": [{"type": "phone", "colour": 1, "number": ""}]}]"#);
    let number = set(&phone, 0, "endpoint.number", " PARAMS_TO ").unwrap();
    assert_eq!(number, phone.replace("\"number\": \"\"", "\"number\": \"PARAMS_TO\""));
    let socket = set(&number, 0, "whom", "websocket").unwrap();
    assert!(socket.contains(r#""uri": "", "content-type": "audio/l16;rate=16000""#), "{socket}");
    for none in [r#"[{"action": "connect"}]"#, r#"[{"action": "connect", "endpoint": []}]"#] {
        let whole: Value = serde_json::from_str(&set(none, 0, "whom", "app:Jane").unwrap()).unwrap();
        assert_eq!(whole, json!([{"action": "connect", "endpoint": [{"type": "app", "user": "Jane"}]}]));
    }
    for odd in ["fax", "phone:1", ""] {
        assert_eq!(set(text, 0, "whom", odd), Err(NotEdited::NotHere(odd.into())));
    }
}

#[test]
fn a_long_flow_is_changed_at_once() {
    let text = format!("[{}{{\"action\":\"wait\"}}]", "{\"action\":\"wait\"},".repeat(3_000));
    let moved = edited(&text, &Edit::Move { from: 0, to: 3_000 }).unwrap();
    assert_eq!(moved.len(), text.len());
    let deep = format!("[{}1{}]", "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(edited(&deep, &Edit::Remove { at: 0 }), Err(NotEdited::NoList));
}

/// Any JSON, of whatever a flow could hold.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z\"\\\\{}\\[\\],: \u{e4}]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z.]{1,6}", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Actions of the language with anything beside their fields, and things that are no actions.
fn flow() -> impl Strategy<Value = Vec<Value>> {
    let action =
        (0..ACTIONS.len(), prop::collection::btree_map("[a-z.]{1,6}|text|dtmf|timeout|loop", json_value(), 0..4))
            .prop_map(|(kind, mut fields)| {
                fields.insert("action".into(), Value::from(ACTIONS[kind].name));
                Value::Object(fields.into_iter().collect())
            });
    prop::collection::vec(prop_oneof![4 => action, 1 => json_value()], 1..5)
}

proptest! {
    #[test]
    fn adding_and_removing_gives_the_text_again(flow in flow(), pretty: bool, at in 0_usize..6, kind in 0..ACTIONS.len()) {
        let text = if pretty { serde_json::to_string_pretty(&flow) } else { serde_json::to_string(&flow) }.unwrap();
        let at = at.min(flow.len());
        let added = add(&text, at, ACTIONS[kind].name);
        let read: Vec<Value> = serde_json::from_str(&added).unwrap();
        prop_assert_eq!([&read[..at], &read[at + 1..]].concat(), flow);
        prop_assert_eq!(edited(&added, &Edit::Remove { at }).unwrap(), text);
    }

    #[test]
    fn moving_keeps_every_action_and_can_be_taken_back(flow in flow(), from in 0_usize..5, to in 0_usize..5) {
        let text = serde_json::to_string_pretty(&flow).unwrap();
        let (from, to) = (from % flow.len(), to % flow.len());
        let moved = edited(&text, &Edit::Move { from, to }).unwrap();
        let mut wanted = flow;
        let one = wanted.remove(from);
        wanted.insert(to, one);
        prop_assert_eq!(serde_json::from_str::<Vec<Value>>(&moved).unwrap(), wanted);
        prop_assert_eq!(edited(&moved, &Edit::Move { from: to, to: from }).unwrap(), text);
    }

    #[test]
    fn setting_a_field_changes_that_field_alone(flow in flow(), at in 0_usize..5, n in 0_usize..12, value in "[0-9]{0,3}|true|app:Jane|phone") {
        let text = serde_json::to_string_pretty(&flow).unwrap();
        let at = at % flow.len();
        let kind = flow[at]["action"].as_str().unwrap_or_default().to_owned();
        let paths = fields::paths(&kind, fields::rings(&flow[at]));
        prop_assume!(!paths.is_empty());
        let path = paths[n % paths.len()];
        let Ok(out) = set(&text, at, path, &value) else { return Ok(()) };
        let mut read: Vec<Value> = serde_json::from_str(&out).unwrap();
        let mut wanted = flow;
        // All but the field, or what holds it, is as it was.
        let outer = if path == WHOM { "endpoint" } else { path.split('.').next().unwrap() };
        let inner = path.split_once('.').map(|(_, inner)| inner);
        let (was, is) = (wanted[at].as_object_mut().unwrap().remove(outer), read[at].as_object_mut().unwrap().remove(outer));
        prop_assert_eq!(read, wanted);
        if let (Some(inner), Some(Value::Object(mut was)), Some(Value::Object(mut is))) = (inner, was, is) {
            was.remove(inner);
            is.remove(inner);
            prop_assert_eq!(was, is);
        }
    }

    #[test]
    fn any_text_is_changed_or_refused_without_panic(text in "[\\[\\]{}:,\"a1 \n\\\\]{0,60}", at in 0_usize..3) {
        for edit in [
            Edit::Add { at, kind: "talk".into() },
            Edit::Move { from: at, to: 0 },
            Edit::Remove { at },
            Edit::Set { at, path: "text".into(), value: "x".into() },
        ] {
            if let Ok(out) = edited(&text, &edit) {
                prop_assert!(serde_json::from_str::<Vec<Value>>(&out).is_ok(), "{}", out);
            }
        }
    }
}
