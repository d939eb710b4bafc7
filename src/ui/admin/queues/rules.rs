//! The form of what is set for all queues.

use leptos::prelude::*;

use crate::domain::queue::draft::{RulesDraft, YES};
use crate::domain::trouble::FieldError;
use crate::ui::admin::form::Wrong;
use crate::ui::language::words;
use crate::ui::parts::field::{Check, Choice, FormPart, TextArea};

/// The longest list of numbers, in characters.
const LONGEST_LIST: usize = 20_000;

#[component]
pub(super) fn RulesForm(
    rules: RulesDraft,
    wrong: Vec<FieldError>,
    /// Ids and names.
    queues: Vec<(String, String)>,
    /// The telephone that the support line can ring, as people write it.
    telephone: String,
) -> impl IntoView {
    let words = words();
    let wrong = Wrong::new(wrong);
    let help = |text: &str| Some(text.to_owned());
    let mut choices: Vec<(String, String)> =
        queues.into_iter().map(|(id, name)| (format!("queue:{id}"), words.queues_named(&name))).collect();
    choices.push(("telephone".to_owned(), words.queues_telephone(&telephone)));
    view! {
        <form method="post" action="/api/queue-rules" class="card" id="rules">
            <FormPart title=words.queues_rules text=Some(words.queues_rules_text)>
                <Choice label=words.queues_support name="support" value=rules.support choices
                    help=help(words.queues_support_help) error=wrong.at("support")/>
                <TextArea label=words.queues_first name="first" value=rules.first rows=4 longest=LONGEST_LIST
                    help=help(words.queues_first_help) error=wrong.at("first")/>
                <Check label=words.queues_gave_up_first name="gave_up_first" value=YES checked={rules.gave_up_first == YES}
                    help=help(words.queues_gave_up_first_help)/>
            </FormPart>
            <div class="form-end"><button type="submit" class="button">{words.queues_rules_save}</button></div>
        </form>
    }
}
