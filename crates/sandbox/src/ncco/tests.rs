use proptest::prelude::*;
use serde_json::json;

use super::*;

fn why(ncco: Value) -> String {
    check(ncco.as_array().unwrap()).unwrap_err()
}

fn good(ncco: Value) -> Vec<Action> {
    read(ncco.as_array().unwrap()).unwrap()
}

#[test]
fn reads_the_click_to_call_flow() {
    let actions = good(json!([
        {"action": "talk", "text": "Thank you for calling Acme support."},
        {"action": "connect", "from": "442079460000", "timeout": 20, "eventType": "synchronous",
         "eventUrl": ["https://example.com/failed"],
         "endpoint": [{"type": "phone", "number": "447700900000"}]}]));
    let [Action::Talk(talk), Action::Connect(connect)] = actions.as_slice() else { panic!("{actions:?}") };
    assert_eq!((talk.language.as_str(), talk.play.times), ("en-US", Some(1)));
    assert_eq!(connect.endpoint, Endpoint::Phone("447700900000".into()));
    assert!(connect.synchronous && connect.timeout_s == 20 && connect.limit_s == 7200);
}

#[test]
fn says_which_action_and_which_field() {
    let talk = json!({"action": "talk", "text": "x"});
    for (action, wrong) in [
        (json!({"action": "dance"}), "\"dance\" is no action"),
        (json!("talk"), "must be an object"),
        (json!({"text": "x"}), "action is required"),
        (json!({"action": "talk"}), "text is required"),
        (json!({"action": "talk", "text": "x", "level": 2}), "level must be from -1 to 1"),
        (json!({"action": "talk", "text": "<speak>x"}), "SSML"),
        (json!({"action": "talk", "text": "x".repeat(1501)}), "1500"),
        (json!({"action": "stream", "streamUrl": "https://x"}), "streamUrl must be an array"),
        (json!({"action": "input", "type": []}), "type must be an array"),
        (json!({"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 21}}), "dtmf.maxDigits"),
        (json!({"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 1}, "mode": "asynchronous"}), "mode"),
        (json!({"action": "input", "type": ["dtmf"], "eventUrl": "https://x"}), "eventUrl must be an array"),
        (json!({"action": "connect", "endpoint": []}), "exactly one"),
        (json!({"action": "connect", "endpoint": [{"type": "phone", "number": "+4477"}]}), "endpoint.number"),
        (json!({"action": "connect", "endpoint": [{"type": "pigeon"}]}), "pigeon"),
        (
            json!({"action": "connect", "from": "1", "randomFromNumber": true,
                "endpoint": [{"type": "app", "user": "u"}]}),
            "exclude",
        ),
        (json!({"action": "conversation", "name": "n", "mute": true, "canSpeak": []}), "exclude"),
        (json!({"action": "record", "endOnSilence": 1}), "endOnSilence"),
        (json!({"action": "record", "endOnKey": "12"}), "endOnKey"),
        (json!({"action": "notify", "payload": {}}), "eventUrl is required"),
        (json!({"action": "transfer"}), "conversationId"),
    ] {
        let message = why(json!([talk, action]));
        assert!(message.starts_with("Action 2: ") && message.contains(wrong), "{message} should say {wrong}");
    }
}

#[test]
fn barge_in_must_meet_an_input() {
    let barge = json!({"action": "talk", "text": "x", "bargeIn": true});
    let talk = json!({"action": "talk", "text": "x"});
    let input = json!({"action": "input", "type": ["dtmf"]});
    good(json!([barge, talk, input]));
    assert!(why(json!([barge, talk])).contains("bargeIn"));
    assert!(why(json!([barge, {"action": "wait"}, input])).contains("input is expected"));
}

#[test]
fn p3_a_talk_with_barge_in_is_not_followed_by_a_stream() {
    let played = |barge_in: bool| json!({"action": "stream", "streamUrl": ["https://x.y/z.wav"], "bargeIn": barge_in});
    let spoken = |barge_in: bool| json!({"action": "talk", "text": "x", "bargeIn": barge_in});
    let input = json!({"action": "input", "type": ["dtmf"]});
    for (first, second) in [(spoken(true), played(false)), (spoken(true), played(true)), (played(true), spoken(false))]
    {
        assert!(why(json!([first, second, input])).starts_with("Action 2: after bargeIn"));
    }
    good(json!([spoken(false), played(true), played(false), input]));
    good(json!([spoken(true), input, played(true), input]));
}

#[test]
fn p4_a_connect_rings_for_1_to_120_seconds() {
    let flow = |seconds: u32| json!([{"action": "connect", "timeout": seconds, "endpoint": [{"type": "app", "user": "Jane"}]}]);
    good(flow(1));
    good(flow(120));
    for seconds in [0, 121, 7200] {
        assert!(why(flow(seconds)).contains("timeout"), "{seconds}");
    }
}

#[test]
fn case_9_advanced_machine_detection_is_read() {
    let flow = |detection: Value| {
        json!([{"action": "connect", "advancedMachineDetection": detection,
                "endpoint": [{"type": "phone", "number": "447700900123"}]}])
    };
    good(flow(json!({"behavior": "hangup", "mode": "detect", "beep_timeout": 45})));
    for (detection, wrong) in [
        (json!({"behavior": "stop"}), "advancedMachineDetection.behavior"),
        (json!({"mode": "beep"}), "advancedMachineDetection.mode"),
        (json!({"beep_timeout": 20}), "advancedMachineDetection.beep_timeout"),
    ] {
        assert!(why(flow(detection)).contains(wrong));
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("talk"),
        Just("connect"),
        Just("input"),
        Just("record"),
        Just("conversation"),
        Just("stream"),
        Just("notify"),
        Just("wait"),
        Just("transfer"),
        Just("phone"),
        Just("app"),
        Just("dtmf"),
        Just("https://x.y"),
        Just("#"),
        Just("<speak>"),
        Just("字"),
        Just("")
    ]
    .prop_map(Value::from);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word,
        ".*".prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("action"),
        Just("text"),
        Just("endpoint"),
        Just("type"),
        Just("number"),
        Just("user"),
        Just("dtmf"),
        Just("maxDigits"),
        Just("timeOut"),
        Just("timeout"),
        Just("eventUrl"),
        Just("loop"),
        Just("level"),
        Just("bargeIn"),
        Just("name"),
        Just("canSpeak"),
        Just("streamUrl"),
        Just("onAnswer"),
        Just("url"),
        Just("payload"),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn action() -> impl Strategy<Value = Value> {
    let names = ["talk", "stream", "input", "connect", "conversation", "record", "notify", "wait", "transfer"];
    (prop::sample::select(names.to_vec()), json_value()).prop_map(|(name, mut value)| {
        if let Some(map) = value.as_object_mut() {
            map.insert("action".into(), name.into());
        }
        value
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever an application sends, it is read or refused in words.
    #[test]
    fn any_json_is_read_or_refused(actions in prop::collection::vec(action(), 0..5)) {
        match read(&actions) {
            Ok(read) => prop_assert_eq!(read.len(), actions.len()),
            Err(why) => prop_assert!(!why.is_empty()),
        }
    }
}

#[test]
fn s9_an_input_without_a_type_is_keys_and_its_settings_are_those_of_the_old_form() {
    let read_one = |value: Value| match read(&[value]).unwrap().remove(0) {
        Action::Input(input) => input,
        other => panic!("{other:?}"),
    };
    let bare = read_one(json!({"action": "input", "eventUrl": ["https://example.com/keys"]}));
    assert!(bare.dtmf && !bare.speech && bare.assumed && bare.old_form);
    assert_eq!((bare.time_out_s, bare.max_digits, bare.submit_on_hash), (3, 4, false));
    let set = json!({"action": "input", "timeOut": "45", "maxDigits": 2, "submitOnHash": true, "timeout": "10"});
    let set = read_one(set);
    assert_eq!((set.time_out_s, set.max_digits, set.submit_on_hash), (10, 2, true));
    let modern = read_one(json!({"action": "input", "dtmf": {"maxDigits": 7}}));
    assert!(modern.dtmf && modern.assumed && !modern.old_form);
    assert_eq!(modern.max_digits, 7);
    let speech = read_one(json!({"action": "input", "speech": {}}));
    assert!(speech.speech && !speech.dtmf && speech.assumed);
    assert!(!read_one(json!({"action": "input", "type": ["dtmf"]})).assumed);
    assert!(read(&[json!({"action": "input", "dtmf": {"maxDigits": 70}})]).is_err(), "settings are checked as ever");
}
