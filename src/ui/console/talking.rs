//! A call: who is in it, how it sounds, and what can be done with it. Every control shows what the server confirmed.

use leptos::prelude::*;

use super::asks;
use super::offer::Facts;
use super::pick::{Pick, Purpose};
use super::station::{Act, Drawer, Station};
use super::texts;
use crate::api::contact_center::{ActiveCall, Consult, ConsultStage, Control, PartyLine, Role, Stage, Target};
use crate::ui::language::words;
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;
use crate::ui::parts::level::Level;

#[component]
pub fn Talking(station: Station, call: ActiveCall) -> impl IntoView {
    let words = words();
    let ActiveCall { id, who, .. } = call.clone();
    // The newest there is; the last one while the panel is going.
    let call = Memo::new(move |last: Option<&ActiveCall>| {
        let newest = station.desk.with(|desk| desk.call.clone());
        newest.or_else(|| last.cloned()).unwrap_or_else(|| call.clone())
    });
    let silent = Memo::new(move |_| station.leads.get() && !station.phone.with(|phone| phone.has_audio()));
    let clock = Memo::new(move |_| {
        let since = call.with(|call| call.answered_at.unwrap_or(call.started_at));
        format::length(station.ago(since))
    });
    let status = move || {
        call.with(|call| match (call.stage, call.held_since) {
            (Stage::Connecting, _) => words.state_connecting.to_owned(),
            (Stage::Ringing, _) => words.state_ringing.to_owned(),
            (Stage::Talking, Some(since)) => words.console_held(&format::length(station.ago(since))),
            (Stage::Talking, None) if call.muted => words.state_muted.to_owned(),
            (Stage::Talking, None) => words.console_talking.to_owned(),
        })
    };
    let consult = Memo::new(move |_| call.with(|call| call.consult.clone()));
    let several = Memo::new(move |_| call.with(|call| call.parties.len() > 2 || call.consult.is_some()));
    let problem = Memo::new(move |_| call.with(|call| call.problem.clone()));
    let drawer = {
        let id = StoredValue::new(id.clone());
        move || {
            match station.drawer.get() {
            Drawer::None => ().into_any(),
            Drawer::Keypad => {
                view! { <Keypad keys=station.keys pressed=station.pressed press=Callback::new(move |key| station.press(key))/> }
                    .into_any()
            }
            Drawer::Transfer => view! { <Pick station call=id.get_value() purpose=Purpose::Transfer/> }.into_any(),
            Drawer::Add => view! { <Pick station call=id.get_value() purpose=Purpose::Add/> }.into_any(),
        }
        }
    };
    view! {
        <article class="card talking" data-stage=move || stage_name(call.get().stage) data-held=move || call.get().held_since.is_some().to_string()>
            <header>
                <div>
                    <h2 class="name">{texts::party(words, &who.party)}</h2>
                    <p class="text-2">{texts::line(words, &who)}</p>
                </div>
                <p class="timer" role="timer" aria-label=words.call_length>{move || clock.get()}</p>
            </header>
            <p class="status">{status}</p>
            <Facts who/>
            <Show when=move || silent.get()>
                <p class="problem" role="status">{words.console_no_audio}</p>
            </Show>
            <Show when=move || station.deaf.get()>
                <p class="problem" role="status">{words.console_deaf}</p>
            </Show>
            {move || problem.get().map(|problem| view! { <p class="problem" role="alert">{texts::refusal(words, &problem)}</p> })}
            <Sound station muted=Signal::derive(move || call.with(|call| call.muted))/>
            <Show when=move || several.get()>
                <Parties station call/>
            </Show>
            {move || consult.get().map(|consult| view! { <ConsultControls station consult id=call.with_untracked(|call| call.id.clone())/> })}
            // Always in sight, and where they are: what is opened opens below.
            <div class="actions">
                <Controls station call/>
                <button
                    type="button"
                    class="hang-up"
                    aria-keyshortcuts="Alt+X"
                    aria-busy=move || (call.get().under_way == Some(Control::HangUp)).to_string()
                    on:click=move |_| station.act(Act::HangUp)
                >
                    <Icon mark=Mark::Phone/>
                    {words.call_hang_up}
                </button>
            </div>
            <div class="drawer" id="drawer">{drawer}</div>
        </article>
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Connecting => "connecting",
        Stage::Ringing => "ringing",
        Stage::Talking => "talking",
    }
}

/// Quality and levels; in the tab that has the audio.
#[component]
fn Sound(station: Station, muted: Signal<bool>) -> impl IntoView {
    let words = words();
    let mine = move || if muted.get() { 0 } else { station.levels.get().mine };
    view! {
        <Show when=move || station.leads.get()>
            <div class="sound">
                <p class="quality" data-quality=move || station.quality.get().name()>
                    <Icon mark=Mark::Signal/>
                    {move || crate::ui::support::texts::quality(words, station.quality.get())}
                </p>
                <div class="levels" aria-hidden="true">
                    <Level name=words.call_you level=Signal::derive(mine)/>
                    <Level name=words.console_them level=Signal::derive(move || station.levels.get().theirs)/>
                </div>
            </div>
        </Show>
    }
}

#[component]
fn Controls(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let muted = Memo::new(move |_| call.with(|call| call.muted));
    let held = Memo::new(move |_| call.with(|call| call.held_since.is_some()));
    let under_way = Memo::new(move |_| call.with(|call| call.under_way));
    let guest = Memo::new(move |_| call.with(ActiveCall::is_guest));
    let id = move || call.with_untracked(|call| call.id.clone());
    let busy =
        move |controls: [Control; 2]| under_way.get().is_some_and(|control| controls.contains(&control)).to_string();
    let drawer = move |drawer: Drawer, mark: Mark, label: &'static str, keys: &'static str| {
        view! {
            <button
                type="button"
                class="tool"
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
                on:click=move |_| station.ask(asks::mute(&id(), !muted.get_untracked()))
            >
                <Icon mark=Mark::Microphone/>
                {move || if muted.get() { words.call_unmute } else { words.call_mute }}
            </button>
            <Show when=move || !guest.get()>
                <button
                    type="button"
                    class="tool"
                    aria-pressed=move || held.get().to_string()
                    aria-busy=move || busy([Control::Hold, Control::Resume])
                    aria-keyshortcuts="Alt+H"
                    title="Alt+H"
                    on:click=move |_| station.ask(asks::hold(&id(), !held.get_untracked()))
                >
                    <Icon mark=Mark::Pause/>
                    {move || if held.get() { words.console_resume } else { words.console_hold }}
                </button>
            </Show>
            {drawer(Drawer::Keypad, Mark::Keypad, words.call_keypad, "Alt+K")}
            <Show when=move || !guest.get()>
                {drawer(Drawer::Transfer, Mark::Transfer, words.console_transfer, "Alt+T")}
                {drawer(Drawer::Add, Mark::Add, words.console_add, "Alt+P")}
            </Show>
            <button
                type="button"
                class="tool"
                aria-keyshortcuts="Alt+N"
                title="Alt+N"
                on:click=move |_| crate::browser::page::focus("notes")
            >
                <Icon mark=Mark::Note/>
                {words.console_notes}
            </button>
        </div>
    }
}

/// Everybody in the call, and what they hear.
#[component]
fn Parties(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let key = |party: &PartyLine| (party.leg.clone(), stage_name(party.stage), party.held, party.muted);
    let row = move |party: PartyLine| {
        let PartyLine { leg, role, party, stage, since, held, .. } = party;
        let name = if role == Role::Me { words.call_you.to_owned() } else { texts::party(words, &party) };
        let kind = match role {
            Role::Me => "",
            Role::Customer => words.console_role_customer,
            Role::Colleague => words.console_role_colleague,
            Role::Third => words.console_role_third,
        };
        let state = move || match (held, stage) {
            (true, _) => words.console_held(&format::length(station.ago(since))),
            (false, Stage::Talking) => words.console_talking.to_owned(),
            (false, Stage::Ringing) => words.state_ringing.to_owned(),
            (false, Stage::Connecting) => words.state_connecting.to_owned(),
        };
        let may_remove = matches!(role, Role::Colleague | Role::Third) && !call.with_untracked(ActiveCall::is_guest);
        let remove = may_remove.then(|| {
            let label = words.console_remove(&name);
            view! {
                <button
                    type="button"
                    class="small"
                    aria-label=label
                    on:click=move |_| station.ask(asks::remove(&call.with_untracked(|call| call.id.clone()), &leg))
                >
                    <Icon mark=Mark::Close/>
                </button>
            }
        });
        view! {
            <li class="party" data-held=held.to_string()>
                <div>
                    <strong>{name}</strong>
                    <span class="text-2">{kind}</span>
                </div>
                <span>{state}</span>
                {remove}
            </li>
        }
    };
    view! {
        <ul class="parties" aria-label=words.console_parties>
            <For each=move || call.with(|call| call.parties.clone()) key let(party)>{row(party)}</For>
        </ul>
    }
}

/// A warm transfer under way. The way back to the caller is always there.
#[component]
fn ConsultControls(station: Station, consult: Consult, id: String) -> impl IntoView {
    let words = words();
    let Consult { target, stage, asked, .. } = consult;
    let name = match target {
        Target::Agent(name) | Target::Number(name) => name,
    };
    if asked {
        return view! { <p class="notice">{words.console_consult_asked(&name)}</p> }.into_any();
    }
    let text = match stage {
        ConsultStage::Ringing => words.console_consult_ringing(&name),
        ConsultStage::Talking => words.console_consult_talking(&name),
        ConsultStage::Joined => words.console_consult_joined(&name),
    };
    let id = StoredValue::new(id);
    let talking = stage == ConsultStage::Talking;
    view! {
        <div class="consult">
            <p>{text}</p>
            <div class="row">
                <button type="button" on:click=move |_| station.ask(asks::back(&id.get_value()))>{words.console_back}</button>
                {talking
                    .then(|| {
                        view! {
                            <button type="button" on:click=move |_| station.ask(asks::join(&id.get_value()))>{words.console_join}</button>
                        }
                    })}
                {(stage != ConsultStage::Ringing)
                    .then(|| {
                        view! {
                            <button type="button" class="primary" on:click=move |_| station.ask(asks::complete(&id.get_value()))>
                                {words.console_complete}
                            </button>
                        }
                    })}
            </div>
        </div>
    }
        .into_any()
}
