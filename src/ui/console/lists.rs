//! Earlier calls, messages, who waits and who is there.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::asks;
use super::pill::Shape;
use super::station::{Act, Station, View};
use super::texts;
use crate::api::contact_center::{
    Badges, History, HistoryResult, HistoryRow, HistoryShow, Teammate, Voicemail, Waiting,
};
use crate::browser::page;
use crate::domain::contact_center::message::Message;
use crate::domain::contact_center::presence::State;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

const SHOWS: [HistoryShow; 4] = [HistoryShow::Mine, HistoryShow::All, HistoryShow::Missed, HistoryShow::Callbacks];

fn show_name(words: &'static Words, show: HistoryShow) -> &'static str {
    match show {
        HistoryShow::Mine => words.console_calls_mine,
        HistoryShow::All => words.calls_all,
        HistoryShow::Missed => words.console_calls_missed,
        HistoryShow::Callbacks => words.console_calls_callbacks,
    }
}

fn badge(badges: Badges, show: HistoryShow) -> u32 {
    match show {
        HistoryShow::Missed => badges.missed,
        HistoryShow::Callbacks => badges.callbacks,
        HistoryShow::Mine | HistoryShow::All => 0,
    }
}

/// A count, when there is something to count.
#[component]
pub fn Badge(#[prop(into)] count: Signal<u32>) -> impl IntoView {
    view! {
        <Show when=move || { count.get() > 0 }>
            <span class="badge">{move || count.get()}</span>
        </Show>
    }
}

#[component]
pub fn Calls(station: Station) -> impl IntoView {
    let words = words();
    let show = RwSignal::new(HistoryShow::Mine);
    let history = RwSignal::new(None::<History>);
    let badges = Memo::new(move |_| station.desk.with(|desk| desk.badges));
    // Read again when anything that is listed may have changed.
    let changed = Memo::new(move |_| {
        station.desk.with(|desk| {
            (
                desk.badges,
                desk.call.is_some(),
                desk.wrap_up.is_some(),
                desk.waiting.len(),
                desk.notes.as_ref().and_then(|notes| notes.saved_at),
            )
        })
    });
    let read = move |show: HistoryShow, before: Option<String>| {
        spawn_local(async move {
            let more = before.is_some();
            let Some(mut page) = station.read::<History>(asks::history(show, before.as_deref())).await else { return };
            if more {
                let mut rows = history.get_untracked().unwrap_or_default().rows;
                rows.append(&mut page.rows);
                page.rows = rows;
            }
            history.set(Some(page));
        });
    };
    Effect::new(move |_| {
        changed.with(|_| ());
        read(show.get(), None);
    });
    let chips = SHOWS
        .map(|choice| {
            view! {
                <button
                    type="button"
                    class="chip"
                    aria-pressed=move || (show.get() == choice).to_string()
                    on:click=move |_| show.set(choice)
                >
                    {show_name(words, choice)}
                    <Badge count=Signal::derive(move || badge(badges.get(), choice))/>
                </button>
            }
        })
        .collect_view();
    let unseen = move || show.get() == HistoryShow::Missed && badges.get().missed > 0;
    let body = move || match history.get() {
        None => view! { <p class="hint" role="status">{words.console_loading}</p> }.into_any(),
        Some(history) if history.rows.is_empty() => view! { <Empty station show=show.get()/> }.into_any(),
        Some(History { rows, older }) => {
            let rows = rows.into_iter().map(|row| view! { <Row station row/> }).collect_view();
            let older = older.map(|before| {
                view! {
                    <button type="button" class="small" on:click=move |_| read(show.get_untracked(), Some(before.clone()))>
                        {words.calls_older}
                    </button>
                }
            });
            view! { <ul class="rows">{rows}</ul>{older} }.into_any()
        }
    };
    view! {
        <section class="pane" data-pane="calls" aria-labelledby="calls-title">
            <h2 id="calls-title">{words.calls_title}</h2>
            <div class="chips" role="group" aria-label=words.calls_filter>{chips}</div>
            <Show when=unseen>
                <button type="button" class="small" on:click=move |_| station.ask(asks::missed_seen())>{words.console_missed_seen}</button>
            </Show>
            {body}
        </section>
    }
}

#[component]
fn Empty(station: Station, show: HistoryShow) -> impl IntoView {
    let words = words();
    let (text, action) = match show {
        HistoryShow::Mine => (words.console_empty_mine, Some(words.console_empty_mine_action)),
        HistoryShow::All => (words.console_empty_all, Some(words.console_empty_mine_action)),
        HistoryShow::Missed => (words.console_empty_missed, None),
        HistoryShow::Callbacks => (words.console_empty_callbacks, None),
    };
    let dial = move |_| {
        station.view.set(View::Phone);
        page::focus("number");
    };
    view! {
        <div class="empty">
            <Icon mark=Mark::Phone/>
            <p>{text}</p>
            {action.map(|action| view! { <button type="button" class="small" on:click=dial>{action}</button> })}
        </div>
    }
}

/// Calls back; a missed call is claimed first, so that nobody else does too.
#[component]
fn CallBack(
    station: Station,
    dial: Option<String>,
    #[prop(optional_no_strip)] claim: Option<String>,
    label: String,
) -> impl IntoView {
    let words = words();
    dial.map(|number| {
        let press = move |_| {
            let (number, claim) = (number.clone(), claim.clone());
            spawn_local(async move {
                if let Some(call) = claim
                    && !station.done(asks::claim(&call)).await
                {
                    return;
                }
                station.act(Act::Dial(number));
            });
        };
        view! {
            <button type="button" class="small" aria-label=words.console_call_back_to(&label) on:click=press>
                <Icon mark=Mark::Phone/>
                {words.console_call_back}
            </button>
        }
    })
}

#[component]
fn Row(station: Station, row: HistoryRow) -> impl IntoView {
    let words = words();
    let HistoryRow {
        call,
        at,
        outbound,
        who,
        dial,
        page: visited,
        agent,
        result,
        talk_seconds,
        waited_seconds,
        disposition,
        note,
        claimed_by,
        tries,
        returned,
        unseen,
        lost,
        ..
    } = row;
    let missed = matches!(result, HistoryResult::Abandoned | HistoryResult::Callback | HistoryResult::Voicemail);
    let (mark, way) =
        if outbound { (Mark::Outgoing, words.console_outgoing) } else { (Mark::Incoming, words.console_incoming) };
    let who = texts::party(words, &who);
    let mut facts = vec![texts::result(words, result).to_owned()];
    facts.extend(lost.then(|| words.console_untold.to_owned()));
    facts.extend(talk_seconds.map(format::length));
    facts.extend(
        waited_seconds
            .filter(|_| talk_seconds.is_none() && !outbound)
            .map(|waited| words.console_waited(&format::length(waited))),
    );
    facts.extend(visited.map(|page| words.console_from_page(&page)));
    facts.extend(agent);
    facts.extend(disposition.map(|disposition| texts::disposition(words, disposition).to_owned()));
    facts.extend((tries > 0).then(|| words.console_tries(&tries.to_string())));
    facts.extend(
        claimed_by.as_deref().map(
            |name| {
                if returned { words.console_returned(name) } else { words.console_claimed(name) }
            },
        ),
    );
    let claim = (missed && !returned && claimed_by.is_none()).then_some(call);
    view! {
        <li class="call-row" data-result=result_name(result) data-unseen=unseen.to_string()>
            <span class="way" title=way><Icon mark/><span class="unseen">{way}</span></span>
            <div class="who">
                <strong>{who.clone()}</strong>
                <span class="text-2">{facts.join(" · ")}</span>
                {note.filter(|note| !note.is_empty()).map(|note| view! { <span class="note">{note}</span> })}
            </div>
            <time datetime=format::datetime(at)>{page::local_time(at)}</time>
            <CallBack station dial=dial.filter(|_| result != HistoryResult::Running) claim label=who/>
        </li>
    }
}

fn result_name(result: HistoryResult) -> &'static str {
    match result {
        HistoryResult::Running => "running",
        HistoryResult::Answered => "answered",
        HistoryResult::Abandoned => "abandoned",
        HistoryResult::Voicemail => "voicemail",
        HistoryResult::Callback => "callback",
        HistoryResult::NotReached => "not-reached",
    }
}

#[component]
pub fn Voicemails(station: Station) -> impl IntoView {
    let words = words();
    let list = RwSignal::new(None::<Vec<Voicemail>>);
    let count = Memo::new(move |_| station.desk.with(|desk| (desk.badges.voicemails, desk.badges.unfetched)));
    Effect::new(move |_| {
        count.with(|_| ());
        spawn_local(async move {
            if let Some(found) = station.read(asks::voicemails()).await {
                list.set(Some(found));
            }
        });
    });
    let row = move |message: Voicemail| {
        let Voicemail { id, at, who, dial, wanted, seconds, heard, message, .. } = message;
        let who = texts::party(words, &who);
        let sound = message.can_be_heard();
        let mut facts: Vec<String> = sound.then(|| format::length(seconds)).into_iter().collect();
        facts.extend(match message {
            Message::Waiting { next: None } | Message::Kept => None,
            Message::Waiting { next: Some(next) } => Some(words.console_voicemail_later(&page::local_time(next))),
            Message::Failed => Some(words.console_voicemail_failed.to_owned()),
            Message::NotRecorded => Some(words.console_voicemail_not_recorded.to_owned()),
            Message::Empty => Some(words.console_voicemail_empty.to_owned()),
        });
        facts.extend(wanted.map(|name| words.console_for(&name)));
        let label = words.console_voicemail_from(&who);
        let source = format!("/console/voicemails/{id}");
        let again = matches!(message, Message::Waiting { next: Some(_) } | Message::Failed).then(|| {
            let id = id.clone();
            let retry = move |_| station.ask(asks::voicemail_retry(&id));
            view! { <button type="button" class="link" on:click=retry>{words.console_voicemail_retry}</button> }
        });
        let played = move |_| {
            if !heard {
                station.ask(asks::voicemail_heard(&id));
            }
        };
        let player = sound.then(|| {
            view! { <audio controls preload="none" src=source aria-label=label on:play=played></audio> }
        });
        let unseen = !heard && (sound || message == Message::Failed);
        view! {
            <li class="call-row" data-unseen=unseen.to_string()>
                <span class="way"><Icon mark=Mark::Voicemail/></span>
                <div class="who">
                    <strong>{who.clone()}</strong>
                    <span class="text-2">{facts.join(" · ")}</span>
                    {again}
                </div>
                <time datetime=format::datetime(at)>{page::local_time(at)}</time>
                <CallBack station dial label=who claim=None/>
                {player}
            </li>
        }
    };
    let body = move || match list.get() {
        None => view! { <p class="hint" role="status">{words.console_loading}</p> }.into_any(),
        Some(list) if list.is_empty() => view! {
            <div class="empty">
                <Icon mark=Mark::Voicemail/>
                <p>{words.console_empty_voicemail}</p>
            </div>
        }
        .into_any(),
        Some(list) => view! { <ul class="rows">{list.into_iter().map(row).collect_view()}</ul> }.into_any(),
    };
    view! {
        <section class="pane" data-pane="voicemail" aria-labelledby="voicemail-title">
            <h2 id="voicemail-title">{words.console_voicemail}</h2>
            {body}
        </section>
    }
}

/// Who waits, and who is there.
#[component]
pub fn Floor(station: Station) -> impl IntoView {
    let words = words();
    let waiting = Memo::new(move |_| station.desk.with(|desk| desk.waiting.clone()));
    let team = Memo::new(move |_| station.desk.with(|desk| desk.team.clone()));
    let waits = move |caller: Waiting| {
        let Waiting { who, wanted, since, position, ringing_at, .. } = caller;
        let mut facts: Vec<String> = wanted.map(|name| words.console_for(&name)).into_iter().collect();
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
                <span class="who">{name}<span class="text-2">{texts::state(words, state)}</span></span>
                {(state != State::Offline).then(|| view! { <span class="clock">{move || format::length(station.ago(since))}</span> })}
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
