//! What stays true while a page is open: `public/live.js` reads the page again when the server tells of a change, and
//! changes what differs in its live parts. One way for all pages, lists and single things alike.

use leptos::prelude::*;

use crate::ui::language::words;

/// Where changes are told.
#[derive(Clone, Copy)]
pub enum Of {
    /// Calls' records.
    Calls,
    /// Webhooks that arrive.
    Webhooks,
    /// Anything that a page about one thing shows.
    Pages,
}

/// Says whether the page hears of changes; without JavaScript, while something `goes_on`, how to see them. A page has one; of what is over it is not seen.
#[component]
pub fn LiveMark(of: Of, #[prop(default = true)] goes_on: bool) -> impl IntoView {
    let words = words();
    let stream = match of {
        Of::Calls => "/live/calls",
        Of::Webhooks => "/live/webhooks",
        Of::Pages => "/live/pages",
    };
    view! {
        <p class="live" role="status" data-quiet=(!goes_on).then_some("") data-stream=stream data-on=words.calls_live data-off=words.calls_live_off></p>
        {goes_on.then(|| view! { <noscript><p class="hint"><a href="">{words.stopped_reload}</a></p></noscript> })}
    }
}

/// What is kept true. Rows of a list in here have a `data-key`, so that they stay themselves when others come before
/// them. Forms in which people type, and what is said once, stay outside.
#[component]
pub fn LivePart(
    /// No other part of the page has it.
    name: &'static str,
    children: Children,
) -> impl IntoView {
    view! { <div data-live=name>{children()}</div> }
}
