//! The pool: renting, reserving, giving back.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::parts::tabs;
use crate::api::admin;
use crate::api::flash::Flash;
use crate::api::private_calls::{NUMBERS, Pool, PoolNumber, RentQuery, Said, private_pool};
use crate::domain::phone::grouped;
use crate::domain::rent::Rent;
use crate::domain::trouble::Trouble;
use crate::ui::admin::country::{countries, country};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::parts::feature;
use crate::ui::admin::trouble::{list, said};
use crate::ui::language::words;
use crate::ui::parts::confirm::{Confirm, Post, RowMenu};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::field::{Choice, Field};
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{TimesIn, time_or_never};

#[component]
pub fn PrivateNumbers() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let asked =
        RentQuery { country: map.get("country").unwrap_or_default(), count: map.get("count").unwrap_or_default() };
    let query = asked.clone();
    let found = Resource::new(move || query.clone(), private_pool);
    let content = move || {
        let asked = asked.clone();
        Suspend::new(async move { gate(found.await, NUMBERS, move |page| view! { <Page page asked/> }.into_any()) })
    };
    view! {
        <Title text=words.private_tab_numbers/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Pool>, asked: RentQuery) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Pool { numbers, unassigned, rent } = content;
    let idle = numbers.iter().filter(|number| number.idle).count();
    let list = if numbers.is_empty() {
        let (title, text) = (words.private_no_numbers, words.private_no_numbers_text);
        view! { <Empty mark=Mark::Keypad title text action=None/> }.into_any()
    } else {
        view! { <List numbers/><TimesIn/> }.into_any()
    };
    let adopt = (!unassigned.is_empty()).then(|| {
        let numbers = unassigned.into_iter().map(|number| (number.clone(), grouped(&number))).collect();
        view! {
            <section class="card" aria-labelledby="adopt-title">
                <div>
                    <h2 id="adopt-title">{words.private_adopt}</h2>
                    <p class="section-text">{words.private_adopt_lead}</p>
                </div>
                <form method="post" action="/api/private-adopt" class="line-form">
                    <Choice label=words.private_number name="number" choices=numbers help=None error=None/>
                    <button type="submit" class="button quiet">{words.private_adopt_submit}</button>
                </form>
            </section>
        }
    });
    // After a refusal the fields keep what was typed, to be corrected and sent again.
    let (country, count) = match &flash {
        Some(Flash::PrivateCalls(Said::NotRented { country, count, .. })) => (country.to_uppercase(), count.clone()),
        _ if !asked.country.is_empty() => (asked.country.to_uppercase(), asked.numbers().to_string()),
        _ => ("GB".to_owned(), "2".to_owned()),
    };
    let offer = rent.map(|rent| view! { <Offer rent asked/> });
    let price_of = format!("{NUMBERS}#rent");
    view! {
        <Frame viewer>
            <PageHead title=words.private_title lead=words.private_numbers_lead tabs=tabs(words, NUMBERS)/>
            <FlashNotice flash/>
            {(idle > 0).then(|| view! { <Notice tone=Tone::Info><p>{words.private_idle_report(&idle.to_string())}</p></Notice> })}
            {list}
            <section class="card" aria-labelledby="rent">
                <div>
                    <h2 id="rent">{words.private_rent}</h2>
                    <p class="section-text">
                        {words.private_rent_hint} {words.why_gap}
                        <a href="/admin/numbers?country=GB&features=VOICE,SMS#rent">{words.private_rent_offers}</a>
                    </p>
                </div>
                <form method="get" action=price_of class="line-form">
                    <Choice label=words.private_country name="country" choices=countries(words, &country) value=country help=None error=None/>
                    <Field label=words.private_count name="count" help=None error=None>
                        <input id="count" name="count" type="number" min="1" max=RentQuery::MOST.to_string() value=count required/>
                    </Field>
                    <button type="submit" class="button quiet">{words.private_rent_price}</button>
                </form>
                {offer}
            </section>
            {adopt}
        </Frame>
    }
}

/// What the rent would be, and the button that rents.
#[component]
fn Offer(rent: Result<Rent, Trouble>, asked: RentQuery) -> impl IntoView {
    let words = words();
    let rent = match rent {
        Ok(rent) => rent,
        Err(why) => return view! { <Notice tone=Tone::Bad said=true><p>{said(&why)}</p></Notice> }.into_any(),
    };
    if rent.numbers == 0 {
        return view! { <Notice tone=Tone::Info said=true><p>{words.numbers_nothing}</p></Notice> }.into_any();
    }
    let (count, wanted) = (rent.numbers, asked.numbers());
    let each = rent.each.map(|(least, most)| {
        let (least, most) = (format::price(least), format::price(most));
        if least == most { least } else { format!("{least} – {most}") }
    });
    let sum = match rent.month.zip(each) {
        Some((month, each)) => words.private_rent_sum(&count.to_string(), &each, &format::price(month)),
        None => words.private_rent_no_price(&count.to_string()),
    };
    let once = rent.once.map(|once| words.private_rent_once(&format::price(once)));
    let unpriced =
        (rent.unpriced > 0 && rent.month.is_some()).then(|| words.private_rent_unpriced(&rent.unpriced.to_string()));
    let fewer = (count < wanted).then(|| words.private_rent_fewer(&count.to_string(), &wanted.to_string()));
    let more = [once, unpriced, fewer].into_iter().flatten().map(|text| view! { <p class="hint">{text}</p> });
    view! {
        <form method="post" action="/api/private-rent" class="stack">
            <input type="hidden" name="country" value=asked.country/>
            <input type="hidden" name="count" value=count.to_string()/>
            <div role="status">
                <p><strong>{sum}</strong></p>
                {more.collect_view()}
            </div>
            <div class="row"><button type="submit" class="button">{words.private_rent_submit}</button></div>
        </form>
    }
    .into_any()
}

#[component]
fn List(numbers: Vec<PoolNumber>) -> impl IntoView {
    let words = words();
    let rows = numbers.into_iter().map(|number| view! { <Line number/> }).collect_view();
    let columns = vec![
        Column::text(words.private_number).sorted(),
        Column::text(words.private_country).sorted(),
        Column::text(words.private_features),
        Column::number(words.private_carries).sorted(),
        Column::text(words.private_used).sorted(),
        Column::text(words.private_state).sorted(),
        Column::actions(words.admin_actions),
    ];
    view! { <Table label=words.private_tab_numbers columns>{rows}</Table> }
}

#[component]
fn Line(number: PoolNumber) -> impl IntoView {
    let words = words();
    let (class, state) = match (number.reserved, number.idle, number.open) {
        (true, ..) => ("badge", words.private_is_reserved),
        (_, true, _) => ("badge plain", words.private_is_unused),
        (_, _, 0) => ("badge plain", words.private_is_free),
        _ => ("badge ok", words.private_is_used),
    };
    let (reserve, label) = if number.reserved { ("", words.private_return) } else { ("1", words.private_reserve) };
    let in_use = number.open > 0;
    let shown = grouped(&number.number);
    let reserving = vec![("number", number.number.clone()), ("reserved", reserve.to_owned())];
    let release = if in_use {
        view! { <p class="menu-note">{words.private_release_in_use(&number.open.to_string())}</p> }.into_any()
    } else {
        let (text, fields) = (words.numbers_release_text(&shown), vec![("number", number.number.clone())]);
        view! {
            <Confirm label=words.private_release text submit=words.private_release action="/api/private-release" fields danger=true item=true/>
        }
        .into_any()
    };
    let features: Vec<String> = number.features.iter().map(|one| feature(words, one)).collect();
    view! {
        <tr>
            <th scope="row"><span class="digits">{shown.clone()}</span></th>
            <td data-label=words.private_country>{country(words, &number.country)}</td>
            <td data-label=words.private_features>{list(words, &features)}</td>
            <td data-label=words.private_carries class="number">{number.open}</td>
            <td data-label=words.private_used data-sort=number.used_at.unwrap_or_default().to_string()>{time_or_never(number.used_at)}</td>
            <td data-label=words.private_state><span class=class>{state}</span></td>
            <td class="actions">
                <RowMenu id=format!("menu-{}", number.number.trim_start_matches('+')) of=shown.clone()>
                    <Post action="/api/private-reserve" label fields=reserving item=true/>
                    {release}
                </RowMenu>
            </td>
        </tr>
    }
}
