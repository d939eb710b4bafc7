//! A call that rings here: who, why, how long they waited, and how long it goes on ringing.

use leptos::prelude::*;

use super::station::{Act, Station};
use super::texts;
use crate::api::contact_center::{Customer, Offer};
use crate::domain::contact_center::console_settings::Choices;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

/// The platform tells of an answer within a second, ms. What takes longer is said.
const CONFIRMED_MS: i64 = 2_500;

#[component]
pub fn OfferCard(station: Station, offer: Offer) -> impl IntoView {
    let words = words();
    let Offer { who, kind, since, until, called_at, .. } = offer;
    // Whether the agent has taken it, and since when; the server shows the call when the platform has told it.
    let answering = Memo::new(move |_| station.phone.with(|phone| phone.is_answering() || phone.is_busy()));
    let taken = Memo::new(move |before: Option<&Option<i64>>| {
        answering.get().then(|| before.copied().flatten().unwrap_or_else(|| station.now.get_untracked()))
    });
    let late = Memo::new(move |_| taken.get().is_some_and(|since| station.now.get() - since >= CONFIRMED_MS));
    let waited = Memo::new(move |_| words.console_waited(&format::length(station.ago(called_at))));
    let left = Memo::new(move |_| station.until(until));
    let whole = (until - since).max(1) as f64;
    let width = move || (((until - station.now.get()).max(0) as f64 / whole) * 100.0).min(100.0).to_string();
    view! {
        <article class="card offer">
            <p class="kind"><span class="pulse" aria-hidden="true"></span>{texts::offer(words, &kind)}</p>
            <h2 class="name">{texts::party(words, &who.party)}</h2>
            <p>{texts::line(words, &who)}</p>
            <p class="waited">{move || waited.get()}</p>
            <Facts station who/>
            <svg class="ring" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                <rect width="100" height="4" class="track"></rect>
                <rect width=width height="4" class="bar"></rect>
            </svg>
            <p class="hint">{move || words.console_rings(&left.get().to_string())}</p>
            <p class="late" role="status">{move || late.get().then_some(words.console_unconfirmed)}</p>
            <div class="answer">
                <button
                    type="button"
                    id="accept"
                    class="accept"
                    aria-keyshortcuts="Enter Alt+A"
                    aria-busy=move || answering.get().to_string()
                    on:click=move |_| station.act(Act::Accept)
                >
                    <Icon mark=Mark::Phone/>
                    {move || if answering.get() { words.call_starting } else { words.console_accept }}
                    <kbd aria-hidden="true">"⏎"</kbd>
                </button>
                <button
                    type="button"
                    class="decline"
                    aria-keyshortcuts="Escape Alt+X"
                    on:click=move |_| station.act(Act::Decline)
                >
                    {words.console_decline}
                    <kbd aria-hidden="true">"Esc"</kbd>
                </button>
            </div>
            <p class="hint keys-hint">{words.console_offer_keys}</p>
        </article>
    }
}

/// What we know about a customer before a word is said.
#[component]
pub fn Facts(station: Station, who: Customer) -> impl IntoView {
    let words = words();
    let chips = [
        (Mark::Star, who.is_first.then(|| words.console_comes_first.to_owned())),
        (Mark::Team, who.queue.filter(|queue| who.line_name.as_ref() != Some(queue))),
        (Mark::Globe, who.page.map(|page| words.console_from_page(&page))),
        (Mark::Megaphone, who.campaign),
        (Mark::Sound, who.whisper),
        (Mark::Clock, (who.earlier_calls > 0).then(|| words.console_earlier(&who.earlier_calls.to_string()))),
    ]
    .into_iter()
    .filter_map(|(mark, text)| Some(view! { <span class="fact"><Icon mark/>{text?}</span> }))
    .collect_view();
    let last = who.last_contact.map(|last| {
        let note = last.note.clone();
        view! {
            <div class="last">
                <p>{station.desk.with_untracked(|desk| last_contact(words, &desk.choices, &last))}</p>
                {note.map(|note| view! { <blockquote>{note}</blockquote> })}
            </div>
        }
    });
    view! { <div class="known">{chips}{last}</div> }
}

fn last_contact(words: &'static Words, choices: &Choices, last: &crate::api::contact_center::LastContact) -> String {
    let mut parts = vec![words.console_last_contact(&format::minute(last.at))];
    parts.extend(last.agent.clone());
    parts.extend(last.disposition.map(|disposition| texts::picked(&choices.dispositions, disposition.0)));
    parts.join(" · ")
}
