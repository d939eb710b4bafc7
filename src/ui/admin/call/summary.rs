//! A call at a glance: a bar of its stages (menu, waiting, ringing, talking), and a list of facts: who, when, the outcome.

use leptos::prelude::*;

use crate::api::call_tracking::CAMPAIGNS;
use crate::api::calls::{CallDetail, CallSummary, HungUp, More, Stage, StageKind};
use crate::ui::admin::cells::{line, party, state, talk_length};
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::list;
use crate::ui::console::texts;
use crate::ui::language::{Words, words};
use crate::ui::parts::code::Copy;
use crate::ui::parts::format;
use crate::ui::parts::stat::{Fact, Facts};
use crate::ui::parts::time::Time;

#[component]
pub fn Summary(call: CallDetail) -> impl IntoView {
    let words = words();
    let CallDetail { summary, conversation, ended_at, stages, hung_up, more, .. } = call;
    let CallSummary { phase, line: through, caller, called, at, talk_seconds, price, .. } = summary;
    let More { outbound, agents, page, campaign, disposition, note } = more;
    let outcome = match hung_up.map(|who| hung_up_by(words, who, outbound)) {
        Some(who) => format!("{} · {who}", state(words, phase)),
        None => state(words, phase).to_owned(),
    };
    let disposition = disposition.map(|(label, category)| match category.as_str() {
        "" => texts::label(&label).to_owned(),
        category => format!("{category} · {}", texts::label(&label)),
    });
    let campaign = campaign.map(|(id, name)| {
        view! { <Fact name=words.line_campaign><a href=format!("{CAMPAIGNS}/{}", encoded(&id))>{name}</a></Fact> }
    });
    view! {
        <section class="card call-summary" aria-label=words.call_summary>
            <Stages stages talked=talk_seconds/>
            <Facts>
                <Fact name=words.calls_caller>{party(words, caller)}</Fact>
                <Fact name=words.calls_called>{party(words, called)}</Fact>
                <Fact name=words.calls_line>{line(words, through)}</Fact>
                {(!agents.is_empty()).then(|| view! { <Fact name=words.call_agents>{list(words, &agents)}</Fact> })}
                <Fact name=words.call_outcome>{outcome}</Fact>
                {talk_length(phase, talk_seconds).map(|length| view! { <Fact name=words.call_talked>{length}</Fact> })}
                <Fact name=words.call_began><Time at/></Fact>
                {ended_at.map(|at| view! { <Fact name=words.call_ended><Time at/></Fact> })}
                {price.filter(|price| price.0 > 0).map(|price| view! { <Fact name=words.calls_price>{format::price_in_list(price)}</Fact> })}
                {campaign}
                {page.map(|page| view! { <Fact name=words.call_page>{page}</Fact> })}
                {disposition.map(|text| view! { <Fact name=words.call_disposition>{text}</Fact> })}
                <Fact name=words.call_id><code class="call-id">{conversation.clone()}</code><Copy text=conversation/></Fact>
            </Facts>
            {(!note.is_empty()).then(|| view! { <blockquote class="call-note"><p class="hint">{words.call_note}</p><p>{note}</p></blockquote> })}
        </section>
    }
}

/// One bar, as long as the call, and what its parts are.
#[component]
fn Stages(
    stages: Vec<Stage>,
    /// Seconds of talk, as the call's facts say it.
    talked: Option<u32>,
) -> impl IntoView {
    let words = words();
    let shown = move |kind, ms| format::length(seconds(kind, ms, talked));
    let whole: i64 = stages.iter().map(|stage| stage.ms).sum();
    // A bar as wide as the page would mislead about less than a second.
    if stages.iter().all(|stage| stage.ms < 1_000) {
        return ().into_any();
    }
    // A stage of a second in a call of an hour is seen all the same.
    const LEAST: f64 = 6.0;
    let mut x = 0.0;
    let room = 1000.0 - LEAST * stages.len() as f64;
    let parts = stages.iter().map(|stage| {
        let width = LEAST + room.max(0.0) * stage.ms as f64 / whole as f64;
        let from = x;
        x += width;
        let title = format!("{} {}", stage_name(words, stage.kind), shown(stage.kind, stage.ms));
        view! {
            <rect x=format!("{from:.1}") width=format!("{:.1}", (width - 2.0).max(1.0)) height="20" class=format!("stage-{}", stage.kind.name())>
                <title>{title}</title>
            </rect>
        }
    });
    let parts = parts.collect_view();
    let legend = StageKind::EVERY.into_iter().filter_map(|kind| {
        let ms: i64 = stages.iter().filter(|stage| stage.kind == kind).map(|stage| stage.ms).sum();
        (ms > 0).then(|| {
            view! {
                <li><span class=format!("stage-mark stage-{}", kind.name())></span>{stage_name(words, kind)}" "<strong>{shown(kind, ms)}</strong></li>
            }
        })
    });
    let legend = legend.collect_view();
    view! {
        <div class="stages">
            <svg viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">{parts}</svg>
            <ul aria-label=words.call_stages>{legend}</ul>
        </div>
    }
    .into_any()
}

/// The length of a stage in whole seconds. That of the talk is the platform's count, `talked`, where the two differ by their
/// rounding only: the page must not show two lengths of one thing.
fn seconds(kind: StageKind, ms: i64, talked: Option<u32>) -> u32 {
    let rounded = format::seconds(ms);
    talked.filter(|talked| kind == StageKind::Talk && talked.abs_diff(rounded) <= 1).unwrap_or(rounded)
}

fn stage_name(words: &'static Words, kind: StageKind) -> &'static str {
    match kind {
        StageKind::Menu => words.stage_menu,
        StageKind::Wait => words.stage_wait,
        StageKind::Ring => words.stage_ring,
        StageKind::Talk => words.stage_talk,
        StageKind::Hold => words.stage_hold,
        StageKind::Message => words.stage_message,
    }
}

fn hung_up_by(words: &'static Words, who: HungUp, outbound: bool) -> String {
    match who {
        HungUp::Caller if outbound => words.call_hung_up_called.to_owned(),
        HungUp::Caller => words.call_hung_up_caller.to_owned(),
        HungUp::Called => words.call_hung_up_called.to_owned(),
        HungUp::Agent(name) => words.call_hung_up_agent(&name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_talk_has_one_length_on_the_page() {
        assert_eq!(seconds(StageKind::Talk, 48_600, Some(48)), 48, "the platform's count");
        assert_eq!(seconds(StageKind::Talk, 48_600, Some(30)), 49, "part of it was on hold");
        assert_eq!(seconds(StageKind::Ring, 48_600, Some(48)), 49);
        assert_eq!(seconds(StageKind::Talk, 48_400, None), 48);
    }
}
