//! Messages that callers left.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::parts::{CallBack, TimesIn};
use crate::api::contact_center::{Command, Reply, Voicemail};
use crate::browser::page;
use crate::domain::contact_center::message::Message;
use crate::ui::console::station::Station;
use crate::ui::console::texts;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::player::{Cancel, Player};
use crate::ui::parts::skeleton::Skeleton;

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
        // One row for each message, also when it changes: it may be playing.
        let found = move |id: &str| list.with(|list| list.iter().flatten().find(|message| message.id == id).cloned());
        let first = found(&id);
        let message = Memo::new(move |_| found(&id));
        first.map(|first| {
            let shown = Signal::derive(move || message.get().unwrap_or_else(|| first.clone()));
            view! { <MessageRow station list message=shown/> }
        })
    };
    let body = move || match some.get() {
        None => view! { <Skeleton/> }.into_any(),
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
        view! { <CallBack station call=call.clone() dial=dial.clone() claim label=back.clone()/> }
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
                <Show when=move || heard.get()>
                    <span class="heard"><Icon mark=Mark::Done/>{words.console_voicemail_was_heard}</span>
                </Show>
                <Show when=unseen>
                    <button type="button" class="link" on:click=move |_| mark()>{words.console_voicemail_heard}</button>
                </Show>
                <details>
                    <summary class="link" aria-label=format!("{}: {label}", words.console_voicemail_delete)>{words.console_voicemail_delete}</summary>
                    <p>{words.console_voicemail_delete_text}</p>
                    <div class="row">
                        <button type="button" class="small danger" on:click=delete>
                            {words.console_voicemail_delete_submit}
                        </button>
                        <Cancel/>
                    </div>
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
