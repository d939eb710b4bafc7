//! The dry run of a call to one of our numbers: a line, a moment, the keys that are pressed, and what the caller would hear.
//! All of it is in the page's address.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::flow::steps::{Steps, outcome_name};
use super::gate::gate;
use super::hours::in_words;
use super::link;
use super::page::headed;
use super::parts::line_name;
use super::trouble::list;
use crate::api::dry_run::{DRY_RUN, DryRun as Content, DryRunQuery, read_dry_run};
use crate::api::numbers::NUMBERS;
use crate::domain::call_flows::Outcome;
use crate::domain::hours::{spoken, written_moment};
use crate::ui::language::{Language, Words, language, words};
use crate::ui::parts::field::{Choice, TextField};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;

/// The address of the dry run of a line, by its word.
pub fn of_line(line: &str) -> String {
    link::to(DRY_RUN, [("line", line)])
}

#[component]
pub fn DryRun() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let asked = |name: &str| map.get(name).unwrap_or_default();
    let query = DryRunQuery {
        line: asked("line"),
        at: asked("at"),
        language: asked("language"),
        keys: asked("keys"),
        outcome: asked("outcome"),
    };
    let sent = query.clone();
    let page = Resource::new(move || sent.clone(), read_dry_run);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            gate(page.await, DRY_RUN, move |page| {
                headed(page, move |content| {
                    let back = (NUMBERS, words.nav_numbers);
                    let head = view! { <PageHead title=words.dry_run_title lead=words.dry_run_lead back/> };
                    (head.into_any(), show(words, content, query))
                })
            })
        })
    };
    view! {
        <Title text=words.dry_run_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn show(words: &'static Words, content: Content, query: DryRunQuery) -> AnyView {
    let Content { lines, line, numbers, at, now, zone, state, at_any_time, steps, wrong } = content;
    let choices = lines.iter().map(|choice| (choice.value.clone(), line_name(words, choice))).collect();
    let languages = [(String::new(), words.numbers_language_usual.to_owned())]
        .into_iter()
        .chain(Language::EVERY.map(|known| (known.tag().to_owned(), known.name().to_owned())))
        .collect();
    let outcome = Outcome::parse(&query.outcome);
    let outcomes = Outcome::EVERY.map(|one| (one.name().to_owned(), outcome_name(words, one).to_owned())).to_vec();
    let is_wrong = |field: &str| wrong.iter().any(|one| one == field);
    let wrong_at = is_wrong("at").then(|| words.dry_run_no_moment.to_owned());
    let wrong_line = is_wrong("line").then(|| words.hours_line_missing.to_owned());
    // Browsers show nothing of what is no moment, and complain.
    let moment = if wrong_at.is_some() { String::new() } else { written_moment(at, &zone) };
    let good = wrong.is_empty();
    let when = spoken::when(at, now, &zone, language(), spoken::Style::Written);
    let (tone, hours) = match &state {
        _ if at_any_time => (Tone::Info, words.dry_run_at_any_time.to_owned()),
        None => (Tone::Info, words.hours_now_unset.to_owned()),
        Some(state) => in_words(words, state, at, &zone),
    };
    let leads = if numbers.is_empty() {
        words.dry_run_no_number.to_owned()
    } else {
        words.dry_run_numbers(&list(words, &numbers))
    };
    view! {
        <div class="dry-run">
            <form method="get" action=DRY_RUN class="card stack">
                <Choice label=words.numbers_line name="line" value=line choices help=Some(leads) error=wrong_line/>
                <TextField label=words.dry_run_at name="at" kind="datetime-local" value=moment
                    help=Some(words.hours_zone(zone.name())) error=wrong_at/>
                <TextField label=words.flows_keys name="keys" value=query.keys longest=20 keys="tel"
                    help=Some(words.dry_run_keys_help.to_owned()) error=None/>
                <Choice label=words.flows_outcome name="outcome" value=outcome.name() choices=outcomes help=None error=None/>
                <Choice label=words.numbers_language name="language" value=query.language choices=languages help=None error=None/>
                <div><button type="submit" class="button">{words.dry_run_do}</button></div>
            </form>
            {good.then(|| view! {
                <section class="card stack" aria-labelledby="heard">
                    <h2 id="heard">{words.dry_run_heard(&when)}</h2>
                    <Notice tone><p>{hours}</p></Notice>
                    <Steps steps/>
                </section>
            })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::admin::LineChoice;
    use crate::domain::call_flows::{Step, What};
    use crate::domain::call_tracking::zone::Zone;
    use crate::domain::hours::schedule::{State, Why};

    fn content() -> Content {
        let line = LineChoice { value: "queue:q1".into(), line: "queue".into(), target: Some("Sales <b>".into()) };
        Content {
            lines: vec![line],
            line: "queue:q1".into(),
            numbers: vec!["+44 20 7946 0103".into()],
            // 28 November 2026, 12:00 in Berlin.
            at: 1_795_863_600_000,
            now: 1_795_863_600_000,
            zone: Zone::new("Europe/Berlin", &jiff::tz::TimeZone::get("Europe/Berlin").unwrap()),
            state: Some(State::Closed { why: Why::Hours, opens_at: None }),
            at_any_time: false,
            steps: vec![Step {
                action: Some(0),
                line: 0,
                at_seconds: 0,
                what: What::Says { text: "Closed <today>.".into(), times: 1 },
            }],
            wrong: Vec::new(),
        }
    }

    fn html(content: Content, query: DryRunQuery) -> String {
        Owner::new().with(|| show(words(), content, query).to_html())
    }

    #[test]
    fn it_says_when_by_which_numbers_and_what_is_heard() {
        let html = html(content(), DryRunQuery::default());
        assert!(html.contains("value=\"2026-11-28T12:00\"") && html.contains("+44 20 7946 0103"), "{html}");
        assert!(html.contains(words().hours_now_closed) && html.contains("Closed &lt;today&gt;."), "{html}");
        assert!(html.contains("Sales &lt;b&gt;") && html.contains("Europe/Berlin"), "{html}");
    }

    #[test]
    fn what_cannot_be_read_is_said_at_its_field_and_nothing_is_run() {
        let query = DryRunQuery { at: "soon\"".into(), ..DryRunQuery::default() };
        let html = html(Content { wrong: vec!["at".into()], ..content() }, query);
        assert!(html.contains("id=\"why-at\"") && !html.contains("soon"), "{html}");
        assert!(!html.contains("id=\"heard\""), "{html}");
    }
}
