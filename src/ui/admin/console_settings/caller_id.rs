//! Which number those see whom agents call.

use leptos::prelude::*;

use super::page::SettingsPage;
use crate::api::console_settings::{CALLER_ID, Settings};
use crate::domain::contact_center::console_settings::{Draft, YES, number_field};
use crate::ui::admin::form::Wrong;
use crate::ui::admin::shown_number::ShownNumber;
use crate::ui::language::words;
use crate::ui::parts::field::{Check, FormPart};

#[component]
pub fn CallerId() -> impl IntoView {
    view! { <SettingsPage path=CALLER_ID show/> }
}

fn show(content: Settings) -> AnyView {
    let words = words();
    let Settings { settings, agents, numbers, refused } = content;
    let (draft, wrong) = refused.unwrap_or_else(|| (Draft::of_shown(&settings.shown, &agents), Vec::new()));
    let wrong = Wrong::new(wrong);
    let nobody = agents
        .is_empty()
        .then(|| view! { <p class="wide">{words.queues_no_agents}" "<a href="/admin/users">{words.queues_add_agents}</a></p> });
    let choice = |agent: String| {
        let name = number_field(&agent);
        let (value, error) = (draft.numbers.get(&name).cloned().unwrap_or_default(), wrong.at(&name));
        view! { <ShownNumber label=agent name value numbers=numbers.clone() help=None error/> }
    };
    let choices = agents.into_iter().map(choice).collect_view();
    view! {
        <form method="post" action="/api/save-caller-id" class="card" id="form">
            <FormPart title=words.settings_shown_agents text=Some(words.settings_shown_agents_text)>
                {nobody}
                {choices}
            </FormPart>
            <FormPart title=words.settings_shown_others text=Some(words.settings_shown_others_text)>
                <Check label=words.settings_by_country name="by_country" value=YES checked={draft.by_country == YES} wide=true
                    help=Some(words.settings_by_country_help.to_owned())/>
            </FormPart>
            <div class="form-end"><button type="submit" class="button">{words.settings_save}</button></div>
        </form>
    }
    .into_any()
}
