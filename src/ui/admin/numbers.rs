//! The account's numbers: where each leads, and renting more. Every action is a form that works without JavaScript.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::dry_run::of_line;
use super::gate::gate;
use super::link;
use super::page::headed;
use super::parts::{LineSelect, feature, line_name};
use super::trouble::said;
use crate::api::admin::LineChoice;
use crate::api::numbers::{
    LinkState, NUMBERS, NumberEntry, NumberQuery, Numbers as Content, OfferEntry, Offers, numbers_page,
};
use crate::domain::phone::grouped;
use crate::ui::admin::country::{countries, country};
use crate::ui::language::{Language, Words, words};
use crate::ui::parts::confirm::RowMenu;
use crate::ui::parts::confirm::{Confirm, Post};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::field::{Choice, TextField};
use crate::ui::parts::format::thousands;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{TimesIn, time_or_never};

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
            gate(page.await, NUMBERS, move |page| headed(page, |content| (head(words), show(words, content, query))))
        })
    };
    view! {
        <Title text=words.nav_numbers/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn head(words: &'static Words) -> AnyView {
    let actions = view! { <a class="button" href="#rent">{words.numbers_rent}</a> }.into_any();
    view! { <PageHead title=words.nav_numbers lead=words.numbers_lead actions/> }.into_any()
}

fn show(words: &'static Words, content: Content, query: NumberQuery) -> AnyView {
    let Content { numbers, problem, lines, found } = content;
    let none = numbers.is_empty() && problem.is_none();
    let (offered, choices) = (lines.clone(), lines);
    let owned = (!numbers.is_empty()).then(|| view! { <Owned numbers choices/><TimesIn/> });
    let wrong = found.as_ref().and_then(|found| found.wrong_pattern.as_ref()).map(said);
    let opens = found.is_some() || none;
    view! {
        {problem.map(|problem| view! { <Notice tone=Tone::Bad said=true><p>{said(&problem)}</p></Notice> })}
        {none.then(|| view! { <Empty mark=Mark::Keypad title=words.numbers_empty text=words.numbers_empty_text action=None/> })}
        {owned}
        <details class="card new" open=opens>
            <summary><Icon mark=Mark::Keypad/><h2>{words.numbers_to_rent}</h2></summary>
            // In it: an address that leads here opens it.
            <div id="rent" class="stack">
                <p class="section-text">{words.numbers_rent_lead}</p>
                <Search query=query.clone() wrong/>
                {found.map(|found| view! { <Found found query lines=offered/> })}
            </div>
        </details>
    }
    .into_any()
}

#[component]
fn Owned(numbers: Vec<NumberEntry>, choices: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let columns = vec![
        Column::text(words.numbers_number).sorted(),
        Column::text(words.numbers_line).sorted(),
        Column::text(words.numbers_language).sorted(),
        Column::text(words.numbers_link).sorted(),
        Column::text(words.numbers_features),
        Column::text(words.numbers_used).sorted(),
        Column::actions(words.admin_actions),
    ];
    let row = move |number: NumberEntry| view! { <Row number choices=choices.clone()/> };
    view! { <Table label=words.nav_numbers columns>{numbers.into_iter().map(row).collect_view()}</Table> }
}

/// In which language callers of a number are spoken to.
#[component]
fn Speaks(number: String, shown: String, language: Option<Language>) -> impl IntoView {
    let words = words();
    let id = format!("language-{}", number.trim_start_matches('+'));
    let options = Language::EVERY.map(|known| {
        let selected = language == Some(known);
        view! { <option value=known.tag() selected=selected>{known.name()}</option> }
    });
    view! {
        <form method="post" action="/api/number-language" class="pick">
            <input type="hidden" name="number" value=number/>
            <label class="unseen" for=id.clone()>{words.numbers_language_of(&shown)}</label>
            <select id=id name="language">
                <option value="" selected={language.is_none()}>{words.numbers_language_usual}</option>
                {options}
            </select>
            <button type="submit" class="button small quiet">{words.numbers_set_language}</button>
        </form>
    }
}

#[component]
fn Row(number: NumberEntry, choices: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let NumberEntry { number, country: code, kind, features, linked, elsewhere, forwarding, line, used_at, language } =
        number;
    let shown = grouped(&number);
    let (badge, linked_text) = match linked {
        LinkState::Ours => ("badge ok", words.numbers_linked),
        LinkState::Other => ("badge", words.numbers_elsewhere),
        LinkState::No => ("badge plain", words.numbers_not_linked),
        LinkState::Gone => ("badge danger", words.numbers_gone),
    };
    let id = format!("line-{}", number.trim_start_matches('+'));
    let label = words.numbers_line_of(&shown);
    let field = vec![("number", number.clone())];
    let there = linked != LinkState::Gone;
    let link = match linked {
        LinkState::Ours => {
            let text = words.numbers_unlink_text(&shown);
            let (label, submit) = (words.numbers_unlink, words.numbers_unlink);
            Some(
                view! { <Confirm label text submit action="/api/number-unlink" fields=field.clone() item=true/> }
                    .into_any(),
            )
        }
        LinkState::Gone => None,
        LinkState::Other => {
            let text = words.numbers_take_text(&elsewhere.unwrap_or_default(), &shown);
            let (label, submit) = (words.numbers_take, words.numbers_take_sure);
            Some(
                view! { <Confirm label text submit action="/api/number-link" fields=field.clone() item=true/> }
                    .into_any(),
            )
        }
        LinkState::No => Some(
            view! { <Post action="/api/number-link" label=words.numbers_do_link fields=field.clone() item=true/> }
                .into_any(),
        ),
    };
    let text = if there { words.numbers_release_text(&shown) } else { words.numbers_forget_text(&shown) };
    let (sort, dry_run) = (line_name(words, &line), of_line(&line.value));
    view! {
        <tr>
            <th scope="row"><span class="digits">{shown.clone()}</span><span class="hint">{country(words, &code)}" · "{type_name(words, &kind)}</span></th>
            <td data-label=words.numbers_line class="wide" data-sort=sort>
                <form method="post" action="/api/number-line" class="pick">
                    <input type="hidden" name="number" value=number.clone()/>
                    <label class="unseen" for=id.clone()>{label}</label>
                    <LineSelect lines=choices current=line id/>
                    <button type="submit" class="button small quiet">{words.numbers_set_line}</button>
                </form>
            </td>
            <td data-label=words.numbers_language class="wide" data-sort=language.map(Language::name).unwrap_or_default()>
                <Speaks number=number.clone() shown=shown.clone() language/>
            </td>
            <td data-label=words.numbers_link>
                <span class=badge>{linked_text}</span>
                {forwarding.map(|kind| view! { <span class="badge danger">{words.numbers_forwarded(&kind.to_uppercase())}</span> })}
            </td>
            <td data-label=words.numbers_features>{features.into_iter().map(|one| view! { <span class="tag">{feature(words, &one)}</span> }).collect_view()}</td>
            <td data-label=words.numbers_used data-sort=used_at.unwrap_or_default().to_string()>{time_or_never(used_at)}</td>
            <td class="actions">
                <RowMenu id=format!("menu-{}", number.trim_start_matches('+')) of=shown>
                    <a class="menu-item" href=dry_run>{words.dry_run_title}</a>
                    {link}
                    <Confirm
                        label=words.numbers_release
                        text
                        submit=words.numbers_release
                        action="/api/number-release"
                        fields=field
                        danger=true
                        item=true
                    />
                </RowMenu>
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
fn Search(
    query: NumberQuery,
    /// What is wrong with the digits.
    wrong: Option<String>,
) -> impl IntoView {
    let words = words();
    let pair = |value: &str, name: &str| (value.to_owned(), name.to_owned());
    let features = vec![
        pair("VOICE", words.numbers_voice),
        pair("VOICE,SMS", words.numbers_voice_sms),
        pair("SMS", words.numbers_sms),
        pair("", words.numbers_any),
    ];
    let fresh = query.country.is_empty();
    let chosen = if fresh { "VOICE".to_owned() } else { query.features };
    let code = if fresh { "GB".to_owned() } else { query.country.to_uppercase() };
    // The answer is shown here, below the list.
    let action = format!("{NUMBERS}#rent");
    view! {
        <form method="get" action=action class="line-form" role="search">
            <Choice label=words.numbers_country name="country" choices=countries(words, &code) value=code help=None error=None/>
            <Choice label=words.numbers_features name="features" value=chosen choices=features help=None error=None/>
            <TextField label=words.numbers_pattern name="pattern" value=query.pattern keys="numeric" longest=24 help=None error=wrong/>
            <button type="submit" class="button">{words.numbers_search}</button>
        </form>
    }
}

#[component]
fn Found(found: Offers, query: NumberQuery, lines: Vec<LineChoice>) -> impl IntoView {
    let words = words();
    let Offers { total, offers, problem, wrong_pattern } = found;
    if wrong_pattern.is_some() {
        return ().into_any();
    }
    if let Some(problem) = problem {
        return view! { <Notice tone=Tone::Bad said=true><p>{said(&problem)}</p></Notice> }.into_any();
    }
    if offers.is_empty() {
        return view! { <Notice tone=Tone::Info said=true><p>{words.numbers_nothing}</p></Notice> }.into_any();
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
    let columns = vec![
        Column::text(words.numbers_number),
        Column::text(words.numbers_features),
        Column::number(words.numbers_month),
        Column::actions(words.admin_actions),
    ];
    let row = move |offer: OfferEntry| view! { <Offer offer lines=lines.clone()/> };
    view! {
        <p role="status">{words.numbers_found(&thousands(total))}</p>
        <Table label=words.numbers_rent columns>{offers.into_iter().map(row).collect_view()}</Table>
        <nav class="row" aria-label=words.admin_pages>
            {before.map(|url| view! { <a class="button small quiet" href=url>{words.admin_previous}</a> })}
            {after.map(|url| view! { <a class="button small quiet" href=url>{words.admin_next}</a> })}
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
    let fields = vec![("number", number), ("country", country), ("features", features.join(","))];
    view! {
        <tr>
            <th scope="row"><span class="digits">{shown}</span><span class="hint">{type_name(words, &kind)}</span></th>
            <td data-label=words.numbers_features>{features.into_iter().map(|one| view! { <span class="tag">{feature(words, &one)}</span> }).collect_view()}</td>
            <td data-label=words.numbers_month class="number">{price}</td>
            <td class="actions">
                <Confirm label=words.numbers_do_rent text=sum submit=words.numbers_do_rent action="/api/number-rent" fields>
                    <div class="field">
                        <label for=id.clone()>{words.numbers_line}</label>
                        <LineSelect lines current=unassigned id/>
                    </div>
                </Confirm>
            </td>
        </tr>
    }
}
