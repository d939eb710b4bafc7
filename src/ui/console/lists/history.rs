//! Earlier calls.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::parts::{Badge, CallBack, TimesIn};
use crate::api::contact_center::{Badges, Command, History, HistoryResult, HistoryRow, HistoryShow, Reply};
use crate::browser::page;
use crate::ui::console::station::Station;
use crate::ui::console::texts;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::skeleton::Skeleton;

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
                // In mid-call it may become ours.
                desk.call.as_ref().map(|call| (call.id.clone(), call.situation.guest)),
                desk.wrap_up.is_some(),
                desk.waiting.len(),
                desk.notes.as_ref().and_then(|notes| notes.saved_at),
            )
        })
    });
    let read = move |show: HistoryShow, before: Option<String>| {
        spawn_local(async move {
            let more = before.is_some();
            let Some(Reply::History(mut page)) = station.read(Command::History { show, before }).await else { return };
            if more {
                let mut rows = history.get_untracked().unwrap_or_default().rows;
                rows.append(&mut page.rows);
                page.rows = rows;
            }
            history.set(Some(page));
        });
    };
    // What could not be read is read when the server is back.
    let there = station.has_stream();
    Effect::new(move |_| {
        changed.with(|_| ());
        let show = show.get();
        if there.get() {
            read(show, None);
        }
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
        None => view! { <Skeleton/> }.into_any(),
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
            view! { <ul class="rows">{rows}</ul>{older}<TimesIn/> }.into_any()
        }
    };
    view! {
        <section class="pane" data-pane="calls" aria-labelledby="calls-title">
            <h2 id="calls-title">{words.calls_title}</h2>
            <div class="chips" role="group" aria-label=words.calls_filter>{chips}</div>
            <Show when=unseen>
                <button type="button" class="small" on:click=move |_| station.ask(Command::MissedSeen)>{words.console_missed_seen}</button>
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
        station.show_phone();
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
    // Of a call that goes on it would stand still.
    facts.extend(talk_seconds.filter(|_| result != HistoryResult::Running).map(format::length));
    facts.extend(
        waited_seconds
            .filter(|_| talk_seconds.is_none() && !outbound)
            .map(|waited| words.console_waited(&format::length(waited))),
    );
    facts.extend(visited.map(|page| words.console_from_page(&page)));
    facts.extend(agent);
    let called = |word| station.desk.with_untracked(|desk| texts::picked(&desk.choices.dispositions, word));
    facts.extend(disposition.map(|disposition| called(disposition.0)));
    facts.extend((tries > 0).then(|| words.console_tries(&tries.to_string())));
    facts.extend(
        claimed_by.as_deref().map(
            |name| {
                if returned { words.console_returned(name) } else { words.console_claimed(name) }
            },
        ),
    );
    // A call that left a message is marked as new in the list of messages, and counted there.
    let unseen = unseen && result != HistoryResult::Voicemail;
    let claim = (missed && !returned && claimed_by.is_none()).then(|| call.clone());
    view! {
        <li class="call-row" data-result=result_name(result) data-unseen=unseen.to_string()>
            <span class="way" title=way><Icon mark/><span class="unseen">{way}</span></span>
            <div class="who">
                <strong>{who.clone()}</strong>
                <span class="text-2">{facts.join(" · ")}</span>
                {note.filter(|note| !note.is_empty()).map(|note| view! { <span class="note">{note}</span> })}
            </div>
            <time datetime=format::datetime(at)>{format::lately(at, page::now_ms())}</time>
            <CallBack station call dial=dial.filter(|_| result != HistoryResult::Running) claim label=who/>
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
        HistoryResult::Served => "served",
        HistoryResult::NotReached => "not-reached",
    }
}
