//! Nobody is on the line: the dial pad, which says what a number is before it is called.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::command::send;
use super::number_check::{checked, forget_refusal};
use super::phone::{Leg, Link};
use super::station::{Act, Station};
use super::texts;
use crate::api::Access;
use crate::api::contact_center::{Command, Dial, NumberCheck, OurNumber, Reply};
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;

#[component]
pub fn Idle(station: Station) -> impl IntoView {
    let words = words();
    let number = station.number;
    let check = checked(station, number);
    // For this call alone: the next one is shown as usual.
    let from = RwSignal::new(String::new());
    let ours = RwSignal::new(Vec::<OurNumber>::new());
    Effect::new(move |_| {
        spawn_local(async move {
            // Without the list a call is shown as usual.
            if let Some(Access::Granted(Reply::Numbers(found))) = send(Command::Numbers).await {
                ours.try_set(found);
            }
        });
    });
    let said = move || match check.get() {
        Some(NumberCheck { refusal: Some(refusal), .. }) => texts::refusal(words, &refusal),
        Some(NumberCheck { shown: Some(shown), country, .. }) => match country {
            Some(country) => format!("{shown} · {}", words.console_country(&country)),
            None => shown,
        },
        _ => words.console_dial_hint.to_owned(),
    };
    let good = move || check.with(|check| check.as_ref().map(|check| check.refusal.is_none()));
    let placing = Memo::new(move |_| station.phone.with(|phone| phone.leg == Leg::Placing));
    let ready = Memo::new(move |_| station.phone.with(|phone| phone.link == Link::Up || !station.leads.get()));
    let call = move || {
        let typed = number.get_untracked();
        if !typed.trim().is_empty() {
            let from = Some(from.get_untracked()).filter(|from| !from.is_empty());
            station.act(Act::Dial(Dial { from, ..Dial::to(typed) }));
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        call();
    };
    let caller_id = move || {
        let chosen = |all: &Vec<OurNumber>| {
            let one = all.iter().find(|one| from.with(|from| one.digits == *from));
            one.map(|one| one.shown.clone())
        };
        let checked = || check.with(|check| check.as_ref().and_then(|check| check.from.clone()));
        let usual = || station.desk.with(|desk| desk.me.caller_id.clone());
        ours.with(chosen).or_else(checked).or_else(usual).map(|shown| words.console_caller_id(&shown))
    };
    view! {
        <form class="card dial" on:submit=submit>
            <h2><label for="number">{words.console_dial_title}</label></h2>
            <input
                id="number"
                type="tel"
                autocomplete="off"
                placeholder=words.console_number_example
                aria-describedby="number-check"
                aria-keyshortcuts="Alt+L"
                prop:value=move || number.get()
                on:input:target=move |event| {
                    station.refusal.set(None);
                    forget_refusal(check);
                    number.set(event.target().value());
                }
            />
            <p id="number-check" class="check" role="status" data-good=move || good().map(|good| good.to_string())>{said}</p>
            <Keypad keys=Signal::derive(String::new) press=Callback::new(move |key| number.update(|number| number.push(key)))/>
            <button
                type="submit"
                class="accept"
                disabled=move || !ready.get() || good() == Some(false) || number.with(|number| number.trim().is_empty())
                aria-busy=move || placing.get().to_string()
            >
                <Icon mark=Mark::Phone/>
                {move || if placing.get() { words.call_starting } else { words.console_dial }}
            </button>
            <ShownNumber ours from/>
            <p class="hint">{caller_id}</p>
        </form>
    }
}

/// The choice of the number that is shown, where there are several.
#[component]
fn ShownNumber(ours: RwSignal<Vec<OurNumber>>, from: RwSignal<String>) -> impl IntoView {
    let words = words();
    let options = move || {
        let one = |one: OurNumber| {
            let named = one.named();
            view! { <option value=one.digits>{named}</option> }
        };
        ours.get().into_iter().map(one).collect_view()
    };
    view! {
        <Show when=move || { ours.with(|ours| ours.len() > 1) }>
            <div class="field">
                <label for="shown-number">{words.shown_title}</label>
                <select id="shown-number" on:change:target=move |event| from.set(event.target().value())>
                    <option value="">{words.shown_automatic}</option>
                    {options}
                </select>
            </div>
        </Show>
    }
}
