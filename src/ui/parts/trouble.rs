//! Pages that could not be made.

use leptos::prelude::*;

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
    view! {
        <Title text=words.not_found_title/>
        <main class="alone" id="main">
            <h1>{words.not_found_title}</h1>
            <p>{words.not_found_text}</p>
            <p><a class="button" href="/">{words.to_support}</a></p>
        </main>
    }
}
