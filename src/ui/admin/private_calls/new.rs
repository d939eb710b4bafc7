//! The form that opens a conversation, filled in again when it was refused.

use leptos::prelude::*;

use crate::api::private_calls::{Form, HOME};
use crate::domain::trouble::Trouble;
use crate::ui::admin::trouble::said;
use crate::ui::language::language;
use crate::ui::language::words;
use crate::ui::parts::field::{Check, Choice, Choices, TextField};
use crate::ui::parts::icon::{Icon, Mark};

#[component]
pub fn NewForm(
    form: Option<Form>,
    /// Fields, and why what was typed there cannot be used.
    wrong: Vec<(String, Trouble)>,
    fresh: bool,
) -> impl IntoView {
    let words = words();
    // Open again when something was wrong with it.
    let open = fresh || form.is_some();
    let form = form.unwrap_or(Form { notify: true, language: language().tag().to_owned(), ..Form::default() });
    let why = |field: &str| wrong.iter().find(|(known, _)| known == field).map(|(_, why)| said(why));
    let first_wrong = wrong.first().map(|(field, _)| field.clone()).unwrap_or_default();
    let is_first = |field: &str| field == first_wrong;
    let pairs = |options: &[(&str, &'static str)]| -> Choices {
        options.iter().map(|(value, name)| ((*value).to_owned(), (*name).to_owned())).collect()
    };
    let lives = pairs(&[
        ("", words.private_life_ever),
        ("3600", words.private_life_hour),
        ("86400", words.private_life_day),
        ("604800", words.private_life_week),
        ("2592000", words.private_life_month),
    ]);
    let rests = pairs(&[
        ("", words.private_rest_never),
        ("3600", words.private_life_hour),
        ("86400", words.private_life_day),
        ("604800", words.private_life_week),
    ]);
    let languages = pairs(&[("en", "English"), ("zh-CN", "中文")]);
    let (first_number, first_name) = ("participants[0].number", "participants[0].name");
    let (second_number, second_name) = ("participants[1].number", "participants[1].name");
    view! {
        <details id="new" class="card new" open=open>
            <summary><Icon mark=Mark::Shield/>{words.private_new}</summary>
            <form method="post" action="/api/private-open" class="stack">
                <div class="form-grid pairs">
                    <TextField label=words.private_first name="first" kind="tel" value=form.first placeholder=words.admin_number_example
                        help=None error=why(first_number) first=is_first(first_number) required=true/>
                    <TextField label=words.private_first_name name="first_name" value=form.first_name help=None error=why(first_name) first=is_first(first_name)/>
                    <TextField label=words.private_second name="second" kind="tel" value=form.second placeholder=words.admin_number_example
                        help=None error=why(second_number) first=is_first(second_number) required=true/>
                    <TextField label=words.private_second_name name="second_name" value=form.second_name help=None error=why(second_name) first=is_first(second_name)/>
                    <TextField label=words.private_reference name="reference" value=form.reference help=Some(words.private_reference_help.to_owned())
                        error=why("reference") first=is_first("reference")/>
                    <Choice label=words.private_life name="life" value=form.life choices=lives help=None error=why("expires_in")/>
                    <Choice label=words.private_rest name="rest" value=form.rest choices=rests help=None error=why("idle_after")/>
                    <Choice label=words.private_language name="language" value=form.language choices=languages help=None error=None/>
                </div>
                <Check label=words.private_notify name="notify" checked=form.notify help=None/>
                <Check label=words.private_pins name="pins" checked=form.pins help=None/>
                <div class="row">
                    <button type="submit" class="button">{words.private_submit}</button>
                    <a class="button quiet" href=HOME>{words.admin_cancel}</a>
                </div>
            </form>
        </details>
    }
}
