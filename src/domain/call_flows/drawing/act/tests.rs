use super::*;

const FLOW: &str = r#"[
  { "action": "talk", "text": "Hello", "colour": 1 },
  { "action": "wait", "timeout": 5 },
  { "action": "record" }
]"#;

fn sent(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn kinds(text: &str) -> Vec<String> {
    let actions: Vec<Value> = serde_json::from_str(text).unwrap();
    actions.iter().map(|action| action["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn buttons_are_read_as_they_are_named() {
    for button in [
        Button::Open(Open::Nothing),
        Button::Open(Open::Action(3)),
        Button::Open(Open::Place(0)),
        Button::Up(1),
        Button::Down(0),
        Button::Remove(12),
        Button::Add(2, "talk".into()),
        Button::Set,
    ] {
        assert_eq!(Button::parse(&button.name()), Some(button));
    }
    for odd in
        ["", "save", "draw-", "draw-up", "draw-up-x", "draw-up--1", "draw-add-1", "draw-open-99999999999999999999"]
    {
        assert_eq!(Button::parse(odd), None, "{odd}");
    }
    for open in [Open::Nothing, Open::Action(7), Open::Place(7)] {
        assert_eq!(Open::parse(&open.name()), open);
    }
    assert_eq!((Open::parse("++1"), Open::parse("x")), (Open::Nothing, Open::Nothing));
}

#[test]
fn a_box_is_moved_and_the_keyboard_goes_with_it() {
    let up = done(FLOW, "draw-up-2", &sent(&[("open", "2")]));
    assert_eq!(kinds(&up.text), ["talk", "record", "wait"]);
    assert_eq!((up.open, up.focus.as_str()), (Open::Action(1), "draw-up-1"));
    assert_eq!(up.said, Some(Said::Moved { kind: "record".into(), step: 2 }));
    let first = done(&up.text, "draw-up-1", &sent(&[("open", "0")]));
    assert_eq!((first.open, first.focus.as_str()), (Open::Action(1), "draw-down-0"), "it cannot go further up");
    let last = done(FLOW, "draw-down-1", &sent(&[]));
    assert_eq!((kinds(&last.text)[2].as_str(), last.focus.as_str()), ("wait", "draw-up-2"));
    for odd in ["draw-up-0", "draw-down-2", "draw-remove-3", "draw-add-9-talk", "draw-down-18446744073709551615"] {
        let odd = done(FLOW, odd, &sent(&[]));
        assert_eq!((odd.text.as_str(), odd.refused.map(|no| no.why)), (FLOW, Some(NotEdited::NoAction)));
    }
}

#[test]
fn a_new_action_is_open_and_one_that_goes_leaves_the_next() {
    let added = done(FLOW, "draw-add-1-stream", &sent(&[("open", "+1")]));
    assert_eq!(kinds(&added.text), ["talk", "stream", "wait", "record"]);
    assert_eq!((added.open, added.focus.as_str()), (Open::Action(1), "set-streamUrl"));
    let gone = done(&added.text, "draw-remove-1", &sent(&[("open", "1")]));
    assert_eq!((gone.text.as_str(), gone.open, gone.focus.as_str()), (FLOW, Open::Nothing, "draw-open-1"));
    let earlier = done(FLOW, "draw-remove-0", &sent(&[("open", "2")]));
    assert_eq!((earlier.open, earlier.focus.as_str()), (Open::Action(1), "draw-open-0"));
    let only = done(r#"[{"action": "record"}]"#, "draw-remove-0", &sent(&[]));
    assert_eq!((only.text.as_str(), only.focus.as_str()), ("[]", "draw-place-0"));
    assert_eq!(kinds(&done(" ", "draw-add-0-talk", &sent(&[])).text), ["talk"]);
}

#[test]
fn what_is_typed_at_a_box_is_set_before_any_button_and_nothing_else() {
    let was = r#"{"action": "talk", "text": "Hello", "loop": ""}"#;
    let fields = [("open", "0"), ("was", was), ("set-text", "Good\r\nday"), ("set-loop", "")];
    for act in ["save", "draw-set", ""] {
        let done = done(FLOW, act, &sent(&fields));
        assert_eq!(done.text, FLOW.replace("Hello", "Good\\nday"), "{act}");
        assert_eq!(done.said, Some(Said::Changed { kind: "talk".into(), step: 1 }));
    }
    let moved = done(FLOW, "draw-down-0", &sent(&fields));
    assert_eq!((&kinds(&moved.text)[1], moved.text.contains("Good")), (&"talk".to_owned(), true));
    // The text was changed in the JSON meanwhile; the field was not touched.
    let same = [("open", "0"), ("was", was), ("set-text", "Hello")];
    let newer = FLOW.replace("Hello", "Newer");
    assert_eq!(done(&newer, "save", &sent(&same)).text, newer);
    // Browsers write the ends of lines in their own way, and have none in fields of one line.
    let flow = r#"[{"action": "talk", "text": "a\r\nb\rc", "language": "x\ny"}]"#;
    let was = r#"{"text": "a\r\nb\rc", "language": "x\ny"}"#;
    let sent_back = [("open", "0"), ("was", was), ("set-text", "a\r\nb\r\nc"), ("set-language", "xy")];
    assert_eq!(done(flow, "save", &sent(&sent_back)).text, flow);
    // Closed, or without what it was: nothing is set.
    for fields in [&fields[1..], &[("open", "0"), ("set-text", "x")], &[("open", "0"), ("was", "7"), ("set-text", "x")]]
    {
        assert_eq!(done(FLOW, "save", &sent(fields)).text, FLOW);
    }
}

#[test]
fn what_cannot_be_set_is_kept_and_said_and_no_button_is_done() {
    let was = r#"{"action": "wait", "timeout": "5"}"#;
    let odd = done(FLOW, "draw-remove-0", &sent(&[("open", "1"), ("was", was), ("set-timeout", "soon")]));
    assert_eq!((odd.text.as_str(), odd.open, odd.focus.as_str()), (FLOW, Open::Action(1), "set-timeout"));
    let why = NotEdited::NotNumber { is: "soon".into() };
    assert_eq!(odd.refused, Some(Refused { path: "timeout".into(), typed: "soon".into(), why }));
    // Another action stands there now.
    let other = done(FLOW, "save", &sent(&[("open", "2"), ("was", was), ("set-timeout", "7")]));
    assert_eq!((other.text.as_str(), other.refused.unwrap().why), (FLOW, NotEdited::NoAction));
    let broken = done("[", "draw-add-0-talk", &sent(&[]));
    assert_eq!((broken.text.as_str(), broken.refused.unwrap().why), ("[", NotEdited::NoList));
}

#[test]
fn another_one_to_ring_takes_the_place_of_what_was_typed_about_the_last() {
    let flow = r#"[{"action": "connect", "endpoint": [{"type": "phone", "number": "447700900123"}]}]"#;
    let was = r#"{"action": "connect", "whom": "phone", "endpoint.number": "447700900123"}"#;
    let fields = [("open", "0"), ("was", was), ("set-endpoint.number", "1"), ("set-whom", "app:Jane")];
    let done = done(flow, "draw-set", &sent(&fields));
    assert_eq!(done.text, r#"[{"action": "connect", "endpoint": [{"type": "app", "user": "Jane"}]}]"#);
    assert_eq!(done.refused, None);
}
