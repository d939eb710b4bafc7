//! Who waits, and who is there.

use leptos::prelude::*;

use super::parts::Badge;
use crate::api::contact_center::{State, Teammate, Waiting};
use crate::ui::console::pill::Shape;
use crate::ui::console::station::Station;
use crate::ui::console::texts;
use crate::ui::language::words;
use crate::ui::parts::format;

#[component]
pub fn Floor(station: Station) -> impl IntoView {
    let words = words();
    let waiting = Memo::new(move |_| station.desk.with(|desk| desk.waiting.clone()));
    let team = Memo::new(move |_| station.desk.with(|desk| desk.team.clone()));
    let waits = move |caller: Waiting| {
        let Waiting { who, queue, is_first, wanted, since, position, ringing_at, .. } = caller;
        let mut facts: Vec<String> = is_first.then(|| words.console_comes_first.to_owned()).into_iter().collect();
        facts.extend(queue);
        facts.extend(wanted.map(|name| words.console_for(&name)));
        facts.extend(ringing_at.map(|name| words.console_ringing_at(&name)));
        view! {
            <li>
                <span class="position">{position}</span>
                <span class="who">{texts::party(words, &who)}<span class="text-2">{facts.join(" · ")}</span></span>
                <span class="clock">{move || format::length(station.ago(since))}</span>
            </li>
        }
    };
    let mate = move |mate: Teammate| {
        let Teammate { name, state, since, .. } = mate;
        view! {
            <li data-state=state.name()>
                <Shape state=Signal::derive(move || state)/>
                <span class="who">{name}<span class="text-2">{station.desk.with_untracked(|desk| texts::standing(words, &desk.choices, state))}</span></span>
                {(state != State::Offline).then(|| view! { <span class="clock">{move || station.desk.with_untracked(|desk| texts::lasting(words, &desk.choices, state, station.ago(since)))}</span> })}
            </li>
        }
    };
    view! {
        <section class="card" aria-labelledby="waiting-title">
            <h2 id="waiting-title">{words.console_waiting}<Badge count=Signal::derive(move || waiting.with(|waiting| waiting.len() as u32))/></h2>
            <Show when=move || waiting.with(|waiting| !waiting.is_empty()) fallback=move || view! { <p class="hint">{words.console_waiting_none}</p> }>
                <ul class="floor">
                    <For
                        each=move || waiting.get()
                        key=|caller| (caller.call.clone(), caller.position, caller.ringing_at.clone())
                        let(caller)
                    >
                        {waits(caller)}
                    </For>
                </ul>
            </Show>
        </section>
        <section class="card" aria-labelledby="team-title">
            <h2 id="team-title">{words.console_team}</h2>
            <Show when=move || team.with(|team| !team.is_empty()) fallback=move || view! { <p class="hint">{words.console_team_none}</p> }>
                <ul class="floor">
                    <For each=move || team.get() key=|mate| (mate.name.clone(), mate.state, mate.since) let(who)>{mate(who)}</For>
                </ul>
            </Show>
        </section>
    }
}
