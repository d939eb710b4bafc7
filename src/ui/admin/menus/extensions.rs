//! What callers of a menu may dial instead of a key.

use leptos::prelude::*;

use super::keys::{Actions, Beside};
use crate::api::menus::Targets;
use crate::domain::menu::draft::{Draft, does, extension, with};
use crate::domain::menu::extension::{DIGITS, MOST_EXTENSIONS};
use crate::ui::admin::form::Wrong;
use crate::ui::language::words;
use crate::ui::parts::field::{FieldError, FormPart, described};

/// How many empty rows there are for more.
const MORE: usize = 5;

/// The extensions that there are, and folded away room for more.
#[component]
pub(super) fn Extensions(actions: StoredValue<Draft>, targets: StoredValue<Targets>, wrong: Wrong) -> impl IntoView {
    let words = words();
    let is_shown = |at: &usize| {
        let field = extension(*at);
        let fields = [does(&field), with(&field), field];
        let is_used = |field: &String| actions.with_value(|draft| !draft.field(field).is_empty());
        // What stands beside an action that has nothing beside it is empty.
        fields.iter().any(|field| is_used(field) || wrong.at(field).is_some())
    };
    let (shown, rest): (Vec<usize>, Vec<usize>) = (0..MOST_EXTENSIONS).partition(is_shown);
    let row = move |at: usize| {
        let number = (at + 1).to_string();
        view! { <Row at=extension(at) number actions targets wrong/> }
    };
    let head = move |class: Option<&'static str>| {
        view! {
            <thead class=class>
                <tr>
                    <th scope="col">{words.menus_extension}</th>
                    <th scope="col">{words.menus_leads}</th>
                    <th scope="col">{words.menus_beside}</th>
                </tr>
            </thead>
        }
    };
    let used = (!shown.is_empty()).then(|| {
        view! {
            <table class="form-table menu-keys extensions wide">
                {head(None)}
                <tbody>{shown.into_iter().map(row).collect_view()}</tbody>
            </table>
        }
    });
    view! {
        <FormPart title=words.menus_extensions text=Some(words.menus_extensions_text)>
            {used}
            {(!rest.is_empty()).then(|| view! {
                <details class="wide more">
                    <summary>{words.menus_more_extensions}</summary>
                    <table class="form-table menu-keys extensions">
                        {head(Some("unseen"))}
                        <tbody>{rest.into_iter().take(MORE).map(row).collect_view()}</tbody>
                    </table>
                </details>
            })}
        </FormPart>
    }
}

#[component]
fn Row(
    /// [`extension`]
    at: String,
    /// From 1.
    number: String,
    actions: StoredValue<Draft>,
    targets: StoredValue<Targets>,
    wrong: Wrong,
) -> impl IntoView {
    let words = words();
    let of = |field: &str| actions.with_value(|draft| draft.field(field).to_owned());
    let (digits, chosen, beside) = (of(&at), of(&does(&at)), of(&with(&at)));
    let error = wrong.at(&at);
    let described = described(&at, false, error.is_some());
    let invalid = error.is_some().then_some("true");
    let first = wrong.is_first(&at);
    view! {
        <tr>
            <th scope="row">
                <input id=at.clone() name=at.clone() value=digits inputmode="numeric" maxlength=DIGITS.1 autocomplete="off"
                    aria-label=words.menus_extension_digits(&number) autofocus=first aria-invalid=invalid
                    aria-describedby=described/>
                <FieldError name=at.clone() error/>
            </th>
            <td>
                <Actions of=at.clone() chosen label=words.menus_extension_does(&number) targets wrong/>
                <FieldError name=does(&at) error=wrong.at(&does(&at))/>
            </td>
            <td><Beside of=at value=beside label=words.menus_extension_beside(&number) wrong/></td>
        </tr>
    }
}
