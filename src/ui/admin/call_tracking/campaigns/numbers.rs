//! The numbers of a campaign.

use leptos::prelude::*;

use crate::api::call_tracking::Campaign;
use crate::domain::phone::grouped;
use crate::ui::admin::call_tracking::pool::PoolState;
use crate::ui::language::words;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::{Check, Choice};
use crate::ui::parts::live::{LiveMark, LivePart, Of};
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn};

/// The numbers of a campaign, now and before.
#[component]
pub fn Numbers(campaign: Campaign, free: Vec<String>) -> impl IntoView {
    let words = words();
    let id = campaign.id.clone();
    let rows = campaign
        .numbers
        .iter()
        .map(|number| {
            let now = number.until.is_none();
            let take = now.then(|| {
                let text = words.tracking_take_text(&grouped(&number.number));
                let fields = vec![("number", number.number.clone()), ("page", id.clone())];
                view! { <Confirm label=words.tracking_take text submit=words.tracking_take action="/api/give-number" fields/> }
            });
            let until = match number.until {
                Some(at) => view! { <Time at/> }.into_any(),
                None => words.tracking_now.into_any(),
            };
            view! {
                <tr data-key=format!("{}-{}", number.number, number.from)>
                    <th scope="row">
                        {grouped(&number.number)}
                        {number.pool.then(|| view! { " "<span class="badge plain">{words.tracking_pool}</span> })}
                    </th>
                    <td data-label=words.tracking_from><Time at=number.from/></td>
                    <td data-label=words.tracking_to>{until}</td>
                    <td class="actions">{take}</td>
                </tr>
            }
        })
        .collect_view();
    let pool = campaign.pool.map(|pool| {
        let name = campaign.draft.name.clone();
        view! { <div class="pools"><PoolState name pool/></div> }
    });
    let dated = !campaign.numbers.is_empty();
    let columns = vec![
        Column::text(words.tracking_number),
        Column::text(words.tracking_from),
        Column::text(words.tracking_to),
        Column::actions(words.tracking_take),
    ];
    let none = free.is_empty();
    let choices = free.iter().map(|number| (number.clone(), grouped(number))).collect();
    view! {
        <section class="card" aria-labelledby="numbers">
            <div>
                <div class="section-name"><h2 id="numbers">{words.tracking_numbers}</h2><LiveMark of=Of::Pages/></div>
                <p class="section-text">{words.tracking_numbers_text}</p>
            </div>
            <LivePart name="numbers">{dated.then(|| view! {
                <Table label=words.tracking_numbers columns>{rows}</Table>
                <TimesIn/>
            })}</LivePart>
            {if none {
                view! { <Notice tone=Tone::Info><p>{words.tracking_no_free}" "<a href="/admin/numbers#rent">{words.numbers_rent}</a></p></Notice> }.into_any()
            } else {
                view! {
                    <form method="post" action="/api/give-number" class="line-form">
                        <input type="hidden" name="campaign" value=campaign.id.clone()/>
                        <input type="hidden" name="page" value=campaign.id.clone()/>
                        <Choice label=words.tracking_number name="number" choices help=None error=None required=true/>
                        <Check label=words.tracking_pool_box name="pool" value="true" checked=false help=None/>
                        <button type="submit" class="button">{words.tracking_give}</button>
                    </form>
                }
                .into_any()
            }}
            <LivePart name="pool">{pool}</LivePart>
        </section>
    }
}
