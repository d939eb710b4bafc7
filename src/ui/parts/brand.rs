//! Whose pages these are.

use leptos::nonce::use_nonce;
use leptos::prelude::*;

use super::icon::{Icon, Mark};
use crate::api::business::Brand;
use crate::domain::business::COLOUR;
use crate::domain::business::colour::Colour;

/// The business, as the server provides it; an unnamed one where nobody did.
#[must_use]
pub fn brand() -> Brand {
    use_context().unwrap_or_default()
}

/// The logo, and the business's name beside it.
#[component]
pub fn BrandMark() -> impl IntoView {
    let Brand { profile, logo } = brand();
    let picture = match logo {
        // The name stands beside it.
        Some(address) => view! { <img class="logo" src=address alt=""/> }.into_any(),
        None => view! { <Icon mark=Mark::Logo/> }.into_any(),
    };
    let name = if profile.name.is_empty() { "Switchboard" } else { profile.short() }.to_owned();
    view! { {picture}<span>{name}</span> }
}

/// The business's colour, readable on light and on dark pages, as the custom property that buttons and links take.
#[must_use]
pub fn colours(colour: Colour) -> String {
    format!("--accent:light-dark({},{});--on-accent:light-dark(#fff,#0e1116)", colour.on_light(), colour.on_dark())
}

/// The business's colour for the whole page; nothing where it is the usual one.
#[component]
pub fn BrandColours() -> impl IntoView {
    let colour = brand().profile.colour;
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    (colour != COLOUR).then(|| view! { <style nonce=nonce>{format!(":root{{{}}}", colours(colour))}</style> })
}
