//! A telephone's twelve keys, and the same keys on the keyboard while they have the focus.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use crate::ui::language::words;

const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

#[component]
pub fn Keypad(
    /// What was pressed so far.
    #[prop(into)]
    keys: Signal<String>,
    /// What is pressed on the page's keyboard just now.
    #[prop(optional, into)]
    pressed: Option<Signal<Option<char>>>,
    press: Callback<char>,
) -> impl IntoView {
    let words = words();
    let typed = move |event: KeyboardEvent| {
        let key = event.key();
        if let Some(key) = KEYS.into_iter().find(|known| key.len() == 1 && key.starts_with(*known)) {
            // Not once more by the listener of the whole page.
            event.prevent_default();
            press.run(key);
        }
    };
    let lit = move |key: char| pressed.and_then(|pressed| (pressed.get() == Some(key)).then_some("true"));
    view! {
        <div class="keypad" id="keypad" role="group" aria-label=words.call_keypad on:keydown=typed>
            <output class="keys" aria-label=words.call_keys>{move || keys.get()}</output>
            {KEYS
                .into_iter()
                .map(|key| {
                    view! {
                        <button type="button" data-pressed=move || lit(key) on:click=move |_| press.run(key)>{key.to_string()}</button>
                    }
                })
                .collect_view()}
        </div>
    }
}
