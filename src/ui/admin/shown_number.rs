//! The choice of a number that is shown to those who are called.

use leptos::prelude::*;

use crate::domain::contact_center::caller_id::OurNumber;
use crate::domain::phone::grouped;
use crate::ui::language::words;
use crate::ui::parts::field::Choice;

/// One of our numbers, or none in particular. What was set and is not ours any more can stay, and is said to count for nothing.
#[component]
pub fn ShownNumber(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    /// Digits; empty for none.
    value: String,
    numbers: Vec<OurNumber>,
    #[prop(optional_no_strip)] help: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let words = words();
    let gone = (!value.is_empty() && !numbers.iter().any(|one| one.digits == value)).then(|| grouped(&value));
    let mut choices = vec![(String::new(), words.shown_automatic.to_owned())];
    choices.extend(gone.as_ref().map(|gone| (value.clone(), words.shown_gone(gone))));
    choices.extend(numbers.into_iter().map(|one| {
        let named = one.named();
        (one.digits, named)
    }));
    let help = gone.map(|gone| words.shown_gone_help(&gone)).or(help);
    view! { <Choice label name value choices help error/> }
}
