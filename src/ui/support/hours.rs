//! When somebody takes calls, and what a visitor can do while nobody does. Drawn by the server, whole.

use leptos::prelude::*;

use super::texts;
use crate::api::click_to_call::{NumberLeft, Offer, SupportHours};
use crate::api::hours::CALL_BACK;
use crate::domain::hours::schedule::{State, Why};
use crate::domain::hours::spoken::{Style, when};
use crate::ui::language::{language, words};
use crate::ui::parts::icon::{Icon, Mark};

/// What is further away than this is not worth saying, ms.
const SOON_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Whether nobody takes calls now.
pub fn is_closed(hours: Option<&SupportHours>) -> bool {
    hours.is_some_and(|hours| !hours.state.is_open())
}

/// A moment as this page's language puts it.
fn at(hours: &SupportHours, moment: i64) -> String {
    when(moment, hours.now, &hours.zone, language(), Style::Written)
}

/// Whether a call may be placed all the same while it is closed.
pub fn takes_calls(hours: &SupportHours) -> bool {
    matches!(hours.offer, Offer::Message | Offer::Call | Offer::Flow)
}

/// One line: until when it is open. Nothing where no hours are set, and while it is closed, which [`WhileClosed`] says.
#[component]
pub fn OpenLine(hours: Option<SupportHours>) -> impl IntoView {
    let words = words();
    hours.and_then(|hours| {
        let text = match &hours.state {
            State::Open { closes_at: Some(moment) } if *moment < hours.now + SOON_MS => {
                words.support_open_until(&at(&hours, *moment))
            }
            State::Open { .. } => words.support_open.to_owned(),
            State::Closed { .. } => return None,
        };
        Some(view! { <p class="line"><Icon mark=Mark::Clock/>{text}</p> })
    })
}

/// In the place of the button while it is closed: when it opens, and what can be done instead. Of a call that goes on the
/// widget stays, which the style sheet hides only while it has nothing to show.
#[component]
pub fn WhileClosed(hours: Option<SupportHours>) -> impl IntoView {
    let closed = hours.filter(|hours| !hours.state.is_open());
    // A number was left on a page of before, and nobody waits for a call back now.
    let opened = closed.is_none() && use_context::<NumberLeft>().is_some_and(|left| left.refused.is_some());
    view! {
        {closed.map(|hours| view! { <Closed hours/> })}
        {opened.then(|| view! { <p class="note" role="alert">{words().support_open_again}</p> })}
    }
}

#[component]
fn Closed(hours: SupportHours) -> impl IntoView {
    let words = words();
    let reason = match &hours.state {
        State::Closed { why: Why::Holiday(name), .. } => Some(name.clone()),
        State::Closed { why: Why::Switched(reason), .. } => Some(reason.get(language()).to_owned()),
        _ => None,
    };
    let opens = match &hours.state {
        State::Closed { opens_at: Some(moment), .. } => Some(words.support_opens(&at(&hours, *moment))),
        _ => None,
    };
    let calls = takes_calls(&hours);
    let left = use_context::<NumberLeft>();
    let noted = left.as_ref().is_some_and(|left| left.refused.is_none());
    let offer = match hours.offer {
        Offer::CallBack if noted => {
            view! { <p role="status"><strong>{words.support_call_back_noted}</strong></p> }.into_any()
        }
        Offer::CallBack => view! { <LeaveNumber left=left.unwrap_or_default()/> }.into_any(),
        Offer::Message => view! { <p>{words.support_closed_message}</p> }.into_any(),
        Offer::Call => view! { <p>{words.support_closed_call}</p> }.into_any(),
        Offer::Flow => view! { <p>{words.support_closed_flow}</p> }.into_any(),
        // Nothing else tells them what to do.
        Offer::Nothing if opens.is_none() => view! { <p>{words.support_closed_later}</p> }.into_any(),
        Offer::Nothing => ().into_any(),
    };
    view! {
        <section class="while-closed" data-calls=calls.then_some("") aria-labelledby="closed">
            <h2 id="closed"><Icon mark=Mark::Clock/>{words.support_closed}</h2>
            {reason.filter(|reason| !reason.is_empty()).map(|reason| view! { <p>{reason}</p> })}
            {opens.map(|opens| view! { <p>{opens}</p> })}
            {offer}
        </section>
    }
}

/// The form of a visitor who wants to be called back.
#[component]
fn LeaveNumber(left: NumberLeft) -> impl IntoView {
    let words = words();
    let NumberLeft { number, refused } = left;
    let refused = refused.map(|refusal| texts::refusal(words, &refusal));
    let invalid = refused.is_some().then_some("true");
    let described = refused.is_some().then_some("call-back-why");
    view! {
        <p>{words.support_closed_call_back}</p>
        <form method="post" action=CALL_BACK>
            <label for="closed-number">{words.wait_number}</label>
            <input id="closed-number" name="number" type="tel" autocomplete="tel" required maxlength="40" value=number
                aria-invalid=invalid aria-describedby=described/>
            {refused.map(|refused| view! { <p id="call-back-why" class="refused" role="alert">{refused}</p> })}
            <button type="submit">{words.wait_call_me_back}</button>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call_tracking::zone::Zone;
    use crate::domain::contact_center::desk::Refusal;

    /// 2026-11-21, a Saturday, 04:08 UTC.
    const NOW: i64 = 1_795_234_080_000;
    const HOUR: i64 = 3_600_000;

    fn hours(state: State, offer: Offer) -> SupportHours {
        SupportHours { state, offer, now: NOW, zone: Zone::utc() }
    }

    fn closed(offer: Offer) -> SupportHours {
        hours(State::Closed { why: Why::Holiday("Stock <day>".into()), opens_at: Some(NOW + 24 * HOUR) }, offer)
    }

    fn shown(hours: Option<SupportHours>, left: Option<NumberLeft>) -> String {
        Owner::new().with(|| {
            if let Some(left) = left {
                provide_context(left);
            }
            view! { <OpenLine hours=hours.clone()/><WhileClosed hours/> }.to_html()
        })
    }

    #[test]
    fn nothing_is_said_where_no_hours_are_set() {
        let html = shown(None, None);
        assert!(!html.contains("<p") && !html.contains("<section"), "{html}");
    }

    #[test]
    fn open_says_until_when_and_closed_from_when() {
        let until = |closes_at| shown(Some(hours(State::Open { closes_at }, Offer::CallBack)), None);
        let today = until(Some(NOW + HOUR));
        assert!(today.contains(&words().support_open_until("today at 5:08")), "{today}");
        assert!(!today.contains("<form"), "{today}");
        for far in [None, Some(NOW + 30 * 24 * HOUR)] {
            assert!(until(far).contains(&format!("{}<", words().support_open)), "{far:?}");
        }
        let html = shown(Some(closed(Offer::Nothing)), None);
        assert_eq!(html.matches("tomorrow at 4:08").count(), 1, "{html}");
        assert!(html.contains("Stock &lt;day&gt;"), "{html}");
    }

    #[test]
    fn while_closed_the_page_offers_what_the_operator_chose_and_nothing_else() {
        let words = words();
        let offers = [
            (Offer::Message, words.support_closed_message),
            (Offer::Call, words.support_closed_call),
            (Offer::Flow, words.support_closed_flow),
            (Offer::CallBack, words.support_closed_call_back),
        ];
        for offer in [Offer::Nothing, Offer::Message, Offer::Call, Offer::Flow, Offer::CallBack] {
            let html = shown(Some(closed(offer)), None);
            for (of, text) in offers {
                assert_eq!(html.contains(text), of == offer, "{offer:?}: {html}");
            }
            assert_eq!(html.contains("action=\"/call-back\""), offer == Offer::CallBack);
            assert_eq!(html.contains("data-calls"), matches!(offer, Offer::Message | Offer::Call | Offer::Flow));
        }
    }

    #[test]
    fn a_number_that_was_refused_stands_there_again() {
        let left = NumberLeft { number: "12\"3".into(), refused: Some(Refusal::Invalid { field: "number".into() }) };
        let html = shown(Some(closed(Offer::CallBack)), Some(left));
        assert!(html.contains("12&quot;3") && html.contains(words().wait_bad_number), "{html}");
        assert!(html.contains("aria-invalid=\"true\""), "{html}");
        let open = hours(State::Open { closes_at: None }, Offer::CallBack);
        let late = NumberLeft { number: "447700900123".into(), refused: Some(Refusal::Gone) };
        assert!(shown(Some(open), Some(late)).contains(words().support_open_again), "nothing is lost without a word");
        let noted = shown(Some(closed(Offer::CallBack)), Some(NumberLeft::default()));
        assert!(noted.contains(words().support_call_back_noted) && !noted.contains("<form"), "{noted}");
    }
}
