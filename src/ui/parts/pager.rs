//! The ways to the older and the newest part of a list that is shown page by page.

use leptos::prelude::*;

use super::time::TimesIn;
use crate::ui::language::words;

#[component]
pub fn Pager(
    /// The first page's address, unless it is the one that is shown.
    newest: Option<String>,
    /// The next page's address, unless this is the last.
    older: Option<String>,
) -> impl IntoView {
    let words = words();
    let ways = (newest.is_some() || older.is_some()).then(|| {
        view! {
            <nav aria-label=words.admin_pages>
                {newest.map(|href| view! { <a class="button small quiet" href=href>{words.admin_newest}</a> })}
                {older.map(|href| view! { <a class="button small quiet" href=href>{words.admin_older}</a> })}
            </nav>
        }
    });
    view! { <div class="pager"><TimesIn/>{ways}</div> }
}
