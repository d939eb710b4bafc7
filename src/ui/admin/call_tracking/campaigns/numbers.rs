//! The numbers of a campaign.

use leptos::prelude::*;

use crate::api::call_tracking::Campaign;
use crate::domain::phone::grouped;
use crate::ui::admin::call_tracking::pool::PoolState;
use crate::ui::admin::cells::{Time, TimesIn};
use crate::ui::language::words;
use crate::ui::parts::live::{LiveMark, LivePart, Of};

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
                view! {
                    <form method="post" action="/api/give-number">
                        <input type="hidden" name="number" value=number.number.clone()/>
                        <input type="hidden" name="page" value=id.clone()/>
                        <button type="submit" class="link">{words.tracking_take}</button>
                    </form>
                }
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
                    <td>{take}</td>
                </tr>
            }
        })
        .collect_view();
    let options =
        free.iter().map(|number| view! { <option value=number.clone()>{grouped(number)}</option> }).collect_view();
    let pool = campaign.pool.map(|pool| {
        let name = campaign.draft.name.clone();
        view! { <div class="pools"><PoolState name pool/></div> }
    });
    let dated = !campaign.numbers.is_empty();
    view! {
        <section class="card" aria-labelledby="numbers">
            <h2 id="numbers">{words.tracking_numbers}</h2>
            <p class="hint">{words.tracking_numbers_text}</p>
            <LiveMark of=Of::Pages/>
            <LivePart name="numbers">{dated.then(|| view! {
                <div class="scroll" role="region" aria-label=words.tracking_numbers tabindex="0">
                    <table class="cards">
                        <thead>
                            <tr>
                                <th scope="col">{words.tracking_number}</th>
                                <th scope="col">{words.tracking_from}</th>
                                <th scope="col">{words.tracking_to}</th>
                                <th scope="col"><span class="unseen">{words.tracking_take}</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <TimesIn/>
            })}</LivePart>
            {if free.is_empty() {
                view! { <p class="hint">{words.tracking_no_free}</p> }.into_any()
            } else {
                view! {
                    <form method="post" action="/api/give-number" class="inline">
                        <input type="hidden" name="campaign" value=campaign.id.clone()/>
                        <input type="hidden" name="page" value=campaign.id.clone()/>
                        <label><span>{words.tracking_number}</span><select name="number" required>{options}</select></label>
                        <label class="check"><input type="checkbox" name="pool" value="true"/><span>{words.tracking_pool_box}</span></label>
                        <button type="submit" class="button small">{words.tracking_give}</button>
                    </form>
                }
                .into_any()
            }}
            <LivePart name="pool">{pool}</LivePart>
        </section>
    }
}
