//! How loud somebody is.

use leptos::prelude::*;

/// A bar from 0 to 100. SVG, because the page's policy forbids inline styles.
#[component]
pub fn Level(name: &'static str, level: Signal<u8>) -> impl IntoView {
    view! {
        <span>{name}</span>
        <svg viewBox="0 0 100 8" preserveAspectRatio="none">
            <rect width="100" height="8" class="track"></rect>
            <rect width=move || level.get().to_string() height="8" class="bar"></rect>
        </svg>
    }
}
