//! That the pool is large enough, and what one more conversation would need.

use leptos::prelude::*;

use super::parts::tabs;
use crate::api::admin;
use crate::api::private_calls::{Country, HOME, NUMBERS, PROOF, Proof, private_proof};
use crate::ui::admin::country::country as country_name;
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::language::words;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::stat::{Fact, Facts, Stat, Stats};
use crate::ui::parts::table::{Column, Table};

#[component]
pub fn PrivateProof() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| private_proof());
    let content =
        move || Suspend::new(async move { gate(found.await, PROOF, |page| view! { <Page page/> }.into_any()) });
    view! {
        <Title text=words.private_tab_proof/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Proof>) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Proof { pool, reserved, open, people, closed, busiest, headroom, missing, countries } = content;
    let least = busiest.as_ref().map_or(0, |(_, _, open)| *open);
    let busy = match &busiest {
        Some((who, country, open)) => words.private_busiest(
            &open.to_string(),
            &format!("{who} · {}", country_name(words, country.as_deref().unwrap_or_default())),
        ),
        None => words.private_busiest_nobody.to_owned(),
    };
    let verdict = match (pool, missing) {
        (0, _) => words.private_need_first.to_owned(),
        (_, 0) if headroom == 1 => words.private_need_nothing_one.to_owned(),
        (_, 0) => words.private_need_nothing(&headroom.to_string()),
        (_, missing) => words.private_need(&missing.to_string()),
    };
    let tone = if missing > 0 || pool == 0 { Tone::Warn } else { Tone::Good };
    view! {
        <Frame viewer>
            <PageHead title=words.private_title lead=words.private_proof_lead tabs=tabs(words, PROOF)/>
            <FlashNotice flash/>
            <Notice tone><p><strong>{verdict}</strong></p><p>{busy}</p></Notice>
            <Stats>
                <Stat name=words.private_pool value=pool.to_string() href=NUMBERS/>
                <Stat name=words.private_least value=least.to_string()/>
                <Stat name=words.private_headroom value=headroom.to_string() tone={(headroom <= 0).then_some(Tone::Bad)}/>
            </Stats>
            <details>
                <summary>{words.private_proof_more}</summary>
                <Facts>
                    <Fact name=words.private_reserved>{reserved}</Fact>
                    <Fact name=words.private_open><a href=HOME>{open}</a></Fact>
                    <Fact name=words.private_people>{people}</Fact>
                    <Fact name=words.private_closed>{closed}</Fact>
                </Facts>
            </details>
            <section class="stack" aria-labelledby="countries">
                <h2 id="countries">{words.private_by_country}</h2>
                <Countries countries/>
            </section>
        </Frame>
    }
}

#[component]
fn Countries(countries: Vec<Country>) -> impl IntoView {
    let words = words();
    if countries.is_empty() {
        return view! { <p class="hint">{words.private_no_numbers_text}</p> }.into_any();
    }
    let rows = countries.into_iter().map(|country| {
        view! {
            <tr>
                <th scope="row">{country_name(words, &country.country)}</th>
                <td data-label=words.private_tab_numbers class="number">{country.numbers}</td>
                <td data-label=words.private_reserved class="number">{country.reserved}</td>
                <td data-label=words.private_least class="number">{country.busiest}</td>
                <td data-label=words.private_headroom class="number">{country.headroom}</td>
            </tr>
        }
    });
    let columns = vec![
        Column::text(words.private_country),
        Column::number(words.private_tab_numbers),
        Column::number(words.private_reserved),
        Column::number(words.private_least),
        Column::number(words.private_headroom),
    ];
    view! { <Table label=words.private_by_country columns>{rows.collect_view()}</Table> }.into_any()
}
