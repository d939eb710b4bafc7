//! The head of a page: the way back, the title with what state the thing is in, what can be done, one line on what the page
//! is for, and its tabs. Every page behind the sign-in begins with one, so that they stand in the same place on each.

use leptos::prelude::*;

use super::icon::{Icon, Mark};

/// One of several pages about the same thing.
#[derive(Debug, Clone)]
pub struct Tab {
    pub href: String,
    pub name: &'static str,
    /// It is the page that is shown.
    pub here: bool,
}

#[component]
pub fn PageHead(
    #[prop(into)] title: String,
    /// What the page is for, in one line.
    #[prop(optional, into)]
    lead: Option<String>,
    /// Where the list is that this is one of: address and name.
    #[prop(optional)]
    back: Option<(&'static str, &'static str)>,
    /// Beside the title: what state the thing is in.
    #[prop(optional)]
    state: Option<AnyView>,
    /// Links and buttons, at the end of the title's line.
    #[prop(optional)]
    actions: Option<AnyView>,
    /// What the tabs are of, and the tabs.
    #[prop(optional)]
    tabs: Option<(&'static str, Vec<Tab>)>,
) -> impl IntoView {
    let tabs = tabs.map(|(label, tabs)| {
        let tab = |Tab { href, name, here }| view! { <a href=href aria-current=here.then_some("page")>{name}</a> };
        view! { <nav class="tabs" aria-label=label>{tabs.into_iter().map(tab).collect_view()}</nav> }
    });
    view! {
        <header class="page-head">
            {back.map(|(href, name)| view! { <a class="back" href=href><Icon mark=Mark::Left/>{name}</a> })}
            <div class="page-title">
                <div class="page-name"><h1>{title}</h1>{state}</div>
                {actions.map(|actions| view! { <div class="page-actions">{actions}</div> })}
            </div>
            {lead.map(|lead| view! { <p class="page-lead">{lead}</p> })}
            {tabs}
        </header>
    }
}
