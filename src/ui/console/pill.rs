//! The agent's state, always in sight: a shape, a word and a clock, and what they may change it to.

use leptos::prelude::*;

use super::station::Station;
use super::texts;
use crate::api::contact_center::Command;
use crate::domain::contact_center::presence::{AwayReason, State, Wish};
use crate::ui::language::words;
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

#[component]
pub fn Pill(station: Station) -> impl IntoView {
    let words = words();
    let me = Memo::new(move |_| station.desk.with(|desk| (desk.me.state, desk.me.since, desk.me.pending)));
    let shown = Memo::new(move |_| station.shown());
    let ends = Memo::new(move |_| station.desk.with(|desk| desk.wrap_up.as_ref().map(|wrap_up| wrap_up.until)));
    // In wrap-up what counts is what is left of it.
    let clock = Memo::new(move |_| match ends.get() {
        Some(until) => format::length(station.until(until)),
        None => {
            let (state, since, _) = me.get();
            // The clock of the call, as its card has it: whoever joins does not start it again.
            let call = station.call().filter(|_| state == State::Talking);
            let since = call.map_or(since, |call| call.answered_at.unwrap_or(call.started_at));
            station.desk.with_untracked(|desk| texts::lasting(words, &desk.choices, state, station.ago(since)))
        }
    });
    let choice = move |wish: Wish| {
        // Who cannot take calls has chosen to be ready all the same.
        let current = move || {
            let chosen = if let State::Unable(_) = me.get().0 { State::Ready } else { me.get().0 };
            (chosen == wish.state()).then_some("true")
        };
        view! {
            <button
                type="button"
                class="choice"
                popovertarget="states"
                popovertargetaction="hide"
                aria-current=current
                on:click=move |_| station.ask_after_notes(Command::Presence { wish })
            >
                <Shape state=Signal::derive(move || wish.state())/>
                {station.desk.with_untracked(|desk| texts::wish(words, &desk.choices, wish))}
            </button>
        }
    };
    // The operator may change the list at any time.
    let choices = move || {
        let mut wishes = vec![Wish::Ready];
        station.desk.with(|desk| {
            let offered = desk.choices.away.iter().filter(|pick| !pick.archived);
            wishes.extend(offered.map(|pick| Wish::Away(AwayReason(pick.word))));
        });
        wishes.push(Wish::Offline);
        wishes.into_iter().map(choice).collect_view()
    };
    let pending = move || {
        me.get().2.map(|wish| {
            view! {
                <span class="pending">
                    <Icon mark=Mark::Clock/>
                    {words.console_pending(&station.desk.with_untracked(|desk| texts::wish(words, &desk.choices, wish)))}
                    <button
                        type="button"
                        aria-label=words.console_pending_cancel
                        on:click=move |_| station.ask(Command::CancelPending)
                    >
                        <Icon mark=Mark::Close/>
                    </button>
                </span>
            }
        })
    };
    view! {
        <div class="presence">
            {pending}
            <button
                type="button"
                class="pill"
                popovertarget="states"
                data-state=move || shown.get().state().name()
                title=words.console_state_change
            >
                <span class="unseen">{words.console_state_label}</span>
                <Shape state=Signal::derive(move || shown.get().state())/>
                <span class="word">{move || station.desk.with(|desk| texts::shown(words, &desk.choices, shown.get()))}</span>
                <span class="clock" role="timer">{move || clock.get()}</span>
                <span class="caret" aria-hidden="true"></span>
                // Shown by the style sheet beside the line that says that the program has stopped.
                <span class="halted">{words.console_state_halted}</span>
            </button>
            <div id="states" class="menu" popover="auto">{choices}</div>
        </div>
    }
}

/// The drawing beside a state's word.
#[component]
pub fn Shape(state: Signal<State>) -> impl IntoView {
    view! {
        <svg class="shape" viewBox="0 0 24 24" aria-hidden="true" data-state=move || state.get().name()>
            <path fill-rule="evenodd" d=move || texts::shape(state.get())></path>
        </svg>
    }
}
