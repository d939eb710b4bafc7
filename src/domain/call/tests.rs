//! Every order of a call's events gives the same record, and the record says what people saw.

use proptest::prelude::*;

use super::*;

const CALLER: &str = "leg-caller";
const CALLEE: &str = "leg-callee";

fn asked() -> Event {
    Event {
        conversation: "CON-1".into(),
        leg: Some(CALLER.into()),
        from: None,
        to: Some("442079460000".into()),
        direction: None,
        at: None,
        fact: Fact::Asked { line: "support".into(), user: Some("visitor-1".into()), region: None },
    }
}

fn left(left: Left) -> Event {
    Event { leg: None, to: None, fact: Fact::Left(left), ..asked() }
}

/// A call that nobody took, and what the caller left.
fn leaves(all: &[Left]) -> Vec<Event> {
    let mut events = vec![asked(), status(CALLER, Status::Answered, 1_000), status(CALLER, Status::Completed, 9_000)];
    events.extend(all.iter().cloned().map(left));
    events
}

fn status(leg: &str, status: Status, at: i64) -> Event {
    let direction = if leg == CALLER { Direction::Inbound } else { Direction::Outbound };
    let completed = status == Status::Completed;
    Event {
        conversation: "CON-1".into(),
        leg: Some(leg.into()),
        from: Some("442079460000".into()),
        to: Some("447700900000".into()),
        direction: Some(direction),
        at: Some(at),
        fact: Fact::Status(Change {
            status,
            duration_seconds: completed.then_some(17),
            price: completed.then_some(Price(15_000)),
            end_time: completed.then_some(at),
            disconnected_by: completed.then(|| "user".to_owned()),
            ..Change::default()
        }),
    }
}

/// The calls that the suite permutes: every way a click-to-call call can go.
fn flows() -> Vec<(Vec<Event>, Outcome)> {
    use Status::*;
    let call = |steps: &[(&str, Status)]| {
        let mut events = vec![asked()];
        // `started` and `ringing` share a timestamp, as the platform's do.
        events.extend(steps.iter().enumerate().map(|(at, (leg, s))| status(leg, *s, 1000 + (at as i64 / 2) * 1000)));
        events
    };
    let failed = |how: Status| {
        call(&[
            (CALLER, Started),
            (CALLER, Answered),
            (CALLEE, Started),
            (CALLEE, Ringing),
            (CALLEE, how),
            (CALLER, Completed),
        ])
    };
    vec![
        (
            call(&[
                (CALLER, Started),
                (CALLER, Answered),
                (CALLEE, Started),
                (CALLEE, Ringing),
                (CALLEE, Answered),
                (CALLEE, Completed),
                (CALLER, Completed),
            ]),
            Outcome::Answered,
        ),
        (failed(Busy), Outcome::Busy),
        (failed(Timeout), Outcome::NoAnswer),
        (failed(Unanswered), Outcome::NoAnswer),
        (failed(Rejected), Outcome::Rejected),
        (failed(Failed), Outcome::Failed),
        (failed(Cancelled), Outcome::Abandoned),
        // The `answered` event of the called leg is lost; its end has a duration.
        (
            call(&[
                (CALLER, Started),
                (CALLER, Answered),
                (CALLEE, Started),
                (CALLEE, Ringing),
                (CALLEE, Completed),
                (CALLER, Completed),
            ]),
            Outcome::Answered,
        ),
        (
            call(&[
                (CALLER, Answered),
                (CALLEE, Answered),
                (CALLEE, Machine),
                (CALLEE, Completed),
                (CALLER, Completed),
            ]),
            Outcome::Voicemail,
        ),
        (
            call(&[(CALLER, Answered), (CALLEE, Machine), (CALLEE, Human), (CALLEE, Completed), (CALLER, Completed)]),
            Outcome::Answered,
        ),
        (call(&[(CALLER, Started), (CALLER, Ringing), (CALLER, Completed)]), Outcome::Abandoned),
        (leaves(&[Left::message("rec-1", false)]), Outcome::LeftMessage),
        (leaves(&[Left::call_back()]), Outcome::CallBack),
        (leaves(&[Left::call_back(), Left::message("rec-1", false)]), Outcome::LeftMessage),
        // Sent to voicemail, they hung up before they spoke.
        (leaves(&[]), Outcome::Abandoned),
        (leaves(&[Left::message("rec-1", false), Left::message("rec-1", true)]), Outcome::Abandoned),
        (leaves(&[Left::message("rec-1", true), Left::message("rec-2", false)]), Outcome::LeftMessage),
        (
            [
                call(&[(CALLER, Answered), (CALLEE, Answered), (CALLEE, Completed), (CALLER, Completed)]),
                vec![left(Left::call_back())],
            ]
            .concat(),
            Outcome::Answered,
        ),
        // The platform's own trace of 2019: busy, started, ringing, completed.
        (
            call(&[(CALLEE, Busy), (CALLEE, Started), (CALLEE, Ringing), (CALLEE, Completed), (CALLER, Completed)]),
            Outcome::Busy,
        ),
    ]
}

fn permutations(events: &[Event], visit: &mut impl FnMut(&[Event])) {
    fn go(events: &mut Vec<Event>, from: usize, visit: &mut impl FnMut(&[Event])) {
        if from == events.len() {
            return visit(events);
        }
        for with in from..events.len() {
            events.swap(from, with);
            go(events, from + 1, visit);
            events.swap(from, with);
        }
    }
    go(&mut events.to_vec(), 0, visit);
}

#[test]
fn every_order_gives_the_same_record() {
    let mut tried = 0;
    for (events, outcome) in flows() {
        let expected = Call::fold(&events);
        assert_eq!(expected.phase(), Phase::Ended(outcome));
        permutations(&events, &mut |order| {
            tried += 1;
            assert_eq!(Call::fold(order), expected);
        });
    }
    // Eight events have 40,320 orders, seven have 5,040.
    assert!(tried >= 70_000, "only {tried} orders");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn doubled_late_and_shuffled_events_change_nothing(
        flow in 0..flows().len(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..24), seed in any::<u64>()
    ) {
        let (events, _) = flows().swap_remove(flow);
        let mut delivered = events.clone();
        delivered.extend(picks.iter().map(|pick| pick.get(&events).clone()));
        let mut state = seed | 1;
        for at in (1..delivered.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            delivered.swap(at, (state >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(Call::fold(&delivered), Call::fold(&events));
    }

    #[test]
    fn joining_is_a_semilattice(a in 0..flows().len(), b in 0..flows().len(), split in any::<prop::sample::Index>()) {
        let (one, other) = (flows().swap_remove(a).0, flows().swap_remove(b).0);
        let (left, right) = (Call::fold(&one), Call::fold(&other));
        let third = Call::of(split.get(&one));
        let join = |x: &Call, y: &Call| { let mut z = x.clone(); z.join(y); z };
        prop_assert_eq!(join(&left, &right), join(&right, &left));
        prop_assert_eq!(join(&left, &left), left.clone());
        prop_assert_eq!(join(&join(&left, &right), &third), join(&left, &join(&right, &third)));
    }
}

#[test]
fn phases_follow_the_called_leg() {
    use Status::*;
    let mut call = Call::default();
    let mut after = |event: Event| {
        call.apply(&event);
        call.phase()
    };
    assert_eq!(after(asked()), Phase::Connecting);
    assert_eq!(after(status(CALLER, Answered, 1)), Phase::Connecting);
    assert_eq!(after(status(CALLEE, Ringing, 2)), Phase::Ringing);
    assert_eq!(after(status(CALLEE, Answered, 3)), Phase::Talking);
    assert_eq!(after(status(CALLEE, Completed, 20)), Phase::Connecting);
    assert_eq!(after(status(CALLER, Completed, 20)), Phase::Ended(Outcome::Answered));
    assert_eq!((call.answered_at(), call.ended_at(), call.talk_seconds()), (Some(3), Some(20), Some(17)));
    assert_eq!(call.price(), Some(Price(30_000)));
}

fn completed(leg: &str, change: Change, at: i64) -> Event {
    let fact = Fact::Status(Change { status: Status::Completed, ..change });
    Event { fact, ..status(leg, Status::Completed, at) }
}

#[test]
fn case_13_a_completed_leg_with_a_duration_was_answered_though_nobody_said_so() {
    let ringing = [
        asked(),
        status(CALLER, Status::Answered, 3_000),
        status(CALLEE, Status::Started, 4_000),
        status(CALLEE, Status::Ringing, 4_000),
    ];
    let end = |change: Change| {
        let mut call = Call::fold(&ringing);
        call.apply(&completed(CALLEE, change, 50_400));
        call.apply(&status(CALLER, Status::Completed, 51_000));
        (call.phase(), call.answered_at(), call.talk_seconds())
    };
    let lasted = |seconds| Change { duration_seconds: Some(seconds), ..Change::default() };
    let answered = Phase::Ended(Outcome::Answered);
    let by_end = Change { end_time: Some(50_000), start_time: Some(4_500), ..lasted(42) };
    assert_eq!(end(by_end), (answered, Some(8_000), Some(42)));
    assert_eq!(end(lasted(42)), (answered, Some(8_400), Some(42)), "the event's own time is its end");
    assert_eq!(end(lasted(0)), (Phase::Ended(Outcome::Abandoned), None, None));
    assert_eq!(end(Change::default()), (Phase::Ended(Outcome::Abandoned), None, None));
    // What the platform told is better than what is derived, whenever it comes.
    let mut call = Call::fold(&ringing);
    call.apply(&completed(CALLEE, lasted(42), 50_400));
    call.apply(&status(CALLEE, Status::Answered, 8_123));
    assert_eq!(call.answered_at(), Some(8_123));
    // A leg that was refused was not answered, whatever its end says.
    let mut call = Call::fold(&ringing);
    call.apply(&status(CALLEE, Status::Rejected, 5_000));
    call.apply(&completed(CALLEE, lasted(1), 6_000));
    call.apply(&status(CALLER, Status::Completed, 7_000));
    assert_eq!((call.phase(), call.talk_seconds()), (Phase::Ended(Outcome::Rejected), None));
}

#[test]
fn case_32_what_a_machine_answers_no_person_did() {
    let told = |last: &[Status]| {
        let mut events = vec![asked(), status(CALLER, Status::Answered, 1_000)];
        events.extend(last.iter().enumerate().map(|(n, word)| status(CALLEE, *word, 2_000 + n as i64 * 1_000)));
        events.push(status(CALLER, Status::Completed, 30_000));
        let call = Call::fold(&events);
        (call.phase().name(), call.answered_at(), call.talk_seconds(), call.ended_at())
    };
    use Status::{Answered, Completed, Human, Machine};
    assert_eq!(told(&[Answered, Machine, Completed]), ("voicemail", None, None, Some(30_000)));
    assert_eq!(told(&[Machine, Completed]), ("voicemail", None, None, Some(30_000)));
    assert_eq!(told(&[Answered, Human, Completed]), ("answered", Some(2_000), Some(17), Some(30_000)));
    assert_eq!(told(&[Machine, Human, Completed]), ("answered", Some(2_000), Some(17), Some(30_000)));
    // One of two who were rung at once is a mailbox.
    let mut both = Call::fold(&[asked(), status(CALLEE, Machine, 2_000), status("leg-jane", Answered, 3_000)]);
    for (leg, at) in [(CALLEE, 8_000), ("leg-jane", 9_000), (CALLER, 9_000)] {
        both.apply(&status(leg, Completed, at));
    }
    assert_eq!((both.phase().name(), both.answered_at()), ("answered", Some(3_000)));
}

#[test]
fn a_call_that_its_caller_handed_over_goes_on() {
    let customer = "leg-customer";
    let mut events = vec![asked()];
    events.extend([
        status(CALLER, Status::Answered, 1_000),
        status(customer, Status::Answered, 5_000),
        status(CALLEE, Status::Answered, 60_000),
        status(CALLER, Status::Completed, 61_000),
    ]);
    let mut call = Call::fold(&events);
    assert_eq!((call.phase(), call.ended_at()), (Phase::Talking, None));
    call.apply(&status(customer, Status::Completed, 95_000));
    assert_eq!((call.phase(), call.ended_at()), (Phase::Ended(Outcome::Answered), Some(95_000)));
    call.apply(&status(CALLEE, Status::Completed, 95_500));
    // From the customer's answer to the colleague's end; each leg alone was charged for 17 s.
    assert_eq!((call.ended_at(), call.talk_seconds()), (Some(95_500), Some(91)));
}

#[test]
fn an_agents_call_stays_the_customers_whoever_has_it_in_the_end() {
    let customer = "447700900000";
    let mut asked = asked();
    asked.fact = Fact::Asked { line: OUTBOUND.into(), user: Some("Jane".into()), region: None };
    asked.to = Some(customer.into());
    let joe = |status, at| Event { to: Some("Joe".into()), ..self::status("leg-a-colleague", status, at) };
    let events = vec![
        asked,
        status(CALLER, Status::Answered, 1_000),
        status(CALLEE, Status::Answered, 5_000),
        joe(Status::Answered, 60_000),
        status(CALLER, Status::Completed, 61_000),
        status(CALLEE, Status::Completed, 95_000),
    ];
    permutations(&events, &mut |order| {
        assert_eq!(Call::fold(order).called().map(String::as_str), Some(customer));
    });
    // A visitor's call is known by the first who answered.
    let asked = Event { to: None, ..self::asked() };
    let later = Event { to: Some("Jane".into()), ..status("leg-z", Status::Answered, 2_000) };
    let unanswered = Event { to: Some("Mary".into()), ..status("leg-0", Status::Rejected, 1_000) };
    permutations(&[asked, unanswered, later, joe(Status::Answered, 60_000)], &mut |order| {
        assert_eq!(Call::fold(order).called().map(String::as_str), Some("Jane"));
    });
}

#[test]
fn an_unknown_status_changes_nothing_but_is_kept_in_the_inbox() {
    let mut call = Call::fold(&[asked(), status(CALLER, Status::Answered, 1)]);
    let before = call.clone();
    call.apply(&status(CALLER, Status::parse("teleported"), 9));
    assert_eq!(call.phase(), before.phase());
}

#[test]
fn reads_the_platforms_prices() {
    assert_eq!(Price::parse("0.00015000"), Some(Price(15_000)));
    assert_eq!(Price::parse("12"), Some(Price(1_200_000_000)));
    for bad in ["", ".5", "-1", "1e9", "0.123456789", "free", "1234567890"] {
        assert_eq!(Price::parse(bad), None, "{bad}");
    }
}
