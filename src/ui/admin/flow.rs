//! The editor of a call flow: text, what is wrong with it by line and field, a dry run, a trial on a simulated telephone.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::flows::preset_name;
use super::gate::gate;
use super::link::encoded;
use super::page::framed;
use super::trouble::{list, reason};
use crate::api::call_flows::{FLOWS, FlowPage, call_flow};
use crate::domain::call_flows::{Outcome, Preset, Problem, Step, What};
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::markup::{Title, in_text_field};
use crate::ui::parts::trouble::NotFound;

#[component]
pub fn Flow() -> impl IntoView {
    let words = words();
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let preset = use_query_map().get_untracked().get("preset").as_deref().and_then(Preset::parse);
    let here = format!("{FLOWS}/{}", encoded(&id));
    let page = Resource::new(move || (id.clone(), preset), |(id, preset)| call_flow(id, preset));
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            gate(page.await, &here, move |page| {
                let Some(flow) = &page.content else { return view! { <NotFound/> }.into_any() };
                let title = match (&flow.id, flow.name.as_str()) {
                    (None, "") => words.flows_new.to_owned(),
                    (_, name) => name.to_owned(),
                };
                view! {
                    <Title text=title.clone()/>
                    {framed(page, title, words.flows_editor_lead, |flow| match flow {
                        Some(flow) => view! { <Editor flow/> }.into_any(),
                        None => ().into_any(),
                    })}
                }
                .into_any()
            })
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

#[component]
fn Editor(flow: FlowPage) -> impl IntoView {
    let words = words();
    let FlowPage { id, name, preset, text, numbers, unsaved, problems, steps, keys, outcome, telephone } = flow;
    let rows = text.lines().count().clamp(12, 40).to_string();
    let good = problems.iter().all(|problem| problem.only_a_warning);
    let used = (!numbers.is_empty()).then(|| words.flows_used_by(&list(words, &numbers)));
    let id_text = id.clone().unwrap_or_else(|| "new".to_owned());
    let changes = Preset::EVERY.map(|choice| {
        let href = format!("{FLOWS}/new?preset={}", choice.name());
        let current = (choice == preset).then_some("true");
        view! { <a class="chip" href=href aria-current=current>{preset_name(words, choice)}</a> }
    });
    view! {
        <p><a href=FLOWS>{words.flows_back}</a></p>
        {id.is_none().then(|| view! { <nav class="chips" aria-label=words.flows_preset>{changes.into_iter().collect_view()}</nav> })}
        <form method="post" action="/api/call-flow-edit" class="editor">
            <input type="hidden" name="id" value=id_text/>
            <input type="hidden" name="preset" value=preset.name()/>
            <div class="field">
                <label for="name">{words.flows_name}</label>
                <input id="name" name="name" value=name maxlength="60" required autocomplete="off"/>
            </div>
            <div class="field">
                <label for="text">{words.flows_text}</label>
                <textarea id="text" name="text" rows=rows spellcheck="false" wrap="off" autocomplete="off" aria-describedby="problems" aria-invalid=(!good).then_some("true") inner_html=in_text_field(&text)></textarea>
                <p class="hint">{words.flows_placeholders}<code>"YOUR_NEXMO_NUMBER"</code>" "<code>"PARAMS_TO"</code>" "<code>"DTMF_URL"</code></p>
            </div>
            <Problems problems unsaved/>
            <div class="buttons">
                <button type="submit" class="button" name="act" value="save">{words.flows_save}</button>
                <button type="submit" class="button quiet" name="act" value="check" formnovalidate>{words.flows_check}</button>
                {used.map(|used| view! { <span class="hint">{used}</span> })}
            </div>
            <fieldset id="walk">
                <legend>{words.flows_walk}</legend>
                <p class="hint">{words.flows_walk_lead}</p>
                <div class="fields">
                    <div>
                        <label for="keys">{words.flows_keys}</label>
                        <input id="keys" name="keys" value=keys maxlength="20" size="6" autocomplete="off"/>
                    </div>
                    <div>
                        <label for="outcome">{words.flows_outcome}</label>
                        <select id="outcome" name="outcome">
                            {Outcome::EVERY.map(|one| view! {
                                <option value=one.name() selected=one == outcome>{outcome_name(words, one)}</option>
                            }).into_iter().collect_view()}
                        </select>
                    </div>
                    <button type="submit" class="button small quiet" name="act" value="walk" formnovalidate>{words.flows_do_walk}</button>
                </div>
                {steps.map(|steps| view! { <Steps steps/> })}
            </fieldset>
            {telephone.map(|telephone| view! {
                <fieldset>
                    <legend>{words.flows_call}</legend>
                    <p class="hint">{words.flows_call_lead}</p>
                    <div class="fields">
                        <div>
                            <label for="telephone">{words.flows_telephone}</label>
                            <input id="telephone" name="telephone" value=telephone inputmode="tel" autocomplete="off"/>
                        </div>
                        <button type="submit" class="button small quiet" name="act" value="call" formnovalidate>{words.flows_do_call}</button>
                    </div>
                </fieldset>
            })}
        </form>
    }
}

#[component]
fn Problems(problems: Vec<Problem>, unsaved: bool) -> impl IntoView {
    let words = words();
    if problems.is_empty() {
        let state = if unsaved { words.flows_good_unsaved } else { words.flows_good };
        return view! { <p id="problems" class="notice done" role="status">{state}</p> }.into_any();
    }
    let item = |problem: Problem| {
        let class = if problem.only_a_warning { "badge" } else { "badge danger" };
        let kind = if problem.only_a_warning { words.flows_warning } else { words.flows_problem };
        let line = words.flows_line(&problem.line.to_string());
        view! {
            <li>
                <span class=class>{kind}</span>
                <strong>{line}</strong>
                {(!problem.field.is_empty()).then(|| view! { <code>{problem.field}</code> })}
                <span>{reason(&problem.reason)}</span>
            </li>
        }
    };
    view! { <ul id="problems" class="problems" role="status">{problems.into_iter().map(item).collect_view()}</ul> }
        .into_any()
}

#[component]
fn Steps(steps: Vec<Step>) -> impl IntoView {
    let words = words();
    let item = |step: Step| {
        let never = matches!(step.what, What::Never { .. });
        view! {
            <li class:never=never>
                <span class="at">{format::length(step.at_seconds)}</span>
                {step.action.map(|at| view! { <span class="tag">{format!("[{at}]")}</span> })}
                <span>{what(words, step.what)}</span>
            </li>
        }
    };
    view! { <ol class="steps" role="status">{steps.into_iter().map(item).collect_view()}</ol> }
}

fn outcome_name(words: &'static Words, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => words.phase_answered,
        Outcome::Busy => words.phase_busy,
        Outcome::NoAnswer => words.phase_no_answer,
    }
}

fn what(words: &'static Words, what: What) -> String {
    match what {
        What::Says { text, times: 1 } => words.step_says(&text),
        What::Says { text, times: 0 } => words.step_says_endless(&text),
        What::Says { text, times } => words.step_says_times(&text, &times.to_string()),
        What::Plays { url } => words.step_plays(&url),
        What::Listens { seconds, digits, url, keys } => {
            let url = url.unwrap_or_else(|| words.step_event_url.to_owned());
            let waits = words.step_listens(&digits.to_string(), &seconds.to_string());
            let then = if keys.is_empty() { words.step_no_key(&url) } else { words.step_key(&keys, &url) };
            format!("{waits}{}{then}", words.why_gap)
        }
        What::Rings { whom, seconds } => words.step_rings(&seconds.to_string(), &whom),
        What::NotReached { whom, outcome } => words.step_not_reached(outcome_name(words, outcome), &whom),
        What::Talks { whom } => words.step_talks(&whom),
        What::Records { until_done: true } => words.step_records.to_owned(),
        What::Records { until_done: false } => words.step_records_beside.to_owned(),
        What::Joins { name } => words.step_joins(&name),
        What::Tells { url } => words.step_tells(&url),
        What::Waits { seconds } => words.step_waits(&seconds.to_string()),
        What::Moves { conversation } => words.step_moves(&conversation),
        What::Never { action } => words.step_never(&action),
        What::Ends => words.step_ends.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::*;

    #[test]
    fn hostile_text_stays_in_the_editor() {
        let text = "</textarea><script>alert(1)</script>&lt;\"";
        let flow = FlowPage {
            id: None,
            name: "\"><img src=x>".into(),
            preset: Preset::Custom,
            text: text.into(),
            numbers: Vec::new(),
            unsaved: true,
            problems: crate::domain::call_flows::problems(text, |_| true),
            steps: None,
            keys: String::new(),
            outcome: Outcome::Answered,
            telephone: Some("\"<b>".into()),
        };
        let html = Owner::new().with(|| {
            provide_context(crate::ui::language::Language::English);
            view! { <Editor flow/> }.to_html()
        });
        assert!(!html.contains("<script>") && !html.contains("<img") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;"), "{html}");
    }
}
