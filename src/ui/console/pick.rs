//! Whom a call is handed to, or who is added: a colleague who is free, or a number.

use leptos::prelude::*;

use super::asks;
use super::pill::Shape;
use super::station::{Drawer, Station};
use super::texts;
use crate::api::contact_center::{Target, Teammate};
use crate::ui::language::words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Transfer,
    Add,
}

#[component]
pub fn Pick(station: Station, call: String, purpose: Purpose) -> impl IntoView {
    let words = words();
    let call = StoredValue::new(call);
    let number = RwSignal::new(String::new());
    let adds = purpose == Purpose::Add;
    let done = move || station.drawer.set(Drawer::None);
    let ask_first = move |target: Target| {
        done();
        station.ask(asks::consult(&call.get_value(), &target));
    };
    let hand_over = move |target: Target| {
        done();
        match purpose {
            Purpose::Transfer => station.ask(asks::transfer(&call.get_value(), &target)),
            Purpose::Add => station.ask(asks::add(&call.get_value(), &target)),
        }
    };
    let typed = move || Some(number.get_untracked()).filter(|number| !number.trim().is_empty()).map(Target::Number);
    let choices = move |disabled: Signal<bool>, name: Option<String>, target: Callback<(), Option<Target>>| {
        // Each pair of buttons says whom it is about.
        let about = name.unwrap_or_default();
        let label = move |verb: &'static str| format!("{verb} {about}").trim().to_owned();
        let (first, second) = (
            label.clone()(words.console_ask_first),
            label(if adds { words.console_add } else { words.console_hand_over }),
        );
        view! {
            <span class="row">
                {(!adds)
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="small"
                                aria-label=first
                                disabled=move || disabled.get()
                                on:click=move |_| if let Some(target) = target.run(()) { ask_first(target) }
                            >
                                {words.console_ask_first}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="small"
                    aria-label=second
                    disabled=move || disabled.get()
                    on:click=move |_| if let Some(target) = target.run(()) { hand_over(target) }
                >
                    {if adds { words.console_add } else { words.console_hand_over }}
                </button>
            </span>
        }
    };
    let mate = move |mate: Teammate| {
        let Teammate { name, state, free, .. } = mate;
        let target = Target::Agent(name.clone());
        view! {
            <li>
                <Shape state=Signal::derive(move || state)/>
                <span class="who">{name.clone()}<span class="text-2">{texts::state(words, state)}</span></span>
                {choices(Signal::derive(move || !free), Some(name), Callback::new(move |()| Some(target.clone())))}
            </li>
        }
    };
    let team = Memo::new(move |_| station.desk.with(|desk| desk.team.clone()));
    let empty = Signal::derive(move || number.with(|number| number.trim().is_empty()));
    view! {
        <div class="pick" role="group" aria-label=if adds { words.console_add } else { words.console_transfer }>
            <ul>
                <For each=move || team.get() key=|mate| (mate.name.clone(), mate.state, mate.free) let(who)>{mate(who)}</For>
            </ul>
            <div class="other">
                <label for="other">{words.console_other_number}</label>
                <input
                    id="other"
                    type="tel"
                    autocomplete="off"
                    prop:value=move || number.get()
                    on:input:target=move |event| number.set(event.target().value())
                />
                {choices(empty, None, Callback::new(move |()| typed()))}
            </div>
        </div>
    }
}
