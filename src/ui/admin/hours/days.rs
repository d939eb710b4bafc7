//! Holidays: the list, adding one, and a calendar's file.

use leptos::prelude::*;

use super::said::at_field;
use super::week::Times;
use crate::api::hours::{IMPORT, Said};
use crate::domain::call_tracking::zone::date_text;
use crate::domain::hours::{Day, Holiday, LONGEST_NAME, minute_text};
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::{Check, Field, TextField, described};
use crate::ui::parts::format;
use crate::ui::parts::table::{Column, Table};

#[component]
pub fn Holidays(holidays: Vec<(String, Holiday)>, wrong: Option<Said>) -> impl IntoView {
    let words = words();
    let list = if holidays.is_empty() {
        view! { <p class="hint">{words.hours_no_holidays}</p> }.into_any()
    } else {
        let columns = vec![
            Column::text(words.hours_date).sorted(),
            Column::text(words.hours_name).sorted(),
            Column::text(words.hours_times),
            Column::actions(words.admin_actions),
        ];
        let rows = holidays.into_iter().map(|(id, holiday)| view! { <Row id holiday/> });
        view! { <Table label=words.hours_holidays columns>{rows.collect_view()}</Table> }.into_any()
    };
    view! {
        <section class="card" id="holidays" aria-labelledby="holidays-title">
            <div>
                <h2 id="holidays-title">{words.hours_holidays}</h2>
                <p class="section-text">{words.hours_holidays_text}</p>
            </div>
            {list}
            <Add wrong=wrong.clone()/>
            <Import wrong/>
        </section>
    }
}

#[component]
fn Row(id: String, holiday: Holiday) -> impl IntoView {
    let words = words();
    let hours = hours_text(words, &holiday.hours);
    let Holiday { day, yearly, name, .. } = holiday;
    let date = date_text(day);
    let shown = if yearly { words.hours_every_year(&format::yearly(day)) } else { format::day(day) };
    let text = words.hours_delete_text(&shown, &name);
    view! {
        <tr>
            <th scope="row" data-sort=date>{shown}</th>
            <td data-label=words.hours_name class="said">{name}</td>
            <td data-label=words.hours_times class="said">{hours}</td>
            <td class="actions">
                <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/hours-holiday-delete"
                    fields=vec![("id", id)] danger=true/>
            </td>
        </tr>
    }
}

/// `9:00–12:30, 13:30–18:00`
fn hours_text(words: &'static Words, hours: &Day) -> String {
    if hours.is_closed() {
        return words.hours_closed_all_day.to_owned();
    }
    let each = hours.intervals().iter().map(|one| format!("{}–{}", minute_text(one.from), minute_text(one.until)));
    each.collect::<Vec<_>>().join(", ")
}

#[component]
fn Add(wrong: Option<Said>) -> impl IntoView {
    let words = words();
    let [date, name] = ["date", "name"].map(|field| at_field(words, wrong.as_ref(), field));
    view! {
        <form method="post" action="/api/hours-holiday-add" class="stack">
            <div class="form-grid pairs">
                <TextField label=words.hours_date name="date" kind="date" required=true help=None first=date.is_some() error=date/>
                <TextField label=words.hours_name name="name" longest=LONGEST_NAME required=true help=None first=name.is_some() error=name/>
                <div class="field">
                    <span class="field-label">{words.hours_own_times}</span>
                    <Times field="hours".to_owned() day=Day::closed() rows=2 of=words.hours_own_times wrong/>
                </div>
                <Check label=words.hours_yearly name="yearly" value="true" checked=false help=None/>
            </div>
            <div class="row"><button type="submit" class="button">{words.hours_add_holiday}</button></div>
        </form>
    }
}

#[component]
fn Import(wrong: Option<Said>) -> impl IntoView {
    let words = words();
    let error = at_field(words, wrong.as_ref(), "file");
    let described = described("file", true, error.is_some());
    let invalid = error.is_some().then_some("true");
    view! {
        <form method="post" action=IMPORT enctype="multipart/form-data" class="line-form">
            <Field label=words.hours_file name="file" wide=true help=Some(words.hours_file_help.to_owned()) error>
                <input id="file" name="file" type="file" accept=".ics,text/calendar" required
                    aria-invalid=invalid aria-describedby=described/>
            </Field>
            <button type="submit" class="button quiet">{words.hours_import}</button>
        </form>
    }
}
