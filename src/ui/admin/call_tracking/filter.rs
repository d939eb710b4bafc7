//! Which calls: periods as links, everything else as a form.

use leptos::prelude::*;

use super::parts::{Wrong, address, number, weekday_name};
use crate::api::call_tracking::{Fields, Filters, REPORT};
use crate::domain::call_tracking::zone::{date_text, month_start};
use crate::ui::language::words;

/// Whether anything but the period narrows what is shown.
pub(super) fn is_filtered(query: &Fields) -> bool {
    ["campaign", "source", "medium", "number", "versus", "spam", "outcome", "first", "hour", "weekday", "caller"]
        .iter()
        .any(|name| query.get(name).is_some())
}

/// Whether there is anything that can be cleared: a filter, or a period that was chosen.
pub(super) fn is_narrowed(query: &Fields) -> bool {
    is_filtered(query) || ["from", "to"].iter().any(|name| query.get(name).is_some())
}

/// What one filters by.
#[component]
pub(super) fn Filter(filters: Filters, query: Fields, path: &'static str, from: i64, to: i64) -> impl IntoView {
    let words = words();
    let today = filters.today;
    let first = month_start(today);
    let presets = [
        (words.tracking_today, today, today),
        (words.tracking_7_days, today - 6, today),
        (words.tracking_30_days, today - 29, today),
        (words.tracking_90_days, today - 89, today),
        (words.tracking_this_month, first, today),
        (words.tracking_last_month, month_start(first - 1), first - 1),
        (words.tracking_12_months, today - 364, today),
    ];
    let base = query.with("before", "").with("wrong", "");
    // In a month of thirty days two of them are the same.
    let current = presets.iter().find(|(_, start, end)| (*start, *end) == (from, to)).map(|(name, ..)| *name);
    let chips = presets.map(|(name, start, end)| {
        let url = address(path, &base.with("from", &date_text(start)).with("to", &date_text(end)));
        let current = (current == Some(name)).then_some("true");
        view! { <a class="chip" href=url aria-current=current>{name}</a> }
    });
    let picked = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let choose = |id: &'static str, label: &'static str, all: &'static str, options: Vec<(String, String)>| {
        let chosen = picked(id);
        let options = options.into_iter().map(|(value, name)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{name}</option> }
        });
        let options = options.collect_view();
        view! {
            <label>
                <span>{label}</span>
                <select name=id><option value="">{all}</option>{options}</select>
            </label>
        }
    };
    let same = |list: &[String]| list.iter().map(|word| (word.clone(), word.clone())).collect::<Vec<_>>();
    let choices = filters.choices.clone();
    let mut numbers: Vec<(String, String)> =
        choices.numbers.iter().map(|digits| (digits.clone(), number(digits, words))).collect();
    numbers.push(("browser".into(), words.tracking_browser.to_owned()));
    let pair = |value: &str, name: &str| (value.to_owned(), name.to_owned());
    let more = if path == REPORT {
        let versus = vec![pair("before", words.tracking_versus_before), pair("year", words.tracking_versus_year)];
        let spam = vec![pair("only", words.tracking_spam_only)];
        view! {
            {choose("versus", words.tracking_versus, words.tracking_versus_none, versus)}
            {choose("spam", words.tracking_spam, words.tracking_spam_no, spam)}
        }
        .into_any()
    } else {
        let outcomes = vec![
            pair("answered", words.tracking_answered),
            pair("missed", words.tracking_missed),
            pair("running", words.tracking_running),
        ];
        let first = vec![pair("yes", words.tracking_first), pair("no", words.tracking_repeat)];
        let spam = vec![pair("only", words.tracking_spam_only), pair("all", words.tracking_spam_all)];
        let hours = (0..24).map(|hour| (hour.to_string(), format!("{hour:02}:00"))).collect();
        let weekdays = (0..7_u8).map(|day| (day.to_string(), weekday_name(words, day))).collect();
        view! {
            {choose("outcome", words.tracking_outcome, words.tracking_all, outcomes)}
            {choose("first", words.tracking_caller_kind, words.tracking_all, first)}
            {choose("spam", words.tracking_spam, words.tracking_spam_no, spam)}
            {choose("hour", words.tracking_hour, words.tracking_all, hours)}
            {choose("weekday", words.tracking_weekday, words.tracking_all, weekdays)}
            <label>
                <span>{words.tracking_caller}</span>
                <input type="search" name="caller" value=picked("caller") placeholder=words.tracking_caller_example/>
            </label>
        }
        .into_any()
    };
    let filtered = is_filtered(&query);
    let wider = filtered || !presets.iter().any(|(_, start, end)| (*start, *end) == (from, to));
    view! {
        <section class="asked" aria-label=words.tracking_filter>
            <nav class="chips" aria-label=words.tracking_period>{chips.collect_view()}</nav>
            <Wrong field=filters.wrong.clone() why=filters.why.clone()/>
            <details open=wider>
                <summary>{words.tracking_filter}</summary>
                <form method="get" action=path>
                    <label>
                        <span>{words.tracking_from}</span>
                        <input type="date" name="from" value=date_text(from) required/>
                    </label>
                    <label>
                        <span>{words.tracking_to}</span>
                        <input type="date" name="to" value=date_text(to) required/>
                    </label>
                    {choose("campaign", words.tracking_campaign, words.tracking_all, choices.campaigns)}
                    {choose("source", words.tracking_source, words.tracking_all, same(&choices.sources))}
                    {choose("medium", words.tracking_medium, words.tracking_all, same(&choices.mediums))}
                    {choose("number", words.tracking_number, words.tracking_all, numbers)}
                    {more}
                    <div class="actions">
                        <button type="submit" class="button">{words.tracking_apply}</button>
                        {filtered.then(|| view! { <a href=path>{words.tracking_reset}</a> })}
                    </div>
                </form>
            </details>
        </section>
    }
}
