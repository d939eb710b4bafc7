//! The business profile: whose name, colour and words the support page has, and what callers hear first.

mod form;
mod preview;

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use self::form::Form;
use self::preview::Preview;
pub use self::preview::drawn as preview_drawn;
use super::gate::gate;
use super::page::headed;
use crate::api::business::{BUSINESS, BusinessForm, LOGO, PREVIEW, read_business};
use crate::ui::language::words;
use crate::ui::parts::brand::{brand, colours};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;

#[component]
pub fn Business() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| read_business());
    let content = move || {
        Suspend::new(async move {
            gate(found.await, BUSINESS, |page| {
                headed(page, |content| {
                    let (title, lead) = (words.business_title, words.business_lead);
                    let support = view! { <a class="button quiet" href="/">{words.business_see}</a> }.into_any();
                    let head = view! { <PageHead title lead actions=support/> }.into_any();
                    (head, view! { <Content content/> }.into_any())
                })
            })
        })
    };
    view! {
        <Title text=words.business_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Content(content: BusinessForm) -> impl IntoView {
    let words = words();
    let profile = brand().profile;
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    view! {
        // Later previews are coloured by the script that asks for them.
        <style nonce=nonce>{format!(".previews{{{}}}", colours(profile.colour))}</style>
        <div class="business">
            <div class="stack">
                <Form content/>
                <Logo/>
            </div>
            <section class="business-preview" aria-labelledby="preview-title">
                <h2 id="preview-title">{words.business_preview}</h2>
                <div id="preview" data-preview=PREVIEW data-of="business-form">
                    <Preview profile=(*profile).clone() language=profile.default_language/>
                </div>
            </section>
        </div>
    }
}

/// The logo has a form of its own: a file is not kept while another field is mended.
#[component]
fn Logo() -> impl IntoView {
    let words = words();
    let now = brand().logo.map(|address| {
        view! {
            <p class="business-logo"><img src=address alt=words.business_logo_alt/></p>
            <Confirm label=words.business_logo_remove text=words.business_logo_remove_text submit=words.business_logo_remove
                action="/api/remove-logo" fields=Vec::new() danger=true/>
        }
    });
    view! {
        <section class="card" aria-labelledby="logo-title">
            <h2 id="logo-title">{words.business_logo}</h2>
            {now}
            <form method="post" action=LOGO enctype="multipart/form-data" class="upload">
                <div class="field">
                    <label for="logo">{words.business_logo_file}</label>
                    <input id="logo" name="logo" type="file" accept="image/png,image/svg+xml" required aria-describedby="help-logo"/>
                    <p class="field-help" id="help-logo">{words.business_logo_help}</p>
                </div>
                <button type="submit" class="button quiet">{words.business_logo_upload}</button>
            </form>
        </section>
    }
}
