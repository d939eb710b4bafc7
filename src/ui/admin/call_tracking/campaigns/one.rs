//! One campaign, or a new one: its form and its numbers.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::form::{Form, Refused};
use super::numbers::Numbers;
use crate::api::admin::Page;
use crate::api::call_tracking::{CAMPAIGNS, Campaign, Campaigns as List, read_campaigns};
use crate::api::flash::Flash;
use crate::domain::call_tracking::campaign::{COLOURS, Draft};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::said;
use crate::ui::language::words;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::trouble::Missing;

/// One campaign, or a new one.
#[component]
pub fn CampaignPage() -> impl IntoView {
    let words = words();
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let asked = id.clone();
    let found = Resource::new(move || asked.clone(), read_campaigns);
    let content = move || {
        let id = id.clone();
        Suspend::new(async move {
            let here = format!("{CAMPAIGNS}/{}", encoded(&id));
            gate(found.await, &here, move |page| {
                let campaign = page.content.campaigns.iter().find(|campaign| campaign.id == id).cloned();
                match (campaign, id.as_str()) {
                    (None, "new") => view! { <FormPage page campaign=None/> }.into_any(),
                    (None, _) => {
                        let (title, text) = (words.tracking_gone, words.missing_text);
                        let back = (CAMPAIGNS, words.tracking_campaigns);
                        view! { <Frame viewer=page.viewer><Missing title text back/></Frame> }.into_any()
                    }
                    (campaign, _) => view! { <FormPage page campaign/> }.into_any(),
                }
            })
        })
    };
    view! {
        <Title text=words.tracking_campaign/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn FormPage(page: Page<List>, campaign: Option<Campaign>) -> impl IntoView {
    let words = words();
    let Page { viewer, flash, content } = page;
    let List { campaigns, free, typed, wrong, queues, .. } = content;
    let unused = COLOURS[campaigns.len() % COLOURS.len()].to_owned();
    let fresh = Draft { colour: unused, lease_minutes: "30".into(), ..Draft::default() };
    let draft = typed.unwrap_or_else(|| campaign.as_ref().map_or(fresh, |campaign| campaign.draft.clone()));
    let title = campaign.as_ref().map_or_else(|| words.tracking_new.to_owned(), |campaign| campaign.draft.name.clone());
    // The server judged again what was typed; the outcome of the form says it only where that found nothing.
    let refused = Refused(wrong.into_iter().map(|(field, why)| (field, said(&why))).collect());
    // What no field of the form says is said above it.
    let flash = match flash {
        Some(Flash::WrongField(field)) if refused.says(&field) => None,
        flash => flash,
    };
    let numbers = campaign.clone().map(|campaign| {
        let free = free.clone();
        view! { <Numbers campaign free/> }
    });
    view! {
        <Frame viewer>
            <PageHead title back=(CAMPAIGNS, words.tracking_back)/>
            <FlashNotice flash/>
            <Form campaign draft refused free queues/>
            {numbers}
        </Frame>
    }
}
