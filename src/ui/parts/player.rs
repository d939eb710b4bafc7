//! A row that plays a recording or a message; `public/player.js` makes it work.

use leptos::prelude::*;

use super::format;
use super::icon::{Icon, Mark};
use crate::ui::language::words;

#[component]
pub fn Player(
    source: String,
    /// What is played.
    label: String,
    seconds: u32,
    /// Runs when it begins to sound.
    #[prop(optional)]
    played: Option<Callback<()>>,
) -> impl IntoView {
    let words = words();
    let (play, pause) = (words.player_play(&label), words.player_pause(&label));
    let length = format::length(seconds);
    view! {
        <div class="player" data-seconds=seconds.to_string() role="group" aria-label=label.clone()>
            // Its own controls are for those without JavaScript.
            <audio controls preload="none" src=source on:play=move |_| played.iter().for_each(|played| played.run(()))></audio>
            <button type="button" class="toggle" aria-label=play.clone() data-play=play data-pause=pause>
                <Icon mark=Mark::Play/>
                <Icon mark=Mark::Pause/>
            </button>
            <div class="wave">
                <svg preserveAspectRatio="none" aria-hidden="true"><path></path><path class="played"></path></svg>
                <input type="range" min="0" max=seconds.to_string() step="0.1" value="0" aria-label=words.player_at aria-valuetext=format!("0:00 / {length}")/>
            </div>
            <span class="at">{format!("0:00 / {length}")}</span>
            <button type="button" class="speed" data-label=words.player_speed("{rate}") aria-label=words.player_speed("1×")>"1×"</button>
            <p class="told" role="status" data-loading=words.console_loading data-failed=words.player_failed></p>
        </div>
    }
}

/// Takes the question in a `<details>` back; `public/player.js` closes it.
#[component]
pub fn Cancel() -> impl IntoView {
    view! { <button type="button" class="small cancel" data-cancel="">{words().call_cancel}</button> }
}
