//! What stands around a page outside of the frame: signing in, and what is not there.

use leptos::prelude::*;

use super::brand::BrandMark;
use super::language_switch::LanguageSwitch;
use super::theme_switch::ThemeSwitch;

/// The brand, one card, and below it the choice of language and theme.
#[component]
pub fn Door(children: Children) -> impl IntoView {
    view! {
        <div class="door">
            <main class="alone" id="main">
                <p class="brand"><BrandMark/></p>
                {children()}
            </main>
            <footer>
                <LanguageSwitch/>
                <ThemeSwitch/>
            </footer>
        </div>
    }
}
