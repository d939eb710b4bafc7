//! What the pages of private calls have in common.

use leptos::prelude::*;

use crate::api::private_calls::{HOME, NUMBERS, PROOF};
use crate::ui::language::{Words, words};

/// The three pages, as tabs.
#[component]
pub fn Tabs(here: &'static str) -> impl IntoView {
    let words = words();
    let tabs = [
        (HOME, words.private_tab_conversations),
        (NUMBERS, words.private_tab_numbers),
        (PROOF, words.private_tab_proof),
    ];
    let tabs = tabs.map(|(path, name)| {
        let current = (path == here).then_some("page");
        view! { <a class="chip" href=path aria-current=current>{name}</a> }
    });
    view! { <nav class="tabs" aria-label=words.private_title>{tabs.into_iter().collect_view()}</nav> }
}

#[component]
pub fn Figure(name: &'static str, value: String, #[prop(optional)] low: bool) -> impl IntoView {
    view! { <div data-low=low.then_some("true")><dt>{name}</dt><dd>{value}</dd></div> }
}

/// Who did it, as it is kept: `operator NAME`, `api NAME`.
pub fn by(words: &'static Words, who: &str) -> String {
    match who.split_once(' ') {
        Some(("operator", name)) => words.private_by_operator(name),
        Some(("api", name)) => words.private_by_key(name),
        _ => who.to_owned(),
    }
}

/// A dot and a word; the dot's shape says as much as its colour.
#[component]
pub fn Standing(because: Option<String>) -> impl IntoView {
    let words = words();
    let phase = if because.is_none() { "answered" } else { "over" };
    view! { <span class="state" data-phase=phase>{standing(words, because.as_deref())}</span> }
}

fn standing(words: &'static Words, because: Option<&str>) -> &'static str {
    match because {
        None => words.private_is_open,
        Some("expired") => words.private_is_expired,
        Some("idle") => words.private_is_idle,
        Some("erased") => words.private_is_erased,
        Some(_) => words.private_is_closed,
    }
}
