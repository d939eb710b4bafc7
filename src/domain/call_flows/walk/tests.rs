//! What callers hear in dry runs of flows and menus.

use super::*;
use crate::domain::call_flows::{Filling, Preset, fill};
use crate::domain::contact_center::routing::RING_SECONDS;
use crate::domain::language::Texts;
use crate::domain::menu::{Action as Does, Key, Menu};

fn steps(preset: Preset, keys: &str, outcome: Outcome) -> Vec<What> {
    let ncco = fill(preset.text(), &Filling::sample(), |_| false).unwrap();
    walk(&ncco, keys, outcome, &menus("https://elsewhere.example")).into_iter().map(|step| step.what).collect()
}

fn menus(url: &str) -> Menus {
    let agents = ["Jane".to_owned(), "Joe".to_owned()];
    let mut more = Menu { id: "more".into(), name: "More".into(), ..Menu::of_agents("more", &agents[1..]) };
    more.greeting = Texts::default();
    let keys = [('2', Does::Say("We are in London.".into())), ('9', Does::Message), ('0', Does::Menu("more".into()))];
    more.keys.extend(keys.map(|(sign, does)| (Key::of(sign).unwrap(), does)));
    let mut main = Menu::of_agents("main", &agents);
    main.keys.extend([(Key::of('0').unwrap(), Does::Menu("more".into()))]);
    Menus { url: url.into(), all: vec![main, more], agents: agents.into(), ..Menus::default() }
}

#[test]
fn the_inbound_preset_ends_in_a_talk_with_jane() {
    let jane = || "Jane".to_owned();
    let said = What::Says { text: "Thank you for calling Jane".into(), times: 1 };
    let rings = What::Rings { whom: jane(), seconds: 60 };
    assert_eq!(
        steps(Preset::Inbound, "", Outcome::Answered),
        [said.clone(), rings.clone(), What::Talks { whom: jane() }]
    );
    let missed = What::NotReached { whom: jane(), outcome: Outcome::NoAnswer };
    assert_eq!(steps(Preset::Inbound, "", Outcome::NoAnswer), [said, rings, missed, What::Queues]);
}

#[test]
fn the_menu_listens_for_one_key_and_says_where_it_goes() {
    let listens = |keys: &str| What::Listens {
        seconds: 10,
        digits: 1,
        url: Some("https://example.com/webhooks/dtmf".into()),
        keys: keys.into(),
        branches: Vec::new(),
    };
    assert_eq!(steps(Preset::Ivr, "12", Outcome::Answered)[2..], [listens("1"), What::EndsUnanswered]);
    assert_eq!(steps(Preset::Ivr, "", Outcome::Answered)[2..], [listens(""), What::EndsUnanswered]);
}

/// What follows the preset's own words in a dry run whose keys are sent to us.
fn walked(keys: &str, outcome: Outcome) -> Vec<What> {
    let ncco = fill(Preset::Ivr.text(), &Filling::sample(), |_| false).unwrap();
    let steps = walk(&ncco, keys, outcome, &menus("https://example.com/webhooks/dtmf"));
    steps.into_iter().skip(2).map(|step| step.what).collect()
}

fn rings(whom: &str) -> What {
    What::Rings { whom: whom.into(), seconds: RING_SECONDS }
}

#[test]
fn keys_that_are_sent_to_us_lead_where_our_menu_leads() {
    let joe = walked("2", Outcome::Answered);
    assert_eq!(joe[1..], [rings("Joe"), What::Talks { whom: "Joe".into() }]);
    let What::Listens { branches, .. } = &joe[0] else { panic!("{joe:?}") };
    let taken: Vec<&Branch> = branches.iter().filter(|branch| branch.taken).collect();
    assert_eq!(taken, [&Branch { keys: Keys::These("2".into()), to: Leads::Agent("Joe".into()), taken: true }]);
    assert_eq!(branches.len(), 5, "two agents, a menu, any other key, and none");
    let missed = What::NotReached { whom: "Jane".into(), outcome: Outcome::Busy };
    assert_eq!(walked("1", Outcome::Busy)[1..], [rings("Jane"), missed, What::Queues]);
    for keys in ["", "7", "*"] {
        let steps = walked(keys, Outcome::Answered);
        assert_eq!(steps[1..], [What::AsksAgain { tries: 3, then: Leads::AnyAgent }], "{keys}");
        let What::Listens { branches, .. } = &steps[0] else { panic!("{steps:?}") };
        let taken = if keys.is_empty() { Keys::Nothing } else { Keys::Others };
        assert_eq!(branches.iter().find(|branch| branch.taken).unwrap().keys, taken);
    }
}

#[test]
fn a_dry_run_goes_through_menus_and_comes_to_an_end() {
    let steps = walked("021", Outcome::Answered);
    let said = |step: &What| matches!(step, What::Says { .. });
    let heard: Vec<&What> = steps.iter().filter(|step| said(step)).collect();
    assert_eq!(heard[1], &What::Says { text: "We are in London.".into(), times: 1 }, "{steps:?}");
    assert_eq!(steps.last(), Some(&What::Talks { whom: "Joe".into() }));
    let message = walked("09", Outcome::Answered);
    assert_eq!(message[message.len() - 2..], [What::Records { until_done: true }, What::Ends]);
    // Menus that lead to one another: the call leaves them after the most menus that one call may visit.
    assert_eq!(walked(&"0".repeat(300), Outcome::Answered).last(), Some(&What::Queues));
}

#[test]
fn what_comes_after_a_talk_without_end_is_never_reached() {
    let value = serde_json::json!([
        {"action": "talk", "text": "Please hold.", "loop": 0},
        {"action": "connect", "endpoint": [{"type": "app", "user": "Joe"}]},
    ]);
    let steps = walk(&Ncco::parse(&value).unwrap(), "", Outcome::Answered, &Menus::default());
    assert_eq!(steps[1].what, What::Never { action: "connect".into() });
    assert_eq!(steps.len(), 2);
}
