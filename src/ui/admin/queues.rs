//! Queues: the list with its figures, the rules of all of them, and the form of one.

mod form;
mod music;
mod named;
mod rules;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::form::Form;
use self::music::MusicOnHold;
use self::named::strategy_name;
use self::rules::RulesForm;
use super::gate::gate;
use super::link::encoded;
use super::page::headed;
use super::trouble::list;
use crate::api::queues::{QUEUES, QueueEntry, QueueList, read_queue, read_queues};
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::trouble::Missing;

/// The list.
#[component]
pub fn Queues() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| read_queues());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, QUEUES, move |page| {
                headed(page, move |list| {
                    let state = view! { <LiveMark of=Of::Pages/> }.into_any();
                    let new =
                        view! { <a class="button" href=format!("{QUEUES}/new")>{words.queues_new}</a> }.into_any();
                    let head = view! { <PageHead title=words.nav_queues lead=words.queues_lead state actions=new/> }
                        .into_any();
                    (head, all(words, list))
                })
            })
        })
    };
    view! {
        <Title text=words.nav_queues/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn all(words: &'static Words, page: QueueList) -> AnyView {
    let now = page.now;
    let row = move |queue: QueueEntry| {
        let unused = !queue.standing && !queue.support && queue.uses.is_empty();
        let delete = unused.then(|| {
            let (text, fields) = (words.queues_delete_text(&queue.name), vec![("id", queue.id.clone())]);
            view! { <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/queue-delete" fields danger=true/> }
        });
        let mut uses = queue.uses.clone();
        if queue.support {
            uses.insert(0, words.line_support.to_owned());
        }
        let members = match &queue.members {
            None => words.queues_everybody_short.to_owned(),
            Some(members) => {
                let name = |(name, takes_calls): &(String, bool)| {
                    if *takes_calls { name.clone() } else { words.queues_member_off(name) }
                };
                list(words, &members.iter().map(name).collect::<Vec<_>>())
            }
        };
        let figures = queue.state.figures;
        let level = figures.service_level().map_or_else(|| "–".to_owned(), |level| format!("{level}%"));
        let wait = figures.average_wait_s().map_or_else(|| "–".to_owned(), format::length);
        let longest = queue.state.longest_since.map(|since| {
            view! { <small>{words.queues_longest(&format::length(format::seconds(now - since)))}</small> }
        });
        let nobody = (queue.state.waiting > 0 && queue.state.ready == 0)
            .then(|| view! { <span class="badge">{words.queues_nobody_ready}</span> });
        view! {
            <tr>
                <th scope="row" class="wrap">
                    <a href=format!("{QUEUES}/{}", encoded(&queue.id))>{queue.name.clone()}</a>
                    <small>{strategy_name(words, queue.strategy)}</small>
                </th>
                <td data-label=words.queues_members class="wrap">{members}</td>
                <td data-label=words.queues_from class="wrap">{if uses.is_empty() { "–".to_owned() } else { list(words, &uses) }}</td>
                <td data-label=words.queues_waiting class="number">{queue.state.waiting}{longest}</td>
                <td data-label=words.queues_ready class="number">{queue.state.ready}{nobody}</td>
                <td data-label=words.queues_answered class="number">{words.queues_of(&figures.callers.to_string(), &figures.answered.to_string())}</td>
                <td data-label=words.queues_average class="number">{wait}</td>
                <td data-label=words.queues_level class="number">{level}<small>{words.queues_within(&queue.service_level_s.to_string())}</small></td>
                <td class="actions">{delete}</td>
            </tr>
        }
    };
    let columns = vec![
        Column::text(words.queues_name).sorted(),
        Column::text(words.queues_members),
        Column::text(words.queues_from),
        Column::number(words.queues_waiting),
        Column::number(words.queues_ready),
        Column::number(words.queues_answered),
        Column::number(words.queues_average),
        Column::number(words.queues_level),
        Column::actions(words.admin_actions),
    ];
    let names = page.queues.iter().map(|queue| (queue.id.clone(), queue.name.clone())).collect();
    let rows = page.queues.into_iter().map(row).collect_view();
    view! {
        <LivePart name="queues"><Table label=words.nav_queues columns>{rows}</Table></LivePart>
        <p class="hint">{words.queues_figures_hint}</p>
        <RulesForm rules=page.rules wrong=page.wrong queues=names telephone=page.telephone/>
        <MusicOnHold music=page.music refused=page.music_refused/>
    }
    .into_any()
}

/// One queue, or a new one.
#[component]
pub fn Queue() -> impl IntoView {
    let words = words();
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let here = format!("{QUEUES}/{}", encoded(&id));
    let page = Resource::new(move || id.clone(), read_queue);
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            gate(page.await, &here, move |page| {
                let back = (QUEUES, words.nav_queues);
                let Some(form) = &page.content else {
                    let (title, text) = (words.queues_missing, words.missing_text);
                    return view! { <Frame viewer=page.viewer><Missing title text back/></Frame> }.into_any();
                };
                let title = if form.id.is_some() { form.name.clone() } else { words.queues_new.to_owned() };
                view! {
                    <Title text=title.clone()/>
                    {headed(page, |form| {
                        let head = view! { <PageHead title lead=words.queues_form_lead back/> }.into_any();
                        (head, form.map_or_else(|| ().into_any(), |form| view! { <Form form/> }.into_any()))
                    })}
                }
                .into_any()
            })
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

#[cfg(test)]
mod tests;
