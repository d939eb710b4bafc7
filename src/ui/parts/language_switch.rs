//! The choice of language: a plain form, so it works without JavaScript and before hydration. The answer is a cookie and
//! the same page again.

use leptos::prelude::*;

use crate::api::appearance::CHOOSE_LANGUAGE;
use crate::ui::language::{Language, language, words};

#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let here = language();
    let choices = Language::EVERY.map(|choice| {
        let current = if choice == here { "true" } else { "false" };
        view! {
            <button type="submit" name="language" value=choice.tag() lang=choice.tag() aria-pressed=current>
                {choice.name()}
            </button>
        }
    });
    view! {
        <form class="languages" method="post" action=CHOOSE_LANGUAGE aria-label=words().choose_language>
            {choices.collect_view()}
        </form>
    }
}
