//! The calls behind a bar: who, for which campaign, how sure, and whether it was a real call.

use leptos::prelude::*;

use super::filter::{Filter, is_narrowed};
use super::parts::{Download, address, caller, campaign_name, fields, number, tabs};
use crate::api::admin;
use crate::api::call_tracking::{CALLS, CallRow, Calls, Fields, NotBlocked, read_calls};
use crate::domain::call::Price;
use crate::domain::call_tracking::zone::parse_date;
use crate::domain::phone::grouped;
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::said;
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::{Post, RowMenu};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::field::TextField;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::pager::Pager;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::Time;

#[component]
pub fn TrackedCalls() -> impl IntoView {
    let words = words();
    let query = fields();
    let asked = query.clone();
    let found = Resource::new(move || asked.clone(), read_calls);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            let here = address(CALLS, &query);
            gate(found.await, &here, move |page| view! { <Page page query/> }.into_any())
        })
    };
    view! {
        <Title text=words.tracking_calls_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Calls>, query: Fields) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Calls { filters, calls, older, blocked, refused } = content;
    let query = query.with("wrong", "");
    let here = address(CALLS, &query);
    let csv = address("/admin/tracking/calls.csv", &query.with("before", ""));
    let day = |name: &str, missing: i64| query.get(name).and_then(parse_date).unwrap_or(missing);
    let to = day("to", filters.today);
    let from = day("from", to - 29);
    let rows = calls.iter().map(|call| view! { <Row call=call.clone() back=here.clone()/> }).collect_view();
    let narrowed = is_narrowed(&query);
    let table = if calls.is_empty() {
        let action = narrowed.then(|| (CALLS.to_owned(), words.tracking_reset));
        view! { <Empty mark=Mark::Phone title=words.tracking_quiet text=words.tracking_quiet_text action/> }.into_any()
    } else {
        let columns = vec![
            Column::text(words.tracking_time),
            Column::text(words.tracking_caller),
            Column::text(words.tracking_campaign),
            Column::text(words.tracking_outcome),
            Column::number(words.tracking_length),
            Column::number(words.tracking_price),
            Column::text(words.tracking_visitor),
            Column::actions(words.admin_actions),
        ];
        view! { <Table label=words.tracking_calls_title columns brief=true>{rows}</Table> }.into_any()
    };
    let older = older.map(|key| address(CALLS, &query.with("before", &key)));
    let newest = query.get("before").is_some().then(|| address(CALLS, &query.with("before", "")));
    let actions = view! { <Download csv/> }.into_any();
    view! {
        <Frame viewer>
            <PageHead title=words.tracking_title lead=words.tracking_lead state=view! { <LiveMark of=Of::Pages/> }.into_any() actions tabs=tabs(words, CALLS)/>
            <FlashNotice flash/>
            <Filter filters query=query.with("before", "") path=CALLS from to/>
            <LivePart name="calls">
                {table}
                <Pager newest older/>
            </LivePart>
            <BlockList blocked back=here refused/>
        </Frame>
    }
}

#[component]
fn Row(call: CallRow, back: String) -> impl IntoView {
    let judged = call.clone();
    let words = words();
    let who = caller(words, call.caller.as_deref());
    let kind = match (&call.caller, call.first) {
        (None, _) => None,
        (_, true) => Some(words.tracking_first_badge),
        (_, false) => Some(words.tracking_repeat_badge),
    };
    let length =
        call.talk_seconds.filter(|_| call.answered).and_then(|seconds| u32::try_from(seconds).ok()).map(format::length);
    let from = [&call.source, &call.medium].into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>();
    // Source and medium stay in one line.
    let from = from.join("\u{a0}/\u{a0}");
    let sure = call.confidence.map(|confidence| {
        let text = words.tracking_sure(&confidence.to_string());
        let of = (call.candidates > 1).then(|| words.tracking_candidates(&call.candidates.to_string()));
        let class = if confidence >= 90 { "badge ok" } else { "badge" };
        view! { <span class=class>{text}</span>{of.map(|of| view! { <span class="hint">{of}</span> })} }
    });
    let told = [&call.term, &call.landing].into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>();
    let told = told.join(" · ");
    let phase = call.outcome.clone();
    let number = number(&call.number, words);
    let badge = if call.spam { "badge" } else { "badge plain" };
    let spam = taken_for(words, &call).map(|why| view! { " "<span class=badge>{why}</span> });
    view! {
        <tr data-key=call.id.clone() data-spam=call.spam.to_string()>
            <td><a href=format!("/admin/calls/{}", encoded(&call.id))><Time at=call.at/></a></td>
            <td data-label=words.tracking_caller class="main"><span class="who">{who}</span>{kind.map(|kind| view! { " "<span class="badge plain">{kind}</span> })}</td>
            <td data-label=words.tracking_campaign class="said main">{campaign_name(&call.campaign, words)}<span class="hint digits">{number}</span></td>
            <td data-label=words.tracking_outcome class="end"><span class="state" data-phase=phase>{outcome(words, &call.outcome)}</span>{spam}</td>
            <td data-label=words.tracking_length class="number">{length.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label=words.tracking_price class="number">{call.price.map_or_else(|| "–".to_owned(), |price| format::price_in_list(Price(price)))}</td>
            <td data-label=words.tracking_visitor class="said">{from}<span class="hint">{told}</span>{sure}</td>
            <td class="actions"><Judge call=judged back/></td>
        </tr>
    }
}

/// Whether a call counts as spam, and why.
fn taken_for(words: &'static Words, call: &CallRow) -> Option<&'static str> {
    match (call.spam, call.said, call.reason.as_deref()) {
        (true, Some(true), _) => Some(words.tracking_spam_said),
        (true, _, Some("blocked")) => Some(words.tracking_spam_blocked),
        (true, _, Some("burst")) => Some(words.tracking_spam_burst),
        (true, _, Some("silent")) => Some(words.tracking_spam_silent),
        (true, _, Some("short")) => Some(words.tracking_spam_short),
        (false, Some(false), _) => Some(words.tracking_spam_cleared),
        _ => None,
    }
}

/// The button that marks a call as spam, or as genuine.
#[component]
fn Judge(call: CallRow, back: String) -> impl IntoView {
    let words = words();
    let (value, name) = if call.spam { ("no", words.tracking_no_spam) } else { ("yes", words.tracking_is_spam) };
    let block = call.caller.clone().filter(|caller| call.spam && caller.bytes().all(|byte| byte.is_ascii_digit()));
    let say = vec![("id", call.id.clone()), ("back", back.clone()), ("spam", value.to_owned())];
    let block = block.map(|number| {
        let fields = vec![("number", format!("+{number}")), ("back", back)];
        view! { <Post action="/api/block-caller" label=words.tracking_block fields item=true/> }
    });
    let of = caller(words, call.caller.as_deref());
    view! {
        <RowMenu id=format!("menu-{}", call.id) of>
            <Post action="/api/say-spam" label=name fields=say item=true/>
            {block}
        </RowMenu>
    }
}

fn outcome(words: &'static Words, word: &str) -> &'static str {
    match word {
        "connecting" => words.phase_connecting,
        "ringing" => words.phase_ringing,
        "talking" => words.phase_talking,
        "answered" => words.phase_answered,
        "voicemail" => words.phase_voicemail,
        "busy" => words.phase_busy,
        "rejected" => words.phase_rejected,
        "no-answer" => words.phase_no_answer,
        "failed" => words.phase_failed,
        "left-message" => words.phase_left_message,
        "call-back" => words.phase_call_back,
        _ => words.phase_abandoned,
    }
}

/// Who is not put through.
#[component]
fn BlockList(blocked: Vec<(String, String)>, back: String, refused: Option<NotBlocked>) -> impl IntoView {
    let words = words();
    let open = refused.is_some();
    let reason = refused.as_ref().map(|refused| said(&refused.why));
    let (number, note) = refused.map(|refused| (refused.number, refused.note)).unwrap_or_default();
    let count = blocked.len().to_string();
    let rows = blocked
        .into_iter()
        .map(|(number, note)| {
            let digits = format!("+{number}");
            let fields = vec![("number", digits), ("off", "true".to_owned()), ("back", back.clone())];
            view! {
                <li>
                    <strong>{grouped(&number)}</strong>
                    <span class="hint">{note}</span>
                    <Post action="/api/block-caller" label=words.tracking_unblock fields/>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="card blocks" id="blocks" open=open>
            <summary>{words.tracking_block_list(&count)}</summary>
            <p class="section-text">{words.tracking_block_text}</p>
            <ul class="lines">{rows}</ul>
            <form method="post" action="/api/block-caller" class="line-form">
                <input type="hidden" name="back" value=back/>
                <TextField label=words.tracking_caller name="number" kind="tel" value=number placeholder=words.admin_number_example help=None error=reason first=open required=true/>
                <TextField label=words.tracking_note name="note" value=note longest=200 help=None error=None/>
                <button type="submit" class="button">{words.tracking_block}</button>
            </form>
        </details>
    }
}
