//! Webhooks as the platform sends them, and as nobody should.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn post(body: &Value) -> Event {
    event(Raw::Body(body.to_string().as_bytes())).unwrap()
}

fn kind(event: &Event) -> &str {
    match &event.fact {
        Fact::Noted { kind } => kind,
        other => panic!("{other:?}"),
    }
}

fn status(word: &str) -> Value {
    json!({ "from": "442079460000", "to": "447700900000", "uuid": "leg-1", "conversation_uuid": "CON-1",
            "status": word, "direction": "outbound", "timestamp": "2021-03-29T21:20:05.582Z" })
}

#[test]
fn a_sockets_token_is_not_part_of_its_name() {
    let mut body = status("answered");
    body["to"] = json!("wss://calls.example.com/socket?token=secret");
    assert_eq!(post(&body).to.as_deref(), Some("wss://calls.example.com/socket"));
    body["to"] = json!("who? me");
    assert_eq!(post(&body).to.as_deref(), Some("who? me"));
}

#[test]
fn reads_an_answer_by_get() {
    let answer = answer(Raw::Query(
        "to=447700900001&from_user=Jane&endpoint_type=app&conversation_uuid=CON-8dd32088&uuid=54c255ca&region_url=https%3A%2F%2Fapi-us-3.vonage.com&custom_data=%7B%22to%22%3A%22447700900001%22%2C%22visit%22%3A%22v1%22%7D",
    ))
    .unwrap();
    assert_eq!(answer.to.as_deref(), Some("447700900001"));
    assert_eq!((answer.from, answer.from_user.as_deref()), (None, Some("Jane")));
    assert_eq!(answer.endpoint_type.as_deref(), Some("app"));
    assert_eq!(answer.region_url.as_deref(), Some("https://api-us-3.vonage.com"));
    assert_eq!(answer.custom_data["visit"], "v1");
}

#[test]
fn reads_an_answer_by_post_with_custom_data_in_both_shapes() {
    for custom in [json!({ "visit": "v1" }), json!(r#"{"visit":"v1"}"#)] {
        let body = json!({ "to": " 442079460000", "from": "+447700900000", "uuid": "u", "custom_data": custom });
        let answer = answer(Raw::Body(body.to_string().as_bytes())).unwrap();
        assert_eq!(answer.custom_data["visit"], "v1");
        assert_eq!(answer.to.as_deref(), Some("442079460000"));
        assert_eq!(answer.from.as_deref(), Some("+447700900000"));
    }
}

#[test]
fn reads_a_plus_that_became_a_blank() {
    let answer = answer(Raw::Query("to=+442079460000&from=%2B447700900000")).unwrap();
    assert_eq!(answer.to.as_deref(), Some("442079460000"));
    assert_eq!(answer.from.as_deref(), Some("+447700900000"));
}

#[test]
fn reads_a_fallback_request() {
    let body = json!({ "to": "442079460000", "uuid": "u", "reason": "Connection closed.",
        "original_request": { "url": "https://api.example.com/webhooks/answer", "type": "answer" } });
    let asked = answer(Raw::Body(body.to_string().as_bytes())).unwrap();
    assert_eq!(asked.reason.as_deref(), Some("Connection closed."));
    assert_eq!(asked.failed.as_deref(), Some("answer"));
    let query = "conversation_uuid=CON-1&reason=Socket+timeout.&original_request=%7B%22type%22%3A%22event%22%7D";
    assert_eq!(answer(Raw::Query(query)).unwrap().failed.as_deref(), Some("event"));
    let problem = Fact::Problem { reason: "our webhook failed: Socket timeout.".into() };
    assert_eq!(event(Raw::Query(query)).unwrap().fact, problem);
}

#[test]
fn reads_every_status() {
    for (word, expected) in [
        ("started", Status::Started),
        ("ringing", Status::Ringing),
        ("answered", Status::Answered),
        ("busy", Status::Busy),
        ("cancelled", Status::Cancelled),
        ("unanswered", Status::Unanswered),
        ("rejected", Status::Rejected),
        ("failed", Status::Failed),
        ("timeout", Status::Timeout),
        ("disconnected", Status::Disconnected),
        ("Answered", Status::Answered),
    ] {
        let event = post(&status(word));
        assert_eq!(event.leg.as_deref(), Some("leg-1"));
        assert_eq!(event.at, Some(1_617_052_805_582));
        assert_eq!(event.direction, Some(Direction::Outbound));
        assert_eq!(event.fact, Fact::Status(Change { status: expected, ..Change::default() }), "{word}");
    }
    let unknown = Change { status: Status::Unknown, detail: Some("Teleported".into()), ..Change::default() };
    assert_eq!(post(&status("Teleported")).fact, Fact::Status(unknown), "what is not known is kept as it was said");
}

#[test]
fn reads_the_documented_completed_event() {
    let event = event(Raw::Body(br#"{"headers":{},"end_time":"2020-01-01T12:00:02.000Z","uuid":"aaaaaaaabbbbccccdddd0123456789ab","network":"GB-FIXED","duration":"2","start_time":"2020-01-01T12:00:00.000Z","rate":"0.00450000","price":"0.00015000","from":"442079460000","to":"447700900000","conversation_uuid":"CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab","status":"completed","direction":"inbound","timestamp":"2020-01-01T12:00:02.000Z","disconnected_by":"user","sip_code":200}"#)).unwrap();
    let expected = Change {
        status: Status::Completed,
        detail: None,
        start_time: Some(1_577_880_000_000),
        end_time: Some(1_577_880_002_000),
        duration_seconds: Some(2),
        price: Some(Price(15_000)),
        network: Some("GB-FIXED".into()),
        disconnected_by: Some("user".into()),
        sip_code: Some(200),
    };
    assert_eq!(event.fact, Fact::Status(expected));
    assert_eq!(event.direction, Some(Direction::Inbound));
}

#[test]
fn reads_an_answering_machine_by_its_other_name_for_the_leg() {
    let event = post(&json!({ "call_uuid": "leg-9", "status": "machine", "sub_state": "beep_start",
        "conversation_uuid": "CON-1", "timestamp": "2020-01-01T12:00:00Z" }));
    assert_eq!(event.leg.as_deref(), Some("leg-9"));
    let change = Change { status: Status::Machine, detail: Some("beep_start".into()), ..Change::default() };
    assert_eq!(event.fact, Fact::Status(change));
}

#[test]
fn tells_events_without_a_status_apart() {
    let with = |extra: Value| {
        let mut body = json!({ "conversation_uuid": "CON-1", "timestamp": "2020-01-01T12:00:00.000Z" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        post(&body)
    };
    assert_eq!(
        kind(&with(json!({ "dtmf": { "digits": "1", "timed_out": true }, "speech": { "results": [] } }))),
        "input"
    );
    assert_eq!(kind(&with(json!({ "dtmf": "1" }))), "input");
    assert_eq!(kind(&with(json!({ "speech": { "results": [] } }))), "input");
    assert_eq!(kind(&with(json!({ "recording_url": "https://api.nexmo.com/v1/files/x", "size": 1 }))), "record");
    assert_eq!(kind(&with(json!({ "recording_url": "", "recording_uuid": "r", "size": 0 }))), "record");
    assert_eq!(kind(&with(json!({ "recording_url": null, "recording_uuid": "r", "size": 0 }))), "record");
    assert_eq!(kind(&with(json!({ "recording_uuid": "r", "status": "transcribed" }))), "transcription");
    assert_eq!(
        kind(&with(json!({ "type": "record", "status": "transcribed", "transcription_url": "x" }))),
        "transcription"
    );
    assert_eq!(kind(&with(json!({ "payload": { "foo": "bar" } }))), "notify");
    assert_eq!(kind(&with(json!({ "type": "member:joined" }))), "member:joined");
    assert_eq!(kind(&with(json!({}))), "unknown");
    let reason = "Syntax error in NCCO. Invalid value type or action.";
    assert_eq!(with(json!({ "reason": reason })).fact, Fact::Problem { reason: reason.into() });
}

#[test]
fn case_33_reads_texts_of_the_older_api_in_every_shape() {
    let form = "msisdn=447700900501&to=442079460005&messageId=0A0000000123ABCD&text=See+you+at+8%3F+%C3%A9&type=unicode&keyword=SEE&message-timestamp=2026-11-21+10%3A00%3A00";
    let json = json!({ "msisdn": "447700900501", "to": "442079460005", "messageId": "0A0000000123ABCD",
                       "text": "See you at 8? é", "type": "unicode" })
    .to_string();
    for raw in [Raw::Query(form), Raw::Body(form.as_bytes()), Raw::Body(json.as_bytes())] {
        let read = inbound_text(raw).unwrap();
        assert_eq!((read.id.as_str(), read.from.as_str()), ("0A0000000123ABCD", "447700900501"));
        assert_eq!((read.to.as_str(), read.text.as_str()), ("442079460005", "See you at 8? é"));
        assert!(is_sms_api(raw));
    }
    let part = |which: &str| {
        let form = format!(
            "msisdn=447700900501&to=442079460005&messageId=0A{which}&text=x&concat=true&concat-ref=9&concat-total=3&concat-part={which}"
        );
        inbound_text(Raw::Body(form.as_bytes())).unwrap().text
    };
    assert_eq!((part("1"), part("3")), ("(1/3) x".to_owned(), "(3/3) x".to_owned()));
    let binary = "msisdn=447700900501&to=442079460005&messageId=0A&type=binary&data=0106";
    assert_eq!(inbound_text(Raw::Body(binary.as_bytes())).err(), Some(Unreadable::because("the text is binary")));
    let told = "msisdn=447700900501&to=442079460005&messageId=0B&status=delivered&err-code=0";
    assert_eq!(text_status(Raw::Body(told.as_bytes())).unwrap().status, "delivered");
    for other in ["", "hello", "{\"msisdn\"=1", "%%%"] {
        assert!(inbound_text(Raw::Body(other.as_bytes())).is_err() && !is_sms_api(Raw::Body(other.as_bytes())));
    }
    assert!(!is_sms_api(Raw::Body(br#"{"message_uuid":"m","from":"447700900501","to":"4","text":"x"}"#)));
}

#[test]
fn b13_tells_whose_client_is_at_work() {
    let user = |kind: &str, rest: Value| {
        let mut body = json!({ "type": kind, "conversation_id": "CON-1", "timestamp": "2026-11-21T10:00:00Z" });
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        active_user(Raw::Body(body.to_string().as_bytes()))
    };
    let joined = json!({ "body": { "user": { "id": "USR-1", "name": "Mona" } } });
    let sent = json!({ "_embedded": { "from_user": { "id": "USR-2", "name": "Ted" } }, "body": {} });
    assert_eq!(user("member:joined", joined.clone()).as_deref(), Some("Mona"));
    assert_eq!(user("audio:mute:on", sent.clone()).as_deref(), Some("Ted"));
    for passive in ["member:invited", "member:left", "rtc:hangup", "leg:status:update", ""] {
        assert_eq!((user(passive, joined.clone()), user(passive, sent.clone())), (None, None), "{passive}");
    }
    assert_eq!(user("member:joined", json!({})), None);
    assert_eq!(active_user(Raw::Body(b"[]")), None);
}

#[test]
fn reads_a_transfer() {
    let event = post(&json!({ "conversation_uuid_from": "CON-1", "conversation_uuid_to": "CON-2", "uuid": "leg-1",
        "timestamp": "2020-01-01T12:00:00.000Z" }));
    assert_eq!((event.conversation.as_str(), event.fact), ("CON-1", Fact::Moved { to: "CON-2".into() }));
}

#[test]
fn says_why_it_cannot_read() {
    let reason = |raw| event(raw).unwrap_err().reason;
    assert!(reason(Raw::Body(b"")).contains("no JSON"));
    assert!(reason(Raw::Body(b"[1]")).contains("no object"));
    assert!(reason(Raw::Body(b"{}")).contains("no conversation"));
    assert!(reason(Raw::Body(&[0xff, 0xfe])).contains("no JSON"));
    assert!(reason(Raw::Query("")).contains("no parameters"));
    let long = format!("conversation_uuid={}", "x".repeat(4000));
    assert!(reason(Raw::Query(&long)).contains("no conversation"));
}

#[test]
fn what_reaches_the_database_is_clean_and_short() {
    let event = post(&json!({ "conversation_uuid": "CON-1", "uuid": "a\u{0}b", "from": "x\u{0}\ny".repeat(4000) }));
    assert_eq!(event.leg, None);
    let from = event.from.unwrap();
    assert!(from.chars().count() <= MAX_TEXT && !from.contains('\u{0}'));
}

/// JSON of any shape, with the platform's own names among the keys.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(json!("CON-1")),
        Just(json!("completed")),
        Just(json!("9999-99-99T99:99:99Z")),
    ];
    let name = prop_oneof![
        prop::sample::select(vec![
            "to",
            "from",
            "from_user",
            "uuid",
            "call_uuid",
            "conversation_uuid",
            "conversation_uuid_from",
            "status",
            "conversation_uuid_to",
            "custom_data",
            "dtmf",
            "speech",
            "reason",
            "original_request",
            "duration",
            "timestamp",
            "start_time",
            "price",
            "sip_code",
            "payload",
            "recording_url",
            "type",
            "direction",
        ])
        .prop_map(str::to_owned),
        "[a-z_]{0,8}",
    ];
    leaf.prop_recursive(3, 24, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(name.clone(), inner, 0..12)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), query in "\\PC{0,200}") {
        let _ = (answer(Raw::Body(&bytes)), event(Raw::Body(&bytes)), answer(Raw::Query(&query)), event(Raw::Query(&query)));
    }

    #[test]
    fn no_json_makes_it_panic_and_an_object_is_always_an_answer(value in json_value()) {
        let text = value.to_string();
        prop_assert_eq!(answer(Raw::Body(text.as_bytes())).is_ok(), value.is_object());
        if let Ok(event) = event(Raw::Body(text.as_bytes())) {
            prop_assert!(!event.conversation.is_empty() && event.conversation.len() <= MAX_ID);
        }
    }
}

#[test]
fn case_2_a_message_is_read_as_what_can_be_passed_on() {
    let read = |more: serde_json::Value| {
        let mut body =
            serde_json::json!({ "message_uuid": "m-1", "from": "447700900501", "to": "12025550123", "channel": "mms" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        inbound_text(Raw::Body(body.to_string().as_bytes())).unwrap()
    };
    for (more, said) in [
        (
            serde_json::json!({ "message_type": "image", "image": { "url": "https://x.example/d.jpg", "caption": "the door" } }),
            "the door\nhttps://x.example/d.jpg",
        ),
        (
            serde_json::json!({ "message_type": "audio", "audio": { "url": "https://x.example/a.mp3" } }),
            "https://x.example/a.mp3",
        ),
        (
            serde_json::json!({ "message_type": "vcard", "vcard": { "url": "https://x.example/c.vcf" } }),
            "https://x.example/c.vcf",
        ),
        (
            serde_json::json!({ "text": "see", "video": { "url": "https://x.example/v.mp4" } }),
            "see\nhttps://x.example/v.mp4",
        ),
        (
            serde_json::json!({ "message_type": "location", "location": { "lat": 51.5, "long": -0.25, "name": "Depot", "address": "1 High Street" } }),
            "Depot\n1 High Street\n51.5, -0.25",
        ),
        (serde_json::json!({ "message": { "content": { "type": "text", "text": "old shape" } } }), "old shape"),
        (
            serde_json::json!({ "message": { "content": { "type": "image", "image": { "url": "https://x.example/o.jpg", "caption": "old" } } } }),
            "old\nhttps://x.example/o.jpg",
        ),
        (serde_json::json!({ "message_type": "image", "image": { "url": "javascript:alert(1)" } }), ""),
        (serde_json::json!({ "message_type": "unsupported" }), ""),
        (serde_json::json!({ "text": "call me on 07700 900123" }), "call me on 07700 900123"),
    ] {
        assert_eq!(read(more.clone()).text, said, "{more}");
    }
    let old = serde_json::json!({ "message_uuid": "m-2", "from": { "type": "sms", "number": "447700900501" },
                                  "to": { "type": "sms", "number": "12025550123" },
                                  "message": { "content": { "type": "text", "text": "hello" } } });
    let old = inbound_text(Raw::Body(old.to_string().as_bytes())).unwrap();
    assert_eq!((old.from.as_str(), old.to.as_str(), old.text.as_str()), ("447700900501", "12025550123", "hello"));
}

#[test]
fn a_recording_is_read_as_the_platform_tells_it_and_an_odd_one_without_guessing() {
    let read = |body: Value| recording(Raw::Body(body.to_string().as_bytes())).unwrap();
    let url = "https://api.nexmo.com/v1/files/aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
    let told = json!({"start_time": "2018-08-10T11:18:51Z", "recording_url": url, "size": 162_558,
                      "recording_uuid": "ccccaaaa-dddd-cccc-dddd-0123456789ab", "end_time": "2018-08-10T11:19:31Z",
                      "conversation_uuid": "CON-ddddaaaa-bbbb-cccc-dddd-0123456789de", "timestamp": "2018-08-10T11:19:31.744Z"});
    let whole = read(told.clone());
    assert_eq!(whole.id.as_deref(), Some("ccccaaaa-dddd-cccc-dddd-0123456789ab"));
    assert_eq!((whole.url.as_str(), whole.bytes, whole.milliseconds()), (url, Some(162_558), Some(40_000)));
    let query = "recording_url=https%3A%2F%2Fapi.nexmo.com%2Fv1%2Ffiles%2F1&size=7&recording_uuid=r-1";
    let by_get = recording(Raw::Query(query)).unwrap();
    assert_eq!(
        (by_get.url.as_str(), by_get.bytes, by_get.milliseconds()),
        ("https://api.nexmo.com/v1/files/1", Some(7), None)
    );
    assert_eq!(read(json!({})), Recording::default());
    let long = format!("{url}{}", "a".repeat(1_000));
    let odd = read(json!({"recording_url": long, "recording_uuid": "two words", "size": -3,
                          "start_time": "2018-08-10T11:19:31Z", "end_time": "2018-08-10T11:18:51Z"}));
    assert_eq!((odd.id.clone(), odd.url.as_str(), odd.bytes, odd.milliseconds()), (None, "", None, Some(0)));
    assert!(recording(Raw::Body(b"[]")).is_err());
}
