//! What the console says: states, refusals, people. Pure.

use super::able::Shown;
use crate::api::calls::Party;
use crate::api::contact_center::{ActiveCall, Customer, HistoryResult, OfferKind, Refusal};
use crate::browser::microphone::Problem;
use crate::domain::contact_center::console_settings::{Choices, Label, Pick};
use crate::domain::contact_center::presence::{AwayReason, State, Unable, Wish};
use crate::domain::contact_center::word::Word;
use crate::domain::dial_policy::Rule;
use crate::domain::phone::PhoneError;
use crate::ui::language::{Language, Words, language};
use crate::ui::parts::format;

pub fn state(words: &'static Words, state: State) -> &'static str {
    match state {
        State::Offline => words.console_state_offline,
        State::Ready => words.console_state_ready,
        State::Unable(unable) => unable_word(words, unable),
        State::Ringing => words.console_state_ringing,
        State::Talking => words.console_state_talking,
        State::Hold => words.console_state_hold,
        State::WrapUp => words.console_state_wrap_up,
        State::Away(_) => words.console_state_away,
        State::Asleep => words.console_state_asleep,
        State::Reconnecting => words.console_state_reconnecting,
    }
}

fn unable_word(words: &'static Words, unable: Unable) -> &'static str {
    match unable {
        Unable::MicrophoneBlocked => words.console_unable_microphone_blocked,
        Unable::NoMicrophone => words.console_unable_no_microphone,
        Unable::MicrophoneFails => words.console_unable_microphone_fails,
        Unable::NoPlatform => words.console_unable_no_platform,
    }
}

/// What the agent's own console says of their state.
pub fn shown(words: &'static Words, choices: &Choices, shown: Shown) -> String {
    match shown {
        Shown::State(one) => standing(words, choices, one),
        Shown::NoServer => words.console_unable_no_server.to_owned(),
    }
}

/// A state with its reason, as the operator calls it.
pub fn standing(words: &'static Words, choices: &Choices, of: State) -> String {
    match of {
        State::Away(AwayReason::NO_ANSWER) => words.console_away_no_answer.to_owned(),
        State::Away(reason) => picked(&choices.away, reason.0),
        of => state(words, of).to_owned(),
    }
}

/// How long a state has lasted; of an away reason that may not last so long, by how much it is over.
pub fn lasting(words: &'static Words, choices: &Choices, of: State, seconds: u32) -> String {
    let limit = match of {
        State::Away(reason) => found(&choices.away, reason.0).and_then(|pick| pick.minutes),
        _ => None,
    };
    match limit.and_then(|minutes| seconds.checked_sub(minutes * 60)) {
        Some(over @ 1..) => words.console_over(&format::length(over)),
        _ => format::length(seconds),
    }
}

fn found(picks: &[Pick], word: Word) -> Option<&Pick> {
    picks.iter().find(|pick| pick.word == word)
}

/// What the operator calls something that was chosen; what is not in the list any more, by its word.
pub fn picked(picks: &[Pick], word: Word) -> String {
    found(picks, word).map_or(word.text(), called).to_owned()
}

/// In the language of the page.
pub fn called(pick: &Pick) -> &str {
    match language() {
        Language::English => &pick.english,
        Language::Chinese => &pick.chinese,
    }
}

/// In the language of the page.
pub fn label(label: &Label) -> &str {
    match language() {
        Language::English => label.in_english(),
        Language::Chinese => label.in_chinese(),
    }
}

pub fn wish(words: &'static Words, choices: &Choices, wish: Wish) -> String {
    standing(words, choices, wish.state())
}

/// The drawing beside the word: state is never told by colour alone.
pub fn shape(state: State) -> &'static str {
    match state {
        State::Ready => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
        State::Ringing => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18m0 2.5v13a6.5 6.5 0 0 0 0-13",
        State::Talking => "M12 2l10 10-10 10L2 12z",
        State::Hold => "M5 4h5v16H5zM14 4h5v16h-5z",
        State::WrapUp => "M12 12V3a9 9 0 1 1-9 9z",
        State::Away(_) => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18m0 5a4 4 0 1 1 0 8 4 4 0 0 1 0-8",
        State::Asleep | State::Offline => "M3 10h18v4H3z",
        State::Unable(_) => "M4 7l3-3 5 5 5-5 3 3-5 5 5 5-3 3-5-5-5 5-3-3 5-5z",
        State::Reconnecting => "M12 3l9 17H3z",
    }
}

pub fn party(words: &'static Words, party: &Party) -> String {
    match party {
        Party::Number(text) | Party::Name(text) => text.clone(),
        Party::Visitor(visit) => format!("{} {visit}", words.caller_visitor),
        Party::Withheld => words.caller_withheld.to_owned(),
        Party::Unknown => words.caller_unknown.to_owned(),
    }
}

/// What was called, and why: `Support · +44 20 7946 0000`.
pub fn line(words: &'static Words, who: &Customer) -> String {
    let name = match who.line.as_str() {
        "support" => words.line_support.to_owned(),
        "agent" => words.console_line_agent.to_owned(),
        "queue" => who.line_name.clone().unwrap_or_else(|| words.line_queue.to_owned()),
        "ivr" => who.line_name.clone().unwrap_or_else(|| words.console_line_ivr.to_owned()),
        "campaign" => who.line_name.clone().unwrap_or_else(|| words.console_line_campaign.to_owned()),
        "custom" => who.line_name.clone().unwrap_or_else(|| words.line_custom.to_owned()),
        "outbound" => words.console_line_outbound.to_owned(),
        other => other.to_owned(),
    };
    match &who.number {
        Some(number) => format!("{name} · {number}"),
        None => name,
    }
}

pub fn offer(words: &'static Words, kind: &OfferKind) -> String {
    match kind {
        OfferKind::Call => words.console_offer_call.to_owned(),
        OfferKind::Consult(name) => words.console_offer_consult(name),
        OfferKind::Add(name) => words.console_offer_add(name),
        OfferKind::Transfer(name) => words.console_offer_transfer(name),
        OfferKind::All(others) => words.console_offer_all(&others.to_string()),
    }
}

pub fn result(words: &'static Words, result: HistoryResult) -> &'static str {
    match result {
        HistoryResult::Running => words.console_result_running,
        HistoryResult::Answered => words.console_result_answered,
        HistoryResult::Abandoned => words.console_result_abandoned,
        HistoryResult::Voicemail => words.console_result_voicemail,
        HistoryResult::Callback => words.console_result_callback,
        HistoryResult::Served => words.console_result_served,
        HistoryResult::NotReached => words.console_result_not_reached,
    }
}

pub fn refusal(words: &'static Words, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotNow { is } => words.console_refused_not_now(state(words, *is)),
        Refusal::Gone => words.console_refused_gone.to_owned(),
        Refusal::TakenBy { name } => words.console_refused_taken_by(name),
        Refusal::Busy => words.console_refused_busy.to_owned(),
        Refusal::NotYours => words.console_refused_not_yours.to_owned(),
        Refusal::NotConnected => words.console_refused_not_connected.to_owned(),
        Refusal::Consulting => words.console_refused_consulting.to_owned(),
        Refusal::OnHold => words.console_refused_on_hold.to_owned(),
        Refusal::Several => words.console_refused_several.to_owned(),
        Refusal::NotFree { name } => words.console_refused_not_free(name),
        Refusal::NotTaken { name, declined: true, .. } => words.console_declined(name),
        Refusal::NotTaken { name, .. } => words.console_not_answered(name),
        Refusal::BadNumber { reason } => match reason {
            PhoneError::Extension(digits) => words.console_refused_extension(digits),
            PhoneError::Character(odd) => words.console_refused_character(&odd.to_string()),
            PhoneError::Doubt(meant) => words.console_refused_doubt(&meant.join(" / ")),
            PhoneError::NoCountryCode | PhoneError::NoCountry => words.console_refused_country_code.to_owned(),
            PhoneError::Incomplete(country) => words.console_refused_incomplete(country),
            _ => words.console_refused_number.to_owned(),
        },
        Refusal::Country { country } => words.console_refused_country(country),
        Refusal::Policy { rule } => match rule {
            Rule::Kind(kind) => words.console_refused_kind(kind.name()),
            Rule::Calls(_) | Rule::Texts(_) | Rule::Spend(_) | Rule::Line(_) => words.console_refused_limit.to_owned(),
            Rule::NoSuchNumber | Rule::Country(_) => words.console_refused_number.to_owned(),
        },
        Refusal::TooMany { retry_after_s } => words.console_refused_too_many(&retry_after_s.to_string()),
        Refusal::NotOurs { number } => words.console_refused_not_ours(number),
        Refusal::OtherTab => words.console_refused_no_phone.to_owned(),
        Refusal::Unable { unable } => match unable {
            Unable::MicrophoneBlocked => words.console_mic_blocked.to_owned(),
            Unable::NoMicrophone => words.console_mic_missing.to_owned(),
            Unable::MicrophoneFails => words.console_mic_in_use.to_owned(),
            Unable::NoPlatform => words.console_lost_platform.to_owned(),
        },
        Refusal::NoDisposition => words.console_refused_no_disposition.to_owned(),
        Refusal::NotOffered => words.console_refused_not_offered.to_owned(),
        Refusal::Invalid { field } => match field.as_str() {
            "keys" => words.console_refused_keys,
            "text" => words.console_refused_text,
            _ => words.console_refused_number,
        }
        .to_owned(),
        Refusal::Unconfirmed => words.console_refused_unconfirmed.to_owned(),
        Refusal::Unreached => words.console_refused_unreached.to_owned(),
        Refusal::Unavailable => words.console_refused_unavailable.to_owned(),
    }
}

/// What went wrong with a call; of somebody who did not take a consultation also where that leaves the agent.
pub fn problem(words: &'static Words, call: &ActiveCall) -> Option<String> {
    let problem = call.problem.as_ref()?;
    let mut text = refusal(words, problem);
    if matches!(problem, Refusal::NotTaken { consulted: true, .. }) && call.held_since.is_none() {
        text = [text.as_str(), words.console_said_back].join(words.sentence_gap);
    }
    Some(text)
}

pub fn microphone(words: &'static Words, problem: Problem) -> &'static str {
    match problem {
        Problem::Blocked => words.console_mic_blocked,
        Problem::Missing => words.console_mic_missing,
        Problem::InUse => words.console_mic_in_use,
        Problem::Insecure => words.denied_insecure,
        Problem::Other => words.console_mic_fails,
    }
}
