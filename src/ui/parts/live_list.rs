//! Lists that are read again whenever something happens.

use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser::live::{Live, Stream};
use crate::browser::page;
use crate::ui::language::words;

/// Changes that come closer together than this are shown together, ms.
const TOGETHER_MS: u32 = 250;

/// What a list is of.
#[derive(Clone, Copy)]
pub enum Of {
    Calls,
    Webhooks,
}

/// Runs `read` after every change, one at a time, as long as the page is open. The signal says whether changes are heard
/// of.
///
/// `read` leaves what is shown alone when it gets no answer: a session that is over shows on the next click.
pub fn follow<F: Future<Output = ()> + 'static>(of: Of, read: impl Fn() -> F + Copy + 'static) -> RwSignal<bool> {
    let open = RwSignal::new(true);
    let pending = RwSignal::new(false);
    let refresh = move || {
        if pending.get_untracked() {
            return;
        }
        pending.set(true);
        spawn_local(async move {
            page::sleep(TOGETHER_MS).await;
            pending.set(false);
            read().await;
        });
    };
    Effect::new(move |_| {
        let on = move |told: Live| match told {
            Live::Open => open.set(true),
            Live::Broken => open.set(false),
            Live::Event(_) => refresh(),
        };
        // Open as long as the page is: links load pages, and the browser closes what the last one had open.
        std::mem::forget(match of {
            Of::Calls => Stream::open("/live/calls", &["call", "stale"], on),
            Of::Webhooks => Stream::open("/live/webhooks", &["webhook"], on),
        });
    });
    open
}

/// Says whether a list is live.
#[component]
pub fn LiveMark(open: RwSignal<bool>) -> impl IntoView {
    let words = words();
    view! {
        <p class="live" data-open=move || open.get().to_string() role="status">
            {move || if open.get() { words.calls_live } else { words.calls_live_off }}
        </p>
    }
}
