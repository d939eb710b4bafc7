use proptest::prelude::*;

use super::*;
use crate::domain::line::{Directory, Line};

const SUPPORT: &str = "442079460000";
const SALES: &str = "442079460101";
const JANE: &str = "442079460102";
const BERLIN: &str = "4930901820";
const HAMBURG: &str = "4940428000";
const PARIS: &str = "33140205050";
const MASK: &str = "33140205051";
const TEXTS: &str = "33140205052";
const GERMAN: &str = "4930123456";

fn number(digits: &str) -> E164 {
    E164::parse(digits).unwrap()
}

fn house() -> Directory {
    let mut directory = Directory::new(number(SUPPORT), "support");
    for (digits, line) in [
        (SALES, Line::Queue("sales".into())),
        (JANE, Line::Agent("Jane".into())),
        (HAMBURG, Line::Ivr("main".into())),
        (BERLIN, Line::Custom("night".into())),
        (PARIS, Line::Campaign("spring".into())),
        (MASK, Line::Private),
        (TEXTS, Line::Support),
    ] {
        directory.numbers.insert(number(digits), line);
    }
    directory.voiceless.insert(number(TEXTS));
    directory
}

fn rules(by_country: bool, agents: &[(&str, &str)]) -> ShownNumbers {
    let agents = agents.iter().map(|(agent, digits)| ((*agent).to_owned(), number(digits))).collect();
    ShownNumbers { by_country, agents }
}

fn shown(rules: &ShownNumbers, call: Call) -> String {
    of_agent(&house(), rules, call).digits().to_owned()
}

#[test]
fn each_rule_gives_way_to_the_one_before_it() {
    let (callee, sales, paris) = (number(GERMAN), number(SALES), number(PARIS));
    let joe = Call { agent: "Joe", ..Call::default() };
    let to_germany = Call { callee: Some(&callee), ..joe };
    let back = Call { queue: Some(&sales), ..to_germany };
    let none = ShownNumbers::default();
    assert_eq!(shown(&none, to_germany), SUPPORT);
    assert_eq!(shown(&none, back), SALES);
    assert_eq!(shown(&rules(true, &[]), back), BERLIN, "the lowest of the country");
    assert_eq!(shown(&rules(true, &[]), Call { agent: "Jane", ..back }), JANE, "her own line");
    let set = rules(true, &[("Jane", SALES), ("Joe", PARIS)]);
    assert_eq!(shown(&set, Call { agent: "Jane", ..back }), SALES);
    assert_eq!(shown(&set, back), PARIS);
    let hamburg = number(HAMBURG);
    assert_eq!(shown(&set, Call { by_hand: Some(&hamburg), ..back }), HAMBURG);
    assert_eq!(shown(&none, Call { by_hand: Some(&paris), ..joe }), PARIS, "a campaign's by hand");
}

#[test]
fn of_a_country_the_numbers_of_the_queue_and_the_support_line_come_first() {
    let (german, british, french) = (number(GERMAN), number("447700900123"), number("33140205099"));
    let (hamburg, sales) = (number(HAMBURG), number(SALES));
    let to = |callee| Call { agent: "Joe", callee: Some(callee), ..Call::default() };
    let by_country = rules(true, &[]);
    assert_eq!(shown(&by_country, Call { queue: Some(&hamburg), ..to(&german) }), HAMBURG);
    assert_eq!(shown(&by_country, to(&british)), SUPPORT);
    assert_eq!(shown(&by_country, Call { queue: Some(&sales), ..to(&british) }), SALES);
    assert_eq!(
        shown(&by_country, to(&french)),
        SUPPORT,
        "a campaign's, a mask and one for texts are not for everybody"
    );
}

#[test]
fn what_is_not_ours_any_more_is_as_if_it_had_not_been_set() {
    let (gone, sales, mask, texts) = (number("442079469999"), number(SALES), number(MASK), number(TEXTS));
    let set = rules(false, &[("Joe", "442079469999")]);
    let joe = Call { agent: "Joe", queue: Some(&sales), ..Call::default() };
    for odd in [&gone, &mask, &texts] {
        assert_eq!(shown(&set, Call { by_hand: Some(odd), ..joe }), SALES);
        assert_eq!(shown(&set, Call { queue: Some(odd), ..joe }), SUPPORT);
    }
}

#[test]
fn who_is_handed_on_shows_the_queue_and_then_what_they_dialled() {
    let (house, sales, paris, gone) = (house(), number(SALES), number(PARIS), number("442079469999"));
    let set = rules(true, &[("Joe", BERLIN)]);
    let joe = Call { agent: "Joe", ..Call::default() };
    let shown = |call, dialled| of_caller(&house, &set, call, dialled).digits().to_owned();
    assert_eq!(shown(Call { queue: Some(&sales), ..joe }, Some(&paris)), SALES);
    assert_eq!(shown(joe, Some(&paris)), PARIS);
    assert_eq!(shown(Call { queue: Some(&gone), ..joe }, Some(&gone)), BERLIN);
}

#[test]
fn what_can_be_chosen_has_its_country() {
    let all = choosable(&house());
    let digits: Vec<&str> = all.iter().map(|one| one.digits.as_str()).collect();
    assert_eq!(digits, [PARIS, SUPPORT, SALES, JANE, BERLIN, HAMBURG]);
    assert_eq!((all[4].country.as_deref(), all[4].shown.as_str()), (Some("DE"), number(BERLIN).grouped().as_str()));
}

fn any_number() -> impl Strategy<Value = E164> {
    prop::sample::select(vec![SUPPORT, SALES, JANE, BERLIN, HAMBURG, PARIS, MASK, TEXTS, GERMAN, "442079469999"])
        .prop_map(number)
}

fn any_line() -> impl Strategy<Value = Line> {
    prop_oneof![
        Just(Line::Support),
        Just(Line::Queue("sales".into())),
        Just(Line::Ivr("main".into())),
        Just(Line::Agent("Jane".into())),
        Just(Line::Campaign("spring".into())),
        Just(Line::Private),
        Just(Line::Unassigned),
    ]
}

proptest! {
    #[test]
    fn the_answer_is_ours_the_hand_wins_and_the_order_of_the_numbers_does_not_matter(
        lines in prop::collection::vec((any_number(), any_line(), any::<bool>()), 0..8),
        by_country in any::<bool>(),
        set in prop::option::of(any_number()),
        callee in prop::option::of(any_number()),
        by_hand in prop::option::of(any_number()),
        queue in prop::option::of(any_number()),
        dialled in prop::option::of(any_number()),
        agent in prop::sample::select(vec!["Jane", "Joe", ""]),
    ) {
        let lines: BTreeMap<E164, (Line, bool)> =
            lines.into_iter().map(|(number, line, voice)| (number, (line, voice))).collect();
        let directory = |backwards: bool| {
            let mut directory = Directory::new(number("12025550123"), "support");
            let mut lines: Vec<_> = lines.iter().collect();
            if backwards {
                lines.reverse();
            }
            for (number, (line, voice)) in lines {
                directory.numbers.insert(number.clone(), line.clone());
                if !voice {
                    directory.voiceless.insert(number.clone());
                }
            }
            directory
        };
        let (one, other) = (directory(false), directory(true));
        let rules = ShownNumbers { by_country, agents: set.into_iter().map(|set| (agent.to_owned(), set)).collect() };
        let call = Call { agent, callee: callee.as_ref(), by_hand: by_hand.as_ref(), queue: queue.as_ref() };
        let shown = of_agent(&one, &rules, call);
        let handed_on = of_caller(&one, &rules, call, dialled.as_ref());
        prop_assert!(is_ours(&one, &shown) && is_ours(&one, &handed_on));
        prop_assert_eq!(&shown, &of_agent(&other, &rules, call));
        prop_assert_eq!(&handed_on, &of_caller(&other, &rules, call, dialled.as_ref()));
        let all = choosable(&one);
        prop_assert!(all.iter().any(|one| one.digits == shown.digits()));
        if let Some(hand) = by_hand.filter(|hand| is_ours(&one, hand)) {
            prop_assert_eq!(shown, hand);
        }
    }
}
