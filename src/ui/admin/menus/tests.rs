use leptos::prelude::*;

use super::*;
use crate::api::menus::{MenuForm, Targets};
use crate::domain::menu::Menu as Kept;
use crate::domain::trouble::{FieldError, Trouble};

fn html(form: MenuForm) -> String {
    Owner::new().with(|| {
        provide_context(crate::ui::language::Language::English);
        view! { <Form form/> }.to_html()
    })
}

fn form() -> MenuForm {
    let agents = ["Jane".to_owned(), "Gone".to_owned()];
    let draft = Kept::of_agents("main", &agents).draft();
    let targets = Targets {
        agents: vec!["Anna".into(), "Jane".into()],
        menus: vec![("m1".into(), "<b>Sales".into())],
        flows: Vec::new(),
    };
    MenuForm { id: Some("main".into()), name: "main".into(), draft, targets, ..MenuForm::default() }
}

#[test]
fn every_key_has_a_choice_and_a_field() {
    let html = html(form());
    for of in ["1", "9", "0", "star", "hash", "after"] {
        assert!(html.contains(&format!("name=\"do_{of}\"")) && html.contains(&format!("name=\"with_{of}\"")), "{of}");
    }
    assert!(html.contains("value=\"agent:Jane\" selected"), "{html}");
    assert!(html.contains("&lt;b&gt;Sales") && !html.contains("<b>"), "{html}");
}

#[test]
fn who_is_gone_stays_chosen_and_is_named_as_gone() {
    let html = html(form());
    assert!(html.contains("value=\"agent:Gone\" selected"), "{html}");
    assert!(html.contains(&words().menus_gone("Gone")), "{html}");
}

#[test]
fn what_is_wrong_stands_at_its_field() {
    let wrong = |field: &str| FieldError { field: field.into(), reason: Trouble::Empty };
    let html = html(MenuForm { wrong: vec![wrong("with_3"), wrong("do_star")], ..form() });
    for field in ["with_3", "do_star"] {
        assert!(html.contains(&format!("id=\"why-{field}\"")), "{field}");
        assert!(html.contains(&format!("aria-describedby=\"why-{field}\"")), "{field}");
    }
    assert_eq!(html.matches("autofocus").count(), 1, "the cursor stands in the first");
}
