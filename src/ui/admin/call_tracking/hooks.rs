//! Where ended calls are reported, and the outcome of every delivery.

use leptos::prelude::*;

use super::parts::{caller, tabs};
use crate::api::admin;
use crate::api::call_tracking::{HOOKS, Hooks, Told, read_hooks};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::lost;
use crate::ui::language::words;
use crate::ui::parts::code::Code;
use crate::ui::parts::confirm::{Confirm, Post};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::field::TextField;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn, time_or_dash};

#[component]
pub fn TrackingHooks() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| read_hooks());
    let content =
        move || Suspend::new(async move { gate(found.await, HOOKS, |page| view! { <Page page/> }.into_any()) });
    view! {
        <Title text=words.tracking_hooks_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Hooks>) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Hooks { hooks, typed, log, secret } = content;
    let nobody = hooks.is_empty();
    let list = hooks
        .into_iter()
        .map(|(id, url)| {
            let (text, fields) = (words.tracking_hook_remove_text(&url), vec![("id", id)]);
            view! {
                <li>
                    <code>{url}</code>
                    <Confirm label=words.tracking_hook_remove text submit=words.tracking_hook_remove action="/api/remove-webhook" fields danger=true/>
                </li>
            }
        })
        .collect_view();
    let shown = secret.map(|(url, secret)| {
        view! {
            <Notice tone=Tone::Good said=true>
                <p>{words.tracking_hook_secret(&url)}</p>
                <Code label=words.tracking_hook_secret_label.to_owned() text=secret/>
            </Notice>
        }
    });
    let empty = log.is_empty();
    let rows = log.into_iter().map(|told| view! { <Row told/> }).collect_view();
    let deliveries = if empty {
        view! { <Empty mark=Mark::Code title=words.tracking_hook_none text=words.tracking_hook_none_text action=None/> }
            .into_any()
    } else {
        let columns = vec![
            Column::text(words.tracking_time),
            Column::text(words.tracking_hook_call),
            Column::text(words.tracking_hook_to),
            Column::text(words.tracking_outcome),
            Column::number(words.tracking_hook_tries),
            Column::text(words.tracking_hook_next),
            Column::actions(words.tracking_hook_again),
        ];
        view! { <Table label=words.tracking_hook_log columns>{rows}</Table><TimesIn/> }.into_any()
    };
    let typed = typed.unwrap_or_default();
    view! {
        <Frame viewer>
            <PageHead title=words.tracking_title lead=words.tracking_lead tabs=tabs(words, HOOKS)/>
            <FlashNotice flash/>
            {shown}
            <section class="card" aria-labelledby="hooks">
                <div>
                    <h2 id="hooks">{words.tracking_hook_addresses}</h2>
                    <p class="section-text">{words.tracking_hook_text}</p>
                </div>
                {(!nobody).then(|| view! { <ul class="lines">{list}</ul> })}
                <form method="post" action="/api/add-webhook" class="line-form">
                    <TextField label=words.tracking_hook_url name="url" kind="url" value=typed placeholder="https://example.com/calls" longest=500 help=None error=None required=true wide=true/>
                    <button type="submit" class="button">{words.tracking_hook_add}</button>
                </form>
            </section>
            <section class="stack" aria-labelledby="deliveries">
                <h2 id="deliveries">{words.tracking_hook_log}</h2>
                {deliveries}
            </section>
        </Frame>
    }
}

#[component]
fn Row(told: Told) -> impl IntoView {
    let words = words();
    let (class, state) = match told.state.as_str() {
        "done" => ("badge ok", words.tracking_hook_done),
        "failed" => ("badge danger", words.tracking_hook_failed),
        _ => ("badge", words.tracking_hook_waiting),
    };
    let answer = match (told.status, told.error) {
        (_, Some(error)) => lost(&error),
        (Some(status), None) => format!("{status} · {} ms", told.took.unwrap_or_default()),
        (None, None) => String::new(),
    };
    let next = time_or_dash((told.state == "waiting").then_some(told.next));
    let url = if told.url.is_empty() { words.tracking_hook_gone.to_owned() } else { told.url };
    let again = (told.state != "waiting" || told.tries > 0).then(
        || view! { <Post action="/api/tell-again" label=words.tracking_hook_again fields=vec![("id", told.id)]/> },
    );
    let url_of_call = format!("/admin/calls/{}", encoded(&told.call));
    let call = told.called.map_or_else(
        || "–".to_owned(),
        |called| words.tracking_hook_call_of(&format::time(called), &caller(words, told.caller.as_deref())),
    );
    view! {
        <tr>
            <td><Time at=told.created/></td>
            <td data-label=words.tracking_hook_call><a href=url_of_call>{call}</a></td>
            <td data-label=words.tracking_hook_to class="wide"><code>{url}</code></td>
            <td data-label=words.tracking_outcome><span class=class>{state}</span><span class="hint">{answer}</span></td>
            <td data-label=words.tracking_hook_tries class="number">{told.tries}</td>
            <td data-label=words.tracking_hook_next>{next}</td>
            <td class="actions">{again}</td>
        </tr>
    }
}
