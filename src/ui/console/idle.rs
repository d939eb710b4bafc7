//! Nobody is on the line: the dial pad, which says what a number is before it is called.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::phone::{Leg, Link};
use super::station::{Act, Station};
use super::texts;
use crate::api::contact_center::{Command, NumberCheck, Reply};
use crate::browser::page;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;

/// After the last key, ms.
const PAUSE_MS: u32 = 300;

#[component]
pub fn Idle(station: Station) -> impl IntoView {
    let words = words();
    let number = station.number;
    let check = RwSignal::new(None::<NumberCheck>);
    let asked = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let typed = number.get();
        asked.update_value(|asked| *asked += 1);
        let this = asked.get_value();
        if typed.trim().len() < 3 {
            return check.set(None);
        }
        spawn_local(async move {
            page::sleep(PAUSE_MS).await;
            if asked.get_value() != this {
                return;
            }
            let reply = station.read(Command::CheckNumber { number: typed }).await;
            if asked.get_value() == this {
                check.set(if let Some(Reply::Number(found)) = reply { Some(found) } else { None });
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
            station.act(Act::Dial(typed));
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        call();
    };
    let caller_id =
        move || station.desk.with(|desk| desk.me.caller_id.clone()).map(|shown| words.console_caller_id(&shown));
    view! {
        <form class="card dial" on:submit=submit>
            <h2><label for="number">{words.console_dial_title}</label></h2>
            <input
                id="number"
                type="tel"
                autocomplete="off"
                placeholder="+44 …"
                aria-describedby="number-check"
                aria-keyshortcuts="Alt+L"
                prop:value=move || number.get()
                on:input:target=move |event| {
                    // What was wrong with the number of before says nothing about this one.
                    station.refusal.set(None);
                    check.update(|check| {
                        check.take_if(|check| check.refusal.is_some());
                    });
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
            <p class="hint">{caller_id}</p>
        </form>
    }
}
