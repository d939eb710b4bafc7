//! The pool: renting, reserving, giving back.

use leptos::prelude::*;

use super::parts::Tabs;
use crate::api::admin;
use crate::api::private_calls::{NUMBERS, Pool, PoolNumber, private_pool};
use crate::domain::phone::grouped;
use crate::ui::admin::cells::{TimesIn, time_or_never};
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::admin::parts::{country, feature};
use crate::ui::admin::trouble::list;
use crate::ui::language::words;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;

#[component]
pub fn PrivateNumbers() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| private_pool());
    let content =
        move || Suspend::new(async move { gate(found.await, NUMBERS, |page| view! { <Page page/> }.into_any()) });
    view! {
        <Title text=words.private_tab_numbers/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Pool>) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Pool { numbers, unassigned } = content;
    let idle = numbers.iter().filter(|number| number.idle).count();
    let list = if numbers.is_empty() {
        view! {
            <div class="empty">
                <Icon mark=Mark::Keypad/>
                <h2>{words.private_no_numbers}</h2>
                <p>{words.private_no_numbers_text}</p>
            </div>
        }
        .into_any()
    } else {
        view! { <Table numbers/><TimesIn/> }.into_any()
    };
    let adopt = (!unassigned.is_empty()).then(|| {
        let options = unassigned.into_iter().map(|number| view! { <option value=number.clone()>{grouped(&number)}</option> });
        view! {
            <form method="post" action="/api/private-adopt" class="card inline">
                <h2>{words.private_adopt}</h2>
                <div class="field"><label for="adopt">{words.private_number}</label><select id="adopt" name="number">{options.collect_view()}</select></div>
                <button type="submit" class="button quiet">{words.private_adopt_submit}</button>
            </form>
        }
    });
    view! {
        <Frame viewer>
            <h1>{words.private_tab_numbers}</h1>
            <p class="hint">{words.private_numbers_lead}</p>
            <Tabs here=NUMBERS/>
            <FlashNotice flash/>
            <form method="post" action="/api/private-rent" class="card inline">
                <h2>{words.private_rent}</h2>
                <div class="field">
                    <label for="country">{words.private_country}</label>
                    <input id="country" name="country" value="GB" maxlength="2" minlength="2" pattern="[A-Za-z]{2}" required/>
                </div>
                <div class="field">
                    <label for="count">{words.private_count}</label>
                    <input id="count" name="count" type="number" min="1" max="20" value="2" required/>
                </div>
                <button type="submit" class="button">{words.private_rent_submit}</button>
                <p class="hint">
                    {words.private_rent_hint} {words.why_gap}
                    <a href="/admin/numbers?country=GB&features=VOICE,SMS#rent">{words.private_rent_offers}</a>
                </p>
            </form>
            {adopt}
            {(idle > 0).then(|| view! { <p class="notice">{words.private_idle_report(&idle.to_string())}</p> })}
            {list}
        </Frame>
    }
}

#[component]
fn Table(numbers: Vec<PoolNumber>) -> impl IntoView {
    let words = words();
    let rows = numbers.into_iter().map(|number| view! { <Line number/> }).collect_view();
    view! {
        <div class="scroll" role="region" aria-label=words.private_tab_numbers tabindex="0">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">{words.private_number}</th>
                        <th scope="col">{words.private_country}</th>
                        <th scope="col">{words.private_features}</th>
                        <th scope="col" class="number">{words.private_carries}</th>
                        <th scope="col">{words.private_used}</th>
                        <th scope="col">{words.private_state}</th>
                        <th scope="col">{words.private_actions}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
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
    let features: Vec<String> = number.features.iter().map(|one| feature(words, one)).collect();
    view! {
        <tr>
            <td>{shown.clone()}</td>
            <td data-label=words.private_country>{country(words, &number.country)}</td>
            <td data-label=words.private_features>{list(words, &features)}</td>
            <td data-label=words.private_carries class="number">{number.open}</td>
            <td data-label=words.private_used>{time_or_never(number.used_at)}</td>
            <td data-label=words.private_state><span class=class>{state}</span></td>
            <td class="acts">
                <form method="post" action="/api/private-reserve">
                    <input type="hidden" name="number" value=number.number.clone()/>
                    <input type="hidden" name="reserved" value=reserve/>
                    <button type="submit" class="button quiet small" aria-label=format!("{label} {shown}")>{label}</button>
                </form>
                <form method="post" action="/api/private-release">
                    <input type="hidden" name="number" value=number.number.clone()/>
                    <button type="submit" class="button quiet small" disabled=in_use aria-label=format!("{} {shown}", words.private_release)>
                        {words.private_release}
                    </button>
                </form>
            </td>
        </tr>
    }
}
