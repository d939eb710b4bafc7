//! What the pages of call tracking have in common.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::api::call_tracking::{CALLS, CAMPAIGNS, Fields, HOOKS, REPORT};
use crate::domain::call_tracking::zone::{date_of, parse_date, weekday_of};
use crate::domain::trouble::Trouble;
use crate::ui::admin::link;
use crate::ui::admin::trouble::said;
use crate::ui::language::{Words, words};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::Tab;

/// The query of this page.
pub fn fields() -> Fields {
    let map = use_query_map().get_untracked();
    Fields(map.into_iter().map(|(name, value)| (name.into_owned(), value)).collect())
}

/// A path with a query.
pub fn address(path: &str, fields: &Fields) -> String {
    link::to(path, fields.0.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// What a list of calls and a report have in common, so that one leads to the other.
pub const SHARED: [&str; 6] = ["from", "to", "campaign", "source", "medium", "number"];

/// The pages of this job, as tabs. A report and a list keep what was chosen in the other.
pub fn tabs(words: &'static Words, here: &'static str) -> (&'static str, Vec<Tab>) {
    let query = fields().only(&SHARED);
    let tab = |path: &'static str, name| {
        let href = if matches!(path, REPORT | CALLS) { address(path, &query) } else { path.to_owned() };
        Tab { href, name, here: path == here }
    };
    let tabs = vec![
        tab(REPORT, words.tracking_tab_report),
        tab(CALLS, words.tracking_tab_calls),
        tab(CAMPAIGNS, words.tracking_tab_campaigns),
        tab(HOOKS, words.tracking_tab_hooks),
    ];
    (words.tracking_title, tabs)
}

/// The same calls for a spreadsheet.
#[component]
pub fn Download(csv: String) -> impl IntoView {
    let words = words();
    view! {
        <a class="button quiet" href=csv rel="external" download="calls.csv">
            <Icon mark=Mark::Download/>
            {words.tracking_csv}
        </a>
    }
}

/// Something typed cannot be used.
#[component]
pub fn Wrong(field: Option<String>, #[prop(optional_no_strip)] why: Option<Trouble>) -> impl IntoView {
    let words = words();
    let text = move |field: String| match why {
        // What is said to machines only.
        None | Some(Trouble::Other(_)) => wrong(words, &field).to_owned(),
        Some(why) => said(&why),
    };
    field.map(|field| view! { <Notice tone=Tone::Bad said=true><p>{text(field)}</p></Notice> })
}

/// What cannot be used in a field.
pub fn wrong(words: &'static Words, field: &str) -> &'static str {
    match field {
        "name" => words.tracking_wrong_name,
        "cost" => words.tracking_wrong_cost,
        "from" | "to" | "starts" | "ends" => words.tracking_wrong_date,
        "destination" => words.tracking_wrong_destination,
        "number" => words.tracking_wrong_number,
        "lease_minutes" => words.tracking_wrong_lease,
        "landing" => words.tracking_wrong_landing,
        "url" => words.tracking_wrong_url,
        _ => words.tracking_wrong_field,
    }
}

/// A number for people.
pub fn number(digits: &str, words: &'static Words) -> String {
    if digits.is_empty() { words.tracking_browser.to_owned() } else { crate::domain::phone::grouped(digits) }
}

/// Who called, from digits, `visitor-…` or nothing.
pub fn caller(words: &'static Words, caller: Option<&str>) -> String {
    match caller {
        None => words.tracking_withheld_caller.to_owned(),
        Some(visitor) if visitor.starts_with("visitor-") => words.caller_visitor.to_owned(),
        Some(digits) => crate::domain::phone::grouped(digits),
    }
}

/// `€1 200.00` of an amount as a campaign has it: thousands apart, two decimals.
pub fn euro(amount: &str) -> String {
    let (whole, cents) = amount.split_once('.').unwrap_or((amount, "00"));
    whole.parse().map_or_else(|_| format!("€{amount}"), |whole| format!("€{}.{cents}", grouped(whole)))
}

pub fn campaign_name(name: &str, words: &'static Words) -> String {
    if name.is_empty() { words.tracking_other.to_owned() } else { name.to_owned() }
}

/// `Sat 21 Nov`, `11月21日 周六`: short, for an axis.
pub fn short_date(words: &'static Words, day: i64) -> String {
    let date = date_of(day);
    words.tracking_short_date(&month_name(words, date.month()), &date.day().to_string())
}

pub fn month_name(words: &'static Words, month: i8) -> String {
    let names = words.tracking_months.split(' ');
    names.into_iter().nth(usize::try_from(month - 1).unwrap_or_default()).unwrap_or_default().to_owned()
}

pub fn weekday_name(words: &'static Words, weekday: u8) -> String {
    words.tracking_weekdays.split(' ').nth(usize::from(weekday)).unwrap_or_default().to_owned()
}

/// A day, or the first and the last of several.
pub fn span_text(words: &'static Words, from: i64, to: i64) -> String {
    if from == to {
        format!("{} {}", weekday_name(words, weekday_of(from)), format::day(from))
    } else {
        format!("{} – {}", format::day(from), format::day(to))
    }
}

/// A date of a form (`2026-11-21`) as pages write it.
pub fn day_text(date: &str) -> String {
    parse_date(date).map_or_else(|| date.to_owned(), format::day)
}

/// A figure with its thousands apart.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        out.push('-');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped() {
        assert_eq!(
            [0, 999, 1000, 1_234_567, -1234].map(grouped),
            ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567", "-1\u{202f}234"]
        );
    }

    #[test]
    fn amounts_are_grouped() {
        assert_eq!(
            ["0.05", "1200.00", "1234567.5", "x"].map(euro),
            ["€0.05", "€1\u{202f}200.00", "€1\u{202f}234\u{202f}567.5", "€x"]
        );
    }

    #[test]
    fn an_address_is_its_query() {
        let fields = Fields(vec![("from".into(), "2026-11-01".into()), ("caller".into(), "+44 7".into())]);
        assert_eq!(address(CALLS, &fields), "/admin/tracking/calls?from=2026-11-01&caller=%2B44%207");
        assert_eq!(address(CALLS, &Fields::default()), CALLS);
        assert_eq!(fields.with("from", "").only(&SHARED), Fields::default());
    }
}
