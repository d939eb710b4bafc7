//! One call: what is known of it, and its timeline of webhooks, decisions and call flows.

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::call_audio::Audio;
use super::cells::{State, Time, TimesIn, kind, line, or_dash, party, status, talked, time_or_dash};
use super::flash::FlashNotice;
use super::gate::gate;
use super::link::encoded;
use super::parts::Confirm;
use crate::api::account::Viewer;
use crate::api::admin::Page;
use crate::api::audio_socket::{CallAudio, audio_of_call};
use crate::api::calls::{CallDetail, DeskPart, Entry, call};
use crate::api::flash::Flash;
use crate::domain::call::Phase;
use crate::ui::language::words;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;

#[component]
pub fn Call() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let here = format!("/admin/calls/{}", encoded(&id));
    let asked = id.clone();
    let found = Resource::new(move || asked.clone(), call);
    let audio = Resource::new(move || id.clone(), audio_of_call);
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            let found = found.await;
            // A call is shown also when its audio cannot be read.
            let audio = audio.await.ok().flatten();
            gate(found, &here, |Page { viewer, flash, content }| match content {
                Some(call) => view! { <Detail viewer flash call audio/> }.into_any(),
                None => view! { <Missing/> }.into_any(),
            })
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

#[component]
fn Detail(
    viewer: Viewer,
    #[prop(default = None)] flash: Option<Flash>,
    call: CallDetail,
    #[prop(default = None)] audio: Option<CallAudio>,
) -> impl IntoView {
    let words = words();
    let id = call.summary.id.clone();
    let CallDetail { summary, conversation, answered_at, ended_at, problems, timeline, desk } = call;
    let goes_on = !matches!(summary.phase, Phase::Ended(_));
    let end = match desk {
        Some(part) => Some(view! { <AtTheDesk part id=id.clone()/> }.into_any()),
        None => goes_on.then(|| view! { <End text=words.call_end_record.to_owned() id=id.clone()/> }.into_any()),
    };
    let audio = audio.map(|audio| view! { <Audio audio call=id/> });
    let time = format::time(summary.at);
    let title = words.call_title(&time);
    // A date and its time stay on one line.
    let heading = match title.split_once(&time) {
        Some((before, after)) => {
            let (before, after) = (before.to_owned(), after.to_owned());
            view! { {before}<span class="whole">{time}</span>{after} }.into_any()
        }
        None => title.clone().into_any(),
    };
    let problems = (!problems.is_empty()).then(|| {
        let each = problems.into_iter().map(|problem| view! { <li>{problem}</li> }).collect_view();
        view! { <div class="problem" role="note"><h2>{words.call_problems}</h2><ul>{each}</ul></div> }
    });
    let happened = if timeline.is_empty() {
        view! { <p class="hint">{words.call_timeline_empty}</p> }.into_any()
    } else {
        let letters = letters(&timeline);
        let entries = timeline.into_iter().map(|entry| {
            let leg = entry.leg.as_ref().and_then(|leg| letters.get(leg).copied());
            view! { <Happened entry leg/> }
        });
        view! { <ol class="timeline">{entries.collect_view()}</ol> }.into_any()
    };
    view! {
        <Title text=title.clone()/>
        <Frame viewer>
            <p><a href="/admin/calls">"← "{words.call_back}</a></p>
            <FlashNotice flash/>
            <LivePart name="heading"><div class="heading"><h1>{heading}</h1><State phase=summary.phase/></div></LivePart>
            <LiveMark of=Of::Pages goes_on/>
            <LivePart name="call">
            {end}
            <dl class="facts">
                <Fact name=words.calls_caller value=party(words, summary.caller)/>
                <Fact name=words.calls_called value=party(words, summary.called)/>
                <Fact name=words.calls_line value=line(words, summary.line)/>
                <div><dt>{words.call_answered}</dt><dd>{time_or_dash(answered_at)}</dd></div>
                <div><dt>{words.call_ended}</dt><dd>{time_or_dash(ended_at)}</dd></div>
                <Fact name=words.calls_length value=talked(summary.phase, summary.talk_seconds)/>
                <Fact name=words.calls_price value=or_dash(summary.price.map(format::price))/>
                <Fact name=words.call_id value=conversation/>
            </dl>
            {problems}
            {audio}
            <h2>{words.call_timeline}</h2>
            {happened}
            </LivePart>
            <TimesIn/>
        </Frame>
    }
}

/// A call that agents have: whose it is, and how it is ended when nobody else can.
#[component]
fn AtTheDesk(part: DeskPart, id: String) -> impl IntoView {
    let words = words();
    let text = match part.agent {
        Some(agent) => words.call_end_agent(&agent),
        None => words.call_end_nobody.to_owned(),
    };
    view! {
        {part.ending.then(|| view! { <p class="notice" role="status">{words.call_ending}</p> })}
        <End text id/>
    }
}

/// Ends a call that goes on, or that only seems to.
#[component]
fn End(text: String, id: String) -> impl IntoView {
    let words = words();
    view! {
        <Confirm
            label=words.call_end
            text
            submit=words.call_end
            action="/api/call-end"
            fields=vec![("id", id)]
            danger=true
        />
    }
}

#[component]
fn Fact(name: &'static str, value: String) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{value}</dd></div> }
}

/// Which leg is A, B, … in the order in which they were heard of: a call of two has every status twice.
fn letters(timeline: &[Entry]) -> HashMap<String, char> {
    let mut letters = HashMap::new();
    for leg in timeline.iter().filter_map(|entry| entry.leg.as_ref()) {
        if letters.contains_key(leg) {
            continue;
        }
        let Some(letter) = ('A'..='Z').nth(letters.len()) else { break };
        letters.insert(leg.clone(), letter);
    }
    letters
}

#[component]
fn Happened(entry: Entry, leg: Option<char>) -> impl IntoView {
    let words = words();
    let leg = leg.map(|letter| view! { " "<span class="tag">{words.call_leg(&letter.to_string())}</span> });
    let (way, way_name) = if entry.received { (words.call_in, "in") } else { (words.call_out, "out") };
    let raw = (!entry.raw.is_empty()).then(|| {
        view! { <details><summary>{words.call_raw}</summary><pre tabindex="0">{entry.raw}</pre></details> }
    });
    let ncco = entry.ncco.map(|ncco| view! { <p class="hint">{words.call_ncco}</p><pre tabindex="0">{ncco}</pre> });
    let decision = entry.decision.map(|decision| {
        view! { <p>{words.call_decision}<strong>{line(words, Some(decision))}</strong></p> }
    });
    view! {
        <li data-way=way_name data-key=format!("{}-{way_name}", entry.id)>
            <p class="what">
                <Time at=entry.at/>
                " "
                <span class="tag">{way}</span>
                " "
                <strong>{kind(words, entry.kind)}</strong>
                " "
                <span>{status(words, entry.summary)}</span>
                {leg}
            </p>
            {entry.problem.map(|problem| view! { <p class="problem">{problem}</p> })}
            {decision}
            {ncco}
            {raw}
        </li>
    }
}

#[component]
fn Missing() -> impl IntoView {
    let words = words();
    view! {
        <Title text=words.call_missing/>
        <main class="alone" id="main">
            <h1>{words.call_missing}</h1>
            <p>{words.call_missing_text}</p>
            <p><a class="button" href="/admin/calls">{words.call_back}</a></p>
        </main>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::calls::{CallSummary, Party};
    use crate::domain::call::Outcome;

    const HOSTILE: &str = "</pre><script>alert(1)</script>\"'&";

    fn detail() -> CallDetail {
        let text = || HOSTILE.to_owned();
        CallDetail {
            summary: CallSummary {
                id: text(),
                phase: Phase::Ended(Outcome::Busy),
                line: Some(text()),
                caller: Party::Name(text()),
                called: Party::Visitor(text()),
                at: 0,
                talk_seconds: Some(65),
                price: None,
            },
            conversation: text(),
            answered_at: None,
            ended_at: Some(1_000),
            problems: vec![text()],
            timeline: vec![Entry {
                id: text(),
                at: 0,
                received: true,
                kind: text(),
                summary: text(),
                leg: Some(text()),
                raw: text(),
                signed: true,
                decision: Some(text()),
                problem: Some(text()),
                ncco: Some(text()),
            }],
            desk: Some(DeskPart { agent: Some(text()), ending: true }),
        }
    }

    fn viewer() -> Viewer {
        Viewer { name: HOSTILE.to_owned(), role: Default::default(), handsets: Some(HOSTILE.to_owned()) }
    }

    /// Whatever a caller or a webhook says is text on this page, never markup.
    #[test]
    fn hostile_text_stays_text() {
        let html = Owner::new().with(|| {
            leptos_meta::provide_meta_context();
            let entries =
                detail().timeline.into_iter().map(|entry| view! { <Happened entry leg=Some('A')/> }.into_any());
            let facts = view! { <Fact name="x" value=detail().conversation/> }.into_any();
            let desk = view! { <AtTheDesk part=detail().desk.unwrap() id=HOSTILE.to_owned()/> }.into_any();
            let frame = view! { <Frame viewer=viewer()>"x"</Frame> }.into_any();
            entries.chain([facts, desk, frame]).map(|part| part.to_html()).collect::<String>()
        });
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("\"'&\""), "an attribute was left: {html}");
        assert_eq!(html.matches("alert(1)").count(), html.matches("&lt;script&gt;alert(1)").count(), "{html}");
        assert!(html.matches("alert(1)").count() >= 8, "{html}");
    }

    #[test]
    fn a_call_without_a_timeline_says_so() {
        let html = Owner::new().with(|| {
            leptos_meta::provide_meta_context();
            let call = CallDetail { timeline: vec![], ..detail() };
            view! { <Detail viewer=viewer() call/> }.to_html()
        });
        assert!(
            html.contains(words().call_timeline_empty) && html.contains("1:05") && html.contains(words().phase_busy)
        );
        assert!(!html.contains("<script"));
    }

    #[test]
    fn a_call_that_goes_on_at_the_desk_can_be_ended_without_a_script() {
        let html = |desk: Option<DeskPart>| {
            Owner::new().with(|| {
                leptos_meta::provide_meta_context();
                view! { <Detail viewer=viewer() call=CallDetail { desk: desk.clone(), ..detail() }/> }.to_html()
            })
        };
        let jane = DeskPart { agent: Some("Jane".into()), ending: false };
        let open = html(Some(jane.clone()));
        assert!(open.contains(r#"action="/api/call-end""#) && open.contains("Jane"), "{open}");
        assert!(open.contains("<details") && !open.contains(words().call_ending));
        assert!(html(Some(DeskPart { ending: true, ..jane })).contains(words().call_ending));
        assert!(!html(None).contains("/api/call-end"), "what is over cannot be ended");
    }

    #[test]
    fn a_call_without_an_agent_can_be_ended_while_it_goes_on() {
        for (phase, can) in [
            (Phase::Connecting, true),
            (Phase::Ringing, true),
            (Phase::Talking, true),
            (Phase::Ended(Outcome::Answered), false),
        ] {
            let html = Owner::new().with(|| {
                leptos_meta::provide_meta_context();
                let CallDetail { summary, .. } = detail();
                let call = CallDetail { summary: CallSummary { phase, ..summary }, desk: None, ..detail() };
                view! { <Detail viewer=viewer() call/> }.to_html()
            });
            assert_eq!(html.contains(r#"action="/api/call-end""#), can, "{phase:?}: {html}");
        }
    }
}
