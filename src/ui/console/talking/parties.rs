//! Who is in a call, and who hears whom.

use leptos::prelude::*;

use crate::api::contact_center::{ActiveCall, Command, Consult, Control, PartyLine, Role, Stage, Target};
use crate::domain::contact_center::hearing::Ear;
use crate::ui::console::station::Station;
use crate::ui::console::texts;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

/// How far somebody is, as style sheets read it.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Connecting => "connecting",
        Stage::Ringing => "ringing",
        Stage::Talking => "talking",
    }
}

/// Everybody else in the call, each with their state and since when.
#[component]
pub fn Parties(station: Station, call: Memo<ActiveCall>) -> impl IntoView {
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
        let (name_of, mark, word) = match (ear, stage) {
            (Ear::Music, _) => ("hold", Mark::Pause, words.console_state_hold),
            (_, Stage::Talking) if muted => ("muted", Mark::Microphone, words.console_party_muted),
            (_, Stage::Talking) => ("talking", Mark::Phone, words.console_talking),
            (_, Stage::Ringing) => ("ringing", Mark::Clock, words.state_ringing),
            (_, Stage::Connecting) => ("ringing", Mark::Clock, words.state_connecting),
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
            <li class="party" data-party=name_of data-held=(ear == Ear::Music).to_string()>
                <strong>{name}</strong>
                <span class="text-2">{kind}</span>
                <span class="how"><Icon mark/>{word}</span>
                <span class="clock">{move || format::length(station.ago(since))}</span>
                {remove}
            </li>
        }
    };
    let others = move || {
        call.with(|call| call.parties.iter().filter(|party| party.role != Role::Me).cloned().collect::<Vec<_>>())
    };
    view! {
        <ul class="parties" aria-label=words.console_parties>
            <For each=others key let(party)>{row(party)}</For>
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

/// Who hears whom, where there are more than two, in words for those who do not see the cards.
#[component]
pub fn WhoHearsWhom(call: Memo<ActiveCall>) -> impl IntoView {
    let words = words();
    let lines = Memo::new(move |_| call.with(|call| hearing(words, &call.parties)));
    let line = |(names, what): (Vec<String>, &'static str)| {
        view! {
            <li>
                <strong aria-hidden="true">{names.join(" ⇄ ")}</strong>
                <span class="unseen">{names.join(words.console_between)}</span>
                <span>{what}</span>
            </li>
        }
    };
    view! {
        <ul class="hearing unseen" aria-label=words.console_hearing>
            {move || lines.get().into_iter().map(line).collect_view()}
        </ul>
    }
}

/// The colleague or telephone that is asked.
pub fn asked_name(consult: &Consult) -> &str {
    match &consult.target {
        Target::Agent(name) | Target::Number(name) => name,
    }
}

/// Everybody else who hears this agent: the colleague or telephone that is asked, and who was there before.
pub fn talked_to(words: &'static Words, call: &ActiveCall, consult: &Consult) -> String {
    let others = call.parties.iter().filter(|party| party.role != Role::Me && party.ear == Ear::Others);
    let names: Vec<String> = others.map(|party| party_name(words, party)).collect();
    if names.is_empty() { asked_name(consult).to_owned() } else { names.join(words.console_between) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::contact_center::Desk;
    use crate::ui::console::sample::{consulting, joined};
    use crate::ui::language::Language;

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
