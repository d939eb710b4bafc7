//! What happened, one thing after the other.

use leptos::prelude::*;

use super::icon::{Icon, Mark};
use super::notice::Tone;
use super::time::Time;

#[component]
pub fn Timeline(children: Children) -> impl IntoView {
    view! { <ol class="timeline">{children()}</ol> }
}

/// What happened in one second.
#[component]
pub fn Beat(
    at: i64,
    /// No other beat of the page has it.
    #[prop(into)]
    key: String,
    children: Children,
) -> impl IntoView {
    view! {
        <li class="beat" data-key=key>
            <p class="beat-at"><Time at/></p>
            <div class="beat-what">{children()}</div>
        </li>
    }
}

/// One thing that happened.
#[component]
pub fn Happening(
    mark: Mark,
    #[prop(optional_no_strip)] tone: Option<Tone>,
    /// An ordinary event of the platform: shown small.
    #[prop(optional)]
    routine: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="happening" data-tone=tone.map(Tone::name) data-routine=routine.then_some("")>
            <Icon mark/>
            <div>{children()}</div>
        </div>
    }
}
