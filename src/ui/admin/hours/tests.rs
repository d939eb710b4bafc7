use leptos::prelude::*;

use super::*;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::hours::closed::WhenClosed;
use crate::domain::hours::{ClosedNow, Day, Holiday, Week, Wrong, WrongField};
use crate::domain::language::Texts;

const NOW: i64 = 1_795_234_080_000;

fn content(state: Option<State>) -> Content {
    let day = Day::read("x", &[("9".into(), "12".into()), ("13".into(), "18".into())]).unwrap();
    let mut week = Week::default();
    week.0[0] = day.clone();
    Content {
        state,
        zone: Zone::utc(),
        now: NOW,
        week,
        holidays: vec![
            ("a".into(), Holiday { day: 20_812, yearly: true, name: "Christmas <Day>".into(), hours: Day::closed() }),
            ("b".into(), Holiday { day: 20_811, yearly: false, name: "Christmas Eve".into(), hours: day }),
        ],
        closed: None,
        when_closed: WhenClosed::default(),
        flows: vec![("7".into(), "Night menu".into())],
    }
}

fn html(content: Content, wrong: Option<Said>, rows: [usize; 7]) -> String {
    Owner::new().with(|| body(content, wrong, rows).to_html())
}

#[test]
fn what_is_set_stands_in_its_fields() {
    let page = html(content(None), None, [0; 7]);
    for part in [
        "name=\"0-0-from\" value=\"9:00\"",
        "name=\"0-1-until\" value=\"18:00\"",
        "name=\"6-0-from\" value=\"\"",
        "Christmas &lt;Day&gt;",
        "9:00–12:00, 13:00–18:00",
        "Night menu",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(&words().hours_every_year("25 Dec")) && page.contains(">24 Dec 2026<"), "{page}");
    assert!(!page.contains("6-1-from"), "one pair is enough for most days: {page}");
    assert!(!page.contains("6-2-from") && html(content(None), None, [0, 0, 0, 0, 0, 0, 3]).contains("6-2-from"));
}

#[test]
fn the_present_state_is_said_first() {
    let says = |state| html(content(state), None, [0; 7]);
    let words = words();
    assert!(says(None).contains(words.hours_now_unset));
    let open = says(Some(State::Open { closes_at: Some(NOW + 3_600_000) }));
    assert!(open.contains(&words.hours_now_open_until("today at 5:08")), "{open}");
    let closed = says(Some(State::Closed { why: Why::Holiday("Easter".into()), opens_at: None }));
    assert!(
        closed.contains(&words.hours_now_holiday("Easter")) && closed.contains(words.hours_opens_never),
        "{closed}"
    );
}

#[test]
fn who_closed_by_hand_is_told_so_once() {
    let words = words();
    let reason = Texts::new("Team <day>", "团建日");
    let by_hand = State::Closed { why: Why::Switched(reason.clone()), opens_at: None };
    let closed = Some(ClosedNow { reason, until: None });
    let content = Content { closed, ..content(Some(by_hand)) };
    let head = Owner::new().with(|| head(words, &content).to_html());
    let page = html(content, None, [0; 7]);
    assert!(!head.contains(words.hours_closed) && !page.contains("class=\"notice\""), "{head}{page}");
    assert!(!page.contains(words.hours_opens_never), "the weekly hours may be set: {page}");
    assert_eq!(page.matches(words.hours_closed_title).count(), 1, "{page}");
    assert!(page.contains(words.hours_closed_open_end) && !page.contains("团建日"), "{page}");
    assert!(page.contains(&words.hours_reason_given("Team &lt;day&gt;")), "{page}");
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let wrong = |field: &str, why| Some(Said::Field(WrongField::new(field, why)));
    let words = words();
    for (field, why, text) in [
        ("2-1-until", Wrong::Reversed, words.hours_wrong_reversed),
        ("hours-0-from", Wrong::NoTime, words.hours_wrong_time),
        ("date", Wrong::Taken, words.hours_wrong_taken),
        ("until", Wrong::Past, words.hours_wrong_past),
        ("flow", Wrong::Unknown, words.hours_wrong_choice),
    ] {
        let page = html(content(None), wrong(field, why), [0, 0, 2, 0, 0, 0, 0]);
        assert_eq!(page.matches(text).count(), 1, "{field}: {page}");
        assert_eq!(page.matches("aria-invalid=\"true\"").count(), 1, "{field}: {page}");
    }
}
