//! Earlier calls, messages, who waits and who is there.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::pill::Shape;
use super::station::{Act, Station};
use super::texts;
use crate::api::contact_center::{
    Badges, Command, History, HistoryResult, HistoryRow, HistoryShow, Reply, Teammate, Voicemail, Waiting,
};
use crate::browser::page;
use crate::domain::contact_center::message::Message;
use crate::domain::contact_center::presence::State;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::player::Player;

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
                    && !station.done(Command::Claim { call }).await
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
    // Of a call that goes on it would stand still.
    facts.extend(talk_seconds.filter(|_| result != HistoryResult::Running).map(format::length));
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
            <time datetime=format::datetime(at)>{format::lately(at, page::now_ms())}</time>
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
    // Read again when anything that is listed may have changed.
    let changed =
        Memo::new(move |_| station.desk.with(|desk| (desk.badges, desk.call.is_some(), desk.wrap_up.is_some())));
    let there = station.has_stream();
    Effect::new(move |_| {
        changed.with(|_| ());
        if !there.get() {
            return;
        }
        spawn_local(async move {
            if let Some(Reply::Voicemails(found)) = station.read(Command::Voicemails).await {
                list.set(Some(found));
            }
        });
    });
    let some = Memo::new(move |_| list.with(|list| list.as_ref().map(|list| !list.is_empty())));
    let ids = move || list.with(|list| list.iter().flatten().map(|message| message.id.clone()).collect::<Vec<_>>());
    let row = move |id: String| {
        // One row for each message, whatever becomes of it: it may be playing.
        let found = move |id: &str| list.with(|list| list.iter().flatten().find(|message| message.id == id).cloned());
        let first = found(&id);
        let message = Memo::new(move |_| found(&id));
        first.map(|first| {
            let shown = Signal::derive(move || message.get().unwrap_or_else(|| first.clone()));
            view! { <MessageRow station list message=shown/> }
        })
    };
    let body = move || match some.get() {
        None => view! { <p class="hint" role="status">{words.console_loading}</p> }.into_any(),
        Some(false) => view! {
            <div class="empty">
                <Icon mark=Mark::Voicemail/>
                <p>{words.console_empty_voicemail}</p>
            </div>
        }
        .into_any(),
        Some(true) => view! {
            <ul class="rows"><For each=ids key=|id| id.clone() let(id)>{row(id)}</For></ul>
            <TimesIn/>
        }
        .into_any(),
    };
    view! {
        <section class="pane" data-pane="voicemail" aria-labelledby="voicemail-title">
            <h2 id="voicemail-title">{words.console_voicemail}</h2>
            {body}
        </section>
    }
}

/// A message, and what can be done about it.
#[component]
fn MessageRow(station: Station, list: RwSignal<Option<Vec<Voicemail>>>, message: Signal<Voicemail>) -> impl IntoView {
    let words = words();
    let Voicemail { id, call, at, who, dial, seconds, .. } = message.get_untracked();
    let id = StoredValue::new(id);
    let who = texts::party(words, &who);
    let label = words.console_voicemail_from(&who);
    let sound = Memo::new(move |_| message.with(|message| message.message.can_be_heard()));
    let again = Memo::new(move |_| {
        message.with(|message| matches!(message.message, Message::Waiting { next: Some(_) } | Message::Failed))
    });
    let heard = Memo::new(move |_| message.with(|message| message.heard));
    let unseen = move || !heard.get() && (sound.get() || message.with(|message| message.message == Message::Failed));
    let facts = move || message.with(|message| message_facts(words, message).join(" · "));
    let mark = move || station.ask(Command::VoicemailHeard { id: id.get_value() });
    let played = Callback::new(move |()| {
        if !heard.get_untracked() {
            mark();
        }
    });
    let delete = move |_| {
        spawn_local(async move {
            if station.done(Command::VoicemailDelete { id: id.get_value() }).await {
                list.update(|list| list.iter_mut().for_each(|list| list.retain(|one| one.id != id.get_value())));
            }
        });
    };
    let owed = Memo::new(move |_| message.with(|message| message.owed && message.claimed_by.is_none()));
    let named = label.clone();
    let player = move || {
        let source = format!("/console/voicemails/{}", id.get_value());
        let label = named.clone();
        sound.get().then(|| view! { <div class="wide"><Player source label seconds played/></div> })
    };
    let back = who.clone();
    let call_back = move || {
        let claim = owed.get().then(|| call.clone());
        view! { <CallBack station dial=dial.clone() claim label=back.clone()/> }
    };
    view! {
        <li class="call-row message" data-unseen=move || unseen().to_string()>
            <span class="way"><Icon mark=Mark::Voicemail/></span>
            <div class="who">
                <strong>{who}</strong>
                <span class="text-2">{facts}</span>
            </div>
            <time datetime=format::datetime(at)>{format::lately(at, page::now_ms())}</time>
            {call_back}
            {player}
            <div class="wide doings">
                <Show when=move || again.get()>
                    <button type="button" class="link" on:click=move |_| station.ask(Command::VoicemailRetry { id: id.get_value() })>
                        {words.console_voicemail_retry}
                    </button>
                </Show>
                <Show when=unseen>
                    <button type="button" class="link" on:click=move |_| mark()>{words.console_voicemail_heard}</button>
                </Show>
                <details>
                    <summary class="link" aria-label=format!("{}: {label}", words.console_voicemail_delete)>{words.console_voicemail_delete}</summary>
                    <p>{words.console_voicemail_delete_text}</p>
                    <button type="button" class="small danger" on:click=delete>
                        {words.console_voicemail_delete_submit}
                    </button>
                </details>
            </div>
        </li>
    }
}

/// How long it is, where it is, for whom, and who sees to its caller.
fn message_facts(words: &'static Words, message: &Voicemail) -> Vec<String> {
    let mut facts: Vec<String> =
        message.message.can_be_heard().then(|| format::length(message.seconds)).into_iter().collect();
    facts.extend(match message.message {
        Message::Waiting { next: None } | Message::Kept => None,
        Message::Waiting { next: Some(next) } => {
            Some(words.console_voicemail_later(&format::lately(next, page::now_ms())))
        }
        Message::Failed => Some(words.console_voicemail_failed.to_owned()),
        Message::NotRecorded => Some(words.console_voicemail_not_recorded.to_owned()),
        Message::Empty => Some(words.console_voicemail_empty.to_owned()),
    });
    facts.extend(message.wanted.as_deref().map(|name| words.console_for(name)));
    facts.extend(
        message
            .claimed_by
            .as_deref()
            .map(|name| if message.returned { words.console_returned(name) } else { words.console_claimed(name) }),
    );
    facts
}

/// In which zone the times of a list are.
#[component]
fn TimesIn() -> impl IntoView {
    view! { <p class="hint">{words().times_in(format::zone().name())}</p> }
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
