//! Times: where the business is, and in UTC for those who point at them.

use leptos::prelude::*;

use super::format;
use crate::ui::language::words;

/// A time. How long ago it was is added by `public/admin.js` where it is `recent`, and moves on.
#[component]
pub fn Time(
    at: i64,
    /// How long ago it was matters more than when.
    #[prop(optional)]
    recent: bool,
) -> impl IntoView {
    let full = format!("{} ({}) · {}", format::time(at), format::zone().name(), format::datetime(at));
    view! { <time datetime=format::datetime(at) title=full data-ago=recent.then_some("")>{format::time(at)}</time> }
}

/// Says which time zone a page's times are in. A page with times shows it once.
#[component]
pub fn TimesIn() -> impl IntoView {
    view! { <p class="hint times-in">{words().times_in(format::zone().name())}</p> }
}

/// Shows a time; `None` is shown as a dash.
pub fn time_or_dash(at: Option<i64>) -> AnyView {
    at.map_or_else(|| "–".into_any(), |at| view! { <Time at/> }.into_any())
}

/// Shows when something last happened; `None` is shown as *never*.
pub fn time_or_never(at: Option<i64>) -> AnyView {
    at.map_or_else(|| words().never.into_any(), |at| view! { <Time at recent=true/> }.into_any())
}
