//! What callers of each line get while the business is closed: the list, and one line's form.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::closing::WhenItIsClosed;
use super::wrong_of;
use crate::api::closed_lines::{CLOSED_LINES, ClosedLine, ClosedLines, read_closed_lines};
use crate::api::hours::{HOURS, Said};
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::phone::grouped;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::page::headed;
use crate::ui::admin::parts::line_name;
use crate::ui::language::{Words, words};
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::trouble::Missing;

/// The list.
#[component]
pub fn HoursOfLines() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| read_closed_lines());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, CLOSED_LINES, move |page| {
                headed(page, move |content| {
                    let back = (HOURS, words.nav_hours);
                    let (title, lead) = (words.hours_lines, words.hours_lines_lead);
                    (view! { <PageHead title lead back/> }.into_any(), list(words, content))
                })
            })
        })
    };
    view! {
        <Title text=words.hours_lines/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn list(words: &'static Words, content: ClosedLines) -> AnyView {
    let ClosedLines { lines, all, flows } = content;
    let columns = vec![Column::text(words.numbers_line).sorted(), Column::text(words.hours_lines_get)];
    let same = words.hours_same_as_all(&happens(words, &all, &flows));
    let row = |ClosedLine { line, own }: ClosedLine| {
        let gets = match own {
            Some(own) => happens(words, &own, &flows).into_any(),
            None => view! { <span class="hint">{same.clone()}</span> }.into_any(),
        };
        let address = format!("{CLOSED_LINES}/{}", encoded(&line.value));
        view! {
            <tr>
                <th scope="row"><a href=address>{line_name(words, &line)}</a></th>
                <td data-label=words.hours_lines_get>{gets}</td>
            </tr>
        }
    };
    let rows = lines.into_iter().map(row).collect_view();
    view! { <Table label=words.hours_lines columns>{rows}</Table> }.into_any()
}

/// What callers get, in a few words.
fn happens(words: &'static Words, when: &WhenClosed, flows: &[(String, String)]) -> String {
    let named = |label: &str, of: &str| words.numbers_line_target(label, of);
    match &when.outcome {
        Outcome::HangUp => words.hours_say.to_owned(),
        Outcome::Message => words.hours_message.to_owned(),
        Outcome::CallBack => words.hours_call_back.to_owned(),
        Outcome::Number(digits) => named(words.hours_number, &grouped(digits)),
        Outcome::Flow(id) => match flows.iter().find(|(known, _)| known == id) {
            Some((_, name)) => named(words.hours_flow, name),
            // It was deleted.
            None => words.hours_say.to_owned(),
        },
    }
}

/// One line.
#[component]
pub fn HoursOfLine() -> impl IntoView {
    let words = words();
    let word = use_params_map().get_untracked().get("line").unwrap_or_default();
    let here = format!("{CLOSED_LINES}/{}", encoded(&word));
    let page = Resource::new(|| (), |()| read_closed_lines());
    let content = move || {
        let (here, word) = (here.clone(), word.clone());
        Suspend::new(async move {
            gate(page.await, &here, move |page| {
                let back = (CLOSED_LINES, words.hours_lines);
                let Some(found) = page.content.lines.iter().find(|one| one.line.value == word).cloned() else {
                    let (title, text) = (words.hours_line_missing, words.missing_text);
                    return view! { <Frame viewer=page.viewer><Missing title text back/></Frame> }.into_any();
                };
                let (title, wrong) = (line_name(words, &found.line), wrong_of(&page));
                view! {
                    <Title text=title.clone()/>
                    {headed(page, move |content| {
                        let head = view! { <PageHead title lead=words.hours_line_lead back/> }.into_any();
                        (head, form(content, found, wrong))
                    })}
                }
                .into_any()
            })
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

fn form(content: ClosedLines, found: ClosedLine, wrong: Option<Said>) -> AnyView {
    let words = words();
    let ClosedLines { all, flows, .. } = content;
    let same = words.hours_same_as_all(&happens(words, &all, &flows));
    let ClosedLine { line, own } = found;
    view! { <WhenItIsClosed when_closed=own of_line=(line.value, same) flows wrong/> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::admin::LineChoice;
    use crate::domain::language::Texts;

    fn content() -> ClosedLines {
        let line = |value: &str, target: Option<&str>| LineChoice {
            value: value.into(),
            line: value.split(':').next().unwrap_or_default().into(),
            target: target.map(str::to_owned),
        };
        let own = WhenClosed { outcome: Outcome::Number("447700900123".into()), text: Texts::new("Sales <shut>", "") };
        ClosedLines {
            lines: vec![
                ClosedLine { line: line("support", None), own: None },
                ClosedLine { line: line("queue:q1", Some("Sales <b>")), own: Some(own) },
            ],
            all: WhenClosed { outcome: Outcome::Flow("7".into()), text: Texts::default() },
            flows: vec![("7".into(), "Night menu".into())],
        }
    }

    fn html(view: impl FnOnce() -> AnyView) -> String {
        Owner::new().with(|| view().to_html())
    }

    #[test]
    fn the_list_says_what_callers_of_each_line_get() {
        let (words, html) = (words(), html(|| list(words(), content())));
        assert!(html.contains("href=\"/admin/hours/lines/queue%3Aq1\"") && html.contains("Sales &lt;b&gt;"), "{html}");
        assert!(html.contains("+44 7700 900123"), "{html}");
        let all = words.numbers_line_target(words.hours_flow, "Night menu");
        assert!(html.contains(&words.hours_same_as_all(&all)), "{html}");
    }

    #[test]
    fn a_line_has_what_is_its_own_in_the_form_and_else_the_same_as_all() {
        let words = words();
        let shown = |at: usize| html(|| form(content(), content().lines.remove(at), None));
        let [support, queue] = [shown(0), shown(1)];
        assert!(
            support.contains("value=\"same\" checked") && !support.contains("value=\"number\" checked"),
            "{support}"
        );
        assert!(queue.contains("value=\"number\" checked") && !queue.contains("value=\"same\" checked"), "{queue}");
        assert!(queue.contains("name=\"line\" value=\"queue:q1\"") && queue.contains("Sales &lt;shut&gt;"), "{queue}");
        assert!(queue.contains("/api/closed-line-save") && queue.contains(words.hours_same), "{queue}");
    }
}
