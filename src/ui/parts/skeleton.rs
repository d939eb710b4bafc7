//! What stands in a list's place until it has been read.

use leptos::prelude::*;

use crate::ui::language::words;

#[component]
pub fn Skeleton(#[prop(default = 3)] rows: usize) -> impl IntoView {
    view! {
        <div class="skeleton" role="status">
            <span class="unseen">{words().console_loading}</span>
            {(0..rows).map(|_| view! { <span class="skeleton-row" aria-hidden="true"></span> }).collect_view()}
        </div>
    }
}
