//! Private calls: the conversations and a form that opens one; in [`detail`] one conversation, in [`numbers`] the pool, in
//! [`proof`] that it is large enough. Plain forms and links: nothing here needs JavaScript.

pub mod detail;
pub mod numbers;
pub mod proof;
mod said;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::cells::{Time, TimesIn, or_dash, time_or_dash};
use super::gate::gate;
use super::link::{self, encoded};
use super::trouble::said as said_of;
use crate::api::private_calls::{Form, HOME, NUMBERS, Overview, PROOF, Person, Query, Row, Said, private_overview};
use crate::domain::trouble::Trouble;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use said::Spoken;

#[component]
pub fn PrivateCalls() -> impl IntoView {
    let words = words();
    let map = use_query_map().get_untracked();
    let query = Query {
        show: map.get("show").filter(|show| ["closed", "all"].contains(&show.as_str())).unwrap_or_default(),
        text: map.get("text").unwrap_or_default(),
        before: map.get("before").filter(|before| !before.is_empty()),
    };
    let fresh = map.get("new").is_some();
    let asked = query.clone();
    let found = Resource::new(move || asked.clone(), private_overview);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            let here = address(&query);
            gate(found.await, &here, move |found| view! { <Page found query fresh/> }.into_any())
        })
    };
    view! {
        <Title text=words.private_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn address(query: &Query) -> String {
    let before = query.before.as_deref().unwrap_or_default();
    link::to(HOME, [("show", query.show.as_str()), ("text", &query.text), ("before", before)])
}

/// The three pages, as tabs.
#[component]
fn Tabs(here: &'static str) -> impl IntoView {
    let words = words();
    let tabs = [
        (HOME, words.private_tab_conversations),
        (NUMBERS, words.private_tab_numbers),
        (PROOF, words.private_tab_proof),
    ];
    let tabs = tabs.map(|(path, name)| {
        let current = (path == here).then_some("page");
        view! { <a class="chip" href=path aria-current=current>{name}</a> }
    });
    view! { <nav class="tabs" aria-label=words.private_title>{tabs.into_iter().collect_view()}</nav> }
}

#[component]
fn Page(
    found: Overview,
    query: Query,
    /// Somebody came to open a conversation.
    fresh: bool,
) -> impl IntoView {
    let words = words();
    let Overview { around, rows, next, open, people, pool, headroom } = found;
    let form = match &around.said {
        Some(Said::Fields { form, .. } | Said::TooSmall { form, .. }) => Some((**form).clone()),
        _ => None,
    };
    let wrong = match &around.said {
        Some(Said::Fields { wrong, .. }) => wrong.clone(),
        _ => Vec::new(),
    };
    let filtered = !query.text.is_empty() || query.show == "closed";
    let older = next.map(|before| address(&Query { before: Some(before), ..query.clone() }));
    let list =
        if rows.is_empty() { view! { <Empty filtered pool/> }.into_any() } else { view! { <Table rows/> }.into_any() };
    view! {
        <Frame operator=around.operator handsets=around.handsets>
            <h1>{words.private_title}</h1>
            <p class="hint">{words.private_lead}</p>
            <Tabs here=HOME/>
            <Spoken said=around.said/>
            <dl class="figures">
                <Figure name=words.private_open value=open.to_string()/>
                <Figure name=words.private_people value=people.to_string()/>
                <Figure name=words.private_pool value=pool.to_string()/>
                <Figure name=words.private_headroom value=headroom.to_string() low={headroom <= 0}/>
            </dl>
            <NewForm form wrong fresh/>
            <Filter query/>
            {list}
            <nav class="pages" aria-label=words.calls_older>
                {older.map(|url| view! { <a href=url>{words.calls_older}</a> })}
                <TimesIn/>
            </nav>
        </Frame>
    }
}

#[component]
fn Figure(name: &'static str, value: String, #[prop(optional)] low: bool) -> impl IntoView {
    view! { <div data-low=low.then_some("true")><dt>{name}</dt><dd>{value}</dd></div> }
}

#[component]
fn NewForm(
    form: Option<Form>,
    /// Fields, and why what was typed there cannot be used.
    wrong: Vec<(String, Trouble)>,
    fresh: bool,
) -> impl IntoView {
    let words = words();
    // Open again when something was wrong with it.
    let open = fresh || form.is_some();
    let form =
        form.unwrap_or(Form { notify: true, language: words.private_language_default.to_owned(), ..Form::default() });
    let why = |field: &str| wrong.iter().find(|(known, _)| known == field).map(|(_, why)| said_of(why));
    let first_wrong = wrong.first().map(|(field, _)| field.clone()).unwrap_or_default();
    let is_first = |field: &str| field == first_wrong;
    let lives: [(&str, &'static str); 5] = [
        ("", words.private_life_ever),
        ("3600", words.private_life_hour),
        ("86400", words.private_life_day),
        ("604800", words.private_life_week),
        ("2592000", words.private_life_month),
    ];
    let rests = [
        ("", words.private_rest_never),
        ("3600", words.private_life_hour),
        ("86400", words.private_life_day),
        ("604800", words.private_life_week),
    ];
    view! {
        <details id="new" class="card new" open=open>
            <summary><Icon mark=Mark::Shield/>{words.private_new}</summary>
            <form method="post" action="/api/private-open" class="grid">
                <Text label=words.private_first name="first" kind="tel" value=form.first why=why("participants[0].number") first=is_first("participants[0].number") hint=words.private_number_hint required=true/>
                <Text label=words.private_first_name name="first_name" value=form.first_name why=why("participants[0].name") first=is_first("participants[0].name")/>
                <Text label=words.private_second name="second" kind="tel" value=form.second why=why("participants[1].number") first=is_first("participants[1].number") hint=words.private_number_hint required=true/>
                <Text label=words.private_second_name name="second_name" value=form.second_name why=why("participants[1].name") first=is_first("participants[1].name")/>
                <Text label=words.private_reference name="reference" value=form.reference why=why("reference") first=is_first("reference")/>
                <Choice label=words.private_life name="life" value=form.life options=lives.to_vec() why=why("expires_in")/>
                <Choice label=words.private_rest name="rest" value=form.rest options=rests.to_vec() why=why("idle_after")/>
                <Choice label=words.private_language name="language" value=form.language options=vec![("en", "English"), ("zh-CN", "中文")] why=None/>
                <label class="check"><input type="checkbox" name="notify" value="1" checked=form.notify/>{words.private_notify}</label>
                <label class="check"><input type="checkbox" name="pins" value="1" checked=form.pins/>{words.private_pins}</label>
                <div class="actions"><button type="submit" class="button">{words.private_submit}</button></div>
            </form>
        </details>
    }
}

#[component]
fn Text(
    label: &'static str,
    name: &'static str,
    value: String,
    /// What is wrong with it.
    why: Option<String>,
    /// It is the first one that is wrong.
    first: bool,
    #[prop(default = "text")] kind: &'static str,
    #[prop(optional)] hint: &'static str,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let id = format!("new-{name}");
    let input = if kind == "tel" { Some("tel") } else { None };
    let described = why.is_some().then(|| format!("why-{name}"));
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input id=id name=name type=kind inputmode=input value=value placeholder=hint autocomplete="off" maxlength="120"
                aria-invalid=why.is_some().then_some("true") aria-describedby=described autofocus=first required=required/>
            {why.map(|why| view! { <small class="wrong" id=format!("why-{name}") role="alert">{why}</small> })}
        </div>
    }
}

#[component]
fn Choice(
    label: &'static str,
    name: &'static str,
    value: String,
    options: Vec<(&'static str, &'static str)>,
    why: Option<String>,
) -> impl IntoView {
    let id = format!("new-{name}");
    let described = why.is_some().then(|| format!("why-{name}"));
    let invalid = why.is_some().then_some("true");
    let options =
        options.into_iter().map(|(key, text)| view! { <option value=key selected={key == value}>{text}</option> });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id name=name aria-invalid=invalid aria-describedby=described>{options.collect_view()}</select>
            {why.map(|why| view! { <small class="wrong" id=format!("why-{name}") role="alert">{why}</small> })}
        </div>
    }
}

#[component]
fn Filter(query: Query) -> impl IntoView {
    let words = words();
    let shows = [("", words.private_show_open), ("closed", words.private_show_closed), ("all", words.private_show_all)];
    let chips = shows.map(|(show, name)| {
        let url = address(&Query { show: show.to_owned(), text: query.text.clone(), before: None });
        let current = (show == query.show).then_some("true");
        view! { <a class="chip" href=url aria-current=current>{name}</a> }
    });
    view! {
        <div class="filter">
            <nav aria-label=words.calls_filter>{chips.into_iter().collect_view()}</nav>
            <form method="get" action=HOME role="search">
                <input type="hidden" name="show" value=query.show/>
                <label for="text" class="unseen">{words.private_search}</label>
                <input id="text" type="search" name="text" value=query.text placeholder=words.private_search/>
                <button type="submit" aria-label=words.calls_search_submit><Icon mark=Mark::Search/></button>
            </form>
        </div>
    }
}

#[component]
fn Table(rows: Vec<Row>) -> impl IntoView {
    let words = words();
    let rows = rows.into_iter().map(|row| view! { <Line row/> }).collect_view();
    view! {
        <div class="scroll" role="region" aria-label=words.private_tab_conversations tabindex="0">
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">{words.private_opened}</th>
                        <th scope="col">{words.private_state}</th>
                        <th scope="col">{words.private_reference}</th>
                        <th scope="col">{words.private_between}</th>
                        <th scope="col">{words.private_and}</th>
                        <th scope="col">{words.private_used}</th>
                        <th scope="col">{words.private_ends}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Line(row: Row) -> impl IntoView {
    let words = words();
    let label = words.private_open_one(&format::time(row.created_at));
    let because = row.closed_because.clone();
    let mut people = row.people.into_iter();
    let (first, second) = (people.next(), people.next());
    view! {
        <tr>
            <td><a href=format!("{HOME}/{}", encoded(&row.id)) aria-label=label><Time at=row.created_at/></a></td>
            <td data-label=words.private_state><Standing because/></td>
            <td data-label=words.private_reference>{or_dash(row.reference)}</td>
            <td data-label=words.private_between>{first.map(|person| view! { <Who person/> })}</td>
            <td data-label=words.private_and>{second.map(|person| view! { <Who person/> })}</td>
            <td data-label=words.private_used>{time_or_dash(row.used_at)}</td>
            <td data-label=words.private_ends>{time_or_dash(row.ends_at)}</td>
        </tr>
    }
}

/// A person's name and mask, and the number that they dial.
#[component]
fn Who(person: Person) -> impl IntoView {
    let words = words();
    let who = match (person.name, person.masked) {
        (Some(name), Some(masked)) => format!("{name} {masked}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => words.private_forgotten.to_owned(),
    };
    view! { <span class="who"><span>{who}</span><span class="hint">{words.private_dials(&person.dials)}</span></span> }
}

/// Who did it, as it is kept: `operator NAME`, `api NAME`.
fn by(words: &'static Words, who: &str) -> String {
    match who.split_once(' ') {
        Some(("operator", name)) => words.private_by_operator(name),
        Some(("api", name)) => words.private_by_key(name),
        _ => who.to_owned(),
    }
}

/// A dot and a word; the dot's shape says as much as its colour.
#[component]
pub(super) fn Standing(because: Option<String>) -> impl IntoView {
    let words = words();
    let phase = if because.is_none() { "answered" } else { "over" };
    view! { <span class="state" data-phase=phase>{standing(words, because.as_deref())}</span> }
}

fn standing(words: &'static Words, because: Option<&str>) -> &'static str {
    match because {
        None => words.private_is_open,
        Some("expired") => words.private_is_expired,
        Some("idle") => words.private_is_idle,
        Some("erased") => words.private_is_erased,
        Some(_) => words.private_is_closed,
    }
}

#[component]
fn Empty(filtered: bool, pool: u64) -> impl IntoView {
    let words = words();
    let (title, text, action, url) = if filtered {
        (words.private_none, words.private_none_text, words.private_show_open, HOME.to_owned())
    } else if pool == 0 {
        (words.private_no_numbers, words.private_no_numbers_text, words.private_rent, NUMBERS.to_owned())
    } else {
        (words.private_empty, words.private_empty_text, words.private_new, format!("{HOME}?new=1#new"))
    };
    view! {
        <div class="empty">
            <Icon mark=Mark::Shield/>
            <h2>{title}</h2>
            <p>{text}</p>
            <a class="button" href=url>{action}</a>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_what_was_asked() {
        let query = Query { show: "closed".into(), text: "order 7".into(), before: None };
        assert_eq!(address(&query), "/admin/private-calls?show=closed&text=order%207");
        assert_eq!(address(&Query::default()), HOME);
    }
}
