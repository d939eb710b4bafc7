//! What became of the form that led to a page, in words.

use leptos::prelude::*;

use super::trouble::said;
use crate::api::admin::Flash;
use crate::ui::language::{Words, words};

/// The words, and what they are about. Announced to screen readers.
#[component]
pub fn FlashNotice(flash: Option<Flash>) -> impl IntoView {
    let words = words();
    flash.map(|flash| {
        let text = text(words, &flash);
        let (class, role) = if flash.good { ("notice done", "status") } else { ("problem", "alert") };
        view! { <p class=class role=role>{text}</p> }
    })
}

fn text(words: &'static Words, flash: &Flash) -> String {
    if let Some(why) = &flash.why {
        return words.admin_refused(&said(why));
    }
    let about = flash.about.as_str();
    match flash.word.as_str() {
        "rented" => words.numbers_done_rented(about),
        "led" => words.numbers_done_led(about),
        "linked" => words.numbers_done_linked(about),
        "unlinked" => words.numbers_done_unlinked(about),
        "released" => words.numbers_done_released(about),
        "number_problem" if about == "confirm" => words.admin_confirm.to_owned(),
        "flow_saved" => words.flows_done_saved(about),
        "flow_deleted" => words.flows_done_deleted.to_owned(),
        "flow_rings" => words.flows_done_rings(about),
        "flow_not_saved" => words.flows_not_saved.to_owned(),
        "user_added" => words.users_done_added(about),
        "user_invited" => words.users_done_invited(about),
        "user_disabled" => words.users_done_disabled(about),
        "user_enabled" => words.users_done_enabled(about),
        "user_role" => words.users_done_role(about),
        "user_deleted" => words.users_done_deleted(about),
        "users_in_step" => words.users_done_in_step(about),
        "user_gone" => words.users_gone.to_owned(),
        "user_yourself" => words.users_yourself.to_owned(),
        "call_ended_by_hand" => words.call_end_done.to_owned(),
        "call_unconfirmed" => words.call_end_unconfirmed.to_owned(),
        "call_over" => words.call_end_over.to_owned(),
        "setup_created" => words.setup_done_created(about),
        "setup_repaired" => words.setup_done_repaired.to_owned(),
        "setup_rings" => words.setup_done_rings(about),
        "setup_forgotten" => words.setup_done_forgotten.to_owned(),
        "setup_credentials" => words.setup_bad_credentials.to_owned(),
        "sdk_key_made" => words.sdk_done_key.to_owned(),
        "sdk_key_configured" => words.sdk_key_configured.to_owned(),
        "sdk_origins_saved" => words.sdk_done_origins.to_owned(),
        "sdk_origins_wrong" => words.sdk_bad_origin(about),
        // What no page says.
        _ => words.admin_refused(about),
    }
}
