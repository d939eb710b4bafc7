//! The form of a menu.

use leptos::prelude::*;

use super::keys::{Actions, Beside, Keys};
use super::wrong::Wrong;
use crate::api::menus::{MENUS, MenuForm};
use crate::domain::menu::draft::{AFTER, YES, with};
use crate::domain::menu::{LONGEST_NAME, LONGEST_SPOKEN};
use crate::ui::language::{Language, words};
use crate::ui::parts::field::{Check, Field, FormPart, TextArea, TextField};

#[component]
pub(super) fn Form(form: MenuForm) -> impl IntoView {
    let words = words();
    let MenuForm { id, draft, wrong, targets, usual_prompt, .. } = form;
    let wrong = Wrong::new(wrong);
    let help = |text: &str| Some(text.to_owned());
    let targets = StoredValue::new(targets);
    let actions = StoredValue::new(draft.clone());
    let after = draft.action(AFTER).to_owned();
    let beside = draft.action(&with("after")).to_owned();
    let save = if id.is_some() { words.menus_save } else { words.menus_make };
    view! {
        <form method="post" action="/api/menu-save" class="card" id="form">
            <input type="hidden" name="id" value=id.unwrap_or_default()/>
            <FormPart title=words.menus_about text=Some(words.menus_about_text)>
                <TextField label=words.menus_name name="name" value=draft.name longest=LONGEST_NAME required=true
                    help=help(words.menus_name_help) first=wrong.is_first("name") error=wrong.at("name")/>
            </FormPart>
            <FormPart title=words.menus_said text=Some(words.menus_said_text)>
                <Spoken label=words.menus_greeting name="greeting" texts=[draft.greeting_en, draft.greeting_zh]
                    help=words.menus_greeting_help.to_owned() wrong/>
                <Spoken label=words.menus_prompt name="prompt" texts=[draft.prompt_en, draft.prompt_zh]
                    help=words.menus_prompt_help(&usual_prompt) wrong/>
            </FormPart>
            <FormPart title=words.menus_keys text=Some(words.menus_keys_text)>
                <Keys actions targets wrong/>
            </FormPart>
            <FormPart title=words.menus_rules text=Some(words.menus_rules_text)>
                <TextField label=words.menus_seconds name="seconds" keys="numeric" value=draft.seconds longest=2
                    help=help(words.menus_seconds_help) first=wrong.is_first("seconds") error=wrong.at("seconds")/>
                <TextField label=words.menus_tries name="tries" keys="numeric" value=draft.tries longest=1
                    help=help(words.menus_tries_help) first=wrong.is_first("tries") error=wrong.at("tries")/>
                <Field label=words.menus_after name=AFTER help=help(words.menus_after_help) error=wrong.at(AFTER)>
                    <Actions of="after" chosen=after label=words.menus_after.to_owned() targets wrong/>
                    <Beside of="after" value=beside label=words.menus_after_number.to_owned() wrong/>
                </Field>
                <Check label=words.menus_barge_in name="barge_in" value=YES checked={draft.barge_in == YES}
                    help=help(words.menus_barge_in_help)/>
            </FormPart>
            <div class="form-end">
                <button type="submit" class="button">{save}</button>
                <a class="button quiet" href=MENUS>{words.admin_cancel}</a>
            </div>
        </form>
    }
}

/// What is spoken, in each language.
#[component]
fn Spoken(label: &'static str, name: &'static str, texts: [String; 2], help: String, wrong: Wrong) -> impl IntoView {
    let fields = Language::EVERY.into_iter().zip(texts).map(|(language, value)| {
        let tag = if language == Language::Chinese { "zh" } else { "en" };
        let name = format!("{name}_{tag}");
        let error = wrong.at(&name);
        // It is about both, and stands below the first.
        let help = (language == Language::English).then(|| help.clone());
        let label = format!("{label} ({})", language.name());
        view! { <TextArea label name value longest=LONGEST_SPOKEN rows=2 help error wide=true/> }
    });
    fields.collect_view()
}
