//! What the support page will look like: light and dark, on a wide screen and on a telephone's. A picture of it, which
//! nobody can press.

use leptos::prelude::*;

use crate::api::business::Brand;
use crate::domain::business::{COLOUR, Profile};
use crate::ui::language::{Language, language, words};
use crate::ui::parts::brand::{brand, colours};
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::support::page::headline;

/// The reader's language where visitors can choose it, or else the one that visitors begin with.
pub(super) fn shown_in(profile: &Profile) -> Language {
    let reads = language();
    if profile.languages.contains(&reads) { reads } else { profile.default_language }
}

#[component]
pub(super) fn Preview(profile: Profile, language: Language) -> impl IntoView {
    let words = words();
    let (light, dark) = (profile.colour.on_light(), profile.colour.on_dark());
    // Both shades of the usual colour were chosen by hand. Another one that is hard to read is not shown as it is, and the operator should know why.
    let changed = [
        (light, words.business_colour_darker(&light.to_string())),
        (dark, words.business_colour_lighter(&dark.to_string())),
    ]
    .into_iter()
    .filter(|(shown, _)| *shown != profile.colour && profile.colour != COLOUR)
    .map(|(_, text)| view! { <p class="hint">{text}</p> })
    .collect_view();
    let style = colours(profile.colour);
    let pages = ["light", "dark"].map(|theme| {
        let screens = ["wide", "narrow"].map(|screen| view! { <Screen profile=profile.clone() language screen/> });
        view! { <div class="preview-theme" data-theme=theme>{screens.into_iter().collect_view()}</div> }
    });
    view! {
        <div class="previews" data-colours=style role="img" aria-label=words.business_preview_alt inert>{pages.into_iter().collect_view()}</div>
        {changed}
    }
}

/// The page on one screen.
#[component]
fn Screen(profile: Profile, language: Language, screen: &'static str) -> impl IntoView {
    let words = language.words();
    let logo = match brand().logo {
        Some(address) => view! { <img src=address alt=""/> }.into_any(),
        None => view! { <Icon mark=Mark::Logo/> }.into_any(),
    };
    let questions = profile.questions.iter().map(|question| question.question.get(language).to_owned());
    let questions = questions.map(|question| view! { <p class="preview-question">{question}</p> }).collect_view();
    view! {
        <div class=format!("preview-screen {screen}") lang=language.tag()>
            <p class="preview-top">{logo}<b>{profile.short().to_owned()}</b></p>
            <p class="preview-title">{headline(&profile, language)}</p>
            <p class="preview-lead">{profile.lead.get(language).to_owned()}</p>
            <p class="preview-call">{words.call_now}</p>
            {questions}
            <p class="preview-notice">{profile.notice.get(language).to_owned()}</p>
        </div>
    }
}

/// The preview as HTML, in the language of a request by its `Cookie` and `Accept-Language`.
#[must_use]
pub fn drawn((cookie, accept_language): (Option<&str>, Option<&str>), brand: Brand) -> String {
    let asked = Language::asked(cookie, accept_language);
    Owner::new().with(|| {
        provide_context(asked);
        let profile = (*brand.profile).clone();
        provide_context(brand);
        let language = shown_in(&profile);
        view! { <Preview profile language/> }.to_html()
    })
}
