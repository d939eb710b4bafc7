//! A warm transfer under way: what it has come to, and what can be done with it.

use leptos::prelude::*;

use super::parties::{asked_name, talked_to};
use crate::api::contact_center::{ActiveCall, Command, Consult, ConsultStage, Control};
use crate::ui::console::station::Station;
use crate::ui::language::{Words, words};

/// What a warm transfer has come to.
pub fn consult_text(words: &'static Words, consult: &Consult, call: Memo<ActiveCall>) -> impl IntoView + use<> {
    let name = asked_name(consult);
    let text = match (consult.stage, consult.asked) {
        (ConsultStage::Ringing, _) => words.console_consult_ringing(name),
        (ConsultStage::Talking, true) => words.console_consult_asked(name),
        (ConsultStage::Talking, false) => {
            words.console_consult_talking(&call.with(|call| talked_to(words, call, consult)))
        }
        (ConsultStage::Joined, _) => words.console_consult_joined(name),
    };
    view! { <p class="notice">{text}</p> }
}

/// What can be done with a warm transfer under way. The way back to the caller is always there.
#[component]
pub fn ConsultControls(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let may = move |control| Memo::new(move |_| call.with(|call| call.allows(control)));
    let (back, join, complete) = (may(Control::Back), may(Control::Join), may(Control::Complete));
    let id = move || call.with_untracked(|call| call.id.clone());
    view! {
        <Show when=move || back.get() || join.get() || complete.get()>
            <div class="consult row">
                <Show when=move || back.get()>
                    <button type="button" on:click=move |_| station.ask(Command::Back { call: id() })>{words.console_back}</button>
                </Show>
                <Show when=move || join.get()>
                    <button type="button" on:click=move |_| station.ask(Command::Join { call: id() })>{words.console_join}</button>
                </Show>
                <Show when=move || complete.get()>
                    <button type="button" class="primary" on:click=move |_| station.ask(Command::Complete { call: id() })>
                        {words.console_complete}
                    </button>
                </Show>
            </div>
        </Show>
    }
}
