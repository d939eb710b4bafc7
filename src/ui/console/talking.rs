//! A call: who is in it, how it sounds, and what can be done with it. Every control shows what the server confirmed.

use leptos::prelude::*;

use super::layout::Drawer;
use super::offer::Facts;
use super::pick::{Pick, Purpose};
use super::station::Station;
use super::texts;
use crate::api::contact_center::{ActiveCall, ConsultStage, Control, Stage};
use crate::browser::page;
use crate::domain::contact_center::hearing::{Situation, allowed};
use crate::ui::language::words;
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;
use crate::ui::parts::level::Level;

mod consult;
mod controls;
mod hang_up;
mod parties;

use consult::{ConsultControls, consult_text};
use controls::Controls;
use hang_up::HangUp;
use parties::{Parties, WhoHearsWhom, stage_name, talked_to};

#[component]
pub fn Talking(station: Station, call: ActiveCall) -> impl IntoView {
    let words = words();
    let ActiveCall { id, who, .. } = call.clone();
    // The newest there is; the last one while the panel is going.
    let call = Memo::new(move |last: Option<&ActiveCall>| {
        station.call().or_else(|| last.cloned()).unwrap_or_else(|| call.clone())
    });
    let silent = Memo::new(move |_| {
        station.leads.get() && !station.elsewhere.get() && !station.phone.with(|phone| phone.has_audio())
    });
    let clock = Memo::new(move |_| {
        let since = call.with(|call| call.answered_at.unwrap_or(call.started_at));
        format::length(station.ago(since))
    });
    let status = move || {
        call.with(|call| match (call.stage, call.held_since) {
            (Stage::Connecting, _) => words.state_connecting.to_owned(),
            (Stage::Ringing, _) => words.state_ringing.to_owned(),
            (Stage::Talking, Some(since)) if on_hold(call) => words.console_held(&format::length(station.ago(since))),
            (Stage::Talking, _) if rings(call) => words.state_ringing.to_owned(),
            (Stage::Talking, _) if call.muted => words.state_muted.to_owned(),
            (Stage::Talking, _) => match &call.consult {
                Some(consult) if call.situation.is_consulting() => {
                    words.console_talking_to(&talked_to(words, call, consult))
                }
                _ => words.console_talking.to_owned(),
            },
        })
    };
    let consult = Memo::new(move |_| call.with(|call| call.consult.clone()));
    let several = Memo::new(move |_| call.with(|call| call.parties.len() > 2 || call.consult.is_some()));
    let problem = Memo::new(move |_| call.with(|call| texts::problem(words, call)));
    // The button that was pressed may be gone with what it did.
    let situation = Memo::new(move |_| call.with(|call| call.situation));
    Effect::new(move |before: Option<Situation>| {
        let now = situation.get();
        if before.is_some_and(|before| before != now) {
            leptos::task::spawn_local(async {
                page::sleep(0).await;
                if page::focus_is_lost() {
                    page::focus("panel");
                }
            });
        }
        now
    });
    let drawer = {
        let id = StoredValue::new(id.clone());
        // What may not be done any more is not offered any more.
        let open = move || match station.drawer.get() {
            Drawer::Keypad if !allowed(Control::Keys, &situation.get()) => Drawer::None,
            Drawer::Transfer if !allowed(Control::Transfer, &situation.get()) => Drawer::None,
            Drawer::Add if !allowed(Control::Add, &situation.get()) => Drawer::None,
            drawer => drawer,
        };
        move || {
            match open() {
            Drawer::None => ().into_any(),
            Drawer::Keypad => {
                view! { <Keypad keys=station.keys pressed=station.pressed press=Callback::new(move |key| station.press(key))/> }
                    .into_any()
            }
            Drawer::Transfer => view! { <Pick station call=id.get_value() purpose=Purpose::Transfer/> }.into_any(),
            Drawer::Add => view! { <Pick station call=id.get_value() purpose=Purpose::Add/> }.into_any(),
        }
        }
    };
    let stage = move || call.with(|call| if rings(call) { "ringing" } else { stage_name(call.stage) });
    view! {
        <article class="card talking" data-stage=stage data-held=move || call.with(on_hold).to_string()>
            <header>
                <div>
                    <h2 class="name">{texts::party(words, &who.party)}</h2>
                    <p class="text-2">{texts::line(words, &who)}</p>
                </div>
                <p class="timer" role="timer" aria-label=words.call_length>{move || clock.get()}</p>
            </header>
            <p class="status">{status}</p>
            // Only this part grows and scrolls: what is below it stays where it is, in every state.
            <div class="body" tabindex="0" role="group" aria-label=words.console_parties>
                {move || problem.get().map(|problem| view! { <p class="problem" role="alert">{problem}</p> })}
                <Show when=move || silent.get()>
                    <p class="problem" role="status">{words.console_no_audio}</p>
                </Show>
                <Show when=move || station.deaf.get()>
                    <p class="problem" role="status">{words.console_deaf}</p>
                </Show>
                <Show when=move || several.get()>
                    <Parties station call/>
                    <WhoHearsWhom call/>
                </Show>
                {move || consult.get().map(|consult| consult_text(words, &consult, call))}
                <Facts station who/>
                <Sound station muted=Signal::derive(move || call.with(|call| call.muted))/>
            </div>
            // Always in sight, and where they are: what is opened opens above.
            <div class="actions">
                <div class="drawer" id="drawer">{drawer}</div>
                <div class="buttons">
                    <ConsultControls station call/>
                    <Controls station call/>
                </div>
                <HangUp station call/>
            </div>
        </article>
    }
}

/// Somebody is being called to be consulted: nobody talks yet.
fn rings(call: &ActiveCall) -> bool {
    call.consult.as_ref().is_some_and(|consult| consult.stage == ConsultStage::Ringing)
}

/// The customer is on hold, and that is what this agent's call is about now.
fn on_hold(call: &ActiveCall) -> bool {
    call.situation.waits() && call.consult.is_none()
}

/// Quality and levels; in the tab that has the audio.
#[component]
fn Sound(station: Station, muted: Signal<bool>) -> impl IntoView {
    let words = words();
    let mine = move || if muted.get() { 0 } else { station.levels.get().mine };
    view! {
        <Show when=move || station.leads.get()>
            <div class="sound">
                <p class="quality" data-quality=move || station.quality.get().name()>
                    <Icon mark=Mark::Signal/>
                    {move || crate::ui::support::texts::quality(words, station.quality.get())}
                </p>
                <div class="levels" aria-hidden="true">
                    <Level name=words.call_you level=Signal::derive(mine)/>
                    <Level name=words.console_them level=Signal::derive(move || station.levels.get().theirs)/>
                </div>
            </div>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{consulting, in_call, joined};
    use super::*;
    use crate::api::contact_center::Desk;

    fn html(desk: Desk) -> String {
        let call = desk.call.clone().unwrap();
        Owner::new().with(|| view! { <Talking station=Station::new(desk) call/> }.to_html())
    }

    /// The names of the buttons that a stage has.
    fn has(desk: Desk, wanted: &[&str], not: &[&str]) {
        let html = html(desk);
        for name in wanted {
            assert!(html.contains(name), "{name}: {html}");
        }
        for name in not {
            assert!(!html.contains(name), "{name}: {html}");
        }
    }

    #[test]
    fn a8_each_console_says_what_is_so() {
        let words = words();
        has(consulting(false), &[&words.console_consult_talking("Joe")], &[]);
        has(consulting(true), &[&words.console_consult_asked("Joe")], &[]);
        for guest in [false, true] {
            let joined = joined(guest);
            let not = [words.console_consult_asked("Joe"), words.console_consult_talking("Joe")];
            has(joined, &[&words.console_consult_joined("Joe")], &[&not[0], &not[1]]);
        }
    }

    #[test]
    fn a8_what_may_not_be_done_is_not_there() {
        let words = words();
        let (hold, resume, transfer, add) = ("Alt+H", words.console_resume, "title=\"Alt+T\"", "title=\"Alt+P\"");
        has(in_call(), &[hold, transfer, add], &[resume]);
        has(consulting(false), &[words.console_back, words.console_join], &[hold, resume, transfer, add]);
        has(consulting(true), &["Alt+M"], &[hold, resume, transfer, add, words.console_back, words.console_join]);
        has(
            joined(false),
            &[hold, add, words.console_leave],
            &[resume, transfer, words.console_complete, words.console_back, words.console_join],
        );
    }

    #[test]
    fn b10_who_talks_is_not_on_hold() {
        let words = words();
        for guest in [false, true] {
            let html = html(consulting(guest));
            let status = html.split("class=\"status\"").nth(1).unwrap().split("</p>").next().unwrap();
            assert!(status.contains(&words.console_talking_to("Joe")), "{status}");
            assert!(
                html.contains("data-held=\"false\"") && html.contains("data-party=\"hold\""),
                "the customer's card says it: {html}"
            );
        }
    }

    #[test]
    fn who_muted_here_is_not_said_to_be_heard() {
        let words = words();
        let desk = consulting(false);
        let call = desk.call.clone().unwrap();
        let html = Owner::new().with(|| {
            let station = Station::new(desk);
            station.muted_here.set(Some(true));
            view! { <Talking station call/> }.to_html()
        });
        assert!(html.contains(words.state_muted) && html.contains(words.console_hearing_muted), "{html}");
        assert!(!html.contains(words.console_hearing_each_other), "{html}");
    }

    #[test]
    fn a9_hanging_up_is_one_press_where_it_can_mean_one_thing() {
        for (desk, asks) in
            [(in_call(), false), (consulting(true), false), (consulting(false), true), (joined(false), true)]
        {
            assert_eq!(html(desk).contains("aria-expanded=\"false\" aria-busy"), asks);
        }
    }
}
