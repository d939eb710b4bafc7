//! A call flow as boxes and arrows beside its JSON. Each button sends the text with it, so that the drawing can be changed
//! without a script; with one the text in the editor follows.

mod form;

use leptos::prelude::*;

use crate::api::menus::MENUS;
use crate::domain::call_flows::drawing::act::{Button, KIND, OPEN, Open, Refused, Said, WAS};
use crate::domain::call_flows::drawing::{Drawing, Drawn as ABox, Form, Picture, Then};
use crate::domain::call_flows::{Branch, Keys, Leads, PARAMS_TO, Problem, What};
use crate::domain::menu::MAIN;
use crate::domain::ncco::schema::ACTIONS;
use crate::ui::admin::trouble::{list, reason};
use crate::ui::language::{Words, words};
use crate::ui::parts::icon::{Icon, Mark};
use form::{Fields, not_edited};

use super::steps::{leads, listens, mark, what};

/// The drawing with what is around it.
#[component]
pub fn Drawn(
    picture: Picture,
    problems: Vec<Problem>,
    /// Numbers that lead to the flow, as people write them.
    numbers: Vec<String>,
) -> impl IntoView {
    let words = words();
    let drawable = picture.drawing.is_some();
    let starts = match numbers.as_slice() {
        [] => words.flows_draw_begins.to_owned(),
        numbers => words.flows_draw_begins_at(&list(words, numbers)),
    };
    view! {
        <section id="drawing" class="card" aria-labelledby="drawing-title">
            <div>
                <h2 id="drawing-title">{words.flows_draw}</h2>
                <p class="section-text">{words.flows_draw_lead}</p>
            </div>
            <div id="drawn" role="status">{drawn(&picture)}</div>
            <p class="notice" data-tone="warn" id="undrawn" hidden=drawable>{words.flows_draw_broken}</p>
            <p class="flow-end"><Icon mark=Mark::Incoming/><span>{starts}</span></p>
            <div id="boxes">{drawable.then(|| boxes(&picture, &problems))}</div>
        </section>
    }
}

/// What was done, or why not, in a sentence.
pub fn drawn(picture: &Picture) -> impl IntoView + use<> {
    let words = words();
    // At a field it is said there.
    let at_field = |refused: &&Refused| {
        picture.form.as_ref().is_some_and(|form| form.fields.iter().any(|(path, _)| *path == refused.path))
    };
    let refused = picture.refused.as_ref().filter(|refused| !at_field(refused)).map(|Refused { why, .. }| {
        let why = not_edited(words, why);
        view! { <p class="notice" data-tone="bad">{why}</p> }
    });
    let said = picture.said.as_ref().filter(|_| refused.is_none()).map(|said| {
        let said = match said {
            Said::Added { kind, step } => words.flows_draw_added(name(words, kind), &step.to_string()),
            Said::Moved { kind, step } => words.flows_draw_moved(name(words, kind), &step.to_string()),
            Said::Removed { kind, step } => words.flows_draw_removed(name(words, kind), &step.to_string()),
            Said::Changed { kind, step } => words.flows_draw_changed(name(words, kind), &step.to_string()),
        };
        view! { <p class="hint">{said}</p> }
    });
    view! { {refused}{said} }
}

/// What an action is called; the word in its JSON where we do not know it.
fn name<'a>(words: &'static Words, kind: &'a str) -> &'a str {
    match kind {
        "talk" => words.flows_draw_talk,
        "stream" => words.flows_draw_stream,
        "input" => words.flows_draw_input,
        "connect" => words.flows_draw_connect,
        "conversation" => words.flows_draw_conversation,
        "record" => words.flows_draw_record,
        "notify" => words.flows_draw_notify,
        "wait" => words.flows_draw_wait,
        "transfer" => words.flows_draw_transfer,
        "" => words.flows_draw_unknown,
        other => other,
    }
}

/// The icon of an action that is not there yet, or cannot be read.
fn mark_of(kind: &str) -> Mark {
    match kind {
        "talk" => Mark::Megaphone,
        "stream" => Mark::Sound,
        "input" => Mark::Keypad,
        "connect" => Mark::Phone,
        "conversation" => Mark::Team,
        "record" => Mark::Microphone,
        "notify" => Mark::Signal,
        "wait" => Mark::Clock,
        "transfer" => Mark::Transfer,
        _ => Mark::Code,
    }
}

/// The boxes, from the first action to the end of the call. The script puts it in the place of what it was.
pub fn boxes(picture: &Picture, problems: &[Problem]) -> impl IntoView + use<> {
    let words = words();
    let Drawing { boxes, left_out } = picture.drawing.clone().unwrap_or_default();
    let last = boxes.len();
    let ends = boxes.last().is_none_or(|last| last.reached && last.then != Then::Over);
    let arrows: Vec<(Then, bool)> =
        std::iter::once((Then::Next, true)).chain(boxes.iter().map(|one| (one.then, one.reached))).collect();
    let items: Vec<_> = boxes
        .into_iter()
        .enumerate()
        .map(|(at, one)| {
            let wrong = at_box(problems, at);
            let open = picture.form.clone().filter(|form| form.at == at && picture.open == Open::Action(at));
            let form = open.map(|form| {
                let refused = picture.refused.clone().filter(|refused| !refused.path.is_empty());
                view! { <Opened form agents=picture.agents.clone() queues=picture.queues.clone() refused/> }
            });
            view! {
                <li>
                    <Arrow at arrow=arrows[at] open=picture.open/>
                    <Step at last one wrong open=form.is_some()>{form}</Step>
                </li>
            }
        })
        .collect();
    let finish = arrows.last().copied().unwrap_or((Then::Next, true));
    view! {
        <input type="hidden" name=OPEN value=picture.open.name()/>
        <ol class="boxes">
            {items}
            <li>
                {(left_out == 0).then(|| view! { <Arrow at=last arrow=finish open=picture.open/> })}
                <p class="flow-end" class:never=!ends>
                    {if left_out > 0 {
                        view! { <Icon mark=Mark::Dots/><span>{words.flows_draw_more(&left_out.to_string())}</span> }.into_any()
                    } else {
                        view! { <Icon mark=Mark::HangUp/><span>{words.step_ends}</span> }.into_any()
                    }}
                </p>
            </li>
        </ol>
    }
}

/// The problems of one action, with the rest of their field's path.
fn at_box(problems: &[Problem], at: usize) -> Vec<Problem> {
    let place = format!("[{at}]");
    let inside = |problem: &&Problem| {
        problem.field.strip_prefix(&place).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let rest = |problem: &Problem| Problem {
        field: problem.field[place.len()..].trim_start_matches('.').to_owned(),
        ..problem.clone()
    };
    problems.iter().filter(inside).map(rest).collect()
}

/// The way to what stands at a place, where something can be added.
#[component]
fn Arrow(
    at: usize,
    /// How the box before is left, and whether a caller comes to that.
    arrow: (Then, bool),
    open: Open,
) -> impl IntoView {
    let words = words();
    let (then, reached) = arrow;
    let never = !reached || then == Then::Over;
    let when = match then {
        Then::NotReached => Some(words.flows_draw_not_reached),
        Then::Unanswered => Some(words.flows_draw_unanswered),
        Then::Next | Then::Over => None,
    };
    let chooses = open == Open::Place(at);
    let button = Button::Open(Open::Place(at)).name();
    let does = if chooses { Button::Open(Open::Nothing).name() } else { button.clone() };
    let label = words.flows_draw_add(&(at + 1).to_string());
    let kinds = chooses.then(|| {
        let kind = |kind: &'static str| {
            let name_of = Button::Add(at, kind.to_owned()).name();
            view! {
                <button type="submit" class="button small quiet" id=name_of.clone() name="act" value=name_of formnovalidate>
                    <Icon mark=mark_of(kind)/>{name(words, kind)}
                </button>
            }
        };
        let kinds: Vec<_> = ACTIONS.iter().map(|shape| kind(shape.name)).collect();
        view! { <div class="kinds" role="group" aria-label=label.clone()>{kinds}</div> }
    });
    view! {
        <div class="arrow" class:never=never>
            {when.filter(|_| !never).map(|when| view! { <span class="when">{when}</span> })}
            <button type="submit" class="add" id=button name="act" value=does aria-expanded=chooses.to_string() aria-label=label.clone() title=label.clone() formnovalidate>
                <Icon mark=if chooses { Mark::Close } else { Mark::Plus }/>
            </button>
        </div>
        {kinds.map(|kinds| view! { {kinds}<div class="arrow short" class:never=never></div> })}
    }
}

/// A box: what the action does, what is wrong with it, and what can be done with it.
#[component]
fn Step(at: usize, last: usize, one: ABox, wrong: Vec<Problem>, open: bool, children: Children) -> impl IntoView {
    let words = words();
    let ABox { kind, line, what: happens, keys, speech, then, reached } = one;
    let bad = wrong.iter().any(|problem| !problem.only_a_warning);
    let icon = happens.as_ref().map_or_else(|| mark_of(&kind), mark);
    let branches = match &happens {
        Some(What::Listens { branches, .. }) => branches.clone(),
        _ => Vec::new(),
    };
    let says = happens.map(|happens| sentence(words, happens, keys, speech));
    let button = Button::Open(Open::Action(at)).name();
    let does = if open { Button::Open(Open::Nothing).name() } else { button.clone() };
    let step = (at + 1).to_string();
    let title = name(words, &kind).to_owned();
    let tool = |button: Button, label: String, mark: Mark| {
        let name = button.name();
        view! {
            <button type="submit" class="icon-button" id=name.clone() name="act" value=name aria-label=label.clone() title=label formnovalidate>
                <Icon mark/>
            </button>
        }
    };
    let up = (at > 0).then(|| tool(Button::Up(at), words.flows_draw_up(&step, &title), Mark::Up));
    let down = (at + 1 < last).then(|| tool(Button::Down(at), words.flows_draw_down(&step, &title), Mark::Down));
    let remove = tool(Button::Remove(at), words.flows_draw_remove(&step, &title), Mark::Bin);
    let problem = |problem: Problem| {
        let class = if problem.only_a_warning { "badge" } else { "badge danger" };
        let kind = if problem.only_a_warning { words.flows_warning } else { words.flows_problem };
        view! {
            <li>
                <span class=class>{kind}</span>
                {(!problem.field.is_empty()).then(|| view! { <code>{problem.field}</code> })}
                <span>{reason(&problem.reason)}</span>
            </li>
        }
    };
    view! {
        <div class="box" class:open=open class:wrong=bad class:never=!reached>
            <div class="box-head">
                <button type="submit" class="box-open" id=button name="act" value=does aria-expanded=open.to_string() formnovalidate>
                    <span class="box-icon"><Icon mark=icon/></span>
                    <span class="box-name"><span class="unseen">{words.flows_draw_step(&step)}</span>{title}</span>
                    {(!kind.is_empty()).then(|| view! { <code>{kind}</code> })}
                    {(!reached).then(|| view! { <span class="badge plain">{words.flows_draw_never}</span> })}
                </button>
                <div class="box-tools">{up}{down}{remove}</div>
            </div>
            <div class="box-body">
                <p class="box-says">{says}</p>
                <a href="#text" data-line=line.to_string()>{words.flows_line(&line.to_string())}</a>
            </div>
            {(!branches.is_empty()).then(|| view! {
                <Ways branches/>
                <a class="box-link" href=format!("{MENUS}/{MAIN}")>{words.flows_draw_menu}</a>
            })}
            {(then == Then::NotReached).then(|| view! {
                <ul class="ways">{way(words.phase_answered.to_owned(), Mark::Headset, words.flows_draw_talks.to_owned())}</ul>
            })}
            {(!wrong.is_empty()).then(|| view! { <ul class="box-wrong">{wrong.into_iter().map(problem).collect_view()}</ul> })}
            {children()}
        </div>
    }
}

/// Where each key leads.
#[component]
fn Ways(branches: Vec<Branch>) -> impl IntoView {
    let words = words();
    let one = |branch: Branch| {
        let keys = match branch.keys {
            Keys::These(keys) => keys,
            Keys::Others => words.step_other_keys.to_owned(),
            Keys::Nothing => words.step_nothing.to_owned(),
        };
        let mark = match &branch.to {
            Leads::Again | Leads::Waits => Mark::Back,
            Leads::Agent(_) => Mark::Person,
            Leads::AnyAgent | Leads::Queue(_) => Mark::Team,
            Leads::Number(_) => Mark::Phone,
            Leads::Menu(_) => Mark::Fork,
            Leads::Flow(_) => Mark::Flow,
            Leads::Message => Mark::Voicemail,
            Leads::CallBack => Mark::Incoming,
            Leads::Says(_) => Mark::Megaphone,
            Leads::Speaks(_) => Mark::Globe,
            Leads::HangsUp => Mark::HangUp,
        };
        way(keys, mark, leads(words, branch.to))
    };
    view! { <ul class="ways">{branches.into_iter().map(one).collect_view()}</ul> }
}

/// An arrow out of a box, to what is no action of this flow.
fn way(when: String, mark: Mark, to: String) -> impl IntoView {
    view! { <li><kbd>{when}</kbd><span class="way"><Icon mark/><span>{to}</span></span></li> }
}

/// What an action does: the dry run's words, where they do not tell of one run.
fn sentence(words: &'static Words, happens: What, keys: bool, speech: bool) -> String {
    match happens {
        What::Rings { whom, seconds } if whom == PARAMS_TO => {
            words.step_rings(&seconds.to_string(), words.flows_draw_dialled)
        }
        What::Listens { seconds, digits, url, branches, .. } => {
            let waits = match (keys, speech) {
                (_, false) => listens(words, digits, seconds),
                (true, true) => [&listens(words, digits, seconds), words.flows_draw_or_speech].join(words.why_gap),
                (false, true) => words.flows_draw_speech.to_owned(),
            };
            if !branches.is_empty() {
                return waits;
            }
            let url = url.unwrap_or_else(|| words.step_event_url.to_owned());
            [waits, words.flows_draw_decides(&url)].join(words.why_gap)
        }
        other => what(words, other),
    }
}

/// What can be set at the open box.
#[component]
fn Opened(form: Form, agents: Vec<String>, queues: Vec<String>, refused: Option<Refused>) -> impl IntoView {
    let words = words();
    let was: std::collections::BTreeMap<&str, &str> = form
        .fields
        .iter()
        .map(|(path, typed)| (path.as_str(), typed.as_str()))
        .chain([(KIND, form.kind.as_str())])
        .collect();
    // Texts alone are always written.
    let was = serde_json::to_string(&was).unwrap_or_default();
    let others = form.others.join(words.why_between);
    let none = form.fields.is_empty();
    let set = Button::Set.name();
    let close = Button::Open(Open::Nothing).name();
    view! {
        <div class="box-form">
            <input type="hidden" name=WAS value=was/>
            <Fields form agents queues refused/>
            {(!others.is_empty()).then(|| view! {
                <p class="field-help">{words.flows_draw_others}<code>{others}</code></p>
            })}
            {none.then(|| view! { <p class="field-help">{words.flows_draw_no_fields}</p> })}
            <div class="row">
                {(!none).then(|| view! {
                    <button type="submit" class="button small" name="act" value=set formnovalidate>{words.flows_draw_apply}</button>
                })}
                <button type="submit" class="button small quiet" name="act" value=close formnovalidate>{words.flows_draw_close}</button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests;
