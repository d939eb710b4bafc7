//! The page of one call: who called whom, its stages and outcome, its recording, and its history second by second.

mod story;
mod summary;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use self::story::Story;
use self::summary::Summary;
use super::call_audio::Audio;
use super::cells::{State, party};
use super::flash::FlashNotice;
use super::gate::gate;
use super::link::encoded;
use crate::api::account::Viewer;
use crate::api::admin::Page;
use crate::api::audio_socket::{CallAudio, audio_of_call};
use crate::api::calls::{CallDetail, DeskPart, call};
use crate::api::flash::Flash;
use crate::domain::call::Phase;
use crate::ui::language::words;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::time::TimesIn;
use crate::ui::parts::trouble::Missing;

const CALLS: &str = "/admin/calls";

#[component]
pub fn Call() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let webhooks = use_query_map().get_untracked().get("webhooks").is_some();
    let here = format!("{CALLS}/{}", encoded(&id));
    let asked = id.clone();
    let found = Resource::new(move || asked.clone(), call);
    let audio = Resource::new(move || id.clone(), audio_of_call);
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            let found = found.await;
            // A call is shown also when its audio cannot be read.
            let audio = audio.await.ok().flatten();
            let words = words();
            gate(found, &here, move |Page { viewer, flash, content }| match content {
                Some(call) => view! { <Detail viewer flash call audio webhooks/> }.into_any(),
                None => {
                    let (title, text) = (words.call_missing, words.missing_text);
                    view! { <Frame viewer><Missing title text back=(CALLS, words.call_back)/></Frame> }.into_any()
                }
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
    /// Every webhook is shown as it came.
    #[prop(default = false)]
    webhooks: bool,
) -> impl IntoView {
    let words = words();
    let id = call.summary.id.clone();
    let phase = call.summary.phase;
    let goes_on = !matches!(phase, Phase::Ended(_));
    let end = match call.desk.clone() {
        Some(part) => Some(view! { <AtTheDesk part id=id.clone()/> }.into_any()),
        None => goes_on.then(|| view! { <End text=words.call_end_record.to_owned() id=id.clone()/> }.into_any()),
    };
    let audio = audio.map(|audio| view! { <Audio audio call=id.clone()/> });
    let title = words.call_title(&format::time(call.summary.at));
    let who =
        words.call_from_to(&party(words, call.summary.caller.clone()), &party(words, call.summary.called.clone()));
    let state = view! { <LivePart name="state"><State phase/></LivePart><LiveMark of=Of::Pages goes_on/> }.into_any();
    let actions = view! { <LivePart name="end">{end}</LivePart> }.into_any();
    let problems = (!call.problems.is_empty()).then(|| {
        let each = call.problems.iter().map(|problem| view! { <li>{problem.clone()}</li> }).collect_view();
        view! { <Notice tone=Tone::Bad><h2>{words.call_problems}</h2><ul>{each}</ul></Notice> }
    });
    let ending = call.desk.as_ref().is_some_and(|part| part.ending);
    let (switch, to) = if webhooks {
        (words.call_webhooks_hide, format!("{CALLS}/{}", encoded(&id)))
    } else {
        (words.call_webhooks_show, format!("{CALLS}/{}?webhooks=1", encoded(&id)))
    };
    let CallDetail { timeline, story, .. } = call.clone();
    view! {
        <Title text=title/>
        <Frame viewer>
            <PageHead title=who back=(CALLS, words.call_back) state actions/>
            <FlashNotice flash/>
            <LivePart name="call">
                {ending.then(|| view! { <Notice tone=Tone::Warn said=true><p>{words.call_ending}</p></Notice> })}
                <Summary call/>
                {problems}
                {audio}
                <section class="stack" aria-labelledby="happened">
                    <div class="section-head">
                        <h2 id="happened">{words.call_timeline}</h2>
                        <a class="button small quiet" href=to>{switch}</a>
                    </div>
                    <Story timeline story webhooks/>
                </section>
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
    view! { <End text id/> }
}

/// Ends a call that goes on, or that only seems to.
#[component]
fn End(text: String, id: String) -> impl IntoView {
    let words = words();
    view! {
        <Confirm label=words.call_end text submit=words.call_end action="/api/call-end" fields=vec![("id", id)] danger=true/>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::calls::{CallSummary, Entry, LegOf, Moment, More, Party, Stage, StageKind, What};
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
                of: Some(LegOf::Party(Party::Name(text()))),
                raw: text(),
                signed: true,
                decision: Some(text()),
                problem: Some(text()),
                ncco: Some(text()),
            }],
            desk: Some(DeskPart { agent: Some(text()), ending: true }),
            stages: vec![Stage { kind: StageKind::Talk, from: 0, ms: 65_000 }],
            story: vec![Moment { at: 0, what: What::HungUp { by: text() } }],
            hung_up: None,
            more: More { page: Some(text()), note: text(), campaign: Some((text(), text())), ..More::default() },
        }
    }

    fn viewer() -> Viewer {
        Viewer { name: HOSTILE.to_owned(), role: Default::default() }
    }

    fn html(call: CallDetail, webhooks: bool) -> String {
        Owner::new().with(|| {
            leptos_meta::provide_meta_context();
            view! { <Detail viewer=viewer() call webhooks/> }.to_html()
        })
    }

    /// Whatever a caller or a webhook says is text on this page, never markup.
    #[test]
    fn hostile_text_stays_text() {
        for webhooks in [false, true] {
            let html = html(detail(), webhooks);
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("\"'&\""), "an attribute was left: {html}");
            // In the address of the campaign it is encoded.
            let shown = html.matches("alert(1)").count();
            assert_eq!(shown, html.matches("&lt;script&gt;alert(1)").count(), "{html}");
            assert!(shown >= 8, "{html}");
        }
    }

    #[test]
    fn a_call_without_a_timeline_says_so() {
        let html = html(CallDetail { timeline: vec![], story: vec![], ..detail() }, false);
        assert!(
            html.contains(words().call_timeline_empty) && html.contains("1:05") && html.contains(words().phase_busy)
        );
    }

    #[test]
    fn bodies_are_shown_when_they_are_asked_for() {
        let with = |webhooks| html(CallDetail { problems: vec![], ..detail() }, webhooks);
        assert!(!with(false).contains("<pre") && with(false).contains(words().call_webhooks_show));
        assert!(with(true).contains("<pre") && with(true).contains(words().call_webhooks_hide));
    }

    #[test]
    fn a_call_that_goes_on_at_the_desk_can_be_ended_without_a_script() {
        let html = |desk: Option<DeskPart>| html(CallDetail { desk, ..detail() }, false);
        let jane = DeskPart { agent: Some("Jane".into()), ending: false };
        let open = html(Some(jane.clone()));
        assert!(open.contains(r#"action="/api/call-end""#) && open.contains("Jane"), "{open}");
        assert!(open.contains("popovertarget") && !open.contains(words().call_ending));
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
            let CallDetail { summary, .. } = detail();
            let call = CallDetail { summary: CallSummary { phase, ..summary }, desk: None, ..detail() };
            let html = html(call, false);
            assert_eq!(html.contains(r#"action="/api/call-end""#), can, "{phase:?}: {html}");
        }
    }
}
