use proptest::prelude::*;

use super::*;

/// Plays inputs a second apart; the name of the state after each, and all effects.
fn play(inputs: &[Input]) -> (Vec<&'static str>, Vec<Effect>) {
    let (mut stage, mut names, mut effects) = (Stage::default(), Vec::new(), Vec::new());
    for (second, input) in (1..).zip(inputs) {
        let (next, wanted) = stage.step(*input, second * 1000);
        stage = next;
        names.push(stage.name());
        effects.extend(wanted);
    }
    (names, effects)
}

const READY: [Input; 3] = [Input::Press, Input::SessionOpened, Input::MicrophoneGranted];

fn after(inputs: &[Input]) -> &'static str {
    let all: Vec<Input> = READY.into_iter().chain(inputs.iter().copied()).collect();
    play(&all).0.pop().unwrap()
}

#[test]
fn a11_what_the_agents_have_to_do_with_it_is_shown_while_the_call_stands() {
    let waiting = Care::Waiting { place: 2, minutes: None };
    let live = |step| Live { step, since: None, session_down: false, media_down: false };
    let stands = |step| Stage::Live(live(step));
    assert_eq!(stands(Step::Connecting).shown(Care::None), "connecting");
    assert_eq!(stands(Step::Connecting).shown(waiting), "waiting");
    assert_eq!(Stage::Placing { step: Step::Connecting }.shown(waiting), "waiting");
    // An agent was rung and did not take it: the caller waits again.
    assert_eq!(stands(Step::Ringing).shown(waiting), "waiting");
    assert_eq!(stands(Step::Talking).shown(Care::OnHold), "on-hold");
    assert_eq!(stands(Step::Connecting).shown(Care::Message), "message");
    assert_eq!(stands(Step::Connecting).shown(Care::CallBack), "call-back");
    let lost = Stage::Live(Live { session_down: true, ..live(Step::Connecting) });
    assert_eq!(lost.shown(waiting), "reconnecting", "what is wrong comes first");
    let over = Stage::Over(End::Ended { seconds: None });
    assert_eq!((over.shown(Care::CallBack), over.shown(waiting)), ("call-back", "ended"));
    assert_eq!(Stage::Over(End::Failed(Why::Lost)).shown(Care::CallBack), "failed");
    assert_eq!(Stage::Idle.shown(waiting), "idle");
}

#[test]
fn a_call_of_somebody_who_will_be_called_back_ends_by_itself() {
    let live = Live { step: Step::Connecting, since: None, session_down: false, media_down: false };
    assert!(Stage::Live(live).ends_by_itself(Care::CallBack));
    assert!(!Stage::Live(live).ends_by_itself(Care::Message), "who leaves a message hangs up when it is said");
    let lost = Stage::Live(Live { session_down: true, ..live });
    assert!(!lost.ends_by_itself(Care::CallBack), "they may not have heard that they are called back");
    assert!(!Stage::Over(End::Ended { seconds: None }).ends_by_itself(Care::CallBack), "there is no call any more");
}

fn server(word: &str) -> Input {
    Input::Server(phase(word).unwrap())
}

fn hung_up(reason: &str) -> Input {
    Input::HungUp { guess: guess(reason) }
}

#[test]
fn a_call_from_press_to_hang_up() {
    let (names, effects) = play(&[
        Input::Press,
        Input::MicrophoneAsked,
        Input::SessionOpened,
        Input::MicrophoneGranted,
        server("connecting"),
        Input::Placed,
        server("ringing"),
        Input::Leg(Step::Talking),
        server("talking"),
        hung_up("REMOTE_HANGUP"),
        server("answered"),
    ]);
    let wanted =
        "connecting microphone microphone connecting connecting connecting ringing talking talking ended ended";
    assert_eq!(names, wanted.split(' ').collect::<Vec<_>>());
    assert_eq!(effects, [Effect::Prepare, Effect::Place, Effect::Release]);
}

#[test]
fn every_way_to_end() {
    use Input::*;
    let table: &[(&[Input], &str)] = &[
        // The first to say that it is over is believed.
        (&[Placed, server("talking"), server("answered")], "ended"),
        (&[Placed, server("talking"), hung_up("REMOTE_HANGUP")], "ended"),
        (&[Placed, server("ringing"), HangUp], "ended"),
        (&[Placed, server("ringing"), server("busy")], "busy"),
        (&[Placed, server("ringing"), server("rejected")], "busy"),
        (&[Placed, server("ringing"), server("no-answer")], "no-answer"),
        (&[Placed, server("failed")], "failed"),
        // The SDK's word alone shows nothing new until the server has said why, or has not.
        (&[Placed, server("ringing"), hung_up("REMOTE_HANGUP")], "ringing"),
        (&[Placed, server("ringing"), hung_up("REMOTE_HANGUP"), server("busy")], "busy"),
        (&[Placed, server("ringing"), hung_up("REMOTE_REJECT"), OutcomeMissing], "busy"),
        (&[Placed, hung_up("REMOTE_NO_ANSWER_TIMEOUT"), OutcomeMissing], "no-answer"),
        (&[Placed, hung_up("MEDIA_TIMEOUT"), OutcomeMissing], "failed"),
        (&[Placed, hung_up("REMOTE_HANGUP"), OutcomeMissing], "ended"),
        // Before the SDK has placed it.
        (&[server("busy")], "busy"),
        (&[HangUp], "ended"),
        (&[Failed(Why::NotConnected)], "failed"),
        (&[SessionGone], "failed"),
        // What comes after the end changes nothing.
        (&[Placed, HangUp, server("talking"), hung_up("LOCAL_HANGUP"), OutcomeMissing], "ended"),
        (&[Placed, server("busy"), server("answered")], "busy"),
        (&[HangUp, Placed], "ended"),
    ];
    for (inputs, wanted) in table {
        assert_eq!(after(inputs), *wanted, "{inputs:?}");
    }
}

#[test]
fn a_lost_connection_comes_back_or_does_not() {
    use Input::*;
    let talking = [Placed, server("talking")];
    let table: &[(&[Input], &str)] = &[
        (&[MediaDown], "reconnecting"),
        (&[MediaDown, MediaBack], "talking"),
        (&[MediaDown, SessionDown, MediaBack], "reconnecting"),
        (&[MediaDown, SessionDown, MediaBack, SessionBack], "talking"),
        (&[MediaDown, MediaGone], "failed"),
        (&[SessionDown, SessionGone], "reconnecting"),
        (&[SessionDown, SessionGone, Returned], "talking"),
        (&[SessionDown, SessionGone, NotReturned], "ended"),
        (&[MediaDown, server("answered")], "ended"),
    ];
    for (inputs, wanted) in table {
        let all: Vec<Input> = talking.iter().chain(*inputs).copied().collect();
        assert_eq!(after(&all), *wanted, "{inputs:?}");
    }
}

#[test]
fn a_reload_brings_the_call_and_its_length_back() {
    let (stage, effects) = Stage::Idle.step(Input::Reloaded { since: Some(1_000) }, 60_000);
    assert_eq!((stage.name(), effects), ("reconnecting", vec![Effect::Return]));
    let (stage, _) = stage.step(Input::Returned, 61_000);
    assert_eq!((stage.name(), stage.since()), ("talking", Some(1_000)));
    let (stage, _) = stage.step(server("answered"), 66_000);
    assert_eq!(stage, Stage::Over(End::Ended { seconds: Some(65) }));
}

#[test]
fn a_refused_microphone_is_explained_and_can_be_tried_again() {
    let denied = Input::MicrophoneRefused(Problem::Blocked);
    let (names, effects) = play(&[Input::Press, denied, Input::SessionOpened, Input::Press]);
    assert_eq!(names, ["connecting", "denied", "denied", "connecting"]);
    assert_eq!(effects, [Effect::Prepare, Effect::Release, Effect::Prepare]);
}

#[test]
fn giving_up_before_the_call_is_no_call() {
    assert_eq!(play(&[Input::Press, Input::HangUp]).0, ["connecting", "idle"]);
}

fn any_input() -> impl Strategy<Value = Input> {
    use Input::*;
    let words = [
        "connecting",
        "ringing",
        "talking",
        "answered",
        "voicemail",
        "busy",
        "rejected",
        "no-answer",
        "failed",
        "abandoned",
        "left-message",
        "call-back",
    ];
    prop_oneof![
        prop::sample::select(vec![
            Press,
            HangUp,
            MicrophoneAsked,
            MicrophoneGranted,
            MicrophoneRefused(Problem::Other),
            SessionOpened,
            Placed,
            Failed(Why::NotLoaded),
            Reloaded { since: None },
            Returned,
            NotReturned,
            Leg(Step::Ringing),
            Leg(Step::Talking),
            hung_up("REMOTE_HANGUP"),
            SessionDown,
            SessionBack,
            SessionGone,
            MediaDown,
            MediaBack,
            MediaGone,
            OutcomeMissing,
        ]),
        prop::sample::select(words.to_vec()).prop_map(server),
    ]
}

proptest! {
    /// Whatever comes in whatever order: what was taken is given back, and only once; a call is never placed twice.
    #[test]
    fn what_is_taken_is_given_back(inputs in prop::collection::vec(any_input(), 0..40)) {
        let (mut stage, mut taken) = (Stage::default(), false);
        for (second, input) in (1..).zip(inputs) {
            let (next, effects) = stage.step(input, second * 1000);
            for effect in &effects {
                match effect {
                    Effect::Prepare => { prop_assert!(!taken); taken = true; }
                    Effect::Return if !stage.is_running() => { prop_assert!(!taken); taken = true; }
                    Effect::Release => { prop_assert!(taken); taken = false; }
                    Effect::Place | Effect::Return | Effect::AwaitOutcome | Effect::HangUp => prop_assert!(taken),
                }
            }
            stage = next;
            prop_assert_eq!(stage.is_running(), taken, "{:?}", stage);
        }
    }
}
