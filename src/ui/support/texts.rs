//! What the widget says in each state.

use super::call::{End, Stage, Why};
use crate::api::click_to_call::Refusal;
use crate::browser::levels::Quality;
use crate::browser::microphone::{Browser, Problem};
use crate::ui::language::Words;

/// The state in a few words; announced by screen readers when it changes.
pub fn title(words: &'static Words, stage: &Stage) -> &'static str {
    match stage.name() {
        "microphone" => words.state_microphone,
        "denied" => words.state_denied,
        "connecting" => words.state_connecting,
        "ringing" => words.state_ringing,
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
pub fn detail(words: &'static Words, stage: &Stage) -> String {
    let text = match stage {
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
        running => match running.name() {
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
                assert!(!detail(words, &Stage::Over(End::Failed(why))).is_empty());
            }
            let wait = Stage::Over(End::Failed(Why::Refused(Refusal::TooManyFromYou { retry_after_s: 42 })));
            assert!(detail(words, &wait).contains("42"));
            assert!(detail(words, &Stage::Over(End::Ended { seconds: Some(65) })).contains("1:05"));
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
