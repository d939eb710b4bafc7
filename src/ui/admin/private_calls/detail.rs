//! One conversation: the two people, which number each dials, and who tried what.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::parts::{Standing, by};
use crate::api::account::Viewer;
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{Detail, HOME, Person, Tried, private_detail};
use crate::ui::admin::country::country;
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::stat::{Fact, Facts};
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn, time_or_dash};
use crate::ui::parts::trouble::Missing;

#[component]
pub fn PrivateCall() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let here = format!("{HOME}/{}", encoded(&id));
    let found = Resource::new(move || id.clone(), private_detail);
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            gate(found.await, &here, |admin::Page { viewer, flash, content }| match content {
                Some(detail) => view! { <Page viewer flash detail/> }.into_any(),
                None => {
                    let words = words();
                    let (title, text) = (words.private_missing, words.missing_text);
                    view! { <Frame viewer><Missing title text back=(HOME, words.private_title)/></Frame> }.into_any()
                }
            })
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

#[component]
fn Page(viewer: Viewer, flash: Option<Flash>, detail: Detail) -> impl IntoView {
    let words = words();
    let Detail { row, tried } = detail;
    let title = row.reference.clone().unwrap_or_else(|| words.private_one(&format::time(row.created_at)));
    let people = row.people.clone().into_iter().enumerate();
    let people = people.map(|(side, person)| view! { <One side person/> }).collect_view();
    let open = row.closed_at.is_none();
    let closing = open.then(|| {
        let (text, fields) = (words.private_close_hint, vec![("id", row.id.clone())]);
        view! { <Confirm label=words.private_close text submit=words.private_close action="/api/private-close" fields danger=true/> }
    });
    let happened = if tried.is_empty() {
        view! { <p class="hint">{words.private_tried_nothing}</p> }.into_any()
    } else {
        let names = row.people.iter().map(|person| person.name.clone()).collect();
        view! { <Attempts tried names/> }.into_any()
    };
    let because = row.closed_because.clone();
    let state = view! { <LivePart name="heading"><Standing because/></LivePart><LiveMark of=Of::Pages goes_on=open/> }
        .into_any();
    let actions = view! { <LivePart name="close">{closing}</LivePart> }.into_any();
    view! {
        <Title text=title.clone()/>
        <Frame viewer>
            <PageHead title back=(HOME, words.private_title) state actions/>
            <FlashNotice flash/>
            <LivePart name="conversation">
                <div class="two">{people}</div>
                <section class="card">
                    <Facts>
                        <Fact name=words.private_opened><Time at=row.created_at/></Fact>
                        <Fact name=words.private_by>{by(words, &row.created_by)}</Fact>
                        <Fact name=words.private_ends>{time_or_dash(row.ends_at)}</Fact>
                        <Fact name=words.private_used>{time_or_dash(row.used_at)}</Fact>
                        {row.closed_at.map(|at| view! { <Fact name=words.private_closed_at><Time at/></Fact> })}
                        {row.closed_by.map(|closer| view! { <Fact name=words.private_closed_by>{by(words, &closer)}</Fact> })}
                    </Facts>
                </section>
                <h2>{words.private_tried}</h2>
                {happened}
            </LivePart>
            <TimesIn/>
        </Frame>
    }
}

#[component]
fn One(side: usize, person: Person) -> impl IntoView {
    let words = words();
    let label = if side == 0 { words.private_first_person } else { words.private_second_person };
    let name = person.name.unwrap_or_else(|| label.to_owned());
    let told = match person.invited.as_str() {
        "sent" => words.private_told_sent,
        "delivered" => words.private_told_delivered,
        "pending" => words.private_told_pending,
        "failed" => words.private_told_failed,
        _ => words.private_told_none,
    };
    view! {
        <section class="card person">
            <h2>{name}</h2>
            <p class="hint">{person.masked.unwrap_or_else(|| words.private_forgotten.to_owned())}" · "{person.country.map(|code| country(words, &code))}</p>
            <p class="field-label">{words.private_dials_label}</p>
            <p class="dials">{person.dials}</p>
            {person.pin.map(|pin| view! { <p>{words.private_pin(&pin)}</p> })}
            <p class="hint">{told}</p>
            {person.problem.map(|problem| view! { <p class="problem">{problem}</p> })}
        </section>
    }
}

#[component]
fn Attempts(tried: Vec<Tried>, names: Vec<Option<String>>) -> impl IntoView {
    let words = words();
    let rows = tried.into_iter().map(move |tried| {
        let who = match (tried.side, tried.caller) {
            (Some(side), caller) => {
                let label = if side == 0 { words.private_first_person } else { words.private_second_person };
                let name = names.get(side).cloned().flatten().unwrap_or_else(|| label.to_owned());
                format!("{name} {}", caller.unwrap_or_default())
            }
            (None, Some(caller)) => caller,
            (None, None) => words.caller_unknown.to_owned(),
        };
        view! {
            <tr>
                <td><Time at=tried.at/></td>
                <td data-label=words.private_kind>{kind(words, &tried.kind)}</td>
                <td data-label=words.calls_caller>{who}</td>
                <td data-label=words.calls_called>{tried.dialled}</td>
                <td data-label=words.private_outcome>{outcome(words, &tried.outcome)}</td>
            </tr>
        }
    });
    let columns = vec![
        Column::text(words.calls_time),
        Column::text(words.private_kind),
        Column::text(words.calls_caller),
        Column::text(words.calls_called),
        Column::text(words.private_outcome),
    ];
    view! { <Table label=words.private_tried columns>{rows.collect_view()}</Table> }
}

fn kind(words: &'static Words, kind: &str) -> &'static str {
    match kind {
        "text" => words.private_kind_text,
        "pin" => words.private_kind_pin,
        _ => words.private_kind_call,
    }
}

fn outcome(words: &'static Words, outcome: &str) -> &'static str {
    match outcome {
        "connected" => words.private_outcome_connected,
        "busy" => words.private_outcome_busy,
        "no_answer" => words.private_outcome_no_answer,
        "not_reached" => words.private_outcome_not_reached,
        "caller_left" => words.private_outcome_caller_left,
        "relayed" => words.private_outcome_relayed,
        "over" => words.private_outcome_over,
        "withheld" => words.private_outcome_withheld,
        "pin_asked" => words.private_outcome_pin_asked,
        "pin_wrong" => words.private_outcome_pin_wrong,
        "failed" => words.private_outcome_failed,
        "empty" => words.private_outcome_empty,
        "braked" => words.private_outcome_braked,
        _ => words.private_outcome_unknown,
    }
}
