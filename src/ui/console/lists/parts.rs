//! What the lists have in common.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::contact_center::{Command, Dial};
use crate::ui::console::station::{Act, Station};
use crate::ui::language::words;
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

/// A count, when there is something to count.
#[component]
pub fn Badge(#[prop(into)] count: Signal<u32>) -> impl IntoView {
    view! {
        <Show when=move || { count.get() > 0 }>
            <span class="badge">{move || count.get()}</span>
        </Show>
    }
}

/// The button that calls back. A missed call is claimed first, so that only one agent calls. In a list of calls that need no
/// call back it is an icon.
#[component]
pub fn CallBack(
    station: Station,
    dial: Option<String>,
    /// The call that is returned.
    call: String,
    #[prop(optional_no_strip)] claim: Option<String>,
    label: String,
) -> impl IntoView {
    let words = words();
    let owed = claim.is_some();
    dial.map(|number| {
        let press = move |_| {
            let dial = Dial { number: number.clone(), from: None, back: Some(call.clone()) };
            let claim = claim.clone();
            spawn_local(async move {
                if let Some(call) = claim
                    && !station.done(Command::Claim { call }).await
                {
                    return;
                }
                station.act(Act::Dial(dial));
            });
        };
        let name = words.console_call_back_to(&label);
        view! {
            <button type="button" class=if owed { "small" } else { "small quiet" } title=name.clone() aria-label=name on:click=press>
                <Icon mark=Mark::Phone/>
                {owed.then_some(words.console_call_back)}
            </button>
        }
    })
}

/// In which zone the times of a list are.
#[component]
pub fn TimesIn() -> impl IntoView {
    view! { <p class="hint">{words().times_in(format::zone().name())}</p> }
}
