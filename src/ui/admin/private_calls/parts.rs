//! What the pages of private calls have in common.

use leptos::prelude::*;

use crate::api::private_calls::{FORGET, HOME, NUMBERS, PROOF};
use crate::ui::language::{Words, words};
use crate::ui::parts::page_head::Tab;

/// The pages, as tabs.
pub fn tabs(words: &'static Words, here: &'static str) -> (&'static str, Vec<Tab>) {
    let tab = |href: &str, name| Tab { href: href.to_owned(), name, here: href == here };
    let tabs = vec![
        tab(HOME, words.private_tab_conversations),
        tab(NUMBERS, words.private_tab_numbers),
        tab(PROOF, words.private_tab_proof),
        tab(FORGET, words.private_erase),
    ];
    (words.private_title, tabs)
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
