//! What stands around every page of the operator's.

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use super::language_switch::LanguageSwitch;
use crate::ui::language::words;

#[component]
pub fn Frame(
    operator: String,
    /// The page with the simulated handsets, when the platform is the sandbox.
    handsets: Option<String>,
    children: Children,
) -> impl IntoView {
    let words = words();
    let signed_in = words.nav_signed_in(&operator);
    view! {
        <a class="skip" href="#main">{words.skip_to_content}</a>
        <header class="top">
            <a class="brand" href="/admin/calls"><Icon mark=Mark::Logo/>"Switchboard"</a>
            <nav aria-label=words.nav_main>
                <a href="/admin/calls">{words.nav_calls}</a>
                <a href="/">{words.nav_support}</a>
                {handsets.map(|url| view! { <a href=url target="_blank" rel="noopener">{words.nav_sandbox}</a> })}
            </nav>
            <LanguageSwitch/>
            <details class="me">
                <summary aria-label=signed_in><Icon mark=Mark::Person/>{operator}</summary>
                <div>
                    <a href="/login/password">{words.nav_password}</a>
                    <form method="post" action="/api/sign-out">
                        <button type="submit">{words.nav_sign_out}</button>
                    </form>
                </div>
            </details>
        </header>
        <main id="main" tabindex="-1">{children()}</main>
    }
}
