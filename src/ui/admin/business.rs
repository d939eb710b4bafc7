//! The business profile: whose name, colour and words the support page has, and what callers hear first.

mod form;
mod preview;

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use self::form::Form;
pub use self::preview::drawn as preview_drawn;
use self::preview::{Preview, shown_in};
use super::flash::wrong_at;
use super::gate::gate;
use super::page::headed;
use crate::api::business::{BUSINESS, BusinessForm, LOGO, PREVIEW, read_business};
use crate::ui::language::words;
use crate::ui::parts::brand::{brand, colours};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::{Field, described};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::theme::{self, Theme};

#[component]
pub fn Business() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| read_business());
    let content = move || {
        Suspend::new(async move {
            gate(found.await, BUSINESS, |page| {
                headed(page, |content| {
                    let (title, lead) = (words.business_title, words.business_lead);
                    let support = view! {
                        <a class="button quiet to-preview" href="#preview-title">{words.business_to_preview}</a>
                        <a class="button quiet" href="/">{words.business_see}</a>
                    }
                    .into_any();
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
    // Of a reader whose system chooses neither is checked: the style sheet knows which it is.
    let [light, dark] = [Theme::Light, Theme::Dark].map(|shade| theme::here() == shade);
    let language = shown_in(&profile);
    view! {
        // Later previews are coloured by the script that asks for them.
        <style nonce=nonce>{format!(".previews{{{}}}", colours(profile.colour))}</style>
        <div class="business">
            <div class="stack">
                <Form content/>
                <Logo/>
            </div>
            <section class="business-preview" aria-labelledby="preview-title">
                <div class="section-head">
                    <h2 id="preview-title">{words.business_preview}</h2>
                    <fieldset class="segments">
                        <legend class="unseen">{words.business_screen}</legend>
                        <label><input type="radio" name="screen" class="unseen" checked/>{words.business_screen_wide}</label>
                        <label><input type="radio" name="screen" class="unseen" id="screen-narrow"/>{words.business_screen_narrow}</label>
                    </fieldset>
                    <fieldset class="segments">
                        <legend class="unseen">{words.business_shade}</legend>
                        <label><input type="radio" name="shade" class="unseen" id="preview-light" checked=light/>{words.theme_light}</label>
                        <label><input type="radio" name="shade" class="unseen" id="preview-dark" checked=dark/>{words.theme_dark}</label>
                    </fieldset>
                </div>
                <div id="preview" data-preview=PREVIEW data-of="business-form">
                    <Preview profile=(*profile).clone() language/>
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
    let error = wrong_at("logo");
    let described = described("logo", true, error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <section class="card" aria-labelledby="logo-title">
            <h2 id="logo-title">{words.business_logo}</h2>
            {now}
            <form method="post" action=LOGO enctype="multipart/form-data" class="line-form" id="logo-form">
                <Field label=words.business_logo_file name="logo" wide=true help=Some(words.business_logo_help.to_owned()) error>
                    <input id="logo" name="logo" type="file" accept="image/png,image/svg+xml" required
                        aria-invalid=invalid aria-describedby=described/>
                </Field>
                <button type="submit" class="button quiet">{words.business_logo_upload}</button>
            </form>
        </section>
    }
}
