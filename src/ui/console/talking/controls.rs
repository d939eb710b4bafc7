//! What can be done with a call that one talks in.

use leptos::prelude::*;

use crate::api::contact_center::{ActiveCall, Command, Control};
use crate::ui::console::layout::Drawer;
use crate::ui::console::station::Station;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};

#[component]
pub fn Controls(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let muted = Memo::new(move |_| call.with(|call| call.muted));
    let may = move |control| Memo::new(move |_| call.with(|call| call.allows(control)));
    let (hold, resume, keys) = (may(Control::Hold), may(Control::Resume), may(Control::Keys));
    let (transfer, add) = (may(Control::Transfer), may(Control::Add));
    let under_way = Memo::new(move |_| call.with(|call| call.under_way));
    let id = move || call.with_untracked(|call| call.id.clone());
    let busy =
        move |controls: [Control; 2]| under_way.get().is_some_and(|control| controls.contains(&control)).to_string();
    // What cannot be done on hold is shown all the same, so that the others stay where they are.
    let drawer = move |allowed: Memo<bool>, drawer: Drawer, mark: Mark, label: &'static str, keys: &'static str| {
        view! {
            <button
                type="button"
                class="tool"
                disabled=move || !allowed.get()
                aria-expanded=move || (station.drawer.get() == drawer).to_string()
                aria-keyshortcuts=keys
                title=keys
                on:click=move |_| station.toggle(drawer)
            >
                <Icon mark/>
                {label}
            </button>
        }
    };
    view! {
        <div class="tools">
            <button
                type="button"
                class="tool"
                aria-pressed=move || muted.get().to_string()
                aria-busy=move || busy([Control::Mute, Control::Unmute])
                aria-keyshortcuts="Alt+M"
                title="Alt+M"
                on:click=move |_| station.mute(&id(), !muted.get_untracked())
            >
                <Icon mark=Mark::Microphone/>
                {move || if muted.get() { words.call_unmute } else { words.call_mute }}
            </button>
            <Show when=move || hold.get() || resume.get()>
                <button
                    type="button"
                    class="tool"
                    aria-pressed=move || resume.get().to_string()
                    aria-busy=move || busy([Control::Hold, Control::Resume])
                    aria-keyshortcuts="Alt+H"
                    title="Alt+H"
                    on:click=move |_| station.ask(Command::Hold { call: id(), on: !resume.get_untracked() })
                >
                    {move || {
                        let (mark, label) = if resume.get() { (Mark::Play, words.console_resume) } else { (Mark::Pause, words.console_hold) };
                        view! { <Icon mark/>{label} }
                    }}
                </button>
            </Show>
            <Show when=move || keys.get() || resume.get()>
                {drawer(keys, Drawer::Keypad, Mark::Keypad, words.call_keypad, "Alt+K")}
            </Show>
            <Show when=move || transfer.get()>
                {drawer(transfer, Drawer::Transfer, Mark::Transfer, words.console_transfer, "Alt+T")}
            </Show>
            <Show when=move || add.get() || resume.get()>
                {drawer(add, Drawer::Add, Mark::Add, words.console_add, "Alt+P")}
            </Show>
            <button
                type="button"
                class="tool"
                aria-keyshortcuts="Alt+N"
                title="Alt+N"
                on:click=move |_| station.write_notes()
            >
                <Icon mark=Mark::Note/>
                {words.console_notes}
            </button>
        </div>
    }
}
