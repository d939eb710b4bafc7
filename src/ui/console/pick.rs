//! Whom a call is handed to, or who is added: a colleague who is free, or a number.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::layout::Drawer;
use super::number_check::{checked, forget_refusal, is_short};
use super::pill::Shape;
use super::station::Station;
use super::texts;
use crate::api::contact_center::{Command, Refusal, Reply, Target, Teammate};
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
    // What was typed stays until it is accepted; why it is not is said here, and nowhere else.
    let refused = RwSignal::new(None::<Refusal>);
    let waits = RwSignal::new(false);
    let check = checked(station, number);
    let wrong_number = move || check.with(|check| check.as_ref().and_then(|check| check.refusal.clone()));
    let wrong = move || refused.get().or_else(wrong_number);
    let send = move |command: Command| {
        if waits.get_untracked() {
            return;
        }
        waits.set(true);
        spawn_local(async move {
            let reply = station.read(command).await;
            waits.try_set(false);
            match reply {
                Some(Reply::Done) => station.drawer.set(Drawer::None),
                Some(Reply::Refused(refusal)) => {
                    let here = refusal.is_of_choice() || matches!(refusal, Refusal::Busy | Refusal::NotNow { .. });
                    refused.try_set(Some(refusal).filter(|_| here));
                }
                // Refusals that concern the call are shown on the call, and a server that cannot be reached is shown at the top.
                _ => {}
            }
        });
    };
    let ask_first = move |target: Target| send(Command::Consult { call: call.get_value(), target });
    let hand_over = move |target: Target| {
        let call = call.get_value();
        send(match purpose {
            Purpose::Transfer => Command::Transfer { call, target },
            Purpose::Add => Command::Add { call, target },
        });
    };
    let typed = move || Some(number.get_untracked()).filter(|number| !number.trim().is_empty()).map(Target::Number);
    let choices = move |disabled: Signal<bool>, name: Option<String>, target: Callback<(), Option<Target>>| {
        // Each pair of buttons says whom it is about.
        let adding = if name.is_some() { words.console_add } else { words.console_add_number };
        let about = name.unwrap_or_default();
        let label = move |verb: &'static str| format!("{verb} {about}").trim().to_owned();
        let (first, second) =
            (label.clone()(words.console_ask_first), label(if adds { adding } else { words.console_hand_over }));
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
                    {if adds { adding } else { words.console_hand_over }}
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
                <span class="who">{name.clone()}<span class="text-2">{station.desk.with_untracked(|desk| texts::standing(words, &desk.choices, state))}</span></span>
                {choices(Signal::derive(move || !free || waits.get()), Some(name), Callback::new(move |()| Some(target.clone())))}
            </li>
        }
    };
    let team = Memo::new(move |_| station.desk.with(|desk| desk.team.clone()));
    let uncallable =
        Signal::derive(move || waits.get() || number.with(|number| is_short(number)) || wrong_number().is_some());
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
                    aria-invalid=move || wrong().is_some().then_some("true")
                    aria-describedby=move || wrong().is_some().then_some("why-other")
                    prop:value=move || number.get()
                    on:input:target=move |event| {
                        refused.set(None);
                        forget_refusal(check);
                        number.set(event.target().value());
                    }
                />
                {choices(uncallable, None, Callback::new(move |()| typed()))}
            </div>
            {move || {
                wrong()
                    .map(|refusal| view! { <p id="why-other" class="problem" role="alert">{texts::refusal(words, &refusal)}</p> })
            }}
        </div>
    }
}
