//! What is written about a call: how it went, and a note. Saved by itself; what was typed a moment before a reload is kept
//! in the browser until the server has it.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::drafts::Draft;
use super::news::Panel;
use super::station::Station;
use super::texts;
use crate::api::contact_center::{Disposition, Notes as Saved, Refusal};
use crate::browser::page;
use crate::domain::contact_center::console_settings::Pick;
use crate::ui::language::words;
use crate::ui::parts::format;

/// After the last key, ms.
const PAUSE_MS: u32 = 700;
/// More dispositions than these are found by typing.
const AT_A_GLANCE: usize = 12;

#[derive(Clone, Copy)]
struct Pad {
    station: Station,
    call: RwSignal<String>,
    text: RwSignal<String>,
    disposition: RwSignal<Option<Disposition>>,
}

impl Pad {
    fn show(self, notes: &Saved) {
        let other = self.call.with_untracked(|call| *call != notes.call);
        self.call.set(notes.call.clone());
        match self.station.drafts.of(&notes.call) {
            Some(draft) if other => {
                self.text.set(draft.text);
                self.disposition.set(draft.disposition);
            }
            // What is typed here is newer than what comes.
            Some(_) => {}
            None => {
                self.text.set(notes.text.clone());
                self.disposition.set(notes.disposition);
            }
        }
    }

    /// Chosen, and sent at once: wrap-up may wait for it.
    fn choose(self, disposition: Disposition) {
        self.disposition.set(Some(disposition));
        self.edited();
        self.station.send_drafts();
    }

    fn edited(self) {
        let draft = Draft {
            call: self.call.get_untracked(),
            text: self.text.get_untracked(),
            disposition: self.disposition.get_untracked(),
        };
        let (drafts, station) = (self.station.drafts, self.station);
        drafts.put(draft.clone());
        spawn_local(async move {
            page::sleep(PAUSE_MS).await;
            // Only after the last key.
            if drafts.of(&draft.call).as_ref() == Some(&draft) {
                station.send_drafts();
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
    };
    let unsaved = Memo::new(move |_| pad.call.with(|call| station.drafts.has(call)));
    let newest = Memo::new(move |_| station.desk.with(|desk| desk.notes.clone()));
    // In the browser only: the first run looks for a draft.
    let alive = RwSignal::new(false);
    Effect::new(move |first: Option<()>| {
        if first.is_none() {
            alive.set(true);
            station.drafts.restore();
            pad.call.set(String::new());
        }
        if let Some(notes) = newest.get() {
            pad.show(&notes);
        }
    });
    let who = texts::party(words, &notes.who);
    let chosen = Memo::new(move |_| pad.disposition.get());
    // What is offered when the call begins, and what was chosen before.
    let before = notes.disposition;
    let offered = station.desk.with_untracked(|desk| {
        let shown = |pick: &&Pick| !pick.archived || before.is_some_and(|before| before.0 == pick.word);
        let offered = desk.choices.dispositions.iter().filter(shown);
        offered.map(|pick| (Disposition(pick.word), texts::called(pick).to_owned())).collect::<Vec<_>>()
    });
    let many = offered.len() > AT_A_GLANCE;
    let known = StoredValue::new(offered.clone());
    let digit = move |event: KeyboardEvent| {
        let at = event.key().parse::<usize>().ok().and_then(|digit| digit.checked_sub(1));
        if let Some(disposition) = at.and_then(|at| known.with_value(|all| all.get(at).map(|(one, _)| *one))) {
            pad.choose(disposition);
        }
    };
    let sought = RwSignal::new(String::new());
    let is_sought = move |label: &str| sought.with(|text| label.to_lowercase().contains(&text.trim().to_lowercase()));
    let take_first = move |event: KeyboardEvent| {
        // A digit that is typed here chooses nothing.
        if event.key().len() == 1 {
            event.stop_propagation();
        }
        let first = || known.with_value(|all| all.iter().find(|(_, label)| is_sought(label)).map(|(one, _)| *one));
        if event.key() == "Enter"
            && !event.ctrl_key()
            && let Some(disposition) = first()
        {
            pad.choose(disposition);
            sought.set(String::new());
        }
    };
    let now = move || {
        known.with_value(|all| all.iter().find(|(one, _)| chosen.get() == Some(*one)).map(|(_, label)| label.clone()))
    };
    let chip = move |(number, (disposition, label)): (usize, (Disposition, String))| {
        let name = label.clone();
        view! {
            <label class="chip" hidden=move || !is_sought(&name)>
                <input
                    type="radio"
                    name="disposition"
                    class="unseen"
                    prop:checked=move || chosen.get() == Some(disposition)
                    on:change=move |_| pad.choose(disposition)
                />
                {label}
                {(number < 10).then(|| view! { <kbd aria-hidden="true">{number}</kbd> })}
            </label>
        }
    };
    let chips = (1..).zip(offered).map(chip).collect_view();
    let missing = Memo::new(move |_| {
        chosen.get().is_none() && station.refusal.with(|refusal| *refusal == Some(Refusal::NoDisposition))
    });
    // It may be asked for from below.
    Effect::new(move |_| {
        if missing.get() {
            page::focus("dispositions");
        }
    });
    let wrapping = Memo::new(move |_| station.desk.with(|desk| Panel::of(desk) == Panel::WrapUp));
    let state = move || {
        if unsaved.get() {
            let text = if station.drafts.away.get() { words.console_notes_kept } else { words.console_notes_saving };
            text.to_owned()
        } else if let (true, Some(at)) = (alive.get(), newest.get().and_then(|notes| notes.saved_at)) {
            words.console_notes_saved(&format::lately(at, page::now_ms()))
        } else {
            String::new()
        }
    };
    view! {
        <section class="card notes" aria-label=words.console_notes data-wrap-up=move || wrapping.get().to_string()>
            <fieldset id="dispositions" tabindex="-1" on:keydown=digit>
                <legend>{words.console_disposition}</legend>
                {move || missing.get().then(|| view! { <p class="problem" role="alert">{words.console_refused_no_disposition}</p> })}
                {many.then(|| view! {
                    <p class="find">
                        <input
                            type="search"
                            autocomplete="off"
                            placeholder=words.console_disposition_find
                            aria-label=words.console_disposition_find
                            prop:value=move || sought.get()
                            on:input:target=move |event| sought.set(event.target().value())
                            on:keydown=take_first
                        />
                        <strong>{now}</strong>
                    </p>
                })}
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
            <p class="hint saved" data-saved=move || (!unsaved.get()).to_string()>{state}</p>
        </section>
    }
}
