//! What stands around a page outside of the frame: signing in, and what is not there.

use leptos::prelude::*;

use super::brand::{BrandMark, brand};
use super::language_switch::LanguageSwitch;
use super::theme_switch::ThemeSwitch;
use crate::ui::language::language;

/// The brand, one card, and below it the choice of language and theme.
#[component]
pub fn Door(children: Children) -> impl IntoView {
    let profile = brand().profile;
    // Where the business speaks one language there is nothing to choose, but a way back from another one.
    let choice = profile.languages.len() > 1 || language() != profile.default_language;
    view! {
        <div class="door">
            <main class="alone" id="main">
                <p class="brand"><BrandMark/></p>
                {children()}
            </main>
            <footer>
                {choice.then(|| view! { <LanguageSwitch/> })}
                <ThemeSwitch/>
            </footer>
        </div>
    }
}
