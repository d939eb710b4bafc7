//! Closing now, and what callers get while it is closed.

use leptos::prelude::*;

use super::said::at_field;
use crate::api::closed_lines::{CLOSED_LINES, SAME};
use crate::api::hours::Said;
use crate::api::speech::SPEECH;
use crate::domain::hours::closed::{LONGEST_TEXT, Outcome, WhenClosed};
use crate::domain::hours::{ClosedNow, LONGEST_REASON};
use crate::domain::phone::grouped;
use crate::ui::admin::form::{field_of, labelled};
use crate::ui::language::{Language, language, words};
use crate::ui::parts::field::{Choice, FormPart, TextArea, TextField};
use crate::ui::parts::icon::{Icon, Mark};

#[component]
pub fn CloseNow(
    closed: Option<ClosedNow>,
    /// Its end, in words.
    until: Option<String>,
    wrong: Option<Said>,
) -> impl IntoView {
    match closed {
        Some(ClosedNow { reason, .. }) => view! { <Closed reason=reason.get(language()).to_owned() until/> }.into_any(),
        None => view! { <Close wrong/> }.into_any(),
    }
}

/// It is closed by hand: said here and nowhere else on the page, with the way to open again.
#[component]
fn Closed(
    /// May be empty.
    reason: String,
    until: Option<String>,
) -> impl IntoView {
    let words = words();
    let until = until.map_or_else(|| words.hours_closed_open_end.to_owned(), |until| words.hours_closed_until(&until));
    view! {
        <section class="card closed-now" id="close" aria-labelledby="close-title">
            <Icon mark=Mark::Clock/>
            <div>
                <h2 id="close-title">{words.hours_closed_title}</h2>
                <p>{until}</p>
                {(!reason.is_empty()).then(|| view! { <p>{words.hours_reason_given(&reason)}</p> })}
            </div>
            <form method="post" action="/api/hours-close">
                <input type="hidden" name="open" value="true"/>
                <button type="submit" class="button">{words.hours_open_again}</button>
            </form>
        </section>
    }
}

#[component]
fn Close(wrong: Option<Said>) -> impl IntoView {
    let words = words();
    let reasons = Language::EVERY.map(|language| {
        let name = field_of("reason", language);
        let error = at_field(words, wrong.as_ref(), &name);
        view! {
            <TextField label=labelled(words.hours_reason, language) name longest=LONGEST_REASON help=None first=error.is_some() error/>
        }
    });
    let until = at_field(words, wrong.as_ref(), "until");
    view! {
        <section class="card" id="close" aria-labelledby="close-title">
            <div>
                <h2 id="close-title">{words.hours_close_title}</h2>
                <p class="section-text">{words.hours_close_text}{words.sentence_gap}{words.hours_reason_help}</p>
            </div>
            <form method="post" action="/api/hours-close" class="line-form">
                {reasons}
                <TextField label=words.hours_until name="until" kind="datetime-local" help=Some(words.hours_until_help.to_owned())
                    first=until.is_some() error=until/>
                <button type="submit" class="button quiet danger">{words.hours_close}</button>
            </form>
        </section>
    }
}

/// What callers get while it is closed: all of them, or those of a line.
#[component]
pub fn WhenItIsClosed(
    /// `None`: a line that has nothing of its own.
    when_closed: Option<WhenClosed>,
    /// The [word](crate::domain::line::Line::word) of a line, and in words what it is without anything of its own.
    #[prop(optional)]
    of_line: Option<(String, String)>,
    flows: Vec<(String, String)>,
    wrong: Option<Said>,
) -> impl IntoView {
    let words = words();
    let is_same = when_closed.is_none();
    let WhenClosed { outcome, text } = when_closed.unwrap_or_default();
    let problem = move |field: &str| at_field(words, wrong.as_ref(), field);
    let ways = [
        (Outcome::HangUp, words.hours_say, words.hours_say_help),
        (Outcome::Message, words.hours_message, words.hours_message_help),
        (Outcome::CallBack, words.hours_call_back, words.hours_call_back_help),
        (Outcome::Number(String::new()), words.hours_number, words.hours_number_help),
        (Outcome::Flow(String::new()), words.hours_flow, words.hours_flow_help),
    ];
    let chosen = if is_same { SAME } else { outcome.name() };
    let way = |name: &'static str, label: &'static str, help: String| {
        view! {
            <label class="check">
                <input type="radio" name="outcome" value=name checked={name == chosen}/>
                <span>{label}<small class="field-help">{help}</small></span>
            </label>
        }
    };
    let ways = ways.map(|(outcome, label, help)| way(outcome.name(), label, help.to_owned()));
    let action = if of_line.is_some() { "/api/closed-line-save" } else { "/api/hours-when-closed" };
    let (about, lines) = if of_line.is_some() {
        (words.hours_line_text, None)
    } else {
        let lines = view! { <p class="field-help wide"><a href=CLOSED_LINES>{words.hours_to_lines}</a></p> };
        (words.hours_when_closed_text, Some(lines))
    };
    let line = of_line.map(|(line, same)| {
        let hidden = view! { <input type="hidden" name="line" value=line/> };
        (hidden, way(SAME, words.hours_same, same))
    });
    let (line, same) = line.unzip();
    let (number, flow) = match outcome {
        Outcome::Number(digits) => (grouped(&digits), String::new()),
        Outcome::Flow(id) => (String::new(), id),
        _ => (String::new(), String::new()),
    };
    let mut choices = vec![(String::new(), words.hours_no_flow.to_owned())];
    choices.extend(flows);
    let [number_wrong, flow_wrong] = ["number", "flow"].map(&problem);
    let texts = Language::EVERY.map(|language| {
        let name = field_of("text", language);
        let (label, help) = (labelled(words.hours_text, language), Some(words.hours_text_help.to_owned()));
        let error = problem(&name);
        view! { <TextArea label name value=text.only(language) longest=LONGEST_TEXT help error/> }
    });
    view! {
        <form method="post" action=action class="card" id="when-closed">
            {line}
            <FormPart title=words.hours_when_closed text=Some(about)>
                <fieldset class="choose wide">
                    <legend class="field-label">{words.hours_outcome}</legend>
                    {same}
                    {ways.collect_view()}
                    <div class="chosen">
                        <TextField label=words.hours_number_field name="number" kind="tel" value=number placeholder=words.admin_number_example
                            help=None first=number_wrong.is_some() error=number_wrong/>
                        <Choice label=words.hours_flow_field name="flow" value=flow choices help=None error=flow_wrong/>
                    </div>
                </fieldset>
                {lines}
            </FormPart>
            <FormPart title=words.hours_said text=Some(words.hours_said_text)>
                {texts}
                <p class="field-help wide"><a href=SPEECH>{words.hours_to_speech}</a></p>
            </FormPart>
            <div class="form-end"><button type="submit" class="button">{words.hours_save}</button></div>
        </form>
    }
}
