//! What the widget says in each state.

use super::call::{End, Stage, Why};
use crate::api::click_to_call::{AskRefusal, Care, Refusal};
use crate::browser::levels::Quality;
use crate::browser::microphone::{Browser, Problem};
use crate::domain::dial_policy::Rule;
use crate::ui::language::Words;

/// The state in a few words; announced by screen readers when it changes.
pub fn title(words: &'static Words, stage: &Stage, care: Care) -> &'static str {
    match stage.shown(care) {
        "microphone" => words.state_microphone,
        "denied" => words.state_denied,
        "connecting" => words.state_connecting,
        "ringing" => words.state_ringing,
        "waiting" => words.state_waiting,
        "message" => words.state_message,
        "on-hold" => words.state_on_hold,
        "call-back" => words.state_call_back,
        "talking" => words.state_talking,
        "reconnecting" => words.state_reconnecting,
        "ended" => words.state_ended,
        "busy" => words.state_busy,
        "no-answer" => words.state_no_answer,
        "failed" => words.state_failed,
        _ => words.state_idle,
    }
}

/// A sentence more.
pub fn detail(words: &'static Words, stage: &Stage, care: Care) -> String {
    let text = match stage {
        stage if stage.shown(care) == "call-back" => words.state_call_back_text,
        Stage::Denied(Problem::Blocked) => words.denied_blocked,
        Stage::Denied(Problem::Missing) => words.denied_missing,
        Stage::Denied(Problem::InUse) => words.denied_in_use,
        Stage::Denied(Problem::Insecure) => words.denied_insecure,
        Stage::Denied(Problem::Other) => words.denied_other,
        Stage::Over(End::Ended { seconds: Some(seconds) }) => return words.state_ended_text(&clock(*seconds)),
        Stage::Over(End::Ended { seconds: None }) => words.state_ended_short,
        Stage::Over(End::Busy) => words.state_busy_text,
        Stage::Over(End::NoAnswer) => words.state_no_answer_text,
        Stage::Over(End::Failed(why)) => return failure(words, *why),
        running => match running.shown(care) {
            "waiting" => return waiting(words, care),
            "message" => words.state_message_text,
            "on-hold" => words.state_on_hold_text,
            "microphone" => words.state_microphone_text,
            "connecting" => words.state_connecting_text,
            "ringing" => words.state_ringing_text,
            "reconnecting" => words.state_reconnecting_text,
            "talking" => "",
            _ => words.state_idle_text,
        },
    };
    text.to_owned()
}

/// The place in the queue, and how long callers waited lately where enough of them did.
fn waiting(words: &'static Words, care: Care) -> String {
    let Care::Waiting { place, minutes } = care else { return String::new() };
    let place = words.state_waiting_text(&place.to_string());
    match minutes {
        None => place,
        Some(1) => [&place, words.state_waiting_minute].map(str::to_owned).join(words.sentence_gap),
        Some(minutes) => [place, words.state_waiting_minutes(&minutes.to_string())].join(words.sentence_gap),
    }
}

/// Why what a visitor asked for in the queue was not done, in words for somebody outside.
pub fn refusal(words: &'static Words, refusal: &AskRefusal) -> String {
    let text = match refusal {
        AskRefusal::BadNumber { .. } | AskRefusal::Invalid { .. } => words.wait_bad_number,
        AskRefusal::Country { .. }
        | AskRefusal::Policy { rule: Rule::Country(_) | Rule::Kind(_) | Rule::NoSuchNumber } => words.wait_not_called,
        AskRefusal::TooMany { retry_after_s } => {
            return words.wait_too_many(&retry_after_s.div_ceil(60).max(1).to_string());
        }
        AskRefusal::Gone => words.wait_gone,
        _ => words.wait_failed,
    };
    text.to_owned()
}

fn failure(words: &'static Words, why: Why) -> String {
    let text = match why {
        Why::Refused(Refusal::TooManyFromYou { retry_after_s }) => {
            return words.failed_too_many_you(&retry_after_s.to_string());
        }
        Why::Refused(Refusal::TooManyInAll) => words.failed_too_many_all,
        Why::Refused(Refusal::Unavailable) => words.failed_unavailable,
        Why::NotLoaded => words.failed_not_loaded,
        Why::Lost => words.failed_lost,
        Why::NotConnected => words.failed_call,
    };
    text.to_owned()
}

/// How to get a microphone, step by step; none where only another address helps.
pub fn steps(words: &'static Words, problem: Problem, browser: Browser) -> Vec<&'static str> {
    match (problem, browser) {
        (Problem::Insecure, _) => vec![],
        (Problem::Missing, _) => vec![words.steps_device_1, words.steps_device_2, words.steps_device_3],
        (Problem::InUse, _) => vec![words.steps_busy_1, words.steps_busy_2, words.steps_busy_3],
        (_, Browser::Chrome) => vec![words.steps_chrome_1, words.steps_chrome_2, words.steps_chrome_3],
        (_, Browser::Firefox) => vec![words.steps_firefox_1, words.steps_firefox_2, words.steps_firefox_3],
        (_, Browser::Safari) => vec![words.steps_safari_1, words.steps_safari_2, words.steps_safari_3],
        (_, Browser::Other) => vec![words.steps_other_1, words.steps_other_2, words.steps_other_3],
    }
}

pub fn quality(words: &'static Words, quality: Quality) -> &'static str {
    match quality {
        Quality::Unknown => words.quality_unknown,
        Quality::Good => words.quality_good,
        Quality::Fair => words.quality_fair,
        Quality::Poor => words.quality_poor,
    }
}

/// `0:07`, `12:34`, `1:02:03`.
pub fn clock(seconds: u32) -> String {
    crate::ui::parts::format::length(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::language::Language;

    #[test]
    fn every_refusal_has_words_in_every_language() {
        let whys = [
            Why::Refused(Refusal::TooManyInAll),
            Why::Refused(Refusal::Unavailable),
            Why::NotLoaded,
            Why::Lost,
            Why::NotConnected,
        ];
        for language in Language::EVERY {
            let words = language.words();
            for why in whys {
                assert!(!detail(words, &Stage::Over(End::Failed(why)), Care::None).is_empty());
            }
            let wait = Stage::Over(End::Failed(Why::Refused(Refusal::TooManyFromYou { retry_after_s: 42 })));
            assert!(detail(words, &wait, Care::None).contains("42"));
            assert!(detail(words, &Stage::Over(End::Ended { seconds: Some(65) }), Care::None).contains("1:05"));
        }
    }

    #[test]
    fn a11_who_waits_is_told_their_place_and_a_time_only_if_it_is_known() {
        let stage = Stage::Placing { step: crate::ui::support::call::Step::Connecting };
        for language in Language::EVERY {
            let words = language.words();
            let told = |place, minutes| detail(words, &stage, Care::Waiting { place, minutes });
            assert!(told(7, None).contains('7') && !told(7, None).contains("42"), "{}", told(7, None));
            assert!(told(7, Some(42)).contains('7') && told(7, Some(42)).contains("42"), "{}", told(7, Some(42)));
            assert!(told(7, Some(1)).contains(words.state_waiting_minute));
            assert_ne!(title(words, &stage, Care::Waiting { place: 1, minutes: None }), words.state_connecting);
            let promised = Stage::Over(End::Ended { seconds: None });
            assert_eq!(detail(words, &promised, Care::CallBack), words.state_call_back_text);
            assert_eq!(detail(words, &promised, Care::None), words.state_ended_short);
        }
    }

    #[test]
    fn a11_a_refusal_says_what_to_do_and_names_no_setting_of_ours() {
        use crate::domain::phone::PhoneError;
        let refusals = [
            AskRefusal::BadNumber { reason: PhoneError::NoCountryCode },
            AskRefusal::Invalid { field: "number".into() },
            AskRefusal::Country { country: "XX".into() },
            AskRefusal::TooMany { retry_after_s: 61 },
            AskRefusal::Gone,
            AskRefusal::Unavailable,
        ];
        for language in Language::EVERY {
            for why in &refusals {
                let text = refusal(language.words(), why);
                assert!(!text.is_empty() && !text.contains("CALL_"), "{text}");
            }
            let wait = refusal(language.words(), &AskRefusal::TooMany { retry_after_s: 61 });
            assert!(wait.contains('2'), "{wait}");
        }
    }

    #[test]
    fn steps_fit_the_problem_before_the_browser() {
        let words = Language::English.words();
        assert_eq!(steps(words, Problem::Missing, Browser::Firefox)[0], words.steps_device_1);
        assert_eq!(steps(words, Problem::Blocked, Browser::Firefox)[0], words.steps_firefox_1);
        assert!(steps(words, Problem::Insecure, Browser::Chrome).is_empty());
    }
}
