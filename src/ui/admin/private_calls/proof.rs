//! That the pool is large enough, and what one more conversation would need. And forgetting.

use leptos::prelude::*;

use super::parts::{Figure, Tabs, by};
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{Country, Erased, PROOF, Proof, Said, private_proof};
use crate::ui::admin::cells::{Time, TimesIn};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::parts::country as country_name;
use crate::ui::language::words;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::markup::Title;

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
        (_, 0) => words.private_need_nothing(&headroom.to_string()),
        (_, missing) => words.private_need(&missing.to_string()),
    };
    // Beside the number that was refused.
    let refused = match &flash {
        Some(Flash::PrivateCalls(Said::NotErased { number, .. })) => Some(number.clone()),
        _ => None,
    };
    let invalid = refused.is_some().then_some("true");
    let class = if missing > 0 { "problem" } else { "notice" };
    view! {
        <Frame viewer>
            <h1>{words.private_tab_proof}</h1>
            <p class="hint">{words.private_proof_lead}</p>
            <Tabs here=PROOF/>
            <FlashNotice flash/>
            <dl class="figures">
                <Figure name=words.private_pool value=pool.to_string()/>
                <Figure name=words.private_least value=least.to_string()/>
                <Figure name=words.private_headroom value=headroom.to_string() low={headroom <= 0}/>
                <Figure name=words.private_reserved value=reserved.to_string()/>
                <Figure name=words.private_open value=open.to_string()/>
                <Figure name=words.private_people value=people.to_string()/>
                <Figure name=words.private_closed value=closed.to_string()/>
            </dl>
            <div class=class><p>{verdict}</p><p>{busy}</p></div>
            <h2>{words.private_by_country}</h2>
            <Countries countries/>
            <h2>{words.private_erase}</h2>
            <form method="post" action="/api/private-erase" class="card inline">
                <div class="field">
                    <label for="erase">{words.private_erase_number}</label>
                    <input id="erase" name="number" type="tel" autocomplete="off" placeholder=words.private_number_hint required value=refused aria-invalid=invalid/>
                </div>
                <button type="submit" class="button danger">{words.private_erase_submit}</button>
                <p class="hint">{words.private_erase_hint(&retention_days.to_string())}</p>
                <p class="hint">{words.private_erase_stays}</p>
            </form>
            {(!erased.is_empty()).then(|| view! { <TimesIn/> })}
            <Erasures erased/>
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
                <td>{country_name(words, &country.country)}</td>
                <td data-label=words.private_tab_numbers class="number">{country.numbers}</td>
                <td data-label=words.private_reserved class="number">{country.reserved}</td>
                <td data-label=words.private_least class="number">{country.busiest}</td>
                <td data-label=words.private_headroom class="number">{country.headroom}</td>
            </tr>
        }
    });
    view! {
        <div class="scroll" role="region" aria-label=words.private_by_country tabindex="0">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">{words.private_country}</th>
                        <th scope="col" class="number">{words.private_tab_numbers}</th>
                        <th scope="col" class="number">{words.private_reserved}</th>
                        <th scope="col" class="number">{words.private_least}</th>
                        <th scope="col" class="number">{words.private_headroom}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
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
    view! {
        <div class="scroll" role="region" aria-label=words.private_erased tabindex="0">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">{words.private_erased}</th>
                        <th scope="col">{words.private_by}</th>
                        <th scope="col" class="number">{words.private_tab_conversations}</th>
                        <th scope="col" class="number">{words.private_tried}</th>
                        <th scope="col" class="number">{words.private_texts}</th>
                        <th scope="col" class="number">{words.private_call_records}</th>
                        <th scope="col" class="number">{words.private_webhooks}</th>
                        <th scope="col" class="number">{words.private_erased_more}</th>
                        <th scope="col" class="number">{words.private_erased_stays}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
