//! One conversation: the two people, which number each dials, and who tried what.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::parts::{Standing, by};
use crate::api::account::Viewer;
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{Detail, HOME, Person, Tried, private_detail};
use crate::ui::admin::cells::{Time, TimesIn, time_or_dash};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::parts::country;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;

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
                None => view! { <Missing/> }.into_any(),
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
        view! {
            <form method="post" action="/api/private-close">
                <input type="hidden" name="id" value=row.id.clone()/>
                <button type="submit" class="button danger">{words.private_close}</button>
                " "
                <span class="hint">{words.private_close_hint}</span>
            </form>
        }
    });
    let happened = if tried.is_empty() {
        view! { <p class="hint">{words.private_tried_nothing}</p> }.into_any()
    } else {
        let names = row.people.iter().map(|person| person.name.clone()).collect();
        view! { <Attempts tried names/> }.into_any()
    };
    view! {
        <Title text=title.clone()/>
        <Frame viewer>
            <p><a href=HOME>"← "{words.private_title}</a></p>
            <FlashNotice flash/>
            <LivePart name="heading"><div class="heading"><h1>{title}</h1><Standing because=row.closed_because.clone()/></div></LivePart>
            <LiveMark of=Of::Pages goes_on=open/>
            <LivePart name="conversation">
            <div class="two">{people}</div>
            <dl class="facts">
                <Fact name=words.private_opened value=view! { <Time at=row.created_at/> }.into_any()/>
                <Fact name=words.private_by value=by(words, &row.created_by).into_any()/>
                <Fact name=words.private_ends value=time_or_dash(row.ends_at)/>
                <Fact name=words.private_used value=time_or_dash(row.used_at)/>
                {row.closed_at.map(|at| view! { <Fact name=words.private_closed_at value=view! { <Time at/> }.into_any()/> })}
                {row.closed_by.map(|closer| view! { <Fact name=words.private_closed_by value=by(words, &closer).into_any()/> })}
            </dl>
            {closing}
            <h2>{words.private_tried}</h2>
            {happened}
            </LivePart>
            <TimesIn/>
        </Frame>
    }
}

#[component]
fn Fact(name: &'static str, value: AnyView) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
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
            <p>{words.private_dials_label}</p>
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
    let rows = tried.into_iter().map(|tried| {
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
    view! {
        <div class="scroll" role="region" aria-label=words.private_tried tabindex="0">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">{words.calls_time}</th>
                        <th scope="col">{words.private_kind}</th>
                        <th scope="col">{words.calls_caller}</th>
                        <th scope="col">{words.calls_called}</th>
                        <th scope="col">{words.private_outcome}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
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

#[component]
fn Missing() -> impl IntoView {
    let words = words();
    view! {
        <Title text=words.private_missing/>
        <main class="alone" id="main">
            <h1>{words.private_missing}</h1>
            <p>{words.call_missing_text}</p>
            <p><a class="button" href=HOME>{words.private_title}</a></p>
        </main>
    }
}
