use super::*;

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn route(ends_at: Option<i64>) -> Route {
    Route {
        conversation: "c".into(),
        side: 0,
        mask: number("442079460002"),
        other: RealNumber::parse("447700900002").unwrap(),
        language: Language::English,
        ends_at,
    }
}

fn hooks() -> Hooks {
    Hooks { base: "https://x".into(), speech: Speech::default() }
}

#[test]
fn a_caller_who_reaches_nobody_hears_why_in_the_conversations_language() {
    let ends = [
        (Status::Busy, "busy"),
        (Status::Rejected, "busy"),
        (Status::Timeout, "no_answer"),
        (Status::Unanswered, "no_answer"),
        (Status::Failed, "not_reached"),
    ];
    for (status, name) in ends {
        let missed = Missed::of(status).unwrap();
        assert_eq!(missed.name(), name);
        for language in [Language::English, Language::Chinese] {
            let flow = missed.flow(&Speech::usual(language)).unwrap();
            assert_eq!(flow.check(), vec![]);
            let Action::Talk(talk) = &flow.0[0] else { panic!("{flow:?}") };
            assert_eq!(talk.text.is_ascii(), language == Language::English, "{}", talk.text);
        }
    }
    assert_eq!(Missed::of(Status::Cancelled).and_then(|left| left.flow(&Speech::default())), None);
    for goes_on in [Status::Started, Status::Ringing, Status::Answered, Status::Completed] {
        assert_eq!(Missed::of(goes_on), None, "{goes_on:?}");
    }
    // Our own answer to the event may be lost: then what stands behind the connect is heard.
    let verdict = decide(true, Found::Open(route(None)), true, 0);
    let flow = ncco(&verdict, &hooks(), 0);
    assert!(matches!(flow.0.last(), Some(Action::Talk(_))), "{}", flow.to_json());
}

#[test]
fn the_call_shows_the_callers_mask_and_says_what_the_use_case_says() {
    let verdict = decide(true, Found::Open(route(None)), true, 0);
    let flow = ncco(&verdict, &hooks(), 0);
    assert!(flow.check().is_empty());
    let json: serde_json::Value = serde_json::from_str(&flow.to_json()).unwrap();
    assert_eq!(json[0]["action"], "talk");
    assert_eq!(json[0]["text"], "Please wait whilst we connect your call");
    assert_eq!(json[1]["action"], "connect");
    assert_eq!(json[1]["from"], "442079460002");
    assert_eq!(json[1]["endpoint"][0]["number"], "447700900002");
    assert_eq!(json[1]["limit"], LIMIT_SECONDS);
    assert_eq!(json[1]["eventType"], "synchronous");
    assert_eq!(json[1]["eventUrl"][0], "https://x/webhooks/event");
}

#[test]
fn a_conversation_that_ended_connects_nobody_even_before_it_is_swept() {
    let ended = decide(true, Found::Open(route(Some(1_000))), false, 1_000);
    assert_eq!(ended.name(), "over");
    let going = decide(true, Found::Open(route(Some(61_000))), false, 1_000);
    let flow = ncco(&going, &hooks(), 1_000);
    let json: serde_json::Value = serde_json::from_str(&flow.to_json()).unwrap();
    assert_eq!(json[1]["limit"], 60, "the call ends with it");
}

#[test]
fn every_other_caller_hears_something_and_is_connected_to_nobody() {
    let over = Found::Over { conversation: "c".into(), side: 1, language: Language::Chinese };
    for (known, found, pins, name) in [
        (true, Found::Nothing, false, "unknown"),
        (false, Found::Nothing, false, "withheld"),
        (false, Found::Nothing, true, "pin_asked"),
        (true, Found::Nothing, true, "pin_asked"),
        (true, over.clone(), false, "over"),
        (true, over, true, "pin_asked"),
    ] {
        let verdict = decide(known, found, pins, 0);
        assert_eq!(verdict.name(), name);
        for language in Language::EVERY {
            let flow = ncco(&verdict, &Hooks { speech: Speech::usual(language), ..hooks() }, 0);
            assert!(flow.check().is_empty(), "{:?}", flow.check());
            assert!(matches!(&flow.0[0], Action::Talk(talk) if talk.text.chars().count() > 15));
            assert!(!flow.0.iter().any(|action| matches!(action, Action::Connect(_))));
        }
    }
    assert_eq!(wrong_pin(1, &hooks()).0.len(), 2);
    assert_eq!(wrong_pin(PIN_TRIES, &hooks()).0.len(), 1);
}

#[test]
fn a_real_number_is_not_in_what_debug_prints() {
    let shown = format!("{:?} {:?}", route(None), RealNumber::parse("447700900002"));
    assert!(!shown.contains("447700900002"), "{shown}");
    assert!(shown.contains("RealNumber(+44"), "{shown}");
}

#[test]
fn numbers_in_texts_are_masked_but_ours_and_ids_stay() {
    let ours = |digits: &str| digits == "442079460001";
    let text =
        r#"{"from":"447700900001","to":"442079460001","uuid":"aaaa1234567890bbbb-1234567-0"} from=%2B447700900001"#;
    let masked = mask_numbers(text, ours);
    assert!(!masked.contains("447700900001"), "{masked}");
    assert!(masked.contains("442079460001") && masked.contains("aaaa1234567890bbbb-1234567-0"), "{masked}");
    assert_eq!(mask_numbers("call 447700900001", |_| false), "call +44••••••0001");
    assert_eq!(mask_numbers("no number, 123", |_| false), "no number, 123");
    let event = r#"{"price":"0.02000000","start_time":"2026-11-21T10:00:10.000Z","to":447700900001,"timestamp":"2026-11-21 10:00"}"#;
    let masked = mask_document(event, |spelled| spelled.plain);
    let masked: Value = serde_json::from_str(&masked).unwrap();
    assert_eq!(
        (&masked["price"], &masked["start_time"], &masked["to"], &masked["timestamp"]),
        (
            &Value::from("0.02000000"),
            &Value::from("2026-11-21T10:00:10.000Z"),
            &Value::from("+44••••••0001"),
            &Value::from("2026-11-21 10:00")
        )
    );
}

#[test]
fn f12_a_document_hides_a_number_in_every_spelling() {
    let hide = |spelled: Spelled<'_>| crate::domain::spelling::is_number(spelled, "447700900001");
    for document in [
        r#"{"from":"+44 7700 900001","x":{"0044 (0)7700 900001":[447700900001,"\u002b\u0034\u0034 7700 900001"]}}"#,
        "from=%2B44+7700+900001&x=%34%347700900001&to=07700%20900001",
        r#"[{"action":"connect","endpoint":[{"type":"phone","number":"447700900001"}]}]"#,
        "the platform refused 447700900001 (+447700900001)",
    ] {
        let masked = mask_document(document, hide);
        assert!(!masked.contains("900001") && masked.contains('•'), "{masked}");
    }
    assert_eq!(mask_document(r#"{"a": 1}"#, hide), r#"{"a": 1}"#, "what hides nothing stays as it came");
}
