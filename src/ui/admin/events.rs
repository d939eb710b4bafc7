//! Every webhook as it came: searchable, live, to be copied.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::cells::{self, Time, TimesIn};
use super::gate::gate;
use super::link;
use super::page::framed;
use crate::api::events::{EventEntry, EventQuery, Events as Content, events_page};
use crate::domain::party::Party;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;

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
                framed(page, words.nav_events, words.events_lead, |events| {
                    view! {
                        <Filter query=query.clone()/>
                        <List events query/>
                    }
                    .into_any()
                })
            })
        })
    };
    view! {
        <Title text=words.nav_events/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
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
    let words = words();
    let filtered = query.problems || !query.kind.is_empty() || !query.text.is_empty();
    let newest = query.before.is_some().then(|| address(&EventQuery { before: None, ..query.clone() }));
    let older = events.older.map(|before| address(&EventQuery { before: Some(before), ..query.clone() }));
    let entries = if events.events.is_empty() {
        view! { <Empty filtered/> }.into_any()
    } else {
        let entries = events.events.into_iter().map(|event| view! { <Entry event/> }).collect_view();
        view! { <ol class="events">{entries}</ol> }.into_any()
    };
    view! {
        <LiveMark of=Of::Webhooks/>
        <LivePart name="events">
            {entries}
            <nav class="pages" aria-label=words.events_older>
                {newest.map(|url| view! { <a href=url>{words.events_newest}</a> })}
                {older.map(|url| view! { <a href=url>{words.events_older}</a> })}
                <TimesIn/>
            </nav>
        </LivePart>
    }
}

#[component]
fn Entry(event: EventEntry) -> impl IntoView {
    let words = words();
    let EventEntry { id, at, kind, method, signed, word, decision, problem, raw, ncco, from, to } = event;
    let word = match (word, decision) {
        (Some(word), _) => cells::status(words, word),
        (None, Some(decision)) => cells::line(words, Some(decision)),
        (None, None) => String::new(),
    };
    let who = ((&from, &to) != (&Party::Unknown, &Party::Unknown))
        .then(|| format!("{} → {}", cells::party(words, from), cells::party(words, to)));
    view! {
        <li data-key=id>
            <details>
                <summary>
                    <Time at/>
                    <span class="tag">{cells::kind(words, kind)}</span>
                    <strong>{word}</strong>
                    {who.map(|who| view! { <span>{who}</span> })}
                    {(!signed).then(|| view! { <span class="badge">{words.events_unsigned}</span> })}
                    {problem.clone().map(|problem| view! { <span class="badge danger">{problem}</span> })}
                </summary>
                <Body label=format!("{} ({})", words.call_raw, method.to_uppercase()) text=raw/>
                {ncco.map(|ncco| view! { <Body label=words.call_ncco.to_owned() text=ncco/> })}
            </details>
        </li>
    }
}

#[component]
fn Body(label: String, text: String) -> impl IntoView {
    let words = words();
    view! {
        <figure class="code">
            <figcaption>
                {label}
                <button type="button" class="copy" data-copy=text.clone() data-copied=words.admin_copied>
                    <Icon mark=Mark::Copy/><span>{words.admin_copy}</span>
                </button>
            </figcaption>
            <pre tabindex="0">{text}</pre>
        </figure>
    }
}

#[component]
fn Empty(filtered: bool) -> impl IntoView {
    let words = words();
    let (title, text, action, url) = if filtered {
        (words.events_none, words.events_none_text, words.events_none_action, EVENTS)
    } else {
        (words.events_empty, words.events_empty_text, words.calls_empty_action, "/")
    };
    view! {
        <div class="empty">
            <Icon mark=Mark::Clock/>
            <h2>{title}</h2>
            <p>{text}</p>
            <a class="button" href=url>{action}</a>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_shown() {
        assert_eq!(address(&EventQuery::default()), EVENTS);
        let query = EventQuery { kind: "event".into(), text: "a b".into(), problems: true, before: Some("1".into()) };
        assert_eq!(address(&query), "/admin/events?kind=event&problems=1&text=a%20b&before=1");
    }
}
