//! The document around every page, and the routes.

use leptos::hydration::HydrationScripts;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{Route, Router, Routes};
use leptos_router::location::RequestUrl;
use leptos_router::{SsrMode, path};

use crate::ui::admin::call::Call;
use crate::ui::admin::calls::Calls;
use crate::ui::language::{self, Language};
use crate::ui::login::{ChoosePassword, Login};
use crate::ui::parts::trouble::NotFound;
use crate::ui::support::page::SupportPage;

/// What a page loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its own small style sheet, and a script of a few lines that loads the program when somebody wants to call.
    Support,
    /// The program, at once.
    Desk,
    /// Nothing but styles: there is nothing to do on it.
    Plain,
}

impl Kind {
    fn of(url: &str) -> Self {
        // On the server the address is whole, with a host that stands for any.
        let local = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        let path = local.split(['?', '#']).next().unwrap_or_default();
        match path {
            "/" => Self::Support,
            _ if path.starts_with("/login") || path.starts_with("/admin") => Self::Desk,
            _ => Self::Plain,
        }
    }
}

/// The document of every page. On the server only; the browser takes over from [`App`] inward.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let language = language::here();
    provide_context(language);
    let kind = use_context::<RequestUrl>().map_or(Kind::Plain, |url| Kind::of(url.as_ref()));
    let style = if kind == Kind::Support { "/pkg/support.css" } else { "/pkg/switchboard.css" };
    let scripts = match kind {
        Kind::Support => {
            let nonce = use_nonce().map(|nonce| nonce.to_string());
            view! { <script type="module" src="/intent.js" nonce=nonce></script> }.into_any()
        }
        Kind::Desk => view! { <HydrationScripts options/> }.into_any(),
        Kind::Plain => ().into_any(),
    };
    view! {
        <!DOCTYPE html>
        <html lang=language.tag()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <link rel="stylesheet" href=style/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {scripts}
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The routes. Every page that loads data is rendered when it has all of it ([`SsrMode::Async`]), so that it is whole
/// without JavaScript. Pages of another [`Kind`] are linked with `rel="external"`: they are loaded, not routed to.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    if use_context::<Language>().is_none() {
        provide_context(language::here());
    }
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=SupportPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=Login/>
                <Route path=path!("/login/password") view=ChoosePassword ssr=SsrMode::Async/>
                <Route path=path!("/admin/calls") view=Calls ssr=SsrMode::Async/>
                <Route path=path!("/admin/calls/:id") view=Call ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_what_it_needs() {
        assert_eq!(Kind::of("/?x=/login"), Kind::Support);
        assert_eq!(Kind::of("http://leptos.dev/?next=http://x/admin"), Kind::Support);
        assert_eq!(Kind::of("http://leptos.dev/admin/calls"), Kind::Desk);
        assert_eq!(Kind::of("/login?problem=wrong"), Kind::Desk);
        assert_eq!(Kind::of("/admin/calls/1"), Kind::Desk);
        assert_eq!(Kind::of("/no-such-page"), Kind::Plain);
    }
}
