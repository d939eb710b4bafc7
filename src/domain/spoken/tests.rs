use std::collections::HashSet;

use proptest::prelude::*;
use serde_json::json;

use super::check::{LONGEST_TEXT, read, read_texts, read_voices, text_field};
use super::*;
use crate::domain::trouble::{FieldError, Trouble};

fn written(text: Text, english: &str, chinese: &str) -> Spoken {
    let mut spoken = Spoken::default();
    spoken.put(text, &Texts::new(english, chinese));
    spoken
}

fn said(speech: &Speech, text: Text, values: &[(&str, &str)]) -> serde_json::Value {
    serde_json::to_value(speech.say(text, values)).unwrap()
}

#[test]
fn every_text_has_a_name_and_a_default_that_passes_in_each_language() {
    let names: HashSet<&str> = Text::EVERY.iter().map(|text| text.name()).collect();
    assert_eq!(names.len(), Text::EVERY.len());
    for text in Text::EVERY.iter().copied() {
        assert_eq!(Text::of(text.name()), Some(text));
        for language in Language::EVERY {
            let usual = text.usual(language);
            assert_eq!(read(text, usual).as_deref(), Ok(usual), "{text:?} {language:?}");
        }
        assert_ne!(text.usual(Language::English), text.usual(Language::Chinese), "{text:?}");
    }
    for place in Place::EVERY {
        assert_eq!(Place::of(place.name()), Some(place));
        assert!(Text::EVERY.iter().any(|text| text.place() == place), "{place:?} is empty");
    }
}

#[test]
fn what_is_written_is_said_and_where_nothing_is_the_default() {
    let spoken = Arc::new(written(Text::Goodbye, "Bye bye.", ""));
    let english = Speech::new(Arc::clone(&spoken), Language::English);
    let chinese = english.within(Language::Chinese);
    assert_eq!(said(&english, Text::Goodbye, &[]), json!({"action": "talk", "text": "Bye bye."}));
    assert_eq!(said(&chinese, Text::Goodbye, &[]), json!({"action": "talk", "text": "再见。", "language": "cmn-CN"}));
    assert_eq!(said(&english, Text::Moment, &[]), json!({"action": "talk", "text": "One moment, please."}));
    // What is as by default is not kept: a better default reaches those who changed nothing.
    assert_eq!(written(Text::Goodbye, "Goodbye.", "再见。"), Spoken::default());
}

#[test]
fn voices_speak_what_is_theirs() {
    let mut spoken = Spoken::default();
    spoken.voices.put(Language::English, Voice { language: "en-IN".into(), style: Some(3), premium: true });
    let speech = Speech::new(Arc::new(spoken), Language::Chinese);
    let greeting = serde_json::to_value(speech.written(Written::english("Hello"))).unwrap();
    assert_eq!(greeting, json!({"text": "Hello", "language": "en-IN", "style": 3, "premium": true}));
    assert_eq!(serde_json::to_value(speech.read("您好")).unwrap(), json!({"text": "您好", "language": "cmn-CN"}));
}

#[test]
fn values_stand_for_placeholders_and_are_no_markup() {
    let speech = Speech::usual(Language::English);
    let text = |wanted: &str| speech.text(Text::InsteadOf, &[("wanted", wanted), ("agent", "Joe")]);
    assert_eq!(text("Jane"), "Jane is not available. Please wait while we connect you to Joe.");
    assert!(text("{agent}").starts_with("{agent} is not"), "a value is no name");
    assert!(text("<speak>Jane\n").starts_with("speakJane is not"));
    assert!(text("Tom & O'Brien").starts_with("Tom & O'Brien is not"));
    let marked =
        Speech::new(Arc::new(written(Text::AgentGreeting, "<speak>This is {agent}.</speak>", "")), Language::English);
    let marked = marked.text(Text::AgentGreeting, &[("agent", "Tom & O'Brien")]);
    assert_eq!(marked, "<speak>This is Tom  O’Brien.</speak>");
}

#[test]
fn sentences_of_one_language_are_said_in_one_go() {
    let speech = Speech::usual(Language::English);
    let parts = |texts: &[(&str, Language)]| {
        let talks = speech.joined(texts.iter().map(|(text, language)| ((*text).to_owned(), *language)));
        talks.into_iter().map(|talk| talk.text).collect::<Vec<_>>()
    };
    use Language::{Chinese, English};
    assert_eq!(parts(&[("Welcome", English), ("", English), ("Hold on.", English)]), ["Welcome. Hold on."]);
    assert_eq!(parts(&[("您好", Chinese), ("请稍候。", Chinese)]), ["您好。请稍候。"]);
    assert_eq!(parts(&[("您好", Chinese), ("Hold on.", English)]), ["您好", "Hold on."]);
    assert_eq!(parts(&[("<speak>Hi</speak>", English), ("Hold on.", English)]), ["<speak>Hi</speak>", "Hold on."]);
    let long = "x".repeat(1_480);
    assert_eq!(parts(&[(&long, English), ("Please stay on the line.", English)]).len(), 2);
}

#[test]
fn what_is_wrong_with_a_text_is_named() {
    let why = |text, written: &str| read(text, written).unwrap_err();
    let no = |word: &str, known: &[&str]| Trouble::NoPlaceholder {
        word: word.to_owned(),
        known: known.iter().map(|known| (*known).to_owned()).collect(),
    };
    assert_eq!(why(Text::Position, "You wait."), Trouble::LacksPlaceholder("position".into()));
    assert_eq!(why(Text::Position, "{position} {name}"), no("name", &["{position}"]));
    assert_eq!(why(Text::Goodbye, "Bye {agent}"), no("agent", &[]));
    assert_eq!(why(Text::Position, "Number {position"), no("position", &["{position}"]));
    assert_eq!(why(Text::Position, "Number {position}}"), no("}", &["{position}"]));
    assert_eq!(why(Text::Goodbye, &"x".repeat(LONGEST_TEXT + 1)), Trouble::Long(LONGEST_TEXT));
    assert_eq!(why(Text::Goodbye, "Bye\u{7}"), Trouble::Unprintable);
    assert_eq!(why(Text::Goodbye, "<speak>Bye"), Trouble::Unspeakable);
    assert_eq!(why(Text::AgentGreeting, "{agent}."), Trouble::Unspeakable);
    assert_eq!(why(Text::AgentGreeting, &"{agent}".repeat(20)), Trouble::Unspeakable, "too long with names");
    assert_eq!(why(Text::AgentGreeting, "<speak>Hi <{agent}/></speak>"), Trouble::Unspeakable);
    assert_eq!(read(Text::AgentGreeting, " Hello.\r\nThis is Acme. "), Ok("Hello.\nThis is Acme.".to_owned()));
    assert_eq!(read(Text::AgentGreeting, "  "), Ok(String::new()));
}

#[test]
fn forms_name_every_wrong_field() {
    let fields = |all: &[(&str, &str)]| all.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let texts = [Text::Position, Text::Goodbye];
    let wrong =
        read_texts(texts, &fields(&[("position_en", "x"), ("position_zh", "{position}位"), ("goodbye_zh", "{x}")]));
    let wrong: Vec<String> = wrong.unwrap_err().into_iter().map(|wrong| wrong.field).collect();
    assert_eq!(wrong, ["position_en", "goodbye_zh"]);
    assert_eq!(text_field(Text::Position, Language::Chinese), "position_zh");
    let good = read_texts(texts, &fields(&[("position_en", "Place {position}.")])).unwrap();
    assert_eq!(good[0], (Text::Position, Texts::new("Place {position}.", "")));

    let voices = [("language_en", "de-DE"), ("style_en", "x"), ("style_zh", "100"), ("language_zh", "yue-CN")];
    let wrong = read_voices(&fields(&voices)).unwrap_err();
    let expected = [
        ("style_en", Trouble::Between(0, 99)),
        ("language_en", Trouble::NoVoice("de-DE".into())),
        ("style_zh", Trouble::Between(0, 99)),
    ];
    let expected = expected.map(|(field, reason)| FieldError { field: field.into(), reason });
    assert_eq!(wrong, expected);
    let good = read_voices(&fields(&[("language_zh", "yue-CN"), ("style_zh", " 2 "), ("premium_zh", "on")])).unwrap();
    assert_eq!(good.zh_cn, Voice { language: "yue-CN".into(), style: Some(2), premium: true });
    assert_eq!(good.en, Voice::default());
}

#[test]
fn a_file_of_another_version_is_refused_by_name() {
    let unknown = serde_json::from_str::<Spoken>(r#"{"texts": {"greet": {"en": "Hi"}}}"#).unwrap_err();
    assert!(unknown.to_string().contains("\"greet\""), "{unknown}");
    let spoken = written(Text::Goodbye, "Bye.", "再会。");
    let file = serde_json::to_string(&spoken).unwrap();
    assert_eq!(serde_json::from_str::<Spoken>(&file).unwrap(), spoken);
    assert_eq!(spoken.problems(), []);
    let mut wrong = spoken;
    wrong.texts.insert(Text::Position, Texts::new("no", ""));
    wrong.voices.en.style = Some(1_000);
    let fields: Vec<String> = wrong.problems().into_iter().map(|wrong| wrong.field).collect();
    assert_eq!(fields, ["style_en", "position_en"]);
}

/// Texts near those that people write: words, placeholders, marks.
pub(in crate::domain) fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 .,!?'&<>/-]{0,20}",
        2 => "\\PC{0,20}",
        4 => prop::sample::select(vec!["{agent}", "{wanted}", "{position}", "{when}", "{key}", "{holiday}", "{", "}"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["<speak>", "</speak>", "<break time=\"1s\"/>", "<sub alias=\"{agent}\">a</sub>"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The platform takes what passes, whoever the agents are.
    #[test]
    fn what_passes_is_spoken_whatever_the_values(
        at in 0..Text::EVERY.len(), text in any_text(), marked: bool, value in "\\PC{0,120}", other in "[<>&'\"{}a ]{0,9}"
    ) {
        let key = Text::EVERY[at];
        let text = if marked { format!("<speak>{text}</speak>") } else { text };
        let Ok(kept) = read(key, &text) else { return Ok(()) };
        prop_assert_eq!(read(key, &kept), Ok(kept.clone()), "what is kept passes again");
        let speech = Speech::new(Arc::new(written(key, &kept, "")), Language::English);
        for value in [&value, &other] {
            let values: Vec<(&str, &str)> = key.holds().iter().map(|holder| (holder.name, value.as_str())).collect();
            let flow = Ncco(vec![speech.say(key, &values)]);
            prop_assert_eq!(flow.check(), vec![], "{}", flow.to_json());
        }
    }
}
