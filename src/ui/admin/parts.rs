//! Small things that several of the operator's pages use.

use leptos::prelude::*;

use crate::api::admin::LineChoice;
use crate::domain::audio_socket::{Plan, Rate, Speaker};
use crate::ui::language::{Words, words};

use super::cells::line;
use super::trouble::list;

/// What people call a line, and which one of them.
pub fn line_name(words: &'static Words, choice: &LineChoice) -> String {
    let name = line(words, Some(choice.line.clone()));
    match &choice.target {
        Some(target) if choice.line == "audio-socket" => words.numbers_line_target(&name, &plan_name(words, target)),
        Some(target) => words.numbers_line_target(&name, target),
        None => name,
    }
}

/// What works on the audio of a line: `Echo, recorded`; what is no plan stays as it is.
pub fn plan_name(words: &'static Words, target: &str) -> String {
    let Ok(plan) = Plan::parse(target) else { return target.to_owned() };
    let speaker = match &plan.speaker {
        Speaker::Nobody if plan.record => None,
        Speaker::Nobody => Some(words.numbers_plan_nobody.to_owned()),
        Speaker::Echo => Some(words.numbers_plan_echo.to_owned()),
        Speaker::Relay(engine) => Some(words.audio_relay(engine)),
    };
    let record = plan.record.then(|| words.numbers_plan_record.to_owned());
    let rate = (plan.rate != Rate::default()).then(|| format!("{} kHz", plan.rate.hz() / 1_000));
    list(words, &[speaker, record, rate].into_iter().flatten().collect::<Vec<_>>())
}

/// What a number can do, as the platform calls it.
pub fn feature(words: &'static Words, name: &str) -> String {
    match name {
        "VOICE" => words.numbers_voice.to_owned(),
        "SMS" => words.numbers_sms.to_owned(),
        other => other.to_owned(),
    }
}

/// A list of lines to choose from; `current` is chosen, even when it is not among them.
#[component]
pub fn LineSelect(lines: Vec<LineChoice>, current: LineChoice, id: String) -> impl IntoView {
    let words = words();
    let mut lines = lines;
    if !lines.iter().any(|line| line.value == current.value) {
        lines.push(current.clone());
    }
    let option = |line: LineChoice| {
        let selected = line.value == current.value;
        let name = line_name(words, &line);
        view! { <option value=line.value selected=selected>{name}</option> }
    };
    // In a narrow column its end is left out.
    let title = line_name(words, &current);
    view! { <select id=id name="line" title=title>{lines.iter().cloned().map(option).collect_view()}</select> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_names() {
        let words = words();
        assert_eq!(plan_name(words, "echo+record"), "Echo, recorded");
        assert_eq!(plan_name(words, "relay=bot@8000"), "Engine bot, 8 kHz");
        assert_eq!([plan_name(words, "monitor"), plan_name(words, "?")], ["Levels only", "?"]);
        assert_eq!(["VOICE", "SMS", "MMS"].map(|name| feature(words, name)), ["Calls", "Texts", "MMS"]);
    }
}
