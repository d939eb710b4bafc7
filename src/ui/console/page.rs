//! The page around the console's island.

use leptos::prelude::*;

use super::view::Console;
use crate::api::contact_center::{Desk, get_desk};
use crate::ui::admin::gate::gate;
use crate::ui::language::words;
use crate::ui::parts::brand::{BrandMark, brand};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::language_switch::LanguageSwitch;
use crate::ui::parts::markup::Title;
use crate::ui::parts::theme_switch::ThemeSwitch;

const YEAR_MS: i64 = 366 * 24 * 60 * 60 * 1000;

#[component]
pub fn ConsolePage() -> impl IntoView {
    let words = words();
    let brand = brand().profile;
    let title = match brand.short() {
        "" => words.console_title.to_owned(),
        name => format!("{} · {name}", words.console_title),
    };
    let desk = Resource::new(|| (), |()| get_desk());
    let content =
        move || Suspend::new(async move { gate(desk.await, "/console", |desk| view! { <Page desk/> }.into_any()) });
    view! {
        <Title text=title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(desk: Desk) -> impl IntoView {
    let words = words();
    let name = desk.me.name.clone();
    let signed_in = words.nav_signed_in(&name);
    let zone = format::zone().between(desk.now - 2 * YEAR_MS, desk.now + YEAR_MS);
    view! {
        <Console desk zone>
            <a class="brand" href="/console"><BrandMark/></a>
            <LanguageSwitch/>
            <details class="me">
                <summary aria-label=signed_in><Icon mark=Mark::Person/><span>{name}</span></summary>
                <div>
                    <ThemeSwitch/>
                    <a href="/login/password">{words.nav_password}</a>
                    <form method="post" action="/api/sign-out">
                        <button type="submit">{words.nav_sign_out}</button>
                    </form>
                    <form method="post" action="/api/sign-out-everywhere">
                        <button type="submit">{words.nav_sign_out_everywhere}</button>
                    </form>
                </div>
            </details>
        </Console>
    }
}
