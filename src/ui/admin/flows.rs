//! Call flows: the list, and the presets to begin with.

use leptos::prelude::*;

use super::gate::gate;
use super::page::framed;
use super::trouble::list;
use crate::api::call_flows::{FLOWS, FlowEntry, call_flows};
use crate::domain::call_flows::Preset;
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::{Confirm, Post, RowMenu};
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn};

#[component]
pub fn Flows() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| call_flows());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, FLOWS, move |page| {
                framed(page, words.nav_flows, words.flows_lead, |flows| show(words, flows))
            })
        })
    };
    view! {
        <Title text=words.nav_flows/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

pub fn preset_name(words: &'static Words, preset: Preset) -> &'static str {
    match preset {
        Preset::Inbound => words.flows_inbound,
        Preset::Outbound => words.flows_outbound,
        Preset::Ivr => words.flows_ivr,
        Preset::Custom => words.flows_custom,
    }
}

fn show(words: &'static Words, flows: Vec<FlowEntry>) -> AnyView {
    let begin = Preset::EVERY.map(|preset| {
        let (mark, text) = match preset {
            Preset::Inbound => (Mark::Incoming, words.flows_inbound_text),
            Preset::Outbound => (Mark::Outgoing, words.flows_outbound_text),
            Preset::Ivr => (Mark::Keypad, words.flows_ivr_text),
            Preset::Custom => (Mark::Code, words.flows_custom_text),
        };
        view! {
            <li>
                <a class="card" href=format!("{FLOWS}/new?preset={}", preset.name())>
                    <Icon mark/>
                    <strong>{preset_name(words, preset)}</strong>
                    <span class="hint">{text}</span>
                </a>
            </li>
        }
    });
    // The presets are the next thing to do: a box about the empty list would say it again.
    let none = flows.is_empty();
    let title = if none { words.flows_empty } else { words.flows_new };
    view! {
        <section aria-labelledby="begin" class="stack">
            <div>
                <h2 id="begin">{title}</h2>
                {none.then(|| view! { <p class="section-text">{words.flows_empty_text}</p> })}
            </div>
            <ul class="tiles presets">{begin.into_iter().collect_view()}</ul>
        </section>
        {(!none).then(|| view! { <List flows/><TimesIn/> })}
    }
    .into_any()
}

#[component]
fn List(flows: Vec<FlowEntry>) -> impl IntoView {
    let words = words();
    let row = move |flow: FlowEntry| {
        let used = !flow.numbers.is_empty();
        let delete = (!used && !flow.for_agents_calls).then(|| {
            let (text, fields) = (words.flows_delete_text(&flow.name), vec![("id", flow.id.clone())]);
            view! { <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/call-flow-delete" fields danger=true item=true/> }
        });
        let mut uses = Vec::new();
        if used {
            uses.push(list(words, &flow.numbers));
        }
        if flow.for_agents_calls {
            uses.push(words.flows_agents_calls.to_owned());
        }
        let numbers = if uses.is_empty() { words.flows_unused.to_owned() } else { uses.join(" · ") };
        let for_agents = (flow.preset == Preset::Outbound).then(|| {
            let (label, off) = match flow.for_agents_calls {
                true => (words.flows_not_for_agents, "true"),
                false => (words.flows_for_agents, "false"),
            };
            let fields = vec![("id", flow.id.clone()), ("off", off.to_owned())];
            view! { <Post action="/api/call-flow-for-agents" label fields item=true/> }
        });
        let menu = (for_agents.is_some() || delete.is_some()).then(|| {
            view! {
                <RowMenu id=format!("menu-{}", flow.id) of=flow.name.clone()>
                    {for_agents}
                    {delete}
                </RowMenu>
            }
        });
        view! {
            <tr>
                <th scope="row"><a href=format!("{FLOWS}/{}", flow.id)>{flow.name.clone()}</a></th>
                <td data-label=words.flows_preset>{preset_name(words, flow.preset)}</td>
                <td data-label=words.flows_actions class="number">{flow.actions}</td>
                <td data-label=words.flows_numbers class="said">{numbers}</td>
                <td data-label=words.flows_changed data-sort=flow.changed_at.to_string()><Time at=flow.changed_at/></td>
                <td class="actions">{menu}</td>
            </tr>
        }
    };
    let columns = vec![
        Column::text(words.flows_name).sorted(),
        Column::text(words.flows_preset).sorted(),
        Column::number(words.flows_actions),
        Column::text(words.flows_numbers),
        Column::text(words.flows_changed).sorted(),
        Column::actions(words.admin_actions),
    ];
    view! { <Table label=words.nav_flows columns>{flows.into_iter().map(row).collect_view()}</Table> }
}
