//! The call widget.
//!
//! One `<button>` stays through all states, so that the keyboard's focus is never lost: it calls, hangs up and calls
//! again. It is gone only while a call ends by itself. Stable for browser tests and style sheets: `data-state` on the widget ([`Stage::shown`]), `data-quality` on
//! the quality word, and the accessible names, which are texts of `locales/`. `data-call`, `data-title`, `data-starting`
//! and `data-not-loaded` belong to `public/intent.js`.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call::{End, Stage};
use super::driver::{Asked, Driver};
use super::texts;
use crate::browser::microphone::Browser;
use crate::browser::page;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;
use crate::ui::parts::level::Level;

/// The ids of the call button, and of what is said above it.
const BUTTON: &str = "call-button";
const STATUS: &str = "call-status";

#[island]
pub fn Widget(
    /// What a `tel:` link needs, and what people read.
    number: String,
    shown: String,
    /// Another number than the support line's: one that the operator opened to visitors.
    to: Option<String>,
) -> impl IntoView {
    let words = words();
    let driver = Driver::new();
    let (stage, care) = (driver.stage, driver.care);
    let echo = to.is_some();
    // Nobody is called where the sound is tested.
    let (ready, start) =
        if echo { (words.audio_test_ready, words.audio_test_start) } else { (words.state_idle, words.call_now) };
    // Runs in the browser only, when the listeners below are in place.
    Effect::new(move |_| driver.wake(to.clone()));

    let press = move |_| {
        if stage.get_untracked().is_running() { driver.hang_up() } else { driver.press() }
    };
    let label = move || match stage.get() {
        Stage::Idle => start,
        Stage::Denied(_) | Stage::Over(End::Failed(_)) => words.call_try_again,
        Stage::Over(_) => words.call_again,
        Stage::Preparing { asking: true, .. } => words.call_cancel,
        _ => words.call_hang_up,
    };
    let ends = move || stage.get().is_running().then_some("");
    let dial_instead = words.call_dial_instead(&shown);
    let telephone = format!("tel:+{number}");
    let (telephone_waiting, dial_waiting) = (telephone.clone(), dial_instead.clone());
    let has_failed =
        move || matches!(stage.get(), Stage::Denied(_) | Stage::Over(End::Failed(_) | End::Busy | End::NoAnswer));
    // The support line is no way to test one's sound.
    let offers_number = move || !echo && has_failed();
    let title = move || match stage.get() {
        Stage::Idle => ready,
        stage => texts::title(words, &stage, care.get()),
    };
    let waits = Memo::new(move |_| stage.get().shown(care.get()) == "waiting");
    let ends_by_itself = Memo::new(move |_| stage.get().ends_by_itself(care.get()));
    // What had the keyboard's focus may go with the card: then it is the button's, or the text's where there is none.
    Effect::new(move |waited: Option<bool>| {
        let waits = waits.get();
        if waited == Some(true) && !waits {
            spawn_local(async move {
                page::sleep(0).await;
                if page::focus_is_lost() {
                    page::focus(if ends_by_itself.get_untracked() { STATUS } else { BUTTON });
                }
            });
        }
        waits
    });
    let waiting = move || {
        let (number, shown) = (telephone_waiting.clone(), dial_waiting.clone());
        view! { <Waiting driver telephone=number dial=shown/> }
    };
    let in_call = Memo::new(move |_| matches!(stage.get(), Stage::Live(_)));

    view! {
        <section
            class="widget"
            aria-label=start
            data-state=move || stage.get().shown(care.get())
            data-starting=words.call_starting
            data-not-loaded=words.failed_not_loaded
        >
            <div role="status" id=STATUS tabindex="-1">
                <p class="title" data-title="">{title}</p>
                <p class="detail">{move || texts::detail(words, &stage.get(), care.get())}</p>
            </div>
            // Its last step is to press the button below.
            <Steps stage/>
            // What somebody who waits may do instead comes before giving up.
            <Show when=move || waits.get()>{waiting.clone()}</Show>
            // Above whatever else a state brings: calling and hanging up are at one place.
            <button type="button" id=BUTTON class="call" data-call="" data-ends=ends hidden=move || ends_by_itself.get() on:click=press>
                <Icon mark=Mark::Phone/>
                <span class="label">{label}</span>
                <span class="starting" aria-hidden="true">{words.call_starting}</span>
            </button>
            <Show when=move || in_call.get()>
                <Talking driver echo/>
            </Show>
            <Show when=offers_number>
                <p><a href=telephone.clone()>{dial_instead.clone()}</a></p>
            </Show>
        </section>
    }
}

/// How to get a microphone.
#[component]
fn Steps(stage: RwSignal<Stage>) -> impl IntoView {
    let words = words();
    let steps = move || match stage.get() {
        Stage::Denied(problem) => texts::steps(words, problem, Browser::this()),
        _ => vec![],
    };
    view! {
        <Show when=move || matches!(stage.get(), Stage::Denied(_))>
            <ol>{move || steps().into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
        </Show>
    }
}

/// What somebody who waits may do: stay, leave a message, be called back, dial.
#[component]
fn Waiting(driver: Driver, telephone: String, dial: String) -> impl IntoView {
    let words = words();
    let asks_number = RwSignal::new(false);
    let number = RwSignal::new(String::new());
    let under_way = move || driver.asked.get() == Asked::UnderWay;
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        driver.be_called_back(number.get_untracked());
    };
    let refused = move || match driver.asked.get() {
        Asked::Refused(refusal) => texts::refusal(words, &refusal),
        Asked::Nothing | Asked::UnderWay => String::new(),
    };
    view! {
        <div class="waits" role="group" aria-label=words.wait_instead>
            <p>{words.wait_stay}</p>
            <div class="tools">
                <button type="button" class="tool" disabled=under_way on:click=move |_| driver.leave_message()>
                    {words.wait_message}
                </button>
                <button
                    type="button"
                    class="tool"
                    aria-expanded=move || asks_number.get().to_string()
                    aria-controls="call-back"
                    on:click=move |_| asks_number.update(|open| *open = !*open)
                >
                    {words.wait_call_back}
                </button>
            </div>
            <Show when=move || asks_number.get()>
                <form id="call-back" novalidate on:submit=send>
                    <label for="call-back-number">{words.wait_number}</label>
                    <input
                        id="call-back-number"
                        aria-invalid=move || (!refused().is_empty()).then_some("true")
                        type="tel"
                        autocomplete="tel"
                        maxlength="40"
                        aria-describedby="call-back-problem"
                        prop:value=move || number.get()
                        on:input=move |event| number.set(event_target_value(&event))
                    />
                    <p id="call-back-problem" class="refused" role="alert">{refused}</p>
                    <button type="submit" class="tool" disabled=under_way>{words.wait_call_me_back}</button>
                </form>
            </Show>
            <Show when=move || !asks_number.get()>
                <p class="refused" role="alert">{refused}</p>
            </Show>
            <p><a href=telephone>{dial}</a></p>
        </div>
    }
}

/// Length, levels, quality, mute and keypad.
#[component]
fn Talking(
    driver: Driver,
    /// The call is the sound test: the other side is an echo.
    echo: bool,
) -> impl IntoView {
    let words = words();
    let keypad = RwSignal::new(false);
    let talking = move || driver.stage.get().since().is_some();
    view! {
        <div class="talking">
            <Show when=talking>
                <p class="timer" role="timer" aria-label=words.call_length>{move || texts::clock(driver.elapsed.get())}</p>
                <p class="quality" data-quality=move || driver.quality.get().name()>
                    <Icon mark=Mark::Signal/>
                    {move || texts::quality(words, driver.quality.get())}
                </p>
                <div class="levels" aria-hidden="true">
                    <Level name=words.call_you level=Signal::derive(move || driver.levels.get().mine)/>
                    <Level name=if echo { words.call_echo } else { words.call_them } level=Signal::derive(move || driver.levels.get().theirs)/>
                </div>
            </Show>
            <div class="tools">
                <button type="button" class="tool" aria-pressed=move || driver.muted.get().to_string() on:click=move |_| driver.toggle_mute()>
                    <Icon mark=Mark::Microphone/>
                    {move || if driver.muted.get() { words.call_unmute } else { words.call_mute }}
                </button>
                <button
                    type="button"
                    class="tool"
                    aria-expanded=move || keypad.get().to_string()
                    aria-controls="keypad"
                    on:click=move |_| keypad.update(|open| *open = !*open)
                >
                    <Icon mark=Mark::Keypad/>
                    {words.call_keypad}
                </button>
            </div>
            <p role="status" class="note">{move || if driver.muted.get() { words.state_muted } else { "" }}</p>
            <Show when=move || keypad.get()>
                <Keypad keys=driver.keys press=Callback::new(move |key| driver.send_key(key))/>
            </Show>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the server sends: a real button, and every hook that the script before hydration and the browser tests need.
    #[test]
    fn the_servers_widget_is_idle_and_has_a_real_button() {
        let html = Owner::new().with(|| {
            view! { <Widget number="442079460000".to_owned() shown="+44 20 7946 0000".to_owned() to=None/> }.to_html()
        });
        for part in [
            "data-state=\"idle\"",
            "<button type=\"button\"",
            "data-call",
            "data-title",
            "data-starting",
            "data-not-loaded",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
        assert!(html.contains(words().call_now) && !html.contains("style=\""), "{html}");
    }
}
