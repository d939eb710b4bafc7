//! The time after a call: what is left of it, more of it, or done. The note itself is [`super::notes`]'.

use leptos::prelude::*;

use super::station::Station;
use crate::api::contact_center::{Command, Desk, WrapUp};
use crate::ui::language::words;
use crate::ui::parts::format;

#[component]
pub fn WrapUpCard(station: Station, wrap_up: WrapUp) -> impl IntoView {
    let words = words();
    let WrapUp { call, not_reached, lost, unconfirmed, .. } = wrap_up.clone();
    let call = StoredValue::new(call);
    // What becomes known of the call while the card is shown.
    let newest = move |of: fn(&WrapUp) -> bool, first: bool| {
        Memo::new(move |last: Option<&bool>| {
            let now = station.desk.with(|desk| desk.wrap_up.as_ref().map(of));
            now.or(last.copied()).unwrap_or(first)
        })
    };
    let lost = newest(|wrap_up| wrap_up.lost, lost);
    let unconfirmed = newest(|wrap_up| wrap_up.unconfirmed, unconfirmed);
    let times = Memo::new(move |last: Option<&(i64, i64)>| {
        let newest = station.desk.with(|desk| desk.wrap_up.as_ref().map(|wrap_up| (wrap_up.since, wrap_up.until)));
        newest.or(last.copied()).unwrap_or((wrap_up.since, wrap_up.until))
    });
    let left = Memo::new(move |_| station.until(times.get().1));
    let more = station.desk.with_untracked(|desk| desk.choices.extension_s.to_string());
    let text = move || {
        let chosen = |desk: &Desk| desk.notes.as_ref().is_some_and(|notes| notes.disposition.is_some());
        let waits = station.desk.with(|desk| desk.choices.required && !chosen(desk));
        if waits { words.console_wrap_up_required } else { words.console_wrap_up_text }
    };
    // The circle's circumference is 100.
    let gone = move || {
        let (since, until) = times.get();
        let part = (until - station.now.get()).max(0) as f64 / (until - since).max(1) as f64;
        format!("{:.1} 100", part.min(1.0) * 100.0)
    };
    view! {
        <article class="card wrap-up">
            <div class="countdown">
                <svg viewBox="0 0 36 36" aria-hidden="true">
                    <circle cx="18" cy="18" r="15.9155" class="track"></circle>
                    <circle cx="18" cy="18" r="15.9155" class="bar" stroke-dasharray=gone transform="rotate(-90 18 18)"></circle>
                </svg>
                <p class="timer" role="timer" aria-label=words.console_wrap_up_left>{move || format::length(left.get())}</p>
            </div>
            <div>
                <h2>{words.console_state_wrap_up}</h2>
                {move || unconfirmed.get().then(|| view! { <p class="problem" role="alert">{words.console_refused_unconfirmed}</p> })}
                {move || lost.get().then(|| view! { <p class="status" role="status">{words.console_untold_text}</p> })}
                {not_reached.then(|| view! { <p class="status">{words.console_result_not_reached}</p> })}
                <p class="hint">{text}</p>
            </div>
            <div class="row">
                <button type="button" on:click=move |_| station.ask(Command::ExtendWrapUp { call: call.get_value() })>{words.console_wrap_up_more(&more)}</button>
                <button
                    type="button"
                    class="primary"
                    aria-keyshortcuts="Control+Enter"
                    on:click=move |_| station.ask_after_notes(Command::FinishWrapUp { call: call.get_value() })
                >
                    {words.console_wrap_up_done}
                    <kbd aria-hidden="true">"Ctrl ⏎"</kbd>
                </button>
            </div>
        </article>
    }
}
