//! Bars, drawn on the server. Each bar is a link to its calls; what was missed is hatched, so that colour is not alone in
//! saying it; under each chart the same figures stand as a table.

use leptos::prelude::*;

use crate::domain::call_tracking::report::{Share, marks};
use crate::ui::language::words;

/// One bar.
pub(super) struct Bar {
    /// Under the bar; empty where there is no room.
    pub mark: String,
    /// What the bar stands for, in full.
    pub name: String,
    pub url: String,
    /// From the bottom up, with the colours of [`Chart`].
    pub parts: Vec<Share>,
    /// The same of the period it is compared with.
    pub before: Option<i64>,
}

const WIDTH: f64 = 960.0;
const LEFT: f64 = 44.0;
const BASE: f64 = 26.0;
const TOP: f64 = 14.0;

/// A chart with its table. `kinds` are name and colour of the parts of every bar.
#[component]
pub(super) fn Chart(
    id: &'static str,
    title: String,
    /// What the first column of the table is.
    column: &'static str,
    kinds: Vec<(String, String)>,
    bars: Vec<Bar>,
    height: f64,
) -> impl IntoView {
    let words = words();
    let sum = |bar: &Bar| bar.parts.iter().map(|share| share.calls).sum::<i64>();
    let most = bars.iter().map(|bar| sum(bar).max(bar.before.unwrap_or_default())).max().unwrap_or_default();
    let marks = marks(most);
    let top = *marks.last().unwrap_or(&1) as f64;
    let tall = height - BASE - TOP;
    let y = move |value: i64| TOP + tall - tall * value as f64 / top;
    let step = (WIDTH - LEFT) / bars.len().max(1) as f64;
    let wide = (step * 0.72).min(48.0);
    let lines = marks
        .iter()
        .map(|mark| {
            let at = format!("{:.1}", y(*mark));
            view! {
                <line x1=LEFT x2=WIDTH y1=at.clone() y2=at class="rule"></line>
                <text x=LEFT - 8.0 y=format!("{:.1}", y(*mark) + 4.0) class="mark end">{mark.to_string()}</text>
            }
        })
        .collect_view();
    // The same figures beside the drawing, which stay in sight where it is wider than the screen.
    let axis = marks
        .iter()
        .map(|mark| {
            view! { <text x=LEFT - 8.0 y=format!("{:.1}", y(*mark) + 4.0) class="mark end">{mark.to_string()}</text> }
        })
        .collect_view();
    let compared = bars.iter().any(|bar| bar.before.is_some());
    let before: Vec<String> = bars
        .iter()
        .enumerate()
        .filter_map(|(at, bar)| {
            let x = LEFT + step * (at as f64 + 0.5);
            bar.before.map(|value| format!("{x:.1},{:.1}", y(value)))
        })
        .collect();
    let columns = bars
        .iter()
        .enumerate()
        .map(|(at, bar)| {
            let x = LEFT + step * at as f64 + (step - wide) / 2.0;
            let mut floor = 0;
            let mut boxes = Vec::new();
            for (share, (_, colour)) in bar.parts.iter().zip(&kinds) {
                // Answered below, missed above it.
                for (count, hatched) in [(share.answered, false), (share.calls - share.answered, true)] {
                    if count <= 0 {
                        continue;
                    }
                    let (from, to) = (y(floor + count), y(floor));
                    floor += count;
                    let fill = if hatched { format!("url(#{id}-{colour})") } else { "currentColor".to_owned() };
                    boxes.push(view! {
                        <rect
                            x=format!("{x:.1}") width=format!("{wide:.1}") y=format!("{from:.1}")
                            height=format!("{:.1}", to - from) class=format!("k-{colour}") fill=fill
                        ></rect>
                    });
                }
            }
            let calls = sum(bar);
            let answered: i64 = bar.parts.iter().map(|share| share.answered).sum();
            let label = words.tracking_bar(&bar.name, &calls.to_string(), &answered.to_string(), &(calls - answered).to_string());
            let mark = bar.mark.clone();
            // The first one of many would begin under the figures of the axis.
            let (at_x, class) = if at == 0 && step < 60.0 && mark.chars().count() > 3 {
                (LEFT + 2.0, "mark start")
            } else {
                (x + wide / 2.0, "mark")
            };
            view! {
                <a href=bar.url.clone() aria-label=label.clone() class="bar">
                    <title>{label.clone()}</title>
                    <rect x=format!("{:.1}", LEFT + step * at as f64) y=TOP width=format!("{step:.1}") height=tall class="hit"></rect>
                    {boxes}
                </a>
                // Outside the link: its accessible name is the label alone.
                <text x=format!("{at_x:.1}") y=height - 8.0 class=class aria-hidden="true">{mark}</text>
            }
        })
        .collect_view();
    let hatches = kinds
        .iter()
        .map(|(_, colour)| {
            view! {
                <pattern id=format!("{id}-{colour}") width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" class=format!("k-{colour}")>
                    <rect width="6" height="6" class="under"></rect>
                    <rect width="2.4" height="6" fill="currentColor"></rect>
                </pattern>
            }
        })
        .collect_view();
    let legend = kinds
        .iter()
        .map(|(name, colour)| view! { <li><span class=format!("swatch k-{colour}")></span>{name.clone()}</li> })
        .collect_view();
    let head =
        kinds.iter().map(|(name, _)| view! { <th scope="col" class="number">{name.clone()}</th> }).collect_view();
    let many = kinds.len() > 1;
    let rows = bars
        .iter()
        .map(|bar| {
            let calls = sum(bar);
            let answered: i64 = bar.parts.iter().map(|share| share.answered).sum();
            let each = many
                .then(|| bar.parts.iter().map(|share| view! { <td class="number">{share.calls}</td> }).collect_view());
            view! {
                <tr>
                    <th scope="row"><a href=bar.url.clone()>{bar.name.clone()}</a></th>
                    <td class="number">{calls}</td>
                    <td class="number">{answered}</td>
                    <td class="number">{calls - answered}</td>
                    {each}
                    {compared.then(|| view! { <td class="number">{bar.before.map(|value| value.to_string())}</td> })}
                </tr>
            }
        })
        .collect_view();
    let heading = format!("{id}-title");
    view! {
        <section class="chart" aria-labelledby=heading.clone()>
            <h2 id=heading.clone()>{title.clone()}</h2>
            <ul class="legend">
                {legend}
                <li><span class="swatch hatched"></span>{words.tracking_hatched}</li>
                {compared.then(|| view! { <li><span class="swatch dashed"></span>{words.tracking_compared}</li> })}
            </ul>
            <div class="plot" role="group" aria-label=title.clone() tabindex="0">
                <svg class="axis" viewBox=format!("0 0 {LEFT} {height}") aria-hidden="true">{axis}</svg>
                <svg viewBox=format!("0 0 {WIDTH} {height}") role="group" aria-label=title.clone()>
                    <defs>{hatches}</defs>
                    {lines}
                    {columns}
                    {compared.then(|| view! { <polyline points=before.join(" ") class="before"></polyline> })}
                </svg>
            </div>
            <details class="twin">
                <summary>{words.tracking_as_table}</summary>
                <div class="scroll" role="group" aria-label=title.clone() tabindex="0">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">{column}</th>
                                <th scope="col" class="number">{words.tracking_calls}</th>
                                <th scope="col" class="number">{words.tracking_answered}</th>
                                <th scope="col" class="number">{words.tracking_not_answered}</th>
                                {many.then_some(head)}
                                {compared.then(|| view! { <th scope="col" class="number">{words.tracking_compared}</th> })}
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
}
