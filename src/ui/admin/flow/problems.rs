//! What is wrong with a flow: each problem with its line, its field and the reason.

use leptos::prelude::*;

use crate::domain::call_flows::{FieldLines, Mark, Problem, mark};
use crate::ui::admin::trouble::reason;
use crate::ui::language::words;

/// In a word or two whether the platform would run it, with the way to the reasons. Nothing of an empty text.
#[component]
pub fn Verdict(blank: bool, problems: usize, warnings: usize) -> impl IntoView {
    let words = words();
    let (class, text) = match (problems, warnings) {
        (0, 0) => ("badge ok", words.flows_valid.to_owned()),
        (0, warnings) => ("badge", words.flows_warnings(&warnings.to_string())),
        (problems, _) => ("badge danger", words.flows_problems(&problems.to_string())),
    };
    (!blank).then(|| view! { <a class=class href="#problems">{text}</a> })
}

/// The verdict on a text with these problems.
pub fn verdict(text: &str, problems: &[Problem]) -> impl IntoView + use<> {
    let warnings = problems.iter().filter(|problem| problem.only_a_warning).count();
    view! { <Verdict blank=text.trim().is_empty() problems={problems.len() - warnings} warnings/> }
}

/// The list, or that there is nothing to say; of an empty text, how to begin.
#[component]
pub fn Problems(text: String, problems: Vec<Problem>, unsaved: bool) -> impl IntoView {
    let words = words();
    if text.trim().is_empty() {
        return view! { <p class="notice">{words.flows_begin}</p> }.into_any();
    }
    if problems.is_empty() {
        let state = if unsaved { words.flows_good_unsaved } else { words.flows_good };
        return view! { <p class="notice done">{state}</p> }.into_any();
    }
    let lines = FieldLines::of(&text);
    let item = |problem: Problem| {
        let class = if problem.only_a_warning { "badge" } else { "badge danger" };
        let kind = if problem.only_a_warning { words.flows_warning } else { words.flows_problem };
        let line = words.flows_line(&problem.line.to_string());
        let Mark { from, to } = mark(&text, &lines, &problem);
        view! {
            <li>
                <span class=class>{kind}</span>
                <a href="#text" data-from=from.to_string() data-to=to.to_string()>{line}</a>
                {(!problem.field.is_empty()).then(|| view! { <code>{problem.field}</code> })}
                <span>{reason(&problem.reason)}</span>
            </li>
        }
    };
    let refused = unsaved && problems.iter().any(|problem| !problem.only_a_warning);
    view! {
        {refused.then(|| view! { <p class="notice" data-tone="bad">{words.flows_not_saved}</p> })}
        <ul class="ruled problems">{problems.into_iter().map(item).collect_view()}</ul>
    }
    .into_any()
}
