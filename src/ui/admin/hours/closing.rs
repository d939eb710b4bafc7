//! Closing now, and what callers get while it is closed.

use leptos::prelude::*;

use super::said::at_field;
use crate::api::hours::Said;
use crate::domain::hours::closed::{LONGEST_TEXT, Outcome, WhenClosed};
use crate::domain::hours::{ClosedNow, LONGEST_REASON};
use crate::domain::phone::grouped;
use crate::ui::language::{Language, words};
use crate::ui::parts::confirm::Post;
use crate::ui::parts::field::{Choice, FormPart, TextArea, TextField};

#[component]
pub fn CloseNow(
    closed: Option<ClosedNow>,
    /// Its end, in words.
    until: Option<String>,
    wrong: Option<Said>,
) -> impl IntoView {
    let words = words();
    let inside = match closed {
        Some(ClosedNow { reason, .. }) => {
            let until =
                until.map_or_else(|| words.hours_closed_open_end.to_owned(), |until| words.hours_closed_until(&until));
            let fields = vec![("open", "true".to_owned())];
            view! {
                <p>{until}</p>
                {(!reason.is_empty()).then(|| view! { <blockquote>{reason}</blockquote> })}
                <Post action="/api/hours-close" label=words.hours_open_again fields/>
            }
            .into_any()
        }
        None => {
            let [reason, until] = ["reason", "until"].map(|field| at_field(words, wrong.as_ref(), field));
            let help = |text: &'static str| Some(text.to_owned());
            view! {
                <form method="post" action="/api/hours-close" class="line-form">
                    <TextField label=words.hours_reason name="reason" longest=LONGEST_REASON help=help(words.hours_reason_help)
                        first=reason.is_some() error=reason/>
                    <TextField label=words.hours_until name="until" kind="datetime-local" help=help(words.hours_until_help)
                        first=until.is_some() error=until/>
                    <button type="submit" class="button danger">{words.hours_close}</button>
                </form>
            }
            .into_any()
        }
    };
    view! {
        <section class="card" id="close" aria-labelledby="close-title">
            <div>
                <h2 id="close-title">{words.hours_close_title}</h2>
                <p class="section-text">{words.hours_close_text}</p>
            </div>
            {inside}
        </section>
    }
}

#[component]
pub fn WhenItIsClosed(when_closed: WhenClosed, flows: Vec<(String, String)>, wrong: Option<Said>) -> impl IntoView {
    let words = words();
    let WhenClosed { outcome, text, language } = when_closed;
    let problem = move |field: &str| at_field(words, wrong.as_ref(), field);
    let ways = [
        (Outcome::HangUp, words.hours_say, words.hours_say_help),
        (Outcome::Message, words.hours_message, words.hours_message_help),
        (Outcome::CallBack, words.hours_call_back, words.hours_call_back_help),
        (Outcome::Number(String::new()), words.hours_number, words.hours_number_help),
        (Outcome::Flow(String::new()), words.hours_flow, words.hours_flow_help),
    ];
    let chosen = outcome.name();
    let ways = ways.map(|(way, label, help)| {
        let name = way.name();
        view! {
            <label class="check">
                <input type="radio" name="outcome" value=name checked={name == chosen}/>
                <span>{label}<small class="field-help">{help}</small></span>
            </label>
        }
    });
    let (number, flow) = match outcome {
        Outcome::Number(digits) => (grouped(&digits), String::new()),
        Outcome::Flow(id) => (String::new(), id),
        _ => (String::new(), String::new()),
    };
    let mut choices = vec![(String::new(), words.hours_no_flow.to_owned())];
    choices.extend(flows);
    let [number_wrong, flow_wrong, text_wrong, language_wrong] = ["number", "flow", "text", "language"].map(&problem);
    let languages = Language::EVERY.map(|language| (language.tag().to_owned(), language.name().to_owned()));
    view! {
        <form method="post" action="/api/hours-when-closed" class="card" id="when-closed">
            <FormPart title=words.hours_when_closed text=Some(words.hours_when_closed_text)>
                <fieldset class="choose wide">
                    <legend class="field-label">{words.hours_outcome}</legend>
                    {ways.collect_view()}
                    <div class="chosen">
                        <TextField label=words.hours_number_field name="number" kind="tel" value=number placeholder="+44 7700 900000"
                            help=None first=number_wrong.is_some() error=number_wrong/>
                        <Choice label=words.hours_flow_field name="flow" value=flow choices help=None error=flow_wrong/>
                    </div>
                </fieldset>
            </FormPart>
            <FormPart title=words.hours_said text=Some(words.hours_said_text)>
                <TextArea label=words.hours_text name="text" value=text longest=LONGEST_TEXT wide=true
                    help=Some(words.hours_text_help.to_owned()) error=text_wrong/>
                <Choice label=words.hours_language name="language" value=language.tag() choices=languages.to_vec() help=None error=language_wrong/>
            </FormPart>
            <div class="form-end"><button type="submit" class="button">{words.hours_save}</button></div>
        </form>
    }
}
