//! The editor of a call flow: text, what is wrong with it by line and field, a dry run, a trial on a simulated telephone.
//!
//! All of it is a form and works without a script. With one (`src/browser/editor/`) the field for the text becomes an
//! editor that knows the language, and problems and dry run follow what is typed.

mod drawing;
mod help;
mod live;
mod problems;
pub(super) mod steps;

use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use super::flash::wrong_at;
use super::flows::preset_name;
use super::gate::gate;
use super::link::encoded;
use super::page::headed;
use super::trouble::list;
use crate::api::call_flows::{CHECK, FLOWS, FlowPage, call_flow};
use crate::domain::call_flows::{DTMF_URL, OWN_NUMBER, Outcome, PARAMS_TO, Preset};
use crate::ui::language::words;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::{Choice, TextField};
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::{Title, in_text_field};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::trouble::Missing;
use drawing::Drawn;
pub use live::{Seen, checked};
use problems::{Problems, verdict};
use steps::{Steps, outcome_name};

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
                let Some(flow) = &page.content else {
                    let (title, text, back) = (words.flows_missing, words.missing_text, (FLOWS, words.nav_flows));
                    return view! { <Frame viewer=page.viewer><Missing title text back/></Frame> }.into_any();
                };
                let title = match (&flow.id, flow.name.as_str()) {
                    (None, "") => words.flows_new.to_owned(),
                    (_, name) => name.to_owned(),
                };
                view! {
                    <Title text=title.clone()/>
                    {headed(page, |flow| {
                        let (lead, back) = (words.flows_editor_lead, (FLOWS, words.nav_flows));
                        let head = view! { <PageHead title lead back/> }.into_any();
                        (head, flow.map_or_else(|| ().into_any(), |flow| view! { <Editor flow/> }.into_any()))
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
    let FlowPage {
        id,
        name,
        preset,
        text,
        numbers,
        unsaved,
        blank,
        draft,
        problems,
        steps,
        picture,
        keys,
        outcome,
        telephone,
    } = flow;
    let wrong_name = wrong_at("name");
    let rows = text.lines().count().clamp(14, 40).to_string();
    let verdict = verdict(&text, &problems);
    let good = problems.iter().all(|problem| problem.only_a_warning);
    let id_text = id.clone().unwrap_or_else(|| "new".to_owned());
    let changes = Preset::EVERY.map(|choice| {
        let href = format!("{FLOWS}/new?preset={}", choice.name());
        let current = (choice == preset && !blank).then_some("true");
        view! { <a class="chip" href=href aria-current=current>{preset_name(words, choice)}</a> }
    });
    let outcomes = Outcome::EVERY.map(|one| (one.name().to_owned(), outcome_name(words, one).to_owned())).to_vec();
    let help = help::of_the_language(words);
    let removable = id.clone().filter(|_| numbers.is_empty());
    let used = (!numbers.is_empty()).then(|| words.flows_used_by(&list(words, &numbers)));
    view! {
        {id.is_none().then(|| view! { <nav class="chips" aria-label=words.flows_preset>{changes.into_iter().collect_view()}</nav> })}
        <form method="post" action="/api/call-flow-edit" class="editor" id="flow">
            // What Enter in a field presses: nothing that changes the flow.
            <button type="submit" class="unseen" tabindex="-1" aria-hidden="true" name="act" value="walk" formnovalidate></button>
            <div class="writing">
                <input type="hidden" name="id" value=id_text/>
                <input type="hidden" name="preset" value=preset.name()/>
                <TextField label=words.flows_name name="name" value=name.clone() longest=60 required=true help=None
                    first=wrong_name.is_some() error=wrong_name/>
                <div class="field">
                    <div class="section-head">
                        <label for="text" id="text-label" class="field-label">{words.flows_text}</label>
                        <p id="verdict">{verdict}</p>
                    </div>
                    <textarea id="text" name="text" rows=rows spellcheck="false" wrap="off" autocomplete="off" aria-describedby="problems" aria-invalid=(!good).then_some("true") data-check=CHECK data-unsaved=unsaved.then_some("true") data-help=help inner_html=in_text_field(&text)></textarea>
                    <p class="hint" id="editor-keys" hidden>{words.flows_editor_keys}</p>
                    <p class="hint">{words.flows_placeholders}{[OWN_NUMBER, PARAMS_TO, DTMF_URL].map(|word| view! { <code>{word}</code>" " }).into_iter().collect_view()}</p>
                </div>
                <div id="problems" role="status"><Problems text problems=problems.clone() unsaved/></div>
            </div>
            <Drawn picture problems numbers=numbers.clone()/>
            <div class="telling">
                <section id="walk" class="card" aria-labelledby="walk-title">
                    <div>
                        <h2 id="walk-title">{words.flows_walk}</h2>
                        <p class="section-text">{words.flows_walk_lead}</p>
                    </div>
                    <div class="line-form">
                        <TextField label=words.flows_keys name="keys" value=keys longest=20 keys="tel" help=None error=None/>
                        <Choice label=words.flows_outcome name="outcome" value=outcome.name() choices=outcomes help=None error=None/>
                        <button type="submit" class="button quiet" name="act" value="walk" formnovalidate>{words.flows_do_walk}</button>
                    </div>
                    <p class="hint" id="walk-stale" hidden>{words.flows_walk_stale}</p>
                    <div id="steps"><Steps steps/></div>
                </section>
                {telephone.map(|telephone| view! {
                    <section class="card" aria-labelledby="call-title">
                        <div>
                            <h2 id="call-title">{words.flows_call}</h2>
                            <p class="section-text">{words.flows_call_lead}</p>
                        </div>
                        <div class="line-form">
                            <TextField label=words.flows_telephone name="telephone" value=telephone keys="tel" help=None error=None/>
                            <button type="submit" class="button quiet" name="act" value="call" formnovalidate>{words.flows_do_call}</button>
                        </div>
                    </section>
                })}
            </div>
        </form>
        // Not in the form, for deleting is a form of its own.
        <div class="flow-bar" role="group" aria-label=words.admin_actions>
            <button type="submit" form="flow" class="button small" name="act" value="save">{words.flows_save}</button>
            <button type="submit" form="flow" class="button small quiet" name="act" value="check" formnovalidate>{words.flows_check}</button>
            <button type="button" class="button small quiet" data-format hidden>{words.flows_format}</button>
            {(draft && unsaved).then(|| view! {
                <button type="submit" form="flow" class="button small quiet" name="act" value="discard" formnovalidate>{words.flows_discard}</button>
            })}
            {used.map(|used| view! { <span class="hint">{used}</span> })}
            {removable.map(|id| {
                let (text, fields) = (words.flows_delete_text(&name), vec![("id", id)]);
                view! { <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/call-flow-delete" fields danger=true/> }
            })}
        </div>
        <script type="module" src="/pkg/editor.js" nonce=use_nonce().map(|nonce| nonce.to_string())></script>
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::*;

    use super::*;

    #[test]
    fn the_verdict_stands_above_the_text_and_leads_to_the_reasons() {
        let words = words();
        let head = |text: &str| {
            let problems = crate::domain::call_flows::problems(text, |_| true);
            let flow = FlowPage { text: text.into(), problems, ..FlowPage::default() };
            let html = Owner::new().with(|| view! { <Editor flow/> }.to_html());
            html.split_once("id=\"verdict\"").unwrap().1.split_once("<textarea").unwrap().0.to_owned()
        };
        let good = head(r#"[{"action": "talk", "text": "Hello"}]"#);
        assert!(good.contains(words.flows_valid) && good.contains("href=\"#problems\""), "{good}");
        let bad = head(r#"[{"action": "talk"}, {"action": "shout"}]"#);
        assert!(bad.contains(&words.flows_problems("2")), "{bad}");
        assert!(!head(" ").contains("<a "), "an empty text is how one begins");
    }

    #[test]
    fn hostile_text_stays_in_the_editor() {
        let text = "</textarea><script>alert(1)</script>&lt;\"";
        let flow = FlowPage {
            name: "\"><img src=x>".into(),
            text: text.into(),
            unsaved: true,
            draft: true,
            problems: crate::domain::call_flows::problems(text, |_| true),
            telephone: Some("\"<b>".into()),
            ..FlowPage::default()
        };
        let html = Owner::new().with(|| {
            provide_context(crate::ui::language::Language::English);
            view! { <Editor flow/> }.to_html()
        });
        assert!(!html.contains("<script>") && !html.contains("<img") && !html.contains("<b>"), "{html}");
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;"), "{html}");
        assert!(html.contains("value=\"discard\""), "what was refused can be discarded");
    }
}
