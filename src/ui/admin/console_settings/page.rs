//! What the four pages have in common: who may see them, head, tabs, the outcome of the last form.

use leptos::prelude::*;

use crate::api::console_settings::{AWAY_REASONS, CALLER_ID, DISPOSITIONS, RULES, Settings, read_console_settings};
use crate::ui::admin::gate::gate;
use crate::ui::admin::page::headed;
use crate::ui::language::{Words, words};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::{PageHead, Tab};

/// One of the four pages, with what `show` makes of the settings.
#[component]
pub fn SettingsPage(path: &'static str, show: fn(Settings) -> AnyView) -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), move |()| read_console_settings(path.to_owned()));
    let content = move || {
        Suspend::new(async move {
            gate(found.await, path, move |page| {
                headed(page, |content| {
                    let head = view! { <PageHead title=words.settings_title lead=words.settings_lead tabs=tabs(words, path)/> };
                    (head.into_any(), show(content))
                })
            })
        })
    };
    view! {
        <Title text=words.settings_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn tabs(words: &'static Words, here: &str) -> (&'static str, Vec<Tab>) {
    let tab = |path: &str, name| Tab { href: path.to_owned(), name, here: path == here };
    let tabs = vec![
        tab(DISPOSITIONS, words.settings_dispositions),
        tab(AWAY_REASONS, words.settings_away_reasons),
        tab(RULES, words.settings_rules),
        tab(CALLER_ID, words.shown_title),
    ];
    (words.settings_title, tabs)
}
