//! Hanging up, and the question what it means where others could go on.

use leptos::prelude::*;

use crate::api::contact_center::{ActiveCall, Control};
use crate::ui::console::station::{Act, Station};
use crate::ui::console::texts;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};

/// Hangs up. When the others could go on without this agent, it asks first, above itself; the button then cancels the question.
#[component]
pub fn HangUp(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let heir = Memo::new(move |_| call.with(|call| call.heir.as_ref().map(|heir| texts::party(words, heir))));
    let asks = Memo::new(move |_| call.with(|call| call.situation.asks_how_to_end()));
    let open = Memo::new(move |_| asks.get() && station.ending.get());
    // The others may go while it asks.
    Effect::new(move |_| {
        if !asks.get() {
            station.ending.set(false);
        }
    });
    let end_all = move |_| {
        station.ending.set(false);
        station.act(Act::HangUp);
    };
    view! {
        <Show when=move || open.get()>
            <div class="ending" role="group" aria-labelledby="ending-question">
                <p id="ending-question">{words.console_end_question}</p>
                <div class="row">
                    <button type="button" id="leave" class="primary" aria-describedby="leave-text" on:click=move |_| station.leave_call()>
                        {words.console_leave}
                    </button>
                    <button type="button" class="danger" on:click=end_all>{words.console_end_all}</button>
                </div>
                <p id="leave-text" class="hint">{move || heir.get().map(|name| words.console_leave_text(&name))}</p>
            </div>
        </Show>
        <button
            type="button"
            id="hang-up"
            class="hang-up"
            data-cancels=move || open.get().then_some("")
            aria-keyshortcuts="Alt+X"
            aria-expanded=move || asks.get().then(|| open.get().to_string())
            aria-busy=move || call.with(|call| matches!(call.under_way, Some(Control::HangUp | Control::Leave))).to_string()
            on:click=move |_| station.end()
        >
            <Show when=move || !open.get() fallback=move || words.call_cancel>
                <Icon mark=Mark::Phone/>
                {words.call_hang_up}
            </Show>
        </button>
    }
}
