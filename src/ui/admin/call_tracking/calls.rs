//! The calls behind a bar: who, for which campaign, how sure, and whether it was a real call.

use leptos::prelude::*;

use super::filter::{Filter, is_narrowed};
use super::parts::{Tabs, address, caller, campaign_name, fields, number, why};
use crate::api::admin;
use crate::api::call_tracking::{CALLS, CallRow, Calls, Fields, NotBlocked, read_calls};
use crate::domain::call::Price;
use crate::domain::call_tracking::zone::parse_date;
use crate::domain::phone::grouped;
use crate::ui::admin::cells::Time;
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::said;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;

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
        view! {
            <div class="empty">
                <Icon mark=Mark::Phone/>
                <h2>{words.tracking_quiet}</h2>
                <p>{words.tracking_quiet_text}</p>
                {narrowed.then(|| view! { <a class="button" href=CALLS>{words.tracking_reset}</a> })}
            </div>
        }
        .into_any()
    } else {
        view! {
            <div class="scroll" role="region" aria-label=words.tracking_calls_title tabindex="0">
                <table class="tracked cards">
                    <thead>
                        <tr>
                            <th scope="col">{words.tracking_time}</th>
                            <th scope="col">{words.tracking_caller}</th>
                            <th scope="col">{words.tracking_campaign}</th>
                            <th scope="col">{words.tracking_outcome}</th>
                            <th scope="col" class="number">{words.tracking_length}</th>
                            <th scope="col" class="number">{words.tracking_price}</th>
                            <th scope="col">{words.tracking_visitor}</th>
                            <th scope="col">{words.tracking_spam}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let older = older.map(|key| {
        let url = address(CALLS, &query.with("before", &key));
        view! { <a href=url>{words.calls_older}</a> }
    });
    let newest = query.get("before").is_some().then(|| {
        let url = address(CALLS, &query.with("before", ""));
        view! { <a href=url>{words.calls_newest}</a> }
    });
    view! {
        <Frame viewer>
            <div class="heading">
                <h1>{words.tracking_calls_title}</h1>
                <Tabs here=CALLS/>
                <a class="button quiet small end" href=csv rel="external" download="calls.csv">{words.tracking_csv}</a>
            </div>
            <FlashNotice flash/>
            <Filter filters query=query.with("before", "") path=CALLS from to/>
            <LiveMark of=Of::Pages/>
            <LivePart name="calls">
                {table}
                <nav class="pages" aria-label=words.calls_older>{newest}{older}</nav>
            </LivePart>
            <BlockList blocked back=here refused/>
        </Frame>
    }
}

#[component]
fn Row(call: CallRow, back: String) -> impl IntoView {
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
    let from = from.join(" / ");
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
    view! {
        <tr data-key=call.id.clone() data-spam=call.spam.to_string()>
            <td><a href=format!("/admin/calls/{}", encoded(&call.id))><Time at=call.at/></a></td>
            <td data-label=words.tracking_caller>{who}{kind.map(|kind| view! { " "<span class="badge plain">{kind}</span> })}</td>
            <td data-label=words.tracking_campaign>{campaign_name(&call.campaign, words)}<span class="hint">{number}</span></td>
            <td data-label=words.tracking_outcome><span class="state" data-phase=phase>{outcome(words, &call.outcome)}</span></td>
            <td data-label=words.tracking_length class="number">{length.unwrap_or_else(|| "–".to_owned())}</td>
            <td data-label=words.tracking_price class="number">{call.price.map_or_else(|| "–".to_owned(), |price| format::price_in_list(Price(price)))}</td>
            <td data-label=words.tracking_visitor>{from}<span class="hint">{told}</span>{sure}</td>
            <td data-label=words.tracking_spam><Spam call=call.clone() back/></td>
        </tr>
    }
}

/// What it is taken for and why, and how to say otherwise.
#[component]
fn Spam(call: CallRow, back: String) -> impl IntoView {
    let words = words();
    let why = match (call.spam, call.said, call.reason.as_deref()) {
        (true, Some(true), _) => Some(words.tracking_spam_said),
        (true, _, Some("blocked")) => Some(words.tracking_spam_blocked),
        (true, _, Some("burst")) => Some(words.tracking_spam_burst),
        (true, _, Some("silent")) => Some(words.tracking_spam_silent),
        (true, _, Some("short")) => Some(words.tracking_spam_short),
        (false, Some(false), _) => Some(words.tracking_spam_cleared),
        _ => None,
    };
    let (value, name) = if call.spam { ("no", words.tracking_no_spam) } else { ("yes", words.tracking_is_spam) };
    let block = call.caller.clone().filter(|caller| call.spam && caller.bytes().all(|byte| byte.is_ascii_digit()));
    let back_again = back.clone();
    view! {
        <div class="judge">
            {why.map(|why| view! { <span class="hint">{why}</span> })}
            <form method="post" action="/api/say-spam">
                <input type="hidden" name="id" value=call.id/>
                <input type="hidden" name="back" value=back/>
                <button type="submit" name="spam" value=value class="link">{name}</button>
            </form>
            {block.map(|number| view! {
                <form method="post" action="/api/block-caller">
                    <input type="hidden" name="number" value=format!("+{number}")/>
                    <input type="hidden" name="back" value=back_again/>
                    <button type="submit" class="link">{words.tracking_block}</button>
                </form>
            })}
        </div>
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
        _ => words.phase_abandoned,
    }
}

/// Who is not put through.
#[component]
fn BlockList(blocked: Vec<(String, String)>, back: String, refused: Option<NotBlocked>) -> impl IntoView {
    let words = words();
    let open = refused.is_some();
    let invalid = open.then_some("true");
    let described = open.then_some("why-block");
    let reason = refused.as_ref().map(|refused| said(&refused.why));
    let (number, note) = refused.map(|refused| (refused.number, refused.note)).unwrap_or_default();
    let count = blocked.len().to_string();
    let rows = blocked
        .into_iter()
        .map(|(number, note)| {
            let back = back.clone();
            view! {
                <li>
                    <span>{grouped(&number)}</span>
                    <span class="hint">{note}</span>
                    <form method="post" action="/api/block-caller">
                        <input type="hidden" name="number" value=format!("+{number}")/>
                        <input type="hidden" name="off" value="true"/>
                        <input type="hidden" name="back" value=back/>
                        <button type="submit" class="link">{words.tracking_unblock}</button>
                    </form>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="card blocks" id="blocks" open=open>
            <summary>{words.tracking_block_list(&count)}</summary>
            <p class="hint">{words.tracking_block_text}</p>
            <ul>{rows}</ul>
            <form method="post" action="/api/block-caller" class="inline">
                <input type="hidden" name="back" value=back/>
                <label><span>{words.tracking_caller}</span>
                    <input type="tel" name="number" value=number required placeholder="+44 7700 900123"
                        aria-invalid=invalid aria-describedby=described autofocus=open/>
                    {why("block", reason)}
                </label>
                <label><span>{words.tracking_note}</span><input name="note" value=note maxlength="200"/></label>
                <button type="submit" class="button small">{words.tracking_block}</button>
            </form>
        </details>
    }
}
