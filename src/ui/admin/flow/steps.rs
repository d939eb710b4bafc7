//! A dry run in words: what a caller hears and does, one after the other.

use leptos::prelude::*;

use crate::domain::call_flows::{Branch, Keys, Leads, Outcome, Step, What};
use crate::domain::contact_center::operator_flow::QUEUE;
use crate::domain::queue::MOST_RUNG;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

/// The steps, or that there are none while something is wrong.
#[component]
pub fn Steps(steps: Vec<Step>) -> impl IntoView {
    let words = words();
    if steps.is_empty() {
        return view! { <p class="hint">{words.flows_no_walk}</p> }.into_any();
    }
    let item = |step: Step| {
        let never = matches!(step.what, What::Never { .. });
        let mark = mark(&step.what);
        let branches = match &step.what {
            What::Listens { branches, .. } => branches.clone(),
            _ => Vec::new(),
        };
        view! {
            <li class:never=never>
                <Icon mark/>
                <div>
                    <p>{what(words, step.what)}</p>
                    {(!branches.is_empty()).then(|| view! { <Branches branches/> })}
                </div>
                <span class="at">
                    {format::length(step.at_seconds)}
                    {(step.line > 0).then(|| view! {
                        <a href="#text" data-line=step.line.to_string()>{words.flows_line(&step.line.to_string())}</a>
                    })}
                </span>
            </li>
        }
    };
    view! { <ol class="steps">{steps.into_iter().map(item).collect_view()}</ol> }.into_any()
}

#[component]
fn Branches(branches: Vec<Branch>) -> impl IntoView {
    let words = words();
    let item = |branch: Branch| {
        let keys = match branch.keys {
            Keys::These(keys) => keys,
            Keys::Others => words.step_other_keys.to_owned(),
            Keys::Nothing => words.step_nothing.to_owned(),
        };
        let then = leads(words, branch.to);
        view! {
            <li aria-current=branch.taken.then_some("true")><kbd>{keys}</kbd>" → "{then}</li>
        }
    };
    view! { <ul class="branches">{branches.into_iter().map(item).collect_view()}</ul> }
}

/// Where keys lead, in words.
pub fn leads(words: &'static Words, to: Leads) -> String {
    match to {
        Leads::Again => words.step_again.to_owned(),
        Leads::Agent(agent) => words.step_leads(&agent),
        Leads::AnyAgent => words.step_to_any.to_owned(),
        Leads::Queue(name) => words.step_to_queue(&name),
        Leads::Number(number) => words.step_to_number(&number),
        Leads::Menu(name) => words.step_to_menu(&name),
        Leads::Flow(name) => words.step_to_flow(&name),
        Leads::Message => words.step_to_message.to_owned(),
        Leads::CallBack => words.step_to_call_back.to_owned(),
        Leads::Says(text) => words.step_to_says(&text),
        Leads::Speaks(language) => words.step_to_language(language.name()),
        Leads::Waits => words.step_to_wait.to_owned(),
        Leads::HangsUp => words.step_to_end.to_owned(),
    }
}

pub fn outcome_name(words: &'static Words, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => words.phase_answered,
        Outcome::Busy => words.phase_busy,
        Outcome::NoAnswer => words.phase_no_answer,
    }
}

/// The icon of what happens.
pub fn mark(what: &What) -> Mark {
    match what {
        What::Says { .. } | What::AsksAgain { .. } => Mark::Megaphone,
        What::Plays { .. } | What::Holds { .. } => Mark::Sound,
        What::Listens { .. } => Mark::Keypad,
        What::Rings { .. } | What::RingsNext { .. } | What::RingsAll { .. } => Mark::Phone,
        What::NotReached { .. } | What::Never { .. } => Mark::Close,
        What::Talks { .. } | What::TalksToNext => Mark::Headset,
        What::Records { .. } => Mark::Microphone,
        What::Joins { .. } | What::Queues | What::Enters { .. } => Mark::Team,
        What::Runs { .. } => Mark::Flow,
        What::CallsBack => Mark::Incoming,
        What::Tells { .. } => Mark::Signal,
        What::Waits { .. } => Mark::Clock,
        What::Moves { .. } => Mark::Transfer,
        What::Ends | What::EndsUnanswered => Mark::Done,
    }
}

/// In a sentence or two.
pub fn what(words: &'static Words, what: What) -> String {
    match what {
        What::Says { text, times: 1 } => words.step_says(&text),
        What::Says { text, times: 0 } => words.step_says_endless(&text),
        What::Says { text, times } => words.step_says_times(&text, &times.to_string()),
        What::Plays { url } => words.step_plays(&url),
        What::Listens { seconds, digits, url, keys, branches } => {
            let waits = listens(words, digits, seconds);
            let url = url.unwrap_or_else(|| words.step_event_url.to_owned());
            let then = match (branches.is_empty(), keys.is_empty()) {
                (true, true) => words.step_no_key(&url),
                (true, false) => words.step_key(&keys, &url),
                (false, true) => words.step_pressed_nothing.to_owned(),
                (false, false) => words.step_pressed(&keys),
            };
            format!("{waits}{}{then}", words.why_gap)
        }
        What::AsksAgain { tries, then } => words.step_asks_again(&leads(words, then), &tries.to_string()),
        What::Runs { flow } => words.step_to_flow(&flow),
        What::CallsBack => words.step_to_call_back.to_owned(),
        What::Queues => words.step_queues.to_owned(),
        What::Enters { queue } => words.step_enters(&queue),
        What::RingsNext { seconds } => words.step_rings_next(&seconds.to_string()),
        What::RingsAll { seconds } => words.step_rings_all(&MOST_RUNG.to_string(), &seconds.to_string()),
        What::TalksToNext => words.step_talks_to_next.to_owned(),
        What::Holds { announced_s, most_s } => {
            let again = match announced_s {
                Some(seconds) => words.step_holds_every(&seconds.to_string()),
                None => words.step_holds.to_owned(),
            };
            let most = match most_s {
                Some(seconds) => words.step_holds_most(&format::length(seconds)),
                None => words.step_holds_on.to_owned(),
            };
            [again, most].join(words.sentence_gap)
        }
        What::Rings { whom, .. } if whom.starts_with(QUEUE) => {
            words.step_to_queue(whom.trim_start_matches(QUEUE).trim())
        }
        What::Rings { whom, seconds } => words.step_rings(&seconds.to_string(), &whom),
        What::NotReached { whom, outcome } => words.step_not_reached(outcome_name(words, outcome), &whom),
        What::Talks { whom } => words.step_talks(&whom),
        What::Records { until_done: true } => words.step_records.to_owned(),
        What::Records { until_done: false } => words.step_records_beside.to_owned(),
        What::Joins { name } => words.step_joins(&name),
        What::Tells { url } => words.step_tells(&url),
        What::Waits { seconds } => words.step_waits(&seconds.to_string()),
        What::Moves { conversation } => words.step_moves(&conversation),
        What::Never { action } => words.step_never(&action),
        What::Ends => words.step_ends.to_owned(),
        What::EndsUnanswered => words.step_ends_unanswered.to_owned(),
    }
}

/// That it waits for keys.
pub fn listens(words: &'static Words, digits: u32, seconds: u32) -> String {
    match digits {
        1 => words.step_listens_one(&seconds.to_string()),
        _ => words.step_listens(&digits.to_string(), &seconds.to_string()),
    }
}
