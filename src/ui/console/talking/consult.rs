//! A warm transfer under way: what it has come to, and what can be done with it.

use leptos::prelude::*;

use super::parties::{asked_name, talked_to};
use crate::api::contact_center::{ActiveCall, Command, Consult, ConsultStage, Control};
use crate::ui::console::station::Station;
use crate::ui::language::{Words, words};
use crate::ui::parts::icon::{Icon, Mark};

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

/// What can be done with a warm transfer under way: what it was begun for comes first. The way back to the caller is always
/// there.
#[component]
pub fn ConsultControls(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let controls = [
        (Control::Complete, "tool primary", Mark::Done, words.console_complete),
        (Control::Join, "tool", Mark::Team, words.console_join),
        (Control::Back, "tool", Mark::Back, words.console_back),
    ]
    .map(|(control, class, mark, label)| {
        let may = Memo::new(move |_| call.with(|call| call.allows(control)));
        // In a conference everybody hears everybody: what is left of a transfer is that this agent leaves.
        let leaves = Memo::new(move |_| {
            control == Control::Complete
                && call.with(|call| call.consult.as_ref().is_some_and(|consult| consult.stage == ConsultStage::Joined))
        });
        let label = move || if leaves.get() { words.console_leave } else { label };
        let press = move |_| {
            let call = call.with_untracked(|call| call.id.clone());
            station.ask(match control {
                Control::Complete => Command::Complete { call },
                Control::Join => Command::Join { call },
                _ => Command::Back { call },
            });
        };
        view! {
            <Show when=move || may.get()>
                <button type="button" class=class on:click=press>
                    {move || view! { <Icon mark=if leaves.get() { Mark::Leave } else { mark }/> }}
                    {label}
                </button>
            </Show>
        }
    })
    .collect_view();
    view! { <div class="consult">{controls}</div> }
}
