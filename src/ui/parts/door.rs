//! What stands around a page outside of the frame: signing in, and what is not there.

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use super::language_switch::LanguageSwitch;
use super::theme_switch::ThemeSwitch;
use crate::ui::language::words;

/// The brand, one card, and below it the choice of language and theme.
#[component]
pub fn Door(children: Children) -> impl IntoView {
    view! {
        <div class="door">
            <main class="alone" id="main">
                <p class="brand"><Icon mark=Mark::Logo/><span>{words().brand}</span></p>
                {children()}
            </main>
            <footer>
                <LanguageSwitch/>
                <ThemeSwitch/>
            </footer>
        </div>
    }
}
