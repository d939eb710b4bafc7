//! The charts: which campaign makes the phone ring.

use leptos::prelude::*;

use super::chart::{Bar, Chart};
use super::filter::{Filter, is_narrowed};
use super::parts::{
    SHARED, address, campaign_name, euro, fields, grouped, month_name, short_date, span_text, tabs, weekday_name,
};
use super::pool::PoolState;
use crate::api::admin;
use crate::api::call_tracking::{CALLS, CAMPAIGNS, Fields, REPORT, Report, read_report};
use crate::domain::call::Price;
use crate::domain::call_tracking::campaign::money;
use crate::domain::call_tracking::report::{CampaignRow, Grain, Period, Share, Sums, per_call};
use crate::domain::call_tracking::spam::SHORT_SECONDS;
use crate::domain::call_tracking::zone::{date_of, date_text};
use crate::ui::admin::call_tracking::parts::Download;
use crate::ui::admin::flash::FlashNotice;
use crate::ui::admin::gate::gate;
use crate::ui::language::{Words, words};
use crate::ui::parts::empty::Empty;
use crate::ui::parts::format;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::stat::{Stat, Stats};
use crate::ui::parts::table::{Column, Table};

/// More parts than this in a bar tell nobody anything: the rest is one.
const PARTS: usize = 6;

#[component]
pub fn TrackingReport() -> impl IntoView {
    let words = words();
    let query = fields();
    let asked = query.clone();
    let found = Resource::new(move || asked.clone(), read_report);
    let content = move || {
        let query = query.clone();
        Suspend::new(async move {
            let here = address(REPORT, &query);
            gate(found.await, &here, move |page| view! { <Page page query/> }.into_any())
        })
    };
    view! {
        <Title text=words.tracking_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Page(page: admin::Page<Report>, query: Fields) -> impl IntoView {
    let words = words();
    let admin::Page { viewer, flash, content } = page;
    let Report { filters, period, before, left_out, pools } = content;
    let none = filters.choices.campaigns.is_empty();
    // Nothing was counted and nothing was asked for: filters and a file of nothing would only be in the way.
    let asked = SHARED.iter().chain(&["versus", "spam"]).any(|field| query.get(field).is_some());
    let bare = none && period.total.calls == 0 && left_out == 0 && !asked;
    let shared = query.only(&SHARED).with("from", &date_text(period.from)).with("to", &date_text(period.to));
    let spam = query.get("spam") == Some("only");
    let calls = if spam { shared.with("spam", "only") } else { shared.clone() };
    let spam_calls = (left_out > 0).then(|| {
        let (url, seconds) = (address(CALLS, &shared.with("spam", "only")), SHORT_SECONDS + 1);
        view! {
            <p>
                {words.tracking_left_out(&grouped(left_out), &seconds.to_string())}" "
                <a href=url>{words.tracking_left_out_show}</a>
            </p>
        }
    });
    let csv = address("/admin/tracking/calls.csv", &calls);
    let pools = (!pools.is_empty()).then(|| {
        let states = pools.into_iter().map(|(name, pool)| view! { <PoolState name pool/> }).collect_view();
        view! {
            <section class="pools" aria-labelledby="pools">
                <h2 id="pools">{words.tracking_pools}</h2>
                <p class="hint">{words.tracking_pools_text}</p>
                <div>{states}</div>
            </section>
        }
    });
    let narrowed = is_narrowed(&query);
    let year = query.get("versus") == Some("year");
    let charts = if none && period.total.calls == 0 {
        let action = Some((format!("{CAMPAIGNS}/new"), words.tracking_new));
        view! { <Empty mark=Mark::Signal title=words.tracking_none text=words.tracking_none_text action/> }.into_any()
    } else if period.total.calls == 0 {
        let action = narrowed.then(|| (REPORT.to_owned(), words.tracking_reset));
        view! { <Empty mark=Mark::Signal title=words.tracking_quiet text=words.tracking_quiet_text action/> }.into_any()
    } else {
        view! {
            <Tiles period=period.clone() before=before.clone() year/>
            <Charts period=period.clone() before=before.clone() calls=calls.clone()/>
            <Campaigns period before calls/>
        }
        .into_any()
    };
    let actions = (!bare).then(|| view! { <Download csv/> }).into_any();
    // A list says below itself which zone its times are in; this page has its times at the charts.
    let zone = words.tracking_zone(&filters.zone);
    let fine = (!bare).then(|| view! { <div class="fine"><p>{zone}</p>{spam_calls}</div> });
    let filter = (!bare).then(|| {
        let query = query.only(&[SHARED.as_slice(), &["versus", "spam"]].concat());
        let (from, to) = (period_from(&query, &shared), period_to(&shared));
        view! { <Filter filters query path=REPORT from to/> }
    });
    view! {
        <Frame viewer>
            <PageHead title=words.tracking_title lead=words.tracking_lead actions tabs=tabs(words, REPORT)/>
            <FlashNotice flash/>
            {filter}
            {fine}
            {charts}
            {pools}
        </Frame>
    }
}

fn period_from(_: &Fields, shared: &Fields) -> i64 {
    shared.get("from").and_then(crate::domain::call_tracking::zone::parse_date).unwrap_or_default()
}

fn period_to(shared: &Fields) -> i64 {
    shared.get("to").and_then(crate::domain::call_tracking::zone::parse_date).unwrap_or_default()
}

/// The figures at a glance.
#[component]
fn Tiles(
    period: Period,
    before: Option<Period>,
    /// It is compared with the same days of the year before.
    year: bool,
) -> impl IntoView {
    let words = words();
    let now = period.total;
    let past = before.as_ref().map(|before| before.total);
    let share = |sums: &Sums| sums.answered_share();
    let tile = |name: &'static str, value: String, note: String, change: Option<String>| {
        let note = [note, change.unwrap_or_default()].into_iter().filter(|text| !text.is_empty());
        let note = note.collect::<Vec<_>>().join(" · ");
        view! { <Stat name value note/> }
    };
    let change = |of: fn(&Sums) -> i64| past.map(|past| changed(words, of(&now), of(&past), year));
    let cost = |cost: Option<i64>, calls: i64| {
        per_call(cost, calls).map_or_else(|| "–".to_owned(), |cents| euro(&money(cents)))
    };
    let answered = share(&now).map(|share| format!("{share}%")).unwrap_or_default();
    let unique = if now.unique_exact { words.tracking_unique_exact } else { words.tracking_unique_monthly };
    let total_price =
        if now.price > 0 { words.tracking_platform_price(&format::price(Price(now.price))) } else { String::new() };
    // A figure that is zero is left out.
    let said = |count: i64, text: String| if count > 0 { text } else { String::new() };
    let withheld = said(now.withheld, words.tracking_withheld(&grouped(now.withheld)));
    let repeat = said(now.repeat(), words.tracking_repeat_count(&grouped(now.repeat())));
    let mean = now.mean_seconds().map_or_else(|| "–".to_owned(), length);
    let tiles = view! {
            {tile(words.tracking_calls, grouped(now.calls), withheld, change(|sums| sums.calls))}
            {tile(words.tracking_answered, grouped(now.answered), answered, change(|sums| sums.answered))}
            {tile(words.tracking_missed, grouped(now.missed), String::new(), change(|sums| sums.missed))}
            {tile(words.tracking_unique, grouped(now.unique), unique.to_owned(), change(|sums| sums.unique))}
            {tile(words.tracking_first, grouped(now.first), repeat, change(|sums| sums.first))}
            {tile(words.tracking_mean, mean, total_price, None)}
            {tile(words.tracking_per_call, cost(period.cost, now.calls), String::new(), None)}
            {tile(words.tracking_per_answered, cost(period.cost, now.answered), String::new(), None)}
    }
    .into_any();
    view! { <Stats>{tiles}</Stats> }
}

fn length(seconds: i64) -> String {
    format::length(u32::try_from(seconds).unwrap_or(u32::MAX))
}

/// `+12%` of what it was: in the period before, or a year ago.
fn changed(words: &'static Words, now: i64, past: i64, year: bool) -> String {
    let text = match (now - past, past) {
        (0, _) => words.tracking_no_change.to_owned(),
        (more, 0) => format!("+{more}"),
        (more, past) => format!("{}{}%", if more > 0 { "+" } else { "−" }, (more.abs() * 100 + past / 2) / past),
    };
    if year { words.tracking_change_year(&text) } else { words.tracking_change(&text) }
}

/// Over time, by hour, by weekday.
#[component]
fn Charts(period: Period, before: Option<Period>, calls: Fields) -> impl IntoView {
    let words = words();
    let kinds = kinds(words, &period.lines);
    // At most ten, which have room beside each other, on a telephone and in Chinese too.
    let every = period.buckets.len().div_ceil(10).max(1);
    let bars: Vec<Bar> = period
        .buckets
        .iter()
        .enumerate()
        .map(|(at, bucket)| {
            let marked = at % every == 0;
            Bar {
                mark: if marked { mark(words, period.grain, bucket.from) } else { String::new() },
                name: span_text(words, bucket.from, bucket.to),
                url: address(CALLS, &calls.with("from", &date_text(bucket.from)).with("to", &date_text(bucket.to))),
                parts: parts(&bucket.shares),
                before: before.as_ref().map(|before| {
                    before.buckets.get(at).map_or(0, |bucket| bucket.shares.iter().map(|share| share.calls).sum())
                }),
            }
        })
        .collect();
    let lines = |of: fn(&CampaignRow) -> &[Share]| {
        let length = period.lines.first().map_or(0, |line| of(line).len());
        (0..length)
            .map(|at| parts(&period.lines.iter().map(|line| of(line)[at]).collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    };
    let was = |sums: Option<Vec<i64>>, at: usize| sums.as_ref().and_then(|sums| sums.get(at).copied());
    let sums = |shares: &[Share]| shares.iter().map(|share| share.calls).collect::<Vec<_>>();
    let hours_before = before.as_ref().map(|before| sums(&before.by_hour()));
    let days_before = before.as_ref().map(|before| sums(&before.by_weekday()));
    let hours: Vec<Bar> = lines(|line| &line.by_hour)
        .into_iter()
        .enumerate()
        .map(|(hour, parts)| Bar {
            mark: if hour % 3 == 0 { format!("{hour:02}") } else { String::new() },
            name: format!("{hour:02}:00–{hour:02}:59"),
            url: address(CALLS, &calls.with("hour", &hour.to_string())),
            parts,
            before: was(hours_before.clone(), hour),
        })
        .collect();
    let weekdays: Vec<Bar> = lines(|line| &line.by_weekday)
        .into_iter()
        .enumerate()
        .map(|(day, parts)| {
            let name = weekday_name(words, u8::try_from(day).unwrap_or_default());
            Bar {
                mark: name.clone(),
                name,
                url: address(CALLS, &calls.with("weekday", &day.to_string())),
                parts,
                before: was(days_before.clone(), day),
            }
        })
        .collect();
    let title = match period.grain {
        Grain::Day => words.tracking_by_day,
        Grain::Week => words.tracking_by_week,
        Grain::Month => words.tracking_by_month,
    };
    view! {
        <Chart id="time" title=title.to_owned() column=words.tracking_period kinds=kinds.clone() bars height=300.0/>
        <div class="pair">
            <Chart id="hours" title=words.tracking_by_hour.to_owned() column=words.tracking_hour kinds=kinds.clone() bars=hours height=380.0/>
            <Chart id="weekdays" title=words.tracking_by_weekday.to_owned() column=words.tracking_weekday kinds bars=weekdays height=380.0/>
        </div>
    }
}

fn mark(words: &'static Words, grain: Grain, day: i64) -> String {
    match grain {
        Grain::Day | Grain::Week => short_date(words, day),
        Grain::Month => {
            let date = date_of(day);
            words.tracking_month_year(&month_name(words, date.month()), &date.year().to_string())
        }
    }
}

/// Names and colours of the parts of a bar.
fn kinds(words: &'static Words, lines: &[CampaignRow]) -> Vec<(String, String)> {
    let mut kinds: Vec<(String, String)> =
        lines.iter().take(PARTS).map(|line| (campaign_name(&line.name, words), line.colour.clone())).collect();
    if lines.len() > PARTS {
        kinds.push((words.tracking_rest.to_owned(), "slate".to_owned()));
    }
    kinds
}

/// The parts of a bar: the greatest campaigns, and the rest together.
fn parts(shares: &[Share]) -> Vec<Share> {
    let mut parts: Vec<Share> = shares.iter().take(PARTS).copied().collect();
    if shares.len() > PARTS {
        let rest = shares[PARTS..].iter().fold(Share::default(), |sum, share| Share {
            calls: sum.calls + share.calls,
            answered: sum.answered + share.answered,
        });
        parts.push(rest);
    }
    parts
}

/// Every campaign's figures.
#[component]
fn Campaigns(period: Period, before: Option<Period>, calls: Fields) -> impl IntoView {
    let words = words();
    let dash = || "–".to_owned();
    let sum = |cents: Option<i64>| cents.map_or_else(dash, |cents| euro(&money(cents)));
    let compared = before.is_some();
    // Without costs there are no costs per call.
    let priced = period.lines.iter().any(|line| line.cost.is_some());
    let row = |name: AnyView, sums: Sums, cost: Option<i64>, past: Option<i64>| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                <td data-label=words.tracking_calls class="number">{grouped(sums.calls)}</td>
                {compared.then(|| view! { <td data-label=words.tracking_compared class="number">{past.map_or_else(dash, grouped)}</td> })}
                <td data-label=words.tracking_answered class="number">{sums.answered_share().map_or_else(dash, |share| format!("{share}%"))}</td>
                <td data-label=words.tracking_missed class="number">{grouped(sums.missed)}</td>
                <td data-label=words.tracking_unique class="number">{grouped(sums.unique)}</td>
                <td data-label=words.tracking_first class="number">{grouped(sums.first)}</td>
                <td data-label=words.tracking_repeat class="number">{grouped(sums.repeat())}</td>
                <td data-label=words.tracking_mean class="number">{sums.mean_seconds().map_or_else(dash, length)}</td>
                <td data-label=words.tracking_cost class="number">{sum(cost)}</td>
                {priced.then(|| view! {
                    <td data-label=words.tracking_per_call class="number">{sum(per_call(cost, sums.calls))}</td>
                    <td data-label=words.tracking_per_answered class="number">{sum(per_call(cost, sums.answered))}</td>
                })}
            </tr>
        }
    };
    let rows = period
        .lines
        .iter()
        .map(|line| {
            let url = address(CALLS, &calls.with("campaign", &line.id));
            let from = [line.source.as_str(), line.medium.as_str()].into_iter().filter(|word| !word.is_empty());
            let from = from.collect::<Vec<_>>().join(" / ");
            let past = before
                .as_ref()
                .map(|before| before.lines.iter().find(|past| past.id == line.id).map_or(0, |past| past.sums.calls));
            let name = view! {
                <span class="named">
                    <span class=format!("swatch k-{}", line.colour)></span>
                    <a href=url>{campaign_name(&line.name, words)}</a>
                </span>
                <span class="hint">{from}</span>
            };
            row(name.into_any(), line.sums, line.cost, past)
        })
        .collect_view();
    let total = row(
        view! { <strong>{words.tracking_total}</strong> }.into_any(),
        period.total,
        period.cost,
        before.as_ref().map(|before| before.total.calls),
    );
    let columns = campaign_columns(words, compared, priced);
    view! {
        <section aria-labelledby="by-campaign" class="stack">
            <h2 id="by-campaign">{words.tracking_by_campaign}</h2>
            <Table label=words.tracking_by_campaign columns>{rows}{total}</Table>
        </section>
    }
}

/// The columns of every campaign's figures.
fn campaign_columns(words: &'static Words, compared: bool, priced: bool) -> Vec<Column> {
    let mut columns = vec![Column::text(words.tracking_campaign), Column::number(words.tracking_calls)];
    columns.extend(compared.then(|| Column::number(words.tracking_compared)));
    columns.extend(
        [
            words.tracking_answered,
            words.tracking_missed,
            words.tracking_unique,
            words.tracking_first,
            words.tracking_repeat,
            words.tracking_mean,
            words.tracking_cost,
        ]
        .map(Column::number),
    );
    if priced {
        columns.extend([words.tracking_per_call, words.tracking_per_answered].map(Column::number));
    }
    columns
}
