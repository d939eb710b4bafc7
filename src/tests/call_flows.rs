//! Every call flow that the product can return, held against the sandbox's reading of the NCCO reference: the two readings
//! were written apart, so a misreading has to be made twice to pass.

use serde_json::{Map, Value};
use switchboard::domain::audio_socket::{Plan, identity};
use switchboard::domain::call::Status;
use switchboard::domain::call_flows::{Filling, Menus, Preset, fill};
use switchboard::domain::call_tracking::campaign;
use switchboard::domain::click_to_call::{APOLOGY, GREETING, NOT_IN_USE, SupportLine, TEST_CALL, say};
use switchboard::domain::contact_center::flows::menu::First;
use switchboard::domain::contact_center::flows::{self, Hooks, Place, Waiter};
use switchboard::domain::contact_center::story::WhyLeft;
use switchboard::domain::language::Language as Spoken;
use switchboard::domain::language::Written;
use switchboard::domain::menu::Menu;
use switchboard::domain::ncco::{Ncco, Talk};
use switchboard::domain::phone::E164;
use switchboard::domain::private_calls::{self, Language, RealNumber, Route, Verdict};
use switchboard::domain::spoken::{Speech, Text};
use switchboard_sandbox::ncco;

fn number(digits: &str) -> E164 {
    E164::parse(digits).unwrap()
}

fn place(position: u32, first: bool) -> Place<'static> {
    Place {
        position,
        minutes: first.then_some(4),
        first,
        rings: first && position == 1,
        announce_s: (!first).then_some(60),
        music: None,
    }
}

/// Those of the contact centre.
fn of_the_desk() -> Vec<Ncco> {
    let hooks_in = |language| Hooks { base: "https://calls.example.com".into(), speech: Speech::usual(language) };
    let (hooks, chinese) = (hooks_in(Spoken::English), hooks_in(Spoken::Chinese));
    let said = [chinese.speech.read("您好")];
    let menus = Menus { agents: ["Jane".to_owned(), "Joe".to_owned()].into(), ..Menus::default() };
    let menu = Menu::of_agents("main", &["Jane".to_owned(), "Joe".to_owned()]);
    let (ours, theirs) = (number("442079460000"), number("447700900456"));
    vec![
        hooks.inbound(Some(Written::english("Thank you for calling")), Some("Jane"), "Joe", 20),
        hooks.connect("Jane", 20),
        hooks.wait(Some(Written::english("Welcome")), place(3, true), Waiter::Telephone),
        hooks.wait(None, place(1, false), Waiter::Visitor),
        hooks.wait(None, place(1, true), Waiter::Visitor),
        Ncco(hooks.leaves_queue(Some(Written::english("Welcome")), WhyLeft::Full)),
        chinese.wait(
            Some(Written::english("Welcome")),
            Place { minutes: Some(2), ..place(3, true) },
            Waiter::Telephone,
        ),
        hooks.menu(&menu, &menus, First::Greeting),
        chinese.menu(&menu, &menus, First::Text(Written::english("Hello"))),
        hooks.menu(&Menu { barge_in: false, ..menu.clone() }, &menus, First::Nothing),
        hooks.menu(&Menu::missing(), &menus, First::Nothing),
        chinese.goodbye(),
        flows::closed::say(&said),
        flows::closed::connect(&said, &ours, theirs.clone()),
        chinese.closed_message(&said, Waiter::Telephone),
        chinese.closed_call_back(&said, Waiter::Telephone),
        chinese.closed_promised(),
        hooks.voicemail(Waiter::Telephone),
        hooks.voicemail(Waiter::Visitor),
        hooks.outbound(&ours, theirs.clone()),
        hooks.hand_over(&ours, theirs),
        hooks.call_back(),
        flows::join("CON-00000000-0000-4000-8000-000000000001"),
        flows::room("room-1"),
        say(&hooks.no_call_back()),
    ]
}

/// Those of private calls, in every language.
fn of_private_calls() -> Vec<Ncco> {
    let mask = number("442079460001");
    let route = |language| Route {
        conversation: "c".into(),
        side: 0,
        mask: mask.clone(),
        other: RealNumber::parse("447700900456").unwrap(),
        language,
        ends_at: Some(60_000),
    };
    let over = |language| Verdict::Over { conversation: "c".into(), side: 1, language };
    let verdicts = [Language::English, Language::Chinese]
        .into_iter()
        .flat_map(|language| [Verdict::Connect(route(language)), over(language)])
        .chain([Verdict::AskPin, Verdict::Unknown, Verdict::Withheld]);
    let hooks = private_calls::Hooks { base: "https://calls.example.com".into(), speech: Speech::default() };
    let ends = [Status::Busy, Status::Timeout, Status::Failed].map(|status| private_calls::Missed::of(status).unwrap());
    let missed: Vec<Ncco> = ends.iter().filter_map(|missed| missed.flow(&Speech::usual(Language::Chinese))).collect();
    let flows = verdicts.map(|verdict| private_calls::ncco(&verdict, &hooks, 0));
    flows.chain((1..5).map(|tries| private_calls::wrong_pin(tries, &hooks))).chain(missed).collect()
}

/// Those of the other jobs.
fn of_the_others() -> Vec<Ncco> {
    let (ours, theirs) = (number("442079460000"), number("447700900456"));
    let support = SupportLine { greeting: GREETING.into(), number: ours.clone(), destination: theirs.clone() };
    let sockets = ["echo", "echo+record@24000", "record", "relay=bot@8000"].map(|target| {
        let headers = identity("CON-00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
        let speech = Speech::usual(Spoken::Chinese);
        Plan::parse(target).unwrap().ncco("wss://calls.example.com/socket?token=t", Some(&ours), headers, &speech)
    });
    let presets = Preset::EVERY.map(|preset| fill(preset.text(), &Filling::sample(), |_| false).unwrap());
    let whisper = "https://calls.example.com/webhooks/whisper/1".to_owned();
    let mut flows = vec![
        support.ncco(Talk::new(GREETING, Spoken::English)),
        support.ncco(Talk::new("", Spoken::English)),
        say(APOLOGY),
        say(NOT_IN_USE),
        say(TEST_CALL),
        campaign::connect(&ours, &theirs, None),
        campaign::connect(&ours, &theirs, Some(whisper)),
    ];
    let texts = Text::EVERY.iter().flat_map(|text| Spoken::EVERY.map(|language| Speech::usual(language).only(*text)));
    flows.extend(sockets);
    flows.extend(texts);
    flows.extend(presets);
    flows
}

#[test]
fn every_flow_of_ours_is_taken_and_has_documented_fields_only() {
    let flows = [of_the_desk(), of_private_calls(), of_the_others()].concat();
    assert!(flows.len() > 35, "{}", flows.len());
    for flow in flows {
        let sent: Value = serde_json::from_str(&flow.to_json()).unwrap();
        let actions = sent.as_array().unwrap();
        assert_eq!(ncco::check(actions), Ok(()), "{sent}");
        assert_eq!(ncco::undocumented(actions), Vec::<String>::new(), "{sent}");
        assert_eq!(flow.check(), [], "{sent}");
    }
    // What the test itself would not notice if it looked at nothing.
    let odd: Map<String, Value> =
        [("action".into(), "talk".into()), ("speech".into(), "x".into())].into_iter().collect();
    assert_eq!(ncco::undocumented(&[Value::Object(odd)]).len(), 1);
}
