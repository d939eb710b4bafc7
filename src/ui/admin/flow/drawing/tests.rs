use super::*;
use crate::domain::call_flows::drawing::{NotEdited, drawing, form as fields_of};
use crate::domain::call_flows::{Filling, Menus, problems};
use crate::ui::language::Language;

fn html(text: &str, open: Open, refused: Option<Refused>) -> String {
    let form = if let Open::Action(at) = open { fields_of(text, at) } else { None };
    let drawing = drawing(text, text, &Filling::sample(), &Menus::default());
    let picture = Picture { drawing, open, form, refused, agents: vec!["Jane".into()], ..Picture::default() };
    let problems = problems(text, |_| true);
    Owner::new().with(|| {
        provide_context(Language::English);
        // Without the marks that Leptos sets between texts.
        view! { <Drawn picture problems numbers=Vec::new()/> }.to_html().replace("<!>", "")
    })
}

#[test]
fn each_box_says_what_it_does_and_what_is_wrong_with_it() {
    let text = r#"[{"action": "talk", "text": "Good <b>day</b>"}, {"action": "connect", "endpoint": [{"type": "app", "user": "queue: Sales"}]}, {"action": "wait", "timeout": 0}]"#;
    let html = html(text, Open::Nothing, None);
    assert!(html.contains("Good &lt;b&gt;day") && !html.contains("<b>"), "{html}");
    assert!(html.contains(&words().step_to_queue("Sales")), "{html}");
    let (_, last) = html.split_once("draw-open-2").unwrap();
    assert!(last.contains("<code>timeout</code>") && last.contains("badge danger"), "{last}");
    assert_eq!(html.matches("badge danger").count(), 1, "{html}");
    assert!(html.contains("draw-down-1") && !html.contains("draw-down-2") && !html.contains("draw-up-0"), "{html}");
}

#[test]
fn an_open_box_has_its_fields_and_what_was_refused_in_its_place() {
    let text = r#"[{"action": "wait", "timeout": 5, "colour": 1}]"#;
    let why = NotEdited::NotNumber { is: "so\"on".into() };
    let refused = Refused { path: "timeout".into(), typed: "so\"on".into(), why };
    let html = html(text, Open::Action(0), Some(refused));
    assert!(html.contains("value=\"so&quot;on\"") && html.contains("why-set-timeout"), "{html}");
    assert_eq!(html.matches("is not a number").count(), 1, "at its field only: {html}");
    assert!(html.contains("<code>colour</code>") && html.contains("aria-expanded=\"true\""), "{html}");
    let connect = self::html(
        r#"[{"action": "connect", "endpoint": [{"type": "app", "user": "Nobody"}]}]"#,
        Open::Action(0),
        None,
    );
    assert!(connect.contains("value=\"app:Jane\"") && connect.contains("value=\"app:Nobody\""), "{connect}");
}

#[test]
fn what_cannot_be_drawn_says_so_and_an_empty_flow_can_begin() {
    let shown =
        |html: &str| !html.split_once("id=\"undrawn\"").unwrap().1.split_once('>').unwrap().0.contains("hidden");
    let broken = html("[", Open::Nothing, None);
    assert!(shown(&broken) && !broken.contains("<ol"), "{broken}");
    let empty = html(" ", Open::Place(0), None);
    assert!(!shown(&empty) && empty.contains("draw-add-0-talk") && empty.contains("draw-add-0-transfer"), "{empty}");
}
