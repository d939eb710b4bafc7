//! Microphone, speaker and ringer: which, and whether they work.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::station::Station;
use super::texts;
use crate::browser::microphone::Problem;
use crate::browser::notice::Permission;
use crate::browser::page;
use crate::browser::sound::{self, Device, Use};
use crate::ui::language::{Words, words};
use crate::ui::parts::level::Level;

/// Long enough for a sentence, ms.
const TEST_MS: u32 = 4_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Idle,
    Speak,
    Listen,
    Done,
    Failed(Problem),
}

fn test_text(words: &'static Words, test: Test) -> &'static str {
    match test {
        Test::Idle => words.console_test_text,
        Test::Speak => words.console_test_speak,
        Test::Listen => words.console_test_listen,
        Test::Done => words.console_test_done,
        Test::Failed(problem) => texts::microphone(words, problem),
    }
}

fn name(words: &'static Words, purpose: Use) -> &'static str {
    match purpose {
        Use::Microphone => words.console_device_microphone,
        Use::Speaker => words.console_device_speaker,
        Use::Ringer => words.console_device_ringer,
    }
}

/// What each key does.
fn keys(words: &'static Words) -> impl IntoView + use<> {
    [
        ("Enter", "Alt A", words.console_accept),
        ("Esc", "Alt X", words.console_decline),
        ("Alt X", "", words.call_hang_up),
        ("Alt M", "", words.call_mute),
        ("Alt H", "", words.console_hold),
        ("Alt K", "", words.call_keypad),
        ("Alt T", "", words.console_transfer),
        ("Alt P", "", words.console_add),
        ("Alt N", "", words.console_notes),
        ("Alt L", "", words.console_dial_title),
        ("Ctrl Enter", "", words.console_keys_done),
    ]
    .map(|(key, other, does)| {
        let other = (!other.is_empty()).then(|| view! { <kbd>{other}</kbd> });
        view! { <tr><th scope="row">{does}</th><td><kbd>{key}</kbd>{other}</td></tr> }
    })
    .collect_view()
}

#[component]
pub fn Sound(station: Station) -> impl IntoView {
    let words = words();
    let devices = RwSignal::new(Vec::<Device>::new());
    let read = move || spawn_local(async move { devices.set(sound::devices().await) });
    Effect::new(move |_| {
        // Names are told once the microphone is allowed.
        station.microphone.track();
        read();
    });
    Effect::new(move |first: Option<()>| {
        if first.is_none() {
            sound::on_devices(read);
        }
    });
    let test = RwSignal::new(Test::Idle);
    let level = RwSignal::new(0_u8);
    let running = Memo::new(move |_| matches!(test.get(), Test::Speak | Test::Listen));
    let start = move |_| {
        if running.get_untracked() {
            return;
        }
        test.set(Test::Speak);
        spawn_local(async move {
            let result = sound::test(TEST_MS).await;
            test.set(match result {
                Ok(()) => Test::Done,
                Err(name) => Test::Failed(Problem::of_error_name(&name)),
            });
        });
        spawn_local(async move {
            let mut past = 0;
            while running.get_untracked() {
                level.set(sound::test_level());
                page::sleep(100).await;
                past += 100;
                if past >= TEST_MS && test.get_untracked() == Test::Speak {
                    test.set(Test::Listen);
                }
            }
            level.set(0);
        });
    };
    let ring = move |_| {
        spawn_local(async move {
            station.audible.set(sound::unlock().await);
            sound::ring(true);
            page::sleep(1_500).await;
            station.after();
        });
    };
    let selects = Use::EVERY
        .map(|purpose| {
            let beside = (purpose == Use::Ringer).then(|| {
                view! { <button type="button" class="small" on:click=ring>{words.console_test_ring}</button> }
            });
            view! { <Choice station devices purpose beside/> }
        })
        .collect_view();
    let notices = move || {
        match station.notices.get() {
        Permission::Granted => view! { <p class="hint">{words.console_notices_on}</p> }.into_any(),
        Permission::Denied => view! { <p class="hint">{words.console_notices_denied}</p> }.into_any(),
        Permission::NotAsked => {
            view! { <button type="button" class="small" on:click=move |_| station.turn_on_notices()>{words.console_notices_turn_on}</button> }
                .into_any()
        }
        Permission::None => view! { <p class="hint">{words.console_notices_none}</p> }.into_any(),
    }
    };
    view! {
        <section class="pane" data-pane="sound" aria-labelledby="sound-title">
            <h2 id="sound-title">{words.console_sound}</h2>
            <div class="card">{selects}</div>
            <div class="card test">
                <h3>{words.console_test_title}</h3>
                <p role="status">{move || test_text(words, test.get())}</p>
                <div class="levels" aria-hidden="true">
                    <Level name=words.call_you level=level.into()/>
                </div>
                <div class="row">
                    <button type="button" class="small" aria-busy=move || running.get().to_string() on:click=start>{words.console_test_start}</button>
                </div>
            </div>
            <div class="card">
                <h3>{words.console_notices}</h3>
                {notices}
            </div>
            <div class="card keys-card">
                <h3>{words.console_keys_title}</h3>
                // The tbody is what a parser would put there.
                <table><tbody>{keys(words)}</tbody></table>
            </div>
        </section>
    }
}

#[component]
fn Choice<V: IntoView + 'static>(
    station: Station,
    devices: RwSignal<Vec<Device>>,
    purpose: Use,
    /// What tries it out.
    beside: Option<V>,
) -> impl IntoView {
    let words = words();
    let id = match purpose {
        Use::Microphone => "microphone",
        Use::Speaker => "speaker",
        Use::Ringer => "ringer",
    };
    let chosen = RwSignal::new(String::new());
    Effect::new(move |_| chosen.set(purpose.chosen()));
    let options = move || {
        let fitting = devices.get().into_iter().filter(move |device| device.is_for(purpose));
        (1..)
            .zip(fitting)
            .map(|(number, device)| {
                let Device { id, label, .. } = device;
                let selected = id == chosen.get();
                let label = if label.is_empty() { format!("{} {number}", name(words, purpose)) } else { label };
                view! { <option value=id selected=selected>{label}</option> }
            })
            .collect_view()
    };
    let choose = move |id: String| {
        purpose.choose(&id);
        chosen.set(id);
        station.use_devices();
    };
    view! {
        <div class="field">
            <label for=id>{name(words, purpose)}</label>
            <div class="row">
                <select id=id on:change:target=move |event| choose(event.target().value())>
                    <option value="">{words.console_device_default}</option>
                    {options}
                </select>
                {beside}
            </div>
        </div>
    }
}
