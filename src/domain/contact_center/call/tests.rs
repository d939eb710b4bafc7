//! What follows from what a call knows of itself.

use super::*;

#[test]
fn what_a_caller_left_is_told_when_it_is_new() {
    let of = |result, voicemail: Option<&str>| DeskCall {
        result,
        voicemail: voicemail.map(str::to_owned),
        ..DeskCall::default()
    };
    let (nothing, promised) = (of(None, None), of(Some(HistoryResult::Callback), None));
    let message = of(Some(HistoryResult::Voicemail), Some("rec-1"));
    let gone = of(Some(HistoryResult::Abandoned), None);
    assert_eq!(promised.newly_left(&nothing), Some(Left::call_back()));
    assert_eq!(promised.newly_left(&promised), None, "told once");
    assert_eq!(message.newly_left(&nothing), Some(Left::message("rec-1", false)));
    assert_eq!(message.newly_left(&promised), Some(Left::message("rec-1", false)));
    assert_eq!(gone.newly_left(&message), Some(Left::message("rec-1", true)), "nothing was said in it");
    assert_eq!(of(None, None).newly_left(&message), Some(Left::message("rec-1", true)));
    assert_eq!(of(Some(HistoryResult::Voicemail), None).newly_left(&message), None, "an agent deleted it");
    assert_eq!(gone.newly_left(&nothing), None);
    let asked = DeskCall { phase: Phase::Message, ..DeskCall::default() };
    assert_eq!(asked.newly_left(&nothing), None, "they were asked to speak, and have not yet");
}

#[test]
fn how_a_call_ended_is_told_by_what_happened() {
    let call = || DeskCall { created_at: 1_000, ..DeskCall::default() };
    let ended = |mut call: DeskCall| {
        call.end(61_000);
        (call.result, call.is_missed(), call.talk_seconds(), call.waited_seconds())
    };
    assert_eq!(ended(call()), (Some(HistoryResult::Abandoned), true, None, Some(60)));
    let answered = DeskCall { answered_at: Some(31_000), ..call() };
    assert_eq!(ended(answered), (Some(HistoryResult::Answered), false, Some(30), Some(30)));
    let outbound = DeskCall { outbound: true, ..call() };
    assert_eq!(ended(outbound), (Some(HistoryResult::NotReached), false, None, Some(60)));
    let message = DeskCall { result: Some(HistoryResult::Voicemail), ..call() };
    assert_eq!(ended(message), (Some(HistoryResult::Voicemail), true, None, Some(60)));
    let served = DeskCall { result: Some(HistoryResult::Served), phase: Phase::Menu, ..call() };
    assert_eq!(ended(served.clone()), (Some(HistoryResult::Served), false, None, Some(60)));
    let queued = DeskCall { phase: Phase::Waiting, ..served };
    assert_eq!(ended(queued).0, Some(HistoryResult::Abandoned), "they wanted an agent after all");
    let hung_up = DeskCall { answered_at: Some(31_000), hung_up_at: Some(41_000), ..call() };
    // The agent's list shows it before the platform confirms the end.
    assert_eq!((hung_up.shown_result(), hung_up.talk_seconds()), (HistoryResult::Answered, Some(10)));
    let refused = DeskCall { problem: Some(Refusal::Unconfirmed), ..hung_up.clone() };
    assert_eq!(refused.shown_result(), HistoryResult::Running, "no end is claimed that there was not");
    let talks = DeskCall { hung_up_at: None, ..hung_up.clone() };
    assert_eq!((talks.shown_result(), talks.talk_seconds()), (HistoryResult::Running, None));
    assert_eq!(ended(hung_up), (Some(HistoryResult::Answered), false, Some(10), Some(30)));
}

#[test]
fn a_call_that_is_being_ended_waits_for_nobody() {
    let waits = DeskCall { phase: Phase::Waiting, customer_leg: Some("a".into()), ..DeskCall::default() };
    assert!(waits.is_waiting() && !waits.is_ending());
    let mut ending = DeskCall { hung_up_at: Some(1), ..waits };
    assert!(!ending.is_waiting() && ending.is_ending());
    assert_eq!(ending.legs(), ["a"]);
    ending.end(2);
    assert!(!ending.is_ending());
    // A record of an earlier version has none of these fields, and one that is gone.
    let mut old = serde_json::to_value(&ending).unwrap();
    let fields = old.as_object_mut().unwrap();
    assert!(fields.remove("hung_up_at").is_some() && fields.remove("lost").is_some());
    assert!(fields.remove("talked").is_some());
    fields.insert("joined".into(), false.into());
    let old: DeskCall = serde_json::from_value(old).unwrap();
    assert_eq!((old.hung_up_at, old.lost), (None, false));
}

#[test]
fn a_call_has_one_note_by_all_who_talked_in_it() {
    let mut call = DeskCall { agent: Some("Jane".into()), ..DeskCall::default() };
    call.comes("Jane", 1);
    call.comes("Joe", 2);
    call.write("Jane", "wants a refund");
    call.write("Joe", "wants a refund\nsee order 7");
    assert_eq!(call.note, "wants a refund\n[Joe] see order 7");
    call.write("Joe", "wants a refund\n[Joe] see order 7\nand 8");
    assert_eq!(call.note, "wants a refund\n[Joe] see order 7\n[Joe] and 8", "marked once");
    call.write("Jane", "wants a refund by May");
    assert_eq!(call.note, "wants a refund by May\n[Joe] see order 7\n[Joe] and 8", "she had not seen it");
    call.write("Jane", &call.note.clone());
    assert_eq!(call.note, "wants a refund by May\n[Joe] see order 7\n[Joe] and 8");
    call.write("Joe", "wants a refund by May\n[Joe] see order 9");
    assert_eq!(call.note, "wants a refund by May\n[Joe] see order 9", "what is his he may change");
}

#[test]
fn a10_a_promise_to_call_back_stands_until_they_talked() {
    let mut asked = DeskCall { created_at: 1_000, result: Some(HistoryResult::Callback), ..DeskCall::default() };
    asked.end(20_000);
    let jane = Some("Jane".to_owned());
    (asked.claimed_by, asked.claimed_at) = (jane.clone(), Some(30_000));
    assert_eq!(asked.claim(40_000, false), Some("Jane"));
    assert_eq!(asked.claim(90_000, false), None, "nothing came of it");
    assert_eq!(asked.claim(90_000, true), Some("Jane"), "it rings still");
    let mut busy = DeskCall { outbound: true, agent: jane.clone(), created_at: 31_000, ..DeskCall::default() };
    busy.end(35_000);
    assert!(asked.settle(&busy, 35_000));
    assert_eq!((asked.is_owed(), asked.claim(35_001, true)), (true, None));
    assert_eq!(asked.tries, [Try { at: 31_000, agent: jane }]);
    let joe = DeskCall { agent: Some("Joe".into()), answered_at: Some(50_000), created_at: 40_000, ..busy.clone() };
    assert!(asked.settle(&joe, 60_000));
    assert_eq!((asked.is_owed(), asked.claimed_by.as_deref()), (false, Some("Joe")));
    assert!(!asked.settle(&busy, 70_000), "kept promises are not touched");
    let earlier = DeskCall { answered_at: Some(500), created_at: 100, ..DeskCall::default() };
    let mut open = DeskCall { returned_at: None, ..asked };
    assert!(!open.settle(&earlier, 70_000), "a call of before it keeps no promise");
}
