//! A list without anything in it: what would be in it, and the next thing to do.

use leptos::prelude::*;

use super::icon::{Icon, Mark};

#[component]
pub fn Empty(
    mark: Mark,
    title: &'static str,
    text: &'static str,
    /// Address and name of the next thing to do.
    #[prop(optional_no_strip, into)]
    action: Option<(String, &'static str)>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon mark/>
            <h2>{title}</h2>
            <p>{text}</p>
            {action.map(|(href, name)| view! { <a class="button" href=href>{name}</a> })}
        </div>
    }
}
