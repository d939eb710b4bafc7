//! The choice of light or dark: one button of a plain form, so it works without JavaScript and before hydration.

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use crate::api::appearance::CHOOSE_THEME;
use crate::ui::language::words;
use crate::ui::theme::{self, Theme};

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let words = words();
    let name = |theme| match theme {
        Theme::System => words.theme_system,
        Theme::Light => words.theme_light,
        Theme::Dark => words.theme_dark,
    };
    let here = theme::here();
    let mark = match here {
        Theme::System => Mark::HalfLight,
        Theme::Light => Mark::Sun,
        Theme::Dark => Mark::Moon,
    };
    let change = words.theme_change(name(here.next()), name(here));
    view! {
        <form class="theme" method="post" action=CHOOSE_THEME>
            <button
                type="submit"
                name="theme"
                value=here.next().name()
                aria-label=change.clone()
                title=change
            >
                <Icon mark/>
                <span>{words.theme_now(name(here))}</span>
            </button>
        </form>
    }
}
