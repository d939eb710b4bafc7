//! The console's island: everything on it, and what stands out when something is wrong.
//!
//! **Stable** for browser tests and style sheets: `data-state` (the agent's), `data-panel`, `data-view`, `data-phone` and
//! `data-leads` on the root.

use leptos::prelude::*;

use super::able;
use super::idle::Idle;
use super::layout::View;
use super::leaving::{LeavingDialog, hold_back};
use super::lists::{Badge, Calls, Floor, Voicemails};
use super::news::Panel;
use super::notes::Notes;
use super::offer::OfferCard;
use super::phone::{Link, Phone};
use super::pill::Pill;
use super::session::SessionPanel;
use super::sound::Sound;
use super::station::{Act, Station};
use super::talking::Talking;
use super::texts;
use super::wrap_up::WrapUpCard;
use crate::api::contact_center::{Desk, Refusal, Unable};
use crate::browser::page;
use crate::domain::call_tracking::zone::Zone;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

#[island]
pub fn Console(
    desk: Desk,
    /// Of all times, as far back as the lists go.
    zone: Zone,
    /// Brand, language, account: as the server made them.
    children: Children,
) -> impl IntoView {
    provide_context(std::sync::Arc::new(zone));
    let station = Station::new(desk);
    // Runs in the browser only.
    Effect::new(move |first: Option<()>| {
        if first.is_none() {
            station.wake();
        }
    });
    view! { <Surface station>{children()}</Surface> }
}

/// What the server draws, and the program keeps true.
#[component]
fn Surface(station: Station, children: Children) -> impl IntoView {
    let words = words();
    let leaving = RwSignal::new(None);
    let panel = Memo::new(move |_| station.desk.with(Panel::of));
    let state = Memo::new(move |_| station.shown().state().name());
    let link = Memo::new(move |_| station.phone.with(|phone| link_name(phone.link)));
    view! {
        <div
            class="console"
            data-state=move || state.get()
            data-panel=move || panel.get().name()
            data-view=move || station.view.get().name()
            data-phone=move || link.get()
            data-leads=move || station.leads.get().to_string()
            on:submit=move |event| hold_back(station, leaving, &event)
        >
            <header class="top">
                {children()}
                <Pill station/>
            </header>
            <div class="unseen" aria-live="assertive" role="alert">{move || station.called_out.get()}</div>
            <div class="unseen" aria-live="polite" role="status">{move || station.said.get()}</div>
            <Banners station/>
            <main id="main" class="desk" tabindex="-1">
                <h1 class="unseen">{words.console_title}</h1>
                <Rail station/>
                <ThePanel station/>
                <About station panel/>
                <div class="work">
                    <Calls station/>
                    <Voicemails station/>
                    <Sound station/>
                </div>
                // It scrolls, and has nothing in it that takes the focus.
                <aside class="floor-pane" data-pane="team" tabindex="0" aria-label=words.console_team>
                    <Floor station/>
                </aside>
            </main>
            <SessionPanel station/>
            <LeavingDialog station asked=leaving/>
        </div>
    }
}

fn link_name(link: Link) -> &'static str {
    match link {
        Link::Elsewhere => "elsewhere",
        Link::Opening { .. } => "opening",
        Link::Up => "up",
        Link::Down { .. } => "down",
    }
}

#[component]
fn ThePanel(station: Station) -> impl IntoView {
    let words = words();
    // One panel per call, offer and wrap-up: what changes within is the panel's own to follow.
    let key = Memo::new(move |_| {
        station.desk.with(|desk| {
            let id = match Panel::of(desk) {
                Panel::Idle => None,
                Panel::Offer => desk.offer.as_ref().map(|offer| offer.id.clone()),
                Panel::Call => desk.call.as_ref().map(|call| call.id.clone()),
                Panel::WrapUp => desk.wrap_up.as_ref().map(|wrap_up| wrap_up.call.clone()),
            };
            (Panel::of(desk), id)
        })
    });
    let content = move || {
        // Read, not only tracked: a memo that nobody reads is never computed.
        key.with(|_| ());
        let Desk { offer, call, wrap_up, .. } = station.desk.get_untracked();
        if let Some(offer) = offer {
            view! { <OfferCard station offer/> }.into_any()
        } else if let Some(call) = call {
            view! { <Talking station call/> }.into_any()
        } else if let Some(wrap_up) = wrap_up {
            view! { <WrapUpCard station wrap_up/> }.into_any()
        } else {
            view! { <Idle station/> }.into_any()
        }
    };
    view! {
        <section class="panel" id="panel" tabindex="-1" data-pane="phone" aria-label=words.console_phone>
            {move || {
                // That one stands at its field.
                let shown = station.refusal.get().filter(|refusal| *refusal != Refusal::NoDisposition);
                shown.map(|refusal| view! { <p class="problem" role="alert">{texts::refusal(words, &refusal)}</p> })
            }}
            {content}
        </section>
    }
}

/// What is written about the call. What is typed is not to be lost because a call becomes its wrap-up: one form for both.
#[component]
fn About(station: Station, panel: Memo<Panel>) -> impl IntoView {
    let about = Memo::new(move |_| {
        let during = matches!(panel.get(), Panel::Call | Panel::WrapUp);
        station.desk.with(|desk| desk.notes.as_ref().filter(|_| during).map(|notes| notes.call.clone()))
    });
    let notes = move || {
        about.get()?;
        let notes = station.desk.with_untracked(|desk| desk.notes.clone())?;
        Some(view! { <Notes station notes/> })
    };
    view! { <div class="about">{notes}</div> }
}

#[component]
fn Rail(station: Station) -> impl IntoView {
    let words = words();
    let badges = Memo::new(move |_| station.desk.with(|desk| desk.badges));
    let count = move |view: View| match view {
        View::Phone => station.desk.with(|desk| u32::from(desk.offer.is_some())),
        View::Calls => badges.get().missed + badges.get().callbacks,
        View::Voicemail => badges.get().voicemails,
        View::Team => station.desk.with(|desk| desk.waiting.len() as u32),
        View::Sound => 0,
    };
    let items = View::EVERY
        .map(|view| {
            let (mark, label) = item(words, view);
            view! {
                <button
                    type="button"
                    data-to=view.name()
                    aria-current=move || (station.view.get() == view).then_some("true")
                    on:click=move |_| station.view.set(view)
                >
                    <Icon mark/>
                    <span>{label}</span>
                    <Badge count=Signal::derive(move || count(view))/>
                </button>
            }
        })
        .collect_view();
    view! { <nav class="rail" aria-label=words.nav_main>{items}</nav> }
}

fn item(words: &'static Words, view: View) -> (Mark, &'static str) {
    match view {
        View::Phone => (Mark::Phone, words.console_phone),
        View::Calls => (Mark::Clock, words.calls_title),
        View::Voicemail => (Mark::Voicemail, words.console_voicemail),
        View::Team => (Mark::Team, words.console_team),
        View::Sound => (Mark::Sound, words.console_sound),
    }
}

/// What is wrong, and the button that puts it right.
#[component]
fn Banners(station: Station) -> impl IntoView {
    let words = words();
    let link = Memo::new(move |_| station.phone.with(|phone| phone.link));
    let server = Memo::new(move |_| station.server_is_lost());
    let server_lost = move || {
        // Read first: what is not read is not followed.
        let lost = server.get();
        let since = station.broken.get_untracked().filter(|_| lost)?;
        let clock = Memo::new(move |_| format::length(station.ago(since)));
        let text = Signal::derive(move || {
            let in_call = station.phone.with(Phone::is_busy);
            if in_call { words.console_lost_server_call } else { words.console_lost_server }
        });
        Some(view! { <Lost text clock/> })
    };
    // The page's clock, not the server's, measures the softphone's link.
    let platform = Memo::new(move |_| station.unable.get() == Some(Unable::NoPlatform));
    let platform_lost = move || {
        platform.get().then(|| {
            let clock = Memo::new(move |_| {
                station.now.track();
                format::length(u32::try_from(able::lost_for(link.get(), page::now_ms()) / 1000).unwrap_or_default())
            });
            view! { <Lost text=words.console_lost_platform clock/> }
        })
    };
    let elsewhere = move || {
        (station.elsewhere.get() && link.get() == Link::Elsewhere).then(|| {
            // Its audio is there.
            let in_call = Memo::new(move |_| station.desk.with(|desk| desk.me.state.is_busy()));
            view! {
                <p class="banner" data-level="info">
                    {move || if in_call.get() { words.console_elsewhere_call } else { words.console_elsewhere }}
                    <Show when=move || !in_call.get()>
                        <button type="button" class="small" on:click=move |_| station.act(Act::TakeOver)>
                            {words.console_take_over}
                        </button>
                    </Show>
                </p>
            }
        })
    };
    let follows = Memo::new(move |_| !station.leads.get() && link.get() != Link::Elsewhere);
    let problem = Memo::new(move |_| station.microphone.get().problem());
    let asks = Memo::new(move |_| station.microphone.get().asks());
    let microphone = move || {
        let (level, text) = match problem.get() {
            Some(problem) => ("bad", texts::microphone(words, problem)),
            None if asks.get() => ("warn", words.console_mic_ask),
            None => return None,
        };
        Some(view! {
            <p class="banner" data-level=level data-about="microphone" role="status">
                {text}
                <button type="button" class="small" on:click=move |_| station.turn_on_microphone()>{words.console_mic_allow}</button>
            </p>
        })
    };
    let sound = move || {
        (station.leads.get() && !station.audible.get()).then(|| {
            view! {
                <p class="banner" data-level="warn">
                    {words.console_silent}
                    <button type="button" class="small" on:click=move |_| station.turn_on_sound()>{words.console_turn_on_sound}</button>
                </p>
            }
        })
    };
    view! {
        <div class="banners">
            {server_lost}
            {platform_lost}
            {elsewhere}
            <Show when=move || follows.get()>
                <p class="banner" data-level="info">{words.console_follows}</p>
            </Show>
            {microphone}
            {sound}
        </div>
    }
}

/// Something is out of reach, and for how long. The seconds are for the eye: read aloud they would never end.
#[component]
fn Lost(#[prop(into)] text: Signal<&'static str>, clock: Memo<String>) -> impl IntoView {
    view! {
        <p class="banner" data-level="bad" data-about="connection" role="status">
            {move || text.get()}
            <span class="clock" aria-hidden="true">{move || clock.get()}</span>
        </p>
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{idle, in_call, offered, wrapping_up};
    use super::super::signed_in::SignedIn;
    use super::*;
    use crate::api::contact_center::State;

    fn html(desk: Desk) -> String {
        Owner::new().with(|| view! { <Surface station=Station::new(desk)>"account"</Surface> }.to_html())
    }

    /// The server's page is whole before the program is there, says what is so, and breaks no policy.
    #[test]
    fn every_state_is_rendered_by_the_server() {
        let words = words();
        let cases = [
            (idle(), "idle", words.console_dial_title),
            (offered(), "offer", words.console_accept),
            (in_call(), "call", words.call_hang_up),
            (wrapping_up(), "wrap-up", words.console_wrap_up_done),
        ];
        for (desk, panel, text) in cases {
            let html = html(desk);
            assert!(html.contains(&format!("data-panel=\"{panel}\"")), "{panel}: {html}");
            assert!(html.contains(text), "{panel}: {html}");
            assert!(html.contains("data-state=\"ready\"") && html.contains("account"), "{panel}");
            assert!(!html.contains("style=\""), "{panel}: {html}");
        }
    }

    #[test]
    fn who_cannot_take_calls_is_not_called_ready() {
        let words = words();
        let mut desk = idle();
        desk.me.state = State::Unable(Unable::MicrophoneBlocked);
        let html = html(desk);
        assert!(html.contains("data-state=\"unable\""), "{html}");
        assert!(html.contains(words.console_unable_microphone_blocked), "{html}");
    }

    /// What is known about the caller comes first; what is opened grows upwards from the buttons, and Hang up is the last.
    #[test]
    fn what_is_opened_moves_no_button() {
        let html = html(in_call());
        let at = |part: &str| html.find(part).unwrap_or_else(|| panic!("{part}: {html}"));
        let order =
            ["class=\"known\"", "class=\"actions\"", "id=\"drawer\"", "class=\"tools\"", "class=\"hang-up\""].map(at);
        assert!(order.is_sorted(), "{order:?}: {html}");
    }

    #[test]
    fn a_caller_is_known_before_a_word_is_said() {
        let html = html(offered());
        for part in ["+447700900123", "Spring ads", "+44 20 7946 0001", "/pricing", "Joe", "id=\"accept\""] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    fn html_when(desk: Desk, is: impl FnOnce(Station)) -> String {
        Owner::new().with(|| {
            let station = Station::new(desk);
            is(station);
            view! { <Surface station>"account"</Surface> }.to_html()
        })
    }

    #[test]
    fn a_server_that_refuses_is_not_called_out_of_reach() {
        let words = words();
        let lost = |signed_in| {
            html_when(in_call(), |station| {
                station.broken.set(Some(station.now.get_untracked() - 10_000));
                station.signed_in.set(signed_in);
            })
        };
        assert!(lost(SignedIn::Yes).contains(words.console_lost_server));
        assert!(!lost(SignedIn::Over).contains(words.console_lost_server));
    }

    #[test]
    fn a_call_in_another_browser_is_not_offered_here() {
        let words = words();
        let elsewhere = |desk| html_when(desk, |station| station.elsewhere.set(true));
        let mut talks = in_call();
        talks.me.state = State::Talking;
        let talking = elsewhere(talks);
        assert!(talking.contains(words.console_elsewhere_call) && !talking.contains(words.console_take_over));
        assert!(elsewhere(idle()).contains(words.console_take_over));
    }
}
