//! Every webhook as it came: searchable, live, to be copied.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::cells;
use super::gate::gate;
use super::link;
use super::page::headed;
use crate::api::events::{EventEntry, EventQuery, Events as Content, events_page};
use crate::domain::party::Party;
use crate::ui::language::{Words, words};
use crate::ui::parts::code::Code;
use crate::ui::parts::empty::Empty;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::pager::Pager;
use crate::ui::parts::time::Time;

const EVENTS: &str = "/admin/events";
const KINDS: [&str; 6] = ["", "answer", "event", "dtmf", "recording", "fallback"];

#[component]
pub fn Events() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let query = EventQuery {
        kind: map.get("kind").unwrap_or_default(),
        text: map.get("text").unwrap_or_default(),
        problems: map.get("problems").is_some_and(|word| word == "1"),
        before: map.get("before").filter(|before| !before.is_empty()),
    };
    let asked = query.clone();
    let page = Resource::new(move || asked.clone(), events_page);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            let here = address(&query);
            gate(page.await, &here, move |page| {
                headed(page, |events| {
                    let content = view! { <Filter query=query.clone()/><List events query/> }.into_any();
                    (head(words), content)
                })
            })
        })
    };
    view! {
        <Title text=words.nav_events/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn head(words: &'static Words) -> AnyView {
    let state = view! {
        <LiveMark of=Of::Webhooks/>
        <button type="button" class="button small quiet" data-pause=words.events_pause data-resume=words.events_resume hidden>
            {words.events_pause}
        </button>
    }
    .into_any();
    view! { <PageHead title=words.nav_events lead=words.events_lead state/> }.into_any()
}

fn address(query: &EventQuery) -> String {
    let problems = if query.problems { "1" } else { "" };
    let before = query.before.as_deref().unwrap_or_default();
    link::to(EVENTS, [("kind", query.kind.as_str()), ("problems", problems), ("text", &query.text), ("before", before)])
}

#[component]
fn Filter(query: EventQuery) -> impl IntoView {
    let words = words();
    let chip = |kind: &'static str| {
        let url = address(&EventQuery { kind: kind.into(), before: None, problems: false, ..query.clone() });
        let current = (kind == query.kind && !query.problems).then_some("true");
        let name = if kind.is_empty() { words.events_all.to_owned() } else { cells::kind(words, kind.to_owned()) };
        view! { <a class="chip" href=url aria-current=current>{name}</a> }
    };
    let problems = address(&EventQuery { problems: true, kind: String::new(), before: None, ..query.clone() });
    view! {
        <div class="filter">
            <nav aria-label=words.events_filter>
                {KINDS.map(chip).into_iter().collect_view()}
                <a class="chip" href=problems aria-current=query.problems.then_some("true")>{words.events_problems}</a>
            </nav>
            <form method="get" action=EVENTS role="search">
                <input type="hidden" name="kind" value=query.kind.clone()/>
                <label for="text" class="unseen">{words.events_search}</label>
                <input id="text" type="search" name="text" value=query.text.clone() placeholder=words.events_search_hint/>
                <button type="submit" aria-label=words.calls_search_submit><Icon mark=Mark::Search/></button>
            </form>
        </div>
    }
}

#[component]
fn List(events: Content, query: EventQuery) -> impl IntoView {
    let filtered = query.problems || !query.kind.is_empty() || !query.text.is_empty();
    let newest = query.before.is_some().then(|| address(&EventQuery { before: None, ..query.clone() }));
    let older = events.older.map(|before| address(&EventQuery { before: Some(before), ..query.clone() }));
    let entries = if events.events.is_empty() {
        view! { <Nothing filtered/> }.into_any()
    } else {
        let calls = grouped(events.events).into_iter().map(|events| view! { <OfCall events/> }).collect_view();
        view! { <div class="event-calls">{calls}</div> }.into_any()
    };
    view! {
        <LivePart name="events">
            {entries}
            <Pager newest older/>
        </LivePart>
    }
}

/// Webhooks of the same call that came one after the other stand together; the newest call first, its events as listed.
fn grouped(events: Vec<EventEntry>) -> Vec<Vec<EventEntry>> {
    let mut calls: Vec<Vec<EventEntry>> = Vec::new();
    for event in events {
        let same = |call: &Vec<EventEntry>| event.call.is_some() && call[0].call == event.call;
        match calls.iter_mut().find(|call| same(call)) {
            Some(call) => call.push(event),
            None => calls.push(vec![event]),
        }
    }
    calls
}

/// The webhooks of a call, or one that belongs to none.
#[component]
fn OfCall(events: Vec<EventEntry>) -> impl IntoView {
    let words = words();
    let Some(first) = events.first() else { return ().into_any() };
    let call = first.call.clone();
    // Not every event names both.
    let who = events.iter().rev().find(|event| event.to != Party::Unknown).unwrap_or(first);
    let title = if (&who.from, &who.to) == (&Party::Unknown, &Party::Unknown) {
        words.events_no_call.to_owned()
    } else {
        words.call_from_to(&cells::party(words, who.from.clone()), &cells::party(words, who.to.clone()))
    };
    let title = match &call {
        Some(call) => view! { <a href=format!("/admin/calls/{}", link::encoded(call))>{title}</a> }.into_any(),
        None => title.into_any(),
    };
    let key = call.unwrap_or_else(|| first.id.clone());
    let count = words.events_count(&events.len().to_string());
    let head = (who.from.clone(), who.to.clone());
    let entries = events.into_iter().map(|event| view! { <Entry event head=head.clone()/> }).collect_view();
    view! {
        <section class="event-call" data-key=key>
            <header class="event-call-head"><h2>{title}</h2><span class="hint">{count}</span></header>
            <ol class="ruled events">{entries}</ol>
        </section>
    }
    .into_any()
}

#[component]
fn Entry(
    event: EventEntry,
    /// Between whom the call is, as the heading says: who else an event names is said beside it.
    head: (Party, Party),
) -> impl IntoView {
    let words = words();
    let EventEntry { id, at, kind, method, signed, summary, decision, problem, raw, ncco, from, to, .. } = event;
    let said = match decision {
        Some(decision) => words.events_led_to(&cells::line(words, Some(decision))),
        None => cells::status(words, summary),
    };
    let who = match (&from, &to) {
        (Party::Unknown, Party::Unknown) => None,
        (from, to) if (from, to) == (&head.0, &head.1) => None,
        (Party::Unknown, to) if *to == head.1 => None,
        (Party::Unknown, _) => Some(cells::party(words, to)),
        _ => Some(words.call_from_to(&cells::party(words, from), &cells::party(words, to))),
    };
    view! {
        <li data-key=id>
            <details>
                <summary>
                    <Time at/>
                    <span class="tag">{cells::kind(words, kind)}</span>
                    <strong>{said}</strong>
                    {who.map(|who| view! { <span class="hint">{who}</span> })}
                    {(!signed).then(|| view! { <span class="badge">{words.events_unsigned}</span> })}
                    {problem.clone().map(|problem| view! { <span class="badge danger">{problem}</span> })}
                </summary>
                <Code label=format!("{} ({})", words.call_raw, method.to_uppercase()) text=raw/>
                {ncco.map(|ncco| view! { <Code label=words.call_ncco.to_owned() text=ncco/> })}
            </details>
        </li>
    }
}

#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    let words = words();
    let (title, text, action, url) = if filtered {
        (words.events_none, words.events_none_text, words.events_none_action, EVENTS)
    } else {
        (words.events_empty, words.events_empty_text, words.calls_empty_action, "/")
    };
    view! { <Empty mark=Mark::Clock title text action=Some((url.to_owned(), action))/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_of_one_call_stand_together() {
        let event = |id: &str, call: Option<&str>| EventEntry {
            id: id.into(),
            at: 0,
            kind: "event".into(),
            method: "post".into(),
            from: Party::Unknown,
            to: Party::Unknown,
            call: call.map(str::to_owned),
            signed: true,
            summary: String::new(),
            decision: None,
            problem: None,
            raw: String::new(),
            ncco: None,
        };
        let listed = vec![
            event("4", Some("b")),
            event("3", None),
            event("2", Some("a")),
            event("1", Some("b")),
            event("0", None),
        ];
        let calls = grouped(listed);
        let ids: Vec<Vec<&str>> =
            calls.iter().map(|call| call.iter().map(|event| event.id.as_str()).collect()).collect();
        assert_eq!(ids, [vec!["4", "1"], vec!["3"], vec!["2"], vec!["0"]]);
    }

    #[test]
    fn an_address_says_what_is_shown() {
        assert_eq!(address(&EventQuery::default()), EVENTS);
        let query = EventQuery { kind: "event".into(), text: "a b".into(), problems: true, before: Some("1".into()) };
        assert_eq!(address(&query), "/admin/events?kind=event&problems=1&text=a%20b&before=1");
    }
}
