//! The conversations, and the form that opens one.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::new::NewForm;
use super::parts::{Standing, tabs};
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{HOME, NUMBERS, Overview, PROOF, Person, Query, Row, Said, private_overview};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::{self, encoded};
use crate::ui::language::words;
use crate::ui::parts::empty::Empty;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::Tone;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::pager::Pager;
use crate::ui::parts::stat::{Stat, Stats};
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, time_or_dash};

#[component]
pub fn PrivateCalls() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let query = Query {
        show: map.get("show").filter(|show| ["closed", "all"].contains(&show.as_str())).unwrap_or_default(),
        text: map.get("text").unwrap_or_default(),
        before: map.get("before").filter(|before| !before.is_empty()),
    };
    let fresh = map.get("new").is_some();
    let asked = query.clone();
    let found = Resource::new(move || asked.clone(), private_overview);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            let here = address(&query);
            gate(found.await, &here, move |page| view! { <Page page query fresh/> }.into_any())
        })
    };
    view! {
        <Title text=words.private_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn address(query: &Query) -> String {
    let before = query.before.as_deref().unwrap_or_default();
    link::to(HOME, [("show", query.show.as_str()), ("text", &query.text), ("before", before)])
}

#[component]
fn Page(
    page: admin::Page<Overview>,
    query: Query,
    /// Somebody came to open a conversation.
    fresh: bool,
) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Overview { rows, next, open, people, pool, headroom } = content;
    let (form, wrong) = match &flash {
        Some(Flash::PrivateCalls(Said::Fields { form, wrong })) => (Some((**form).clone()), wrong.clone()),
        Some(Flash::PrivateCalls(Said::TooSmall { form, .. })) => (Some((**form).clone()), Vec::new()),
        _ => (None, Vec::new()),
    };
    let filtered = !query.text.is_empty() || query.show == "closed";
    let closed = query.text.is_empty() && query.show == "closed";
    let newest = query.before.is_some().then(|| address(&Query { before: None, ..query.clone() }));
    let older = next.map(|before| address(&Query { before: Some(before), ..query.clone() }));
    let list = if rows.is_empty() {
        view! { <Nothing filtered closed pool/> }.into_any()
    } else {
        view! { <List rows/> }.into_any()
    };
    view! {
        <Frame viewer>
            <PageHead title=words.private_title lead=words.private_lead tabs=tabs(words, HOME)/>
            <FlashNotice flash/>
            <Stats>
                <Stat name=words.private_open value=open.to_string()/>
                <Stat name=words.private_people value=people.to_string()/>
                <Stat name=words.private_pool value=pool.to_string() href=NUMBERS/>
                <Stat name=words.private_headroom value=headroom.to_string() tone=low(headroom) href=PROOF/>
            </Stats>
            <NewForm form wrong fresh/>
            <Filter query/>
            {list}
            <Pager newest older/>
        </Frame>
    }
}

#[component]
fn Filter(query: Query) -> impl IntoView {
    let words = words();
    let shows = [("", words.private_show_open), ("closed", words.private_show_closed), ("all", words.private_show_all)];
    let chips = shows.map(|(show, name)| {
        let url = address(&Query { show: show.to_owned(), text: query.text.clone(), before: None });
        let current = (show == query.show).then_some("true");
        view! { <a class="chip" href=url aria-current=current>{name}</a> }
    });
    view! {
        <div class="filter">
            <nav aria-label=words.calls_filter>{chips.into_iter().collect_view()}</nav>
            <form method="get" action=HOME role="search">
                <input type="hidden" name="show" value=query.show/>
                <label for="text" class="unseen">{words.private_search}</label>
                <input id="text" type="search" name="text" value=query.text placeholder=words.private_search/>
                <button type="submit" aria-label=words.calls_search_submit><Icon mark=Mark::Search/></button>
            </form>
        </div>
    }
}

#[component]
fn List(rows: Vec<Row>) -> impl IntoView {
    let words = words();
    let columns = vec![
        Column::text(words.private_reference),
        Column::text(words.private_state),
        Column::text(words.private_between),
        Column::text(words.private_and),
        Column::text(words.private_opened),
        Column::text(words.private_used),
        Column::text(words.private_ends),
    ];
    let rows = rows.into_iter().map(|row| view! { <Line row/> }).collect_view();
    view! { <Table label=words.private_tab_conversations columns>{rows}</Table> }
}

#[component]
fn Line(row: Row) -> impl IntoView {
    let words = words();
    let label = words.private_open_one(&format::time(row.created_at));
    let name = row.reference.clone().unwrap_or_else(|| words.private_no_reference.to_owned());
    let because = row.closed_because.clone();
    let mut people = row.people.into_iter();
    let (first, second) = (people.next(), people.next());
    view! {
        <tr>
            <th scope="row"><a href=format!("{HOME}/{}", encoded(&row.id)) title=label>{name}</a></th>
            <td data-label=words.private_state><Standing because/></td>
            <td data-label=words.private_between class="said">{first.map(|person| view! { <Who person/> })}</td>
            <td data-label=words.private_and class="said">{second.map(|person| view! { <Who person/> })}</td>
            <td data-label=words.private_opened><Time at=row.created_at/></td>
            <td data-label=words.private_used>{time_or_dash(row.used_at)}</td>
            <td data-label=words.private_ends>{time_or_dash(row.ends_at)}</td>
        </tr>
    }
}

/// A person's name and mask, and the number that they dial.
#[component]
fn Who(person: Person) -> impl IntoView {
    let words = words();
    let who = match (person.name, person.masked) {
        (Some(name), Some(masked)) => format!("{name} {masked}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => words.private_forgotten.to_owned(),
    };
    view! { <span class="who"><span>{who}</span><span class="hint">{words.private_dials(&person.dials)}</span></span> }
}

#[component]
fn Nothing(
    filtered: bool,
    /// Nothing but the closed ones was asked for.
    closed: bool,
    pool: u64,
) -> impl IntoView {
    let words = words();
    let (title, text, action, url) = if closed {
        (words.private_none_closed, words.private_none_closed_text, words.private_none_action, HOME.to_owned())
    } else if filtered {
        (words.private_none, words.private_none_text, words.private_none_action, HOME.to_owned())
    } else if pool == 0 {
        (words.private_no_numbers, words.private_no_numbers_text, words.private_rent, NUMBERS.to_owned())
    } else {
        (words.private_empty, words.private_empty_text, words.private_new, format!("{HOME}?new=1#new"))
    };
    view! { <Empty mark=Mark::Shield title text action=Some((url, action))/> }
}

/// The tone of a pool's card: bad when no number is free.
fn low(headroom: i64) -> Option<Tone> {
    (headroom <= 0).then_some(Tone::Bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_asked() {
        let query = Query { show: "closed".into(), text: "order 7".into(), before: None };
        assert_eq!(address(&query), "/admin/private-calls?show=closed&text=order%207");
        assert_eq!(address(&Query::default()), HOME);
    }
}
