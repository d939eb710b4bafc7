//! The call log: filter, search, older pages, all in the page's address and all without JavaScript; with it, what happens
//! shows at once.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use leptos_router::params::ParamsMap;

use super::cells::{State, line, or_dash, party, talked};
use super::flash::FlashNotice;
use super::gate::gate;
use super::link::{self, encoded};
use crate::api::admin::Page;
use crate::api::calls::{CallList, CallQuery, CallSummary, Show as Shown, calls};
use crate::ui::language::{Words, words};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::pager::Pager;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::Time;

#[component]
pub fn Calls() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let query = read(&map);
    let asked = query.clone();
    let list = Resource::new(move || asked.clone(), calls);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            let here = address(&query);
            gate(list.await, &here, move |page| view! { <Log page query/> }.into_any())
        })
    };
    view! {
        <Title text=words.calls_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn read(map: &ParamsMap) -> CallQuery {
    CallQuery {
        show: Shown::parse(&map.get("show").unwrap_or_default()),
        text: map.get("text").unwrap_or_default(),
        before: map.get("before").filter(|before| !before.is_empty()),
    }
}

/// The address of a page of the log.
fn address(query: &CallQuery) -> String {
    let show = if query.show == Shown::All { "" } else { query.show.name() };
    let before = query.before.as_deref().unwrap_or_default();
    link::to("/admin/calls", [("show", show), ("text", &query.text), ("before", before)])
}

#[component]
fn Log(page: Page<CallList>, query: CallQuery) -> impl IntoView {
    let words = words();
    let Page { viewer, flash, content: list } = page;
    view! {
        <Frame viewer>
            <PageHead title=words.calls_title lead=words.calls_lead state=view! { <LiveMark of=Of::Calls/> }.into_any()/>
            <FlashNotice flash/>
            <Filter query=query.clone()/>
            <List list query/>
        </Frame>
    }
}

#[component]
fn List(list: CallList, query: CallQuery) -> impl IntoView {
    let filtered = query.show != Shown::All || !query.text.is_empty();
    let newest = query.before.is_some().then(|| address(&CallQuery { before: None, ..query.clone() }));
    let older = list.older.map(|before| address(&CallQuery { before: Some(before), ..query.clone() }));
    let rows = if list.calls.is_empty() {
        view! { <Nothing filtered/> }.into_any()
    } else {
        view! { <Rows rows=list.calls/> }.into_any()
    };
    view! {
        <LivePart name="calls">
            {rows}
            <Pager newest older/>
        </LivePart>
    }
}

#[component]
fn Filter(query: CallQuery) -> impl IntoView {
    let words = words();
    let chips = Shown::EVERY.map(|show| {
        let url = address(&CallQuery { show, text: query.text.clone(), before: None });
        let current = (show == query.show).then_some("true");
        view! { <a class="chip" href=url aria-current=current>{chip(words, show)}</a> }
    });
    view! {
        <div class="filter">
            <nav aria-label=words.calls_filter>{chips.collect_view()}</nav>
            <form method="get" action="/admin/calls" role="search">
                <input type="hidden" name="show" value=query.show.name()/>
                <label for="text" class="unseen">{words.calls_search}</label>
                <input id="text" type="search" name="text" value=query.text placeholder=words.calls_search_hint/>
                <button type="submit" aria-label=words.calls_search_submit><Icon mark=Mark::Search/></button>
            </form>
        </div>
    }
}

fn chip(words: &'static Words, show: Shown) -> &'static str {
    match show {
        Shown::All => words.calls_all,
        Shown::Running => words.calls_running,
        Shown::Answered => words.calls_answered,
        Shown::Missed => words.calls_missed,
        Shown::Failed => words.calls_failed,
    }
}

#[component]
fn Rows(rows: Vec<CallSummary>) -> impl IntoView {
    let words = words();
    let columns = vec![
        Column::text(words.calls_time),
        Column::text(words.calls_caller),
        Column::text(words.calls_called),
        Column::text(words.calls_line),
        Column::text(words.calls_state),
        Column::number(words.calls_length),
        Column::number(words.calls_price),
    ];
    let rows = rows.into_iter().map(|call| view! { <Row call/> }).collect_view();
    view! { <Table label=words.calls_title columns brief=true>{rows}</Table> }
}

#[component]
fn Row(call: CallSummary) -> impl IntoView {
    let words = words();
    let label = words.calls_open(&format::time(call.at));
    view! {
        <tr data-key=call.id.clone()>
            <td><a href=format!("/admin/calls/{}", encoded(&call.id)) aria-label=label><Time at=call.at/></a></td>
            <td data-label=words.calls_caller class="main">{party(words, call.caller)}</td>
            <td data-label=words.calls_called class="main">{party(words, call.called)}</td>
            <td data-label=words.calls_line>{line(words, call.line)}</td>
            <td data-label=words.calls_state class="end"><State phase=call.phase/></td>
            <td data-label=words.calls_length class="number">{talked(call.phase, call.talk_seconds)}</td>
            <td data-label=words.calls_price class="number">{or_dash(call.price.filter(|price| price.0 > 0).map(format::price_in_list))}</td>
        </tr>
    }
}

#[component]
fn Nothing(filtered: bool) -> impl IntoView {
    let words = words();
    let (title, text, action, url) = if filtered {
        (words.calls_none, words.calls_none_text, words.calls_none_action, "/admin/calls")
    } else {
        (words.calls_empty, words.calls_empty_text, words.calls_empty_action, "/")
    };
    view! { <Empty mark=Mark::Phone title text action=Some((url.to_owned(), action))/> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_was_written() {
        let query = CallQuery { show: Shown::Missed, text: "+44 7700&x".into(), before: Some("01-a".into()) };
        assert_eq!(address(&query), "/admin/calls?show=missed&text=%2B44%207700%26x&before=01-a");
        assert_eq!(address(&CallQuery::default()), "/admin/calls");
    }
}
