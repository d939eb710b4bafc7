use super::*;
use crate::domain::call_flows::{Keys, Leads, Preset};
use crate::domain::menu::Menu;

fn drawn(text: &str) -> Drawing {
    let filling = Filling::sample();
    let menus = Menus {
        url: filling.dtmf_url.clone(),
        all: vec![Menu::of_agents("main", &["Jane".to_owned(), "Joe".to_owned()])],
        ..Menus::default()
    };
    drawing(text, text, &filling, &menus).unwrap()
}

fn arrows(text: &str) -> Vec<(Then, bool)> {
    drawn(text).boxes.iter().map(|drawn| (drawn.then, drawn.reached)).collect()
}

#[test]
fn each_action_is_a_box_with_an_arrow() {
    let inbound = drawn(Preset::Inbound.text());
    assert_eq!(inbound.boxes[0].what, Some(What::Says { text: "Thank you for calling Jane".into(), times: 1 }));
    assert_eq!(inbound.boxes[1].what, Some(What::Rings { whom: "Jane".into(), seconds: 60 }));
    assert_eq!(arrows(Preset::Inbound.text()), [(Then::Next, true), (Then::NotReached, true)]);
    assert!(Preset::Inbound.text().lines().nth(inbound.boxes[1].line - 1).unwrap().contains('{'), "{inbound:?}");
    let outbound = drawn(Preset::Outbound.text());
    assert_eq!(outbound.boxes[1].what, Some(What::Rings { whom: "PARAMS_TO".into(), seconds: 20 }));
}

#[test]
fn keys_that_are_sent_to_our_menu_lead_where_it_leads() {
    let text = format!("{},{{\"action\":\"record\"}}]", Preset::Ivr.text().trim_end().trim_end_matches(']').trim_end());
    let boxes = drawn(&text).boxes;
    let Some(What::Listens { branches, .. }) = &boxes[2].what else { panic!("{boxes:?}") };
    assert_eq!((&branches[1].keys, &branches[1].to), (&Keys::These("2".into()), &Leads::Agent("Joe".into())));
    assert!(branches.iter().all(|branch| !branch.taken) && boxes[2].keys && !boxes[2].speech);
    assert_eq!((boxes[2].then, boxes[3].reached), (Then::Over, false), "our answer takes the place of the rest");
    let elsewhere = r#"[{"action": "input", "type": ["speech"], "eventUrl": ["https://a.example"]}, {"action": "talk", "text": "a", "loop": 0}, {"action": "wait"}]"#;
    assert_eq!(arrows(elsewhere), [(Then::Unanswered, true), (Then::Over, true), (Then::Next, false)]);
    assert!(drawn(elsewhere).boxes[0].speech);
}

#[test]
fn what_cannot_be_read_is_a_box_too() {
    let text = r#"[7, {"action": "pay"}, {"action": "talk"}, {"action": "talk", "text": "YOUR_NEXMO_NUMBER"}]"#;
    let boxes = drawn(text).boxes;
    let read: Vec<_> = boxes.iter().map(|drawn| (drawn.kind.as_str(), drawn.what.is_some())).collect();
    assert_eq!(read, [("", false), ("pay", false), ("talk", false), ("talk", true)]);
    assert_eq!(boxes[3].what, Some(What::Says { text: "YOUR_NEXMO_NUMBER".into(), times: 1 }));
    let (filling, menus) = (Filling::sample(), Menus::default());
    for none in ["{}", "[", "7", &format!("[{}1{}]", "[".repeat(5_000), "]".repeat(5_000)), &" [] ".repeat(LONGEST)] {
        assert_eq!(drawing(none, none, &filling, &menus), None);
    }
    assert_eq!(drawn(" \n"), Drawing::default());
}

#[test]
fn a_flow_of_thousands_has_a_page_of_a_bearable_length() {
    let text = format!("[{}{{\"action\":\"wait\"}}]", "{\"action\":\"wait\"},".repeat(3_000));
    let drawing = drawn(&text);
    assert_eq!((drawing.boxes.len(), drawing.left_out), (MOST, 3_001 - MOST));
}

#[test]
fn the_open_box_has_what_can_be_set_and_names_the_rest() {
    let text = r#"[{"action": "connect", "from": "YOUR_NEXMO_NUMBER", "endpoint": [{"type": "phone", "number": "1", "shaken": "x"}], "colour": 1}]"#;
    let form = form(text, 0).unwrap();
    let fields: Vec<_> = form.fields.iter().map(|(path, typed)| (path.as_str(), typed.as_str())).collect();
    let wanted =
        [("whom", "phone"), ("endpoint.number", "1"), ("from", "YOUR_NEXMO_NUMBER"), ("timeout", ""), ("limit", "")];
    assert_eq!(fields, wanted);
    assert_eq!(form.others, ["colour", "endpoint.shaken"]);
    assert_eq!((super::form(text, 1), super::form("[", 0)), (None, None));
}
