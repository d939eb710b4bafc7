//! Opening hours: whether it is open now, the hours of the week, holidays, closing now, and what callers get then. Every
//! action is a form that works without JavaScript.
//!
//! | module    | what                                              |
//! |-----------|---------------------------------------------------|
//! | `week`    | the table of the week's hours                     |
//! | `days`    | holidays: the list, adding one, a calendar's file |
//! | `closing` | closing now, and what callers get while closed    |
//! | `lines`   | what callers of one line get while closed         |
//! | `said`    | outcomes and errors in words                      |

mod closing;
mod days;
pub mod lines;
pub mod said;
mod week;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::closing::{CloseNow, WhenItIsClosed};
use self::days::Holidays;
use self::week::WeekTable;
use super::gate::gate;
use super::page::headed;
use crate::api::admin::Page;
use crate::api::dry_run::DRY_RUN;
use crate::api::flash::Flash;
use crate::api::hours::{HOURS, Hours as Content, Said, hours_page, rows_of};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::hours::schedule::{State, Why};
use crate::domain::hours::spoken::{Style, when};
use crate::ui::language::{Words, language, words};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;

#[component]
pub fn Hours() -> impl IntoView {
    let words = words();
    let rows = rows_of(&use_query_map().get_untracked().get("rows").unwrap_or_default());
    let page = Resource::new(|| (), |()| hours_page());
    let content = move || Suspend::new(async move { gate(page.await, HOURS, move |page| shown(words, page, rows)) });
    view! {
        <Title text=words.nav_hours/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn shown(words: &'static Words, page: Page<Content>, rows: [usize; 7]) -> AnyView {
    let wrong = wrong_of(&page);
    headed(page, move |content| (head(words, &content), body(content, wrong, rows)))
}

/// What was wrong with the form that was sent.
fn wrong_of<T>(page: &Page<T>) -> Option<Said> {
    match &page.flash {
        Some(Flash::Hours(said)) if !said.is_good() => Some(said.clone()),
        _ => None,
    }
}

fn head(words: &'static Words, content: &Content) -> AnyView {
    let badge = match &content.state {
        // The card says it, with the button that ends it.
        Some(State::Closed { why: Why::Switched(_), .. }) => None,
        Some(State::Closed { .. }) => Some(("badge danger", words.hours_closed)),
        Some(State::Open { .. }) | None => Some(("badge ok", words.hours_open)),
    };
    let state = badge.map(|(class, text)| view! { <span class=class>{text}</span> }).into_any();
    let actions = view! { <a class="button quiet" href=DRY_RUN>{words.dry_run_title}</a> }.into_any();
    view! { <PageHead title=words.nav_hours lead=words.hours_lead state actions/> }.into_any()
}

fn body(content: Content, wrong: Option<Said>, rows: [usize; 7]) -> AnyView {
    let words = words();
    let present = present(words, &content).map(|(tone, text)| view! { <Notice tone><p>{text}</p></Notice> });
    let zone = words.hours_zone(content.zone.name());
    let Content { week, holidays, closed, when_closed, flows, zone: clock, now, .. } = content;
    let until = closed
        .as_ref()
        .and_then(|closed| closed.until)
        .map(|until| when(until, now, &clock, language(), Style::Written));
    view! {
        {present}
        <CloseNow closed until wrong=wrong.clone()/>
        <WeekTable week rows wrong=wrong.clone()/>
        <Holidays holidays wrong=wrong.clone()/>
        <WhenItIsClosed when_closed=Some(when_closed) flows wrong/>
        <p class="hint">{zone}</p>
    }
    .into_any()
}

/// How it is now, in words. `None` when it is closed by hand, which [`CloseNow`] says.
fn present(words: &'static Words, content: &Content) -> Option<(Tone, String)> {
    match &content.state {
        None => Some((Tone::Info, words.hours_now_unset.to_owned())),
        Some(State::Closed { why: Why::Switched(_), .. }) => None,
        Some(state) => Some(in_words(words, state, content.now, &content.zone)),
    }
}

/// How it is at a moment, ms UTC, in words.
pub fn in_words(words: &'static Words, state: &State, now: i64, zone: &Zone) -> (Tone, String) {
    let at = |moment: i64| when(moment, now, zone, language(), Style::Written);
    match state {
        State::Open { closes_at: Some(moment) } => (Tone::Good, words.hours_now_open_until(&at(*moment))),
        State::Open { closes_at: None } => (Tone::Good, words.hours_now_open.to_owned()),
        State::Closed { why, opens_at } => {
            let why = match why {
                Why::Hours => words.hours_now_closed.to_owned(),
                Why::Holiday(name) => words.hours_now_holiday(name),
                Why::Switched(_) => words.hours_now_switched.to_owned(),
            };
            let opens = match opens_at {
                Some(moment) => words.hours_opens(&at(*moment)),
                None => words.hours_opens_never.to_owned(),
            };
            (Tone::Warn, [why, opens].join(words.sentence_gap))
        }
    }
}

#[cfg(test)]
mod tests;
