//! A call: who is in it, how it sounds, and what can be done with it. Every control shows what the server confirmed.

use leptos::prelude::*;

use super::offer::Facts;
use super::pick::{Pick, Purpose};
use super::station::{Act, Drawer, Station};
use super::texts;
use crate::api::contact_center::{ActiveCall, Command, Consult, ConsultStage, Control, PartyLine, Role, Stage, Target};
use crate::browser::page;
use crate::domain::contact_center::hearing::{Ear, Situation, allowed};
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::keypad::Keypad;
use crate::ui::parts::level::Level;

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
            (Stage::Talking, Some(since)) if call.situation.waits() => {
                words.console_held(&format::length(station.ago(since)))
            }
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
    let problem = Memo::new(move |_| call.with(|call| call.problem.clone()));
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
    view! {
        <article class="card talking" data-stage=move || stage_name(call.get().stage) data-held=move || call.with(|call| call.situation.waits()).to_string()>
            <header>
                <div>
                    <h2 class="name">{texts::party(words, &who.party)}</h2>
                    <p class="text-2">{texts::line(words, &who)}</p>
                </div>
                <p class="timer" role="timer" aria-label=words.call_length>{move || clock.get()}</p>
            </header>
            <p class="status">{status}</p>
            <Facts who/>
            <Show when=move || silent.get()>
                <p class="problem" role="status">{words.console_no_audio}</p>
            </Show>
            <Show when=move || station.deaf.get()>
                <p class="problem" role="status">{words.console_deaf}</p>
            </Show>
            {move || problem.get().map(|problem| view! { <p class="problem" role="alert">{texts::refusal(words, &problem)}</p> })}
            <Sound station muted=Signal::derive(move || call.with(|call| call.muted))/>
            <Show when=move || several.get()>
                <Parties station call/>
                <WhoHearsWhom call/>
            </Show>
            {move || consult.get().map(|consult| consult_text(words, &consult, call))}
            // Always in sight, and where they are: what is opened opens below.
            <div class="actions">
                <ConsultControls station call/>
                <Controls station call/>
                <HangUp station call/>
            </div>
            <div class="drawer" id="drawer">{drawer}</div>
        </article>
    }
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Connecting => "connecting",
        Stage::Ringing => "ringing",
        Stage::Talking => "talking",
    }
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

#[component]
fn Controls(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let muted = Memo::new(move |_| call.with(|call| call.muted));
    let may = move |control| Memo::new(move |_| call.with(|call| call.allows(control)));
    let (hold, resume, keys) = (may(Control::Hold), may(Control::Resume), may(Control::Keys));
    let (transfer, add) = (may(Control::Transfer), may(Control::Add));
    let under_way = Memo::new(move |_| call.with(|call| call.under_way));
    let id = move || call.with_untracked(|call| call.id.clone());
    let busy =
        move |controls: [Control; 2]| under_way.get().is_some_and(|control| controls.contains(&control)).to_string();
    let drawer = move |drawer: Drawer, mark: Mark, label: &'static str, keys: &'static str| {
        view! {
            <button
                type="button"
                class="tool"
                aria-expanded=move || (station.drawer.get() == drawer).to_string()
                aria-keyshortcuts=keys
                title=keys
                on:click=move |_| station.toggle(drawer)
            >
                <Icon mark/>
                {label}
            </button>
        }
    };
    view! {
        <div class="tools">
            <button
                type="button"
                class="tool"
                aria-pressed=move || muted.get().to_string()
                aria-busy=move || busy([Control::Mute, Control::Unmute])
                aria-keyshortcuts="Alt+M"
                title="Alt+M"
                on:click=move |_| station.mute(&id(), !muted.get_untracked())
            >
                <Icon mark=Mark::Microphone/>
                {move || if muted.get() { words.call_unmute } else { words.call_mute }}
            </button>
            <Show when=move || hold.get() || resume.get()>
                <button
                    type="button"
                    class="tool"
                    aria-pressed=move || resume.get().to_string()
                    aria-busy=move || busy([Control::Hold, Control::Resume])
                    aria-keyshortcuts="Alt+H"
                    title="Alt+H"
                    on:click=move |_| station.ask(Command::Hold { call: id(), on: !resume.get_untracked() })
                >
                    <Icon mark=Mark::Pause/>
                    {move || if resume.get() { words.console_resume } else { words.console_hold }}
                </button>
            </Show>
            <Show when=move || keys.get()>{drawer(Drawer::Keypad, Mark::Keypad, words.call_keypad, "Alt+K")}</Show>
            <Show when=move || transfer.get()>
                {drawer(Drawer::Transfer, Mark::Transfer, words.console_transfer, "Alt+T")}
            </Show>
            <Show when=move || add.get()>{drawer(Drawer::Add, Mark::Add, words.console_add, "Alt+P")}</Show>
            <button
                type="button"
                class="tool"
                aria-keyshortcuts="Alt+N"
                title="Alt+N"
                on:click=move |_| station.write_notes()
            >
                <Icon mark=Mark::Note/>
                {words.console_notes}
            </button>
        </div>
    }
}

/// Everybody in the call.
#[component]
fn Parties(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let may_remove = Memo::new(move |_| call.with(|call| call.allows(Control::Remove)));
    let key = |party: &PartyLine| (party.leg.clone(), stage_name(party.stage), party.ear, party.muted);
    let row = move |party: PartyLine| {
        let name = party_name(words, &party);
        let PartyLine { leg, role, stage, since, ear, muted, .. } = party;
        let kind = match role {
            Role::Me => "",
            Role::Customer => words.console_role_customer,
            Role::Colleague => words.console_role_colleague,
            Role::Third => words.console_role_third,
        };
        let state = move || match (ear, stage) {
            (Ear::Music, _) => words.console_held(&format::length(station.ago(since))),
            (_, Stage::Talking) if muted => words.console_party_muted.to_owned(),
            (_, Stage::Talking) => words.console_talking.to_owned(),
            (_, Stage::Ringing) => words.state_ringing.to_owned(),
            (_, Stage::Connecting) => words.state_connecting.to_owned(),
        };
        let removable = matches!(role, Role::Colleague | Role::Third);
        let label = words.console_remove(&name);
        let leg = StoredValue::new(leg);
        let remove = move || {
            (removable && may_remove.get()).then(|| {
                view! {
                    <button
                        type="button"
                        class="small"
                        aria-label=label.clone()
                        on:click=move |_| {
                            let call = call.with_untracked(|call| call.id.clone());
                            station.ask(Command::Remove { call, leg: leg.get_value() });
                        }
                    >
                        <Icon mark=Mark::Close/>
                    </button>
                }
            })
        };
        view! {
            <li class="party" data-held=(ear == Ear::Music).to_string()>
                <div>
                    <strong>{name}</strong>
                    <span class="text-2">{kind}</span>
                </div>
                <span>{state}</span>
                {remove}
            </li>
        }
    };
    view! {
        <ul class="parties" aria-label=words.console_parties>
            <For each=move || call.with(|call| call.parties.clone()) key let(party)>{row(party)}</For>
        </ul>
    }
}

fn party_name(words: &'static Words, party: &PartyLine) -> String {
    if party.role == Role::Me { words.call_you.to_owned() } else { texts::party(words, &party.party) }
}

/// Who hears whom, in a few words for each: names, and what is so of them.
fn hearing(words: &'static Words, parties: &[PartyLine]) -> Vec<(Vec<String>, &'static str)> {
    let of = |ear: Ear| parties.iter().filter(move |party| party.ear == ear);
    let name = |party: &PartyLine| party_name(words, party);
    let heard: Vec<String> = of(Ear::Others).filter(|party| !party.muted).map(name).collect();
    let mut lines = Vec::new();
    let there = of(Ear::Others).count();
    match heard.len() {
        0 => {}
        1 if there == 1 => lines.push((heard, words.console_hearing_alone)),
        1 => lines.push((heard, words.console_hearing_heard)),
        _ => lines.push((heard, words.console_hearing_each_other)),
    }
    let muted = of(Ear::Others).filter(|party| party.muted);
    lines.extend(muted.map(|party| (vec![name(party)], words.console_hearing_muted)));
    lines.extend(of(Ear::Music).map(|party| (vec![name(party)], words.console_hearing_music)));
    lines.extend(of(Ear::Nothing).map(|party| (vec![name(party)], words.console_hearing_nothing)));
    lines
}

/// Who hears whom, where there are more than two.
#[component]
fn WhoHearsWhom(call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let lines = Memo::new(move |_| call.with(|call| hearing(words, &call.parties)));
    let line = |(names, what): (Vec<String>, &'static str)| {
        view! {
            <li>
                <strong aria-hidden="true">{names.join(" ⇄ ")}</strong>
                <span class="unseen">{names.join(", ")}</span>
                <span>{what}</span>
            </li>
        }
    };
    view! {
        <ul class="hearing" aria-label=words.console_hearing>
            {move || lines.get().into_iter().map(line).collect_view()}
        </ul>
    }
}

fn asked_name(consult: &Consult) -> &str {
    match &consult.target {
        Target::Agent(name) | Target::Number(name) => name,
    }
}

/// Everybody else who hears this agent: the colleague or telephone that is asked, and who was there before.
fn talked_to(words: &'static Words, call: &ActiveCall, consult: &Consult) -> String {
    let others = call.parties.iter().filter(|party| party.role != Role::Me && party.ear == Ear::Others);
    let names: Vec<String> = others.map(|party| party_name(words, party)).collect();
    if names.is_empty() { asked_name(consult).to_owned() } else { names.join(", ") }
}

/// What a warm transfer has come to.
fn consult_text(words: &'static Words, consult: &Consult, call: Memo<ActiveCall>) -> impl IntoView + use<> {
    let name = asked_name(consult);
    let text = match (consult.stage, consult.asked) {
        (ConsultStage::Ringing, _) => words.console_consult_ringing(name),
        (ConsultStage::Talking, true) => words.console_consult_asked(name),
        (ConsultStage::Talking, false) => {
            words.console_consult_talking(&call.with(|call| talked_to(words, call, consult)))
        }
        (ConsultStage::Joined, _) => words.console_consult_joined(name),
    };
    view! { <p class="notice">{text}</p> }
}

/// What can be done with a warm transfer under way. The way back to the caller is always there.
#[component]
fn ConsultControls(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let may = move |control| Memo::new(move |_| call.with(|call| call.allows(control)));
    let (back, join, complete) = (may(Control::Back), may(Control::Join), may(Control::Complete));
    let id = move || call.with_untracked(|call| call.id.clone());
    view! {
        <Show when=move || back.get() || join.get() || complete.get()>
            <div class="consult row">
                <Show when=move || back.get()>
                    <button type="button" on:click=move |_| station.ask(Command::Back { call: id() })>{words.console_back}</button>
                </Show>
                <Show when=move || join.get()>
                    <button type="button" on:click=move |_| station.ask(Command::Join { call: id() })>{words.console_join}</button>
                </Show>
                <Show when=move || complete.get()>
                    <button type="button" class="primary" on:click=move |_| station.ask(Command::Complete { call: id() })>
                        {words.console_complete}
                    </button>
                </Show>
            </div>
        </Show>
    }
}

/// One press, where it can mean one thing. Where others could go on it asks, below itself, so that it stays where it is.
#[component]
fn HangUp(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
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
        <button
            type="button"
            id="hang-up"
            class="hang-up"
            aria-keyshortcuts="Alt+X"
            aria-expanded=move || asks.get().then(|| open.get().to_string())
            aria-busy=move || call.with(|call| matches!(call.under_way, Some(Control::HangUp | Control::Leave))).to_string()
            on:click=move |_| station.end()
        >
            <Icon mark=Mark::Phone/>
            {words.call_hang_up}
        </button>
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
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{consulting, in_call, joined};
    use super::*;
    use crate::api::contact_center::Desk;
    use crate::ui::language::Language;

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
            &[hold, add, words.console_complete],
            &[resume, transfer, words.console_back, words.console_join],
        );
    }

    #[test]
    fn b10_who_talks_is_not_on_hold() {
        let words = words();
        for guest in [false, true] {
            let html = html(consulting(guest));
            let status = html.split("class=\"status\"").nth(1).unwrap().split("</p>").next().unwrap();
            assert!(status.contains(&words.console_talking_to("Joe")), "{status}");
            assert!(html.contains("data-held=\"false\"") && html.contains("♪"), "the customer's row says it: {html}");
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

    #[test]
    fn who_hears_whom_is_said_in_both_languages() {
        for language in [Language::English, Language::Chinese] {
            let words = language.words();
            let said = |desk: Desk| hearing(words, &desk.call.unwrap().parties);
            let caller = "+447700900123".to_owned();
            let (you, joe) = (words.call_you.to_owned(), "Joe".to_owned());
            let lines = said(consulting(false));
            let pair = (vec![you.clone(), joe.clone()], words.console_hearing_each_other);
            assert_eq!(lines, [pair, (vec![caller.clone()], words.console_hearing_music)]);
            let mut muted = joined(false);
            assert_eq!(said(muted.clone())[0].0, [you.clone(), caller.clone(), joe.clone()]);
            muted.call.as_mut().unwrap().parties[0].muted = true;
            let lines = said(muted);
            assert_eq!(lines[0], (vec![caller, joe], words.console_hearing_each_other));
            assert_eq!(lines[1], (vec![you], words.console_hearing_muted));
        }
    }
}
