//! The keypad of a running call: twelve buttons, and the same keys on the keyboard while it has the focus.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

use super::driver::Driver;
use crate::ui::language::words;

const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

#[component]
pub fn Keypad(driver: Driver) -> impl IntoView {
    let words = words();
    let typed = move |event: KeyboardEvent| {
        let key = event.key();
        if let Some(key) = KEYS.into_iter().find(|known| key.len() == 1 && key.starts_with(*known)) {
            driver.send_key(key);
        }
    };
    view! {
        <div class="keypad" id="keypad" role="group" aria-label=words.call_keypad on:keydown=typed>
            <output class="keys" aria-label=words.call_keys>{move || driver.keys.get()}</output>
            {KEYS
                .into_iter()
                .map(|key| view! { <button type="button" on:click=move |_| driver.send_key(key)>{key.to_string()}</button> })
                .collect_view()}
        </div>
    }
}
