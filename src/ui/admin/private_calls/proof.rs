//! That the pool is large enough, and what one more conversation would need. And forgetting.

use leptos::prelude::*;

use super::parts::{by, tabs};
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{Country, Erased, HOME, NUMBERS, PROOF, Proof, Said, private_proof};
use crate::ui::admin::country::country as country_name;
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::trouble::said;
use crate::ui::language::words;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::TextField;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::stat::{Stat, Stats};
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn};

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
    let Proof { pool, reserved, open, people, closed, busiest, headroom, missing, countries, erased, retention_days } =
        content;
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
    // To be corrected.
    let (refused, why) = match &flash {
        Some(Flash::PrivateCalls(Said::NotErased { number, why })) => (number.clone(), Some(said(why))),
        _ => (String::new(), None),
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
                <Stat name=words.private_reserved value=reserved.to_string()/>
                <Stat name=words.private_open value=open.to_string() href=HOME/>
                <Stat name=words.private_people value=people.to_string()/>
                <Stat name=words.private_closed value=closed.to_string()/>
            </Stats>
            <section class="stack" aria-labelledby="countries">
                <h2 id="countries">{words.private_by_country}</h2>
                <Countries countries/>
            </section>
            <section class="card" aria-labelledby="erase">
                <div>
                    <h2 id="erase">{words.private_erase}</h2>
                    <p class="section-text">{words.private_erase_hint(&retention_days.to_string())}</p>
                </div>
                <p class="section-text">{words.private_erase_stays}</p>
                <div class="row">
                    <Confirm label=words.private_erase_open title=words.private_erase text=words.private_erase_sure submit=words.private_erase_submit action="/api/private-erase" fields=Vec::new() danger=true>
                        <TextField label=words.private_erase_number name="number" kind="tel" value=refused placeholder=words.private_number_hint help=None error=why required=true/>
                    </Confirm>
                </div>
            </section>
            <section class="stack" aria-labelledby="erased">
                <h2 id="erased">{words.private_erased_title}</h2>
                <Erasures erased/>
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

#[component]
fn Erasures(erased: Vec<Erased>) -> impl IntoView {
    let words = words();
    if erased.is_empty() {
        return view! { <p class="hint">{words.private_erased_nobody}</p> }.into_any();
    }
    let rows = erased.into_iter().map(|one| {
        view! {
            <tr>
                <td><Time at=one.at/></td>
                <td data-label=words.private_by>{by(words, &one.by)}</td>
                <td data-label=words.private_tab_conversations class="number">{one.conversations}</td>
                <td data-label=words.private_tried class="number">{one.attempts}</td>
                <td data-label=words.private_texts class="number">{one.texts}</td>
                <td data-label=words.private_call_records class="number">{one.calls}</td>
                <td data-label=words.private_webhooks class="number">{one.webhooks}</td>
                <td data-label=words.private_erased_more class="number">{one.more}</td>
                <td data-label=words.private_erased_stays class="number">{one.stays}</td>
            </tr>
        }
    });
    let columns = vec![
        Column::text(words.private_erased),
        Column::text(words.private_by),
        Column::number(words.private_tab_conversations),
        Column::number(words.private_tried),
        Column::number(words.private_texts),
        Column::number(words.private_call_records),
        Column::number(words.private_webhooks),
        Column::number(words.private_erased_more),
        Column::number(words.private_erased_stays),
    ];
    view! {
        <Table label=words.private_erased_title columns>{rows.collect_view()}</Table>
        <TimesIn/>
    }
    .into_any()
}
