//! The outcome of a form of private calls, in words.

use leptos::prelude::*;

use crate::api::private_calls::{NUMBERS, Said, Short};
use crate::ui::admin::country::country as country_name;
use crate::ui::admin::trouble::{self, list};
use crate::ui::language::{Words, words};
use crate::ui::parts::notice::{Notice, Tone};

#[component]
pub fn Spoken(said: Said) -> impl IntoView {
    let words = words();
    // Each is said beneath its field.
    (!matches!(said, Said::Fields { .. })).then(|| {
        let short = match &said {
            Said::TooSmall { shortages, .. } => rent_instead(words, shortages),
            _ => None,
        };
        let tone = if said.is_good() { Tone::Good } else { Tone::Bad };
        view! { <Notice tone said=true><p>{sentence(words, said)}</p>{short}</Notice> }
    })
}

/// The way out of a pool that is too small, with the country filled in.
fn rent_instead(words: &'static Words, shortages: &[Short]) -> Option<AnyView> {
    let short = shortages.first()?;
    let country = short.country.clone().unwrap_or_else(|| "GB".to_owned());
    let count = shortages.iter().map(|short| short.missing).max().unwrap_or(1).max(1);
    // Two people are to see two numbers.
    let count = if short.pool == 0 { count.max(2) } else { count };
    let text = words.private_rent_missing(&count.to_string(), &country_name(words, &country));
    Some(
        view! {
            <form method="get" action=format!("{NUMBERS}#rent")>
                <input type="hidden" name="country" value=country/>
                <input type="hidden" name="count" value=count.to_string()/>
                <button type="submit" class="button small">{text}</button>
            </form>
        }
        .into_any(),
    )
}

fn sentence(words: &'static Words, said: Said) -> String {
    match said {
        Said::Opened { .. } => words.private_said_opened.to_owned(),
        Said::Closed => words.private_said_closed.to_owned(),
        Said::Fields { .. } => String::new(),
        Said::TooSmall { shortages, .. } => {
            let each = shortages.iter().map(|short| {
                let who = if short.side == 0 { words.private_first } else { words.private_second };
                words.private_said_short(
                    &short.missing.to_string(),
                    &short.open.to_string(),
                    &short.pool.to_string(),
                    who,
                )
            });
            each.collect::<Vec<String>>().join(words.why_gap)
        }
        Said::Rented { numbers, problem: None } => words.private_said_rented(&list(words, &numbers)),
        Said::Rented { numbers, problem: Some(problem) } if numbers.is_empty() => trouble::said(&problem),
        Said::Rented { numbers, problem: Some(problem) } => {
            [words.private_said_rented(&list(words, &numbers)), trouble::said(&problem)].join(words.why_gap)
        }
        Said::Adopted => words.private_said_adopted.to_owned(),
        Said::Reserved => words.private_said_reserved.to_owned(),
        Said::Returned => words.private_said_returned.to_owned(),
        Said::Released { number } => words.private_said_released(&number),
        Said::InUse { open } => words.private_said_in_use(&open.to_string()),
        Said::Not { why } | Said::NotErased { why, .. } | Said::NotRented { why, .. } => {
            words.private_said_no_number(&trouble::said(&why))
        }
        Said::Erased {
            conversations,
            closed,
            attempts,
            texts,
            calls,
            webhooks,
            desk,
            notes,
            recordings,
            tracked,
            other,
            stays,
        } => {
            let all = [conversations, attempts, texts, calls, webhooks, desk, notes, recordings, tracked, other, stays];
            if all.iter().all(|count| *count == 0) {
                return words.private_said_erased_none.to_owned();
            }
            let count = |n: u64| n.to_string();
            let text = words.private_said_erased(
                &count(attempts),
                &count(calls),
                &count(closed),
                &count(conversations),
                &count(texts),
                &count(webhooks),
            );
            let more = words.private_said_erased_more(
                &count(desk),
                &count(notes),
                &count(other),
                &count(recordings),
                &count(tracked),
            );
            let stays = match stays {
                0 => words.private_said_erased_whole.to_owned(),
                stays => words.private_said_erased_stays(&count(stays)),
            };
            [text, more, stays].join(" ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_erasure_that_found_nothing_says_so_and_any_other_gives_the_counts() {
        let erased = |texts| Said::Erased {
            conversations: 0,
            closed: 0,
            attempts: 0,
            texts,
            calls: 0,
            webhooks: 0,
            desk: 0,
            notes: 0,
            recordings: 0,
            tracked: 0,
            other: 0,
            stays: 0,
        };
        let none = words().private_said_erased_none;
        assert_eq!(sentence(words(), erased(0)), none);
        let some = sentence(words(), erased(7));
        assert!(some != none && some.contains('7'), "{some}");
    }
}
