use leptos::prelude::*;

use super::*;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::hours::closed::WhenClosed;
use crate::domain::hours::{Day, Holiday, Week, Wrong, WrongField};

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
        "name=\"6-1-from\" value=\"\"",
        "Christmas &lt;Day&gt;",
        "9:00–12:00, 13:00–18:00",
        "Night menu",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains(&words().hours_every_year("12-25")) && page.contains(">2026-12-24<"), "{page}");
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
        let page = html(content(None), wrong(field, why), [0; 7]);
        assert_eq!(page.matches(text).count(), 1, "{field}: {page}");
        assert_eq!(page.matches("aria-invalid=\"true\"").count(), 1, "{field}: {page}");
    }
}
