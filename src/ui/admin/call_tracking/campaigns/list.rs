//! The campaigns, and the script that counts their visitors.

use leptos::prelude::*;

use crate::api::admin::Page;
use crate::api::call_tracking::{CAMPAIGNS, Campaigns as List, Fields, REPORT, read_campaigns};
use crate::domain::phone::grouped;
use crate::ui::admin::call_tracking::parts::{address, day_text, euro, tabs};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::link::encoded;
use crate::ui::admin::trouble::list as list_of;
use crate::ui::language::words;
use crate::ui::parts::code::Code;
use crate::ui::parts::empty::Empty;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};

#[component]
pub fn Campaigns() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| read_campaigns(String::new()));
    let content = move || {
        Suspend::new(async move { gate(found.await, CAMPAIGNS, move |page| view! { <ListPage page/> }.into_any()) })
    };
    view! {
        <Title text=words.tracking_campaigns/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn ListPage(page: Page<List>) -> impl IntoView {
    let words = words();
    let Page { viewer, flash, content } = page;
    let List { campaigns, script, support, queues, .. } = content;
    let rows = campaigns
        .iter()
        .map(|campaign| {
            let now: Vec<String> =
                campaign.numbers.iter().filter(|number| number.until.is_none()).map(|number| grouped(&number.number)).collect();
            let draft = &campaign.draft;
            let from = [&draft.source, &draft.medium].into_iter().filter(|word| !word.is_empty()).cloned().collect::<Vec<_>>();
            let numbers = if now.is_empty() {
                view! { <span class="badge">{words.tracking_no_number}</span> }.into_any()
            } else {
                list_of(words, &now).into_any()
            };
            let report = address(REPORT, &Fields(vec![("campaign".into(), campaign.id.clone())]));
            let queue = queues.iter().find(|(word, _)| *word == draft.destination);
            let rings = match (draft.destination.as_str(), queue) {
                ("agents", _) => words.tracking_agents.to_owned(),
                (_, Some((_, name))) => words.queues_named(name),
                (number, None) => grouped(number),
            };
            let runs = match (draft.starts.is_empty(), draft.ends.is_empty()) {
                (true, true) => words.tracking_always.to_owned(),
                (false, true) => words.tracking_from_on(&day_text(&draft.starts)),
                (true, false) => words.tracking_until(&day_text(&draft.ends)),
                (false, false) => format!("{} – {}", day_text(&draft.starts), day_text(&draft.ends)),
            };
            view! {
                <tr>
                    <th scope="row">
                        <span class=format!("swatch k-{}", draft.colour)></span>
                        <a href=format!("{CAMPAIGNS}/{}", encoded(&campaign.id))>{draft.name.clone()}</a>
                        {campaign.archived.then(|| view! { " "<span class="badge plain">{words.tracking_archived}</span> })}
                    </th>
                    <td data-label=words.tracking_source class="said">{if from.is_empty() { "–".to_owned() } else { from.join(" / ") }}</td>
                    <td data-label=words.tracking_numbers class="said">{numbers}</td>
                    <td data-label=words.tracking_destination>{rings}</td>
                    <td data-label=words.tracking_runs class="said">{runs}</td>
                    <td data-label=words.tracking_cost class="number">{if draft.cost.is_empty() { "–".to_owned() } else { euro(&draft.cost) }}</td>
                    <td class="actions"><a href=report>{words.tracking_tab_report}</a></td>
                </tr>
            }
        })
        .collect_view();
    let new = format!("{CAMPAIGNS}/new");
    let table = if campaigns.is_empty() {
        let action = Some((new.clone(), words.tracking_new));
        view! { <Empty mark=Mark::Signal title=words.tracking_none text=words.tracking_none_text action/> }.into_any()
    } else {
        let columns = vec![
            Column::text(words.tracking_campaign).sorted(),
            Column::text(words.tracking_source),
            Column::text(words.tracking_numbers),
            Column::text(words.tracking_destination).sorted(),
            Column::text(words.tracking_runs),
            Column::number(words.tracking_cost),
            Column::actions(words.tracking_tab_report),
        ];
        view! { <Table label=words.tracking_campaigns columns>{rows}</Table> }.into_any()
    };
    let snippet = format!("<script async src=\"{script}\" data-number=\"{support}\"></script>");
    let actions = view! { <a class="button" href=new>{words.tracking_new}</a> }.into_any();
    view! {
        <Frame viewer>
            <PageHead title=words.tracking_title lead=words.tracking_lead actions tabs=tabs(words, CAMPAIGNS)/>
            <FlashNotice flash/>
            {table}
            <section class="card" aria-labelledby="snippet">
                <div>
                    <h2 id="snippet">{words.tracking_snippet}</h2>
                    <p class="section-text">{words.tracking_snippet_text}</p>
                </div>
                <Code label="HTML".to_owned() text=snippet/>
            </section>
        </Frame>
    }
}
