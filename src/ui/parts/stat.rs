//! Figures at a glance.

use leptos::prelude::*;

use super::notice::Tone;

/// Several figures beside each other.
#[component]
pub fn Stats(children: Children) -> impl IntoView {
    view! { <dl class="stats">{children()}</dl> }
}

#[component]
pub fn Stat(
    name: &'static str,
    #[prop(into)] value: String,
    /// What it is of, or how it compares.
    #[prop(optional, into)]
    note: Option<String>,
    /// Something is to be done about it.
    #[prop(optional_no_strip)]
    tone: Option<Tone>,
    /// Where the things are that are counted.
    #[prop(optional, into)]
    href: Option<String>,
) -> impl IntoView {
    let value = match href {
        Some(href) => view! { <a href=href>{value}</a> }.into_any(),
        None => value.into_any(),
    };
    view! {
        <div class="stat" data-tone=tone.map(Tone::name)>
            <dt>{name}</dt>
            <dd class="stat-value">{value}</dd>
            {note.filter(|note| !note.is_empty()).map(|note| view! { <dd class="stat-note">{note}</dd> })}
        </div>
    }
}

/// What is known of one thing: names and values.
#[component]
pub fn Facts(children: Children) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

#[component]
pub fn Fact(name: &'static str, children: Children) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{children()}</dd></div> }
}
