//! Pages that could not be made.

use leptos::prelude::*;

use super::door::Door;
use crate::api;
use crate::api::paths::HOME;
use crate::ui::language::words;
use crate::ui::parts::markup::Title;

/// Our own fault.
#[component]
pub fn Trouble() -> impl IntoView {
    view! { <p class="trouble" role="alert">{words().internal_error}</p> }
}

/// Shown by `public/islands.js` when the program does not come alive, or stops.
#[component]
pub fn Stopped() -> impl IntoView {
    let words = words();
    view! {
        <p class="stopped" role="alert" hidden>
            {words.stopped_text} " " <a href="">{words.stopped_reload}</a>
        </p>
    }
}

/// There is no such page.
#[component]
pub fn NotFound() -> impl IntoView {
    let words = words();
    let (title, text) = (words.not_found_title, words.not_found_text);
    view! {
        <Door>
            <Missing title text back=("/", words.to_support)/>
            // Who is signed in begins there; others are asked to sign in.
            <p><a href=HOME>{words.footer_operator}</a></p>
        </Door>
    }
}

/// The page's address names something that does not exist. Answers with status 404.
#[component]
pub fn Missing(
    title: &'static str,
    text: &'static str,
    /// Where to go on: address and name.
    back: (&'static str, &'static str),
) -> impl IntoView {
    api::not_found();
    view! {
        <Title text=title/>
        <div class="missing">
            <p class="missing-code" aria-hidden="true">"404"</p>
            <h1>{title}</h1>
            <p>{text}</p>
            <a class="button" href=back.0>{back.1}</a>
        </div>
    }
}
