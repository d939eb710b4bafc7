//! The document around every page, and the routes.

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::any_nested_route::IntoAnyNestedRoute as _;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::location::RequestUrl;
use leptos_router::{SsrMode, path};

use crate::ui::admin::audio_socket::AudioSockets;
use crate::ui::admin::business::Business;
pub use crate::ui::admin::business::preview_drawn as business_preview;
use crate::ui::admin::call::Call;
use crate::ui::admin::call_tracking::{calls::TrackedCalls, campaigns, hooks::TrackingHooks, report::TrackingReport};
use crate::ui::admin::calls::Calls;
use crate::ui::admin::console_settings;
use crate::ui::admin::dry_run::DryRun;
use crate::ui::admin::events::Events;
use crate::ui::admin::flow::Flow;
pub use crate::ui::admin::flow::{Seen as FlowSeen, checked as flow_checked};
use crate::ui::admin::flows::Flows;
use crate::ui::admin::hours::Hours;
use crate::ui::admin::hours::lines::{HoursOfLine, HoursOfLines};
use crate::ui::admin::menus::{Menu, Menus};
use crate::ui::admin::numbers::Numbers;
use crate::ui::admin::overview::Overview;
use crate::ui::admin::private_calls::detail::PrivateCall;
use crate::ui::admin::private_calls::forget::PrivateForget;
use crate::ui::admin::private_calls::list::PrivateCalls;
use crate::ui::admin::private_calls::numbers::PrivateNumbers;
use crate::ui::admin::private_calls::proof::PrivateProof;
use crate::ui::admin::queues::{Queue, Queues};
use crate::ui::admin::sdk::Sdk;
use crate::ui::admin::setup::Setup;
use crate::ui::admin::speech::Speech;
use crate::ui::admin::users::Users;
use crate::ui::console::page::ConsolePage;
use crate::ui::language::words;
use crate::ui::login::{AcceptInvitation, ChoosePassword, Leaving, Login};
use crate::ui::parts::brand::{BrandColours, brand};
use crate::ui::parts::sandbox_strip::SandboxStrip;
use crate::ui::parts::trouble::{NotFound, Stopped};
use crate::ui::support::page::SupportPage;
use crate::ui::{language, theme};

/// What the page of the interfaces has of all pages: `web` draws it of a document that only it knows.
pub mod frame {
    pub use crate::ui::language::{Words, language, words};
    pub use crate::ui::parts::code::Code;
    pub use crate::ui::parts::language_switch::LanguageSwitch;
    pub use crate::ui::parts::sandbox_strip::SandboxStrip;
    pub use crate::ui::parts::theme_switch::ThemeSwitch;
    pub use crate::ui::theme::here as theme;
}

/// What a page loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its own small style sheet, and a script of a few lines that loads the program when somebody wants to call.
    Support,
    /// The agents' console: the program and the voice SDK at once, and its own style sheet.
    Console,
    /// The program, at once: a part of the page is an island.
    Island,
    /// Nothing but styles and small scripts: links and forms are all there is to it.
    Plain,
}

impl Kind {
    fn of(url: &str) -> Self {
        // On the server the address is whole, with a host that stands for any.
        let local = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        let path = local.split(['?', '#']).next().unwrap_or_default();
        match path {
            "/" => Self::Support,
            "/console" => Self::Console,
            // A call's audio is alive.
            call if call.starts_with("/admin/calls/") => Self::Island,
            _ => Self::Plain,
        }
    }
}

/// The document of every page. On the server only: the browser's program has islands and no pages.
pub fn shell() -> impl IntoView {
    // What is outside of islands is not hydrated, so what it was made of need not be sent along.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let kind = use_context::<RequestUrl>().map_or(Kind::Plain, |url| Kind::of(url.as_ref()));
    let admin = use_context::<RequestUrl>().is_some_and(|url| is_admin(url.as_ref()));
    let language = match kind {
        Kind::Support => brand().profile.language(language::wished()),
        // Visitors come here too: it speaks what the support page speaks, unless somebody chose otherwise.
        Kind::Plain if !admin => language::chosen().unwrap_or_else(|| brand().profile.language(language::wished())),
        Kind::Console | Kind::Island | Kind::Plain => language::here(),
    };
    provide_context(language);
    let theme = theme::here();
    let style = match kind {
        Kind::Support => "/pkg/support.css",
        Kind::Console => "/pkg/console.css",
        Kind::Island | Kind::Plain => "/pkg/switchboard.css",
    };
    let scripts = match kind {
        Kind::Support => {
            let nonce = use_nonce().map(|nonce| nonce.to_string());
            view! {
                <link rel="modulepreload" href="/sent.js"/>
                <script type="module" src="/intent.js" nonce=nonce></script>
            }
            .into_any()
        }
        // Before the program, which uses what it leaves.
        Kind::Console => {
            let nonce = use_nonce().map(|nonce| nonce.to_string());
            view! {
                <script type="module" src="/console.js" nonce=nonce.clone()></script>
                <script type="module" src="/player.js" nonce=nonce></script>
                <Program/>
            }
            .into_any()
        }
        Kind::Island => view! { <Program/> }.into_any(),
        Kind::Plain => ().into_any(),
    };
    let small = admin.then(|| {
        let nonce = use_nonce().map(|nonce| nonce.to_string());
        view! {
            <script type="module" src="/admin.js" nonce=nonce.clone()></script>
            <script type="module" src="/live.js" nonce=nonce.clone()></script>
            <script type="module" src="/player.js" nonce=nonce></script>
        }
    });
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() data-theme=theme.name()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content=theme.schemes()/>
                // Safari on telephones turns numbers into links before the islands come alive, and they then do not find
                // the text that the server sent.
                <meta name="format-detection" content="telephone=no"/>
                <link rel="stylesheet" href=style/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                {(kind == Kind::Support).then(|| view! { <BrandColours/> })}
                {scripts}
                {small}
                <MetaTags/>
            </head>
            <body>
                // The skip link comes first on every page. The support page draws both itself.
                {(kind != Kind::Support).then(|| view! { <a class="skip" href="#main">{words().skip_to_content}</a><SandboxStrip/> })}
                <App/>
                // After everything: it has a link too.
                {matches!(kind, Kind::Console | Kind::Island).then(|| view! { <Stopped/> })}
            </body>
        </html>
    }
}

/// Whether an address is one of the operator's pages.
fn is_admin(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.ends_with("/admin") || path.contains("/admin/")
}

/// What stands in a form that was filled in again, in the language that a request asks for.
#[must_use]
pub fn unsent_notice(cookie: Option<&str>, accept_language: Option<&str>) -> &'static str {
    language::Language::asked(cookie, accept_language).words().form_unsent
}

/// The program, at once. Not by Leptos' own script, with which it stops where others have changed the page before it.
#[component]
fn Program() -> impl IntoView {
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    view! {
        <link rel="modulepreload" href="/sent.js"/>
        <link rel="modulepreload" href="/pkg/switchboard.js"/>
        <link rel="preload" href="/pkg/switchboard.wasm" r#as="fetch" r#type="application/wasm" crossorigin="anonymous"/>
        <script type="module" src="/islands.js" nonce=nonce></script>
    }
}

/// The routes. Every page that loads data is rendered when it has all of it ([`SsrMode::Async`]), so that it is whole
/// without JavaScript. On the server only; in the browser links load pages.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <Route path=path!("/") view=SupportPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=Login ssr=SsrMode::Async/>
                <Route path=path!("/login/invitation") view=AcceptInvitation ssr=SsrMode::Async/>
                <Route path=path!("/login/password") view=ChoosePassword ssr=SsrMode::Async/>
                <Route path=path!("/login/leaving") view=Leaving ssr=SsrMode::Async/>
                <Route path=path!("/console") view=ConsolePage ssr=SsrMode::Async/>
                <Route path=path!("/admin") view=Overview ssr=SsrMode::Async/>
                <Route path=path!("/admin/calls") view=Calls ssr=SsrMode::Async/>
                <Route path=path!("/admin/calls/:id") view=Call ssr=SsrMode::Async/>
                <Route path=path!("/admin/business") view=Business ssr=SsrMode::Async/>
                <Route path=path!("/admin/flows") view=Flows ssr=SsrMode::Async/>
                <Route path=path!("/admin/flows/:id") view=Flow ssr=SsrMode::Async/>
                <Route path=path!("/admin/speech") view=Speech ssr=SsrMode::Async/>
                <Route path=path!("/admin/menus") view=Menus ssr=SsrMode::Async/>
                <Route path=path!("/admin/menus/:id") view=Menu ssr=SsrMode::Async/>
                <Route path=path!("/admin/queues") view=Queues ssr=SsrMode::Async/>
                <Route path=path!("/admin/queues/:id") view=Queue ssr=SsrMode::Async/>
                <Route path=path!("/admin/numbers") view=Numbers ssr=SsrMode::Async/>
                <Route path=path!("/admin/console-settings") view=console_settings::Dispositions ssr=SsrMode::Async/>
                <Route path=path!("/admin/console-settings/away-reasons") view=console_settings::AwayReasons ssr=SsrMode::Async/>
                <Route path=path!("/admin/console-settings/rules") view=console_settings::Rules ssr=SsrMode::Async/>
                <Route path=path!("/admin/console-settings/caller-id") view=console_settings::CallerId ssr=SsrMode::Async/>
                <Route path=path!("/admin/hours") view=Hours ssr=SsrMode::Async/>
                <Route path=path!("/admin/hours/lines") view=HoursOfLines ssr=SsrMode::Async/>
                <Route path=path!("/admin/hours/lines/:line") view=HoursOfLine ssr=SsrMode::Async/>
                <Route path=path!("/admin/numbers/dry-run") view=DryRun ssr=SsrMode::Async/>
                <Route path=path!("/admin/users") view=Users ssr=SsrMode::Async/>
                <Route path=path!("/admin/events") view=Events ssr=SsrMode::Async/>
                <Route path=path!("/admin/setup") view=Setup ssr=SsrMode::Async/>
                <Route path=path!("/admin/sdk") view=Sdk ssr=SsrMode::Async/>
                <Route path=path!("/admin/private-calls") view=PrivateCalls ssr=SsrMode::Async/>
                <Route path=path!("/admin/private-calls/numbers") view=PrivateNumbers ssr=SsrMode::Async/>
                <Route path=path!("/admin/private-calls/proof") view=PrivateProof ssr=SsrMode::Async/>
                <Route path=path!("/admin/private-calls/forget") view=PrivateForget ssr=SsrMode::Async/>
                <Route path=path!("/admin/private-calls/:id") view=PrivateCall ssr=SsrMode::Async/>
                <Route path=path!("/admin/audio-socket") view=AudioSockets ssr=SsrMode::Async/>
                <Route path=path!("/admin/tracking") view=TrackingReport ssr=SsrMode::Async/>
                <Route path=path!("/admin/tracking/calls") view=TrackedCalls ssr=SsrMode::Async/>
                <Route path=path!("/admin/tracking/webhooks") view=TrackingHooks ssr=SsrMode::Async/>
                <Route path=path!("/admin/campaigns") view=campaigns::list::Campaigns ssr=SsrMode::Async/>
                <Route path=path!("/admin/campaigns/:id") view=campaigns::one::CampaignPage ssr=SsrMode::Async/>
                <DebugRoutes/>
            </Routes>
        </Router>
    }
}

/// Pages for those who build the product.
#[component(transparent)]
fn DebugRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    #[cfg(debug_assertions)]
    let routes = {
        use crate::ui::admin::parts_page::Parts;
        view! { <Route path=path!("/admin/parts") view=Parts ssr=SsrMode::Async/> }.into_inner()
    };
    #[cfg(not(debug_assertions))]
    let routes = ();
    routes.into_any_nested_route()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_what_it_needs() {
        assert_eq!(Kind::of("/?x=/login"), Kind::Support);
        assert_eq!(Kind::of("http://leptos.dev/?next=http://x/admin"), Kind::Support);
        assert_eq!(Kind::of("http://leptos.dev/admin/calls?show=missed"), Kind::Plain);
        assert_eq!(Kind::of("/console?x"), Kind::Console);
        assert_eq!(Kind::of("/login?problem=wrong"), Kind::Plain);
        assert_eq!(Kind::of("/admin/calls/1"), Kind::Island);
        assert_eq!(Kind::of("/?line=echo"), Kind::Support);
        assert_eq!(Kind::of("/no-such-page"), Kind::Plain);
    }
}
