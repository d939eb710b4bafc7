//! How a pool of numbers does, and how many it should have: said as it is, with the formula's name.

use leptos::prelude::*;

use crate::domain::call_tracking::erlang::Pool;
use crate::ui::language::words;

/// Percent of a share of 0 to 1: two digits that say something.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 {
        "0%".into()
    } else if percent < 0.1 {
        "< 0.1%".into()
    } else if percent < 10.0 {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    }
}

#[component]
pub(super) fn PoolState(name: String, pool: Pool) -> impl IntoView {
    let words = words();
    let enough = pool.blocking <= 0.01;
    let advice = if enough {
        words.tracking_pool_enough(&pool.numbers.to_string())
    } else {
        words.tracking_pool_more(
            &pool.recommended.to_string(),
            &(pool.recommended.saturating_sub(pool.numbers)).to_string(),
        )
    };
    let minutes = format!("{:.0}", pool.minutes);
    let load = format!("{:.1}", pool.load);
    let lent = f64::from(pool.lent) / f64::from(pool.numbers.max(1)) * 100.0;
    view! {
        <section class="pool" data-enough=enough.to_string() aria-label=name.clone()>
            <h3>{name.clone()}</h3>
            <p class="figure">{percent(pool.blocking)}</p>
            <p>{words.tracking_pool_blocking}</p>
            <svg viewBox="0 0 100 6" preserveAspectRatio="none" class="meter" aria-hidden="true">
                <rect width="100" height="6" class="rail"></rect>
                <rect width=format!("{lent:.1}") height="6" class="level"></rect>
            </svg>
            <p class="hint">{words.tracking_pool_lent(&pool.lent.to_string(), &pool.numbers.to_string())}</p>
            <p class="advice">{advice}</p>
            <p class="hint">{words.tracking_pool_load(&pool.peak_visitors.to_string(), &minutes, &load)}</p>
            <p class="hint">{words.tracking_pool_seen(&pool.turned_away.to_string(), &pool.asked.to_string())}</p>
        </section>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn shares_are_said_with_two_digits() {
        assert_eq!([0.0, 0.0004, 0.0123, 0.215, 1.0].map(super::percent), ["0%", "< 0.1%", "1.2%", "22%", "100%"]);
    }
}
