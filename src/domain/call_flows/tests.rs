use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn the_presets_are_good_and_are_the_documents() {
    for preset in Preset::EVERY {
        assert_eq!(problems(preset.text(), |_| true), [], "{preset:?}");
        assert_eq!(Preset::parse(preset.name()), Some(preset));
    }
    let filled = fill(Preset::Outbound.text(), &Filling::sample(), |_| false).unwrap();
    assert_eq!(
        serde_json::to_value(filled).unwrap(),
        json!([
            {"action": "talk", "text": "Please wait while we connect you."},
            {"action": "connect", "timeout": 20, "from": "442079460000",
             "endpoint": [{"type": "phone", "number": "447700900123"}]},
        ])
    );
    let filled = fill(Preset::Inbound.text(), &Filling::sample(), |_| false).unwrap();
    assert_eq!(
        serde_json::to_value(filled).unwrap(),
        json!([
            {"action": "talk", "text": "Thank you for calling Jane"},
            {"action": "connect", "endpoint": [{"type": "app", "user": "Jane"}]},
        ])
    );
}

fn found(text: &str) -> Vec<(usize, String)> {
    problems(text, |_| true).into_iter().map(|problem| (problem.line, problem.field)).collect()
}

#[test]
fn a_problem_names_the_line_and_the_field() {
    let one = |line: usize, field: &str| vec![(line, field.to_owned())];
    assert_eq!(found("[\n  {\"action\": \"talk\",\n   \"text\": \"\"}\n]"), one(3, "[0].text"));
    assert_eq!(found("[\n {\"action\": \"talk\"}\n]"), one(2, "[0].text"));
    assert_eq!(found("[\n {\"action\": \"talk\", \"text\": 7}\n]"), one(2, "[0].text"));
    assert_eq!(found("[{\"action\":\"talk\",\"text\":\"a\"},\n{\n\"action\":\"pay\"}]"), one(3, "[1].action"));
    let phone = "[{\"action\": \"connect\",\n \"endpoint\": [{\n  \"type\": \"phone\",\n  \"number\": \"12\"}]}]";
    assert_eq!(found(phone), one(4, "[0].endpoint[0].number"));
    let none = "[{\"action\": \"connect\",\n \"endpoint\": [{\n  \"type\": \"phone\"}]}]";
    assert_eq!(found(none), one(2, "[0].endpoint[0].number"));
    let wrong =
        "[{\"action\": \"connect\", \"timeout\": \"20\",\n \"endpoint\": [{\"type\": \"app\", \"user\": \"Jane\"}]}]";
    assert_eq!(found(wrong), one(1, "[0].timeout"));
    let input = "[{\"action\": \"input\", \"type\": [\"dtmf\"],\n \"dtmf\": {\n \"timeOut\": 45}}]";
    assert_eq!(found(input), one(3, "[0].dtmf.timeOut"));
    assert_eq!(found("[\n{\"action\": \"talk\" \"text\": \"\"}]"), one(2, ""));
    assert_eq!(found("{}"), one(1, ""));
    assert_eq!(found("[]"), one(1, ""));
    assert_eq!(found("[\n7]"), one(2, "[0]"));
    assert!(found(&format!("[{}]", " ".repeat(LONGEST))).len() == 1);
}

#[test]
fn what_the_platform_ignores_is_a_warning() {
    // The input action of the old sample: its settings are where nobody looks for them.
    let old = "[{\"action\": \"input\", \"type\": [\"dtmf\"],\n \"timeout\": \"10\",\n \"submitOnHash\": true}]";
    let problems = problems(old, |_| true);
    assert!(problems.iter().all(|problem| problem.only_a_warning));
    assert_eq!(found(old), [(2, "[0].timeout".to_owned()), (3, "[0].submitOnHash".to_owned())]);
    assert_eq!(found("[{\"action\":\"talk\",\"text\":\"MY_NUMBER\"}]"), [(1, "[0].text".to_owned())]);
}

#[test]
fn cases_9_to_12_an_unknown_field_is_a_warning_and_is_sent() {
    let text = r#"[{"action": "connect", "from": "YOUR_NEXMO_NUMBER",
 "advancedMachineDetection": {"behaviour": "continue"},
 "endpoint": [{"type": "phone", "number": "447700900456", "colour": "red"}]}]"#;
    let problems = problems(text, |_| false);
    assert!(problems.iter().all(|problem| problem.only_a_warning && problem.reason == Reason::Unknown));
    let fields: Vec<_> = problems.iter().map(|problem| (problem.line, problem.field.as_str())).collect();
    assert_eq!(fields, [(2, "[0].advancedMachineDetection.behaviour"), (3, "[0].endpoint[0].colour")]);
    let sent = serde_json::to_value(fill(text, &Filling::sample(), |_| false).unwrap()).unwrap();
    assert_eq!(sent[0]["advancedMachineDetection"], json!({"behaviour": "continue"}));
    assert_eq!(sent[0]["endpoint"][0]["colour"], "red");
}

#[test]
fn case_35_who_is_shown_as_the_caller_is_written_right_and_ours() {
    let flow = |from: &str, endpoint: &str| {
        json!([{"action": "connect", "from": from, "endpoint": [serde_json::from_str::<Value>(endpoint).unwrap()]}])
            .to_string()
    };
    let phone = r#"{"type": "phone", "number": "447700900456"}"#;
    let ours = |number: &E164| number.digits() == "441632960111";
    for (from, endpoint, warned) in [
        ("+44 1632 960111", phone, false),
        ("441632960111", phone, false),
        ("YOUR_NEXMO_NUMBER", phone, false),
        ("441632960222", phone, true),
        ("Acme", phone, true),
        ("Acme", r#"{"type": "app", "user": "Jane"}"#, false),
    ] {
        let found: Vec<_> = problems(&flow(from, endpoint), ours).into_iter().map(|found| found.reason).collect();
        assert_eq!(found, if warned { vec![Reason::NotOurs] } else { vec![] }, "{from} {endpoint}");
    }
    let sent = fill(&flow("+44 1632 960111", phone), &Filling::sample(), |_| false).unwrap();
    assert_eq!(serde_json::to_value(sent).unwrap()[0]["from"], "441632960111");
}

#[test]
fn case_43_a_value_of_the_wrong_kind_says_how_to_write_it() {
    let one = |text: &str| problems(text, |_| true).remove(0);
    for (text, field, reason) in [
        (r#"[{"action": "talk", "text": "a", "loop": "3"}]"#, "[0].loop", Reason::Quoted("3".into())),
        (r#"[{"action": "talk", "text": "a", "bargeIn": "false"}]"#, "[0].bargeIn", Reason::Quoted("false".into())),
        (r#"[{"action": "talk", "text": "a", "level": "0.5"}]"#, "[0].level", Reason::Quoted("0.5".into())),
        (
            r#"[{"action": "input", "type": ["dtmf"], "dtmf": {"maxDigits": "4"}}]"#,
            "[0].dtmf.maxDigits",
            Reason::Quoted("4".into()),
        ),
        (r#"[{"action": "stream", "streamUrl": "https://example.com/b.mp3"}]"#, "[0].streamUrl", Reason::NotInList),
        (r#"[{"action": "input", "type": "dtmf"}]"#, "[0].type", Reason::NotInList),
        (r#"[{"action": "talk", "text": 12}]"#, "[0].text", Reason::Unquoted),
        (
            r#"[{"action": "connect", "endpoint": [{"type": "phone", "number": 447700900456}]}]"#,
            "[0].endpoint[0].number",
            Reason::Unquoted,
        ),
    ] {
        let problem = one(text);
        assert_eq!((problem.field.as_str(), problem.reason), (field, reason), "{text}");
    }
    let ssml = one("[{\"action\": \"talk\",\n\"text\": \"<speak>Fish & Chips</speak>\"}]");
    assert_eq!((ssml.line, ssml.field.as_str(), ssml.only_a_warning), (2, "[0].text", false));
    assert!(matches!(ssml.reason, Reason::NotXml { .. }), "{ssml}");
}

#[test]
fn a_flow_that_rings_ourselves_or_lacks_a_value_is_refused() {
    let mut filling = Filling::sample();
    let own = filling.own_number.clone();
    filling.to = Some(own.clone());
    assert!(fill(Preset::Outbound.text(), &filling, |number| *number == own).is_err());
    filling.to = None;
    assert!(fill(Preset::Outbound.text(), &filling, |_| false).unwrap_err().contains("PARAMS_TO"));
    assert!(fill(Preset::Ivr.text(), &filling, |_| false).is_ok());
}

proptest! {
    /// What a caller sends can be anything: it never becomes an action, a field or another endpoint.
    #[test]
    fn a_value_stays_a_value(digits in "[1-9][0-9]{6,14}", url in "\\PC{0,80}") {
        let filling = Filling { dtmf_url: url, to: E164::parse(&digits).ok(), ..Filling::sample() };
        let mut value: Value = serde_json::from_str(Preset::Ivr.text()).unwrap();
        let shape = |value: &Value| value.as_array().map(|actions| actions.iter().map(|action| {
            action.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>())
        }).collect::<Vec<_>>());
        let before = shape(&value);
        fill_value(&mut value, &filling);
        prop_assert_eq!(shape(&value), before);
    }

    #[test]
    fn any_text_is_judged_without_panic(text in "\\PC{0,200}") {
        prop_assert!(!problems(&text, |_| true).is_empty());
    }

    #[test]
    fn near_misses_are_judged_without_panic(at in 0_usize..400, c in any::<char>()) {
        for preset in Preset::EVERY {
            let mut text: Vec<char> = preset.text().chars().collect();
            let at = at % text.len();
            text[at] = c;
            let _ = problems(&text.into_iter().collect::<String>(), |_| true);
        }
    }
}
