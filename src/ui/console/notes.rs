//! What is written about a call: how it went, and a note. Saved by itself; what was typed a moment before a reload is kept
//! in the browser until the server has it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::news::Panel;
use super::session::SignedIn;
use super::station::Station;
use super::texts;
use crate::api::contact_center::{Command, Disposition, Notes as Saved};
use crate::browser::page;
use crate::ui::language::words;
use crate::ui::parts::format;

/// After the last key, ms.
const PAUSE_MS: u32 = 700;
const DRAFT: &str = "switchboard.draft";

/// What the server has not confirmed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Draft {
    call: String,
    text: String,
    disposition: Option<Disposition>,
}

#[derive(Clone, Copy)]
struct Pad {
    station: Station,
    call: RwSignal<String>,
    text: RwSignal<String>,
    disposition: RwSignal<Option<Disposition>>,
    /// Counts changes; the one that was saved last.
    changed: RwSignal<u32>,
    saved: RwSignal<u32>,
}

impl Pad {
    fn show(self, notes: &Saved) {
        let other = self.call.with_untracked(|call| *call != notes.call);
        let clean = self.changed.get_untracked() == self.saved.get_untracked();
        if other {
            if !clean {
                self.save();
            }
            self.call.set(notes.call.clone());
        }
        if other || clean {
            self.text.set(notes.text.clone());
            self.disposition.set(notes.disposition);
        }
        if other
            && let Some(draft) = page::kept(DRAFT).and_then(|draft| serde_json::from_str::<Draft>(&draft).ok())
            && draft.call == notes.call
        {
            self.text.set(draft.text);
            self.disposition.set(draft.disposition);
            self.edited();
        }
    }

    fn draft(self) -> Draft {
        Draft {
            call: self.call.get_untracked(),
            text: self.text.get_untracked(),
            disposition: self.disposition.get_untracked(),
        }
    }

    fn edited(self) {
        self.changed.update(|changed| *changed += 1);
        let now = self.changed.get_untracked();
        if let Ok(draft) = serde_json::to_string(&self.draft()) {
            page::keep(DRAFT, &draft);
        }
        spawn_local(async move {
            page::sleep(PAUSE_MS).await;
            // Only after the last key.
            if self.changed.get_untracked() == now {
                self.save();
            }
        });
    }

    fn save(self) {
        let Draft { call, text, disposition } = self.draft();
        let version = self.changed.get_untracked();
        spawn_local(async move {
            let done = self.station.done(Command::Notes { call, text, disposition }).await;
            if !done {
                return;
            }
            self.saved.update(|saved| *saved = version.max(*saved));
            if self.changed.get_untracked() == version {
                page::unkeep(DRAFT);
            }
        });
    }
}

#[component]
pub fn Notes(station: Station, notes: Saved) -> impl IntoView {
    let words = words();
    let pad = Pad {
        station,
        call: RwSignal::new(notes.call.clone()),
        text: RwSignal::new(notes.text.clone()),
        disposition: RwSignal::new(notes.disposition),
        changed: RwSignal::new(0),
        saved: RwSignal::new(0),
    };
    let newest = Memo::new(move |_| station.desk.with(|desk| desk.notes.clone()));
    // In the browser only: the first run looks for a draft.
    let alive = RwSignal::new(false);
    Effect::new(move |first: Option<()>| {
        if first.is_none() {
            alive.set(true);
            pad.call.set(String::new());
        }
        if let Some(notes) = newest.get() {
            pad.show(&notes);
        }
    });
    // What was typed while nobody was signed in is saved when somebody is.
    Effect::new(move |before: Option<SignedIn>| {
        let now = station.signed_in.get();
        let back = before.is_some_and(|before| before != SignedIn::Yes) && now == SignedIn::Yes;
        if back && pad.changed.get_untracked() != pad.saved.get_untracked() {
            pad.save();
        }
        now
    });
    let who = texts::party(words, &notes.who);
    let chosen = Memo::new(move |_| pad.disposition.get());
    let choose = move |disposition| {
        pad.disposition.set(Some(disposition));
        pad.edited();
    };
    let digit = move |event: KeyboardEvent| {
        let at = event.key().parse::<usize>().ok().and_then(|digit| digit.checked_sub(1));
        if let Some(disposition) = at.and_then(|at| Disposition::EVERY.get(at)) {
            choose(*disposition);
        }
    };
    let chips = (1..)
        .zip(Disposition::EVERY)
        .map(|(number, disposition)| {
            view! {
                <label class="chip">
                    <input
                        type="radio"
                        name="disposition"
                        class="unseen"
                        prop:checked=move || chosen.get() == Some(disposition)
                        on:change=move |_| choose(disposition)
                    />
                    {texts::disposition(words, disposition)}
                    <kbd aria-hidden="true">{number}</kbd>
                </label>
            }
        })
        .collect_view();
    let wrapping = Memo::new(move |_| station.desk.with(|desk| Panel::of(desk) == Panel::WrapUp));
    let state = move || {
        if pad.changed.get() != pad.saved.get() {
            words.console_notes_saving.to_owned()
        } else if let (true, Some(at)) = (alive.get(), newest.get().and_then(|notes| notes.saved_at)) {
            words.console_notes_saved(&format::lately(at, page::now_ms()))
        } else {
            String::new()
        }
    };
    view! {
        <section class="card notes" aria-label=words.console_notes data-wrap-up=move || wrapping.get().to_string()>
            <fieldset on:keydown=digit>
                <legend>{words.console_disposition}</legend>
                <div class="chips">{chips}</div>
            </fieldset>
            <label for="notes">{words.console_notes_about(&who)}</label>
            <textarea
                id="notes"
                rows="4"
                maxlength="4000"
                aria-keyshortcuts="Alt+N"
                prop:value=move || pad.text.get()
                on:input:target=move |event| {
                    pad.text.set(event.target().value());
                    pad.edited();
                }
            ></textarea>
            <p class="hint saved" data-saved=move || (pad.changed.get() == pad.saved.get()).to_string()>{state}</p>
        </section>
    }
}
