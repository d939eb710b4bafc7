//! The table of the week's hours: for each day as many pairs of times as it needs. A pair that is left empty is none.

use leptos::prelude::*;

use super::said::at_field;
use crate::api::hours::{COPY, Said};
use crate::domain::hours::{Day, MOST_INTERVALS, Week, minute_text};
use crate::ui::language::{Words, words};

/// Pairs that each day shows; those who close at noon add another.
const SHOWN: usize = 1;

#[component]
pub fn WeekTable(
    week: Week,
    /// Pairs that were asked for, by day.
    rows: [usize; 7],
    wrong: Option<Said>,
) -> impl IntoView {
    let words = words();
    let names = day_names(words);
    let days = week.0.into_iter().zip(rows).zip(names).enumerate().map(|(at, ((day, rows), name))| {
        let more = words.hours_add_for(name);
        let wrong = wrong.clone();
        view! {
            <tr id=format!("day-{at}")>
                <th scope="row">{name}</th>
                <td><Times field=at.to_string() day rows=rows.max(SHOWN) of=name wrong/></td>
                <td class="actions">
                    <button type="submit" class="button small quiet" name="act" value=at.to_string() aria-label=more>
                        {words.hours_add}
                    </button>
                </td>
            </tr>
        }
    });
    view! {
        <section class="card" id="week" aria-labelledby="week-title">
            <div>
                <h2 id="week-title">{words.hours_week}</h2>
                <p class="section-text">{words.hours_week_text}</p>
            </div>
            <form method="post" action="/api/hours-week">
                // What Enter in a field presses: nothing that adds a row.
                <button type="submit" class="unseen" tabindex="-1" aria-hidden="true">{words.hours_save}</button>
                <table class="week">
                    <thead class="unseen">
                        <tr>
                            <th scope="col">{words.hours_day}</th>
                            <th scope="col">{words.hours_times}</th>
                            <th scope="col">{words.admin_actions}</th>
                        </tr>
                    </thead>
                    <tbody>{days.collect_view()}</tbody>
                </table>
                <div class="form-end">
                    <button type="submit" class="button">{words.hours_save}</button>
                    <button type="submit" class="button quiet" name="act" value=COPY>{words.hours_copy}</button>
                </div>
            </form>
        </section>
    }
}

/// The pairs of times of a day, and what is wrong with them.
#[component]
pub fn Times(
    /// What the names of the fields begin with.
    field: String,
    day: Day,
    rows: usize,
    /// The day's name, for those who hear the page.
    #[prop(into)]
    of: String,
    wrong: Option<Said>,
) -> impl IntoView {
    let words = words();
    let rows = rows.max(day.intervals().len()).min(MOST_INTERVALS);
    let problem = |name: &str| at_field(words, wrong.as_ref(), name);
    let pairs = (0..rows).map(|at| {
        let interval = day.intervals().get(at);
        let [from, until] = ["from", "until"].map(|end| format!("{field}-{at}-{end}"));
        let said = problem(&from).or_else(|| problem(&until));
        let number = (at + 1).to_string();
        let why = format!("why-{field}-{at}");
        let input = |name: String, label: String, minute: Option<u16>| {
            let invalid = problem(&name).is_some();
            let described = said.is_some().then(|| why.clone());
            view! {
                <input name=name value=minute.map(minute_text).unwrap_or_default() aria-label=label placeholder="--:--"
                    size="6" maxlength="8" autocomplete="off" autofocus=invalid
                    aria-invalid=invalid.then_some("true") aria-describedby=described/>
            }
        };
        let opens = input(from, words.hours_from_of(&number, &of), interval.map(|one| one.from));
        let closes = input(until, words.hours_until_of(&number, &of), interval.map(|one| one.until));
        view! {
            <span class="times">{opens}<span aria-hidden="true">"–"</span>{closes}</span>
            {said.clone().map(|said| view! { <span class="field-error" id=why.clone() role="alert">{said}</span> })}
        }
    });
    let many = problem(&format!("{field}-{MOST_INTERVALS}-from"));
    view! {
        {pairs.collect_view()}
        {many.map(|said| view! { <span class="field-error" role="alert">{said}</span> })}
    }
}

/// Monday first.
fn day_names(words: &'static Words) -> [&'static str; 7] {
    let mut names = words.hours_days.split(' ');
    std::array::from_fn(|_| names.next().unwrap_or_default())
}
