use proptest::prelude::*;

use super::*;

fn play(phone: Phone, inputs: &[Input]) -> (Phone, Vec<Effect>) {
    let mut effects = Vec::new();
    let phone = (1..).zip(inputs).fold(phone, |phone, (second, input)| {
        let (next, wanted) = phone.step(input.clone(), second * 1000);
        effects.extend(wanted);
        next
    });
    (phone, effects)
}

fn ready() -> Phone {
    play(Phone::default(), &[Input::Gained, Input::Opened(None)]).0
}

fn id(call: &str) -> String {
    call.to_owned()
}

#[test]
fn a_call_from_invitation_to_hang_up() {
    let (phone, effects) = play(ready(), &[Input::Invited(id("a")), Input::Accept, Input::Answered(id("a"))]);
    assert_eq!(effects, [Effect::Answer(id("a"))]);
    assert!(phone.has_audio() && phone.is_busy());
    let (phone, effects) = play(phone, &[Input::HangUp, Input::HungUp(id("a"))]);
    assert_eq!(effects, [Effect::HangUp(id("a"))]);
    let (_, effects) = play(phone.clone(), &[Input::Missing(id("a"))]);
    assert!(effects.is_empty(), "a server that has not heard of it does not bring it back");
    assert_eq!(phone.leg, Leg::None);
}

#[test]
fn accepting_before_the_invitation_is_not_lost() {
    let (phone, effects) = play(ready(), &[Input::Accept, Input::Invited(id("a"))]);
    assert_eq!((phone.leg, effects), (Leg::Answering(id("a")), vec![Effect::Answer(id("a"))]));
    let (phone, effects) = play(ready(), &[Input::Accept, Input::OfferGone, Input::Invited(id("b"))]);
    assert_eq!((phone.leg, effects), (Leg::Invited(id("b")), vec![]), "the wish was for another offer");
}

#[test]
fn declining_and_a_caller_who_gives_up() {
    let (phone, effects) = play(ready(), &[Input::Invited(id("a")), Input::Decline]);
    assert_eq!((phone.leg, effects), (Leg::None, vec![Effect::Reject(id("a"))]));
    let (phone, effects) = play(ready(), &[Input::Invited(id("a")), Input::Cancelled(id("a"))]);
    assert_eq!((phone.leg, effects), (Leg::None, vec![]));
    let (phone, _) = play(ready(), &[Input::Invited(id("b")), Input::Cancelled(id("a"))]);
    assert_eq!(phone.leg, Leg::Invited(id("b")), "an older call's end is no news of this one");
}

#[test]
fn a_second_invitation_is_refused_during_a_call() {
    let (phone, effects) =
        play(ready(), &[Input::Invited(id("a")), Input::Accept, Input::Answered(id("a")), Input::Invited(id("b"))]);
    assert_eq!(phone.leg, Leg::Live(id("a")));
    assert_eq!(effects.last(), Some(&Effect::Reject(id("b"))));
}

#[test]
fn a_reload_brings_the_leg_back() {
    let (phone, effects) = play(Phone::default(), &[Input::Gained, Input::Opened(Some(id("a")))]);
    assert_eq!(effects, [Effect::Open, Effect::Return(id("a"))]);
    assert!(!phone.has_audio());
    let (phone, _) = play(phone, &[Input::Returned(id("a"))]);
    assert!(phone.has_audio());
    let (phone, _) =
        play(Phone::default(), &[Input::Gained, Input::Opened(Some(id("a"))), Input::NotReturned(id("a"))]);
    assert_eq!(phone.leg, Leg::None, "it ended while the page was loading");
}

#[test]
fn a_lost_session_comes_back_with_its_leg() {
    let live = play(ready(), &[Input::Invited(id("a")), Input::Accept, Input::Answered(id("a"))]).0;
    let (phone, effects) = play(live.clone(), &[Input::SessionDown, Input::SessionGone]);
    assert_eq!((phone.link, effects), (Link::Down { since: 1000 }, vec![Effect::Open]));
    let (phone, effects) = play(phone, &[Input::NotOpened, Input::Opened(Some(id("a")))]);
    assert_eq!(effects, [Effect::OpenLater, Effect::Return(id("a"))]);
    assert_eq!(phone.link, Link::Up);
    let (phone, _) = play(live, &[Input::MediaGone(id("a"))]);
    assert_eq!(phone.leg, Leg::Returning(id("a")));
}

#[test]
fn a_leg_is_lacked_only_where_it_could_be() {
    let live = play(ready(), &[Input::Invited(id("a")), Input::Accept, Input::Answered(id("a"))]).0;
    assert!(!live.lacks("a") && live.lacks("b"));
    let down = play(live.clone(), &[Input::SessionDown]).0;
    assert!(!down.lacks("a") && !down.lacks("b"), "without a session nothing is known");
    let lost = play(live.clone(), &[Input::MediaGone(id("a"))]).0;
    assert!(lost.lacks("a"), "it may never come back");
    assert!(play(live, &[Input::HungUp(id("a"))]).0.lacks("a"));
    assert!(!Phone::default().lacks("a"), "another tab has the telephone");
}

#[test]
fn what_was_given_up_is_hung_up_when_it_comes_true() {
    let (phone, effects) = play(ready(), &[Input::Dial, Input::HangUp, Input::Placed(id("a"))]);
    assert_eq!((phone.leg, effects), (Leg::None, vec![Effect::Place, Effect::HangUp(id("a"))]));
    let (_, effects) =
        play(ready(), &[Input::Invited(id("a")), Input::Accept, Input::HangUp, Input::Answered(id("a"))]);
    assert_eq!(effects, [Effect::Answer(id("a")), Effect::HangUp(id("a")), Effect::HangUp(id("a"))]);
}

#[test]
fn another_tab_takes_the_telephone() {
    let live = play(ready(), &[Input::Invited(id("a")), Input::Accept, Input::Answered(id("a"))]).0;
    let (phone, effects) = play(live, &[Input::Lost, Input::Invited(id("b")), Input::Opened(None)]);
    assert_eq!((phone.link, effects), (Link::Elsewhere, vec![Effect::Close]));
}

fn inputs() -> impl Strategy<Value = Input> {
    let call = prop_oneof![Just(id("a")), Just(id("b"))];
    prop_oneof![
        Just(Input::Gained),
        Just(Input::Lost),
        proptest::option::of(call.clone()).prop_map(Input::Opened),
        Just(Input::NotOpened),
        Just(Input::SessionDown),
        Just(Input::SessionBack),
        Just(Input::SessionGone),
        call.clone().prop_map(Input::Invited),
        call.clone().prop_map(Input::Cancelled),
        call.clone().prop_map(Input::Answered),
        call.clone().prop_map(Input::NotAnswered),
        call.clone().prop_map(Input::Placed),
        Just(Input::NotPlaced),
        call.clone().prop_map(Input::HungUp),
        call.clone().prop_map(Input::Returned),
        call.clone().prop_map(Input::NotReturned),
        call.clone().prop_map(Input::Silent),
        call.prop_map(Input::MediaGone),
        Just(Input::Accept),
        Just(Input::Decline),
        Just(Input::OfferGone),
        Just(Input::Dial),
        Just(Input::HangUp),
    ]
}

proptest! {
    /// Nothing is answered that was not invited or wished for, a hang-up always ends the leg, and a tab without the
    /// telephone does nothing with the session.
    #[test]
    fn holds_in_any_order(inputs in proptest::collection::vec(inputs(), 0..60)) {
        let mut phone = Phone::default();
        for input in inputs {
            let before = phone.clone();
            let (next, effects) = phone.step(input.clone(), 0);
            for effect in &effects {
                if let Effect::Answer(call) = effect {
                    let invited = before.leg == Leg::Invited(call.clone()) && input == Input::Accept;
                    prop_assert!(invited || before.wants, "{before:?} {input:?}");
                    prop_assert_eq!(&next.leg, &Leg::Answering(call.clone()));
                }
                if *effect == Effect::Place {
                    prop_assert_eq!((&before.leg, before.link), (&Leg::None, Link::Up));
                }
            }
            if input == Input::HangUp {
                prop_assert_eq!(&next.leg, &Leg::None);
            }
            if next.link == Link::Elsewhere && input != Input::Lost {
                prop_assert!(!effects.contains(&Effect::Open));
            }
            phone = next;
        }
    }
}
