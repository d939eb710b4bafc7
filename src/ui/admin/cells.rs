//! How a call's facts are shown, in the list and on its page.

use leptos::prelude::*;

use crate::api::calls::Party;
use crate::domain::call::{Outcome, Phase};
use crate::ui::language::{Words, words};
use crate::ui::parts::format;

/// A dot and a word; the dot's shape says as much as its colour.
#[component]
pub fn State(phase: Phase) -> impl IntoView {
    view! { <span class="state" data-phase=phase.name()>{state(words(), phase)}</span> }
}

pub fn state(words: &'static Words, phase: Phase) -> &'static str {
    match phase {
        Phase::Connecting => words.phase_connecting,
        Phase::Ringing => words.phase_ringing,
        Phase::Talking => words.phase_talking,
        Phase::Ended(Outcome::Answered) => words.phase_answered,
        Phase::Ended(Outcome::Voicemail) => words.phase_voicemail,
        Phase::Ended(Outcome::Busy) => words.phase_busy,
        Phase::Ended(Outcome::Rejected) => words.phase_rejected,
        Phase::Ended(Outcome::NoAnswer) => words.phase_no_answer,
        Phase::Ended(Outcome::Failed) => words.phase_failed,
        Phase::Ended(Outcome::Abandoned) => words.phase_abandoned,
        Phase::Ended(Outcome::LeftMessage) => words.phase_left_message,
        Phase::Ended(Outcome::CallBack) => words.phase_call_back,
    }
}

pub fn party(words: &'static Words, party: Party) -> String {
    match party {
        // The platform calls our audio socket by its address.
        Party::Name(text) if text.starts_with("ws://") || text.starts_with("wss://") => {
            words.line_audio_socket.to_owned()
        }
        Party::Number(text) | Party::Name(text) => text,
        Party::Visitor(visit) => format!("{} {visit}", words.caller_visitor),
        Party::Withheld => words.caller_withheld.to_owned(),
        Party::Unknown => words.caller_unknown.to_owned(),
    }
}

pub fn line(words: &'static Words, line: Option<String>) -> String {
    match line.as_deref() {
        Some("support") => words.line_support.to_owned(),
        Some("agent") => words.line_agent.to_owned(),
        Some("queue") => words.line_queue.to_owned(),
        Some("ivr") => words.line_ivr.to_owned(),
        Some("custom") => words.line_custom.to_owned(),
        Some("outbound") => words.line_outbound.to_owned(),
        Some("campaign") => words.line_campaign.to_owned(),
        Some("audio-socket") => words.line_audio_socket.to_owned(),
        Some("private") => words.line_private.to_owned(),
        Some("unassigned") => words.line_unassigned.to_owned(),
        // What no number leads to, and calls are answered with all the same.
        Some("apology") => words.line_apology.to_owned(),
        Some("contact-centre") => words.line_contact_center.to_owned(),
        Some(other) => other.to_owned(),
        None => "–".to_owned(),
    }
}

/// What kind of webhook, or that it is the call flow that we answered.
pub fn kind(words: &'static Words, kind: String) -> String {
    let known = match kind.as_str() {
        "answer" => words.event_answer,
        "event" => words.event_event,
        "dtmf" => words.event_dtmf,
        "recording" => words.event_recording,
        "fallback" => words.event_fallback,
        "ncco" => words.line_custom,
        "check" => words.event_check,
        "desk" => words.line_contact_center,
        _ => return kind,
    };
    known.to_owned()
}

/// What an event says: the platform's word, with a detail in brackets behind it or none.
pub fn status(words: &'static Words, text: String) -> String {
    let (word, detail) = text.split_once(' ').unwrap_or((&text, ""));
    let known = match word {
        "started" => words.event_started,
        "ringing" => words.phase_ringing,
        "answered" => words.phase_answered,
        "completed" => words.event_completed,
        "busy" => words.phase_busy,
        "rejected" => words.phase_rejected,
        "timeout" | "unanswered" => words.phase_no_answer,
        "failed" => words.phase_failed,
        "cancelled" => words.event_cancelled,
        "transfer" => words.event_transfer,
        "error" => words.event_error,
        "input" => words.event_dtmf,
        "record" => words.event_recording,
        _ => return text,
    };
    if detail.is_empty() { known.to_owned() } else { format!("{known} {detail}") }
}

/// How long they talked; nothing while a call runs, and when nobody answered.
pub fn talk_length(phase: Phase, seconds: Option<u32>) -> Option<String> {
    let seconds = seconds.filter(|seconds| *seconds > 0 || phase == Phase::Ended(Outcome::Answered));
    seconds.map(format::length)
}

/// The same, with a dash for nothing.
pub fn talked(phase: Phase, seconds: Option<u32>) -> String {
    or_dash(talk_length(phase, seconds))
}

/// A value, or a dash when it is not known.
pub fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
