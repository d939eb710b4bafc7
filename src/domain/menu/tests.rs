use proptest::prelude::*;

use super::draft::{AFTER, Draft, Known, YES, does, other_language, other_text, with};
use super::*;
use crate::domain::language::Language;
use crate::domain::ncco::{Action as Spoken, Ncco};
use crate::domain::spoken::Speech;
use crate::domain::trouble::Trouble;

struct House;

impl Names for House {
    fn is_agent(&self, name: &str) -> bool {
        ["Jane", "Joe", "Anna"].contains(&name)
    }

    fn menu(&self, id: &str) -> Option<&str> {
        (id == "m1").then_some("Sales")
    }

    fn queue(&self, id: &str) -> Option<&str> {
        (id == "q1").then_some("Night desk")
    }

    fn flow(&self, id: &str) -> Option<&str> {
        (id == "f1").then_some("Opening hours")
    }
}

impl Known for House {
    fn number(&self, text: &str) -> Result<E164, Trouble> {
        E164::parse(text).map_err(Trouble::from)
    }

    fn is_taken(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case("sales")
    }
}

fn team(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn written() -> Draft {
    Menu::of_agents(MAIN, &team(&["Jane", "Joe"])).draft()
}

fn refused(change: impl FnOnce(&mut Draft)) -> Vec<(String, Trouble)> {
    let mut draft = written();
    change(&mut draft);
    let wrong = Menu::read(MAIN, &draft, &House).unwrap_err();
    wrong.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect()
}

#[test]
fn the_menu_of_agents_says_what_the_sample_said() {
    let say = |names: &[&str], language| spoken::prompt(&Menu::of_agents(MAIN, &team(names)), &House, language);
    assert_eq!(
        say(&["Jane", "Joe"], Language::English),
        "To talk to Jane, please press 1, or, to talk to Joe, press 2."
    );
    assert_eq!(
        say(&["Jane", "Joe", "Anna"], Language::English),
        "To talk to Jane, please press 1, to talk to Joe, press 2, or, to talk to Anna, press 3."
    );
    assert_eq!(say(&["Jane", "Joe"], Language::Chinese), "与Jane通话请按1，与Joe通话请按2。");
    assert_eq!(say(&[], Language::English), "Please press any key to be connected.");
    assert_eq!(say(&["Gone", "Joe"], Language::English), "To talk to Joe, please press 2.", "the key stays his");
    let many: Vec<String> = (0..20).map(|n| format!("a{n}")).collect();
    assert_eq!(Menu::of_agents(MAIN, &many).keys.len(), MOST_AGENTS);
}

#[test]
fn other_keys_are_said_by_what_they_do() {
    let mut menu = Menu::of_agents(MAIN, &[]);
    let keys = [
        ('1', Action::Menu("m1".into())),
        ('2', Action::Flow("f1".into())),
        ('0', Action::AnyAgent),
        ('*', Action::Message),
        ('#', Action::Repeat),
    ];
    menu.keys = keys.into_iter().map(|(sign, action)| (Key::of(sign).unwrap(), action)).collect();
    assert_eq!(
        spoken::prompt(&menu, &House, Language::English),
        "For Sales, please press 1, for Opening hours, press 2, to talk to an agent, press 0, to leave a message, press \
         star, or, to hear this again, press hash."
    );
    assert_eq!(
        spoken::prompt(&menu, &House, Language::Chinese),
        "Sales请按1，Opening hours请按2，人工服务请按0，留言请按星号键，重听请按井号键。"
    );
}

#[test]
fn prompts_in_other_languages_are_whole_or_refused() {
    let of = |fields: &[(&str, &str)]| {
        refused(|draft| {
            draft.actions.extend(fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
            draft.name = "Other".into();
        })
    };
    let no = |field: &str, why| vec![(field.to_owned(), why)];
    assert_eq!(of(&[("other_text_1", "Bitte 1 drücken.")]), no("other_language_1", Trouble::Empty));
    assert_eq!(of(&[("other_language_0", "de-DE")]), no("other_text_0", Trouble::Empty));
    let klingon = [("other_language_0", "tlh"), ("other_text_0", "nuqneH")];
    assert_eq!(of(&klingon), no("other_language_0", Trouble::NoVoice("tlh".into())));
    assert_eq!(
        of(&[("other_language_2", "de-DE"), ("other_text_2", "<speak>Hallo")]),
        no("other_text_2", Trouble::Unspeakable)
    );
    assert_eq!(of(&[("do_1", "language:tlh")]), no("do_1", Trouble::Missing));
    assert_eq!(of(&[("do_after", "language:en")]), no(AFTER, Trouble::Missing));
    let mut draft = Draft { others_first: YES.into(), ..written() };
    for (name, text) in
        [("other_language_1", "de-DE"), ("other_text_1", " Bitte 1 drücken. "), ("do_3", "language:zh-CN")]
    {
        draft.actions.insert(name.to_owned(), text.to_owned());
    }
    let menu = Menu::read(MAIN, &draft, &House).unwrap();
    assert_eq!(menu.others, [OtherPrompt { language: "de-DE".into(), text: "Bitte 1 drücken.".into() }]);
    assert_eq!(menu.action("3"), Some(&Action::Language(Language::Chinese)));
    assert_eq!(Menu::read(MAIN, &menu.draft(), &House).unwrap(), menu);
}

#[test]
fn keys_lead_and_wrong_ones_are_counted() {
    let menu = Menu::of_agents(MAIN, &team(&["Jane", "Joe"]));
    let joe = Action::Agent("Joe".into());
    assert_eq!(menu.next("2", 0), Next::Does(&joe));
    assert_eq!(menu.next("2", 8), Next::Does(&joe), "a right key counts whenever it comes");
    for wrong in ["", "3", "0", "12", "*", "a"] {
        assert_eq!((menu.next(wrong, 0), menu.next(wrong, 1)), (Next::Again, Next::Again), "{wrong}");
        assert_eq!(menu.next(wrong, 2), Next::Over(&Action::AnyAgent), "{wrong}");
    }
    let empty = Menu::of_agents(MAIN, &[]);
    assert_eq!((empty.next("7", 0), empty.next("", 0)), (Next::Over(&Action::AnyAgent), Next::Again));
    assert_eq!(Menu::missing().next("", 0), Next::Over(&Action::AnyAgent));
}

#[test]
fn a_circle_of_menus_has_an_end() {
    let mut visited = Visited::begin("a");
    let entered = (0..1_000).take_while(|_| visited.enter("b")).count();
    assert_eq!(u32::try_from(entered + 1), Ok(MOST_IN_A_CALL));
    let first = Menu { after: Action::Menu("a".into()), ..Menu::of_agents("a", &[]) };
    assert_eq!(first.way_out(), Action::AnyAgent);
    assert_eq!(Menu { after: Action::Message, ..first }.way_out(), Action::Message);
}

#[test]
fn what_was_written_down_reads_the_same() {
    let mut draft = written();
    for (at, key) in Key::every().enumerate() {
        let choices =
            ["agent:Jane", "any-agent", "menu:m1", "flow:f1", "message", "call-back", "repeat", "hang-up", ""];
        draft.actions.insert(does(key.name()), choices[at % choices.len()].to_owned());
    }
    draft.actions.insert(does("star"), "say".into());
    draft.actions.insert(with("star"), "We are in <b>London.".into());
    draft.actions.insert(does("hash"), "number".into());
    draft.actions.insert(with("hash"), "+44 7700 900123".into());
    draft.prompt_zh = "请按键。".into();
    let menu = Menu::read("x", &draft, &House).unwrap();
    assert_eq!(menu.keys.len(), 11);
    assert_eq!(Menu::read("x", &menu.draft(), &House).unwrap(), menu);
    let json = serde_json::to_string(&menu).unwrap();
    assert!(json.contains(r##""*":{"say":"We are in"##), "{json}");
    assert_eq!(serde_json::from_str::<Menu>(&json).unwrap(), menu);
    let left = serde_json::to_string(&draft).unwrap();
    assert_eq!(serde_json::from_str::<Draft>(&left).unwrap(), draft);
}

#[test]
fn every_wrong_field_is_named() {
    let wrong = refused(|draft| {
        draft.name = " ".into();
        draft.greeting_en = "x".repeat(LONGEST_SPOKEN + 1);
        draft.prompt_zh = "<speak>您好".into();
        draft.seconds = "11".into();
        draft.tries = "0".into();
        for (field, value) in [
            (does("1"), "agent:Nobody"),
            (does("2"), "menu:gone"),
            (does("3"), "flow:gone"),
            (does("4"), "number"),
            (does("5"), "say"),
            (does("6"), "explode"),
            (with("7"), "left over"),
            (AFTER.to_owned(), "repeat"),
        ] {
            draft.actions.insert(field, value.to_owned());
        }
    });
    let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    let expected = [
        "name",
        "greeting_en",
        "prompt_zh",
        "do_1",
        "do_2",
        "do_3",
        "with_4",
        "with_5",
        "do_6",
        "do_7",
        "seconds",
        "tries",
        "do_after",
    ];
    assert_eq!(fields, expected);
    assert_eq!(wrong[1].1, Trouble::Long(LONGEST_SPOKEN));
    assert_eq!((&wrong[2].1, &wrong[3].1), (&Trouble::Unspeakable, &Trouble::Missing));
    assert_eq!((&wrong[10].1, &wrong[11].1), (&Trouble::Seconds(1, 10), &Trouble::Between(1, 9)));
    assert_eq!(refused(|draft| draft.name = "Sales".into()), [("name".into(), Trouble::Taken("Sales".into()))]);
    let no_way = refused(|draft| drop(draft.actions.remove(AFTER)));
    assert_eq!(no_way, [(AFTER.to_owned(), Trouble::Empty)]);
}

fn some_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "\\PC{0,40}",
        "<speak>\\PC{0,10}",
        Just("x".repeat(LONGEST_SPOKEN + 1)),
        "[\\x00-\\x1f]{1,3}"
    ]
}

fn some_choice() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "(agent:Jane|agent:Gone|menu:m1|menu:x|flow:f1|flow:|number|say|message|call-back|repeat|hang-up|any-agent)",
        "(language:en|language:zh-CN|language:de|language:|de-DE|fr-FR)",
        "\\PC{0,12}",
    ]
}

fn some_draft() -> impl Strategy<Value = Draft> {
    let fields = Key::every().map(Key::name).chain(["after"]).flat_map(|of| [does(of), with(of)]);
    let others = (0..MOST_OTHERS).flat_map(|at| [other_language(at), other_text(at)]);
    let fields = fields.chain(others).collect::<Vec<_>>();
    let field = prop_oneof![proptest::sample::select(fields), "\\PC{0,6}"];
    let value = prop_oneof![some_choice(), some_text(), Just("+44 7700 900123".to_owned())];
    let texts = proptest::collection::vec(some_text(), 4);
    let counts = ("([0-9]|1[0-9]|-1|x)?", "([0-9]|\\PC)?");
    let after = prop_oneof![Just("any-agent".to_owned()), some_choice()];
    let name = prop_oneof![Just("Main".to_owned()), some_text()];
    (name, texts, counts, any::<bool>(), after, proptest::collection::btree_map(field, value, 0..20)).prop_map(
        |(name, texts, (seconds, tries), barge_in, after, mut actions)| {
            actions.insert(AFTER.to_owned(), after);
            let [greeting_en, greeting_zh, prompt_en, prompt_zh] = <[String; 4]>::try_from(texts).unwrap();
            let barge_in = if barge_in { YES.to_owned() } else { String::new() };
            let others_first = barge_in.clone();
            let texts = Draft { greeting_en, greeting_zh, prompt_en, prompt_zh, ..Draft::default() };
            Draft { name, seconds, tries, barge_in, others_first, actions, ..texts }
        },
    )
}

proptest! {
    /// Whatever somebody sends is accepted or refused by field, and what is accepted can be written down, kept and spoken.
    #[test]
    fn any_draft_is_read_or_refused(draft in some_draft()) {
        match Menu::read("m1", &draft, &House) {
            Err(wrong) => prop_assert!(!wrong.is_empty() && wrong.iter().all(|wrong| !wrong.field.is_empty())),
            Ok(menu) => {
                prop_assert_eq!(&Menu::read("m1", &menu.draft(), &House).unwrap(), &menu);
                let json = serde_json::to_string(&menu).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Menu>(&json).unwrap(), &menu);
                prop_assert!(!menu.after.stays() && (1..=10).contains(&menu.seconds) && (1..=9).contains(&menu.tries));
                for language in Language::EVERY {
                    let said = spoken::prompts(&menu, &House, &Speech::usual(language));
                    prop_assert!(!said.is_empty());
                    prop_assert_eq!(Ncco(said.into_iter().map(Spoken::Talk).collect()).check(), vec![]);
                }
            }
        }
    }

    /// Nobody is in menus for ever: from any menu, with any keys, there is a way on after a bounded number of steps.
    #[test]
    fn any_keys_lead_on(keys in proptest::collection::vec("[0-9*#]{0,2}", 1..200), tries in 1_u32..9) {
        let menu = Menu { tries, ..Menu::of_agents(MAIN, &team(&["Jane"])) };
        let mut wrong = 0;
        for pressed in &keys {
            match menu.next(pressed, wrong) {
                Next::Again => wrong += 1,
                Next::Does(_) | Next::Over(_) => break,
            }
            prop_assert!(wrong < tries);
        }
    }
}

#[test]
fn extensions_are_whole_or_refused() {
    let of = |fields: &[(&str, &str)]| {
        refused(|draft| {
            draft.actions.extend(fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
            draft.name = "Other".into();
        })
    };
    let no = |field: &str, why| vec![(field.to_owned(), why)];
    assert_eq!(of(&[("extension_0", "204")]), no("do_extension_0", Trouble::Empty));
    assert_eq!(of(&[("do_extension_1", "agent:Jane")]), no("extension_1", Trouble::Empty));
    for bad in ["2", "1234567", "20a", "+44"] {
        let why = Trouble::Extension(2, 6);
        assert_eq!(of(&[("extension_0", bad), ("do_extension_0", "agent:Jane")]), no("extension_0", why), "{bad}");
    }
    let twice = [
        ("extension_0", "204"),
        ("do_extension_0", "agent:Jane"),
        ("extension_4", " 204 "),
        ("do_extension_4", "queue:q1"),
    ];
    assert_eq!(of(&twice), no("extension_4", Trouble::Taken("204".into())));
    let unknown = [("extension_0", "204"), ("do_extension_0", "agent:Nobody")];
    assert_eq!(of(&unknown), no("do_extension_0", Trouble::Missing));
    let mut draft = written();
    let fields = [("extension_7", " 31 "), ("do_extension_7", "number"), ("with_extension_7", "+44 7700 900123")];
    draft.actions.extend(fields.map(|(field, text)| (field.to_owned(), text.to_owned())));
    let menu = Menu::read(MAIN, &draft, &House).unwrap();
    let number = Action::Number(E164::parse("447700900123").unwrap());
    assert_eq!(menu.action("31"), Some(&number));
    assert_eq!(Menu::read(MAIN, &menu.draft(), &House).unwrap(), menu, "what is read can be written");
    assert!(menu.actions().any(|action| *action == number), "it counts for what the menu leads to");
}

#[test]
fn a_menu_with_extensions_offers_them_and_listens_for_all_their_digits() {
    let mut menu = Menu::of_agents(MAIN, &team(&["Jane"]));
    menu.extensions.insert(extension::Extension::of("204").unwrap(), Action::Agent("Joe".into()));
    let said = |menu: &Menu| spoken::prompts(menu, &House, &Speech::usual(Language::English));
    let texts: Vec<String> = said(&menu).into_iter().map(|talk| talk.text).collect();
    assert_eq!(
        texts,
        ["If you know the extension that you want, dial it at any time.", "To talk to Jane, please press 1."]
    );
    menu.keys.clear();
    assert_eq!(said(&menu).len(), 1, "a menu without keys asks for none");
}
