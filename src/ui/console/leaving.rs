//! Signing out in a call. The forms in the header would leave the page and end the call with it; so they ask first. Without
//! the program there is no call in this page, and the server asks (`ui::login::Leaving`).

use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::phone::{Input, Phone};
use super::station::{Station, leave_for};
use crate::api::account::CallChoice;
use crate::api::contact_center::Refusal;
use crate::browser::page;
use crate::browser::post::post_form;
use crate::ui::language::words;
use crate::ui::softphone::driver::SoftphoneDriver as _;

const HERE: &str = "/api/sign-out";
const EVERYWHERE: &str = "/api/sign-out-everywhere";
const SIGNED_OUT: &str = "/login?signed-out";

/// **Stable**: browser tests rely on it.
const DIALOG: &str = "leaving";
const STAY: &str = "leaving-stay";

/// The function that a form of the header is for, if it signs out.
fn signs_out(action: &str) -> Option<&'static str> {
    [EVERYWHERE, HERE].into_iter().find(|path| action.ends_with(path))
}

/// A form is being sent. In a call it is kept back, and the question is opened.
pub fn hold_back(station: Station, asked: RwSignal<Option<&'static str>>, event: &SubmitEvent) {
    let js: &JsValue = event.as_ref();
    let path = page::form_action(js).as_deref().and_then(signs_out);
    if path.is_some() && station.phone.with_untracked(Phone::is_busy) {
        event.prevent_default();
        asked.set(path);
        page::open_dialog(DIALOG, STAY);
    }
}

#[component]
pub fn LeavingDialog(station: Station, asked: RwSignal<Option<&'static str>>) -> impl IntoView {
    let words = words();
    let close = move || {
        asked.set(None);
        page::close_dialog(DIALOG);
    };
    let end = move |_| {
        let Some(path) = asked.get_untracked() else { return };
        close();
        spawn_local(async move {
            if post_form(path, &[("call", CallChoice::End.name())]).await.is_none() {
                return station.refusal.set(Some(Refusal::Unavailable));
            }
            // The server has hung up; our own end does it too, in case that failed.
            station.input(Input::HangUp);
            leave_for(SIGNED_OUT);
        });
    };
    let keep = move |_| {
        close();
        spawn_local(async move {
            match post_form(EVERYWHERE, &[("call", CallChoice::Keep.name())]).await {
                Some(_) => station.said.set(words.console_said_others_out.to_owned()),
                None => station.refusal.set(Some(Refusal::Unavailable)),
            }
        });
    };
    let everywhere = Memo::new(move |_| asked.get() == Some(EVERYWHERE));
    view! {
        <dialog
            id=DIALOG
            class="over-console"
            aria-labelledby="leaving-title"
            aria-describedby="leaving-text"
            on:close=move |_: Event| asked.set(None)
        >
            <h2 id="leaving-title">{words.leaving_title}</h2>
            <p id="leaving-text">{move || if everywhere.get() { words.leaving_text } else { words.leaving_here_text }}</p>
            <div class="choices">
                <button type="button" id=STAY class="button" on:click=move |_| close()>{words.leaving_stay}</button>
                <Show when=move || everywhere.get()>
                    <button type="button" class="button quiet" on:click=keep>{words.leaving_keep_everywhere}</button>
                </Show>
                <button type="button" class="button quiet" on:click=end>
                    {move || if everywhere.get() { words.leaving_end_everywhere } else { words.leaving_end }}
                </button>
            </div>
        </dialog>
    }
}

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    use super::*;
    use crate::api::account as api;

    #[test]
    fn b11_only_the_forms_that_sign_out_are_kept_back() {
        let at = |path: &str| format!("https://calls.example.com{path}");
        assert_eq!([api::SignOut::PATH, api::SignOutEverywhere::PATH], [HERE, EVERYWHERE]);
        assert_eq!(signs_out(&at(HERE)), Some(HERE));
        assert_eq!(signs_out(&at(EVERYWHERE)), Some(EVERYWHERE));
        assert_eq!(signs_out(&at("/api/language")), None);
    }
}
