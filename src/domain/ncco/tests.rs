//! Flows are printed as the platform names things, read back unchanged, and checked.

use serde_json::json;

use super::*;

#[test]
fn prints_the_platforms_names() {
    let from = E164::parse("442079460000").unwrap();
    let to = E164::parse("+44 7700 900000").unwrap();
    let ncco = Ncco(vec![Action::talk("Hello"), Action::connect_phone(&from, to, 1800)]);
    let expected = json!([
        {"action": "talk", "text": "Hello"},
        {"action": "connect", "from": "442079460000", "limit": 1800,
         "endpoint": [{"type": "phone", "number": "447700900000"}]},
    ]);
    assert_eq!(serde_json::to_value(&ncco).unwrap(), expected);
    assert_eq!(Ncco::parse(&expected), Ok(ncco.clone()));
    assert_eq!(ncco.check(), vec![]);
}

#[test]
fn reads_the_ivr_of_the_documents() {
    let value = json!([
        {"action": "talk", "text": "Thank you for calling my contact center."},
        {"action": "talk", "text": "To talk to Jane, please press 1, or, to talk to Joe, press 2.", "bargeIn": true},
        {"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": 1, "timeOut": 10}, "eventUrl": ["https://app/webhooks/dtmf"]},
    ]);
    let ncco = Ncco::parse(&value).unwrap();
    assert_eq!(ncco.check(), vec![]);
    assert_eq!(serde_json::to_value(&ncco).unwrap(), value);
}

#[test]
fn names_the_action_that_cannot_be_read() {
    let fault = Ncco::parse(&json!([{"action": "talk", "text": "x"}, {"action": "pay"}])).unwrap_err();
    assert_eq!(fault.at, "[1]");
    let known = matches!(&fault.reason, Reason::NotOneOf { is, allowed } if is == "pay" && allowed[0] == "talk");
    assert!(known, "{fault}");
    assert!(Ncco::parse(&json!({"action": "talk"})).is_err());
}

#[test]
fn finds_what_the_platform_refuses() {
    let cases = [
        (json!([{"action": "talk", "text": ""}]), "[0].text"),
        (json!([{"action": "talk", "text": "a".repeat(1501)}]), "[0].text"),
        (json!([{"action": "talk", "text": "a", "level": 2}]), "[0].level"),
        (json!([{"action": "talk", "text": "a", "bargeIn": true}, {"action": "record"}]), "[1].action"),
        (json!([{"action": "input", "type": []}]), "[0].type"),
        (json!([{"action": "input", "type": ["dtmf"], "dtmf": {"timeOut": 45}}]), "[0].dtmf.timeOut"),
        (json!([{"action": "connect", "endpoint": []}]), "[0].endpoint"),
        (
            json!([{"action": "connect", "from": "1", "randomFromNumber": true, "endpoint": [{"type": "app", "user": "a"}]}]),
            "[0].randomFromNumber",
        ),
        (
            json!([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://x", "content-type": "audio/l16;rate=44100"}]}]),
            "[0].endpoint[0].content-type",
        ),
        (json!([{"action": "notify", "payload": {}, "eventUrl": []}]), "[0].eventUrl"),
        (json!([{"action": "conversation", "name": "a", "mute": true, "canSpeak": []}]), "[0].mute"),
        (json!([{"action": "record", "channels": 2}]), "[0].channels"),
        (json!([{"action": "wait", "timeout": 0}]), "[0].timeout"),
        (json!([{"action": "talk", "text": "a", "bargeIn": true}]), "[0].bargeIn"),
        (json!([{"action": "connect", "endpoint": [{"type": "sip", "domain": "example"}]}]), "[0].endpoint[0].domain"),
        (json!([{"action": "connect", "endpoint": [{"type": "sip"}]}]), "[0].endpoint[0].uri"),
        (
            json!([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://x", "content-type": "audio/l16;rate=8000", "authorization": {"type": "custom"}}]}]),
            "[0].endpoint[0].authorization.value",
        ),
    ];
    for (value, at) in cases {
        let faults = Ncco::parse(&value).unwrap().check();
        assert_eq!(faults.iter().map(|f| f.at.as_str()).collect::<Vec<_>>(), [at], "{value}");
    }
}

/// Every field that the reference has, and fields that nobody has.
#[test]
fn cases_9_to_12_what_was_written_is_sent_unchanged() {
    let flows = [
        json!([{"action": "talk", "text": "a", "voiceName": "Amy", "provider": {"name": "x"}, "pitch": 3}]),
        json!([{"action": "stream", "streamUrl": ["https://example.com/a.mp3"], "fade": {"in": 1}}]),
        json!([{"action": "input", "type": ["speech"], "speech": {"language": "de-DE", "startTimeout": 5},
                "dtmf": {"timeOut": 3, "new": [1, 2]}, "later": null, "eventUrl": ["https://example.com"]}]),
        json!([{"action": "connect", "from": "442079460000", "other": true,
                "advancedMachineDetection": {"behavior": "hangup", "mode": "detect", "beep_timeout": 90, "x": 1},
                "endpoint": [{"type": "phone", "number": "447700900456", "shaken": "eyJ", "label": "door",
                              "onAnswer": {"url": "https://example.com/w", "ringback": "https://example.com/r.mp3", "y": 2}}]}]),
        json!([{"action": "connect", "endpoint": [{"type": "websocket", "uri": "wss://bot.example.com/b",
                "content-type": "audio/l16;rate=24000", "headers": {"a": {"b": []}},
                "authorization": {"type": "custom", "value": "Bearer y"}, "codec": "x"}]}]),
        json!([{"action": "connect", "endpoint": [{"type": "sip", "uri": "sip:desk@example.org",
                "headers": {"k": "v"}, "standardHeaders": {"User-to-User": "def"}, "z": 0.5}]}]),
        json!([{"action": "connect", "endpoint": [{"type": "sip", "domain": "other", "user": "ann"}]}]),
        json!([{"action": "connect", "endpoint": [{"type": "vbc", "extension": "42", "w": "x"}]}]),
        json!([{"action": "conversation", "name": "daily", "record": true, "eventMethod": "GET",
                "eventUrl": ["https://example.com/room"], "transcription": {}, "region": "eu"}]),
        json!([{"action": "record", "split": "conversation", "channels": 4, "keep": "7d",
                "transcription": {"language": "fr-FR", "sentimentAnalysis": true}}]),
        json!([{"action": "notify", "payload": {"a": [null]}, "eventUrl": ["https://example.com"], "q": 1}]),
        json!([{"action": "wait", "timeout": 1.5, "why": "x"}]),
        json!([{"action": "transfer", "conversationId": "CON-1", "keepAlive": true}]),
    ];
    for mut flow in flows {
        let ncco = Ncco::parse(&flow).unwrap();
        let sent = serde_json::to_value(&ncco).unwrap();
        // An explicit null says nothing.
        flow[0].as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let mut sent = sent;
        sent[0].as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(sent, flow);
        assert_eq!(ncco.check(), vec![], "{flow}");
    }
}

#[test]
fn p3_only_more_of_its_kind_stands_between_barge_in_and_its_input() {
    let talk = |barge_in: bool| json!({"action": "talk", "text": "a", "bargeIn": barge_in});
    let stream = |barge_in: bool| json!({"action": "stream", "streamUrl": ["https://x/y"], "bargeIn": barge_in});
    let input = json!({"action": "input", "type": ["dtmf"]});
    let faults = |flow: Value| Ncco::parse(&flow).unwrap().check().into_iter().map(|f| f.at).collect::<Vec<_>>();
    assert_eq!(faults(json!([talk(true), stream(true), input])), ["[1].action"]);
    assert_eq!(faults(json!([stream(true), talk(false), input])), ["[1].action"]);
    for fine in [
        json!([talk(true), talk(false), input]),
        json!([talk(true), input, stream(true), input]),
        json!([talk(false), stream(true), stream(false), input]),
    ] {
        assert_eq!(faults(fine), Vec::<String>::new());
    }
}

#[test]
fn p4_a_connect_rings_for_1_to_120_seconds() {
    let fine = |seconds: u32| {
        let flow = json!([{"action": "connect", "timeout": seconds, "endpoint": [{"type": "app", "user": "a"}]}]);
        Ncco::parse(&flow).unwrap().check().is_empty()
    };
    assert_eq!([0, 1, 2, 120, 121, 7200].map(fine), [false, true, true, true, false, false]);
}

#[test]
fn ssml_tags_are_not_spoken() {
    let text = format!("<speak><prosody rate='slow'>{}</prosody></speak>", "a".repeat(1500));
    assert_eq!(Ncco(vec![Action::talk(text)]).check(), vec![]);
}
