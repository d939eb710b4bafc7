//! The history of a call, second by second: what the contact centre did and why, in sentences, and the platform's events,
//! folded. With *Show webhooks* each webhook is shown as it came instead.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::api::calls::{Entry, LegOf, Moment, Way, What, Who, Why, WhyLeft};
use crate::domain::phone::grouped;
use crate::ui::admin::cells::{kind, line, party, status};
use crate::ui::admin::trouble::list;
use crate::ui::language::{Words, words};
use crate::ui::parts::code::Code;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::notice::Tone;
use crate::ui::parts::timeline::{Beat, Happening, Timeline};

/// What happened in one second.
#[derive(Debug, Default, PartialEq, Eq)]
struct Second {
    /// Its beginning, ms UTC.
    at: i64,
    moments: Vec<Moment>,
    entries: Vec<Entry>,
    /// How many more rounds of the queue followed it.
    repeats: usize,
}

impl Second {
    /// Nothing but another round of the queue: no key was pressed, and its announcement was said again.
    fn is_round(&self) -> bool {
        let round = |entry: &Entry| match keys(entry) {
            Some(keys) => keys.is_empty(),
            None => entry.decision.as_deref() == Some("contact-centre") && entry.problem.is_none(),
        };
        self.moments.is_empty() && !self.entries.is_empty() && self.entries.iter().all(round)
    }
}

/// Rounds of the queue that follow each other are one.
fn without_rounds(seconds: Vec<Second>) -> Vec<Second> {
    let mut told: Vec<Second> = Vec::new();
    for second in seconds {
        match told.last_mut() {
            Some(last) if last.is_round() && second.is_round() => last.repeats += 1,
            _ => told.push(second),
        }
    }
    told
}

#[component]
pub fn Story(timeline: Vec<Entry>, story: Vec<Moment>, webhooks: bool) -> impl IntoView {
    let words = words();
    if timeline.is_empty() && story.is_empty() {
        return view! { <p class="hint">{words.call_timeline_empty}</p> }.into_any();
    }
    let told = seconds(timeline, story);
    let told = if webhooks { told } else { without_rounds(told) };
    let beats = told.into_iter().map(move |second| {
        let Second { at, moments, entries, repeats } = second;
        let again = (repeats > 0).then(|| {
            view! { <Happening mark=Mark::Clock routine=true><p>{words.call_repeated(&repeats.to_string())}</p></Happening> }
        });
        let moments = moments.into_iter().map(|moment| view! { <Told what=moment.what/> }).collect_view();
        let entries = if webhooks {
            entries.into_iter().map(|entry| view! { <Whole entry/> }).collect_view().into_any()
        } else {
            folded(words, entries)
        };
        view! { <Beat at key=at.to_string()>{moments}{entries}{again}</Beat> }
    });
    view! { <Timeline>{beats.collect_view()}</Timeline> }.into_any()
}

fn seconds(timeline: Vec<Entry>, story: Vec<Moment>) -> Vec<Second> {
    let mut seconds: BTreeMap<i64, Second> = BTreeMap::new();
    for moment in story {
        seconds.entry(moment.at.div_euclid(1_000)).or_default().moments.push(moment);
    }
    for entry in timeline {
        seconds.entry(entry.at.div_euclid(1_000)).or_default().entries.push(entry);
    }
    seconds.into_iter().map(|(at, second)| Second { at: at * 1_000, ..second }).collect()
}

/// Something that the contact centre did or saw.
#[component]
fn Told(what: What) -> impl IntoView {
    let (mark, tone) = match &what {
        What::Joined { .. } => (Mark::Phone, Some(Tone::Good)),
        What::Declined { .. } | What::Missed { .. } | What::Unable { .. } => (Mark::Close, Some(Tone::Warn)),
        What::HungUp { .. } | What::Ended => (Mark::HangUp, None),
        What::Held | What::Resumed => (Mark::Pause, None),
        What::HandedOver { .. } => (Mark::Transfer, None),
        What::Asked { .. } => (Mark::Add, None),
        What::Message => (Mark::Voicemail, None),
        What::CallBack => (Mark::Incoming, None),
        What::Queued => (Mark::Clock, None),
        What::Chose { .. } | What::Led { .. } | What::NoKey => (Mark::Keypad, None),
        What::Rang { .. } => (Mark::Headset, Some(Tone::Info)),
        What::Left { .. } | What::LeftQueue { .. } => (Mark::Outgoing, None),
    };
    let text = sentence(words(), what);
    view! { <Happening mark tone><p>{text}</p></Happening> }
}

fn sentence(words: &'static Words, what: What) -> String {
    let named = |who: Who| match who {
        Who::Agent(name) => name,
        Who::Number(digits) => grouped(&digits),
    };
    match what {
        What::Chose { agent } => words.story_chose(&agent),
        What::Led { way } => match way {
            Way::AnyAgent => words.story_led_any.to_owned(),
            Way::Queue(name) => words.story_led_queue(&name),
            Way::Number(digits) => words.story_led_number(&grouped(&digits)),
            Way::Menu(name) => words.story_led_menu(&name),
            Way::Flow(name) => words.story_led_flow(&name),
            Way::Said => words.story_led_said.to_owned(),
            Way::Language(language) => words.story_led_language(language.name()),
            Way::HungUp => words.story_led_hung_up.to_owned(),
        },
        What::NoKey => words.story_no_key.to_owned(),
        What::Queued => words.story_queued.to_owned(),
        What::Rang { agent, why: Why::AskedFor } => words.story_rang_asked(&agent),
        What::Rang { agent, why: Why::HandedOver } => words.story_rang_again(&agent),
        What::LeftQueue { queue, why: WhyLeft::Full } => words.story_left_full(&queue),
        What::LeftQueue { queue, why: WhyLeft::TooLong } => words.story_left_too_long(&queue),
        What::LeftQueue { queue, why: WhyLeft::Unattended } => words.story_left_unattended(&queue),
        What::Rang {
            agent,
            why: Why::LongestIdle(0 | 1) | Why::InTurn(0 | 1) | Why::FewestCalls(0 | 1) | Why::MostSkilled(0 | 1),
        } => words.story_rang_only(&agent),
        What::Rang { agent, why: Why::LongestIdle(ready) } => words.story_rang_idle(&agent, &ready.to_string()),
        What::Rang { agent, why: Why::InTurn(ready) } => words.story_rang_turn(&agent, &ready.to_string()),
        What::Rang { agent, why: Why::FewestCalls(ready) } => words.story_rang_fewest(&agent, &ready.to_string()),
        What::Rang { agent, why: Why::MostSkilled(ready) } => words.story_rang_skilled(&agent, &ready.to_string()),
        What::Rang { agent, why: Why::FirstToAccept(rung) } => words.story_rang_first(&agent, &rung.to_string()),
        What::Declined { agent } => words.story_declined(&agent),
        What::Missed { agent } => words.story_missed(&agent),
        What::Unable { agent } => words.story_unable(&agent),
        What::Joined { who } => words.story_joined(&named(who)),
        What::Left { who } => words.story_left(&named(who)),
        What::Held => words.story_held.to_owned(),
        What::Resumed => words.story_resumed.to_owned(),
        What::Asked { who, consults: true } => words.story_consulted(&named(who)),
        What::Asked { who, consults: false } => words.story_asked(&named(who)),
        What::HandedOver { by, to } => words.story_handed_over(&by, &named(to)),
        What::Message => words.story_message.to_owned(),
        What::CallBack => words.story_call_back.to_owned(),
        What::HungUp { by } => words.story_hung_up(&by),
        What::Ended => words.story_ended.to_owned(),
    }
}

/// The platform's events of one second: ordinary ones in one line for each party, problems and call flows in lines of their own.
fn folded(words: &'static Words, entries: Vec<Entry>) -> AnyView {
    let mut routine: Vec<(String, Vec<String>)> = Vec::new();
    let mut others = Vec::new();
    for entry in entries {
        if entry.problem.is_some() || entry.decision.is_some() || entry.ncco.is_some() {
            others.push(entry);
            continue;
        }
        // The line of the call flow that it was answered with says this already.
        if entry.kind == "answer" {
            continue;
        }
        let who = leg_name(words, entry.of.as_ref());
        let word = word(words, &entry);
        match routine.iter_mut().find(|(known, _)| *known == who) {
            Some((_, words)) if words.contains(&word) => {}
            Some((_, words)) => words.push(word),
            None => routine.push((who, vec![word])),
        }
    }
    let routine = routine.into_iter().map(|(who, told)| {
        let told = list(words, &told);
        let text = if who.is_empty() { told } else { words.call_leg_told(&told, &who) };
        view! { <Happening mark=Mark::Phone routine=true><p>{text}</p></Happening> }
    });
    let routine = routine.collect_view();
    let others = others.into_iter().map(|entry| view! { <Decided entry/> }).collect_view();
    view! { {routine}{others} }.into_any()
}

/// The word of an event, or what kind of webhook it is.
fn word(words: &'static Words, entry: &Entry) -> String {
    if let Some(keys) = keys(entry) {
        return if keys.is_empty() { words.call_no_key.to_owned() } else { words.call_keys_were(&keys) };
    }
    if entry.summary.is_empty() { kind(words, entry.kind.clone()) } else { status(words, entry.summary.clone()) }
}

/// The keys of a webhook about keys; empty when none was pressed in time.
fn keys(entry: &Entry) -> Option<String> {
    let asked = entry.summary == "input" || entry.kind == "dtmf";
    let body: serde_json::Value = asked.then(|| serde_json::from_str(&entry.raw).ok())??;
    let dtmf = body.get("dtmf")?;
    Some(dtmf.get("digits").unwrap_or(dtmf).as_str()?.to_owned())
}

fn leg_name(words: &'static Words, of: Option<&LegOf>) -> String {
    match of {
        None => String::new(),
        Some(LegOf::Caller) => words.calls_caller.to_owned(),
        Some(LegOf::Party(who)) => party(words, who.clone()),
    }
}

/// A call flow that was given, or what the platform complains about.
#[component]
fn Decided(entry: Entry) -> impl IntoView {
    let words = words();
    if let Some(problem) = entry.problem {
        let who = leg_name(words, entry.of.as_ref());
        return view! {
            <Happening mark=Mark::Wrong tone=Some(Tone::Bad)>
                <p><strong>{who}</strong>" "{problem}</p>
            </Happening>
        }
        .into_any();
    }
    let actions = entry.ncco.as_deref().map(|ncco| actions(ncco).join(" → ")).unwrap_or_default();
    let text = match entry.decision {
        Some(decision) => words.call_answered_line(&actions, &line(words, Some(decision))),
        None => words.call_answered_with(&actions),
    };
    view! { <Happening mark=Mark::Flow><p>{text}</p></Happening> }.into_any()
}

/// The names of a call flow's actions, in order.
fn actions(ncco: &str) -> Vec<String> {
    let actions: Vec<serde_json::Value> = serde_json::from_str(ncco).unwrap_or_default();
    let name = |action: &serde_json::Value| action.get("action").and_then(|name| name.as_str()).map(str::to_owned);
    actions.iter().filter_map(name).collect()
}

/// A webhook as it came, or the call flow that it was answered with.
#[component]
fn Whole(entry: Entry) -> impl IntoView {
    let words = words();
    let who = leg_name(words, entry.of.as_ref());
    let what = word(words, &entry);
    let mark = if entry.received { Mark::Incoming } else { Mark::Outgoing };
    let tone = entry.problem.is_some().then_some(Tone::Bad);
    let raw = (!entry.raw.is_empty()).then(|| view! { <Code label=words.call_raw.to_owned() text=entry.raw/> });
    let ncco = entry.ncco.map(|text| view! { <Code label=words.call_ncco.to_owned() text/> });
    let decision = entry.decision.map(|decision| line(words, Some(decision)));
    view! {
        <Happening mark tone>
            <p>
                <strong>{what}</strong>
                {(!who.is_empty()).then(|| view! { " · "{who} })}
                {decision.map(|line| view! { " · "{line} })}
                {(entry.received && !entry.signed).then(|| view! { " "<span class="badge">{words.events_unsigned}</span> })}
            </p>
            {entry.problem.map(|problem| view! { <p>{problem}</p> })}
            {raw}
            {ncco}
        </Happening>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::calls::Party;

    fn entry(at: i64, summary: &str, of: Option<LegOf>) -> Entry {
        Entry {
            id: format!("{at}-{summary}"),
            at,
            received: true,
            kind: "event".into(),
            summary: summary.into(),
            leg: Some("leg".into()),
            of,
            raw: "{}".into(),
            signed: true,
            decision: None,
            problem: None,
            ncco: None,
        }
    }

    #[test]
    fn what_happened_in_one_second_stands_together_and_in_order() {
        let moment = |at, what| Moment { at, what };
        let story = vec![moment(5_400, What::Queued), moment(1_900, What::Ended)];
        let timeline =
            vec![entry(5_999, "ringing", None), entry(1_000, "started", None), entry(3_000, "answered", None)];
        let told: Vec<(i64, usize, usize)> = seconds(timeline, story)
            .iter()
            .map(|second| (second.at / 1_000, second.moments.len(), second.entries.len()))
            .collect();
        assert_eq!(told, [(1, 1, 1), (3, 0, 1), (5, 1, 1)]);
    }

    #[test]
    fn rounds_of_the_queue_are_counted_and_keys_are_told() {
        let input = |at, keys: &str| Entry {
            raw: format!(r#"{{"dtmf":{{"digits":"{keys}","timed_out":true}}}}"#),
            ..entry(at, "input", None)
        };
        let said = |at| Entry { decision: Some("contact-centre".into()), ..entry(at, "", None) };
        let timeline = vec![input(1_000, ""), said(1_100), input(20_000, ""), input(40_000, ""), input(60_000, "2")];
        let told: Vec<(i64, usize)> =
            without_rounds(seconds(timeline, vec![])).iter().map(|second| (second.at, second.repeats)).collect();
        assert_eq!(told, [(1_000, 2), (60_000, 0)]);
        assert_eq!([keys(&input(0, "12")), keys(&entry(0, "ringing", None))], [Some("12".to_owned()), None]);
    }

    #[test]
    fn routine_is_folded_for_each_party() {
        let caller = || Some(LegOf::Caller);
        let jane = || Some(LegOf::Party(Party::Name("Jane".into())));
        let entries = vec![
            entry(1, "started", caller()),
            entry(2, "ringing", caller()),
            entry(3, "ringing", caller()),
            entry(4, "answered", jane()),
            Entry { problem: Some("<b>lost</b>".into()), ..entry(5, "error", jane()) },
        ];
        let html = Owner::new().with(|| folded(words(), entries).to_html());
        assert_eq!(html.matches("class=\"happening\"").count(), 3, "{html}");
        assert!(html.contains("Caller: Started, Ringing<") && html.contains("Jane: Answered"), "{html}");
        assert!(html.contains("&lt;b&gt;lost") && !html.contains("<b>"), "{html}");
        assert_eq!(actions(r#"[{"action":"talk"},{"action":"connect"},{}]"#), ["talk", "connect"]);
        assert_eq!(actions("no json"), Vec::<String>::new());
    }
}
