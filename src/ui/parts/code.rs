//! Text that is shown as it is, and copied.

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use crate::ui::language::words;

/// Copies a text; shown by a script only, for without one it could do nothing.
#[component]
pub fn Copy(text: String) -> impl IntoView {
    let words = words();
    view! {
        <button type="button" class="copy" data-copy=text data-copied=words.admin_copied hidden>
            <Icon mark=Mark::Copy/><span>{words.admin_copy}</span>
        </button>
    }
}

/// Text that is shown as it is, with a way to copy it.
#[component]
pub fn Code(
    text: String,
    /// What it is, where nothing before it says so.
    #[prop(optional)]
    label: Option<String>,
) -> impl IntoView {
    view! {
        <figure class="code">
            <figcaption>{label.map(|label| view! { <span>{label}</span> })}<Copy text=text.clone()/></figcaption>
            <pre tabindex="0">{text}</pre>
        </figure>
    }
}
