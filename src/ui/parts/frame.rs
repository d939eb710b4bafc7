//! What stands around every page behind the sign-in: the bar at the top, and the way to the other pages. On a wide screen
//! the ways are a column, on a narrow one they are behind a button, which works without JavaScript.

use leptos::prelude::*;
use leptos_router::location::RequestUrl;

use super::brand::BrandMark;
use super::icon::{Icon, Mark};
use super::language_switch::LanguageSwitch;
use super::theme_switch::ThemeSwitch;
use crate::api::account::Viewer;
use crate::api::business::BUSINESS;
use crate::api::call_tracking::{CAMPAIGNS, REPORT as TRACKING};
use crate::api::console_settings::DISPOSITIONS as CONSOLE_SETTINGS;
use crate::api::hours::HOURS;
use crate::api::menus::MENUS;
use crate::api::paths::{CONSOLE, HOME, home};
use crate::api::queues::QUEUES;
use crate::api::speech::SPEECH;
use crate::domain::account::Role;
use crate::ui::language::{Words, words};

#[component]
pub fn Frame(
    /// Who is signed in. Nobody is shown ways that are closed to them.
    viewer: Viewer,
    children: Children,
) -> impl IntoView {
    let words = words();
    let Viewer { name: operator, role } = viewer;
    let signed_in = words.nav_signed_in(&operator);
    let home = home(role);
    let url = use_context::<RequestUrl>();
    let here = url.as_ref().map_or("", |url| path_of(url.as_ref())).to_owned();
    let (narrow, wide) = (ways(words, role, &here), ways(words, role, &here));
    view! {
        <header class="top">
            <details class="menu">
                <summary aria-label=words.nav_menu><Icon mark=Mark::Menu/></summary>
                <nav aria-label=words.nav_main>{narrow}</nav>
            </details>
            <a class="brand" href=home><BrandMark/></a>
            <LanguageSwitch/>
            <details class="me">
                <summary aria-label=signed_in><Icon mark=Mark::Person/><span>{operator}</span></summary>
                <div>
                    <ThemeSwitch/>
                    <a href="/login/password">{words.nav_password}</a>
                    <form method="post" action="/api/sign-out">
                        <button type="submit">{words.nav_sign_out}</button>
                    </form>
                    <form method="post" action="/api/sign-out-everywhere">
                        <button type="submit">{words.nav_sign_out_everywhere}</button>
                    </form>
                </div>
            </details>
        </header>
        <div class="framed">
            <nav class="side" aria-label=words.nav_main>{wide}</nav>
            <main id="main" tabindex="-1">{children()}</main>
        </div>
    }
}

/// One way: its address, its name, its picture, and who may go it.
type Way = (&'static str, &'static str, Mark, Role);

/// The ways in groups, as lists of links; the one that leads `here` is marked.
fn ways(words: &'static Words, role: Role, here: &str) -> impl IntoView + use<> {
    use Role::{Agent, Operator, Supervisor};
    let groups: [(&'static str, Vec<Way>); 3] = [
        (
            words.nav_group_calls,
            vec![
                (HOME, words.nav_overview, Mark::Home, Supervisor),
                (CONSOLE, words.nav_console, Mark::Headset, Agent),
                ("/admin/calls", words.nav_calls, Mark::Phone, Supervisor),
                ("/admin/private-calls", words.nav_private_calls, Mark::Shield, Operator),
                (TRACKING, words.nav_call_tracking, Mark::Signal, Operator),
                ("/admin/audio-socket", words.nav_audio_socket, Mark::Wave, Operator),
            ],
        ),
        (
            words.nav_group_build,
            vec![
                (BUSINESS, words.nav_business, Mark::Shop, Operator),
                ("/admin/flows", words.nav_flows, Mark::Flow, Operator),
                (QUEUES, words.nav_queues, Mark::Team, Operator),
                (MENUS, words.nav_menus, Mark::Fork, Operator),
                (SPEECH, words.nav_speech, Mark::Speech, Operator),
                ("/admin/numbers", words.nav_numbers, Mark::Keypad, Operator),
                (CONSOLE_SETTINGS, words.nav_settings, Mark::Headset, Operator),
                (HOURS, words.nav_hours, Mark::Clock, Operator),
                ("/admin/users", words.nav_users, Mark::Person, Operator),
            ],
        ),
        (
            words.nav_group_system,
            vec![
                ("/admin/events", words.nav_events, Mark::Log, Operator),
                ("/admin/setup", words.nav_setup, Mark::Gear, Operator),
                ("/admin/sdk", words.nav_sdk, Mark::Code, Operator),
                ("/", words.nav_support, Mark::Page, Agent),
            ],
        ),
    ];
    let group = |(name, ways): (&'static str, Vec<Way>)| {
        // The console is for those who take calls, which operators do not.
        let open = ways.into_iter().filter(|way| role.may(way.3) && (way.0 != CONSOLE || role.takes_calls()));
        let links = open.map(|(path, name, mark, _)| {
            let current = leads(path, here).then_some("page");
            view! { <li><a href=path aria-current=current><Icon mark/>{name}</a></li> }
        });
        let links = links.collect_view();
        (!links.is_empty()).then(|| view! { <p>{name}</p><ul>{links}</ul> })
    };
    groups.map(group).into_iter().collect_view()
}

/// The path of an address, whole or local.
fn path_of(url: &str) -> &str {
    let local = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
    local.split(['?', '#']).next().unwrap_or_default()
}

/// Whether `here` is this page, one below it, or one that belongs to it.
fn leads(path: &str, here: &str) -> bool {
    let under = |path: &str| here == path || here.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    match path {
        // Everything else is below it.
        "/" | HOME => here == path,
        // Campaigns are call tracking, although their address is their own.
        TRACKING => under(TRACKING) || under(CAMPAIGNS),
        path => under(path),
    }
}

#[cfg(test)]
mod tests {
    use super::{TRACKING, leads, path_of};

    #[test]
    fn a_page_is_under_the_way_that_leads_to_it() {
        assert!(leads("/admin/calls", "/admin/calls") && leads("/admin/calls", "/admin/calls/1"));
        assert!(!leads("/admin/calls", "/admin/calls-and-more") && !leads("/", "/admin/calls") && leads("/", "/"));
        assert!(leads(TRACKING, "/admin/tracking/calls") && leads(TRACKING, "/admin/campaigns/new"));
        assert_eq!(path_of("http://leptos.dev/admin/numbers?country=GB"), "/admin/numbers");
        assert_eq!(path_of("/admin/calls#x"), "/admin/calls");
    }
}
