//! What the editor's script shows of a text that is being typed: the same views as the page's, and where to underline.

use leptos::prelude::*;
use serde::Serialize;

use super::problems::{Problems, verdict};
use super::steps::Steps;
use crate::api::call_flows::FlowCheck;
use crate::domain::call_flows::{FieldLines, Mark, Problem, Step, mark};
use crate::ui::admin::trouble::reason;
use crate::ui::language::Language;

/// The answer to a [`FlowCheck`].
#[derive(Debug, Serialize)]
pub struct Checked {
    /// The verdict, the list of problems, and the dry run, as HTML.
    verdict: String,
    problems: String,
    steps: String,
    marks: Vec<Underlined>,
}

#[derive(Debug, Serialize)]
struct Underlined {
    #[serde(flatten)]
    at: Mark,
    /// From 1.
    line: usize,
    field: String,
    /// As CodeMirror calls it.
    severity: &'static str,
    message: String,
}

/// The answer in the language of the request, by its `Cookie` and `Accept-Language`.
#[must_use]
pub fn checked(
    (cookie, accept_language): (Option<&str>, Option<&str>),
    asked: &FlowCheck,
    problems: Vec<Problem>,
    steps: Vec<Step>,
) -> Checked {
    let language = Language::asked(cookie, accept_language);
    Owner::new().with(|| {
        provide_context(language);
        // An empty text is how one begins, and nothing to underline.
        let problems = if asked.text.trim().is_empty() { Vec::new() } else { problems };
        let lines = FieldLines::of(&asked.text);
        let underlined = |problem: &Problem| Underlined {
            at: mark(&asked.text, &lines, problem),
            line: problem.line,
            field: problem.field.clone(),
            severity: if problem.only_a_warning { "warning" } else { "error" },
            message: [problem.field.as_str(), &reason(&problem.reason)].join(" ").trim().to_owned(),
        };
        Checked {
            verdict: verdict(&asked.text, &problems).to_html(),
            marks: problems.iter().map(underlined).collect(),
            problems: view! { <Problems text=asked.text.clone() problems unsaved=asked.unsaved/> }.to_html(),
            steps: view! { <Steps steps/> }.to_html(),
        }
    })
}
