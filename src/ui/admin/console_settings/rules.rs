//! The rules of the console.

use leptos::prelude::*;

use super::page::SettingsPage;
use crate::api::console_settings::{RULES, Settings};
use crate::domain::contact_center::console_settings::{Draft, YES};
use crate::ui::admin::form::Wrong;
use crate::ui::language::words;
use crate::ui::parts::field::{Check, FormPart, TextField};

#[component]
pub fn Rules() -> impl IntoView {
    view! { <SettingsPage path=RULES show/> }
}

fn show(content: Settings) -> AnyView {
    let words = words();
    let Settings { settings, refused, .. } = content;
    let (draft, wrong) = refused.unwrap_or_else(|| (Draft::of_rules(settings.rules), Vec::new()));
    let wrong = Wrong::new(wrong);
    let help = |text: &'static str| Some(text.to_owned());
    view! {
        <form method="post" action="/api/save-console-rules" class="card" id="form">
            <FormPart title=words.settings_after_call text=Some(words.settings_after_call_text)>
                <Check label=words.settings_required name="required" value=YES checked={draft.required == YES} wide=true
                    help=help(words.settings_required_hint)/>
                <TextField label=words.settings_wrap_up name="wrap_up_s" keys="numeric" value=draft.wrap_up_s longest=3
                    help=help(words.settings_wrap_up_hint) first=wrong.is_first("wrap_up_s") error=wrong.at("wrap_up_s")/>
                <TextField label=words.settings_extension name="extension_s" keys="numeric" value=draft.extension_s longest=3
                    help=None first=wrong.is_first("extension_s") error=wrong.at("extension_s")/>
            </FormPart>
            <FormPart title=words.settings_missed text=Some(words.settings_missed_text)>
                <TextField label=words.settings_misses name="misses" keys="numeric" value=draft.misses longest=2
                    help=help(words.settings_misses_hint) first=wrong.is_first("misses") error=wrong.at("misses")/>
                <TextField label=words.settings_return name="return_minutes" keys="numeric" value=draft.return_minutes longest=3
                    help=help(words.settings_return_hint) first=wrong.is_first("return_minutes") error=wrong.at("return_minutes")/>
            </FormPart>
            <div class="form-end"><button type="submit" class="button">{words.settings_save}</button></div>
        </form>
    }
    .into_any()
}
