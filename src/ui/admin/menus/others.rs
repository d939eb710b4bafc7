//! A menu's prompts in languages that the product's own texts are not in.

use leptos::prelude::*;

use crate::domain::menu::draft::{Draft, YES, other_language, other_text};
use crate::domain::menu::{LONGEST_SPOKEN, MOST_OTHERS};
use crate::domain::spoken::voice::LANGUAGES;
use crate::ui::admin::form::Wrong;
use crate::ui::language::words;
use crate::ui::parts::field::{Check, Field, FormPart, TextArea, described};

/// The prompts that are written, and folded away room for more.
#[component]
pub(super) fn Others(actions: StoredValue<Draft>, wrong: Wrong, first: bool) -> impl IntoView {
    let words = words();
    let row = move |at: usize| {
        let (language, text) = (other_language(at), other_text(at));
        let chosen = actions.with_value(|draft| draft.field(&language).to_owned());
        let written = actions.with_value(|draft| draft.field(&text).to_owned());
        let number = (at + 1).to_string();
        let error = wrong.at(&text);
        view! {
            <PlatformLanguage name=language chosen label=words.menus_other_language(&number) wrong/>
            <TextArea label=words.menus_other_text(&number) name=text value=written rows=2 longest=LONGEST_SPOKEN error/>
        }
    };
    let is_shown = |at: &usize| {
        let fields = [other_language(*at), other_text(*at)];
        let is_used = |field: &String| actions.with_value(|draft| !draft.field(field).is_empty());
        fields.iter().any(|field| is_used(field) || wrong.at(field).is_some())
    };
    let (shown, rest): (Vec<usize>, Vec<usize>) = (0..MOST_OTHERS).partition(is_shown);
    // An order is of what is there: without a prompt it is folded away too.
    let (order_shown, order_folded) = (!shown.is_empty(), shown.is_empty());
    let order = move || {
        view! { <Check label=words.menus_others_first name="others_first" value=YES checked=first help=None/> }
    };
    view! {
        <FormPart title=words.menus_others text=Some(words.menus_others_text)>
            {shown.into_iter().map(row).collect_view()}
            {order_shown.then(order)}
            {(!rest.is_empty()).then(|| view! {
                <details class="wide more">
                    <summary>{words.menus_more_languages}</summary>
                    <div class="form-grid">
                        {rest.into_iter().map(row).collect_view()}
                        {order_folded.then(order)}
                    </div>
                </details>
            })}
        </FormPart>
    }
}

/// A choice of the languages that the platform speaks.
#[component]
fn PlatformLanguage(name: String, chosen: String, label: String, wrong: Wrong) -> impl IntoView {
    let error = wrong.at(&name);
    let described = described(&name, false, error.is_some());
    let invalid = error.is_some().then_some("true");
    let first = wrong.is_first(&name);
    let known = chosen.is_empty() || LANGUAGES.iter().any(|(code, _)| *code == chosen);
    // What is chosen stays, also when the platform has no such language.
    let odd = (!known).then(|| view! { <option value=chosen.clone() selected=true>{chosen.clone()}</option> });
    let options = LANGUAGES.map(|(code, name)| {
        let selected = code == chosen;
        view! { <option value=code selected=selected>{format!("{name} · {code}")}</option> }
    });
    view! {
        <Field label name=name.clone() help=None error>
            <select id=name.clone() name=name autofocus=first aria-invalid=invalid aria-describedby=described>
                <option value="">{words().menus_other_none}</option>
                {odd}
                {options.into_iter().collect_view()}
            </select>
        </Field>
    }
}
