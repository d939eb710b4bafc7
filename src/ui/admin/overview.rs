//! The first page of operators and supervisors: the agents and callers of this moment, today's calls, and set-up problems.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::cells::{State, party};
use super::gate::gate;
use super::link::encoded;
use super::page::headed;
use super::setup;
use super::trouble::list;
use crate::api::calls::CallSummary;
use crate::api::overview::{Overview as Content, overview_page};
use crate::api::paths::HOME;
use crate::api::setup::SETUP;
use crate::domain::account::Role;
use crate::domain::call::CallCount;
use crate::domain::checklist::{Check, CheckState};
use crate::domain::contact_center::console_settings::Choices;
use crate::domain::contact_center::desk::{Badges, Floor, Owed, Teammate, Waiting};
use crate::domain::contact_center::presence::State as Standing;
use crate::domain::hours::schedule::{State as OpenState, Why};
use crate::domain::hours::spoken::{Style, when};
use crate::ui::console::texts;
use crate::ui::language::{Words, language, words};
use crate::ui::parts::confirm::Post;
use crate::ui::parts::empty::Empty;
use crate::ui::parts::format;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::stat::{Stat, Stats};
use crate::ui::parts::time::Time;

#[component]
pub fn Overview() -> impl IntoView {
    let words = words();
    // The first page after a password was chosen.
    let saved = use_query_map().get_untracked().get("saved").is_some();
    let page = Resource::new(|| (), |()| overview_page());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, HOME, move |page| {
                let may_open = page.viewer.role.may(Role::Operator);
                let quiet = closed_by_hours(words, &page.content);
                let state = view! {
                    <LiveMark of=Of::Pages/>
                    <LivePart name="hours">{quiet.map(|text| view! { <p class="hint">{text}</p> })}</LivePart>
                }
                .into_any();
                let head = view! { <PageHead title=words.nav_overview lead=words.overview_lead state/> }.into_any();
                let saved = saved.then(|| {
                    view! { <Notice tone=Tone::Good said=true><p>{words.password_saved}</p></Notice> }
                });
                headed(page, |content| (head, view! { {saved}{show(words, content, may_open)} }.into_any()))
            })
        })
    };
    view! {
        <Title text=words.nav_overview/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

/// Outside the opening hours: that it is closed, and until when. A closing by hand is [`ClosedByHand`].
fn closed_by_hours(words: &'static Words, content: &Content) -> Option<String> {
    match &content.hours {
        Some(OpenState::Closed { why: Why::Hours | Why::Holiday(_), opens_at }) => Some(match opens_at {
            Some(moment) => {
                let opens = when(*moment, content.now, &content.zone, language(), Style::Written);
                words.overview_closed_until(&opens)
            }
            None => words.overview_closed.to_owned(),
        }),
        _ => None,
    }
}

fn show(words: &'static Words, content: Content, may_open: bool) -> AnyView {
    let Content { now, today, floor, owed, unattended, hours, zone, calls, checks } = content;
    let by_hand = match hours {
        Some(OpenState::Closed { why: Why::Switched(reason), opens_at }) => {
            let opens = opens_at.map(|moment| when(moment, now, &zone, language(), Style::Written));
            Some(view! { <ClosedByHand reason=reason.get(language()).to_owned() opens may_open/> })
        }
        _ => None,
    };
    let Floor { waiting, team, badges, choices } = floor;
    view! {
        <LivePart name="closed">{by_hand}</LivePart>
        <Checks checks/>
        <LivePart name="overview">
            {unattended.then(|| view! { <Notice tone=Tone::Warn><p>{words.overview_unattended}</p></Notice> })}
            <Figures today waiting=waiting.clone() badges now/>
            <div class="overview">
                <section class="card" aria-labelledby="team">
                    <h2 id="team">{words.overview_team}</h2>
                    <Team team choices now/>
                </section>
                <section class="card" aria-labelledby="waiting">
                    <h2 id="waiting">{words.overview_waiting}</h2>
                    <Queue waiting now/>
                </section>
                {(!owed.is_empty()).then(|| view! {
                    <section class="card wide" aria-labelledby="owed">
                        <h2 id="owed">{words.overview_owed}</h2>
                        <CallBacks owed/>
                    </section>
                })}
                <section class="card wide" aria-labelledby="newest">
                    <div class="section-head">
                        <h2 id="newest">{words.overview_calls}</h2>
                        <a href="/admin/calls">{words.call_back}</a>
                    </div>
                    <Newest calls/>
                </section>
            </div>
        </LivePart>
    }
    .into_any()
}

/// Somebody closed the business: why, until when, and the way to open again.
#[component]
fn ClosedByHand(
    /// May be empty.
    reason: String,
    /// In words; `None` until somebody opens.
    opens: Option<String>,
    may_open: bool,
) -> impl IntoView {
    let words = words();
    let fact = match reason.as_str() {
        "" if opens.is_none() => words.hours_now_switched_open_end.to_owned(),
        "" => words.hours_now_switched.to_owned(),
        reason => words.overview_closed_by_hand(reason),
    };
    let opens = opens.map(|opens| words.hours_opens(&opens));
    let text = [Some(fact), opens].into_iter().flatten().collect::<Vec<_>>().join(words.sentence_gap);
    let again = may_open.then(|| {
        let fields = vec![("open", "true".to_owned())];
        view! { <Post action="/api/hours-close" label=words.hours_open_again fields/> }
    });
    view! { <Notice tone=Tone::Warn><p>{text}</p>{again}</Notice> }
}

/// What is left to do before and after the first call, each with what to do.
#[component]
fn Checks(checks: Option<Vec<Check>>) -> impl IntoView {
    let words = words();
    let Some(checks) = checks else {
        return view! { <Notice tone=Tone::Warn><p>{words.overview_unchecked}" "<a href=SETUP>{words.nav_setup}</a></p></Notice> }.into_any();
    };
    let bad = checks.iter().any(|check| check.state == CheckState::Bad);
    let (tone, title) = if bad { (Tone::Warn, words.overview_problems) } else { (Tone::Info, words.overview_next) };
    let lines = checks.into_iter().map(|check| {
        let (name, fix) = setup::texts(words, check.what);
        let step = check.what.step();
        let place = setup::page_of(step).map_or_else(|| format!("{SETUP}#step-{}", step.name()), str::to_owned);
        view! { <li><a href=place><strong>{name}</strong></a>{words.colon}{fix}</li> }
    });
    let lines: Vec<_> = lines.collect();
    if lines.is_empty() {
        return ().into_any();
    }
    view! {
        <Notice tone>
            <p><strong>{title}</strong></p>
            <ul>{lines}</ul>
            <p><a href=SETUP>{words.overview_to_setup}</a></p>
        </Notice>
    }
    .into_any()
}

#[component]
fn Figures(today: CallCount, waiting: Vec<Waiting>, badges: Badges, now: i64) -> impl IntoView {
    let words = words();
    let share = today.answered_percent().map(|share| format!("{share}%")).unwrap_or_default();
    let CallCount { calls, answered, missed, running } = today;
    let longest = waiting.iter().map(|call| now - call.since).max();
    let longest = longest.map(|ms| words.overview_longest(&ago(ms))).unwrap_or_default();
    let owed = badges.callbacks + badges.voicemails;
    let callbacks = (badges.callbacks > 0).then(|| words.overview_owed_callbacks(&badges.callbacks.to_string()));
    let voicemails = (badges.voicemails > 0).then(|| words.overview_owed_voicemails(&badges.voicemails.to_string()));
    let owed_note = list(words, &[callbacks, voicemails].into_iter().flatten().collect::<Vec<_>>());
    view! {
        <Stats>
            <Stat name=words.overview_today value=calls.to_string() href="/admin/calls"/>
            <Stat name=words.calls_answered value=answered.to_string() note=share href="/admin/calls?show=answered"/>
            <Stat name=words.calls_missed value=missed.to_string() href="/admin/calls?show=missed"/>
            <Stat name=words.overview_running value=running.to_string() href="/admin/calls?show=running"/>
            <Stat name=words.overview_waiting value=waiting.len().to_string() note=longest tone={(!waiting.is_empty()).then_some(Tone::Warn)}/>
            {if badges.callbacks > 0 {
                view! { <Stat name=words.overview_owed value=owed.to_string() note=owed_note href="#owed"/> }.into_any()
            } else {
                view! { <Stat name=words.overview_owed value=owed.to_string() note=owed_note/> }.into_any()
            }}
        </Stats>
    }
}

#[component]
fn Team(team: Vec<Teammate>, choices: Choices, now: i64) -> impl IntoView {
    let words = words();
    if team.is_empty() {
        return view! { <p class="hint">{words.overview_team_empty}" "<a href="/admin/users">{words.nav_users}</a></p> }.into_any();
    }
    let row = |mate: Teammate| {
        let key = mate.name.clone();
        view! {
            <li data-key=key>
                <strong>{mate.name}</strong>
                <span class="state" data-phase=dot(mate.state)>{texts::standing(words, &choices, mate.state)}</span>
                <span class="hint digits">{texts::lasting(words, &choices, mate.state, format::seconds(now - mate.since))}</span>
            </li>
        }
    };
    view! { <ul class="lines aligned">{team.into_iter().map(row).collect_view()}</ul> }.into_any()
}

#[component]
fn Queue(waiting: Vec<Waiting>, now: i64) -> impl IntoView {
    let words = words();
    if waiting.is_empty() {
        return view! { <p class="hint">{words.overview_waiting_empty}</p> }.into_any();
    }
    let row = |call: Waiting| {
        let queue = call.queue;
        let ringing = call.ringing_at.map(|agent| words.overview_rings_at(&agent));
        view! {
            <li data-key=call.call>
                <strong>{party(words, call.who)}</strong>
                {queue.map(|queue| view! { <span class="hint">{queue}</span> })}
                {ringing.map(|ringing| view! { <span class="hint">{ringing}</span> })}
                <span class="hint digits">{ago(now - call.since)}</span>
            </li>
        }
    };
    view! { <ol class="lines">{waiting.into_iter().map(row).collect_view()}</ol> }.into_any()
}

#[component]
fn CallBacks(owed: Vec<Owed>) -> impl IntoView {
    let words = words();
    let row = |one: Owed| {
        let claimed = one.claimed_by.map(|agent| words.console_claimed(&agent));
        view! {
            <li data-key=one.call.clone()>
                <a href=format!("/admin/calls/{}", encoded(&one.call))>{party(words, one.who)}</a>
                <span class="hint">{claimed}</span>
                <span class="hint"><Time at=one.at recent=true/></span>
            </li>
        }
    };
    view! { <ul class="lines aligned">{owed.into_iter().map(row).collect_view()}</ul> }
}

#[component]
fn Newest(calls: Vec<CallSummary>) -> impl IntoView {
    let words = words();
    if calls.is_empty() {
        let action = Some(("/".to_owned(), words.calls_empty_action));
        return view! { <Empty mark=Mark::Phone title=words.calls_empty text=words.calls_empty_text action/> }
            .into_any();
    }
    let row = |call: CallSummary| {
        let who = words.call_from_to(&party(words, call.caller), &party(words, call.called));
        view! {
            <li data-key=call.id.clone()>
                <a href=format!("/admin/calls/{}", encoded(&call.id))>{who}</a>
                <State phase=call.phase/>
                <span class="hint"><Time at=call.at recent=true/></span>
            </li>
        }
    };
    view! { <ul class="lines aligned">{calls.into_iter().map(row).collect_view()}</ul> }.into_any()
}

/// A length in ms as `0:07`.
fn ago(ms: i64) -> String {
    format::length(format::seconds(ms))
}

/// The dot of an agent's state: drawn like that of a call in the phase of this name.
fn dot(state: Standing) -> &'static str {
    match state {
        Standing::Ready => "answered",
        Standing::Ringing => "ringing",
        Standing::Talking | Standing::Hold | Standing::Reconnecting => "talking",
        Standing::WrapUp | Standing::Unable(_) => "voicemail",
        Standing::Away(_) | Standing::Offline | Standing::Asleep => "over",
    }
}
