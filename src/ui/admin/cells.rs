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
        Phase::Ended(Outcome::Busy) => words.phase_busy,
        Phase::Ended(Outcome::Rejected) => words.phase_rejected,
        Phase::Ended(Outcome::NoAnswer) => words.phase_no_answer,
        Phase::Ended(Outcome::Failed) => words.phase_failed,
        Phase::Ended(Outcome::Abandoned) => words.phase_abandoned,
    }
}

pub fn party(words: &'static Words, party: Party) -> String {
    match party {
        Party::Number(text) | Party::Name(text) => text,
        Party::Visitor(visit) => format!("{} {visit}", words.caller_visitor),
        Party::Unknown => words.caller_unknown.to_owned(),
    }
}

pub fn line(words: &'static Words, line: Option<String>) -> String {
    match line.as_deref() {
        Some("support") => words.line_support.to_owned(),
        Some("agent") => words.line_agent.to_owned(),
        Some("ivr") => words.line_ivr.to_owned(),
        Some("custom") => words.line_custom.to_owned(),
        Some("outbound") => words.line_outbound.to_owned(),
        Some("campaign") => words.line_campaign.to_owned(),
        Some("audio-socket") => words.line_audio_socket.to_owned(),
        Some("private") => words.line_private.to_owned(),
        Some("unassigned") => words.line_unassigned.to_owned(),
        Some(other) => other.to_owned(),
        None => "–".to_owned(),
    }
}

#[component]
pub fn Time(at: i64) -> impl IntoView {
    view! { <time datetime=format::datetime(at)>{format::time(at)}</time> }
}

/// A value, or a dash when it is not known.
pub fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
