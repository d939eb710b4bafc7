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
    press: Callback<char>,
) -> impl IntoView {
    let words = words();
    let typed = move |event: KeyboardEvent| {
        let key = event.key();
        if let Some(key) = KEYS.into_iter().find(|known| key.len() == 1 && key.starts_with(*known)) {
            press.run(key);
        }
    };
    view! {
        <div class="keypad" id="keypad" role="group" aria-label=words.call_keypad on:keydown=typed>
            <output class="keys" aria-label=words.call_keys>{move || keys.get()}</output>
            {KEYS
                .into_iter()
                .map(|key| view! { <button type="button" on:click=move |_| press.run(key)>{key.to_string()}</button> })
                .collect_view()}
        </div>
    }
}
