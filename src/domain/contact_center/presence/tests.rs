use proptest::prelude::*;

use super::*;

const RULES: Rules =
    Rules { disposition_required: false, misses: 2, return_minutes: None, wrap_up_s: 30, extension_s: 30 };

const STATES: [State; 17] = [
    State::Offline,
    State::Ready,
    State::Ringing,
    State::Talking,
    State::Hold,
    State::WrapUp,
    State::Away(AwayReason::BREAK),
    State::Away(AwayReason::LUNCH),
    State::Away(AwayReason::MEETING),
    State::Away(AwayReason::TRAINING),
    State::Away(AwayReason::NO_ANSWER),
    State::Asleep,
    State::Reconnecting,
    State::Unable(Unable::MicrophoneBlocked),
    State::Unable(Unable::NoMicrophone),
    State::Unable(Unable::MicrophoneFails),
    State::Unable(Unable::NoPlatform),
];

fn at(state: State) -> Standing {
    let unable = if let State::Unable(unable) = state { Some(unable) } else { None };
    Standing { state, unable, ..Standing::new() }
}

fn happening() -> impl Strategy<Value = Happening> {
    use Happening::*;
    prop_oneof![
        Just(Asked(Wish::Ready)),
        Just(Asked(Wish::Away(AwayReason::LUNCH))),
        Just(Asked(Wish::Offline)),
        Just(Offered),
        Just(Dials),
        Just(Answered),
        Just(Missed),
        Just(Declined),
        Just(Withdrawn),
        Just(Failed),
        Just(Held),
        Just(Resumed),
        Just(Ended),
        Just(WrappedUp),
        Just(Silent),
        Just(Heard),
        Just(Gone),
        Just(Returned),
        Just(Reports(None)),
        Just(Reports(Some(Unable::MicrophoneBlocked))),
        Just(Reports(Some(Unable::NoPlatform))),
    ]
}

#[test]
fn a_state_is_its_name_and_its_reason() {
    for state in STATES {
        assert_eq!(State::parse(state.name(), state.reason()), Some(state));
    }
    assert_eq!(State::parse("unable", Some("lunch")), None);
    assert_eq!(State::parse("away", None), None);
    // The operator's list may have had it.
    let holiday = State::Away(AwayReason::parse("holiday").unwrap());
    assert_eq!(State::parse("away", Some("holiday")), Some(holiday));
    assert_eq!(serde_json::to_string(&holiday).unwrap(), r#"{"state":"away","reason":"holiday"}"#);
    assert_eq!(State::parse("away", Some("A Holiday")), None);
    assert_eq!(State::parse("dancing", None), None);
}

#[test]
fn only_a_ready_agent_is_offered_a_call() {
    for state in STATES {
        assert_eq!(at(state).step(Happening::Offered, RULES).is_ok(), state == State::Ready, "{state:?}");
    }
    let leaving = Standing { pending: Some(Wish::Offline), ..at(State::Ready) };
    assert!(!leaving.takes_calls());
}

#[test]
fn a_break_asked_for_in_a_call_comes_after_its_notes() {
    let lunch = Wish::Away(AwayReason::LUNCH);
    let mut me = at(State::Talking).step(Happening::Asked(lunch), RULES).unwrap();
    assert_eq!((me.state, me.pending), (State::Talking, Some(lunch)));
    me = me.step(Happening::Ended, RULES).unwrap();
    assert_eq!((me.state, me.pending), (State::WrapUp, Some(lunch)));
    me = me.step(Happening::WrappedUp, RULES).unwrap();
    assert_eq!((me.state, me.pending), (State::Away(AwayReason::LUNCH), None));
}

#[test]
fn two_misses_in_a_row_are_away_and_one_answer_forgives() {
    let ring = |me: Standing| me.step(Happening::Offered, RULES).unwrap();
    let once = ring(at(State::Ready)).step(Happening::Missed, RULES).unwrap();
    assert_eq!((once.state, once.misses), (State::Ready, 1));
    let twice = ring(once).step(Happening::Missed, RULES).unwrap();
    assert_eq!((twice.state, twice.misses), (State::Away(AwayReason::NO_ANSWER), 0));
    let answered = ring(once).step(Happening::Answered, RULES).unwrap();
    assert_eq!(answered.misses, 0);
    assert_eq!(ring(once).step(Happening::Withdrawn, RULES).unwrap().misses, 1, "a caller who left proves nothing");
}

#[test]
fn how_many_misses_are_away_is_the_operators() {
    let missed = |misses: u32, times: u32| {
        let rules = Rules { misses, ..RULES };
        (0..times).fold(at(State::Ready), |me, _| {
            me.step(Happening::Offered, rules).unwrap().step(Happening::Missed, rules).unwrap()
        })
    };
    assert_eq!(missed(1, 1).state, State::Away(AwayReason::NO_ANSWER));
    assert_eq!((missed(3, 2).state, missed(3, 2).misses), (State::Ready, 2));
    assert_eq!(missed(3, 3).state, State::Away(AwayReason::NO_ANSWER));
    assert_eq!((missed(0, 50).state, missed(0, 50).misses), (State::Ready, 50));
    // A limit that is lowered meanwhile counts at the next miss.
    let lowered = missed(0, 5).step(Happening::Offered, RULES).unwrap().step(Happening::Missed, RULES).unwrap();
    assert_eq!(lowered.state, State::Away(AwayReason::NO_ANSWER));
}

#[test]
fn only_who_is_away_for_not_answering_returns_by_itself() {
    for state in STATES {
        let returned = at(state).step(Happening::Returned, RULES).map(|next| next.state);
        let away = state == State::Away(AwayReason::NO_ANSWER);
        assert_eq!(returned.ok(), away.then_some(State::Ready), "{state:?}");
    }
    let unable = Standing { unable: Some(Unable::NoPlatform), ..at(State::Away(AwayReason::NO_ANSWER)) };
    assert_eq!(unable.step(Happening::Returned, RULES).unwrap().state, State::Unable(Unable::NoPlatform));
}

#[test]
fn a_reload_in_a_call_comes_back_to_the_call() {
    let gone = at(State::Talking).step(Happening::Silent, RULES).unwrap();
    assert_eq!(gone.state, State::Reconnecting);
    assert_eq!(gone.step(Happening::Heard, RULES).unwrap().state, State::Talking);
    let held = gone.step(Happening::Held, RULES).unwrap();
    assert_eq!(held.step(Happening::Heard, RULES).unwrap().state, State::Hold);
    let over = gone.step(Happening::Ended, RULES).unwrap();
    assert_eq!(over.state, State::Asleep);
    assert_eq!(
        over.step(Happening::Offered, RULES),
        Err(Illegal { state: State::Asleep, happening: Happening::Offered })
    );
}

#[test]
fn whoever_sleeps_wakes_to_what_they_were() {
    for state in [State::Ready, State::Away(AwayReason::BREAK), State::WrapUp] {
        let asleep = at(state).step(Happening::Silent, RULES).unwrap();
        assert_eq!(asleep.state, State::Asleep);
        assert_eq!(asleep.step(Happening::Heard, RULES).unwrap(), at(state));
    }
}

#[test]
fn b18_who_is_gone_is_offline_and_comes_back_to_what_they_were() {
    for state in [State::Ready, State::Away(AwayReason::LUNCH), State::WrapUp] {
        let gone = at(state).step(Happening::Silent, RULES).unwrap().step(Happening::Gone, RULES).unwrap();
        assert_eq!(gone.state, State::Offline);
        assert!(!gone.takes_calls());
        assert_eq!(gone.step(Happening::Silent, RULES).unwrap(), gone, "silence is nothing new");
        assert_eq!(gone.step(Happening::Heard, RULES).unwrap(), at(state));
    }
    // Who chose to be offline stays so, whatever is heard of them.
    let chose = at(State::Ready).step(Happening::Asked(Wish::Offline), RULES).unwrap();
    assert_eq!(chose.step(Happening::Heard, RULES).unwrap(), chose);
    let gone = at(State::Ready).step(Happening::Silent, RULES).unwrap().step(Happening::Gone, RULES).unwrap();
    let chose = gone.step(Happening::Asked(Wish::Offline), RULES).unwrap();
    assert_eq!(chose.step(Happening::Heard, RULES).unwrap(), chose);
    // Only who is asleep can be gone: calls have their own life.
    for state in [State::Ready, State::Talking, State::Reconnecting, State::Ringing] {
        assert!(at(state).step(Happening::Gone, RULES).is_err(), "{state:?}");
    }
}

#[test]
fn a_console_that_cannot_take_calls_is_never_offered_one_and_comes_back_by_itself() {
    let blocked = Happening::Reports(Some(Unable::MicrophoneBlocked));
    let me = at(State::Ready).step(blocked, RULES).unwrap();
    assert_eq!((me.state, me.takes_calls()), (State::Unable(Unable::MicrophoneBlocked), false));
    assert!(me.step(Happening::Offered, RULES).is_err());
    // Choosing ready does not make a microphone.
    assert_eq!(me.step(Happening::Asked(Wish::Ready), RULES).unwrap().state, State::Unable(Unable::MicrophoneBlocked));
    let other = me.step(Happening::Reports(Some(Unable::NoPlatform)), RULES).unwrap();
    assert_eq!(other.state, State::Unable(Unable::NoPlatform));
    assert_eq!(other.step(Happening::Reports(None), RULES).unwrap(), at(State::Ready));
    // A break is a break, and what is wrong is known when it is over.
    let lunch = me.step(Happening::Asked(Wish::Away(AwayReason::LUNCH)), RULES).unwrap();
    assert_eq!(lunch.state, State::Away(AwayReason::LUNCH));
    assert_eq!(lunch.step(Happening::Asked(Wish::Ready), RULES).unwrap().state, me.state);
    assert_eq!(lunch.step(Happening::Reports(None), RULES).unwrap().state, State::Away(AwayReason::LUNCH));
}

#[test]
fn what_rings_at_a_console_that_cannot_take_it_is_no_miss() {
    let gone = Happening::Reports(Some(Unable::NoPlatform));
    let ringing = at(State::Ready).step(Happening::Offered, RULES).unwrap().step(gone, RULES).unwrap();
    assert_eq!(ringing.state, State::Ringing, "until it is told what becomes of the offer");
    let after = ringing.step(Happening::Failed, RULES).unwrap();
    assert_eq!((after.state, after.misses), (State::Unable(Unable::NoPlatform), 0));
    let wrapping = at(State::Talking).step(gone, RULES).unwrap().step(Happening::Ended, RULES).unwrap();
    assert_eq!(wrapping.state, State::WrapUp);
    assert_eq!(wrapping.step(Happening::WrappedUp, RULES).unwrap().state, State::Unable(Unable::NoPlatform));
}

#[test]
fn a_silent_console_says_nothing_of_the_next_one() {
    let asleep = at(State::Unable(Unable::NoMicrophone)).step(Happening::Silent, RULES).unwrap();
    assert_eq!((asleep.state, asleep.back_to), (State::Asleep, Some(State::Ready)));
    assert_eq!(asleep.step(Happening::Heard, RULES).unwrap(), at(State::Ready));
    // The next one says what it is before it wakes the agent.
    let blocked = asleep.step(Happening::Reports(Some(Unable::MicrophoneBlocked)), RULES).unwrap();
    assert_eq!(blocked.step(Happening::Heard, RULES).unwrap().state, State::Unable(Unable::MicrophoneBlocked));
}

#[test]
fn a_standing_of_before_is_read() {
    let text = r#"{"state":{"state":"ready"},"back_to":null,"pending":null,"misses":1}"#;
    let read: Standing = serde_json::from_str(text).unwrap();
    assert_eq!(read, Standing { misses: 1, ..at(State::Ready) });
}

#[test]
fn a_refusal_says_what_is_and_what_was_asked() {
    let refused = at(State::Offline).step(Happening::Held, RULES).unwrap_err();
    assert_eq!(refused.to_string(), "an agent who is offline cannot do this: Held");
}

proptest! {
    /// Whatever happens, in whatever order, whatever the operator set.
    #[test]
    fn the_table_keeps_its_promises(
        happenings in proptest::collection::vec(happening(), 1..60),
        misses in 0..4_u32,
        minutes in proptest::option::of(1..480_u32),
    ) {
        let rules = Rules { misses, return_minutes: minutes, ..RULES };
        let mut me = Standing::new();
        for happening in happenings {
            let before = me;
            match me.step(happening, rules) {
                Ok(next) => me = next,
                Err(illegal) => {
                    prop_assert_eq!(illegal, Illegal { state: before.state, happening });
                    continue;
                }
            }
            // Only who is silent, or gone, has something to come back to.
            let silent = me.state == State::Reconnecting
                || matches!(me.state, State::Asleep | State::Offline) && me.back_to.is_some();
            prop_assert_eq!(me.back_to.is_some(), silent, "{:?} {:?}", before, happening);
            prop_assert!(misses == 0 || me.misses < misses);
            if happening == Happening::Missed && me.state == State::Away(AwayReason::NO_ANSWER) {
                prop_assert!(misses > 0 && before.misses + 1 >= misses);
            }
            // Nobody is offered a call but from ready, and nobody sleeps into one.
            if happening == Happening::Offered {
                prop_assert_eq!(before.state, State::Ready);
            }
            if matches!(before.state, State::Asleep | State::Offline) && happening != Happening::Dials {
                prop_assert!(!me.state.is_busy(), "{:?} {:?}", before, happening);
            }
            // Ready means that the console can take a call; what keeps calls out is shown for as long as it is so.
            prop_assert!(me.state != State::Ready || me.unable.is_none(), "{:?} {:?}", before, happening);
            if let State::Unable(unable) = me.state {
                prop_assert_eq!(me.unable, Some(unable));
                prop_assert!(!me.takes_calls() && me.step(Happening::Offered, rules).is_err());
                prop_assert_eq!(me.step(Happening::Reports(None), rules).map(|next| next.state), Ok(State::Ready));
            }
            if let Happening::Reports(unable) = happening {
                let same = Standing { unable, ..before };
                let shown = matches!(before.state, State::Ready | State::Unable(_));
                prop_assert!(shown || me == same, "in the middle of something a report changes nothing else");
            }
            // A wish is granted or remembered, never lost.
            if let Happening::Asked(wish) = happening {
                let granted = me.state == wish.state() || (wish == Wish::Ready && me.unable.is_some());
                prop_assert!(granted || me.pending == Some(wish) || before.state == State::WrapUp);
            }
        }
    }
}
