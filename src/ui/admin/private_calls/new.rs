//! The form that opens a conversation, filled in again when it was refused.

use leptos::prelude::*;

use crate::api::private_calls::Form;
use crate::domain::trouble::Trouble;
use crate::ui::admin::trouble::said;
use crate::ui::language::words;
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
    let form =
        form.unwrap_or(Form { notify: true, language: words.private_language_default.to_owned(), ..Form::default() });
    let why = |field: &str| wrong.iter().find(|(known, _)| known == field).map(|(_, why)| said(why));
    let first_wrong = wrong.first().map(|(field, _)| field.clone()).unwrap_or_default();
    let is_first = |field: &str| field == first_wrong;
    let lives: [(&str, &'static str); 5] = [
        ("", words.private_life_ever),
        ("3600", words.private_life_hour),
        ("86400", words.private_life_day),
        ("604800", words.private_life_week),
        ("2592000", words.private_life_month),
    ];
    let rests = [
        ("", words.private_rest_never),
        ("3600", words.private_life_hour),
        ("86400", words.private_life_day),
        ("604800", words.private_life_week),
    ];
    view! {
        <details id="new" class="card new" open=open>
            <summary><Icon mark=Mark::Shield/>{words.private_new}</summary>
            <form method="post" action="/api/private-open" class="grid">
                <Text label=words.private_first name="first" kind="tel" value=form.first why=why("participants[0].number") first=is_first("participants[0].number") hint=words.private_number_hint required=true/>
                <Text label=words.private_first_name name="first_name" value=form.first_name why=why("participants[0].name") first=is_first("participants[0].name")/>
                <Text label=words.private_second name="second" kind="tel" value=form.second why=why("participants[1].number") first=is_first("participants[1].number") hint=words.private_number_hint required=true/>
                <Text label=words.private_second_name name="second_name" value=form.second_name why=why("participants[1].name") first=is_first("participants[1].name")/>
                <Text label=words.private_reference name="reference" value=form.reference why=why("reference") first=is_first("reference")/>
                <Choice label=words.private_life name="life" value=form.life options=lives.to_vec() why=why("expires_in")/>
                <Choice label=words.private_rest name="rest" value=form.rest options=rests.to_vec() why=why("idle_after")/>
                <Choice label=words.private_language name="language" value=form.language options=vec![("en", "English"), ("zh-CN", "中文")] why=None/>
                <label class="check"><input type="checkbox" name="notify" value="1" checked=form.notify/>{words.private_notify}</label>
                <label class="check"><input type="checkbox" name="pins" value="1" checked=form.pins/>{words.private_pins}</label>
                <div class="actions"><button type="submit" class="button">{words.private_submit}</button></div>
            </form>
        </details>
    }
}

#[component]
fn Text(
    label: &'static str,
    name: &'static str,
    value: String,
    /// What is wrong with it.
    why: Option<String>,
    /// It is the first one that is wrong.
    first: bool,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let id = format!("new-{name}");
    let input = if kind == "tel" { Some("tel") } else { None };
    let described = why.is_some().then(|| format!("why-{name}"));
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input id=id name=name type=kind inputmode=input value=value placeholder=hint autocomplete="off" maxlength="120"
                aria-invalid=why.is_some().then_some("true") aria-describedby=described autofocus=first required=required/>
            {why.map(|why| view! { <small class="wrong" id=format!("why-{name}") role="alert">{why}</small> })}
        </div>
    }
}

#[component]
fn Choice(
    label: &'static str,
    name: &'static str,
    value: String,
    options: Vec<(&'static str, &'static str)>,
    why: Option<String>,
) -> impl IntoView {
    let id = format!("new-{name}");
    let described = why.is_some().then(|| format!("why-{name}"));
    let invalid = why.is_some().then_some("true");
    let options =
        options.into_iter().map(|(key, text)| view! { <option value=key selected={key == value}>{text}</option> });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name aria-invalid=invalid aria-describedby=described>{options.collect_view()}</select>
            {why.map(|why| view! { <small class="wrong" id=format!("why-{name}") role="alert">{why}</small> })}
        </div>
    }
}
