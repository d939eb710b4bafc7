//! What the editor's script shows of a text that is being typed, or drawn: the same views as the page's, and where to underline.

use leptos::prelude::*;
use serde::Serialize;

use super::drawing::{boxes, drawn};
use super::problems::{Problems, verdict};
use super::steps::Steps;
use crate::domain::call_flows::drawing::Picture;
use crate::domain::call_flows::{Change, FieldLines, Mark, Problem, Step, mark};
use crate::ui::admin::trouble::reason;
use crate::ui::language::Language;

/// What there is to show of a text.
#[derive(Debug)]
pub struct Seen {
    pub text: String,
    pub unsaved: bool,
    /// What the drawing did to the text that was sent.
    pub change: Option<Change>,
    /// The id of what comes next for the keyboard; empty where it stays.
    pub focus: String,
    pub problems: Vec<Problem>,
    pub steps: Vec<Step>,
    pub picture: Picture,
}

/// The answer to a [`FlowCheck`](crate::api::call_flows::FlowCheck).
#[derive(Debug, Serialize)]
pub struct Checked {
    /// The verdict, the list of problems, and the dry run, as HTML.
    verdict: String,
    problems: String,
    steps: String,
    marks: Vec<Underlined>,
    /// As HTML; none where the text cannot be drawn.
    drawing: Option<String>,
    /// What was done at the drawing, as HTML.
    drawn: String,
    change: Option<Change>,
    focus: String,
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
pub fn checked((cookie, accept_language): (Option<&str>, Option<&str>), seen: Seen) -> Checked {
    let Seen { text, unsaved, change, focus, problems, steps, picture } = seen;
    let language = Language::asked(cookie, accept_language);
    Owner::new().with(|| {
        provide_context(language);
        // An empty text is how one begins, and nothing to underline.
        let problems = if text.trim().is_empty() { Vec::new() } else { problems };
        let lines = FieldLines::of(&text);
        let underlined = |problem: &Problem| Underlined {
            at: mark(&text, &lines, problem),
            line: problem.line,
            field: problem.field.clone(),
            severity: if problem.only_a_warning { "warning" } else { "error" },
            message: [problem.field.as_str(), &reason(&problem.reason)].join(" ").trim().to_owned(),
        };
        Checked {
            verdict: verdict(&text, &problems).to_html(),
            marks: problems.iter().map(underlined).collect(),
            drawn: drawn(&picture).to_html(),
            drawing: picture.drawing.is_some().then(|| boxes(&picture, &problems).to_html()),
            steps: view! { <Steps steps/> }.to_html(),
            problems: view! { <Problems text problems unsaved/> }.to_html(),
            change,
            focus,
        }
    })
}
