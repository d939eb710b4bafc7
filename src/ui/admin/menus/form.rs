//! The form of a menu.

use leptos::prelude::*;

use super::extensions::Extensions;
use super::keys::{Actions, Beside, Keys};
use super::others::Others;

use crate::api::menus::{MENUS, MenuForm};
use crate::api::speech::SPEECH;
use crate::domain::menu::draft::{AFTER, YES, with};
use crate::domain::menu::{LONGEST_NAME, LONGEST_SPOKEN};
use crate::ui::admin::form::{Paragraphs, Wrong};
use crate::ui::language::words;
use crate::ui::parts::field::{Check, Field, FormPart, TextField};

#[component]
pub(super) fn Form(form: MenuForm) -> impl IntoView {
    let words = words();
    let MenuForm { id, draft, wrong, targets, usual_prompt, .. } = form;
    let wrong = Wrong::new(wrong);
    let help = |text: &str| Some(text.to_owned());
    let targets = StoredValue::new(targets);
    let actions = StoredValue::new(draft.clone());
    let after = draft.field(AFTER).to_owned();
    let beside = draft.field(&with("after")).to_owned();
    let save = if id.is_some() { words.menus_save } else { words.menus_make };
    view! {
        <form method="post" action="/api/menu-save" class="card" id="form">
            <input type="hidden" name="id" value=id.unwrap_or_default()/>
            <FormPart title=words.menus_about text=Some(words.menus_about_text)>
                <TextField label=words.menus_name name="name" value=draft.name longest=LONGEST_NAME required=true
                    help=help(words.menus_name_help) first=wrong.is_first("name") error=wrong.at("name")/>
            </FormPart>
            <FormPart title=words.menus_said text=Some(words.menus_said_text)>
                <Paragraphs rows=2 wide=true longest=LONGEST_SPOKEN label=words.menus_greeting name="greeting" texts=[draft.greeting_en, draft.greeting_zh]
                    help=words.menus_greeting_help.to_owned() wrong/>
                <Paragraphs rows=2 wide=true longest=LONGEST_SPOKEN label=words.menus_prompt name="prompt" texts=[draft.prompt_en, draft.prompt_zh]
                    help=words.menus_prompt_help(&usual_prompt) wrong/>
                <p class="field-help wide"><a href=format!("{SPEECH}#menus")>{words.menus_to_speech}</a></p>
            </FormPart>
            <Others actions wrong first={draft.others_first == YES}/>
            <FormPart title=words.menus_keys text=Some(words.menus_keys_text)>
                <Keys actions targets wrong/>
            </FormPart>
            <Extensions actions targets wrong/>
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
