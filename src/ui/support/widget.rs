//! The call widget.
//!
//! One `<button>` stays in place through all states, so that the keyboard's focus is never lost: it calls, hangs up and
//! calls again. Stable for browser tests and style sheets: `data-state` on the widget ([`Stage::name`]), `data-quality` on
//! the quality word, and the accessible names, which are texts of `locales/`. `data-call`, `data-title`, `data-starting`
//! and `data-not-loaded` belong to `public/intent.js`.

use leptos::prelude::*;

use super::call::{End, Stage};
use super::driver::Driver;
use super::texts;
use crate::browser::microphone::Browser;
use crate::ui::language::words;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;
use crate::ui::parts::level::Level;

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
    let stage = driver.stage;
    // Runs in the browser only, when the listeners below are in place.
    Effect::new(move |_| driver.wake(to.clone()));

    let press = move |_| {
        if stage.get_untracked().is_running() { driver.hang_up() } else { driver.press() }
    };
    let label = move || match stage.get() {
        Stage::Idle => words.call_now,
        Stage::Denied(_) | Stage::Over(End::Failed(_)) => words.call_try_again,
        Stage::Over(_) => words.call_again,
        Stage::Preparing { asking: true, .. } => words.call_cancel,
        _ => words.call_hang_up,
    };
    let dial_instead = words.call_dial_instead(&shown);
    let telephone = format!("tel:+{number}");
    let has_failed =
        move || matches!(stage.get(), Stage::Denied(_) | Stage::Over(End::Failed(_) | End::Busy | End::NoAnswer));
    let in_call = Memo::new(move |_| matches!(stage.get(), Stage::Live(_)));

    view! {
        <section
            class="widget"
            aria-label=words.call_now
            data-state=move || stage.get().name()
            data-starting=words.call_starting
            data-not-loaded=words.failed_not_loaded
        >
            <div role="status">
                <p class="title" data-title="">{move || texts::title(words, &stage.get())}</p>
                <p class="detail">{move || texts::detail(words, &stage.get())}</p>
            </div>
            <Steps stage/>
            <Show when=move || in_call.get()>
                <Talking driver/>
            </Show>
            <button type="button" class="call" data-call="" on:click=press>
                <Icon mark=Mark::Phone/>
                <span class="label">{label}</span>
                <span class="starting" aria-hidden="true">{words.call_starting}</span>
            </button>
            <Show when=has_failed>
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

/// Length, levels, quality, mute and keypad.
#[component]
fn Talking(driver: Driver) -> impl IntoView {
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
                    <Level name=words.call_them level=Signal::derive(move || driver.levels.get().theirs)/>
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
