//! The account's numbers: where each leads, and renting more. Every action is a form that works without JavaScript.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::cells::{TimesIn, time_or_never};
use super::gate::gate;
use super::link;
use super::page::framed;
use super::parts::{Confirm, LineSelect, Post, country, feature};
use super::trouble::said;
use crate::api::admin::LineChoice;
use crate::api::numbers::{
    LinkState, NUMBERS, NumberEntry, NumberQuery, Numbers as Content, OfferEntry, Offers, numbers_page,
};
use crate::domain::phone::grouped;
use crate::ui::language::{Words, words};
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;

/// Countries that are offered by name; any other is typed.
const COUNTRIES: [&str; 17] =
    ["GB", "US", "CA", "AU", "IE", "FR", "DE", "ES", "IT", "NL", "SE", "CN", "HK", "SG", "JP", "IN", "BR"];

#[component]
pub fn Numbers() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let query = NumberQuery {
        country: map.get("country").unwrap_or_default(),
        features: map.get("features").unwrap_or_default(),
        pattern: map.get("pattern").unwrap_or_default(),
        page: map.get("page").and_then(|page| page.parse().ok()).unwrap_or(1),
    };
    let asked = query.clone();
    let page = Resource::new(move || asked.clone(), numbers_page);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            gate(page.await, NUMBERS, move |page| {
                framed(page, words.nav_numbers, words.numbers_lead, |content| show(words, content, query))
            })
        })
    };
    view! {
        <Title text=words.nav_numbers/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn show(words: &'static Words, content: Content, query: NumberQuery) -> AnyView {
    let Content { numbers, problem, lines, found } = content;
    let none = numbers.is_empty() && problem.is_none();
    let (offered, choices) = (lines.clone(), lines);
    view! {
        {problem.map(|problem| view! { <p class="problem" role="alert">{said(&problem)}</p> })}
        {(!numbers.is_empty()).then(|| view! { <Owned numbers choices/><TimesIn/> })}
        {none.then(|| view! {
            <div class="empty">
                <Icon mark=Mark::Keypad/>
                <h2>{words.numbers_empty}</h2>
                <p>{words.numbers_empty_text}</p>
            </div>
        })}
        <section class="card" aria-labelledby="rent">
            <h2 id="rent">{words.numbers_rent}</h2>
            <Search query=query.clone()/>
            {found.map(|found| view! { <Found found query lines=offered/> })}
        </section>
    }
    .into_any()
}

#[component]
fn Owned(numbers: Vec<NumberEntry>, choices: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let row = move |number: NumberEntry| view! { <Row number choices=choices.clone()/> };
    view! {
        <div class="scroll" role="region" aria-label=words.nav_numbers tabindex="0">
            <table class="roomy cards">
                <thead>
                    <tr>
                        <th scope="col">{words.numbers_number}</th>
                        <th scope="col">{words.numbers_features}</th>
                        <th scope="col">{words.numbers_link}</th>
                        <th scope="col">{words.numbers_line}</th>
                        <th scope="col">{words.numbers_used}</th>
                        <th scope="col"><span class="unseen">{words.admin_actions}</span></th>
                    </tr>
                </thead>
                <tbody>{numbers.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(number: NumberEntry, choices: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let NumberEntry { number, country: code, kind, features, linked, elsewhere, forwarding, line, used_at } = number;
    let shown = grouped(&number);
    let (badge, text) = match linked {
        LinkState::Ours => ("badge ok", words.numbers_linked),
        LinkState::Other => ("badge", words.numbers_elsewhere),
        LinkState::No => ("badge plain", words.numbers_not_linked),
        LinkState::Gone => ("badge danger", words.numbers_gone),
    };
    let id = format!("line-{}", number.trim_start_matches('+'));
    let label = words.numbers_line_of(&shown);
    let field = || vec![("number", number.clone())];
    let there = linked != LinkState::Gone;
    let link = match linked {
        LinkState::Ours => {
            Some(view! { <Post action="/api/number-unlink" label=words.numbers_unlink fields=field()/> }.into_any())
        }
        LinkState::Gone => None,
        LinkState::Other => {
            let text = words.numbers_take_text(&elsewhere.unwrap_or_default(), &shown);
            let (label, submit) = (words.numbers_take, words.numbers_take_sure);
            Some(view! { <Confirm label text submit action="/api/number-link" fields=field()/> }.into_any())
        }
        LinkState::No => {
            Some(view! { <Post action="/api/number-link" label=words.numbers_do_link fields=field()/> }.into_any())
        }
    };
    let warning = if there { words.numbers_release_text(&shown) } else { words.numbers_forget_text(&shown) };
    let kind = type_name(words, &kind);
    view! {
        <tr>
            <th scope="row"><span class="digits">{shown}</span><span class="hint">{country(words, &code)}" · "{kind}</span></th>
            <td data-label=words.numbers_features>{features.into_iter().map(|one| view! { <span class="tag">{feature(words, &one)}</span> }).collect_view()}</td>
            <td data-label=words.numbers_link>
                <span class=badge>{text}</span>
                {forwarding.map(|kind| view! { <span class="badge danger">{words.numbers_forwarded(&kind.to_uppercase())}</span> })}
            </td>
            <td data-label=words.numbers_line>
                <form method="post" action="/api/number-line" class="pick">
                    <input type="hidden" name="number" value=number.clone()/>
                    <label class="unseen" for=id.clone()>{label}</label>
                    <LineSelect lines=choices current=line id/>
                    <button type="submit" class="button small quiet">{words.numbers_set_line}</button>
                </form>
            </td>
            <td data-label=words.numbers_used>{time_or_never(used_at)}</td>
            <td class="actions">
                {link}
                <Confirm
                    label=words.numbers_release
                    text=warning
                    submit=words.numbers_release_sure
                    action="/api/number-release"
                    fields=field()
                    danger=true
                />
            </td>
        </tr>
    }
}

fn type_name(words: &'static Words, kind: &str) -> String {
    match kind {
        "mobile-lvn" => words.numbers_mobile.to_owned(),
        "landline" => words.numbers_landline.to_owned(),
        "landline-toll-free" => words.numbers_toll_free.to_owned(),
        other => other.to_owned(),
    }
}

#[component]
fn Search(query: NumberQuery) -> impl IntoView {
    let words = words();
    let features = [
        ("VOICE", words.numbers_voice),
        ("VOICE,SMS", words.numbers_voice_sms),
        ("SMS", words.numbers_sms),
        ("", words.numbers_any),
    ];
    let chosen = if query.country.is_empty() { "VOICE".to_owned() } else { query.features };
    let code = if query.country.is_empty() { "GB".to_owned() } else { query.country };
    view! {
        <form method="get" action=NUMBERS class="fields" role="search">
            <div>
                <label for="country">{words.numbers_country}</label>
                <input id="country" name="country" value=code list="countries" maxlength="2" minlength="2" size="4" required autocapitalize="characters" autocomplete="off" spellcheck="false"/>
                <datalist id="countries">
                    {COUNTRIES.map(|code| view! { <option value=code>{country(words, code)}</option> }).into_iter().collect_view()}
                </datalist>
            </div>
            <div>
                <label for="features">{words.numbers_features}</label>
                <select id="features" name="features">
                    {features.map(|(value, name)| view! { <option value=value selected=value == chosen>{name}</option> }).into_iter().collect_view()}
                </select>
            </div>
            <div>
                <label for="pattern">{words.numbers_pattern}</label>
                <input id="pattern" name="pattern" value=query.pattern inputmode="numeric" maxlength="15" autocomplete="off"/>
            </div>
            <button type="submit" class="button small">{words.numbers_search}</button>
        </form>
    }
}

#[component]
fn Found(found: Offers, query: NumberQuery, lines: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let Offers { total, offers, problem } = found;
    if let Some(problem) = problem {
        return view! { <p class="problem" role="alert">{said(&problem)}</p> }.into_any();
    }
    if offers.is_empty() {
        return view! { <p class="notice" role="status">{words.numbers_nothing}</p> }.into_any();
    }
    let page = query.page.max(1);
    let at = |page: u32| {
        let NumberQuery { country, features, pattern, .. } = &query;
        let page = page.to_string();
        let fields = [("country", country), ("features", features), ("pattern", pattern), ("page", &page)];
        link::to(NUMBERS, fields.map(|(name, value)| (name, value.as_str()))) + "#rent"
    };
    let more = usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(20) < total;
    let (before, after) = ((page > 1).then(|| at(page - 1)), more.then(|| at(page + 1)));
    let row = move |offer: OfferEntry| view! { <Offer offer lines=lines.clone()/> };
    view! {
        <p role="status">{words.numbers_found(&total.to_string())}</p>
        <div class="scroll" role="region" aria-label=words.numbers_rent tabindex="0">
            <table class="roomy cards">
                <thead>
                    <tr>
                        <th scope="col">{words.numbers_number}</th>
                        <th scope="col">{words.numbers_features}</th>
                        <th scope="col" class="number">{words.numbers_month}</th>
                        <th scope="col"><span class="unseen">{words.admin_actions}</span></th>
                    </tr>
                </thead>
                <tbody>{offers.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        <nav class="pages" aria-label=words.numbers_rent>
            {before.map(|url| view! { <a href=url>{words.admin_previous}</a> })}
            {after.map(|url| view! { <a href=url>{words.admin_next}</a> })}
        </nav>
    }
    .into_any()
}

#[component]
fn Offer(offer: OfferEntry, lines: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let OfferEntry { number, country, kind, features, cost, initial } = offer;
    let shown = grouped(&number);
    let price = cost.map_or_else(|| words.numbers_no_price.to_owned(), |cost| format!("€{cost}"));
    let sum = match initial {
        Some(initial) => words.numbers_rent_text_initial(&format!("€{initial}"), &shown, &price),
        None => words.numbers_rent_text(&shown, &price),
    };
    let id = format!("rent-{}", number.trim_start_matches('+'));
    let unassigned = LineChoice { value: "unassigned".into(), line: "unassigned".into(), target: None };
    let joined = features.join(",");
    let kind = type_name(words, &kind);
    view! {
        <tr>
            <th scope="row"><span class="digits">{shown}</span><span class="hint">{kind}</span></th>
            <td data-label=words.numbers_features>{features.into_iter().map(|one| view! { <span class="tag">{feature(words, &one)}</span> }).collect_view()}</td>
            <td data-label=words.numbers_month class="number">{price}</td>
            <td class="actions">
                <details class="confirm">
                    <summary class="button small">{words.numbers_do_rent}</summary>
                    <form method="post" action="/api/number-rent">
                        <p>{sum}</p>
                        <input type="hidden" name="number" value=number/>
                        <input type="hidden" name="country" value=country/>
                        <input type="hidden" name="features" value=joined/>
                        <input type="hidden" name="sure" value="yes"/>
                        <label for=id.clone()>{words.numbers_line}</label>
                        <LineSelect lines current=unassigned id/>
                        <button type="submit" class="button small">{words.numbers_rent_sure}</button>
                    </form>
                </details>
            </td>
        </tr>
    }
}
