//! Forgetting a person, and who was forgotten.

use leptos::prelude::*;

use super::parts::{by, tabs};
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{Erased, FORGET, Forgotten, Said, private_forgotten};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::trouble::said;
use crate::ui::language::words;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::TextField;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn};

#[component]
pub fn PrivateForget() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| private_forgotten());
    let content =
        move || Suspend::new(async move { gate(found.await, FORGET, |page| view! { <Page page/> }.into_any()) });
    view! {
        <Title text=words.private_erase/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Forgotten>) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Forgotten { erased, retention_days } = content;
    // To be corrected.
    let (refused, why) = match &flash {
        Some(Flash::PrivateCalls(Said::NotErased { number, why })) => (number.clone(), Some(said(why))),
        _ => (String::new(), None),
    };
    view! {
        <Frame viewer>
            <PageHead title=words.private_title lead=words.private_forget_lead tabs=tabs(words, FORGET)/>
            <FlashNotice flash/>
            <section class="card" aria-labelledby="erase">
                <div>
                    <h2 id="erase">{words.private_erase}</h2>
                    <p class="section-text">{words.private_erase_hint(&retention_days.to_string())}</p>
                </div>
                <div class="kept-or-not">
                    <Things title=words.private_erase_removed things=words.private_erase_removes/>
                    <Things title=words.private_erase_kept things=words.private_erase_keeps/>
                </div>
                <div class="row">
                    <Confirm label=words.private_erase_open title=words.private_erase text=words.private_erase_sure submit=words.private_erase_submit action="/api/private-erase" fields=Vec::new() danger=true>
                        <TextField label=words.private_erase_number name="number" kind="tel" value=refused placeholder=words.admin_number_example help=None error=why required=true/>
                    </Confirm>
                </div>
            </section>
            <section class="stack" aria-labelledby="erased">
                <h2 id="erased">{words.private_erased_title}</h2>
                <Erasures erased/>
            </section>
        </Frame>
    }
}

/// A list whose entries are lines of a text.
#[component]
fn Things(title: &'static str, things: &'static str) -> impl IntoView {
    let items = things.lines().map(|thing| view! { <li>{thing}</li> }).collect_view();
    view! { <div><h3>{title}</h3><ul>{items}</ul></div> }
}

#[component]
fn Erasures(erased: Vec<Erased>) -> impl IntoView {
    let words = words();
    if erased.is_empty() {
        return view! { <p class="hint">{words.private_erased_nobody}</p> }.into_any();
    }
    let rows = erased.into_iter().map(|one| {
        view! {
            <tr>
                <td><Time at=one.at/></td>
                <td data-label=words.private_by>{by(words, &one.by)}</td>
                <td data-label=words.private_tab_conversations class="number">{one.conversations}</td>
                <td data-label=words.private_tried class="number">{one.attempts}</td>
                <td data-label=words.private_texts class="number">{one.texts}</td>
                <td data-label=words.private_call_records class="number">{one.calls}</td>
                <td data-label=words.private_webhooks class="number">{one.webhooks}</td>
                <td data-label=words.private_erased_more class="number">{one.more}</td>
                <td data-label=words.private_erased_stays class="number">{one.stays}</td>
            </tr>
        }
    });
    let columns = vec![
        Column::text(words.private_erased),
        Column::text(words.private_by),
        Column::number(words.private_tab_conversations),
        Column::number(words.private_tried),
        Column::number(words.private_texts),
        Column::number(words.private_call_records),
        Column::number(words.private_webhooks),
        Column::number(words.private_erased_more),
        Column::number(words.private_erased_stays),
    ];
    view! {
        <Table label=words.private_erased_title columns>{rows.collect_view()}</Table>
        <TimesIn/>
    }
    .into_any()
}
